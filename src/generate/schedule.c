#include "generate/schedule.h"

#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "generate/purpose.h"

static int64_t floor_to(int64_t time_us, int64_t step)
{
    int64_t below = time_us % step;
    return time_us - (below < 0 ? below + step : below);
}

int schedule_init(struct schedule *schedule, const struct blueprint *blueprint,
                  const struct lw_constraints *constraints, struct lw_error *err)
{
    const struct arrival *arrival = &blueprint->arrival;
    *schedule =
        (struct schedule){.arrival = arrival, .start_us = arrival->first_us, .seed = (uint64_t)constraints->seed};
    trace_keys_init(&schedule->keys);
    if (schedule->start_us != LW_NO_TIME && constraints->start_us != LW_NO_TIME)
        schedule->start_us =
            arrival->window_us > 0 ? floor_to(constraints->start_us, arrival->window_us) : constraints->start_us;
    return arrival->window_us > 0 ? trace_rule_parse(blueprint->rule_text, &schedule->rule, err) : 0;
}

void schedule_release(struct schedule *schedule)
{
    trace_rule_free(schedule->rule);
    trace_keys_release(&schedule->keys);
    memset(schedule, 0, sizeof *schedule);
}

/* Squeezes a course that is longer than what is left of its window. */
static int64_t fit(const struct schedule *schedule, int64_t offset, int64_t length, int64_t at)
{
    int64_t room = schedule->arrival->window_us - 1 - offset;
    if (schedule->arrival->window_us == 0 || length <= room)
        return at;
    return (int64_t)((double)at * ((double)room / (double)length));
}

void schedule_place(struct schedule *schedule, struct course *course)
{
    const struct arrival *arrival = schedule->arrival;
    struct rng rng;
    rng_init(&rng, schedule->seed, PURPOSE_ARRIVAL, schedule->n_drawn);
    int64_t gap = arrival->n_gaps > 0 ? arrival->gaps[rng_below(&rng, arrival->n_gaps)] : 0;
    int64_t offset = arrival->n_offsets > 0 ? arrival->offsets[rng_below(&rng, arrival->n_offsets)] : 0;
    if (gap < schedule->arrival->window_us)
        gap = schedule->arrival->window_us;
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
