# Floor 4: constraints and synthetic logs.  One line a module, one line a test.

generate_sources =
generate_tests =

generate_sources += src/generate/anomalies.c src/generate/anomalies.h
generate_sources += src/generate/blueprint.c src/generate/blueprint.h
generate_sources += src/generate/blueprint_arrival.c
generate_sources += src/generate/blueprint_compile.c
generate_sources += src/generate/blueprint_parts.h
generate_sources += src/generate/constraints.c src/generate/constraints.h
generate_sources += src/generate/constraint_check.c
generate_sources += src/generate/constraint_members.c
generate_sources += src/generate/constraint_path.c
generate_sources += src/generate/constraint_print.c
generate_sources += src/generate/constraint_read.c src/generate/constraint_read.h
generate_sources += src/generate/constraint_rows.c src/generate/constraint_rows.h
generate_sources += src/generate/constraint_values.c
generate_sources += src/generate/detour.c src/generate/detour.h
generate_sources += src/generate/disguise.c src/generate/disguise.h
generate_sources += src/generate/elimination.c src/generate/elimination.h
generate_sources += src/generate/episodes.c src/generate/episodes.h
generate_sources += src/generate/generate.c src/generate/generate.h
generate_sources += src/generate/inject.c src/generate/inject.h
generate_sources += src/generate/links.c src/generate/links.h
generate_sources += src/generate/llm.c src/generate/llm.h
generate_sources += src/generate/llm_client.c src/generate/llm_client.h
generate_sources += src/generate/llm_prompt.c src/generate/llm_prompt.h
generate_sources += src/generate/names.c src/generate/names.h
generate_sources += src/generate/named_format.c src/generate/named_format.h
generate_sources += src/generate/outfile.c src/generate/outfile.h
generate_sources += src/generate/pace.c src/generate/pace.h
generate_sources += src/generate/parties.c src/generate/parties.h
generate_sources += src/generate/plan.h
generate_sources += src/generate/purpose.h
generate_sources += src/generate/recovery.c src/generate/recovery.h
generate_sources += src/generate/render.c src/generate/render.h
generate_sources += src/generate/schedule.c src/generate/schedule.h
generate_sources += src/generate/selector.c
generate_sources += src/generate/settings.c src/generate/settings.h
generate_sources += src/generate/tilt.c src/generate/tilt.h
generate_sources += src/generate/unknown.c src/generate/unknown.h
generate_sources += src/generate/value_fit.c src/generate/value_fit.h
generate_sources += src/generate/value_model.c src/generate/value_model.h
generate_sources += src/generate/walk.c src/generate/walk.h
generate_sources += src/generate/watch.c src/generate/watch.h
generate_sources += src/generate/write.c src/generate/write.h

generate_tests += tests/unit/test_constraints
generate_tests += tests/unit/test_elimination
generate_tests += tests/unit/test_generate
generate_tests += tests/unit/test_inject
generate_tests += tests/unit/test_named_format
generate_tests += tests/unit/test_llm
generate_tests += tests/unit/test_llm_client
generate_tests += tests/unit/test_names
generate_tests += tests/unit/test_outfile
generate_tests += tests/unit/test_render
generate_tests += tests/unit/test_schedule
generate_tests += tests/unit/test_settings

noinst_LTLIBRARIES += src/generate/libgenerate.la
src_generate_libgenerate_la_SOURCES = $(generate_sources)
check_PROGRAMS += $(generate_tests)
$(generate_tests): LDADD = $(GENERATE_LIBS) $(TEST_LIBS) $(ENGINE_DEPS)
$(generate_tests): $(GENERATE_LIBS)
