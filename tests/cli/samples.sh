#!/bin/sh
# The samples are what samples/README says of them, and the incident is neither trivial nor hopeless for detectors.

. "$top_srcdir/tests/lib.sh"
samples=$top_srcdir/samples
labels=$samples/pg-incident.labels.csv

run info "$samples/pg-incident.log.gz"
status 0
output_has '^format +postgresql$'
output_has '^records +27413$'
output_has '^lines +30426$'
output_has '^traces +1513$'
output_has '^trace_rule +field:session$'
holds "each session has a label" test "$(grep -c , "$labels")" -eq 1514
holds "87 sessions were hit by a fault" test "$(grep -vc -e ',normal$' -e '^trace,' "$labels")" -eq 87

run evaluate "$samples/pg-incident.log.gz" --labels "$labels" --seed 1 --csv
status 0
awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "f1") f1 = i; next }
    $1 == "new-event" { new = $f1 }
    $1 !~ /^flag-/ && $f1 > best { best = $f1 }
    END { print "# F1 of new-event " new ", of the best " best; exit !(new < .8 && best > .85 && best < .98) }' "$out"
case_result $? "F1 of new-event is under .8, of the best detector between .85 and .98"

run report "$samples/pg-incident.log.gz" --labels "$labels" --seed 1
status 0
output_has '^traces: 1513 '
output_has '800 held-out real ones test, 87 of them anomalous'
output_has '^machine +[0-9]'

run info "$samples/web-small.log"
status 0
output_has '^format +access$'
output_has '^records +258$'

# A share that only traces longer than any real one could hold is refused; the nearest that is told of can be drawn.
printf '{"traces": 1000, "levels": {"error": 0.37}}' >far.json
run generate "$samples/pg-incident.log.gz" -c far.json -o far.log
status 2
errors_has 'levels.error: 0.37 cannot be met: .* [0-9.]+ can be met'
holds 'nothing is written' test ! -e far.log
nearest=$(sed -n 's/.*; \([0-9.]*\) can be met.*/\1/p' "$err")
printf '{"traces": 1000, "levels": {"error": %s}}' "$nearest" >nearest.json
run generate "$samples/pg-incident.log.gz" -c nearest.json -o nearest.log
status 0
printf '{"traces": 2000, "levels": {"error": 0.2}}' >near.json
run generate "$samples/pg-incident.log.gz" -c near.json --as jsonl -o near.jsonl
status 0
holds 'a fifth of the records are errors' awk '/"level": "error"/ { n++ } END { exit n < .19 * NR || n > .21 * NR }' near.jsonl

done_testing
