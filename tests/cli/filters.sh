#!/bin/sh
# parse --where: which records a condition leaves, what a mistake is told, and that threads change nothing.

. "$top_srcdir/tests/lib.sh"

awk 'BEGIN {
    for (i = 0; i < 40000; i++)
        printf "2026-11-23 %02d:%02d:%02d,%03d %s [main] app.%s: request %d of user=u%d took %d ms\n", 2 + i / 36000,
            i / 600 % 60, i / 10 % 60, i % 10 * 100, i % 97 ? "INFO" : "ERROR", i % 3 ? "Web" : "Sql", i, i % 50, i % 1000
}' >app.log

leaves() # FILTER NUMBER
{
    run parse app.log --trace none --where "$1" -q
    [ "$last_status" -eq 0 ] && [ $(($(wc -l <"$out") - 1)) -eq "$2" ]
    case_result $? "$1: $2 records"
}

leaves '' 40000
leaves 'level>=error' 413
leaves 'component=~"sql" and level=error' 138
leaves 'request 7 user=u7' 800
leaves '"request 77 "' 1
leaves '/took 99\d ms/ and not level=error' 396
leaves 'user=u7 or user=u8' 1600
leaves 'time>="03:00"' 4000
leaves 'time="2026-11-23 02:10"' 600
leaves 'time>-10s' 100
leaves '$3>=990ms' 400
leaves 'line<=10 component!=app.Sql' 6
# chunks that times and levels leave out
leaves 'level=fatal' 0
leaves 'not level=fatal' 40000
leaves 'level=fatal or time<"2026-11-23 02:00:10"' 100
leaves 'not time<"2026-11-23 02:00:10" and time<"2026-11-23 02:00:20"' 100

run parse app.log --trace none --where 'request 77 or level=error' --threads 1 -q
cp "$out" one
run parse app.log --trace none --where 'request 77 or level=error' --threads 2 -q
holds "two threads find what one finds" cmp one "$out"

run parse app.log --where 'level>=loud'
status 2
errors_has 'column 8: expected a level'
run parse app.log --where '(level=info'
status 2
errors_has 'column 1: this \( is not closed'
run parse app.log --trace none --where 'status>=500'
status 0
errors_has 'no record that was asked for status has it'
run parse app.log --trace none --where 'template=E999' -q
status 2
errors_has 'column 1: no template is called'

printf 'trace,label\nu7,anomalous\nu8,normal\n' >app.csv
run parse app.log --trace 'user=(u\d+)' --labels app.csv --where 'label=anomalous' -q
status 0
holds "records of anomalous traces" [ $(($(wc -l <"$out") - 1)) -eq 800 ]
run parse app.log --trace 'user=(u\d+)' --where 'label=anomalous' -q
status 2
errors_has 'there are no labels'
run parse app.log --trace none --where 'mark=~.*' -q
status 0
done_testing
