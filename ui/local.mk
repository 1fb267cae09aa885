# Floor 8: the workbench, and the program.  One line a module, one line a test.  Terminal, widgets, and the application
# with its panes are one library each; app and panes know one another.

term_sources =
kit_sources =
app_sources =
ui_tests =

term_sources += ui/term/curses.c
term_sources += ui/term/dump.c
term_sources += ui/term/grid.c ui/term/grid.h
term_sources += ui/term/keys.c ui/term/keys.h
term_sources += ui/term/screen.h
term_sources += ui/term/style.h

kit_sources += ui/kit/chart.c ui/kit/chart.h
kit_sources += ui/kit/input.c ui/kit/input.h
kit_sources += ui/kit/list.c ui/kit/list.h
kit_sources += ui/kit/pager.c ui/kit/pager.h
kit_sources += ui/kit/symbols.c ui/kit/symbols.h
kit_sources += ui/kit/text.c ui/kit/text.h

app_sources += ui/app/actions.c ui/app/actions.h
app_sources += ui/app/app.c ui/app/app.h
app_sources += ui/app/bench.c ui/app/bench.h
app_sources += ui/app/bench_files.c
app_sources += ui/app/bench_knobs.c
app_sources += ui/app/bench_sample.c
app_sources += ui/app/bench_set.c
app_sources += ui/app/bench_translate.c
app_sources += ui/app/command_job.c
app_sources += ui/app/commands.c ui/app/commands.h
app_sources += ui/app/commands_go.c
app_sources += ui/app/commands_open.c
app_sources += ui/app/commands_set.c
app_sources += ui/app/complete.c
app_sources += ui/app/feed.c ui/app/feed.h
app_sources += ui/app/feed_job.c ui/app/feed_job.h
app_sources += ui/app/find.c ui/app/find.h
app_sources += ui/app/frame.c
app_sources += ui/app/jobs.c ui/app/jobs.h
app_sources += ui/app/keys_command.c
app_sources += ui/app/layout.c ui/app/layout.h
app_sources += ui/app/lesson.c ui/app/lesson.h
app_sources += ui/app/loop.c
app_sources += ui/app/marks.c ui/app/marks.h
app_sources += ui/app/rows.c ui/app/rows.h
app_sources += ui/app/script.c ui/app/script.h
app_sources += ui/app/session.c ui/app/session.h
app_sources += ui/app/session_jobs.c
app_sources += ui/app/state.c
app_sources += ui/app/table_job.c ui/app/table_job.h
app_sources += ui/app/update.c
app_sources += ui/app/workbench.c ui/app/workbench.h

app_sources += ui/panes/compare.c ui/panes/compare.h
app_sources += ui/panes/compare_draw.c
app_sources += ui/panes/compare_figures.c
app_sources += ui/panes/compare_job.c
app_sources += ui/panes/compare_measure.c
app_sources += ui/panes/detect.c
app_sources += ui/panes/generate.c ui/panes/generate.h
app_sources += ui/panes/generate_effect.c
app_sources += ui/panes/generate_export.c
app_sources += ui/panes/generate_knobs.c
app_sources += ui/panes/generate_presets.c
app_sources += ui/panes/generate_rules.c
app_sources += ui/panes/logs.c ui/panes/logs.h
app_sources += ui/panes/logs_draw.c
app_sources += ui/panes/logs_scores.c
app_sources += ui/panes/logs_strip.c
app_sources += ui/panes/machine.c ui/panes/machine.h
app_sources += ui/panes/machine_diff.c
app_sources += ui/panes/machine_export.c
app_sources += ui/panes/machine_focus.c
app_sources += ui/panes/machine_map.c
app_sources += ui/panes/machine_replay.c
app_sources += ui/panes/machine_table.c
app_sources += ui/panes/output.c
app_sources += ui/panes/panes.c ui/panes/panes.h
app_sources += ui/panes/tables.c ui/panes/tables.h ui/panes/tables_draw.c
app_sources += ui/panes/templates.c
app_sources += ui/panes/traces.c ui/panes/traces.h
app_sources += ui/panes/traces_diff.c
app_sources += ui/panes/traces_find.c
app_sources += ui/panes/traces_list.c
app_sources += ui/panes/traces_order.c
app_sources += ui/panes/traces_stats.c
app_sources += ui/panes/traces_timeline.c

ui_tests += tests/unit/test_bench
ui_tests += tests/unit/test_chart
ui_tests += tests/unit/test_grid
ui_tests += tests/unit/test_jobs
ui_tests += tests/unit/test_keys
ui_tests += tests/unit/test_panes_layout
ui_tests += tests/unit/test_lesson
ui_tests += tests/unit/test_list

bin_PROGRAMS += logwright
logwright_SOURCES = ui/app/main.c
logwright_LDADD = $(UI_LIBS) $(UI_DEPS)

UI_LIBS = ui/libapp.la ui/libkit.la ui/libterm.la $(CMD_LIBS)
UI_DEPS = $(CURSES_LIBS) $(READLINE_LIBS) $(JSONC_LIBS)
noinst_LTLIBRARIES += ui/libterm.la ui/libkit.la ui/libapp.la
ui_libterm_la_SOURCES = $(term_sources)
ui_libkit_la_SOURCES = $(kit_sources)
ui_libapp_la_SOURCES = $(app_sources)

EXTRA_PROGRAMS += $(ui_tests)
$(ui_tests): LDADD = $(UI_LIBS) $(TEST_LIBS) $(UI_DEPS)
$(ui_tests): $(UI_LIBS)
