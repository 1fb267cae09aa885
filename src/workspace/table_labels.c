#include "workspace/table_labels.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "base/order.h"
#include "generate/anomalies.h"

#define WHAT "labelling tables"

static const char *kind_name(uint8_t kind)
{
    const char *name = anomaly_name((enum anomaly)kind);
    return *name == '\0' ? "normal" : name;
}

static void clear(struct table_label *labels, size_t n)
{
    for (size_t i = 0; i < n; i++)
        labels[i] = (struct table_label){NULL, LW_NO_RECORD};
}

/* Record of the event that a generated trace's anomaly began with. */
static uint64_t root_record(const struct generated *generated, uint32_t trace, const uint64_t *record_of)
{
    bool has_root = generated->roots[trace] != UINT32_MAX && record_of != NULL;
    return has_root ? record_of[generated->traces.first[trace] + generated->roots[trace]] : LW_NO_RECORD;
}

/* First line of each record that was written, from 1, as they follow. */
static int64_t *number_lines(const struct line_heights *heights, size_t n)
{
    int64_t *lines = alloc_array(n, sizeof *lines), line = 1 + (int64_t)heights->before;
    for (size_t i = 0; i < n && lines != NULL; i++) {
        lines[i] = line;
        line += heights->of_records[i];
    }
    return lines;
}

/* event_of[record], and the other way round; those without another keep what they have. */
static int match_records(const struct generated_log *log, const int64_t *lines, struct lw_log *read, size_t *event_of,
                         uint64_t *record_of, struct lw_error *err)
{
    size_t n_events = log->generated->traces.n_events;
    struct lw_reader *reader;
    struct lw_record record;
    int rc = lw_reader_new(read, &reader, err);
    if (rc != 0)
        return rc;
    for (uint64_t i = 0; i < lw_log_count(read) && rc == 0; i++) {
        rc = lw_reader_get(reader, i, &record, err);
        if (rc != 0)
            break;
        size_t position = order_first_i64(lines, n_events, (int64_t)record.line);
        if (position == n_events || lines[position] != (int64_t)record.line)
            continue;
        event_of[i] = renderer_event(log->renderer, position);
        record_of[event_of[i]] = i;
    }
    lw_reader_free(reader);
    return rc;
}

static int label_records(struct table_labels *labels, const struct generated_log *log,
                         const struct line_heights *heights, struct lw_log *read, uint64_t *record_of,
                         struct lw_error *err)
{
    const struct generated *generated = log->generated;
    size_t n = (size_t)lw_log_count(read), n_events = generated->traces.n_events;
    int64_t *lines = number_lines(heights, n_events);
    size_t *event_of = alloc_array(n, sizeof *event_of);
    labels->records = alloc_array(n, sizeof *labels->records);
    int rc = 0;
    if (lines == NULL || event_of == NULL || labels->records == NULL) {
        rc = fail_memory(err, WHAT);
    } else {
        labels->n_records = n;
        clear(labels->records, n);
        for (size_t i = 0; i < n; i++)
            event_of[i] = SIZE_MAX;
        rc = match_records(log, lines, read, event_of, record_of, err);
        for (size_t i = 0; i < n && rc == 0; i++) {
            if (event_of[i] == SIZE_MAX)
                continue;
            uint8_t kind = generated->event_kinds[event_of[i]];
            uint32_t trace = (uint32_t)renderer_trace(log->renderer, event_of[i]);
            labels->records[i].kind = kind_name(kind);
            if (kind != ANOMALY_NONE)
                labels->records[i].root = root_record(generated, trace, record_of);
        }
    }
    free(lines);
    free(event_of);
    return rc;
}

static int label_traces(struct table_labels *labels, const struct generated *generated, const struct lw_traces *traces,
                        const uint64_t *record_of, struct lw_error *err)
{
    size_t n = lw_traces_count(traces);
    struct lw_trace trace;
    int rc = 0;
    labels->traces = alloc_array(n, sizeof *labels->traces);
    if (labels->traces == NULL)
        return fail_memory(err, WHAT);
    labels->n_traces = n;
    clear(labels->traces, n);
    for (size_t i = 0; i < n && rc == 0; i++) {
        rc = lw_traces_get(traces, i, &trace, err);
        uint32_t index = rc == 0 ? intern_find(&generated->traces.names, trace.name.data, trace.name.len) : INTERN_NONE;
        if (index != INTERN_NONE)
            labels->traces[i] =
                (struct table_label){kind_name(generated->kinds[index]), root_record(generated, index, record_of)};
    }
    return rc;
}

int table_labels_init(struct table_labels *labels, const struct generated_log *log, const struct line_heights *heights,
                      struct lw_log *read, const struct lw_workspace *workspace, struct lw_error *err)
{
    size_t n_events = log->generated->traces.n_events;
    uint64_t *record_of = heights->of_records != NULL ? alloc_array(n_events, sizeof *record_of) : NULL;
    *labels = (struct table_labels){NULL, NULL, 0, 0};
    if (heights->of_records != NULL && record_of == NULL)
        return fail_memory(err, WHAT);
    for (size_t i = 0; i < n_events && record_of != NULL; i++)
        record_of[i] = LW_NO_RECORD;
    int rc = record_of != NULL ? label_records(labels, log, heights, read, record_of, err) : 0;
    if (rc == 0)
        rc = label_traces(labels, log->generated, lw_workspace_traces(workspace), record_of, err);
    free(record_of);
    return rc;
}

void table_labels_release(struct table_labels *labels)
{
    free(labels->traces);
    free(labels->records);
    *labels = (struct table_labels){NULL, NULL, 0, 0};
}
