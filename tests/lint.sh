#!/bin/sh
# usage: lint.sh SOURCE-FOLDER COMPILER-FLAGS...
# Formatting of all C files by clang-format, then clang-tidy with the checks of .clang-tidy. Prints what it finds and
# fails if that is anything. LINT_FILES limits it to some files.

set -u
top=$1
shift
for tool in clang-format clang-tidy; do
    command -v $tool >/dev/null || {
        echo "lint: $tool is not installed (package $tool)" >&2
        exit 1
    }
done

files=${LINT_FILES:-$(cd "$top" && find src cmd ui tests -name '*.[ch]' | sort)}
status=0
# shellcheck disable=SC2086 # a list of words
(cd "$top" && clang-format --dry-run --Werror $files) || status=1

flags=$*
for file in $files; do
    case $file in
    *.c) echo "$top/$file" ;;
    esac
done | LINT_FLAGS=$flags xargs -P "$(getconf _NPROCESSORS_ONLN)" -n 1 sh -c '
    # shellcheck disable=SC2086 # a list of words
    found=$(clang-tidy --quiet --warnings-as-errors="*" "$1" -- $LINT_FLAGS 2>/dev/null) || {
        printf "%s\n" "$found"
        exit 1
    }' lint || status=1
exit $status
