#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_LEN ((size_t)64 * 1024)

struct arena_block {
    struct arena_block *before;
    size_t used, cap;
    _Alignas(16) char data[];
};

void arena_release(struct arena *arena)
{
    for (struct arena_block *block = arena->last; block != NULL;) {
        struct arena_block *before = block->before;
        free(block);
        block = before;
    }
    arena->last = NULL;
}

void *arena_take(struct arena *arena, size_t len)
{
    if (len > SIZE_MAX / 4)
        return NULL;
    len = (len + 15) & ~(size_t)15;
    struct arena_block *last = arena->last;
    if (last == NULL || last->cap - last->used < len) {
        size_t cap = len > BLOCK_LEN ? len : BLOCK_LEN;
        struct arena_block *block = malloc(sizeof *block + cap);
        if (block == NULL)
            return NULL;
        *block = (struct arena_block){.before = last, .used = 0, .cap = cap};
        arena->last = last = block;
    }
    void *taken = last->data + last->used;
    last->used += len;
    return taken;
}

char *arena_copy(struct arena *arena, const void *data, size_t len)
{
    char *copy = arena_take(arena, len + 1);
    if (copy == NULL)
        return NULL;
    if (len > 0)
        memcpy(copy, data, len);
    copy[len] = '\0';
    return copy;
}
