/*
 * Two shapes are variants of one template if they have the same outline: what is left when lists of values are cut
 * to one, the values behind "=" and bracketed remarks that hold values are dropped. What they have in common is kept
 * and the rest becomes a slot of any number. A distance between shapes with a threshold was rejected: one word
 * may be the difference between two messages while ten values are none.
 */
#include "learn/coalesce.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define REMARK_MAX 6 /* units between round brackets */

struct outline {
    const struct vocabulary *vocabulary;
    bool takes_names; /* "name:value" between blanks counts as a value */
    bool has_name;    /* ... and there was one */
    size_t words;
    uint64_t hash;
    uint32_t last;
};
struct entry {
    uint64_t hash;
    uint32_t index;
    bool has_name;
};

static void add(struct outline *o, uint32_t element)
{
    o->hash = (o->hash ^ element) * 0x9e3779b97f4a7c15u;
    o->hash ^= o->hash >> 29;
    o->words += !element_is_slot(element) && !element_is_mark(o->vocabulary, element);
    o->last = element;
}

/* Elements of the remark that begins at `at`: "()", "(<*>)", "(<*> KB)"; 0 if there is none. One with a unit says again
 * what was said before it, and may be missing; the others may be empty. */
static size_t remark_len(const struct vocabulary *vocabulary, const struct shape *p, size_t at, bool *has_unit)
{
    size_t slots = 0, end = at + 1;
    *has_unit = false;
    if (element_mark(vocabulary, p->elements[at]) != '(')
        return 0;
    for (; end < p->n && end <= at + REMARK_MAX; end++) {
        char mark = element_mark(vocabulary, p->elements[end]);
        if (mark == ')')
            return slots > 0 || end == at + 1 ? end + 1 - at : 0;
        bool is_word = !element_is_slot(p->elements[end]) && !element_is_mark(vocabulary, p->elements[end]);
        if (mark == '(' || mark == '=' || (is_word && (element_traits(vocabulary, p->elements[end]) & WORD_UNIT) == 0))
            return 0;
        slots += element_is_slot(p->elements[end]);
        *has_unit = *has_unit || is_word || element_symbol(p->elements[end]) == SYMBOL_VALUES;
    }
    return 0;
}

/* "name:<*>" with blanks, a comma or nothing around it. */
static bool is_named_value(const struct vocabulary *vocabulary, const struct shape *p, size_t at)
{
    return at + 2 < p->n && (at == 0 || (p->elements[at] & 1) != 0) &&
           element_mark(vocabulary, p->elements[at]) == '\0' && element_mark(vocabulary, p->elements[at + 1]) == ':' &&
           (p->elements[at + 1] & 1) == 0 && element_is_slot(p->elements[at + 2]) && (p->elements[at + 2] & 1) == 0 &&
           (at + 3 == p->n || (p->elements[at + 3] & 1) != 0 || element_mark(vocabulary, p->elements[at + 3]) == ',');
}

static void outline_draw(struct outline *o, const struct shape *p)
{
    const uint32_t slot = SYMBOL_VALUE << 1;
    *o = (struct outline){o->vocabulary, o->takes_names, false, 0, 0, UINT32_MAX};
    for (size_t at = 0; at < p->n;) {
        uint32_t element = p->elements[at];
        bool has_unit;
        size_t remark = remark_len(o->vocabulary, p, at, &has_unit);
        char mark = element_mark(o->vocabulary, element),
             last = o->last == UINT32_MAX ? '\0' : element_mark(o->vocabulary, o->last);
        if (remark > 0) {
            if (!has_unit) {
                add(o, element);
                add(o, p->elements[at + remark - 1]);
            }
            at += remark;
        } else if (o->takes_names && is_named_value(o->vocabulary, p, at)) {
            o->has_name = true;
            if (o->last != slot)
                add(o, slot);
            at += 3;
        } else if (element_is_slot(element)) {
            if (o->last != slot && last != '=')
                add(o, slot);
            at++;
        } else if (mark == ',' && o->last == slot && at + 1 < p->n && element_is_slot(p->elements[at + 1])) {
            at++;
        } else {
            add(o, element);
            at++;
        }
    }
}

void shape_simplify(const struct vocabulary *vocabulary, struct shape *shape)
{
    uint32_t *e = shape->elements, n = 0;
    for (size_t i = 0; i < shape->n; i++) {
        bool is_many = element_symbol(e[i]) == SYMBOL_VALUES;
        size_t back = n;
        if (element_is_slot(e[i])) {
            if (back > 0 && element_mark(vocabulary, e[back - 1]) == ',')
                back--;
            if (is_many && back > 1 && back == n && (element_traits(vocabulary, e[back - 1]) & WORD_UNIT) != 0)
                back--;
        }
        if (back > 0 && element_is_slot(e[i]) && element_is_slot(e[back - 1]) &&
            (is_many || element_symbol(e[back - 1]) == SYMBOL_VALUES)) {
            e[back - 1] = SYMBOL_VALUES << 1 | (e[back - 1] & 1);
            n = (uint32_t)back;
        } else {
            e[n++] = e[i];
        }
    }
    shape->n = n;
}

static int by_hash(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

/* Joins entries[n] of one outline to the first; one of them at least must be drawn without names. */
static int join_all(const struct vocabulary *vocabulary, struct shape *shapes, uint32_t *into,
                    const struct entry *entries, size_t n, struct arena *arena)
{
    size_t names = 0;
    for (size_t i = 0; i < n; i++)
        names += entries[i].has_name;
    if (names == n && names > 0)
        return 0;
    struct shape *first = &shapes[entries[0].index];
    for (size_t i = 1; i < n; i++) {
        if (shape_join(first, &shapes[entries[i].index], arena, first) != 0)
            return LW_ERR_MEMORY;
        shape_simplify(vocabulary, first);
        into[entries[i].index] = entries[0].index;
    }
    return 0;
}

static int pass(const struct vocabulary *vocabulary, struct shape *shapes, uint32_t *into, size_t n, bool takes_names,
                struct entry *entries, struct arena *arena)
{
    size_t used = 0;
    struct outline outline = {vocabulary, takes_names, false, 0, 0, 0};
    for (uint32_t i = 0; i < n; i++) {
        if (into[i] != i)
            continue;
        outline_draw(&outline, &shapes[i]);
        if (outline.words > (takes_names ? 1u : 0u))
            entries[used++] = (struct entry){outline.hash, i, outline.has_name};
    }
    qsort(entries, used, sizeof *entries, by_hash);
    for (size_t i = 0, end; i < used; i = end) {
        for (end = i + 1; end < used && entries[end].hash == entries[i].hash;)
            end++;
        if (end - i > 1 && join_all(vocabulary, shapes, into, entries + i, end - i, arena) != 0)
            return LW_ERR_MEMORY;
    }
    return 0;
}

int shapes_coalesce(const struct vocabulary *vocabulary, struct shape *shapes, uint32_t *into, size_t n,
                    struct arena *arena)
{
    struct entry *entries = alloc_array(n, sizeof *entries);
    int status = entries == NULL ? LW_ERR_MEMORY : pass(vocabulary, shapes, into, n, false, entries, arena);
    if (status == 0)
        status = pass(vocabulary, shapes, into, n, true, entries, arena);
    free(entries);
    return status;
}
