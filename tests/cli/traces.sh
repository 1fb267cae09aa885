#!/bin/sh
# What names traces: rules, what could name them, and what goes wrong with them.

. "$top_srcdir/tests/lib.sh"

json_holds() # WHAT SQL: sqlite3 reads the last output as JSON j; the query must give 1
{
    [ "$(sqlite3 :memory: "SELECT $2 FROM (SELECT CAST(readfile('$out') AS TEXT) AS j)" 2>&1)" = 1 ]
    case_result $? "$last_command: $1"
}

json_rows() # RULE WHAT N
{
    run traces orders.log --trace "$1" --json
    json_holds "$2" "json_array_length(j) = $3"
}

# Sixty orders: a request that becomes a job, which stores through a connection; ids stand in pairs where they change.
awk 'BEGIN {
    for (i = 0; i < 60; i++) {
        at = sprintf("2026-11-23 02:%02d:0", i)
        printf "%s1 INFO web: accepted request=q%dx\n", at, i
        printf "%s2 INFO web: request=q%dx queued as job=%d\n", at, i, i + 7
        printf "%s3 INFO worker: job=%d stores by conn=%d\n", at, i + 7, i
        printf "%s4 INFO db: conn=%d commits\n", at, i
        printf "%s5 INFO web: answered request=q%dx\n", at, i
    }
}' >orders.log
joined='join:request=(\w+) + job=(\d+) + conn=(\d+)'

run traces orders.log --trace "$joined" --csv
status 0
output_has '^q0x,5,2026-11-23T02:00:01Z,2026-11-23T02:00:05Z,4,1,,'
json_rows "$joined" 'a joined order is one trace' 60
json_rows 'gap:30s' 'silence parts the orders' 60
json_rows 'gap:30s by [a-z]+(?=:)' 'and those of each component' 180
json_rows 'window:2m' 'windows hold two orders' 30
json_rows 'window:2m/1m' 'and overlap' 61
json_rows 'count:100' 'three hundred records are three hundreds' 3

# A plan takes the rule over, and silence at the cut parts nothing.
head -n 150 orders.log >early.log
tail -n 150 orders.log >late.log
run learn early.log -o early.lw --trace 'gap:30s'
run learn late.log -o late.lw --plan early.lw
run merge early.lw late.lw -o merged.lw
status 0
run learn orders.log -o whole.lw --trace 'gap:30s'
"$LOGWRIGHT" traces whole.lw --csv >whole.csv
run traces merged.lw --csv
output_is <whole.csv
run learn early.log -o early.lw --trace 'count:100'
run learn late.log -o late.lw --plan early.lw
run merge early.lw late.lw -o merged.lw
status 2
errors_has 'count:100.*learn from the files in one go'

# A rule that leaves records out says so, wherever traces are what counts, and one that leaves out few does not.
run learn orders.log --trace 'request=(\w+)' -o part.lw
errors_has '60 % of the records are in traces \(request='
run generate part.lw --traces 3 -o part.txt
errors_has '60 % of the records are in traces'
run generate part.lw --traces 1 -o part.txt
errors_has ' 1 trace generated$'
run constraints part.lw
errors_has '60 % of the records are in traces'
run info part.lw --json
json_holds '180 records are told to be in traces' "json_extract(j, '$.traced') = 180"
run learn -q orders.log --trace 'request=(\w+)' -o part.lw
errors_is_empty
run learn orders.log --trace "$joined" -o part.lw
holds 'a full rule says nothing' sh -c "! grep 'are in traces' '$err'"

# What could name traces.
run traces --explain orders.log --csv
status 0
output_has '^chosen,rule,score,records,names,coverage,again,kinds,nearness,number,unity,prior,nested_in,nested,alias_of$'
output_has '^yes,.*request=.*,180,60,0\.6,1,'
errors_has 'traces are named by .*request='
run traces --explain orders.log --trace 'conn=(\d+)' --json
json_holds 'what is given stands first and is chosen' "json_extract(j, '\$[0].rule') = 'conn=(\d+)' AND
    json_extract(j, '\$[0].chosen') = 'yes' AND json_extract(j, '\$[0].records') = 120"
run traces --explain orders.log --trace 'order=(\d+)'
status 0
errors_has 'traces are named by order='

# Levels of keys: three requests a session, and what a request is called further on.
awk 'BEGIN {
    for (i = 0; i < 150; i++)
        for (k = 1; k <= 3; k++)
            printf "2026-11-23 %02d:%02d:%02d INFO web: session=s%dx request=r%dy job=j%dz %s\n", 2 + i / 60, i % 60, k,
                i / 3, i, i + 7, k == 1 ? "accepted" : k == 2 ? "renders a page" : "answered"
}' >sessions.log
run traces --explain sessions.log --json
status 0
json_holds 'requests nest in sessions' "(SELECT count(*) FROM json_each(j) WHERE json_extract(value, '\$.rule') LIKE
    '%request=%' AND json_extract(value, '\$.nested_in') LIKE '%session=%' AND json_extract(value, '\$.nested') = 1)"
json_holds 'jobs are requests' "(SELECT count(*) FROM json_each(j) WHERE json_extract(value, '\$.rule') LIKE
    '%job=%' AND json_extract(value, '\$.alias_of') IS NOT NULL)"
errors_has 'request in session \(1\.00\)'
run traces --explain sessions.log
output_has 'prior *nested_in *nested *alias_of'
run traces sessions.log --trace 'session=(\w+)' --json
json_holds 'the outer key gives the outer traces' 'json_array_length(j) = 50'

# What goes wrong.
run traces orders.log --trace 'join:request=(\w+)'
status 2
errors_has 'needs two rules or more'
run traces orders.log --trace 'join:id + id'
status 2
errors_has 'twice'
run traces orders.log --trace 'window:1m/2m'
status 2
errors_has 'leave records out'
run traces orders.log --trace 'order=(\d+)'
status 0
errors_has "no record names a trace by 'order=.*traces --explain"
awk 'BEGIN { for (i = 0; i < 5000; i++) printf "a"; print "!"; for (i = 0; i < 20; i++) print "word " i }' >long.log
run traces long.log --format plain --trace '^(\w+\s?)+$'
status 0
errors_has '1 records are in fewer traces than they may be'

done_testing
