# Floor 5: evaluation.  One line a module, one line a test.

measure_sources =
measure_tests =

measure_sources += src/measure/arm.c src/measure/arm.h
measure_sources += src/measure/distance.c src/measure/distance.h
measure_sources += src/measure/fidelity.c src/measure/fidelity.h
measure_sources += src/measure/fidelity_anomalies.c src/measure/fidelity_anomalies.h
measure_sources += src/measure/fidelity_detection.c src/measure/fidelity_detection.h
measure_sources += src/measure/fidelity_failures.c src/measure/fidelity_failures.h
measure_sources += src/measure/fidelity_process.c src/measure/fidelity_process.h
measure_sources += src/measure/fidelity_rules.c src/measure/fidelity_rules.h
measure_sources += src/measure/fidelity_tables.c src/measure/fidelity_tables.h
measure_sources += src/measure/figures.c src/measure/figures.h
measure_sources += src/measure/fold.c src/measure/fold.h
measure_sources += src/measure/labels.c src/measure/labels.h
measure_sources += src/measure/log_columns.c src/measure/log_columns.h
measure_sources += src/measure/log_fields.c src/measure/log_fields.h
measure_sources += src/measure/logistic.c src/measure/logistic.h
measure_sources += src/measure/leaks.c src/measure/leaks.h
measure_sources += src/measure/metrics.c src/measure/metrics.h
measure_sources += src/measure/observed.c src/measure/observed.h src/measure/observed_parts.h
measure_sources += src/measure/observed_anomalies.c
measure_sources += src/measure/observed_episodes.c
measure_sources += src/measure/observed_flow.c
measure_sources += src/measure/observed_rules.c
measure_sources += src/measure/observed_time.c
measure_sources += src/measure/observed_values.c
measure_sources += src/measure/privacy.c src/measure/privacy.h
measure_sources += src/measure/result.c src/measure/result.h
measure_sources += src/measure/slot_uses.c src/measure/slot_uses.h
measure_sources += src/measure/split.c src/measure/split.h
measure_sources += src/measure/study.c src/measure/study.h
measure_sources += src/measure/threshold.c src/measure/threshold.h
measure_sources += src/measure/trace_points.c src/measure/trace_points.h
measure_sources += src/measure/validate.c src/measure/validate.h src/measure/validate_parts.h
measure_sources += src/measure/validate_asked.c
measure_sources += src/measure/validate_constraints.c
measure_sources += src/measure/validate_detectors.c
measure_sources += src/measure/validate_records.c
measure_sources += src/measure/validate_traces.c
measure_sources += src/measure/validate_values.c
measure_sources += src/measure/view.c src/measure/view.h

measure_tests += tests/unit/test_distance
measure_tests += tests/unit/test_figures
measure_tests += tests/unit/test_labels
measure_tests += tests/unit/test_metrics
measure_tests += tests/unit/test_observed
measure_tests += tests/unit/test_observed_kinds
measure_tests += tests/unit/test_split
measure_tests += tests/unit/test_study

noinst_LTLIBRARIES += src/measure/libmeasure.la
src_measure_libmeasure_la_SOURCES = $(measure_sources)
EXTRA_PROGRAMS += $(measure_tests)
$(measure_tests): LDADD = $(MEASURE_LIBS) $(TEST_LIBS) $(ENGINE_DEPS)
$(measure_tests): $(MEASURE_LIBS)
