/*
 * Traces that the core of the machine does not accept, by what would have to be changed for it to accept them; delays
 * far beyond what their step takes; and episodes, times in which failures come thick.
 *
 * The change is looked for where the trace leaves the machine: two events swapped, one taken out, one put in. What
 * takes more is told as "other", since naming it would be a guess.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "base/order.h"
#include "learn/bursts.h"
#include "measure/observed_parts.h"

#define DELAY_FACTOR 3     /* times the 99th percentile, from which on a delay is an anomaly */
#define MAX_EVENTS   20000 /* of a trace, to be looked at closely */

enum finding {
    FOUND_NONE,
    FOUND_MISSING,
    FOUND_REPEATED,
    FOUND_SWAPPED,
    FOUND_UNKNOWN,
    FOUND_CUT,
    FOUND_OTHER,
    N_FINDINGS
};

/* ---- one variant ---------------------------------------------------------------------------------------------------
 */

struct trial {
    const struct machine *machine;
    uint32_t *templates; /* [n], with room for one more */
    uint32_t *states;    /* [n + 1] */
    size_t n, left_at;
};

static bool is_accepted(const struct trial *trial, size_t n)
{
    size_t left_at;
    return lw_machine_accepts(machine_public(trial->machine), trial->templates, n, &left_at);
}

static void swap(struct trial *trial, size_t at)
{
    uint32_t id = trial->templates[at];
    trial->templates[at] = trial->templates[at + 1];
    trial->templates[at + 1] = id;
}

static bool swapping_helps(struct trial *trial)
{
    bool helps = false;
    for (size_t back = 0; back < 2 && !helps; back++) {
        size_t at = trial->left_at - back;
        if (trial->left_at < back || at + 1 >= trial->n)
            continue;
        swap(trial, at);
        helps = is_accepted(trial, trial->n);
        swap(trial, at);
    }
    return helps;
}

/* *again: whether what was taken out stands elsewhere in the trace. */
static bool removing_helps(struct trial *trial, bool *again)
{
    bool helps = false;
    for (size_t back = 0; back < 2 && !helps; back++) {
        size_t at = trial->left_at - back;
        if (trial->left_at < back || at >= trial->n)
            continue;
        uint32_t id = trial->templates[at];
        memmove(trial->templates + at, trial->templates + at + 1, (trial->n - at - 1) * sizeof id);
        helps = is_accepted(trial, trial->n - 1);
        *again = false;
        for (size_t i = 0; i + 1 < trial->n; i++)
            *again = *again || trial->templates[i] == id;
        memmove(trial->templates + at + 1, trial->templates + at, (trial->n - at - 1) * sizeof id);
        trial->templates[at] = id;
    }
    return helps;
}

static bool adding_helps(struct trial *trial)
{
    bool helps = false;
    for (size_t back = 0; back < 2 && !helps; back++) {
        size_t at = trial->left_at - back;
        if (trial->left_at < back)
            continue;
        const struct machine_state *state = &trial->machine->states[trial->states[at]];
        memmove(trial->templates + at + 1, trial->templates + at, (trial->n - at) * sizeof *trial->templates);
        for (uint32_t i = 0; i < state->n_edges && !helps; i++) {
            const struct machine_edge *edge = &trial->machine->edges[state->first_edge + i];
            if (!edge->is_core || edge->to == MACHINE_END)
                continue;
            trial->templates[at] = edge->template_id;
            helps = is_accepted(trial, trial->n + 1);
        }
        memmove(trial->templates + at, trial->templates + at + 1, (trial->n - at) * sizeof *trial->templates);
    }
    return helps;
}

static enum finding judge(struct trial *trial)
{
    bool again = false;
    if (trial->left_at < trial->n && trial->templates[trial->left_at] == LW_TEMPLATE_UNKNOWN)
        return FOUND_UNKNOWN;
    if (swapping_helps(trial))
        return FOUND_SWAPPED;
    if (removing_helps(trial, &again) && again)
        return FOUND_REPEATED;
    if (adding_helps(trial))
        return FOUND_MISSING;
    return trial->left_at == trial->n ? FOUND_CUT : FOUND_OTHER;
}

static int judge_variant(struct observing *of, size_t variant, enum finding *out)
{
    const struct trace_set *set = of->set;
    size_t trace = of->traces->variants->example[variant], n = trace_set_len(set, trace);
    const uint32_t *templates = set->templates + set->first[trace];
    struct trial trial = {.machine = &of->model->machine, .n = n};
    *out = FOUND_NONE;
    if (lw_machine_accepts(machine_public(trial.machine), templates, n, &trial.left_at))
        return 0;
    *out = FOUND_OTHER;
    if (n > MAX_EVENTS)
        return 0;
    trial.templates = alloc_array(n + 1, sizeof *trial.templates);
    trial.states = alloc_array(n + 1, sizeof *trial.states);
    if (trial.templates != NULL && trial.states != NULL) {
        if (n > 0)
            memcpy(trial.templates, templates, n * sizeof *templates);
        lw_machine_walk(machine_public(trial.machine), templates, n, trial.states);
        *out = judge(&trial);
    }
    int rc = trial.templates == NULL || trial.states == NULL ? fail_memory(of->err, "looking for anomalies") : 0;
    free(trial.templates);
    free(trial.states);
    return rc;
}

/* ---- delays --------------------------------------------------------------------------------------------------------
 */

/* The greatest delay of a trace, in times of the 99th percentile of its step; 0: none is known. */
static double worst_delay(const struct observing *of, size_t trace)
{
    const struct trace_set *set = of->set;
    const struct machine_edge *edge;
    struct machine_walk walk;
    double worst = 0;
    machine_walk_init(&walk);
    for (size_t i = set->first[trace]; i < set->first[trace + 1]; i++) {
        (void)machine_step(&of->model->machine, &walk, set->templates[i], false, &edge);
        if (i == set->first[trace] || edge == NULL || edge->timed == 0 || set->times_us[i] == LW_NO_TIME ||
            set->times_us[i - 1] == LW_NO_TIME)
            continue;
        double usual = (double)machine_delay_quantile(edge, .99);
        if (usual > 0)
            worst = fmax(worst, (double)(set->times_us[i] - set->times_us[i - 1]) / usual);
    }
    return worst;
}

static int observe_long_delays(struct observing *of, const uint8_t *findings)
{
    double *severities = alloc_array(of->set->n_traces, sizeof *severities);
    size_t n = 0;
    if (severities == NULL)
        return fail_memory(of->err, "looking for anomalies");
    for (size_t trace = 0; trace < of->set->n_traces; trace++) {
        double worst = findings[trace] == FOUND_NONE ? worst_delay(of, trace) : 0;
        if (worst > DELAY_FACTOR)
            severities[n++] = worst;
    }
    qsort(severities, n, sizeof *severities, observed_by_value);
    double median = observed_quantile(severities, n, .5);
    int rc = observed_share(of, "anomalies.delay", NULL, n, of->set->n_traces, NULL);
    if (rc == 0 && n > 0)
        rc = observed_add(of, "anomalies.delay.severity", NULL, median, severities[0], severities[n - 1], n,
                          "times the 99th percentile; least and greatest");
    free(severities);
    if (of->document != NULL && rc == 0 && n > 0) {
        of->document->anomalies[ANOMALY_DELAY].rate = (double)n / (double)of->set->n_traces;
        of->document->anomalies[ANOMALY_DELAY].severity = fmin(median, 1e6);
    }
    return rc;
}

/* ---- episodes ------------------------------------------------------------------------------------------------------
 */

/* Share of the other services that fail within one episode. */
static double spread_of(const struct failure_events *events, const struct burst *burst, size_t n_services, bool *seen)
{
    size_t n = 0;
    memset(seen, 0, n_services * sizeof *seen);
    for (size_t i = burst->first; i < burst->first + burst->n; i++) {
        uint32_t service = events->items[i].service;
        if (service != FAILURE_NONE && !seen[service]) {
            seen[service] = true;
            n++;
        }
    }
    return n_services > 1 && n > 0 ? (double)(n - 1) / (double)(n_services - 1) : 0;
}

static int add_episodes(struct observing *of, const struct failure_events *events, const struct bursts *bursts,
                        size_t n_services)
{
    bool *hit = alloc_zeroed(of->set->n_traces, sizeof *hit), *seen = alloc_zeroed(n_services, sizeof *seen);
    double spread = 0;
    size_t n_hit = 0;
    int rc = hit == NULL || seen == NULL ? fail_memory(of->err, "looking for anomalies") : 0;
    for (size_t b = 0; b < bursts->n && rc == 0; b++) {
        const struct burst *burst = &bursts->items[b];
        spread += spread_of(events, burst, n_services, seen) / (double)bursts->n;
        for (size_t i = burst->first; i < burst->first + burst->n; i++)
            if (events->items[i].trace < of->set->n_traces && !hit[events->items[i].trace]) {
                hit[events->items[i].trace] = true;
                n_hit++;
            }
    }
    if (rc == 0)
        rc = observed_share(of, "anomalies.cascade", NULL, n_hit, of->set->n_traces,
                            "traces with a failure in an episode of many");
    if (rc == 0)
        rc = observed_add(of, "anomalies.cascade.duration", NULL, bursts->inside_s / (double)bursts->n, NAN, NAN,
                          bursts->n, "seconds that an episode of failures lasts");
    if (rc == 0 && n_services > 1)
        rc = observed_add(of, "anomalies.cascade.propagation", NULL, spread, NAN, NAN, bursts->n,
                          "of the other services, those that fail in an episode, too");
    free(hit);
    free(seen);
    return rc;
}

/* Leaves the first failure of each trace, by time: what a trace says of its failure afterwards is no evidence. */
static int keep_first(const struct observing *of, struct failure_events *events)
{
    bool *has_failed = alloc_zeroed(of->set->n_traces, sizeof *has_failed);
    size_t n = 0;
    if (has_failed == NULL)
        return LW_ERR_MEMORY;
    for (size_t i = 0; i < events->n; i++) {
        const struct failure_event *event = &events->items[i];
        if (event->time_us == LW_NO_TIME || (event->trace < of->set->n_traces && has_failed[event->trace]))
            continue;
        if (event->trace < of->set->n_traces)
            has_failed[event->trace] = true;
        events->items[n++] = *event;
    }
    events->n = n;
    free(has_failed);
    return 0;
}

/* How many traces had begun when each failure came: by this clock busy times are no episodes. */
static int find_episodes(const struct observing *of, const struct failure_events *events, struct bursts *out)
{
    size_t n = events->n, n_starts = 0;
    int64_t *times = alloc_array(n, sizeof *times), *starts = alloc_array(of->set->n_traces, sizeof *starts);
    double *clock = alloc_array(n, sizeof *clock);
    int rc = times == NULL || starts == NULL || clock == NULL ? LW_ERR_MEMORY : 0;
    for (size_t trace = 0; trace < of->set->n_traces && rc == 0; trace++)
        if (trace_set_len(of->set, trace) > 0 && of->set->times_us[of->set->first[trace]] != LW_NO_TIME)
            starts[n_starts++] = of->set->times_us[of->set->first[trace]];
    if (rc == 0)
        qsort(starts, n_starts, sizeof *starts, order_i64);
    for (size_t i = 0, at = 0; i < n && rc == 0; i++) {
        times[i] = events->items[i].time_us;
        while (at < n_starts && starts[at] <= times[i])
            at++;
        clock[i] = (double)at;
    }
    if (rc == 0)
        rc = bursts_find_by(times, clock, n, out);
    free(times);
    free(starts);
    free(clock);
    return rc;
}

static int observe_episodes(struct observing *of)
{
    struct failure_events events;
    struct intern services = INTERN_INIT;
    struct bursts bursts;
    int rc = observed_failures(of, &services, &events);
    if (rc == 0) {
        if (keep_first(of, &events) != 0 || find_episodes(of, &events, &bursts) != 0) {
            rc = fail_memory(of->err, "looking for anomalies");
        } else {
            if (bursts.n > 0)
                rc = add_episodes(of, &events, &bursts, services.count);
            bursts_release(&bursts);
        }
        failure_events_release(&events);
    }
    intern_release(&services);
    return rc;
}

/* ---- all of it -----------------------------------------------------------------------------------------------------
 */

static int add_findings(struct observing *of, const size_t counts[N_FINDINGS])
{
    static const struct {
        enum finding finding;
        const char *path, *part;
        enum anomaly kind;
    } rows[] = {
        {FOUND_MISSING, "anomalies.missing", NULL, ANOMALY_MISSING},
        {FOUND_REPEATED, "anomalies.repeated", NULL, ANOMALY_REPEATED},
        {FOUND_SWAPPED, "anomalies.swapped", NULL, ANOMALY_SWAPPED},
        {FOUND_UNKNOWN, "anomalies.unknown", NULL, ANOMALY_UNKNOWN},
        {FOUND_CUT, "anomalies", "cut off", ANOMALY_NONE},
        {FOUND_OTHER, "anomalies", "other", ANOMALY_NONE},
    };
    int rc = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows && rc == 0; i++) {
        size_t n = counts[rows[i].finding];
        rc = observed_share(of, rows[i].path, rows[i].part, n, of->set->n_traces, NULL);
        if (of->document != NULL && rows[i].kind != ANOMALY_NONE && of->set->n_traces > 0)
            of->document->anomalies[rows[i].kind].rate = (double)n / (double)of->set->n_traces;
    }
    return rc;
}

int observe_anomalies(struct observing *of)
{
    const struct variants *variants = of->traces->variants;
    uint8_t *of_variant = alloc_array(variants->n, 1), *findings = alloc_zeroed(of->set->n_traces, 1);
    size_t counts[N_FINDINGS] = {0};
    int rc = of_variant == NULL || findings == NULL ? fail_memory(of->err, "looking for anomalies") : 0;
    for (size_t i = 0; i < variants->n && rc == 0; i++) {
        enum finding found;
        rc = judge_variant(of, i, &found);
        of_variant[i] = (uint8_t)found;
    }
    /* What the log cuts off says nothing of the program. */
    for (size_t trace = 0; trace < of->set->n_traces && rc == 0; trace++)
        if (!trace_set_is_open_start(of->set, trace) && !trace_set_is_open_end(of->set, trace)) {
            findings[trace] = of_variant[variants->of[trace]];
            counts[findings[trace]]++;
        }
    if (rc == 0)
        rc = add_findings(of, counts);
    if (rc == 0)
        rc = observe_long_delays(of, findings);
    free(of_variant);
    free(findings);
    return rc == 0 ? observe_episodes(of) : rc;
}
