/*
 * What the real log always obeys, and how often a synthetic one does not. Owned by the struct; immutable once found.
 */
#ifndef LW_MEASURE_FIDELITY_RULES_H
#define LW_MEASURE_FIDELITY_RULES_H

#include "learn/relations.h"
#include "measure/figures.h"
#include "measure/slot_uses.h"

struct fidelity_rules {
    bool is_ready;
    struct variables variables;
    struct relations relations;
    size_t *relation_first; /* [slots + 1] relations of a slot, numbered as slot_uses numbers them */
    bool *is_looked_at;     /* [slots] some relation speaks of it */
    size_t n_slots;
};

/* Relations along traces (learn/relations.h) of the model. */
int fidelity_rules_find(const struct model *model, struct fidelity_rules *out, struct lw_error *err);
/* Tells of every place where a relation, by its index, can be judged whether it is kept. */
typedef void fidelity_judged(void *user, size_t relation, size_t row, bool is_kept);
int fidelity_rules_walk(const struct fidelity_rules *rules, const struct view *view, fidelity_judged *judged,
                        void *user, struct lw_error *err);
#define FIDELITY_RULE_NAME 100
/* "E5.2 same E1.1" */
void fidelity_rules_name(const struct fidelity_rules *rules, size_t relation, char out[FIDELITY_RULE_NAME]);
void fidelity_rules_release(struct fidelity_rules *rules);
/* Adds to `rules` a part for each, 1 - the share of violations in b beyond that in a:
 *   structural  the template is known; its level and component are among those it has in a; numbers are numbers
 *   temporal    delays between two templates lie where 99.9 % of those of a do; times do not run backwards
 *   key         a relation holds, such as E5.2 same E1.1
 * and to `diagnostics` the parts `keys` (what is unique in a is in b, too), `references` (events have a known template
 * and what stood in a trace before comes again as it should) and `types` (numbers are numbers). */
int fidelity_rules_check(const struct fidelity_rules *rules, const struct slot_uses *uses, const struct view *a,
                         const struct view *b, struct lw_figures *figures, struct lw_error *err);

#endif
