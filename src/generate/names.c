/*
 * A text is cut into runs of letters and digits, and what stands between. A run of digits, or one that mixes digits and
 * letters, is a number: it may be drawn anew. A run of letters alone is a word and part of the shape. A run that is
 * equal in all texts of its shape ("blk", the 2026 of a date, a shared prefix) stays.
 */
#include "generate/names.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

struct run {
    size_t start, len;
    bool is_number, has_letter, is_hex;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_hex_letter(char c)
{
    return (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Runs past NAME_MAX_RUNS are left as they are. */
static size_t find_runs(struct lw_bytes text, struct run runs[NAME_MAX_RUNS])
{
    size_t n = 0;
    for (size_t i = 0; i < text.len && n < NAME_MAX_RUNS;) {
        if (!is_digit(text.data[i]) && !is_letter(text.data[i])) {
            i++;
            continue;
        }
        struct run run = {i, 0, false, false, true};
        for (; i < text.len && (is_digit(text.data[i]) || is_letter(text.data[i])); i++) {
            run.is_number = run.is_number || is_digit(text.data[i]);
            run.has_letter = run.has_letter || is_letter(text.data[i]);
            run.is_hex = run.is_hex && (is_digit(text.data[i]) || is_hex_letter(text.data[i]));
        }
        run.len = i - run.start;
        if (run.is_number)
            runs[n++] = run;
    }
    return n;
}

/* What texts of one shape have in common: all but their numbers, and how long those are. */
static void add_key(struct lw_bytes text, const struct run *runs, size_t n, struct buf *out)
{
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        buf_add(out, text.data + at, runs[i].start - at);
        buf_printf(out, "%c%zu%c", 0, runs[i].len, runs[i].has_letter ? 'x' : 'd');
        at = runs[i].start + runs[i].len;
    }
    buf_add(out, text.data + at, text.len - at);
}

static int add_text(struct names *names, uint32_t index, struct buf *key)
{
    struct run runs[NAME_MAX_RUNS], first[NAME_MAX_RUNS];
    struct lw_bytes text = names->texts[index];
    size_t n = find_runs(text, runs), before = names->keys.count;
    uint32_t id;
    buf_clear(key);
    add_key(text, runs, n, key);
    if (buf_status(key) != 0 || intern_add(&names->keys, key->len > 0 ? key->data : "", key->len, &id) != 0 ||
        alloc_grow(&names->shapes, &names->cap, names->keys.count, sizeof *names->shapes) != 0)
        return LW_ERR_MEMORY;
    if (names->keys.count > before)
        names->shapes[id] = (struct name_shape){index, 0, 0, UINT64_MAX};
    struct name_shape *shape = &names->shapes[id];
    struct lw_bytes example = names->texts[shape->example];
    (void)find_runs(example, first);
    shape->count++;
    names->shape_of[index] = id;
    for (size_t i = 0; i < n; i++) {
        if (memcmp(text.data + runs[i].start, example.data + first[i].start, runs[i].len) != 0)
            shape->varies |= UINT64_C(1) << i;
        if (!runs[i].is_hex)
            shape->is_hex &= ~(UINT64_C(1) << i);
    }
    return 0;
}

int names_init(struct names *names, const struct lw_bytes *texts, size_t n)
{
    *names = (struct names){.texts = texts, .n_texts = n, .keys = INTERN_INIT};
    names->shape_of = alloc_array(n, sizeof *names->shape_of);
    struct buf key = BUF_INIT;
    int rc = names->shape_of == NULL ? LW_ERR_MEMORY : 0;
    for (size_t i = 0; i < n && rc == 0; i++)
        rc = add_text(names, (uint32_t)i, &key);
    buf_release(&key);
    if (rc != 0)
        names_release(names);
    return rc;
}

void names_release(struct names *names)
{
    intern_release(&names->keys);
    free(names->shapes);
    free(names->shape_of);
    *names = (struct names){.keys = INTERN_INIT};
}

/* A digit for a digit and a letter for a letter, so that what is told apart by shape stays so; a number that does not
 * start with 0 does not start with 0. */
static char draw_like(char c, bool is_first, bool is_hex, struct rng *rng)
{
    uint32_t letters = is_hex ? 6 : 26;
    if (is_digit(c))
        return is_first && c != '0' ? (char)('1' + rng_u32(rng) % 9) : (char)('0' + rng_u32(rng) % 10);
    return (char)((c >= 'a' ? 'a' : 'A') + (char)(rng_u32(rng) % letters));
}

void names_draw(const struct names *names, struct rng *rng, struct buf *out)
{
    size_t index = (size_t)rng_below(rng, names->n_texts);
    const struct name_shape *shape = &names->shapes[names->shape_of[index]];
    struct lw_bytes example = names->texts[index];
    struct run runs[NAME_MAX_RUNS];
    size_t n = find_runs(example, runs), at = 0;
    for (size_t i = 0; i < n; i++) {
        buf_add(out, example.data + at, runs[i].start - at);
        bool is_drawn = shape->varies >> i & 1 || shape->count == 1, is_hex = shape->is_hex >> i & 1;
        for (size_t j = runs[i].start; j < runs[i].start + runs[i].len; j++)
            buf_add_byte(out, is_drawn ? draw_like(example.data[j], j == runs[i].start, is_hex, rng) : example.data[j]);
        at = runs[i].start + runs[i].len;
    }
    buf_add(out, example.data + at, example.len - at);
}
