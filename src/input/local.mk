# Floor 1: where bytes come from.  One line a module, one line a test.

input_sources =
input_tests =

noinst_LTLIBRARIES += src/input/libinput.la
src_input_libinput_la_SOURCES = $(input_sources)
check_PROGRAMS += $(input_tests)
$(input_tests): LDADD = $(INPUT_LIBS) $(TEST_LIBS) $(ENGINE_DEPS)
$(input_tests): $(INPUT_LIBS)
