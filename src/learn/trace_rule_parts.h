/* What a trace rule is made of: for the files that read rules and follow them. */
#ifndef LW_LEARN_TRACE_RULE_PARTS_H
#define LW_LEARN_TRACE_RULE_PARTS_H

#include "learn/trace_rule.h"

struct pattern;

enum trace_kind { BY_PATTERN, BY_FIELD, BY_WINDOW, BY_GAP, BY_COUNT, BY_JOIN, BY_FOLDER, BY_SOURCE, BY_NOTHING };

struct trace_rule {
    enum trace_kind kind;
    char *text, *why;
    const char *field;        /* in text */
    int64_t span_us, step_us; /* of a window, which begin step_us apart; span_us: of a gap */
    uint64_t count;
    struct pattern *pattern;
    size_t n_groups;
    struct trace_rule *parts[TRACE_MAX_PARTS]; /* of what stands behind " by ": one; of a join: all */
    size_t n_parts;
};

#endif
