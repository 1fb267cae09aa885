/*
 * Parameters of templates as logwright.h shows them. The values of a slot are added up from the parameter pools and
 * literal words of the template's sequences when somebody asks for the template the first time, and kept: most
 * templates of a large log are never looked into.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fail.h"
#include "workspace/workspace.h"

#define WHAT "collecting the values of a template"

struct template_slots {
    size_t n;
    struct pool *pools;       /* [n] hold the texts */
    struct lw_value **values; /* [n] by falling count */
    struct lw_slot *slots;    /* [n] what is shown of them */
};

static void free_slots(struct template_slots *slots)
{
    if (slots == NULL)
        return;
    for (size_t i = 0; i < slots->n; i++) {
        if (slots->pools != NULL)
            pool_release(&slots->pools[i]);
        if (slots->values != NULL)
            free(slots->values[i]);
    }
    free(slots->pools);
    free(slots->values);
    free(slots->slots);
    free(slots);
}

void template_slots_free(struct template_slots **slots, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free_slots(slots[i]);
}

/* Adds what tokens from .. from + n of a sequence held. A masked token alone has its values; among others only its kind
 * is known. */
static int add_tokens(struct pool *pool, const struct counts *counts, uint32_t sequence,
                      const struct sequence_token *tokens, size_t from, size_t n, struct buf *text)
{
    const struct pool *params = counts->params + counts->param_first[sequence];

    if (n == 1 && tokens[from].mask != MASK_NONE) {
        for (size_t i = 0; i < from; i++)
            params += tokens[i].mask != MASK_NONE;
        return pool_merge(pool, params);
    }
    buf_clear(text);
    for (size_t i = from; i < from + n; i++) {
        for (unsigned blanks = i > from ? tokens[i].space : 0; blanks > 0; blanks--)
            buf_add_byte(text, ' ');
        if (tokens[i].mask == MASK_NONE)
            buf_add(text, tokens[i].text.data, tokens[i].text.len);
        else
            buf_printf(text, "<%s>", user_masks_type(counts->sequences.masks, tokens[i].mask));
    }
    if (buf_status(text) != 0)
        return LW_ERR_MEMORY;
    return pool_add(pool, text->data == NULL ? "" : text->data, text->len, counts->sequences.stats[sequence].count);
}

static int add_sequence(struct template_slots *slots, const struct model *model, size_t index, uint32_t sequence,
                        struct lw_span *spans, struct buf *text, struct lw_error *err)
{
    const struct sequences *sequences = &model->counts->sequences;
    struct sequence_token tokens[MASK_MAX_TOKENS];
    size_t n_tokens = sequence_tokens(sequences, sequence, tokens, MASK_MAX_TOKENS);
    int code = templates_align(&model->templates, sequences, index, sequence, spans, err);

    for (size_t i = 0; i < slots->n && code == 0; i++)
        if (spans[i].len > 0 && spans[i].start + spans[i].len <= n_tokens &&
            add_tokens(&slots->pools[i], model->counts, sequence, tokens, spans[i].start, spans[i].len, text) != 0)
            code = fail_memory(err, WHAT);
    return code;
}

static int compare_values(const void *a, const void *b)
{
    const struct lw_value *x = a, *y = b;
    size_t len = x->text.len < y->text.len ? x->text.len : y->text.len;
    int order;

    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    order = memcmp(x->text.data, y->text.data, len);
    return order != 0 ? order : (x->text.len > y->text.len) - (x->text.len < y->text.len);
}

/* The values that are kept with exact counts, and those that lead a cell of the sketch by far. */
static int list_values(const struct pool *pool, struct lw_value **out, size_t *n)
{
    size_t cells = pool->sketch == NULL ? 0 : SKETCH_CELLS, count = 0;
    struct lw_value *values = alloc_array(pool->n + cells, sizeof *values);

    if (values == NULL)
        return LW_ERR_MEMORY;
    for (size_t i = 0; i < pool->n; i++)
        values[count++] = (struct lw_value){{pool->values[i].text, pool->values[i].len}, pool->values[i].count, 0};
    for (size_t c = 0; c < cells; c++) {
        const struct sketch_cell *cell = &pool->sketch->cells[c];
        bool is_kept = cell->votes < 2 || cell->votes < cell->total / 4;

        for (size_t i = 0; i < pool->n && !is_kept; i++)
            is_kept = pool->values[i].hash == cell->hash;
        if (!is_kept)
            values[count++] = (struct lw_value){
                {cell->text, cell->len}, (cell->total + cell->votes) / 2, (cell->total - cell->votes) / 2};
    }
    qsort(values, count, sizeof *values, compare_values);
    *out = values;
    *n = count;
    return 0;
}

struct numbered {
    double number;
    uint64_t count;
};

static int by_number(const void *a, const void *b)
{
    const struct numbered *x = a, *y = b;

    return (x->number > y->number) - (x->number < y->number);
}

/* numbers[n] by rising number, n > 0, total of their counts. */
static double exact_quantile(const struct numbered *numbers, size_t n, uint64_t total, double q)
{
    uint64_t below = 0;
    size_t i = 0;

    for (; i + 1 < n; i++) {
        below += numbers[i].count;
        if ((double)below >= q * (double)total)
            break;
    }
    return numbers[i].number;
}

static const double quantiles[] = {.05, .25, .5, .75, .95, .99};
#define N_QUANTILES (sizeof quantiles / sizeof *quantiles)

static void set_quantiles(struct lw_slot *slot, const double *at)
{
    slot->p05 = at[0];
    slot->p25 = at[1];
    slot->p50 = at[2];
    slot->p75 = at[3];
    slot->p95 = at[4];
    slot->p99 = at[5];
}

/* All values are there. */
static int describe_values(const struct pool *pool, enum quantity_kind kind, struct lw_slot *slot)
{
    struct numbered *numbers = alloc_array(pool->n, sizeof *numbers);
    struct bins bins = {0};
    double at[N_QUANTILES], sum = 0;
    size_t n = 0;
    int status = numbers == NULL ? LW_ERR_MEMORY : 0;

    for (size_t i = 0; i < pool->n && status == 0; i++) {
        const struct pool_value *value = &pool->values[i];

        if (!quantity_parse(kind, value->text, value->len, &numbers[n].number))
            continue;
        status = bins_add(&bins, numbers[n].number, value->count);
        sum += numbers[n].number * (double)value->count;
        numbers[n++].count = value->count;
    }
    if (n > 0 && status == 0) {
        qsort(numbers, n, sizeof *numbers, by_number);
        for (size_t q = 0; q < N_QUANTILES; q++)
            at[q] = exact_quantile(numbers, n, bins.total, quantiles[q]);
        set_quantiles(slot, at);
        slot->n_numbers = bins.total;
        slot->min = bins.min;
        slot->max = bins.max;
        slot->mean = sum / (double)bins.total;
        bins_draw(&bins, slot->bars, LW_SLOT_BARS);
    }
    bins_release(&bins);
    free(numbers);
    return status;
}

/* Integers stay integers: their bins are no wider than one where that matters. */
static void describe_sketch(const struct bins *bins, bool is_integer, struct lw_slot *slot)
{
    double at[N_QUANTILES];

    if (bins->total == 0)
        return;
    for (size_t q = 0; q < N_QUANTILES; q++) {
        at[q] = bins_quantile(bins, quantiles[q]);
        at[q] = is_integer ? floor(at[q]) : at[q];
    }
    set_quantiles(slot, at);
    slot->n_numbers = bins->total;
    slot->min = bins->min;
    slot->max = bins->max;
    slot->mean = bins_mean(bins);
    bins_draw(bins, slot->bars, LW_SLOT_BARS);
}

/* The kind of a template's slot, by its number among the slots. */
static enum mask slot_mask(const struct template_item *item, size_t slot)
{
    for (size_t i = 0; i < item->n_parts; i++)
        if (item->parts[i].is_slot && slot-- == 0)
            return (enum mask)item->parts[i].mask;
    return MASK_NONE;
}

static int describe(struct template_slots *slots, const struct user_masks *masks, const struct template_item *item,
                    size_t i)
{
    const struct pool *pool = &slots->pools[i];
    enum mask mask = slot_mask(item, i);
    enum quantity_kind kind = quantity_of_mask(mask);
    struct lw_slot *slot = &slots->slots[i];

    *slot = (struct lw_slot){.type = user_masks_type(masks, mask),
                             .distinct = pool_distinct(pool),
                             .total = pool->total,
                             .unit = quantity_unit(kind),
                             .min = NAN,
                             .max = NAN,
                             .mean = NAN,
                             .p05 = NAN,
                             .p25 = NAN,
                             .p50 = NAN,
                             .p75 = NAN,
                             .p95 = NAN,
                             .p99 = NAN};
    if (list_values(pool, &slots->values[i], &slot->n_values) != 0)
        return LW_ERR_MEMORY;
    slot->values = slots->values[i];
    if (pool->sketch == NULL)
        return describe_values(pool, kind, slot);
    describe_sketch(&pool->sketch->bins, mask == MASK_INTEGER, slot);
    return 0;
}

static int make_slots(const struct model *model, size_t index, struct template_slots **out, struct lw_error *err)
{
    const struct template_item *item = &model->templates.items[index];
    struct template_slots *slots = alloc_zeroed(1, sizeof *slots);
    struct lw_span *spans = alloc_array(item->n_slots, sizeof *spans);
    struct buf text = BUF_INIT;
    int code = slots == NULL || spans == NULL ? LW_ERR_MEMORY : 0;

    if (code == 0) {
        slots->n = item->n_slots;
        slots->pools = alloc_zeroed(slots->n, sizeof *slots->pools);
        slots->values = alloc_zeroed(slots->n, sizeof *slots->values);
        slots->slots = alloc_zeroed(slots->n, sizeof *slots->slots);
        code = slots->pools == NULL || slots->values == NULL || slots->slots == NULL ? LW_ERR_MEMORY : 0;
    }
    if (code != 0)
        fail_memory(err, WHAT);
    for (size_t i = 0; i < item->n_slots && code == 0; i++) {
        enum mask mask = slot_mask(item, i);

        slots->pools[i].mask = (uint8_t)(mask == MASK_NONE ? MASK_QUOTED : mask); /* words are told apart as well */
    }
    for (size_t i = 0; i < item->n_sequences && code == 0; i++)
        code = add_sequence(slots, model, index, item->sequences[i], spans, &text, err);
    for (size_t i = 0; i < item->n_slots && code == 0; i++)
        if (describe(slots, model->counts->sequences.masks, item, i) != 0)
            code = fail_memory(err, WHAT);
    buf_release(&text);
    free(spans);
    if (code != 0)
        free_slots(slots);
    else
        *out = slots;
    return code;
}

int lw_template_slot(const struct lw_workspace *workspace, size_t index, size_t slot, struct lw_slot *out,
                     struct lw_error *err)
{
    const struct templates *templates = &workspace->model->templates;
    const struct template_item *item = &templates->items[index];
    /* The cache is the one part of a workspace that changes; behind the lock nobody can tell. */
    pthread_mutex_t *lock = (pthread_mutex_t *)&workspace->lock;
    const struct template_slots *slots;
    int code = 0;

    if (index >= templates->n)
        return fail(err, LW_ERR_NOT_FOUND, "there is no template of index %zu: there are %zu", index, templates->n);
    if (slot >= item->n_slots)
        return fail(err, LW_ERR_NOT_FOUND, "E%u has %zu parameters, there is none of number %zu", item->id,
                    item->n_slots, slot + 1);
    pthread_mutex_lock(lock);
    if (workspace->slots[index] == NULL)
        code = make_slots(workspace->model, index, &workspace->slots[index], err);
    slots = workspace->slots[index];
    pthread_mutex_unlock(lock);
    if (code != 0)
        return code;
    *out = slots->slots[slot];
    return 0;
}
