# Floor 2: formats, records, filter and search.  One line a module, one line a test.

log_sources =
log_tests =

log_sources += src/log/store.h

noinst_LTLIBRARIES += src/log/liblog.la
src_log_liblog_la_SOURCES = $(log_sources)
check_PROGRAMS += $(log_tests)
$(log_tests): LDADD = $(LOG_LIBS) $(TEST_LIBS) $(ENGINE_DEPS)
$(log_tests): $(LOG_LIBS)
