# Floor 7: the command table and its functions, no curses.  One line a module, one line a test.

cmd_sources =
cmd_tests =

CMD_LIBS = cmd/libcmd.la liblogwright.la
noinst_LTLIBRARIES += cmd/libcmd.la
cmd_libcmd_la_SOURCES = $(cmd_sources)
cmd_libcmd_la_CPPFLAGS = $(PROGRAM_CPPFLAGS)
check_PROGRAMS += $(cmd_tests)
$(cmd_tests): AM_CPPFLAGS = $(PROGRAM_CPPFLAGS)
$(cmd_tests): LDADD = $(CMD_LIBS) $(TEST_LIBS) $(JSONC_LIBS)
$(cmd_tests): $(CMD_LIBS)
