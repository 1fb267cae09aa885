/*
 * Why a message is in its template. Little is remembered for that: a byte for each sequence, the step by which mining
 * brought it in. All else is found again from the tokens of the message, the way matching goes, and by comparing the
 * message with every template (near.h). To keep what was compared while mining was rejected: it would cost more memory
 * than the templates, and what a template is near to now is what people can check.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/fail.h"
#include "learn/cluster.h"
#include "learn/groups.h"
#include "learn/near.h"
#include "learn/user_masks.h"
#include "workspace/workspace.h"

struct reason {
    struct lw_reason shown; /* first, so that the two are one pointer */
    struct arena arena;
};

static const struct {
    const char *name, *help;
} steps[] = {
    [STEP_SHAPE] = {"shape", "it differs from the first in values alone"},
    [STEP_WORDS] = {"words", "words of one place were judged to be values"},
    [STEP_FAMILY] = {"family", "words of several places, or several words, were judged to be values"},
    [STEP_COALESCE] = {"coalesce", "it differs by optional parts or the lengths of lists"},
    [STEP_HAND] = {"hand", "an edit put it there"},
};
static int take_text(struct reason *reason, struct buf *text, struct lw_bytes *out)
{
    const char *copy = arena_copy(&reason->arena, text->len > 0 ? text->data : "", text->len);
    int code = copy == NULL ? LW_ERR_MEMORY : buf_status(text);

    *out = (struct lw_bytes){copy, text->len};
    buf_release(text);
    return code;
}

/* type: that of a value; NULL: the bytes themselves are added. */
static void add_token(struct buf *out, bool has_blank, const char *type, const char *data, size_t len)
{
    if (has_blank && out->len > 0)
        buf_add_byte(out, ' ');
    if (type == NULL)
        buf_add(out, data, len);
    else
        buf_printf(out, "<%s>", type);
}

static int list_tokens(struct reason *reason, const struct user_masks *masks, const char *message,
                       const struct tokens *tokens)
{
    struct lw_reason_token *out = arena_take(&reason->arena, (tokens->n + 1) * sizeof *out);
    struct buf masked = BUF_INIT;

    if (out == NULL)
        return LW_ERR_MEMORY;
    for (size_t i = 0; i < tokens->n; i++) {
        const struct token *token = &tokens->items[i];

        const char *type = user_masks_type(masks, token->mask);

        out[i] = (struct lw_reason_token){{token->start, token->len}, type};
        add_token(&masked, token->space > 0, token->mask != MASK_NONE ? type : NULL, message + token->start,
                  token->len);
    }
    reason->shown.tokens = out;
    reason->shown.n_tokens = tokens->n;
    return take_text(reason, &masked, &reason->shown.masked);
}

static int write_first(struct reason *reason, const struct sequences *sequences, uint32_t sequence)
{
    struct sequence_token tokens[MASK_MAX_TOKENS];
    size_t n = sequence_tokens(sequences, sequence, tokens, MASK_MAX_TOKENS);
    struct buf text = BUF_INIT;

    for (size_t i = 0; i < n; i++)
        add_token(&text, tokens[i].space > 0,
                  tokens[i].mask == MASK_NONE ? NULL : user_masks_type(sequences->masks, tokens[i].mask),
                  tokens[i].text.data, tokens[i].text.len);
    return take_text(reason, &text, &reason->shown.first);
}

static int list_values(struct reason *reason, const struct user_masks *masks, const struct template_item *item,
                       const struct template_match *match)
{
    struct lw_reason_value *out = arena_take(&reason->arena, (match->n_spans + 1) * sizeof *out);
    size_t n = 0;

    if (out == NULL)
        return LW_ERR_MEMORY;
    for (size_t i = 0; i < item->n_parts && n < match->n_spans; i++)
        if (item->parts[i].is_slot) {
            out[n] = (struct lw_reason_value){match->spans[n], user_masks_type(masks, item->parts[i].mask)};
            n++;
        }
    reason->shown.values = out;
    reason->shown.n_values = n;
    return 0;
}

/* The template that accepts the message, and how. */
static int tell_way(struct reason *reason, const struct model *model, const char *message, struct template_match *match)
{
    const struct sequences *sequences = &model->counts->sequences;
    const struct templates *templates = &model->templates;
    uint32_t sequence = sequences_find(sequences, message, &match->tokens, &match->scratch);
    bool is_known = sequence != INTERN_NONE && sequence < templates->n_of_sequence;
    ptrdiff_t index = templates_index(templates, match->id);
    struct lw_reason *shown = &reason->shown;
    const struct template_item *item;
    int code;

    shown->count = is_known ? sequences->stats[sequence].count : 0;
    shown->template_id = index < 0 ? LW_TEMPLATE_UNKNOWN : match->id;
    shown->way = index < 0 ? "unknown" : is_known ? "learned" : "matched";
    shown->first = (struct lw_bytes){"", 0};
    if (index < 0)
        return 0;
    item = &templates->items[index];
    shown->n_sequences = item->n_sequences;
    if (is_known) {
        uint8_t step = templates_groups(templates)->steps[sequence];
        bool is_first = sequence == item->sequences[0] && step != STEP_HAND;

        shown->step = is_first ? "first" : steps[step].name;
        shown->step_help = is_first ? "the template begins with it" : steps[step].help;
    }
    code = write_first(reason, sequences, item->sequences[0]);
    return code != 0 ? code : list_values(reason, sequences->masks, item, match);
}

/* ---- what it is near to ---------------------------------------------------------------------------------------- */

struct near {
    size_t index; /* of the template */
    uint32_t distance;
    uint64_t count;
};

struct nearest {
    struct near items[LW_NEAR_TEMPLATES];
    size_t n;
};

static bool is_nearer(const struct near *a, const struct near *b)
{
    return a->distance != b->distance ? a->distance < b->distance : a->count > b->count;
}

static void keep_nearest(struct nearest *nearest, const struct near *found)
{
    size_t at = nearest->n;

    while (at > 0 && is_nearer(found, &nearest->items[at - 1]))
        at--;
    if (at == LW_NEAR_TEMPLATES)
        return;
    nearest->n += nearest->n < LW_NEAR_TEMPLATES;
    for (size_t i = nearest->n - 1; i > at; i--)
        nearest->items[i] = nearest->items[i - 1];
    nearest->items[at] = *found;
}

static void find_nearest(const struct templates *templates, uint32_t own, const struct unit *units, size_t n,
                         struct nearest *out)
{
    const struct groups *groups = templates_groups(templates);
    ptrdiff_t own_index = templates_index(templates, own);

    out->n = 0;
    for (size_t i = 0; i < templates->n; i++) {
        const struct template_item *item = &templates->items[i];
        uint32_t most = out->n < LW_NEAR_TEMPLATES ? NEAR_NONE - 1 : out->items[out->n - 1].distance;
        uint32_t distance;

        if ((ptrdiff_t)i == own_index)
            continue;
        distance = near_distance(&groups->items[item->id - 1].shape, units, n, most, &groups->vocabulary);
        if (distance != NEAR_NONE)
            keep_nearest(out, &(struct near){i, distance, item->count});
    }
}

static int write_elements(struct reason *reason, const struct groups *groups, const uint32_t *elements, size_t n,
                          struct lw_bytes *out)
{
    struct buf text = BUF_INIT;

    for (size_t i = 0; i < n; i++) {
        struct lw_bytes word = {"<*>", 3};

        if (!element_is_slot(elements[i]))
            word = element_text(&groups->vocabulary, elements[i]);
        add_token(&text, (elements[i] & 1) != 0, NULL, word.data, word.len);
    }
    return take_text(reason, &text, out);
}

/* The bytes of the message that units[n] cover. */
static struct lw_span span_of(const struct unit *units, size_t n, const struct tokens *tokens)
{
    const struct token *first, *last;

    if (n == 0)
        return (struct lw_span){0, 0};
    first = &tokens->items[units[0].first];
    last = &tokens->items[units[n - 1].first + units[n - 1].n - 1];
    return (struct lw_span){first->start, (size_t)last->start + last->len - first->start};
}

static int list_differences(struct reason *reason, const struct templates *templates, const struct near *near,
                            const struct unit *units, size_t n, const struct tokens *tokens,
                            struct lw_near_template *out)
{
    const struct groups *groups = templates_groups(templates);
    uint32_t id = templates->items[near->index].id;
    const struct shape *shape = &groups->items[id - 1].shape;
    struct near_difference *found = alloc_array(n + shape->n, sizeof *found);
    ptrdiff_t count = found == NULL ? LW_ERR_MEMORY : near_differences(shape, units, n, found);
    struct lw_difference *shown = count < 0 ? NULL : arena_take(&reason->arena, ((size_t)count + 1) * sizeof *shown);
    int code = shown == NULL ? LW_ERR_MEMORY : 0;

    for (ptrdiff_t i = 0; i < count && code == 0; i++) {
        const struct near_difference *d = &found[i];

        shown[i].token = d->unit < n ? units[d->unit].first : tokens->n;
        shown[i].here = span_of(units + d->unit, d->n_units, tokens);
        code = write_elements(reason, groups, shape->elements + d->element, d->n_elements, &shown[i].there);
    }
    free(found);
    if (code == 0)
        *out = (struct lw_near_template){id, near->index, shown, (size_t)count};
    return code;
}

static int tell_near(struct reason *reason, const struct templates *templates, const char *message,
                     const struct tokens *tokens)
{
    struct unit *units = alloc_array(MASK_MAX_TOKENS, sizeof *units);
    int n = units == NULL ? LW_ERR_MEMORY : templates_units(templates, message, tokens, units);
    struct nearest nearest;
    int code = n < 0 ? n : 0;

    if (code == 0) {
        find_nearest(templates, reason->shown.template_id, units, (size_t)n, &nearest);
        reason->shown.n_near = nearest.n;
        for (size_t i = 0; i < nearest.n && code == 0; i++)
            code = list_differences(reason, templates, &nearest.items[i], units, (size_t)n, tokens,
                                    &reason->shown.near[i]);
    }
    free(units);
    return code;
}

int lw_template_explain(const struct lw_workspace *workspace, const char *message, size_t len, struct lw_reason **out,
                        struct lw_error *err)
{
    const struct model *model = workspace->model;
    bool is_symbolic = counts_is_symbolic(model->counts);
    struct reason *reason = alloc_zeroed(1, sizeof *reason);
    struct template_match match;
    int code;

    if (reason == NULL)
        return fail_memory(err, "explaining a message");
    template_match_init(&match);
    code = model_match_message(model, message, len, is_symbolic, true, &match);
    if (code == 0)
        code = list_tokens(reason, model->counts->sequences.masks, message, &match.tokens);
    if (code == 0)
        code = tell_way(reason, model, message, &match);
    if (code == 0 && !is_symbolic)
        code = tell_near(reason, &model->templates, message, &match.tokens);
    template_match_release(&match);
    if (code != 0) {
        lw_reason_free(&reason->shown);
        return fail_memory(err, "explaining a message");
    }
    *out = &reason->shown;
    return 0;
}

void lw_reason_free(struct lw_reason *reason)
{
    if (reason != NULL)
        arena_release(&((struct reason *)reason)->arena);
    free(reason);
}
