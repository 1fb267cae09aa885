/*
 * Logs that a feed gives: of all that was read, and of the ends of its sources alone. The latter is a feed of its own
 * over the same texts, which begins where their ends do.
 */
#include "log/feed.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "log/order.h"

#define WHAT "reading a log"

/* "1,204" */
static void add_grouped(struct buf *out, uint64_t value)
{
    if (value >= 1000) {
        add_grouped(out, value / 1000);
        buf_printf(out, ",%03u", (unsigned)(value % 1000));
    } else {
        buf_printf(out, "%u", (unsigned)value);
    }
}

static int describe_problem(struct log_source *source, const char *problem, struct lw_error *err)
{
    if (problem == NULL)
        return 0;
    struct buf text = BUF_INIT;
    buf_printf(&text, "%s; ", problem);
    add_grouped(&text, source->records);
    buf_printf(&text, " record%s read", source->records == 1 ? "" : "s");
    int code = buf_status(&text);
    if (code == 0 && (source->problem = alloc_text(text.data, text.len)) == NULL)
        code = LW_ERR_MEMORY;
    buf_release(&text);
    return code != 0 ? fail_memory(err, WHAT) : 0;
}

/* Rows of a log that are not stored. */
struct extra {
    struct store_row *rows;
    size_t n, cap;
};

static int add_extra(void *user, const struct store_row *row, struct lw_error *err)
{
    struct extra *extra = user;
    if (alloc_grow(&extra->rows, &extra->cap, extra->n + 1, sizeof *row) != 0)
        return fail_memory(err, WHAT);
    extra->rows[extra->n++] = *row;
    return 0;
}

/* What the text would give if it ended here; nothing while most of it waits to be read. */
static int peek_rest(const struct lw_feed *feed, const struct feed_epoch *epoch, struct cutting *copy,
                     struct extra *extra, struct lw_error *err)
{
    struct lw_error own;
    size_t before = extra->n;
    if (epoch->is_over || feed_unread(epoch) > 0)
        return 0;
    int code = records_end(copy, feed->store, add_extra, extra, &own);
    if (code == LW_ERR_NOT_FOUND) { /* it is gone; the next look finds out */
        extra->n = before;
        *copy = epoch->cutting;
        return 0;
    }
    if (code != 0 && err != NULL)
        *err = own;
    return code;
}

static int fill_source(const struct lw_feed *feed, const struct feed_source *from, struct log_source *source,
                       struct extra *extra, struct lw_error *err)
{
    const char *problem = NULL;
    int code = 0;
    source->epochs = alloc_array(from->n_epochs, sizeof *source->epochs);
    if (source->epochs == NULL)
        return fail_memory(err, WHAT);
    for (size_t e = 0; e < from->n_epochs && code == 0; e++) {
        const struct feed_epoch *epoch = from->epochs[e];
        struct cutting copy = epoch->cutting;
        code = peek_rest(feed, epoch, &copy, extra, err);
        if (copy.calendar.has_last)
            calendar_settle(&copy.calendar, feed->now_us);
        source->epochs[source->n_epochs++] = (struct log_epoch){log_text_retain(epoch->text), copy.calendar};
        source->records += copy.n_records;
        source->lines += copy.n_lines;
        source->bytes += epoch->text->source.size;
        problem = epoch->text->source.problem != NULL ? epoch->text->source.problem : problem;
    }
    return code != 0 ? code : describe_problem(source, problem, err);
}

int lw_feed_log(struct lw_feed *feed, struct lw_log **out, struct lw_error *err)
{
    struct extra extra = {NULL, 0, 0};
    struct lw_log *log = alloc_zeroed(1, sizeof *log);
    if (log == NULL)
        return fail_memory(err, WHAT);
    atomic_init(&log->owners, 1);
    int code = 0;
    if ((log->sources = alloc_zeroed(feed->n_sources, sizeof *log->sources)) == NULL)
        code = fail_memory(err, WHAT);
    else
        log->base = log_base_retain(feed->base);
    for (size_t i = 0; i < feed->n_sources && code == 0; i++, log->n_sources++)
        code = fill_source(feed, &feed->sources[i], &log->sources[i], &extra, err);
    if (code == 0)
        code = store_snapshot(feed->store, extra.rows, extra.n, &log->records, err);
    if (code == 0)
        code = order_make(log, &log->order, err);
    free(extra.rows);
    if (code != 0)
        lw_log_free(log);
    else
        *out = log;
    return code;
}

/* ---- ends ----------------------------------------------------------------------------------------------------- */

/* All epochs of a source, of which only the last one is to be cut, from max_bytes before its end. */
static int copy_source(const struct feed_source *from, uint64_t max_bytes, struct feed_source *source,
                       struct lw_error *err)
{
    for (size_t e = 0; e < from->n_epochs; e++) {
        struct feed_epoch *epoch = alloc_zeroed(1, sizeof *epoch);
        if (epoch == NULL || alloc_grow(&source->epochs, &source->cap, e + 1, sizeof(void *)) != 0) {
            free(epoch);
            return fail_memory(err, WHAT);
        }
        const struct cutting *cutting = &from->epochs[e]->cutting;
        uint64_t size = cutting->source->size;
        epoch->text = log_text_retain(from->epochs[e]->text);
        epoch->cutting = (struct cutting){.formats = cutting->formats,
                                          .source = cutting->source,
                                          .format = cutting->format,
                                          .number = cutting->number,
                                          .epoch = cutting->epoch,
                                          .is_growing = cutting->is_growing,
                                          .is_tail = size > max_bytes,
                                          .at = size > max_bytes ? size - max_bytes : 0,
                                          .calendar = CALENDAR_INIT};
        epoch->is_over = e + 1 < from->n_epochs;
        source->epochs[source->n_epochs++] = epoch;
    }
    return 0;
}

int lw_feed_tail(struct lw_feed *feed, uint64_t max_bytes, const struct lw_run *run, struct lw_log **out,
                 struct lw_error *err)
{
    struct lw_feed *tail = alloc_zeroed(1, sizeof *tail);
    if (tail == NULL || (tail->sources = alloc_zeroed(feed->n_sources, sizeof *tail->sources)) == NULL) {
        free(tail);
        return fail_memory(err, WHAT);
    }
    tail->base = log_base_retain(feed->base);
    tail->now_us = feed->now_us;
    int code = store_new(0, &tail->store, err);
    for (size_t i = 0; i < feed->n_sources && code == 0; i++) {
        tail->n_sources++;
        code = copy_source(&feed->sources[i], max_bytes, &tail->sources[i], err);
    }
    enum lw_feed_state state = LW_FEED_MORE;
    if (code == 0)
        code = lw_feed_read(tail, 0, run, &state, err);
    if (code == 0)
        code = lw_feed_log(tail, out, err);
    lw_feed_free(tail);
    return code;
}
