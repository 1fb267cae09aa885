/*
 * One function compares two views of traces and fills a table of figures. It is called once for the real log and the
 * synthetic one, and for each repeat with two random halves of the real log's traces, the second cut to as many as the
 * synthetic log has; what comes out for the halves is what a perfect generator would get, and sets the threshold of
 * each row. A fixed threshold was rejected: what can be reached depends on the log and on the size of the samples.
 *
 * Intervals come from comparing halves of the variants, the same ones on both sides: what a figure owes to some
 * variants that happen to be there. The deviation over half samples without replacement is that of the whole (the
 * delete-half jackknife, Shao and Wu 1989). Drawing with replacement was rejected: a trace that is there twice is found
 * again by whatever looks for equal ones. c_temporal has none, since events of other traces stand between those of a
 * pair.
 */
#include "measure/fidelity.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/executor.h"
#include "base/fail.h"
#include "base/order.h"
#include "base/rng.h"
#include "measure/distance.h"
#include "measure/fidelity_anomalies.h"
#include "measure/fidelity_detection.h"
#include "measure/fidelity_failures.h"
#include "measure/fidelity_process.h"
#include "measure/fidelity_rules.h"
#include "measure/fidelity_tables.h"

#define RNG_PURPOSE   0x66696431u
#define MIN_TRACES    20 /* of the real log, for halves to say anything */
#define HALF_EVENTS   50000.
#define MIN_RESAMPLES 5
#define Z95           1.959964
#define DEVIATIONS    4   /* below the mean of the repeats */
#define ENOUGH        .99 /* of a whole figure is never called too little, */
#define ENOUGH_PART   .97 /* nor this of a part */

struct fidelity {
    const struct fidelity_options *options;
    const struct lw_run *run;
    struct log_columns real, synthetic;
    struct slot_uses uses;
    struct fidelity_rules rules;
    struct fidelity_failures failures;
    struct fidelity_anomalies anomalies;
};

static const struct {
    const char *name;
    bool is_exact; /* its parts have to be whole where they are in all halves: never ENOUGH */
} names[] = {{"d_errdist", false},  {"c_temporal", false},  {"r_anomaly", false},   {"shapes", false},
             {"pairs", false},      {"cardinality", false}, {"intertable", false},  {"quality", false},
             {"diagnostics", true}, {"detection", false},   {"constraints", false}, {"process", false},
             {"rules", false},      {"boundaries", false}};
#define N_NAMES (sizeof names / sizeof *names)

/* ---- one comparison -------------------------------------------------------------------------------------------- */

/* The part of `constraints` for the rules of which a family is the first word. */
static int add_family(struct lw_figures *figures, const char *family, struct lw_error *err)
{
    double sum = 0;
    uint64_t n = 0;
    for (size_t i = 0; i < figures->n; i++) {
        const struct lw_figure *row = &figures->rows[i];
        if (strcmp(row->name, "rules") == 0 && strncmp(row->part, family, strlen(family)) == 0) {
            sum += row->value;
            n++;
        }
    }
    return n > 0 ? figures_put(figures, "constraints", family, sum / (double)n, n, "mean of its rules", err) : 0;
}

static int add_means(struct lw_figures *figures, struct lw_error *err)
{
    static const char *const means[] = {"shapes", "pairs", "cardinality", "intertable"};
    static const char *const wholes[] = {"constraints", "process", "rules", "boundaries"};
    static const char *const families[] = {"structural", "temporal", "key", "process"};
    double sum = 0;
    uint64_t n, n_means = 0;
    int code = 0;
    for (size_t i = 0; i < 4 && code == 0; i++) {
        double mean = figures_mean(figures, means[i], &n);
        sum += n > 0 ? mean : 0;
        n_means += n > 0;
        code = figures_put(figures, means[i], "", mean, n, NULL, err);
    }
    if (code == 0)
        code = figures_put(figures, "quality", "", n_means > 0 ? sum / (double)n_means : NAN, n_means,
                           "mean of shapes, pairs, cardinality and intertable", err);
    for (size_t i = 0; i < 4 && code == 0; i++)
        code = add_family(figures, families[i], err);
    for (size_t i = 0; i < 4 && code == 0; i++) {
        double mean = figures_mean(figures, wholes[i], &n);
        code = figures_put(figures, wholes[i], "", mean, n, NULL, err);
    }
    if (code == 0)
        code = figures_put(figures, "diagnostics", "boundaries", lw_figures_value(figures, "boundaries"), n, NULL, err);
    if (code == 0) {
        double mean = figures_mean(figures, "diagnostics", &n);
        code = figures_put(figures, "diagnostics", "", mean, n, NULL, err);
    }
    return code;
}

/* split: FIDELITY_WHOLE for the real log against the synthetic one, else the number of the repeat. */
static int compare(const struct fidelity *fidelity, const struct view *a, const struct view *b, uint32_t split,
                   struct lw_figures *figures, struct lw_error *err)
{
    double score;
    uint64_t n;
    int code = run_check(fidelity->run, err);
    if (code == 0)
        code = fidelity_tables(a, b, &fidelity->uses, figures, err);
    if (code == 0)
        code = fidelity_process(a, b, fidelity->run, figures, err);
    if (code == 0)
        code = fidelity_rules_check(&fidelity->rules, &fidelity->uses, a, b, figures, err);
    if (code == 0)
        code = fidelity_detection(a, b, fidelity->options->seed, &score, &n, err);
    if (code == 0)
        code = figures_put(figures, "detection", "", score, n, NULL, err);
    if (code == 0)
        code = fidelity_failures_compare(&fidelity->failures, a, b, split, fidelity->run, figures, err);
    if (code == 0)
        code = fidelity_anomalies_compare(&fidelity->anomalies, a, b, figures, err);
    return code != 0 ? code : add_means(figures, err);
}

static int compare_all(const struct fidelity *fidelity, const struct view *a, const struct view *b,
                       struct lw_figures **out, struct lw_error *err)
{
    int code = figures_new(out, err);
    if (code == 0)
        code = compare(fidelity, a, b, FIDELITY_WHOLE, *out, err);
    return code;
}

/* ---- halves of the real log ------------------------------------------------------------------------------------ */

/* So many traces, or as many as have HALF_EVENTS: beyond, what chance makes of halves is less than ENOUGH_PART leaves.
 */
static size_t at_most(const struct log_columns *columns, size_t n)
{
    double each = (double)columns->traces->n_events / (double)columns->traces->n_traces;
    size_t most = (size_t)(HALF_EVENTS / each) + MIN_TRACES;
    return n < most ? n : most;
}

static int compare_halves(const struct fidelity *fidelity, size_t n_synthetic, unsigned repeat, struct lw_figures **out,
                          struct lw_error *err)
{
    size_t n = fidelity->real.traces->n_traces, half = n / 2, other = n - half;
    uint32_t *order = alloc_array(n, sizeof *order);
    struct view a, b;
    struct rng rng;
    if (order == NULL)
        return fail_memory(err, "halving the real log");
    for (uint32_t i = 0; i < n; i++)
        order[i] = i;
    rng_init(&rng, fidelity->options->seed, RNG_PURPOSE, repeat);
    rng_shuffle_u32(&rng, order, n);
    other = n_synthetic < other ? n_synthetic : other;
    half = at_most(&fidelity->real, half);
    other = at_most(&fidelity->real, other);
    int code = view_make(&fidelity->real, order, half, &a, err);
    if (code == 0) {
        code = view_make(&fidelity->real, order + n / 2, other, &b, err);
        if (code == 0)
            code = figures_new(out, err);
        if (code == 0)
            code = compare(fidelity, &a, &b, repeat, *out, err);
        if (code == 0 || *out != NULL)
            view_release(&b);
        view_release(&a);
    }
    free(order);
    return code;
}

/* ---- halves of the variants ------------------------------------------------------------------------------------ */

/* The traces of half of the variants, thinned out evenly where they are many. */
static int view_half(const struct fidelity *fidelity, const struct log_columns *columns, unsigned resample,
                     struct view *out, struct lw_error *err)
{
    const struct trace_set *set = columns->traces;
    size_t n = 0, kept = 0;
    uint32_t *chosen = alloc_array(set->n_traces, sizeof *chosen);
    if (chosen == NULL)
        return fail_memory(err, "halving variants");
    for (uint32_t t = 0; t < set->n_traces; t++) {
        const uint32_t *events = set->templates + set->first[t];
        uint64_t variant = column_hash((const char *)events, (set->first[t + 1] - set->first[t]) * sizeof *events);
        if (key_join(key_join(variant, fidelity->options->seed), resample) >> 63 == 0)
            chosen[n++] = t;
    }
    size_t most = set->n_traces > 0 ? at_most(columns, n) : 0;
    for (size_t i = 0; i < most; i++)
        chosen[kept++] = chosen[i * n / most];
    int code = view_make(columns, chosen, kept, out, err);
    free(chosen);
    return code;
}

/* *out stays NULL where one side has too few traces left. */
static int compare_half(const struct fidelity *fidelity, unsigned resample, struct lw_figures **out,
                        struct lw_error *err)
{
    struct view a, b;
    int code = view_half(fidelity, &fidelity->real, resample, &a, err);
    if (code != 0)
        return code;
    code = view_half(fidelity, &fidelity->synthetic, resample, &b, err);
    if (code == 0) {
        if (a.n_traces >= MIN_TRACES / 2 && b.n_traces >= MIN_TRACES / 2)
            code = figures_new(out, err);
        if (code == 0 && *out != NULL)
            code = compare(fidelity, &a, &b, FIDELITY_SOME, *out, err);
        view_release(&b);
    }
    view_release(&a);
    return code;
}

/* ---- thresholds ------------------------------------------------------------------------------------------------ */

static uint64_t row_key(const struct lw_figure *row)
{
    return column_hash(row->name, strlen(row->name)) * 31 + column_hash(row->part, strlen(row->part));
}

struct sample { /* a row of a repeat */
    uint64_t key;
    double value;
};

static int by_key(const void *left, const void *right)
{
    const struct sample *a = left, *b = right;
    return (a->key > b->key) - (a->key < b->key);
}

static struct sample *gather(struct lw_figures *const *halves, unsigned repeats, size_t *n)
{
    size_t most = 0;
    for (unsigned r = 0; r < repeats; r++)
        most += halves[r] != NULL ? halves[r]->n : 0;
    struct sample *out = alloc_array(most, sizeof *out);
    *n = 0;
    for (unsigned r = 0; r < repeats && out != NULL; r++)
        for (size_t i = 0; halves[r] != NULL && i < halves[r]->n; i++)
            if (!isnan(halves[r]->rows[i].value))
                out[(*n)++] = (struct sample){row_key(&halves[r]->rows[i]), halves[r]->rows[i].value};
    if (out != NULL && *n > 1)
        qsort(out, *n, sizeof *out, by_key);
    return out;
}

struct samples { /* by key */
    struct sample *items;
    size_t n;
};
struct spread {
    size_t n;
    double mean, deviation, least;
};

static struct spread spread_of(const struct samples *samples, uint64_t key)
{
    struct spread spread = {0, 0, 0, INFINITY};
    size_t first = order_first(samples->items, samples->n, sizeof *samples->items, &key, order_u64);
    double square = 0;
    for (size_t i = first; i < samples->n && samples->items[i].key == key; i++, spread.n++) {
        double value = samples->items[i].value;
        spread.mean += value;
        square += value * value;
        spread.least = fmin(spread.least, value);
    }
    double n = (double)spread.n;
    spread.mean /= n;
    spread.deviation = sqrt(fmax(0, square / n - spread.mean * spread.mean) * n / (n - 1));
    return spread;
}

/* Mean less some deviations of the samples of one key, at most the least of them, and at most enough. */
static double threshold(const struct samples *halves, uint64_t key, double enough)
{
    struct spread spread = spread_of(halves, key);
    if (spread.n < 2)
        return NAN;
    return fmax(0, fmin(fmin(spread.least, enough), spread.mean - DEVIATIONS * spread.deviation));
}

static void find_interval(const struct samples *resamples, struct lw_figure *row)
{
    struct spread spread = spread_of(resamples, row_key(row));
    if (spread.n < MIN_RESAMPLES || isnan(row->value))
        return;
    row->from = fmax(0, row->value - Z95 * spread.deviation);
    row->to = fmin(1, row->value + Z95 * spread.deviation);
}

static int by_value(const void *left, const void *right)
{
    const struct lw_figure *a = left, *b = right;
    return (a->value > b->value) - (a->value < b->value);
}

static int add_judged(struct lw_figures *out, struct lw_figure row, const struct samples samples[2], bool is_exact,
                      struct lw_error *err)
{
    row.low = threshold(&samples[0], row_key(&row), is_exact ? 1 : row.part[0] != '\0' ? ENOUGH_PART : ENOUGH);
    find_interval(&samples[1], &row);
    row.verdict = figure_verdict(row.value, row.low, NAN);
    return figures_add(out, &row, err);
}

/* What has to hold does not where one part of it fails, whatever their mean. */
static void judge_diagnostics(struct lw_figures *out)
{
    int worst = 1;
    for (size_t i = 0; i < out->n; i++)
        if (strcmp(out->rows[i].name, "diagnostics") == 0 && out->rows[i].verdict == 0)
            worst = 0;
    for (size_t i = 0; i < out->n && worst == 0; i++)
        if (strcmp(out->rows[i].name, "diagnostics") == 0 && out->rows[i].part[0] == '\0')
            out->rows[i].verdict = 0;
}

/* Rows in the order of names, the whole before its parts, these by rising value. samples: of halves of the real log and
 * of halves of the variants. */
static int judge(struct lw_figures *all, const struct samples samples[2], struct lw_figures *out, struct lw_error *err)
{
    int code = 0;
    if (all->n > 1)
        qsort(all->rows, all->n, sizeof *all->rows, by_value);
    for (size_t k = 0; k < N_NAMES && code == 0; k++) {
        for (int is_part = 0; is_part < 2; is_part++)
            for (size_t i = 0; i < all->n && code == 0; i++) {
                const struct lw_figure *row = &all->rows[i];
                bool is_exact = names[k].is_exact && is_part && strcmp(row->part, "boundaries") != 0;
                if (strcmp(row->name, names[k].name) == 0 && (row->part[0] != '\0') == is_part)
                    code = add_judged(out, *row, samples, is_exact, err);
            }
    }
    judge_diagnostics(out);
    return code;
}

/* Compares `times` halves of the real log, or of the variants, and gathers what comes out. */
static int sample(const struct fidelity *fidelity, size_t n_synthetic, bool of_variants, unsigned times,
                  struct samples *out, struct lw_error *err)
{
    struct lw_figures **halves = alloc_zeroed(times, sizeof(struct lw_figures *));
    int code = halves == NULL ? fail_memory(err, "measuring fidelity") : 0;
    for (unsigned r = 0; r < times && code == 0; r++) {
        run_progress(fidelity->run,
                     of_variants ? "comparing halves of the variants" : "comparing halves of the real log", r, times);
        code = of_variants ? compare_half(fidelity, r, &halves[r], err)
                           : compare_halves(fidelity, n_synthetic, r, &halves[r], err);
    }
    if (code == 0 && (out->items = gather(halves, times, &out->n)) == NULL)
        code = fail_memory(err, "measuring fidelity");
    for (unsigned r = 0; r < times && halves != NULL; r++)
        lw_figures_free(halves[r]);
    free(halves);
    return code;
}

static int measure(const struct fidelity *fidelity, const struct view *real, const struct view *synthetic,
                   struct lw_figures *out, struct lw_error *err)
{
    unsigned repeats = real->n_traces >= MIN_TRACES ? fidelity->options->repeats : 0;
    struct lw_figures *all = NULL;
    struct samples samples[2] = {{NULL, 0}, {NULL, 0}};
    int code = compare_all(fidelity, real, synthetic, &all, err);
    if (code == 0)
        code = sample(fidelity, synthetic->n_traces, false, repeats, &samples[0], err);
    if (code == 0)
        code = sample(fidelity, synthetic->n_traces, true, fidelity->options->resamples, &samples[1], err);
    if (code == 0)
        code = judge(all, samples, out, err);
    free(samples[0].items);
    free(samples[1].items);
    lw_figures_free(all);
    return code;
}

/* ---- all of it ------------------------------------------------------------------------------------------------- */

static int view_all(const struct log_columns *columns, struct view *out, struct lw_error *err)
{
    size_t n = columns->traces->n_traces;
    uint32_t *traces = alloc_array(n, sizeof *traces);
    if (traces == NULL)
        return fail_memory(err, "laying out events");
    for (uint32_t i = 0; i < n; i++)
        traces[i] = i;
    int code = view_make(columns, traces, n, out, err);
    free(traces);
    return code;
}

static int find_anomalies(struct fidelity *fidelity, const struct lw_log *real, const struct view views[2],
                          struct lw_error *err)
{
    const char *file = fidelity->options->labels;
    struct lw_labels labels = {0};
    int code = file == NULL ? 0 : labels_find(file, real, fidelity->real.traces, &labels, err);
    if (code == 0)
        code = fidelity_anomalies_init(&fidelity->anomalies, &views[0], &views[1], file == NULL ? NULL : &labels,
                                       fidelity->options->seed, err);
    labels_release(&labels);
    return code;
}

static int prepare(struct fidelity *fidelity, const struct model *model, const struct lw_log *real,
                   const struct view views[2], struct lw_error *err)
{
    int code = slot_uses_find(&views[0], &fidelity->uses, err);
    if (code == 0)
        code = fidelity_rules_find(model, &fidelity->rules, err);
    if (code == 0)
        code = fidelity_failures_init(&fidelity->failures, &fidelity->real, &fidelity->synthetic, fidelity->run, err);
    return code != 0 ? code : find_anomalies(fidelity, real, views, err);
}

int fidelity_measure(const struct model *model, const struct lw_log *real, const struct lw_log *synthetic,
                     const struct fidelity_options *options, const struct lw_run *run, struct lw_figures **out,
                     struct lw_error *err)
{
    struct fidelity fidelity = {.options = options, .run = run};
    struct view views[2] = {{0}, {0}};
    struct lw_figures *figures = NULL;
    int code = log_columns_read(model, real, NULL, run, &fidelity.real, err);
    if (code == 0)
        code = log_columns_read(model, synthetic, options->synthetic_rule, run, &fidelity.synthetic, err);
    if (code == 0)
        code = log_fields_find(real, fidelity.real.traces, run, &fidelity.real.fields, err);
    if (code == 0)
        code = log_fields_read(synthetic, &fidelity.real.fields, run, &fidelity.synthetic.fields, err);
    if (code == 0)
        code = view_all(&fidelity.real, &views[0], err);
    if (code == 0)
        code = view_all(&fidelity.synthetic, &views[1], err);
    if (code == 0)
        code = prepare(&fidelity, model, real, views, err);
    if (code == 0)
        code = figures_new(&figures, err);
    if (code == 0)
        code = measure(&fidelity, &views[0], &views[1], figures, err);
    fidelity_anomalies_release(&fidelity.anomalies);
    fidelity_failures_release(&fidelity.failures);
    fidelity_rules_release(&fidelity.rules);
    slot_uses_release(&fidelity.uses);
    for (int side = 0; side < 2; side++)
        view_release(&views[side]);
    log_columns_release(&fidelity.real);
    log_columns_release(&fidelity.synthetic);
    if (code != 0) {
        lw_figures_free(figures);
        return code;
    }
    *out = figures;
    return 0;
}
