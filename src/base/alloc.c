#include "base/alloc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "logwright.h"

void *alloc_array(size_t n, size_t size)
{
    if (size != 0 && n > SIZE_MAX / 2 / size)
        return NULL;
    return malloc(n * size > 0 ? n * size : 1);
}

void *alloc_zeroed(size_t n, size_t size)
{
    if (n == 0 || size == 0)
        return calloc(1, 1);
    if (n > SIZE_MAX / 2 / size)
        return NULL;
    return calloc(n, size);
}

int alloc_grow(void *items, size_t *cap, size_t need, size_t size)
{
    return alloc_grow_from(8, items, cap, need, size);
}

int alloc_grow_from(size_t first, void *items, size_t *cap, size_t need, size_t size)
{
    if (need <= *cap)
        return 0;
    size_t wanted = *cap < first ? first : *cap * 2;
    if (wanted < need)
        wanted = need;
    if (size != 0 && wanted > SIZE_MAX / 2 / size)
        return LW_ERR_MEMORY;
    /* items is the address of some typed pointer; copied as bytes, so that no aliasing rule is broken. */
    void *old;
    memcpy(&old, items, sizeof old);
    void *grown = realloc(old, wanted * size);
    if (grown == NULL)
        return LW_ERR_MEMORY;
    memcpy(items, &grown, sizeof grown);
    *cap = wanted;
    return 0;
}

char *alloc_text(const void *data, size_t len)
{
    if (len >= SIZE_MAX / 2)
        return NULL;
    char *copy = malloc(len + 1);
    if (copy == NULL)
        return NULL;
    if (len > 0)
        memcpy(copy, data, len);
    copy[len] = '\0';
    return copy;
}
