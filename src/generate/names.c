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

static uint32_t count_letters(uint32_t letters)
{
    uint32_t n = 0;
    for (; letters != 0; letters &= letters - 1)
        n++;
    return n;
}

/* The n-th of the letters whose bits are set. */
static char nth_letter(uint32_t letters, uint32_t n, char base)
{
    char c = base;
    for (; (letters & 1) == 0 || n-- > 0; letters >>= 1)
        c++;
    return c;
}

/* One byte of a text to be made: a digit for a digit and a letter for a letter, so that what is told apart by its looks
 * stays so; a number that does not start with 0 does not start with 0. */
struct choice_of {
    char like;
    const struct name_place *place;
    bool is_first, is_free;
};

static uint32_t count_choices(const struct choice_of *of)
{
    if (is_digit(of->like))
        return !of->place->varies && !of->is_free ? 1 : of->is_first && of->like != '0' ? 9 : 10;
    if (is_lower(of->like))
        return count_letters(of->place->lower);
    return is_upper(of->like) ? count_letters(of->place->upper) : 1;
}

static char take_choice(const struct choice_of *of, uint32_t n)
{
    if (is_digit(of->like))
        return !of->place->varies && !of->is_free ? of->like
               : of->is_first && of->like != '0'  ? (char)('1' + n)
                                                  : (char)('0' + n);
    if (is_lower(of->like))
        return nth_letter(of->place->lower, n, 'a');
    return is_upper(of->like) ? nth_letter(of->place->upper, n, 'A') : of->like;
}

static struct choice_of choice_at(const struct names *names, size_t index, size_t i)
{
    const struct name_shape *shape = &names->shapes[names->shape_of[index]];
    struct lw_bytes like = names->texts[index];
    return (struct choice_of){like.data[i], &shape->places[i], i == 0 || !is_in_run(like.data[i - 1]),
                              shape->count == 1};
}

static void draw_like(const struct names *names, size_t index, struct rng *rng, struct buf *out)
{
    for (size_t i = 0; i < names->texts[index].len; i++) {
        struct choice_of of = choice_at(names, index, i);
        buf_add_byte(out, take_choice(&of, rng_u32(rng) % count_choices(&of)));
    }
}

void names_draw(const struct names *names, struct rng *rng, struct buf *out)
{
    draw_like(names, (size_t)rng_below(rng, names->n_texts), rng, out);
}

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
    while (b != 0) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Numbers are spread over the texts of the shape by a step that shares no factor with how many there are, so none comes
 * twice before all have come. Where there are billions, drawing does as well. */
void names_draw_unique(const struct names *names, uint64_t number, struct rng *rng, struct buf *out)
{
    size_t index = (size_t)rng_below(rng, names->n_texts), len = names->texts[index].len;
    uint64_t space = 1;
    for (size_t i = 0; i < len && space <= UINT32_MAX; i++) {
        struct choice_of of = choice_at(names, index, i);
        space *= count_choices(&of);
    }
    if (space > UINT32_MAX) {
        draw_like(names, index, rng, out);
        return;
    }
    uint64_t step = space * 618 / 1000 + 1;
    while (common_divisor(step, space) != 1)
        step++;
    uint64_t left = number % space * step % space;
    for (size_t i = 0; i < len; i++) {
        struct choice_of of = choice_at(names, index, i);
        uint32_t n = count_choices(&of);
        buf_add_byte(out, take_choice(&of, (uint32_t)(left % n)));
        left /= n;
    }
}
