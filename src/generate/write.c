/*
 * Lines are made in blocks of fixed size, a batch of blocks in parallel, and written in order, so a log of any length
 * needs the memory of one batch.
 */
#include "generate/write.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/executor.h"
#include "base/fail.h"
#include "generate/write_lines.h"

#define BLOCK     1024 /* lines */
#define BATCH     64   /* blocks */
#define ESTIMATED 256  /* lines that the size is estimated from */

/* ---- one line of each kind ----------------------------------------------------------------------------------------
 */

static void line_scratch_init(struct line_scratch *scratch)
{
    render_scratch_init(&scratch->render);
    scratch->message = (struct buf)BUF_INIT;
    template_match_init(&scratch->match);
    scratch->json_time.len = 0;
    for (size_t i = 0; i < SLOT_MAPS; i++)
        scratch->maps[i].is_known = false;
}

static void line_scratch_release(struct line_scratch *scratch)
{
    render_scratch_release(&scratch->render);
    buf_release(&scratch->message);
    template_match_release(&scratch->match);
}

int write_render(const struct writing *writing, size_t index, struct line_scratch *scratch, size_t *event,
                 struct lw_error *err)
{
    renderer_expect(writing->log->renderer, index);
    *event = renderer_event(writing->log->renderer, index);
    return render_record(writing->log->renderer, *event, &scratch->render, err);
}

static unsigned hex_value(const char *text)
{
    unsigned value = 0;
    for (size_t i = 0; i < 4; i++) {
        char c = text[i];
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
                         : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10
                                                : UINT32_C(0x10000);
        value = value * 16 + digit;
    }
    return value;
}

static void add_utf8(struct buf *out, unsigned point)
{
    if (point < 0x80) {
        buf_add_byte(out, (char)point);
        return;
    }
    if (point >= 0x10000) {
        buf_add_byte(out, (char)(0xf0 | point >> 18));
        buf_add_byte(out, (char)(0x80 | (point >> 12 & 0x3f)));
    } else if (point >= 0x800) {
        buf_add_byte(out, (char)(0xe0 | point >> 12));
    } else {
        buf_add_byte(out, (char)(0xc0 | point >> 6));
    }
    if (point >= 0x800)
        buf_add_byte(out, (char)(0x80 | (point >> 6 & 0x3f)));
    buf_add_byte(out, (char)(0x80 | (point & 0x3f)));
}

/* Appends what the JSON escape at text[0] == '\\' stands for; its length, or 0 if it is none. */
static size_t add_unescaped(struct buf *out, const char *text, size_t len)
{
    static const char names[] = "\"\\/bfnrt", bytes[] = "\"\\/\b\f\n\r\t";
    const char *name = len >= 2 && text[1] != 0 ? strchr(names, text[1]) : NULL;
    if (name != NULL) {
        buf_add_byte(out, bytes[name - names]);
        return 2;
    }
    unsigned point = len >= 6 && text[1] == 'u' ? hex_value(text + 2) : UINT32_MAX;
    if (point > 0xffff)
        return 0;
    if (point >= 0xd800 && point < 0xdc00 && len >= 12 && text[6] == '\\' && text[7] == 'u') {
        unsigned low = hex_value(text + 8);
        if (low >= 0xdc00 && low < 0xe000) {
            add_utf8(out, 0x10000 + ((point & 0x3ff) << 10) + (low & 0x3ff));
            return 12;
        }
    }
    add_utf8(out, point >= 0xd800 && point < 0xe000 ? 0xfffd : point);
    return 6;
}

struct lw_bytes write_unescaped(const struct writing *writing, struct lw_bytes text, struct buf *scratch)
{
    if (!writing->log->blueprint->is_escaped || memchr(text.data, '\\', text.len) == NULL)
        return text;
    buf_clear(scratch);
    for (size_t i = 0; i < text.len;) {
        size_t escape = text.data[i] == '\\' ? add_unescaped(scratch, text.data + i, text.len - i) : 0;
        if (escape == 0)
            buf_add_byte(scratch, text.data[i]);
        i += escape > 0 ? escape : 1;
    }
    return (struct lw_bytes){scratch->data, scratch->len};
}

struct lw_bytes write_message(const struct writing *writing, struct line_scratch *scratch)
{
    const struct render_scratch *render = &scratch->render;
    struct lw_bytes text = {render->text.data + render->message_start, render->message_len};
    return write_unescaped(writing, text, &scratch->message);
}

static int text_line(const struct writing *writing, size_t index, struct line_scratch *scratch, struct buf *out,
                     struct lw_error *err)
{
    size_t event;
    int rc = write_render(writing, index, scratch, &event, err);
    buf_add(out, scratch->render.text.data, scratch->render.text.len);
    buf_add_byte(out, '\n');
    return rc;
}

static int named_line(const struct writing *writing, size_t index, struct line_scratch *scratch, struct buf *out,
                      struct lw_error *err)
{
    const struct trace_set *set = &writing->log->generated->traces;
    size_t event;
    int rc = write_render(writing, index, scratch, &event, err);
    if (rc != 0)
        return rc;
    struct named_record record = {.time_us = set->times_us[event],
                                  .level = scratch->render.level,
                                  .component = scratch->render.component,
                                  .message = write_message(writing, scratch),
                                  .trace =
                                      intern_get(&set->names, (uint32_t)renderer_trace(writing->log->renderer, event))};
    named_format_add(&writing->named, &record, out);
    return buf_status(&scratch->message) == 0 ? 0 : fail_memory(err, "writing the log");
}

static void add_symbol(const struct writing *writing, uint32_t id, struct buf *out)
{
    const struct templates *templates = writing->log->blueprint->templates;
    ptrdiff_t index = id == LW_TEMPLATE_UNKNOWN ? -1 : templates_index(templates, id);
    if (!writing->log->blueprint->is_symbolic)
        buf_printf(out, "%u", id);
    else if (index < 0)
        buf_add_text(out, writing->unknown);
    else
        buf_add(out, templates->items[index].text.data, templates->items[index].text.len);
}

static int sequence_line(const struct writing *writing, size_t index, struct line_scratch *scratch, struct buf *out,
                         struct lw_error *err)
{
    (void)scratch;
    (void)err;
    const struct generated *generated = writing->log->generated;
    const struct trace_set *set = &generated->traces;
    struct lw_bytes name = intern_get(&set->names, (uint32_t)index);
    buf_add_text(out, generated->kinds[index] == ANOMALY_NONE ? "0\t" : "1\t");
    for (size_t i = set->first[index]; i < set->first[index + 1]; i++) {
        if (i > set->first[index])
            buf_add_byte(out, ' ');
        add_symbol(writing, set->templates[i], out);
    }
    buf_add_byte(out, '\t');
    buf_add(out, name.data, name.len);
    buf_add_byte(out, '\n');
    return 0;
}

/* ---- blocks -------------------------------------------------------------------------------------------------------
 */

static uint32_t count_lines(const struct buf *out, size_t from)
{
    uint32_t n = 0;
    for (const char *at = out->data + from, *end = out->data + out->len;
         at < end && (at = memchr(at, '\n', (size_t)(end - at))) != NULL; at++)
        n++;
    return n;
}

static int write_block(void *arg, size_t index)
{
    struct writing *writing = arg;
    struct buf *out = &writing->blocks[index];
    size_t first = (writing->first_block + index) * BLOCK;
    struct line_scratch scratch;
    line_scratch_init(&scratch);
    buf_clear(out);
    int rc = 0;
    for (size_t i = first; i < first + BLOCK && i < writing->n_lines && rc == 0; i++) {
        size_t from = out->len;
        rc = writing->line(writing, i, &scratch, out, &writing->errs[index]);
        if (writing->heights != NULL && rc == 0)
            writing->heights[i] = count_lines(out, from);
    }
    if (rc == 0 && buf_status(out) != 0)
        rc = fail_memory(&writing->errs[index], "writing the log");
    line_scratch_release(&scratch);
    return rc;
}

static int write_batch(struct writing *writing, const struct lw_run *run, size_t n, const struct write_sink *sink,
                       struct lw_error *err)
{
    for (size_t i = 0; i < n; i++)
        writing->errs[i].code = LW_OK;
    struct lw_run quiet = run != NULL ? *run : (struct lw_run){.version = LW_OPTIONS_VERSION};
    quiet.progress = NULL; /* this call reports for all batches together */
    int rc = executor_run(&quiet, "writing the log", n, write_block, writing);
    if (rc == LW_ERR_CANCELLED)
        return run_check(run, err);
    for (size_t i = 0; i < n && rc != 0; i++)
        if (writing->errs[i].code != LW_OK)
            return fail(err, writing->errs[i].code, "%s", writing->errs[i].text);
    for (size_t i = 0; i < n && rc == 0; i++)
        rc = sink->put(sink->to, writing->blocks[i].data, writing->blocks[i].len, err);
    return rc;
}

static int write_lines(struct writing *writing, const struct write_sink *sink, const struct lw_run *run,
                       struct lw_error *err)
{
    size_t n_blocks = (writing->n_lines + BLOCK - 1) / BLOCK;
    int rc = 0;
    for (writing->first_block = 0; writing->first_block < n_blocks && rc == 0; writing->first_block += BATCH) {
        size_t left = n_blocks - writing->first_block;
        run_progress(run, "writing the log", writing->first_block, n_blocks);
        rc = write_batch(writing, run, left < BATCH ? left : BATCH, sink, err);
    }
    return rc;
}

/* ---- kinds --------------------------------------------------------------------------------------------------------
 */

static const struct shape {
    const char *name;
    int (*line)(const struct writing *writing, size_t index, struct line_scratch *scratch, struct buf *out,
                struct lw_error *err);
    bool is_by_trace; /* a line a trace, not an event */
} shapes[] = {
    {"text", text_line, false},
    {"jsonl", write_json_line, false},
    {"sequences", sequence_line, true},
};
#define N_SHAPES  (sizeof shapes / sizeof *shapes)
#define TEXT      (&shapes[0])
#define JSONL     (&shapes[1])
#define SEQUENCES (&shapes[2])

static bool has_symbol(const struct templates *templates, const char *symbol)
{
    for (size_t i = 0; i < templates->n; i++)
        if (templates->items[i].text.len == strlen(symbol) &&
            memcmp(templates->items[i].text.data, symbol, strlen(symbol)) == 0)
            return true;
    return false;
}

static void begin(struct writing *writing, const struct generated_log *log, const struct shape *shape)
{
    static const char *const unknowns[] = {"unknown", "never-seen", "?", "unknown-symbol"};
    *writing = (struct writing){.log = log};
    if (log->blueprint->is_symbolic && shape == TEXT)
        shape = SEQUENCES;
    size_t i = 0;
    while (i + 1 < sizeof unknowns / sizeof *unknowns && has_symbol(log->blueprint->templates, unknowns[i]))
        i++;
    writing->unknown = unknowns[i];
    writing->line = shape->line;
    writing->n_lines = shape->is_by_trace ? log->generated->traces.n_traces : log->generated->traces.n_events;
}

static int choose_shape(const struct generated_log *log, const char *as, const char *format, struct writing *writing,
                        struct lw_error *err)
{
    const struct shape *shape = NULL;
    for (size_t i = 0; i < N_SHAPES; i++)
        if (strcmp(shapes[i].name, as) == 0)
            shape = &shapes[i];
    if (shape == NULL)
        return fail(err, LW_ERR_USAGE, "a log cannot be written as \"%.50s\"; text, jsonl and sequences are there", as);
    begin(writing, log, shape);
    if (format != NULL && (shape != TEXT || log->blueprint->is_symbolic))
        return fail(err, LW_ERR_USAGE, "only records written as text have a format; %s",
                    shape != TEXT ? "leave format out, or as" : "those learned here are symbols without text");
    if (format != NULL) {
        writing->line = named_line;
        return named_format_find(format, &writing->named, err);
    }
    if (shape == JSONL)
        write_json_begin(writing);
    return shape == JSONL ? failures_init(&writing->failures, log->blueprint->templates, err) : 0;
}

/* What stands before the first line. */
static int write_head(struct writing *writing, const struct write_sink *sink, struct line_heights *heights,
                      struct lw_error *err)
{
    struct buf head = BUF_INIT;
    if (writing->line == named_line)
        named_format_begin(&writing->named, &head);
    int rc = buf_status(&head) == 0 ? 0 : fail_memory(err, "writing the log");
    if (heights != NULL) {
        *heights = (struct line_heights){NULL, count_lines(&head, 0)};
        if (writing->line != sequence_line)
            heights->of_records = alloc_array(writing->n_lines, sizeof *heights->of_records);
        if (writing->line != sequence_line && heights->of_records == NULL)
            rc = fail_memory(err, "writing the log");
        writing->heights = heights->of_records;
    }
    if (rc == 0 && head.len > 0)
        rc = sink->put(sink->to, head.data, head.len, err);
    buf_release(&head);
    return rc;
}

int write_to(const struct generated_log *log, const char *as, const char *format, const struct write_sink *sink,
             struct line_heights *heights, const struct lw_run *run, struct lw_error *err)
{
    struct writing writing;
    int rc = choose_shape(log, as, format, &writing, err);
    if (rc != 0)
        return rc;
    writing.blocks = alloc_zeroed(BATCH, sizeof *writing.blocks);
    writing.errs = alloc_zeroed(BATCH, sizeof *writing.errs);
    rc = writing.blocks == NULL || writing.errs == NULL ? fail_memory(err, "writing the log")
                                                        : write_head(&writing, sink, heights, err);
    if (rc == 0)
        rc = write_lines(&writing, sink, run, err);
    for (size_t i = 0; i < BATCH && writing.blocks != NULL; i++)
        buf_release(&writing.blocks[i]);
    free(writing.blocks);
    free(writing.errs);
    if (writing.line == write_json_line)
        failures_release(&writing.failures);
    if (rc != 0 && heights != NULL) {
        free(heights->of_records);
        heights->of_records = NULL;
    }
    return rc;
}

int write_estimate(const struct generated_log *log, const char *as, const char *format, double *bytes,
                   struct lw_error *err)
{
    struct writing writing;
    struct line_scratch scratch;
    struct buf out = BUF_INIT;
    int rc = choose_shape(log, as, format, &writing, err);
    if (rc != 0)
        return rc;
    size_t n = writing.n_lines < ESTIMATED ? writing.n_lines : ESTIMATED;
    line_scratch_init(&scratch);
    for (size_t i = 0; i < n && rc == 0; i++)
        rc = writing.line(&writing, (size_t)((double)i / (double)n * (double)writing.n_lines), &scratch, &out, err);
    *bytes = n > 0 ? (double)out.len / (double)n * (double)writing.n_lines : 0;
    if (rc == 0 && buf_status(&out) != 0)
        rc = fail_memory(err, "writing the log");
    line_scratch_release(&scratch);
    buf_release(&out);
    if (writing.line == write_json_line)
        failures_release(&writing.failures);
    return rc;
}

/* ---- record by record ---------------------------------------------------------------------------------------------
 */

struct line_maker {
    struct writing writing;
    struct line_scratch scratch;
};

int line_maker_new(const struct generated_log *log, const char *as, const char *format, struct line_maker **out,
                   struct lw_error *err)
{
    struct line_maker *maker = alloc_zeroed(1, sizeof *maker);
    if (maker == NULL)
        return fail_memory(err, "writing the log");
    int rc = choose_shape(log, as, format, &maker->writing, err);
    line_scratch_init(&maker->scratch);
    if (rc == 0 && maker->writing.line == sequence_line)
        rc = fail(err, LW_ERR_USAGE,
                  "sequences are traces, which have no place among records that come one by one; "
                  "text and jsonl do");
    if (rc != 0) {
        line_maker_free(maker);
        return rc;
    }
    *out = maker;
    return 0;
}

void line_maker_free(struct line_maker *maker)
{
    if (maker == NULL)
        return;
    line_scratch_release(&maker->scratch);
    if (maker->writing.line == write_json_line)
        failures_release(&maker->writing.failures);
    free(maker);
}

int line_maker_head(struct line_maker *maker, struct buf *out, struct lw_error *err)
{
    if (maker->writing.line == named_line)
        named_format_begin(&maker->writing.named, out);
    return buf_status(out) == 0 ? 0 : fail_memory(err, "writing the log");
}

int line_maker_add(struct line_maker *maker, const struct generated_log *log, size_t position, struct buf *out,
                   uint32_t *height, struct lw_error *err)
{
    size_t from = out->len;
    maker->writing.log = log;
    int rc = maker->writing.line(&maker->writing, position, &maker->scratch, out, err);
    if (rc == 0 && buf_status(out) != 0)
        rc = fail_memory(err, "writing the log");
    *height = rc == 0 ? count_lines(out, from) : 0;
    return rc;
}

/* Of line i of the output. */
static char mark_of(const struct writing *writing, size_t i)
{
    const struct generated *generated = writing->log->generated;
    if (writing->n_lines != generated->traces.n_events) /* a line a trace */
        return generated->kinds[i] == ANOMALY_NONE ? ' ' : '!';
    size_t event = renderer_event(writing->log->renderer, i);
    if (generated->event_kinds[event] != ANOMALY_NONE)
        return '!';
    return generated->kinds[renderer_trace(writing->log->renderer, event)] == ANOMALY_NONE ? ' ' : '|';
}

int write_sample(const struct generated_log *log, size_t max_bytes, struct buf *out, struct buf *marks,
                 struct lw_error *err)
{
    struct writing writing;
    struct line_scratch scratch;
    size_t whole = 0;
    int rc = 0;
    begin(&writing, log, TEXT);
    line_scratch_init(&scratch);
    for (size_t i = 0; i < writing.n_lines && rc == 0 && out->len < max_bytes; i++) {
        rc = writing.line(&writing, i, &scratch, out, err);
        if (rc != 0 || out->len > max_bytes)
            break;
        for (; whole < out->len; whole++)
            if (marks != NULL && out->data[whole] == '\n')
                buf_add_byte(marks, mark_of(&writing, i));
    }
    line_scratch_release(&scratch);
    if (rc == 0 && (buf_status(out) != 0 || (marks != NULL && buf_status(marks) != 0)))
        rc = fail_memory(err, "rendering a sample");
    if (rc == 0)
        out->len = whole;
    return rc;
}
