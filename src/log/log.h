/*
 * What a log is made of; for this floor alone. A log is immutable and cheap: texts, chunks of the store and the order
 * of records are shared by reference with the feed that goes on reading and with the logs it gave before.
 */
#ifndef LW_LOG_LOG_H
#define LW_LOG_LOG_H

#include <stdatomic.h>

#include "log/calendar.h"
#include "log/format.h"
#include "log/store.h"

/* What all texts of a feed stand on. */
struct log_base {
    atomic_size_t owners;
    struct spool spool;
    struct formats *formats;
    struct clocks *clocks;
};
/* options may be NULL. */
int log_base_new(const struct lw_open_options *options, struct log_base **out, struct lw_error *err);
struct log_base *log_base_retain(struct log_base *base);
void log_base_release(struct log_base *base);

/* One text of a source: a source that is rotated or written anew has several, counted by epoch. Immutable for all but
 * the feed, which makes its source grow. */
struct log_text {
    atomic_size_t owners;
    struct log_base *base;
    struct source source;
    struct format_choice format;
};
int log_text_open(struct log_base *base, const char *path, bool keep_fd, const struct format_request *request,
                  bool is_following, const struct lw_run *run, struct log_text **out, struct lw_error *err);
/* Of a source that is whole, which is taken over, on failure too. */
int log_text_take(struct log_base *base, struct source *source, const struct format_request *request,
                  struct log_text **out, struct lw_error *err);
struct log_text *log_text_retain(struct log_text *text);
void log_text_release(struct log_text *text);

struct log_epoch {
    struct log_text *text;
    struct calendar calendar; /* settled for what is known */
};
struct log_source {
    struct log_epoch *epochs; /* [n_epochs], at least one */
    size_t n_epochs;
    char *problem; /* or NULL */
    uint64_t records, lines, bytes;
};

struct lw_log {
    atomic_size_t owners;
    struct log_base *base;
    struct log_source *sources;
    size_t n_sources;
    struct snapshot *records;
    uint32_t *order; /* place of each record in `records`, see order.h; NULL: the same */
};

static inline const struct log_text *log_text_of(const struct lw_log *log, const struct store_row *row)
{
    return log->sources[row->source].epochs[row->epoch].text;
}
uint64_t log_bytes(const struct lw_log *log); /* that records take */
/* record < lw_log_count; the time is placed. log_stored: by the place in `records`. */
void log_stored(const struct lw_log *log, uint64_t place, struct store_row *out);
void log_row(const struct lw_log *log, uint64_t record, struct store_row *out);
/* What times and levels STORE_CHUNK records from chunk * STORE_CHUNK on have. */
void log_span(const struct lw_log *log, uint64_t chunk, struct store_span *out);

#endif
