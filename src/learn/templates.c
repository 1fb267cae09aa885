/*
 * Groups of sequences (groups.h) become items with texts, slots and totals, and a tree that finds the template of a
 * message never seen. What a slot covers in a sequence is not stored but aligned again: shapes are short, and there
 * may be a hundred sequences to a template.
 */
#include "learn/templates.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/executor.h"
#include "base/fail.h"
#include "learn/cluster.h"
#include "learn/groups.h"
#include "learn/known_names.h"
#include "learn/matcher.h"

struct template_index { /* behind templates.matcher */
    struct groups groups;
    struct matcher matcher;
    struct shape *loose; /* [groups.n] the shape with slots for words that name somebody; n 0: it has none */
    uint32_t *index_of;  /* [groups.n] index of the item of id i + 1, joined ones resolved */
};

/* A sequence or message aligned to a shape. */
struct alignment {
    struct sequence_token tokens[MASK_MAX_TOKENS];
    struct unit units[MASK_MAX_TOKENS];
    uint32_t first[2 * MASK_MAX_TOKENS + 2];
    size_t n_tokens, n_units;
    bool has_rest;
};

static int cut(struct vocabulary *vocabulary, struct alignment *a)
{
    int n = units_cut(vocabulary, false, a->tokens, a->n_tokens, a->units, &a->has_rest);
    a->n_units = n < 0 ? 0 : (size_t)n;
    return n < 0 ? n : 0;
}

static bool align_sequence(struct template_index *index, const struct sequences *sequences, const struct group *group,
                           uint32_t sequence, struct alignment *a)
{
    a->n_tokens = sequence_tokens(sequences, sequence, a->tokens, MASK_MAX_TOKENS);
    return cut(&index->groups.vocabulary, a) == 0 && shape_align(&group->shape, a->units, a->n_units, a->first);
}

/* Tokens that element i covers: first and number. */
static struct lw_span element_tokens(const struct alignment *a, size_t i)
{
    uint32_t from = a->first[i], to = a->first[i + 1];
    if (from == to)
        return (struct lw_span){0, 0};
    const struct unit *last = &a->units[to - 1];
    return (struct lw_span){a->units[from].first, (size_t)last->first + last->n - a->units[from].first};
}

/* spans[item.n_slots] */
static void slot_tokens(const struct shape *shape, const struct alignment *a, size_t n_slots, struct lw_span *spans)
{
    size_t slot = 0;
    for (size_t i = 0; i < shape->n; i++)
        if (element_is_slot(shape->elements[i]))
            spans[slot++] = element_tokens(a, i);
    if (slot < n_slots) /* lines after the first */
        spans[slot] = a->has_rest ? (struct lw_span){a->n_tokens - 1, 1} : (struct lw_span){0, 0};
}

struct slot_masks {
    uint64_t counts[MASK_LIMIT];
};

static uint8_t commonest(const struct slot_masks *masks)
{
    size_t best = 0;
    for (size_t mask = 1; mask < MASK_LIMIT; mask++)
        if (masks->counts[mask] > masks->counts[best])
            best = mask;
    return (uint8_t)best;
}

/* Totals over the members, and how often each slot has which mask. */
static int gather(struct template_index *index, const struct sequences *sequences, const struct group *group,
                  struct template_item *item, struct slot_masks *masks)
{
    struct alignment a;
    for (size_t m = 0; m < group->n; m++) {
        const struct sequence_stats *stats = &sequences->stats[group->sequences[m]];
        item->count += stats->count;
        for (size_t level = 0; level < LW_LEVEL_COUNT; level++)
            item->levels[level] += stats->levels[level];
        if (stats->first_us != LW_NO_TIME && (item->first_us == LW_NO_TIME || stats->first_us < item->first_us))
            item->first_us = stats->first_us;
        if (stats->last_us != LW_NO_TIME && (item->last_us == LW_NO_TIME || stats->last_us > item->last_us))
            item->last_us = stats->last_us;
        if (!align_sequence(index, sequences, group, group->sequences[m], &a))
            return LW_ERR_INPUT;
        size_t slot = 0;
        for (size_t i = 0; i < group->shape.n; i++)
            if (element_is_slot(group->shape.elements[i])) {
                if (a.first[i + 1] > a.first[i])
                    masks[slot].counts[a.first[i + 1] - a.first[i] == 1 ? a.units[a.first[i]].mask : MASK_QUOTED] +=
                        stats->count;
                slot++;
            }
        masks[slot].counts[MASK_QUOTED] += a.has_rest ? stats->count : 0;
    }
    return 0;
}

struct writer {
    struct buf text, literal;
    struct arena *arena;
    struct template_item *item;
};

static int flush_literal(struct writer *w)
{
    if (w->literal.len == 0)
        return 0;
    const char *copy = arena_copy(w->arena, w->literal.data, w->literal.len);
    if (copy == NULL || buf_status(&w->literal) != 0)
        return LW_ERR_MEMORY;
    w->item->parts[w->item->n_parts++] = (struct template_part){{copy, w->literal.len}, false, MASK_NONE, 0};
    buf_clear(&w->literal);
    return 0;
}

static int write_slot(struct writer *w, uint8_t mask, uint8_t space)
{
    if (flush_literal(w) != 0)
        return LW_ERR_MEMORY;
    w->item->parts[w->item->n_parts++] = (struct template_part){{"", 0}, true, mask, space};
    w->item->n_slots++;
    if (space > 0 && w->text.len > 0)
        buf_add_byte(&w->text, ' ');
    buf_add_text(&w->text, "<*>");
    return 0;
}

/* Blanks are those of the first member. */
static int write_parts(struct writer *w, const struct shape *shape, const struct alignment *a,
                       const struct slot_masks *masks)
{
    size_t slot = 0;
    for (size_t i = 0; i < shape->n; i++) {
        struct lw_span span = element_tokens(a, i);
        uint8_t space = span.len > 0 ? a->tokens[span.start].space : (uint8_t)(shape->elements[i] & 1);
        if (element_is_slot(shape->elements[i])) {
            if (write_slot(w, commonest(&masks[slot++]), space) != 0)
                return LW_ERR_MEMORY;
            continue;
        }
        struct lw_bytes text = a->tokens[span.start].text;
        buf_add(&w->literal, "  ", space);
        buf_add(&w->literal, text.data, text.len);
        if (space > 0 && w->text.len > 0)
            buf_add_byte(&w->text, ' ');
        buf_add(&w->text, text.data, text.len);
    }
    if (masks[slot].counts[MASK_QUOTED] > 0 && write_slot(w, MASK_QUOTED, 1) != 0)
        return LW_ERR_MEMORY;
    return flush_literal(w);
}

/* ---- words that name somebody ----------------------------------------------------------------------------------
 */

/* Elements of a shape between two slots, as a text. */
struct wording {
    struct buf text;
    size_t ends[2 * MASK_MAX_TOKENS + 2]; /* of the element's word in the text */
    size_t first, n;                      /* elements */
    const struct vocabulary *vocabulary;
    uint32_t *elements;
    size_t n_loosened;
};

static int loosen_words(void *user, const struct identifier_match *match)
{
    struct wording *wording = user;
    for (size_t i = 0; i < wording->n; i++) {
        uint32_t *element = &wording->elements[wording->first + i];
        if (element_is_slot(*element)) /* another match was in it */
            continue;
        size_t start = wording->ends[i] - element_text(wording->vocabulary, *element).len;
        if (start < match->start + match->len && wording->ends[i] > match->start &&
            !element_is_mark(wording->vocabulary, *element)) {
            *element = SYMBOL_VALUE << 1 | (*element & 1);
            wording->n_loosened++;
        }
    }
    return 0;
}

/* What names somebody in the text of a template is a name in a message never seen, another one perhaps. */
static int loosen(struct template_index *index, const struct known_names *names, const struct shape *shape,
                  struct arena *arena, struct shape *out)
{
    struct wording wording = {.text = BUF_INIT, .vocabulary = &index->groups.vocabulary};
    wording.elements = arena_take(arena, shape->n * sizeof *wording.elements);
    int status = wording.elements == NULL ? LW_ERR_MEMORY : 0;
    for (size_t i = 0; i < shape->n && status == 0; i++)
        wording.elements[i] = shape->elements[i];
    for (size_t i = 0; i <= shape->n && status == 0; i++) {
        if (i < shape->n && !element_is_slot(shape->elements[i]) && wording.n < 2 * MASK_MAX_TOKENS) {
            struct lw_bytes text = element_text(wording.vocabulary, shape->elements[i]);
            buf_add(&wording.text, " ", shape->elements[i] & 1);
            buf_add(&wording.text, text.data, text.len);
            wording.ends[wording.n++] = wording.text.len;
            continue;
        }
        status = buf_status(&wording.text);
        if (status == 0 && wording.n > 0)
            (void)known_names_scan(names, wording.text.data, wording.text.len, loosen_words, &wording);
        buf_clear(&wording.text);
        wording.n = 0;
        wording.first = i + 1;
    }
    if (status == 0 && wording.n_loosened > 0)
        *out = (struct shape){wording.elements, shape->n};
    buf_release(&wording.text);
    return status;
}

static int loosen_all(struct template_index *index, const struct known_names *names, struct arena *arena)
{
    int status = 0;
    for (size_t g = 0; g < index->groups.n && status == 0; g++) {
        const struct group *group = &index->groups.items[g];
        if (group->joined_to == 0)
            status = loosen(index, names, &group->shape, arena, &index->loose[g]);
        if (status == 0 && index->loose[g].n > 0)
            status = matcher_add(&index->matcher, &index->loose[g], index->index_of[g]);
    }
    return status;
}

int templates_loosen(struct templates *templates, const struct known_names *names)
{
    return names->texts.count == 0 ? 0 : loosen_all(templates->matcher, names, &templates->arena);
}

/* ---- items ----------------------------------------------------------------------------------------------------- */

static int item_build(struct template_index *index, const struct sequences *sequences, const struct group *group,
                      struct arena *arena, struct template_item *item)
{
    size_t n = group->shape.n;
    struct slot_masks *masks = alloc_zeroed(n + 1, sizeof *masks);
    struct writer w = {BUF_INIT, BUF_INIT, arena, item};
    struct alignment a;
    *item = (struct template_item){.id = group->id,
                                   .name = group->name,
                                   .is_pinned = group->is_pinned,
                                   .first_us = LW_NO_TIME,
                                   .last_us = LW_NO_TIME,
                                   .parts = arena_take(arena, (n + 2) * sizeof *item->parts),
                                   .sequences = group->sequences,
                                   .n_sequences = group->n};
    int status = masks == NULL || item->parts == NULL ? LW_ERR_MEMORY : 0;
    if (status == 0)
        status = gather(index, sequences, group, item, masks);
    if (status == 0 && align_sequence(index, sequences, group, group->sequences[0], &a))
        status = write_parts(&w, &group->shape, &a, masks);
    item->text = (struct lw_bytes){arena_copy(arena, w.text.len > 0 ? w.text.data : "", w.text.len), w.text.len};
    if (item->text.data == NULL || buf_status(&w.text) != 0)
        status = LW_ERR_MEMORY;
    buf_release(&w.text);
    buf_release(&w.literal);
    free(masks);
    return status;
}

static int build_items(struct templates *t, const struct sequences *sequences, const struct lw_run *run,
                       struct lw_error *err)
{
    struct template_index *index = t->matcher;
    struct groups *groups = &index->groups;
    t->items = alloc_zeroed(groups->n, sizeof *t->items);
    t->of_sequence = alloc_zeroed(sequences->keys.count, sizeof *t->of_sequence);
    index->index_of = alloc_zeroed(groups->n, sizeof *index->index_of);
    index->loose = alloc_zeroed(groups->n, sizeof *index->loose);
    if (t->items == NULL || t->of_sequence == NULL || index->index_of == NULL || index->loose == NULL)
        return fail_memory(err, "building templates");
    t->n_of_sequence = sequences->keys.count;
    for (size_t g = 0; g < groups->n; g++) {
        const struct group *group = &groups->items[g];
        if (group->joined_to != 0) /* to a lower id, whose index stands already */
            index->index_of[g] = index->index_of[group->joined_to - 1];
        else if (item_build(index, sequences, group, &t->arena, &t->items[t->n]) != 0)
            return fail_memory(err, "building templates");
        else
            index->index_of[g] = (uint32_t)t->n++;
        for (size_t m = 0; m < group->n; m++)
            t->of_sequence[group->sequences[m]] = group->id;
        int status = run_check(run, err);
        if (status == 0 && matcher_add(&index->matcher, &group->shape, index->index_of[g]) != 0)
            status = fail_memory(err, "building templates");
        if (status != 0)
            return status;
    }
    /* Behind all others, so that a template that says it goes before. */
    return loosen_all(index, NULL, &t->arena) == 0 ? 0 : fail_memory(err, "building templates");
}

static void list_owners(const struct groups *groups, uint32_t *owners)
{
    for (size_t g = 0; g < groups->n; g++)
        for (size_t m = 0; m < groups->items[g].n; m++)
            owners[groups->items[g].sequences[m]] = groups->items[g].id;
}

/* Notes which sequences the edits put where they are: those of pinned texts, and those whose group is another. */
static int edit_groups(struct groups *groups, const struct edits *edits, struct lw_error *err)
{
    size_t n = groups->source->keys.count;
    if (edits == NULL || edits->n == 0)
        return 0;
    uint32_t *mined = alloc_zeroed(n, sizeof *mined);
    if (mined == NULL)
        return fail_memory(err, "editing templates");
    list_owners(groups, mined);
    int status = groups_edit(groups, edits, err);
    for (size_t g = 0; g < groups->n && status == 0; g++)
        for (size_t m = 0; m < groups->items[g].n; m++) {
            uint32_t sequence = groups->items[g].sequences[m];
            if (groups->items[g].is_pinned || mined[sequence] != groups->items[g].id)
                groups->steps[sequence] = STEP_HAND;
        }
    free(mined);
    return status;
}

int templates_build(const struct sequences *sequences, const struct edits *edits, const struct lw_run *run,
                    struct templates *out, struct lw_error *err)
{
    struct templates t = {NULL, 0, NULL, 0, alloc_zeroed(1, sizeof(struct template_index)), ARENA_INIT};
    struct template_index *index = t.matcher;
    if (index == NULL)
        return fail_memory(err, "building templates");
    matcher_init(&index->matcher);
    int status = groups_mine(sequences, run, &index->groups, err);
    if (status == 0)
        status = edit_groups(&index->groups, edits, err);
    if (status == 0)
        status = build_items(&t, sequences, run, err);
    if (status != 0)
        templates_release(&t);
    else
        *out = t;
    return status;
}

void templates_release(struct templates *templates)
{
    struct template_index *index = templates->matcher;
    if (index != NULL) {
        groups_release(&index->groups);
        matcher_release(&index->matcher);
        free(index->index_of);
        free(index->loose);
        free(index);
    }
    free(templates->items);
    free(templates->of_sequence);
    arena_release(&templates->arena);
    *templates = (struct templates){NULL, 0, NULL, 0, NULL, ARENA_INIT};
}

ptrdiff_t templates_index(const struct templates *templates, uint32_t id)
{
    const struct template_index *index = templates->matcher;
    if (index == NULL) {
        size_t low = 0, high = templates->n;
        while (low < high) {
            size_t middle = (low + high) / 2;
            if (templates->items[middle].id < id)
                low = middle + 1;
            else
                high = middle;
        }
        return low < templates->n && templates->items[low].id == id ? (ptrdiff_t)low : -1;
    }
    return id == 0 || id > index->groups.n ? -1 : (ptrdiff_t)index->index_of[id - 1];
}

enum lw_level template_usual_level(const struct template_item *item)
{
    int best = LW_LEVEL_NONE;
    for (int level = 0; level < LW_LEVEL_COUNT; level++)
        if (item->levels[level] > item->levels[best])
            best = level;
    return (enum lw_level)best;
}

size_t templates_ids(const struct templates *templates)
{
    const struct template_index *index = templates->matcher;
    return index == NULL ? 0 : index->groups.n;
}

size_t templates_idle_edits(const struct templates *templates)
{
    const struct template_index *index = templates->matcher;
    return index == NULL ? 0 : index->groups.n_idle;
}

const struct groups *templates_groups(const struct templates *templates)
{
    const struct template_index *index = templates->matcher;
    return &index->groups;
}

uint32_t templates_anchor(const struct templates *templates, uint32_t id)
{
    const struct template_index *index = templates->matcher;
    return index->groups.items[id - 1].anchor;
}

int templates_align(const struct templates *templates, const struct sequences *sequences, size_t index,
                    uint32_t sequence, struct lw_span *spans, struct lw_error *err)
{
    struct template_index *private = templates->matcher;
    const struct template_item *item = &templates->items[index];
    const struct group *group = &private->groups.items[item->id - 1];
    struct alignment a;
    if (!align_sequence(private, sequences, group, sequence, &a))
        return fail(err, LW_ERR_USAGE, "sequence %u does not belong to template E%u", sequence, item->id);
    slot_tokens(&group->shape, &a, item->n_slots, spans);
    return 0;
}

void template_match_init(struct template_match *match)
{
    *match = (struct template_match){LW_TEMPLATE_UNKNOWN, NULL, 0, 0, {NULL, 0, 0, NULL}, BUF_INIT};
}

void template_match_release(struct template_match *match)
{
    free(match->spans);
    tokens_release(&match->tokens);
    buf_release(&match->scratch);
    template_match_init(match);
}

/* The tokens of a message as those of a sequence. */
static void view(const char *message, const struct tokens *tokens, struct alignment *a)
{
    a->n_tokens = tokens->n;
    for (size_t i = 0; i < tokens->n; i++) {
        const struct token *token = &tokens->items[i];
        a->tokens[i] = (struct sequence_token){{NULL, 0}, token->mask, token->space};
        if (token->mask == MASK_NONE)
            a->tokens[i].text = (struct lw_bytes){message + token->start, token->len};
    }
}

int templates_units(const struct templates *templates, const char *message, const struct tokens *tokens,
                    struct unit *out)
{
    struct template_index *index = templates->matcher;
    struct alignment a;
    view(message, tokens, &a);
    return units_cut(&index->groups.vocabulary, false, a.tokens, a.n_tokens, out, &a.has_rest);
}

static int fill_spans(const struct template_item *item, const struct shape *shape, const struct alignment *a,
                      struct template_match *match)
{
    if (alloc_grow(&match->spans, &match->cap, item->n_slots, sizeof *match->spans) != 0)
        return LW_ERR_MEMORY;
    slot_tokens(shape, a, item->n_slots, match->spans);
    match->n_spans = item->n_slots;
    for (size_t i = 0; i < match->n_spans; i++) {
        struct lw_span *span = &match->spans[i];
        if (span->len == 0) {
            span->start = 0;
            continue;
        }
        const struct token *first = &match->tokens.items[span->start];
        const struct token *last = first + span->len - 1;
        *span = (struct lw_span){first->start, (size_t)last->start + last->len - first->start};
    }
    return 0;
}

int templates_match(const struct templates *templates, const struct sequences *sequences, const char *message,
                    size_t len, bool want_spans, struct template_match *match)
{
    int status = mask_message(message, len, sequences->masks, &match->tokens);
    return status != 0 ? status : templates_match_tokens(templates, sequences, message, want_spans, match);
}

int templates_match_tokens(const struct templates *templates, const struct sequences *sequences, const char *message,
                           bool want_spans, struct template_match *match)
{
    struct template_index *index = templates->matcher;
    uint32_t sequence = sequences_find(sequences, message, &match->tokens, &match->scratch);
    bool is_known = sequence != INTERN_NONE && sequence < templates->n_of_sequence;
    match->id = is_known ? templates->of_sequence[sequence] : LW_TEMPLATE_UNKNOWN;
    match->n_spans = 0;
    if (is_known && !want_spans)
        return 0;
    struct alignment a;
    view(message, &match->tokens, &a);
    if (cut(&index->groups.vocabulary, &a) != 0)
        return LW_ERR_MEMORY;
    if (!is_known) {
        uint32_t found = matcher_find(&index->matcher, a.units, a.n_units);
        match->id = found == MATCHER_NONE ? LW_TEMPLATE_UNKNOWN : templates->items[found].id;
    }
    ptrdiff_t at = templates_index(templates, match->id);
    if (at < 0 || !want_spans)
        return 0;
    const struct shape *shape = &index->groups.items[match->id - 1].shape;
    const struct shape *loose = &index->loose[match->id - 1];
    if (!shape_align(shape, a.units, a.n_units, a.first) &&
        (loose->n == 0 || !shape_align(loose, a.units, a.n_units, a.first))) {
        match->id = LW_TEMPLATE_UNKNOWN;
        return 0;
    }
    return fill_spans(&templates->items[at], shape, &a, match);
}
