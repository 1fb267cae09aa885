#include "measure/split.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "base/rng.h"
#include "input/csv.h"

#define PURPOSE_SPLIT 0x53504c54u /* names the stream of random numbers */
#define MAX_FOLDS     100

enum side { SIDE_NONE, SIDE_TRAIN, SIDE_TEST };

struct request {
    const char *spec, *value; /* value: what stands behind the colon */
    uint64_t seed;
    const struct trace_set *set;
    const int8_t *labels;
};

struct order {
    int64_t time_us;
    uint32_t trace;
};

static int by_time(const void *a, const void *b)
{
    const struct order *x = a, *y = b;
    if (x->time_us != y->time_us)
        return x->time_us < y->time_us ? -1 : 1;
    return (x->trace > y->trace) - (x->trace < y->trace);
}

static int64_t start_of(const struct trace_set *set, size_t trace)
{
    return set->first[trace] < set->first[trace + 1] ? set->times_us[set->first[trace]] : LW_NO_TIME;
}

/* All traces by time of their first event; by index where there are no times. NULL when memory is out. */
static struct order *sort_by_time(const struct trace_set *set)
{
    struct order *order = alloc_array(set->n_traces, sizeof *order);
    if (order == NULL)
        return NULL;
    for (size_t t = 0; t < set->n_traces; t++)
        order[t] = (struct order){start_of(set, t), (uint32_t)t};
    qsort(order, set->n_traces, sizeof *order, by_time);
    return order;
}

static int parse_share(const struct request *request, double *share, struct lw_error *err)
{
    char *end;
    *share = strtod(request->value, &end);
    if (end == request->value || *end != '\0' || !(*share > 0 && *share < 1))
        return fail(err, LW_ERR_USAGE, "split \"%s\": the share that trains must lie between 0 and 1, as in 0.5",
                    request->spec);
    return 0;
}

static int fill_part(const uint8_t *sides, const struct order *order, const struct request *request, struct part *part,
                     struct lw_error *err)
{
    size_t n = request->set->n_traces;
    part->train = alloc_array(n, sizeof *part->train);
    part->test = alloc_array(n, sizeof *part->test);
    if (part->train == NULL || part->test == NULL)
        return fail_memory(err, "splitting traces");
    for (size_t i = 0; i < n; i++)
        if (sides[order[i].trace] == SIDE_TRAIN)
            part->train[part->n_train++] = order[i].trace;
    for (size_t t = 0; t < n; t++)
        if (sides[t] == SIDE_TEST && request->labels[t] != LW_UNLABELLED)
            part->test[part->n_test++] = (uint32_t)t;
    if (part->n_train == 0 || part->n_test == 0)
        return fail(err, LW_ERR_USAGE, "split \"%s\" leaves %s of %zu traces empty; take another share", request->spec,
                    part->n_train == 0 ? "the training part" : "the labelled test part", n);
    return 0;
}

static int sides_chronological(const struct request *request, const struct order *order, uint8_t *sides,
                               struct lw_error *err)
{
    double share;
    int status = parse_share(request, &share, err);
    size_t n = request->set->n_traces, n_train = status == 0 ? (size_t)((double)n * share + .5) : 0;
    for (size_t i = 0; i < n; i++)
        sides[order[i].trace] = i < n_train ? SIDE_TRAIN : SIDE_TEST;
    return status;
}

/* A share of the traces that `only` lets through trains; the rest tests. */
static int sides_drawn(const struct request *request, int only, uint8_t *sides, struct lw_error *err)
{
    double share;
    int status = parse_share(request, &share, err);
    if (status != 0)
        return status;
    uint32_t *drawn = alloc_array(request->set->n_traces, sizeof *drawn);
    if (drawn == NULL)
        return fail_memory(err, "splitting traces");
    size_t n = 0;
    for (size_t t = 0; t < request->set->n_traces; t++)
        if (only == LW_UNLABELLED || request->labels[t] == only)
            drawn[n++] = (uint32_t)t;
    struct rng rng;
    rng_init(&rng, request->seed, PURPOSE_SPLIT, 0);
    rng_shuffle_u32(&rng, drawn, n);
    memset(sides, SIDE_TEST, request->set->n_traces);
    for (size_t i = 0; i < (size_t)((double)n * share + .5); i++)
        sides[drawn[i]] = SIDE_TRAIN;
    free(drawn);
    return 0;
}

static bool is_word(struct lw_bytes bytes, const char *word)
{
    return bytes.len == strlen(word) && memcmp(bytes.data, word, bytes.len) == 0;
}

static int sides_from_file(const struct request *request, uint8_t *sides, struct lw_error *err)
{
    struct csv csv;
    int status = csv_read(request->value, &csv, err);
    if (status != 0)
        return status;
    if (csv.n_columns < 2)
        status = fail(err, LW_ERR_INPUT, "%s:1: the header must be trace,part", request->value);
    for (size_t row = 1; row < csv.n_rows && status == 0; row++) {
        struct lw_bytes name = csv_get(&csv, row, 0), part = csv_get(&csv, row, 1);
        uint32_t trace = intern_find(&request->set->names, name.data, name.len);
        enum side side = is_word(part, "train") ? SIDE_TRAIN : is_word(part, "test") ? SIDE_TEST : SIDE_NONE;
        if (side == SIDE_NONE)
            status = fail(err, LW_ERR_INPUT, "%s:%llu: part \"%.*s\" must be train or test", request->value,
                          (unsigned long long)csv.lines[row], (int)(part.len < 40 ? part.len : 40), part.data);
        else if (trace != INTERN_NONE)
            sides[trace] = (uint8_t)side;
    }
    csv_release(&csv);
    return status;
}

static int make_folds(const struct request *request, const struct order *order, struct split *out, struct lw_error *err)
{
    char *end;
    long n_folds = strtol(request->value, &end, 10);
    size_t n = request->set->n_traces;
    if (end == request->value || *end != '\0' || n_folds < 2 || n_folds > MAX_FOLDS || (size_t)n_folds > n)
        return fail(err, LW_ERR_USAGE, "split \"%s\": the number of folds must lie between 2 and %zu", request->spec,
                    n < MAX_FOLDS ? n : (size_t)MAX_FOLDS);
    uint32_t *drawn = alloc_array(n, sizeof *drawn);
    uint8_t *sides = alloc_array(n, 1);
    out->folds = alloc_zeroed((size_t)n_folds, sizeof *out->folds);
    int status = drawn == NULL || sides == NULL || out->folds == NULL ? fail_memory(err, "splitting traces") : 0;
    if (status == 0) {
        struct rng rng;
        rng_init(&rng, request->seed, PURPOSE_SPLIT, 0);
        for (size_t t = 0; t < n; t++)
            drawn[t] = (uint32_t)t;
        rng_shuffle_u32(&rng, drawn, n);
    }
    for (size_t fold = 0; fold < (size_t)n_folds && status == 0; fold++) {
        for (size_t i = 0; i < n; i++)
            sides[drawn[i]] = i % (size_t)n_folds == fold ? SIDE_TEST : SIDE_TRAIN;
        status = fill_part(sides, order, request, &out->folds[out->n_folds++], err);
    }
    free(sides);
    free(drawn);
    return status;
}

static int make_one(const struct request *request, const struct order *order, struct split *out, struct lw_error *err)
{
    uint8_t *sides = alloc_zeroed(request->set->n_traces, 1);
    out->folds = alloc_zeroed(1, sizeof *out->folds);
    if (sides == NULL || out->folds == NULL) {
        free(sides);
        return fail_memory(err, "splitting traces");
    }
    out->n_folds = 1;
    int status;
    if (strncmp(request->spec, "chronological:", 14) == 0)
        status = sides_chronological(request, order, sides, err);
    else if (strncmp(request->spec, "random:", 7) == 0)
        status = sides_drawn(request, LW_UNLABELLED, sides, err);
    else if (strncmp(request->spec, "normal:", 7) == 0)
        status = sides_drawn(request, LW_NORMAL, sides, err);
    else
        status = sides_from_file(request, sides, err);
    if (status == 0)
        status = fill_part(sides, order, request, &out->folds[0], err);
    free(sides);
    return status;
}

int split_make(const char *spec, uint64_t seed, const struct trace_set *set, const int8_t *labels, struct split *out,
               struct lw_error *err)
{
    static const char *const kinds[] = {"chronological:", "random:", "normal:", "file:", "folds:"};
    *out = (struct split){NULL, 0, false};
    size_t kind = 0;
    while (kind < sizeof kinds / sizeof *kinds && strncmp(spec, kinds[kind], strlen(kinds[kind])) != 0)
        kind++;
    if (kind == sizeof kinds / sizeof *kinds)
        return fail(err, LW_ERR_USAGE,
                    "split \"%s\" is none of chronological:SHARE, random:SHARE, normal:SHARE, folds:N, file:PATH",
                    spec);
    struct order *order = sort_by_time(set);
    if (order == NULL)
        return fail_memory(err, "splitting traces");
    struct request request = {spec, strchr(spec, ':') + 1, seed, set, labels};
    int status =
        strncmp(spec, "folds:", 6) == 0 ? make_folds(&request, order, out, err) : make_one(&request, order, out, err);
    out->is_clean = strncmp(spec, "normal:", 7) == 0;
    free(order);
    if (status != 0)
        split_release(out);
    return status;
}

void split_release(struct split *split)
{
    for (size_t i = 0; i < split->n_folds; i++) {
        free(split->folds[i].train);
        free(split->folds[i].test);
    }
    free(split->folds);
    *split = (struct split){NULL, 0, false};
}
