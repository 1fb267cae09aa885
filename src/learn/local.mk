# Floor 3: templates, traces and machines.  One line a module, one line a test.

learn_sources =
learn_tests =

learn_sources += src/learn/activity.c src/learn/activity.h
learn_sources += src/learn/cluster.c src/learn/cluster.h
learn_sources += src/learn/coalesce.c src/learn/coalesce.h
learn_sources += src/learn/contexts.c src/learn/contexts.h
learn_sources += src/learn/counts.c src/learn/counts.h
learn_sources += src/learn/delay.c src/learn/delay.h
learn_sources += src/learn/edits.c src/learn/edits.h
learn_sources += src/learn/groups.c src/learn/groups.h
learn_sources += src/learn/hand.c
learn_sources += src/learn/id_shape.c src/learn/id_shape.h
learn_sources += src/learn/layout.c src/learn/layout.h
learn_sources += src/learn/machine.c src/learn/machine.h
learn_sources += src/learn/machine_api.c
learn_sources += src/learn/mask.c src/learn/mask.h
learn_sources += src/learn/matcher.c src/learn/matcher.h
learn_sources += src/learn/membership.c src/learn/membership.h
learn_sources += src/learn/model.c src/learn/model.h
learn_sources += src/learn/pair_map.c src/learn/pair_map.h
learn_sources += src/learn/pin.c
learn_sources += src/learn/pool.c src/learn/pool.h
learn_sources += src/learn/quantity.c src/learn/quantity.h
learn_sources += src/learn/scan.c src/learn/scan.h
learn_sources += src/learn/sequences.c src/learn/sequences.h
learn_sources += src/learn/shape.c src/learn/shape.h
learn_sources += src/learn/sketch.c src/learn/sketch.h
learn_sources += src/learn/symbols.c src/learn/symbols.h
learn_sources += src/learn/templates.c src/learn/templates.h
learn_sources += src/learn/trace_find.c
learn_sources += src/learn/trace_rule.c src/learn/trace_rule.h
learn_sources += src/learn/trace_sample.c src/learn/trace_sample.h
learn_sources += src/learn/trace_set.c src/learn/trace_set.h
learn_sources += src/learn/traces.c src/learn/traces.h
learn_sources += src/learn/units.c src/learn/units.h
learn_sources += src/learn/value.c src/learn/value.h

learn_tests += tests/unit/test_activity
learn_tests += tests/unit/test_counts
learn_tests += tests/unit/test_delay
learn_tests += tests/unit/test_edits
learn_tests += tests/unit/test_id_shape
learn_tests += tests/unit/test_layout
learn_tests += tests/unit/test_machine
learn_tests += tests/unit/test_mask
learn_tests += tests/unit/test_pair_map
learn_tests += tests/unit/test_pool
learn_tests += tests/unit/test_scan
learn_tests += tests/unit/test_sequences
learn_tests += tests/unit/test_shape
learn_tests += tests/unit/test_sketch
learn_tests += tests/unit/test_templates
learn_tests += tests/unit/test_trace_find
learn_tests += tests/unit/test_trace_rule
learn_tests += tests/unit/test_trace_sample
learn_tests += tests/unit/test_trace_set
learn_tests += tests/unit/test_traces
learn_tests += tests/unit/test_units
learn_tests += tests/unit/test_value

noinst_LTLIBRARIES += src/learn/liblearn.la
src_learn_liblearn_la_SOURCES = $(learn_sources)
check_PROGRAMS += $(learn_tests)
$(learn_tests): LDADD = $(LEARN_LIBS) $(TEST_LIBS) $(ENGINE_DEPS)
$(learn_tests): $(LEARN_LIBS)
