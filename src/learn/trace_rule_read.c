/* A rule is read into a tree of depth two, and its text written anew from it, so that rules that mean the same are the
 * same text to who compares the plans of two workspaces. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "input/pattern.h"
#include "learn/trace_rule_parts.h"

#define WHAT "reading the trace rule"

void trace_rule_free(struct trace_rule *rule)
{
    if (rule == NULL)
        return;
    for (size_t i = 0; i < rule->n_parts; i++)
        trace_rule_free(rule->parts[i]);
    pattern_free(rule->pattern);
    free(rule->text);
    free(rule->why);
    free(rule);
}

static bool is_name(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        bool is_letter = (text[i] >= 'a' && text[i] <= 'z') || (text[i] >= 'A' && text[i] <= 'Z') || text[i] == '_';
        if (!is_letter && (i == 0 || text[i] < '0' || text[i] > '9'))
            return false;
    }
    return len > 0;
}

static bool is_word(const char *text, size_t len, const char *word)
{
    return len == strlen(word) && memcmp(text, word, len) == 0;
}

static bool begins_with(const char *text, size_t len, const char *word)
{
    return len >= strlen(word) && memcmp(text, word, strlen(word)) == 0;
}

/* Number of digits at the start; *number is what they say, at most 10^8. */
static size_t read_number(const char *text, size_t len, int64_t *number)
{
    size_t at = 0;
    for (*number = 0; at < len && text[at] >= '0' && text[at] <= '9' && *number < INT64_C(100000000); at++)
        *number = *number * 10 + (text[at] - '0');
    return at;
}

/* "60s", "500ms", "5m", "1h", "1d". */
static bool read_span(const char *text, size_t len, int64_t *us)
{
    static const struct {
        const char *name;
        int64_t us;
    } units[] = {{"us", 1},          {"ms", 1000},
                 {"s", 1000000},     {"m", INT64_C(60000000)},
                 {"h", 3600000000u}, {"d", INT64_C(86400000000)}};
    int64_t number;
    size_t at = read_number(text, len, &number);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (number > 0 && is_word(text + at, len - at, units[i].name) && number <= INT64_MAX / 4 / units[i].us) {
            *us = number * units[i].us;
            return true;
        }
    return false;
}

static int fill_window(struct trace_rule *rule, const char *text, size_t len, struct lw_error *err)
{
    const char *slash = memchr(text, '/', len);
    size_t head = slash == NULL ? len : (size_t)(slash - text);
    rule->kind = BY_WINDOW;
    if (!read_span(text, head, &rule->span_us))
        return fail(err, LW_ERR_USAGE,
                    "trace rule \"window:%.*s\": expected a length such as 60s, 500ms, 5m, 1h or 1d, or 60s/10s for "
                    "windows of 60 s that begin every 10 s",
                    (int)(len < 40 ? len : 40), text);
    rule->step_us = rule->span_us;
    if (slash != NULL && !read_span(slash + 1, len - head - 1, &rule->step_us))
        return fail(err, LW_ERR_USAGE, "trace rule \"window:%.*s\": expected how far apart windows begin behind the /",
                    (int)(len < 40 ? len : 40), text);
    if (rule->step_us > rule->span_us)
        return fail(err, LW_ERR_USAGE,
                    "trace rule \"window:%.*s\": windows that begin farther apart than they are long leave records out",
                    (int)(len < 40 ? len : 40), text);
    if ((rule->span_us - 1) / rule->step_us + 1 > TRACE_MAX_KEYS)
        return fail(err, LW_ERR_USAGE, "trace rule \"window:%.*s\": a record would be in more than %d windows",
                    (int)(len < 40 ? len : 40), text, TRACE_MAX_KEYS);
    return 0;
}

static int fill_gap(struct trace_rule *rule, const char *text, size_t len, struct lw_error *err)
{
    rule->kind = BY_GAP;
    return read_span(text, len, &rule->span_us)
               ? 0
               : fail(err, LW_ERR_USAGE,
                      "trace rule \"gap:%.*s\": expected how long nothing happens between two traces, such as 30s",
                      (int)(len < 40 ? len : 40), text);
}

static int fill_count(struct trace_rule *rule, const char *text, size_t len, struct lw_error *err)
{
    int64_t number;
    rule->kind = BY_COUNT;
    if (read_number(text, len, &number) != len || number < 1)
        return fail(err, LW_ERR_USAGE, "trace rule \"count:%.*s\": expected a number of records, such as 100",
                    (int)(len < 40 ? len : 40), text);
    rule->count = (uint64_t)number;
    return 0;
}

/* Rules that look at a record alone and have no parts; rule->text is set. */
static int fill_plain(struct trace_rule *rule, struct lw_error *err)
{
    const char *text = rule->text;
    if (strcmp(text, "dir") == 0 || strcmp(text, "source") == 0) {
        rule->kind = text[0] == 'd' ? BY_FOLDER : BY_SOURCE;
        return 0;
    }
    if (strcmp(text, "none") == 0) {
        rule->kind = BY_NOTHING;
        return 0;
    }
    if (strncmp(text, "field:", 6) == 0) {
        rule->kind = BY_FIELD;
        rule->field = text + 6;
        return rule->field[0] != '\0' ? 0
                                      : fail(err, LW_ERR_USAGE, "trace rule \"field:\" lacks the name of the field");
    }
    rule->kind = BY_PATTERN;
    int status = pattern_new(text, strlen(text), &rule->pattern, err);
    if (status == 0)
        rule->n_groups = pattern_group_count(rule->pattern);
    return status;
}

/* A bare name is a field's: as a regex it would match the same text everywhere. */
static int read_plain(const char *text, size_t len, struct trace_rule **out, struct lw_error *err)
{
    struct buf full = BUF_INIT;
    bool is_field = is_name(text, len) && !is_word(text, len, "dir") && !is_word(text, len, "source") &&
                    !is_word(text, len, "none");
    if (len == 0)
        return fail(err, LW_ERR_USAGE,
                    "the trace rule, or a part of it, is empty; give a regex, field:NAME, dir, source or window:60s");
    if (memchr(text, '\0', len) != NULL)
        return fail(err, LW_ERR_USAGE, "a trace rule cannot hold a NUL byte");
    buf_add_text(&full, is_field ? "field:" : "");
    buf_add(&full, text, len);
    struct trace_rule *rule = alloc_zeroed(1, sizeof *rule);
    if (rule != NULL && buf_status(&full) == 0)
        rule->text = alloc_text(full.data, full.len);
    buf_release(&full);
    int status = rule == NULL || rule->text == NULL ? fail_memory(err, WHAT) : fill_plain(rule, err);
    if (status != 0)
        trace_rule_free(rule);
    else
        *out = rule;
    return status;
}

static int add_part(struct trace_rule *rule, const char *text, size_t len, struct lw_error *err)
{
    struct trace_rule *part;
    if (rule->n_parts == TRACE_MAX_PARTS)
        return fail(err, LW_ERR_USAGE, "a trace rule can join at most %d rules", TRACE_MAX_PARTS);
    int status = read_plain(text, len, &part, err);
    if (status != 0)
        return status;
    rule->parts[rule->n_parts++] = part;
    return 0;
}

static const char *find_text(const char *text, const char *end, const char *what)
{
    size_t len = strlen(what);
    for (; (size_t)(end - text) >= len; text++)
        if (memcmp(text, what, len) == 0)
            return text;
    return NULL;
}

static int check_join(const struct trace_rule *rule, struct lw_error *err)
{
    if (rule->n_parts < 2)
        return fail(err, LW_ERR_USAGE, "trace rule \"join:\" needs two rules or more, parted by \" + \": %s",
                    "join:request=(\\w+) + job=(\\w+)");
    for (size_t i = 0; i < rule->n_parts; i++) {
        if (rule->parts[i]->kind != BY_PATTERN && rule->parts[i]->kind != BY_FIELD)
            return fail(err, LW_ERR_USAGE,
                        "trace rule \"join:\" joins ids by regex or field:NAME; \"%.60s\" is neither",
                        rule->parts[i]->text);
        for (size_t j = 0; j < i; j++)
            if (strcmp(rule->parts[i]->text, rule->parts[j]->text) == 0)
                return fail(err, LW_ERR_USAGE, "trace rule \"join:\" holds \"%.60s\" twice: an id joins with others",
                            rule->parts[i]->text);
    }
    return 0;
}

static int fill_join(struct trace_rule *rule, const char *text, size_t len, struct lw_error *err)
{
    const char *end = text + len;
    int status = 0;
    rule->kind = BY_JOIN;
    while (status == 0) {
        const char *plus = find_text(text, end, " + ");
        status = add_part(rule, text, (size_t)((plus == NULL ? end : plus) - text), err);
        if (plus == NULL)
            break;
        text = plus + 3;
    }
    return status == 0 ? check_join(rule, err) : status;
}

static const struct {
    const char *head;
    int (*fill)(struct trace_rule *rule, const char *text, size_t len, struct lw_error *err);
    bool can_be_parted;
} stages[] = {{"window:", fill_window, true},
              {"gap:", fill_gap, true},
              {"count:", fill_count, true},
              {"join:", fill_join, false}};

/* HEAD or HEAD by PLAIN, HEAD parted from its first word. */
static int fill_stage(struct trace_rule *rule, size_t stage, const char *text, size_t len, struct lw_error *err)
{
    const char *body = text + strlen(stages[stage].head), *end = text + len;
    const char *by = stages[stage].can_be_parted ? find_text(body, end, " by ") : NULL;
    int status = stages[stage].fill(rule, body, (size_t)((by == NULL ? end : by) - body), err);
    if (status == 0 && by != NULL)
        status = add_part(rule, by + 4, (size_t)(end - by - 4), err);
    return status;
}

static int write_text(struct trace_rule *rule, size_t stage, const char *text, size_t len, struct lw_error *err)
{
    const char *by = find_text(text, text + len, " by ");
    bool is_join = rule->kind == BY_JOIN;
    struct buf full = BUF_INIT;
    buf_add(&full, text, is_join ? strlen(stages[stage].head) : by == NULL ? len : (size_t)(by - text));
    for (size_t i = 0; i < rule->n_parts; i++) {
        buf_add_text(&full, !is_join ? " by " : i > 0 ? " + " : "");
        buf_add_text(&full, rule->parts[i]->text);
    }
    if (buf_status(&full) == 0)
        rule->text = alloc_text(full.data, full.len);
    buf_release(&full);
    return rule->text == NULL ? fail_memory(err, WHAT) : 0;
}

int trace_rule_parse(const char *text, struct trace_rule **out, struct lw_error *err)
{
    size_t len = strlen(text), stage = 0, n_stages = sizeof stages / sizeof *stages;
    struct trace_rule *rule = NULL;
    int status = 0;
    while (stage < n_stages && !begins_with(text, len, stages[stage].head))
        stage++;
    if (stage == n_stages)
        status = read_plain(text, len, &rule, err);
    else if ((rule = alloc_zeroed(1, sizeof *rule)) == NULL)
        status = fail_memory(err, WHAT);
    else
        status = fill_stage(rule, stage, text, len, err);
    if (status == 0 && stage < n_stages)
        status = write_text(rule, stage, text, len, err);
    if (status == 0)
        status = trace_rule_set_why(rule, "given", err);
    if (status != 0) {
        if (stage < n_stages || rule != NULL)
            trace_rule_free(rule);
        return status;
    }
    *out = rule;
    return 0;
}
