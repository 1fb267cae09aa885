/* Memory: checked sizes, NULL on failure. All of the engine allocates through these. Thread-safe. */
#ifndef LW_BASE_ALLOC_H
#define LW_BASE_ALLOC_H

#include <stddef.h>

/* n * size bytes, not cleared; NULL when that overflows or memory is out. Never NULL for a size of 0. Freed by free().
 */
void *alloc_array(size_t n, size_t size);
/* The same, cleared. */
void *alloc_zeroed(size_t n, size_t size);
/* Makes room for `need` items of `size` bytes in *items, doubling *cap. 0 or LW_ERR_MEMORY; then nothing changed. */
int alloc_grow(void *items, size_t *cap, size_t need, size_t size);
/* The same, with room for `first` items to begin with: for arrays that are many and mostly short. */
int alloc_grow_from(size_t first, void *items, size_t *cap, size_t need, size_t size);
/* A copy of (data, len) with a NUL behind it. */
char *alloc_text(const void *data, size_t len);

#endif
