#!/bin/sh
# Why a line is in its template: from a log, from a workspace, for lines of standard input, as text and as JSON.

. "$top_srcdir/tests/lib.sh"
for i in 1 2 3; do
    printf '2024-03-01 00:00:0%d INFO net: connection %d from 10.0.0.1 opened\n' $i $i
    printf '2024-03-01 00:01:0%d INFO net: connection %d from 10.0.0.1 closed\n' $i $i
done >app.log

# ---- a line as it stands in the log, and the message alone

run templates --explain '2024-03-01 00:00:09 INFO net: connection 9 from 10.0.0.7 closed' app.log -q
status 0
output_is <<'END'
message     connection 9 from 10.0.0.7 closed
tokens         #  bytes    type      text
               1  1-10     word      connection
               2  12-12    integer   9
               3  14-17    word      from
               4  19-26    ip        10.0.0.7
               5  28-33    word      closed
masked      connection <integer> from <ip> closed
            seen 3 times
template    E2  connection <*> from <*> closed
            learned: its masked sequence is one of the template's
            by the step `first`: the template begins with it
            begins with: connection <integer> from <ip> closed
            joins 1 sequence, 3 records
parameters  1  integer   9
            2  ip        10.0.0.7
near        E1  connection <*> from <*> opened
              seen 3 times
              differs at token 5: `closed` here, `opened` there
END
errors_is_empty
cp "$out" log.txt
run learn app.log --trace none -o W.lw -q
run templates --explain 'connection 9 from 10.0.0.7 closed' W.lw
holds 'a message under the workspace says the same' cmp "$out" log.txt
run templates W.lw --explain '2024-03-01 00:00:09 INFO net: connection 9 from 10.0.0.7 closed'
holds 'so does the line' cmp "$out" log.txt

# ---- lines of standard input, unknown and hostile ones among them

printf 'connection 1 from 10.0.0.1 opened again\r\nconnection \033[2J\000 from\n' >lines
run templates --explain - W.lw <lines
status 0
output_has '^template    unknown: no template accepts it$'
output_has 'differs at token 6: `again` here, nothing there'
holds 'no byte of a line acts on the terminal' sh -c "! grep -q '$(printf '\033')' '$out'"
run templates --explain - W.lw --json <lines
holds 'one JSON object a line' test "$(wc -l <"$out")" -eq 2
holds 'which can be read' test "$(sqlite3 :memory: "SELECT json_extract(value, '\$.way') || json_extract(value,
    '\$.near[0].differences[0].here') FROM json_each('[' || '$(head -n 1 "$out")' || ']')")" = unknownagain

# ---- mistakes

run templates --explain - - <lines
status 2
errors_has 'not both'
run templates --explain x W.lw --csv
status 2
errors_has 'text or --json'
run templates --explain x
status 2
errors_has 'give a log'

done_testing
