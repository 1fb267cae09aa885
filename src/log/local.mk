# Floor 2: formats, records, filter and search.  One line a module, one line a test.

log_sources =
log_tests =

log_sources += src/log/calendar.c src/log/calendar.h
log_sources += src/log/feed.c src/log/feed.h
log_sources += src/log/feed_log.c
log_sources += src/log/follow.c
log_sources += src/log/format.c src/log/format.h
log_sources += src/log/format_choose.c
log_sources += src/log/format_file.c src/log/format_file.h
log_sources += src/log/format_sample.c src/log/format_sample.h
log_sources += src/log/format_table.c src/log/format_table.h
log_sources += src/log/format_columns.c src/log/format_columns.h src/log/format_trial.h
log_sources += src/log/format_explain.c
log_sources += src/log/format_form.c src/log/format_form.h
log_sources += src/log/format_infer.c src/log/format_infer.h
log_sources += src/log/format_json.c src/log/key_role.c src/log/key_role.h
log_sources += src/log/format_code.c src/log/format_code.h
log_sources += src/log/level.c src/log/level.h
log_sources += src/log/cut_line.c
log_sources += src/log/log.c src/log/log.h
log_sources += src/log/query.h src/log/query_parse.c src/log/query_value.c
log_sources += src/log/query_eval.c src/log/query_eval.h
log_sources += src/log/query_span.c src/log/query_span.h
log_sources += src/log/query_scan.c src/log/query_scan.h
log_sources += src/log/reader.c src/log/reader.h
log_sources += src/log/order.c src/log/order.h
log_sources += src/log/spooled.c src/log/spooled.h
log_sources += src/log/records.c src/log/records.h
log_sources += src/log/store.c src/log/store.h
log_sources += src/log/time_index.c

log_tests += tests/unit/test_calendar
log_tests += tests/unit/test_feed
log_tests += tests/unit/test_format
log_tests += tests/unit/test_format_file
log_tests += tests/unit/test_format_infer
log_tests += tests/unit/test_format_json
log_tests += tests/unit/test_log
log_tests += tests/unit/test_order
log_tests += tests/unit/test_records
log_tests += tests/unit/test_store

noinst_LTLIBRARIES += src/log/liblog.la
src_log_liblog_la_SOURCES = $(log_sources)
EXTRA_PROGRAMS += $(log_tests)
$(log_tests): LDADD = $(LOG_LIBS) $(TEST_LIBS) $(ENGINE_DEPS)
$(log_tests): $(LOG_LIBS)
