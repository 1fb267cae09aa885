/*
 * From a blueprint and constraints to traces with truth: the whole generator but for writing them down (render.h).
 * A method is one row here; injection is the same for all of them. What there is depends on (blueprint, constraints,
 * method) alone, not on the number of threads.
 */
#ifndef LW_GENERATE_GENERATE_H
#define LW_GENERATE_GENERATE_H

#include "generate/blueprint.h"
#include "generate/constraints.h"
#include "generate/rules.h"
#include "generate/schedule.h"

struct generated {
    struct trace_set traces; /* ids of the model's templates; LW_TEMPLATE_UNKNOWN where an unknown event was injected;
                                LW_NO_RECORD; times LW_NO_TIME when the model saw none; names no real trace has */
    uint8_t *kinds;          /* [n_traces] enum anomaly; ANOMALY_NONE = normal */
    uint8_t *event_kinds;    /* [n_events] enum anomaly of the events that are anomalous, so that a trace of a kind also
                                has normal ones; an event of ANOMALY_PARAMETER takes a value it never takes */
    uint32_t *roots;     /* [n_traces] position in the trace of the event where its anomaly begins; UINT32_MAX: none */
    double *facet_odds;  /* [facets of the blueprint] by how much more often an event is to come as that, within its
                            template; NULL: as seen */
    bool has_any_header; /* events come in the header of any other, as often as there are such */
    uint64_t first_trace, first_event; /* how many came in earlier blocks, so that nothing is drawn twice */
};

/* A log that is made block by block, its clock running on: what all blocks share. One thread at a time. */
#define GENERATOR_NAMES 2
struct generator {
    const struct blueprint *blueprint;        /* borrowed */
    const struct lw_constraints *constraints; /* borrowed */
    struct sampler sampler;
    struct parties parties;
    struct rules rules;
    struct schedule schedule;
    bool keeps_succession;
    uint64_t n_blocks, n_traces, n_events; /* so far */
    int64_t last_start_us;                 /* nothing in the blocks to come is before it */
    struct intern taken[GENERATOR_NAMES];  /* names of the latest traces, which do not come again */
};

/* Fails as generate_traces does. */
int generator_init(struct generator *generator, const struct blueprint *blueprint,
                   const struct lw_constraints *constraints, const char *method, struct lw_error *err);
void generator_release(struct generator *generator);
/* The next n traces; 0: as many as the constraints say, all at once. Shares of anomalies are kept over all blocks, and
 * what falls short is an error in the first one only. facet_odds stay NULL: they are the sampler's. Fails as
 * generate_traces does; then nothing is left in *out. */
int generator_draw(struct generator *generator, size_t n, const struct lw_run *run, struct generated *out,
                   struct lw_error *err);

/* method: name of a row of lw_method_*. Fails with LW_ERR_NOT_FOUND (a template or method that is not there),
 * LW_ERR_INFEASIBLE (what binds, and the nearest that can be met), LW_ERR_LIMIT (more than the memory there is),
 * LW_ERR_CANCELLED or LW_ERR_MEMORY; then nothing is left in *out. Thread-safe. */
int generate_traces(const struct blueprint *blueprint, const struct lw_constraints *constraints, const char *method,
                    const struct lw_run *run, struct generated *out, struct lw_error *err);
void generated_release(struct generated *generated);
/* Events of a trace, on average, as they were learned; at least 1. */
double generate_mean_length(const struct blueprint *blueprint);
/* About how many records the constraints ask for. 0, or as schedule_init. */
int generate_expect(const struct blueprint *blueprint, const struct lw_constraints *constraints, double *n_records,
                    struct lw_error *err);

#endif
