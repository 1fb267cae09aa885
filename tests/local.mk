# The test suite; tests/README says how to add to it.  Every test speaks TAP.

TEST_LIBS = $(CMOCKA_LIBS)

unit_tests = $(base_tests) $(input_tests) $(log_tests) $(learn_tests) $(generate_tests) $(detect_tests) \
	$(measure_tests) $(workspace_tests) $(cmd_tests) $(ui_tests)

TESTS = $(unit_tests)

LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
