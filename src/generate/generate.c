/*
 * Traces are drawn in blocks, in parallel, and started one after the other; then come the steps that look at the whole
 * log, in order and alone, so that nothing depends on the number of threads: which trace is when, anomalies, and
 * putting together.
 */
#include "generate/generate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/executor.h"
#include "base/fail.h"
#include "generate/anomalies.h"
#include "generate/ending.h"
#include "generate/marks.h"
#include "generate/method.h"
#include "generate/purpose.h"
#include "generate/recovery.h"
#include "generate/succession.h"

#define BLOCK        256
#define NAME_TRIES   20
#define CHECK_EVERY  4096 /* traces between looks at the cancel token */
#define MAX_TRACES   10000000
#define RECORD_BYTES 80 /* that a record takes while the log is made, and a trace besides */
#define TRACE_BYTES  400
#define MEMORY_SHARE .75
#define MAX_TAKEN    (1u << 18) /* names of earlier blocks that are kept, twice */

/* ---- drawing ------------------------------------------------------------------------------------------------------
 */

struct drawing {
    struct plan *plan;
    size_t from, to;
};

static int draw_block(void *arg, size_t block)
{
    const struct drawing *drawing = arg;
    const struct plan *plan = drawing->plan;
    size_t from = drawing->from + block * BLOCK;
    for (size_t i = from; i < from + BLOCK && i < drawing->to; i++) {
        struct course *course = &plan->courses[i];
        int rc = sampler_draw(plan->sampler, i, course);
        if (rc == 0)
            rc = rules_fit(plan->rules, plan, i, course);
        if (rc != 0)
            return rc;
        if (plan->constraints->recovery_after.kind != SELECTOR_NONE) {
            struct rng rng;
            rng_init(&rng, (uint64_t)plan->constraints->seed, PURPOSE_RECOVERY, i);
            recovery_fit(plan->parties, plan->constraints, &rng, course);
        }
    }
    return 0;
}

static int reserve(struct plan *plan, size_t need, struct lw_error *err)
{
    size_t a = plan->cap, b = plan->cap, c = plan->cap, d = plan->cap;
    int rc = alloc_grow(&plan->courses, &a, need, sizeof *plan->courses);
    if (rc == 0)
        rc = alloc_grow(&plan->starts_us, &b, need, sizeof *plan->starts_us);
    if (rc == 0)
        rc = alloc_grow(&plan->kinds, &c, need, 1);
    if (rc == 0)
        rc = alloc_grow(&plan->marks, &d, need, sizeof *plan->marks);
    if (rc != 0)
        return fail_memory(err, "generating traces");
    memset(plan->courses + plan->cap, 0, (a - plan->cap) * sizeof *plan->courses);
    memset(plan->kinds + plan->cap, ANOMALY_NONE, a - plan->cap);
    plan->cap = a;
    return 0;
}

/* Draws the courses from plan->n on up to `to`. */
static int draw_more(struct plan *plan, size_t to, struct lw_error *err)
{
    int rc = reserve(plan, to, err);
    if (rc != 0)
        return rc;
    struct drawing drawing = {plan, plan->n, to};
    plan->n = to;
    rc = sampler_fetch(plan->sampler, plan->constraints, to, plan->run, err);
    if (rc != 0)
        return rc;
    rc = executor_run(plan->run, "generating traces", (to - drawing.from + BLOCK - 1) / BLOCK, draw_block, &drawing);
    if (rc == LW_ERR_CANCELLED)
        return run_check(plan->run, err);
    return rc == 0 ? 0 : fail_memory(err, "generating traces");
}

static int too_many(const char *what, double asked, struct lw_error *err)
{
    return fail(err, LW_ERR_INFEASIBLE, "%s: %g would take more than %d traces, the most a log can have", what, asked,
                MAX_TRACES);
}

/* Traces until they have so many events; what was drawn beyond is given back. */
static int draw_records(struct plan *plan, double records, struct lw_error *err)
{
    double have = 0;
    size_t counted = 0;
    while (have < records) {
        double each = counted > 0 ? have / (double)counted : 1, more = ceil((records - have) / (each > 0 ? each : 1));
        double to = (double)plan->n + fmin(more, (double)plan->n + BLOCK);
        if (to > MAX_TRACES)
            to = MAX_TRACES;
        if (to <= (double)plan->n)
            return too_many("records", records, err);
        int rc = draw_more(plan, (size_t)to, err);
        if (rc != 0)
            return rc;
        for (; counted < plan->n && have < records; counted++)
            have += (double)plan->courses[counted].n;
    }
    for (size_t i = counted; i < plan->n; i++)
        course_release(&plan->courses[i]);
    plan->n = counted;
    return 0;
}

static int start_traces(struct plan *plan, struct schedule *schedule, struct lw_error *err)
{
    if (plan->taken == NULL)
        schedule_expect(schedule, (double)plan->n);
    for (size_t i = 0; i < plan->n; i++) {
        int rc = i % CHECK_EVERY == 0 ? run_check(plan->run, err) : 0;
        if (rc == 0)
            rc = schedule_start(schedule, &plan->courses[i], &plan->starts_us[i], err);
        if (rc != 0)
            return rc;
        plan->marks[i] = schedule->mark;
    }
    return 0;
}

/* Traces until one would start later than the log lasts. */
static int draw_duration(struct plan *plan, struct schedule *schedule, struct lw_error *err)
{
    double lasts_s = plan->constraints->duration_s;
    if (schedule->first_us == LW_NO_TIME)
        return fail(err, LW_ERR_INFEASIBLE, "duration: what was learned from has no times; say how many traces");
    schedule_expect(schedule, schedule_count(schedule, lasts_s * 1e6));
    size_t n = 0;
    for (;; n++) {
        int rc = n % CHECK_EVERY == 0 ? run_check(plan->run, err) : 0;
        if (rc == 0)
            rc = reserve(plan, n + 1, err);
        if (rc != 0)
            return rc;
        plan->starts_us[n] = schedule_next(schedule);
        plan->marks[n] = schedule->mark;
        if ((double)plan->starts_us[n] - (double)schedule->first_us >= lasts_s * 1e6 && n > 0)
            return draw_more(plan, n, err);
        if (n == MAX_TRACES)
            return too_many("duration", lasts_s, err);
    }
}

double generate_mean_length(const struct blueprint *blueprint)
{
    double events = 0, traces = 0;
    for (size_t i = 0; i < blueprint->n_lengths; i++) {
        events += (double)blueprint->lengths[i].length * (double)blueprint->lengths[i].count;
        traces += (double)blueprint->lengths[i].count;
    }
    return events > traces ? events / traces : 1;
}

/* NaN: the constraints do not say it. */
static double records_asked(const struct lw_constraints *constraints)
{
    if (isnan(constraints->records) && !isnan(constraints->duration_s) && !isnan(constraints->record_rate))
        return ceil(constraints->duration_s * constraints->record_rate);
    return constraints->records;
}

static double expect(const struct blueprint *blueprint, const struct lw_constraints *constraints,
                     const struct schedule *schedule)
{
    double records = records_asked(constraints), traces = constraints->traces;
    if (!isnan(records))
        return records;
    if (!isnan(constraints->duration_s))
        traces = schedule_rate(schedule) * constraints->duration_s;
    return traces * generate_mean_length(blueprint);
}

int generate_expect(const struct blueprint *blueprint, const struct lw_constraints *constraints, double *n_records,
                    struct lw_error *err)
{
    struct schedule schedule;
    int rc = schedule_init(&schedule, blueprint, constraints, err);
    if (rc != 0)
        return rc;
    *n_records = expect(blueprint, constraints, &schedule);
    schedule_release(&schedule);
    return 0;
}

/* All of a log is there at once before it is written. */
static int check_memory(const struct plan *plan, const struct schedule *schedule, struct lw_error *err)
{
    double records = expect(plan->blueprint, plan->constraints, schedule);
    double traces = records / generate_mean_length(plan->blueprint);
    double need = records * RECORD_BYTES + traces * TRACE_BYTES;
    double room = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
    if (room <= 0 || need <= room * MEMORY_SHARE)
        return 0;
    return fail(
        err, LW_ERR_LIMIT,
        "%.3g records would take some %.3g GB of memory at once, and there are %.3g GB; ask for fewer, or write "
        "them piece by piece, with --follow and a high --rate",
        records, need / 1e9, room / 1e9);
}

static int draw_all(struct plan *plan, struct schedule *schedule, struct lw_error *err)
{
    const struct lw_constraints *constraints = plan->constraints;
    double records = records_asked(constraints);
    if (check_memory(plan, schedule, err) != 0)
        return LW_ERR_LIMIT;
    if (isnan(records) && !isnan(constraints->duration_s))
        return draw_duration(plan, schedule, err);
    int rc = isnan(records) ? draw_more(plan, (size_t)constraints->traces, err) : draw_records(plan, records, err);
    return rc == 0 ? start_traces(plan, schedule, err) : rc;
}

/* ---- putting together ---------------------------------------------------------------------------------------------
 */

static bool is_taken(const struct plan *plan, const struct trace_set *made, const struct buf *name)
{
    bool is_there = blueprint_has_trace(plan->blueprint, (struct lw_bytes){name->data, name->len}) ||
                    intern_find(&made->names, name->data, name->len) != INTERN_NONE;
    for (size_t i = 0; i < GENERATOR_NAMES && plan->taken != NULL; i++)
        is_there = is_there || intern_find(&plan->taken[i], name->data, name->len) != INTERN_NONE;
    return is_there;
}

/* A name that neither a real trace nor an earlier one has: drawn by shape, and if that space is used up, lengthened. */
static int draw_name(const struct plan *plan, size_t trace, const struct trace_set *made, struct buf *name)
{
    struct rng rng;
    rng_init(&rng, (uint64_t)plan->constraints->seed, PURPOSE_NAME, trace);
    for (int i = 0;; i++) {
        if (i < NAME_TRIES) {
            buf_clear(name);
            names_draw(&plan->blueprint->trace_names, &rng, name);
        } else {
            buf_printf(name, "%u", rng_u32(&rng) % 10);
        }
        if (buf_status(name) != 0)
            return LW_ERR_MEMORY;
        if (name->len > 0 && !is_taken(plan, made, name))
            return 0;
    }
}

static int add_trace(const struct plan *plan, struct schedule *schedule, size_t trace, struct buf *scratch,
                     struct trace_set *out, struct lw_error *err)
{
    struct course *course = &plan->courses[trace];
    struct lw_bytes name;
    schedule_place(schedule, plan->starts_us[trace], course);
    int rc = schedule_name(schedule, plan->starts_us[trace], &name, err);
    if (rc == 0 && name.len == 0) {
        if (draw_name(plan, trace, out, scratch) != 0)
            return fail_memory(err, "naming traces");
        name = (struct lw_bytes){scratch->data, scratch->len};
    }
    if (rc == 0)
        rc = trace_set_begin(out, name.data, name.len, err);
    for (size_t i = 0; i < course->n && rc == 0; i++)
        rc = trace_set_event(out, course->templates[i], ties_moment(&plan->blueprint->ties, course->times_us[i]),
                             LW_NO_RECORD, err);
    return rc;
}

static void mark_events(const struct plan *plan, struct generated *out)
{
    for (size_t t = 0; t < plan->n; t++) {
        const struct course *course = &plan->courses[t];
        size_t first = out->traces.first[t];
        out->roots[t] = UINT32_MAX;
        for (size_t i = course->n; i-- > 0;) {
            out->event_kinds[first + i] = course->kinds[i];
            if (course->kinds[i] != ANOMALY_NONE)
                out->roots[t] = (uint32_t)i;
        }
    }
}

static int assemble(struct plan *plan, struct schedule *schedule, struct generated *out, struct lw_error *err)
{
    struct buf scratch = BUF_INIT;
    int rc = 0;
    for (size_t i = 0; i < plan->n && rc == 0; i++) {
        rc = i % CHECK_EVERY == 0 ? run_check(plan->run, err) : 0;
        if (rc == 0)
            rc = add_trace(plan, schedule, i, &scratch, &out->traces, err);
    }
    buf_release(&scratch);
    if (rc != 0)
        return rc;
    out->event_kinds = alloc_array(out->traces.n_events, 1);
    out->roots = alloc_array(plan->n, sizeof *out->roots);
    if (out->event_kinds == NULL || out->roots == NULL)
        return fail_memory(err, "marking anomalies");
    mark_events(plan, out);
    out->kinds = plan->kinds;
    plan->kinds = NULL;
    return 0;
}

static void plan_release(struct plan *plan)
{
    for (size_t i = 0; i < plan->cap; i++)
        course_release(&plan->courses[i]);
    free(plan->courses);
    free(plan->starts_us);
    free(plan->marks);
    free(plan->kinds);
}

/* Settles which trace is when. */
static int arrange(struct plan *plan, const struct schedule *schedule, struct rules *rules, struct lw_error *err)
{
    int rc = 0;
    if (plan->keeps_succession) {
        if (plan->taken == NULL && isnan(plan->constraints->record_rate))
            plan->end_us = schedule_end(schedule);
        bool is_marked =
            schedule->n_spans > 0 && schedule->arrival->marks != NULL && isnan(plan->constraints->record_rate);
        if (is_marked)
            rc = marks_deal(plan);
        else if (plan->end_us != LW_NO_TIME)
            rc = ending_deal(plan);
        if (rc == 0 && !is_marked)
            rc = succession_deal(plan);
        if (rc != 0)
            return fail_memory(err, "starting traces");
        rc = plan->n_before > 0 ? 0 : succession_mine(plan, rules, err);
        if (rc == 0 && plan->end_us != LW_NO_TIME)
            ending_mend(plan);
    }
    return rc == 0 ? rules_arrange(rules, plan, err) : rc;
}

/* ---- blocks -------------------------------------------------------------------------------------------------------
 */

int generator_init(struct generator *generator, const struct blueprint *blueprint,
                   const struct lw_constraints *constraints, const char *method, struct lw_error *err)
{
    *generator = (struct generator){
        .blueprint = blueprint, .constraints = constraints, .keeps_succession = strcmp(method, "machine") == 0};
    int rc = constraints_check(constraints, err);
    if (rc == 0)
        rc = sampler_init(&generator->sampler, blueprint, constraints, method, err);
    if (rc == 0)
        rc = parties_init(&generator->parties, blueprint, err);
    if (rc == 0)
        rc = rules_init(&generator->rules, blueprint, constraints, &generator->parties, err);
    if (rc == 0)
        rc = schedule_init(&generator->schedule, blueprint, constraints, err);
    if (rc != 0)
        generator_release(generator);
    return rc;
}

void generator_release(struct generator *generator)
{
    schedule_release(&generator->schedule);
    rules_release(&generator->rules);
    parties_release(&generator->parties);
    if (generator->sampler.method != NULL)
        sampler_release(&generator->sampler);
    for (size_t i = 0; i < GENERATOR_NAMES; i++)
        intern_release(&generator->taken[i]);
    *generator = (struct generator){.blueprint = NULL};
}

/* Keeps the names of a block, and forgets the older half when there are too many. */
static int take_names(struct generator *generator, const struct intern *names, struct lw_error *err)
{
    if (generator->taken[0].count >= MAX_TAKEN) {
        intern_release(&generator->taken[1]);
        generator->taken[1] = generator->taken[0];
        generator->taken[0] = (struct intern)INTERN_INIT;
    }
    for (uint32_t i = 0; i < names->count; i++) {
        struct lw_bytes name = intern_get(names, i);
        uint32_t id;
        if (intern_add(&generator->taken[0], name.data, name.len, &id) != 0)
            return fail_memory(err, "naming traces");
    }
    return 0;
}

/* Blocks draw from seeds of their own, the first one from that of the constraints. */
static double seed_of_block(const struct generator *generator)
{
    struct rng rng;
    if (generator->n_blocks == 0)
        return generator->constraints->seed;
    rng_init(&rng, (uint64_t)generator->constraints->seed, PURPOSE_BLOCK, generator->n_blocks);
    return (double)(rng_u64(&rng) >> 11);
}

static int make(struct generator *generator, struct plan *plan, size_t n, struct generated *out, struct lw_error *err)
{
    struct schedule *schedule = &generator->schedule;
    int rc = n == 0 ? draw_all(plan, schedule, err) : draw_more(plan, n, err);
    if (rc == 0 && n > 0)
        rc = start_traces(plan, schedule, err);
    if (rc == 0 && plan->n > 0)
        generator->last_start_us = plan->starts_us[plan->n - 1];
    if (rc == 0)
        rc = arrange(plan, schedule, &generator->rules, err);
    if (rc == 0)
        rc = anomalies_inject(plan, schedule, err);
    return rc == 0 ? assemble(plan, schedule, out, err) : rc;
}

int generator_draw(struct generator *generator, size_t n, const struct lw_run *run, struct generated *out,
                   struct lw_error *err)
{
    struct lw_constraints constraints = *generator->constraints;
    struct sampler sampler = generator->sampler;
    constraints.seed = sampler.seed = seed_of_block(generator);
    struct plan plan = {.blueprint = generator->blueprint,
                        .constraints = &constraints,
                        .run = run,
                        .sampler = &sampler,
                        .parties = &generator->parties,
                        .rules = &generator->rules,
                        .keeps_succession = generator->keeps_succession,
                        .end_us = LW_NO_TIME,
                        .n_before = generator->n_traces,
                        .taken = n > 0 ? generator->taken : NULL};
    *out = (struct generated){.first_trace = generator->n_traces, .first_event = generator->n_events};
    trace_set_init(&out->traces);
    out->has_any_header = generator->sampler.method->has_any_header;
    int rc = make(generator, &plan, n, out, err);
    if (rc == 0 && n > 0)
        rc = take_names(generator, &out->traces.names, err);
    plan_release(&plan);
    if (rc != 0) {
        generated_release(out);
        return rc;
    }
    generator->n_blocks++;
    generator->n_traces += out->traces.n_traces;
    generator->n_events += out->traces.n_events;
    return 0;
}

static void take_odds(struct sampler *sampler, struct generated *out)
{
    out->facet_odds = sampler->tilt.facet_odds;
    sampler->tilt.facet_odds = NULL;
}

int generate_traces(const struct blueprint *blueprint, const struct lw_constraints *constraints, const char *method,
                    const struct lw_run *run, struct generated *out, struct lw_error *err)
{
    struct generator generator;
    int rc = generator_init(&generator, blueprint, constraints, method, err);
    if (rc != 0)
        return rc;
    rc = generator_draw(&generator, 0, run, out, err);
    if (rc == 0)
        take_odds(&generator.sampler, out);
    generator_release(&generator);
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
    free(generated->facet_odds);
    generated->facet_odds = NULL;
}
