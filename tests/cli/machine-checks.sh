#!/bin/sh
# machine --diff and machine --accepts: what two machines differ in, and which traces a machine accepts.

. "$top_srcdir/tests/lib.sh"

# session FILE FIRST LAST STEPS SECONDS...: sessions of a program, each step so many seconds after the one before
session()
{
    file=$1 first=$2 last=$3
    shift 3
    awk -v first="$first" -v last="$last" -v steps="$*" 'BEGIN {
        n = split(steps, step, " ")
        for (s = first; s <= last; s++)
            for (i = 1; i <= n; i++)
                printf "2024-03-01 %02d:%02d:%02d INFO app: session s%d %s\n", s / 60 % 24, s % 60, i, s, step[i]
    }' >>"$file"
}
session old.log 1 150 begins reads writes ends
session old.log 151 200 begins reads fails ends
session new.log 1 80 begins reads writes ends
session new.log 81 180 begins reads fails ends
session new.log 181 200 begins reads retries writes ends
run learn old.log --trace 'session (s\d+)' -o old.lw -q
status 0

# ---- equal machines

run machine --diff old.lw old.lw
status 0
errors_has '^logwright: 0 of 0 rows differ significantly .*templates 5, 0, 0'
run machine --diff old.lw old.log -q
status 0
holds 'a log is learned as the other input was, and equals it' test "$(wc -l <"$out")" -eq 1
run machine --diff old.log old.log --json --trace 'session (s\d+)' -q
status 0
output_is <<'END'
[
]
END

# ---- different ones

run machine --diff old.lw new.log --csv
status 1
output_has '^kind,in,from,to,count_a,count_b,probability_a,probability_b,difference,p,delay_a_s,delay_b_s,delay_p,bits,significant,event$'
output_has '^transition,both,[^,]*,[^,]*,50,100,0.25,0.5,0.25,.*,1,session <\*> fails$'
output_has '^transition,b,[^,]*,b:[^,]*,0,20,0,0.1,0.1,.*,1,session <\*> retries$'
output_has '^state,b,b:.*,session <\*> retries$'
errors_has 'templates 5, 0, 1'
run machine --diff new.log old.lw --csv -q
status 1
output_has '^transition,a,[^,]*,[^,]*,20,0,0.1,0,-0.1,.*,1,session <\*> retries$'

# ---- which traces are accepted

run machine old.lw --accepts old.log --csv
status 0
output_has '^s1,1,,,,-[0-9.]*,\[\]$'
errors_has '^logwright: 200 of 200 traces are accepted$'
run machine old.lw --accepts new.log --csv
status 1
output_has '^s200,0,3,unknown,[^,]*,-[0-9.]*,"\[""E[0-9]*"",""E[0-9]*""\]"$'
errors_has '^logwright: 180 of 200 traces are accepted$'
session cut.log 1 3 begins reads
run machine old.lw --accepts cut.log --json -q
status 1
output_has '"accepted": *0.*"left_at": *3.*"event": *"end"'
run_with 'exec <cut.log;' machine old.lw --accepts - -q
status 1

# ---- sequences

for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    echo '1 2 3'
    echo '1 2 2 3'
done >plain.seq
printf '1 2 3\n\n3 2 1\n9 9\n' >asked.seq
run machine plain.seq --format sequences --accepts asked.seq --csv
status 1
output_has '^1,1,,,'
output_has '^2,0,1,end,start,'
output_has '^3,0,1,E[0-9]*,start,'
output_has '^4,0,1,unknown,start,'
errors_has '1 of 4 traces'
run learn plain.seq --format sequences -o plain.lw -q
run machine plain.lw --accepts asked.seq -q
status 1
run machine --diff plain.lw old.lw -q
status 1
errors_is_empty

# ---- bad input

: >empty.log
run machine --diff old.lw empty.log
status 0
errors_has 'states 0, [1-9], 0'
errors_has 'b has no traces'
run machine old.lw --accepts empty.log
status 0
errors_has '0 of 0 traces'
run machine --diff old.lw
status 2
errors_has 'name both'
run machine --diff old.lw old.lw old.lw
status 2
errors_has 'name both'
run machine --diff old.lw nowhere.lw
status 2
errors_has 'nowhere\.lw'
run machine --diff old.lw new.log --trace none
status 2
errors_has 'trace rule and masks already'
run machine old.lw --accepts old.lw
status 2
errors_has 'give the log itself'
run machine old.lw --accepts nowhere.log
status 2
errors_has 'nowhere\.log'
run machine --accepts old.log
status 2
errors_has 'give a log'
cp old.lw newer.lw
printf '\377' | dd of=newer.lw bs=1 seek=60 conv=notrunc 2>/dev/null # the file's own version
run machine --diff old.lw newer.lw
status 2
errors_has 'newer\.lw'
head -c 3000 old.lw >torn.lw
run machine --diff torn.lw old.lw
status 2
errors_has 'torn\.lw'

done_testing
