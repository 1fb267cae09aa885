/*
 * The methods: how the events of a trace are drawn before anything is injected. A new method is a row in walk.c. A
 * sampler is immutable once made; any number of threads may draw from it.
 */
#ifndef LW_GENERATE_WALK_H
#define LW_GENERATE_WALK_H

#include "generate/blueprint.h"
#include "generate/tilt.h"

struct course { /* the events of one trace, its first at time 0 */
    uint32_t *templates;
    int64_t *times_us; /* since the first event */
    size_t n, cap;
    uint8_t *kinds; /* enum anomaly of each event */
};
void course_release(struct course *course);
/* A normal event. 0 or LW_ERR_MEMORY. */
int course_add(struct course *course, size_t at, uint32_t template_id, int64_t time_us);
void course_remove(struct course *course, size_t at);
int course_copy(struct course *to, const struct course *from);

struct sampler {
    struct tilt tilt;
    struct machine pooled;             /* of method "random": one state that all events lead back to */
    uint32_t *delays;                  /* of pooled */
    double *cumulative;                /* [n_edges] of tilt.p within each state */
    const struct blueprint *blueprint; /* borrowed */
    double seed, delay_factor;
    bool is_pooled;
};

/* LW_ERR_NOT_FOUND: no such method, or a template that is not there; LW_ERR_INFEASIBLE; LW_ERR_MEMORY. */
int sampler_init(struct sampler *sampler, const struct blueprint *blueprint, const struct lw_constraints *constraints,
                 const char *method, struct lw_error *err);
void sampler_release(struct sampler *sampler);
/* Replaces what course holds by trace `index`. 0 or LW_ERR_MEMORY. */
int sampler_draw(const struct sampler *sampler, uint64_t index, struct course *course);

#endif
