# Floor 8: the workbench, and the program.  One line a module, one line a test.  Terminal, widgets, and the application
# with its panes are one library each; app and panes know one another.

term_sources =
kit_sources =
app_sources =
ui_tests =

# To build the program, list its main file:
#bin_PROGRAMS += logwright
#logwright_SOURCES = ui/main.c
#logwright_LDADD = $(UI_LIBS) $(UI_DEPS)

UI_LIBS = ui/libapp.la ui/libkit.la ui/libterm.la $(CMD_LIBS)
UI_DEPS = $(CURSES_LIBS) $(READLINE_LIBS) $(JSONC_LIBS)
noinst_LTLIBRARIES += ui/libterm.la ui/libkit.la ui/libapp.la
ui_libterm_la_SOURCES = $(term_sources)
ui_libkit_la_SOURCES = $(kit_sources)
ui_libapp_la_SOURCES = $(app_sources)

check_PROGRAMS += $(ui_tests)
$(ui_tests): LDADD = $(UI_LIBS) $(TEST_LIBS) $(UI_DEPS)
$(ui_tests): $(UI_LIBS)
