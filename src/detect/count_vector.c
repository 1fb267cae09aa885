/*
 * Nearest count vector. A trace is how often it has each template; its score is the distance to the nearest vector
 * among those fitted, beyond what new but ordinary traces show:
 *
 *   distance(a, b) = sum over templates t of weight[t] * |log2(1 + a[t]) - log2(1 + b[t])|
 *   score          = max(0, distance to the nearest - tolerance); 0 for a vector that was fitted
 *
 * The weight of a template is how surprising it is to see neighbours differ in it: each fitted vector is compared with
 * its nearest other one, and a template that differs in d of n such pairs weighs log2((n + 2) / (d + 1)) bits. Counts
 * that vary by themselves (retries, chunks of a file) then cost little, counts that never do cost most.
 *
 * The tolerance comes from the vectors that only one fitted trace has: left out, they are what a new ordinary trace
 * looks like (the reasoning of Good 1953). It is the upper quartile of their distances to the nearest other vector, and
 * 0 while there are fewer than MIN_SINGLES of them.
 *
 * Nearest neighbours are searched outwards from the same norm: distances cannot be less than the difference of norms.
 * Of very many distinct vectors MAX_VECTORS stand for all: the most frequent ones, and an even sample of the rest.
 * Rejected: an inverted index, since nearly all traces of a log share their frequent templates.
 */
#include "detect/rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/executor.h"
#include "base/fail.h"
#include "base/order.h"

#define MAX_PAIRS          500u /* vectors that weights and tolerance are measured on, evenly taken */
#define MAX_VECTORS        3000u
#define MIN_SINGLES        5u
#define TOLERANCE_QUANTILE .75

struct cell {
    uint32_t id; /* template; LW_TEMPLATE_UNKNOWN for all that was not fitted */
    uint32_t count;
};
struct vector {
    const struct cell *cells; /* by rising id */
    const double *values;     /* of each cell: weight * log2(1 + count) */
    size_t n;
    double norm; /* sum of values */
    uint64_t traces;
    size_t order; /* of first appearance */
};
struct model {
    struct intern keys;     /* the cells of each distinct vector, as bytes */
    struct vector *vectors; /* by rising norm */
    size_t n;
    double *values;  /* of all vectors */
    double *weights; /* [n_ids] */
    uint32_t n_ids;
    double tolerance;
};

static void free_model(void *memory)
{
    struct model *model = memory;
    if (model == NULL)
        return;
    intern_release(&model->keys);
    free(model->vectors);
    free(model->values);
    free(model->weights);
    free(model);
}

/* ---- vectors -------------------------------------------------------------------------------------------------- */

/* The vector of a trace, into cells[events of the trace]; gives their number. ids[] is scratch of the same size. */
static size_t make_cells(const struct model *model, const struct trace_set *set, size_t trace, uint32_t *ids,
                         struct cell *cells)
{
    size_t n_events = trace_set_len(set, trace), n = 0;
    for (size_t i = 0; i < n_events; i++) {
        uint32_t id = set->templates[set->first[trace] + i];
        ids[i] = id < model->n_ids && model->weights[id] > 0 ? id : LW_TEMPLATE_UNKNOWN;
    }
    qsort(ids, n_events, sizeof *ids, order_u32);
    for (size_t i = 0; i < n_events; i++) {
        if (n == 0 || cells[n - 1].id != ids[i])
            cells[n++] = (struct cell){ids[i], 0};
        cells[n - 1].count++;
    }
    return n;
}

static double level(uint32_t count)
{
    static const double low[] = {0, 1, 1.5849625007211562, 2, 2.321928094887362, 2.584962500721156, 2.807354922057604};
    return count < sizeof low / sizeof *low ? low[count] : log2(1.0 + count);
}

/* Fills values[cells]; gives their sum. */
static double weigh(const struct model *model, const struct cell *cells, size_t n, double *values)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += values[i] = model->weights[cells[i].id] * level(cells[i].count);
    return sum;
}

/* Stops once it is at least `enough`. */
static double distance(const struct vector *a, const struct vector *b, double enough)
{
    double sum = 0;
    size_t i = 0, j = 0;
    while (i < a->n && j < b->n && sum < enough) {
        uint32_t in_a = a->cells[i].id, in_b = b->cells[j].id;
        double value_a = in_a <= in_b ? a->values[i++] : 0, value_b = in_b <= in_a ? b->values[j++] : 0;
        sum += fabs(value_a - value_b);
    }
    while (i < a->n && sum < enough)
        sum += a->values[i++];
    while (j < b->n && sum < enough)
        sum += b->values[j++];
    return sum;
}

struct difference { /* of two vectors in one template */
    uint32_t id, count, expected;
    double part; /* of the distance */
};

/* The template of cells *i of a and *j of b that comes first; moves past it. */
static struct difference compare(const struct vector *a, size_t *i, const struct vector *b, size_t *j)
{
    bool has_a = *i < a->n && (*j >= b->n || a->cells[*i].id <= b->cells[*j].id);
    bool has_b = *j < b->n && (*i >= a->n || b->cells[*j].id <= a->cells[*i].id);
    struct difference found = {.id = has_a ? a->cells[*i].id : b->cells[*j].id};
    double value_a = has_a ? a->values[*i] : 0, value_b = has_b ? b->values[*j] : 0;
    found.count = has_a ? a->cells[(*i)++].count : 0;
    found.expected = has_b ? b->cells[(*j)++].count : 0;
    found.part = fabs(value_a - value_b);
    return found;
}

/* Nearest fitted vector but `other_than` (NULL: any); NULL if there is none. Of equally near ones the first found. */
static const struct vector *nearest(const struct model *model, const struct vector *to, const struct vector *other_than,
                                    double *at)
{
    size_t low = 0, high = model->n; /* up = first vector with a norm not below */
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (model->vectors[middle].norm < to->norm)
            low = middle + 1;
        else
            high = middle;
    }
    size_t up = low, down = low; /* down: one behind the next lower one */
    const struct vector *best = NULL;
    *at = INFINITY;
    for (;;) {
        double gap_up = up < model->n ? model->vectors[up].norm - to->norm : INFINITY;
        double gap_down = down > 0 ? to->norm - model->vectors[down - 1].norm : INFINITY;
        if (fmin(gap_up, gap_down) >= *at)
            return best; /* also when both ends were reached */
        const struct vector *candidate = gap_up <= gap_down ? &model->vectors[up++] : &model->vectors[--down];
        if (candidate == other_than)
            continue;
        double here = distance(to, candidate, *at);
        if (here < *at) {
            *at = here;
            best = candidate;
        }
    }
}

/* ---- fitting -------------------------------------------------------------------------------------------------- */

static int by_norm(const void *left, const void *right)
{
    const struct vector *a = left, *b = right;
    if (a->norm != b->norm)
        return a->norm < b->norm ? -1 : 1;
    size_t n = a->n < b->n ? a->n : b->n;
    int order = memcmp(a->cells, b->cells, n * sizeof *a->cells);
    return order != 0 ? order : (a->n > b->n) - (a->n < b->n);
}

/* Gives all vectors values and norms by the weights as they are now. */
static void weigh_vectors(struct model *model)
{
    double *values = model->values;
    for (size_t i = 0; i < model->n; i++) {
        struct vector *vector = &model->vectors[i];
        vector->norm = weigh(model, vector->cells, vector->n, values);
        vector->values = values;
        values += vector->n;
    }
    if (model->n > 0)
        qsort(model->vectors, model->n, sizeof *model->vectors, by_norm);
}

/* All distinct vectors of the traces; templates that were not fitted get weight 0 for now, which marks them. */
static int collect(struct model *model, const struct trace_set *set, const uint32_t *indexes, size_t n)
{
    size_t longest = 0, cap = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t e = set->first[indexes[i]]; e < set->first[indexes[i] + 1]; e++)
            model->weights[set->templates[e]] = 1;
        if (trace_set_len(set, indexes[i]) > longest)
            longest = trace_set_len(set, indexes[i]);
    }
    model->weights[LW_TEMPLATE_UNKNOWN] = 1;
    uint32_t *ids = alloc_array(longest, sizeof *ids), id;
    struct cell *cells = alloc_array(longest, sizeof *cells);
    int status = ids == NULL || cells == NULL ? LW_ERR_MEMORY : 0;
    for (size_t i = 0; status == 0 && i < n; i++) {
        size_t n_cells = make_cells(model, set, indexes[i], ids, cells);
        status = intern_add(&model->keys, cells, n_cells * sizeof *cells, &id);
        if (status == 0 && id == model->n) {
            status = alloc_grow(&model->vectors, &cap, model->n + 1, sizeof *model->vectors);
            if (status == 0)
                model->vectors[model->n++] = (struct vector){
                    .cells = (const void *)intern_get(&model->keys, id).data, .n = n_cells, .order = id};
        }
        if (status == 0)
            model->vectors[id].traces++;
    }
    free(ids);
    free(cells);
    return status;
}

static int by_traces(const void *left, const void *right)
{
    const struct vector *a = left, *b = right;
    if (a->traces != b->traces)
        return a->traces > b->traces ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

/* Leaves MAX_VECTORS of them. */
static void thin_out(struct model *model)
{
    if (model->n <= MAX_VECTORS)
        return;
    qsort(model->vectors, model->n, sizeof *model->vectors, by_traces);
    size_t n = 0;
    while (n < MAX_VECTORS && model->vectors[n].traces > 1)
        n++;
    uint64_t rest = model->n - n, places = MAX_VECTORS - n;
    size_t first = n;
    for (uint64_t i = 0; i < rest && places > 0; i++)
        if (i * places % rest < places)
            model->vectors[n++] = model->vectors[first + i];
    model->n = n;
}

/* How often neighbours differ in each template becomes its weight. */
static int weigh_templates(struct model *model, const struct lw_run *run)
{
    size_t stride = model->n / MAX_PAIRS + 1, n = 0;
    uint32_t *differs = alloc_zeroed(model->n_ids, sizeof *differs);
    if (differs == NULL)
        return LW_ERR_MEMORY;
    for (size_t v = 0; v < model->n; v += stride) {
        double at;
        const struct vector *from = &model->vectors[v], *to = nearest(model, from, from, &at);
        if (to == NULL || (n % 64 == 0 && run_check(run, NULL) != 0))
            break;
        n++;
        for (size_t i = 0, j = 0; i < from->n || j < to->n;) {
            struct difference found = compare(from, &i, to, &j);
            differs[found.id] += found.count != found.expected;
        }
    }
    for (uint32_t id = 1; id < model->n_ids; id++)
        if (model->weights[id] > 0)
            model->weights[id] = log2((double)(n + 2) / (differs[id] + 1.0));
    model->weights[LW_TEMPLATE_UNKNOWN] = log2((double)(n + 2)) + 1; /* rarer than all that was seen */
    free(differs);
    return 0;
}

static int measure_tolerance(struct model *model, const struct lw_run *run)
{
    size_t n_singles = 0, n = 0, seen = 0;
    for (size_t v = 0; v < model->n; v++)
        n_singles += model->vectors[v].traces == 1;
    if (n_singles < MIN_SINGLES || model->n < 2)
        return 0;
    size_t stride = n_singles / MAX_PAIRS + 1;
    double *found = alloc_array(n_singles / stride + 1, sizeof *found);
    if (found == NULL)
        return LW_ERR_MEMORY;
    for (size_t v = 0; v < model->n; v++) {
        if (model->vectors[v].traces != 1 || seen++ % stride != 0)
            continue;
        if (n % 64 == 0 && run_check(run, NULL) != 0)
            break;
        nearest(model, &model->vectors[v], &model->vectors[v], &found[n++]);
    }
    qsort(found, n, sizeof *found, order_double);
    model->tolerance = n > 0 ? found[(size_t)(TOLERANCE_QUANTILE * (double)(n - 1))] : 0;
    free(found);
    return 0;
}

static int make_values(struct model *model)
{
    size_t n = 0;
    thin_out(model);
    for (size_t i = 0; i < model->n; i++)
        n += model->vectors[i].n;
    model->values = alloc_array(n, sizeof *model->values);
    return model->values == NULL ? LW_ERR_MEMORY : 0;
}

static int fit(const struct trace_set *set, const uint32_t *indexes, size_t n, const struct lw_run *run, void **out,
               struct lw_error *err)
{
    struct model *model = alloc_zeroed(1, sizeof *model);
    if (model == NULL)
        return fail_memory(err, "fitting count-vector");
    model->n_ids = 1;
    for (size_t i = 0; i < n; i++)
        for (size_t e = set->first[indexes[i]]; e < set->first[indexes[i] + 1]; e++)
            if (set->templates[e] >= model->n_ids)
                model->n_ids = set->templates[e] + 1;
    model->weights = alloc_zeroed(model->n_ids, sizeof *model->weights);
    int status = model->weights == NULL ? LW_ERR_MEMORY : collect(model, set, indexes, n);
    if (status == 0)
        status = make_values(model);
    if (status == 0) {
        weigh_vectors(model);
        status = weigh_templates(model, run);
    }
    if (status == 0) {
        weigh_vectors(model);
        status = measure_tolerance(model, run);
    }
    status = status == 0 ? run_check(run, err) : fail_memory(err, "fitting count-vector");
    if (status != 0)
        free_model(model);
    else
        *out = model;
    return status;
}

/* ---- scoring -------------------------------------------------------------------------------------------------- */

struct finding {
    double score;
    struct difference most;
    size_t event;
};

/* Where the surplus begins, or the end of the trace when something is missing. */
static size_t find_event(const struct model *model, const struct trace_set *set, size_t trace, uint32_t id,
                         uint32_t expected, uint32_t count)
{
    size_t n = trace_set_len(set, trace);
    uint32_t seen = 0;
    for (size_t i = 0; count > expected && i < n; i++) {
        uint32_t at = set->templates[set->first[trace] + i];
        if (at >= model->n_ids || !(model->weights[at] > 0))
            at = LW_TEMPLATE_UNKNOWN;
        if (at == id && seen++ == expected)
            return i;
    }
    return n > 0 ? n - 1 : 0;
}

static void compare_with_nearest(const struct model *model, const struct trace_set *set, size_t trace,
                                 const struct vector *vector, struct finding *out)
{
    static const struct vector none = {.n = 0};
    double at = vector->norm;
    const struct vector *to = model->n > 0 ? nearest(model, vector, NULL, &at) : &none;
    out->score = fmax(0, at - model->tolerance);
    for (size_t i = 0, j = 0; i < vector->n || j < to->n;) {
        struct difference here = compare(vector, &i, to, &j);
        if (here.part > out->most.part)
            out->most = here;
    }
    out->event = find_event(model, set, trace, out->most.id, out->most.expected, out->most.count);
}

static int examine(const struct model *model, const struct trace_set *set, size_t trace, struct finding *out,
                   struct lw_error *err)
{
    size_t n_events = trace_set_len(set, trace);
    uint32_t *ids = alloc_array(n_events, sizeof *ids);
    struct cell *cells = alloc_array(n_events, sizeof *cells);
    double *values = alloc_array(n_events, sizeof *values);
    bool is_complete = ids != NULL && cells != NULL && values != NULL;
    *out = (struct finding){0};
    if (is_complete) {
        struct vector vector = {.cells = cells, .values = values};
        vector.n = make_cells(model, set, trace, ids, cells);
        vector.norm = weigh(model, cells, vector.n, values);
        if (intern_find(&model->keys, cells, vector.n * sizeof *cells) == INTERN_NONE)
            compare_with_nearest(model, set, trace, &vector, out);
    }
    free(ids);
    free(cells);
    free(values);
    return is_complete ? 0 : fail_memory(err, "scoring a trace");
}

static int score(const void *model, const struct trace_set *set, size_t trace, struct detector_verdict *out,
                 struct lw_error *err)
{
    struct finding finding;
    int status = examine(model, set, trace, &finding, err);
    if (status == 0)
        *out = (struct detector_verdict){finding.score, finding.event};
    return status;
}

static int explain(const void *model, const struct trace_set *set, size_t trace, struct buf *out, struct lw_error *err)
{
    struct finding finding;
    int status = examine(model, set, trace, &finding, err);
    if (status != 0)
        return status;
    struct difference most = finding.most;
    if (most.count == most.expected)
        buf_add_text(out, "a fitted trace has the same counts");
    else if (most.id == LW_TEMPLATE_UNKNOWN)
        buf_printf(out, "%u event%s with a template that no fitted trace has", most.count, most.count == 1 ? "" : "s");
    else
        buf_printf(out, "E%u %u time%s; the nearest fitted trace has it %u time%s", most.id, most.count,
                   most.count == 1 ? "" : "s", most.expected, most.expected == 1 ? "" : "s");
    return buf_status(out) == 0 ? 0 : fail_memory(err, "explaining a trace");
}

const struct detector count_vector_detector = {
    .info = {"count-vector", "distance of a trace's event counts to the nearest training trace"},
    .fit = fit,
    .score = score,
    .explain = explain,
    .free = free_model,
};
