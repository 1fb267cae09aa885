/*
 * Times and plain numbers that are too many to be told one by one, or too rare to be shown, are drawn from quantiles;
 * other values are texts, each shown or disguised. A pool keeps the 64 values of smallest hash, which are a fair draw
 * of all distinct ones: where there were more, each stands for several of its form, so that how many values there are
 * and how unevenly they come is kept. The few that make up much of all come from the votes of the sketch, since a draw
 * of values would miss them.
 */
#include "generate/value_fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "input/timestamp_reader.h"

#define QUANTILES    33
#define FINE         257 /* quantiles that those are chosen from */
#define MAX_REPLICAS 16
#define UNIQUE       10   /* a place hardly repeats itself when fewer than one value in so many is not new */
#define MANY         20   /* values, at the least, that say so */
#define NARROW       .25  /* numbers spread less than this part of themselves are told apart by a sample, not by bins */
#define MAX_TIME_US  4e15 /* what a document may say */
#define ROUGHLY      .95  /* what a sketch may count of values that are all different */
#define WIDE         1e6  /* texts that a pattern stands for when it is next to never one in particular */
#define HEAVY        50   /* a value is heavy when it is more than one in so many */

struct candidate {
    struct lw_bytes text;
    double weight, number;
    bool is_heavy;
};
struct fitting {
    const struct pool *pool;
    struct disguise *disguise;
    struct arena *arena;
    struct value_model *out;
    struct candidate items[POOL_KEEP + SKETCH_CELLS + 1]; /* room for one more */
    size_t n;
    double total, heavy; /* weight of all, of the heavy ones */
    double scale;        /* weight of a value that is not heavy and came once */
    bool is_open;        /* there were more than are here */
};

struct lw_bytes value_text(const struct pool_value *value)
{
    struct lw_bytes text = {value->text, value->len};
    if (text.len < POOL_VALUE_MAX)
        return text;
    for (size_t i = text.len - 6; i < text.len; i++)
        if (text.data[i] == '\\')
            return (struct lw_bytes){text.data, i};
    while (text.len > 0 && (text.data[text.len - 1] & 0x80) != 0)
        text.len--;
    return text;
}

/* ---- what was seen ------------------------------------------------------------------------------------------------
 */

static bool is_same(struct lw_bytes a, struct lw_bytes b)
{
    return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

static void add_heavy(struct fitting *fitting, const struct sketch_cell *cell)
{
    struct lw_bytes text = {cell->text, cell->len};
    if (cell->votes * HEAVY < fitting->pool->total || cell->len >= SKETCH_TEXT)
        return;
    for (size_t i = 0; i < fitting->n; i++)
        if (is_same(fitting->items[i].text, text))
            return;
    uint64_t middle = cell->votes + (cell->total - cell->votes) / 2;
    fitting->items[fitting->n++] = (struct candidate){.text = text, .weight = (double)middle};
}

/* Heavy ones first. Those that are not stand for all that is left. */
static int by_weight(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->weight != y->weight)
        return x->weight < y->weight ? 1 : -1;
    size_t len = x->text.len < y->text.len ? x->text.len : y->text.len;
    int order = memcmp(x->text.data, y->text.data, len);
    return order != 0 ? order : (x->text.len > y->text.len) - (x->text.len < y->text.len);
}

static void gather(struct fitting *fitting)
{
    const struct pool *pool = fitting->pool;
    double kept = 0, light = 0;
    for (uint32_t i = 0; i < pool->n; i++) {
        fitting->items[fitting->n++] =
            (struct candidate){.text = value_text(&pool->values[i]), .weight = (double)pool->values[i].count};
        kept += (double)pool->values[i].count;
    }
    fitting->is_open = pool->sketch != NULL || (double)pool->total > kept;
    fitting->total = (double)pool->total > kept ? (double)pool->total : kept;
    for (size_t i = 0; i < SKETCH_CELLS && pool->sketch != NULL; i++)
        add_heavy(fitting, &pool->sketch->cells[i]);
    qsort(fitting->items, fitting->n, sizeof *fitting->items, by_weight);
    for (size_t i = 0; i < fitting->n; i++) {
        struct candidate *item = &fitting->items[i];
        item->is_heavy = item->weight * HEAVY >= fitting->total;
        fitting->heavy += item->is_heavy ? item->weight : 0;
        light += item->is_heavy ? 0 : item->weight;
    }
    if (fitting->heavy > fitting->total)
        fitting->total = fitting->heavy;
    fitting->scale = fitting->is_open && light > 0 ? (fitting->total - fitting->heavy) / light : 1;
    for (size_t i = 0; i < fitting->n; i++)
        if (!fitting->items[i].is_heavy)
            fitting->items[i].weight *= fitting->scale;
}

/* ---- numbers ------------------------------------------------------------------------------------------------------
 */

/* Digits after a sign, with as many behind the point; what is read and written comes out as the same text. */
static bool read_number(struct lw_bytes text, struct candidate *item, uint8_t *width, uint8_t *decimals)
{
    size_t i = text.len > 0 && text.data[0] == '-', first = i, point = text.len;
    for (; i < text.len; i++) {
        if (text.data[i] == '.' && point == text.len && i > first)
            point = i;
        else if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    }
    if (point == first || point + 1 == text.len || text.len - first > 15)
        return false;
    char number[24];
    memcpy(number, text.data, text.len);
    number[text.len] = 0;
    item->number = strtod(number, NULL);
    *width = text.data[first] == '0' && point - first > 1 ? (uint8_t)(point - first) : 0;
    *decimals = point < text.len ? (uint8_t)(text.len - point - 1) : 0;
    return item->number != 0 || first == 0; /* -0 would lose its sign */
}

/* Whether all values are numbers of one form. */
static bool find_numbers(struct fitting *fitting)
{
    struct value_model *out = fitting->out;
    size_t shortest = SIZE_MAX;
    uint8_t most = 0, least = UINT8_MAX;
    for (size_t i = 0; i < fitting->n; i++) {
        uint8_t width, decimals;
        if (!read_number(fitting->items[i].text, &fitting->items[i], &width, &decimals))
            return false;
        out->width = width > out->width ? width : out->width;
        most = decimals > most ? decimals : most;
        least = decimals < least ? decimals : least;
        shortest = fitting->items[i].text.len < shortest ? fitting->items[i].text.len : shortest;
    }
    if (most != least || (out->width > 0 && shortest < (size_t)out->width + (most > 0 ? most + 1u : 0)))
        return false;
    out->form = most > 0 ? FORM_DECIMAL : FORM_INTEGER;
    out->decimals = most;
    return true;
}

static int by_number(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    return (x->number > y->number) - (x->number < y->number);
}

/* Quantiles of a few numbers with weights, spread halfway to their neighbours so that none is shown as it is. */
static void spread_quantiles(struct candidate *items, size_t n, double *out)
{
    qsort(items, n, sizeof *items, by_number);
    double sum = 0, upto = 0;
    for (size_t i = 0; i < n; i++)
        sum += items[i].weight;
    for (size_t q = 0, i = 0; q < QUANTILES; q++) {
        double want = sum * (double)q / (QUANTILES - 1);
        while (i + 1 < n && upto + items[i].weight < want)
            upto += items[i++].weight;
        double own = items[i].number, wide = n == 1 ? fabs(own) + (own == 0) : 0;
        double below = i > 0 ? own - items[i - 1].number : i + 1 < n ? items[i + 1].number - own : wide;
        double above = i + 1 < n ? items[i + 1].number - own : i > 0 ? below : wide;
        double low = own - below / 2, high = own + above / 2, share = (want - upto) / items[i].weight;
        if (items[0].number >= 0 && low < 0)
            low = 0;
        out[q] = low + (share < 0 ? 0 : share > 1 ? 1 : share) * (high - low);
        if (q > 0 && out[q] < out[q - 1])
            out[q] = out[q - 1];
    }
}

/* Quantiles of all numbers, without those around the values that are shown as they are, and without the outermost,
 * which would be shown as they are. False where numbers are too near one another for bins to tell them apart. */
static bool open_quantiles(const struct fitting *fitting, size_t n_shown, double *out)
{
    double fine[FINE];
    size_t n = 0;
    for (size_t i = 0; i < FINE; i++) {
        double number = bins_quantile(&fitting->pool->sketch->bins, ((double)i + .5) / FINE);
        bool is_shown = false;
        for (size_t j = 0; j < n_shown; j++)
            is_shown = is_shown || fabs(number - fitting->items[j].number) <= fabs(fitting->items[j].number) / 30;
        if (!is_shown)
            fine[n++] = number;
    }
    if (n > 0 && fabs(fine[n - 1] - fine[0]) < fabs(fine[0]) * NARROW)
        return false;
    for (size_t q = 0; q < QUANTILES; q++) {
        double at = (double)q * (double)(n - 1) / (QUANTILES - 1);
        size_t i = (size_t)at < n - 1 ? (size_t)at : n - 2;
        out[q] = n == 0   ? fitting->items[0].number
                 : n == 1 ? fine[0]
                          : fine[i] + (at - (double)i) * (fine[i + 1] - fine[i]);
    }
    return true;
}

/* Moves what is shown as it is to the front; how many. */
static size_t find_shown(struct fitting *fitting)
{
    size_t n = 0;
    for (size_t i = 0; i < fitting->n; i++) {
        struct candidate item = fitting->items[i];
        if (!disguise_is_plain(fitting->disguise, item.text) || (fitting->is_open && !item.is_heavy))
            continue;
        fitting->items[i] = fitting->items[n];
        fitting->items[n++] = item;
    }
    return n;
}

static int set_texts(struct fitting *fitting, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        struct lw_bytes text;
        if (disguise_value(fitting->disguise, fitting->items[i].text, &text) != 0)
            return LW_ERR_MEMORY;
        const char *copy = arena_copy(fitting->arena, text.data, text.len);
        if (copy == NULL)
            return LW_ERR_MEMORY;
        fitting->out->texts[i] = (struct lw_bytes){copy, text.len};
        fitting->out->upto[i] = sum += fitting->items[i].weight;
    }
    fitting->out->n = fitting->out->n_single = (uint32_t)n;
    return 0;
}

static int fit_numbers(struct fitting *fitting)
{
    struct value_model *out = fitting->out;
    size_t n_shown = find_shown(fitting);
    double shown = 0;
    if (value_model_reserve(out, (uint32_t)n_shown, QUANTILES, fitting->arena) != 0 || set_texts(fitting, n_shown) != 0)
        return LW_ERR_MEMORY;
    for (size_t i = 0; i < n_shown; i++)
        shown += fitting->items[i].weight;
    out->fresh = fitting->total - shown;
    if (out->fresh <= 0 || (n_shown == fitting->n && !fitting->is_open)) {
        out->fresh = 0;
        out->form = FORM_NONE;
        return 0;
    }
    out->n_quantiles = QUANTILES;
    bool has_bins = fitting->is_open && fitting->pool->sketch != NULL && fitting->pool->sketch->bins.total > 0;
    if (!has_bins || !open_quantiles(fitting, n_shown, out->quantiles)) {
        size_t from = n_shown < fitting->n ? n_shown : 0;
        spread_quantiles(fitting->items + from, fitting->n - from, out->quantiles);
    }
    return 0;
}

/* ---- times --------------------------------------------------------------------------------------------------------
 */

bool value_find_layout(const struct pool *pool, struct timestamp *first)
{
    struct timestamp_votes votes = {.n = 0};
    struct timestamp_layout layout;
    for (size_t i = 0; i < pool->n; i++)
        timestamp_vote(&votes, pool->values[i].text, pool->values[i].len);
    return timestamp_elect(&votes, &layout) &&
           timestamp_parse_whole(pool->values[0].text, pool->values[0].len, &layout, first);
}

static bool find_times(struct fitting *fitting)
{
    struct timestamp time;
    if (!value_find_layout(fitting->pool, &time))
        return false;
    fitting->out->layout = time.layout;
    fitting->out->zone_s = time.zone_s;
    for (size_t i = 0; i < fitting->n; i++) {
        struct lw_bytes text = fitting->items[i].text;
        if (!timestamp_parse_whole(text.data, text.len, &fitting->out->layout, &time))
            return false;
        fitting->items[i].number = (double)time.time_us;
        if (fabs(fitting->items[i].number) > MAX_TIME_US)
            return false;
    }
    fitting->out->form = FORM_TIME;
    return true;
}

/* Those that come again and again are shown. The others lie between their neighbours. */
static int fit_times(struct fitting *fitting)
{
    struct value_model *out = fitting->out;
    size_t n_shown = find_shown(fitting), n = fitting->n - n_shown;
    struct candidate *hidden = fitting->items + n_shown;
    if (value_model_reserve(out, (uint32_t)n_shown, QUANTILES, fitting->arena) != 0 || set_texts(fitting, n_shown) != 0)
        return LW_ERR_MEMORY;
    out->fresh = fitting->total;
    for (size_t i = 0; i < n_shown; i++)
        out->fresh -= fitting->items[i].weight;
    if (n == 0 || out->fresh <= 0) {
        out->fresh = 0;
        out->form = FORM_NONE;
        return 0;
    }
    if (n == 1) { /* no neighbour says how wide: an hour */
        hidden[1] = hidden[0];
        hidden[1].number += 3600e6;
        n = 2;
    }
    out->n_quantiles = QUANTILES;
    spread_quantiles(hidden, n, out->quantiles);
    return 0;
}

/* ---- texts --------------------------------------------------------------------------------------------------------
 */

/* The values that texts stand for besides themselves. */
static int add_replicas(struct fitting *fitting)
{
    struct value_model *out = fitting->out;
    size_t n = (size_t)(out->n - out->n_single) * (out->replicas - 1);
    out->more = arena_take(fitting->arena, n * sizeof *out->more);
    if (out->more == NULL)
        return LW_ERR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        struct lw_bytes text;
        if (disguise_like(fitting->disguise, out->texts[out->n_single + i / (out->replicas - 1)], &text) != 0)
            return LW_ERR_MEMORY;
        const char *copy = arena_copy(fitting->arena, text.data, text.len);
        if (copy == NULL)
            return LW_ERR_MEMORY;
        out->more[i] = (struct lw_bytes){copy, text.len};
    }
    return 0;
}

/* Whether no value came twice; of those that are only counted roughly, next to none. */
static bool is_unique(const struct fitting *fitting)
{
    double distinct = (double)pool_distinct(fitting->pool);
    return fitting->total >= MANY &&
           (fitting->is_open ? distinct >= ROUGHLY * fitting->total : distinct >= fitting->total);
}

/* Makes patterns of texts from `first` on; *is_wide: they have some that are wide enough to meet no real one. */
static int find_patterns(struct fitting *fitting, size_t first, bool *is_wide)
{
    struct names *names = &fitting->out->names;
    *is_wide = false;
    if (names_init(names, fitting->out->texts + first, fitting->n - first) != 0)
        return LW_ERR_MEMORY;
    names_keep_wide(names, WIDE);
    *is_wide = names->n > 0;
    if (!*is_wide)
        names_release(names);
    return 0;
}

/* Identifiers of which none came twice: patterns of their fakes. */
static int fit_unique(struct fitting *fitting)
{
    struct value_model *out = fitting->out;
    bool is_wide;
    if (find_patterns(fitting, 0, &is_wide) != 0)
        return LW_ERR_MEMORY;
    if (!is_wide)
        return 0;
    out->n = out->n_single = 0;
    out->fresh = fitting->total;
    out->form = FORM_NAMES;
    return 0;
}

/* Of more values than texts can stand for, those that came once are new whenever they come, so that a longer log has
 * more of them. *distinct becomes how many the texts that are left stand for. */
static int part_once(struct fitting *fitting, size_t n_heavy, double *distinct)
{
    struct value_model *out = fitting->out;
    size_t n = fitting->n;
    bool is_wide = false;
    while (n > n_heavy && fitting->items[n - 1].weight < 1.5 * fitting->scale)
        n--;
    if (n == fitting->n)
        return 0;
    int rc = find_patterns(fitting, n, &is_wide);
    if (rc != 0 || !is_wide)
        return rc;
    for (size_t i = n; i < fitting->n; i++)
        out->fresh += fitting->items[i].weight;
    *distinct -= (*distinct - (double)n_heavy) * (double)(fitting->n - n) / (double)(fitting->n - n_heavy);
    out->n = (uint32_t)n;
    out->form = FORM_NAMES;
    return 0;
}

static int fit_texts(struct fitting *fitting)
{
    struct value_model *out = fitting->out;
    size_t n_heavy = 0;
    *out = (struct value_model){.replicas = 1};
    if (value_model_reserve(out, (uint32_t)fitting->n, 0, fitting->arena) != 0 || set_texts(fitting, fitting->n) != 0)
        return LW_ERR_MEMORY;
    double distinct = (double)pool_distinct(fitting->pool);
    bool hardly_repeats = fitting->total >= MANY && distinct * UNIQUE >= fitting->total * (UNIQUE - 1) &&
                          !disguise_has_identifier(fitting->disguise, fitting->pool);
    if (!fitting->is_open && !hardly_repeats && !is_unique(fitting))
        return 0;
    if (is_unique(fitting) && !hardly_repeats)
        return fit_unique(fitting);
    while (fitting->is_open && n_heavy < fitting->n && fitting->items[n_heavy].is_heavy)
        n_heavy++;
    double light = (double)(fitting->n - n_heavy);
    if (light == 0)
        return 0;
    double replicas = rint((distinct - (double)n_heavy) / light);
    if (hardly_repeats) {
        out->n = out->n_single = (uint32_t)n_heavy;
        out->fresh = fitting->total - (n_heavy > 0 ? fitting->heavy : 0);
        out->form = FORM_NAMES;
        return names_init(&out->names, out->texts + n_heavy, fitting->n - n_heavy);
    }
    out->n_single = (uint32_t)n_heavy;
    if (replicas > MAX_REPLICAS && part_once(fitting, n_heavy, &distinct) != 0)
        return LW_ERR_MEMORY;
    light = (double)(out->n - n_heavy);
    if (light == 0)
        return 0;
    replicas = rint((distinct - (double)n_heavy) / light);
    out->replicas = replicas < 1 ? 1 : replicas > MAX_REPLICAS ? MAX_REPLICAS : (uint32_t)replicas;
    return add_replicas(fitting);
}

int value_model_fit(const struct pool *pool, unsigned mask, struct disguise *disguise, struct arena *arena,
                    struct value_model *out)
{
    *out = (struct value_model){.replicas = 1};
    if (pool->n == 0)
        return 0;
    struct fitting *fitting = alloc_zeroed(1, sizeof *fitting);
    if (fitting == NULL)
        return LW_ERR_MEMORY;
    *fitting = (struct fitting){.pool = pool, .disguise = disguise, .arena = arena, .out = out};
    gather(fitting);
    bool can_be_number = mask == MASK_NONE || mask == MASK_INTEGER || mask == MASK_FLOAT;
    int rc = fitting->total <= 0                                                                  ? 0
             : mask == MASK_TIME && find_times(fitting)                                           ? fit_times(fitting)
             : can_be_number && find_numbers(fitting) && !disguise_has_identifier(disguise, pool) ? fit_numbers(fitting)
                                                                                                  : fit_texts(fitting);
    out->is_unique = out->n == 0 && out->fresh > 0 && is_unique(fitting);
    free(fitting);
    return rc;
}
