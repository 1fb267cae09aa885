#include "generate/flow.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/fail.h"

void flow_init(struct flow *flow, double records_per_s)
{
    *flow = (struct flow){.gap_us = 1e6 / records_per_s};
}

void flow_release(struct flow *flow)
{
    free(flow->ahead);
    flow_init(flow, NAN);
}

static void push(struct flow *flow, int64_t time_us)
{
    size_t at = flow->n_ahead++;
    for (; at > 0 && flow->ahead[(at - 1) / 2] > time_us; at = (at - 1) / 2)
        flow->ahead[at] = flow->ahead[(at - 1) / 2];
    flow->ahead[at] = time_us;
}

static void pop(struct flow *flow)
{
    int64_t last = flow->ahead[--flow->n_ahead];
    size_t at = 0;
    for (size_t child = 1; child < flow->n_ahead; child = 2 * at + 1) {
        child += child + 1 < flow->n_ahead && flow->ahead[child + 1] < flow->ahead[child];
        if (flow->ahead[child] >= last)
            break;
        flow->ahead[at] = flow->ahead[child];
        at = child;
    }
    flow->ahead[at] = last;
}

int flow_start(struct flow *flow, struct pace *pace, const struct course *course, int64_t *start_us,
               struct lw_error *err)
{
    bool is_late = true;
    while (is_late) {
        double gap_us = flow->n_come * flow->gap_us - flow->passed_us;
        if (gap_us > 0) {
            (void)pace_move(pace, gap_us);
            flow->passed_us += gap_us;
        }
        for (is_late = false; flow->n_ahead > 0 && flow->ahead[0] <= pace->now_us; is_late = true) {
            pop(flow);
            flow->n_come++;
        }
    }
    if (alloc_grow(&flow->ahead, &flow->cap_ahead, flow->n_ahead + course->n, sizeof *flow->ahead) != 0)
        return fail_memory(err, "starting traces");
    for (size_t i = 0; i < course->n; i++)
        push(flow, pace->now_us + course->times_us[i]);
    *start_us = pace->now_us;
    return 0;
}
