/* What follows from counts and edits: a pure function of them, immutable. */
#ifndef LW_LEARN_MODEL_H
#define LW_LEARN_MODEL_H

#include "learn/counts.h"
#include "learn/known_names.h"
#include "learn/machine.h"
#include "learn/templates.h"

struct model {
    struct counts *counts; /* retained */
    struct templates templates;
    struct known_names names;
    struct trace_set traces; /* of the counts, in order of first appearance */
    uint64_t traced;         /* records that are in any; at most, where some are in several: no workspace says which */
    struct variants variants;
    struct machine machine;
};

int model_build(struct counts *counts, const struct edits *edits, const struct lw_run *run, struct model **out,
                struct lw_error *err);
void model_free(struct model *model);

/* Matches one message online; is_symbol: it comes from a format of symbols. As templates_match. */
int model_match_message(const struct model *model, const char *message, size_t len, bool is_symbol, bool want_spans,
                        struct template_match *match);
/* Template of each record of a log, its message matched online against the model's templates: *out[lw_log_count(log)],
 * allocated here, the caller frees it. */
int model_match_records(const struct model *model, const struct lw_log *log, const struct lw_run *run, uint32_t **out,
                        struct lw_error *err);
/* Traces of a log under a rule with these templates; record_templates as above. */
int model_match_log(const struct model *model, const struct lw_log *log, const struct trace_rule *rule,
                    const struct lw_run *run, struct trace_set *out, uint32_t **record_templates, struct lw_error *err);

#endif
