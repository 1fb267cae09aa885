#!/bin/sh
# usage: lint.sh SOURCE-FOLDER COMPILER-FLAGS...
# Formatting of all C files by clang-format, then clang-tidy with the checks of .clang-tidy; the scripts by shellcheck.
# Prints what it finds and fails if that is anything. LINT_FILES limits it to some C files.

set -u
top=$1
shift
for tool in clang-format clang-tidy shellcheck; do
    command -v $tool >/dev/null || {
        echo "lint: $tool is not installed (package $tool)" >&2
        exit 1
    }
done

files=${LINT_FILES:-$(cd "$top" && find src cmd ui tests -name '*.[ch]' | sort)}
status=0
# shellcheck disable=SC2086 # a list of words
(cd "$top" && clang-format --dry-run --Werror $files) || status=1

# SC1091, SC2154: lib.sh and the variables of the test environment come from elsewhere.
(cd "$top" && find bootstrap build-aux/tap-count tests -type f \( -name '*.sh' -o ! -path 'tests/*' \) \
    -exec shellcheck --severity=warning --shell=sh --exclude=SC1091,SC2154 {} + &&
    shellcheck --severity=warning .ci/run) || status=1

# shellcheck disable=SC2016 # expanded by the inner shell
for file in $files; do
    case $file in
    *.c) echo "$top/$file" ;;
    esac
done | xargs -P "$(getconf _NPROCESSORS_ONLN)" -I FILE sh -c '
    file=$1
    shift
    found=$(clang-tidy --quiet --warnings-as-errors="*" "$file" -- "$@" 2>&1) || {
        printf "%s\n" "$found"
        exit 1
    }' lint FILE "$@" || status=1
exit $status
