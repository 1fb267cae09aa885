# The test suite; tests/README says how to add to it.  Every test speaks TAP.

check_LTLIBRARIES += tests/lib/libtest.la tests/lib/libreplay.la
tests_lib_libtest_la_SOURCES = tests/lib/failalloc.c tests/lib/failalloc.h tests/lib/scratch.c tests/lib/scratch.h
tests_lib_libtest_la_SOURCES += tests/lib/detecting.h tests/lib/letters.h tests/lib/packing.h tests/lib/small_log.h
tests_lib_libtest_la_SOURCES += tests/lib/learn_text.h tests/lib/process.c tests/lib/process.h
tests_lib_libtest_la_SOURCES += tests/lib/loopback.c tests/lib/loopback.h tests/lib/pictures.h
tests_lib_libtest_la_SOURCES += tests/lib/small_generate.h tests/lib/small_lines.h tests/lib/small_machine.h
tests_lib_libtest_la_SOURCES += tests/lib/covering.h tests/lib/shown.h
tests_lib_libreplay_la_SOURCES = tests/lib/replay.c

TEST_LIBS = $(WRAP_FLAGS) tests/lib/libtest.la $(CMOCKA_LIBS)
if HAVE_LINKER_WRAP
WRAP_FLAGS = -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc -Wl,--wrap=free
endif

# Unit tests are listed beside the modules of their floor.
unit_tests = $(base_tests) $(input_tests) $(log_tests) $(learn_tests) $(graph_tests) $(generate_tests) $(detect_tests) \
	$(measure_tests) $(workspace_tests) $(cmd_tests) $(ui_tests)
$(unit_tests): tests/lib/libtest.la

# Fuzz targets read their corpus when they are tests.  `make fuzz` links the same sources with the fuzzer instead.
fuzz_tests =
fuzz_tests += tests/fuzz/fuzz_bzip2
fuzz_tests += tests/fuzz/fuzz_constraints
fuzz_tests += tests/fuzz/fuzz_format
fuzz_tests += tests/fuzz/fuzz_format_file
fuzz_tests += tests/fuzz/fuzz_infer
fuzz_tests += tests/fuzz/fuzz_pattern
fuzz_tests += tests/fuzz/fuzz_gzip
fuzz_tests += tests/fuzz/fuzz_journal
fuzz_tests += tests/fuzz/fuzz_query
fuzz_tests += tests/fuzz/fuzz_template
fuzz_tests += tests/fuzz/fuzz_text
fuzz_tests += tests/fuzz/fuzz_workspace
fuzz_tests += tests/fuzz/fuzz_xz
fuzz_tests += tests/fuzz/fuzz_zstd
FUZZ_ENGINE = tests/lib/libreplay.la
EXTRA_PROGRAMS += $(fuzz_tests)
$(fuzz_tests): LDADD = $(WORKSPACE_LIBS) tests/lib/libtest.la $(FUZZ_ENGINE) $(ENGINE_DEPS)
$(fuzz_tests): $(WORKSPACE_LIBS) tests/lib/libtest.la tests/lib/libreplay.la

# The workbench in a real terminal, emulated by libvterm.
pty_tests = tests/pty/test_pty
EXTRA_PROGRAMS += $(pty_tests)
$(pty_tests): LDADD = $(TEST_LIBS) $(VTERM_LIBS)
$(pty_tests): $(bin_PROGRAMS) tests/lib/libtest.la

# Every *.test, *.sh and *.keys of the folders table, cli and screen is a test, and all files there are distributed;
# configure.ac defines the lists.
tree_tests = tests/layers.sh tests/headers.sh tests/docs.sh tests/install.sh

code_tests = $(unit_tests) $(fuzz_tests) $(TABLE_TESTS) $(CLI_TESTS) $(SCREEN_TESTS)
TESTS = $(code_tests) $(pty_tests) $(tree_tests)
EXTRA_DIST += tests/README tests/lib.sh tests/table.sh tests/screen.sh tests/lint.sh tests/bench/bench.sh \
	tests/bench/pautomac.sh tests/bench/scale.sh $(tree_tests) \
	$(DROPPED_FILES) tests/fuzz/unpack.h tests/fuzz/corpus

TEST_EXTENSIONS = .sh .test .keys
tap_driver = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
LOG_DRIVER = $(tap_driver)
SH_LOG_DRIVER = $(tap_driver)
SH_LOG_COMPILER = $(SHELL)
TEST_LOG_DRIVER = $(tap_driver)
TEST_LOG_COMPILER = $(SHELL) $(top_srcdir)/tests/table.sh
KEYS_LOG_DRIVER = $(tap_driver)
KEYS_LOG_COMPILER = $(SHELL) $(top_srcdir)/tests/screen.sh

# What a test may depend on is fixed here; nothing of the user's environment shows through.
AM_TESTS_ENVIRONMENT = \
	top_srcdir='$(abs_top_srcdir)'; top_builddir='$(abs_top_builddir)'; export top_srcdir top_builddir; \
	LOGWRIGHT='$(abs_top_builddir)/logwright$(EXEEXT)'; export LOGWRIGHT; \
	test_cc='$(CC) $(DEFS) $(AM_CPPFLAGS) $(CPPFLAGS) $(AM_CFLAGS) $(CFLAGS)'; export test_cc; \
	NM='$(NM)'; export NM; \
	LC_ALL=C.UTF-8; TZ=UTC; TERM=xterm-256color; export LC_ALL TZ TERM; \
	LOGWRIGHT_DATADIR='$(abs_top_srcdir)'; export LOGWRIGHT_DATADIR; \
	HOME='$(abs_top_builddir)/tests/home'; export HOME; \
	unset NO_COLOR COLORTERM COLUMNS LINES PAGER VISUAL EDITOR INPUTRC \
		XDG_CONFIG_HOME XDG_STATE_HOME XDG_DATA_HOME XDG_CACHE_HOME; \
	ASAN_OPTIONS=allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1; export ASAN_OPTIONS UBSAN_OPTIONS;

# The tests of code again, under sanitizers, in a build folder of its own; not those that measure time in a terminal.
check-asan:
	$(AM_V_at)$(MKDIR_P) asan
	$(AM_V_at)test -f asan/Makefile || { cd asan && $(abs_top_srcdir)/configure --quiet --disable-shared \
		--enable-sanitizers=address,undefined CC='$(CC)' CFLAGS='-O1 -g'; }
	$(AM_V_at)cd asan && $(MAKE) $(AM_MAKEFLAGS) --no-print-directory check-code VERBOSE=yes

check-code:
	$(AM_V_at)$(MAKE) $(AM_MAKEFLAGS) --no-print-directory check TESTS='$(code_tests)'

# Writes the expected screens anew from what the program draws now; look at the difference before committing it.
update-screens: all
	$(AM_V_at)for keys in $(SCREEN_TESTS); do \
		$(AM_TESTS_ENVIRONMENT) $(KEYS_LOG_COMPILER) --update $(srcdir)/$$keys || exit 1; done

# Each fuzz target for FUZZ_SECONDS.  What it finds stays in fuzz/NAME/.
FUZZ_SECONDS = 30
fuzz:
	$(AM_V_at)$(MKDIR_P) fuzz
	$(AM_V_at)test -f fuzz/Makefile || { cd fuzz && $(abs_top_srcdir)/configure --quiet --disable-shared \
		CC=clang CFLAGS='-O1 -g -fsanitize=fuzzer-no-link,address,undefined'; }
	$(AM_V_at)cd fuzz && $(MAKE) $(AM_MAKEFLAGS) --no-print-directory fuzz-run

fuzz-run:
	$(AM_V_at)$(MAKE) $(AM_MAKEFLAGS) --no-print-directory $(fuzz_tests) FUZZ_ENGINE=-fsanitize=fuzzer
	$(AM_V_at)for target in $(fuzz_tests); do \
		name=`basename $$target | sed 's/^fuzz_//'`; $(MKDIR_P) $$name && \
		./$$target -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=2048 -artifact_prefix=$$name/ \
			$$name $(srcdir)/tests/fuzz/corpus/$$name || exit 1; done

bench_programs = tests/bench/feasibility tests/bench/layout tests/bench/stages tests/bench/truth tests/bench/volume \
	tests/bench/worth
EXTRA_PROGRAMS += $(bench_programs)
tests_bench_feasibility_LDADD = $(WORKSPACE_LIBS) $(ENGINE_DEPS)
tests_bench_layout_LDADD = cmd/libcmd.la $(WORKSPACE_LIBS) $(ENGINE_DEPS)
tests_bench_stages_LDADD = $(WORKSPACE_LIBS) $(ENGINE_DEPS)
tests_bench_volume_LDADD = $(WORKSPACE_LIBS) $(ENGINE_DEPS)
tests_bench_worth_LDADD = $(WORKSPACE_LIBS) $(ENGINE_DEPS)
tests_bench_truth_LDADD = tests/lib/libtest.la $(WORKSPACE_LIBS) $(ENGINE_DEPS)
bench: all $(bench_programs)
	$(AM_V_at)LOGWRIGHT=./logwright$(EXEEXT) $(SHELL) $(srcdir)/tests/bench/bench.sh
	$(AM_V_at)test -z "$$LOGWRIGHT_DATA" || LOGWRIGHT=./logwright$(EXEEXT) $(SHELL) $(srcdir)/tests/bench/pautomac.sh
	$(AM_V_at)LOGWRIGHT=./logwright$(EXEEXT) $(SHELL) $(srcdir)/tests/bench/scale.sh
	$(AM_V_at)tests/bench/truth$(EXEEXT)
	$(AM_V_at)tests/bench/feasibility$(EXEEXT)
	$(AM_V_at)tests/bench/worth$(EXEEXT) -l $(srcdir)/samples/pg-incident.labels.csv \
		-o $(srcdir)/samples/web-small.log $(srcdir)/samples/pg-incident.log.gz
	$(AM_V_at)test -z "$$LOGWRIGHT_DATA" || find "$$LOGWRIGHT_DATA" '(' -name '*.log' ! -name content.log -o -name '*.log.zst' ')' | sort | \
		while read -r log; do tests/bench/worth$(EXEEXT) -n 500 "$$log"; done
	$(AM_V_at)tests/bench/layout$(EXEEXT) $(srcdir)/samples/pg-incident.log.gz $(srcdir)/samples/web-small.log

# Formatting, and what clang-tidy finds (.clang-tidy lists the checks).
lint:
	$(AM_V_at)$(SHELL) $(srcdir)/tests/lint.sh '$(abs_top_srcdir)' $(DEFS) $(AM_CPPFLAGS) $(LANGUAGE_CFLAGS)

clean-local:
	rm -rf asan fuzz tests/home tests/scratch

.PHONY: check-asan check-code update-screens fuzz fuzz-run bench lint
