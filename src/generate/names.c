/*
 * A text is cut into runs of letters and digits, and what stands between. A run of letters alone is a word and part of
 * the shape; in a run with a digit, digits and letters are free, so that "9f3a" and "1c00" are alike, and only what was
 * seen in each place says how free: the R of "R14" stays while its number is drawn.
 *
 * A pattern is what one text becomes by its shape: a digit stays a digit and a letter a letter, so that what is told
 * apart by its looks stays so. Texts that give the same pattern are counted together.
 */
#include "generate/names.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/intern.h"

#define MAX_SEEN     4096 /* texts that say what a place can be */
#define MAX_PATTERNS 256  /* texts that patterns are made from */
#define MAX_LEN      512  /* bytes of a pattern that is read */
#define ALL_DIGITS   0x3FFu
#define ALL_LETTERS  0x3FFFFFFu
#define HEX_LETTERS  0x3Fu

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

/* ---- shapes -------------------------------------------------------------------------------------------------------
 */

struct shape_place {       /* one byte of a shape */
    char first;            /* as it was first seen */
    bool varies;           /* among digits */
    uint32_t lower, upper; /* letters seen, bit 0 = a */
};
struct name_shape {
    struct shape_place *places; /* [len of its texts] */
    uint64_t count;             /* texts of this shape */
};
struct shaping {
    struct intern keys; /* a shape's id is its key's */
    struct name_shape *shapes;
    size_t cap;
    struct buf key;
};

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

static void see(struct shape_place *place, char c)
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

static int find_shape(struct shaping *shaping, struct lw_bytes text, uint32_t *id)
{
    size_t before = shaping->keys.count;
    buf_clear(&shaping->key);
    add_key(text, &shaping->key);
    if (buf_status(&shaping->key) != 0 ||
        intern_add(&shaping->keys, shaping->key.len > 0 ? shaping->key.data : "", shaping->key.len, id) != 0 ||
        alloc_grow(&shaping->shapes, &shaping->cap, shaping->keys.count, sizeof *shaping->shapes) != 0)
        return LW_ERR_MEMORY;
    if (shaping->keys.count == before)
        return 0;
    struct name_shape *shape = &shaping->shapes[*id];
    *shape = (struct name_shape){arena_take(&shaping->keys.arena, text.len * sizeof *shape->places), 0};
    for (size_t i = 0; i < text.len && shape->places != NULL; i++)
        shape->places[i] = (struct shape_place){.first = text.data[i]};
    return shape->places == NULL ? LW_ERR_MEMORY : 0;
}

static int see_text(struct shaping *shaping, struct lw_bytes text)
{
    uint32_t id;
    if (find_shape(shaping, text, &id) != 0)
        return LW_ERR_MEMORY;
    shaping->shapes[id].count++;
    for (size_t i = 0; i < text.len; i++)
        see(&shaping->shapes[id].places[i], text.data[i]);
    return 0;
}

/* ---- patterns -----------------------------------------------------------------------------------------------------
 */

/* Whether the first digit of three of a part of an address of four parts is at i. */
static bool is_octet(struct lw_bytes text, size_t i)
{
    size_t first = i, end = i, dots = 0;
    while (first > 0 && (is_digit(text.data[first - 1]) || text.data[first - 1] == '.'))
        first--;
    while (end < text.len && (is_digit(text.data[end]) || text.data[end] == '.'))
        end++;
    for (size_t at = first, run = 0; at < end; at++) {
        dots += text.data[at] == '.';
        run = text.data[at] == '.' ? 0 : run + 1;
        if (run > 3)
            return false;
    }
    return dots == 3 && i + 2 < end && is_digit(text.data[i]) && is_digit(text.data[i + 1]) &&
           is_digit(text.data[i + 2]) && (i == first || text.data[i - 1] == '.');
}

/* A number that does not start with 0 does not start with 0. The only text of its shape shows nothing of itself but its
 * words. */
static struct name_place place_of(const struct name_shape *shape, struct lw_bytes text, size_t i, bool is_word,
                                  bool is_hex)
{
    const struct shape_place *place = &shape->places[i];
    bool is_first = i == 0 || !is_in_run(text.data[i - 1]), is_alone = shape->count == 1;
    char c = text.data[i];
    if (is_octet(text, i) && (is_alone || place[0].varies || place[1].varies || place[2].varies))
        return (struct name_place){.base = '1', .set = 0};
    if (is_digit(c))
        return !place->varies && !is_alone
                   ? (struct name_place){.base = c, .set = 0}
                   : (struct name_place){.base = '0', .set = is_first && c != '0' ? ALL_DIGITS - 1 : ALL_DIGITS};
    if (is_word || (!is_lower(c) && !is_upper(c)))
        return (struct name_place){.base = c, .set = 0};
    uint32_t any = is_hex ? HEX_LETTERS : ALL_LETTERS, seen = is_lower(c) ? place->lower : place->upper;
    uint32_t set = is_alone && !is_first ? any : seen;
    return (set & (set - 1)) == 0 ? (struct name_place){.base = c, .set = 0}
                                  : (struct name_place){.base = is_lower(c) ? 'a' : 'A', .set = set};
}

static bool is_hex_run(struct lw_bytes text, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        if (!is_digit(text.data[i]) && !((text.data[i] | 0x20) >= 'a' && (text.data[i] | 0x20) <= 'f'))
            return false;
    return true;
}

static uint32_t count_choices(const struct name_place *place)
{
    uint32_t n = place->set; /* bits of a word, added up side by side */
    if (n == 0 || n == ALL_DIGITS)
        return n == 0 ? 1 : 10;
    n -= n >> 1 & 0x55555555;
    n = (n & 0x33333333) + (n >> 2 & 0x33333333);
    n = ((n + (n >> 4)) & 0x0f0f0f0f) * 0x01010101 >> 24;
    return n > 0 ? n : 1;
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

void name_pattern_settle(struct name_pattern *pattern)
{
    pattern->space = 1;
    for (size_t i = 0; i < pattern->len; i++) {
        pattern->places[i].n = (uint8_t)count_choices(&pattern->places[i]);
        if (pattern->space <= UINT32_MAX)
            pattern->space *= pattern->places[i].n;
    }
    if (pattern->space > UINT32_MAX)
        pattern->space = UINT64_C(1) << 32;
    pattern->step = pattern->space * 618 / 1000 + 1;
    while (common_divisor(pattern->step, pattern->space) != 1)
        pattern->step++;
}

static int add_pattern(struct names *names, const struct name_place *places, size_t len, uint64_t weight)
{
    uint64_t before = names->n > 0 ? names->patterns[names->n - 1].upto : 0;
    if (alloc_grow(&names->patterns, &names->cap, names->n + 1, sizeof *names->patterns) != 0)
        return LW_ERR_MEMORY;
    struct name_place *copy = arena_take(&names->arena, len * sizeof *copy);
    if (copy == NULL)
        return LW_ERR_MEMORY;
    for (size_t i = 0; i < len; i++)
        copy[i] = places[i];
    struct name_pattern *pattern = &names->patterns[names->n++];
    *pattern = (struct name_pattern){.places = copy, .len = len, .weight = weight, .upto = before + weight};
    name_pattern_settle(pattern);
    return 0;
}

/* Adds the pattern of a text, or counts it once more. index: the pattern of each key in `known`. */
static int add_text(struct names *names, struct shaping *shaping, struct lw_bytes text, struct intern *known)
{
    uint32_t id, at;
    struct name_place *places = alloc_zeroed(text.len, sizeof *places);
    int rc = places == NULL ? LW_ERR_MEMORY : find_shape(shaping, text, &id);
    for (size_t i = 0; i < text.len && rc == 0;) {
        bool has_digit;
        size_t end = run_end(text, i, &has_digit);
        bool is_hex = is_hex_run(text, i, end);
        for (end += end == i; i < end; i++) {
            struct name_place place = place_of(&shaping->shapes[id], text, i, !has_digit, is_hex);
            places[i].base = place.base;
            places[i].set = place.set;
        }
    }
    size_t before = known->count;
    if (rc == 0)
        rc = intern_add(known, places, text.len * sizeof *places, &at);
    if (rc == 0 && known->count > before)
        rc = add_pattern(names, places, text.len, 1);
    else if (rc == 0)
        names->patterns[at].weight++;
    free(places);
    return rc;
}

static void add_up(struct names *names)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < names->n; i++)
        names->patterns[i].upto = sum += names->patterns[i].weight;
}

int names_init(struct names *names, const struct lw_bytes *texts, size_t n)
{
    struct shaping shaping = {.keys = INTERN_INIT, .key = BUF_INIT};
    struct intern known = INTERN_INIT;
    size_t n_seen = n < MAX_SEEN ? n : MAX_SEEN, n_patterns = n < MAX_PATTERNS ? n : MAX_PATTERNS;
    int rc = 0;
    *names = (struct names){.arena = ARENA_INIT};
    for (size_t i = 0; i < n_seen && rc == 0; i++)
        rc = see_text(&shaping, texts[i * n / n_seen]);
    for (size_t i = 0; i < n_patterns && rc == 0; i++)
        rc = add_text(names, &shaping, texts[i * n / n_patterns], &known);
    add_up(names);
    intern_release(&shaping.keys);
    intern_release(&known);
    free(shaping.shapes);
    buf_release(&shaping.key);
    if (rc != 0)
        names_release(names);
    return rc;
}

void names_release(struct names *names)
{
    free(names->patterns);
    arena_release(&names->arena);
    *names = (struct names){.arena = ARENA_INIT};
}

/* ---- drawing ------------------------------------------------------------------------------------------------------
 */

/* The n-th of what the place can be. */
static char take_choice(const struct name_place *place, uint32_t n)
{
    char c = place->base;
    if ((place->set & (place->set + 1)) == 0) /* one byte, or those from the base on */
        return (char)(c + (char)n);
    if (place->set != 0)
        for (uint32_t set = place->set; (set & 1) == 0 || n-- > 0; set >>= 1)
            c++;
    return c;
}

static const struct name_pattern *draw_pattern(const struct names *names, struct rng *rng)
{
    uint64_t at = rng_below(rng, names->patterns[names->n - 1].upto);
    size_t low = 0, high = names->n - 1;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (names->patterns[middle].upto <= at)
            low = middle + 1;
        else
            high = middle;
    }
    return &names->patterns[low];
}

/* A random fraction that many choices are taken out of, one behind the other. */
struct fraction {
    uint64_t left;
    uint64_t taken; /* in how many ways what was taken might have come; a fresh one is drawn at 2^32 */
};

/* One of n <= 32, biased by less than 2^-26: the whole part of n times the fraction, of which the rest remains. */
static uint32_t take_below(struct fraction *fraction, uint32_t n, struct rng *rng)
{
    if (fraction->taken == 0 || fraction->taken > UINT32_MAX)
        *fraction = (struct fraction){rng_u64(rng), 1};
    uint64_t low = (fraction->left & UINT32_MAX) * n, high = (fraction->left >> 32) * n + (low >> 32);
    fraction->left = high << 32 | (low & UINT32_MAX);
    fraction->taken *= n;
    return (uint32_t)(high >> 32);
}

static void draw_like(const struct name_pattern *pattern, struct rng *rng, struct buf *out)
{
    struct fraction fraction = {0, 0};
    if (buf_reserve(out, pattern->len) != 0)
        return;
    char *text = out->data + out->len;
    for (size_t i = 0; i < pattern->len; i++) {
        const struct name_place *place = &pattern->places[i];
        text[i] = place->n == 1 ? take_choice(place, 0) : take_choice(place, take_below(&fraction, place->n, rng));
    }
    text[pattern->len] = '\0';
    out->len += pattern->len;
}

static double pattern_space(const struct name_pattern *pattern)
{
    double space = 1;
    for (size_t k = 0; k < pattern->len; k++)
        space *= pattern->places[k].n;
    return space;
}

void names_keep_wide(struct names *names, double least)
{
    size_t n = 0;
    for (size_t i = 0; i < names->n; i++)
        if (pattern_space(&names->patterns[i]) >= least)
            names->patterns[n++] = names->patterns[i];
    names->n = n;
    add_up(names);
}

void names_draw(const struct names *names, struct rng *rng, struct buf *out)
{
    draw_like(draw_pattern(names, rng), rng, out);
}

/* Numbers are spread over the texts of the pattern by a step that shares no factor with how many there are, so none
 * comes twice before all have come. Where there are billions, drawing does as well. */
void names_draw_unique(const struct names *names, uint64_t number, struct rng *rng, struct buf *out)
{
    const struct name_pattern *pattern = draw_pattern(names, rng);
    if (pattern->space > UINT32_MAX || buf_reserve(out, pattern->len) != 0) {
        draw_like(pattern, rng, out);
        return;
    }
    uint64_t left = number % pattern->space * pattern->step % pattern->space;
    char *text = out->data + out->len;
    for (size_t i = 0; i < pattern->len; i++) {
        const struct name_place *place = &pattern->places[i];
        if (place->n == 10) { /* most are, and the compiler knows how to divide by it */
            text[i] = take_choice(place, (uint32_t)(left % 10));
            left /= 10;
        } else {
            text[i] = take_choice(place, (uint32_t)(left % place->n));
            left /= place->n;
        }
    }
    text[pattern->len] = '\0';
    out->len += pattern->len;
}

/* ---- as text ------------------------------------------------------------------------------------------------------
 */

static bool is_same(const struct name_place *a, const struct name_place *b)
{
    return a->base == b->base && a->set == b->set;
}

static void print_set(const struct name_place *place, struct buf *out)
{
    buf_add_byte(out, '[');
    for (unsigned i = 0; i < 26; i++) {
        unsigned last = i;
        if ((place->set >> i & 1) == 0)
            continue;
        while (place->set >> (last + 1) & 1)
            last++;
        buf_add_byte(out, (char)(place->base + (char)i));
        if (last > i + 1)
            buf_add_byte(out, '-');
        if (last > i)
            buf_add_byte(out, (char)(place->base + (char)last));
        i = last;
    }
    buf_add_byte(out, ']');
}

void name_pattern_print(const struct name_pattern *pattern, struct buf *out)
{
    for (size_t i = 0; i < pattern->len;) {
        const struct name_place *place = &pattern->places[i];
        size_t end = i + 1;
        while (place->set != 0 && end < pattern->len && is_same(place, &pattern->places[end]))
            end++;
        if (place->set != 0) {
            print_set(place, out);
        } else {
            if (strchr("[]{}\\", place->base) != NULL && place->base != 0)
                buf_add_byte(out, '\\');
            buf_add_byte(out, place->base);
        }
        if (end - i > 1)
            buf_printf(out, "{%zu}", end - i);
        i = end;
    }
}

/* Reads a set behind its '['; its end, or 0. */
static size_t read_set(const char *text, size_t len, size_t i, struct name_place *place, const char **why)
{
    *place = (struct name_place){.base = 0, .set = 0};
    for (; i < len && text[i] != ']'; i++) {
        char from = text[i], to = from, base = is_digit(from) ? '0' : is_lower(from) ? 'a' : 'A';
        if (i + 2 < len && text[i + 1] == '-' && text[i + 2] != ']') {
            to = text[i + 2];
            i += 2;
        }
        if (!is_in_run(from) || !is_in_run(to) || to < from || to - base > 25 || (base == '0' && to > '9') ||
            (place->set != 0 && place->base != base)) {
            *why = "a set in [] holds digits, small letters or capital letters, of one kind, such as [0-9] or [a-f]";
            return 0;
        }
        place->base = base;
        for (char c = from; c <= to; c++)
            place->set |= UINT32_C(1) << (c - base);
    }
    if (i == len || place->set == 0) {
        *why = i == len ? "a set has no end ]" : "a set is empty";
        return 0;
    }
    return i + 1;
}

/* Reads a number of repetitions at text[i] == '{'; its end, or 0. */
static size_t read_repeat(const char *text, size_t len, size_t i, size_t *times)
{
    *times = 0;
    for (i++; i < len && is_digit(text[i]) && *times < MAX_LEN; i++)
        *times = *times * 10 + (size_t)(text[i] - '0');
    return i < len && text[i] == '}' && *times > 0 ? i + 1 : 0;
}

int names_add_pattern(struct names *names, const char *text, size_t len, uint64_t weight, const char **why)
{
    struct name_place places[MAX_LEN];
    size_t n = 0;
    *why = NULL;
    for (size_t i = 0; i < len;) {
        struct name_place place = {.base = text[i]};
        size_t times = 1;
        if (text[i] == '[') {
            i = read_set(text, len, i + 1, &place, why);
            if (i > 0 && i < len && text[i] == '{')
                i = read_repeat(text, len, i, &times);
            if (i == 0) {
                *why = *why == NULL ? "behind a set {} holds how often it comes" : *why;
                return LW_ERR_INPUT;
            }
        } else {
            if (text[i] == '\\' && i + 1 < len)
                place.base = text[++i];
            i++;
        }
        if (n + times > MAX_LEN) {
            *why = "it stands for more than 512 bytes";
            return LW_ERR_INPUT;
        }
        while (times-- > 0)
            places[n++] = place;
    }
    return add_pattern(names, places, n, weight);
}
