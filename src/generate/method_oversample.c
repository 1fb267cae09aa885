/*
 * Real traces drawn again, and new ones between two of them. "smote" (Chawla et al. 2002) puts a point on the line
 * between a sample and a near neighbour. A line between sequences is their alignment: what both have is kept, with a
 * delay between their delays; of what only one has, such as more rounds of a loop, as much is taken as the point is
 * near to it; where each has something else, one or the other is taken. The neighbour is the nearest of a few drawn by
 * chance that is not the same: the true nearest would cost a comparison with every trace, and in a log its nearest
 * other variant is mostly one event away, so that new traces would hardly be new.
 */
#include <math.h>
#include <stdlib.h>

#include "generate/method.h"
#include "learn/align.h"

#define NEIGHBOURS 12
#define EDITS_MAX  256 /* an alignment past it is taken as far as it was found */
#define WORK_MAX   200000

static int init_real(struct sampler *sampler, const struct lw_constraints *constraints, struct lw_error *err)
{
    (void)sampler;
    (void)constraints;
    (void)err;
    return 0;
}

static size_t draw_trace(const struct trace_set *real, struct rng *rng)
{
    return (size_t)rng_below(rng, real->n_traces);
}

static int64_t delay_before(const struct trace_set *real, size_t trace, size_t event)
{
    size_t at = real->first[trace] + event;
    if (event == 0 || real->times_us[at] == LW_NO_TIME || real->times_us[at - 1] == LW_NO_TIME ||
        real->times_us[at] < real->times_us[at - 1])
        return 0;
    return real->times_us[at] - real->times_us[at - 1];
}

static int add(const struct sampler *sampler, uint32_t template_id, double delay_us, struct course *course)
{
    double factor = template_id < sampler->blueprint->machine->n_symbols ? sampler->delay_factors[template_id] : 1;
    delay_us *= factor;
    int64_t before = course_lasts_us(course);
    return course_add(course, course->n, template_id,
                      before + (course->n > 0 && delay_us < 4e15 ? (int64_t)delay_us : 0));
}

static int draw_again(const struct sampler *sampler, uint64_t index, struct rng *rng, struct course *course)
{
    const struct trace_set *real = &sampler->blueprint->model->traces;
    size_t trace = draw_trace(real, rng);
    int rc = 0;
    (void)index;
    for (size_t i = 0; i < trace_set_len(real, trace) && rc == 0; i++)
        rc = add(sampler, real->templates[real->first[trace] + i], (double)delay_before(real, trace, i), course);
    return rc;
}

static int align(const struct trace_set *real, size_t a, size_t b, struct lw_alignment **out)
{
    return align_within(real->templates + real->first[a], trace_set_len(real, a), real->templates + real->first[b],
                        trace_set_len(real, b), EDITS_MAX, WORK_MAX, NULL, out, NULL);
}

/* *best stays NULL when all that were drawn are the same as the trace. */
static int find_neighbour(const struct trace_set *real, size_t trace, struct rng *rng, size_t *neighbour,
                          struct lw_alignment **best)
{
    for (int i = 0; i < NEIGHBOURS; i++) {
        struct lw_alignment *alignment;
        size_t other = draw_trace(real, rng);
        int rc = align(real, trace, other, &alignment);
        if (rc != 0)
            return rc;
        if (alignment->distance == 0 || (*best != NULL && (*best)->distance <= alignment->distance)) {
            lw_alignment_free(alignment);
            continue;
        }
        lw_alignment_free(*best);
        *best = alignment;
        *neighbour = other;
    }
    return 0;
}

/* A run of events: of both traces, or of one. */
static int add_run(const struct sampler *sampler, size_t a, size_t b, const struct lw_edit *edit, double way,
                   struct course *course)
{
    const struct trace_set *real = &sampler->blueprint->model->traces;
    int rc = 0;
    for (size_t i = 0; i < edit->n && rc == 0; i++) {
        size_t x = edit->a + i, y = edit->b + i;
        if (edit->kind == LW_EDIT_ONLY_B)
            rc = add(sampler, real->templates[real->first[b] + y], (double)delay_before(real, b, y), course);
        else {
            double delay = (double)delay_before(real, a, x);
            if (edit->kind == LW_EDIT_SAME)
                delay += way * ((double)delay_before(real, b, y) - delay);
            rc = add(sampler, real->templates[real->first[a] + x], delay, course);
        }
    }
    return rc;
}

static int draw_between(const struct sampler *sampler, uint64_t index, struct rng *rng, struct course *course)
{
    const struct trace_set *real = &sampler->blueprint->model->traces;
    struct lw_alignment *alignment = NULL;
    size_t a = draw_trace(real, rng), b = a;
    int rc = find_neighbour(real, a, rng, &b, &alignment);
    double way = rng_uniform(rng);
    (void)index;
    if (rc == 0 && alignment == NULL)
        rc = align(real, a, a, &alignment);
    enum lw_edit_kind side = LW_EDIT_SAME; /* where they differ */
    for (size_t i = 0; rc == 0 && i < alignment->n; i++) {
        struct lw_edit edit = alignment->edits[i];
        bool is_begin = i == 0 || alignment->edits[i - 1].kind == LW_EDIT_SAME,
             is_end = i + 1 == alignment->n || alignment->edits[i + 1].kind == LW_EDIT_SAME;
        if (edit.kind == LW_EDIT_SAME)
            side = LW_EDIT_SAME;
        else if (is_begin && is_end) { /* more of it in one: as much of that as the point is near to it */
            edit.n = (size_t)round((double)edit.n * (edit.kind == LW_EDIT_ONLY_B ? way : 1 - way));
            side = edit.kind;
        } else if (is_begin)
            side = rng_uniform(rng) < way ? LW_EDIT_ONLY_B : LW_EDIT_ONLY_A;
        if (edit.kind == side)
            rc = add_run(sampler, a, b, &edit, way, course);
    }
    lw_alignment_free(alignment);
    return rc;
}

const struct method method_oversample = {
    .info = {"oversample", "draws real traces again; obeys neither shares nor weights"},
    .needs_traces = true,
    .init = init_real,
    .draw = draw_again,
};
const struct method method_smote = {
    .info = {"smote", "makes traces between a real one and a near neighbour; obeys neither shares nor weights"},
    .needs_traces = true,
    .init = init_real,
    .draw = draw_between,
};
