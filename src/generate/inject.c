/*
 * Each kind is a change tried at places drawn at random until one breaks what it should. A place is only good when the
 * machine refuses the result: leaving out an event that some traces lack, or repeating one in a loop, is no anomaly.
 */
#include "generate/inject.h"

#include <math.h>

#define MAX_TRIES 48   /* places of one trace */
#define MAX_DELAY 4e15 /* microseconds */
#define TICKS     4    /* of the log's clock that a delay is longer than any: times are cut to whole ones */

bool machine_accepts(const struct machine *machine, const struct course *course)
{
    struct machine_walk walk;
    machine_walk_init(&walk);
    for (size_t i = 0; i <= course->n; i++) {
        const struct machine_edge *edge;
        bool is_end = i == course->n;
        (void)machine_step(machine, &walk, is_end ? LW_TEMPLATE_UNKNOWN : course->templates[i], is_end, &edge);
        if (edge == NULL)
            return false;
    }
    return true;
}

static int64_t delay_before(const struct course *course, size_t at)
{
    return at > 0 ? course->times_us[at] - course->times_us[at - 1] : 0;
}

static void move_back(struct course *course, size_t from, int64_t by)
{
    for (size_t i = from; i < course->n; i++)
        course->times_us[i] += by;
}

static void swap(struct course *course, size_t at)
{
    uint32_t id = course->templates[at];
    course->templates[at] = course->templates[at + 1];
    course->templates[at + 1] = id;
}

static void mark(struct course *course, size_t at, enum anomaly kind)
{
    course->kinds[at < course->n ? at : course->n - 1] = (uint8_t)kind;
}

/* The change of one kind at one place, and its mark. *is_possible false: not here. */
static int change(enum anomaly kind, struct course *course, size_t at, bool *is_possible)
{
    int rc = 0;
    *is_possible = true;
    if (kind == ANOMALY_MISSING) {
        *is_possible = course->n > 1;
        if (*is_possible)
            course_remove(course, at);
    } else if (kind == ANOMALY_REPEATED) {
        int64_t delay = delay_before(course, at);
        move_back(course, at + 1, delay);
        rc = course_add(course, at + 1, course->templates[at], course->times_us[at] + delay);
        at++;
    } else {
        *is_possible = at + 1 < course->n && course->templates[at] != course->templates[at + 1];
        if (*is_possible) {
            swap(course, at);
            mark(course, at + 1, kind);
        }
    }
    if (rc == 0 && *is_possible)
        mark(course, at, kind);
    return rc;
}

static int inject_order(const struct machine *machine, enum anomaly kind, struct rng *rng, struct course *course,
                        bool *is_done)
{
    struct course before = {0};
    int rc = course_copy(&before, course);
    for (int i = 0; i < MAX_TRIES && rc == 0 && !*is_done && before.n > 0; i++) {
        bool is_possible;
        rc = change(kind, course, (size_t)rng_below(rng, before.n), &is_possible);
        if (rc == 0 && is_possible)
            *is_done = !machine_accepts(machine, course);
        if (rc == 0 && !*is_done)
            rc = course_copy(course, &before);
    }
    course_release(&before);
    return rc;
}

static int inject_unknown(struct rng *rng, struct course *course, bool *is_done)
{
    size_t at = (size_t)rng_below(rng, course->n + 1);
    int64_t time = at > 0 ? course->times_us[at - 1] : 0;
    if (at > 0 && at < course->n)
        time += delay_before(course, at) / 2;
    int rc = course_add(course, at, LW_TEMPLATE_UNKNOWN, time);
    *is_done = rc == 0;
    if (rc == 0)
        mark(course, at, ANOMALY_UNKNOWN);
    return rc;
}

/* What the delay over the edge becomes: severity times what is usual, and so that it shows as longer than any that was
 * seen there; no longer than `most_us`. 0: none that shows. */
static double late_delay(const struct injector *injector, enum anomaly kind, const struct machine_edge *edge,
                         int64_t usual_us, int64_t most_us)
{
    const struct lw_constraints *constraints = injector->constraints;
    if (edge == NULL || edge->timed == 0 || usual_us <= 0)
        return 0;
    double stretch = constraints_stretch(constraints, edge->template_id);
    double shows = (double)machine_delay_bound(edge) * stretch + TICKS * (double)injector->step_us;
    double delay = fmax((double)usual_us * constraints->anomalies[kind].severity, shows);
    delay = fmin(delay, fmin((double)most_us, MAX_DELAY));
    return delay >= shows ? delay : 0;
}

/* The 99th percentile of the transition, or the event's own delay if longer; 0: it takes no time. */
static int64_t usual_delay(const struct machine_edge *edge, const struct course *course, size_t at)
{
    int64_t usual = at > 0 && edge != NULL && edge->timed > 0 ? machine_delay_quantile(edge, .99) : 0;
    int64_t own = delay_before(course, at);
    return usual > 0 && own > usual ? own : usual;
}

static int64_t room_for(const struct course *course, size_t at, int64_t longest_us)
{
    return longest_us - course_lasts_us(course) + delay_before(course, at);
}

static void make_late(struct course *course, size_t at, double delay_us)
{
    move_back(course, at, (int64_t)delay_us - delay_before(course, at));
}

/* An event drawn among those that can be late, and how long that takes then; course->n: there is none. */
static size_t draw_late(const struct injector *injector, enum anomaly kind, struct rng *rng,
                        const struct course *course, int64_t longest_us, double *delay_us)
{
    struct machine_walk walk;
    size_t at = course->n, n_seen = 0;
    machine_walk_init(&walk);
    for (size_t i = 0; i < course->n; i++) {
        const struct machine_edge *edge;
        (void)machine_step(injector->machine, &walk, course->templates[i], false, &edge);
        double delay = late_delay(injector, kind, edge, usual_delay(edge, course, i), room_for(course, i, longest_us));
        if (i == 0 || delay <= 0 || rng_below(rng, ++n_seen) != 0)
            continue;
        at = i;
        *delay_us = delay;
    }
    return at;
}

static void inject_delay(const struct injector *injector, struct rng *rng, struct course *course, int64_t longest_us,
                         bool *is_done)
{
    double delay_us;
    size_t at = draw_late(injector, ANOMALY_DELAY, rng, course, longest_us, &delay_us);
    if (at == course->n)
        return;
    make_late(course, at, delay_us);
    mark(course, at, ANOMALY_DELAY);
    *is_done = true;
}

static const struct machine_edge *edge_into(const struct machine *machine, const struct course *course, size_t at)
{
    struct machine_walk walk;
    const struct machine_edge *edge = NULL;
    machine_walk_init(&walk);
    for (size_t i = 0; i <= at; i++)
        (void)machine_step(machine, &walk, course->templates[i], false, &edge);
    return edge;
}

/* Before event `at`; the course is spoilt where *is_done stays false. */
static int time_out(const struct injector *injector, struct rng *rng, struct course *course, size_t at,
                    int64_t longest_us, bool *is_done)
{
    int64_t waited = usual_delay(edge_into(injector->machine, course, at), course, at);
    size_t failed;
    int rc = detour_lead(injector->detour, rng, course, at, &failed);
    if (rc != 0)
        return rc;
    if (failed == SIZE_MAX) {
        course->n = at;
        *is_done = !machine_accepts(injector->machine, course);
        mark(course, at, ANOMALY_TIMEOUT);
        return 0;
    }
    const struct machine_edge *edge = edge_into(injector->machine, course, at);
    int64_t usual = usual_delay(edge, course, at), most = room_for(course, at, longest_us);
    double delay = late_delay(injector, ANOMALY_TIMEOUT, edge, usual > waited ? usual : waited, most);
    if (delay <= 0)
        return 0;
    make_late(course, at, delay);
    mark(course, at, ANOMALY_TIMEOUT);
    mark(course, failed, ANOMALY_TIMEOUT);
    *is_done = true;
    return 0;
}

static int inject_timeout(const struct injector *injector, struct rng *rng, struct course *course, int64_t longest_us,
                          bool *is_done)
{
    struct course before = {0};
    double delay_us;
    int rc = course_copy(&before, course);
    for (int i = 0; i < MAX_TRIES && rc == 0 && !*is_done; i++) {
        size_t at = draw_late(injector, ANOMALY_TIMEOUT, rng, course, INT64_MAX, &delay_us);
        if (at == course->n)
            break;
        rc = time_out(injector, rng, course, at, longest_us, is_done);
        if (rc == 0 && !*is_done)
            rc = course_copy(course, &before);
    }
    course_release(&before);
    return rc;
}

static void inject_parameter(const struct injector *injector, struct rng *rng, struct course *course, bool *is_done)
{
    size_t at = 0, n_seen = 0;
    for (size_t i = 0; i < course->n; i++) {
        const struct party *party = parties_get(injector->parties, course->templates[i]);
        if (party != NULL && party->has_parameter && rng_below(rng, ++n_seen) == 0)
            at = i;
    }
    *is_done = n_seen > 0;
    if (*is_done)
        mark(course, at, ANOMALY_PARAMETER);
}

/* One event of a template at `at` more or less. One more stands not beside it, but further on where there is room. */
static int miscount(struct rng *rng, struct course *course, size_t at, bool is_more)
{
    if (!is_more) {
        course_remove(course, at);
        mark(course, at, ANOMALY_COUNT_WRONG);
        return 0;
    }
    size_t from = at + 2 < course->n ? at + 2 : at + 1;
    size_t to = from + (size_t)rng_below(rng, course->n - from + 1);
    int64_t time = course->times_us[to - 1] + (to < course->n ? delay_before(course, to) / 2 : 0);
    int rc = course_add(course, to, course->templates[at], time);
    if (rc == 0)
        mark(course, to, ANOMALY_COUNT_WRONG);
    return rc;
}

/* Events that come several times are preferred: one that comes once and is left out would be "missing"; and places
 * where the machine has nothing against it. */
static int inject_count(const struct injector *injector, struct rng *rng, struct course *course, bool *is_done)
{
    struct course before = {0};
    int rc = course_copy(&before, course);
    for (int i = 0; i < 3 * MAX_TRIES && rc == 0 && !*is_done && before.n > 0; i++) {
        size_t at = (size_t)rng_below(rng, before.n);
        uint32_t id = before.templates[at];
        uint32_t times = id < injector->parties->n_symbols ? injector->fixed[id] : 0;
        if (times == 0 || (times == 1 && i < 2 * MAX_TRIES))
            continue;
        rc = miscount(rng, course, at, times == 1 || rng_below(rng, 2) == 0);
        *is_done = rc == 0 && (i >= MAX_TRIES || machine_accepts(injector->machine, course));
        if (rc == 0 && !*is_done)
            rc = course_copy(course, &before);
    }
    course_release(&before);
    return rc;
}

int inject(const struct injector *injector, enum anomaly kind, struct rng *rng, struct course *course,
           int64_t longest_us, bool *is_done)
{
    *is_done = false;
    switch (kind) {
    case ANOMALY_UNKNOWN:
        return inject_unknown(rng, course, is_done);
    case ANOMALY_DELAY:
        inject_delay(injector, rng, course, longest_us, is_done);
        return 0;
    case ANOMALY_PARAMETER:
        inject_parameter(injector, rng, course, is_done);
        return 0;
    case ANOMALY_COUNT_WRONG:
        return inject_count(injector, rng, course, is_done);
    case ANOMALY_TIMEOUT:
        return inject_timeout(injector, rng, course, longest_us, is_done);
    case ANOMALY_MISSING:
    case ANOMALY_REPEATED:
    case ANOMALY_SWAPPED:
        return inject_order(injector->machine, kind, rng, course, is_done);
    default:
        return 0;
    }
}
