#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/fail.h"
#include "input/pattern.h"
#include "learn/trace_rule_parts.h"

#define MAX_GROUPS 16 /* of a regex, that are looked at */

bool trace_rule_is_none(const struct trace_rule *rule)
{
    return rule->kind == BY_NOTHING;
}

bool trace_rule_needs_fields(const struct trace_rule *rule)
{
    bool needs = rule->kind == BY_FIELD;
    for (size_t i = 0; i < rule->n_parts; i++)
        needs = needs || trace_rule_needs_fields(rule->parts[i]);
    return needs;
}

bool trace_rule_is_staged(const struct trace_rule *rule)
{
    return rule->kind == BY_GAP || rule->kind == BY_COUNT || rule->kind == BY_JOIN;
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

/* Keys from `first` on are those of the same rule, and distinct. */
static void add_key(struct trace_keys *keys, size_t first, const char *data, size_t len)
{
    for (size_t i = first; i < keys->n; i++)
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
    size_t first = out->n;
    for (size_t from = 0; from <= record->raw.len && out->n < TRACE_MAX_KEYS;) {
        struct lw_span spans[1 + MAX_GROUPS];
        size_t n_groups = rule->n_groups < MAX_GROUPS ? rule->n_groups : MAX_GROUPS, group = rule->n_groups > 0;
        int found = pattern_match(rule->pattern, record->raw.data, record->raw.len, from, scratch, spans, 1 + n_groups);
        if (found == LW_ERR_MEMORY)
            return fail_memory(err, "matching the trace rule");
        out->has_given_up = out->has_given_up || found == LW_ERR_LIMIT;
        if (found != 1)
            break;
        while (group < n_groups && spans[group].start == PATTERN_UNSET)
            group++;
        if (spans[group].start != PATTERN_UNSET && spans[group].len > 0)
            add_key(out, first, record->raw.data + spans[group].start, spans[group].len);
        from = spans[0].start + (spans[0].len > 0 ? spans[0].len : 1);
    }
    return 0;
}

/* Names of the windows that a time is in, the earliest first, one behind the other in out->text: what the rule behind
 * `by` finds and @, if there is one, and the start of the window. */
static int window_keys(const struct trace_rule *rule, int64_t time_us, struct trace_keys *out, struct lw_error *err)
{
    bool is_exact = rule->step_us % 1000000 != 0;
    size_t n_groups = rule->n_parts > 0 ? out->n : 1, n = 0, ends[TRACE_MAX_KEYS];
    int64_t last = time_us - (time_us % rule->step_us + rule->step_us) % rule->step_us;
    int64_t first = last - (rule->span_us - 1 - (time_us - last)) / rule->step_us * rule->step_us;
    if (time_us - last > rule->span_us - 1)
        return 0;
    buf_clear(&out->text);
    for (size_t i = 0; i < n_groups; i++)
        for (int64_t start = first; start <= last && n < TRACE_MAX_KEYS; start += rule->step_us) {
            if (rule->n_parts > 0) {
                buf_add(&out->text, out->keys[i].data, out->keys[i].len);
                buf_add_byte(&out->text, '@');
            }
            clock_print_utc(start, is_exact, &out->text);
            ends[n++] = out->text.len;
        }
    if (buf_status(&out->text) != 0)
        return fail_memory(err, "naming a trace");
    out->n = n;
    for (size_t i = 0; i < n; i++) {
        size_t from = i == 0 ? 0 : ends[i - 1];
        out->keys[i] = (struct lw_bytes){out->text.data + from, ends[i] - from};
    }
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
        add_key(out, out->n, ".", 1);
    else
        add_key(out, out->n, path.data, len);
}

/* "-" stands for no value in headers. */
static void field_keys(const struct trace_rule *rule, const struct lw_record *record, struct trace_keys *out)
{
    size_t first = out->n;
    for (size_t i = 0; i < record->n_fields; i++) {
        const struct lw_field *field = &record->fields[i];
        bool is_missing = field->len == 0 || (field->len == 1 && record->raw.data[field->start] == '-');
        if (!is_missing && strcmp(field->name, rule->field) == 0)
            add_key(out, first, record->raw.data + field->start, field->len);
    }
}

/* Adds what a rule without parts finds. */
static int plain_keys(const struct trace_rule *rule, const struct lw_record *record, struct lw_bytes source_path,
                      struct trace_keys *out, struct lw_error *err)
{
    if (rule->kind == BY_PATTERN)
        return match_keys(rule, record, out, err);
    if (rule->kind == BY_FIELD)
        field_keys(rule, record, out);
    else if (rule->kind == BY_FOLDER)
        folder_key(source_path, out);
    else if (rule->kind == BY_SOURCE)
        add_key(out, out->n, source_path.data, source_path.len);
    return 0;
}

static int join_keys(const struct trace_rule *rule, const struct lw_record *record, struct trace_keys *out,
                     struct lw_error *err)
{
    for (size_t part = 0; part < rule->n_parts; part++) {
        size_t before = out->n;
        int status = plain_keys(rule->parts[part], record, (struct lw_bytes){NULL, 0}, out, err);
        if (status != 0)
            return status;
        memset(out->parts + before, (int)part, out->n - before);
    }
    return 0;
}

int trace_rule_keys(const struct trace_rule *rule, const struct lw_record *record, struct lw_bytes source_path,
                    struct trace_keys *out, struct lw_error *err)
{
    out->n = 0;
    out->has_given_up = false;
    if (rule->kind == BY_JOIN)
        return join_keys(rule, record, out, err);
    if (rule->kind != BY_WINDOW && rule->kind != BY_GAP && rule->kind != BY_COUNT)
        return plain_keys(rule, record, source_path, out, err);
    int status = rule->n_parts > 0 ? plain_keys(rule->parts[0], record, source_path, out, err) : 0;
    if (status != 0)
        return status;
    if (rule->kind != BY_WINDOW) {
        if (rule->n_parts == 0)
            add_key(out, 0, "", 0);
        return 0;
    }
    if (record->time_us == LW_NO_TIME)
        out->n = 0;
    return record->time_us == LW_NO_TIME ? 0 : window_keys(rule, record->time_us, out, err);
}
