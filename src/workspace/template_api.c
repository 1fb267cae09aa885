/*
 * Templates as logwright.h shows them. The values of a slot are added up from the parameter pools and literal words of
 * the template's sequences when somebody asks for the template the first time, and kept: most templates of a large log
 * are never looked into.
 */
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
};

/* ---- templates ------------------------------------------------------------------------------------------------- */

static const struct template_item *item_at(const struct lw_workspace *workspace, size_t index, struct lw_error *err)
{
    const struct templates *templates = &workspace->model->templates;

    if (index < templates->n)
        return &templates->items[index];
    fail(err, LW_ERR_NOT_FOUND, "there is no template of index %zu: there are %zu", index, templates->n);
    return NULL;
}

size_t lw_template_count(const struct lw_workspace *workspace)
{
    return workspace->model->templates.n;
}

static enum lw_level commonest_level(const uint64_t *levels)
{
    size_t best = 0;

    for (size_t i = 1; i < LW_LEVEL_COUNT; i++)
        if (levels[i] > levels[best])
            best = i;
    return (enum lw_level)best;
}

int lw_template_get(const struct lw_workspace *workspace, size_t index, struct lw_template *out, struct lw_error *err)
{
    const struct template_item *item = item_at(workspace, index, err);

    if (item == NULL)
        return LW_ERR_NOT_FOUND;
    *out = (struct lw_template){
        item->id,
        item->text,
        item->name,
        item->count,
        item->first_us,
        item->last_us,
        commonest_level(item->levels),
        item->n_slots,
    };
    return 0;
}

ptrdiff_t lw_template_index(const struct lw_workspace *workspace, uint32_t id)
{
    return templates_index(&workspace->model->templates, id);
}

/* The number of "E12"; 0, which no template has, for anything else. */
static uint32_t parse_id(const char *name)
{
    uint64_t id = 0;

    if (name[0] != 'E' && name[0] != 'e')
        return 0;
    for (name++; *name >= '0' && *name <= '9' && id <= UINT32_MAX; name++)
        id = id * 10 + (uint64_t)(*name - '0');
    return *name == '\0' && id <= UINT32_MAX ? (uint32_t)id : 0;
}

ptrdiff_t lw_template_find(const struct lw_workspace *workspace, const char *name)
{
    const struct templates *templates = &workspace->model->templates;
    uint32_t id = parse_id(name);
    size_t len = strlen(name);

    if (id != 0)
        return templates_index(templates, id);
    for (size_t i = 0; i < templates->n && len > 0; i++)
        if (templates->items[i].name.len == len && memcmp(templates->items[i].name.data, name, len) == 0)
            return (ptrdiff_t)i;
    return -1;
}

int lw_message_match(const struct lw_workspace *workspace, const char *message, size_t len, uint32_t *template_id,
                     struct lw_span *spans, size_t max, size_t *n, struct lw_error *err)
{
    const struct model *model = workspace->model;
    struct template_match match;

    template_match_init(&match);
    if (model_match_message(model, message, len, counts_is_symbolic(model->counts), true, &match) != 0) {
        template_match_release(&match);
        return fail_memory(err, "matching a message");
    }
    *template_id = match.id;
    *n = match.n_spans < max ? match.n_spans : max;
    if (*n > 0)
        memcpy(spans, match.spans, *n * sizeof *spans);
    template_match_release(&match);
    return 0;
}

/* ---- slots ----------------------------------------------------------------------------------------------------- */

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
            buf_printf(text, "<%s>", mask_name((enum mask)tokens[i].mask));
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

static int sort_values(struct template_slots *slots)
{
    for (size_t i = 0; i < slots->n; i++) {
        const struct pool *pool = &slots->pools[i];

        slots->values[i] = alloc_array(pool->n, sizeof **slots->values);
        if (slots->values[i] == NULL)
            return LW_ERR_MEMORY;
        for (size_t v = 0; v < pool->n; v++)
            slots->values[i][v] = (struct lw_value){{pool->values[v].text, pool->values[v].len}, pool->values[v].count};
        qsort(slots->values[i], pool->n, sizeof **slots->values, compare_values);
    }
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
        code = slots->pools == NULL || slots->values == NULL ? LW_ERR_MEMORY : 0;
    }
    if (code != 0)
        fail_memory(err, WHAT);
    for (size_t i = 0; i < item->n_sequences && code == 0; i++)
        code = add_sequence(slots, model, index, item->sequences[i], spans, &text, err);
    if (code == 0 && sort_values(slots) != 0)
        code = fail_memory(err, WHAT);
    buf_release(&text);
    free(spans);
    if (code != 0)
        free_slots(slots);
    else
        *out = slots;
    return code;
}

/* The kind of a template's slot, by its number among the slots. */
static enum mask slot_mask(const struct template_item *item, size_t slot)
{
    for (size_t i = 0; i < item->n_parts; i++)
        if (item->parts[i].is_slot && slot-- == 0)
            return (enum mask)item->parts[i].mask;
    return MASK_NONE;
}

int lw_template_slot(const struct lw_workspace *workspace, size_t index, size_t slot, struct lw_slot *out,
                     struct lw_error *err)
{
    const struct template_item *item = item_at(workspace, index, err);
    /* The cache is the one part of a workspace that changes; behind the lock nobody can tell. */
    pthread_mutex_t *lock = (pthread_mutex_t *)&workspace->lock;
    const struct template_slots *slots;
    int code = 0;

    if (item == NULL)
        return LW_ERR_NOT_FOUND;
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
    *out = (struct lw_slot){mask_name(slot_mask(item, slot)), pool_distinct(&slots->pools[slot]), slots->values[slot],
                            slots->pools[slot].n};
    return 0;
}
