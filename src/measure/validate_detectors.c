/* Which kinds of injected anomalies detectors see that are fitted on the real log. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "base/order.h"
#include "measure/arm.h"
#include "measure/fold.h"
#include "measure/validate_parts.h"

struct seeing {
    double *normal; /* [n] room */
    struct validating *v;
    uint32_t *train, *all; /* indexes of traces */
    size_t n_train;
    double *scores;
    uint32_t *events;
};

/* How many of rising values[n] lie below x, those equal to it by half. */
static double count_below(const double *values, size_t n, double x)
{
    size_t bounds[2];
    for (int i = 0; i < 2; i++) {
        size_t low = 0, high = n;
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (values[middle] < x || (i == 1 && values[middle] == x))
                low = middle + 1;
            else
                high = middle;
        }
        bounds[i] = low;
    }
    return ((double)bounds[0] + (double)bounds[1]) / 2;
}

/* Chance that a trace of the kind scores higher than a normal one, ties count half; NaN: there are not both. */
static double find_separation(const struct seeing *seeing, uint32_t kind)
{
    const struct lw_labels *labels = &seeing->v->labels;
    size_t n = seeing->v->columns.traces->n_traces, n_normal = 0, n_kind = 0;
    double sum = 0;
    for (size_t t = 0; t < n; t++)
        if (labels->labels[t] == LW_NORMAL)
            seeing->normal[n_normal++] = seeing->scores[t];
    qsort(seeing->normal, n_normal, sizeof *seeing->normal, order_double);
    for (size_t t = 0; t < n; t++)
        if (labels->kinds[t] == kind) {
            sum += count_below(seeing->normal, n_normal, seeing->scores[t]);
            n_kind++;
        }
    return n_normal > 0 && n_kind > 0 ? sum / (double)n_normal / (double)n_kind : NAN;
}

/* Two rows for each label: the share of its traces that the detector flags (of normal ones these are false alarms), and
 * how well its scores tell them from normal ones, whatever the threshold is. */
static int put_recalls(const struct seeing *seeing, const char *detector, double threshold)
{
    struct validating *v = seeing->v;
    const struct trace_set *set = v->columns.traces;
    int code = 0;
    for (uint32_t kind = 0; kind < v->labels.names.count && code == 0; kind++) {
        struct lw_bytes name = intern_get(&v->labels.names, kind);
        uint64_t n = 0, seen = 0;
        char part[120];
        for (size_t t = 0; t < set->n_traces; t++)
            if (v->labels.kinds[t] == kind) {
                n++;
                seen += seeing->scores[t] > threshold;
            }
        if (n == 0)
            continue;
        snprintf(part, sizeof part, "%s %.*s", detector, (int)(name.len < 60 ? name.len : 60), name.data);
        code = figures_put(v->out->figures, "detectors", part, (double)seen / (double)n, n, NULL, v->err);
        double separation = find_separation(seeing, kind);
        if (code == 0 && !isnan(separation))
            code = figures_put(v->out->figures, "separation", part, separation, n, NULL, v->err);
    }
    return code;
}

static int try_detector(const struct seeing *seeing, const struct detector *detector)
{
    struct validating *v = seeing->v;
    const struct arm_input in = {.set = &v->in->model->traces,
                                 .train = seeing->train,
                                 .n_train = seeing->n_train,
                                 .n_blocks = fold_block_count(seeing->n_train)};
    struct arm arm;
    int code = arm_fit(detector, &in, v->run, &arm, v->err);
    if (code != 0)
        return code;
    code = arm_score(detector, arm.model, v->columns.traces, seeing->all, v->columns.traces->n_traces, v->run,
                     seeing->scores, seeing->events, v->err);
    if (code == 0)
        code = put_recalls(seeing, detector->info.name, arm.threshold);
    detector->free(arm.model);
    arm_release(&arm);
    return code;
}

int validate_detectors(struct validating *v)
{
    size_t n = v->columns.traces->n_traces, n_train = v->in->model->traces.n_traces;
    if (v->in->labels == NULL || n_train == 0)
        return 0;
    struct seeing seeing = {.v = v,
                            .train = alloc_array(n_train, sizeof *seeing.train),
                            .all = alloc_array(n, sizeof *seeing.all),
                            .n_train = n_train,
                            .normal = alloc_array(n, sizeof *seeing.normal),
                            .scores = alloc_array(n, sizeof *seeing.scores),
                            .events = alloc_array(n, sizeof *seeing.events)};
    int code = seeing.train == NULL || seeing.all == NULL || seeing.scores == NULL || seeing.events == NULL ||
                       seeing.normal == NULL
                   ? fail_memory(v->err, "trying detectors")
                   : 0;
    for (uint32_t i = 0; i < n_train && code == 0; i++)
        seeing.train[i] = i;
    for (uint32_t i = 0; i < n && code == 0; i++)
        seeing.all[i] = i;
    for (size_t d = 0; d < detector_count() && code == 0; d++)
        code = try_detector(&seeing, detector_get(d));
    free(seeing.train);
    free(seeing.all);
    free(seeing.scores);
    free(seeing.normal);
    free(seeing.events);
    return code;
}
