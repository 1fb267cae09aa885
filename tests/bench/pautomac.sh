#!/bin/sh
# usage: pautomac.sh [PROBLEM...]
# How far the probabilities of `score --probability` are from the true ones, on the problems of the PAutomaC competition
# (Verwer, Eyraud and de la Higuera 2012) in LOGWRIGHT_DATA, a folder with N.train, N.test, N.solution and N.model, or
# with pautomac.tar.zst that holds them. Prints for each problem the perplexity gap (2 to the cross entropy, less that of
# the target itself) and the seconds of processor time of learning and scoring together; then the medians, those of the
# deterministic targets apart. Nothing passes or fails here.

set -u
program=${LOGWRIGHT:-./logwright}
data=${LOGWRIGHT_DATA:?names no folder}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ -f "$data/pautomac.tar.zst" ]; then
    zstd -dc "$data/pautomac.tar.zst" | tar -xf - -C "$work" || exit 2
    data=$work
fi
if [ $# -eq 0 ]; then
    problems=$(cd "$data" && ls | sed -n 's/^\([0-9]*\)\.train$/\1/p' | sort -n)
    set -f
    # shellcheck disable=SC2086 # one word a problem
    set -- $problems
    set +f
fi
[ $# -gt 0 ] || exit 0

# A target is deterministic if no state and symbol lead to two states, and one state is the first.
is_deterministic() # MODEL
{
    awk '/^[IFST]:/ { section = substr($1, 1, 1); next }
         section == "I" { n_first++ }
         section == "T" { gsub(/[() \t]/, " "); split($1, at, ","); if (seen[at[1] "," at[2]]++) many = 1 }
         END { exit many || n_first > 1 }' "$1"
}

gap() # SOLUTION PROBABILITIES
{
    awk 'NR == FNR { if (FNR > 1) { truth[++n] = $1; all += $1 } next }
         { found[++m] = $1; sum += $1 }
         END {
             if (n != m || sum <= 0) { print "nan"; exit }
             for (i = 1; i <= n; i++) {
                 p = truth[i] / all; q = found[i] / sum
                 if (p <= 0) continue
                 cross -= p * (q > 0 ? log(q) : -700); own -= p * log(p)
             }
             printf "%.5f", exp(cross) - exp(own)
         }' "$1" "$2"
}

median() # FILE
{
    sort -g "$1" | awk '{ v[NR] = $1 } END { printf "%.4f", NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

printf '%-8s %-14s %9s %8s\n' problem target gap seconds
: >"$work/all"
: >"$work/deterministic"
for problem; do
    for part in train test; do
        awk 'NR > 1 { $1 = ""; sub(/^ /, ""); print }' "$data/$problem.$part" >"$work/$part"
    done
    {
        time -p sh -c '"$0" learn -q --format sequences -o "$1/w.lw" "$1/train" &&
            "$0" score -q --format sequences --probability "$1/w.lw" "$1/test" >"$1/scores"' "$program" "$work"
    } 2>"$work/times" || {
        cat "$work/times" >&2
        exit 2
    }
    seconds=$(awk '/^(user|sys)/ { s += $2 } END { printf "%.1f", s }' "$work/times")
    awk -F, 'NR > 1 { print $2 }' "$work/scores" >"$work/found"
    found=$(gap "$data/$problem.solution" "$work/found")
    kind=other
    if is_deterministic "$data/$problem.model"; then
        kind=deterministic
        echo "$found" >>"$work/deterministic"
    fi
    echo "$found" >>"$work/all"
    printf '%-8s %-14s %9s %8s\n' "$problem" "$kind" "$found" "$seconds"
done
printf 'median gap: %s of all %d' "$(median "$work/all")" "$(wc -l <"$work/all")"
[ ! -s "$work/deterministic" ] || printf ', %s of the deterministic ones' "$(median "$work/deterministic")"
echo
