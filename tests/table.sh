#!/bin/sh
# Runs a table of cases: table.sh FILE.test
#
#   ## name of the case                  one TAP case; lines before the first are remarks
#   ### file NAME                        what follows, up to the next such line, is put into NAME
#   $ logwright parse NAME               a shell command; what follows is its standard output, byte for byte
#   ### exit N                           its exit code, if not 0
#   ### error REGEX                      a line of its standard error that must be there (extended regex; may repeat)
#
# Each case runs in an empty folder. A content line that would be taken for one of these begins with a backslash. Blank
# lines at the end of a case are not content, unless a line "### end" closes it.

set -u
case $1 in
/*) table=$1 ;;
*) table=$PWD/$1 ;;
esac
mkdir -p "$top_builddir/tests/scratch" "$HOME"
scratch=$(mktemp -d "$top_builddir/tests/scratch/$(basename "$table").XXXXXX")
trap 'rm -rf "$scratch"' EXIT
PATH=$top_builddir:$PATH

# Case N becomes the folder N with the files name, files/..., and for its command M: M.run M.out M.exit M.error.
awk -v scratch="$scratch" '
    function into(path) { blanks(); target = path; printf "" > target }
    function blanks() { for (; n_blank; n_blank--) if (target != "") print "" > target }
    function malformed(why) { print FILENAME ":" FNR ": " why ": " $0 > "/dev/stderr"; exit 1 }
    /^## /       { n_blank = 0; case_n++; run_n = 0; dir = scratch "/" case_n; system("mkdir -p " dir "/files")
                   into(dir "/name"); print substr($0, 4) > target; target = ""; next }
    !case_n      { next }
    /^### file / { into(dir "/files/" substr($0, 10)); next }
    /^\$ /       { run_n++; into(dir "/" run_n ".run"); print substr($0, 3) > target; into(dir "/" run_n ".out"); next }
    /^### exit / { into(dir "/" run_n ".exit"); print $3 > target; target = ""; next }
    /^### error / { blanks(); print substr($0, 11) > (dir "/" run_n ".error"); target = ""; next }
    /^### end$/  { blanks(); target = ""; next }
    /^##/        { malformed("not a directive") }
    $0 == ""     { n_blank++; next }
    target == "" { malformed("belongs to nothing") }
                 { blanks(); sub(/^\\/, ""); print > target }
' "$table" || {
    echo "Bail out! $table is malformed"
    exit 1
}

# Runs command $1 of the case in the current folder; says what differs.
one_run()
{
    expected=0
    [ ! -f "$1.exit" ] || expected=$(cat "$1.exit")
    (cd files && sh "../$1.run") >"$1.stdout" 2>"$1.stderr" </dev/null
    got=$?
    problem=
    if [ "$got" -ne "$expected" ]; then
        problem=1
        echo "# exit code $got, expected $expected"
    fi
    if ! cmp -s "$1.out" "$1.stdout"; then
        problem=1
        diff "$1.out" "$1.stdout" | cat -v | head -n 40 | sed 's/^/# /'
    fi
    if [ -f "$1.error" ]; then
        while IFS= read -r regex; do
            grep -qE -e "$regex" "$1.stderr" && continue
            problem=1
            echo "# standard error lacks $regex"
        done <"$1.error"
    fi
    [ -n "$problem" ] || return 0
    echo "# in: $(cat "$1.run")"
    head -n 20 "$1.stderr" | cat -v | sed 's/^/# stderr: /'
    return 1
}

n=1
while [ -d "$scratch/$n" ]; do
    cd "$scratch/$n" || exit 1
    result=ok
    run=1
    while [ -f $run.run ]; do
        one_run $run || result='not ok'
        run=$((run + 1))
    done
    [ $run -gt 1 ] || result='not ok'
    echo "$result $n - $(cat name)"
    n=$((n + 1))
done
echo "1..$((n - 1))"
