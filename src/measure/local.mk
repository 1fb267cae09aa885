# Floor 5: evaluation.  One line a module, one line a test.

measure_sources =
measure_tests =

noinst_LTLIBRARIES += src/measure/libmeasure.la
src_measure_libmeasure_la_SOURCES = $(measure_sources)
check_PROGRAMS += $(measure_tests)
$(measure_tests): LDADD = $(MEASURE_LIBS) $(TEST_LIBS) $(ENGINE_DEPS)
$(measure_tests): $(MEASURE_LIBS)
