#!/bin/sh
# Inputs that are wrong, odd or hostile: a clear error or a sound result.

. "$top_srcdir/tests/lib.sh"
rule='id=(\w+)'
line='2024-03-01 00:00:00 INFO web: hello id=a'

records_are() # NUMBER: what `parse` of the last run printed, by records
{
    [ "$(grep -cE '^[^,"]*,[0-9]+,' "$out")" -eq "$1" ]
    case_result $? "$last_command: $1 records"
}

# ---- what is not a log

run parse missing.log
status 2
errors_has 'missing.log'
mkdir folder
run parse folder
status 2
errors_has 'folder'
: >empty.log
run parse empty.log --trace "$rule"
status 0
records_are 0
run templates empty.log
status 0
run learn empty.log -o empty.lw -q
status 0
run machine empty.lw --json
status 0
run detect empty.lw -q
status 2
errors_has 'no trace'
if [ "$(id -u)" -ne 0 ]; then
    echo "$line" >secret.log
    chmod 000 secret.log
    run parse secret.log
    status 2
    errors_has 'secret.log: .*[Pp]ermission'
fi
head -c 100000 "$LOGWRIGHT" >binary
run parse binary -o binary.csv
holds 'a binary file is read or refused' test "$last_status" -eq 0 -o "$last_status" -eq 2

# ---- odd text

printf '%s\r\n%s\r\n' "$line" "$line" >crlf.log
run parse crlf.log --trace "$rule"
status 0
records_are 2
holds 'line ends are not part of a message' test "$(tr -cd '\r' <"$out" | wc -c)" -eq 0
printf '%s\n%s' "$line" "$line" >unended.log
run parse unended.log --trace "$rule"
records_are 2
printf '%s nul \0 here\n%s bad \377\300 bytes\n%s escape \033[31m\n' "$line" "$line" "$line" >hostile.log
run parse hostile.log --trace "$rule" --format timed
status 0
records_are 3
run parse hostile.log --trace "$rule" --json
status 0
holds 'JSON is ASCII where bytes could act' test "$(LC_ALL=C tr -d '\n\040-\176' <"$out" | wc -c)" -eq 0
holds 'every JSON line is valid' test "$(sqlite3 :memory: "SELECT count(*) FROM (SELECT value FROM
    json_each('[' || replace(rtrim(CAST(readfile('$out') AS TEXT), char(10)), char(10), ',') || ']'))")" -eq 3
run templates hostile.log --trace "$rule"
holds 'a table obeys nothing' test "$(LC_ALL=C tr -d '\n\040-\176' <"$out" | wc -c)" -eq 0
{
    printf '%s ' "$line"
    head -c 100000000 /dev/zero | tr '\0' 'x'
    printf '\n%s\n' "$line"
} >long.log
run templates long.log --trace "$rule" --max-memory 1G --csv -o long.csv
status 0
holds 'a line of 100 MB is one record' test "$(cut -d, -f3 long.csv | awk 'NR > 1 { n += $1 } END { print n }')" -eq 2
rm -f long.log long.csv

# ---- compressed

awk -v traces=300 -v labels=labels.csv -f "$top_srcdir/tests/cli/requests.awk" >requests.log
gzip -c requests.log >requests.log.gz
run parse requests.log.gz --trace '(req-\d+)'
status 0
records_are "$(wc -l <requests.log)"
head -c 4000 requests.log.gz >cut.log.gz
run parse cut.log.gz --trace '(req-\d+)'
errors_has 'cut.log.gz: .*early|cut.log.gz: .*trunc|cut.log.gz: .*ends'
holds 'what could be unpacked is there' test "$(wc -l <"$out")" -gt 10

# ---- labels and constraints

echo 'trace,label
nobody,1' >nobody.csv
run evaluate requests.log --trace '(req-\d+)' --labels nobody.csv
status 2
errors_has 'nobody.csv'
run evaluate requests.log --trace '(req-\d+)' --labels missing.csv
status 2
errors_has 'missing.csv'
for json in '{"anomalies": {"mising": 0.1}}|anomalies' '{"traces": "many"}|traces' '{"anomalies": {"missing": 7}}|anomalies.missing' \
    '{"traces": 10|constraints.json' '[]|constraints.json'; do
    printf '%s' "${json%|*}" >constraints.json
    run generate requests.log --trace '(req-\d+)' -c constraints.json -o x.log
    status 2
    errors_has "constraints.json.*${json#*|}|${json#*|}"
done

done_testing
