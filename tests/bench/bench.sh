#!/bin/sh
# usage: bench.sh [LINES]
# Speed of each stage on generated logs of three kinds, with one thread and with two: lines and megabytes a second, the
# peak of memory for each record (the program itself taken in), and the ratio to the time that wc -l takes for the same
# file. Then some shell commands as a whole. Each figure is the median of five runs. Nothing passes or fails here.

set -u
lines=${1:-1000000}
program=${LOGWRIGHT:-./logwright}
stages=${STAGES:-tests/bench/stages}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Sessions of a made-up storage service, interleaved: hdfs = Hadoop's layout, json = an object a line, syslog = short
# lines of many programs.
generate() # KIND
{
    awk -v kind="$1" -v lines="$lines" 'BEGIN {
        srand(1)
        split("open,read,read,write,write,flush,close", step, ",")
        split("Receiver,Writer,Scanner,Responder", part, ",")
        for (i = 0; i < lines; i++) {
            s = int(rand() * 200); at[s] = at[s] % 7 + 1
            if (at[s] == 1) id[s] = sprintf("blk_%d%09d", rand() * 900000000 + 100000000, ++n)
            clock = sprintf("%02d:%02d:%02d", i / 3600000 % 24, i / 60000 % 60, i / 1000 % 60)
            address = sprintf("10.250.%d.%d", s / 16, s % 16); what = step[at[s]]
            if (kind == "hdfs") {
                gsub(":", "", clock)
                printf "081109 %s %d INFO dfs.Node$%s: ", clock, s, part[s % 4 + 1]
                if (what == "read" || what == "write")
                    printf "%s block %s src: /%s:%d dest: /10.250.9.%d:50010 of size %d\n",
                        what, id[s], address, 30000 + rand() * 30000, s, rand() * 67108864
                else
                    printf "%s block %s at /user/root/part-%05d for DFSClient_%d on /%s:50010 as asked\n",
                        what, id[s], i % 2000, s * 7919, address
            } else if (kind == "json")
                printf "{\"ts\":\"2026-03-01T%s.%03dZ\",\"level\":\"info\",\"logger\":\"store.%s\",\"msg\":\"%s of %s took %d ms\",\"peer\":\"%s:50010\"}\n",
                    clock, i % 1000, part[s % 4 + 1], what, id[s], rand() * 40, address
            else
                printf "Mar  1 %s node%d stored[%d]: %s %s for client %s port %d\n",
                    clock, s % 8, 1000 + s, what, id[s], address, 30000 + rand() * 30000
        }
    }'
}

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

for kind in hdfs json syslog; do
    generate "$kind" >"$work/$kind"
    base=$(seconds wc -l "$work/$kind")
    bytes=$(wc -c <"$work/$kind")
    printf '%s: %s lines, %s bytes; wc -l takes %.3f s\n' "$kind" "$lines" "$bytes" "$base"
    printf '%-10s %7s %8s %11s %8s %12s %8s\n' stage threads seconds lines/s MB/s bytes/record 'x wc -l'
    for threads in 1 2; do
        "$stages" "$work/$kind" "$threads" >"$work/stages" || exit 1
        awk -v threads="$threads" -v lines="$lines" -v bytes="$bytes" -v base="$base" \
            '{ printf "%-10s %7d %8.3f %11.0f %8.0f %12s %8.1f\n",
                   $1, threads, $2, lines / $2, bytes / $2 / 1e6, ($3 > 0 ? $3 : ""), $2 / base }' "$work/stages"
    done
    echo
done

printf '%-40s %8s\n' command seconds
row() # LABEL COMMAND...
{
    label=$1
    shift
    took=$(seconds "$@")
    [ -n "$took" ] || exit 1
    printf '%-40s %8.3f\n' "$label" "$took"
}
row 'parse' "$program" parse -q "$work/hdfs"
row 'learn and save' "$program" learn -q -o "$work/learned.lw" "$work/hdfs"
row 'machine of the workspace' "$program" machine -q "$work/learned.lw"
row 'generate 10000 traces' "$program" generate -q --seed 1 --traces 10000 -o "$work/synthetic" "$work/learned.lw"

# Records a second, without what it takes to open the workspace; on one thread.
printf '\n%-40s %12s\n' generate records/s
for as in text jsonl sequences; do
    least=$(seconds "$program" generate -q --threads 1 --traces 1 --as $as -o "$work/synthetic" "$work/learned.lw")
    took=$(seconds "$program" generate -q --threads 1 --records "$lines" --as $as -o "$work/synthetic" "$work/learned.lw")
    awk -v as="$as" -v least="$least" -v took="$took" -v lines="$lines" \
        'BEGIN { printf "%-40s %12.0f\n", "--as " as, lines / (took - least) }'
done

# A stream as fast as it can: what it keeps does not grow once traces have begun to end.
printf '\n%-40s %12s\n' 'generate --follow, records' 'peak KB'
for records in $((lines / 4)) "$lines" $((lines * 4)); do
    "$program" generate -q --rate 1000000/s --follow --records "$records" "$work/learned.lw" >/dev/null &
    pid=$!
    peak=0
    while now=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$pid/status" 2>"$work/errors") && [ -n "$now" ]; do
        peak=$now
        sleep .05
    done
    wait "$pid" || exit 1
    printf '%-40s %12s\n' "$records" "$peak"
done
