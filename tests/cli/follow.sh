# `generate --follow`: a log written for ever at a set rate, by real processes against the real clock.

. "$top_srcdir/tests/lib.sh"

awk -v traces=300 -v labels=real.csv -f "$top_srcdir/tests/cli/requests.awk" >requests.log
run learn requests.log -o requests.lw -q
status 0

lines()
{
    wc -l <"$1"
}

# What was written of a file ends with the end of a line.
is_whole()
{
    test -s "$1" && test "$(tail -c 1 "$1" | wc -l)" -eq 1
}

run generate requests.lw --rate 2000/s --follow --records 1000 -o stream.log --labels-out traces.csv \
    --record-labels-out records.csv
status 0
errors_has '^logwright: 1000 records of [0-9]+ traces in '
holds "as many records as asked" test "$(lines stream.log)" -eq 1000
holds "a label for each record" test "$(lines records.csv)" -eq 1001
run parse stream.log --trace 'req-[0-9]+'
status 0
traces=$(awk -F, 'NR > 1 { print $6 }' "$out" | sort -u | wc -l)
holds "a label for each trace" test "$(lines traces.csv)" -eq $((traces + 1))
holds "times rise" sh -c 'cut -c1-23 stream.log | sort -c'
now=$(date -u +%s)
first=$(date -u -d "$(head -n 1 stream.log | cut -c1-19)" +%s)
holds "time stamps are of now" test $((now - first)) -ge 0 -a $((now - first)) -lt 60

cut -c24- stream.log >words
run generate requests.lw --rate 2000/s --follow --records 1000 -q
status 0
errors_is_empty
cut -c24- "$out" >again
holds "the same seed gives the same records" cmp words again
run generate requests.lw --rate 2000/s --follow --records 1000 --seed 2 -q
cut -c24- "$out" >other
holds "another seed gives others" sh -c '! cmp -s words other'

run generate requests.lw --rate 3000/s --follow --records 500 --start '2030-05-06 07:08:09' -q
status 0
output_has '^2030-05-06 07:08:09'
run generate requests.lw --rate 1000/s --follow --traces 20
status 0
errors_has ' of 20 traces in '
run generate requests.lw --rate 1000/s --follow --duration 0.5s --as jsonl
status 0
holds "half a second of records" test "$(lines "$out")" -gt 350 -a "$(lines "$out")" -lt 750
output_has '^\{"timestamp": "20'

# Without --follow the rate is that of the log's clock.
run generate requests.lw --rate 60/m --records 600 -q
status 0
first=$(date -u -d "$(head -n 1 "$out" | cut -c1-19)" +%s)
last=$(date -u -d "$(tail -n 1 "$out" | cut -c1-19)" +%s)
holds "600 records last ten minutes" test $((last - first)) -gt 540 -a $((last - first)) -lt 660

# How it ends: by a signal, and when nobody reads any more.
"$LOGWRIGHT" generate requests.lw --rate 1000/s --follow -o ended.log 2>"$err" &
pid=$!
while [ ! -s ended.log ]; do :; done
kill -TERM "$pid"
wait "$pid"
holds "SIGTERM ends it as a signal does" test $? -eq 143
errors_has '^logwright: [0-9]+ records of '
holds "with a whole line" is_whole ended.log
said=$(sed -n 's/^logwright: \([0-9]*\) records.*/\1/p' "$err")
holds "it says how many it wrote" test "$said" -eq "$(lines ended.log)"
"$LOGWRIGHT" generate requests.lw --rate 1000/s --follow 2>"$err" | head -n 5 >"$out"
holds "five records" test "$(lines "$out")" -eq 5
errors_has '^logwright: [0-9]+ records of '

# What cannot be written, and what cannot go on for ever.
if [ -c /dev/full ]; then
    run generate requests.lw --rate 1000/s --follow -o /dev/full
    status 2
    errors_has '/dev/full: writing failed: No space'
fi
run_with 'ulimit -f 8' generate requests.lw --rate 100000/s --follow -o full.log
status 2
errors_has 'full\.log: writing failed: File too large'
holds "a file that could not grow ends with a whole line" is_whole full.log
run generate requests.lw --rate 1000/s --follow -o absent/x.log
status 2
errors_has 'absent/x\.log: cannot be written'
for as in sequences sqlite csv; do
    run generate requests.lw --rate 10/s --follow --as $as -o x
    status 2
    errors_has "\"$as\"; text and jsonl can"
done
run generate requests.lw --rate 10/s --follow --method llm
status 2
errors_has 'method llm .*for ever'
for rate in 0/s -5/s nan inf 1/y 5/ /s x 1e400/s; do
    run generate requests.lw --follow "--rate=$rate"
    status 2
    errors_has '^logwright: --rate .*such as 500/s'
done
for duration in 0 -1s nan 5y; do
    run generate requests.lw "--duration=$duration"
    status 2
    errors_has '^logwright: --duration .*such as 90s'
done
run generate requests.lw --records 5 --traces 5
status 2
errors_has 'both say how long'
printf 'normal\tA B C\nnormal\tA C\n' >sequences.tsv
run generate sequences.tsv --format sequences --follow --rate 5/s
status 2
errors_has 'sequences'
run generate requests.log --trace window:60s --follow --rate 5/s
status 2
errors_has 'windows of time'
printf 'a 1\nb 2\nc 3\n' >timeless
run generate timeless --format plain --trace count:1 --follow
status 2
errors_has '[-]-rate 100/s'
run generate timeless --format plain --trace count:1 --follow --rate 1000/s --records 100
status 0
holds "a log without times is paced by its rate" test "$(lines "$out")" -eq 100

for method in random template ngram oversample smote; do
    run generate requests.lw --method $method --rate 5000/s --follow --records 200 -q
    status 0
    holds "method $method goes on" test "$(lines "$out")" -eq 200
done

done_testing
