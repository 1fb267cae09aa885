/*
 * From the last start to the first, each takes a trace at random of those left that are over in time: what fits a later
 * start fits an earlier one, so this draws all permutations that fit alike. Drawing traces again until they fit was
 * rejected: it would make short ones more frequent.
 */
#include "generate/ending.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "generate/purpose.h"

#define TRIES 256

struct lasting {
    int64_t us;
    size_t trace;
};

static int by_length(const void *a, const void *b)
{
    const struct lasting *x = a, *y = b;
    if (x->us != y->us)
        return x->us > y->us ? 1 : -1;
    return (x->trace > y->trace) - (x->trace < y->trace);
}

static void deal(struct plan *plan, struct lasting *by_time, struct course *courses)
{
    struct rng rng;
    size_t known = 0, first = 0; /* by_time[first .. known - 1] fit, and are left */
    rng_init(&rng, (uint64_t)plan->constraints->seed, PURPOSE_ENDING, 0);
    for (size_t t = plan->n; t-- > 0; first++) {
        while (known < plan->n && (known == first || by_time[known].us <= plan->end_us - plan->starts_us[t]))
            known++;
        size_t k = first + (size_t)rng_below(&rng, known - first);
        courses[t] = plan->courses[by_time[k].trace];
        by_time[k] = by_time[first];
    }
    memcpy(plan->courses, courses, plan->n * sizeof *courses);
}

int ending_deal(struct plan *plan)
{
    bool is_late = false;
    for (size_t t = 0; t < plan->n; t++)
        is_late = is_late || plan->starts_us[t] + course_lasts_us(&plan->courses[t]) > plan->end_us;
    if (!is_late)
        return 0;
    struct lasting *by_time = alloc_array(plan->n, sizeof *by_time);
    struct course *courses = alloc_array(plan->n, sizeof *courses);
    if (by_time != NULL && courses != NULL) {
        for (size_t t = 0; t < plan->n; t++)
            by_time[t] = (struct lasting){course_lasts_us(&plan->courses[t]), t};
        qsort(by_time, plan->n, sizeof *by_time, by_length);
        deal(plan, by_time, courses);
    }
    int rc = by_time == NULL || courses == NULL ? LW_ERR_MEMORY : 0;
    free(by_time);
    free(courses);
    return rc;
}

/* The template of its first failure, or none. */
static uint32_t failure_of(const struct plan *plan, const struct course *course)
{
    for (size_t i = 0; i < course->n; i++)
        if (parties_is_failure(plan->parties, course->templates[i]))
            return course->templates[i];
    return LW_TEMPLATE_UNKNOWN;
}

void ending_mend(struct plan *plan)
{
    struct rng rng;
    rng_init(&rng, (uint64_t)plan->constraints->seed, PURPOSE_ENDING, 1);
    for (size_t t = plan->n; t-- > 1;) {
        struct course *late = &plan->courses[t];
        int64_t last_us = plan->end_us - course_lasts_us(late);
        if (plan->starts_us[t] <= last_us)
            continue;
        uint32_t kind = failure_of(plan, late);
        for (int i = 0; i < TRIES; i++) {
            size_t k = (size_t)rng_below(&rng, t);
            struct course *other = &plan->courses[k];
            if (plan->starts_us[k] > last_us || plan->starts_us[t] + course_lasts_us(other) > plan->end_us ||
                failure_of(plan, other) != kind)
                continue;
            struct course kept = *late;
            *late = *other;
            *other = kept;
            break;
        }
    }
}
