# Labels, constraints and workspaces that are not what they should be, and no room to write: an error that says what,
# where and what to do, and never half a file.

. "$top_srcdir/tests/lib.sh"

awk 'BEGIN { for (i = 0; i < 300; i++) for (s = 0; s < 4; s++)
    printf "2026-01-02 10:%02d:%02d INFO app.Worker: job_%04d step %d done in %d ms\n", i / 60, i % 60, i, s, s * 10 }' >app.log
run learn app.log --trace '(job_\d+)' -o app.lw
status 0

printf 'trace,label\nnothing,1\nelse,0\n' >strange.csv
run evaluate app.log --trace '(job_\d+)' --labels strange.csv
status 2
errors_has 'strange\.csv'

for document in '{"trases": 10}' '{"traces": "many"}' '{"traces": -5}' '{"traces": 10' '[]'; do
    printf '%s' "$document" >constraints.json
    run generate app.lw -c constraints.json -o made.log
    status 2
    errors_has 'constraints\.json'
    holds "nothing was written" test ! -e made.log
done
printf '{"trases": 10}' >constraints.json
run generate app.lw -c constraints.json -o made.log
errors_has 'trases'

printf 'not a database\n' >foreign.lw
run machine foreign.lw
holds "a file that is no workspace is read as a log or refused" test "$last_status" -eq 0 -o "$last_status" -eq 2
for at in 0 100 5000; do
    cp app.lw damaged.lw
    head -c 300 /dev/zero | tr '\0' Z | dd of=damaged.lw bs=1 seek=$at conv=notrunc 2>/dev/null
    run machine damaged.lw
    holds "a workspace damaged at byte $at does not crash" test "$last_status" -le 2
done
head -c 5000 app.lw >cut.lw
run machine cut.lw
status 2
errors_has 'cut\.lw'

# The disk is full: what was there stays whole, and nothing else is left behind.
cp app.lw kept.lw
ls >.before
run_with 'trap "" XFSZ; ulimit -f 4' learn app.log --trace '(job_\d+)' -o kept.lw
status 2
errors_has 'kept\.lw'
holds "the old workspace is whole" cmp app.lw kept.lw
ls >.after
holds "no other file is left" cmp .before .after
if [ -c /dev/full ]; then
    "$LOGWRIGHT" parse app.log >/dev/full 2>"$err"
    last_status=$?
    last_command='logwright parse app.log >/dev/full'
    : >"$out"
    status 2
    errors_has 'write|space'
fi

done_testing
