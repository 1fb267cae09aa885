/* The core of a machine: the states and edges that are more than noise. */
#ifndef LW_LEARN_MACHINE_CORE_H
#define LW_LEARN_MACHINE_CORE_H

#include "learn/machine.h"

/* Sets is_core of all states and edges, which follows from their counts alone. 0 or LW_ERR_MEMORY. */
int machine_find_core(struct machine *machine);

#endif
