/*
 * What the machine detector says of the traces of records, for the gutter. Verdicts of the latest result are put in the
 * order of the session's traces once; a study has traces of its own order, so they are found by name. Traces that the
 * detector was trained on have no score.
 */
#include "ui/panes/logs.h"

#include <math.h>
#include <stdlib.h>

void scores_release(struct scores *scores)
{
    free(scores->items);
    *scores = (struct scores){0};
}

static void collect(const struct app *app, struct scores *scores, const struct lw_result *result, size_t row)
{
    const struct trial *trial = app->bench.trial;
    const struct lw_traces *from = trial->study ? lw_study_traces(trial->study) : trial->session->traces;
    size_t n = lw_traces_count(app->session->traces);

    scores->items = malloc((n + 1) * sizeof *scores->items);
    scores->n = scores->items ? n : 0;
    for (size_t i = 0; i < scores->n; i++)
        scores->items[i] = NAN;
    for (size_t i = 0; scores->items && i < lw_result_verdict_count(result, row); i++) {
        struct lw_verdict verdict;
        struct lw_trace trace;
        ptrdiff_t index;

        if (lw_result_score(result, row, i, &verdict, NULL) != 0 ||
            lw_traces_get(from, verdict.trace, &trace, NULL) != 0)
            continue;
        index = lw_traces_find(app->session->traces, trace.name.data, trace.name.len);
        if (index < 0 || (size_t)index >= n)
            continue;
        scores->items[index] = verdict.score;
        if (isfinite(verdict.score) && (isnan(scores->least) || verdict.score < scores->least))
            scores->least = verdict.score;
    }
}

void scores_renew(struct app *app, struct scores *scores)
{
    const struct lw_result *result = bench_result(&app->bench, ARM_REAL);
    ptrdiff_t row = result ? bench_find_row(&app->bench, ARM_REAL, "machine") : -1;
    struct lw_row machine;

    if (!app_is_learned(app) || row < 0 || bench_row(&app->bench, ARM_REAL, (size_t)row, &machine) != 0) {
        scores_release(scores);
        return;
    }
    scores->threshold = machine.threshold;
    if (scores->items && scores->traces == app->session->traces && scores->result_count == app->bench.result_count)
        return;
    scores_release(scores);
    scores->threshold = machine.threshold;
    scores->traces = app->session->traces;
    scores->result_count = app->bench.result_count;
    scores->least = NAN;
    collect(app, scores, result, (size_t)row);
}

double scores_get(const struct app *app, const struct scores *scores, uint64_t record)
{
    double highest = NAN;
    size_t n = 0;
    const uint32_t *traces = scores->items ? lw_traces_of_record(app->session->traces, record, &n) : NULL;

    for (size_t i = 0; i < n; i++)
        if (traces[i] < scores->n && !isnan(scores->items[traces[i]]) &&
            (isnan(highest) || scores->items[traces[i]] > highest))
            highest = scores->items[traces[i]];
    return highest;
}

const char *scores_sign(const struct scores *scores, double score, const struct symbols *symbols)
{
    double span = scores->threshold - scores->least;
    double share = span > 0 && isfinite(span) ? (score - scores->least) / span : 0;

    return isnan(score)                ? " "
           : score > scores->threshold ? symbols->cross
                                       : symbols->steps[share >= 1  ? 7
                                                        : share > 0 ? (int)(share * 8)
                                                                    : 0];
}
