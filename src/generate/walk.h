/*
 * Drawing traces before anything is injected. A sampler is immutable once made; any number of threads may draw from it.
 * What trace i is depends on (blueprint, constraints, method, seed, i) alone. A new method is a row in method.c.
 */
#ifndef LW_GENERATE_WALK_H
#define LW_GENERATE_WALK_H

#include "base/rng.h"
#include "generate/course.h"
#include "generate/through.h"
#include "generate/tilt.h"

struct method;
struct profiles;
struct sampler {
    const struct blueprint *blueprint; /* borrowed */
    const struct method *method;
    double seed;
    double *delay_factors;     /* [n_symbols] by the template a delay leads to */
    struct tilt tilt;          /* of methods that walk a machine; else empty */
    uint32_t n_strata;         /* that traces are drawn from, one each in turns: as many as there will be traces */
    int64_t longest_us;        /* no trace lasts longer; LW_NO_TIME: any */
    double *cumulative;        /* [n_steps] of tilt.ways.p within each node */
    struct through *through;   /* method machine: what each trace passes, or NULL */
    struct profiles *profiles; /* method machine: counts that traces have, or NULL: any */
    void *own;                 /* of the method */
};

/* LW_ERR_NOT_FOUND: no such method, or a template that is not there; LW_ERR_INFEASIBLE; LW_ERR_MEMORY; LW_ERR_USAGE:
 * the method needs real traces and the blueprint holds none. */
int sampler_init(struct sampler *sampler, const struct blueprint *blueprint, const struct lw_constraints *constraints,
                 const char *method, struct lw_error *err);
void sampler_release(struct sampler *sampler);
/* Before traces with an index below n are drawn; by one thread, n never falls. Does nothing for most methods; else may
 * take long and fail in any way. */
int sampler_fetch(const struct sampler *sampler, const struct lw_constraints *constraints, size_t n,
                  const struct lw_run *run, struct lw_error *err);
/* Replaces what course holds by trace `index`. 0 or LW_ERR_MEMORY. */
int sampler_draw(const struct sampler *sampler, uint64_t index, struct course *course);
/* Keeps the first `keep` events of a course and draws what follows them anew. *is_done false: the method cannot, or no
 * way through the machine begins like this; the course is as it was. 0 or LW_ERR_MEMORY. */
int sampler_resume(const struct sampler *sampler, size_t keep, struct rng *rng, struct course *course, bool *is_done);

/* For methods. A place on [0, 1) that is passed on from one choice to the next. */
struct walk_place {
    double at;    /* what is left of it */
    double width; /* of the interval that led here */
    double least; /* width below which places are no longer spread evenly */
};
/* The place of trace `index`: of each n_strata traces one in each n_strata-th, in random order. */
struct walk_place walk_place(const struct sampler *sampler, uint64_t index);
/* The first of n choices whose cumulative share lies above the place; shares sum to 1. */
size_t walk_choose(struct walk_place *place, const double *cumulative, size_t n, struct rng *rng);
/* cumulative[n_steps] of p[n_steps] within each node; allocated here, NULL when memory is out. */
double *walk_accumulate(const struct ways *ways, const double *p);
/* Adds the event that the edge leads to, after a delay drawn from it. */
int walk_add(const struct sampler *sampler, const struct machine_edge *edge, struct rng *rng, struct course *course);
/* For profiles, while a walk has no times yet: keeps its first `keep` events and walks anew from there. 0 or
 * LW_ERR_MEMORY. */
int walk_again(const struct sampler *sampler, size_t keep, struct rng *rng, struct course *course);
/* Walks tilt.ways from start to end: the whole of method "machine". */
int walk_draw(const struct sampler *sampler, uint64_t index, struct rng *rng, struct course *course);

#endif
