/*
 * Two questions about traces. Does the generator stay nearer to the traces that it was made from than to others of the
 * same system (distance to closest record)? Can somebody who has the synthetic log and a trace tell whether the trace
 * was among those it was made from (membership inference)? Two attackers try: one looks at how near the nearest
 * synthetic trace is, one compares that with how near traces of the system are in general, so that common traces do not
 * look like members (after DOMIAS, van Breugel et al. 2023, with distances to nearest neighbours as densities). Which
 * of them is the stronger is found on one half of the traces and reported of the other, both ways: the greater of two
 * figures that are .5 but for chance would be more than .5.
 *
 * Both need traces that the generator has not seen. Traces made up to stand for them, resampled from the real ones,
 * were rejected: they are not as far from a generator's output as traces to come are, in small logs by far, and the
 * figures show that instead. Shadow models, which retrain the generator many times over, were rejected, too: the
 * generator may be any program.
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
#define MAX_OTHERS      5000
#define MIN_TRACES      20
#define TIE             1e-9
#define FPR             .01
#define Z95             1.959964
#define HIGH            .55 /* is little enough */

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

/* Others than the members, and as many again to compare with. */
static int make_others(const struct model *model, const struct lw_log *holdout, uint64_t seed, const struct lw_run *run,
                       struct arms *arms, struct lw_error *err)
{
    struct log_columns columns = {0};
    int code = log_columns_read(model, holdout, NULL, run, &columns, err);
    if (code == 0) {
        size_t half = columns.traces->n_traces / 2;
        half = half > MAX_OTHERS ? MAX_OTHERS : half;
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
    int code = log_columns_read(model, real, NULL, run, &columns, err);
    if (code == 0)
        code = draw_traces(&columns, 0, MAX_REAL, options->seed, 0, &arms->members, err);
    if (code == 0)
        code = make_others(model, holdout, options->seed, run, arms, err);
    log_columns_release(&columns);
    columns = (struct log_columns){0};
    if (code == 0)
        code = log_columns_read(model, synthetic, NULL, run, &columns, err);
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

/* The share varies with the synthetic traces that are asked about, and with the members and others there are. */
static int add_overfit_rows(const struct overfit *overfit, const struct arms *arms, struct lw_figures *figures,
                            struct lw_error *err)
{
    double share = overfit->share, each = share * (1 - share);
    double half =
        Z95 * sqrt(each / (double)overfit->n + each / (double)arms->members.n + each / (double)arms->others.n);
    char text[240];
    snprintf(text, sizeof text, "%.3f to %.3f at 95 %%; ideal .5", fmax(0, share - half), fmin(1, share + half));
    struct lw_figure row = FIGURE_INIT;
    row.name = "dcr_overfit";
    row.value = share;
    row.high = HIGH;
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
    double auc, auc_half; /* with half the width of its interval */
    double tpr;
    uint64_t n_members, n;
};
enum { BY_DISTANCE, BY_DENSITY, N_ATTACKS };
static const char *const attack_names[N_ATTACKS] = {"distance to closest record", "density against reference"};

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

/* What the attackers say of each trace: scores[arm][attack][i], of members and of others. Released by free. */
static int score(const struct arms *arms, const struct lw_run *run, double *scores[2][N_ATTACKS], size_t n[2],
                 struct lw_error *err)
{
    const struct points *from[2] = {&arms->members, &arms->others};
    int code = 0;
    for (int arm = 0; arm < 2 && code == 0; arm++) {
        struct points queries = {0};
        double *synthetic = NULL, *general = NULL;
        n[arm] = from[arm]->n < MAX_QUERIES ? from[arm]->n : MAX_QUERIES;
        for (int a = 0; a < N_ATTACKS && code == 0; a++)
            if ((scores[arm][a] = alloc_array(n[arm], sizeof(double))) == NULL)
                code = fail_memory(err, "trying attacks");
        if (code == 0)
            code = take(from[arm], 0, n[arm], &queries, err);
        if (code == 0)
            synthetic = nearest(&queries, &arms->synthetic, run, &code, err);
        if (code == 0)
            general = nearest(&queries, &arms->reference, run, &code, err);
        for (size_t i = 0; i < n[arm] && code == 0; i++) {
            const double *of_synthetic = synthetic + i * POINT_NEIGHBOURS;
            scores[arm][BY_DISTANCE][i] = -of_synthetic[0];
            scores[arm][BY_DENSITY][i] = density(of_synthetic) - density(general + i * POINT_NEIGHBOURS);
        }
        points_release(&queries);
        free(synthetic);
        free(general);
    }
    return code;
}

/* An attack on the traces first .. first + n - 1 of each arm. */
static int judge_some(double *scores[2][N_ATTACKS], int attack, const size_t first[2], const size_t n[2],
                      struct attack *out, struct lw_error *err)
{
    double *some = alloc_array(n[0] + n[1], sizeof *some);
    if (some == NULL)
        return fail_memory(err, "judging attacks");
    memcpy(some, scores[0][attack] + first[0], n[0] * sizeof *some);
    memcpy(some + n[0], scores[1][attack] + first[1], n[1] * sizeof *some);
    int code = judge(some, n[0], n[1], out, err);
    free(some);
    return code;
}

struct attacks {
    struct attack each[N_ATTACKS], stronger; /* on all traces; what the stronger of them gets on new ones */
};

static int run_attacks(const struct arms *arms, const struct lw_run *run, struct attacks *out, struct lw_error *err)
{
    double *scores[2][N_ATTACKS] = {{NULL, NULL}, {NULL, NULL}};
    struct attack halves[2][N_ATTACKS];
    size_t n[2] = {0, 0};
    int code = score(arms, run, scores, n, err);
    for (int a = 0; a < N_ATTACKS && code == 0; a++) {
        const size_t none[2] = {0, 0}, middle[2] = {n[0] / 2, n[1] / 2}, rest[2] = {n[0] - middle[0], n[1] - middle[1]};
        code = judge_some(scores, a, none, n, &out->each[a], err);
        if (code == 0)
            code = judge_some(scores, a, none, middle, &halves[0][a], err);
        if (code == 0)
            code = judge_some(scores, a, middle, rest, &halves[1][a], err);
    }
    for (int arm = 0; arm < 2; arm++)
        for (int a = 0; a < N_ATTACKS; a++)
            free(scores[arm][a]);
    if (code != 0)
        return code;
    out->stronger = (struct attack){0, 0, 0, n[0], n[0] + n[1]};
    for (int half = 0; half < 2; half++) {
        const struct attack *seen = halves[half], *unseen = halves[1 - half];
        int by_auc = seen[BY_DENSITY].auc > seen[BY_DISTANCE].auc;
        int by_tpr = seen[BY_DENSITY].tpr > seen[BY_DISTANCE].tpr;
        out->stronger.auc += unseen[by_auc].auc / 2;
        out->stronger.auc_half = hypot(out->stronger.auc_half, unseen[by_auc].auc_half / 2);
        out->stronger.tpr += unseen[by_tpr].tpr / 2;
    }
    return 0;
}

static int add_attack_rows(const struct attacks *attacks, struct lw_figures *figures, struct lw_error *err)
{
    const struct attack *stronger = &attacks->stronger;
    double p = stronger->tpr, m = (double)stronger->n_members, z2 = Z95 * Z95; /* Wilson's interval (1927) */
    double middle = (p + z2 / (2 * m)) / (1 + z2 / m);
    double half = Z95 * sqrt(p * (1 - p) / m + z2 / (4 * m * m)) / (1 + z2 / m);
    char text[240];
    struct lw_figure row = FIGURE_INIT;
    snprintf(text, sizeof text, "%.3f to %.3f at 95 %%; ideal .5", fmax(0, stronger->auc - stronger->auc_half),
             fmin(1, stronger->auc + stronger->auc_half));
    row.name = "mia_auc";
    row.value = stronger->auc;
    row.high = HIGH;
    row.verdict = figure_verdict(stronger->auc - stronger->auc_half, NAN, row.high);
    row.n = stronger->n;
    row.note = text;
    int code = figures_add(figures, &row, err);
    for (int i = 0; i < N_ATTACKS && code == 0; i++)
        code = figures_put(figures, "mia_auc", attack_names[i], attacks->each[i].auc, stronger->n, "", err);
    snprintf(text, sizeof text, "%.3f to %.3f at 95 %%; ideal .01", fmax(0, middle - half), fmin(1, middle + half));
    row.name = "mia_tpr_at_fpr01";
    row.value = p;
    row.high = .05;
    row.verdict = figure_verdict(middle - half, NAN, row.high);
    if (code == 0)
        code = figures_add(figures, &row, err);
    for (int i = 0; i < N_ATTACKS && code == 0; i++)
        code = figures_put(figures, "mia_tpr_at_fpr01", attack_names[i], attacks->each[i].tpr, stronger->n, "", err);
    return code;
}

/* ---- all ------------------------------------------------------------------------------------------------------------
 */

static int say_unmeasured(const char *why, uint64_t n, struct lw_figures *figures, struct lw_error *err)
{
    static const char *const names[] = {"dcr_overfit", "mia_auc", "mia_tpr_at_fpr01"};
    int code = 0;
    for (size_t i = 0; i < 3 && code == 0; i++)
        code = figures_put(figures, names[i], "", NAN, n, why, err);
    return code;
}

static int measure_traces(const struct arms *arms, const struct lw_run *run, struct lw_figures *figures,
                          struct lw_error *err)
{
    struct attacks attacks;
    struct overfit overfit;
    if (arms->members.n < MIN_TRACES || arms->others.n < MIN_TRACES || arms->synthetic.n < MIN_TRACES)
        return say_unmeasured("not measured: fewer than 20 traces, or than 40 in the hold-out", arms->members.n,
                              figures, err);
    int code = measure_overfit(arms, run, &overfit, err);
    if (code == 0)
        code = run_attacks(arms, run, &attacks, err);
    if (code == 0)
        code = add_overfit_rows(&overfit, arms, figures, err);
    return code != 0 ? code : add_attack_rows(&attacks, figures, err);
}

int privacy_measure(const struct model *model, const struct lw_log *real, const struct lw_log *synthetic,
                    const struct lw_log *holdout, const struct privacy_options *options, const struct lw_run *run,
                    struct lw_figures **out, struct lw_error *err)
{
    struct arms arms = {{0}, {0}, {0}, {0}};
    struct lw_figures *figures = NULL;
    int code = figures_new(&figures, err);
    if (code == 0 && holdout == NULL)
        code = say_unmeasured("not measured: needs a hold-out, traces of the system that nothing was generated from", 0,
                              figures, err);
    else if (code == 0)
        code = make_arms(model, real, synthetic, holdout, options, run, &arms, err);
    /* A log without traces is scanned all the same. */
    if (holdout != NULL && (code == 0 || code == LW_ERR_INPUT))
        code = measure_traces(&arms, run, figures, err);
    if (code == 0)
        code = leaks_find(model, real, synthetic, &options->leaks, run, figures, err);
    arms_release(&arms);
    if (code != 0)
        lw_figures_free(figures);
    else
        *out = figures;
    return code;
}
