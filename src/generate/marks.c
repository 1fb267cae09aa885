/*
 * Starts choose from the last to the first, since few traces are over in time for the last ones: each takes one of its
 * mark, the first of some drawn that is over in time, else the shortest of them. What is left over then goes to the
 * starts that found none of their mark. Drawing traces for their marks was rejected: it would undo the mix that the
 * sampler was asked for.
 */
#include "generate/marks.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/order.h"
#include "generate/purpose.h"

#define TRIES 24

uint32_t mark_of(const struct templates *templates, const uint32_t *ids, size_t n)
{
    uint32_t mark = MARK_NONE;
    uint64_t least = UINT64_MAX;
    for (size_t i = 0; i < n; i++) {
        ptrdiff_t index = i > 0 && ids[i] == ids[i - 1] ? -1 : templates_index(templates, ids[i]);
        uint64_t count = index < 0 ? UINT64_MAX : templates->items[index].count;
        if (count < least || (count == least && ids[i] < mark)) {
            least = count;
            mark = ids[i];
        }
    }
    return mark;
}

struct marked {
    uint32_t mark;
    size_t trace;
};
struct dealing {
    struct plan *plan;
    struct marked *traces; /* [plan->n] by mark; of each mark those that are left come first */
    size_t *left;          /* [plan->n] at the first of a mark: how many are left */
    struct course *courses;
    bool *is_served; /* [plan->n] starts */
    struct rng rng;
};

static int by_mark(const void *a, const void *b)
{
    const struct marked *x = a, *y = b;
    if (x->mark != y->mark)
        return x->mark > y->mark ? 1 : -1;
    return (x->trace > y->trace) - (x->trace < y->trace);
}

static size_t find_mark(const struct dealing *dealing, uint32_t mark)
{
    return order_first(dealing->traces, dealing->plan->n, sizeof *dealing->traces, &mark, order_u32);
}

/* Gives a start one of the traces [first, first + *n). */
static void serve(struct dealing *dealing, size_t start, size_t first, size_t *n)
{
    struct plan *plan = dealing->plan;
    int64_t room_us = plan->end_us == LW_NO_TIME ? INT64_MAX : plan->end_us - plan->starts_us[start];
    size_t best = SIZE_MAX;
    for (int i = 0; i < TRIES; i++) {
        size_t k = first + (size_t)rng_below(&dealing->rng, *n);
        if (best == SIZE_MAX || course_lasts_us(&plan->courses[dealing->traces[k].trace]) <
                                    course_lasts_us(&plan->courses[dealing->traces[best].trace]))
            best = k;
        if (course_lasts_us(&plan->courses[dealing->traces[k].trace]) <= room_us) {
            best = k;
            break;
        }
    }
    dealing->courses[start] = plan->courses[dealing->traces[best].trace];
    dealing->is_served[start] = true;
    size_t last = first + --*n;
    struct marked taken = dealing->traces[best];
    dealing->traces[best] = dealing->traces[last];
    dealing->traces[last] = taken;
}

static void deal(struct dealing *dealing)
{
    struct plan *plan = dealing->plan;
    rng_init(&dealing->rng, (uint64_t)plan->constraints->seed, PURPOSE_MARK, 0);
    for (size_t t = 0; t < plan->n; t++)
        dealing->traces[t] =
            (struct marked){mark_of(plan->blueprint->templates, plan->courses[t].templates, plan->courses[t].n), t};
    qsort(dealing->traces, plan->n, sizeof *dealing->traces, by_mark);
    for (size_t t = 0, first = 0; t < plan->n; t++) {
        first = dealing->traces[t].mark == dealing->traces[first].mark ? first : t;
        dealing->left[first]++;
    }
    for (size_t start = plan->n; start-- > 0;) {
        size_t first = find_mark(dealing, plan->marks[start]);
        if (first < plan->n && dealing->traces[first].mark == plan->marks[start] && dealing->left[first] > 0)
            serve(dealing, start, first, &dealing->left[first]);
    }
    size_t n_rest = 0;
    for (size_t first = 0, end = 0; first < plan->n; first = end) {
        while (end < plan->n && dealing->traces[end].mark == dealing->traces[first].mark)
            end++;
        size_t n = dealing->left[first];
        memmove(dealing->traces + n_rest, dealing->traces + first, n * sizeof *dealing->traces);
        n_rest += n;
    }
    for (size_t start = plan->n; start-- > 0;)
        if (!dealing->is_served[start])
            serve(dealing, start, 0, &n_rest);
    memcpy(plan->courses, dealing->courses, plan->n * sizeof *plan->courses);
}

int marks_deal(struct plan *plan)
{
    struct dealing dealing = {.plan = plan,
                              .traces = alloc_array(plan->n, sizeof *dealing.traces),
                              .left = alloc_zeroed(plan->n, sizeof *dealing.left),
                              .courses = alloc_array(plan->n, sizeof *dealing.courses),
                              .is_served = alloc_zeroed(plan->n, sizeof *dealing.is_served)};
    bool is_out =
        dealing.traces == NULL || dealing.left == NULL || dealing.courses == NULL || dealing.is_served == NULL;
    if (!is_out && plan->n > 0)
        deal(&dealing);
    free(dealing.traces);
    free(dealing.left);
    free(dealing.courses);
    free(dealing.is_served);
    return is_out ? LW_ERR_MEMORY : 0;
}
