/*
 * A reader keeps one window of raw text. Records near the last one come from it without a system call; the window is
 * loaded so that a quarter of it lies before the record, for those who walk backwards, and is small after a jump.
 * Header fields are not stored but cut again from the text.
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

#define WINDOW (256u << 10)
#define JUMP   (16u << 10) /* loaded when the record is far from the last one */
#define STEP                                                                                                           \
    (4u << 10) /* how a line of unknown length is asked for: well under a window, so that most asks are met by it */

struct lw_reader {
    const struct lw_log *log;
    struct format_scratch scratch;
    char *window;
    size_t cap, len;
    uint64_t start;  /* of the window in its source */
    size_t source;   /* SIZE_MAX while nothing is loaded */
    struct buf line; /* of a sequence, with its trace's name */
    uint64_t line_start;
    size_t line_source;
    struct lw_span label, name;
    size_t open_source; /* and the format of it that was asked last whether its messages are open */
    uint8_t open_format;
    bool is_open;
};

int lw_reader_new(const struct lw_log *log, struct lw_reader **out, struct lw_error *err)
{
    struct lw_reader *reader = alloc_zeroed(1, sizeof *reader);
    if (reader == NULL)
        return fail_memory(err, "making a reader");
    reader->log = log;
    reader->source = reader->line_source = reader->open_source = SIZE_MAX;
    reader->line = (struct buf)BUF_INIT;
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
    free(reader->window);
    free(reader);
}

/* The bytes (offset, len) of a source; *got is less at its end. */
static int load(struct lw_reader *reader, size_t source, uint64_t offset, size_t len, const char **data, size_t *got,
                struct lw_error *err)
{
    const struct source *text = &reader->log->sources[source].source;
    uint64_t left = offset < text->size ? text->size - offset : 0;
    if (len > left)
        len = (size_t)left;
    if (reader->source != source || offset < reader->start || offset + len > reader->start + reader->len) {
        bool is_near = reader->source == source && offset + WINDOW > reader->start &&
                       offset < reader->start + reader->len + WINDOW;
        size_t window = is_near ? WINDOW : JUMP;
        uint64_t start = offset > window / 4 ? offset - window / 4 : 0;
        size_t need = (size_t)(offset - start) + (len > window ? len : window);
        reader->source = SIZE_MAX;
        if (need > reader->cap) {
            char *larger = realloc(reader->window, need);
            if (larger == NULL)
                return fail_memory(err, "reading a record");
            reader->window = larger;
            reader->cap = need;
        }
        int code = source_read(text, start, reader->window, need, &reader->len, err);
        if (code != 0)
            return code;
        reader->start = start;
        reader->source = source;
    }
    *data = reader->window + (offset - reader->start);
    *got = len;
    return 0;
}

/* Puts the line of a sequence into reader->line, and finds its columns. */
static int load_sequence(struct lw_reader *reader, size_t source, uint64_t start, uint32_t number, struct lw_error *err)
{
    if (reader->line_source == source && reader->line_start == start)
        return 0;
    reader->line_source = SIZE_MAX;
    buf_clear(&reader->line);
    const char *data, *feed = NULL;
    size_t got = STEP;
    for (uint64_t at = start; feed == NULL && got == STEP; at += STEP) {
        int code = load(reader, source, at, STEP, &data, &got, err);
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
            buf_printf(line, "%s:", reader->log->sources[source].source.path);
        buf_printf(line, "%" PRIu32, number);
    }
    if (buf_status(line) != 0)
        return fail_memory(err, "reading a sequence");
    reader->name = (struct lw_span){name, line->len - name};
    reader->line_source = source;
    reader->line_start = start;
    return 0;
}

static int get_sequence(struct lw_reader *reader, const struct store_row *row, struct lw_record *out,
                        struct lw_error *err)
{
    int code = load_sequence(reader, row->source, row->offset - row->message, row->line, err);
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
    const struct format_choice *format = &log->sources[row->source].format;
    const char *feed = len > 0 ? memchr(data, '\n', len) : NULL;
    size_t line = feed != NULL ? (size_t)(feed - data) : len;
    if (feed != NULL && line > 0 && data[line - 1] == '\r')
        line--;
    size_t head = line < LINES_HEAD ? line : LINES_HEAD;
    struct format_cut cut;
    int fits = format_choice_cut_as(log->formats, format, row->format, data, head, head == line, scratch, &cut);
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

static int get_lines(struct lw_reader *reader, const struct store_row *row, struct lw_record *out, struct lw_error *err)
{
    const char *data;
    size_t len;
    int code = load(reader, row->source, row->offset, row->len, &data, &len, err);
    return code != 0 ? code : reader_cut(reader->log, row, data, len, &reader->scratch, out, err);
}

static int find_row(const struct lw_reader *reader, uint64_t record, struct store_row *row, struct lw_record *out,
                    struct lw_error *err)
{
    const struct snapshot *records = reader->log->records;
    if (record >= snapshot_count(records))
        return fail(err, LW_ERR_NOT_FOUND, "no record %" PRIu64 ": the log has %" PRIu64, record,
                    snapshot_count(records));
    snapshot_get(records, record, row);
    out->source = row->source;
    out->epoch = row->epoch;
    out->offset = row->offset;
    out->line = row->line;
    out->time_us = row->time_us;
    out->level = (enum lw_level)row->level;
    out->component = (struct lw_bytes){"", 0};
    return 0;
}

/* What a row knows is enough where the message reaches to the record's end. */
static bool has_open_message(struct lw_reader *reader, const struct store_row *row)
{
    if (reader->open_source != row->source || reader->open_format != row->format) {
        reader->open_source = row->source;
        reader->open_format = row->format;
        reader->is_open = format_has_open_message(reader->log->formats,
                                                  reader->log->sources[row->source].format.items[row->format].index);
    }
    return reader->is_open;
}

int reader_get_message(struct lw_reader *reader, uint64_t record, struct lw_record *out, struct lw_error *err)
{
    struct store_row row;
    int code = find_row(reader, record, &row, out, err);
    if (code != 0)
        return code;
    if (!has_open_message(reader, &row))
        return lw_reader_get(reader, record, out, err);
    code = load(reader, row.source, row.offset, row.len, &out->raw.data, &out->raw.len, err);
    out->message_start = row.message < out->raw.len ? row.message : out->raw.len;
    out->message_len = out->raw.len - out->message_start;
    out->n_fields = 0;
    return code;
}

int lw_reader_get(struct lw_reader *reader, uint64_t record, struct lw_record *out, struct lw_error *err)
{
    struct store_row row;
    int code = find_row(reader, record, &row, out, err);
    if (code != 0)
        return code;
    bool is_sequence = format_is_sequences(reader->log->sources[row.source].format.items[0].index);
    return is_sequence ? get_sequence(reader, &row, out, err) : get_lines(reader, &row, out, err);
}
