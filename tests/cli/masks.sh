#!/bin/sh
# Masks of the user: from the settings, from --mask, from a plan.

. "$top_srcdir/tests/lib.sh"

XDG_CONFIG_HOME=$scratch/config
export XDG_CONFIG_HOME
mkdir -p "$XDG_CONFIG_HOME/logwright"
settings=$XDG_CONFIG_HOME/logwright/masks

awk 'BEGIN {
    split("alice bob carol dave", users, " ")
    for (i = 0; i < 60; i++)
        printf "2026-11-23 02:00:%02d INFO user %s Smith (admin, ops) opened <order %d / %s>:%d in %d ms\n", i,
            users[i % 4 + 1], i, users[i % 3 + 1], i, i * 3
}' >orders.log

order='order=<order[^>]*>'
person='person=\w+ Smith \([^)]*\)'

run templates orders.log --mask "$order" --mask "$person" --csv
status 0
output_has '^E1,,60,.*user <\*> opened <\*>:<\*> in <\*> ms'
run templates orders.log --mask "$order" --mask "$person" --slots
output_has '^E1 +1 +person +60 +4 .*15 x alice Smith \(admin, ops\)'
output_has '^E1 +2 +order +60 +60 .*1 x <order 0 / alice>'
output_has '^E1 +3 +integer +60 +60 '
run parse orders.log --mask="$order" --json
output_has '"<order 0 / alice>"'

run templates orders.log --mask 'a=x(' --mask 'b=y'
status 2
errors_has 'mask a: regular expression "x\(": at offset 2'
run templates orders.log --mask 'a=x*'
status 2
errors_has 'mask a: "x\*" matches where nothing stands'
run templates orders.log --mask 'a'
status 2
errors_has '"a" is no mask at byte 2'
run templates orders.log --mask
status 2
errors_has 'needs a value'

printf '# ours\n\norder <order[^>]*>\n' >"$settings"
run templates orders.log --slots
status 0
output_has '^E1 +2 +order +60 +60 '
run templates orders.log --mask 'order=<order'
output_has ' word order .*opened <\*>'
run learn orders.log -o set.lw
status 0
printf 'order <order[^>]*>\nbad a(b\n' >"$settings"
run templates orders.log
status 2
errors_has 'logwright/masks:2: mask bad: regular expression "a\(b": at offset 3'
run templates set.lw --slots
status 0
output_has '^E1 +2 +order +60 +60 '

rm "$settings"
run learn orders.log --mask "$order" -o given.lw
status 0
run merge set.lw given.lw -o both.lw
status 0
run learn orders.log -o plain.lw
run merge set.lw plain.lw -o none.lw
status 2
errors_has 'part 2 was learned with other masks than part 1: learn it again with --plan PART1'
run learn orders.log --plan set.lw -o planned.lw
status 0
run merge set.lw planned.lw -o both.lw
status 0
run templates both.lw --slots
output_has '^E1 +2 +order +120 +60 '
run templates set.lw --mask 'a=x'
status 2
errors_has 'a workspace has its masks already'
run learn orders.log --plan set.lw --mask 'a=x' -o none.lw
status 2
errors_has 'so --mask cannot be given'

# Online: messages never seen are cut by the same masks.
printf '2026-11-24 02:00:01 INFO user eve Smith (admin, ops) opened <order, new; 9>:1 in 2 ms\n' >new.log
run parse set.lw new.log
status 0
output_has ',E1,.*<order, new; 9>'

run info set.lw
status 0
output_has '^masks +order <order\[\^>\]\*>$'
sqlite3 set.lw "UPDATE meta SET value = replace(value, 'order', 'other') WHERE key = 'masks'" &&
    run templates set.lw
status 2
errors_has 'damaged'

done_testing
