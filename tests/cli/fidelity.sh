#!/bin/sh
# fidelity: two logs compared, in all three forms, with and without a workspace.

. "$top_srcdir/tests/lib.sh"

# sessions FILE FIRST LAST TAKES: sessions of a program; every fifth fails, steps take so many seconds
sessions()
{
    awk -v first="$2" -v last="$3" -v takes="$4" 'BEGIN {
        srand(7)
        for (s = first; s <= last; s++) {
            at = s * 60
            n = split(s % 5 == 0 ? "begins fails ends" : "begins reads writes ends", step, " ")
            for (i = 1; i <= n; i++) {
                printf "2024-03-01 %02d:%02d:%02d %s app: session s%d %s\n", at / 3600 % 24, at / 60 % 60, at % 60,
                    step[i] == "fails" ? "ERROR" : "INFO", s, step[i]
                at += takes + int(3 * rand())
            }
        }
    }' >"$1"
}
sessions real.log 1 200 2
sessions same.log 1 200 2
sessions slow.log 1 200 12
rule='session (s\d+)'
run learn real.log --trace "$rule" -o real.lw -q
status 0

run fidelity real.log same.log --trace "$rule" -q --check
status 0
output_has '^figure  *part  *value  *threshold  *verdict  *n  *note$'
output_has '^d_errdist  *1\.0000  *0\.9900  *pass'
output_has '^process  *1\.0000 '

run fidelity real.lw real.log slow.log -q --check
status 1
output_has '^process  *delays  *0\..*fail'
run fidelity real.lw real.log slow.log
status 0
errors_has 'figures are below what halves of the real log reach'

run fidelity real.log same.log --trace "$rule" -q --csv
output_has '^shapes,trace.duration,1,'
run fidelity real.log same.log --trace "$rule" -q --json
status 0
for name in d_errdist c_temporal r_anomaly shapes pairs cardinality intertable quality diagnostics detection constraints \
    process thresholds parts; do
    output_has "\"$name\": "
done


run fidelity real.log slow.log --trace "$rule" -q --intervals
status 0
output_has '^figure  *part  *value  *from  *to  *threshold  *verdict  *n  *note$'
run fidelity real.log slow.log --trace "$rule" -q --intervals --json
output_has '^ "from": {"d_errdist": [01]'
output_has '^ "to": {"d_errdist": [01]'

run fidelity real.log -q
status 2
errors_has 'name two logs, the real one first'
run fidelity real.lw same.log -q
status 2
errors_has 'real.lw is a workspace, which holds no lines'
run fidelity real.log no-such.log -q
status 2
errors_has 'no-such.log'
: >empty.log
run fidelity real.log empty.log --trace "$rule" -q
status 2
errors_has 'no traces were found by'

done_testing
