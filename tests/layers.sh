#!/bin/sh
# The floors hold: who includes whom, what the engine leaves alone, and no state outside its handles.

. "$top_srcdir/tests/lib.sh"
cd "$top_srcdir" || exit 1

# Passes when what was found is nothing, else shows it.
found=$scratch/found
nothing()
{
    [ ! -s "$found" ]
    case_result $? "$1"
    head -n 30 "$found" | sed 's/^/# /'
}

# "FILE HEADER" for every include in double quotes below the given folders.
includes()
{
    find "$@" -name '*.[ch]' -exec grep -HE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' {} + |
        sed 's/^\([^:]*\):[^"]*"\([^"]*\)".*/\1 \2/'
}

includes src | awk '
    BEGIN { split("base input log learn graph generate detect measure workspace", names)
            split("0 1 2 3 3 4 4 5 6", floors)
            for (i in names) floor_of[names[i]] = floors[i] }
    { split($1, file, "/"); own = file[2]; n = split($2, header, "/"); its = header[1] }
    own == "logwright.h"                               { print $1 " includes " $2; next }
    $2 == "logwright.h" || its == own && n > 1         { next }
    !(its in floor_of) || n == 1                       { print $1 ": " $2 " is not named from the top"; next }
    floor_of[its] >= floor_of[own]                     { print $1 " includes " $2 }
' >"$found"
nothing "engine files include only their own floor or lower ones"

includes cmd | awk '$2 != "logwright.h" && $2 !~ /^cmd\// { print $1 " includes " $2 }' >"$found"
nothing "cmd sees the engine through logwright.h alone"

includes ui | awk '
    $2 == "logwright.h" || $2 ~ /^cmd\//                        { next }
    $2 !~ /^ui\//                                               { print $1 " includes " $2 }
    $1 ~ /^ui\/term\// && $2 !~ /^ui\/term\//                   { print $1 " includes " $2 }
    $1 ~ /^ui\/kit\// && $2 !~ /^ui\/(term|kit)\//              { print $1 " includes " $2 }
' >"$found"
nothing "ui sees the engine through logwright.h alone; term and kit stand below app and panes"

find src cmd ui -name '*.[ch]' ! -path ui/term/curses.c \
    -exec grep -lE '^[[:space:]]*#[[:space:]]*include[[:space:]]*<(ncursesw/)?(n?curses|term|panel)\.h>' {} + >"$found"
nothing "only ui/term/curses.c includes curses"

# The rest reads the objects, by floor, lowest first.
engine=
for floor in base input log learn graph generate detect measure workspace; do
    engine="$engine $top_builddir/src/$floor/.libs/lib$floor.a"
done
# shellcheck disable=SC2086 # a list of words
symbols=$($NM -A -f sysv $engine 2>/dev/null)
if ! printf '%s\n' "$symbols" | grep -q '\.text'; then
    echo "# the objects are not ELF, or nm is not GNU nm: their symbols are not looked at"
    done_testing
    exit 0
fi

# FILE:OBJECT:name |value |class |type |size |line |section
table=$(printf '%s\n' "$symbols" | awk -F '|' 'NF >= 7 {
    gsub(/ /, ""); n = split($1, part, ":"); sub(/.*\/lib/, "", part[1]); sub(/\.a$/, "", part[1])
    print part[1], part[n - 1], part[n], $3, $7 }')

printf '%s\n' "$table" | awk '
    $5 ~ /^(\.data|\.bss|\.tdata|\.tbss|\*COM\*)/ && $5 !~ /^\.data\.rel\.ro/ { print $1 "/" $2 ": " $3 " is in " $5 }' >"$found"
nothing "the engine has no writable globals"

printf '%s\n' "$table" | awk '
    $4 == "U" && $3 ~ /^(printf|vprintf|puts|putchar|perror|stdout|stderr|exit|_exit|abort|signal|sigaction|__printf_chk|__vprintf_chk)$/ {
        print $1 "/" $2 " uses " $3 }' >"$found"
nothing "the engine does not print, exit or touch signals"

printf '%s\n' "$table" | awk '
    BEGIN { split("base input log learn graph generate detect measure workspace", names)
            split("0 1 2 3 3 4 4 5 6", floors)
            for (i in names) floor_of[names[i]] = floors[i] }
    $4 == "U" { wants[$1 " " $3] = $1 "/" $2; next }
    $4 ~ /^[TDRBVW]$/ { has[$3] = $1 }
    END { for (want in wants) { split(want, w, " "); f = has[w[2]]
              if (f != "" && f != w[1] && floor_of[f] >= floor_of[w[1]]) print wants[want] " calls " w[2] " of " f } }' >"$found"
nothing "no call goes up a floor"

done_testing
