/*
 * The source is cut into parts of fixed size. Each part's lines are parsed by themselves, on any thread, into the
 * starts of records they hold; then parts are joined in order, where a record of one part may go on in the next and
 * where what times leave out is found (calendar.h). Parts are worked on in waves, so that what is
 * parsed but not yet stored stays bounded.
 */
#include "log/records.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/executor.h"
#include "base/fail.h"
#include "base/intern.h"
#include "log/calendar.h"

#define WAVE 64 /* parts parsed before they are joined */

struct start {            /* of a record in a part */
    uint64_t offset, end; /* end: of its last line in this part */
    struct timestamp time;
    uint32_t line; /* from 0 in the part */
    uint32_t message;
    uint32_t component; /* id in the part, or INTERN_NONE */
    uint8_t level, format;
    bool has_time;
    bool is_open;  /* the next line of its format goes on with it */
    bool is_stray; /* a line that continues the record before it, if there is one */
};

struct part {
    struct start *starts;
    size_t n, cap;
    uint64_t n_lines;
    struct intern components;
    struct lw_error err;
};

struct cutter {
    const struct records_plan *plan;
    struct store *store;
    struct part parts[WAVE];
    uint64_t first_part; /* of this wave */
    /* joining */
    struct store_row pending; /* the record that may still go on */
    uint64_t pending_end;
    bool has_pending, is_open;
    bool is_headed; /* the pending record has a header, so that lines may go on it */
    uint64_t n_lines;
    struct calendar calendar;
};

/* Whether lines that fit nothing continue a record of this format. */
static bool may_continue(const struct cutter *c, uint8_t format)
{
    return c->plan->format->items[format].is_multiline;
}

/* ---- one part ------------------------------------------------------------------------------------------------- */

static int add_start(struct part *part, const struct start *start)
{
    if (alloc_grow(&part->starts, &part->cap, part->n + 1, sizeof *part->starts) != 0)
        return fail_memory(&part->err, "cutting records");
    part->starts[part->n++] = *start;
    return 0;
}

static int add_line(struct cutter *c, struct part *part, const struct line *line, struct format_scratch *scratch)
{
    struct start *before = part->n > 0 ? &part->starts[part->n - 1] : NULL;
    struct format_cut cut;
    uint8_t format;
    int fits = format_choice_cut(c->plan->formats, c->plan->format, line->head, line->head_len,
                                 line->head_len == line->end - line->offset, scratch, &cut, &format);
    if (fits < 0)
        return fits == LW_ERR_MEMORY ? fail_memory(&part->err, "cutting records") : fits;
    if (before != NULL && before->is_open && fits == 1 && before->format == format) {
        before->end = line->end;
        before->is_open = cut.is_partial;
        return 0;
    }
    bool is_stray = fits == 0 && format_choice_is_multiline(c->plan->format);
    if (is_stray && before != NULL && !before->is_stray && may_continue(c, before->format)) {
        before->end = line->end;
        return 0;
    }
    struct start start = {.offset = line->offset,
                          .end = line->end,
                          .time = cut.time,
                          .line = (uint32_t)part->n_lines,
                          .message = (uint32_t)cut.message.start,
                          .component = INTERN_NONE,
                          .level = (uint8_t)cut.level,
                          .format = format,
                          .has_time = cut.has_time,
                          .is_open = cut.is_partial,
                          .is_stray = is_stray};
    if (cut.component.len > 0 &&
        intern_add(&part->components, line->head + cut.component.start, cut.component.len, &start.component) != 0)
        return fail_memory(&part->err, "cutting records");
    return add_start(part, &start);
}

struct lw_span records_sequence_ids(const char *line, size_t len)
{
    const char *first = len > 0 ? memchr(line, '\t', len) : NULL;
    if (first == NULL)
        return (struct lw_span){0, len};
    size_t start = (size_t)(first + 1 - line);
    const char *second = len > start ? memchr(first + 1, '\t', len - start) : NULL;
    return (struct lw_span){start, second != NULL ? (size_t)(second - line) - start : len - start};
}

static int add_sequence(struct cutter *c, struct part *part, const struct line *line)
{
    size_t len = (size_t)(line->end - line->offset);
    char *whole = NULL;
    const char *text = line->head;
    int code = 0;
    if (len > line->head_len) {
        size_t got;
        if ((whole = alloc_array(len, 1)) == NULL)
            return fail_memory(&part->err, "reading a sequence");
        code = source_read(c->plan->source, line->offset, whole, len, &got, &part->err);
        text = whole;
    }
    struct lw_span ids = records_sequence_ids(text, len);
    size_t end = ids.start + ids.len, before = part->n;
    struct start start = {.line = (uint32_t)part->n_lines, .component = INTERN_NONE};
    for (size_t at = ids.start; at < end && code == 0;) {
        size_t from = at;
        while (at < end && text[at] != ' ')
            at++;
        start.offset = line->offset + from;
        start.end = line->offset + at;
        start.message = (uint32_t)from;
        if (at > from)
            code = add_start(part, &start);
        at++;
    }
    if (code == 0 && part->n == before) { /* a trace without events */
        start.offset = start.end = line->offset + ids.start;
        start.message = (uint32_t)ids.start;
        code = add_start(part, &start);
    }
    free(whole);
    return code;
}

static int cut_part(void *arg, size_t index)
{
    struct cutter *c = arg;
    struct part *part = &c->parts[index];
    uint64_t from = (c->first_part + index) * LINES_PART, size = c->plan->source->size;
    uint64_t to = size - from < LINES_PART ? size : from + LINES_PART;
    struct format_scratch scratch;
    struct lines lines;
    int code = format_scratch_init(&scratch, &part->err);
    if (code != 0)
        return code;
    code = lines_init(&lines, c->plan->source, from, to, &part->err);
    if (code == 0) {
        struct line line;
        int more = 0;
        while (code == 0 && (more = lines_next(&lines, &line, &part->err)) == 1) {
            code = format_is_sequences(c->plan->format->items[0].index) ? add_sequence(c, part, &line)
                                                                        : add_line(c, part, &line, &scratch);
            part->n_lines++;
        }
        code = code != 0 ? code : more;
        lines_release(&lines);
    }
    format_scratch_release(&scratch);
    return code;
}

/* ---- joining -------------------------------------------------------------------------------------------------- */

static int store_row(struct cutter *c, const struct store_row *row, struct lw_error *err)
{
    uint64_t bytes = (store_count(c->store) + 1) * STORE_RECORD_BYTES;
    if (c->plan->max_memory > 0 && bytes > c->plan->max_memory)
        return fail(err, LW_ERR_MEMORY,
                    "%s: record %llu passes the memory bound of %llu bytes, at %u a record; raise it, or give less of "
                    "the log",
                    c->plan->source->path, (unsigned long long)store_count(c->store) + 1,
                    (unsigned long long)c->plan->max_memory, STORE_RECORD_BYTES);
    return store_add(c->store, row, err);
}

/* Stores the pending record, in pieces if it is too long. */
static int flush(struct cutter *c, struct lw_error *err)
{
    if (!c->has_pending)
        return 0;
    c->has_pending = false;
    uint32_t most = c->plan->record_max > 0 ? c->plan->record_max : RECORD_MAX;
    struct store_row row = c->pending;
    for (;;) {
        uint64_t left = c->pending_end - row.offset;
        row.len = left > most ? most : (uint32_t)left;
        if (row.message > row.len)
            row.message = row.len;
        int code = store_row(c, &row, err);
        if (code != 0 || left <= most)
            return code;
        row.offset += most;
        row.message = 0;
        row.component = STORE_NO_COMPONENT;
    }
}

static int64_t place(int64_t time_us, const void *calendar)
{
    return calendar_place(time_us, calendar);
}

static int join_start(struct cutter *c, const struct start *start, const uint16_t *components, struct lw_error *err)
{
    if (start->is_stray && c->is_headed && may_continue(c, c->pending.format)) {
        c->pending_end = start->end;
        return 0;
    }
    if (c->has_pending && c->is_open && !start->is_stray && start->format == c->pending.format) {
        c->pending_end = start->end;
        c->is_open = start->is_open;
        return 0;
    }
    int code = flush(c, err);
    if (code != 0)
        return code;
    uint64_t line = c->n_lines + start->line + 1;
    c->pending = (struct store_row){.offset = start->offset,
                                    .time_us = start->has_time ? calendar_add(&c->calendar, &start->time) : LW_NO_TIME,
                                    .line = line < UINT32_MAX ? (uint32_t)line : UINT32_MAX,
                                    .message = start->message,
                                    .source = c->plan->number,
                                    .component = start->component != INTERN_NONE ? components[start->component]
                                                                                 : STORE_NO_COMPONENT,
                                    .level = start->level,
                                    .format = start->format};
    c->pending_end = start->end;
    c->has_pending = true;
    c->is_headed = !start->is_stray;
    c->is_open = start->is_open;
    if (format_is_sequences(c->plan->format->items[0].index)) { /* message: how far before the record its line starts */
        uint32_t back = c->pending.message;
        c->pending.len = (uint32_t)(start->end - start->offset);
        c->has_pending = false;
        c->pending.message = back;
        code = store_row(c, &c->pending, err);
    }
    return code;
}

static int join_part(struct cutter *c, struct part *part, struct lw_error *err)
{
    uint16_t *components = alloc_array(part->components.count, sizeof *components);
    if (components == NULL)
        return fail_memory(err, "cutting records");
    int code = 0;
    for (uint32_t i = 0; i < part->components.count && code == 0; i++) {
        struct lw_bytes name = intern_get(&part->components, i);
        code = store_component(c->store, name.data, name.len, &components[i], err);
    }
    for (size_t i = 0; i < part->n && code == 0; i++)
        code = join_start(c, &part->starts[i], components, err);
    c->n_lines += part->n_lines;
    free(components);
    return code;
}

static void clear_parts(struct cutter *c)
{
    for (size_t i = 0; i < WAVE; i++) {
        free(c->parts[i].starts);
        intern_release(&c->parts[i].components);
        c->parts[i] = (struct part){.components = INTERN_INIT};
    }
}

static int cut_wave(struct cutter *c, size_t n, const struct lw_run *run, struct lw_error *err)
{
    /* Progress of a wave would start over with each; the caller's counts bytes. */
    struct lw_run quiet = run != NULL ? *run : (struct lw_run){.version = LW_OPTIONS_VERSION};
    quiet.progress = NULL;
    int code = executor_run(&quiet, "records", n, cut_part, c);
    if (code == LW_ERR_CANCELLED)
        return run_check(run, err);
    for (size_t i = 0; i < n && code != 0; i++)
        if (c->parts[i].err.code == (enum lw_code)code) {
            if (err != NULL)
                *err = c->parts[i].err;
            return code;
        }
    for (size_t i = 0; i < n && code == 0; i++)
        code = join_part(c, &c->parts[i], err);
    return code;
}

int records_cut(const struct records_plan *plan, struct store *store, const struct lw_run *run,
                struct records_total *total, struct lw_error *err)
{
    struct cutter *c = alloc_zeroed(1, sizeof *c);
    if (c == NULL)
        return fail_memory(err, "cutting records");
    c->plan = plan;
    c->store = store;
    c->calendar = (struct calendar)CALENDAR_INIT;
    clear_parts(c);
    uint64_t size = plan->source->size, first = store_count(store);
    uint64_t n_parts = size / LINES_PART + (size % LINES_PART > 0);
    int code = 0;
    while (c->first_part < n_parts && code == 0) {
        run_progress(run, "records", c->first_part * LINES_PART, size);
        uint64_t left = n_parts - c->first_part;
        code = cut_wave(c, left < WAVE ? (size_t)left : WAVE, run, err);
        clear_parts(c);
        c->first_part += WAVE;
    }
    if (code == 0)
        code = flush(c, err);
    if (code == 0) {
        if (c->calendar.has_last) {
            calendar_settle(&c->calendar, plan->now_us);
            store_place_times(store, first, place, &c->calendar);
        }
        *total = (struct records_total){store_count(store) - first, c->n_lines};
    }
    free(c);
    return code;
}
