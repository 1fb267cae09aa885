#include "ui/app/feed.h"

#include "ui/app/app.h"
#include "ui/app/feed_job.h"
#include "ui/app/jobs.h"
#include "ui/kit/text.h"
#include "ui/panes/panes.h"

#include <stdlib.h>
#include <string.h>

enum { EXTEND_MS = 1000 };

/* Tells the job what is wished for, which the caller set under the lock. */
static void tell(struct feed *feed)
{
    feed->n_wishes++;
    pthread_cond_broadcast(&feed->changed);
    pthread_mutex_unlock(&feed->lock);
}

void feed_close(struct app *app)
{
    if (!app->feed)
        return;
    pthread_mutex_lock(&app->feed->lock);
    app->feed->is_closing = true;
    tell(app->feed);
}

void feed_open(struct app *app, const struct session_request *request)
{
    struct feed *before = app->feed, *feed;

    feed_close(app);
    jobs_cancel(app->jobs, JOB_SESSION);
    app->n_feeds++;
    feed = feed_new(app->jobs, app->wake[1], request, (uint64_t)app->n_feeds << 32);
    if (!feed) {
        app_say(app, "out of memory");
        return;
    }
    feed->is_first = !app->session;
    app->feed = feed;
    feed_release(before);
    feed->wants_follow = request->is_following;
    if (request->is_following)
        feed_show_end(app);
}

/* ---- what it is at -------------------------------------------------------------------------------------------- */

static struct feed_news look(const struct app *app)
{
    struct feed_news news = {.phase = FEED_DONE};

    if (app->feed) {
        pthread_mutex_lock(&app->feed->lock);
        news = app->feed->news;
        pthread_mutex_unlock(&app->feed->lock);
    }
    return news;
}

bool feed_is_quiet(const struct app *app)
{
    struct feed_news news = look(app);

    return !jobs_is_busy(app->jobs, JOB_FEED) || (news.is_waiting && !news.whole && !news.end && !news.remark[0]);
}

bool feed_is_indexing(const struct app *app)
{
    return app->feed && look(app).phase != FEED_DONE && jobs_is_busy(app->jobs, JOB_FEED);
}

bool feed_is_following(const struct app *app)
{
    return app->feed && app->feed->wants_follow;
}

struct session *feed_session(const struct app *app)
{
    return app->feed && app->feed->index ? app->feed->index : app->session;
}

bool feed_progress(const struct app *app, char *text, size_t size, double *share)
{
    struct feed_news news = look(app);
    double left;

    if (!feed_is_indexing(app))
        return false;
    *share = news.total > 0 ? (double)news.done / (double)news.total : -1;
    if (*share < 0) {
        snprintf(text, size, "%s", news.phase == FEED_OPENING ? "opening..." : "indexing...");
        return true;
    }
    if (app->feed->is_paused) {
        snprintf(text, size, "%s at %.0f %%", app->feed->is_stopped ? "stopped" : "paused", *share * 100);
        return true;
    }
    left = news.rate > 0 ? (double)(news.total - news.done) / news.rate : 0;
    if (news.rate <= 0 || news.total < news.done)
        snprintf(text, size, "indexing %.0f %%", *share * 100);
    else
        snprintf(text, size, "indexing %.0f %% %.0f MB/s %.0f s left", *share * 100, news.rate / 1e6, left);
    return true;
}

/* ---- what comes in -------------------------------------------------------------------------------------------- */

static void learn(struct app *app, struct session *session)
{
    session_start_first_learn(app, session, &app->feed->request, app->feed->is_first);
}

/* A further log beside what is looked at: NULL if it has to wait. */
static struct session *join(struct app *app, struct session *whole, bool is_done)
{
    struct session *now = feed_session(app);
    bool is_alike = now && now->numbering == whole->numbering;

    if (!is_alike && !is_done && (session_is_learned(now) || logs_subset(app)->items)) {
        session_free(whole);
        return NULL;
    }
    if (session_is_learned(now) && is_alike) {
        struct session *next = session_grow(now, whole->log);

        session_free(whole);
        return next;
    }
    if (!session_is_learned(now))
        return whole;
    learn(app, whole); /* what was learned speaks of other numbers; it shows with the log when that is learned */
    session_free(whole);
    return NULL;
}

static void take_whole(struct app *app, struct session *whole, const struct feed_news *news)
{
    struct feed *feed = app->feed;
    bool is_done = news->phase == FEED_DONE, wants_end;

    if (!feed->is_opened) {
        session_free(feed->index);
        feed->index = NULL;
        feed->is_opened = true;
        app_take_session(app, whole, CHANGE_OPENED);
    } else if ((whole = join(app, whole, is_done)) == NULL) {
        return;
    } else if (feed->index && !is_done) {
        session_free(feed->index);
        feed->index = whole;
    } else {
        session_free(feed->index);
        feed->index = NULL;
        app_grow_session(app, whole, news->place_numbering, news->place_was, news->place.record);
    }
    pthread_mutex_lock(&feed->lock);
    wants_end = is_done && feed->wants_end;
    feed->wants_end = feed->wants_end && !is_done;
    pthread_mutex_unlock(&feed->lock);
    if (wants_end)
        logs_go_end(app);
    if (is_done && !session_is_learned(feed_session(app)) && app->session->log && !feed->is_stopped &&
        !jobs_is_busy(app->jobs, JOB_SESSION))
        learn(app, feed_session(app));
}

static void take_end(struct app *app, struct session *end)
{
    struct feed *feed = app->feed;

    if (!feed_is_indexing(app)) {
        session_free(end);
        logs_go_end(app);
        return;
    }
    if (!feed->index)
        feed->index = session_retain(app->session);
    app_take_session(app, end, CHANGE_OPENED);
    logs_go_end(app);
}

/* Where the cursor is, for the next log. */
static void note_place(struct app *app)
{
    const struct row *row = logs_cursor_row(app);

    if (!row || !app->session)
        return;
    pthread_mutex_lock(&app->feed->lock);
    app->feed->place = (struct feed_place){app->session->numbering, row->record, row->source, row->epoch, row->offset};
    pthread_mutex_unlock(&app->feed->lock);
}

void feed_take(struct app *app)
{
    struct feed *feed = app->feed;
    struct feed_news news;

    if (!feed)
        return;
    pthread_mutex_lock(&feed->lock);
    news = feed->news;
    feed->news.whole = feed->news.end = NULL;
    feed->news.remark[0] = '\0';
    pthread_mutex_unlock(&feed->lock);
    if (news.whole)
        take_whole(app, news.whole, &news);
    if (news.end)
        take_end(app, news.end);
    if (news.remark[0])
        app_say(app, "%s", news.remark);
    note_place(app);
}

void feed_settle(struct app *app, struct session *session, enum session_change change)
{
    struct session *now = feed_session(app);

    if (now && now->numbering >> 32 != session->numbering >> 32) { /* of a log that was left */
        session_free(session);
        return;
    }
    if (now && now->log && session->log && now->numbering == session->numbering &&
        lw_log_count(now->log) > lw_log_count(session->log)) {
        struct session *next = session_grow(session, now->log);

        session_free(session);
        session = next;
    }
    if (!session) {
        app_say(app, "out of memory");
    } else if (app->feed && app->feed->index) {
        session_free(app->feed->index);
        app->feed->index = session;
    } else if (now && now->numbering != session->numbering) {
        const struct row *row = logs_cursor_row(app);
        uint64_t numbering = now->numbering, was = row ? row->record : 0;
        uint64_t is = row && session->log ? lw_log_find(session->log, row->source, row->epoch, row->offset) : 0;

        app_grow_session(app, session, numbering, was, is);
        app_take_session(app, session_retain(session), change);
    } else {
        app_take_session(app, session, change);
    }
}

void feed_extended(struct app *app, struct session *session, const struct lw_error *err)
{
    const struct session *now = feed_session(app);

    if (!session) {
        app->feed->cannot_extend = true;
        app_say(app, "%s", err->text);
    } else if (session->numbering == now->numbering && session->n_learned > now->n_learned) {
        feed_settle(app, session, CHANGE_EXTENDED);
    } else {
        session_free(session);
    }
}

bool feed_tick(struct app *app)
{
    struct feed *feed = app->feed;
    struct session *now = feed_session(app);

    if (!feed || feed->cannot_extend || feed->index || !session_is_learned(now) || now->matched || !now->log ||
        feed_is_indexing(app) || lw_log_count(now->log) <= now->n_learned)
        return false;
    if (app_now_ms(app) >= feed->extended_ms + EXTEND_MS && !jobs_is_busy(app->jobs, JOB_SESSION)) {
        feed->extended_ms = app_now_ms(app);
        session_start_extend(app, now);
    }
    return true;
}

/* ---- wishes --------------------------------------------------------------------------------------------------- */

void feed_pause(struct app *app)
{
    if (!feed_is_indexing(app)) {
        app_say(app, "nothing is being indexed");
        return;
    }
    pthread_mutex_lock(&app->feed->lock);
    app->feed->is_paused = true;
    tell(app->feed);
    app_say(app, "paused: :resume goes on, :learn-now learns what is there");
}

void feed_resume(struct app *app)
{
    if (!app->feed || !app->feed->is_paused) {
        app_say(app, "nothing is paused");
        return;
    }
    app->feed->is_stopped = false;
    pthread_mutex_lock(&app->feed->lock);
    app->feed->is_paused = false;
    tell(app->feed);
}

bool feed_cancel(struct app *app)
{
    struct feed *feed = app->feed;
    struct feed_news news = look(app);

    if (feed_is_indexing(app) && (!news.is_growing || !feed->is_opened)) {
        jobs_cancel(app->jobs, JOB_FEED);
        return true;
    }
    if (feed_is_indexing(app) && !feed->is_paused) {
        feed_pause(app);
        feed->is_stopped = true;
        app_say(app, "stopped; what is indexed stays: :resume goes on, :learn-now learns it");
        return true;
    }
    if (feed_is_following(app)) {
        feed_follow(app, false);
        app_say(app, "not following");
        return true;
    }
    return false;
}

void feed_follow(struct app *app, bool is_following)
{
    if (!app->feed)
        return;
    app->feed->wants_follow = is_following;
    pthread_mutex_lock(&app->feed->lock);
    app->feed->is_following = is_following;
    app->feed->is_paused = app->feed->is_paused && !is_following;
    tell(app->feed);
}

bool feed_show_end(struct app *app)
{
    struct feed *feed = app->feed;

    if (!feed || !feed_is_indexing(app) || feed->index ||
        (feed->is_opened && (logs_subset(app)->items || session_is_learned(app->session))))
        return false;
    pthread_mutex_lock(&feed->lock);
    feed->wants_end = true;
    tell(feed);
    return true;
}

bool feed_leave_end(struct app *app)
{
    struct session *index = app->feed ? app->feed->index : NULL;

    if (!index)
        return false;
    app->feed->index = NULL;
    app_take_session(app, index, CHANGE_OPENED);
    return true;
}
