/*
 * Each variant is walked once through both machines and counts for all traces that have it. A state is entered by what
 * a trace did before, so its visits within a trace resemble one another; sums of squares over traces tell by how much.
 */
#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/executor.h"
#include "base/fail.h"
#include "learn/machine_diff.h"

struct walker {
    const struct diff_input *input;
    struct frames *frames;
    uint32_t *symbols, *other, *states[2]; /* of the variant at hand */
    size_t cap_symbols, cap_other, cap_states[2];
    uint32_t *touched; /* cells of the frame at hand */
    size_t n_touched, cap_touched;
};

static uint32_t symbol_of(const struct diff_side *side, uint32_t id)
{
    return id < side->n_ids ? side->symbols[id] : DIFF_UNKNOWN;
}

static int count_step(struct walker *walker, struct frame *frame, uint32_t state, uint32_t symbol)
{
    size_t before = frame->index.count;
    uint32_t id;

    if (pair_map_add(&frame->index, state, symbol, &id) != 0 ||
        alloc_grow(&frame->cells, &frame->cap_cells, frame->index.count, sizeof *frame->cells) != 0)
        return LW_ERR_MEMORY;
    if (frame->index.count > before)
        frame->cells[id] = (struct frame_cell){.now = 0};
    if (frame->cells[id].now++ == 0) {
        if (alloc_grow(&walker->touched, &walker->cap_touched, walker->n_touched + 1, sizeof *walker->touched) != 0)
            return LW_ERR_MEMORY;
        walker->touched[walker->n_touched++] = id;
    }
    frame->states[state].now++;
    return 0;
}

/* Adds what `times` traces of a side did, and clears it. Cells first, since they need their state's visits. */
static void settle(struct walker *walker, struct frame *frame, int side, uint64_t times)
{
    double weight = (double)times;

    for (size_t i = 0; i < walker->n_touched; i++) {
        struct frame_cell *cell = &frame->cells[walker->touched[i]];
        double count = (double)cell->now;
        double visits = (double)frame->states[frame->index.pairs[walker->touched[i]].a].now;

        cell->count[side] += cell->now * times;
        cell->traces[side] += times;
        cell->squares[side] += weight * count * count;
        cell->products[side] += weight * count * visits;
        cell->now = 0;
    }
    for (size_t i = 0; i < walker->n_touched; i++) {
        struct frame_state *state = &frame->states[frame->index.pairs[walker->touched[i]].a];
        double visits = (double)state->now;

        if (state->now == 0)
            continue; /* another of its cells was before this one */
        state->visits[side] += state->now * times;
        state->traces[side] += times;
        state->squares[side] += weight * visits * visits;
        state->now = 0;
    }
    frame->states[MACHINE_END].traces[side] += times;
    walker->n_touched = 0;
}

static int count_pair(struct frames *frames, uint32_t a, uint32_t b, int side, uint64_t times)
{
    size_t before = frames->pairs.count;
    uint32_t id;

    if (pair_map_add(&frames->pairs, a, b, &id) != 0 ||
        alloc_grow(&frames->together, &frames->cap_together, frames->pairs.count, sizeof *frames->together) != 0)
        return LW_ERR_MEMORY;
    if (frames->pairs.count > before)
        frames->together[id][0] = frames->together[id][1] = 0;
    frames->together[id][side] += times;
    return 0;
}

/* Fills symbols and states for n events of a side. */
static int walk_both(struct walker *walker, int side, const uint32_t *templates, size_t n)
{
    const struct diff_side *mine = &walker->input->sides[side], *others = &walker->input->sides[!side];

    if (alloc_grow(&walker->symbols, &walker->cap_symbols, n + 1, sizeof(uint32_t)) != 0 ||
        alloc_grow(&walker->other, &walker->cap_other, n + 1, sizeof(uint32_t)) != 0 ||
        alloc_grow(&walker->states[0], &walker->cap_states[0], n + 1, sizeof(uint32_t)) != 0 ||
        alloc_grow(&walker->states[1], &walker->cap_states[1], n + 1, sizeof(uint32_t)) != 0)
        return LW_ERR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        walker->symbols[i] = symbol_of(mine, templates[i]);
        walker->other[i] = others->ids[walker->symbols[i]];
    }
    walker->symbols[n] = DIFF_END;
    lw_machine_walk(machine_public(mine->machine), templates, n, walker->states[side]);
    lw_machine_walk(machine_public(others->machine), walker->other, n, walker->states[!side]);
    return 0;
}

static int walk_variant(struct walker *walker, int side, const uint32_t *templates, size_t n, uint64_t times)
{
    struct frames *frames = walker->frames;
    int code = walk_both(walker, side, templates, n);

    for (int f = 0; f < 2 && code == 0; f++) {
        for (size_t i = 0; i <= n && code == 0; i++)
            code = count_step(walker, &frames->of[f], walker->states[f][i], walker->symbols[i]);
        if (code == 0)
            settle(walker, &frames->of[f], side, times);
    }
    for (size_t i = 0; i < n && code == 0; i++)
        if (walker->other[i] != LW_TEMPLATE_UNKNOWN)
            code = count_pair(frames, walker->states[0][i + 1], walker->states[1][i + 1], side, times);
    frames->n_traces[side] += times;
    frames->n_steps[side] += times * (n + 1);
    return code;
}

static int walk_side(struct walker *walker, int side, const struct lw_run *run, struct lw_error *err)
{
    const struct diff_side *of = &walker->input->sides[side];
    size_t n_total = of->set->n_events, walked = 0, told = 0;

    for (size_t v = 0; v < of->variants->n; v++) {
        size_t trace = of->variants->example[v], first = of->set->first[trace], n = trace_set_len(of->set, trace);

        if (walked >= told) { /* a variant may be long, and there may be many */
            int code = run_check(run, err);

            if (code != 0)
                return code;
            run_progress(run, "comparing", walked, n_total);
            told = walked + 200000;
        }
        if (walk_variant(walker, side, of->set->templates + first, n, of->variants->counts[v]) != 0)
            return fail_memory(err, "comparing machines");
        walked += n + 1;
    }
    return 0;
}

int frames_walk(const struct diff_input *input, const struct lw_run *run, struct frames *out, struct lw_error *err)
{
    struct frames frames = {.pairs = PAIR_MAP_INIT};
    struct walker walker = {.input = input, .frames = &frames};
    int code = 0;

    for (int f = 0; f < 2; f++) {
        frames.of[f].n_states = input->sides[f].machine->n_states;
        frames.of[f].states = alloc_zeroed(frames.of[f].n_states, sizeof *frames.of[f].states);
        if (frames.of[f].states == NULL)
            code = fail_memory(err, "comparing machines");
    }
    for (int side = 0; side < 2 && code == 0; side++)
        code = walk_side(&walker, side, run, err);
    free(walker.symbols);
    free(walker.other);
    free(walker.states[0]);
    free(walker.states[1]);
    free(walker.touched);
    if (code != 0)
        frames_release(&frames);
    else
        *out = frames;
    return code;
}

void frames_release(struct frames *frames)
{
    for (int f = 0; f < 2; f++) {
        pair_map_release(&frames->of[f].index);
        free(frames->of[f].cells);
        free(frames->of[f].states);
    }
    pair_map_release(&frames->pairs);
    free(frames->together);
    *frames = (struct frames){.pairs = PAIR_MAP_INIT};
}

double frame_design(const struct frame *frame, uint32_t state, uint32_t cell)
{
    const struct frame_cell *at = &frame->cells[cell];
    const struct frame_state *from = &frame->states[state];
    double seen = 0, expected = 0;

    for (int side = 0; side < 2; side++) {
        double n = (double)from->visits[side], p = n > 0 ? (double)at->count[side] / n : 0;
        double m = (double)from->traces[side];

        if (m < 2 || p <= 0 || p >= 1)
            continue; /* nothing to tell it by */
        seen += m / (m - 1) * (at->squares[side] - 2 * p * at->products[side] + p * p * from->squares[side]);
        expected += n * p * (1 - p);
    }
    return expected > 0 ? fmax(1, seen / expected) : 1;
}
