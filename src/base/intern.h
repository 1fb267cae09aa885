/*
 * Byte strings to dense ids 0, 1, 2 ... in the order they were first added. Strings are copied and stay put.
 * Open addressing over XXH3 hashes. Not thread-safe for adding; any number of threads may find and get.
 */
#ifndef LW_BASE_INTERN_H
#define LW_BASE_INTERN_H

#include <stdint.h>

#include "base/arena.h"
#include "logwright.h"

#define INTERN_NONE UINT32_MAX

struct intern {
    struct arena arena;
    struct lw_bytes *strings; /* [count] */
    size_t count, cap;
    uint64_t *hashes; /* [cap] */
    uint32_t *slots;  /* [n_slots] id + 1, or 0 */
    size_t n_slots;
};
#define INTERN_INIT                                                                                                    \
    {                                                                                                                  \
        ARENA_INIT, NULL, 0, 0, NULL, NULL, 0                                                                          \
    }

void intern_release(struct intern *intern);
/* *id is the string's; it is new if it equals the count before. 0 or LW_ERR_MEMORY. */
int intern_add(struct intern *intern, const void *data, size_t len, uint32_t *id);
uint32_t intern_find(const struct intern *intern, const void *data, size_t len); /* or INTERN_NONE */
struct lw_bytes intern_get(const struct intern *intern, uint32_t id);            /* id < count */

#endif
