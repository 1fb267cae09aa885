/* A feed's state, for this floor alone. One thread at a time. */
#ifndef LW_LOG_FEED_H
#define LW_LOG_FEED_H

#include "base/buf.h"
#include "log/log.h"
#include "log/records.h"

struct feed_epoch {
    struct log_text *text;
    struct cutting cutting;
    uint64_t seen; /* size of the text when it was last cut up to its end */
    bool is_over;  /* all that will ever be of it is stored */
};
struct feed_source {
    struct feed_epoch **epochs; /* at least one; only the last may be read */
    size_t n_epochs, cap;
    uint64_t records;
    unsigned quiet_looks; /* at a file that its path does not name any more */
    bool has_vanished;
};
struct lw_feed {
    struct log_base *base;
    struct store *store;
    struct feed_source *sources;
    size_t n_sources;
    struct format_request request;
    int64_t now_us;
    bool is_following;
    struct buf remark; /* the last one */
    uint64_t n_remarks;
    struct lw_error failure; /* of storing: nothing can be read after it */
};

static inline struct feed_epoch *feed_last(const struct feed_source *source)
{
    return source->epochs[source->n_epochs - 1];
}
uint64_t feed_unread(const struct feed_epoch *epoch); /* bytes of the text that can be cut now */
/* A feed of sources that have no text yet; options may be NULL. */
int feed_begin(size_t n_sources, const struct lw_open_options *options, struct lw_feed **out, struct lw_error *err);
/* The text, which is taken over, on failure too, as a further epoch of the source. */
int feed_add_text(struct lw_feed *feed, size_t source, struct log_text *text, struct lw_error *err);
/* Opens the source's path as a further epoch of it. */
int feed_add_epoch(struct lw_feed *feed, size_t source, const char *path, const struct lw_run *run,
                   struct lw_error *err);
void feed_remark(struct lw_feed *feed, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Looks whether there is more of sources whose text was read to its end (follow.c). */
int feed_look(struct lw_feed *feed, size_t source, const struct lw_run *run, struct lw_error *err);

#endif
