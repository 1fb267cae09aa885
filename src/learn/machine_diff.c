/*
 * States are matched one to one by how often the same prefixes of traces lead to both (Jaccard, largest first). Each
 * transition is then tested in the frame of either machine that has its state (diff_frame.c), and so is each state, by
 * the traces that come through it. Graph matching by the likeness of neighbours was rejected: where machines are
 * learned from samples, states come and go by chance, and a likeness of names does not say that they mean the same.
 */
#include "learn/machine_diff.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/fail.h"
#include "learn/two_sample.h"

#define MATCH_LEAST 0.25 /* least overlap of states that are taken for the same */

struct lw_machine_diff {
    struct lw_diff_row *rows;
    size_t n_rows;
    struct lw_machine_diff_summary summary;
    struct arena texts;
};

struct test {
    double p;
    size_t row;
    bool is_of_delays;
};
struct maker {
    const struct diff_input *input;
    struct frames frames;
    uint32_t *match[2];       /* [states] the other machine's state, or PAIR_NONE */
    struct pair_map edges[2]; /* (state, symbol) -> index in edge_at */
    uint32_t *edge_at[2];
    struct lw_machine_diff *out;
    size_t cap_rows;
    struct test *tests;
    size_t n_tests, cap_tests;
};

static uint32_t edge_symbol(const struct diff_side *side, const struct machine_edge *edge)
{
    if (edge->to == MACHINE_END)
        return DIFF_END;
    return edge->template_id < side->n_ids ? side->symbols[edge->template_id] : DIFF_UNKNOWN;
}

static const struct machine_edge *find_edge(const struct maker *maker, int f, uint32_t state, uint32_t symbol)
{
    uint32_t id = state == PAIR_NONE ? PAIR_NONE : pair_map_find(&maker->edges[f], state, symbol);

    return id == PAIR_NONE ? NULL : &maker->input->sides[f].machine->edges[maker->edge_at[f][id]];
}

static int index_edges(struct maker *maker, int f)
{
    const struct machine *machine = maker->input->sides[f].machine;

    maker->edge_at[f] = alloc_array(machine->n_edges, sizeof *maker->edge_at[f]);
    if (maker->edge_at[f] == NULL)
        return LW_ERR_MEMORY;
    for (size_t e = 0; e < machine->n_edges; e++) {
        size_t before = maker->edges[f].count;
        uint32_t id;

        if (pair_map_add(&maker->edges[f], machine->edges[e].from,
                         edge_symbol(&maker->input->sides[f], &machine->edges[e]), &id) != 0)
            return LW_ERR_MEMORY;
        if (maker->edges[f].count > before) /* of several by unknown events the most frequent */
            maker->edge_at[f][id] = (uint32_t)e;
    }
    return 0;
}

/* ---- states ---------------------------------------------------------------------------------------------------- */

struct overlap {
    double share;
    uint32_t a, b;
};

static int by_share(const void *left, const void *right)
{
    const struct overlap *x = left, *y = right;

    if (x->share != y->share)
        return x->share > y->share ? -1 : 1;
    if (x->a != y->a)
        return x->a < y->a ? -1 : 1;
    return x->b < y->b ? -1 : x->b > y->b;
}

/* Logs of different length count alike. */
static double flow(const struct frames *frames, const uint64_t counts[2])
{
    double sum = 0;

    for (int side = 0; side < 2; side++)
        if (frames->n_steps[side] > 0)
            sum += (double)counts[side] / (double)frames->n_steps[side];
    return sum;
}

static int match_states(struct maker *maker)
{
    const struct frames *frames = &maker->frames;
    size_t n = frames->pairs.count, sizes[2] = {frames->of[0].n_states, frames->of[1].n_states};
    struct overlap *overlaps = alloc_array(n, sizeof *overlaps);
    double *sums[2] = {alloc_zeroed(sizes[0], sizeof(double)), alloc_zeroed(sizes[1], sizeof(double))};
    int code = overlaps == NULL || sums[0] == NULL || sums[1] == NULL ? LW_ERR_MEMORY : 0;

    for (size_t i = 0; i < n && code == 0; i++) {
        sums[0][frames->pairs.pairs[i].a] += flow(frames, frames->together[i]);
        sums[1][frames->pairs.pairs[i].b] += flow(frames, frames->together[i]);
    }
    for (size_t i = 0; i < n && code == 0; i++) {
        uint32_t a = frames->pairs.pairs[i].a, b = frames->pairs.pairs[i].b;
        double both = flow(frames, frames->together[i]);

        overlaps[i] = (struct overlap){both / (sums[0][a] + sums[1][b] - both), a, b};
    }
    if (code == 0) {
        qsort(overlaps, n, sizeof *overlaps, by_share);
        for (size_t f = 0; f < 2; f++) {
            memset(maker->match[f], 0xff, sizes[f] * sizeof(uint32_t));
            maker->match[f][MACHINE_START] = MACHINE_START;
            maker->match[f][MACHINE_END] = MACHINE_END;
        }
        for (size_t i = 0; i < n && overlaps[i].share >= MATCH_LEAST; i++)
            if (maker->match[0][overlaps[i].a] == PAIR_NONE && maker->match[1][overlaps[i].b] == PAIR_NONE) {
                maker->match[0][overlaps[i].a] = overlaps[i].b;
                maker->match[1][overlaps[i].b] = overlaps[i].a;
            }
    }
    free(overlaps);
    free(sums[0]);
    free(sums[1]);
    return code;
}

/* ---- rows ------------------------------------------------------------------------------------------------------ */

static int add_test(struct maker *maker, double p, bool is_of_delays)
{
    if (alloc_grow(&maker->tests, &maker->cap_tests, maker->n_tests + 1, sizeof *maker->tests) != 0)
        return LW_ERR_MEMORY;
    maker->tests[maker->n_tests++] = (struct test){p, maker->out->n_rows, is_of_delays};
    return 0;
}

static void set_counts(struct lw_diff_row *row, uint64_t a, uint64_t of_a, uint64_t b, uint64_t of_b)
{
    row->count_a = a;
    row->of_a = of_a;
    row->count_b = b;
    row->of_b = of_b;
    row->probability_a = of_a > 0 ? (double)a / (double)of_a : NAN;
    row->probability_b = of_b > 0 ? (double)b / (double)of_b : NAN;
}

static double row_bits(const struct lw_diff_row *row)
{
    const double a[2] = {(double)row->count_a, (double)(row->of_a - row->count_a)};
    const double b[2] = {(double)row->count_b, (double)(row->of_b - row->count_b)};

    return two_sample_bits(a, b, 2);
}

/* What a name is in the rows: a's, where a has the state; b's own are told from a's by their prefix. */
static int name_state(struct maker *maker, const uint32_t states[2], struct lw_bytes *out)
{
    int f = states[0] != PAIR_NONE ? 0 : 1;
    const char *name = maker->input->sides[f].machine->states[states[f]].name;
    size_t len = strlen(name), skip = f == 1 ? 2 : 0;
    char *copy = arena_take(&maker->out->texts, len + skip + 1);

    if (copy == NULL)
        return LW_ERR_MEMORY;
    memcpy(copy, "b:", skip);
    memcpy(copy + skip, name, len + 1);
    *out = (struct lw_bytes){copy, len + skip};
    return 0;
}

static int name_event(struct maker *maker, uint32_t symbol, struct lw_bytes *out)
{
    struct lw_bytes text = symbol < DIFF_FIRST ? (struct lw_bytes){"", 0} : maker->input->texts[symbol];
    const char *copy = arena_copy(&maker->out->texts, text.data, text.len);

    *out = (struct lw_bytes){copy, text.len};
    return copy == NULL ? LW_ERR_MEMORY : 0;
}

static enum lw_diff_side side_of(bool has_a, bool has_b)
{
    return has_a && has_b ? LW_DIFF_BOTH : has_a ? LW_DIFF_ONLY_A : LW_DIFF_ONLY_B;
}

static int keep_row(struct maker *maker, const struct lw_diff_row *row)
{
    if (alloc_grow(&maker->out->rows, &maker->cap_rows, maker->out->n_rows + 1, sizeof *row) != 0)
        return LW_ERR_MEMORY;
    maker->out->rows[maker->out->n_rows++] = *row;
    return 0;
}

static void count_side(enum lw_diff_side side, size_t *a, size_t *b, size_t *both)
{
    *(side == LW_DIFF_BOTH ? both : side == LW_DIFF_ONLY_A ? a : b) += 1;
}

/* The state of both, or of one (the other PAIR_NONE). */
static int add_state(struct maker *maker, const uint32_t states[2])
{
    struct lw_machine_diff_summary *summary = &maker->out->summary;
    const struct frames *frames = &maker->frames;
    struct lw_diff_row row = {.kind = LW_DIFF_STATE,
                              .side = side_of(states[0] != PAIR_NONE, states[1] != PAIR_NONE),
                              .a = states[0] == PAIR_NONE ? -1 : (ptrdiff_t)states[0],
                              .b = states[1] == PAIR_NONE ? -1 : (ptrdiff_t)states[1],
                              .to = {"", 0},
                              .delay_a_us = LW_NO_TIME,
                              .delay_b_us = LW_NO_TIME,
                              .delay_p = NAN};
    double least = 2, weight = 0;
    int code = name_state(maker, states, &row.from);
    int own = states[0] != PAIR_NONE ? 0 : 1;
    uint32_t template_id = maker->input->sides[own].machine->states[states[own]].template_id;

    if (code == 0)
        code = name_event(maker,
                          template_id < maker->input->sides[own].n_ids ? maker->input->sides[own].symbols[template_id]
                                                                       : DIFF_END,
                          &row.event);
    for (int side = 0; side < 2; side++)
        if (frames->n_steps[side] > 0)
            weight += (double)frames->n_traces[side] / (double)frames->n_steps[side] / 2;
    for (int f = 0; f < 2 && code == 0; f++) {
        if (states[f] == PAIR_NONE)
            continue;
        const struct frame_state *state = &frames->of[f].states[states[f]];
        double p = two_sample_share((double)state->traces[0], (double)frames->n_traces[0], (double)state->traces[1],
                                    (double)frames->n_traces[1]);

        code = add_test(maker, p, false);
        if (p < least) {
            least = p;
            set_counts(&row, state->traces[0], frames->n_traces[0], state->traces[1], frames->n_traces[1]);
        }
    }
    row.bits = weight * row_bits(&row);
    count_side(row.side, &summary->states_a, &summary->states_b, &summary->states_both);
    return code == 0 ? keep_row(maker, &row) : code;
}

/* Counts of the frame in which the two logs differ most. */
static int test_counts(struct maker *maker, const uint32_t states[2], uint32_t symbol, struct lw_diff_row *row)
{
    double least = 2;

    for (int f = 0; f < 2; f++) {
        const struct frame *frame = &maker->frames.of[f];
        uint32_t cell = states[f] == PAIR_NONE ? PAIR_NONE : pair_map_find(&frame->index, states[f], symbol);

        if (cell == PAIR_NONE)
            continue;
        const struct frame_state *state = &frame->states[states[f]];
        const uint64_t *counts = frame->cells[cell].count;
        double design = frame_design(frame, states[f], cell);
        double p = two_sample_share((double)counts[0] / design, (double)state->visits[0] / design,
                                    (double)counts[1] / design, (double)state->visits[1] / design);

        if (add_test(maker, p, false) != 0)
            return LW_ERR_MEMORY;
        if (p < least) {
            least = p;
            set_counts(row, counts[0], state->visits[0], counts[1], state->visits[1]);
            row->bits = flow(&maker->frames, state->visits) / 2 * row_bits(row);
        }
    }
    return 0;
}

/* Delays are worth as many values as traces took the step: those within a trace depend on one another. */
static int test_delays(struct maker *maker, const uint32_t states[2], uint32_t symbol,
                       const struct machine_edge *const edges[2], struct lw_diff_row *row)
{
    double a[MACHINE_DELAY_BINS], b[MACHINE_DELAY_BINS], worth[2], p, distance;

    if (edges[0] == NULL || edges[1] == NULL || edges[0]->timed == 0 || edges[1]->timed == 0)
        return 0;
    for (int f = 0; f < 2; f++) {
        uint32_t cell = pair_map_find(&maker->frames.of[f].index, states[f], symbol);
        double traces = cell == PAIR_NONE ? 0 : (double)maker->frames.of[f].cells[cell].traces[f];

        worth[f] = fmin((double)edges[f]->timed, traces);
    }
    for (size_t i = 0; i < MACHINE_DELAY_BINS; i++) {
        a[i] = edges[0]->delays[i];
        b[i] = edges[1]->delays[i];
    }
    p = two_sample_histogram(edges[0]->delays, worth[0], edges[1]->delays, worth[1], MACHINE_DELAY_BINS, &distance);
    row->delay_p = distance > 0 ? p : NAN;
    row->bits += flow(&maker->frames, (const uint64_t[2]){edges[0]->count, edges[1]->count}) / 2 *
                 two_sample_bits(a, b, MACHINE_DELAY_BINS);
    return add_test(maker, p, true);
}

static int add_transition(struct maker *maker, const uint32_t states[2], uint32_t symbol)
{
    const struct machine_edge *edges[2] = {find_edge(maker, 0, states[0], symbol),
                                           find_edge(maker, 1, states[1], symbol)};
    struct lw_machine_diff_summary *summary = &maker->out->summary;
    struct lw_diff_row row = {.kind = LW_DIFF_TRANSITION,
                              .side = side_of(edges[0] != NULL, edges[1] != NULL),
                              .a = edges[0] == NULL ? -1 : edges[0] - maker->input->sides[0].machine->edges,
                              .b = edges[1] == NULL ? -1 : edges[1] - maker->input->sides[1].machine->edges,
                              .delay_a_us = edges[0] == NULL ? LW_NO_TIME : machine_delay_quantile(edges[0], .5),
                              .delay_b_us = edges[1] == NULL ? LW_NO_TIME : machine_delay_quantile(edges[1], .5),
                              .delay_p = NAN};
    uint32_t to[2] = {edges[0] != NULL ? edges[0]->to : PAIR_NONE, edges[1] != NULL ? edges[1]->to : PAIR_NONE};
    int code;

    if (edges[0] == NULL && edges[1] == NULL)
        return 0; /* only ever walked by what the other machine has elsewhere */
    if (edges[0] == NULL)
        to[0] = maker->match[1][to[1]];
    code = name_state(maker, states, &row.from);
    if (code == 0)
        code = name_state(maker, to, &row.to);
    if (code == 0)
        code = name_event(maker, symbol, &row.event);
    if (code == 0)
        code = test_counts(maker, states, symbol, &row);
    if (code == 0)
        code = test_delays(maker, states, symbol, edges, &row);
    count_side(row.side, &summary->transitions_a, &summary->transitions_b, &summary->transitions_both);
    return code == 0 ? keep_row(maker, &row) : code;
}

/* A state with what leaves it; of transitions that both have, once. */
static int add_from(struct maker *maker, const uint32_t states[2])
{
    int code = states[0] != MACHINE_START && states[0] != MACHINE_END ? add_state(maker, states) : 0;

    for (int f = 0; f < 2 && code == 0; f++) {
        if (states[f] == PAIR_NONE)
            continue;
        const struct machine *machine = maker->input->sides[f].machine;
        const struct machine_state *state = &machine->states[states[f]];

        for (uint32_t e = state->first_edge; e < state->first_edge + state->n_edges && code == 0; e++) {
            uint32_t symbol = edge_symbol(&maker->input->sides[f], &machine->edges[e]);

            if (find_edge(maker, f, states[f], symbol) != &machine->edges[e] ||
                (f == 1 && find_edge(maker, 0, states[0], symbol) != NULL))
                continue;
            code = add_transition(maker, states, symbol);
        }
    }
    return code;
}

static int add_rows(struct maker *maker)
{
    int code = 0;

    for (int f = 0; f < 2; f++)
        for (uint32_t s = 0; s < maker->frames.of[f].n_states && code == 0; s++) {
            uint32_t other = maker->match[f][s], states[2] = {f == 0 ? s : other, f == 0 ? other : s};

            if (f == 0 || other == PAIR_NONE)
                code = add_from(maker, states);
        }
    return code;
}

/* ---- what is significant, and what is to be shown -------------------------------------------------------------- */

static int judge(struct maker *maker)
{
    double *p = alloc_array(maker->n_tests, sizeof *p);
    struct lw_machine_diff *out = maker->out;
    int code = p == NULL ? LW_ERR_MEMORY : 0;

    for (size_t i = 0; i < out->n_rows; i++)
        out->rows[i].p = 1;
    for (size_t i = 0; i < maker->n_tests && code == 0; i++)
        p[i] = maker->tests[i].p;
    if (code == 0)
        code = two_sample_correct(p, maker->n_tests);
    for (size_t i = 0; i < maker->n_tests && code == 0; i++) {
        struct lw_diff_row *row = &out->rows[maker->tests[i].row];

        if (!maker->tests[i].is_of_delays)
            row->p = fmin(row->p, p[i]);
        else if (!isnan(row->delay_p))
            row->delay_p = p[i];
        row->is_significant = row->is_significant || p[i] < maker->input->alpha;
    }
    free(p);
    return code;
}

static int by_importance(const void *left, const void *right)
{
    const struct lw_diff_row *a = left, *b = right;

    if (a->is_significant != b->is_significant)
        return a->is_significant ? -1 : 1;
    if (a->bits != b->bits)
        return a->bits > b->bits ? -1 : 1;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->a != b->a)
        return a->a < b->a ? -1 : 1;
    return a->b < b->b ? -1 : a->b > b->b;
}

static bool is_equal(const struct lw_diff_row *row)
{
    return row->side == LW_DIFF_BOTH && isnan(row->delay_p) &&
           (isnan(row->probability_a) || isnan(row->probability_b) ||
            fabs(row->probability_a - row->probability_b) < 1e-12);
}

static void arrange(struct lw_machine_diff *out)
{
    size_t n = 0;

    for (size_t i = 0; i < out->n_rows; i++)
        if (!is_equal(&out->rows[i])) {
            out->summary.n_significant += out->rows[i].is_significant ? 1 : 0;
            out->rows[n++] = out->rows[i];
        }
    out->n_rows = out->summary.n_rows = n;
    if (n > 0)
        qsort(out->rows, n, sizeof *out->rows, by_importance);
}

static int make(struct maker *maker)
{
    int code = 0;

    for (int f = 0; f < 2 && code == 0; f++) {
        maker->match[f] = alloc_array(maker->frames.of[f].n_states, sizeof(uint32_t));
        code = maker->match[f] == NULL ? LW_ERR_MEMORY : index_edges(maker, f);
    }
    if (code == 0)
        code = match_states(maker);
    if (code == 0)
        code = add_rows(maker);
    if (code == 0)
        code = judge(maker);
    if (code == 0)
        arrange(maker->out);
    return code;
}

int machine_diff(const struct diff_input *input, const struct lw_run *run, struct lw_machine_diff **out,
                 struct lw_error *err)
{
    struct maker maker = {.input = input, .edges = {PAIR_MAP_INIT, PAIR_MAP_INIT}};
    int code;

    maker.out = alloc_zeroed(1, sizeof *maker.out);
    if (maker.out == NULL)
        return fail_memory(err, "comparing machines");
    maker.out->summary.alpha = input->alpha;
    code = frames_walk(input, run, &maker.frames, err);
    if (code == 0) {
        code = make(&maker);
        if (code != 0)
            fail_memory(err, "comparing machines");
        frames_release(&maker.frames);
    }
    for (int f = 0; f < 2; f++) {
        free(maker.match[f]);
        free(maker.edge_at[f]);
        pair_map_release(&maker.edges[f]);
    }
    free(maker.tests);
    if (code != 0)
        lw_machine_diff_free(maker.out);
    else
        *out = maker.out;
    return code;
}

/* ---- the public view ------------------------------------------------------------------------------------------- */

void lw_machine_diff_free(struct lw_machine_diff *diff)
{
    if (diff == NULL)
        return;
    free(diff->rows);
    arena_release(&diff->texts);
    free(diff);
}

struct lw_machine_diff_summary *machine_diff_summary(struct lw_machine_diff *diff)
{
    return &diff->summary;
}

void lw_machine_diff_summary(const struct lw_machine_diff *diff, struct lw_machine_diff_summary *out)
{
    *out = diff->summary;
}

size_t lw_machine_diff_count(const struct lw_machine_diff *diff)
{
    return diff->n_rows;
}

int lw_machine_diff_get(const struct lw_machine_diff *diff, size_t index, struct lw_diff_row *out, struct lw_error *err)
{
    if (index >= diff->n_rows)
        return fail(err, LW_ERR_NOT_FOUND, "there is no row %zu; the difference has %zu", index, diff->n_rows);
    *out = diff->rows[index];
    return 0;
}
