# Floor 1: where bytes come from.  One line a module, one line a test.

input_sources =
input_tests =

input_sources += src/input/clocks.c src/input/clocks.h
input_sources += src/input/csv.c src/input/csv.h
input_tests += tests/unit/test_clocks
input_tests += tests/unit/test_csv

input_sources += src/input/intake.c src/input/intake.h
input_sources += src/input/journal_export.c src/input/journal_export.h
input_sources += src/input/finder.c src/input/finder.h
input_sources += src/input/lines.c src/input/lines.h
input_sources += src/input/literal.c src/input/literal.h
input_sources += src/input/paths.c
input_sources += src/input/pattern.c src/input/pattern.h
input_sources += src/input/reach.c src/input/reach.h
input_sources += src/input/quick.c src/input/quick.h
input_sources += src/input/quick_compile.c src/input/quick_program.h
input_sources += src/input/quick_tree.c src/input/quick_tree.h
input_sources += src/input/source.c src/input/source.h
input_sources += src/input/spool.c src/input/spool.h
input_sources += src/input/timestamp.c src/input/timestamp.h
input_sources += src/input/timestamp_print.c
input_sources += src/input/timestamp_reader.c src/input/timestamp_reader.h
input_sources += src/input/timestamp_row.c src/input/timestamp_row.h
input_sources += src/input/unpack_stream.c src/input/unpack_stream.h
input_sources += src/input/zone.c src/input/zone.h

input_tests += tests/unit/test_finder
input_tests += tests/unit/test_lines
input_tests += tests/unit/test_intake
input_tests += tests/unit/test_journal_export
input_tests += tests/unit/test_paths
input_tests += tests/unit/test_pattern
input_tests += tests/unit/test_quick
input_tests += tests/unit/test_source
input_tests += tests/unit/test_timestamp
input_tests += tests/unit/test_timestamp_reader
input_tests += tests/unit/test_zone

noinst_LTLIBRARIES += src/input/libinput.la
src_input_libinput_la_SOURCES = $(input_sources)
EXTRA_PROGRAMS += $(input_tests)
$(input_tests): LDADD = $(INPUT_LIBS) $(TEST_LIBS) $(ENGINE_DEPS)
$(input_tests): $(INPUT_LIBS)
