# Input that is empty, broken or hostile: a clear error or a sound result, never a crash or a lost line.

. "$top_srcdir/tests/lib.sh"

# Records that parse printed, less the header line of its CSV.
has_records() # N
{
    test "$(wc -l <"$out")" -eq $(($1 + 1))
}

printf '' >empty
run parse empty
status 0
holds "an empty file has no records" has_records 0

run parse missing.log
status 2
errors_has 'missing\.log'

mkdir folder
run parse folder
status 2
errors_has 'folder'

printf 'x\n' >forbidden
chmod 000 forbidden
if [ ! -r forbidden ]; then
    run parse forbidden
    status 2
    errors_has 'forbidden'
fi

printf 'a 1\nb 2\nlast, without an end' >unfinished
run parse --format plain unfinished
status 0
holds "a last line without its end is a record" has_records 3
output_has 'last, without an end'

printf 'a 1\r\nb 2\r\n' >crlf
run parse --format plain crlf
status 0
holds "CRLF ends lines" has_records 2
holds "no carriage return comes out" sh -c '! grep -q "$(printf "\r")" "$1"' sh "$out"

printf 'nul \0 inside\n\377\376 not UTF-8 \303\n\033[31mred\033]0;title\007\n' >hostile
run parse --format plain hostile
status 0
holds "hostile bytes lose no line" has_records 3
run parse --format plain --json hostile
status 0
holds "JSON has no control characters" sh -c '! LC_ALL=C grep -q "[[:cntrl:]]" "$1"' sh "$out"

head -c 200000 "$(command -v sh)" >binary
run parse binary
holds "a binary file is read or refused" test "$last_status" -eq 0 -o "$last_status" -eq 2

awk 'BEGIN { for (i = 0; i < 20000; i++) printf "%05d %032d\n", i, i * 7919 }' >lines
gzip -c lines >whole.gz
run parse --format plain whole.gz
status 0
holds "gzip is read to its end" has_records 20000
head -c "$(($(wc -c <whole.gz) / 2))" whole.gz >half.gz
run parse --format plain half.gz
errors_has 'half\.gz'
holds "what came before the cut is there" test "$(wc -l <"$out")" -gt 1000

# One line of 100 MB between two short ones.
{
    echo before
    head -c 100000000 /dev/zero | tr '\0' x
    printf '\nafter\n'
} >long
run parse --format plain long
status 0
holds "a line of 100 MB is one record" has_records 3
holds "nothing of it is lost" test "$(wc -c <"$out")" -gt 100000000
rm long

done_testing
