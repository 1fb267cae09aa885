#!/bin/sh
# What is documented exists, and what exists is documented: commands and options in help and manual, and every example
# of the manual runs.

. "$top_srcdir/tests/lib.sh"

manual=$top_builddir/man/logwright.1
# As it reads, without roff's escapes.
sed -e 's/\\f[BRIP]//g' -e 's/\\-/-/g' -e 's/\\&//g' -e 's/\\e/\\/g' -e 's/\\|//g' "$manual" >"$scratch/manual"

run help
commands=$(awk '/^commands:$/ { on = 1; next } /^$/ { on = 0 } on { print $1 }' "$out")
holds "help lists commands" test -n "$commands"

for command in $commands; do
    run help "$command"
    status 0
    output_has "^usage: logwright $command"
    cp "$out" "$scratch/help"
    run "$command" --help
    status 0
    holds "$command --help is what help $command says" cmp "$scratch/help" "$out"
    holds "$command is in the manual" grep -qE "^\.SS \"?$command( |\"|$)" "$scratch/manual"
    awk -v name="$command" '/^\.S[SH]/ { on = $0 ~ "^\\.SS \"?" name "( |\"|$)" || $2 == "OPTIONS" } on' \
        "$scratch/manual" >"$scratch/section"
    missing=
    # shellcheck disable=SC2013 # an option has no blanks
    for option in $(grep -oE '^ +(-., )? *--[a-z-]+' "$scratch/help" | grep -oE -e '--[a-z-]+'); do
        grep -qE -e "(^|[ ,])$option( |$)" "$scratch/section" || missing="$missing $option"
    done
    holds "the manual has every option of $command$missing" test -z "$missing"
done

# Built-in formats: the manual is made from their table; a table of cases and the readme name each of them.
run formats --csv
status 0
sed -e 1d -e 's/,.*//' "$out" >"$scratch/formats"
missing=
while read -r format; do
    grep -qE "^## (.*[ :])?$format([ ,:]|\$)" "$top_srcdir/tests/table/formats.test" || missing="$missing $format"
done <"$scratch/formats"
holds "every format has a case in tests/table/formats.test$missing" test -z "$missing"
missing=
while read -r format; do
    awk -v name="$format" '/^\.SH/ { on = $2 == "FORMATS" } on && $1 == ".B" && $2 == name { found = 1 }
        END { exit !found }' "$scratch/manual" || missing="$missing $format"
done <"$scratch/formats"
holds "the manual has every format$missing" test -z "$missing"
sed -n '/^Built-in formats:/,/^$/p' "$top_srcdir/README.md" | sed 's/^Built-in formats://' | tr -d '. ' | tr ',' '\n' |
    grep . >"$scratch/readme"
holds "README.md lists the formats that there are, in their order" cmp "$scratch/formats" "$scratch/readme"

run keys
status 0
holds "every action says what it does" sh -c '! grep -vE "^[a-z-]+ .*# [A-Za-z]+: .+" "$1"' sh "$out"
missing=
for action in $(cut -d ' ' -f 1 "$out"); do
    grep -qF "($action)" "$scratch/manual" || missing="$missing $action"
done
holds "the manual has every key$missing" test -z "$missing"

# Examples: blocks between .EX and .EE whose lines begin with "$ ". They run in order, in one folder with a small log and
# labels: 400 jobs of four steps, of which every 25th leaves one out.
awk 'BEGIN {
    print "trace,label" >"labels.csv"
    for (job = 1; job <= 400; job++) {
        is_bad = job % 25 == 0
        printf "job_%04d,%d\n", job, is_bad >"labels.csv"
        for (step = 1; step <= 4; step++)
            if (!(is_bad && step == 3))
                printf "2026-01-02 10:%02d:%02d,%03d INFO app.Worker: job_%04d %s took %d ms\n", job / 60 % 60, job % 60,
                    step * 100, job, substr("queued startedstored ended", step * 7 - 6, 7), job * step % 50 >"app.log"
    }
}'
sed -n '/^\.EX$/,/^\.EE$/s/^\$ logwright //p' "$scratch/manual" >"$scratch/examples"
holds "the manual has examples" test -s "$scratch/examples"
while IFS= read -r example; do
    eval "run $example" </dev/null
    status 0
done <"$scratch/examples"

if command -v groff >/dev/null; then
    for page in "$manual" "$top_srcdir/man/liblogwright.3" "$top_srcdir/man/logwright-constraints.5" \
        "$top_srcdir/man/logwright-format.5"; do
        groff -man -Tutf8 -ww -z "$page" >"$scratch/remarks" 2>&1
        holds "$(basename "$page") is well-formed" test ! -s "$scratch/remarks"
        sed 's/^/# /' "$scratch/remarks"
    done
fi

done_testing
