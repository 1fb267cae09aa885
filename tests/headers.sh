#!/bin/sh
# Every header can be included first and alone, logwright.h in C++ too; the library exports what it declares.

. "$top_srcdir/tests/lib.sh"

compiles() # COMMAND... with the header as the only include of an otherwise empty unit
{
    "$@" -fsyntax-only "$scratch/unit.$suffix" 2>"$err"
    result=$?
    case_result $result "$header compiles alone as $language"
    [ $result -eq 0 ] || head -n 10 "$err" | sed 's/^/# /'
}

cd "$top_srcdir" || exit 1
language=C
suffix=c
for header in $(find src cmd ui -name '*.h' | sort); do
    # The second include finds a header without a guard; the typedef keeps the unit from being empty.
    printf '#include "%s"\n#include "%s"\ntypedef int not_empty;\n' "$PWD/$header" "$PWD/$header" >"$scratch/unit.c"
    cd "$top_builddir" || exit 1
    # shellcheck disable=SC2086 # a command line
    eval "compiles $test_cc"
    cd "$top_srcdir" || exit 1
done

shadows=
for header in $(find src cmd ui -name '*.h' -exec basename {} \; | sort -u); do
    printf '#include <%s>\n' "$header" | cc -E - >/dev/null 2>&1 && shadows="$shadows $header"
done
holds "no header is named like one of the system$shadows" test -z "$shadows"

header=src/logwright.h
if command -v c++ >/dev/null; then
    language=C++
    suffix=cc
    printf '#include "logwright.h"\n' >"$scratch/unit.cc"
    compiles c++ -std=c++11 -Wall -Wextra -Wpedantic -Werror -Isrc
fi

library=$top_builddir/.libs/liblogwright.so
if [ -f "$library" ]; then
    $NM -D --defined-only "$library" | awk '{ print $NF }' | sort >"$scratch/exported"
    grep -oE '\blw_[a-z0-9_]+\(' src/logwright.h | tr -d '(' | sort -u >"$scratch/declared"

    comm -23 "$scratch/exported" "$scratch/declared" >"$scratch/secret"
    [ ! -s "$scratch/secret" ]
    case_result $? "the library exports nothing that logwright.h does not declare"
    sed 's/^/# /' "$scratch/secret"
fi

done_testing
