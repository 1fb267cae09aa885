# Floor 4: constraints and synthetic logs.  One line a module, one line a test.

generate_sources =
generate_tests =

noinst_LTLIBRARIES += src/generate/libgenerate.la
src_generate_libgenerate_la_SOURCES = $(generate_sources)
check_PROGRAMS += $(generate_tests)
$(generate_tests): LDADD = $(GENERATE_LIBS) $(TEST_LIBS) $(ENGINE_DEPS)
$(generate_tests): $(GENERATE_LIBS)
