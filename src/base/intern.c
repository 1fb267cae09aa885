#include "base/intern.h"

#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL /* a call costs more than the hash of a word */
#include <xxhash.h>

#include "base/alloc.h"

void intern_release(struct intern *intern)
{
    arena_release(&intern->arena);
    free(intern->strings);
    free(intern->hashes);
    free(intern->slots);
    *intern = (struct intern)INTERN_INIT;
}

/* Slot that holds the string, or the empty one where it would go. n_slots > 0 and one is always free. */
static size_t find_slot(const struct intern *intern, const void *data, size_t len, uint64_t hash)
{
    size_t mask = intern->n_slots - 1;
    for (size_t at = (size_t)hash & mask;; at = (at + 1) & mask) {
        uint32_t slot = intern->slots[at];
        if (slot == 0)
            return at;
        const struct lw_bytes *s = &intern->strings[slot - 1];
        if (intern->hashes[slot - 1] == hash && s->len == len && (len == 0 || memcmp(s->data, data, len) == 0))
            return at;
    }
}

static int grow_slots(struct intern *intern)
{
    size_t n = intern->n_slots == 0 ? 64 : intern->n_slots * 2;
    uint32_t *slots = alloc_zeroed(n, sizeof *slots);
    if (slots == NULL)
        return LW_ERR_MEMORY;
    for (size_t id = 0; id < intern->count; id++) {
        size_t at = (size_t)intern->hashes[id] & (n - 1);
        while (slots[at] != 0)
            at = (at + 1) & (n - 1);
        slots[at] = (uint32_t)id + 1;
    }
    free(intern->slots);
    intern->slots = slots;
    intern->n_slots = n;
    return 0;
}

static int grow_strings(struct intern *intern)
{
    size_t cap = intern->cap, cap_hashes = intern->cap;
    if (alloc_grow(&intern->strings, &cap, intern->count + 1, sizeof *intern->strings) != 0 ||
        alloc_grow(&intern->hashes, &cap_hashes, intern->count + 1, sizeof *intern->hashes) != 0)
        return LW_ERR_MEMORY; /* strings may have room that cap does not know of: harmless */
    intern->cap = cap;
    return 0;
}

int intern_add(struct intern *intern, const void *data, size_t len, uint32_t *id)
{
    uint64_t hash = XXH3_64bits(len > 0 ? data : "", len);
    if (intern->n_slots > 0) {
        uint32_t slot = intern->slots[find_slot(intern, data, len, hash)];
        if (slot != 0) {
            *id = slot - 1;
            return 0;
        }
    }
    if (intern->count >= INTERN_NONE - 1)
        return LW_ERR_MEMORY;
    if (grow_strings(intern) != 0 || ((intern->count + 1) * 4 > intern->n_slots * 3 && grow_slots(intern) != 0))
        return LW_ERR_MEMORY;
    char *copy = arena_copy(&intern->arena, data, len);
    if (copy == NULL)
        return LW_ERR_MEMORY;
    intern->slots[find_slot(intern, data, len, hash)] = (uint32_t)intern->count + 1;
    intern->strings[intern->count] = (struct lw_bytes){copy, len};
    intern->hashes[intern->count] = hash;
    *id = (uint32_t)intern->count++;
    return 0;
}

uint32_t intern_find(const struct intern *intern, const void *data, size_t len)
{
    if (intern->n_slots == 0)
        return INTERN_NONE;
    uint32_t slot = intern->slots[find_slot(intern, data, len, XXH3_64bits(len > 0 ? data : "", len))];
    return slot == 0 ? INTERN_NONE : slot - 1;
}

struct lw_bytes intern_get(const struct intern *intern, uint32_t id)
{
    return intern->strings[id];
}
