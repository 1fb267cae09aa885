#include "generate/schedule.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "base/rng.h"
#include "generate/purpose.h"

static int by_time(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int64_t floor_to(int64_t time_us, int64_t step)
{
    int64_t below = time_us % step;
    return time_us - (below < 0 ? below + step : below);
}

/* Width of the windows of a rule that trace_rule_parse has accepted; 0 for other rules. */
static int64_t window_of(const char *rule)
{
    static const struct {
        const char *unit;
        double us;
    } units[] = {{"us", 1}, {"ms", 1e3}, {"s", 1e6}, {"m", 60e6}, {"h", 3600e6}, {"d", 86400e6}};
    if (strncmp(rule, "window:", 7) != 0)
        return 0;
    char *unit;
    double n = strtod(rule + 7, &unit);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(unit, units[i].unit) == 0)
            return (int64_t)(n * units[i].us);
    return 0;
}

/* Start times of real traces, sorted; those whose first event has no time take no part. */
static size_t find_starts(const struct trace_set *real, int64_t *starts)
{
    size_t n = 0;
    for (size_t i = 0; i < real->n_traces; i++)
        if (trace_set_len(real, i) > 0 && real->times_us[real->first[i]] != LW_NO_TIME)
            starts[n++] = real->times_us[real->first[i]];
    qsort(starts, n, sizeof *starts, by_time);
    return n;
}

static void find_windows(struct schedule *schedule, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int64_t window = floor_to(schedule->gaps[i], schedule->window_us);
        schedule->offsets[i] = schedule->gaps[i] - window;
        schedule->gaps[i] = window;
    }
    schedule->n_offsets = n;
}

int schedule_init(struct schedule *schedule, const struct blueprint *blueprint,
                  const struct lw_constraints *constraints, struct lw_error *err)
{
    const struct model *model = blueprint->model;
    const struct trace_set *real = &model->traces;
    *schedule = (struct schedule){
        .start_us = LW_NO_TIME, .seed = (uint64_t)constraints->seed, .window_us = window_of(model->counts->trace_rule)};
    trace_keys_init(&schedule->keys);
    schedule->gaps = alloc_array(real->n_traces, sizeof *schedule->gaps);
    schedule->offsets = alloc_array(real->n_traces, sizeof *schedule->offsets);
    int rc = schedule->gaps == NULL || schedule->offsets == NULL ? fail_memory(err, "timing traces") : 0;
    if (rc == 0 && schedule->window_us > 0)
        rc = trace_rule_parse(model->counts->trace_rule, &schedule->rule, err);
    if (rc != 0) {
        schedule_release(schedule);
        return rc;
    }
    size_t n = find_starts(real, schedule->gaps);
    if (n == 0)
        return 0;
    if (schedule->window_us > 0)
        find_windows(schedule, n);
    /* Windows are named by their time, so new ones have to lie behind the real ones. */
    schedule->start_us = schedule->window_us > 0 ? schedule->gaps[n - 1] + schedule->window_us : schedule->gaps[0];
    if (constraints->start_us != LW_NO_TIME)
        schedule->start_us =
            schedule->window_us > 0 ? floor_to(constraints->start_us, schedule->window_us) : constraints->start_us;
    for (size_t i = 0; i + 1 < n; i++)
        schedule->gaps[i] = schedule->gaps[i + 1] - schedule->gaps[i];
    schedule->n_gaps = n - 1;
    return 0;
}

void schedule_release(struct schedule *schedule)
{
    free(schedule->gaps);
    free(schedule->offsets);
    trace_rule_free(schedule->rule);
    trace_keys_release(&schedule->keys);
    memset(schedule, 0, sizeof *schedule);
}

/* Squeezes a course that is longer than what is left of its window. */
static int64_t fit(const struct schedule *schedule, int64_t offset, int64_t length, int64_t at)
{
    int64_t room = schedule->window_us - 1 - offset;
    if (schedule->window_us == 0 || length <= room)
        return at;
    return (int64_t)((double)at * ((double)room / (double)length));
}

void schedule_place(struct schedule *schedule, struct course *course)
{
    struct rng rng;
    rng_init(&rng, schedule->seed, PURPOSE_ARRIVAL, schedule->n_drawn);
    int64_t gap = schedule->n_gaps > 0 ? schedule->gaps[rng_below(&rng, schedule->n_gaps)] : 0;
    int64_t offset = schedule->n_offsets > 0 ? schedule->offsets[rng_below(&rng, schedule->n_offsets)] : 0;
    if (gap < schedule->window_us)
        gap = schedule->window_us;
    if (schedule->n_drawn++ > 0 && schedule->start_us != LW_NO_TIME)
        schedule->start_us += gap;
    int64_t length = course->n > 0 ? course->times_us[course->n - 1] : 0;
    for (size_t i = 0; i < course->n; i++)
        course->times_us[i] = schedule->start_us == LW_NO_TIME
                                  ? LW_NO_TIME
                                  : schedule->start_us + offset + fit(schedule, offset, length, course->times_us[i]);
}

int schedule_name(struct schedule *schedule, struct lw_bytes *name, struct lw_error *err)
{
    struct lw_record record = {.time_us = schedule->start_us, .raw = {"", 0}};
    *name = (struct lw_bytes){"", 0};
    if (schedule->rule == NULL)
        return 0;
    int rc = trace_rule_keys(schedule->rule, &record, (struct lw_bytes){"", 0}, &schedule->keys, err);
    if (rc == 0 && schedule->keys.n > 0)
        *name = schedule->keys.keys[0];
    return rc;
}
