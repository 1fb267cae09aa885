#!/bin/sh
# Formats of the user, why a format was chosen, and headers found from the lines.

. "$top_srcdir/tests/lib.sh"

XDG_DATA_HOME=$scratch/data
export XDG_DATA_HOME
mkdir -p "$XDG_DATA_HOME/logwright/formats"

awk 'BEGIN {
    split("INFO WARN ERROR", levels, " ")
    split("net.http db.pool auth.token", names, " ")
    for (i = 0; i < 120; i++)
        printf "{%s} <2026-11-23 02:%02d:%02d> (%s) [%d] took %d ms\n", levels[i % 3 + 1], i / 60, i % 60,
            names[i % 7 % 3 + 1], i % 5 + 100, i * 3
}' >"$scratch/odd.log"

run formats --explain "$scratch/odd.log"
status 0
output_has '^format +inferred$'
output_has '^syslog .* 1 '

run formats --infer "$scratch/odd.log" -o "$XDG_DATA_HOME/logwright/formats/odd.json"
status 0
run formats
status 0
output_has '^odd .*odd\.json'
run info "$scratch/odd.log"
status 0
output_has '^format +odd$'
output_has '^levels +info 40 warn 40 error 40$'

printf '{"name":"bad","pattern":"\\\\d+ x","samples":["12 y"]}' >"$XDG_DATA_HOME/logwright/formats/bad.json"
run formats
status 0
errors_has 'bad\.json: samples\[0\]\.line: byte 4 does not match: "x" is wanted there'
run info "$scratch/odd.log"
status 0
errors_has 'bad\.json: samples'
run info --format bad "$scratch/odd.log"
status 2
errors_has 'bad\.json: samples\[0\]\.line: byte 4'

printf 'some\nfree\ntext\nwithout\na\nheader\n' >"$scratch/free.log"
run formats --infer "$scratch/free.log"
status 2
errors_has 'no header in common'
run formats --explain "$scratch/free.log"
status 0
output_has '^format +plain$'
run formats --explain "$scratch/none.log"
status 2

done_testing
