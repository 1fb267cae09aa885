#!/bin/sh
# The relational schema: keys that hold, rows that stay what they are from log to file to file, SQL that can only read.

. "$top_srcdir/tests/lib.sh"
samples=$top_srcdir/samples

# ---- what is written is sound

sound() # FILE: keys hold, and SQLite finds nothing wrong
{
    holds "$1: foreign keys hold" test -z "$(sqlite3 "$1" 'PRAGMA foreign_key_check')"
    holds "$1: the file is sound" test "$(sqlite3 "$1" 'PRAGMA integrity_check')" = ok
}
is() # NUMBER SQL FILE
{
    holds "$3: $2 is $1" test "$(sqlite3 "$3" "$2")" = "$1"
}

run export "$samples/pg-incident.log.gz" --sqlite pg.db
status 0
errors_is_empty
sound pg.db
is 27413 'SELECT count(*) FROM record' pg.db
is 1513 'SELECT count(*) FROM trace' pg.db
is 0 'SELECT count(*) FROM trace WHERE events <> (SELECT count(*) FROM event WHERE event.trace = trace.id)' pg.db
is 0 'SELECT count(*) FROM variant WHERE count <> (SELECT count(*) FROM trace WHERE variant = variant.id)' pg.db
is 0 'SELECT count(*) FROM template WHERE count <> (SELECT count(*) FROM record WHERE template = template.id)' pg.db
is 0 "SELECT count(*) FROM parameter JOIN record ON record.id = record WHERE instr(message, value) = 0" pg.db
# Each state is entered as often as it is visited, but for the start.
is 0 'SELECT count(*) FROM state WHERE id > 1 AND visits <> (SELECT count(*) FROM event WHERE state = state.id)' pg.db

# ---- a file with rows is a workspace, and saving it again changes nothing

run learn "$samples/pg-incident.log.gz" --rows -o rows.lw
status 0
run learn "$samples/pg-incident.log.gz" -o plain.lw
status 0
sound plain.lw
run info pg.db --json
status 0
cp "$out" info.json
run info plain.lw --json
holds 'an export is the workspace' cmp "$out" info.json
run export pg.db --sqlite again.db
status 0
for file in pg again; do
    sqlite3 $file.db .dump >$file.sql
done
sqlite3 rows.lw .dump >rows.sql
holds 'an export of the export has the same tables' cmp pg.sql again.sql
holds 'learn --rows writes them, too' cmp pg.sql rows.sql
cp rows.lw edited.lw
run templates rename edited.lw E1 first
status 0
run templates merge edited.lw E2 E3
status 0
sound edited.lw
is 27413 'SELECT count(*) FROM record' edited.lw
is 0 'SELECT count(*) FROM record WHERE template = 3' edited.lw
is 0 'SELECT count(*) FROM template WHERE count <> (SELECT count(*) FROM record WHERE template = template.id)' edited.lw
run templates undo edited.lw
run templates undo edited.lw
status 0
sqlite3 edited.lw .dump | grep -v '^INSERT INTO edit' >edited.sql
grep -v '^INSERT INTO edit' rows.sql >same.sql
holds 'edits that were undone leave the rows as they were' cmp edited.sql same.sql

run export plain.lw --sqlite some.db
status 0
errors_has 'keeps no records'
sound some.db
is 2 "SELECT count(*) FROM sqlite_master WHERE name IN ('event', 'trace')" some.db
is 0 "SELECT count(*) FROM sqlite_master WHERE name IN ('record', 'parameter', 'source')" some.db
is 1 'SELECT count(*) = (SELECT sum(events) FROM trace) FROM event' some.db
run export plain.lw "$samples/pg-incident.log.gz" --sqlite with.db
status 0
sqlite3 with.db .dump | grep -v '^INSERT INTO meta' >with.sql
grep -v '^INSERT INTO meta' pg.sql >meta.sql
holds 'a workspace with the log that it was learned from gives the same' cmp with.sql meta.sql
head -c 40000 rows.lw >cut.lw
run query cut.lw 'SELECT 1'
status 2

# ---- CSV

run export "$samples/web-small.log" --csv web --sqlite web.db
status 0
for table in $(sqlite3 web.db "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN
    ('meta', 'sequence', 'packed_trace', 'layout', 'edit')"); do
    # The shell of SQLite prints fewer digits of fractions than there are.
    sqlite3 -header web.db "SELECT * FROM \"$table\"" | sed 's/\(\.[0-9]\{6\}\)[0-9]*/\1/g' >expected
    sqlite3 -header :memory: ".import --csv web/$table.csv t" 'SELECT * FROM t' | sed 's/\(\.[0-9]\{6\}\)[0-9]*/\1/g' >shown
    sed 's/\.0\(|\|$\)/\1/g' expected >expected.whole
    sed 's/\.0\(|\|$\)/\1/g' shown >shown.whole
    holds "$table.csv has the rows of $table" cmp expected.whole shown.whole
done
holds 'statements stand beside the rows' sqlite3 new.db '.read web/schema.sql'
run export "$samples/web-small.log" --csv web
status 2
errors_has 'web: it is there already'
run export "$samples/web-small.log" --csv no/where
status 2
run export "$samples/web-small.log"
status 2
errors_has '--sqlite FILE'
holds 'nothing half done is left' test -z "$(ls -d ./*.tmp 2>/dev/null)"

echo hello >one.log

# ---- the schema

run schema "$samples/web-small.log"
status 0
holds 'its statements run' sqlite3 made.db ".read $out"
run schema web.db --mermaid
status 0
output_has '^erDiagram$'
output_has '^  trace \|\|--o\{ event : trace$'
run schema web.db --dot
status 0
output_has '^  "event" -> "trace" \[label="trace"\];$'

# The manual page names every table and view, and every column of those that are in every workspace.
run schema one.log
for name in $(sed -n 's/^CREATE \(TABLE\|VIEW\) "\([a-z_]*\)".*/\2/p; s/^  "\([a-z_0-9]*\)" .*/\1/p' "$out" | sort -u); do
    grep -q "[BI]R* *\(\\\\f[BI]\)*$name\b\|f[BI]$name\\\\f" "$top_srcdir/man/logwright.1.in" || echo "$name"
done >missing
holds "the manual names every table, view and column$(tr '\n' ' ' <missing)" test ! -s missing

# ---- SQL

run query pg.db 'SELECT count(*) AS n, 1.5 AS x, NULL AS none FROM trace' --json
status 0
output_has '^\{"n": 1513, "x": 1.5, "none": null\}$'
run query rows.lw "SELECT x'ff00' AS b, 'a,\"b' AS t" --json
output_has '^\{"b": \{"hex": "ff00"\}, "t": "a,\\"b"\}$'
run query rows.lw "SELECT 'a,\"b' AS t" --csv
output_has '^"a,""b"$'
for view in slowest_trace frequent_variant rare_transition template_parameter errors_by_hour component_level \
    state_trace event_text; do
    "$LOGWRIGHT" query pg.db "SELECT * FROM $view" --csv >virtual.csv
    sqlite3 -header -csv pg.db "SELECT * FROM $view" | tr -d '\r' | wc -l >in_file
    wc -l <virtual.csv >in_memory
    holds "$view says the same in memory and in the file" cmp in_file in_memory
done
for table in event parameter record value; do
    "$LOGWRIGHT" query "$samples/pg-incident.log.gz" "SELECT count(*), count(template) FROM $table WHERE 1 < 2" --csv 2>/dev/null |
        tail -n 1 >of_log
    sqlite3 -csv pg.db "SELECT count(*), count(template) FROM $table WHERE 1 < 2" | tr -d '\r' >of_file
    holds "$table has as many rows" cmp of_log of_file
done
for key in '= 7' '> 1510' '>= 1510.5' "< '3'" 'BETWEEN 5 AND 6' 'IN (1, 2, 99999)' '= 1.5' 'IS NULL' '> -1e300' \
    "= 'x'"; do
    "$LOGWRIGHT" query pg.db "SELECT trace, count(*) FROM event WHERE trace $key GROUP BY trace" --csv >by_bisection
    sqlite3 -header -csv pg.db "SELECT trace, count(*) FROM event WHERE trace $key GROUP BY trace" | tr -d '\r' >by_file
    [ -s by_file ] || echo 'trace,count(*)' >by_file
    holds "trace $key finds the same rows" cmp by_bisection by_file
done

refused() # STATEMENT REGEX
{
    run query rows.lw "$1"
    status 2
    errors_has "$2"
}
cp rows.lw before.lw
refused "ATTACH 'x.db' AS x" 'refused: it attaches'
refused "SELECT load_extension('x')" 'refused'
refused 'PRAGMA journal_mode = WAL' 'refused: it reads or changes a setting'
refused 'PRAGMA writable_schema = 1' 'refused'
refused 'PRAGMA main.cache_size = 1000000' 'refused'
refused 'DELETE FROM trace' 'refused: it writes'
refused 'CREATE TABLE t(a)' 'refused'
refused 'CREATE TEMP TABLE t(a)' 'refused'
refused 'DROP VIEW slowest_trace' 'refused'
refused "VACUUM INTO 'y.db'" 'refused'
refused 'BEGIN' 'refused'
refused 'SELECT 1; SELECT 2' 'one is run at a time'
refused '' 'there is no statement'
refused ';' 'there is no statement'
refused 'SELEC 1' 'near "SELEC": syntax error, at character 1'
refused 'SELECT * FROM nosuch' 'no such table: nosuch.*; there are source, template, .*typed ones such as e1_'
refused 'SELECT nosuch FROM trace' 'no such column: nosuch, at character 8; .schema. prints'
refused "SELECT zeroblob(100000000)" 'more than 16 MB'
refused "SELECT printf('%.*c', 2000000000, 'x')" 'more than 16 MB'
refused "SELECT printf('%2000000000d%s', 1, 'x')" 'more than 16 MB'
run query rows.lw "SELECT printf('%05.2f%%|%-4s|%*d|%.3c', 1.5, 'ab', 4, 7, 'x'), printf('%d', 3000000000)"
output_has '01\.50%\|ab  \|   7\|xxx.*3000000000'
refused "SELECT replace(hex(zeroblob(4000000)), '0', 'aaaaaaaa')" 'more than 16 MB'
holds 'nothing was changed' cmp rows.lw before.lw
holds 'nothing was made' test ! -e x.db -a ! -e y.db
run query rows.lw 'WITH RECURSIVE a(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM a) SELECT max(x) FROM a' --timeout 1
status 2
errors_has 'took more than 1 s and was stopped'
run query rows.lw 'WITH RECURSIVE a(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM a) SELECT x FROM a'
status 0
errors_has 'there are more than these 1000 rows; --limit N prints more'
run query rows.lw 'WITH RECURSIVE a(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM a) SELECT x FROM a' --limit 3 --csv
status 0
holds 'a limit holds for CSV, too' test "$(wc -l <"$out")" -eq 4
run query rows.lw 'SELECT count(*) FROM parameter a, parameter b, parameter c' --timeout 1
status 2
errors_has 'was stopped'
# Few steps that each make a great value are stopped in time, too.
begun=$(date +%s)
run query rows.lw 'WITH RECURSIVE a(x) AS (SELECT 1 UNION ALL SELECT zeroblob(15000000) FROM a) SELECT x FROM a ORDER BY x' \
    --timeout 1
status 2
errors_has 'was stopped'
holds 'great values are stopped in time' test $(($(date +%s) - begun)) -lt 10
run query plain.lw 'SELECT count(*) AS n FROM event' --json
errors_has 'keeps no records'
output_has '"n": [1-9]'

# ---- what logs may hold

printf '2024-03-01 00:00:01 INFO w: user \033[31mred\033[0m"]; DROP TABLE trace;-- did 12\n' >hostile.log
printf '2024-03-01 00:00:02 INFO w: user \377\376 did 99999999999999999999999\n' >>hostile.log
printf '2024-03-01 00:00:03 INFO w: user a\000b did 007\n' >>hostile.log
printf '2024-03-01 00:00:04 INFO w: user "x", did -5\n' >>hostile.log
printf "2024-03-01 00:00:05 INFO w: user ') did 3\n" >>hostile.log
awk 'BEGIN { for (i = 0; i < 300; i++) printf "2024-03-01 00:01:%02d INFO w: user u%d did %d\n", i % 60, i, i }' >>hostile.log
awk 'BEGIN { printf "2024-03-01 00:02:00 INFO w: wide"; for (i = 0; i < 3000; i++) printf " k=%d", i; print "" }' >>hostile.log
awk 'BEGIN { printf "2024-03-01 00:02:01 INFO w: wide"; for (i = 0; i < 3000; i++) printf " k=%d", i * 7; print "" }' >>hostile.log
run export hostile.log --sqlite hostile.db --csv hostile
status 0
sound hostile.db
is 307 'SELECT count(*) FROM record' hostile.db
run export hostile.db --sqlite hostile2.db
status 0
sqlite3 hostile.db .dump >a.sql
sqlite3 hostile2.db .dump >b.sql
holds 'bytes of any kind come back' cmp a.sql b.sql
holds 'a byte that is no text is a blob' test "$(sqlite3 hostile.db "SELECT count(*) FROM record WHERE typeof(message) = 'blob'")" -ge 2
run query hostile.db 'SELECT message FROM record WHERE id = 0'
holds 'nothing of a log acts on the terminal' test -z "$(tr -d '\n -~' <"$out")"
run schema hostile.db
holds 'nor in a schema' test -z "$(tr -d '\n -~' <"$out")"
holds 'whose statements run' sqlite3 hostile3.db ".read $out"

for log in empty one; do
    : >empty.log
    run export $log.log --sqlite $log.db
    status 0
    sound $log.db
done

# ---- older and newer files

for version in 3 99; do
    cp rows.lw other.lw
    sqlite3 other.lw "PRAGMA user_version = $version"
    run query other.lw 'SELECT 1'
    status 2
    errors_has 'other.lw: (a newer|an older) Logwright wrote it \(file version'
done
evil() # SQL: a table that is read by other statements than ours is refused
{
    cp rows.lw evil.lw
    sqlite3 evil.lw "$1"
    run info evil.lw
    status 2
    errors_has 'evil.lw: the workspace is damaged'
}
evil 'ALTER TABLE record RENAME TO old; CREATE VIEW record AS SELECT * FROM old'
evil 'DROP TABLE event; CREATE VIEW event AS SELECT 1'
cp rows.lw fewer.lw
sqlite3 fewer.lw 'DELETE FROM event WHERE trace = 1'
run query fewer.lw 'SELECT 1'
status 2
errors_has 'fewer.lw: the workspace is damaged'
sqlite3 rows.lw 'UPDATE record SET template = 4000000000, source = -1; UPDATE event SET record = 999999999'
run query rows.lw 'SELECT count(template), (SELECT count(record) FROM event) FROM record' --csv
status 0
output_has '^0,0$'

# ---- public data

if [ -d "$LOGWRIGHT_DATA" ]; then
    for packed in "$LOGWRIGHT_DATA"/openstack/kalaki_*.log.zst "$LOGWRIGHT_DATA"/loghub2k/*/*_2k.log \
        "$LOGWRIGHT_DATA"/bgl/*.zst; do
        run export "$packed" --sqlite data.db -q
        status 0
        sound data.db
    done
else
    echo "# skipped: exports of public data, as LOGWRIGHT_DATA leads nowhere"
fi

done_testing
