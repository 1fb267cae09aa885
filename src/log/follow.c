/*
 * What becomes of a source whose text was read to its end. Without following, that is its end, unless more of it is to
 * be unpacked. With it, its file is looked at again each time: a file that was truncated or written anew is gone, and
 * its path is opened again as a further epoch; one that was renamed away is read until it is quiet twice in a row,
 * since its writer may hold it for a while, and then what its path names now is opened.
 */
#include <string.h>

#include "base/fail.h"
#include "log/feed.h"

#define QUIET_LOOKS 2
#define PUMP        (UINT64_C(4) << 20)
#define WAIT_MS     100

static int end_epoch(struct lw_feed *feed, struct feed_epoch *epoch, struct lw_error *err)
{
    if (epoch->is_over)
        return 0;
    epoch->is_over = true;
    if (epoch->text->source.is_gone) /* its last line cannot be read */
        epoch->cutting.is_growing = false;
    int code = records_end(&epoch->cutting, feed->store, records_store, feed->store, err);
    if (code == LW_ERR_NOT_FOUND) { /* gone just now; what was cut of it is stored */
        epoch->cutting.is_growing = false;
        code = records_end(&epoch->cutting, feed->store, records_store, feed->store, err);
    }
    return code;
}

/* Ends the text and opens what the path names now; if that is nothing yet, the next look tries again. */
static int begin_epoch(struct lw_feed *feed, size_t number, const struct lw_run *run, struct lw_error *err)
{
    struct feed_source *source = &feed->sources[number];
    struct lw_error own;
    int code = end_epoch(feed, feed_last(source), err);
    if (code != 0)
        return code;
    code = feed_add_epoch(feed, number, feed_last(source)->text->source.path, run, &own);
    source->quiet_looks = 0;
    if (code == LW_ERR_NOT_FOUND || code == LW_ERR_IO)
        return 0;
    if (code != 0 && err != NULL)
        *err = own;
    return code;
}

static int look_at_file(struct lw_feed *feed, size_t number, const struct lw_run *run, struct lw_error *err)
{
    struct feed_source *source = &feed->sources[number];
    struct feed_epoch *epoch = feed_last(source);
    const char *path = epoch->text->source.path;
    struct source_news news;
    int code = source_look(&epoch->text->source, &news, err);
    if (code != 0)
        return code;
    if (news.state != SOURCE_VANISHED)
        source->has_vanished = false;
    switch (news.state) {
    case SOURCE_SAME:
        source->quiet_looks = 0;
        break;
    case SOURCE_TRUNCATED:
        if (!epoch->is_over)
            feed_remark(feed, "%s was truncated; reading it from its start", path);
        return begin_epoch(feed, number, run, err);
    case SOURCE_REPLACED:
        source->quiet_looks = news.grown > 0 ? 0 : source->quiet_looks + 1;
        if (source->quiet_looks >= QUIET_LOOKS) {
            if (!epoch->is_over)
                feed_remark(feed, "%s was rotated; reading the new file", path);
            return begin_epoch(feed, number, run, err);
        }
        break;
    case SOURCE_VANISHED:
        if (!source->has_vanished)
            feed_remark(feed, "%s is gone from its place; waiting for a new one", path);
        source->has_vanished = true;
        break;
    }
    return 0;
}

int feed_look(struct lw_feed *feed, size_t number, const struct lw_run *run, struct lw_error *err)
{
    struct feed_source *source = &feed->sources[number];
    struct feed_epoch *epoch = feed_last(source);
    if (feed->is_following && epoch->text->source.is_file)
        return look_at_file(feed, number, run, err);
    uint64_t grown = 0;
    int code = 0;
    if (!epoch->text->source.is_whole)
        code = source_pump(&epoch->text->source, PUMP, feed->is_following ? 0 : WAIT_MS, &grown, err);
    return code != 0 || grown > 0 || !epoch->text->source.is_whole ? code : end_epoch(feed, epoch, err);
}
