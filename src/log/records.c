/*
 * Pieces are parsed by themselves, on any thread, into the starts of records they hold; then they are joined in order,
 * where a record of one piece may go on in the next and where what times leave out is found (calendar.h). So what is
 * parsed but not yet stored stays bounded by the pieces of one call.
 */
#include "log/records.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/executor.h"
#include "base/fail.h"
#include "base/intern.h"
#include "log/level.h"

#define WHAT "cutting records"

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
    const struct cutting *cutting;
    uint64_t from, to;
    struct start *starts;
    size_t n, cap;
    uint64_t n_lines, stop; /* stop: behind the last line that was taken */
    struct intern components;
    uint32_t last_component; /* the one of the line before, which is often the next one's too */
    struct lw_error err;
};

/* Whether lines that fit nothing continue a record of this format. */
static bool may_continue(const struct cutting *c, uint8_t format)
{
    return c->format->items[format].is_multiline;
}

static bool is_sequences(const struct cutting *c)
{
    return format_is_sequences(c->format->items[0].index);
}

/* ---- one part ------------------------------------------------------------------------------------------------- */

static int add_start(struct part *part, const struct start *start)
{
    if (alloc_grow(&part->starts, &part->cap, part->n + 1, sizeof *part->starts) != 0)
        return fail_memory(&part->err, WHAT);
    part->starts[part->n++] = *start;
    return 0;
}

static int add_component(struct part *part, const char *data, size_t len, uint32_t *id)
{
    if (part->last_component < part->components.count) {
        struct lw_bytes last = intern_get(&part->components, part->last_component);
        if (last.len == len && memcmp(last.data, data, len) == 0) {
            *id = part->last_component;
            return 0;
        }
    }
    if (intern_add(&part->components, data, len, id) != 0)
        return fail_memory(&part->err, WHAT);
    part->last_component = *id;
    return 0;
}

/* The level at the start of a line that continues a record, as java.util.logging has it: "SEVERE: message". */
static enum lw_level continued_level(const struct line *line)
{
    size_t n = 0;
    while (n < line->head_len && line->head[n] >= 'A' && line->head[n] <= 'Z')
        n++;
    bool is_word = n >= 3 && n + 1 < line->head_len && line->head[n] == ':' && line->head[n + 1] == ' ';
    return is_word ? level_find(line->head, n) : LW_LEVEL_NONE;
}

static int add_line(struct part *part, const struct line *line, struct format_scratch *scratch)
{
    const struct cutting *c = part->cutting;
    struct start *before = part->n > 0 ? &part->starts[part->n - 1] : NULL;
    struct format_cut cut;
    uint8_t format;
    int fits = format_choice_cut(c->formats, c->format, line->head, line->head_len,
                                 line->head_len == line->end - line->offset, scratch, &cut, &format);
    if (fits < 0)
        return fits == LW_ERR_MEMORY ? fail_memory(&part->err, WHAT) : fits;
    if (before != NULL && before->is_open && fits == 1 && before->format == format) {
        before->end = line->end;
        before->is_open = cut.is_partial;
        return 0;
    }
    bool is_stray = fits == 0 && format_choice_is_multiline(c->format);
    if (is_stray && before != NULL && !before->is_stray && may_continue(c, before->format)) {
        before->end = line->end;
        if (before->level == LW_LEVEL_NONE)
            before->level = (uint8_t)continued_level(line);
        return 0;
    }
    struct start start = {.offset = line->offset,
                          .end = line->end,
                          .time = cut.time,
                          .line = (uint32_t)part->n_lines,
                          .message = (uint32_t)cut.message.start,
                          .component = INTERN_NONE,
                          .level = (uint8_t)(is_stray ? continued_level(line) : cut.level),
                          .format = format,
                          .has_time = cut.has_time,
                          .is_open = cut.is_partial,
                          .is_stray = is_stray};
    int code = cut.component.len == 0
                   ? 0
                   : add_component(part, line->head + cut.component.start, cut.component.len, &start.component);
    return code != 0 ? code : add_start(part, &start);
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

static int add_sequence(struct part *part, const struct line *line)
{
    size_t len = (size_t)(line->end - line->offset);
    char *whole = NULL;
    const char *text = line->head;
    int code = 0;
    if (len > line->head_len) {
        size_t got;
        if ((whole = alloc_array(len, 1)) == NULL)
            return fail_memory(&part->err, "reading a sequence");
        code = source_read(part->cutting->source, line->offset, whole, len, &got, &part->err);
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

/* A line that reaches the end of the text has no line end: empty ones without are no lines. */
static bool is_unfinished(const struct cutting *c, const struct line *line)
{
    return c->is_growing && line->end == line->next && line->end == c->source->size;
}

/* has_all: an unfinished last line is taken as if it were finished. */
static int cut_lines(struct part *part, bool has_all)
{
    const struct cutting *c = part->cutting;
    struct format_scratch scratch;
    struct lines lines;
    int code = format_scratch_init(&scratch, &part->err);
    if (code != 0)
        return code;
    part->stop = part->from;
    code = lines_init(&lines, c->source, part->from, part->to, &part->err);
    if (code == 0) {
        struct line line;
        int more = 0;
        while (code == 0 && (more = lines_next(&lines, &line, &part->err)) == 1) {
            if (!has_all && is_unfinished(c, &line))
                break;
            code = is_sequences(c) ? add_sequence(part, &line) : add_line(part, &line, &scratch);
            part->n_lines++;
            part->stop = line.next;
        }
        code = code != 0 ? code : more < 0 ? more : 0;
        lines_release(&lines);
    }
    format_scratch_release(&scratch);
    return code;
}

static int cut_part(void *parts, size_t index)
{
    return cut_lines((struct part *)parts + index, false);
}

/* ---- joining -------------------------------------------------------------------------------------------------- */

struct sink { /* where rows go */
    int (*visit)(void *user, const struct store_row *row, struct lw_error *err);
    void *user;
};

/* Gives the pending record, in pieces if it is too long. */
static int flush(struct cutting *c, const struct sink *sink, struct lw_error *err)
{
    if (!c->has_pending)
        return 0;
    c->has_pending = false;
    uint32_t most = c->record_max > 0 ? c->record_max : RECORD_MAX;
    struct store_row row = c->pending;
    for (;;) {
        uint64_t left = c->pending_end - row.offset;
        row.len = left > most ? most : (uint32_t)left;
        if (row.message > row.len)
            row.message = row.len;
        int code = sink->visit(sink->user, &row, err);
        c->n_records++;
        if (code != 0 || left <= most)
            return code;
        row.offset += most;
        row.message = 0;
        row.component = STORE_NO_COMPONENT;
    }
}

static int join_start(struct cutting *c, const struct start *start, const uint16_t *components, const struct sink *sink,
                      struct lw_error *err)
{
    if (start->is_stray && c->is_headed && may_continue(c, c->pending.format)) {
        c->pending_end = start->end;
        if (c->pending.level == LW_LEVEL_NONE)
            c->pending.level = start->level;
        return 0;
    }
    if (c->has_pending && c->is_open && !start->is_stray && start->format == c->pending.format) {
        c->pending_end = start->end;
        c->is_open = start->is_open;
        return 0;
    }
    if (start->is_stray && c->is_tail && !c->is_headed)
        return 0;
    int code = flush(c, sink, err);
    if (code != 0)
        return code;
    uint64_t line = c->is_tail ? 0 : c->n_lines + start->line + 1;
    c->pending = (struct store_row){.offset = start->offset,
                                    .time_us = start->has_time ? calendar_add(&c->calendar, &start->time) : LW_NO_TIME,
                                    .line = line < UINT32_MAX ? (uint32_t)line : UINT32_MAX,
                                    .message = start->message,
                                    .source = c->number,
                                    .epoch = c->epoch,
                                    .component = start->component != INTERN_NONE ? components[start->component]
                                                                                 : STORE_NO_COMPONENT,
                                    .level = start->level,
                                    .format = start->format};
    c->pending_end = start->end;
    c->has_pending = true;
    c->is_headed = !start->is_stray;
    c->is_open = start->is_open;
    if (is_sequences(c)) { /* message: how far before the record its line starts */
        c->pending.len = (uint32_t)(start->end - start->offset);
        c->has_pending = false;
        c->n_records++;
        code = sink->visit(sink->user, &c->pending, err);
    }
    return code;
}

static int join_part(struct cutting *c, const struct part *part, struct store *store, const struct sink *sink,
                     struct lw_error *err)
{
    uint16_t *components = alloc_array(part->components.count, sizeof *components);
    if (components == NULL)
        return fail_memory(err, WHAT);
    int code = 0;
    for (uint32_t i = 0; i < part->components.count && code == 0; i++) {
        struct lw_bytes name = intern_get(&part->components, i);
        code = store_component(store, name.data, name.len, &components[i], err);
    }
    for (size_t i = 0; i < part->n && code == 0; i++)
        code = join_start(c, &part->starts[i], components, sink, err);
    c->n_lines += part->n_lines;
    c->at = part->stop;
    free(components);
    return code;
}

int records_store(void *store, const struct store_row *row, struct lw_error *err)
{
    return store_add(store, row, err);
}

/* Parses all parts; on failure *failed is the first that did. */
static int parse_parts(struct part *parts, size_t n, const struct lw_run *run, size_t *failed, struct lw_error *err)
{
    /* Progress of a wave would start over with each; the caller's counts bytes. */
    struct lw_run quiet = run != NULL ? *run : (struct lw_run){.version = LW_OPTIONS_VERSION};
    quiet.progress = NULL;
    int code = executor_run(&quiet, "records", n, cut_part, parts);
    *failed = n;
    if (code == LW_ERR_CANCELLED)
        return run_check(run, err);
    for (size_t i = 0; i < n && code != 0; i++)
        if (parts[i].err.code == (enum lw_code)code) {
            *failed = i;
            if (err != NULL)
                *err = parts[i].err;
            break;
        }
    return code;
}

int records_cut(const struct records_piece *pieces, size_t n, struct store *store, const struct lw_run *run,
                size_t *failed, struct lw_error *err)
{
    const struct sink sink = {records_store, store};
    struct part *parts = alloc_zeroed(n, sizeof *parts);
    *failed = n;
    if (parts == NULL)
        return fail_memory(err, WHAT);
    for (size_t i = 0; i < n; i++)
        parts[i] = (struct part){
            .cutting = pieces[i].cutting, .from = pieces[i].from, .to = pieces[i].to, .components = INTERN_INIT};
    int code = parse_parts(parts, n, run, failed, err);
    for (size_t i = 0; i < n && code == 0; i++)
        code = join_part(pieces[i].cutting, &parts[i], store, &sink, err);
    for (size_t i = 0; i < n; i++) {
        free(parts[i].starts);
        intern_release(&parts[i].components);
    }
    free(parts);
    return code;
}

/* ---- the end -------------------------------------------------------------------------------------------------- */

int records_end(struct cutting *c, struct store *store,
                int (*visit)(void *user, const struct store_row *row, struct lw_error *err), void *user,
                struct lw_error *err)
{
    const struct sink sink = {visit, user};
    struct part part = {.cutting = c, .from = c->at, .to = c->source->size, .components = INTERN_INIT};
    int code = 0;
    if (c->is_growing && part.from < part.to) {
        code = cut_lines(&part, true);
        if (code == 0)
            code = join_part(c, &part, store, &sink, err);
        else if (err != NULL)
            *err = part.err;
        free(part.starts);
        intern_release(&part.components);
    }
    return code != 0 ? code : flush(c, &sink, err);
}
