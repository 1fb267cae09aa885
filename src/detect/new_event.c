/* The baseline under all others: how many events of a trace have a template that no fitted trace had. */
#include "detect/rows.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/fail.h"

struct known {
    uint32_t n;      /* ids from here on are unknown */
    bool is_known[]; /* [n] */
};

static int fit(const struct trace_set *set, const uint32_t *indexes, size_t n, const struct lw_run *run, void **model,
               struct lw_error *err)
{
    (void)run;
    uint32_t n_ids = 1;
    for (size_t i = 0; i < n; i++)
        for (size_t e = set->first[indexes[i]]; e < set->first[indexes[i] + 1]; e++)
            if (set->templates[e] >= n_ids)
                n_ids = set->templates[e] + 1;
    struct known *known = alloc_zeroed(1, sizeof *known + n_ids * sizeof *known->is_known);
    if (known == NULL)
        return fail_memory(err, "fitting new-event");
    known->n = n_ids;
    for (size_t i = 0; i < n; i++)
        for (size_t e = set->first[indexes[i]]; e < set->first[indexes[i] + 1]; e++)
            known->is_known[set->templates[e]] = true;
    known->is_known[LW_TEMPLATE_UNKNOWN] = false; /* these are different ones each time */
    *model = known;
    return 0;
}

static bool is_new(const struct known *known, uint32_t template_id)
{
    return template_id >= known->n || !known->is_known[template_id];
}

static int score(const void *model, const struct trace_set *set, size_t trace, struct detector_verdict *out,
                 struct lw_error *err)
{
    (void)err;
    size_t first = set->first[trace], n_new = 0, where = 0;
    for (size_t e = first; e < set->first[trace + 1]; e++)
        if (is_new(model, set->templates[e]) && n_new++ == 0)
            where = e - first;
    *out = (struct detector_verdict){(double)n_new, where};
    return 0;
}

static int explain(const void *model, const struct trace_set *set, size_t trace, struct buf *out, struct lw_error *err)
{
    struct detector_verdict verdict;
    score(model, set, trace, &verdict, err);
    uint32_t id = verdict.score > 0 ? set->templates[set->first[trace] + verdict.event] : LW_TEMPLATE_UNKNOWN;
    if (!(verdict.score > 0))
        buf_add_text(out, "every event has a template that was seen in training");
    else if (id == LW_TEMPLATE_UNKNOWN)
        buf_add_text(out, "a message that matches no template");
    else
        buf_printf(out, "E%u: not one of the traces fitted on has it", id);
    if (verdict.score > 1)
        buf_printf(out, "; %.0f such events in this trace", verdict.score);
    return buf_status(out) == 0 ? 0 : fail_memory(err, "explaining a trace");
}

const struct detector new_event_detector = {
    .info = {"new-event", "counts events whose template no training trace has"},
    .fit = fit,
    .score = score,
    .explain = explain,
    .free = free,
};
