/* Files of a unit test, in a folder of its own that goes away with the test. */
#ifndef LW_TESTS_SCRATCH_H
#define LW_TESTS_SCRATCH_H

#include <stddef.h>

/* Fixtures for cmocka: the first makes the folder, the second removes it with all files in it. */
int scratch_set_up(void **state);
int scratch_tear_down(void **state);

/* The path of a file of that name in the folder; valid until the fourth call after it. */
const char *scratch_path(const char *name);
/* Writes the file and gives its path. */
const char *scratch_write(const char *name, const void *data, size_t len);

#endif
