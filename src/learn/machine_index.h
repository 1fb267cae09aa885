/* What a machine keeps to itself; for the files that learn and judge machines. */
#ifndef LW_LEARN_MACHINE_INDEX_H
#define LW_LEARN_MACHINE_INDEX_H

#include "learn/machine.h"
#include "learn/model_size.h"

struct machine_index {
    struct predictor predictor;
    struct model_size size;
    uint32_t *shown;   /* [states of the automaton] their numbers in the machine */
    uint32_t *edge_of; /* [moves] */
    uint32_t *delays;  /* of all timed edges */
};

static inline const struct machine_index *machine_index(const struct machine *machine)
{
    return machine->index;
}

#endif
