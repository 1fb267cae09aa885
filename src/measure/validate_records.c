/*
 * Labels of records: line, label and, where there are more columns, the trace. A labelled record has to be one of the
 * log, in that trace, of the kind that the trace is labelled with. Where the first of a trace stands its trouble
 * begins: what the trace breaks before that is not explained by its label.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "input/csv.h"
#include "measure/validate_parts.h"

struct placed {
    uint64_t line;
    size_t at; /* row of the view, or of the file */
};

static int by_line(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;
    return (x->line > y->line) - (x->line < y->line);
}

/* Rows of the view by the line that their record begins on. */
static int find_rows(const struct validating *v, struct placed *rows)
{
    struct lw_reader *reader;
    int code = lw_reader_new(v->in->synthetic, &reader, v->err);
    if (code != 0)
        return code;
    for (size_t row = 0; row < v->view.n_rows && code == 0; row++) {
        struct lw_record record;
        code = lw_reader_get(reader, v->view.records[row], &record, v->err);
        rows[row] = (struct placed){code == 0 ? record.line : 0, row};
    }
    lw_reader_free(reader);
    if (v->view.n_rows > 0)
        qsort(rows, v->view.n_rows, sizeof *rows, by_line);
    return code;
}

static bool is_text(struct lw_bytes a, struct lw_bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static struct lw_bytes trace_label(const struct validating *v, size_t trace)
{
    uint32_t kind = v->labels.kinds[v->view.traces[trace]];
    return kind == INTERN_NONE ? (struct lw_bytes){"", 0} : intern_get(&v->labels.names, kind);
}

static int check_record(struct validating *v, size_t law, const struct csv *csv, size_t at, size_t row)
{
    struct lw_bytes label = csv_get(csv, at, 1), trace = csv_get(csv, at, 2);
    size_t its = v->view.trace_of[row];
    struct lw_bytes name = intern_get(&v->columns.traces->names, v->view.traces[its]);
    v->laws[law].checked++;
    if (csv->n_columns > 2 && trace.len > 0 && !is_text(trace, name))
        return law_break(v, law, its, row, "labelled as of trace %.60s", trace.data);
    if (label.len == 0 || is_text(label, (struct lw_bytes){"normal", 6}))
        return 0;
    if (row < v->roots[its])
        v->roots[its] = row;
    return v->in->labels == NULL || is_text(label, trace_label(v, its))
               ? 0
               : law_break(v, law, its, row, "labelled %.40s in a trace that is labelled %.40s", label.data,
                           trace_label(v, its).data);
}

static int check_rows(struct validating *v, const struct csv *csv, const struct placed *rows)
{
    size_t law = law_of(v, "labels", "records", BREACH_OTHER);
    int code = 0;
    for (size_t at = 1; at < csv->n_rows && code == 0; at++) {
        const char *text = csv_get(csv, at, 0).data; /* NUL-ended by the arena */
        char *end;
        struct placed wanted = {strtoull(text, &end, 10), 0};
        if (end == text || *end != 0 || wanted.line == 0)
            return fail(v->err, LW_ERR_INPUT, "%s:%llu: \"%.40s\" is not the number of a line (1, 2, ...)",
                        v->in->record_labels, (unsigned long long)csv->lines[at], text);
        const struct placed *found = bsearch(&wanted, rows, v->view.n_rows, sizeof *rows, by_line);
        if (found != NULL) {
            code = check_record(v, law, csv, at, found->at);
        } else {
            v->laws[law].checked++;
            code = law_break(v, law, SIZE_MAX, SIZE_MAX, "%.100s:%llu: no record of a trace begins on line %llu",
                             v->in->record_labels, (unsigned long long)csv->lines[at], (unsigned long long)wanted.line);
        }
    }
    return code;
}

int validate_records(struct validating *v)
{
    struct csv csv;
    if (v->in->record_labels == NULL)
        return 0;
    v->roots = alloc_array(v->view.n_traces, sizeof *v->roots);
    struct placed *rows = alloc_array(v->view.n_rows, sizeof *rows);
    for (size_t t = 0; t < v->view.n_traces && v->roots != NULL; t++)
        v->roots[t] = SIZE_MAX;
    int code = v->roots == NULL || rows == NULL ? fail_memory(v->err, "validating")
                                                : csv_read(v->in->record_labels, &csv, v->err);
    if (code == 0) {
        code = csv.n_columns < 2
                   ? fail(v->err, LW_ERR_INPUT, "%s:1: labels of records need a header of two columns, line,label",
                          v->in->record_labels)
                   : find_rows(v, rows);
        if (code == 0)
            code = check_rows(v, &csv, rows);
        csv_release(&csv);
    }
    free(rows);
    return code;
}
