/*
 * A text is cut into runs of letters and digits, and what stands between. A run of letters alone is a word and part of
 * the shape; in a run with a digit, digits and letters are free, so that "9f3a" and "1c00" are alike, and only what was
 * seen in each place says how free: the R of "R14" stays while its number is drawn.
 */
#include "generate/names.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_in_run(char c)
{
    return is_digit(c) || is_lower(c) || is_upper(c);
}

/* End of the run that starts at i, and whether it has a digit. */
static size_t run_end(struct lw_bytes text, size_t i, bool *has_digit)
{
    *has_digit = false;
    for (; i < text.len && is_in_run(text.data[i]); i++)
        *has_digit = *has_digit || is_digit(text.data[i]);
    return i;
}

/* The text with each run that has a digit replaced by a NUL and its length. */
static void add_key(struct lw_bytes text, struct buf *out)
{
    for (size_t i = 0; i < text.len;) {
        bool has_digit;
        size_t end = run_end(text, i, &has_digit);
        if (end == i)
            buf_add_byte(out, text.data[i++]);
        else if (has_digit)
            buf_printf(out, "%c%zu%c", 0, end - i, 0);
        else
            buf_add(out, text.data + i, end - i);
        i = end > i ? end : i;
    }
}

static void see(struct name_place *place, char c)
{
    if (is_digit(c))
        place->varies = place->varies || (is_digit(place->first) && place->first != c);
    else if (is_lower(c))
        place->lower |= UINT32_C(1) << (c - 'a');
    else if (is_upper(c))
        place->upper |= UINT32_C(1) << (c - 'A');
    if (is_digit(c) != is_digit(place->first))
        place->varies = true;
}

static int add_text(struct names *names, uint32_t index, struct buf *key)
{
    struct lw_bytes text = names->texts[index];
    size_t before = names->keys.count;
    uint32_t id;
    buf_clear(key);
    add_key(text, key);
    if (buf_status(key) != 0 || intern_add(&names->keys, key->len > 0 ? key->data : "", key->len, &id) != 0 ||
        alloc_grow(&names->shapes, &names->cap, names->keys.count, sizeof *names->shapes) != 0)
        return LW_ERR_MEMORY;
    struct name_shape *shape = &names->shapes[id];
    if (names->keys.count > before) {
        *shape = (struct name_shape){arena_take(&names->keys.arena, text.len * sizeof *shape->places), 0};
        if (shape->places == NULL)
            return LW_ERR_MEMORY;
        for (size_t i = 0; i < text.len; i++)
            shape->places[i] = (struct name_place){.first = text.data[i]};
    }
    shape->count++;
    names->shape_of[index] = id;
    for (size_t i = 0; i < text.len; i++)
        see(&shape->places[i], text.data[i]);
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

/* The n-th of the letters whose bits are set. */
static char nth_letter(uint32_t letters, uint32_t n, char base)
{
    char c = base;
    for (; (letters & 1) == 0 || n-- > 0; letters >>= 1)
        c++;
    return c;
}

static char draw_letter(uint32_t letters, char base, struct rng *rng)
{
    uint32_t n = 0;
    for (uint32_t left = letters; left != 0; left &= left - 1)
        n++;
    return nth_letter(letters, rng_u32(rng) % n, base);
}

/* A digit for a digit and a letter for a letter, so that what is told apart by its looks stays so; a number that does
 * not start with 0 does not start with 0. */
static char draw_like(char c, const struct name_place *place, bool is_first, bool is_free, struct rng *rng)
{
    if (is_digit(c) && (place->varies || is_free))
        return is_first && c != '0' ? (char)('1' + rng_u32(rng) % 9) : (char)('0' + rng_u32(rng) % 10);
    if (is_lower(c))
        return draw_letter(place->lower, 'a', rng);
    return is_upper(c) ? draw_letter(place->upper, 'A', rng) : c;
}

void names_draw(const struct names *names, struct rng *rng, struct buf *out)
{
    size_t index = (size_t)rng_below(rng, names->n_texts);
    const struct name_shape *shape = &names->shapes[names->shape_of[index]];
    struct lw_bytes like = names->texts[index];
    for (size_t i = 0; i < like.len; i++) {
        bool is_first = i == 0 || !is_in_run(like.data[i - 1]);
        buf_add_byte(out, draw_like(like.data[i], &shape->places[i], is_first, shape->count == 1, rng));
    }
}
