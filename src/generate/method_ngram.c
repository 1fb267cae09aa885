/*
 * Traces out of an n-gram model, event by event. How far it looks back is chosen on traces held out: each fifth variant
 * is left out of a first model, and the order that needs the fewest bits for what was left out is the order of the
 * second, which has all of them. The delay before an event is one of those seen between the same two templates.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "generate/method.h"
#include "learn/ngram.h"

#define HELD_OUT 5u

struct ngram_method {
    struct ngram ngram;
    struct ngram_draws draws;
    unsigned order;
    struct pair_map pairs;      /* (template before, template) */
    struct machine_edge *edges; /* [pairs] their delays */
    size_t cap_edges;
};

static void release_ngram(struct sampler *sampler)
{
    struct ngram_method *own = sampler->own;
    if (own == NULL)
        return;
    ngram_release(&own->ngram);
    ngram_draws_release(&own->draws);
    for (size_t i = 0; i < own->pairs.count && own->edges != NULL; i++)
        free(own->edges[i].delays);
    free(own->edges);
    pair_map_release(&own->pairs);
    free(own);
    sampler->own = NULL;
}

/* The variants that are held out, or the others. */
static int select(const struct variants *all, bool is_held_out, struct variants *out)
{
    *out = (struct variants){.counts = alloc_array(all->n, sizeof *out->counts),
                             .example = alloc_array(all->n, sizeof *out->example)};
    if (out->counts == NULL || out->example == NULL)
        return LW_ERR_MEMORY;
    for (size_t v = 0; v < all->n; v++)
        if ((v % HELD_OUT == HELD_OUT - 1) == is_held_out) {
            out->counts[out->n] = all->counts[v];
            out->example[out->n++] = all->example[v];
        }
    return 0;
}

static int choose_order(const struct model *model, unsigned *order, struct lw_error *err)
{
    struct variants part, rest;
    struct ngram ngram = {.nodes = PAIR_MAP_INIT, .steps = PAIR_MAP_INIT};
    double bits[NGRAM_LONGEST] = {0};
    int rc = select(&model->variants, true, &part) != 0 ? fail_memory(err, "fitting n-grams") : 0;
    if (select(&model->variants, false, &rest) != 0 && rc == 0)
        rc = fail_memory(err, "fitting n-grams");
    if (rc == 0)
        rc = ngram_fit(&model->traces, &rest, &ngram, err);
    for (size_t v = 0; v < part.n && rc == 0; v++) {
        double own[NGRAM_LONGEST] = {0};
        size_t trace = part.example[v];
        ngram_bits(&ngram, model->traces.templates + model->traces.first[trace], trace_set_len(&model->traces, trace),
                   own);
        for (size_t i = 0; i < NGRAM_LONGEST; i++)
            bits[i] += own[i] * (double)part.counts[v];
    }
    *order = part.n > 0 ? 1 : 2;
    for (unsigned i = 1; i < NGRAM_LONGEST && part.n > 0; i++)
        if (bits[i] < bits[*order - 1])
            *order = i + 1;
    ngram_release(&ngram);
    variants_release(&part);
    variants_release(&rest);
    return rc;
}

static int count_delay(struct ngram_method *own, uint32_t before, uint32_t after, int64_t delay_us)
{
    size_t n = own->pairs.count;
    uint32_t id;
    if (pair_map_add(&own->pairs, before, after, &id) != 0 ||
        alloc_grow(&own->edges, &own->cap_edges, own->pairs.count, sizeof *own->edges) != 0)
        return LW_ERR_MEMORY;
    if (id == n) {
        own->edges[id] =
            (struct machine_edge){.template_id = after, .delays = alloc_zeroed(MACHINE_DELAY_BINS, sizeof(uint32_t))};
        if (own->edges[id].delays == NULL)
            return LW_ERR_MEMORY;
    }
    own->edges[id].delays[machine_delay_bin(delay_us)]++;
    own->edges[id].timed++;
    return 0;
}

static int count_delays(struct ngram_method *own, const struct trace_set *real)
{
    int rc = 0;
    for (size_t t = 0; t < real->n_traces; t++)
        for (size_t i = real->first[t] + 1; i < real->first[t + 1] && rc == 0; i++)
            if (real->times_us[i] != LW_NO_TIME && real->times_us[i - 1] != LW_NO_TIME)
                rc = count_delay(own, real->templates[i - 1], real->templates[i],
                                 real->times_us[i] - real->times_us[i - 1]);
    return rc;
}

static int init_ngram(struct sampler *sampler, const struct lw_constraints *constraints, struct lw_error *err)
{
    const struct model *model = sampler->blueprint->model;
    struct ngram_method *own = sampler->own = alloc_zeroed(1, sizeof *own);
    (void)constraints;
    if (own == NULL)
        return fail_memory(err, "fitting n-grams");
    int rc = choose_order(model, &own->order, err);
    if (rc == 0)
        rc = ngram_fit(&model->traces, &model->variants, &own->ngram, err);
    if (rc == 0)
        rc = ngram_draws_init(&own->ngram, &own->draws, err);
    if (rc == 0 && count_delays(own, &model->traces) != 0)
        rc = fail_memory(err, "fitting n-grams");
    return rc;
}

static int draw_ngram(const struct sampler *sampler, uint64_t index, struct rng *rng, struct course *course)
{
    const struct ngram_method *own = sampler->own;
    (void)index;
    /* A history nobody left off after can go round for long. */
    while (course->n < 2 * sampler->blueprint->longest) {
        uint32_t symbol = ngram_draw(&own->ngram, &own->draws, own->order, course->templates, course->n, rng);
        if (symbol == CONTEXT_END)
            break;
        struct machine_edge plain = {.template_id = symbol};
        uint32_t pair =
            course->n > 0 ? pair_map_find(&own->pairs, course->templates[course->n - 1], symbol) : PAIR_NONE;
        int rc = walk_add(sampler, pair == PAIR_NONE ? &plain : &own->edges[pair], rng, course);
        if (rc != 0)
            return rc;
    }
    return 0;
}

const struct method method_ngram = {
    .info = {"ngram",
             "draws each event by the few before it, as many as held-out traces bear out; obeys neither shares "
             "nor weights"},
    .needs_traces = true,
    .init = init_ngram,
    .draw = draw_ngram,
    .release = release_ngram,
};
