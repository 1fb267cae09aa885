#!/bin/sh
# Learning into a file: shards that merge to the whole, edits, and files that are not what they should be.

. "$top_srcdir/tests/lib.sh"
awk -v traces=600 -v labels=labels.csv -f "$top_srcdir/tests/cli/requests.awk" >whole.log
rule='(req-\d+)'

same_output() # WHAT COMMAND... with W.lw's name as last word of both
{
    what=$1 one=$2 two=$3
    shift 3
    "$LOGWRIGHT" "$@" "$one" >one.out 2>&1 && "$LOGWRIGHT" "$@" "$two" >two.out 2>&1 && [ -s one.out ] &&
        cmp -s one.out two.out
    case_result $? "$what"
}

# ---- shards; the cut goes through traces

head -n 1003 whole.log >first.log
tail -n +1004 whole.log >second.log
run learn whole.log --trace "$rule" -o whole.lw
status 0
errors_has 'whole.lw: 2612 records, 4 templates, 600 traces'
run learn first.log --trace "$rule" -o first.lw -q
run learn second.log --plan first.lw -o second.lw -q
status 0
run merge first.lw second.lw -o merged.lw -q
status 0
for command in 'templates --json' 'machine --json' 'traces --json' 'variants --json' 'info --json'; do
    # shellcheck disable=SC2086 # a command and its option
    same_output "two shards merged equal the whole: $command" whole.lw merged.lw $command
done
run generate whole.lw --seed 3 -o one.log -q
run generate merged.lw --seed 3 -o two.log -q
holds 'two shards merged generate what the whole generates' cmp one.log two.log
run learn second.log --trace 'web|store' -o other.lw -q
run merge first.lw other.lw -o bad.lw
status 2
errors_has 'learn it again with --plan'
holds 'a merge that failed leaves no file' test ! -e bad.lw

# Lines without a name are told apart by their file, which a shard that was learned alone cannot do.
printf '1 2 3\n1 2\n' >one.tsv
printf '4 2 3\n0\t1 9\tnamed\n' >two.tsv
run traces one.tsv two.tsv --format sequences --csv
output_has '^one.tsv:1,3,'
output_has '^two.tsv:1,3,'
output_has '^named,2,'
run learn one.tsv --format sequences -o one.lw -q
run learn two.tsv --plan one.lw -o two.lw -q
run merge one.lw two.lw -o bad.lw
status 2
errors_has 'part 2 and one before it both have a trace "1", named by its line: learn from their files in one go'
printf '0\t1 2 3\ta\n0\t1 2\tb\n' >one.tsv
printf '0\t4 2 3\tc\n0\t1 9\tnamed\n' >two.tsv
run learn one.tsv two.tsv --format sequences -o both.lw -q
run learn one.tsv --format sequences -o one.lw -q
run learn two.tsv --plan one.lw -o two.lw -q
run merge one.lw two.lw -o joined.lw -q
status 0
same_output 'shards of named sequences merged equal the whole' both.lw joined.lw traces --json

# ---- what a file holds

"$LOGWRIGHT" templates whole.log --trace "$rule" --json >log.json
"$LOGWRIGHT" templates whole.lw --json >file.json
holds 'templates of the file are those of the log' cmp log.json file.json
holds 'the file is a database to be read' test "$(sqlite3 whole.lw 'SELECT count FROM template WHERE id = 1')" -eq 600
holds 'its keys hold' test -z "$(sqlite3 whole.lw 'PRAGMA foreign_key_check; SELECT * FROM pragma_integrity_check
    WHERE integrity_check <> "ok"')"
holds 'its events are those of the traces' test "$(sqlite3 whole.lw 'SELECT count(*) FROM event')" -eq 2612

# ---- edits

run templates rename whole.lw E1 started
status 0
run templates whole.lw --csv
output_has '^E1,started,600,'
run merge whole.lw second.lw -o x.lw
status 2
errors_has 'part 1 was edited by hand'
run templates merge whole.lw E1 E4
status 0
run templates whole.lw --csv
holds 'two templates became one' test "$(wc -l <"$out")" -eq 4
run templates undo whole.lw
status 0
run templates undo whole.lw
run templates whole.lw --json
holds 'undoing all gives what was there' cmp "$out" file.json
run templates redo whole.lw
run templates whole.lw --csv
output_has '^E1,started,600,'
run templates undo whole.lw -q
run templates undo whole.lw
status 2
run templates rename whole.lw E99 x
status 2
errors_has 'E99'
run templates rename whole.lw E1
status 2
errors_has 'rename'

# ---- files that are not workspaces, or are damaged

run templates nothing.lw
status 2
errors_has 'nothing.lw'
run merge whole.log -o x.lw
status 2
errors_has 'whole.log: it is not a Logwright workspace'
run learn first.log --plan whole.log -o x.lw
status 2
errors_has 'not a Logwright workspace'
sqlite3 foreign.db 'CREATE TABLE t(x); INSERT INTO t VALUES (1)'
run merge foreign.db -o x.lw
status 2
errors_has 'not a Logwright workspace'
cp merged.lw newer.lw
sqlite3 newer.lw 'PRAGMA user_version = 99'
run templates newer.lw
status 2
errors_has 'newer Logwright'
for size in 100 4096 20000; do
    head -c $size merged.lw >short.lw
    run templates short.lw
    status 2
    errors_has 'short.lw: .*damaged|short.lw: it is not'
done
damage() # NAME SQL
{
    cp merged.lw damaged.lw
    sqlite3 damaged.lw "$2"
    run templates damaged.lw
    status 2
    errors_has 'damaged.lw: the workspace is damaged'
}
damage 'a row is gone' 'DELETE FROM sequence WHERE id = 1'
damage 'a blob is cut' 'UPDATE sequence SET data = substr(data, 1, length(data) - 1) WHERE id = 2'
damage 'a blob is nothing' "UPDATE packed_trace SET data = x'' WHERE id = 5"
damage 'a blob names what is not there' "UPDATE packed_trace SET data = x'01ff7f' WHERE id = 5"
damage 'a name changed' "UPDATE trace SET name = 'other' WHERE id = 5"
damage 'a table is a view' 'ALTER TABLE trace RENAME TO old; CREATE VIEW trace AS SELECT * FROM old'
damage 'a table is gone' 'DROP TABLE layout'
damage 'an edit is no JSON' "INSERT INTO edit VALUES (0, 'rename', 'nonsense', 0)"
damage 'an edit is of no kind' "INSERT INTO edit VALUES (0, 'rewrite', '[\"E1\", \"x\"]', 0)"
damage 'the plan is gone' "DELETE FROM meta WHERE key = 'trace_rule'"

# An edit whose template is gone is no damage: it is passed over, and there when its messages come again.
cp merged.lw idle.lw
sqlite3 idle.lw "INSERT INTO edit VALUES (0, 'rename', '[\"E77\", \"x\"]', 0)"
run templates idle.lw
status 0

# ---- a bound on memory

awk 'BEGIN { for (i = 0; i < 60000; i++) { s = ""; for (n = i + 50000; n > 0; n = int(n / 26)) s = s sprintf("%c", 97 + n % 26)
     printf "2024-03-01 00:%02d:%02d INFO web: %s\n", i / 60 % 60, i % 60, i % 4 ? "no " s " is there" : "all is well" } }' >many.log
run learn many.log --trace none --max-memory 16M -o bounded.lw
status 0
errors_has 'to stay within 16 MB'
errors_has 'counted together as .other messages'
run info bounded.lw
status 0
output_has 'counted together as .other messages'
run templates bounded.lw
status 0
output_has 'all is well'
run learn many.log --trace none --max-memory 2M -o bounded.lw
status 2
errors_has 'raise'

# ---- saving

cp whole.log precious.log
run learn first.log --trace "$rule" -o precious.log
status 2
errors_has 'is no workspace, so it is left as it is'
holds 'a log is not overwritten' cmp whole.log precious.log
mkdir folder
run learn first.log --trace "$rule" -o folder
status 2
run learn first.log --trace "$rule"
status 2
errors_has '-o W.lw'
run learn first.log --trace "$rule" -o no/such/W.lw
status 2
errors_has 'no/such/W.lw'
cp merged.lw kept.lw
last_command='learn under a limit of 16 KiB a file'
(
    ulimit -f 32
    exec "$LOGWRIGHT" learn whole.log --trace "$rule" -o kept.lw
) >"$out" 2>"$err"
last_status=$?
status 2
errors_has 'kept.lw'
holds 'a save that failed leaves the old file whole' cmp merged.lw kept.lw
holds 'and nothing beside it' test -z "$(find . -name '*tmp*')"

done_testing
