/*
 * The source is cut into parts of fixed size. Each part's lines are parsed by themselves, on any thread, into the
 * starts of records they hold; then parts are joined in order, where a record of one part may go on in the next and
 * where years that headers leave out are found from the order of times. Parts are worked on in waves, so that what is
 * parsed but not yet stored stays bounded.
 *
 * Years: a yearless time is held as its place in a leap year. Going through a source, a step back by more than
 * BACK_US means that a new year has begun; a step ahead to within BACK_US of the same place a year later is a straggler
 * of the year before. When all are counted, the last year is set so that no time lies ahead of now.
 */
#include "log/records.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/executor.h"
#include "base/fail.h"
#include "base/intern.h"

#define WAVE    64 /* parts parsed before they are joined */
#define BACK_US (INT64_C(31) * 86400 * 1000000)
#define DAY_US  (INT64_C(86400) * 1000000)

struct start {            /* of a record in a part */
    uint64_t offset, end; /* end: of its last line in this part */
    int64_t time_us;
    uint32_t line; /* from 0 in the part */
    uint32_t message;
    uint32_t component; /* id in the part, or INTERN_NONE */
    uint8_t level;
    bool is_yearless;
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
    bool has_pending, has_headed; /* a record with a header was seen */
    uint64_t n_lines;
    int64_t last_us; /* the last yearless time, with its years */
    bool has_last;
    int leap_year;   /* a 29 February was seen in this relative year, or -1 */
    int64_t most_us; /* the latest yearless time */
};

static bool is_multiline(const struct cutter *c)
{
    return format_get(c->plan->format->index)->is_multiline;
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
    const struct format_choice *format = c->plan->format;
    struct format_cut cut;
    int fits =
        format_cut(c->plan->formats, format->index, line->head, line->head_len,
                   line->head_len == line->end - line->offset, format->has_hint ? &format->hint : NULL, scratch, &cut);
    if (fits < 0)
        return fits == LW_ERR_MEMORY ? fail_memory(&part->err, "cutting records") : fits;
    bool is_stray = fits == 0 && is_multiline(c);
    if (is_stray && part->n > 0 && !part->starts[part->n - 1].is_stray) {
        part->starts[part->n - 1].end = line->end;
        return 0;
    }
    struct start start = {line->offset,
                          line->end,
                          cut.time_us,
                          (uint32_t)part->n_lines,
                          (uint32_t)cut.message.start,
                          INTERN_NONE,
                          (uint8_t)cut.level,
                          cut.is_yearless,
                          is_stray};
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
    struct start start = {.time_us = LW_NO_TIME, .line = (uint32_t)part->n_lines, .component = INTERN_NONE};
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
            code = format_is_sequences(c->plan->format->index) ? add_sequence(c, part, &line)
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
    uint64_t bytes = store_count(c->store) * 35;
    if (c->plan->max_memory > 0 && bytes > c->plan->max_memory)
        return fail(err, LW_ERR_MEMORY, "%s: the index of its records passes the memory bound of %llu bytes",
                    c->plan->source->path, (unsigned long long)c->plan->max_memory);
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

/* Gives a yearless time its year, counted from the first one of the source. */
static int64_t count_years(struct cutter *c, int64_t time_us)
{
    int64_t year = c->has_last ? c->last_us / TIMESTAMP_YEAR_US : 0;
    int64_t placed = year * TIMESTAMP_YEAR_US + time_us;
    if (c->has_last && placed < c->last_us - BACK_US)
        placed += TIMESTAMP_YEAR_US;
    else if (c->has_last && year > 0 && placed > c->last_us + TIMESTAMP_YEAR_US - BACK_US)
        placed -= TIMESTAMP_YEAR_US;
    int64_t day = time_us / DAY_US;
    if (day == 59)
        c->leap_year = (int)(placed / TIMESTAMP_YEAR_US);
    c->last_us = placed;
    c->most_us = c->has_last && c->most_us > placed ? c->most_us : placed;
    c->has_last = true;
    return placed;
}

static int64_t place_year(int64_t time_us, int first_year)
{
    return timestamp_with_year(time_us % TIMESTAMP_YEAR_US, first_year + (int)(time_us / TIMESTAMP_YEAR_US));
}

/* Sets the years of the source's records, now that all are known. */
static void place_years(struct cutter *c, uint64_t first)
{
    if (!c->has_last)
        return;
    int year = timestamp_year(c->plan->now_us) - (int)(c->most_us / TIMESTAMP_YEAR_US);
    if (place_year(c->most_us, year) > c->plan->now_us + DAY_US)
        year--;
    for (int tries = 0; c->leap_year >= 0 && tries < 8; tries++, year--) {
        int64_t first_of_march = timestamp_with_year(60 * DAY_US, year + c->leap_year);
        if (timestamp_with_year(59 * DAY_US, year + c->leap_year) != first_of_march)
            break;
    }
    store_place_times(c->store, first, place_year, year);
}

static int join_start(struct cutter *c, const struct start *start, const uint16_t *components, struct lw_error *err)
{
    if (start->is_stray && c->has_headed) {
        c->pending_end = start->end;
        return 0;
    }
    int code = flush(c, err);
    if (code != 0)
        return code;
    uint64_t line = c->n_lines + start->line + 1;
    c->pending = (struct store_row){
        .offset = start->offset,
        .time_us = start->is_yearless && start->time_us != LW_NO_TIME ? count_years(c, start->time_us) : start->time_us,
        .line = line < UINT32_MAX ? (uint32_t)line : UINT32_MAX,
        .message = start->message,
        .source = c->plan->number,
        .component = start->component != INTERN_NONE ? components[start->component] : STORE_NO_COMPONENT,
        .level = start->level};
    c->pending_end = start->end;
    c->has_pending = true;
    c->has_headed = c->has_headed || !start->is_stray;
    if (format_is_sequences(c->plan->format->index)) { /* message: how far before the record its line starts */
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
    c->leap_year = -1;
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
        place_years(c, first);
        *total = (struct records_total){store_count(store) - first, c->n_lines};
    }
    free(c);
    return code;
}
