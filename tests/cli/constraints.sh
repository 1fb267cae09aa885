#!/bin/sh
# constraints: measured in a log, written as a document that generate takes, checked; and their schema.

. "$top_srcdir/tests/lib.sh"

# 400 requests, each of four steps; every tenth fails in the database and is repeated.
awk 'BEGIN {
    for (r = 0; r < 400; r++) {
        t = r * 3
        line(t, 10, "INFO", "gateway", r, "accepted")
        if (r % 10 == 4) {
            line(t, 200, "ERROR", "database", r, "query failed")
            line(t + 1, 300, "INFO", "database", r, "query repeated")
        } else
            line(t, 200, "INFO", "database", r, "query done")
        line(t + 1, 900, "INFO", "gateway", r, "answered")
    }
}
function line(s, ms, level, service, r, what)
{
    printf "2026-03-01 %02d:%02d:%02d.%03d %s [%s] request r%04d %s\n", 10 + s / 3600, s / 60 % 60, s % 60, ms, level,
        service, r, what
}' >app.log
trace='request (r\d+)'

run constraints app.log --trace "$trace" -q
status 0
output_has '^constraint +part +value +low +high +n +note$'
output_has '^levels +error +0\.032'
output_has '^calls +gateway>database +1 '
run constraints app.log --trace "$trace" --json -q
status 0
output_has '"constraint": *"recovery.within.0"'

# ---- a document of them

run constraints app.log --trace "$trace" -o app.json -q
status 0
output_has '^traces +400 '
run constraints app.json
status 0
errors_has 'app.json: nothing rules out anything else$'
run constraints app.json app.log
status 0
errors_has 'and the machine can give it'
run generate app.log --trace "$trace" -c app.json -o new.log -q
status 0
holds 'the document asks for as many traces' test "$(grep -c accepted new.log)" -eq 400
run constraints app.log --trace "$trace" --document -q
status 0
holds 'what is printed is what was written' cmp app.json "$out"

# ---- checks

echo '{"levels": {"error": 0.7, "info": 0.5}}' >wrong.json
run constraints wrong.json
status 1
errors_has 'wrong.json: \$\.levels: the shares from error to info sum to 1\.2'
echo '{"traces": "many"}' >wrong.txt
run constraints -c wrong.txt
status 1
errors_has 'wrong.txt: \$\.traces is a string'
echo '{"levels": {"fatal": 0.5}}' >never.json
run constraints never.json app.log
status 1
errors_has 'levels\.fatal'
run constraints no-such.json
status 2
errors_has 'no-such.json'
run learn app.log --trace "$trace" -o app.lw -q
run constraints app.lw
status 0
output_has '^levels +error +0\.032'
errors_has 'a workspace holds no lines'
run constraints app.lw --model -o bare.json -q
status 0
run generate -c bare.json -o new.log -q
status 0
holds 'what a workspace alone says makes a log' test "$(grep -c accepted new.log)" -eq 400
i=0
while [ $i -lt 40 ]; do
    echo "{\"time\": \"2026-03-01T10:00:$((i % 60 + 10))Z\", \"level\": \"info\", \"msg\": \"step $i of 40\"}"
    i=$((i + 1))
done >lines.json
run constraints lines.json -q
status 0
output_has '^records +40 '

echo '{"privacy": {"allow": ["shoe size"]}}' >allow.json
run constraints allow.json
status 1
errors_has 'allow.json: \$\.privacy\.allow: "shoe size" is no kind of identifier; these are: ip, mac, '
echo '{"parameters": {"E1.1": {"fake": "ipv7"}}}' >fake.json
run constraints fake.json
status 1
errors_has '"ipv7" is no kind of identifier; these are: ip, '

# ---- a document that carries its model

run constraints app.log --trace "$trace" --model -o whole.json -q
status 0
holds 'it holds the model' grep -q '^  "model": {' whole.json
mkdir elsewhere && mv whole.json elsewhere
cd elsewhere || exit 1
run generate -c whole.json -o new.log -q
status 0
holds 'a log is made without the one that was learned from' test "$(grep -c accepted new.log)" -eq 400
run constraints whole.json
status 0
cd .. || exit 1
run generate -c app.json
status 2

# ---- presets

run constraints --presets --csv
status 0
cp "$out" presets.csv
for preset in anomalies balanced incident payment; do
    holds "$preset is listed" grep -q "^$preset," presets.csv
done
for path in $(sed -e 1d -e 's/.*,//' presets.csv); do
    run constraints "$path"
    status 0
done
run generate -c payment --traces 200 -o payment.log -q
status 0
holds 'the payment system needs no log' test "$(grep -c 'received POST' payment.log)" -eq 200
run generate -c nothing-of-this-name
status 2
errors_has 'nothing-of-this-name'

# ---- the schema

run constraints --schema
status 0
output_has '"\$schema": "https://json-schema.org/draft/2020-12/schema"'
output_has '"per_hour": \{"type": "number", "minimum": 0, "maximum": 3600'

done_testing
