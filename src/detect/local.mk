# Floor 4: anomaly detectors.  One line a module, one line a test.

detect_sources =
detect_tests =

detect_sources += src/detect/count_vector.c
detect_sources += src/detect/detector.c src/detect/detector.h
detect_sources += src/detect/machine_detector.c
detect_sources += src/detect/new_event.c
detect_sources += src/detect/rows.h

detect_tests += tests/unit/test_count_vector
detect_tests += tests/unit/test_detector
detect_tests += tests/unit/test_machine_detector
detect_tests += tests/unit/test_new_event

noinst_LTLIBRARIES += src/detect/libdetect.la
src_detect_libdetect_la_SOURCES = $(detect_sources)
EXTRA_PROGRAMS += $(detect_tests)
$(detect_tests): LDADD = $(DETECT_LIBS) $(TEST_LIBS) $(ENGINE_DEPS)
$(detect_tests): $(DETECT_LIBS)
