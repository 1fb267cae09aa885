/* Templates as logwright.h shows them: how often, when, and of what messages; slot_api.c has their parameters. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "workspace/workspace.h"

/* ---- templates ------------------------------------------------------------------------------------------------- */

static const struct template_item *item_at(const struct lw_workspace *workspace, size_t index, struct lw_error *err)
{
    const struct templates *templates = &workspace->model->templates;

    if (index < templates->n)
        return &templates->items[index];
    fail(err, LW_ERR_NOT_FOUND, "there is no template of index %zu: there are %zu", index, templates->n);
    return NULL;
}

/* The template's events in time: those of its sequences together. */
static void add_up(const struct model *model, const struct template_item *item, struct activity *out)
{
    for (size_t i = 0; i < item->n_sequences; i++)
        sequence_activity(&model->counts->sequences.stats[item->sequences[i]], out);
}

int lw_template_activity(const struct lw_workspace *workspace, size_t index, struct lw_activity *out,
                         struct lw_error *err)
{
    const struct template_item *item = item_at(workspace, index, err);
    struct activity activity;

    if (item == NULL)
        return LW_ERR_NOT_FOUND;
    activity_init(&activity);
    add_up(workspace->model, item, &activity);
    activity_get(&activity, out);
    return 0;
}

/* Events since the mark, of the bin that it cuts as many as stand behind it if they are spread evenly. */
static double count_since(const struct lw_activity *activity, int64_t mark_us)
{
    double since = 0;

    for (size_t i = 0; i < activity->n; i++) {
        double start = (double)activity->start_us + (double)i * (double)activity->bin_us;
        double share = (start + (double)activity->bin_us - (double)mark_us) / (double)activity->bin_us;

        since += (double)activity->counts[i] * (share < 0 ? 0 : share > 1 ? 1 : share);
    }
    return since;
}

int lw_template_change(const struct lw_workspace *workspace, size_t index, int64_t mark_us, struct lw_change *out,
                       struct lw_error *err)
{
    const double hour_us = 3.6e9;
    const struct counts *counts = workspace->model->counts;
    struct lw_activity activity;
    struct lw_template template;
    double since, before, hours_before, hours_after, expected;
    int code = lw_template_activity(workspace, index, &activity, err);

    if (code == 0)
        code = lw_template_get(workspace, index, &template, err);
    if (code != 0)
        return code;
    *out = (struct lw_change){.before = NAN, .after = NAN};
    if (activity.n == 0)
        return 0;
    out->is_new = template.first_us >= mark_us;
    since = out->is_new ? (double)template.count : count_since(&activity, mark_us);
    if (template.last_us < mark_us)
        since = 0;
    before = (double)template.count - since;
    hours_before = ((double)mark_us - (double)counts->first_us) / hour_us;
    hours_after = ((double)counts->last_us - (double)mark_us) / hour_us;
    out->since = (uint64_t)(since + .5);
    if (hours_before > 0)
        out->before = before / hours_before;
    if (hours_after > 0)
        out->after = since / hours_after;
    if (!(hours_before > 0 && hours_after > 0))
        return 0;
    /* before + 1: an event that just did not happen before. 3.1 standard deviations are p = .001 of one side. */
    expected = (before + 1) / hours_before * hours_after;
    out->is_surging = since >= 10 && since >= 2 * expected && since - expected > 3.1 * sqrt(expected + since);
    return 0;
}

size_t lw_template_count(const struct lw_workspace *workspace)
{
    return workspace->model->templates.n;
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
        template_usual_level(item),
        item->n_slots,
        item->is_pinned,
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
