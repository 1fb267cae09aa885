/*
 * A feed reads in waves: some pieces of texts, parsed in parallel and stored in order. In between it gives logs, which
 * share its texts and its store. A text that may still grow keeps back its last record, and its last line while that
 * has no line end; a log shows both as if the text ended there, from rows of its own.
 */
#include "log/feed.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/executor.h"
#include "base/fail.h"

#define MAX_SOURCES UINT16_MAX
#define MAX_EPOCHS  UINT16_MAX
#define MAX_OPEN    200 /* plain files that keep their own descriptor; later ones are copied to the spool */
#define WHAT        "reading a log"

/* ---- opening -------------------------------------------------------------------------------------------------- */

int feed_add_text(struct lw_feed *feed, size_t number, struct log_text *text, struct lw_error *err)
{
    struct feed_source *source = &feed->sources[number];
    struct feed_epoch *epoch = alloc_zeroed(1, sizeof *epoch);
    if (epoch == NULL || alloc_grow(&source->epochs, &source->cap, source->n_epochs + 1, sizeof(void *)) != 0) {
        free(epoch);
        log_text_release(text);
        return fail_memory(err, WHAT);
    }
    epoch->text = text;
    epoch->cutting = (struct cutting){.formats = feed->base->formats,
                                      .source = &epoch->text->source,
                                      .format = &epoch->text->format,
                                      .number = (uint16_t)number,
                                      .epoch = (uint16_t)source->n_epochs,
                                      .is_growing = feed->is_following || !epoch->text->source.is_whole,
                                      .calendar = CALENDAR_INIT};
    epoch->cutting.calendar.clock = clocks_find(feed->base->clocks, text->source.path);
    source->epochs[source->n_epochs++] = epoch;
    return 0;
}

int feed_add_epoch(struct lw_feed *feed, size_t number, const char *path, const struct lw_run *run,
                   struct lw_error *err)
{
    struct log_text *text;
    if (feed->sources[number].n_epochs >= MAX_EPOCHS)
        return fail(err, LW_ERR_LIMIT, "%s: was written anew %d times; open it again", path, MAX_EPOCHS);
    int code = log_text_open(feed->base, path, number < MAX_OPEN, &feed->request, feed->is_following, run, &text, err);
    return code == 0 ? feed_add_text(feed, number, text, err) : code;
}

int feed_begin(size_t n_sources, const struct lw_open_options *options, struct lw_feed **out, struct lw_error *err)
{
    if (options != NULL && options->version != LW_OPTIONS_VERSION)
        return fail(err, LW_ERR_USAGE, "options of version %u: this library knows version %u", options->version,
                    LW_OPTIONS_VERSION);
    struct lw_feed *feed = alloc_zeroed(1, sizeof *feed);
    if (feed == NULL)
        return fail_memory(err, WHAT);
    feed->remark = (struct buf)BUF_INIT;
    feed->now_us = options != NULL && options->now_us != 0 ? options->now_us : clock_wall_us();
    feed->is_following = options != NULL && options->is_following;
    int code = log_base_new(options, &feed->base, err);
    if (code == 0)
        code = format_request_read(feed->base->formats, options != NULL ? options->format : NULL, &feed->request, err);
    if (code == 0)
        code = store_new(options != NULL ? options->max_memory : 0, &feed->store, err);
    if (code == 0 && (feed->sources = alloc_zeroed(n_sources, sizeof *feed->sources)) == NULL)
        code = fail_memory(err, WHAT);
    if (code != 0)
        lw_feed_free(feed);
    else
        *out = feed;
    return code;
}

int lw_feed_open(const char *const *paths, size_t n_paths, const struct lw_open_options *options,
                 const struct lw_run *run, struct lw_feed **out, struct lw_error *err)
{
    struct lw_feed *feed;
    if (n_paths == 0 || n_paths > MAX_SOURCES)
        return fail(err, LW_ERR_USAGE, "%zu sources: give from 1 to %d", n_paths, MAX_SOURCES);
    int code = feed_begin(n_paths, options, &feed, err);
    if (code != 0)
        return code;
    for (size_t i = 0; i < n_paths && code == 0; i++) {
        feed->n_sources++;
        code = run_check(run, err);
        if (code == 0)
            code = feed_add_epoch(feed, i, paths[i], run, err);
    }
    if (code != 0)
        lw_feed_free(feed);
    else
        *out = feed;
    return code;
}

void lw_feed_free(struct lw_feed *feed)
{
    if (feed == NULL)
        return;
    for (size_t i = 0; i < feed->n_sources; i++) {
        for (size_t e = 0; e < feed->sources[i].n_epochs; e++) {
            log_text_release(feed->sources[i].epochs[e]->text);
            free(feed->sources[i].epochs[e]);
        }
        free(feed->sources[i].epochs);
    }
    free(feed->sources);
    store_free(feed->store);
    log_base_release(feed->base);
    buf_release(&feed->remark);
    free(feed);
}

/* ---- reading -------------------------------------------------------------------------------------------------- */

uint64_t feed_unread(const struct feed_epoch *epoch)
{
    uint64_t size = epoch->text->source.size;
    return epoch->is_over || size <= epoch->seen ? 0 : size - epoch->cutting.at;
}

struct wave {
    struct records_piece pieces[RECORDS_PIECES];
    struct feed_epoch *epochs[RECORDS_PIECES];
    size_t n;
    uint64_t bytes;
};

/* Takes up to max_bytes of a text into the wave. */
static void take(struct wave *wave, struct feed_epoch *epoch, uint64_t max_bytes)
{
    uint64_t from = epoch->cutting.at, left = feed_unread(epoch);
    if (left > max_bytes)
        left = max_bytes;
    while (left > 0 && wave->n < RECORDS_PIECES) {
        uint64_t len = left < LINES_PART ? left : LINES_PART;
        wave->epochs[wave->n] = epoch;
        wave->pieces[wave->n++] = (struct records_piece){&epoch->cutting, from, from + len};
        wave->bytes += len;
        from += len;
        left -= len;
    }
}

static void plan_wave(const struct lw_feed *feed, uint64_t budget, struct wave *wave)
{
    wave->n = 0;
    wave->bytes = 0;
    for (size_t i = 0; i < feed->n_sources && wave->bytes < budget && wave->n < RECORDS_PIECES; i++)
        take(wave, feed_last(&feed->sources[i]), budget - wave->bytes);
}

/* The text cannot be read any more: what was cut of it is all that will be. */
static void give_up(struct lw_feed *feed, struct feed_epoch *epoch)
{
    epoch->seen = epoch->text->source.size;
    feed_remark(feed, "%s was truncated while it was read", epoch->text->source.path);
}

static int cut_wave(struct lw_feed *feed, const struct wave *wave, const struct lw_run *run, struct lw_error *err)
{
    struct lw_error own = {LW_OK, ""};
    uint64_t before = store_count(feed->store);
    size_t failed;
    int code = records_cut(wave->pieces, wave->n, feed->store, run, &failed, &own);
    if (code == LW_ERR_NOT_FOUND && failed < wave->n) {
        give_up(feed, wave->epochs[failed]);
        return 0;
    }
    for (size_t i = 0; i < wave->n && code == 0; i++)
        if (wave->pieces[i].to == wave->epochs[i]->text->source.size)
            wave->epochs[i]->seen = wave->pieces[i].to;
    if (code != 0 && (code == LW_ERR_MEMORY || store_count(feed->store) != before))
        feed->failure = own;
    if (code != 0 && err != NULL)
        *err = own;
    return code;
}

/* Bytes of the text, guessed while it is being unpacked. */
static uint64_t guess_size(const struct feed_epoch *epoch)
{
    const struct source *source = &epoch->text->source;
    uint64_t size = source->size;
    if (source->is_whole || source->n_read == 0 || source->n_total <= source->n_read)
        return size;
    return (uint64_t)((double)size * ((double)source->n_total / (double)source->n_read));
}

static void sum(const struct lw_feed *feed, uint64_t *done, uint64_t *total)
{
    *done = *total = 0;
    for (size_t i = 0; i < feed->n_sources; i++)
        for (size_t e = 0; e < feed->sources[i].n_epochs; e++) {
            const struct feed_epoch *epoch = feed->sources[i].epochs[e];
            *done += epoch->seen > epoch->cutting.at ? epoch->seen : epoch->cutting.at;
            *total += guess_size(epoch);
        }
}

/* Whether there is more now, of sources that were read to their end. */
static int look_around(struct lw_feed *feed, const struct lw_run *run, bool *has_more, struct lw_error *err)
{
    int code = 0;
    *has_more = false;
    for (size_t i = 0; i < feed->n_sources && code == 0; i++) {
        code = feed_look(feed, i, run, err);
        const struct feed_epoch *last = feed_last(&feed->sources[i]);
        *has_more = *has_more || feed_unread(last) > 0 || (!feed->is_following && !last->text->source.is_whole);
    }
    return code;
}

int lw_feed_read(struct lw_feed *feed, uint64_t max_bytes, const struct lw_run *run, enum lw_feed_state *state,
                 struct lw_error *err)
{
    uint64_t budget = max_bytes > 0 ? max_bytes : UINT64_MAX;
    bool has_more = true;
    int code = feed->failure.code;
    if (code != 0 && err != NULL)
        *err = feed->failure;
    while (code == 0 && has_more && budget > 0) {
        struct wave wave;
        uint64_t done, total;
        code = run_check(run, err);
        plan_wave(feed, budget, &wave);
        if (code == 0 && wave.n == 0) {
            code = look_around(feed, run, &has_more, err);
            continue;
        }
        sum(feed, &done, &total);
        run_progress(run, "records", done, total);
        if (code == 0)
            code = cut_wave(feed, &wave, run, err);
        budget -= wave.bytes;
    }
    if (code == 0)
        *state = has_more ? LW_FEED_MORE : LW_FEED_END;
    return code;
}

/* ---- what is to be said --------------------------------------------------------------------------------------- */

void feed_remark(struct lw_feed *feed, const char *format, ...)
{
    char text[400];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    buf_clear(&feed->remark);
    buf_add_text(&feed->remark, text);
    feed->n_remarks++;
}

void lw_feed_progress(const struct lw_feed *feed, struct lw_progress *out)
{
    *out = (struct lw_progress){.records = store_count(feed->store),
                                .n_remarks = feed->n_remarks,
                                .remark = feed->remark.data != NULL ? feed->remark.data : ""};
    sum(feed, &out->bytes_done, &out->bytes_total);
}
