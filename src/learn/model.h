/* What follows from counts and edits: a pure function of them, immutable. */
#ifndef LW_LEARN_MODEL_H
#define LW_LEARN_MODEL_H

#include "learn/counts.h"
#include "learn/machine.h"
#include "learn/templates.h"

struct model {
    struct counts *counts; /* retained */
    struct templates templates;
    struct trace_set traces; /* of the counts, in order of first appearance */
    struct variants variants;
    struct machine machine;
};

int model_build(struct counts *counts, const struct edits *edits, const struct lw_run *run, struct model **out,
                struct lw_error *err);
void model_free(struct model *model);

/* Traces of a log under a rule, messages matched online against the model's templates.
 * record_templates: [records] template of each record, allocated here, the caller frees it. */
int model_match_log(const struct model *model, const struct lw_log *log, const struct trace_rule *rule,
                    const struct lw_run *run, struct trace_set *out, uint32_t **record_templates, struct lw_error *err);

#endif
