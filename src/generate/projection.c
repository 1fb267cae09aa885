/*
 * A trace gets the weight exp(sum over rules of theta * its feature). What that makes of a machine is a machine again:
 * p * w * h(to) / h(from), w being the weight of a step and h(s) the expected weight of the rest of a trace from s on,
 * which is one linear system. The thetas are those that minimise log h(start) + sum of theta * constant, the dual of
 * least relative entropy, convex; rules that are bounds keep theta >= 0. The gradient follows from the expected visits,
 * a second system with the same matrix. The second derivatives are covariances of features over traces: with
 * v(s) = expected feature from s on, a trace's feature less its mean is a sum of steps' a + v(to) - v(from), which are
 * uncorrelated, so that the covariance is a sum over steps of products (and of the variance among a template's facets);
 * all v come from one factored matrix at once. So Newton's method with an active set (Bertsekas 1982) needs about one
 * factorisation an iteration and five to ten iterations.
 *
 * After each iteration the bent machine takes the place of the one begun with, so h stands near 1 and neither long
 * traces nor many small steps under- or overflow. All thetas are held to a box; a rule that cannot be met ends at its
 * wall, which is the projection with an outrageous, but bounded, price on what is missing: as near as can be.
 *
 * Expectations alone would let one trace in a million run in circles a million times for all others. So the horizon
 * bounds the spectral radius of the weighted steps, by which the tails of lengths fall: traces weighted by
 * exp(1 / horizon) an event more must still have a finite sum. The thetas that may be are a convex set then, as the
 * radius is log-convex in them (Kingman 1961), which the line search does not leave. An expected rest of at most
 * horizon after every state suffices (Collatz 1942), and costs no second factorisation.
 *
 * Bisection over one theta at a time was rejected: thirty times as many systems, and more where rules pull against each
 * other.
 */
#include "generate/projection.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define ITERATIONS     200
#define HALVINGS       40
#define BRAKED         0x1p-10 /* of a move: where no more of it is left before the horizon, it stands there */
#define STEP_MAX       4.0     /* of a theta in an iteration */
#define ENOUGH         1e-11   /* of the expected length: an excess that counts as none */
#define SUFFICIENT     1e-4    /* share of the expected decrease (Armijo 1966) */
#define NO_DECREASE    1e-13   /* below it rounding decides */
#define RIDGE          1e-12   /* on the diagonal, relative: rules may say the same thing */
#define AT_WALL        1e-12
#define WEIGHT_EXTREME 1e200

/* Parts of scratch. */
struct parts {
    double *step_weights; /* [n_steps] */
    double *entries;      /* [n_steps] of them those that do not lead to the end */
    double *longer;       /* [n_steps] the same for longer traces */
    double *h;            /* [n_nodes] */
    double *visits;       /* [n_nodes]; while a move is tried, the expected rest after a node, times h */
    double *factors;      /* [n_symbols] by which the weight of a template's events grows */
    double *means;        /* [n_symbols][n_rules] of its facets' features */
    double *trial_shares; /* [facets] */
    double *values;       /* [n_nodes][n_rules] expected feature from a node on */
    double *hessian;      /* [n_rules][n_rules] */
    double *factored;     /* [n_rules][n_rules] of the free ones */
    double *move;         /* [n_rules] */
    double *trial;        /* [n_rules] */
    double *pairs;        /* [n_pairs] factors of pairs */
    double *row;          /* [n_rules] */
};

static size_t n_facets(const struct projection *projection)
{
    return projection->first_facet[projection->ways->machine->n_symbols];
}

/* Lays the parts out over base, NULL to count them; gives how many doubles that takes. */
static size_t lay_out(const struct projection *projection, double *base, struct parts *parts)
{
    size_t n_rules = projection->n_rules, n_steps = projection->ways->n_steps, n_nodes = projection->ways->n_nodes,
           n_symbols = projection->ways->machine->n_symbols, at = 0;
    const struct {
        double **part;
        size_t n;
    } rows[] = {{&parts->step_weights, n_steps},
                {&parts->entries, n_steps},
                {&parts->longer, n_steps},
                {&parts->h, n_nodes},
                {&parts->visits, n_nodes},
                {&parts->factors, n_symbols},
                {&parts->means, n_symbols * n_rules},
                {&parts->trial_shares, n_facets(projection)},
                {&parts->values, n_nodes * n_rules},
                {&parts->hessian, n_rules * n_rules},
                {&parts->factored, n_rules * n_rules},
                {&parts->move, n_rules},
                {&parts->trial, n_rules},
                {&parts->pairs, projection->n_pairs},
                {&parts->row, n_rules}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        *rows[i].part = base == NULL ? NULL : base + at;
        at += rows[i].n;
    }
    return at;
}

int projection_init(struct projection *projection)
{
    const struct ways *ways = projection->ways;
    struct parts parts;
    uint32_t *order = NULL, *from = alloc_array(ways->n_steps, sizeof *from),
             *to = alloc_array(ways->n_steps, sizeof *to);
    size_t n = 0;
    projection->theta = alloc_zeroed(projection->n_rules, sizeof *projection->theta);
    projection->excess = alloc_zeroed(projection->n_rules, sizeof *projection->excess);
    projection->flow = alloc_zeroed(ways->n_steps, sizeof *projection->flow);
    projection->scratch = alloc_array(lay_out(projection, NULL, &parts), sizeof *projection->scratch);
    projection->elimination = (struct elimination){.n = 0};
    projection->entropy = 0;
    projection->n_solves = 0;
    int rc = from == NULL || to == NULL || projection->theta == NULL || projection->excess == NULL ||
                     projection->flow == NULL || projection->scratch == NULL
                 ? LW_ERR_MEMORY
                 : 0;
    if (rc == 0 && projection->ranks != NULL) {
        order = ways_order(ways, projection->ranks);
        rc = order == NULL ? LW_ERR_MEMORY : 0;
    }
    for (size_t i = 0; i < ways->n_steps && rc == 0; i++)
        if (ways->steps[i].to != WAYS_END) {
            from[n] = ways->steps[i].from;
            to[n++] = ways->steps[i].to;
        }
    if (rc == 0)
        rc = elimination_init(&projection->elimination, ways->n_nodes, from, to, n, order);
    free(from);
    free(to);
    free(order);
    if (rc != 0)
        projection_release(projection);
    return rc;
}

void projection_release(struct projection *projection)
{
    elimination_release(&projection->elimination);
    free(projection->theta);
    free(projection->excess);
    free(projection->flow);
    free(projection->scratch);
    projection->theta = projection->excess = projection->flow = projection->scratch = NULL;
}

/* ---- a machine bent by a move of the thetas -----------------------------------------------------------------------
 */

static double dot(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* Of each template: by how much its events gain, the shares of its facets then, and the mean of their features. */
static void bend_facets(const struct projection *projection, const struct parts *parts)
{
    size_t n_rules = projection->n_rules;
    for (size_t t = 0; t < projection->ways->machine->n_symbols; t++) {
        double sum = 0, *mean = parts->means + t * n_rules;
        memset(mean, 0, n_rules * sizeof *mean);
        for (size_t f = projection->first_facet[t]; f < projection->first_facet[t + 1]; f++) {
            parts->trial_shares[f] =
                projection->shares[f] * exp(dot(projection->facet_features + f * n_rules, parts->move, n_rules));
            sum += parts->trial_shares[f];
        }
        for (size_t f = projection->first_facet[t]; f < projection->first_facet[t + 1] && sum > 0; f++) {
            parts->trial_shares[f] /= sum;
            for (size_t i = 0; i < n_rules; i++)
                mean[i] += parts->trial_shares[f] * projection->facet_features[f * n_rules + i];
        }
        parts->factors[t] = sum;
    }
}

static void weigh_steps(const struct projection *projection, const struct parts *parts)
{
    const struct ways *ways = projection->ways;
    size_t n = 0;
    for (size_t i = 0; i < projection->n_pairs; i++)
        parts->pairs[i] =
            projection->pair_features == NULL
                ? 1
                : exp(dot(projection->pair_features + i * projection->n_rules, parts->move, projection->n_rules));
    memset(parts->h, 0, ways->n_nodes * sizeof *parts->h);
    for (size_t i = 0; i < ways->n_steps; i++) {
        const struct way_step *step = &ways->steps[i];
        parts->step_weights[i] = ways->p[i];
        if (step->to == WAYS_END) {
            parts->h[step->from] += ways->p[i];
            continue;
        }
        parts->step_weights[i] *= parts->factors[ways_template(ways, step)] * parts->pairs[step->pair];
        parts->entries[n++] = parts->step_weights[i];
    }
}

/* The most events that are expected to follow a node, and whether traces are within the horizon. */
static int look_ahead(struct projection *projection, const struct parts *parts, bool *is_within)
{
    const struct ways *ways = projection->ways;
    size_t n = 0;
    projection->rest = 0;
    memset(parts->visits, 0, ways->n_nodes * sizeof *parts->visits);
    for (size_t i = 0; i < ways->n_steps; i++)
        if (ways->steps[i].to != WAYS_END)
            parts->visits[ways->steps[i].from] += parts->step_weights[i] * parts->h[ways->steps[i].to];
    int rc = elimination_solve(&projection->elimination, parts->visits, 1);
    for (size_t i = 0; i < ways->n_nodes && rc == 0; i++)
        if (i != WAYS_END)
            projection->rest = fmax(projection->rest, parts->visits[i] / parts->h[i]);
    *is_within = projection->rest <= projection->horizon;
    if (rc != 0 || *is_within)
        return rc;
    for (size_t i = 0; i < ways->n_steps; i++)
        if (ways->steps[i].to != WAYS_END)
            parts->longer[n++] = parts->step_weights[i] * exp(1 / projection->horizon);
    *is_within = elimination_factor(&projection->elimination, parts->longer) == 0;
    return *is_within ? elimination_factor(&projection->elimination, parts->entries) : 0;
}

/* Solves for h under parts->move, and gives by how much the dual changes; INFINITY where traces would be endless or
 * beyond the horizon. */
static int try_move(struct projection *projection, const struct parts *parts, double *change)
{
    const struct ways *ways = projection->ways;
    *change = INFINITY;
    bend_facets(projection, parts);
    weigh_steps(projection, parts);
    projection->n_solves++;
    if (elimination_factor(&projection->elimination, parts->entries) != 0)
        return 0;
    int rc = elimination_solve(&projection->elimination, parts->h, 1);
    if (rc != 0)
        return rc;
    parts->h[WAYS_END] = 1;
    for (size_t i = 0; i < ways->n_nodes; i++)
        if (!(parts->h[i] > 1 / WEIGHT_EXTREME && parts->h[i] < WEIGHT_EXTREME))
            return 0;
    bool is_within;
    rc = look_ahead(projection, parts, &is_within);
    if (rc != 0 || !is_within)
        return rc;
    *change = log(parts->h[WAYS_START]);
    for (size_t i = 0; i < projection->n_rules; i++)
        *change += parts->move[i] * projection->rules[i].constant;
    return 0;
}

/* What rounding leaves beside a wall is on it. */
static double snap(double theta)
{
    if (fabs(theta) < AT_WALL)
        return 0;
    return fabs(theta) > PROJECTION_THETA_MAX - AT_WALL ? copysign(PROJECTION_THETA_MAX, theta) : theta;
}

/* The move that was tried becomes where the next one starts: probabilities, flows, excesses. */
static int accept(struct projection *projection, const struct parts *parts, double change)
{
    struct ways *ways = projection->ways;
    size_t n_rules = projection->n_rules;
    memset(parts->visits, 0, ways->n_nodes * sizeof *parts->visits);
    parts->visits[WAYS_START] = 1;
    int rc = elimination_solve_transposed(&projection->elimination, parts->visits, 1);
    if (rc != 0)
        return rc;
    projection->entropy -= change;
    projection->expected_len = 0;
    for (size_t i = 0; i < n_rules; i++) {
        projection->theta[i] = snap(projection->theta[i] + parts->move[i]);
        projection->excess[i] = projection->rules[i].constant;
    }
    memcpy(projection->shares, parts->trial_shares, n_facets(projection) * sizeof *projection->shares);
    for (size_t i = 0; i < ways->n_steps; i++) {
        const struct way_step *step = &ways->steps[i];
        double there = parts->step_weights[i] * parts->h[step->to];
        ways->p[i] = there / parts->h[step->from];
        projection->flow[i] = parts->visits[step->from] * there / parts->h[WAYS_START];
        if (step->to == WAYS_END)
            continue;
        const double *mean = parts->means + ways_template(ways, step) * n_rules;
        projection->expected_len += projection->flow[i];
        for (size_t r = 0; r < n_rules; r++)
            projection->excess[r] += projection->flow[i] * mean[r];
        if (projection->pair_features != NULL)
            for (size_t r = 0; r < n_rules; r++)
                projection->excess[r] += projection->flow[i] * projection->pair_features[step->pair * n_rules + r];
    }
    return 0;
}

/* ---- second derivatives -------------------------------------------------------------------------------------------
 */

static void add_product(double *matrix, const double *row, double factor, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i && row[i] != 0; j++)
            matrix[i * n + j] += factor * row[i] * row[j];
}

/* What a step brings of each feature, on average. */
static void step_means(const struct projection *projection, const struct parts *parts, const struct way_step *step,
                       double *out)
{
    size_t n_rules = projection->n_rules;
    memset(out, 0, n_rules * sizeof *out);
    if (step->to == WAYS_END)
        return;
    memcpy(out, parts->means + ways_template(projection->ways, step) * n_rules, n_rules * sizeof *out);
    if (projection->pair_features != NULL)
        for (size_t r = 0; r < n_rules; r++)
            out[r] += projection->pair_features[step->pair * n_rules + r];
}

/* v of every node and rule; the factored matrix is still weighted, so what is solved for is v * h. */
static int find_values(struct projection *projection, const struct parts *parts)
{
    const struct ways *ways = projection->ways;
    size_t n_rules = projection->n_rules;
    memset(parts->values, 0, ways->n_nodes * n_rules * sizeof *parts->values);
    for (size_t i = 0; i < ways->n_steps; i++) {
        const struct way_step *step = &ways->steps[i];
        double factor = ways->p[i] * parts->h[step->from], *to = parts->values + step->from * n_rules;
        step_means(projection, parts, step, parts->row);
        for (size_t r = 0; r < n_rules; r++)
            to[r] += factor * parts->row[r];
    }
    int rc = elimination_solve(&projection->elimination, parts->values, n_rules);
    for (size_t s = 0; s < ways->n_nodes && rc == 0; s++)
        for (size_t r = 0; r < n_rules; r++)
            parts->values[s * n_rules + r] /= parts->h[s];
    return rc;
}

/* The lower triangle. */
static int find_hessian(struct projection *projection, const struct parts *parts)
{
    const struct ways *ways = projection->ways;
    size_t n_rules = projection->n_rules;
    double *by_template = parts->factors; /* no longer needed as such */
    int rc = find_values(projection, parts);
    if (rc != 0)
        return rc;
    memset(parts->hessian, 0, n_rules * n_rules * sizeof *parts->hessian);
    memset(by_template, 0, ways->machine->n_symbols * sizeof *by_template);
    for (size_t i = 0; i < ways->n_steps; i++) {
        const struct way_step *step = &ways->steps[i];
        const double *from = parts->values + step->from * n_rules, *to = parts->values + step->to * n_rules;
        step_means(projection, parts, step, parts->row);
        for (size_t r = 0; r < n_rules; r++)
            parts->row[r] += to[r] - from[r];
        add_product(parts->hessian, parts->row, projection->flow[i], n_rules);
        if (step->to != WAYS_END)
            by_template[ways_template(ways, step)] += projection->flow[i];
    }
    for (size_t t = 0; t < ways->machine->n_symbols; t++)
        for (size_t f = projection->first_facet[t]; f < projection->first_facet[t + 1] && by_template[t] > 0; f++) {
            for (size_t r = 0; r < n_rules; r++)
                parts->row[r] = projection->facet_features[f * n_rules + r] - parts->means[t * n_rules + r];
            add_product(parts->hessian, parts->row, by_template[t] * projection->shares[f], n_rules);
        }
    return 0;
}

/* ---- Newton's method in a box -------------------------------------------------------------------------------------
 */

static double lowest(const struct projection *projection, size_t rule)
{
    return projection->rules[rule].is_exact ? -PROJECTION_THETA_MAX : 0;
}

/* Whether a step of the theta in that direction is barred by the box. */
static bool is_walled(const struct projection *projection, size_t rule, double direction)
{
    return (direction < 0 && projection->theta[rule] <= lowest(projection, rule)) ||
           (direction > 0 && projection->theta[rule] >= PROJECTION_THETA_MAX);
}

/* Solves hessian * move = -excess over the rules that are free, by Cholesky. */
static void solve_free(const struct projection *projection, const struct parts *parts, const uint8_t *is_free)
{
    size_t n = projection->n_rules;
    double *l = parts->factored, most = 0;
    for (size_t i = 0; i < n; i++)
        most = is_free[i] && parts->hessian[i * n + i] > most ? parts->hessian[i * n + i] : most;
    for (size_t i = 0; i < n; i++) {
        parts->move[i] = 0;
        for (size_t j = 0; j <= i && is_free[i]; j++) {
            if (!is_free[j])
                continue;
            double sum = parts->hessian[i * n + j] + (i == j ? RIDGE * most + 1e-300 : 0);
            for (size_t k = 0; k < j; k++)
                sum -= is_free[k] ? l[i * n + k] * l[j * n + k] : 0;
            if (i == j)
                l[i * n + i] = sqrt(fmax(sum, RIDGE * most + 1e-300));
            else
                l[i * n + j] = sum / l[j * n + j];
        }
    }
    for (size_t i = 0; i < n; i++) {
        double sum = -projection->excess[i];
        for (size_t k = 0; k < i && is_free[i]; k++)
            sum -= is_free[k] ? l[i * n + k] * parts->move[k] : 0;
        parts->move[i] = is_free[i] ? sum / l[i * n + i] : 0;
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t k = i + 1; k < n && is_free[i]; k++)
            parts->move[i] -= is_free[k] ? l[k * n + i] * parts->move[k] : 0;
        parts->move[i] = is_free[i] ? parts->move[i] / l[i * n + i] : 0;
    }
}

/* The move, into parts->trial; false when nothing is left to be gained. */
static bool find_move(const struct projection *projection, const struct parts *parts, uint8_t *is_free)
{
    size_t n = projection->n_rules;
    double enough = ENOUGH * projection->expected_len, longest = 1;
    bool is_any = false, is_cut = true;
    for (size_t i = 0; i < n; i++) {
        is_free[i] = !is_walled(projection, i, -projection->excess[i]);
        is_any = is_any || (is_free[i] && fabs(projection->excess[i]) > enough);
    }
    if (!is_any)
        return false;
    while (is_cut) {
        is_cut = false;
        solve_free(projection, parts, is_free);
        for (size_t i = 0; i < n; i++)
            if (is_free[i] && is_walled(projection, i, parts->move[i])) {
                is_free[i] = 0;
                is_cut = true;
            }
    }
    for (size_t i = 0; i < n; i++) {
        double room = parts->move[i] > 0 ? PROJECTION_THETA_MAX - projection->theta[i]
                                         : projection->theta[i] - lowest(projection, i);
        if (fabs(parts->move[i]) * longest > fmin(STEP_MAX, room))
            longest = fmin(STEP_MAX, room) / fabs(parts->move[i]);
    }
    for (size_t i = 0; i < n; i++)
        parts->trial[i] = parts->move[i] * longest;
    return true;
}

/* Halves the move until the dual falls enough. *is_done: it does not, as far as doubles can tell. */
static int search_line(struct projection *projection, const struct parts *parts, bool *is_done)
{
    size_t n = projection->n_rules;
    double slope = dot(parts->trial, projection->excess, n), length = 1, change;
    bool is_braked = false;
    *is_done = !(slope < -NO_DECREASE);
    for (int i = 0; i < HALVINGS; i++, length /= 2) {
        for (size_t r = 0; r < n; r++)
            parts->move[r] = parts->trial[r] * length;
        int rc = try_move(projection, parts, &change);
        if (rc != 0)
            return rc;
        is_braked = is_braked || isinf(change);
        if (change <= SUFFICIENT * length * slope || (*is_done && change < NO_DECREASE)) {
            *is_done = *is_done || (is_braked && length <= BRAKED);
            return accept(projection, parts, change);
        }
    }
    *is_done = true;
    memset(parts->move, 0, n * sizeof *parts->move);
    int rc = try_move(projection, parts, &change);
    return rc == 0 ? accept(projection, parts, change) : rc;
}

int projection_run(struct projection *projection)
{
    struct parts parts;
    double change;
    lay_out(projection, projection->scratch, &parts);
    memset(parts.move, 0, projection->n_rules * sizeof *parts.move);
    uint8_t *is_free = alloc_array(projection->n_rules, sizeof *is_free);
    int rc = is_free == NULL ? LW_ERR_MEMORY : try_move(projection, &parts, &change);
    if (rc == 0 && isinf(change))
        rc = LW_ERR_INFEASIBLE;
    if (rc == 0)
        rc = accept(projection, &parts, change);
    bool is_done = projection->n_rules == 0;
    for (int i = 0; i < ITERATIONS && rc == 0 && !is_done; i++) {
        rc = find_hessian(projection, &parts);
        if (rc == 0 && !find_move(projection, &parts, is_free))
            break;
        if (rc == 0)
            rc = search_line(projection, &parts, &is_done);
    }
    free(is_free);
    return rc;
}
