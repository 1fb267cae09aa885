# Floor 3: graphs drawn in layers.  One line a module, one line a test.

graph_sources =
graph_tests =

graph_sources += src/graph/columns.c
graph_sources += src/graph/cycles.c
graph_sources += src/graph/labels.c
graph_sources += src/graph/layers.c
graph_sources += src/graph/layout.c src/graph/layout.h
graph_sources += src/graph/order.c
graph_sources += src/graph/route.c src/graph/route.h
graph_sources += src/graph/simplex.c src/graph/simplex.h
graph_sources += src/graph/sketch.c src/graph/sketch.h
graph_sources += src/graph/svg.c

graph_tests += tests/unit/test_graph_layout
graph_tests += tests/unit/test_simplex
graph_tests += tests/unit/test_svg

noinst_LTLIBRARIES += src/graph/libgraph.la
src_graph_libgraph_la_SOURCES = $(graph_sources)
EXTRA_PROGRAMS += $(graph_tests)
$(graph_tests): LDADD = $(GRAPH_LIBS) $(TEST_LIBS) $(ENGINE_DEPS)
$(graph_tests): $(GRAPH_LIBS)
