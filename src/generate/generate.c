/*
 * Courses are drawn in blocks of traces, in parallel; which traces become anomalous is settled after that, in order, so
 * that the shares are met exactly: of N traces round(share * N) get the kind, the shares rounded on their running sum
 * so that their total is right as well. Traces are taken in an order drawn by the seed; one that cannot have the kind
 * that is most in want gets the next kind it can have.
 */
#include "generate/generate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/executor.h"
#include "base/fail.h"
#include "generate/inject.h"
#include "generate/purpose.h"
#include "generate/schedule.h"

#define BLOCK       256
#define NAME_TRIES  20
#define CHECK_EVERY 4096 /* traces between looks at the cancel token */

struct job {
    const struct blueprint *blueprint;
    const struct lw_constraints *constraints;
    const struct lw_run *run;
    struct sampler sampler;
    size_t n;               /* traces */
    struct course *courses; /* [n] */
    uint8_t *kinds;         /* [n] */
    struct schedule schedule;
};

static int draw_block(void *arg, size_t block)
{
    struct job *job = arg;
    for (size_t i = block * BLOCK; i < (block + 1) * BLOCK && i < job->n; i++) {
        int rc = sampler_draw(&job->sampler, i, &job->courses[i]);
        if (rc != 0)
            return rc;
    }
    return 0;
}

/* ---- anomalies ----------------------------------------------------------------------------------------------------
 */

struct rank {
    uint64_t drawn;
    size_t trace;
};

static int by_rank(const void *a, const void *b)
{
    const struct rank *x = a, *y = b;
    if (x->drawn != y->drawn)
        return x->drawn > y->drawn ? 1 : -1;
    return (x->trace > y->trace) - (x->trace < y->trace);
}

static void find_quotas(const struct job *job, size_t quotas[ANOMALY_COUNT])
{
    double sum = 0;
    size_t given = 0;
    quotas[ANOMALY_NONE] = 0;
    for (int kind = ANOMALY_NONE + 1; kind < ANOMALY_COUNT; kind++) {
        sum += job->constraints->anomalies[kind].rate * (double)job->n;
        double upto = floor(sum + .5);
        quotas[kind] = upto > (double)given ? (size_t)upto - given : 0;
        if (given + quotas[kind] > job->n)
            quotas[kind] = job->n - given;
        given += quotas[kind];
    }
}

/* Tries the kinds that are in want on one trace, the most wanted first. */
static int make_anomalous(struct job *job, size_t trace, size_t quotas[ANOMALY_COUNT])
{
    bool is_tried[ANOMALY_COUNT] = {false}, is_done = false;
    struct rng rng;
    rng_init(&rng, (uint64_t)job->constraints->seed, PURPOSE_INJECT, trace);
    for (;;) {
        int best = ANOMALY_NONE;
        for (int kind = ANOMALY_NONE + 1; kind < ANOMALY_COUNT; kind++)
            if (!is_tried[kind] && quotas[kind] > quotas[best])
                best = kind;
        if (best == ANOMALY_NONE)
            return 0;
        is_tried[best] = true;
        int rc = inject(job->blueprint->machine, (enum anomaly)best,
                        job->constraints->anomalies[ANOMALY_DELAY].severity, &rng, &job->courses[trace], &is_done);
        if (rc != 0)
            return rc;
        if (is_done) {
            job->kinds[trace] = (uint8_t)best;
            quotas[best]--;
            return 0;
        }
    }
}

static int check_quotas(const struct job *job, const size_t quotas[ANOMALY_COUNT], struct lw_error *err)
{
    for (int kind = ANOMALY_NONE + 1; kind < ANOMALY_COUNT; kind++) {
        size_t made = 0;
        for (size_t i = 0; i < job->n; i++)
            made += job->kinds[i] == kind;
        const char *why = kind == ANOMALY_DELAY ? "no delay that could be stretched"
                                                : "no place where the machine would refuse the change";
        if (quotas[kind] > 0)
            return fail(err, LW_ERR_INFEASIBLE,
                        "anomalies.%s: %g cannot be met: %zu of %zu traces could be changed, the others have %s; %.3g "
                        "can be met",
                        anomaly_name((enum anomaly)kind), job->constraints->anomalies[kind].rate, made, job->n, why,
                        floor((double)made / (double)job->n * 1000) / 1000);
    }
    return 0;
}

static int inject_all(struct job *job, struct lw_error *err)
{
    size_t quotas[ANOMALY_COUNT], wanted = 0;
    find_quotas(job, quotas);
    for (int kind = 0; kind < ANOMALY_COUNT; kind++)
        wanted += quotas[kind];
    if (wanted == 0)
        return 0;
    struct rank *ranks = alloc_array(job->n, sizeof *ranks);
    if (ranks == NULL)
        return fail_memory(err, "choosing anomalous traces");
    for (size_t i = 0; i < job->n; i++) {
        struct rng rng;
        rng_init(&rng, (uint64_t)job->constraints->seed, PURPOSE_CHOICE, i);
        ranks[i] = (struct rank){rng_u64(&rng), i};
    }
    qsort(ranks, job->n, sizeof *ranks, by_rank);
    int rc = 0;
    for (size_t i = 0; i < job->n && rc == 0; i++) {
        if (i % CHECK_EVERY == 0)
            rc = run_check(job->run, err);
        if (rc == 0 && make_anomalous(job, ranks[i].trace, quotas) != 0)
            rc = fail_memory(err, "injecting anomalies");
    }
    free(ranks);
    return rc == 0 ? check_quotas(job, quotas, err) : rc;
}

/* ---- putting together ---------------------------------------------------------------------------------------------
 */

/* A name that neither a real trace nor an earlier one has: drawn by shape, and if that space is used up, lengthened. */
static int draw_name(const struct job *job, size_t trace, const struct trace_set *made, struct buf *name)
{
    struct rng rng;
    rng_init(&rng, (uint64_t)job->constraints->seed, PURPOSE_NAME, trace);
    for (int i = 0;; i++) {
        if (i < NAME_TRIES) {
            buf_clear(name);
            names_draw(&job->blueprint->trace_names, &rng, name);
        } else {
            buf_printf(name, "%u", rng_u32(&rng) % 10);
        }
        if (buf_status(name) != 0)
            return LW_ERR_MEMORY;
        if (name->len > 0 && !blueprint_has_trace(job->blueprint, (struct lw_bytes){name->data, name->len}) &&
            intern_find(&made->names, name->data, name->len) == INTERN_NONE)
            return 0;
    }
}

static int add_trace(struct job *job, size_t trace, struct buf *scratch, struct trace_set *out, struct lw_error *err)
{
    struct course *course = &job->courses[trace];
    struct lw_bytes name;
    schedule_place(&job->schedule, course);
    int rc = schedule_name(&job->schedule, &name, err);
    if (rc == 0 && name.len == 0) {
        if (draw_name(job, trace, out, scratch) != 0)
            return fail_memory(err, "naming traces");
        name = (struct lw_bytes){scratch->data, scratch->len};
    }
    if (rc == 0)
        rc = trace_set_begin(out, name.data, name.len, err);
    for (size_t i = 0; i < course->n && rc == 0; i++)
        rc = trace_set_event(out, course->templates[i], course->times_us[i], LW_NO_RECORD, err);
    return rc;
}

static void mark_events(const struct job *job, struct generated *out)
{
    for (size_t t = 0; t < job->n; t++) {
        const struct course *course = &job->courses[t];
        size_t first = out->traces.first[t];
        out->roots[t] = UINT32_MAX;
        for (size_t i = course->n; i-- > 0;) {
            out->event_kinds[first + i] = course->kinds[i];
            if (course->kinds[i] != ANOMALY_NONE)
                out->roots[t] = (uint32_t)i;
        }
    }
}

static int assemble(struct job *job, struct generated *out, struct lw_error *err)
{
    struct buf scratch = BUF_INIT;
    int rc = schedule_init(&job->schedule, job->blueprint, job->constraints, err);
    if (rc != 0)
        return rc;
    for (size_t i = 0; i < job->n && rc == 0; i++) {
        rc = i % CHECK_EVERY == 0 ? run_check(job->run, err) : 0;
        if (rc == 0)
            rc = add_trace(job, i, &scratch, &out->traces, err);
    }
    buf_release(&scratch);
    schedule_release(&job->schedule);
    if (rc != 0)
        return rc;
    out->event_kinds = alloc_array(out->traces.n_events, 1);
    out->roots = alloc_array(job->n, sizeof *out->roots);
    if (out->event_kinds == NULL || out->roots == NULL)
        return fail_memory(err, "marking anomalies");
    mark_events(job, out);
    out->kinds = job->kinds;
    job->kinds = NULL;
    return 0;
}

static void job_release(struct job *job)
{
    for (size_t i = 0; i < job->n && job->courses != NULL; i++)
        course_release(&job->courses[i]);
    free(job->courses);
    free(job->kinds);
    sampler_release(&job->sampler);
}

static int draw_all(struct job *job, struct lw_error *err)
{
    job->courses = alloc_zeroed(job->n, sizeof *job->courses);
    job->kinds = alloc_zeroed(job->n, sizeof *job->kinds);
    if (job->courses == NULL || job->kinds == NULL)
        return fail_memory(err, "generating traces");
    int rc = executor_run(job->run, "generating traces", (job->n + BLOCK - 1) / BLOCK, draw_block, job);
    if (rc == LW_ERR_CANCELLED)
        return run_check(job->run, err);
    return rc == 0 ? 0 : fail_memory(err, "generating traces");
}

int generate_traces(const struct blueprint *blueprint, const struct lw_constraints *constraints, const char *method,
                    const struct lw_run *run, struct generated *out, struct lw_error *err)
{
    struct job job = {.blueprint = blueprint, .constraints = constraints, .run = run, .n = (size_t)constraints->traces};
    int rc = constraints_check(constraints, err);
    if (rc == 0)
        rc = sampler_init(&job.sampler, blueprint, constraints, method, err);
    if (rc != 0)
        return rc;
    *out = (struct generated){0};
    trace_set_init(&out->traces);
    rc = draw_all(&job, err);
    if (rc == 0)
        rc = inject_all(&job, err);
    if (rc == 0)
        rc = assemble(&job, out, err);
    if (rc == 0)
        memcpy(out->level_weights, job.sampler.tilt.level_weights, sizeof out->level_weights);
    else
        generated_release(out);
    job_release(&job);
    return rc;
}

void generated_release(struct generated *generated)
{
    trace_set_release(&generated->traces);
    free(generated->kinds);
    free(generated->event_kinds);
    free(generated->roots);
    generated->kinds = generated->event_kinds = NULL;
    generated->roots = NULL;
}

int generate_expected_levels(const struct blueprint *blueprint, const struct lw_constraints *constraints,
                             double *shares, struct lw_error *err)
{
    struct sampler sampler;
    int rc = constraints_check(constraints, err);
    if (rc == 0)
        rc = sampler_init(&sampler, blueprint, constraints, "machine", err);
    if (rc != 0)
        return rc;
    memcpy(shares, sampler.tilt.shares, sizeof sampler.tilt.shares);
    sampler_release(&sampler);
    return 0;
}
