# Floor 6: the workspace file and the facade behind logwright.h.  One line a module, one line a test.

workspace_sources =
workspace_tests =

workspace_sources += src/workspace/workspace.h

noinst_LTLIBRARIES += src/workspace/libworkspace.la
src_workspace_libworkspace_la_SOURCES = $(workspace_sources)
check_PROGRAMS += $(workspace_tests)
$(workspace_tests): LDADD = $(WORKSPACE_LIBS) $(TEST_LIBS) $(ENGINE_DEPS)
$(workspace_tests): $(WORKSPACE_LIBS)
