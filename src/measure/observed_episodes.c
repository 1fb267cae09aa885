/*
 * Anomalies that last, each told by what only it leaves behind. Failures that come thick, by the clock of traces begun,
 * are an episode; in a row of short ones with as short pauses, or in one with pauses that no chance makes, a service
 * flaps; one in which steps take longer and longer is the exhaustion of something; any other is a cascade. A silence
 * with traces cut off before it is a crash. Steps that take longer and longer over a stretch of the whole log are a
 * drift, or exhaustion if more fails there than elsewhere.
 *
 * How long steps take is their pace: the logarithm of a delay over the median of its transition, so that steps of all
 * kinds are one sample. Rising is judged by the means of windows of as many events each, which all but always have to
 * rise (Mann 1945) by more than chance explains: a few slow steps, or a slow hour, are no trend.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "base/order.h"
#include "generate/constraint_rows.h"
#include "learn/bursts.h"
#include "measure/observed_parts.h"

#define PACE_MOST     3.   /* what one delay may weigh, nepers */
#define GROWN         .693 /* a pace that is twice as long */
#define DRIFTED       .405 /* ... half as long again */
#define WINDOWS       32   /* of the log */
#define LEAST_WINDOWS 6    /* of a drift */
#define LEAST_PACES   30   /* events of a window */
#define RISING        .8   /* of the pairs of windows, more that rise than fall */
#define CHANCE        5    /* standard errors */
#define TURNS         3    /* of what flaps */
#define MOST          .9   /* of a rise */
#define FAILING       3    /* standard errors, of what is looked at once */
#define PAUSE         6 /* times the mean time between failures, in traces begun: of those by chance, one in exp(6) */
#define PAUSES        5 /* times as many as chance makes */
#define SILENCE       5 /* times the 99th percentile of the time between starts of traces */
#define LEAST_CUT     2 /* traces that a crash cuts off */

struct paced {
    int64_t time_us;
    double pace;
};
struct kind_sums {
    uint64_t n; /* episodes */
    double seconds, severity, spread;
    bool *hit; /* [n_traces] */
};
struct watching {
    struct observing *of;
    const bool *is_cut; /* [n_traces] */
    struct failure_events events;
    size_t n_services;
    double *clock; /* [events.n] traces begun when each came */
    struct bursts bursts;
    struct paced *paces; /* [n_paces] by time */
    size_t n_paces;
    int64_t *starts; /* [n_starts] rising */
    size_t n_starts;
    int64_t from_us, to_us; /* of the exhaustion that the whole log shows; from after to: none */
    struct kind_sums sums[ANOMALY_COUNT];
};

/* ---- pace ---------------------------------------------------------------------------------------------------------
 */

static int by_time(const void *a, const void *b)
{
    const struct paced *x = a, *y = b;
    if (x->time_us != y->time_us)
        return x->time_us > y->time_us ? 1 : -1;
    return (x->pace > y->pace) - (x->pace < y->pace);
}

static int find_paces(struct watching *w)
{
    const struct trace_set *set = w->of->set;
    w->paces = alloc_array(set->n_events, sizeof *w->paces);
    if (w->paces == NULL)
        return LW_ERR_MEMORY;
    for (size_t trace = 0; trace < set->n_traces; trace++) {
        struct machine_walk walk;
        machine_walk_init(&walk);
        for (size_t i = set->first[trace]; i < set->first[trace + 1]; i++) {
            const struct machine_edge *edge;
            (void)machine_step(&w->of->model->machine, &walk, set->templates[i], false, &edge);
            double usual = edge != NULL && edge->timed > 0 ? (double)machine_delay_quantile(edge, .5) : 0;
            if (i == set->first[trace] || usual <= 0 || set->times_us[i] == LW_NO_TIME ||
                set->times_us[i - 1] == LW_NO_TIME || set->times_us[i] <= set->times_us[i - 1])
                continue;
            double pace = log((double)(set->times_us[i] - set->times_us[i - 1]) / usual);
            w->paces[w->n_paces++] = (struct paced){set->times_us[i], fmax(-PACE_MOST, fmin(PACE_MOST, pace))};
        }
    }
    qsort(w->paces, w->n_paces, sizeof *w->paces, by_time);
    return 0;
}

static size_t first_pace(const struct watching *w, int64_t time_us)
{
    return order_first(w->paces, w->n_paces, sizeof *w->paces, &time_us, order_i64);
}

static double mean_pace(const struct watching *w, size_t from, size_t to, double *error)
{
    double sum = 0, square = 0, n = (double)(to - from);
    for (size_t i = from; i < to; i++) {
        sum += w->paces[i].pace;
        square += w->paces[i].pace * w->paces[i].pace;
    }
    *error = to > from + 1 ? sqrt(fmax(0, square / n - sum / n * (sum / n)) / (n - 1)) : INFINITY;
    return sum / n;
}

/* By how much steps take longer at the end of a stretch than before it, nepers; 0: they do not, or nobody can tell. */
static double growth_in(const struct watching *w, int64_t from_us, int64_t to_us)
{
    int64_t lasts = to_us - from_us;
    size_t before = first_pace(w, from_us - lasts), first = first_pace(w, from_us),
           half = first_pace(w, from_us + lasts / 2), end = first_pace(w, to_us + 1);
    double errors[3];
    if (first - before < LEAST_PACES || half - first < LEAST_PACES || end - half < LEAST_PACES)
        return 0;
    double usual = mean_pace(w, before, first, &errors[0]), early = mean_pace(w, first, half, &errors[1]),
           late = mean_pace(w, half, end, &errors[2]);
    bool is_growing = late - early > CHANCE * hypot(errors[1], errors[2]) && late - usual > GROWN;
    return is_growing ? late - usual : 0;
}

/* ---- episodes of failures -----------------------------------------------------------------------------------------
 */

/* Share of the other services that fail within one episode. */
static double spread_of(const struct watching *w, size_t first, size_t n, bool *seen)
{
    size_t n_seen = 0;
    memset(seen, 0, w->n_services * sizeof *seen);
    for (size_t i = first; i < first + n; i++) {
        uint32_t service = w->events.items[i].service;
        if (service != FAILURE_NONE && !seen[service]) {
            seen[service] = true;
            n_seen++;
        }
    }
    return w->n_services > 1 && n_seen > 0 ? (double)(n_seen - 1) / (double)(w->n_services - 1) : 0;
}

/* How many of the bursts from `at` on are turns of one trouble: short, with pauses that are short as well. */
static size_t count_turns(const struct bursts *bursts, size_t at)
{
    size_t n = 1;
    while (at + n < bursts->n) {
        const struct burst *before = &bursts->items[at + n - 1], *next = &bursts->items[at + n];
        int64_t both = (before->to_us - before->from_us) + (next->to_us - next->from_us);
        if (next->from_us - before->to_us > both)
            break;
        n++;
    }
    return n;
}

/* The turns within one burst: it pauses more often than what comes at random does. 1: it does not. */
static size_t count_pauses(const struct watching *w, const struct burst *burst)
{
    const double *clock = w->clock + burst->first;
    size_t n = 0;
    double mean = burst->n > 1 ? (clock[burst->n - 1] - clock[0]) / (double)(burst->n - 1) : 0;
    for (size_t i = 1; i < burst->n; i++)
        n += clock[i] - clock[i - 1] > PAUSE * fmax(mean, 1);
    return (double)n > PAUSES * exp(-PAUSE) * (double)burst->n ? n + 1 : 1;
}

static void add_episode(struct watching *w, enum anomaly kind, size_t first_burst, size_t n, double severity,
                        bool *seen)
{
    const struct burst *from = &w->bursts.items[first_burst], *to = &w->bursts.items[first_burst + n - 1];
    struct kind_sums *sums = &w->sums[kind];
    sums->n++;
    sums->seconds += (double)(to->to_us - from->from_us) / 1e6;
    sums->severity += severity;
    sums->spread += spread_of(w, from->first, to->first + to->n - from->first, seen);
    for (size_t b = first_burst; b < first_burst + n; b++)
        for (size_t i = w->bursts.items[b].first; i < w->bursts.items[b].first + w->bursts.items[b].n; i++)
            if (w->events.items[i].trace < w->of->set->n_traces)
                sums->hit[w->events.items[i].trace] = true;
}

static int find_failing(struct watching *w)
{
    bool *seen = alloc_array(w->n_services, sizeof *seen);
    if (seen == NULL)
        return LW_ERR_MEMORY;
    for (size_t b = 0; b < w->bursts.n;) {
        const struct burst *burst = &w->bursts.items[b];
        if (burst->from_us <= w->to_us && burst->to_us >= w->from_us) { /* failures of the exhaustion */
            b++;
            continue;
        }
        size_t turns = count_turns(&w->bursts, b), pauses = count_pauses(w, burst);
        double growth = growth_in(w, burst->from_us, burst->to_us);
        if (turns >= TURNS)
            add_episode(w, ANOMALY_FLAPPING, b, turns, (double)turns, seen);
        else if (pauses >= TURNS)
            add_episode(w, ANOMALY_FLAPPING, b, 1, (double)pauses, seen);
        else if (growth > 0)
            add_episode(w, ANOMALY_EXHAUSTION, b, 1, exp(growth), seen);
        else
            add_episode(w, ANOMALY_CASCADE, b, 1, 1, seen);
        b += turns >= TURNS ? turns : 1;
    }
    free(seen);
    return 0;
}

/* Leaves the first failure of each trace, by time: what a trace says of its failure afterwards is no evidence. */
static int keep_first(struct watching *w)
{
    const struct observing *of = w->of;
    struct failure_events *events = &w->events;
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

static int find_starts(struct watching *w)
{
    const struct trace_set *set = w->of->set;
    w->starts = alloc_array(set->n_traces, sizeof *w->starts);
    if (w->starts == NULL)
        return LW_ERR_MEMORY;
    for (size_t trace = 0; trace < set->n_traces; trace++)
        if (trace_set_len(set, trace) > 0 && set->times_us[set->first[trace]] != LW_NO_TIME)
            w->starts[w->n_starts++] = set->times_us[set->first[trace]];
    qsort(w->starts, w->n_starts, sizeof *w->starts, order_i64);
    return 0;
}

/* How many traces had begun when each failure came: by this clock busy times are no episodes. */
static int find_bursts(struct watching *w)
{
    size_t n = w->events.n;
    int64_t *times = alloc_array(n, sizeof *times);
    double *clock = w->clock = alloc_array(n, sizeof *clock);
    int rc = times == NULL || clock == NULL ? LW_ERR_MEMORY : 0;
    for (size_t i = 0, at = 0; i < n && rc == 0; i++) {
        times[i] = w->events.items[i].time_us;
        while (at < w->n_starts && w->starts[at] <= times[i])
            at++;
        clock[i] = (double)at;
    }
    if (rc == 0)
        rc = bursts_find_by(times, clock, n, &w->bursts);
    free(times);
    return rc;
}

/* ---- crashes ------------------------------------------------------------------------------------------------------
 */

static int64_t last_time(const struct trace_set *set, size_t trace)
{
    return trace_set_len(set, trace) > 0 ? set->times_us[set->first[trace + 1] - 1] : LW_NO_TIME;
}

/* The silence after `from_us`; the traces that were cut off since the one before that, and still ran at its beginning
 * for all one knows: none of them was silent for longer than a trace takes. */
static void look_for_crash(struct watching *w, int64_t from_us, int64_t to_us, int64_t reach_us)
{
    const struct trace_set *set = w->of->set;
    struct kind_sums *sums = &w->sums[ANOMALY_CRASH];
    size_t n_cut = 0, n_live = 0;
    for (int pass = 0; pass < 2; pass++)
        for (size_t trace = 0; trace < set->n_traces; trace++) {
            int64_t last = last_time(set, trace);
            bool is_near = last != LW_NO_TIME && last >= from_us - reach_us && last < to_us;
            n_live += pass == 0 && last != LW_NO_TIME && last >= to_us && set->times_us[set->first[trace]] <= from_us;
            n_cut += pass == 0 && is_near && w->is_cut[trace];
            if (pass == 1 && is_near && w->is_cut[trace] && n_cut >= LEAST_CUT && n_cut > n_live)
                sums->hit[trace] = true;
        }
    if (n_cut < LEAST_CUT || n_cut <= n_live)
        return;
    sums->n++;
    sums->seconds += (double)(to_us - from_us) / 1e6;
}

static int find_crashes(struct watching *w)
{
    size_t n = w->n_starts;
    const struct trace_set *set = w->of->set;
    double *gaps = alloc_array(n, sizeof *gaps), *lengths = alloc_array(set->n_traces, sizeof *lengths);
    if (gaps == NULL || lengths == NULL) {
        free(gaps);
        free(lengths);
        return LW_ERR_MEMORY;
    }
    size_t n_lengths = 0;
    for (size_t trace = 0; trace < set->n_traces; trace++)
        if (last_time(set, trace) != LW_NO_TIME && set->times_us[set->first[trace]] != LW_NO_TIME)
            lengths[n_lengths++] = (double)(last_time(set, trace) - set->times_us[set->first[trace]]);
    for (size_t i = 1; i < n; i++)
        gaps[i - 1] = (double)(w->starts[i] - w->starts[i - 1]);
    if (n > TURNS) {
        qsort(gaps, n - 1, sizeof *gaps, observed_by_value);
        qsort(lengths, n_lengths, sizeof *lengths, observed_by_value);
        double silence = SILENCE * observed_quantile(gaps, n - 1, .99);
        int64_t reach = (int64_t)observed_quantile(lengths, n_lengths, .95);
        for (size_t i = 1; i < n; i++)
            if ((double)(w->starts[i] - w->starts[i - 1]) > silence)
                look_for_crash(w, w->starts[i - 1], w->starts[i], reach);
    }
    free(gaps);
    free(lengths);
    return 0;
}

/* ---- drift --------------------------------------------------------------------------------------------------------
 */

/* Of the pairs of windows, the share that rises less the share that falls (Kendall's tau against time). */
static double rising(const double *means, size_t from, size_t to)
{
    double sum = 0, n = 0;
    for (size_t i = from; i < to; i++)
        for (size_t k = i + 1; k <= to; k++, n++)
            sum += (means[k] > means[i]) - (means[k] < means[i]);
    return sum / n;
}

/* Whether traces fail in a stretch more often than elsewhere, by more than chance explains. */
static bool fails_more(const struct watching *w, int64_t from_us, int64_t to_us)
{
    double inside = 0, starts = (double)(order_first_i64(w->starts, w->n_starts, to_us) -
                                         order_first_i64(w->starts, w->n_starts, from_us));
    for (size_t i = 0; i < w->events.n; i++)
        inside += w->events.items[i].time_us >= from_us && w->events.items[i].time_us <= to_us;
    double outside = (double)w->events.n - inside, others = (double)w->n_starts - starts;
    double expected = others > 0 ? outside / others * starts : inside;
    return inside > expected + FAILING * sqrt(expected + 1);
}

static void find_drift(struct watching *w)
{
    size_t n = w->n_paces / LEAST_PACES < WINDOWS ? w->n_paces / LEAST_PACES : WINDOWS, best_from = 0, best_to = 0;
    double means[WINDOWS], error, most = 0, noise = 0;
    const struct trace_set *set = w->of->set;
    for (size_t i = 0; i < n; i++)
        means[i] = mean_pace(w, i * w->n_paces / n, (i + 1) * w->n_paces / n, &error);
    /* Steps of a trace depend on one another, so what chance does is told by neighbouring windows, not within them. */
    for (size_t i = 1; i < n; i++)
        noise += (means[i] - means[i - 1]) * (means[i] - means[i - 1]) / (2 * (double)(n - 1));
    noise = sqrt(noise);
    for (size_t from = 0; from < n; from++)
        for (size_t to = from + LEAST_WINDOWS - 1; to < n; to++) {
            double rise = means[to] - means[from];
            if (rise > most && rise > DRIFTED && rise > CHANCE * noise && rising(means, from, to) >= RISING) {
                most = rise;
                best_from = from;
                best_to = to;
            }
        }
    if (most <= 0)
        return;
    /* The shortest stretch that has most of it: what lies around it only wavers. */
    for (size_t from = best_from, to = best_to; from <= to; from++)
        for (size_t end = from; end <= to; end++)
            if (means[end] - means[from] >= MOST * most && end - from < best_to - best_from) {
                best_from = from;
                best_to = end;
            }
    int64_t from_us = w->paces[best_from * w->n_paces / n].time_us,
            to_us = w->paces[(best_to + 1) * w->n_paces / n - 1].time_us;
    bool is_failing = fails_more(w, from_us, to_us);
    struct kind_sums *sums = &w->sums[is_failing ? ANOMALY_EXHAUSTION : ANOMALY_DRIFT];
    if (is_failing) {
        w->from_us = from_us;
        w->to_us = to_us;
    }
    sums->n = 1;
    sums->seconds = (double)(to_us - from_us) / 1e6;
    sums->severity = exp(most);
    for (size_t trace = 0; trace < set->n_traces; trace++)
        sums->hit[trace] = last_time(set, trace) != LW_NO_TIME && last_time(set, trace) >= from_us &&
                           set->times_us[set->first[trace]] <= to_us;
}

/* ---- all of it ----------------------------------------------------------------------------------------------------
 */

static int put_kind(struct watching *w, enum anomaly kind, const char *note, const char *severity)
{
    struct observing *of = w->of;
    const struct kind_sums *sums = &w->sums[kind];
    char name[60];
    uint64_t n_hit = 0;
    double n = (double)sums->n;
    for (size_t trace = 0; trace < of->set->n_traces; trace++)
        n_hit += sums->hit[trace];
    snprintf(name, sizeof name, "anomalies.%s", anomaly_name(kind));
    /* Traces are hit together, so it is the number of episodes that chance makes; how many one hits where there is
     * none, nobody can tell. */
    double n_traces = (double)of->set->n_traces, low, high, share = n_traces > 0 ? (double)n_hit / n_traces : NAN;
    observed_poisson(n, &low, &high);
    low = sums->n > 0 ? low / n * share : 0;
    high = sums->n > 0 ? fmin(1, high / n * share) : 1;
    int rc = observed_add(of, name, NULL, share, low, high, of->set->n_traces, note);
    if (rc != 0 || sums->n == 0)
        return rc;
    observed_anomaly(of, kind, n_hit);
    struct anomaly_spec none, *spec = of->document == NULL ? &none : &of->document->anomalies[kind];
    if (severity != NULL) {
        snprintf(name, sizeof name, "anomalies.%s.severity", anomaly_name(kind));
        rc = observed_add(of, name, NULL, sums->severity / n, NAN, NAN, sums->n, severity);
        spec->severity = fmin(fmax(1, sums->severity / n), 1e6);
    }
    snprintf(name, sizeof name, "anomalies.%s.duration", anomaly_name(kind));
    if (rc == 0)
        rc = observed_add(of, name, NULL, sums->seconds / n, NAN, NAN, sums->n, "seconds that an episode lasts");
    spec->duration_s = fmin(sums->seconds / n, 1e9);
    snprintf(name, sizeof name, "anomalies.%s.propagation", anomaly_name(kind));
    if (rc == 0 && w->n_services > 1 && kind != ANOMALY_DRIFT && kind != ANOMALY_CRASH) {
        rc = observed_add(of, name, NULL, sums->spread / n, NAN, NAN, sums->n,
                          "of the other services, those that fail in an episode, too");
        spec->propagation = sums->spread / n;
    }
    return rc;
}

static int put_kinds(struct watching *w)
{
    static const struct {
        enum anomaly kind;
        const char *note, *severity;
    } rows[] = {
        {ANOMALY_CASCADE, "traces with a failure in an episode of many", NULL},
        {ANOMALY_EXHAUSTION,
         "traces that fail, or that run, where steps take longer and longer and more fails than elsewhere",
         "times the pace before"},
        {ANOMALY_FLAPPING, "traces with a failure in a row of short episodes", "turns"},
        {ANOMALY_CRASH, "traces cut off before a silence", NULL},
        {ANOMALY_DRIFT, "traces in a stretch in which steps take longer and longer", "times the pace at its beginning"},
    };
    int rc = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows && rc == 0; i++)
        rc = put_kind(w, rows[i].kind, rows[i].note, rows[i].severity);
    return rc;
}

int observe_episodes(struct observing *of, const bool *is_cut)
{
    struct intern services = INTERN_INIT;
    struct watching w = {.of = of, .is_cut = is_cut, .from_us = INT64_MAX, .to_us = INT64_MIN};
    int rc = observed_failures(of, &services, &w.events);
    if (rc != 0) {
        intern_release(&services);
        return rc;
    }
    w.n_services = services.count;
    for (int kind = 0; kind < ANOMALY_COUNT && rc == 0; kind++) {
        w.sums[kind].hit = alloc_zeroed(of->set->n_traces, sizeof *w.sums[kind].hit);
        rc = w.sums[kind].hit == NULL ? LW_ERR_MEMORY : 0;
    }
    if (rc != 0 || find_starts(&w) != 0 || find_paces(&w) != 0 || keep_first(&w) != 0 || find_bursts(&w) != 0 ||
        find_crashes(&w) != 0)
        rc = fail_memory(of->err, "looking for anomalies");
    if (rc == 0) {
        find_drift(&w);
        rc = find_failing(&w) != 0 ? fail_memory(of->err, "looking for anomalies") : put_kinds(&w);
    }
    for (int kind = 0; kind < ANOMALY_COUNT; kind++)
        free(w.sums[kind].hit);
    free(w.starts);
    free(w.paces);
    free(w.clock);
    bursts_release(&w.bursts);
    failure_events_release(&w.events);
    intern_release(&services);
    return rc;
}
