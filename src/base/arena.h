/* Memory that is given back all at once; pointers stay put. Not thread-safe. */
#ifndef LW_BASE_ARENA_H
#define LW_BASE_ARENA_H

#include <stddef.h>

struct arena {
    struct arena_block *last;
};
#define ARENA_INIT                                                                                                     \
    {                                                                                                                  \
        NULL                                                                                                           \
    }

void arena_release(struct arena *arena);
void *arena_take(struct arena *arena, size_t len);                   /* aligned to 16 bytes; NULL when out */
char *arena_copy(struct arena *arena, const void *data, size_t len); /* with a NUL behind it */

#endif
