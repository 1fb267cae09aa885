#!/bin/sh
# What make install puts where, and that a program outside of the tree can be built on it: the example of
# liblogwright(3).

. "$top_srcdir/tests/lib.sh"

stage=$scratch/stage
make -C "$top_builddir" --no-print-directory install DESTDIR="$stage" >"$scratch/install.log" 2>&1
result=$?
case_result $result "make install"
[ $result -eq 0 ] || tail -n 20 "$scratch/install.log" | sed 's/^/# /'

prefix=$(sed -n 's/^prefix=//p' "$top_builddir/logwright.pc")
libdir=$stage$(sed -n 's/^libdir=//p' "$top_builddir/logwright.pc" | sed "s|\${exec_prefix}|$prefix|")
holds "the program is there" test -x "$stage$prefix/bin/logwright"
holds "the only header is logwright.h" test "$(ls "$stage$prefix/include")" = logwright.h
holds "the library has a soname" test -e "$libdir/liblogwright.so.0"
holds "the manual pages are there" test -s "$stage$prefix/share/man/man1/logwright.1" -a \
    -s "$stage$prefix/share/man/man3/liblogwright.3"
holds "the sample is there" test -s "$stage$prefix/share/logwright/samples/pg-incident.log.gz"
holds "the schema is there" test -s "$stage$prefix/share/logwright/constraints.schema.json"
holds "the help is there" test -d "$stage$prefix/share/logwright/help"

PKG_CONFIG_PATH=$libdir/pkgconfig PKG_CONFIG_SYSROOT_DIR=$stage
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR
flags=$(pkg-config --cflags --libs logwright)
case_result $? "pkg-config finds the library"

sed -n '/^\.EX$/,/^\.EE$/p' "$top_srcdir/man/liblogwright.3" | sed -e '/^\./d' -e 's/\\e/\\/g' -e 's/\\-/-/g' >example.c
# shellcheck disable=SC2086 # a list of words
holds "the example of liblogwright(3) compiles" cc -std=c11 -Wall -Wextra -Werror example.c $flags -o example
printf 'job 1 started\njob 2 started\njob 3 started\n' >app.log
LD_LIBRARY_PATH=$libdir ./example app.log >"$out" 2>"$err"
last_status=$?
last_command="example app.log"
status 0
output_has '^3 job <\*> started$'

LD_LIBRARY_PATH=$libdir "$stage$prefix/bin/logwright" version >"$out" 2>"$err"
last_status=$?
last_command="logwright version, as installed"
status 0

done_testing
