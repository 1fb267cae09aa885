/*
 * The processes behind two logs compared: by machines learned on each side, and by what traces are made of.
 * Thread-safe.
 */
#ifndef LW_MEASURE_FIDELITY_PROCESS_H
#define LW_MEASURE_FIDELITY_PROCESS_H

#include "measure/figures.h"
#include "measure/view.h"

/* Adds the parts of `process`:
 *   fitness_b, fitness_a      share of the steps of b (a), ends included, that the machine of a (b) has
 *   precision_b, precision_a  share of what the machine of a (b) does next, by its probabilities, in the states that b
 *                             (a) comes through, that b (a) does there, too
 *   transitions, variants     overlap (1 - total variation) of pairs of neighbouring templates, of whole traces
 *   lengths                   KS complement of events in a trace
 *   delays                    KS complement of the delays of a pair of templates, mean weighted by how often a has it
 * and to `rules` the part `process core`: 1 - the share of steps outside the core of the machine of a, beyond that of
 * a itself. Machines are learned from at most MACHINE_TRACES traces, as many on both sides. names[2]: what a and b are
 * called in the names of parts. */
int fidelity_process(const struct view *a, const struct view *b, const struct lw_run *run, struct lw_figures *figures,
                     struct lw_error *err);

#endif
