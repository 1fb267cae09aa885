#include "log/spooled.h"

#include "log/feed.h"

/* Takes the spool over. */
static int take(struct lw_feed *feed, struct spool *spool, const char *name, struct lw_error *err)
{
    struct source source;
    struct log_text *text;
    int code = source_take(spool, name, &source, err);
    if (code != 0)
        return code;
    code = log_text_take(feed->base, &source, &feed->request, &text, err);
    if (code != 0)
        return code;
    feed->n_sources = 1;
    return feed_add_text(feed, 0, text, err);
}

int log_open_spool(struct spool *spool, const char *name, const struct lw_open_options *options,
                   const struct lw_run *run, struct lw_log **out, struct lw_error *err)
{
    struct lw_feed *feed;
    enum lw_feed_state state = LW_FEED_MORE;
    int code = feed_begin(1, options, &feed, err);
    if (code != 0) {
        spool_release(spool);
        return code;
    }
    code = take(feed, spool, name, err);
    while (code == 0 && state == LW_FEED_MORE)
        code = lw_feed_read(feed, 0, run, &state, err);
    if (code == 0)
        code = lw_feed_log(feed, out, err);
    lw_feed_free(feed);
    return code;
}
