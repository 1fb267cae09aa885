# Floor 4: anomaly detectors.  One line a module, one line a test.

detect_sources =
detect_tests =

detect_sources += src/detect/detector.h

noinst_LTLIBRARIES += src/detect/libdetect.la
src_detect_libdetect_la_SOURCES = $(detect_sources)
check_PROGRAMS += $(detect_tests)
$(detect_tests): LDADD = $(DETECT_LIBS) $(TEST_LIBS) $(ENGINE_DEPS)
$(detect_tests): $(DETECT_LIBS)
