# Floor 0: what every module stands on.  One line a module, one line a test.

base_sources =
base_tests =

base_sources += src/base/alloc.c src/base/alloc.h
base_sources += src/base/arena.c src/base/arena.h
base_sources += src/base/buf.c src/base/buf.h
base_sources += src/base/clock.c src/base/clock.h
base_sources += src/base/executor.c src/base/executor.h
base_sources += src/base/fail.c src/base/fail.h
base_sources += src/base/intern.c src/base/intern.h
base_sources += src/base/budget.c src/base/budget.h
base_sources += src/base/noise.c src/base/noise.h
base_sources += src/base/order.c src/base/order.h
base_sources += src/base/pack.c src/base/pack.h
base_sources += src/base/rng.c src/base/rng.h
base_sources += src/base/text.c
base_sources += src/base/version.c

base_tests += tests/unit/test_base_order
base_tests += tests/unit/test_buf
base_tests += tests/unit/test_executor
base_tests += tests/unit/test_intern
base_tests += tests/unit/test_noise
base_tests += tests/unit/test_pack
base_tests += tests/unit/test_process
base_tests += tests/unit/test_rng
base_tests += tests/unit/test_text
base_tests += tests/unit/test_version

noinst_LTLIBRARIES += src/base/libbase.la
src_base_libbase_la_SOURCES = $(base_sources)
EXTRA_PROGRAMS += $(base_tests)
$(base_tests): LDADD = $(BASE_LIBS) $(TEST_LIBS) $(ENGINE_DEPS)
$(base_tests): $(BASE_LIBS)
