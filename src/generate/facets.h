/*
 * What an event of a template comes as: level, service and type of error, with the share of each among the template's
 * events. Targets of shares are about these. Owned by the struct; immutable once found.
 */
#ifndef LW_GENERATE_FACETS_H
#define LW_GENERATE_FACETS_H

#include "base/intern.h"
#include "logwright.h"

#define FACET_NONE UINT32_MAX /* no service; no error, FAILURE_NONE */

struct blueprint;
struct facet {
    enum lw_level level;
    uint32_t service;    /* in services, or FACET_NONE */
    uint32_t error_type; /* in error_types, or FACET_NONE: the event is no error */
};
struct facets {
    uint32_t n_symbols;
    size_t *first;       /* [n_symbols + 1] of each template, by id; each has one at least */
    struct facet *items; /* [first[n_symbols]] */
    double *shares;      /* as seen, among the template's */
    size_t *of_choice;   /* [choices of the blueprint] */
    struct intern services, error_types;
};

/* Of a blueprint whose machine, templates, headers and choices are there. *out: all 0. On failure, LW_ERR_MEMORY, it is
 * empty. */
int facets_find(const struct blueprint *blueprint, struct facets *out);
void facets_release(struct facets *facets);
/* The service that most events of the template are of, or FACET_NONE. */
uint32_t facets_service(const struct facets *facets, uint32_t template_id);

#endif
