#!/bin/sh
# validate: a generated log is lawful; what is not is told, with and without labels and constraints.

. "$top_srcdir/tests/lib.sh"

# Sessions of a program with steps in a fixed order; every fifth works twice.
awk 'BEGIN {
    srand(7)
    text["begins"] = "INFO app: session %s begins, limit %d"
    text["writes"] = "INFO app: flushed the buffer of session %s with %d bytes"
    text["works"] = "WARN app: worker of session %s is busy, load %d"
    text["ends"] = "INFO app: closing down session %s, %d requests served"
    for (s = 1; s <= 400; s++) {
        at = s * 60
        n = split(s % 5 == 0 ? "begins works works ends" : "begins reads writes ends", step, " ")
        for (i = 1; i <= n; i++) {
            value = 100 + int(900 * rand())
            line = sprintf(text[step[i]], "s" s, value)
            if (step[i] == "reads")
                line = "INFO app: " value " rows read from the store by session s" s
            printf "2024-03-01 %02d:%02d:%02d %s\n", at / 3600 % 24, at / 60 % 60, at % 60, line
            at += 2 + int(3 * rand())
        }
    }
}' >real.log
rule='session (s\d+)'
run learn real.log --trace "$rule" -o real.lw -q
status 0

run generate real.lw --traces 300 -o synth.log -q
status 0
run validate real.lw synth.log -q
status 0
output_has '^group  *rule  *checked  *violated  *share$'
output_has '^machine  *step  *900  *0  *0\.0000$'
run validate real.log synth.log --trace "$rule" -q
status 0
run validate real.lw synth.log --json -q
status 0
output_has '"lawful": true'
output_has '"violations": '

# A step that the machine does not have, a value, a delay, an unknown message, an order.
sed -e '/read from the store by session s7$/d' -e 's/[0-9]* \(rows read from the store by session s8\)$/987654321 \1/' \
    -e 's/[0-9]* rows read from the store by session s9$/session s9 explodes/' \
    -e 's/ 00:11:\([0-9]*\) \(INFO app: closing down session s11,\)/ 05:11:\1 \2/' real.log >broken.log
run validate real.lw broken.log --csv -q
status 1
output_has '^group,rule,trace,position,record,event,label,what$'
output_has '^machine,step,s7,2,'
output_has '^parameters,range,s8,2,'
output_has '^machine,template,s9,2,'
output_has '^delays,longest,s11,4,'
run validate real.lw broken.log
status 1

# Each kind of anomaly shows as itself and as nothing else.
for kind in missing repeated swapped unknown delay parameter; do
    echo "{\"traces\": 300, \"anomalies\": {\"$kind\": 0.1}}" >one.json
    run generate real.lw -c one.json -o one.log --labels-out one.csv -q
    status 0
    run validate real.lw one.log -c one.json --labels one.csv -q
    status 0
    output_has "^machine  *$kind  *30  *[01]\\."
    run validate real.lw one.log -q
    status 1
done
run generate real.lw -c one.json -o one.log --labels-out one.csv --record-labels-out records.csv -q
status 0
run validate real.lw one.log -c one.json --labels one.csv --record-labels records.csv -q
status 0
output_has '^labels  *records  *[0-9]*  *0  *0\.0000$'
output_has '^detector  *label  *traces  *flagged  *separation$'
sed 's/,parameter,/,missing,/' one.csv >wrong.csv
run validate real.lw one.log --labels wrong.csv --csv -q
status 1
output_has '^labels,visible,.*,missing,'
output_has '^parameters,range,.*,missing,'

# Constraints that were not asked for when it was made.
echo '{"traces": 200, "levels": {"warn": 0.5}}' >other.json
run validate real.lw synth.log -c other.json --csv -q
status 1
output_has '^constraints,traces,,,,,,"200 were'
output_has '^constraints,levels,,,,,,"warn is 0\.'
run generate real.lw -c other.json -o other.log -q
status 0
run validate real.lw other.log -c other.json -q
status 0

run generate real.lw --method random --traces 100 -o random.log -q
status 0
run validate real.lw random.log -q
status 1
output_has '^machine  *step '

run validate real.lw
status 2
errors_has 'name the real log or its workspace, and the synthetic log'
run validate real.lw no-such.log -q
status 2
errors_has 'no-such.log'
run validate real.lw synth.log -c no-such.json -q
status 2
run validate real.lw synth.log --labels no-such.csv -q
status 2

done_testing
