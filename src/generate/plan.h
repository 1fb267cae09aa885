/* A log in the making: what the steps of generate.c hand on to each other. */
#ifndef LW_GENERATE_PLAN_H
#define LW_GENERATE_PLAN_H

#include "generate/parties.h"
#include "generate/walk.h"

struct rules;
struct plan {
    const struct blueprint *blueprint;
    const struct lw_constraints *constraints;
    const struct lw_run *run;
    const struct sampler *sampler;
    const struct parties *parties;
    const struct rules *rules;
    bool keeps_succession;      /* failures follow one another across traces as in the real log */
    uint64_t n_before;          /* traces of earlier blocks, which were judged by what they fall short of */
    const struct intern *taken; /* [GENERATOR_NAMES] names that are not to come again; NULL: none */
    size_t n, cap;              /* traces */
    struct course *courses;     /* [cap] times since the first event of each */
    int64_t end_us;             /* of the log, as far as traces can be over by then; LW_NO_TIME: any */
    uint32_t *marks;            /* [cap] of the traces to start then, see marks.h */
    int64_t *starts_us;         /* [cap] of the first event, or LW_NO_TIME */
    uint8_t *kinds;             /* [cap] enum anomaly */
};

#endif
