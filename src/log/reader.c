/*
 * A reader keeps windows of raw text, one for each of the texts it read from last, since records of several sources
 * take turns. Records near the last one come from its window without a system call; a window is loaded so that a
 * quarter of it lies before the record, for those who walk backwards, and is small after a jump. Header fields are not
 * stored but cut again from the text.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fail.h"
#include "log/log.h"
#include "log/reader.h"
#include "log/records.h"

#define WINDOWS 16
#define WINDOW  (256u << 10)
#define JUMP    (16u << 10) /* loaded when the record is far from the last one */
#define STEP                                                                                                           \
    (4u << 10) /* how a line of unknown length is asked for: well under a window, so that most asks are met by it */

struct window {
    const struct log_text *text; /* NULL while nothing is loaded */
    char *data;
    size_t cap, len;
    uint64_t start; /* in the text */
    uint64_t used;  /* when, counted in loads */
};

struct lw_reader {
    const struct lw_log *log;
    struct format_scratch scratch;
    struct window windows[WINDOWS], *last;
    uint64_t n_loads;
    struct buf line; /* of a sequence, with its trace's name */
    uint64_t line_start;
    const struct log_text *line_text;
    struct lw_span label, name;
    struct buf notice;                /* what stands for a record whose text is gone */
    const struct log_text *open_text; /* and the format of it that was asked last whether its messages are open */
    uint8_t open_format;
    bool is_open;
};

int lw_reader_new(const struct lw_log *log, struct lw_reader **out, struct lw_error *err)
{
    struct lw_reader *reader = alloc_zeroed(1, sizeof *reader);
    if (reader == NULL)
        return fail_memory(err, "making a reader");
    reader->log = log;
    reader->last = &reader->windows[0];
    reader->line = (struct buf)BUF_INIT;
    reader->notice = (struct buf)BUF_INIT;
    int code = format_scratch_init(&reader->scratch, err);
    if (code != 0) {
        free(reader);
        return code;
    }
    reader->scratch.wants_names = true;
    *out = reader;
    return 0;
}

void lw_reader_free(struct lw_reader *reader)
{
    if (reader == NULL)
        return;
    format_scratch_release(&reader->scratch);
    buf_release(&reader->line);
    buf_release(&reader->notice);
    for (size_t i = 0; i < WINDOWS; i++)
        free(reader->windows[i].data);
    free(reader);
}

/* The window of this text, or the one that was not used for the longest time. */
static struct window *find_window(struct lw_reader *reader, const struct log_text *text)
{
    struct window *oldest = &reader->windows[0];
    if (reader->last->text == text)
        return reader->last;
    for (size_t i = 0; i < WINDOWS; i++) {
        if (reader->windows[i].text == text)
            return &reader->windows[i];
        if (reader->windows[i].used < oldest->used)
            oldest = &reader->windows[i];
    }
    return oldest;
}

static int fill_window(struct window *window, const struct log_text *text, uint64_t offset, size_t len,
                       struct lw_error *err)
{
    bool is_near =
        window->text == text && offset + WINDOW > window->start && offset < window->start + window->len + WINDOW;
    size_t span = is_near ? WINDOW : JUMP;
    uint64_t start = offset > span / 4 ? offset - span / 4 : 0;
    size_t need = (size_t)(offset - start) + (len > span ? len : span);
    window->text = NULL;
    if (need > window->cap) {
        char *larger = realloc(window->data, need);
        if (larger == NULL)
            return fail_memory(err, "reading a record");
        window->data = larger;
        window->cap = need;
    }
    int code = source_read(&text->source, start, window->data, need, &window->len, err);
    if (code != 0)
        return code;
    window->start = start;
    window->text = text;
    return 0;
}

/* The bytes (offset, len) of a text; *got is less at its end. */
static int load(struct lw_reader *reader, const struct log_text *text, uint64_t offset, size_t len, const char **data,
                size_t *got, struct lw_error *err)
{
    uint64_t size = text->source.size, left = offset < size ? size - offset : 0;
    if (len > left)
        len = (size_t)left;
    struct window *window = find_window(reader, text);
    if (window->text != text || offset < window->start || offset + len > window->start + window->len) {
        int code = fill_window(window, text, offset, len, err);
        if (code != 0)
            return code;
        window->used = ++reader->n_loads;
    }
    reader->last = window;
    *data = window->data + (offset - window->start);
    *got = len;
    return 0;
}

/* Puts the line of a sequence into reader->line, and finds its columns. */
static int load_sequence(struct lw_reader *reader, const struct log_text *text, uint64_t start, uint32_t number,
                         struct lw_error *err)
{
    if (reader->line_text == text && reader->line_start == start)
        return 0;
    reader->line_text = NULL;
    buf_clear(&reader->line);
    const char *data, *feed = NULL;
    size_t got = STEP;
    for (uint64_t at = start; feed == NULL && got == STEP; at += STEP) {
        int code = load(reader, text, at, STEP, &data, &got, err);
        if (code != 0)
            return code;
        feed = got > 0 ? memchr(data, '\n', got) : NULL;
        buf_add(&reader->line, data, feed != NULL ? (size_t)(feed - data) : got);
    }
    struct buf *line = &reader->line;
    if (feed != NULL && line->len > 0 && line->data[line->len - 1] == '\r')
        line->len--;
    struct lw_span ids = records_sequence_ids(line->data, line->len);
    size_t name = ids.start + ids.len + 1;
    reader->label = (struct lw_span){0, ids.start > 0 ? ids.start - 1 : 0};
    if (name >= line->len) {
        buf_add_byte(line, '\t');
        name = line->len;
        if (reader->log->n_sources > 1) /* every source has a line of that number */
            buf_printf(line, "%s:", text->source.path);
        buf_printf(line, "%" PRIu32, number);
    }
    if (buf_status(line) != 0)
        return fail_memory(err, "reading a sequence");
    reader->name = (struct lw_span){name, line->len - name};
    reader->line_text = text;
    reader->line_start = start;
    return 0;
}

static int get_sequence(struct lw_reader *reader, const struct log_text *text, const struct store_row *row,
                        struct lw_record *out, struct lw_error *err)
{
    int code = load_sequence(reader, text, row->offset - row->message, row->line, err);
    if (code != 0)
        return code;
    out->raw = (struct lw_bytes){reader->line.data, reader->line.len};
    out->message_start = row->message;
    out->message_len = row->len;
    out->n_fields = 0;
    if (reader->label.len > 0)
        out->fields[out->n_fields++] = (struct lw_field){"label", reader->label.start, reader->label.len};
    out->fields[out->n_fields++] = (struct lw_field){"trace", reader->name.start, reader->name.len};
    return 0;
}

int reader_cut(const struct lw_log *log, const struct store_row *row, const char *data, size_t len,
               struct format_scratch *scratch, struct lw_record *out, struct lw_error *err)
{
    const struct format_choice *format = &log_text_of(log, row)->format;
    const char *feed = len > 0 ? memchr(data, '\n', len) : NULL;
    size_t line = feed != NULL ? (size_t)(feed - data) : len;
    if (feed != NULL && line > 0 && data[line - 1] == '\r')
        line--;
    size_t head = line < LINES_HEAD ? line : LINES_HEAD;
    struct format_cut cut;
    int fits = format_choice_cut_as(log->base->formats, format, row->format, data, head, head == line, scratch, &cut);
    if (fits < 0)
        return fits == LW_ERR_MEMORY ? fail_memory(err, "reading a record") : fail(err, fits, "reading a record");
    bool reaches_end = fits == 0 || cut.message.start + cut.message.len == head;
    out->raw = (struct lw_bytes){data, len};
    out->component = (struct lw_bytes){data + cut.component.start, cut.component.len};
    out->message_start = cut.message.start;
    out->message_len = reaches_end ? len - cut.message.start : cut.message.len;
    out->n_fields = cut.n_fields;
    memcpy(out->fields, cut.fields, cut.n_fields * sizeof cut.fields[0]);
    return 0;
}

static int get_lines(struct lw_reader *reader, const struct log_text *text, const struct store_row *row,
                     struct lw_record *out, struct lw_error *err)
{
    const char *data;
    size_t len;
    int code = load(reader, text, row->offset, row->len, &data, &len, err);
    return code != 0 ? code : reader_cut(reader->log, row, data, len, &reader->scratch, out, err);
}

static int find_row(const struct lw_reader *reader, uint64_t record, struct store_row *row, struct lw_record *out,
                    struct lw_error *err)
{
    if (record >= lw_log_count(reader->log))
        return fail(err, LW_ERR_NOT_FOUND, "no record %" PRIu64 ": the log has %zu", record, lw_log_count(reader->log));
    log_row(reader->log, record, row);
    out->source = row->source;
    out->epoch = row->epoch;
    out->offset = row->offset;
    out->line = row->line;
    out->time_us = row->time_us;
    out->level = (enum lw_level)row->level;
    out->component = (struct lw_bytes){"", 0};
    return 0;
}

/* A record whose text was truncated away still has its place, time and level. */
static int get_notice(struct lw_reader *reader, const struct log_text *text, struct lw_record *out,
                      struct lw_error *err)
{
    buf_clear(&reader->notice);
    buf_printf(&reader->notice, "(this record is gone: %s was truncated)", text->source.path);
    if (buf_status(&reader->notice) != 0)
        return fail_memory(err, "reading a record");
    out->raw = (struct lw_bytes){reader->notice.data, reader->notice.len};
    out->message_start = 0;
    out->message_len = out->raw.len;
    out->n_fields = 0;
    return 0;
}

/* What a row knows is enough where the message reaches to the record's end. */
static bool has_open_message(struct lw_reader *reader, const struct log_text *text, const struct store_row *row)
{
    if (reader->open_text != text || reader->open_format != row->format) {
        reader->open_text = text;
        reader->open_format = row->format;
        reader->is_open = format_has_open_message(reader->log->base->formats, text->format.items[row->format].index);
    }
    return reader->is_open;
}

static int get_message(struct lw_reader *reader, const struct log_text *text, const struct store_row *row,
                       struct lw_record *out, struct lw_error *err)
{
    int code = load(reader, text, row->offset, row->len, &out->raw.data, &out->raw.len, err);
    out->message_start = row->message < out->raw.len ? row->message : out->raw.len;
    out->message_len = out->raw.len - out->message_start;
    out->n_fields = 0;
    return code;
}

static int get(struct lw_reader *reader, uint64_t record, bool wants_header, struct lw_record *out,
               struct lw_error *err)
{
    struct store_row row;
    struct lw_error own;
    int code = find_row(reader, record, &row, out, err);
    if (code != 0)
        return code;
    const struct log_text *text = log_text_of(reader->log, &row);
    if (format_is_sequences(text->format.items[0].index))
        code = get_sequence(reader, text, &row, out, &own);
    else if (!wants_header && has_open_message(reader, text, &row))
        code = get_message(reader, text, &row, out, &own);
    else
        code = get_lines(reader, text, &row, out, &own);
    if (code == LW_ERR_NOT_FOUND)
        return get_notice(reader, text, out, err);
    if (code != 0 && err != NULL)
        *err = own;
    return code;
}

int reader_get_message(struct lw_reader *reader, uint64_t record, struct lw_record *out, struct lw_error *err)
{
    return get(reader, record, false, out, err);
}

int lw_reader_get(struct lw_reader *reader, uint64_t record, struct lw_record *out, struct lw_error *err)
{
    return get(reader, record, true, out, err);
}
