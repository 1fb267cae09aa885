/*
 * Each kind is a change tried at places drawn at random until one breaks what it should. A place is only good when the
 * machine refuses the result: leaving out an event that some traces lack, or repeating one in a loop, is no anomaly.
 */
#include "generate/inject.h"

#define MAX_TRIES 48 /* places of one trace */

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

/* Transitions without a delay that could be stretched (all of them took no time) are passed over. */
static void inject_delay(const struct machine *machine, double factor, struct rng *rng, struct course *course,
                         bool *is_done)
{
    struct machine_walk walk;
    machine_walk_init(&walk);
    int64_t longest = 0;
    size_t at = 0, n_seen = 0;
    for (size_t i = 0; i < course->n; i++) {
        const struct machine_edge *edge;
        (void)machine_step(machine, &walk, course->templates[i], false, &edge);
        int64_t usual = i > 0 && edge != NULL && edge->timed > 0 ? machine_delay_quantile(edge, .99) : 0;
        if (usual <= 0 || rng_below(rng, ++n_seen) != 0)
            continue;
        int64_t own = delay_before(course, i);
        longest = own > usual ? own : usual;
        at = i;
    }
    if (longest == 0)
        return;
    double delay = (double)longest * factor;
    move_back(course, at, (delay < 4e15 ? (int64_t)delay : INT64_C(4000000000000000)) - delay_before(course, at));
    mark(course, at, ANOMALY_DELAY);
    *is_done = true;
}

int inject(const struct machine *machine, enum anomaly kind, double delay_factor, struct rng *rng,
           struct course *course, bool *is_done)
{
    *is_done = false;
    switch (kind) {
    case ANOMALY_UNKNOWN:
        return inject_unknown(rng, course, is_done);
    case ANOMALY_DELAY:
        inject_delay(machine, delay_factor, rng, course, is_done);
        return 0;
    case ANOMALY_MISSING:
    case ANOMALY_REPEATED:
    case ANOMALY_SWAPPED:
        return inject_order(machine, kind, rng, course, is_done);
    default:
        return 0;
    }
}
