#include "log/log.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/executor.h"
#include "base/fail.h"

#define HEAD    (UINT64_C(1) << 20) /* bytes that a format is chosen by where there is no more of the text yet */
#define WAIT_MS 100

int log_base_new(const struct lw_open_options *options, struct log_base **out, struct lw_error *err)
{
    struct log_base *base = alloc_zeroed(1, sizeof *base);
    if (base == NULL)
        return fail_memory(err, "opening a log");
    atomic_init(&base->owners, 1);
    base->spool = (struct spool)SPOOL_INIT;
    int code = formats_new(options != NULL ? options->formats_dir : NULL, &base->formats, err);
    if (code == 0 && options != NULL)
        code = clocks_new(options->zones, options->offsets, &base->clocks, err);
    if (code != 0)
        log_base_release(base);
    else
        *out = base;
    return code;
}

struct log_base *log_base_retain(struct log_base *base)
{
    atomic_fetch_add(&base->owners, 1);
    return base;
}

void log_base_release(struct log_base *base)
{
    if (base == NULL || atomic_fetch_sub(&base->owners, 1) != 1)
        return;
    formats_free(base->formats);
    clocks_free(base->clocks);
    spool_release(&base->spool);
    free(base);
}

/* What has to be unpacked, or comes through a pipe, is judged by its head. The head of a pipe is what it has to say for
 * now, if it is followed. */
static int read_head(struct source *source, bool is_following, const struct lw_run *run, struct lw_error *err)
{
    uint64_t grown = 1;
    int code = 0;
    while (code == 0 && !source->is_whole && source->size < HEAD && (grown > 0 || !is_following)) {
        code = run_check(run, err);
        if (code == 0)
            code = source_pump(source, HEAD - source->size, WAIT_MS, &grown, err);
    }
    return code;
}

int log_text_take(struct log_base *base, struct source *source, const struct format_request *request,
                  struct log_text **out, struct lw_error *err)
{
    struct log_text *text = alloc_zeroed(1, sizeof *text);
    if (text == NULL) {
        source_release(source);
        return fail_memory(err, "opening a log");
    }
    atomic_init(&text->owners, 1);
    text->base = log_base_retain(base);
    text->source = *source;
    int code = format_choose(base->formats, &text->source, request, &text->format, err);
    if (code != 0)
        log_text_release(text);
    else
        *out = text;
    return code;
}

int log_text_open(struct log_base *base, const char *path, bool keep_fd, const struct format_request *request,
                  bool is_following, const struct lw_run *run, struct log_text **out, struct lw_error *err)
{
    struct source source;
    int code = source_open(path, keep_fd, &base->spool, run, &source, err);
    if (code != 0)
        return code;
    code = read_head(&source, is_following, run, err);
    if (code != 0) {
        source_release(&source);
        return code;
    }
    return log_text_take(base, &source, request, out, err);
}

struct log_text *log_text_retain(struct log_text *text)
{
    atomic_fetch_add(&text->owners, 1);
    return text;
}

void log_text_release(struct log_text *text)
{
    if (text == NULL || atomic_fetch_sub(&text->owners, 1) != 1)
        return;
    source_release(&text->source);
    log_base_release(text->base);
    free(text);
}

int lw_log_open(const char *const *paths, size_t n_paths, const struct lw_open_options *options,
                const struct lw_run *run, struct lw_log **out, struct lw_error *err)
{
    struct lw_feed *feed;
    enum lw_feed_state state = LW_FEED_MORE;
    int code = lw_feed_open(paths, n_paths, options, run, &feed, err);
    if (code != 0)
        return code;
    while (code == 0 && state == LW_FEED_MORE)
        code = lw_feed_read(feed, 0, run, &state, err);
    if (code == 0)
        code = lw_feed_log(feed, out, err);
    lw_feed_free(feed);
    return code;
}

struct lw_log *lw_log_retain(struct lw_log *log)
{
    atomic_fetch_add(&log->owners, 1);
    return log;
}

void lw_log_free(struct lw_log *log)
{
    if (log == NULL || atomic_fetch_sub(&log->owners, 1) != 1)
        return;
    for (size_t i = 0; i < log->n_sources; i++) {
        for (size_t e = 0; e < log->sources[i].n_epochs; e++)
            log_text_release(log->sources[i].epochs[e].text);
        free(log->sources[i].epochs);
        free(log->sources[i].problem);
    }
    free(log->sources);
    snapshot_free(log->records);
    free(log->order);
    log_base_release(log->base);
    free(log);
}

size_t lw_log_count(const struct lw_log *log)
{
    return (size_t)snapshot_count(log->records);
}

uint64_t log_bytes(const struct lw_log *log)
{
    return snapshot_bytes(log->records) + (log->order != NULL ? snapshot_count(log->records) * sizeof *log->order : 0);
}

void log_stored(const struct lw_log *log, uint64_t place, struct store_row *out)
{
    snapshot_get(log->records, place, out);
    out->time_us = calendar_place(out->time_us, &log->sources[out->source].epochs[out->epoch].calendar);
}

void log_row(const struct lw_log *log, uint64_t record, struct store_row *out)
{
    log_stored(log, log->order != NULL ? log->order[record] : record, out);
}

void log_span(const struct lw_log *log, uint64_t chunk, struct store_span *out)
{
    uint64_t from = chunk * STORE_CHUNK, to = from + STORE_CHUNK, count = lw_log_count(log);
    if (log->order == NULL) {
        snapshot_span(log->records, chunk, out);
        if (!calendar_is_stand_in(out->first_us))
            return;
    }
    *out = (struct store_span)STORE_SPAN_INIT;
    for (uint64_t i = from; i < to && i < count; i++) {
        struct store_row row;
        log_row(log, i, &row);
        store_span_add(out, row.time_us, row.level);
    }
}

size_t lw_log_notice_count(const struct lw_log *log)
{
    return formats_mistake_count(log->base->formats);
}

const char *lw_log_notice(const struct lw_log *log, size_t index)
{
    const struct formats *formats = log->base->formats;
    return index < formats_mistake_count(formats) ? formats_mistake(formats, index) : NULL;
}

size_t lw_log_source_count(const struct lw_log *log)
{
    return log->n_sources;
}

int lw_log_source(const struct lw_log *log, size_t index, struct lw_source *out, struct lw_error *err)
{
    if (index >= log->n_sources)
        return fail(err, LW_ERR_NOT_FOUND, "no source %zu: the log has %zu", index, log->n_sources);
    const struct log_source *source = &log->sources[index];
    const struct log_text *text = source->epochs[source->n_epochs - 1].text;
    *out = (struct lw_source){.path = {text->source.path, strlen(text->source.path)},
                              .format = text->format.name,
                              .why = text->format.why,
                              .problem = source->problem,
                              .bytes = source->bytes,
                              .records = source->records,
                              .lines = source->lines};
    return 0;
}

/* A search by halves would need the records of a source in one stretch; with several, they lie in runs. */
uint64_t lw_log_find(const struct lw_log *log, uint32_t source, uint32_t epoch, uint64_t offset)
{
    uint64_t found = LW_NO_RECORD, low = 0, high = lw_log_count(log);
    struct store_row row;
    while (log->n_sources == 1 && low < high) {
        uint64_t middle = low + (high - low) / 2;
        snapshot_get(log->records, middle, &row);
        if (row.epoch != epoch ? row.epoch < epoch : row.offset <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    if (log->n_sources == 1 && low > 0) {
        low--;
        high = low + 1;
    }
    for (; low < high; low++) { /* records of a text stand in the order of their offsets */
        log_row(log, low, &row);
        if (row.source == source && row.epoch == epoch && row.offset <= offset)
            found = low;
    }
    return found;
}
