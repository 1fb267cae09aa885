/*
 * A span's gaps are drawn twice from the same streams: first to learn their sum, then to hand them out fitted to the
 * span's share of the time. A lull that more traces would have to start in than there are is added to the gap behind
 * it.
 */
#include "generate/schedule.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "base/rng.h"
#include "generate/marks.h"
#include "generate/purpose.h"
#include "learn/bursts.h"

#define SPANS      64 /* that a log is cut into, where it has enough traces */
#define SPAN_LEAST 16 /* gaps of one */
#define LULL       32 /* a gap is a lull when it is more than one part in so many of the log's time ... */
#define END_MAX    4e15
#define LULL_MEANS 8 /* ... and so many times the mean gap */

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

static double sum_gaps(const struct schedule *schedule)
{
    double sum = 0;
    for (size_t i = 0; i < schedule->arrival->n_gaps; i++)
        sum += gap_at(schedule, i);
    return sum;
}

/* 0: there are none. */
static double mean_gap_us(const struct schedule *schedule)
{
    size_t n = schedule->arrival->n_gaps;
    return n > 0 ? sum_gaps(schedule) / (double)n : 0;
}

static void set_rate(struct schedule *schedule, double rate)
{
    double mean_us = mean_gap_us(schedule);
    schedule->stretch = 1;
    if (isnan(rate))
        return;
    if (mean_us > 0)
        schedule->stretch = 1e6 / rate / mean_us;
    else
        schedule->mean_gap_us = 1e6 / rate;
}

size_t schedule_cut(const struct arrival *arrival, struct schedule_span *spans)
{
    size_t n = arrival->n_gaps, most = n / SPANS > SPAN_LEAST ? n / SPANS : SPAN_LEAST, n_spans = 0;
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)arrival->gaps[i];
    double lull = fmax(sum / LULL, LULL_MEANS * sum / fmax(1, (double)n));
    for (size_t i = 0; i < n; i++) {
        double gap = (double)arrival->gaps[i];
        struct schedule_span *span = &spans[n_spans];
        if (i == 0 || gap > lull || span[-1].is_lull || span[-1].n >= most) {
            *span = (struct schedule_span){i, 0, 0, gap > lull};
            n_spans++;
        } else {
            span--;
        }
        span->n++;
        span->sum_us += gap;
    }
    return n_spans;
}

static int cut_spans(struct schedule *schedule)
{
    const struct arrival *arrival = schedule->arrival;
    if (sum_gaps(schedule) <= 0)
        return 0;
    schedule->spans = alloc_array(arrival->n_gaps, sizeof *schedule->spans);
    if (schedule->spans == NULL)
        return LW_ERR_MEMORY;
    schedule->n_spans = schedule_cut(arrival, schedule->spans);
    return 0;
}

int schedule_init(struct schedule *schedule, const struct blueprint *blueprint,
                  const struct lw_constraints *constraints, struct lw_error *err)
{
    const struct arrival *arrival = &blueprint->arrival;
    *schedule = (struct schedule){.arrival = arrival,
                                  .first_us = arrival->first_us,
                                  .longest_us = INT64_MAX,
                                  .seed = (uint64_t)constraints->seed,
                                  .scale = 1,
                                  .delay_factor = constraints->delay_factor};
    schedule->n_real = (double)blueprint->machine->n_traces - 1;
    if (arrival->window_us > 0 && !isnan(constraints->record_rate))
        return fail(err, LW_ERR_USAGE,
                    "rate: traces are windows of time here, so what is in them sets the rate of records; leave the "
                    "rate out, or learn with a trace rule of another kind");
    flow_init(&schedule->flow, constraints->record_rate);
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
    if (rc == 0 && schedule->gaps == NULL && cut_spans(schedule) != 0)
        rc = fail_memory(err, "starting traces");
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
    flow_release(&schedule->flow);
    trace_rule_free(schedule->rule);
    trace_keys_release(&schedule->keys);
    free(schedule->spans);
    memset(schedule, 0, sizeof *schedule);
}

void schedule_expect(struct schedule *schedule, double n)
{
    schedule->n_expected = n - 1;
    if (schedule->n_spans > 0 && n > 1)
        schedule->scale = (n - 1) / (double)schedule->arrival->n_gaps;
}

double schedule_count(const struct schedule *schedule, double duration_us)
{
    double sum = sum_gaps(schedule) * schedule->stretch;
    return sum > 0 ? duration_us / sum * (double)schedule->arrival->n_gaps : 0;
}

int64_t schedule_end(const struct schedule *schedule)
{
    int64_t lasts_us = schedule->arrival->lasts_us;
    if (schedule->n_spans == 0 || schedule->arrival->window_us > 0 || schedule->first_us == LW_NO_TIME ||
        lasts_us == LW_NO_TIME)
        return LW_NO_TIME;
    double each = sum_gaps(schedule) / (double)schedule->arrival->n_gaps * schedule->stretch;
    double tail = fmax(0, (double)lasts_us - each * schedule->n_real);
    return schedule->first_us + (int64_t)fmin(each * fmax(schedule->n_real, schedule->n_expected) + tail, END_MAX);
}

/* A gap of all, mostly the one behind the last. */
static double draw_any(struct schedule *schedule, struct rng *rng)
{
    const struct arrival *arrival = schedule->arrival;
    bool is_left = schedule->n_drawn == 2 || rng_uniform(rng) < schedule->leave;
    schedule->at = is_left ? (size_t)rng_below(rng, arrival->n_gaps) : (schedule->at + 1) % arrival->n_gaps;
    return gap_at(schedule, schedule->at);
}

/* The next gap of a span: each comes once before any comes again. */
static size_t take_gap(const struct schedule *schedule, const struct schedule_span *span, struct schedule_run *run,
                       struct rng *rng)
{
    size_t len = (size_t)rint(1 / schedule->leave), n_runs = (span->n + len - 1) / len;
    if (run->at == run->end) {
        if (run->n_left == 0) {
            run->run = (size_t)rng_below(rng, n_runs);
            run->is_falling = rng_below(rng, 2) == 1;
            run->n_left = n_runs;
        }
        run->at = run->run * len;
        run->end = run->at + len < span->n ? run->at + len : span->n;
        run->run = (run->run + (run->is_falling ? n_runs - 1 : 1)) % n_runs;
        run->n_left--;
    }
    return span->first + run->at++;
}

/* The next span that a gap is to be drawn for, and how its gaps are fitted to it. */
static void begin_span(struct schedule *schedule)
{
    const struct schedule_span *span;
    double skipped = 0, sum = 0, own;
    do {
        span = &schedule->spans[schedule->next_span++ % schedule->n_spans];
        own = span->sum_us * schedule->scale;
        skipped += own;
        schedule->due += (double)span->n * schedule->scale;
    } while (schedule->due + .5 < (double)schedule->given + 1);
    schedule->left = (size_t)(schedule->due + .5 - (double)schedule->given);
    schedule->given += schedule->left;
    schedule->run = (struct schedule_run){0, 0, 0, 0, false};
    struct schedule_run run = schedule->run;
    for (size_t i = 0; i < schedule->left; i++) {
        struct rng rng;
        rng_init(&rng, schedule->seed, PURPOSE_ARRIVAL, schedule->n_drawn - 1 + i);
        sum += (double)schedule->arrival->gaps[take_gap(schedule, span, &run, &rng)];
    }
    schedule->factor = sum > 0 ? own / sum : 1;
    schedule->extra_us = skipped - (sum > 0 ? own : 0);
}

static double draw_gap(struct schedule *schedule, struct rng *rng)
{
    const struct arrival *arrival = schedule->arrival;
    if (schedule->mean_gap_us > 0)
        return -log(1 - rng_uniform(rng)) * schedule->mean_gap_us;
    if (arrival->n_gaps == 0)
        return 0;
    if (schedule->n_spans == 0)
        return draw_any(schedule, rng) * schedule->stretch;
    if (schedule->left == 0)
        begin_span(schedule);
    const struct schedule_span *span = &schedule->spans[(schedule->next_span - 1) % schedule->n_spans];
    size_t at = take_gap(schedule, span, &schedule->run, rng);
    double gap = (double)arrival->gaps[at] * schedule->factor + schedule->extra_us;
    schedule->mark = arrival->marks != NULL ? arrival->marks[at] : MARK_NONE;
    schedule->extra_us = 0;
    schedule->left--;
    return gap * schedule->stretch;
}

int64_t schedule_next(struct schedule *schedule)
{
    const struct arrival *arrival = schedule->arrival;
    struct rng rng;
    rng_init(&rng, schedule->seed, PURPOSE_ARRIVAL, schedule->n_drawn);
    bool is_first = schedule->n_drawn++ == 0;
    schedule->mark = MARK_NONE;
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

int schedule_start(struct schedule *schedule, struct course *course, int64_t *start_us, struct lw_error *err)
{
    schedule->n_squeezed += course_squeeze(course, schedule->longest_us);
    if (isnan(schedule->flow.gap_us) || schedule->first_us == LW_NO_TIME) {
        *start_us = schedule_next(schedule);
        return 0;
    }
    return flow_start(&schedule->flow, &schedule->pace, course, start_us, err);
}

double schedule_rate(const struct schedule *schedule)
{
    double mean_us = schedule->mean_gap_us;
    if (schedule->first_us == LW_NO_TIME)
        return 0;
    if (!(mean_us > 0))
        mean_us = mean_gap_us(schedule) * schedule->stretch;
    mean_us = fmax(mean_us, (double)schedule->arrival->window_us);
    return mean_us > 0 ? 1e6 / mean_us : 0;
}

/* From the last start to the last event, as the real log has it. */
static double tail_us(const struct schedule *schedule)
{
    const struct arrival *arrival = schedule->arrival;
    double sum = 0;
    for (size_t i = 0; i < arrival->n_gaps; i++)
        sum += (double)arrival->gaps[i];
    double tail = arrival->lasts_us == LW_NO_TIME ? 0 : fmax(0, (double)arrival->lasts_us - sum);
    return arrival->window_us > 0 ? fmin(tail, (double)arrival->window_us) : tail * schedule->delay_factor;
}

double schedule_lasts_s(const struct schedule *schedule, double n_traces, double n_records)
{
    if (schedule->first_us == LW_NO_TIME)
        return NAN;
    if (!isnan(schedule->flow.gap_us))
        return pace_lasts(&schedule->pace, n_records * schedule->flow.gap_us) / 1e6;
    double rate = schedule_rate(schedule), gap_us = rate > 0 ? 1e6 / rate * fmax(0, n_traces - 1) : 0;
    return (pace_lasts(&schedule->pace, gap_us) + tail_us(schedule)) / 1e6;
}

double schedule_traces_in(const struct schedule *schedule, double duration_s, double length)
{
    double rate = isnan(schedule->flow.gap_us) ? schedule_rate(schedule) : 1e6 / schedule->flow.gap_us / length;
    if (schedule->first_us == LW_NO_TIME || !(rate > 0))
        return NAN;
    return fmax(1, rate * pace_passes(&schedule->pace, duration_s * 1e6) / 1e6);
}

int64_t schedule_room(const struct schedule *schedule, int64_t start_us)
{
    int64_t window_us = schedule->arrival->window_us;
    if (start_us == LW_NO_TIME)
        return INT64_MAX;
    int64_t left = window_us > 0 ? window_us - 1 - (start_us - floor_to(start_us, window_us)) : INT64_MAX;
    return left < schedule->longest_us ? left : schedule->longest_us;
}

void schedule_place(const struct schedule *schedule, int64_t start_us, struct course *course)
{
    (void)course_squeeze(course, schedule_room(schedule, start_us));
    for (size_t i = 0; i < course->n; i++)
        course->times_us[i] = start_us == LW_NO_TIME ? LW_NO_TIME : start_us + course->times_us[i];
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
