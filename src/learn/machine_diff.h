/*
 * What differs between two machines. Machines of two logs need not have the same states even where the logs are of one
 * program, so states are not compared by what they are called: the traces of both logs walk both machines, and what
 * each log's traces did is compared in the states of a and in those of b, one "frame" each. Whatever either machine
 * tells apart can thus differ, and a state that only chance split from another does not.
 */
#ifndef LW_LEARN_MACHINE_DIFF_H
#define LW_LEARN_MACHINE_DIFF_H

#include "learn/machine.h"

#define DIFF_END     0u /* symbols: what is common to both; ids of templates are each side's own */
#define DIFF_UNKNOWN 1u
#define DIFF_FIRST   2u /* of the templates */

struct diff_side {
    const struct machine *machine;
    const struct trace_set *set;
    const struct variants *variants;
    const uint32_t *symbols; /* [n_ids] of each template id, DIFF_UNKNOWN where there is none */
    size_t n_ids;
    const uint32_t *ids; /* [n_symbols] this side's template id of each symbol, LW_TEMPLATE_UNKNOWN where it has none */
};
struct diff_input {
    struct diff_side sides[2];
    size_t n_symbols;
    const struct lw_bytes *texts; /* [n_symbols] of events, for the rows; copied */
    double alpha;
};

/* *out is public, with the counts of templates in its summary left 0. */
int machine_diff(const struct diff_input *input, const struct lw_run *run, struct lw_machine_diff **out,
                 struct lw_error *err);
struct lw_machine_diff_summary *machine_diff_summary(struct lw_machine_diff *diff);

/* ---- diff_frame.c: what the traces of both logs did in the states of one machine ---- */

struct frame_cell { /* (state, symbol) */
    uint64_t count[2], traces[2];
    double squares[2], products[2]; /* sums over traces: count^2, count times visits of the state */
    uint64_t now;                   /* in the trace at hand */
};
struct frame_state {
    uint64_t visits[2], traces[2]; /* of the end: no visits */
    double squares[2];             /* sum over traces of visits^2 */
    uint64_t now;
};
struct frame {
    struct pair_map index; /* (state, symbol) -> cell */
    struct frame_cell *cells;
    size_t cap_cells;
    struct frame_state *states;
    size_t n_states;
};
struct frames {
    struct frame of[2];
    struct pair_map pairs; /* (state of a, state of b), entered together by an event that both machines know */
    uint64_t (*together)[2];
    size_t cap_together;
    uint64_t n_traces[2], n_steps[2];
};
int frames_walk(const struct diff_input *input, const struct lw_run *run, struct frames *out, struct lw_error *err);
void frames_release(struct frames *frames);
/* By how much the counts of a cell vary more between traces than steps that do not depend on one another would, at
 * least 1: what a sample's size is divided by (Rao and Scott 1992). */
double frame_design(const struct frame *frame, uint32_t state, uint32_t cell);

#endif
