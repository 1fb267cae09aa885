/*
 * Sorted delays are gathered into at most some hundred cells, each from a delay to one that is not far above it, both
 * widened by half the step of the log's clock. Where nearly all delays lie in a few narrow clusters, with gaps between
 * them that are wide, they are what they look like: a constant, or points, such as a timeout and its double. Else each
 * family is fitted by maximum likelihood on the cells (closed forms or moments to begin with, then Nelder and Mead
 * 1965), and the one with the least Schwarz criterion (BIC, 1978) is taken.
 *
 * Fitting the bins of struct machine_edge was rejected: at .83 octaves gamma, Weibull and log-normal can hardly be told
 * apart, and no timeout is seen. So was a finer histogram on each edge: the traces hold each time anyway.
 */
#include "learn/delay_fit.h"

#include <math.h>
#include <string.h>

#define MAX_CELLS    128 /* by count; gaps end cells as well */
#define CELLS_CAP    512
#define NARROW       .05 /* a cluster is no wider, and a gap no narrower, than this share of the delay */
#define MAX_CLUSTERS (LW_DELAY_PARAMETERS / 2)
#define MOST         .95 /* of the delays are in clusters, where there are any */
#define CLUSTER_MIN  5
#define FAR          .3    /* Kolmogorov-Smirnov distance of a family that is none */
#define MODE         .9    /* of the delays are one, and so they are a constant */
#define LEAST        1e-12 /* probability of a cell that a family all but excludes: an outlier does not decide */
#define STEPS        60    /* of Nelder and Mead's method */

struct cells {
    size_t n;
    double total, resolution;
    double from[CELLS_CAP], to[CELLS_CAP], count[CELLS_CAP]; /* seconds */
    size_t first[CELLS_CAP];                                 /* index of its first delay */
};

/* ---- families -------------------------------------------------------------------------------------------------- */

/* Stirling's series; x > 0. */
static double log_gamma(double x)
{
    double below = 0;

    for (; x < 10; x++)
        below += log(x);
    return (x - .5) * log(x) - x + .91893853320467274178 + 1 / (12 * x) - 1 / (360 * x * x * x) +
           1 / (1260 * x * x * x * x * x) - below;
}

/* The regularised incomplete gamma function, from below: its series, or past the shape one minus its continued
 * fraction. */
static double gamma_share(double shape, double x)
{
    double front;

    if (x <= 0)
        return 0;
    front = exp(shape * log(x) - x - log_gamma(shape));
    if (x < shape + 1) {
        double term = 1 / shape, sum = term;

        for (int i = 1; i < 500 && term > sum * 1e-12; i++)
            sum += term *= x / (shape + i);
        return fmin(front * sum, 1);
    }
    double b = x + 1 - shape, c = 1e300, d = 1 / b, fraction = d;

    for (int i = 1; i < 500; i++) {
        double a = i * (shape - i), step;

        b += 2;
        d = a * d + b;
        d = 1 / (fabs(d) < 1e-300 ? 1e-300 : d);
        c = b + a / c;
        c = fabs(c) < 1e-300 ? 1e-300 : c;
        step = d * c;
        fraction *= step;
        if (fabs(step - 1) < 1e-12)
            break;
    }
    return fmax(1 - front * fraction, 0);
}

static double points_share(const struct lw_delay_model *model, double x)
{
    double share = 0;

    for (size_t i = 0; i + 1 < model->n_parameters; i += 2)
        share += x >= model->parameters[i] ? model->parameters[i + 1] : 0;
    return share;
}

double delay_cumulative(const struct lw_delay_model *model, double x)
{
    const double *p = model->parameters;

    switch (model->family) {
    case LW_DELAY_CONSTANT:
        return x >= p[0];
    case LW_DELAY_UNIFORM:
        return x <= p[0] ? 0 : x >= p[1] ? 1 : (x - p[0]) / (p[1] - p[0]);
    case LW_DELAY_EXPONENTIAL:
        return x <= 0 ? 0 : -expm1(-x / p[0]);
    case LW_DELAY_GAMMA:
        return gamma_share(p[0], x / p[1]);
    case LW_DELAY_WEIBULL:
        return x <= 0 ? 0 : -expm1(-pow(x / p[1], p[0]));
    case LW_DELAY_LOG_NORMAL:
        return x <= 0 ? 0 : .5 * erfc(-log(x / p[0]) / (p[1] * sqrt(2)));
    case LW_DELAY_POINTS:
        return points_share(model, x);
    default:
        return 1;
    }
}

/* ---- cells ----------------------------------------------------------------------------------------------------- */

int64_t delay_resolution(const int64_t *delays_us, size_t n)
{
    int64_t step = 0;

    for (size_t i = 0; i < n && step != 1; i++)
        for (int64_t a = delays_us[i]; a != 0;) { /* Euclid */
            int64_t rest = step % a;

            step = a;
            a = rest;
        }
    return step < 1 ? 1 : step;
}

static bool is_gap(double from, double to, double resolution)
{
    return to - from > 3 * resolution && to - from > NARROW * to;
}

static void make_cells(struct cells *cells, const int64_t *delays_us, size_t n, int64_t resolution_us)
{
    double half = .5e-6 * (double)resolution_us;
    size_t start = 0;

    cells->n = 0;
    cells->total = (double)n;
    cells->resolution = 2 * half;
    for (size_t i = 1; i <= n; i++) {
        bool is_over = i == n;

        if (!is_over && delays_us[i] != delays_us[i - 1])
            is_over = (i - start) * MAX_CELLS >= n ||
                      (cells->n < CELLS_CAP - MAX_CELLS - 2 &&
                       is_gap(1e-6 * (double)delays_us[i - 1], 1e-6 * (double)delays_us[i], cells->resolution));
        if (!is_over)
            continue;
        cells->from[cells->n] = fmax(1e-6 * (double)delays_us[start] - half, 0);
        cells->to[cells->n] = 1e-6 * (double)delays_us[i - 1] + half;
        cells->first[cells->n] = start;
        cells->count[cells->n++] = (double)(i - start);
        start = i;
    }
}

/* Of the delays under the family. */
static double log_likelihood(const struct cells *cells, const struct lw_delay_model *model)
{
    double sum = 0;

    for (size_t i = 0; i < cells->n; i++) {
        double p = delay_cumulative(model, cells->to[i]) - delay_cumulative(model, cells->from[i]);

        sum += cells->count[i] * log(p > LEAST ? p : LEAST);
    }
    return isfinite(sum) ? sum : -1e300;
}

/* A point's place counts as reached from half a step before it. */
static double distance(const struct cells *cells, const struct lw_delay_model *model)
{
    bool is_discrete = model->family == LW_DELAY_CONSTANT || model->family == LW_DELAY_POINTS;
    double below = 0, most = 0;

    for (size_t i = 0; i < cells->n; i++) {
        double slack = is_discrete ? NARROW * cells->to[i] + cells->resolution : 0;

        if (i == 0 || !is_discrete || is_gap(cells->to[i - 1], cells->from[i], cells->resolution))
            most = fmax(most, fabs(below / cells->total - delay_cumulative(model, cells->from[i] - slack)));
        below += cells->count[i];
        if (i + 1 == cells->n || !is_discrete || is_gap(cells->to[i], cells->from[i + 1], cells->resolution))
            most = fmax(most, fabs(below / cells->total - delay_cumulative(model, cells->to[i] + slack)));
    }
    return most;
}

/* ---- a few points ---------------------------------------------------------------------------------------------- */

static double middle(const int64_t *delays_us, const struct cells *cells, size_t first, size_t end)
{
    size_t last = end < cells->n ? cells->first[end] : (size_t)cells->total;

    size_t at = cells->first[first] + (last - cells->first[first]) / 2;

    return 1e-6 * (double)delays_us[at];
}

/* Puts a cluster among the points by its share; false if there is no room. */
static bool add_point(struct lw_delay_model *model, double at, double share)
{
    size_t i = model->n_parameters;

    if (i == LW_DELAY_PARAMETERS)
        return false;
    for (; i > 0 && model->parameters[i - 1] < share; i -= 2)
        memcpy(model->parameters + i, model->parameters + i - 2, 2 * sizeof at);
    model->parameters[i] = at;
    model->parameters[i + 1] = share;
    model->n_parameters += 2;
    return true;
}

/* Whether the clock tells most delays as the same: how the few others lie says little. */
static bool find_mode(const struct cells *cells, const int64_t *delays_us, struct lw_delay_model *out)
{
    for (size_t i = 0; i < cells->n; i++)
        if (cells->count[i] >= MODE * cells->total && cells->to[i] - cells->from[i] < 1.5 * cells->resolution) {
            out->family = LW_DELAY_CONSTANT;
            out->n_parameters = 1;
            out->parameters[0] = 1e-6 * (double)delays_us[cells->first[i]];
            return true;
        }
    return false;
}

/* Whether nearly all delays are in a few clusters that are narrow for their delay. */
static bool find_points(const struct cells *cells, const int64_t *delays_us, struct lw_delay_model *out)
{
    double covered = 0;

    out->family = LW_DELAY_POINTS;
    out->n_parameters = 0;
    for (size_t i = 0, end; i < cells->n; i = end) {
        double count = 0, width, at;

        for (end = i; end < cells->n && (end == i || !is_gap(cells->to[end - 1], cells->from[end], cells->resolution));
             end++)
            count += cells->count[end];
        if (count < CLUSTER_MIN || count < (1 - MOST) / 2 * cells->total)
            continue;
        at = middle(delays_us, cells, i, end);
        width = cells->to[end - 1] - cells->from[i] - cells->resolution;
        if (width > NARROW * at && width > .5 * cells->resolution)
            return false;
        if (!add_point(out, at, count / cells->total))
            return false;
        covered += count;
    }
    if (covered < MOST * cells->total)
        return false;
    for (size_t i = 1; i < out->n_parameters; i += 2)
        out->parameters[i] *= cells->total / covered;
    if (out->n_parameters == 2) {
        out->family = LW_DELAY_CONSTANT;
        out->n_parameters = 1;
    }
    return true;
}

/* ---- families with a density ----------------------------------------------------------------------------------- */

struct moments {
    double mean, variance, log_mean, log_variance;
};

static struct moments find_moments(const struct cells *cells)
{
    struct moments m = {0, 0, 0, 0};

    for (size_t i = 0; i < cells->n; i++) {
        double x = .5 * (cells->from[i] + cells->to[i]), share = cells->count[i] / cells->total;

        m.mean += share * x;
        m.log_mean += share * log(x);
    }
    for (size_t i = 0; i < cells->n; i++) {
        double x = .5 * (cells->from[i] + cells->to[i]), share = cells->count[i] / cells->total;

        m.variance += share * (x - m.mean) * (x - m.mean);
        m.log_variance += share * (log(x) - m.log_mean) * (log(x) - m.log_mean);
    }
    m.log_variance = fmax(m.log_variance, 1e-8);
    m.variance = fmax(m.variance, 1e-8 * m.mean * m.mean);
    return m;
}

/* Where the search begins. */
static void guess(enum lw_delay_family family, const struct moments *m, double *p)
{
    double s = fmax(log(m->mean) - m->log_mean, 1e-6), sigma = sqrt(m->log_variance);

    p[0] = p[1] = 1;
    if (family == LW_DELAY_EXPONENTIAL)
        p[0] = m->mean;
    if (family == LW_DELAY_GAMMA) {
        p[0] = (3 - s + sqrt((s - 3) * (s - 3) + 24 * s)) / (12 * s); /* Minka 2002 */
        p[1] = m->mean / p[0];
    }
    if (family ==
        LW_DELAY_WEIBULL) { /* the logarithm has deviation pi / (shape sqrt 6) and mean log scale - .577 / shape */
        p[0] = 1.2825498 / sigma;
        p[1] = exp(m->log_mean + .5772157 / p[0]);
    }
    if (family == LW_DELAY_LOG_NORMAL) {
        p[0] = exp(m->log_mean);
        p[1] = sigma;
    }
}

struct vertex {
    double at[2], value; /* logarithms of the parameters; minus the logarithm of the likelihood */
};

static void judge(const struct cells *cells, struct lw_delay_model *model, struct vertex *vertex)
{
    for (size_t i = 0; i < model->n_parameters; i++)
        model->parameters[i] = exp(fmin(fmax(vertex->at[i], -60), 60));
    vertex->value = -log_likelihood(cells, model);
}

static struct vertex between(const struct vertex *centre, const struct vertex *other, double share, size_t n)
{
    struct vertex out = {{0, 0}, 0};

    for (size_t i = 0; i < n; i++)
        out.at[i] = centre->at[i] + share * (other->at[i] - centre->at[i]);
    return out;
}

static void sort_vertices(struct vertex *v, size_t n)
{
    for (size_t i = 1; i < n; i++)
        for (size_t j = i; j > 0 && v[j].value < v[j - 1].value; j--) {
            struct vertex swapped = v[j];

            v[j] = v[j - 1];
            v[j - 1] = swapped;
        }
}

/* Moves the worst of the vertices; v[0] is the best. */
static void improve(const struct cells *cells, struct lw_delay_model *model, struct vertex *v, size_t n)
{
    struct vertex centre = {{0, 0}, 0}, moved;

    for (size_t i = 0; i < n; i++)
        for (size_t d = 0; d < n; d++)
            centre.at[d] += v[i].at[d] / (double)n;
    moved = between(&centre, &v[n], -1, n);
    judge(cells, model, &moved);
    if (moved.value < v[0].value) {
        struct vertex further = between(&centre, &v[n], -2, n);

        judge(cells, model, &further);
        moved = further.value < moved.value ? further : moved;
    } else if (moved.value >= v[n - 1].value) {
        moved = between(&centre, moved.value < v[n].value ? &moved : &v[n], .5, n);
        judge(cells, model, &moved);
    }
    if (moved.value < v[n].value) {
        v[n] = moved;
        return;
    }
    for (size_t i = 1; i <= n; i++) {
        v[i] = between(&v[0], &v[i], .5, n);
        judge(cells, model, &v[i]);
    }
}

static void fit_family(const struct cells *cells, const struct moments *m, enum lw_delay_family family,
                       struct lw_delay_model *model)
{
    size_t n = family == LW_DELAY_EXPONENTIAL ? 1 : 2;
    struct vertex v[3];
    double p[2];

    model->family = family;
    model->n_parameters = n;
    guess(family, m, p);
    for (size_t i = 0; i <= n; i++) {
        v[i] = (struct vertex){{log(p[0]), log(p[1])}, 0};
        if (i > 0)
            v[i].at[i - 1] += .1;
        judge(cells, model, &v[i]);
    }
    for (int step = 0; step < STEPS; step++) {
        sort_vertices(v, n + 1);
        if (fabs(v[n].value - v[0].value) < 1e-4)
            break;
        improve(cells, model, v, n);
    }
    sort_vertices(v, n + 1);
    judge(cells, model, &v[0]);
}

static void fit_uniform(const struct cells *cells, struct lw_delay_model *model)
{
    model->family = LW_DELAY_UNIFORM;
    model->n_parameters = 2;
    model->parameters[0] = cells->from[0];
    model->parameters[1] = cells->to[cells->n - 1];
}

static void fit_best(const struct cells *cells, struct lw_delay_model *out)
{
    struct moments moments = find_moments(cells);
    double least = INFINITY;

    for (int family = LW_DELAY_UNIFORM; family <= LW_DELAY_LOG_NORMAL; family++) {
        struct lw_delay_model model = *out;
        double criterion;

        if (family == LW_DELAY_UNIFORM)
            fit_uniform(cells, &model);
        else
            fit_family(cells, &moments, (enum lw_delay_family)family, &model);
        criterion = (double)model.n_parameters * log(cells->total) - 2 * log_likelihood(cells, &model);
        if (criterion < least) {
            least = criterion;
            *out = model;
        }
    }
}

void delay_fit(const int64_t *delays_us, size_t n, int64_t resolution_us, struct lw_delay_model *out)
{
    struct cells cells;

    *out = (struct lw_delay_model){.family = LW_DELAY_NONE, .n = n, .ks = NAN};
    if (n < DELAY_FIT_MIN)
        return;
    make_cells(&cells, delays_us, n, resolution_us);
    if (!find_mode(&cells, delays_us, out) && !find_points(&cells, delays_us, out))
        fit_best(&cells, out);
    out->ks = distance(&cells, out);
    if (out->ks > FAR)
        *out = (struct lw_delay_model){.family = LW_DELAY_NONE, .n = n, .ks = NAN};
}
