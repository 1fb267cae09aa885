/*
 * A machine by hand, small enough to enumerate its traces: begun by E1, a loop of E2, failures E3 that lead back or to
 * the end, E4 only outside the core.
 *
 *   start -E1-> A; A -E2-> B, A -E3-> C; B -E2-> B, B -E3-> C, B -> end; C -E2-> B, C -> end, C -E4-> B (rare)
 */
#ifndef LW_TESTS_SMALL_MACHINE_H
#define LW_TESTS_SMALL_MACHINE_H

#include "learn/machine.h"

enum { SMALL_EDGES = 9 };
static struct machine_state small_machine_states[] = {
    {LW_TEMPLATE_UNKNOWN, 0, 1, 100, true, (char[]){"start"}},
    {LW_TEMPLATE_UNKNOWN, 9, 0, 100, true, (char[]){"end"}},
    {1, 1, 2, 100, true, (char[]){"A"}},
    {2, 3, 3, 180, true, (char[]){"B"}},
    {3, 6, 3, 50, true, (char[]){"C"}},
};
static struct machine_edge small_machine_edges[SMALL_EDGES] = {
    {0, 2, 1, 100, 1, 0, NULL, true},  {2, 3, 2, 80, .8, 0, NULL, true},
    {2, 4, 3, 20, .2, 0, NULL, true},  {3, 1, LW_TEMPLATE_UNKNOWN, 80, .45, 0, NULL, true},
    {3, 3, 2, 70, .4, 0, NULL, true},  {3, 4, 3, 30, .15, 0, NULL, true},
    {4, 3, 2, 30, .6, 0, NULL, true},  {4, 1, LW_TEMPLATE_UNKNOWN, 19, .38, 0, NULL, true},
    {4, 3, 4, 1, .02, 0, NULL, false},
};
static struct machine small_machine = {5, SMALL_EDGES, small_machine_states, small_machine_edges, 100, 5, NULL};
/* As targets find them: over each state they sum to 1. */
static double small_machine_odds[SMALL_EDGES] = {1, .8, .2, .45, .4, .15, .6, .38, .02};

#endif
