#include <stdlib.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "generate/outfile.h"
#include "generate/write.h"

#define NO_ROOT UINT32_MAX

const char write_labels_trace_head[] = "trace,label,root_record\n";
const char write_labels_record_head[] = "line,label,trace,root\n";

static int put(struct buf *text, struct outfile *file, struct lw_error *err)
{
    int rc =
        buf_status(text) == 0 ? outfile_write(file, text->data, text->len, err) : fail_memory(err, "writing labels");
    buf_release(text);
    return rc;
}

static void add_label(struct buf *text, uint8_t kind)
{
    const char *name = anomaly_name((enum anomaly)kind);
    buf_add_text(text, *name == 0 ? "normal" : name);
}

/* First line, from 1, of the record of each event. */
static uint64_t *find_lines(const struct generated_log *log, const struct line_heights *heights)
{
    size_t n = log->generated->traces.n_events;
    uint64_t *lines = alloc_array(n, sizeof *lines), line = 1 + heights->before;
    for (size_t i = 0; i < n && lines != NULL; i++) {
        lines[renderer_event(log->renderer, i)] = line;
        line += heights->of_records[i];
    }
    return lines;
}

void write_trace_label(const struct generated *generated, uint32_t trace, bool has_lines, uint64_t root_line,
                       struct buf *out)
{
    struct lw_bytes name = intern_get(&generated->traces.names, trace);
    buf_add_csv(out, name.data, name.len);
    buf_add_byte(out, ',');
    add_label(out, generated->kinds[trace]);
    if (has_lines)
        buf_add_byte(out, ',');
    if (root_line > 0)
        buf_printf(out, "%llu", (unsigned long long)root_line);
    buf_add_byte(out, '\n');
}

void write_record_label(const struct generated *generated, uint32_t trace, size_t event, uint64_t line,
                        uint64_t root_line, struct buf *out)
{
    struct lw_bytes name = intern_get(&generated->traces.names, trace);
    buf_printf(out, "%llu,", (unsigned long long)line);
    add_label(out, generated->event_kinds[event]);
    buf_add_byte(out, ',');
    buf_add_csv(out, name.data, name.len);
    buf_add_byte(out, ',');
    if (generated->event_kinds[event] != ANOMALY_NONE && root_line > 0)
        buf_printf(out, "%llu", (unsigned long long)root_line);
    buf_add_byte(out, '\n');
}

/* 0: no root, or nothing has a line. */
static uint64_t find_root(const struct generated *generated, uint32_t trace, const uint64_t *lines)
{
    bool has_root = generated->roots[trace] != NO_ROOT && lines != NULL;
    return has_root ? lines[generated->traces.first[trace] + generated->roots[trace]] : 0;
}

static void add_traces(struct buf *text, const struct generated *generated, const uint64_t *lines)
{
    buf_add_text(text, lines != NULL ? write_labels_trace_head : "trace,label\n");
    for (uint32_t i = 0; i < generated->traces.n_traces; i++)
        write_trace_label(generated, i, lines != NULL, find_root(generated, i, lines), text);
}

static void add_records(struct buf *text, const struct generated_log *log, const uint64_t *lines)
{
    const struct generated *generated = log->generated;
    buf_add_text(text, write_labels_record_head);
    for (size_t i = 0; i < generated->traces.n_events; i++) {
        size_t event = renderer_event(log->renderer, i);
        uint32_t trace = (uint32_t)renderer_trace(log->renderer, event);
        write_record_label(generated, trace, event, lines[event], find_root(generated, trace, lines), text);
    }
}

int write_labels(const struct generated_log *log, const struct line_heights *heights, struct outfile *traces,
                 struct outfile *records, struct lw_error *err)
{
    struct buf text = BUF_INIT;
    uint64_t *lines = NULL;
    int rc = 0;
    if (heights->of_records != NULL && (lines = find_lines(log, heights)) == NULL)
        return fail_memory(err, "writing labels");
    if (traces->stream != NULL) {
        add_traces(&text, log->generated, lines);
        rc = put(&text, traces, err);
    }
    if (rc == 0 && records->stream != NULL && lines != NULL) {
        add_records(&text, log, lines);
        rc = put(&text, records, err);
    }
    free(lines);
    return rc;
}
