/*
 * Two questions about traces. Does the generator stay nearer to the traces that it was made from than to others of the
 * same system (distance to closest record)? Can somebody who has the synthetic log and a trace tell whether the trace
 * was among those it was made from (membership inference)? Two attackers try: one looks at how near the nearest
 * synthetic trace is, one compares that with how near traces of the system are in general, so that common traces do not
 * look like members (after DOMIAS, van Breugel et al. 2023, with distances to nearest neighbours as densities). The
 * stronger one is reported. Shadow models, which retrain the generator many times over, were rejected: the generator
 * may be any program.
 */
#include "measure/privacy.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "base/order.h"
#include "measure/metrics.h"
#include "measure/trace_points.h"

#define PURPOSE_PRIVACY 0x70726976u
#define MAX_QUERIES     2000   /* members and others each */
#define MAX_SYNTHETIC   100000 /* traces that are looked at */
#define MAX_REAL        50000
#define MAX_STAND_INS   5000
#define MIN_TRACES      20
#define TIE             1e-9
#define FPR             .01
#define Z95             1.959964
#define HIGH            .55 /* is little enough */
#define MARGIN          .02 /* above what halves of the real log get */

struct arms {
    struct points members, others, reference, synthetic;
};

static void arms_release(struct arms *arms)
{
    points_release(&arms->members);
    points_release(&arms->others);
    points_release(&arms->reference);
    points_release(&arms->synthetic);
}

/* Some traces of a log, drawn by seed. */
static int draw_traces(const struct log_columns *columns, size_t from, size_t max, uint64_t seed, uint32_t purpose,
                       struct points *out, struct lw_error *err)
{
    size_t n = columns->traces->n_traces;
    uint32_t *order = alloc_array(n, sizeof *order);
    struct rng rng;
    if (order == NULL)
        return fail_memory(err, "choosing traces");
    for (size_t i = 0; i < n; i++)
        order[i] = (uint32_t)i;
    rng_init(&rng, seed, PURPOSE_PRIVACY, purpose);
    rng_shuffle_u32(&rng, order, n);
    from = from < n ? from : n;
    int code = points_of_traces(columns, order + from, n - from < max ? n - from : max, out, err);
    free(order);
    return code;
}

/* Others than the members: of the hold-out, a half of it to compare with, or stand-ins. */
static int make_others(const struct model *model, const struct lw_log *holdout, uint64_t seed, const struct lw_run *run,
                       struct arms *arms, struct lw_error *err)
{
    if (holdout == NULL) {
        size_t n = arms->members.n < MAX_STAND_INS ? arms->members.n : MAX_STAND_INS;
        int code = points_stand_in(&arms->members, n, seed, &arms->others, err);
        return code != 0 ? code : points_stand_in(&arms->members, n, seed + 1, &arms->reference, err);
    }
    struct log_columns columns = {0};
    int code = log_columns_read(model, holdout, run, &columns, err);
    if (code == 0) {
        size_t half = columns.traces->n_traces / 2;
        half = half > MAX_STAND_INS ? MAX_STAND_INS : half;
        code = draw_traces(&columns, 0, half, seed, 2, &arms->others, err);
        if (code == 0)
            code = draw_traces(&columns, half, half, seed, 2, &arms->reference, err);
    }
    log_columns_release(&columns);
    return code;
}

static int make_arms(const struct model *model, const struct lw_log *real, const struct lw_log *synthetic,
                     const struct lw_log *holdout, const struct privacy_options *options, const struct lw_run *run,
                     struct arms *arms, struct lw_error *err)
{
    struct log_columns columns = {0};
    int code = log_columns_read(model, real, run, &columns, err);
    if (code == 0)
        code = draw_traces(&columns, 0, MAX_REAL, options->seed, 0, &arms->members, err);
    if (code == 0)
        code = make_others(model, holdout, options->seed, run, arms, err);
    log_columns_release(&columns);
    columns = (struct log_columns){0};
    if (code == 0)
        code = log_columns_read(model, synthetic, run, &columns, err);
    if (code == 0)
        code = draw_traces(&columns, 0, MAX_SYNTHETIC, options->seed, 1, &arms->synthetic, err);
    log_columns_release(&columns);
    return code;
}

/* Distances of each of a to its neighbours in b; NULL: err is filled. */
static double *nearest(const struct points *a, const struct points *b, const struct lw_run *run, int *code,
                       struct lw_error *err)
{
    double *out = alloc_array(a->n, POINT_NEIGHBOURS * sizeof *out);
    if (out == NULL)
        *code = fail_memory(err, "finding nearest traces");
    else
        *code = points_nearest(a, b, run, out, err);
    if (*code == 0)
        return out;
    free(out);
    return NULL;
}

/* ---- distance to closest record ------------------------------------------------------------------------------------
 */

/* Some of the points. */
static int take(const struct points *points, size_t from, size_t n, struct points *out, struct lw_error *err)
{
    for (size_t i = from; i < from + n; i++) {
        const struct point *point = &points->items[i];
        if (points_add(out, points->events + point->first_event, point->n_events, point->duration_us,
                       points->values + point->first_value, point->n_values) != 0)
            return fail_memory(err, "choosing traces");
    }
    return points_index(out, err);
}

struct overfit {
    double share, to_members, to_others;
    size_t n;
};

/* Where there are more of one, the nearest of them is nearer: the odds are divided by their numbers. */
static int measure_overfit(const struct arms *arms, const struct lw_run *run, struct overfit *out, struct lw_error *err)
{
    double n_members = (double)arms->members.n, n_others = (double)arms->others.n, nearer = 0, sum[2] = {0};
    size_t n = arms->synthetic.n < MAX_QUERIES ? arms->synthetic.n : MAX_QUERIES;
    struct points queries = {0};
    double *to_members = NULL, *to_others = NULL;
    int code = take(&arms->synthetic, 0, n, &queries, err);
    if (code == 0)
        to_members = nearest(&queries, &arms->members, run, &code, err);
    if (code == 0)
        to_others = nearest(&queries, &arms->others, run, &code, err);
    for (size_t i = 0; i < n && code == 0; i++) {
        double a = to_members[i * POINT_NEIGHBOURS], b = to_others[i * POINT_NEIGHBOURS];
        nearer += a < b - TIE ? 1 : a > b + TIE ? 0 : n_members / (n_members + n_others);
        sum[0] += a;
        sum[1] += b;
    }
    free(to_members);
    free(to_others);
    points_release(&queries);
    double per_member = nearer / n_members, per_other = ((double)n - nearer) / n_others;
    *out = (struct overfit){per_member / (per_member + per_other), sum[0] / (double)n, sum[1] / (double)n, n};
    return code;
}

static int add_overfit_rows(const struct overfit *overfit, double high, const char *where, struct lw_figures *figures,
                            struct lw_error *err)
{
    double share = overfit->share, half = Z95 * sqrt(share * (1 - share) / (double)overfit->n);
    char text[240];
    snprintf(text, sizeof text, "%.3f to %.3f at 95 %%; ideal .5; %s", fmax(0, share - half), fmin(1, share + half),
             where);
    struct lw_figure row = FIGURE_INIT;
    row.name = "dcr_overfit";
    row.value = share;
    row.high = high;
    row.verdict = figure_verdict(share - half, NAN, row.high);
    row.n = overfit->n;
    row.note = text;
    int code = figures_add(figures, &row, err);
    if (code == 0)
        code =
            figures_put(figures, "dcr_overfit", "distance to training", overfit->to_members, overfit->n, "mean", err);
    return code != 0 ? code
                     : figures_put(figures, "dcr_overfit", "distance to hold-out", overfit->to_others, overfit->n,
                                   "mean", err);
}

/* ---- membership inference -------------------------------------------------------------------------------------------
 */

struct attack {
    const char *name;
    double auc, auc_half; /* with half the width of its interval */
    double tpr;
    uint64_t n_members, n;
};

/* The share of members that are called so where the share of others is FPR; ties are broken by chance. Sorts both. */
static double tpr_at(double *members, size_t n_members, double *others, size_t n_others)
{
    qsort(members, n_members, sizeof *members, order_double_falling);
    qsort(others, n_others, sizeof *others, order_double_falling);
    double budget = FPR * (double)n_others, tpr = 0;
    for (size_t i = 0, j = 0; i < n_members || j < n_others;) {
        double score = j == n_others || (i < n_members && members[i] > others[j]) ? members[i] : others[j];
        size_t m = 0, o = 0;
        for (; i < n_members && members[i] >= score; i++)
            m++;
        for (; j < n_others && others[j] >= score; j++)
            o++;
        if ((double)o > budget)
            return tpr + (double)m / (double)n_members * budget / (double)o;
        budget -= (double)o;
        tpr += (double)m / (double)n_members;
    }
    return 1;
}

/* Sorts the scores of each arm. */
static int judge(double *scores, size_t n_members, size_t n_others, struct attack *out, struct lw_error *err)
{
    size_t n = n_members + n_others;
    uint8_t *is_member = alloc_zeroed(n, 1);
    struct curve curve;
    if (is_member == NULL)
        return fail_memory(err, "judging attacks");
    memset(is_member, 1, n_members);
    int code = curve_make(scores, is_member, n, &curve, err);
    free(is_member);
    if (code != 0)
        return code;
    double a = curve.roc_auc, p = (double)n_members, q = (double)n_others; /* Hanley and McNeil 1982 */
    double variance =
        (a * (1 - a) + (p - 1) * (a / (2 - a) - a * a) + (q - 1) * (2 * a * a / (1 + a) - a * a)) / (p * q);
    out->auc = a;
    out->auc_half = Z95 * sqrt(fmax(variance, 0));
    out->tpr = tpr_at(scores, n_members, scores + n_members, n_others);
    out->n_members = n_members;
    out->n = n;
    curve_release(&curve);
    return 0;
}

static double density(const double *distances)
{
    double sum = 0;
    for (size_t k = 0; k < POINT_NEIGHBOURS; k++)
        sum += distances[k];
    return -log(sum / POINT_NEIGHBOURS + 1e-3);
}

static int run_attacks(const struct arms *arms, const struct lw_run *run, struct attack attacks[2],
                       struct lw_error *err)
{
    const struct points *from[2] = {&arms->members, &arms->others};
    size_t n[2], at = 0;
    for (int arm = 0; arm < 2; arm++)
        n[arm] = from[arm]->n < MAX_QUERIES ? from[arm]->n : MAX_QUERIES;
    double *closest = alloc_array(n[0] + n[1], sizeof *closest), *ratio = alloc_array(n[0] + n[1], sizeof *ratio);
    int code = closest == NULL || ratio == NULL ? fail_memory(err, "trying attacks") : 0;
    for (int arm = 0; arm < 2 && code == 0; arm++) {
        struct points queries = {0};
        double *synthetic = NULL, *general = NULL;
        code = take(from[arm], 0, n[arm], &queries, err);
        if (code == 0)
            synthetic = nearest(&queries, &arms->synthetic, run, &code, err);
        if (code == 0)
            general = nearest(&queries, &arms->reference, run, &code, err);
        for (size_t i = 0; i < n[arm] && code == 0; i++, at++) {
            closest[at] = -synthetic[i * POINT_NEIGHBOURS];
            ratio[at] = density(synthetic + i * POINT_NEIGHBOURS) - density(general + i * POINT_NEIGHBOURS);
        }
        points_release(&queries);
        free(synthetic);
        free(general);
    }
    attacks[0] = (struct attack){"distance to closest record", NAN, NAN, NAN, 0, 0};
    attacks[1] = (struct attack){"density against reference", NAN, NAN, NAN, 0, 0};
    if (code == 0)
        code = judge(closest, n[0], n[1], &attacks[0], err);
    if (code == 0)
        code = judge(ratio, n[0], n[1], &attacks[1], err);
    free(closest);
    free(ratio);
    return code;
}

static int add_attack_rows(const struct attack attacks[2], double high, const char *where, struct lw_figures *figures,
                           struct lw_error *err)
{
    const struct attack *by_auc = &attacks[attacks[1].auc > attacks[0].auc];
    const struct attack *by_tpr = &attacks[attacks[1].tpr > attacks[0].tpr];
    double p = by_tpr->tpr, m = (double)attacks[0].n_members, z2 = Z95 * Z95; /* Wilson's interval (1927) */
    double middle = (p + z2 / (2 * m)) / (1 + z2 / m);
    double half = Z95 * sqrt(p * (1 - p) / m + z2 / (4 * m * m)) / (1 + z2 / m);
    char text[240];
    struct lw_figure row = FIGURE_INIT;
    snprintf(text, sizeof text, "%.3f to %.3f at 95 %%; ideal .5; by %s; %s", fmax(0, by_auc->auc - by_auc->auc_half),
             fmin(1, by_auc->auc + by_auc->auc_half), by_auc->name, where);
    row.name = "mia_auc";
    row.value = by_auc->auc;
    row.high = high;
    row.verdict = figure_verdict(by_auc->auc - by_auc->auc_half, NAN, row.high);
    row.n = by_auc->n;
    row.note = text;
    int code = figures_add(figures, &row, err);
    for (int i = 0; i < 2 && code == 0; i++)
        code = figures_put(figures, "mia_auc", attacks[i].name, attacks[i].auc, attacks[i].n, "", err);
    snprintf(text, sizeof text, "%.3f to %.3f at 95 %%; ideal .01; by %s; %s", fmax(0, middle - half),
             fmin(1, middle + half), by_tpr->name, where);
    row.name = "mia_tpr_at_fpr01";
    row.value = p;
    row.high = .05;
    row.verdict = figure_verdict(middle - half, NAN, row.high);
    row.n = by_tpr->n;
    if (code == 0)
        code = figures_add(figures, &row, err);
    for (int i = 0; i < 2 && code == 0; i++)
        code = figures_put(figures, "mia_tpr_at_fpr01", attacks[i].name, attacks[i].tpr, attacks[i].n, "", err);
    return code;
}

/* ---- all ------------------------------------------------------------------------------------------------------------
 */

/* What another half of the real log would get, where traces are made up: they are not quite like those to come. */
static int measure_halves(const struct arms *arms, uint64_t seed, const struct lw_run *run, double *overfit_high,
                          double *auc_high, struct lw_error *err)
{
    size_t half = arms->members.n / 2 < MAX_STAND_INS ? arms->members.n / 2 : MAX_STAND_INS;
    struct arms halves = {{0}, {0}, {0}, {0}};
    struct overfit overfit;
    struct attack attacks[2];
    int code = half < MIN_TRACES ? 0 : take(&arms->members, 0, half, &halves.members, err);
    if (half < MIN_TRACES)
        return 0;
    if (code == 0)
        code = take(&arms->members, half, half, &halves.synthetic, err);
    if (code == 0)
        code = points_stand_in(&halves.members, half, seed + 2, &halves.others, err);
    if (code == 0)
        code = points_stand_in(&halves.members, half, seed + 3, &halves.reference, err);
    if (code == 0)
        code = measure_overfit(&halves, run, &overfit, err);
    if (code == 0)
        code = run_attacks(&halves, run, attacks, err);
    arms_release(&halves);
    if (code == 0) {
        *overfit_high = fmax(*overfit_high, overfit.share + MARGIN);
        *auc_high = fmax(*auc_high, fmax(attacks[0].auc, attacks[1].auc) + MARGIN);
    }
    return code;
}

static int measure_traces(const struct arms *arms, bool has_holdout, uint64_t seed, const struct lw_run *run,
                          struct lw_figures *figures, struct lw_error *err)
{
    const char *where = has_holdout ? "against the hold-out" : "no hold-out: against traces made up to stand for it";
    double overfit_high = HIGH, auc_high = HIGH;
    struct attack attacks[2];
    struct overfit overfit;
    int code = 0;
    if (arms->members.n < MIN_TRACES || arms->others.n < MIN_TRACES || arms->synthetic.n < MIN_TRACES) {
        static const char *const names[] = {"dcr_overfit", "mia_auc", "mia_tpr_at_fpr01"};
        for (size_t i = 0; i < 3 && code == 0; i++)
            code = figures_put(figures, names[i], "", NAN, arms->members.n, "fewer than 20 traces", err);
        return code;
    }
    if (!has_holdout)
        code = measure_halves(arms, seed, run, &overfit_high, &auc_high, err);
    if (code == 0)
        code = measure_overfit(arms, run, &overfit, err);
    if (code == 0)
        code = run_attacks(arms, run, attacks, err);
    if (code == 0)
        code = add_overfit_rows(&overfit, overfit_high, where, figures, err);
    return code != 0 ? code : add_attack_rows(attacks, auc_high, where, figures, err);
}

int privacy_measure(const struct model *model, const struct lw_log *real, const struct lw_log *synthetic,
                    const struct lw_log *holdout, const struct privacy_options *options, const struct lw_run *run,
                    struct lw_figures **out, struct lw_error *err)
{
    struct arms arms = {{0}, {0}, {0}, {0}};
    struct lw_figures *figures = NULL;
    int code = figures_new(&figures, err);
    /* A log without traces is scanned all the same. */
    if (code == 0)
        code = make_arms(model, real, synthetic, holdout, options, run, &arms, err);
    if (code == 0 || code == LW_ERR_INPUT)
        code = measure_traces(&arms, holdout != NULL, options->seed, run, figures, err);
    if (code == 0)
        code = leaks_find(model, real, synthetic, &options->leaks, run, figures, err);
    arms_release(&arms);
    if (code != 0)
        lw_figures_free(figures);
    else
        *out = figures;
    return code;
}
