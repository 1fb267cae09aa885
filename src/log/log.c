#include "log/log.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/executor.h"
#include "base/fail.h"
#include "log/records.h"

#define MAX_SOURCES UINT16_MAX
#define MAX_OPEN    200 /* plain files that keep their own descriptor; later ones are copied to the spool */

static void destroy(struct lw_log *log)
{
    for (size_t i = 0; i < log->n_sources; i++) {
        source_release(&log->sources[i].source);
        free(log->sources[i].problem);
    }
    free(log->sources);
    formats_free(log->formats);
    snapshot_free(log->records);
    spool_release(&log->spool);
    free(log);
}

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

static int describe_problem(struct log_source *source, struct lw_error *err)
{
    if (source->source.problem == NULL)
        return 0;
    struct buf text = BUF_INIT;
    buf_printf(&text, "%s; ", source->source.problem);
    add_grouped(&text, source->records);
    buf_printf(&text, " record%s read", source->records == 1 ? "" : "s");
    int code = buf_status(&text);
    if (code == 0 && (source->problem = alloc_text(text.data, text.len)) == NULL)
        code = LW_ERR_MEMORY;
    buf_release(&text);
    return code != 0 ? fail_memory(err, "opening a log") : 0;
}

struct opening {
    struct lw_log *log;
    struct store *store;
    struct format_request request;
    int64_t now_us;
    uint64_t max_memory;
    const struct lw_run *run;
};

static int open_one(struct opening *o, const char *path, struct lw_error *err)
{
    struct lw_log *log = o->log;
    size_t number = log->n_sources;
    struct log_source *source = &log->sources[number];
    int code = source_open(path, number < MAX_OPEN, &log->spool, o->run, &source->source, err);
    if (code != 0)
        return code;
    log->n_sources++;
    code = source_fill(&source->source, o->run, err);
    if (code == 0)
        code = format_choose(log->formats, &source->source, &o->request, &source->format, err);
    if (code != 0)
        return code;
    const struct records_plan plan = {.formats = log->formats,
                                      .source = &source->source,
                                      .number = (uint16_t)number,
                                      .format = &source->format,
                                      .now_us = o->now_us,
                                      .max_memory = o->max_memory};
    struct records_total total;
    code = records_cut(&plan, o->store, o->run, &total, err);
    if (code != 0)
        return code;
    source->records = total.records;
    source->lines = total.lines;
    return describe_problem(source, err);
}

static int open_all(struct opening *o, const char *const *paths, size_t n_paths, struct lw_error *err)
{
    struct lw_log *log = o->log;
    log->sources = alloc_zeroed(n_paths, sizeof *log->sources);
    if (log->sources == NULL)
        return fail_memory(err, "opening a log");
    int code = 0;
    for (size_t i = 0; i < n_paths && code == 0; i++) {
        code = run_check(o->run, err);
        if (code == 0)
            code = open_one(o, paths[i], err);
    }
    return code != 0 ? code : store_snapshot(o->store, &log->records, err);
}

int lw_log_open(const char *const *paths, size_t n_paths, const struct lw_open_options *options,
                const struct lw_run *run, struct lw_log **out, struct lw_error *err)
{
    struct opening o = {.run = run};
    if (n_paths == 0 || n_paths > MAX_SOURCES)
        return fail(err, LW_ERR_USAGE, "%zu sources: give from 1 to %d", n_paths, MAX_SOURCES);
    if (options != NULL && options->version != LW_OPTIONS_VERSION)
        return fail(err, LW_ERR_USAGE, "options of version %u: this library knows version %u", options->version,
                    LW_OPTIONS_VERSION);
    int code = 0;
    o.now_us = options != NULL && options->now_us != 0 ? options->now_us : clock_wall_us();
    o.max_memory = options != NULL ? options->max_memory : 0;
    o.log = alloc_zeroed(1, sizeof *o.log);
    if (o.log == NULL)
        return fail_memory(err, "opening a log");
    atomic_init(&o.log->owners, 1);
    o.log->spool = (struct spool)SPOOL_INIT;
    code = formats_new(options != NULL ? options->formats_dir : NULL, &o.log->formats, err);
    if (code == 0)
        code = format_request_read(o.log->formats, options != NULL ? options->format : NULL, &o.request, err);
    if (code == 0)
        code = store_new(&o.store, err);
    if (code == 0)
        code = open_all(&o, paths, n_paths, err);
    store_free(o.store);
    if (code != 0) {
        destroy(o.log);
        return code;
    }
    *out = o.log;
    return 0;
}

struct lw_log *lw_log_retain(struct lw_log *log)
{
    atomic_fetch_add(&log->owners, 1);
    return log;
}

void lw_log_free(struct lw_log *log)
{
    if (log != NULL && atomic_fetch_sub(&log->owners, 1) == 1)
        destroy(log);
}

size_t lw_log_count(const struct lw_log *log)
{
    return (size_t)snapshot_count(log->records);
}

size_t lw_log_notice_count(const struct lw_log *log)
{
    return formats_mistake_count(log->formats);
}

const char *lw_log_notice(const struct lw_log *log, size_t index)
{
    return index < formats_mistake_count(log->formats) ? formats_mistake(log->formats, index) : NULL;
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
    *out = (struct lw_source){.path = {source->source.path, strlen(source->source.path)},
                              .format = source->format.name,
                              .why = source->format.why,
                              .problem = source->problem,
                              .bytes = source->source.size,
                              .records = source->records,
                              .lines = source->lines};
    return 0;
}
