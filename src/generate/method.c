#include "generate/method.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fail.h"
#include "generate/profiles.h"
#include "generate/purpose.h"

#define STRATA        1024    /* where nobody says how many traces there will be */
#define MAX_STRATA    1000000 /* above, STRATA do */
#define PROFILE_TIMES 2 /* as many traces as a value asks for: all counts of a trace tell more of it than a value */

static int init_machine(struct sampler *sampler, const struct lw_constraints *constraints, struct lw_error *err)
{
    int rc = tilt_build(sampler->blueprint->machine, sampler->blueprint, constraints, TILT_EXPLAIN, NULL,
                        &sampler->tilt, err);
    if (rc != 0 || constraints->through == NULL)
        return rc;
    sampler->through = alloc_zeroed(1, sizeof *sampler->through);
    if (sampler->through == NULL)
        return fail_memory(err, "finding a way");
    return through_init(&sampler->tilt.ways, constraints->through, sampler->through, err);
}

static const struct method method_machine = {
    .info = {"machine", "walks the state machine, so that what follows what is kept"},
    .is_mixed = true,
    .is_walking = true,
    .init = init_machine,
    .draw = walk_draw,
};
static const struct method *const methods[] = {&method_machine,    &method_random, &method_template, &method_ngram,
                                               &method_oversample, &method_smote,  &method_llm};
#define N_METHODS (sizeof methods / sizeof *methods)

size_t lw_method_count(void)
{
    return N_METHODS;
}

const struct lw_method_info *lw_method_get(size_t index)
{
    return index < N_METHODS ? &methods[index]->info : NULL;
}

static const struct method *find_method(const char *name, struct lw_error *err)
{
    struct buf list = BUF_INIT;
    for (size_t i = 0; i < N_METHODS; i++) {
        if (strcmp(methods[i]->info.name, name) == 0) {
            buf_release(&list);
            return methods[i];
        }
        buf_printf(&list, "%s%s", i == 0 ? "" : i + 1 < N_METHODS ? ", " : " and ", methods[i]->info.name);
    }
    (void)fail(err, LW_ERR_NOT_FOUND, "there is no method \"%.50s\"; %s are there", name,
               buf_status(&list) == 0 ? list.data : "machine and others");
    buf_release(&list);
    return NULL;
}

bool method_is_walking(const char *name)
{
    const struct method *method = find_method(name, NULL);
    return method != NULL && method->is_walking;
}

int lw_method_ignores(const char *name, const struct lw_constraints *constraints, struct lw_error *err)
{
    const struct method *method = find_method(name, err);
    if (method == NULL)
        return LW_ERR_NOT_FOUND;
    const struct {
        const char *what;
        bool is_set, is_obeyed;
    } rows[] = {
        {"shares of levels, templates, services and error types", constraints->n_shares > 0, method->is_mixed},
        {"template_weights", constraints->n_weights > 0, method->is_mixed},
        {"rare_path_factor", constraints->rare_path_factor != 1, method->is_mixed},
        {"transition_weights", constraints->n_transition_weights > 0, method->is_walking},
        {"calls", constraints->n_calls > 0, method->is_walking},
        {"through", constraints->through != NULL, method->is_walking},
    };
    struct buf list = BUF_INIT;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].is_set && !rows[i].is_obeyed)
            buf_printf(&list, "%s%s", list.len > 0 ? ", " : "", rows[i].what);
    bool is_any = list.len > 0;
    if (is_any)
        (void)fail(err, LW_ERR_USAGE, "method %s does not obey %s; method machine does", name,
                   buf_status(&list) == 0 ? list.data : "all constraints");
    buf_release(&list);
    return is_any;
}

static int find_delay_factors(struct sampler *sampler, const struct lw_constraints *constraints, struct lw_error *err)
{
    uint32_t n = sampler->blueprint->machine->n_symbols;
    sampler->delay_factors = alloc_array(n, sizeof *sampler->delay_factors);
    if (sampler->delay_factors == NULL)
        return fail_memory(err, "reading constraints");
    for (uint32_t i = 0; i < n; i++)
        sampler->delay_factors[i] = constraints->delay_factor;
    for (size_t i = 0; i < constraints->n_delay_factors; i++) {
        const struct template_weight *factor = &constraints->delay_factors[i];
        ptrdiff_t index = templates_index(sampler->blueprint->templates, factor->id);
        if (index < 0)
            return fail(err, LW_ERR_NOT_FOUND, "delay_factors.E%u: there is no such template", factor->id);
        uint32_t id = sampler->blueprint->templates->items[index].id;
        if (id < n)
            sampler->delay_factors[id] *= factor->weight;
    }
    return 0;
}

/* Whether traces are to be as the real ones are. */
static bool is_plain(const struct sampler *sampler, const struct lw_constraints *constraints)
{
    return sampler->method->draw == walk_draw && sampler->blueprint->model != NULL && sampler->tilt.targets.n == 0 &&
           sampler->through == NULL && constraints->n_weights == 0 && constraints->n_transition_weights == 0 &&
           constraints->n_calls == 0 && constraints->rare_path_factor == 1;
}

static int find_profiles(struct sampler *sampler, const struct lw_constraints *constraints, struct lw_error *err)
{
    struct profiles *profiles = alloc_zeroed(1, sizeof *profiles);
    int rc =
        profiles == NULL ? LW_ERR_MEMORY : profiles_find(sampler, PROFILE_TIMES * constraints->minimum_count, profiles);
    sampler->profiles = profiles;
    return rc == 0 ? 0 : fail_memory(err, "counting events of traces");
}

int sampler_init(struct sampler *sampler, const struct blueprint *blueprint, const struct lw_constraints *constraints,
                 const char *name, struct lw_error *err)
{
    const struct method *method = find_method(name, err);
    if (method == NULL)
        return LW_ERR_NOT_FOUND;
    if (method->needs_traces && blueprint->model == NULL)
        return fail(err, LW_ERR_USAGE,
                    "method %s draws from real traces, and a document holds none; learn from the log, or use method "
                    "machine",
                    name);
    if (blueprint->longest == 0)
        return fail(err, LW_ERR_INPUT, "nothing to generate from: no trace of the workspace has an event");
    *sampler =
        (struct sampler){.blueprint = blueprint, .method = method, .seed = constraints->seed, .longest_us = LW_NO_TIME};
    bool is_counted = isnan(constraints->records) && isnan(constraints->duration_s) && constraints->traces >= 1 &&
                      constraints->traces <= MAX_STRATA;
    sampler->n_strata = is_counted ? (uint32_t)constraints->traces : STRATA;
    if (constraints->delay_factor == 1 && constraints->n_delay_factors == 0)
        sampler->longest_us = blueprint->arrival.longest_us;
    int rc = find_delay_factors(sampler, constraints, err);
    if (rc == 0)
        rc = method->init(sampler, constraints, err);
    if (rc == 0 && sampler->tilt.ways.machine != NULL) {
        sampler->cumulative = walk_accumulate(&sampler->tilt.ways, sampler->tilt.ways.p);
        if (sampler->cumulative == NULL)
            rc = fail_memory(err, "weighing transitions");
    }
    if (rc == 0 && is_plain(sampler, constraints))
        rc = find_profiles(sampler, constraints, err);
    if (rc != 0)
        sampler_release(sampler);
    return rc;
}

void sampler_release(struct sampler *sampler)
{
    if (sampler->method != NULL && sampler->method->release != NULL)
        sampler->method->release(sampler);
    if (sampler->through != NULL)
        through_release(sampler->through);
    free(sampler->through);
    if (sampler->profiles != NULL)
        profiles_release(sampler->profiles);
    free(sampler->profiles);
    tilt_release(&sampler->tilt);
    free(sampler->delay_factors);
    free(sampler->cumulative);
    memset(sampler, 0, sizeof *sampler);
}

int sampler_fetch(const struct sampler *sampler, const struct lw_constraints *constraints, size_t n,
                  const struct lw_run *run, struct lw_error *err)
{
    return sampler->method->fetch == NULL ? 0 : sampler->method->fetch(sampler, constraints, n, run, err);
}

int sampler_draw(const struct sampler *sampler, uint64_t index, struct course *course)
{
    struct rng rng;
    rng_init(&rng, (uint64_t)sampler->seed, PURPOSE_WALK, index);
    course->n = 0;
    return sampler->method->draw(sampler, index, &rng, course);
}
