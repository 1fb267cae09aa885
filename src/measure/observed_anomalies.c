/*
 * Traces that the core of the machine does not accept, by what would have to be changed for it to accept them; delays
 * far beyond what their step takes, with a failure behind them or without; events that come once more or less than they
 * do in other traces. Two events in another order than the machine has are "swapped"; what is more than that is told as
 * "other", since naming it would be a guess.
 *
 * The change is looked for where the trace leaves the machine: two events swapped, one taken out, one put in.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "measure/observed_parts.h"

#define DELAY_FACTOR   3     /* times the 99th percentile, from which on a delay is an anomaly */
#define MAX_EVENTS     20000 /* of a trace, to be looked at closely */
#define TIMEOUT_EVENTS 3     /* from a long delay on, among which a failure is its */
#define FIXED_LEAST    20    /* traces that show how often an event comes */
#define FIXED_SHARE    .95   /* of them, at least, in which it comes as often */
#define SELDOM         .1    /* of the traces that come to a state, those that end there */

void observed_anomaly(struct observing *of, enum anomaly kind, uint64_t n)
{
    if (of->document != NULL && of->set->n_traces > 0)
        of->document->anomalies[kind].rate = (double)n / (double)of->set->n_traces;
}

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

/* The 99th percentile of a step; of one into a failure, that of the step that is mostly taken instead: failures that
 * come of waiting have waited each time. */
static double usual_delay(const struct observing *of, const struct machine_edge *edge, bool is_failure)
{
    const struct machine *machine = &of->model->machine;
    const struct machine_state *state = &machine->states[edge->from];
    for (size_t i = state->first_edge; i < (size_t)state->first_edge + state->n_edges && is_failure; i++)
        if (machine->edges[i].to != MACHINE_END && machine->edges[i].count > edge->count)
            edge = &machine->edges[i];
    return edge->timed > 0 ? (double)machine_delay_quantile(edge, .99) : 0;
}

/* The greatest delay of a trace, in times of the 99th percentile of its step, and the event behind it; 0: none is
 * known. */
static double worst_delay(const struct observing *of, size_t trace, size_t *at)
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
        double usual = usual_delay(of, edge, of->failure[i] != FAILURE_NONE);
        double delay = usual > 0 ? (double)(set->times_us[i] - set->times_us[i - 1]) / usual : 0;
        if (delay > worst) {
            worst = delay;
            *at = i;
        }
    }
    return worst;
}

/* Whether the trace fails with the event, or with what comes right behind it. */
static bool fails_at(const struct observing *of, size_t trace, size_t at)
{
    for (size_t i = at; i < of->set->first[trace + 1] && i < at + TIMEOUT_EVENTS; i++)
        if (of->failure[i] != FAILURE_NONE)
            return true;
    return false;
}

static int add_severities(struct observing *of, enum anomaly kind, double *severities, size_t n, const char *note)
{
    char name[60];
    snprintf(name, sizeof name, "anomalies.%s", anomaly_name(kind));
    int rc = observed_share(of, name, NULL, n, of->set->n_traces, note);
    if (rc != 0 || n == 0)
        return rc;
    qsort(severities, n, sizeof *severities, observed_by_value);
    double median = observed_quantile(severities, n, .5);
    snprintf(name, sizeof name, "anomalies.%s.severity", anomaly_name(kind));
    rc = observed_add(of, name, NULL, median, severities[0], severities[n - 1], n,
                      "times the 99th percentile; least and greatest");
    observed_anomaly(of, kind, n);
    if (of->document != NULL)
        of->document->anomalies[kind].severity = fmin(median, 1e6);
    return rc;
}

static int observe_long_delays(struct observing *of, const uint8_t *findings)
{
    double *severities = alloc_array(of->set->n_traces, 2 * sizeof *severities);
    double *failed = severities == NULL ? NULL : severities + of->set->n_traces;
    size_t n = 0, n_failed = 0;
    if (severities == NULL)
        return fail_memory(of->err, "looking for anomalies");
    for (size_t trace = 0; trace < of->set->n_traces; trace++) {
        size_t at = 0;
        double worst = findings[trace] == FOUND_NONE ? worst_delay(of, trace, &at) : 0;
        if (worst <= DELAY_FACTOR)
            continue;
        if (fails_at(of, trace, at))
            failed[n_failed++] = worst;
        else
            severities[n++] = worst;
    }
    int rc = add_severities(of, ANOMALY_DELAY, severities, n, NULL);
    if (rc == 0)
        rc = add_severities(of, ANOMALY_TIMEOUT, failed, n_failed, "traces that fail right behind such a delay");
    free(severities);
    return rc;
}

/* ---- counts --------------------------------------------------------------------------------------------------------
 */

struct usual {      /* how often a template comes in a trace that has it */
    uint32_t times; /* mostly: the only candidate there can be for more than half (Boyer and Moore 1991) */
    int64_t votes;
    uint64_t n, n_same; /* traces with it, and those in which it comes `times` times */
};

static void vote(struct usual *usual, uint32_t times)
{
    if (usual->votes == 0)
        usual->times = times;
    usual->votes += usual->times == times ? 1 : -1;
    usual->n++;
}

static bool is_fixed(const struct usual *usual)
{
    return usual->n >= FIXED_LEAST && (double)usual->n_same >= FIXED_SHARE * (double)usual->n;
}

/* Of one trace: pass 0 votes, 1 counts those who follow, 2 looks whether one comes once more or less than it does. */
static bool count_trace(const struct observing *of, size_t trace, int pass, uint32_t *here, struct usual *usuals)
{
    const struct trace_set *set = of->set;
    bool is_off = false;
    for (int step = 0; step < 2; step++)
        for (size_t i = set->first[trace]; i < set->first[trace + 1]; i++) {
            uint32_t id = set->templates[i];
            if (id >= of->model->machine.n_symbols)
                continue;
            struct usual *usual = &usuals[id];
            if (step == 0) {
                here[id]++;
                continue;
            }
            if (here[id] == 0)
                continue;
            if (pass == 0)
                vote(usual, here[id]);
            usual->n_same += pass == 1 && here[id] == usual->times;
            is_off = is_off ||
                     (pass == 2 && is_fixed(usual) && (here[id] == usual->times + 1 || here[id] + 1 == usual->times));
            here[id] = 0;
        }
    return is_off;
}

static int observe_counts(struct observing *of, uint8_t *findings)
{
    uint32_t n_symbols = of->model->machine.n_symbols, *here = alloc_zeroed(n_symbols, sizeof *here);
    struct usual *usuals = alloc_zeroed(n_symbols, sizeof *usuals);
    uint64_t n = 0;
    int rc = here == NULL || usuals == NULL ? fail_memory(of->err, "looking for anomalies") : 0;
    for (int pass = 0; pass < 3 && rc == 0; pass++)
        for (size_t trace = 0; trace < of->set->n_traces; trace++) {
            bool is_open = trace_set_is_open_start(of->set, trace) || trace_set_is_open_end(of->set, trace);
            bool is_off = !is_open && count_trace(of, trace, pass, here, usuals);
            n += is_off && (findings[trace] == FOUND_NONE || findings[trace] == FOUND_OTHER);
        }
    if (rc == 0)
        rc = observed_share(of, "anomalies.count", NULL, n, of->set->n_traces,
                            "traces with an event once more, or less, than all but one in 20 of those that have it");
    if (rc == 0)
        observed_anomaly(of, ANOMALY_COUNT_WRONG, n);
    free(here);
    free(usuals);
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
        if (rows[i].kind != ANOMALY_NONE)
            observed_anomaly(of, rows[i].kind, n);
    }
    return rc;
}

/* Whether it ends where traces seldom do. */
static bool ends_early(const struct observing *of, size_t trace)
{
    const struct machine_edge *edge = NULL;
    struct machine_walk walk;
    machine_walk_init(&walk);
    if (trace_set_is_open_start(of->set, trace) || trace_set_is_open_end(of->set, trace))
        return false;
    for (size_t i = of->set->first[trace]; i < of->set->first[trace + 1]; i++)
        (void)machine_step(&of->model->machine, &walk, of->set->templates[i], false, &edge);
    (void)machine_step(&of->model->machine, &walk, LW_TEMPLATE_UNKNOWN, true, &edge);
    return edge == NULL || edge->probability < SELDOM;
}

int observe_anomalies(struct observing *of)
{
    const struct variants *variants = of->traces->variants;
    uint8_t *of_variant = alloc_array(variants->n, 1), *findings = alloc_zeroed(of->set->n_traces, 1);
    bool *is_cut = alloc_array(of->set->n_traces, sizeof *is_cut);
    size_t counts[N_FINDINGS] = {0};
    int rc =
        of_variant == NULL || findings == NULL || is_cut == NULL ? fail_memory(of->err, "looking for anomalies") : 0;
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
    if (rc == 0)
        rc = observe_counts(of, findings);
    for (size_t trace = 0; trace < of->set->n_traces && rc == 0; trace++)
        is_cut[trace] = ends_early(of, trace);
    if (rc == 0)
        rc = observe_episodes(of, is_cut);
    free(of_variant);
    free(findings);
    free(is_cut);
    return rc;
}
