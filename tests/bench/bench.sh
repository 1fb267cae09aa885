#!/bin/sh
# usage: bench.sh [LINES]
# Speed of the shell commands on a generated log, as lines a second, and as a ratio to the time that wc -l takes for the
# same file. Each figure is the median of five runs. Nothing passes or fails here.

set -u
lines=${1:-500000}
program=${LOGWRIGHT:-./logwright}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Sessions of a made-up storage service: interleaved, with ids, addresses and sizes as parameters.
awk -v lines="$lines" 'BEGIN {
    srand(1)
    split("open,read,read,write,write,flush,close", step, ",")
    for (i = 0; i < lines; i++) {
        s = int(rand() * 200); at[s] = at[s] % 7 + 1
        if (at[s] == 1) id[s] = sprintf("blk_%08x", ++n)
        printf "2026-03-01 %02d:%02d:%02d,%03d INFO store.Node: ",
            i / 3600000 % 24, i / 60000 % 60, i / 1000 % 60, i % 1000
        if (step[at[s]] == "read" || step[at[s]] == "write")
            printf "%s of %d bytes on %s for 10.0.%d.%d took %d ms\n",
                step[at[s]], rand() * 65536, id[s], s / 16, s % 16, rand() * 40
        else
            printf "%s %s for client %d\n", step[at[s]], id[s], s
    }
}' >"$work/log"

now()
{
    date +%s.%N
}

# Median seconds of five runs.
seconds()
{
    for _ in 1 2 3 4 5; do
        start=$(now)
        "$@" >"$work/output" 2>"$work/errors" || {
            cat "$work/errors" >&2
            exit 1
        }
        now | awk -v start="$start" '{ print $1 - start }'
    done | sort -n | sed -n 3p
}

base=$(seconds wc -l "$work/log")
printf '%s lines, %s bytes; wc -l takes %.3f s\n\n' "$lines" "$(wc -c <"$work/log")" "$base"
printf '%-40s %8s %12s %10s\n' command seconds lines/s 'x wc -l'
row() # LABEL COMMAND...
{
    label=$1
    shift
    took=$(seconds "$@")
    [ -n "$took" ] || exit 1
    awk -v label="$label" -v took="$took" -v lines="$lines" -v base="$base" \
        'BEGIN { printf "%-40s %8.3f %12.0f %10.1f\n", label, took, lines / took, took / base }'
}
for threads in $(printf '1\n%s\n' "$(getconf _NPROCESSORS_ONLN)" | uniq); do
    row "parse --threads $threads" "$program" parse --threads "$threads" -q "$work/log"
    row "templates --threads $threads" "$program" templates --threads "$threads" -q "$work/log"
    row "learn --threads $threads" "$program" learn --threads "$threads" -q -o "$work/learned.lw" "$work/log"
done
row 'machine of the workspace' "$program" machine -q "$work/learned.lw"
row 'generate 10000 traces' "$program" generate -q --seed 1 --traces 10000 -o "$work/synthetic" "$work/learned.lw"
