# Standard streams that are closed, readers that go away, and signals while something is written.

. "$top_srcdir/tests/lib.sh"

awk 'BEGIN { for (i = 0; i < 20000; i++) printf "2026-01-02 10:%02d:%02d INFO app.Worker: job_%04d step %d\n",
    i / 60 % 60, i % 60, i / 5, i % 5 }' >app.log
gzip -c app.log | head -c 20000 >half.gz

run parse half.gz -o expected.csv
errors_has 'half\.gz'
run_with 'exec 0<&- 1>&- 2>&-' parse half.gz -o closed.csv
status 0
holds "messages to a closed stream end in no file" cmp expected.csv closed.csv
run_with 'exec 1>&-' parse app.log
status 2
errors_has 'output'

# The reader is gone after a line: no message, and the exit of a process that SIGPIPE ended.
"$LOGWRIGHT" generate app.log --traces 20000 2>"$err" | head -n 1 >"$out"
holds "nothing is said to who reads on" test ! -s "$err"

run learn app.log -o -
status 2
errors_has 'standard output'
holds "no file of that name" test ! -e ./-
run learn app.log -o absent/app.lw
status 2
errors_has 'absent/app.lw.*No such file'

# A silent pipe does not keep the program from ending; and what was begun is taken away.
if mkfifo silent; then
    "$LOGWRIGHT" parse silent >"$out" 2>"$err" &
    pid=$!
    exec 9>silent # returns when the program has opened the other end
    kill -TERM "$pid"
    wait "$pid"
    holds "SIGTERM ends the wait for a pipe" test $? -eq 143
    exec 9>&-
fi
"$LOGWRIGHT" parse app.log -o made.csv >"$out" 2>"$err" &
pid=$!
until ls made.csv* >.made 2>/dev/null || ! kill -0 "$pid" 2>/dev/null; do :; done
kill -TERM "$pid" 2>/dev/null
wait "$pid"
holds "SIGTERM leaves a whole file or none" sh -c 'ls made.csv* | grep -qvx made.csv; test $? -eq 1'

done_testing
