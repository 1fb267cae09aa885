#include "learn/trace_rule.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "input/pattern.h"

enum kind { BY_PATTERN, BY_FIELD, BY_WINDOW, BY_FOLDER, BY_SOURCE, BY_NOTHING };

struct trace_rule {
    enum kind kind;
    char *text, *why;
    const char *field; /* in text */
    int64_t window_us;
    struct pattern *pattern;
    size_t group; /* 1 if the pattern has groups, else 0 */
};

void trace_rule_free(struct trace_rule *rule)
{
    if (rule == NULL)
        return;
    pattern_free(rule->pattern);
    free(rule->text);
    free(rule->why);
    free(rule);
}

bool trace_rule_is_none(const struct trace_rule *rule)
{
    return rule->kind == BY_NOTHING;
}

bool trace_rule_needs_fields(const struct trace_rule *rule)
{
    return rule->kind == BY_FIELD;
}

const char *trace_rule_text(const struct trace_rule *rule)
{
    return rule->text;
}

const char *trace_rule_why(const struct trace_rule *rule)
{
    return rule->why;
}

int trace_rule_set_why(struct trace_rule *rule, const char *why, struct lw_error *err)
{
    char *copy = alloc_text(why, strlen(why));
    if (copy == NULL)
        return fail_memory(err, "choosing a trace rule");
    free(rule->why);
    rule->why = copy;
    return 0;
}

/* ---- reading a rule ------------------------------------------------------------------------------------------- */

static bool is_name(const char *text)
{
    bool is_first = true;
    for (; *text != '\0'; text++, is_first = false) {
        bool is_letter = (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') || *text == '_';
        if (!is_letter && (is_first || *text < '0' || *text > '9'))
            return false;
    }
    return !is_first;
}

/* "60s", "500ms", "5m", "1h", "1d". */
static int read_window(const char *text, int64_t *window_us, struct lw_error *err)
{
    static const struct {
        const char *name;
        int64_t us;
    } units[] = {{"us", 1},          {"ms", 1000},
                 {"s", 1000000},     {"m", INT64_C(60000000)},
                 {"h", 3600000000u}, {"d", INT64_C(86400000000)}};
    int64_t number = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9' && number < INT64_C(100000000); at++)
        number = number * 10 + (*at - '0');
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (number > 0 && at > text && strcmp(at, units[i].name) == 0 && number <= INT64_MAX / 4 / units[i].us) {
            *window_us = number * units[i].us;
            return 0;
        }
    return fail(err, LW_ERR_USAGE, "trace rule \"window:%.40s\": expected a length such as 60s, 500ms, 5m, 1h or 1d",
                text);
}

static int fill_rule(struct trace_rule *rule, struct lw_error *err)
{
    const char *text = rule->text;
    if (strncmp(text, "window:", 7) == 0) {
        rule->kind = BY_WINDOW;
        return read_window(text + 7, &rule->window_us, err);
    }
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
    if (text[0] == '\0')
        return fail(err, LW_ERR_USAGE, "the trace rule is empty; give a regex, field:NAME, dir, source or window:60s");
    rule->kind = BY_PATTERN;
    int status = pattern_new(text, strlen(text), &rule->pattern, err);
    if (status == 0)
        rule->group = pattern_group_count(rule->pattern) > 0;
    return status;
}

int trace_rule_parse(const char *text, struct trace_rule **out, struct lw_error *err)
{
    /* A bare name is a field's: as a regex it would match the same text everywhere. */
    bool is_field =
        is_name(text) && strcmp(text, "dir") != 0 && strcmp(text, "source") != 0 && strcmp(text, "none") != 0;
    struct buf full = BUF_INIT;
    buf_add_text(&full, is_field ? "field:" : "");
    buf_add_text(&full, text);
    struct trace_rule *rule = alloc_zeroed(1, sizeof *rule);
    if (rule != NULL && buf_status(&full) == 0)
        rule->text = alloc_text(full.data, full.len);
    buf_release(&full);
    int status = rule == NULL || rule->text == NULL ? fail_memory(err, "reading the trace rule") : 0;
    if (status == 0)
        status = trace_rule_set_why(rule, "given", err);
    if (status == 0)
        status = fill_rule(rule, err);
    if (status != 0)
        trace_rule_free(rule);
    else
        *out = rule;
    return status;
}

/* ---- keys ----------------------------------------------------------------------------------------------------- */

void trace_keys_init(struct trace_keys *keys)
{
    keys->n = 0;
    keys->text = (struct buf)BUF_INIT;
    keys->match = NULL;
}

void trace_keys_release(struct trace_keys *keys)
{
    buf_release(&keys->text);
    pattern_scratch_free(keys->match);
    keys->match = NULL;
    keys->n = 0;
}

static void add_key(struct trace_keys *keys, const char *data, size_t len)
{
    for (size_t i = 0; i < keys->n; i++)
        if (keys->keys[i].len == len && (len == 0 || memcmp(keys->keys[i].data, data, len) == 0))
            return;
    if (keys->n < TRACE_MAX_KEYS)
        keys->keys[keys->n++] = (struct lw_bytes){data, len};
}

static int match_keys(const struct trace_rule *rule, const struct lw_record *record, struct trace_keys *out,
                      struct lw_error *err)
{
    struct pattern_scratch *scratch = out->match;
    if (scratch == NULL) {
        int status = pattern_scratch_new(&scratch, err);
        if (status != 0)
            return status;
        out->match = scratch;
    }
    for (size_t from = 0; from <= record->raw.len && out->n < TRACE_MAX_KEYS;) {
        struct lw_span spans[2];
        int found = pattern_match(rule->pattern, record->raw.data, record->raw.len, from, scratch, spans, 2);
        if (found == LW_ERR_MEMORY)
            return fail_memory(err, "matching the trace rule");
        if (found != 1) /* none, or more work than a record is worth */
            break;
        struct lw_span span = spans[rule->group];
        if (span.start != PATTERN_UNSET && span.len > 0)
            add_key(out, record->raw.data + span.start, span.len);
        from = spans[0].start + (spans[0].len > 0 ? spans[0].len : 1);
    }
    return 0;
}

/* Start of the window in UTC, such as 2026-11-23T02:10:00Z; with microseconds where windows are finer than seconds. */
static int window_key(const struct trace_rule *rule, int64_t time_us, struct trace_keys *out, struct lw_error *err)
{
    int64_t start = time_us - (time_us % rule->window_us + rule->window_us) % rule->window_us;
    int64_t part = (start % 1000000 + 1000000) % 1000000;
    time_t seconds = (time_t)((start - part) / 1000000);
    struct tm tm;
    buf_clear(&out->text);
    if (gmtime_r(&seconds, &tm) == NULL)
        buf_printf(&out->text, "%lld", (long long)start);
    else
        buf_printf(&out->text, "%04d-%02d-%02dT%02d:%02d:%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
                   tm.tm_hour, tm.tm_min, tm.tm_sec);
    if (rule->window_us % 1000000 != 0)
        buf_printf(&out->text, ".%06d", (int)part);
    buf_add_byte(&out->text, 'Z');
    if (buf_status(&out->text) != 0)
        return fail_memory(err, "naming a trace");
    add_key(out, out->text.data, out->text.len);
    return 0;
}

static void folder_key(struct lw_bytes path, struct trace_keys *out)
{
    size_t len = path.len;
    while (len > 0 && path.data[len - 1] != '/')
        len--;
    while (len > 1 && path.data[len - 1] == '/')
        len--;
    if (len == 0)
        add_key(out, ".", 1);
    else
        add_key(out, path.data, len);
}

/* "-" stands for no value in headers. */
static void field_keys(const struct trace_rule *rule, const struct lw_record *record, struct trace_keys *out)
{
    for (size_t i = 0; i < record->n_fields; i++) {
        const struct lw_field *field = &record->fields[i];
        bool is_missing = field->len == 0 || (field->len == 1 && record->raw.data[field->start] == '-');
        if (!is_missing && strcmp(field->name, rule->field) == 0)
            add_key(out, record->raw.data + field->start, field->len);
    }
}

int trace_rule_keys(const struct trace_rule *rule, const struct lw_record *record, struct lw_bytes source_path,
                    struct trace_keys *out, struct lw_error *err)
{
    out->n = 0;
    switch (rule->kind) {
    case BY_PATTERN:
        return match_keys(rule, record, out, err);
    case BY_FIELD:
        field_keys(rule, record, out);
        return 0;
    case BY_WINDOW:
        return record->time_us == LW_NO_TIME ? 0 : window_key(rule, record->time_us, out, err);
    case BY_FOLDER:
        folder_key(source_path, out);
        return 0;
    case BY_SOURCE:
        add_key(out, source_path.data, source_path.len);
        return 0;
    case BY_NOTHING:
        return 0;
    }
    return 0;
}
