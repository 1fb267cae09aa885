#include "learn/groups.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "base/order.h"
#include "learn/cluster.h"

void groups_release(struct groups *groups)
{
    for (size_t i = 0; i < groups->n; i++)
        free(groups->items[i].sequences);
    free(groups->items);
    free(groups->steps);
    vocabulary_release(&groups->vocabulary);
    arena_release(&groups->arena);
    *groups = (struct groups){NULL, {INTERN_INIT, NULL, 0}, NULL, 0, 0, ARENA_INIT, 0, NULL};
}

int groups_units(struct groups *groups, uint32_t sequence, struct sequence_token *tokens, struct unit *out,
                 bool *has_rest)
{
    size_t n = sequence_tokens(groups->source, sequence, tokens, MASK_MAX_TOKENS);
    return units_cut(&groups->vocabulary, true, tokens, n, out, has_rest);
}

struct rows {
    struct intern keys; /* elements as bytes */
    struct row *items;  /* [keys.count] */
    size_t cap;
    uint32_t *of_sequence;
};

static void rows_release(struct rows *rows)
{
    intern_release(&rows->keys);
    free(rows->items);
    free(rows->of_sequence);
}

static int rows_fill(struct groups *groups, struct rows *rows)
{
    struct sequence_token tokens[MASK_MAX_TOKENS];
    struct unit units[MASK_MAX_TOKENS];
    uint32_t elements[MASK_MAX_TOKENS];
    size_t n_sequences = groups->source->keys.count;
    rows->of_sequence = alloc_array(n_sequences, sizeof *rows->of_sequence);
    if (rows->of_sequence == NULL)
        return LW_ERR_MEMORY;
    for (uint32_t s = 0; s < n_sequences; s++) {
        bool has_rest;
        int n = groups_units(groups, s, tokens, units, &has_rest);
        if (n < 0)
            return n;
        for (int i = 0; i < n; i++)
            elements[i] = units[i].element;
        size_t before = rows->keys.count;
        uint32_t id;
        if (alloc_grow(&rows->items, &rows->cap, before + 1, sizeof *rows->items) != 0 ||
            intern_add(&rows->keys, elements, (size_t)n * sizeof *elements, &id) != 0)
            return LW_ERR_MEMORY;
        if (id == before)
            rows->items[id] =
                (struct row){(const uint32_t *)(const void *)intern_get(&rows->keys, id).data, (uint32_t)n};
        rows->of_sequence[s] = id;
    }
    return 0;
}

static int group_add(struct groups *groups, const struct shape *shape)
{
    if (alloc_grow(&groups->items, &groups->cap, groups->n + 1, sizeof *groups->items) != 0)
        return LW_ERR_MEMORY;
    groups->items[groups->n] = (struct group){(uint32_t)groups->n + 1, 0, *shape, NULL, 0, 0, {NULL, 0}, false, 0};
    groups->n++;
    return 0;
}

int group_open(struct groups *groups, const struct shape *shape, uint32_t sequence, struct group **out)
{
    for (size_t i = 0; i < groups->source->n_anchors && i < groups->n; i++) {
        struct group *group = &groups->items[i];
        if (group->anchor == sequence && group->joined_to != 0) {
            group->joined_to = 0;
            group->shape = *shape;
            *out = group;
            return 0;
        }
    }
    if (group_add(groups, shape) != 0)
        return LW_ERR_MEMORY;
    *out = &groups->items[groups->n - 1];
    return 0;
}

int group_put(struct group *group, uint32_t sequence)
{
    if (alloc_grow(&group->sequences, &group->cap, group->n + 1, sizeof *group->sequences) != 0)
        return LW_ERR_MEMORY;
    if (group->n == 0)
        group->anchor = sequence;
    group->sequences[group->n++] = sequence;
    return 0;
}

/* Sequences come in the order of first appearance, so groups are made in the order of their ids. */
static int fill_groups(struct groups *groups, const struct rows *rows, const struct clusters *clusters)
{
    uint32_t *group_of = alloc_zeroed(clusters->n, sizeof *group_of);
    groups->steps = alloc_zeroed(groups->source->keys.count, sizeof *groups->steps);
    int status = group_of == NULL || groups->steps == NULL ? LW_ERR_MEMORY : 0;
    for (uint32_t s = 0; s < groups->source->keys.count && status == 0; s++) {
        uint32_t shape = clusters->of_row[rows->of_sequence[s]];
        groups->steps[s] = clusters->steps[rows->of_sequence[s]];
        if (group_of[shape] == 0) {
            status = group_add(groups, &clusters->shapes[shape]);
            group_of[shape] = (uint32_t)groups->n;
        }
        if (status == 0)
            status = group_put(&groups->items[group_of[shape] - 1], s);
    }
    free(group_of);
    return status;
}

/* A word behind "=" that all members share is shown as it is. */
static int harden(struct groups *groups, struct group *group)
{
    struct sequence_token tokens[MASK_MAX_TOKENS];
    struct unit units[MASK_MAX_TOKENS];
    uint32_t first[2 * MASK_MAX_TOKENS + 2];
    struct shape *shape = &group->shape;
    uint32_t *words = alloc_zeroed(shape->n, sizeof *words); /* SYMBOL_VALUES: not all the same */
    if (words == NULL)
        return LW_ERR_MEMORY;
    for (size_t m = 0; m < group->n; m++) {
        bool has_rest;
        int n = groups_units(groups, group->sequences[m], tokens, units, &has_rest);
        if (n < 0 || !shape_align(shape, units, (size_t)n, first)) {
            free(words);
            return LW_ERR_MEMORY;
        }
        for (size_t i = 0; i < shape->n; i++) {
            const struct unit *unit = &units[first[i]];
            bool is_weak = first[i + 1] - first[i] == 1 && unit->is_weak;
            words[i] = is_weak && (m == 0 || words[i] == unit->word) ? unit->word : SYMBOL_VALUES;
        }
    }
    for (size_t i = 0; i < shape->n; i++)
        if (words[i] >= SYMBOL_FIRST_WORD && shape->elements[i] >> 1 == SYMBOL_VALUE)
            shape->elements[i] = ELEMENT_WEAK | words[i] << 1 | (shape->elements[i] & 1);
    free(words);
    return 0;
}

int groups_mine(const struct sequences *sequences, const struct lw_run *run, struct groups *out, struct lw_error *err)
{
    struct groups groups = {sequences, {INTERN_INIT, NULL, 0}, NULL, 0, 0, ARENA_INIT, 0, NULL};
    struct rows rows = {INTERN_INIT, NULL, 0, NULL};
    struct clusters clusters = {NULL, 0, NULL, NULL};
    int status = rows_fill(&groups, &rows) != 0 ? fail_memory(err, "mining templates") : 0;
    if (status == 0)
        status = clusters_find(&groups.vocabulary, rows.items, rows.keys.count, run, &groups.arena, &clusters, err);
    if (status == 0 && fill_groups(&groups, &rows, &clusters) != 0)
        status = fail_memory(err, "mining templates");
    for (size_t i = 0; i < groups.n && status == 0; i++)
        status = harden(&groups, &groups.items[i]) != 0 ? fail_memory(err, "mining templates") : 0;
    if (status == 0 && groups_pin(&groups) != 0)
        status = fail_memory(err, "mining templates");
    clusters_release(&clusters);
    rows_release(&rows);
    if (status != 0)
        groups_release(&groups);
    else
        *out = groups;
    return status;
}

static struct group *find_id(struct groups *groups, const char *name)
{
    char *end;
    unsigned long id = name[0] == 'E' && name[1] >= '1' && name[1] <= '9' ? strtoul(name + 1, &end, 10) : 0;
    if (id == 0 || id > groups->n || (*end != '\0' && *end != EDIT_TEXT))
        return NULL;
    struct group *group = &groups->items[id - 1];
    while (group->joined_to != 0)
        group = &groups->items[group->joined_to - 1];
    return group;
}

static struct group *find_name(struct groups *groups, const char *name)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < groups->n && len > 0; i++)
        if (groups->items[i].joined_to == 0 && groups->items[i].name.len == len &&
            memcmp(groups->items[i].name.data, name, len) == 0)
            return &groups->items[i];
    return NULL;
}

/* name: "E12", "E12" with its text behind EDIT_TEXT, that text alone, or a name given by hand. NULL: there is none. */
static int find_group(struct groups *groups, const char *name, struct group **out, struct lw_error *err)
{
    *out = name[0] == EDIT_TEXT ? NULL : find_id(groups, name);
    if (*out == NULL)
        *out = find_name(groups, name);
    if (*out == NULL && name[0] == EDIT_TEXT && groups_find_text(groups, name + 1, out) != 0)
        return fail_memory(err, "finding a template by its text");
    return 0;
}

/* As people name it: without its text, if it has an id. */
static int shown_len(const char *name)
{
    size_t len = strcspn(name, (const char[]){EDIT_TEXT, '\0'});
    return (int)(len == 0 ? strlen(name) : len);
}

static int fail_unknown(const char *kind, const char *name, struct lw_error *err)
{
    return fail(err, LW_ERR_NOT_FOUND, "%s: there is no template '%.*s'", kind, shown_len(name), name);
}

static int apply_rename(struct groups *groups, struct group *group, const struct edit *edit, struct lw_error *err)
{
    struct group *other = find_id(groups, edit->args[1]);
    other = other != NULL ? other : find_name(groups, edit->args[1]);
    if (other != NULL && other != group)
        return fail(err, LW_ERR_USAGE, "rename E%u: '%s' is template E%u already; choose another name", group->id,
                    edit->args[1], other->id);
    size_t len = strlen(edit->args[1]);
    const char *name = arena_copy(&groups->arena, edit->args[1], len);
    if (name == NULL)
        return fail_memory(err, "renaming a template");
    group->name = (struct lw_bytes){name, len};
    return 0;
}

/* The one with the lower id takes the other in. */
static int join_groups(struct groups *groups, struct group *a, struct group *b)
{
    struct group *into = a->id < b->id ? a : b, *from = into == a ? b : a;
    if (into == from)
        return 0;
    struct shape joined;
    if (shape_join(&into->shape, &from->shape, &groups->arena, &joined) != 0 ||
        alloc_grow(&into->sequences, &into->cap, into->n + from->n, sizeof *into->sequences) != 0)
        return LW_ERR_MEMORY;
    memcpy(into->sequences + into->n, from->sequences, from->n * sizeof *from->sequences);
    into->n += from->n;
    qsort(into->sequences, into->n, sizeof *into->sequences, order_u32);
    into->shape = joined;
    from->joined_to = into->id;
    from->n = 0;
    return 0;
}

static int apply_merge(struct groups *groups, struct group *group, const struct edit *edit, struct lw_error *err)
{
    for (size_t i = 1; i < edit->n_args; i++) {
        struct group *other;
        int status = find_group(groups, edit->args[i], &other, err);
        if (status != 0)
            return status;
        if (other == NULL)
            return fail_unknown("merge", edit->args[i], err);
        if (join_groups(groups, group, other) != 0)
            return fail_memory(err, "merging templates");
        group = group->joined_to != 0 ? &groups->items[group->joined_to - 1] : group;
    }
    return 0;
}

/* Element of the shape that is its slot number `slot`, from 1; the shape's length if there is none. */
static size_t slot_element(const struct shape *shape, size_t slot)
{
    size_t at = 0;
    for (; at < shape->n; at++)
        if (element_is_slot(shape->elements[at]) && --slot == 0)
            break;
    return at;
}

/* Word that the member has in the element, or SYMBOL_VALUE if it is masked or not one word. */
static int member_word(struct groups *groups, const struct group *group, uint32_t sequence, size_t element,
                       uint32_t *word)
{
    struct sequence_token tokens[MASK_MAX_TOKENS];
    struct unit units[MASK_MAX_TOKENS];
    uint32_t first[2 * MASK_MAX_TOKENS + 2];
    bool has_rest;
    int n = groups_units(groups, sequence, tokens, units, &has_rest);
    if (n < 0)
        return n;
    *word = SYMBOL_VALUE;
    if (!shape_align(&group->shape, units, (size_t)n, first) || first[element + 1] - first[element] != 1)
        return 0;
    *word = units[first[element]].word;
    return 0;
}

struct split {
    struct groups *groups;
    size_t at, element;
    uint32_t *parts; /* [n] indexes of the groups made */
    size_t n;
};

/* The group that holds members with the word in the element: group `at` itself for the first word. */
static int split_target(struct split *split, uint32_t word, uint32_t sequence, struct group **out)
{
    struct groups *groups = split->groups;
    const struct shape *old = &groups->items[split->at].shape;
    for (size_t i = 0; i < split->n; i++) {
        struct group *group = &groups->items[split->parts[i]];
        if (element_symbol(group->shape.elements[split->element]) == word) {
            *out = group;
            return 0;
        }
    }
    struct shape shape = {arena_take(&groups->arena, old->n * sizeof(uint32_t)), old->n};
    if (shape.elements == NULL)
        return LW_ERR_MEMORY;
    memcpy(shape.elements, old->elements, shape.n * sizeof(uint32_t));
    shape.elements[split->element] = word << 1 | (shape.elements[split->element] & 1);
    if (split->n == 0) {
        *out = &groups->items[split->at];
        (*out)->shape = shape;
    } else if (group_open(groups, &shape, sequence, out) != 0) {
        return LW_ERR_MEMORY;
    }
    split->parts[split->n++] = (uint32_t)(*out - groups->items);
    return 0;
}

/* words[members of the group]; its memory is used for the parts, of which there are never more. */
static int split_members(struct groups *groups, size_t at, size_t element, uint32_t *words)
{
    struct group old = groups->items[at];
    struct split split = {groups, at, element, words, 0};
    groups->items[at].n = 0;
    for (size_t i = 0; i < old.n; i++) {
        struct group *target;
        uint32_t sequence = old.sequences[i]; /* read before group `at` writes its own, which is never further */
        uint32_t word = words[i];             /* ... and this before a part is written */
        int status = split_target(&split, word, sequence, &target);
        if (status == 0)
            status = group_put(target, sequence);
        if (status != 0)
            return status;
    }
    return 0;
}

static int apply_split(struct groups *groups, struct group *group, const struct edit *edit, struct lw_error *err)
{
    char *end;
    unsigned long slot = strtoul(edit->args[1], &end, 10);
    size_t element = *end == '\0' && slot > 0 ? slot_element(&group->shape, slot) : group->shape.n;
    if (element >= group->shape.n)
        return fail(err, LW_ERR_USAGE, "split E%u: it has no slot '%s'; slots are numbered from 1", group->id,
                    edit->args[1]);
    uint32_t *words = alloc_array(group->n, sizeof *words);
    int status = words == NULL ? fail_memory(err, "splitting a template") : 0;
    for (size_t i = 0; i < group->n && status == 0; i++) {
        if (member_word(groups, group, group->sequences[i], element, &words[i]) != 0)
            status = fail_memory(err, "splitting a template");
        else if (words[i] == SYMBOL_VALUE)
            status = fail(err, LW_ERR_USAGE,
                          "split E%u: slot %s holds typed values (numbers, addresses ...), which are not told apart; "
                          "only slots of words can be split",
                          group->id, edit->args[1]);
    }
    if (status == 0 && split_members(groups, (size_t)(group - groups->items), element, words) != 0)
        status = fail_memory(err, "splitting a template");
    free(words);
    return status;
}

/* What is written after "E12" is its text; what is no id is a text itself. */
static int apply_pin(struct groups *groups, const struct edit *edit, struct lw_error *err)
{
    const char *text = strchr(edit->args[0], EDIT_TEXT);
    return groups_pin_text(groups, text != NULL ? text + 1 : edit->args[0], err);
}

static int apply(struct groups *groups, const struct edit *edit, struct lw_error *err)
{
    static const struct {
        const char *kind;
        int (*apply)(struct groups *, struct group *, const struct edit *, struct lw_error *);
    } kinds[] = {{"rename", apply_rename}, {"merge", apply_merge}, {"split", apply_split}};
    struct group *group;
    if (strcmp(edit->kind, "pin") == 0)
        return apply_pin(groups, edit, err);
    int status = find_group(groups, edit->args[0], &group, err);
    if (status != 0)
        return status;
    if (group == NULL)
        return fail_unknown(edit->kind, edit->args[0], err);
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds && status == 0; k++)
        if (strcmp(kinds[k].kind, edit->kind) == 0)
            status = kinds[k].apply(groups, group, edit, err);
    return status;
}

int groups_edit(struct groups *groups, const struct edits *edits, struct lw_error *err)
{
    for (size_t i = 0; i < (edits == NULL ? 0 : edits->n); i++) {
        const struct edit *edit = &edits->items[i];
        if (edit->is_undone || edit->n_args < 1 || edit_is_mark(edit))
            continue;
        int status = apply(groups, edit, err);
        if (i < edits->n_former && (status == LW_ERR_NOT_FOUND || status == LW_ERR_USAGE)) {
            groups->n_idle++;
            status = 0;
        }
        if (status != 0)
            return status;
    }
    return 0;
}
