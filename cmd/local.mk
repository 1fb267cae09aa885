# Floor 7: the command table and its functions, no curses.  One line a module, one line a test.

cmd_sources =
cmd_tests =

cmd_sources += cmd/command.c cmd/command.h cmd/commands.h
cmd_sources += cmd/complete.c cmd/data_dir.c cmd/data_dir.h cmd/masks.c cmd/masks.h
cmd_sources += cmd/constraints.c
cmd_sources += cmd/detect.c
cmd_sources += cmd/evaluate.c
cmd_sources += cmd/explain.c cmd/explain.h
cmd_sources += cmd/fidelity.c
cmd_sources += cmd/figures.c cmd/figures.h
cmd_sources += cmd/follow.c cmd/follow.h
cmd_sources += cmd/formats.c
cmd_sources += cmd/generate.c
cmd_sources += cmd/help.c
cmd_sources += cmd/info.c
cmd_sources += cmd/input.c cmd/input.h
cmd_sources += cmd/learn.c
cmd_sources += cmd/machine.c
cmd_sources += cmd/machine_accepts.c cmd/machine_checks.h
cmd_sources += cmd/machine_diff.c
cmd_sources += cmd/machine_map.c cmd/machine_map.h
cmd_sources += cmd/machine_relations.c
cmd_sources += cmd/options.c cmd/options.h
cmd_sources += cmd/output.c cmd/output.h
cmd_sources += cmd/parse.c
cmd_sources += cmd/print.c cmd/print.h
cmd_sources += cmd/privacy.c
cmd_sources += cmd/progress.c cmd/progress.h
cmd_sources += cmd/query.c
cmd_sources += cmd/report.c
cmd_sources += cmd/schema.c cmd/schema.h
cmd_sources += cmd/shell.c cmd/shell.h
cmd_sources += cmd/table.c cmd/table.h
cmd_sources += cmd/templates.c
cmd_sources += cmd/traces.c
cmd_sources += cmd/option_values.c cmd/option_values.h
cmd_sources += cmd/validate.c
cmd_sources += cmd/words.c cmd/words.h

cmd_tests += tests/unit/test_command
cmd_tests += tests/unit/test_output
cmd_tests += tests/unit/test_print
cmd_tests += tests/unit/test_words

CMD_LIBS = cmd/libcmd.la liblogwright.la
noinst_LTLIBRARIES += cmd/libcmd.la
cmd_libcmd_la_SOURCES = $(cmd_sources)
EXTRA_PROGRAMS += $(cmd_tests)
$(cmd_tests): LDADD = $(CMD_LIBS) $(TEST_LIBS) $(JSONC_LIBS)
$(cmd_tests): $(CMD_LIBS)
