# What every test script begins with:  . "$top_srcdir/tests/lib.sh"
#
# run ARGS...            runs the program; standard input is empty unless redirected (<FILE or <<END, not from a pipe,
#                        which would lose what the run leaves for the checks below)
# run_with COMMANDS ARGS...  the same after shell commands that hold for this run alone, such as a ulimit
# status N               the exit code of the last run is N
# output_is              its standard output is the text on standard input, byte for byte
# output_has REGEX       a line of its standard output matches the extended regular expression
# errors_has REGEX       a line of its standard error does
# errors_is_empty        it wrote nothing to standard error
# holds WHAT COMMAND...  the command succeeds
# skip_all WHY           leaves the whole script as skipped
# done_testing           last line of the script
#
# Each of status ... holds is one TAP case. $out and $err are the files that the last run wrote, $scratch the folder
# that the script starts in and that is removed behind it.

case ${top_srcdir:+x}${LOGWRIGHT:+y} in
xy) ;;
*)
    echo "Bail out! run me with: make check TESTS=tests/..."
    exit 1
    ;;
esac

cases=0
mkdir -p "$top_builddir/tests/scratch" "$HOME"
scratch=$(mktemp -d "$top_builddir/tests/scratch/$(basename "$0").XXXXXX")
out=$scratch/.out
err=$scratch/.err
last_status=
is_done=
trap 'rm -rf "$scratch"; [ -n "$is_done" ] || echo "Bail out! ended early"' EXIT
cd "$scratch" || exit 1
exec </dev/null

case_result() # 0-OR-1 NAME; a failure shows what the last run wrote
{
    cases=$((cases + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $cases - $2"
        return
    fi
    echo "not ok $cases - $2"
    if [ -n "$last_status" ]; then
        echo "# last run: $last_command"
        echo "# exit code $last_status"
        head -n 40 "$out" | cat -v | sed 's/^/# stdout: /'
        head -n 40 "$err" | cat -v | sed 's/^/# stderr: /'
    fi
}

run()
{
    last_command="logwright $*"
    last_status=0
    "$LOGWRIGHT" "$@" >"$out" 2>"$err" || last_status=$?
}

run_with()
{
    prelude=$1
    shift
    last_command="$prelude; logwright $*"
    last_status=0
    (
        eval "$prelude"
        exec "$LOGWRIGHT" "$@"
    ) >"$out" 2>"$err" || last_status=$?
}

status()
{
    [ "$last_status" -eq "$1" ]
    case_result $? "$last_command: exit code $1"
}

output_is()
{
    cat >"$scratch/.expected"
    cmp -s "$scratch/.expected" "$out" && result=0 || result=1
    case_result "$result" "$last_command: the output is as expected"
    [ "$result" -eq 0 ] || diff "$scratch/.expected" "$out" | cat -v | head -n 40 | sed 's/^/# /'
}

output_has()
{
    grep -qE -e "$1" "$out"
    case_result $? "$last_command: the output has $1"
}

errors_has()
{
    grep -qE -e "$1" "$err"
    case_result $? "$last_command: standard error has $1"
}

errors_is_empty()
{
    [ ! -s "$err" ]
    case_result $? "$last_command: standard error is empty"
}

holds()
{
    what=$1
    shift
    "$@" >/dev/null 2>&1
    case_result $? "$what"
}

skip_all()
{
    is_done=1
    echo "1..0 # SKIP $1"
    exit 0
}

done_testing()
{
    is_done=1
    echo "1..$cases"
}
