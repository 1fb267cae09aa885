#!/bin/sh
# Plays keys to the workbench and compares the screens it draws: screen.sh [--update] FILE.keys
#
# FILE.keys is a script as `logwright --script` takes it, whose first lines may be
#   # args: WORDS    arguments of the program (sh words; $samples and $tests name those folders)
#   # size: 160x50   columns and rows, 80x24 if not given
# FILE.screen holds what the program must write: every screen that the script dumps. --update writes it anew.

set -u
update=
if [ "$1" = --update ]; then
    update=1
    shift
fi
case $1 in
/*) keys=$1 ;;
*) keys=$PWD/$1 ;;
esac
expected=${keys%.keys}.screen
mkdir -p "$top_builddir/tests/scratch" "$HOME"
scratch=$(mktemp -d "$top_builddir/tests/scratch/$(basename "$keys").XXXXXX")
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1

# shellcheck disable=SC2034 # named in the scripts
samples=$top_srcdir/samples tests=$top_srcdir/tests
HOME=$scratch
args=$(sed -n 's/^# args: //p' "$keys")
size=$(sed -n 's/^# size: //p' "$keys")
eval "\"\$LOGWRIGHT\" $args --script \"\$keys\" --size ${size:-80x24}" >screen 2>errors </dev/null
status=$?

if [ -n "$update" ]; then
    [ $status -eq 0 ] || {
        echo "$keys: exit code $status" >&2
        cat errors >&2
        exit 1
    }
    cmp -s screen "$expected" || {
        cp screen "$expected"
        echo "changed: $expected"
    }
    exit 0
fi

echo 1..1
if [ $status -eq 0 ] && cmp -s "$expected" screen; then
    echo "ok 1 - $(basename "$keys" .keys)"
else
    echo "not ok 1 - $(basename "$keys" .keys)"
    echo "# exit code $status"
    head -n 20 errors | cat -v | sed 's/^/# stderr: /'
    diff "$expected" screen | head -n 60 | sed 's/^/# /'
fi
