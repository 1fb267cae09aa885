#include "measure/fidelity_failures.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "measure/distance.h"

#define MISSED 5 /* events that have to be expected before none is a difference */
#define SPLITS 4 /* points of time that halves begin at; of further splits pairs are left out */

static uint32_t type_at(const struct fidelity_failures *failures, const struct log_columns *columns, uint64_t record)
{
    uint32_t index = columns->templates[record];
    uint32_t id = index == COLUMN_NONE ? LW_TEMPLATE_UNKNOWN : columns->model->templates.items[index].id;
    return failures_type(&failures->failures, id, (enum lw_level)columns->levels[record]);
}

/* ---- pairs ----------------------------------------------------------------------------------------------------- */

struct timed { /* by time, and where that is the same as they stand in the log */
    struct lagged_event event;
    uint64_t record;
};

static int by_time(const void *left, const void *right)
{
    const struct timed *a = left, *b = right;
    if (a->event.time_us != b->event.time_us)
        return a->event.time_us < b->event.time_us ? -1 : 1;
    return (a->record > b->record) - (a->record < b->record);
}

/* Events of a log, each of the first trace it belongs to: failures by service and type, or all by template. */
static int find_events(const struct fidelity_failures *failures, const struct log_columns *columns, bool is_all,
                       struct pair_map *kinds, struct timed *events, size_t *n)
{
    const struct trace_set *set = columns->traces;
    uint8_t *is_seen = alloc_zeroed((size_t)columns->n_records, 1);
    int code = is_seen == NULL ? LW_ERR_MEMORY : 0;
    for (size_t t = 0; t < set->n_traces; t++)
        for (size_t e = set->first[t]; e < set->first[t + 1] && code == 0; e++) {
            uint64_t record = set->records[e];
            uint32_t type = type_at(failures, columns, record), kind;
            if (is_seen[record] || set->times_us[e] == LW_NO_TIME || (!is_all && type == FAILURE_NONE))
                continue;
            is_seen[record] = 1;
            code = is_all ? pair_map_add(kinds, columns->templates[record], 0, &kind)
                          : pair_map_add(kinds, columns->components[record], type, &kind);
            if (code == 0)
                events[(*n)++] = (struct timed){{set->times_us[e], kind, (uint32_t)t}, record};
        }
    free(is_seen);
    return code;
}

static int list_events(const struct fidelity_failures *failures, const struct log_columns *columns, bool is_all,
                       struct pair_map *kinds, struct lagged_event **out, size_t *n)
{
    struct timed *events = alloc_array(columns->traces->n_events, sizeof *events);
    *out = alloc_array(columns->traces->n_events, sizeof **out);
    *n = 0;
    int code =
        events == NULL || *out == NULL ? LW_ERR_MEMORY : find_events(failures, columns, is_all, kinds, events, n);
    if (code == 0 && *n > 1)
        qsort(events, *n, sizeof *events, by_time);
    for (size_t i = 0; i < *n && code == 0; i++)
        (*out)[i] = events[i].event;
    free(events);
    return code;
}

static int list_both(struct fidelity_failures *failures, const struct log_columns *const columns[2], bool is_all)
{
    struct pair_map kinds = PAIR_MAP_INIT;
    int code = 0;
    for (int side = 0; side < 2 && code == 0; side++) {
        free(failures->events[side]);
        failures->events[side] = NULL;
        code = list_events(failures, columns[side], is_all, &kinds, &failures->events[side], &failures->n[side]);
    }
    pair_map_release(&kinds);
    return code;
}

int fidelity_failures_init(struct fidelity_failures *failures, const struct log_columns *real,
                           const struct log_columns *synthetic, const struct lw_run *run, struct lw_error *err)
{
    const struct lagged_options options = LAGGED_OPTIONS_INIT;
    const struct log_columns *const columns[2] = {real, synthetic};
    struct lagged_pairs pairs = {0};
    int code = failures_init(&failures->failures, &real->model->templates, err);
    if (code != 0)
        return code;
    failures->is_ready = true;
    if (list_both(failures, columns, false) != 0)
        return fail_memory(err, "listing failures");
    code = lagged_mine(failures->events[0], failures->n[0], &options, run, &pairs, err);
    if (code != 0)
        return code;
    failures->has_lags = pairs.n > 0;
    lagged_pairs_release(&pairs);
    if (!failures->has_lags && list_both(failures, columns, true) != 0)
        return fail_memory(err, "listing events");
    return 0;
}

void fidelity_failures_release(struct fidelity_failures *failures)
{
    if (failures->is_ready)
        failures_release(&failures->failures);
    free(failures->events[0]);
    free(failures->events[1]);
    memset(failures, 0, sizeof *failures);
}

static int score_pairs(const struct fidelity_failures *failures, const struct lagged_event *a, size_t n_a,
                       const struct lagged_event *b, size_t n_b, const struct lw_run *run, struct lw_figures *figures,
                       struct lw_error *err)
{
    const struct lagged_options options = LAGGED_OPTIONS_INIT;
    struct lagged_pairs pairs = {0};
    int code = lagged_mine(a, n_a, &options, run, &pairs, err);
    if (code != 0)
        return code;
    struct lagged_score *scores = alloc_zeroed(pairs.n, sizeof *scores);
    double share;
    size_t held = 0, n = 0;
    code = scores == NULL ? fail_memory(err, "scoring pairs") : 0;
    if (code == 0 && pairs.n > 0)
        code = lagged_score(&pairs, b, n_b, scores, &share, err);
    for (size_t i = 0; i < pairs.n && code == 0; i++)
        if ((double)pairs.items[i].n * (double)n_b >= MISSED * (double)n_a) {
            n++;
            held += scores[i].is_held;
        }
    free(scores);
    if (code == 0)
        code = figures_put(figures, "c_temporal", "", n > 0 ? (double)held / (double)n : NAN, n,
                           n == 0               ? "no pair of events follows one another"
                           : failures->has_lags ? "pairs of failures"
                                                : "pairs of templates: there are none of failures",
                           err);
    lagged_pairs_release(&pairs);
    return code;
}

/* Half of the real log's time, from a point on that moves with the split, against the rest. */
static int score_halves(const struct fidelity_failures *failures, uint32_t split, const struct lw_run *run,
                        struct lw_figures *figures, struct lw_error *err)
{
    size_t n = failures->n[0], half = n / 2, from = n * split / SPLITS;
    const struct lagged_event *events = failures->events[0];
    struct lagged_event *parts = alloc_array(n, sizeof *parts);
    size_t n_a = 0, n_b = half;
    if (parts == NULL)
        return fail_memory(err, "halving the real log");
    for (size_t i = 0; i < n; i++) { /* both halves stay in the order of time */
        bool is_first = from + half <= n ? i >= from && i < from + half : i >= from || i < from + half - n;
        parts[is_first ? n_a++ : n_b++] = events[i];
    }
    int code = score_pairs(failures, parts, n_a, parts + half, n - half, run, figures, err);
    free(parts);
    return code;
}

/* ---- types ----------------------------------------------------------------------------------------------------- */

static int tally_types(const struct fidelity_failures *failures, const struct view *view, int side,
                       struct tallies *tallies)
{
    int code = 0;
    for (size_t i = 0; i < view->n_rows && code == 0; i++) {
        uint32_t type = type_at(failures, view->of, view->records[i]);
        if (type != FAILURE_NONE)
            code = tallies_add(tallies, type, side, 1);
    }
    return code;
}

static int add_types(const struct fidelity_failures *failures, const struct tallies *tallies,
                     struct lw_figures *figures, struct lw_error *err)
{
    const struct intern *types = &failures->failures.types;
    int code = 0;
    for (uint32_t type = 0; type < types->count && code == 0; type++) {
        const struct tally *tally = tallies_find(tallies, type);
        struct lw_bytes name = intern_get(types, type);
        char part[80], note[80];
        if (tally == NULL)
            continue;
        double a = tallies->total[0] > 0 ? tally->n[0] / tallies->total[0] : 0;
        double b = tallies->total[1] > 0 ? tally->n[1] / tallies->total[1] : 0;
        snprintf(part, sizeof part, "%.*s", (int)name.len, name.data);
        snprintf(note, sizeof note, "%.2f %% of failures, %.2f %% of synthetic ones", 100 * a, 100 * b);
        code = figures_put(figures, "d_errdist", part, 1 - fabs(a - b), (uint64_t)tally->n[1], note, err);
    }
    return code;
}

static int compare_types(const struct fidelity_failures *failures, const struct view *a, const struct view *b,
                         struct lw_figures *figures, struct lw_error *err)
{
    struct tallies tallies = {0};
    int code = tally_types(failures, a, 0, &tallies);
    if (code == 0)
        code = tally_types(failures, b, 1, &tallies);
    if (code != 0) {
        tallies_release(&tallies);
        return fail_memory(err, "counting failures");
    }
    double alike = tallies_divergence(&tallies, view_effective(a, (size_t)tallies.total[0]),
                                      view_effective(b, (size_t)tallies.total[1]));
    if (tallies.total[0] * (double)b->n_traces >= MISSED * (double)a->n_traces && !(tallies.total[1] > 0))
        alike = 0;
    code = figures_put(figures, "d_errdist", "", alike, (uint64_t)tallies.total[1],
                       tallies.total[0] > 0 ? NULL : "the real log has no failures", err);
    if (code == 0)
        code = add_types(failures, &tallies, figures, err);
    tallies_release(&tallies);
    return code;
}

int fidelity_failures_compare(const struct fidelity_failures *failures, const struct view *a, const struct view *b,
                              uint32_t split, const struct lw_run *run, struct lw_figures *figures,
                              struct lw_error *err)
{
    int code = compare_types(failures, a, b, figures, err);
    if (code != 0)
        return code;
    if (split != FIDELITY_WHOLE && split >= SPLITS)
        return 0;
    return split == FIDELITY_WHOLE ? score_pairs(failures, failures->events[0], failures->n[0], failures->events[1],
                                                 failures->n[1], run, figures, err)
                                   : score_halves(failures, split, run, figures, err);
}
