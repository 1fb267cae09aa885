#include "learn/failures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "log/log.h"

#define UNKNOWN "unknown"

/* ---- what a template says ---------------------------------------------------------------------------------------
 */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_name_byte(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9') || c == '_';
}

/* Words of general English for something that went wrong. */
static bool says_failure(const char *word, size_t len)
{
    static const char *const words[] = {
        "abort",      "aborted",     "aborting",   "bad",         "broken",    "cannot",   "corrupt",    "corrupted",
        "corruption", "crash",       "crashed",    "critical",    "dead",      "deadlock", "denied",     "error",
        "errors",     "exception",   "exhausted",  "expired",     "fail",      "failed",   "failing",    "fails",
        "failure",    "failures",    "fatal",      "fault",       "illegal",   "invalid",  "killed",     "lost",
        "mismatch",   "overflow",    "panic",      "refused",     "rejected",  "segfault", "terminated", "timeout",
        "unable",     "unavailable", "unexpected", "unreachable", "violation", "wrong"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i]) == len && strncasecmp(words[i], word, len) == 0)
            return true;
    return false;
}

static bool says_none(const char *word, size_t len)
{
    return (len == 2 && strncasecmp(word, "no", 2) == 0) || (len == 7 && strncasecmp(word, "without", 7) == 0) ||
           (len == 1 && word[0] == '0');
}

/* Calls for each word of the constant text; a word that follows "no" does not count. */
static bool text_says_failure(struct lw_bytes text)
{
    bool is_denied = false;
    for (size_t at = 0; at < text.len;) {
        size_t start = at;
        while (at < text.len && (is_letter(text.data[at]) || text.data[at] == '0'))
            at++;
        size_t len = at - start;
        if (len == 0) {
            at++;
            continue;
        }
        if (!is_denied && (says_failure(text.data + start, len) ||
                           (len == 5 && strncasecmp(text.data + start, "timed", 5) == 0 && at + 4 <= text.len &&
                            strncasecmp(text.data + at, " out", 4) == 0)))
            return true;
        is_denied = says_none(text.data + start, len);
    }
    return false;
}

/* A class such as "ConnectException": in letters of both cases, ending in what exceptions are called, and not only
 * that. */
static bool is_exception(const char *name, size_t len)
{
    static const char *const endings[] = {"Exception", "Error", "Fault", "Failure", "Throwable"};
    if (len == 0 || name[0] < 'A' || name[0] > 'Z')
        return false;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t n = strlen(endings[i]);
        if (len > n && memcmp(name + len - n, endings[i], n) == 0)
            return true;
    }
    return false;
}

/* The first class of an exception in the text, without its package; empty if there is none. */
static struct lw_bytes exception_in(struct lw_bytes text)
{
    for (size_t at = 0; at < text.len; at++) {
        size_t start = at;
        while (at < text.len && is_name_byte(text.data[at]))
            at++;
        if (is_exception(text.data + start, at - start))
            return (struct lw_bytes){text.data + start, at - start};
    }
    return (struct lw_bytes){"", 0};
}

/* ---- all templates ----------------------------------------------------------------------------------------------- */

static enum lw_level find_floor(const struct templates *templates)
{
    bool has_errors = false, has_warnings = false;
    for (size_t i = 0; i < templates->n; i++) {
        const uint64_t *levels = templates->items[i].levels;
        has_errors = has_errors || levels[LW_LEVEL_ERROR] > 0 || levels[LW_LEVEL_FATAL] > 0;
        has_warnings = has_warnings || levels[LW_LEVEL_WARN] > 0;
    }
    return has_errors ? LW_LEVEL_ERROR : has_warnings ? LW_LEVEL_WARN : LW_LEVEL_NONE;
}

static bool mostly_fails(const struct failures *failures, const struct template_item *item)
{
    uint64_t all = 0, failing = 0;
    if (failures->floor == LW_LEVEL_NONE)
        return text_says_failure(item->text);
    for (int level = 0; level < LW_LEVEL_COUNT; level++) {
        all += item->levels[level];
        failing += level >= (int)failures->floor ? item->levels[level] : 0;
    }
    return failing * 2 > all;
}

static int name_type(struct failures *failures, size_t index)
{
    const struct template_item *item = &failures->templates->items[index];
    struct lw_bytes class = exception_in(item->text);
    char name[16];
    if (class.len > 0)
        return intern_add(&failures->types, class.data, class.len, &failures->types_of[index]);
    snprintf(name, sizeof name, "E%u", item->id);
    return intern_add(&failures->types, name, strlen(name), &failures->types_of[index]);
}

int failures_init(struct failures *failures, const struct templates *templates, struct lw_error *err)
{
    uint32_t unknown;
    *failures = (struct failures){.templates = templates, .floor = find_floor(templates), .types = INTERN_INIT};
    failures->types_of = alloc_array(templates->n, sizeof *failures->types_of);
    failures->is_failing = alloc_array(templates->n, sizeof *failures->is_failing);
    int rc = failures->types_of == NULL || failures->is_failing == NULL ? LW_ERR_MEMORY : 0;
    if (rc == 0)
        rc = intern_add(&failures->types, UNKNOWN, strlen(UNKNOWN), &unknown);
    for (size_t i = 0; i < templates->n && rc == 0; i++) {
        failures->is_failing[i] = mostly_fails(failures, &templates->items[i]);
        rc = name_type(failures, i);
    }
    if (rc == 0)
        return 0;
    failures_release(failures);
    return fail_memory(err, "telling failures");
}

void failures_release(struct failures *failures)
{
    intern_release(&failures->types);
    free(failures->types_of);
    free(failures->is_failing);
    *failures = (struct failures){.types = INTERN_INIT};
}

uint32_t failures_type(const struct failures *failures, uint32_t template_id, enum lw_level level)
{
    ptrdiff_t index = template_id == LW_TEMPLATE_UNKNOWN ? -1 : templates_index(failures->templates, template_id);
    bool is_failure = index >= 0 && failures->is_failing[index];
    if (level != LW_LEVEL_NONE && failures->floor != LW_LEVEL_NONE)
        is_failure = level >= failures->floor;
    if (!is_failure)
        return FAILURE_NONE;
    return index >= 0 ? failures->types_of[index] : 0;
}

uint32_t failures_find(const struct failures *failures, const char *name)
{
    uint32_t id = intern_find(&failures->types, name, strlen(name));
    return id == INTERN_NONE ? FAILURE_NONE : id;
}

/* ---- events of a log --------------------------------------------------------------------------------------------- */

static int by_time(const void *a, const void *b)
{
    const struct failure_event *x = a, *y = b;
    bool is_late_x = x->time_us == LW_NO_TIME, is_late_y = y->time_us == LW_NO_TIME;
    if (is_late_x != is_late_y)
        return is_late_x ? 1 : -1;
    if (x->time_us != y->time_us)
        return x->time_us > y->time_us ? 1 : -1;
    return (x->record > y->record) - (x->record < y->record);
}

static int add_event(const struct lw_log *log, const struct lw_traces *traces, const struct store_row *row,
                     struct failure_event event, struct intern *services, struct failure_events *out)
{
    size_t n;
    const uint32_t *of = lw_traces_of_record(traces, event.record, &n);
    event.trace = n > 0 ? of[0] : LAGGED_NO_TRACE;
    event.time_us = row->time_us;
    event.service = FAILURE_NONE;
    if (row->component != STORE_NO_COMPONENT) {
        struct lw_bytes name = snapshot_component(log->records, row->component);
        if (intern_add(services, name.data, name.len, &event.service) != 0)
            return LW_ERR_MEMORY;
    }
    if (alloc_grow(&out->items, &out->cap, out->n + 1, sizeof *out->items) != 0)
        return LW_ERR_MEMORY;
    out->items[out->n++] = event;
    return 0;
}

void failure_events_sort(struct failure_events *events)
{
    if (events->n > 0)
        qsort(events->items, events->n, sizeof *events->items, by_time);
}

int failure_events_find(const struct failures *failures, const struct lw_log *log, const struct lw_traces *traces,
                        struct intern *services, struct failure_events *out, struct lw_error *err)
{
    struct failure_events made = {NULL, 0, 0};
    size_t n = lw_log_count(log);
    int rc = 0;
    for (size_t record = 0; record < n && rc == 0; record++) {
        struct store_row row;
        log_row(log, record, &row);
        struct failure_event event = {.record = record, .template_id = lw_traces_record_template(traces, record)};
        event.type = failures_type(failures, event.template_id, (enum lw_level)row.level);
        if (event.type != FAILURE_NONE)
            rc = add_event(log, traces, &row, event, services, &made);
    }
    if (rc != 0) {
        failure_events_release(&made);
        return fail_memory(err, "looking for failures");
    }
    failure_events_sort(&made);
    *out = made;
    return 0;
}

void failure_events_release(struct failure_events *events)
{
    free(events->items);
    *events = (struct failure_events){NULL, 0, 0};
}

int failure_events_lagged(const struct failure_events *events, struct pair_map *kinds, struct lagged_event *out)
{
    for (size_t i = 0; i < events->n; i++) {
        const struct failure_event *event = &events->items[i];
        out[i] = (struct lagged_event){event->time_us, 0, event->trace};
        if (pair_map_add(kinds, event->service, event->type, &out[i].kind) != 0)
            return LW_ERR_MEMORY;
    }
    return 0;
}
