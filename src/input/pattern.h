/*
 * Regular expressions over bytes: PCRE2, compiled just in time where the machine can, with bounds on matching work and
 * depth so that no pattern hangs on hostile text; most that describe headers are matched by quick.h, which says the
 * same. A pattern is immutable; each thread matches with its own scratch.
 */
#ifndef LW_INPUT_PATTERN_H
#define LW_INPUT_PATTERN_H

#include "logwright.h"

#define PATTERN_UNSET SIZE_MAX /* start of the span of a group that took no part in a match */

struct pattern;
struct pattern_scratch;

/* LW_ERR_USAGE names the offset and what is wrong there. Bytes, not UTF-8; `.` does not match a line feed. */
int pattern_new(const char *text, size_t len, struct pattern **out, struct lw_error *err);
void pattern_free(struct pattern *pattern);
/* Whether it may match where nothing stands; true as well where nobody can tell, as of some recursions. */
bool pattern_can_be_empty(const struct pattern *pattern);
size_t pattern_group_count(const struct pattern *pattern);                   /* without group 0 */
int pattern_group(const struct pattern *pattern, const char *name);          /* number of a named group, -1: none */
const char *pattern_group_name(const struct pattern *pattern, size_t group); /* "" if it has none */

/* Serves any pattern; one thread at a time. */
int pattern_scratch_new(struct pattern_scratch **out, struct lw_error *err);
void pattern_scratch_free(struct pattern_scratch *scratch);

/* The first match at or after `from` in (data, len). Spans of group 0, 1 ... go to spans[max]. Returns 1 for a match, 0
 * for none, LW_ERR_LIMIT when the work bound was passed, LW_ERR_MEMORY. */
int pattern_match(const struct pattern *pattern, const char *data, size_t len, size_t from,
                  struct pattern_scratch *scratch, struct lw_span *spans, size_t max);

/* The same by PCRE2 alone, and whether pattern_match has another way to it: for tests, which compare them. */
int pattern_match_pcre2(const struct pattern *pattern, const char *data, size_t len, size_t from,
                        struct pattern_scratch *scratch, struct lw_span *spans, size_t max);
bool pattern_is_quick(const struct pattern *pattern);

#endif
