/* A method of drawing traces: what the rows of method.c are made of. */
#ifndef LW_GENERATE_METHOD_H
#define LW_GENERATE_METHOD_H

#include "generate/walk.h"

struct method {
    struct lw_method_info info;
    bool needs_traces;   /* real ones: a blueprint that came from a document has none */
    bool is_mixed;       /* obeys targets of shares and weights of templates */
    bool is_walking;     /* ... also weights of transitions, calls and rare ways */
    bool has_any_header; /* not even header and message of an event belong together */
    /* sampler->own is made by init, which may be NULL, and released by release, also after a failed init. */
    int (*init)(struct sampler *sampler, const struct lw_constraints *constraints, struct lw_error *err);
    /* NULL, or is called before draw is asked for any index below n; by one thread, and n never falls. */
    int (*fetch)(const struct sampler *sampler, const struct lw_constraints *constraints, size_t n,
                 const struct lw_run *run, struct lw_error *err);
    int (*draw)(const struct sampler *sampler, uint64_t index, struct rng *rng, struct course *course);
    void (*release)(struct sampler *sampler);
};

/* false of a name that no method has. */
bool method_is_walking(const char *name);

extern const struct method method_random, method_template, method_ngram, method_oversample, method_smote, method_llm;

#endif
