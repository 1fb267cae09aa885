/*
 * What injection and causal rules ask of a template: its service, its level, whether its events are failures. A
 * template is what most of its events are. Owned by the struct; immutable once found.
 */
#ifndef LW_GENERATE_PARTIES_H
#define LW_GENERATE_PARTIES_H

#include "generate/blueprint.h"
#include "generate/constraints.h"

#define PARTY_NONE UINT32_MAX

struct party {
    uint32_t service; /* in services, or PARTY_NONE */
    uint32_t type;    /* of its failures, in types, or PARTY_NONE: they are none */
    enum lw_level level;
    bool has_parameter; /* however it is written: an outlier shows in one */
};
struct parties {
    uint32_t n_symbols;  /* as the machine's */
    struct party *items; /* [n_symbols] by template id */
    struct intern services;
    bool has_failures;
};

int parties_init(struct parties *parties, const struct blueprint *blueprint, struct lw_error *err);
void parties_release(struct parties *parties);
/* NULL: an event of no learned template. */
const struct party *parties_get(const struct parties *parties, uint32_t template_id);
bool parties_is_failure(const struct parties *parties, uint32_t template_id);
/* Which templates are failures of a service, PARTY_NONE: of any: [n_symbols], the caller's; NULL: memory ran out. */
bool *parties_failures(const struct parties *parties, uint32_t service);
bool parties_selects(const struct parties *parties, const struct selector *selector, uint32_t template_id);

#endif
