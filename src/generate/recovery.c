/*
 * A run of selected events is one trouble: what holds for its first and its last event holds for those between. So the
 * run is shortened if it alone is longer than the window is wide, and then the step out of it is drawn anew; where it
 * misses the window by less than half it goes to the edge, so that a window that was measured moves next to nothing.
 */
#include "generate/recovery.h"

void course_stretch(struct course *course, size_t from, size_t to, int64_t span_us)
{
    int64_t start = course->times_us[from], old = course->times_us[to] - start;
    for (size_t i = from + 1; i < to; i++)
        if (old > 0)
            course->times_us[i] =
                start + (int64_t)((double)(course->times_us[i] - start) * ((double)span_us / (double)old));
    for (size_t i = to; i < course->n; i++)
        course->times_us[i] += span_us - old;
}

static int64_t draw_between(struct rng *rng, int64_t low, int64_t high)
{
    return high > low ? low + (int64_t)rng_below(rng, (uint64_t)(high - low) + 1) : low;
}

static int64_t fit(struct rng *rng, int64_t step, int64_t low, int64_t high)
{
    if (step < low && step > low / 2)
        return low;
    if (step > high && step - high < high / 2)
        return high;
    return draw_between(rng, low, high);
}

void recovery_fit(const struct parties *parties, const struct lw_constraints *constraints, struct rng *rng,
                  struct course *course)
{
    const struct selector *after = &constraints->recovery_after;
    int64_t min_us = (int64_t)(constraints->recovery_min_s * 1e6),
            max_us = (int64_t)(constraints->recovery_max_s * 1e6);
    for (size_t i = 0; i < course->n; i++) {
        size_t end = i;
        while (end < course->n && parties_selects(parties, after, course->templates[end]))
            end++;
        if (end == i)
            continue;
        if (end == course->n)
            return;
        int64_t run = course->times_us[end - 1] - course->times_us[i];
        if (run > max_us - min_us)
            course_stretch(course, i, end - 1, run = max_us - min_us);
        int64_t step = course->times_us[end] - course->times_us[end - 1];
        if (step < min_us || run + step > max_us)
            course_stretch(course, end - 1, end, fit(rng, step, min_us, max_us - run));
        i = end;
    }
}
