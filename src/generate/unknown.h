/* What an injected unknown event says: a message that no learned template accepts, and that the trace rule still gives
 * to its trace. Owned by the struct; immutable once found. */
#ifndef LW_GENERATE_UNKNOWN_H
#define LW_GENERATE_UNKNOWN_H

#include "base/rng.h"
#include "learn/model.h"
#include "learn/trace_rule.h"

struct unknown_message {
    const char *texts[8];     /* static */
    size_t n_texts;           /* at least 1 */
    struct buf before, after; /* what has to stand around the trace's name in a message for the rule to find it */
    bool has_name;            /* false: the header alone names the trace */
};

/* rule: NULL when names of traces do not stand in the text. */
int unknown_find(struct unknown_message *unknown, const struct model *model, const struct trace_rule *rule,
                 struct lw_error *err);
void unknown_release(struct unknown_message *unknown);
void unknown_print(const struct unknown_message *unknown, struct lw_bytes name, struct rng *rng, struct buf *out);

#endif
