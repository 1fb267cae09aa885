# Folders, patterns, packed and rotated files and journal exports as INPUT.

. "$top_srcdir/tests/lib.sh"

line()
{
    printf '2026-01-02 10:00:0%d INFO app.Worker: job %d done\n' "$1" "$1"
}

mkdir logs logs/deep
line 1 >logs/app.log
line 2 >logs/app.log.1
line 3 | gzip >logs/app.log.2.gz
line 4 >logs/deep/x.log
head -c 4096 /dev/zero >logs/program
ln -s app.log logs/current

run parse logs
status 0
output_has 'logs/app.log,1,'
output_has 'logs/app.log.1,1,'
output_has 'logs/app.log.2.gz,1,'
output_has 'logs/deep/x.log,1,'
errors_has 'logs/program: left out: binary data'
errors_has 'logs/current: left out: the same file as logs/app.log'
holds "each record once" test "$(wc -l <"$out")" -eq 5

run parse 'logs/app.log*' -q
status 0
holds "a pattern gives what matches" test "$(wc -l <"$out")" -eq 4
run parse 'absent*.log'
status 2
errors_has 'absent\*.log: no file matches'
mkdir none
run parse none
status 2
errors_has 'none: no log is in this folder'

# Packed by anything: the same records.
line 5 >five.log
run parse five.log -o plain.csv
for pack in gzip bzip2 xz zstd; do
    command -v $pack >.found || continue
    $pack -c five.log >packed
    run_with 'exec 0<packed' parse - -o packed.csv
    status 0
    sed 's/^-,/five.log,/' packed.csv >same.csv
    holds "$pack at standard input" cmp -s same.csv plain.csv
done

printf '__CURSOR=s=1\n__REALTIME_TIMESTAMP=1767348000000000\nPRIORITY=3\nSYSLOG_IDENTIFIER=unit\nMESSAGE=it failed\n\n' >journal.export
run parse journal.export
status 0
output_has 'it failed'
output_has '2026-01-02'


# Zones of times that do not say theirs, and clocks that are wrong.
line 1 >berlin.log
printf '2026-01-02T10:00:01Z INFO app.Worker: zoned\n' >zoned.log
run parse --zone Europe/Berlin berlin.log
output_has '2026-01-02[T ]09:00:01'
run parse --zone Europe/Berlin zoned.log
output_has '2026-01-02[T ]10:00:01'
run parse --zone 'berlin.log=-03:00' --offset '*.log=-1s' berlin.log logs/app.log.1
output_has '2026-01-02[T ]13:00:00'
output_has '2026-01-02[T ]10:00:02'
run parse --zone Atlantis berlin.log
status 2
errors_has 'time zone Atlantis is not known here'
run parse --offset soon berlin.log
status 2
errors_has 'is no offset of a clock'

done_testing
