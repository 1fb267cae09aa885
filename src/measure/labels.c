/*
 * Every kind of label comes down to "this trace has this label": give() is the one place that decides what a label
 * means and that an anomalous one stays when a normal one follows. Lines and windows reach traces through their events.
 */
#include "measure/labels.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "input/csv.h"
#include "input/timestamp.h"

static bool equals(struct lw_bytes bytes, const char *word)
{
    size_t len = strlen(word);
    if (bytes.len != len)
        return false;
    for (size_t i = 0; i < len; i++)
        if (tolower((unsigned char)bytes.data[i]) != word[i])
            return false;
    return true;
}

static int give(struct lw_labels *labels, size_t trace, struct lw_bytes label, struct lw_error *err)
{
    if (label.len == 0)
        return 0;
    bool is_normal = equals(label, "0") || equals(label, "-") || equals(label, "normal");
    if (labels->labels[trace] != LW_UNLABELLED && (is_normal || labels->labels[trace] == LW_ANOMALOUS))
        return 0;
    labels->labels[trace] = is_normal ? LW_NORMAL : LW_ANOMALOUS;
    if (intern_add(&labels->names, label.data, label.len, &labels->kinds[trace]) != 0)
        return fail_memory(err, "reading labels");
    return 0;
}

static int by_trace(const struct csv *csv, const struct trace_set *set, struct lw_labels *out, struct lw_error *err)
{
    int status = 0;
    for (size_t row = 1; row < csv->n_rows && status == 0; row++) {
        struct lw_bytes name = csv_get(csv, row, 0);
        uint32_t trace = intern_find(&set->names, name.data, name.len);
        if (trace == INTERN_NONE)
            out->n_unmatched++;
        else
            status = give(out, trace, csv_get(csv, row, 1), err);
    }
    return status;
}

/* Calls `see` for each event of the set that has a record. */
static int each_event(const struct lw_log *log, const struct trace_set *set,
                      int (*see)(void *arg, size_t trace, size_t event, const struct lw_record *record,
                                 struct lw_error *err),
                      void *arg, struct lw_error *err)
{
    struct lw_reader *reader;
    int status = lw_reader_new(log, &reader, err);
    if (status != 0)
        return status;
    for (size_t t = 0; t < set->n_traces && status == 0; t++)
        for (size_t e = set->first[t]; e < set->first[t + 1] && status == 0; e++) {
            struct lw_record record;
            if (set->records[e] == LW_NO_RECORD)
                continue;
            status = lw_reader_get(reader, set->records[e], &record, err);
            if (status == 0)
                status = see(arg, t, e, &record, err);
        }
    lw_reader_free(reader);
    return status;
}

struct line_label {
    uint64_t line;
    size_t row;
    bool is_matched;
};
struct line_pass {
    const struct csv *csv;
    struct line_label *lines; /* by line */
    size_t n;
    struct lw_labels *out;
};

static int compare_lines(const void *a, const void *b)
{
    const struct line_label *x = a, *y = b;
    return (x->line > y->line) - (x->line < y->line);
}

static int see_line(void *arg, size_t trace, size_t event, const struct lw_record *record, struct lw_error *err)
{
    (void)event;
    struct line_pass *pass = arg;
    struct line_label wanted = {record->line, 0, false};
    struct line_label *found =
        record->source == 0 ? bsearch(&wanted, pass->lines, pass->n, sizeof wanted, compare_lines) : NULL;
    if (found == NULL)
        return 0;
    found->is_matched = true;
    return give(pass->out, trace, csv_get(pass->csv, found->row, 1), err);
}

static int by_line(const char *path, const struct csv *csv, const struct lw_log *log, const struct trace_set *set,
                   struct lw_labels *out, struct lw_error *err)
{
    if (lw_log_source_count(log) > 1)
        return fail(err, LW_ERR_USAGE, "%s: labels by line need one source, the log has %zu; label by trace", path,
                    lw_log_source_count(log));
    struct line_pass pass = {csv, alloc_array(csv->n_rows, sizeof *pass.lines), csv->n_rows - 1, out};
    if (pass.lines == NULL)
        return fail_memory(err, "reading labels");
    int status = 0;
    for (size_t row = 1; row < csv->n_rows && status == 0; row++) {
        const char *text = csv_get(csv, row, 0).data; /* NUL-ended by the arena */
        char *end;
        unsigned long long line = strtoull(text, &end, 10);
        if (end == text || *end != '\0' || line == 0)
            status = fail(err, LW_ERR_INPUT, "%s:%llu: \"%.40s\" is not the number of a line (1, 2, ...)", path,
                          (unsigned long long)csv->lines[row], text);
        pass.lines[row - 1] = (struct line_label){line, row, false};
    }
    qsort(pass.lines, pass.n, sizeof *pass.lines, compare_lines);
    if (status == 0)
        status = each_event(log, set, see_line, &pass, err);
    for (size_t i = 0; i < pass.n; i++)
        out->n_unmatched += !pass.lines[i].is_matched;
    free(pass.lines);
    return status;
}

struct window {
    int64_t start_us, end_us;
    struct lw_bytes component, label;
    bool is_matched;
};
struct window_pass {
    struct window *windows;
    size_t n;
    const struct trace_set *set;
    struct lw_labels *out;
};

static int see_window(void *arg, size_t trace, size_t event, const struct lw_record *record, struct lw_error *err)
{
    struct window_pass *pass = arg;
    int64_t time_us = pass->set->times_us[event];
    int status = 0;
    for (size_t i = 0; i < pass->n && time_us != LW_NO_TIME && status == 0; i++) {
        struct window *w = &pass->windows[i];
        bool is_here =
            w->component.len == 0 || (w->component.len == record->component.len &&
                                      memcmp(w->component.data, record->component.data, w->component.len) == 0);
        if (time_us < w->start_us || time_us > w->end_us || !is_here)
            continue;
        w->is_matched = true;
        status = give(pass->out, trace, w->label, err);
    }
    return status;
}

static int parse_time(const char *path, uint64_t line, struct lw_bytes text, int64_t *out, struct lw_error *err)
{
    struct timestamp found;
    if (timestamp_parse(text.data, text.len, NULL, &found) && found.len == text.len && found.has_year) {
        *out = found.time_us;
        return 0;
    }
    return fail(err, LW_ERR_INPUT, "%s:%llu: \"%.*s\" is not a time; write 2026-01-31T12:00:00Z or seconds since 1970",
                path, (unsigned long long)line, (int)(text.len < 40 ? text.len : 40), text.data);
}

/* What lies in no window is normal. */
static int by_window(const char *path, const struct csv *csv, const struct lw_log *log, const struct trace_set *set,
                     struct lw_labels *out, struct lw_error *err)
{
    struct window_pass pass = {alloc_zeroed(csv->n_rows, sizeof *pass.windows), csv->n_rows - 1, set, out};
    if (pass.windows == NULL)
        return fail_memory(err, "reading labels");
    int status = 0;
    for (size_t row = 1; row < csv->n_rows && status == 0; row++) {
        struct window *w = &pass.windows[row - 1];
        w->component = csv_get(csv, row, 2);
        w->label = csv_get(csv, row, 3);
        status = parse_time(path, csv->lines[row], csv_get(csv, row, 0), &w->start_us, err);
        if (status == 0)
            status = parse_time(path, csv->lines[row], csv_get(csv, row, 1), &w->end_us, err);
    }
    if (status == 0)
        status = each_event(log, set, see_window, &pass, err);
    for (size_t i = 0; i < pass.n; i++)
        out->n_unmatched += !pass.windows[i].is_matched;
    for (size_t t = 0; t < set->n_traces && status == 0 && out->n_unmatched < pass.n; t++)
        if (out->labels[t] == LW_UNLABELLED)
            status = give(out, t, (struct lw_bytes){"normal", 6}, err);
    free(pass.windows);
    return status;
}

static int by_file(const char *path, const struct lw_log *log, const struct trace_set *set, struct lw_labels *out,
                   struct lw_error *err)
{
    struct csv csv;
    int status = csv_read(path, &csv, err);
    if (status != 0)
        return status;
    if (csv.n_columns < 2)
        status = fail(err, LW_ERR_INPUT, "%s:1: a label file needs a header of two columns, such as trace,label", path);
    else if (csv.n_columns >= 4 && equals(csv_get(&csv, 0, 0), "start") && equals(csv_get(&csv, 0, 1), "end"))
        status = by_window(path, &csv, log, set, out, err);
    else if (equals(csv_get(&csv, 0, 0), "line"))
        status = by_line(path, &csv, log, set, out, err);
    else
        status = by_trace(&csv, set, out, err);
    if (status == 0 && out->n_unmatched == csv.n_rows - 1)
        status =
            fail(err, LW_ERR_INPUT,
                 "%s: none of its %zu rows names one of the %zu traces, such as \"%.80s\"; is --trace right?", path,
                 csv.n_rows - 1, set->n_traces, set->n_traces > 0 ? intern_get(&set->names, 0).data : "(none)");
    csv_release(&csv);
    return status;
}

struct field_pass {
    const char *field;
    struct lw_labels *out;
    size_t n_seen;
};

static int see_field(void *arg, size_t trace, size_t event, const struct lw_record *record, struct lw_error *err)
{
    (void)event;
    struct field_pass *pass = arg;
    for (size_t i = 0; i < record->n_fields; i++)
        if (strcmp(record->fields[i].name, pass->field) == 0) {
            pass->n_seen++;
            return give(pass->out, trace,
                        (struct lw_bytes){record->raw.data + record->fields[i].start, record->fields[i].len}, err);
        }
    return 0;
}

int labels_find(const char *file_or_field, const struct lw_log *log, const struct trace_set *set, struct lw_labels *out,
                struct lw_error *err)
{
    *out = (struct lw_labels){.n_traces = set->n_traces, .names = INTERN_INIT};
    out->labels = alloc_array(set->n_traces, sizeof *out->labels);
    out->kinds = alloc_array(set->n_traces, sizeof *out->kinds);
    if (out->labels == NULL || out->kinds == NULL) {
        labels_release(out);
        return fail_memory(err, "reading labels");
    }
    memset(out->labels, LW_UNLABELLED, set->n_traces);
    for (size_t t = 0; t < set->n_traces; t++)
        out->kinds[t] = INTERN_NONE;
    struct stat about;
    int status;
    if (stat(file_or_field, &about) == 0 || strchr(file_or_field, '/') != NULL || strchr(file_or_field, '.') != NULL)
        status = by_file(file_or_field, log, set, out, err);
    else {
        struct field_pass pass = {file_or_field, out, 0};
        status = each_event(log, set, see_field, &pass, err);
        if (status == 0 && pass.n_seen == 0)
            status = fail(err, LW_ERR_NOT_FOUND, "labels \"%s\": neither a file nor a header field of this log",
                          file_or_field);
    }
    if (status != 0)
        labels_release(out);
    return status;
}

void labels_release(struct lw_labels *labels)
{
    free(labels->labels);
    free(labels->kinds);
    intern_release(&labels->names);
    *labels = (struct lw_labels){.names = INTERN_INIT};
}

void lw_labels_free(struct lw_labels *labels)
{
    if (labels != NULL)
        labels_release(labels);
    free(labels);
}

int lw_labels_get(const struct lw_labels *labels, size_t trace)
{
    return trace < labels->n_traces ? labels->labels[trace] : LW_UNLABELLED;
}

const char *lw_labels_kind(const struct lw_labels *labels, size_t trace)
{
    return trace < labels->n_traces && labels->kinds[trace] != INTERN_NONE
               ? intern_get(&labels->names, labels->kinds[trace]).data
               : "";
}

size_t lw_labels_unmatched(const struct lw_labels *labels)
{
    return labels->n_unmatched;
}
