#!/bin/sh
# Every command on a small log: what it prints in each form, and how it exits.

. "$top_srcdir/tests/lib.sh"
awk -v traces=500 -v labels=labels.csv -f "$top_srcdir/tests/cli/requests.awk" >requests.log
rule='(req-\d+)'

json_holds() # WHAT PYTHON-LIKE-SQL: sqlite3 reads the last output as JSON; the query must give 1
{
    [ "$(sqlite3 :memory: "SELECT $2 FROM (SELECT CAST(readfile('$out') AS TEXT) AS j)" 2>&1)" = 1 ]
    case_result $? "$last_command: $1"
}

# ---- help

run help
status 0
output_has '^  parse '
output_has '^  evaluate '
errors_is_empty
run --help
status 0
run help parse
output_has '--json'
output_has '--trace RULE'
run parse --help
output_has 'JSON$|JSON '
run help nonsense
status 2
errors_has "no command 'nonsense'"
run --version
output_has '^logwright [0-9]'
run help --manual
output_has '^\.SH COMMANDS'
run formats
output_has '^syslog '
run formats --json
json_holds 'a format has a name' "json_extract(j, '\$[0].name') IS NOT NULL"

# ---- wrong use

run parse
status 2
errors_has 'give a log'
run nonsense requests.log
status 2
errors_has "neither a command nor a file 'nonsense'"
run parse --nonsense requests.log
status 2
errors_has 'no option --nonsense'
run templates --threads none requests.log
status 2
errors_has "threads 'none': it takes a whole number"
run parse --max-memory much requests.log
status 2
errors_has 'size such as'
run parse --format nonsense requests.log
status 2
errors_has 'nonsense'
run templates --trace '(' requests.log
status 2
run evaluate requests.log
status 2
errors_has '--labels'

# ---- parse

run parse requests.log --trace "$rule"
status 0
errors_is_empty
holds 'parse prints a header and a line for each record' \
    test "$(wc -l <"$out")" -eq $(($(wc -l <requests.log) + 1))
output_has '^source,line,time,level,component,trace,event,template,parameters$'
output_has '^requests.log,1,2024-03-01T00:00:00.100Z,info,web,"\[""req-0""\]",E1,request <\*> from <\*> started,"\[""req-0"",""10.0.0.1""\]"$'
cp "$out" parsed.csv
run parse requests.log --trace "$rule" --threads 1
holds 'one thread gives the same bytes' cmp "$out" parsed.csv
run parse - --trace "$rule" <requests.log
status 0
output_has '^-,1,2024|^.*stdin.*,1,2024'
run parse requests.log --trace "$rule" --json
status 0
head -n 1 "$out" >first.json
cp first.json "$out"
json_holds 'a line is an object' "json_extract(j, '\$.line') = 1 AND json_extract(j, '\$.trace[0]') = 'req-0' AND
    json_extract(j, '\$.parameters[1]') = '10.0.0.1' AND json_extract(j, '\$.level') = 'info'"
run parse requests.log --trace "$rule" -o written.csv
status 0
holds 'nothing is printed with -o' test ! -s "$out"
holds '-o holds what would have been printed' cmp written.csv parsed.csv

# ---- templates, traces, variants, machine, info

run templates requests.log --trace "$rule"
output_has '^E1  .* 500  .* request <\*> from <\*> started$'
run templates requests.log --trace "$rule" --json
json_holds 'there are four templates' "json_array_length(j) = 4 AND json_extract(j, '\$[0].event') = 'E1' AND
    json_extract(j, '\$[0].count') = 500 AND json_extract(j, '\$[3].level') = 'debug'"
run templates requests.log --trace "$rule" --csv
output_has '^event,name,count,share,first,last,level,parameters,template$'
run traces requests.log --trace "$rule" --csv
output_has '^req-0,5,2024-03-01T00:00:00.100Z,2024-03-01T00:00:02.800Z,2.7,2,,"\[""E1"",""E2"",""E2"",""E3"",""E4""\]"$'
run traces requests.log --trace "$rule" --labels labels.csv --json
json_holds 'traces carry their labels' "json_array_length(j) = 500 AND json_extract(j, '\$[12].label') = 1"
run variants requests.log --trace "$rule" --csv
output_has '^1,290,0.58,4,req-1,"\[""E1"",""E2"",""E3"",""E4""\]"$'
run machine requests.log --trace "$rule"
output_has '^start +E1'
run machine requests.log --trace "$rule" --json
json_holds 'states and transitions are there' "json_extract(j, '\$.states[0].name') = 'start' AND
    json_extract(j, '\$.states[1].name') = 'end' AND json_extract(j, '\$.transitions[0].from') = 0 AND
    json_extract(j, '\$.transitions[0].template') = 'E1' AND json_extract(j, '\$.transitions[0].probability') = 1"
holds 'the probabilities out of each state sum to 1' test "$(sqlite3 :memory: "SELECT count(*) FROM (
    SELECT sum(value ->> 'probability') AS p FROM json_each(CAST(readfile('$out') AS TEXT), '\$.transitions')
    GROUP BY value ->> 'from' HAVING abs(p - 1) > 1e-9)")" -eq 0
holds 'a timed transition has a family of delays' test "$(sqlite3 :memory: "SELECT count(*) > 0 FROM
    json_each(CAST(readfile('$out') AS TEXT), '\$.transitions') WHERE value ->> 'delay_family' <> '' AND
    json_array_length(value, '\$.delay_parameters') > 0 AND value ->> 'delay_ks' BETWEEN 0 AND 1")" -eq 1
run machine requests.log --trace "$rule" --relations
output_has '^E1 \$[0-9]+ +key '
run machine requests.log --trace "$rule" --relations --json
json_holds 'relations say how often they hold' "json_extract(j, '\$[0].relation') = 'key' AND
    json_extract(j, '\$[0].held') <= json_extract(j, '\$[0].of')"
run machine requests.log --trace "$rule" --dot
output_has '^digraph machine \{'
run machine requests.log --trace "$rule" --mermaid
output_has '^  \[\*\] --> s[0-9]+ : 1$'
run machine requests.log --trace "$rule" --svg
output_has '^<svg xmlns='
output_has '^</svg>$'
run machine requests.log --trace "$rule" --dot --activities 0 --paths 0
n_drawn=$(grep -c -e '->' "$out")
run machine requests.log --trace "$rule" --csv
holds 'the usual way is a part of the whole' test "$n_drawn" -gt 1 -a "$n_drawn" -lt "$(($(wc -l <"$out") - 1))"
run machine requests.log --trace "$rule" --dot --paths 2
status 2
run report requests.log --trace "$rule" --html
output_has '^<!DOCTYPE html>$'
output_has '^traces: 500 in '
output_has '^<svg xmlns='
output_has '^</body></html>$'
run info requests.log --trace "$rule"
output_has '^traces +500$'
output_has '^end +2024-03-01T00:03:37.700Z$'
run info requests.log --trace "$rule" --json
json_holds 'info is an object' "json_extract(j, '\$.records') = 2177 AND json_extract(j, '\$.levels[0]') LIKE 'debug %'"

# ---- generate

run learn requests.log --trace "$rule" -o W.lw -q
status 0
run generate W.lw --seed 7 --traces 50 -o synthetic.log --labels-out synthetic.csv
status 0
run generate W.lw --seed 7 --traces 50 -o again.log
holds 'the same seed generates the same bytes' cmp synthetic.log again.log
run generate W.lw --seed 8 --traces 50 -o other.log
holds 'another seed generates others' test "$(cksum <other.log)" != "$(cksum <synthetic.log)"
run generate W.lw --seed 7 --traces 50 --as sequences
status 0
holds 'sequences have a line for each trace' test "$(wc -l <"$out")" -eq 50
run templates synthetic.log --trace "$rule" --json
json_holds 'the synthetic log has templates of the real one' "EXISTS (SELECT 1 FROM json_each(j)
    WHERE value ->> 'template' = 'request <*> from <*> started')"
run generate W.lw -c labels.csv
status 2
run generate W.lw --method nonsense
status 2
errors_has nonsense

# ---- a log under a workspace: ids and traces are those of the workspace

tail -n +1004 requests.log >later.log
run templates rename W.lw E1 begun
run parse W.lw later.log
status 0
cp "$out" under.csv
holds 'every record has a row' test "$(wc -l <under.csv)" -eq $(($(wc -l <later.log) + 1))
tail -n +1005 parsed.csv | cut -d, -f3- >expected.rows
tail -n +2 under.csv | cut -d, -f3- >found.rows
holds 'rows are those of parsing the whole log' cmp expected.rows found.rows
run traces W.lw later.log --labels labels.csv --csv
status 0
output_has '^req-499,.*,0$'
run variants W.lw later.log
status 0
for wrong in 'parse W.lw' 'traces W.lw --labels labels.csv' 'templates W.lw later.log' 'machine later.log W.lw' \
    'parse later.log W.lw' 'detect W.lw W.lw' 'traces W.lw --trace x' 'score W.lw later.log --trace x' \
    'evaluate W.lw --labels labels.csv' 'learn W.lw -o x.lw' 'generate W.lw later.log'; do
    # shellcheck disable=SC2086 # a command and its words
    run $wrong
    status 2
    errors_has "^logwright: ${wrong%% *}: .*(give|needs|first|--trace)"
done

# ---- detect, score, evaluate

awk -v traces=500 -v labels=clean.csv -v clean=1 -f "$top_srcdir/tests/cli/requests.awk" >clean.log
run learn clean.log --trace "$rule" -o clean.lw -q
run detect clean.lw requests.log --csv
status 1
output_has '^req-25,.*,E4,'
errors_has 'traces flagged by machine'
run detect W.lw requests.log --detector count-vector --json -q
errors_is_empty
run score W.lw requests.log --detector machine
status 0
output_has '^trace,score,flag$'
holds 'score has a line for each trace, in their order' test "$(sed -n '2s/,.*//p;501s/,.*//p' "$out" | tr '\n' ' ')" = "req-0 req-499 "
run score W.lw requests.log --probability
output_has '^trace,probability'
holds 'probabilities are between 0 and 1' awk -F, 'NR > 1 && !($2 > 0 && $2 <= 1) { bad = 1 } END { exit bad }' "$out"
run score W.lw requests.log --detector nonsense
status 2
errors_has nonsense
run evaluate requests.log --trace "$rule" --labels labels.csv --json
status 0
json_holds 'the contract names the figures' "(SELECT count(*) FROM json_each(j) WHERE value ->> 'level' = 'trace' AND
    value ->> 'split' = 'normal:0.5' AND value ->> 'n_train' > 0 AND value ->> 'n_test' > 0 AND
    value ->> 'n_anomalous' = 65 AND json_type(value, '\$.precision') IS NOT NULL AND value ->> 'recall' IS NOT NULL AND
    json_type(value, '\$.f1') IS NOT NULL AND json_type(value, '\$.mcc') IS NOT NULL AND
    json_type(value, '\$.roc_auc') IS NOT NULL AND json_type(value, '\$.pr_auc') IS NOT NULL AND
    json_type(value, '\$.threshold') IS NOT NULL AND value ->> 'fit_s' >= 0 AND value ->> 'score_s' >= 0) =
    json_array_length(j)"
json_holds 'controls stand beside the detectors' "(SELECT count(*) FROM json_each(j) WHERE value ->> 'detector' IN
    ('flag-all', 'flag-none', 'new-event')) = 3"
json_holds 'the machine finds what is lost and what is asked too often' "(SELECT value ->> 'f1' FROM json_each(j)
    WHERE value ->> 'detector' = 'machine') > 0.9"
run evaluate requests.log --trace "$rule" --labels labels.csv --method machine --traces 100 --json
json_holds 'a synthetic log adds an arm with the real one and one without' "(SELECT count(DISTINCT value ->> 'arm')
    FROM json_each(j)) = 3"
run evaluate requests.log --trace "$rule" --labels labels.csv --detectors machine --split chronological:0.6
status 0
output_has '^split chronological:0.6, seed 1: [0-9]+ traces train'
run evaluate requests.log --trace "$rule" --labels labels.csv --split nonsense
status 2

# ---- the main job

run requests.log --trace "$rule" --labels labels.csv
status 0
output_has '^requests.log: 2177 records in 2177 lines'
output_has '^traces: 500 in 6 variants'
output_has '^machine: [0-9]+ states'
output_has '^machine +[0-9.]+ +[0-9.]+ +[0-9.]+ +[0-9.]+ +[0-9.]+ +[0-9.]+$'

# ---- writing

if [ -c /dev/full ]; then
    "$LOGWRIGHT" parse requests.log --trace "$rule" >/dev/full 2>"$err"
    holds 'a full device is an error' test $? -eq 2
    : >"$out"
    errors_has 'No space left'
fi
"$LOGWRIGHT" parse requests.log --trace "$rule" 2>"$err" | head -n 1 >"$out"
holds 'a reader that leaves is no error' test ! -s "$err"
run parse requests.log --trace "$rule" -o no/such/folder/x.csv
status 2
errors_has 'no/such/folder/x.csv'

done_testing
