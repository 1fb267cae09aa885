/* Makes memory run out in tests: at each allocation of a piece of code in turn. Unit tests are linked so that malloc,
 * calloc, realloc and free of the code under test go through here; what libraries such as SQLite allocate does not. */
#ifndef LW_TESTS_FAILALLOC_H
#define LW_TESTS_FAILALLOC_H

#include "logwright.h"

/* Calls body again and again, each time with another of its allocations failing: the first, the second and the last of
 * those that the same stack of calls leads to. body builds something and releases it, also on failure, and returns 0 or
 * a negative lw_code. Asserts for every call: it returns LW_ERR_MEMORY, with *err saying the same if it was filled, or
 * 0 because it can do without; and it leaves no block behind. Skips the test where the linker cannot rename malloc. One
 * call at a time. */
void failalloc_each(int (*body)(void *user, struct lw_error *err), void *user);

#endif
