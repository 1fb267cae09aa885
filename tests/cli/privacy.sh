#!/bin/sh
# privacy: a copy is found out, a generated log keeps what identifies to itself, and a check fails by exit status.

. "$top_srcdir/tests/lib.sh"

# sessions SEED FIRST
sessions()
{
    awk -v seed="$1" -v first="$2" 'BEGIN {
    srand(seed)
    for (s = 0; s < 120; s++)
        for (e = 0; e < 4; e++)
            printf "2024-03-01 %02d:%02d:%02d INFO app: session s-%05d step %d user=u%cx%d from 10.4.%d.%d in /srv/d%d/f.db\n",
                s / 60 + e / 3, s % 60, int(rand() * 60), first + s, e, 97 + s % 26, s % 7, s % 40, s % 9 + 1, first + s
}'
}
sessions 7 40000 >real.log
sessions 8 50000 >other.log

run privacy --trace 'session (s-\d+)' real.log real.log --holdout other.log --json --check
status 1
output_has '^{"dcr_overfit": 1, "mia_auc": 1, "mia_tpr_at_fpr01": 1, "leaked": [1-9]'

# without others there is nothing to compare members with
run privacy --trace 'session (s-\d+)' real.log real.log --json
status 0
output_has '^{"dcr_overfit": null, "mia_auc": null, "mia_tpr_at_fpr01": null, "leaked": [1-9]'

run privacy --trace 'session (s-\d+)' real.log real.log
status 0
output_has '^leaked  *ip 10\.4\.'

run generate --trace 'session (s-\d+)' real.log --seed 3 -o made.log -q
status 0
run privacy --trace 'session (s-\d+)' real.log made.log --csv
status 0
output_has '^leaked,,0,0,pass,'

run privacy --trace 'session (s-\d+)' real.log made.log --allow ip,shoes
status 2
errors_has 'shoes.*ip, mac, mail'

run privacy real.log
status 2
errors_has 'name two logs'
done_testing
