#!/bin/sh
# usage: scale.sh [LOG]
# How close generated logs of 1,000 to 1,000,000 records are to the real one, by `fidelity`, all from one workspace, and
# how fast they are made and measured. A short log cannot show what a long one shows, so beside each size stands what
# equally many real records reach that are cut out of the middle of the real log: those break traces off, and come from
# a part of the time, which generated ones do not. Nothing passes or fails here.
# LOG: $LOGWRIGHT_DATA/hdfs/HDFS_2pct.log.zst where it is there, else a sample.

set -u
program=${LOGWRIGHT:-./logwright}
log=${1:-${LOGWRIGHT_DATA:-}/hdfs/HDFS_2pct.log.zst}
[ -e "$log" ] || log=$(dirname "$0")/../../samples/pg-incident.log.gz
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

case $log in
*.zst) zstd -dcq "$log" ;;
*.gz) gzip -dc "$log" ;;
*) cat "$log" ;;
esac >"$work/real.log"
"$program" learn "$work/real.log" -o "$work/real.lw" -q || exit 1
lines=$(wc -l <"$work/real.log")

now()
{
    date +%s.%N
}

# One row: what was measured, and the figures as a whole.
measure() # WHAT FILE SECONDS-TO-MAKE
{
    start=$(now)
    "$program" fidelity "$work/real.log" "$2" -q >"$work/figures" || [ $? -eq 1 ] || exit 1
    awk -v what="$1" -v made="$3" -v start="$start" -v end="$(now)" '
        function show(name) { return name in value ? value[name] : "-" }
        $2 ~ /^[0-9.]+$/ && !($1 in value) { value[$1] = $2 }
        END {
            printf "%-20s %9s %10s %8s %11s %9s %8s %9.2f\n", what, show("d_errdist"), show("c_temporal"),
                show("quality"), show("diagnostics"), show("detection"), made, end - start
        }' "$work/figures"
}

echo "fidelity of generated logs to $(basename "$log"), $lines lines"
printf '%-20s %9s %10s %8s %11s %9s %8s %9s\n' records d_errdist c_temporal quality diagnostics detection 'made, s' \
    'judged, s'
for records in 1000 10000 100000 1000000; do
    start=$(now)
    "$program" generate "$work/real.lw" --records $records -o "$work/made.log" -q || exit 1
    measure "$records" "$work/made.log" "$(now | awk -v start="$start" '{ printf "%.2f", $1 - start }')"
    if [ $((2 * records)) -le "$lines" ]; then
        tail -n +$(((lines - records) / 2)) "$work/real.log" | head -n $records >"$work/part.log"
        measure "$records real lines" "$work/part.log" -
    fi
done
