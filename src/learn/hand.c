/*
 * Templates named by their texts. A text is cut as a message is, with a number in place of each <*>, and the template
 * it means is the one whose shape accepts it and holds the most words: so an edit finds its template again in another
 * learning, where ids differ and the template may have grown more general. A pinned text becomes a shape of its own,
 * and takes the sequences that it accepts out of the groups where mining put them.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fail.h"
#include "learn/groups.h"

#define STAND_IN "70707" /* a number that nobody writes: what <*> becomes */

struct cut_text {
    struct tokens tokens;
    struct buf text;
    struct sequence_token views[MASK_MAX_TOKENS];
    struct unit units[MASK_MAX_TOKENS];
    size_t n;
};

static void cut_release(struct cut_text *cut)
{
    tokens_release(&cut->tokens);
    buf_release(&cut->text);
}

/* 0 or LW_ERR_MEMORY; to be released in any case. */
static int cut_begin(struct groups *groups, const char *text, struct cut_text *cut)
{
    bool has_rest;
    int n;

    memset(cut, 0, sizeof *cut);
    while (*text != '\0') {
        bool is_slot = strncmp(text, "<*>", 3) == 0;

        if (is_slot)
            buf_add_text(&cut->text, STAND_IN);
        else
            buf_add_byte(&cut->text, *text);
        text += is_slot ? 3 : 1;
    }
    if (buf_status(&cut->text) != 0 || mask_message(cut->text.data == NULL ? "" : cut->text.data, cut->text.len,
                                                    groups->source->masks, &cut->tokens) != 0)
        return LW_ERR_MEMORY;
    for (size_t i = 0; i < cut->tokens.n; i++) {
        const struct token *token = &cut->tokens.items[i];
        bool is_word = token->mask == MASK_NONE;

        cut->views[i] = (struct sequence_token){
            {is_word ? cut->text.data + token->start : NULL, is_word ? token->len : 0}, token->mask, token->space};
    }
    n = units_cut(&groups->vocabulary, true, cut->views, cut->tokens.n, cut->units, &has_rest);
    cut->n = n < 0 ? 0 : (size_t)n;
    return n < 0 ? LW_ERR_MEMORY : 0;
}

static size_t count_words(const struct shape *shape)
{
    size_t words = 0;

    for (size_t i = 0; i < shape->n; i++)
        words += !element_is_slot(shape->elements[i]);
    return words;
}

int groups_find_text(struct groups *groups, const char *text, struct group **out)
{
    uint32_t first[2 * MASK_MAX_TOKENS + 2];
    struct cut_text cut;
    size_t most = 0;
    int code = cut_begin(groups, text, &cut);

    *out = NULL;
    for (size_t i = 0; i < groups->n && code == 0 && cut.n > 0; i++) {
        struct group *group = &groups->items[i];
        size_t words = count_words(&group->shape);

        if (group->joined_to != 0 || (*out != NULL && words <= most) ||
            !shape_align(&group->shape, cut.units, cut.n, first))
            continue;
        *out = group;
        most = words;
    }
    cut_release(&cut);
    return code;
}

/* A value of the text is its own only as <*>; a number that was written is one as well, since messages are cut so. */
static int shape_of_text(struct groups *groups, const char *text, struct shape *out)
{
    struct cut_text cut;
    int code = cut_begin(groups, text, &cut);

    out->n = 0;
    out->elements = code == 0 ? arena_take(&groups->arena, (cut.n + 1) * sizeof *out->elements) : NULL;
    if (out->elements == NULL)
        code = LW_ERR_MEMORY;
    for (size_t i = 0; i < cut.n && code == 0; i++) {
        const struct unit *unit = &cut.units[i];
        bool is_stand_in = false;

        for (size_t t = unit->first; t < (size_t)unit->first + unit->n; t++) {
            const struct token *token = &cut.tokens.items[t];

            is_stand_in = is_stand_in || (token->len == sizeof STAND_IN - 1 &&
                                          memcmp(cut.text.data + token->start, STAND_IN, token->len) == 0);
        }
        uint32_t symbol = unit->word >= SYMBOL_FIRST_WORD ? unit->word
                          : is_stand_in && unit->n == 1   ? (uint32_t)SYMBOL_VALUES
                                                          : (uint32_t)SYMBOL_VALUE;
        out->elements[out->n++] = symbol << 1 | (unit->element & 1);
    }
    cut_release(&cut);
    return code;
}

/* taken[sequences]: 1 where the shape accepts it. Returns how many, or a negative enum lw_code. */
static ptrdiff_t find_accepted(struct groups *groups, const struct shape *shape, uint8_t *taken)
{
    struct sequence_token tokens[MASK_MAX_TOKENS];
    struct unit units[MASK_MAX_TOKENS];
    uint32_t first[2 * MASK_MAX_TOKENS + 2];
    ptrdiff_t count = 0;

    for (uint32_t s = 0; s < groups->source->keys.count; s++) {
        bool has_rest;
        int n = groups_units(groups, s, tokens, units, &has_rest);

        if (n < 0)
            return n;
        taken[s] = shape_align(shape, units, (size_t)n, first);
        count += taken[s];
    }
    return count;
}

/* Leaves what was not taken; a group that is left empty by that is joined to `into`. Returns the lowest emptied. */
static struct group *empty_groups(struct groups *groups, const uint8_t *taken)
{
    struct group *lowest = NULL;

    for (size_t i = 0; i < groups->n; i++) {
        struct group *group = &groups->items[i];
        size_t kept = 0;

        if (group->joined_to != 0)
            continue;
        for (size_t m = 0; m < group->n; m++)
            if (!taken[group->sequences[m]])
                group->sequences[kept++] = group->sequences[m];
        if (kept == 0 && group->n > 0 && lowest == NULL)
            lowest = group;
        group->n = kept;
    }
    return lowest;
}

int groups_pin_text(struct groups *groups, const char *text, struct lw_error *err)
{
    size_t n = groups->source->keys.count;
    uint8_t *taken = alloc_zeroed(n, 1);
    struct group *group;
    struct shape shape;
    ptrdiff_t count;
    uint32_t first, anchor;
    bool is_old;
    int code = taken == NULL || shape_of_text(groups, text, &shape) != 0 ? LW_ERR_MEMORY : 0;

    count = code == 0 ? find_accepted(groups, &shape, taken) : code;
    if (count <= 0) {
        free(taken);
        return count < 0 ? fail_memory(err, "pinning a template")
                         : fail(err, LW_ERR_NOT_FOUND, "pin: no message fits '%s'", text);
    }
    group = empty_groups(groups, taken);
    is_old = group != NULL;
    first = 0;
    while (!taken[first])
        first++;
    if (group == NULL && (code = group_open(groups, &shape, first, &group)) != 0) {
        free(taken);
        return fail_memory(err, "pinning a template");
    }
    anchor = is_old ? group->anchor : first; /* by which its id is found again */
    group->shape = shape;
    group->is_pinned = true;
    for (uint32_t s = first; s < n && code == 0; s++)
        if (taken[s])
            code = group_put(group, s);
    group->anchor = anchor;
    for (size_t i = 0; i < groups->n; i++)
        if (groups->items[i].joined_to == 0 && groups->items[i].n == 0)
            groups->items[i].joined_to = group->id;
    free(taken);
    return code == 0 ? 0 : fail_memory(err, "pinning a template");
}
