/* The candidates for a trace rule as logwright.h shows them. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "learn/trace_finder.h"

#define WHAT "looking for what names traces"

struct lw_trace_candidates {
    struct trace_rule *rule; /* that is followed */
    size_t n;
    struct lw_trace_candidate rows[FINDER_ROWS];
    char *texts[FINDER_ROWS];
    uint32_t ids[FINDER_ROWS]; /* of the finder */
};

static int add_row(struct lw_trace_candidates *candidates, const struct finder *finder, uint32_t id)
{
    const struct candidate *c = &finder->candidates[id];
    struct buf text = BUF_INIT;
    char *copy;

    finder_write_rule(finder, id, &text);
    copy = buf_status(&text) == 0 ? alloc_text(text.data, text.len) : NULL;
    buf_release(&text);
    if (copy == NULL)
        return LW_ERR_MEMORY;
    candidates->texts[candidates->n] = copy;
    candidates->ids[candidates->n] = id;
    candidates->rows[candidates->n++] =
        (struct lw_trace_candidate){.rule = copy,
                                    .is_chosen = strcmp(copy, trace_rule_text(candidates->rule)) == 0,
                                    .score = c->score,
                                    .coverage = c->coverage,
                                    .repetition = c->repetition,
                                    .variety = c->variety,
                                    .locality = c->locality,
                                    .number = c->number,
                                    .unity = c->unity,
                                    .prior = c->prior,
                                    .records = c->records,
                                    .names = c->n_values};
    return 0;
}

/* A rule that is given stands there once: not as what the finder came to as well. */
static int add_rows(struct lw_trace_candidates *candidates, const struct finder *finder)
{
    uint32_t best[FINDER_BEST];
    size_t n = finder_rank(finder, best, FINDER_BEST);
    int code = 0;

    for (uint32_t id = 0; id < finder->names.count && code == 0; id++)
        if (intern_get(&finder->names, id).data[0] == GIVEN)
            code = add_row(candidates, finder, id);
    for (size_t i = 0; i < n && code == 0; i++) {
        size_t before = candidates->n;

        if (intern_get(&finder->names, best[i]).data[0] == GIVEN)
            continue;
        code = add_row(candidates, finder, best[i]);
        if (code == 0 && before > 0 && strcmp(candidates->texts[0], candidates->texts[before]) == 0)
            free(candidates->texts[--candidates->n]);
    }
    return code;
}

static int nest_rows(struct lw_trace_candidates *candidates, const struct finder *finder)
{
    struct nesting nestings[FINDER_ROWS];
    int code = finder_nest(finder, candidates->ids, candidates->n, nestings);

    for (size_t i = 0; i < candidates->n && code == 0; i++) {
        candidates->rows[i].parent = nestings[i].parent;
        candidates->rows[i].parent_share = nestings[i].share;
        candidates->rows[i].alias_of = nestings[i].alias_of;
    }
    return code;
}

int lw_trace_candidates_find(const struct lw_log *log, const char *trace, const struct lw_run *run,
                             struct lw_trace_candidates **out, struct lw_error *err)
{
    struct lw_trace_candidates *candidates = alloc_zeroed(1, sizeof *candidates);
    bool is_given = trace != NULL && strcmp(trace, "auto") != 0;
    struct finder finder;
    int code;

    if (candidates == NULL)
        return fail_memory(err, WHAT);
    finder_init(&finder);
    code =
        is_given ? trace_rule_parse(trace, &candidates->rule, err) : trace_rule_find(log, run, &candidates->rule, err);
    if (code == 0)
        code = finder_count(&finder, log, is_given ? candidates->rule : NULL, run, err);
    if (code == 0) {
        finder_score(&finder);
        if (add_rows(candidates, &finder) != 0 || nest_rows(candidates, &finder) != 0)
            code = fail_memory(err, WHAT);
    }
    finder_release(&finder);
    if (code != 0)
        lw_trace_candidates_free(candidates);
    else
        *out = candidates;
    return code;
}

void lw_trace_candidates_free(struct lw_trace_candidates *candidates)
{
    if (candidates == NULL)
        return;
    for (size_t i = 0; i < candidates->n; i++)
        free(candidates->texts[i]);
    trace_rule_free(candidates->rule);
    free(candidates);
}

size_t lw_trace_candidates_count(const struct lw_trace_candidates *candidates)
{
    return candidates->n;
}

int lw_trace_candidates_get(const struct lw_trace_candidates *candidates, size_t index, struct lw_trace_candidate *out,
                            struct lw_error *err)
{
    if (index >= candidates->n)
        return fail(err, LW_ERR_NOT_FOUND, "there is no candidate %zu: there are %zu", index, candidates->n);
    *out = candidates->rows[index];
    return 0;
}

const char *lw_trace_candidates_rule(const struct lw_trace_candidates *candidates)
{
    return trace_rule_text(candidates->rule);
}

const char *lw_trace_candidates_why(const struct lw_trace_candidates *candidates)
{
    return trace_rule_why(candidates->rule);
}
