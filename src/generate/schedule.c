#include "generate/schedule.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "base/rng.h"
#include "generate/purpose.h"
#include "learn/bursts.h"

static int64_t floor_to(int64_t time_us, int64_t step)
{
    int64_t below = time_us % step;
    return time_us - (below < 0 ? below + step : below);
}

static double gap_at(const struct schedule *schedule, size_t at)
{
    return schedule->gaps != NULL ? schedule->gaps[at] : (double)schedule->arrival->gaps[at];
}

static bool shapes_arrival(const struct lw_constraints *constraints)
{
    bool has_hours = false;
    for (int h = 0; h < ARRIVAL_HOURS; h++)
        has_hours = has_hours || !isnan(constraints->profile[h]);
    return has_hours || constraints->bursts_per_hour > 0;
}

static int flatten(struct schedule *schedule, struct lw_error *err)
{
    const struct arrival *arrival = schedule->arrival;
    int64_t *times = alloc_array(arrival->n_gaps + 1, sizeof *times);
    schedule->gaps = alloc_array(arrival->n_gaps, sizeof *schedule->gaps);
    int rc = times == NULL || schedule->gaps == NULL ? LW_ERR_MEMORY : 0;
    if (rc == 0)
        times[0] = arrival->first_us == LW_NO_TIME ? 0 : arrival->first_us;
    for (size_t i = 0; i < arrival->n_gaps && rc == 0; i++)
        times[i + 1] = times[i] + arrival->gaps[i];
    if (rc == 0)
        rc = bursts_flatten(times, arrival->n_gaps + 1, schedule->gaps);
    for (size_t i = 0; i < arrival->n_gaps && rc == 0; i++)
        schedule->gaps[i] *= 1e6;
    free(times);
    return rc == 0 ? 0 : fail_memory(err, "starting traces");
}

static void set_rate(struct schedule *schedule, double rate)
{
    const struct arrival *arrival = schedule->arrival;
    double sum = 0;
    for (size_t i = 0; i < arrival->n_gaps; i++)
        sum += gap_at(schedule, i);
    schedule->stretch = 1;
    if (isnan(rate))
        return;
    if (sum > 0)
        schedule->stretch = 1e6 / rate / (sum / (double)arrival->n_gaps);
    else
        schedule->mean_gap_us = 1e6 / rate;
}

int schedule_init(struct schedule *schedule, const struct blueprint *blueprint,
                  const struct lw_constraints *constraints, struct lw_error *err)
{
    const struct arrival *arrival = &blueprint->arrival;
    *schedule =
        (struct schedule){.arrival = arrival, .first_us = arrival->first_us, .seed = (uint64_t)constraints->seed};
    trace_keys_init(&schedule->keys);
    if (schedule->first_us != LW_NO_TIME && constraints->start_us != LW_NO_TIME)
        schedule->first_us =
            arrival->window_us > 0 ? floor_to(constraints->start_us, arrival->window_us) : constraints->start_us;
    int rc = arrival->n_gaps > 0 && arrival->window_us == 0 && shapes_arrival(constraints) ? flatten(schedule, err) : 0;
    set_rate(schedule, constraints->arrival_rate);
    /* Runs of n^(1/3) gaps: the order at which the bootstrap's error is least. */
    schedule->leave = arrival->n_gaps > 0 ? 1 / cbrt((double)arrival->n_gaps) : 1;
    if (rc == 0)
        rc = pace_init(&schedule->pace, constraints, schedule->first_us == LW_NO_TIME ? 0 : schedule->first_us, err);
    if (rc == 0 && arrival->window_us > 0)
        rc = trace_rule_parse(blueprint->rule_text, &schedule->rule, err);
    if (rc != 0)
        schedule_release(schedule);
    return rc;
}

void schedule_release(struct schedule *schedule)
{
    pace_release(&schedule->pace);
    free(schedule->gaps);
    trace_rule_free(schedule->rule);
    trace_keys_release(&schedule->keys);
    memset(schedule, 0, sizeof *schedule);
}

static double draw_gap(struct schedule *schedule, struct rng *rng)
{
    const struct arrival *arrival = schedule->arrival;
    if (schedule->mean_gap_us > 0)
        return -log(1 - rng_uniform(rng)) * schedule->mean_gap_us;
    if (arrival->n_gaps == 0)
        return 0;
    bool is_left = schedule->n_drawn == 1 || rng_uniform(rng) < schedule->leave;
    schedule->at = is_left ? (size_t)rng_below(rng, arrival->n_gaps) : (schedule->at + 1) % arrival->n_gaps;
    return gap_at(schedule, schedule->at) * schedule->stretch;
}

int64_t schedule_next(struct schedule *schedule)
{
    const struct arrival *arrival = schedule->arrival;
    struct rng rng;
    rng_init(&rng, schedule->seed, PURPOSE_ARRIVAL, schedule->n_drawn);
    bool is_first = schedule->n_drawn++ == 0;
    if (schedule->first_us == LW_NO_TIME)
        return LW_NO_TIME;
    int64_t start_us = is_first ? schedule->first_us : pace_move(&schedule->pace, draw_gap(schedule, &rng));
    if (arrival->window_us == 0)
        return start_us;
    /* One trace a window. */
    int64_t next_us = schedule->window_us + arrival->window_us;
    schedule->window_us = floor_to(start_us, arrival->window_us);
    if (!is_first && schedule->window_us < next_us)
        schedule->window_us = next_us;
    return schedule->window_us + (arrival->n_offsets > 0 ? arrival->offsets[rng_below(&rng, arrival->n_offsets)] : 0);
}

void schedule_place(const struct schedule *schedule, int64_t start_us, struct course *course)
{
    int64_t window_us = schedule->arrival->window_us, length = course->n > 0 ? course->times_us[course->n - 1] : 0;
    double squeeze = 1;
    if (start_us != LW_NO_TIME && window_us > 0) {
        int64_t room = window_us - 1 - (start_us - floor_to(start_us, window_us));
        squeeze = length > room ? (double)room / (double)length : 1;
    }
    for (size_t i = 0; i < course->n; i++) {
        int64_t at = course->times_us[i];
        course->times_us[i] =
            start_us == LW_NO_TIME ? LW_NO_TIME : start_us + (squeeze < 1 ? (int64_t)((double)at * squeeze) : at);
    }
}

int schedule_name(struct schedule *schedule, int64_t start_us, struct lw_bytes *name, struct lw_error *err)
{
    *name = (struct lw_bytes){"", 0};
    if (schedule->rule == NULL)
        return 0;
    struct lw_record record = {.time_us =
                                   start_us == LW_NO_TIME ? start_us : floor_to(start_us, schedule->arrival->window_us),
                               .raw = {"", 0}};
    int rc = trace_rule_keys(schedule->rule, &record, (struct lw_bytes){"", 0}, &schedule->keys, err);
    if (rc == 0 && schedule->keys.n > 0)
        *name = schedule->keys.keys[0];
    return rc;
}
