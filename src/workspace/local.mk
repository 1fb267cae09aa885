# Floor 6: the workspace file and the facade behind logwright.h.  One line a module, one line a test.

workspace_sources =
workspace_tests =

workspace_sources += src/workspace/constraints_api.c
workspace_sources += src/workspace/csv_export.c
workspace_sources += src/workspace/database.c src/workspace/database.h
workspace_sources += src/workspace/expected_api.c
workspace_sources += src/workspace/explain_api.c
workspace_sources += src/workspace/export.c src/workspace/export.h
workspace_sources += src/workspace/fidelity_api.c
workspace_sources += src/workspace/generate_api.c src/workspace/synthetic.h src/workspace/write_api.c
workspace_sources += src/workspace/stream_api.c
workspace_sources += src/workspace/machine_diff_api.c
workspace_sources += src/workspace/mark_api.c
workspace_sources += src/workspace/open.c
workspace_sources += src/workspace/parameter_api.c
workspace_sources += src/workspace/probability_api.c
workspace_sources += src/workspace/privacy_api.c
workspace_sources += src/workspace/quality_api.c
workspace_sources += src/workspace/query_api.c
workspace_sources += src/workspace/relation_index.c
workspace_sources += src/workspace/relation_rows.c src/workspace/relation_rows.h
workspace_sources += src/workspace/relational.c src/workspace/relational.h
workspace_sources += src/workspace/relational_tables.c src/workspace/relational_tables.h
workspace_sources += src/workspace/row_file.c src/workspace/row_file.h
workspace_sources += src/workspace/save.c
workspace_sources += src/workspace/schema.c src/workspace/schema.h
workspace_sources += src/workspace/schema_api.c
workspace_sources += src/workspace/slot_api.c
workspace_sources += src/workspace/sql_format.c src/workspace/sql_format.h
workspace_sources += src/workspace/sql.c src/workspace/sql_table.c src/workspace/sql_table.h
workspace_sources += src/workspace/study_api.c
workspace_sources += src/workspace/table_labels.c src/workspace/table_labels.h
workspace_sources += src/workspace/template_api.c
workspace_sources += src/workspace/typed_names.c src/workspace/typed_names.h
workspace_sources += src/workspace/validate_api.c
workspace_sources += src/workspace/workspace.c src/workspace/workspace.h

workspace_tests += tests/unit/test_entities
workspace_tests += tests/unit/test_explain
workspace_tests += tests/unit/test_extend
workspace_tests += tests/unit/test_fidelity
workspace_tests += tests/unit/test_log_fields
workspace_tests += tests/unit/test_main_path
workspace_tests += tests/unit/test_marks
workspace_tests += tests/unit/test_leaks
workspace_tests += tests/unit/test_privacy
workspace_tests += tests/unit/test_query
workspace_tests += tests/unit/test_relations
workspace_tests += tests/unit/test_round_trip
workspace_tests += tests/unit/test_synthetic
workspace_tests += tests/unit/test_validate
workspace_tests += tests/unit/test_values
workspace_tests += tests/unit/test_workspace

noinst_LTLIBRARIES += src/workspace/libworkspace.la
src_workspace_libworkspace_la_SOURCES = $(workspace_sources)
EXTRA_PROGRAMS += $(workspace_tests)
$(workspace_tests): LDADD = $(WORKSPACE_LIBS) $(TEST_LIBS) $(ENGINE_DEPS)
$(workspace_tests): $(WORKSPACE_LIBS)
