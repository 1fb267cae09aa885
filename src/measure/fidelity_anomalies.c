#include "measure/fidelity_anomalies.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "measure/logistic.h"

#define RNG_PURPOSE 0x616e6f31u
#define MIN_TRACES  3    /* of a type, for it to be one of the real log, */
#define MIN_SHARE   .001 /* and, without labels, share of all */
#define RARE        .02  /* share of the normal traces that have an unusual template, at most */
#define MIN_LABELS  3    /* traces of a kind, for a classifier */
#define SLOW        4.   /* times the longest delays of a transition */
#define MIN_TIMED   50

/* ---- breaches -------------------------------------------------------------------------------------------------- */

enum breach { BREACH_UNKNOWN, BREACH_BEGIN, BREACH_END, BREACH_REPEATED, BREACH_ORDER, BREACH_SLOW, BREACH_COUNT };
static const char *const breach_names[BREACH_COUNT] = {
    [BREACH_UNKNOWN] = "unknown event",   [BREACH_BEGIN] = "unusual begin", [BREACH_END] = "cut short",
    [BREACH_REPEATED] = "repeated event", [BREACH_ORDER] = "unusual step",  [BREACH_SLOW] = "slow step",
};

/* The longest usual delay of an edge, microseconds. */
static int64_t slow_of(const struct machine_edge *edge)
{
    int64_t at = edge->timed >= MIN_TIMED ? machine_delay_quantile(edge, .999) : LW_NO_TIME;
    return at == LW_NO_TIME ? INT64_MAX : (int64_t)(SLOW * (double)(at < 1000000 ? 1000000 : at));
}

static uint64_t breaches_of(const struct machine *machine, const int64_t *slow, const struct view *view, size_t t)
{
    const struct trace_set *set = view->of->traces;
    struct machine_walk walk;
    uint64_t bits = 0;
    machine_walk_init(&walk);
    for (size_t i = view->first[t]; i <= view->first[t + 1]; i++) {
        const struct machine_edge *edge;
        bool is_end = i == view->first[t + 1], is_first = i == view->first[t];
        if (is_end && trace_set_is_open_end(set, view->traces[t]))
            break;
        uint32_t kind = is_end ? COLUMN_NONE : view->kinds[i];
        uint32_t id = kind == COLUMN_NONE ? LW_TEMPLATE_UNKNOWN : view->of->model->templates.items[kind].id;
        machine_step(machine, &walk, id, is_end, &edge);
        if (edge != NULL && edge->is_core) {
            if (!is_end && view->delays[i] * 1e6 > (double)slow[edge - machine->edges])
                bits |= UINT64_C(1) << BREACH_SLOW;
            continue;
        }
        enum breach breach = is_end                       ? BREACH_END
                             : kind == COLUMN_NONE        ? BREACH_UNKNOWN
                             : is_first                   ? BREACH_BEGIN
                             : view->kinds[i - 1] == kind ? BREACH_REPEATED
                                                          : BREACH_ORDER;
        bits |= UINT64_C(1) << breach;
    }
    return bits;
}

static int find_breaches(struct fidelity_anomalies *anomalies, const struct view *const views[2])
{
    const struct machine *machine = &views[0]->of->model->machine;
    int64_t *slow = alloc_array(machine->n_edges, sizeof *slow);
    uint32_t id;
    int code = slow == NULL ? LW_ERR_MEMORY : 0;
    for (size_t e = 0; e < machine->n_edges && code == 0; e++)
        slow[e] = slow_of(&machine->edges[e]);
    for (int breach = 0; breach < BREACH_COUNT && code == 0; breach++)
        code = intern_add(&anomalies->types, breach_names[breach], strlen(breach_names[breach]), &id);
    for (size_t t = 0; t < views[0]->n_traces && code == 0; t++)
        anomalies->of_real[t] = breaches_of(machine, slow, views[0], t);
    for (size_t t = 0; t < views[1]->n_traces && code == 0; t++)
        anomalies->of_synthetic[t] = breaches_of(machine, slow, views[1], t);
    free(slow);
    return code;
}

/* ---- labels ---------------------------------------------------------------------------------------------------- */

struct recogniser {
    const struct lw_labels *labels;
    struct feature_rows rows; /* of the real traces, then of the synthetic ones */
    size_t n[2];
    uint32_t *indexes;
    uint8_t *is_one;
    struct rng rng;
};

static int recogniser_init(struct recogniser *recogniser, const struct view *const views[2])
{
    size_t most = views[0]->n_traces > views[1]->n_traces ? views[0]->n_traces : views[1]->n_traces;
    recogniser->indexes = alloc_array(most, sizeof *recogniser->indexes);
    recogniser->is_one = alloc_zeroed(views[0]->n_traces, 1);
    if (recogniser->indexes == NULL || recogniser->is_one == NULL)
        return LW_ERR_MEMORY;
    for (uint32_t i = 0; i < most; i++)
        recogniser->indexes[i] = i;
    for (int side = 0; side < 2; side++) {
        recogniser->n[side] = views[side]->n_traces;
        if (feature_rows_add(&recogniser->rows, views[side], recogniser->indexes, views[side]->n_traces) != 0)
            return LW_ERR_MEMORY;
    }
    return 0;
}

static void recogniser_release(struct recogniser *recogniser)
{
    feature_rows_release(&recogniser->rows);
    free(recogniser->indexes);
    free(recogniser->is_one);
}

/* Learns the traces of one kind (INTERN_NONE: all anomalous ones) from all that have a label, and gives those that are
 * recognised the bit; false in *is_learned if there are too few. */
static int recognise(struct recogniser *recogniser, uint32_t kind, uint64_t bit, uint64_t *const of[2],
                     bool *is_learned)
{
    struct logistic logistic;
    size_t n = 0, n_ones = 0;
    for (uint32_t t = 0; t < recogniser->n[0]; t++) {
        int8_t label = recogniser->labels->labels[t];
        if (label == LW_UNLABELLED)
            continue;
        recogniser->is_one[t] = label == LW_ANOMALOUS && (kind == INTERN_NONE || recogniser->labels->kinds[t] == kind);
        n_ones += recogniser->is_one[t];
        recogniser->indexes[n++] = t;
    }
    *is_learned = n_ones >= MIN_LABELS && n - n_ones >= MIN_LABELS;
    if (!*is_learned)
        return 0;
    if (logistic_fit(&recogniser->rows, recogniser->indexes, n, recogniser->is_one, &recogniser->rng, &logistic) != 0)
        return LW_ERR_MEMORY;
    for (size_t row = 0; row < recogniser->n[0] + recogniser->n[1]; row++)
        if (logistic_score(&logistic, &recogniser->rows, row) > 0)
            of[row >= recogniser->n[0]][row >= recogniser->n[0] ? row - recogniser->n[0] : row] |= bit;
    logistic_release(&logistic);
    return 0;
}

/* Anomalous kinds among the labels, by falling use of room: at most ANOMALY_TYPES_MAX. */
static size_t list_kinds(const struct lw_labels *labels, size_t n, uint32_t kinds[ANOMALY_TYPES_MAX])
{
    size_t found = 0;
    for (uint32_t kind = 0; kind < labels->names.count && found < ANOMALY_TYPES_MAX; kind++)
        for (size_t t = 0; t < n; t++)
            if (labels->labels[t] == LW_ANOMALOUS && labels->kinds[t] == kind) {
                kinds[found++] = kind;
                break;
            }
    return found;
}

static int find_kinds(struct fidelity_anomalies *anomalies, struct recogniser *recogniser, const uint32_t *kinds,
                      size_t n)
{
    uint64_t *const of[2] = {anomalies->of_real, anomalies->of_synthetic};
    int code = 0;
    for (size_t k = 0; k < n && code == 0; k++) {
        struct lw_bytes name = intern_get(&recogniser->labels->names, kinds[k]);
        uint32_t id;
        bool is_learned;
        code = intern_add(&anomalies->types, name.data, name.len, &id);
        if (code == 0)
            code = recognise(recogniser, kinds[k], UINT64_C(1) << id, of, &is_learned);
    }
    return code;
}

/* Share of the normal traces that have each template. */
static double *normal_shares(const struct view *view, const struct lw_labels *labels)
{
    size_t n = view->of->model->templates.n, n_normal = 0;
    double *shares = alloc_zeroed(n, sizeof *shares);
    for (size_t t = 0; t < view->n_traces; t++)
        n_normal += labels->labels[t] == LW_NORMAL;
    for (size_t k = 0; k < n && shares != NULL; k++) {
        uint32_t last = UINT32_MAX;
        for (size_t i = view->kind_first[k]; i < view->kind_first[k + 1]; i++) {
            uint32_t trace = view->trace_of[view->kind_rows[i]];
            if (trace != last && labels->labels[trace] == LW_NORMAL)
                shares[k] += 1 / fmax(1, (double)n_normal);
            last = trace;
        }
    }
    return shares;
}

/* What is most unusual about a trace: its template that the fewest normal traces have, if they are few. */
static int name_type(struct fidelity_anomalies *anomalies, const struct view *view, size_t t, const double *shares,
                     uint64_t *bits)
{
    uint32_t rarest = COLUMN_NONE, id;
    char name[40] = "with usual events";
    bool is_unknown = false;
    for (size_t i = view->first[t]; i < view->first[t + 1]; i++) {
        uint32_t kind = view->kinds[i];
        is_unknown |= kind == COLUMN_NONE;
        if (kind != COLUMN_NONE && shares[kind] < RARE && (rarest == COLUMN_NONE || shares[kind] < shares[rarest]))
            rarest = kind;
    }
    if (rarest != COLUMN_NONE)
        snprintf(name, sizeof name, "with E%u", (unsigned)view->of->model->templates.items[rarest].id);
    else if (is_unknown)
        snprintf(name, sizeof name, "with unknown events");
    id = intern_find(&anomalies->types, name, strlen(name));
    if (id == INTERN_NONE && anomalies->types.count < ANOMALY_TYPES_MAX &&
        intern_add(&anomalies->types, name, strlen(name), &id) != 0)
        return LW_ERR_MEMORY;
    *bits = id == INTERN_NONE ? 0 : UINT64_C(1) << id;
    return 0;
}

/* Labels of one kind: types are what is unusual about the traces that are recognised as anomalous. */
static int find_unusual(struct fidelity_anomalies *anomalies, const struct view *const views[2],
                        struct recogniser *recogniser)
{
    uint64_t *const of[2] = {anomalies->of_real, anomalies->of_synthetic};
    double *shares = normal_shares(views[0], recogniser->labels);
    bool is_learned;
    int code = shares == NULL ? LW_ERR_MEMORY : recognise(recogniser, INTERN_NONE, 1, of, &is_learned);
    for (int side = 0; side < 2; side++)
        for (size_t t = 0; t < recogniser->n[side] && code == 0; t++)
            if (of[side][t] != 0)
                code = name_type(anomalies, views[side], t, shares, &of[side][t]);
    free(shares);
    return code;
}

static int use_labels(struct fidelity_anomalies *anomalies, const struct view *const views[2],
                      const struct lw_labels *labels, uint64_t seed)
{
    struct recogniser recogniser = {.labels = labels};
    uint32_t kinds[ANOMALY_TYPES_MAX];
    size_t n = list_kinds(labels, views[0]->n_traces, kinds);
    rng_init(&recogniser.rng, seed, RNG_PURPOSE, 0);
    int code = recogniser_init(&recogniser, views);
    if (code == 0 && n > 1) {
        anomalies->way = "kinds of the labels, by a classifier";
        code = find_kinds(anomalies, &recogniser, kinds, n);
    } else if (code == 0) {
        anomalies->way = "unusual events in traces that a classifier of the labels flags";
        code = find_unusual(anomalies, views, &recogniser);
    }
    recogniser_release(&recogniser);
    return code;
}

int fidelity_anomalies_init(struct fidelity_anomalies *anomalies, const struct view *real, const struct view *synthetic,
                            const struct lw_labels *labels, uint64_t seed, struct lw_error *err)
{
    const struct view *const views[2] = {real, synthetic};
    *anomalies = (struct fidelity_anomalies){.types = INTERN_INIT,
                                             .of_real = alloc_zeroed(real->n_traces, sizeof(uint64_t)),
                                             .of_synthetic = alloc_zeroed(synthetic->n_traces, sizeof(uint64_t)),
                                             .real = real->of,
                                             .least = labels == NULL ? MIN_SHARE : 0,
                                             .way = "breaches of the machine"};
    int code = anomalies->of_real == NULL || anomalies->of_synthetic == NULL ? LW_ERR_MEMORY : 0;
    if (code == 0)
        code = labels == NULL ? find_breaches(anomalies, views) : use_labels(anomalies, views, labels, seed);
    return code != 0 ? fail_memory(err, "recognising anomalies") : 0;
}

void fidelity_anomalies_release(struct fidelity_anomalies *anomalies)
{
    intern_release(&anomalies->types);
    free(anomalies->of_real);
    free(anomalies->of_synthetic);
    memset(anomalies, 0, sizeof *anomalies);
}

static size_t count_type(const struct fidelity_anomalies *anomalies, const struct view *view, uint32_t type)
{
    const uint64_t *bits = view->of == anomalies->real ? anomalies->of_real : anomalies->of_synthetic;
    size_t n = 0;
    for (size_t t = 0; t < view->n_traces; t++)
        n += bits[view->traces[t]] >> type & 1;
    return n;
}

int fidelity_anomalies_compare(const struct fidelity_anomalies *anomalies, const struct view *a, const struct view *b,
                               struct lw_figures *figures, struct lw_error *err)
{
    size_t n = 0, found = 0;
    int code = 0;
    for (uint32_t type = 0; type < anomalies->types.count && code == 0; type++) {
        struct lw_bytes name = intern_get(&anomalies->types, type);
        size_t in_a = count_type(anomalies, a, type), in_b = count_type(anomalies, b, type);
        char part[80], note[80];
        if (in_a < MIN_TRACES || (double)in_a < anomalies->least * (double)a->n_traces)
            continue;
        n++;
        found += in_b > 0;
        snprintf(part, sizeof part, "%.*s", (int)name.len, name.data);
        snprintf(note, sizeof note, "in %zu traces, %zu synthetic ones", in_a, in_b);
        code = figures_put(figures, "r_anomaly", part, in_b > 0, in_b, note, err);
    }
    if (code == 0)
        code = figures_put(figures, "r_anomaly", "", n > 0 ? (double)found / (double)n : NAN, n,
                           n > 0 ? anomalies->way : "the real log has no anomalies", err);
    return code;
}
