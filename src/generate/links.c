/*
 * Watched variables that agree are joined into groups by union-find; a group with a link, or a variable seen to be
 * steady, becomes a class, whose values are those of all its variables.
 *
 * Drawing whole sampled traces and only changing names was rejected: it would hand out real combinations of values.
 */
#include "generate/links.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "generate/watch.h"

#define UNIQUE_MIN 6 /* sampled traces before a value counts as unique to its trace */

/* ---- classes ---- */

static uint32_t find_group(uint32_t *parents, uint32_t i)
{
    while (parents[i] != i)
        i = parents[i] = parents[parents[i]];
    return i;
}

static bool can_link(const struct watched *item)
{
    return watched_is_steady(item) && !watched_is_key(item);
}

static void join_groups(const struct watch *watch, uint32_t *parents, bool *is_wanted)
{
    for (uint32_t i = 0; i < watch->n; i++) {
        parents[i] = i;
        for (uint32_t j = 0; j < i && can_link(&watch->items[i]); j++)
            if (can_link(&watch->items[j]) && watched_are_linked(&watch->items[i], &watch->items[j]))
                parents[find_group(parents, i)] = find_group(parents, j);
    }
    for (uint32_t i = 0; i < watch->n; i++) {
        uint32_t group = find_group(parents, i);
        is_wanted[group] = is_wanted[group] || group != i || watched_has_evidence(&watch->items[i]);
    }
}

static int add_to_class(struct links *links, uint32_t number, const struct watched *item)
{
    struct link_class *class = &links->classes[number];
    unsigned n = watched_count_traces(item);
    bool is_distinct = watched_count_distinct(item) == n;
    class->is_unique = class->is_unique || (n >= UNIQUE_MIN && is_distinct);
    class->is_shared = class->is_shared || (n >= UNIQUE_MIN && !is_distinct);
    links->class_of[item->variable] = number;
    return pool_merge(&class->pool, &item->values);
}

/* Numbers the groups that become classes. */
static int make_classes(struct links *links, const struct watch *watch)
{
    uint32_t *parents = alloc_array(watch->n, sizeof *parents), *numbers = alloc_zeroed(watch->n, sizeof *numbers);
    bool *is_wanted = alloc_zeroed(watch->n, sizeof *is_wanted);
    links->classes = alloc_zeroed(watch->n + 1, sizeof *links->classes);
    int rc = parents == NULL || numbers == NULL || is_wanted == NULL || links->classes == NULL ? LW_ERR_MEMORY : 0;
    if (rc == 0) {
        links->n_classes = 1;
        join_groups(watch, parents, is_wanted);
    }
    for (uint32_t i = 0; i < watch->n && rc == 0; i++) {
        uint32_t group = find_group(parents, i);
        if (watched_is_key(&watch->items[i])) {
            links->class_of[watch->items[i].variable] = LINK_KEY;
        } else if (is_wanted[group]) {
            if (numbers[group] == 0)
                numbers[group] = (uint32_t)links->n_classes++;
            rc = add_to_class(links, numbers[group], &watch->items[i]);
        }
    }
    free(parents);
    free(numbers);
    free(is_wanted);
    return rc;
}

/* Whether an item is a header field of one template's records, in a class; *field: of which. */
static bool is_in_family(const struct links *links, const struct watched *item, uint32_t *field)
{
    uint32_t first = variable_of_template_field(&links->variables, 0, 0), class = links->class_of[item->variable];
    if (item->variable < first || class == LINK_NONE || class == LINK_KEY || !can_link(item))
        return false;
    *field = (item->variable - first) % (uint32_t)links->variables.fields.count;
    return true;
}

/* A class whose values are the same in all traces that were sampled may be any other's too: what a header field holds
 * in records of one template belongs with what it holds in those of others unless they were seen to differ. */
static int find_families(struct links *links, const struct watch *watch)
{
    uint8_t *differs = alloc_array(links->n_classes, 1);
    bool *has_others = alloc_zeroed(links->n_classes, sizeof *has_others);
    uint32_t field, other_field;
    for (uint32_t i = 0; i < links->n_classes; i++)
        links->classes[i].family = i;
    for (size_t i = 0; i < watch->n && differs != NULL && has_others != NULL; i++) {
        uint32_t class = links->class_of[watch->items[i].variable], found = LINK_NONE;
        if (!is_in_family(links, &watch->items[i], &field) || links->classes[class].family != class ||
            has_others[class])
            continue;
        memset(differs, 0, links->n_classes);
        for (int pass = 0; pass < 2; pass++)
            for (size_t j = 0; j < i && found == LINK_NONE; j++) {
                if (!is_in_family(links, &watch->items[j], &other_field) || other_field != field)
                    continue;
                uint32_t family = links->classes[links->class_of[watch->items[j].variable]].family;
                int agree = watched_agree(&watch->items[i], &watch->items[j]);
                if (pass == 0)
                    differs[family] |= agree < 0;
                else if (agree > 0 && differs[family] == 0 && family != class)
                    found = family;
            }
        if (found != LINK_NONE) {
            links->classes[class].family = found;
            has_others[found] = true;
        }
    }
    int rc = differs == NULL || has_others == NULL ? LW_ERR_MEMORY : 0;
    free(differs);
    free(has_others);
    return rc;
}

/* A field that was looked at by template: where a template was not sampled it is what it is for most. */
static int spread_fields(struct links *links)
{
    size_t n_templates = links->model->templates.n;
    unsigned *votes = alloc_array(links->n_classes, sizeof *votes);
    if (votes == NULL)
        return LW_ERR_MEMORY;
    for (uint32_t field = 0; field < links->variables.fields.count; field++) {
        uint32_t *class = &links->class_of[variable_of_field(&links->variables, field)];
        memset(votes, 0, links->n_classes * sizeof *votes);
        for (size_t t = 0; t < n_templates && *class == LINK_NONE; t++) {
            uint32_t own = links->class_of[variable_of_template_field(&links->variables, t, field)];
            if (own != LINK_NONE)
                votes[own]++;
        }
        for (uint32_t i = 0; i < links->n_classes; i++)
            if (votes[i] > 1 && (*class == LINK_NONE || votes[i] > votes[*class]))
                *class = i;
    }
    free(votes);
    return 0;
}

static int find_times(struct links *links, const struct watch *watch)
{
    size_t n = links->variables.fields.count, n_slots = variable_of_field(&links->variables, 0);
    links->is_time = alloc_zeroed(n, sizeof *links->is_time);
    links->time_shift_us = alloc_zeroed(n, sizeof *links->time_shift_us);
    if (links->is_time == NULL || links->time_shift_us == NULL)
        return LW_ERR_MEMORY;
    for (size_t i = 0; i < watch->n; i++)
        if (watch->items[i].variable >= n_slots && watch->items[i].variable < n_slots + n &&
            watched_is_time(&watch->items[i])) {
            links->is_time[watch->items[i].variable - n_slots] = true;
            links->time_shift_us[watch->items[i].variable - n_slots] = watch->items[i].shift_us;
        }
    return 0;
}

/* The values of a class are those of all its variables. */
static int fill_from_messages(struct links *links)
{
    const struct counts *counts = links->model->counts;
    struct sequence_token tokens[MASK_MAX_TOKENS];
    for (uint32_t s = 0; s < counts->sequences.keys.count; s++) {
        size_t n = sequence_tokens(&counts->sequences, s, tokens, MASK_MAX_TOKENS);
        const struct pool *pool = counts->params + counts->param_first[s];
        for (size_t i = 0; i < n; i++) {
            uint32_t class = links_token(links, s, i);
            const struct pool *own = tokens[i].mask != MASK_NONE ? pool++ : NULL;
            if (class == LINK_NONE || class == LINK_KEY)
                continue;
            struct pool *into = &links->classes[class].pool;
            int rc = own != NULL
                         ? pool_merge(into, own)
                         : pool_add(into, tokens[i].text.data, tokens[i].text.len, counts->sequences.stats[s].count);
            if (rc != 0)
                return rc;
        }
    }
    return 0;
}

static int fill_from_headers(struct links *links)
{
    const struct layouts *layouts = &links->model->counts->layouts;
    for (uint32_t i = 0; i < layouts->skeletons.count; i++) {
        struct skeleton skeleton;
        layout_skeleton(layouts, i, &skeleton);
        for (size_t j = 0, slot = 0; j < skeleton.n_parts; j++) {
            if (skeleton.parts[j].kind != LAYOUT_SLOT)
                continue;
            struct lw_bytes name = skeleton.parts[j].text;
            uint32_t field = intern_find(&links->variables.fields, name.data, name.len);
            uint32_t class = links->class_of[variable_of_field(&links->variables, field)];
            const struct pool *pool = &layouts->values[i].slots[slot++];
            if (class != LINK_NONE && class != LINK_KEY && pool_merge(&links->classes[class].pool, pool) != 0)
                return LW_ERR_MEMORY;
        }
    }
    return 0;
}

static void settle_unique(struct links *links)
{
    for (size_t i = LINK_KEY + 1; i < links->n_classes; i++) {
        struct link_class *class = &links->classes[i];
        class->is_unique = class->is_unique && !class->is_shared && class->pool.n > 0;
    }
}

static int build(struct links *links, const struct watch *watch)
{
    links->class_of = alloc_array(links->variables.n, sizeof *links->class_of);
    if (links->class_of == NULL)
        return LW_ERR_MEMORY;
    for (size_t i = 0; i < links->variables.n; i++)
        links->class_of[i] = LINK_NONE;
    int rc = find_times(links, watch);
    if (rc == 0)
        rc = make_classes(links, watch);
    if (rc == 0)
        rc = find_families(links, watch);
    if (rc == 0)
        rc = fill_from_messages(links);
    if (rc == 0)
        rc = fill_from_headers(links);
    if (rc == 0)
        rc = spread_fields(links);
    settle_unique(links);
    return rc;
}

int links_init(struct links *links, const struct model *model, struct lw_error *err)
{
    *links = (struct links){.model = model};
    int rc = variables_init(&links->variables, model, err);
    if (rc != 0)
        return rc;
    struct watch watch;
    bool is_out = watch_init(&watch, &links->variables) != 0;
    if (!is_out) {
        is_out = build(links, &watch) != 0;
        watch_release(&watch);
    }
    if (is_out) {
        links_release(links);
        return fail_memory(err, "finding shared values");
    }
    return 0;
}

void links_release(struct links *links)
{
    for (size_t i = 0; i < links->n_classes; i++)
        pool_release(&links->classes[i].pool);
    free(links->classes);
    free(links->is_time);
    free(links->time_shift_us);
    free(links->class_of);
    variables_release(&links->variables);
    *links = (struct links){.model = NULL};
}

/* ---- asking -------------------------------------------------------------------------------------------------------
 */

uint32_t links_token(const struct links *links, uint32_t sequence, size_t token)
{
    uint32_t variable = variable_of_token(&links->variables, sequence, token);
    return variable == VARIABLE_NONE ? LINK_NONE : links->class_of[variable];
}

uint32_t links_field(const struct links *links, size_t template_index, uint32_t field)
{
    uint32_t own = links->class_of[variable_of_template_field(&links->variables, template_index, field)];
    return own != LINK_NONE ? own : links->class_of[variable_of_field(&links->variables, field)];
}
