/*
 * What is asked of the mix of a generated log: shares, each of what it is counted in among what it is counted of, to
 * lie within bounds. Owned by the struct; immutable.
 */
#ifndef LW_GENERATE_TARGETS_H
#define LW_GENERATE_TARGETS_H

#include "generate/constraints.h"
#include "generate/facets.h"
#include "learn/templates.h"

enum target_kind { TARGET_LEVEL, TARGET_TEMPLATE, TARGET_SERVICE, TARGET_ERROR_TYPE, TARGET_CALL };
struct target {
    enum target_kind kind;
    uint32_t what; /* level, template, service or error type; class of the service a call leaves */
    uint32_t to;   /* class of the service that is called */
    double low, high;
    char *path; /* as in the document: "levels.error" */
};
/* Neighbours in a trace are told apart by class: class 0 is what no call names. The service of a neighbour is the one
 * that most events of its template are of. */
struct targets {
    struct target *items;
    size_t n, cap;
    uint32_t *class_of;         /* [n_symbols] of a template; NULL: there are no calls */
    uint32_t *class_of_service; /* [services], or NULL: there are no calls */
    uint32_t n_classes;
};

/* LW_ERR_NOT_FOUND: a template, service or type of error that is not there. LW_ERR_MEMORY. */
int targets_init(const struct lw_constraints *constraints, const struct facets *facets,
                 const struct templates *templates, struct targets *out, struct lw_error *err);
void targets_release(struct targets *targets);

/* Whether an event, or a pair of neighbours, is one of those that the target's share is taken of (*is_base), and one
 * of those that are counted. pair: class before * n_classes + class. */
bool target_counts_facet(const struct target *target, uint32_t template_id, const struct facet *facet, bool *is_base);
bool target_counts_pair(const struct target *target, uint32_t pair, uint32_t n_classes, bool *is_base);

#endif
