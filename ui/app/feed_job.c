/*
 * The job that reads. It begins with one screen, so that this shows at once, and reads larger and larger pieces; wishes
 * are looked at between two. A log of several sources numbers its records anew when earlier ones come in: then the job
 * says so, and where the cursor's record is now, since finding it takes a walk over the log.
 */
#include "ui/app/feed_job.h"

#include "ui/app/app.h"
#include "ui/kit/text.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { FIRST_BYTES = 64 << 10, LEAST_BYTES = 1 << 20, MOST_BYTES = 64 << 20, MOST_OF_PIPE = 1 << 20 };
enum { END_BYTES = 512 << 10 };
enum { READ_MS = 80, SHOW_MS = 250, SHOW_MERGED_MS = 3000, LOOK_MS = 250 };

struct reading {
    struct job job;
    struct feed *feed;
    /* of the thread */
    struct lw_feed *from;
    char notice[SESSION_NOTICE];
    uint64_t numbering, n_numberings;
    struct lw_record last; /* of the log that was shown last: its identity */
    uint64_t n_shown;
    bool is_several, is_shown;
    int64_t shown_ms, measured_ms;
    uint64_t measured_bytes;
    struct lw_progress told; /* the figures of what was shown */
};

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void wake(const struct feed *feed)
{
    ssize_t written = write(feed->wake_fd, "f", 1);
    (void)written;
}

static bool identify(const struct lw_log *log, uint64_t record, struct lw_record *out)
{
    struct lw_reader *reader;
    bool is_there = lw_reader_new(log, &reader, NULL) == 0;

    if (!is_there)
        return false;
    is_there = lw_reader_get(reader, record, out, NULL) == 0;
    lw_reader_free(reader);
    return is_there;
}

/* Records keep their numbers when the one that was last does: each source keeps its own order. */
static void number(struct reading *reading, const struct lw_log *log)
{
    uint64_t n = lw_log_count(log);

    if (!reading->is_several)
        return;
    if (reading->n_shown > 0) {
        struct lw_record is;
        bool is_same = n >= reading->n_shown && identify(log, reading->n_shown - 1, &is) &&
                       is.source == reading->last.source && is.epoch == reading->last.epoch &&
                       is.offset == reading->last.offset;

        if (!is_same)
            reading->numbering = reading->feed->numbering + ++reading->n_numberings;
    }
    reading->n_shown = n > 0 && identify(log, n - 1, &reading->last) ? n : 0;
}

/* Where the cursor's record is in this log. */
static struct feed_place find_place(const struct reading *reading, const struct lw_log *log, struct feed_place place)
{
    if (place.numbering != 0 && place.numbering != reading->numbering)
        place.record = lw_log_find(log, place.source, place.epoch, place.offset);
    place.numbering = reading->numbering;
    return place;
}

static int show(struct reading *reading, enum feed_phase phase, struct lw_error *err)
{
    struct feed *feed = reading->feed;
    struct session *session, *before;
    struct feed_place was, place;
    struct lw_log *log;
    int rc = lw_feed_log(reading->from, &log, err);

    if (rc != 0)
        return rc;
    reading->is_several = lw_log_source_count(log) > 1;
    number(reading, log);
    rc = session_of_log(&feed->request, log, reading->numbering, reading->notice, &session, err);
    if (rc != 0)
        return rc;
    pthread_mutex_lock(&feed->lock);
    was = feed->place;
    pthread_mutex_unlock(&feed->lock);
    place = find_place(reading, session->log, was);
    pthread_mutex_lock(&feed->lock);
    before = feed->news.whole;
    feed->news.whole = session;
    feed->news.place = place;
    feed->news.place_was = was.record;
    feed->news.place_numbering = was.numbering;
    feed->news.phase = phase;
    pthread_mutex_unlock(&feed->lock);
    session_free(before);
    reading->is_shown = true;
    reading->shown_ms = now_ms();
    wake(feed);
    return 0;
}

/* The end has a numbering of its own each time. */
static int show_end(struct reading *reading, const struct lw_run *run, struct lw_error *err)
{
    struct feed *feed = reading->feed;
    struct session *session, *before;
    struct lw_log *log;
    int rc = lw_feed_tail(reading->from, END_BYTES, run, &log, err);

    if (rc == 0)
        rc = session_of_log(&feed->request, log, feed->numbering + ++reading->n_numberings, "", &session, err);
    if (rc != 0)
        return rc;
    session->is_end = true;
    pthread_mutex_lock(&feed->lock);
    before = feed->news.end;
    feed->news.end = session;
    feed->wants_end = false;
    pthread_mutex_unlock(&feed->lock);
    session_free(before);
    wake(feed);
    return 0;
}

/* Figures, and whether something is new since the last ones that were told with a log. */
static bool measure(struct reading *reading, bool is_told)
{
    struct feed *feed = reading->feed;
    struct lw_progress now;
    int64_t ms = now_ms();
    bool is_new;

    lw_feed_progress(reading->from, &now);
    is_new = now.bytes_done != reading->told.bytes_done || now.bytes_total != reading->told.bytes_total ||
             now.records != reading->told.records;
    pthread_mutex_lock(&feed->lock);
    feed->news.done = now.bytes_done;
    feed->news.total = now.bytes_total;
    if (ms - reading->measured_ms >= 500) {
        double rate = (double)(now.bytes_done - reading->measured_bytes) * 1000 / (double)(ms - reading->measured_ms);

        feed->news.rate = feed->news.rate > 0 ? 0.6 * feed->news.rate + 0.4 * rate : rate;
        reading->measured_ms = ms;
        reading->measured_bytes = now.bytes_done;
    }
    if (now.n_remarks != reading->told.n_remarks)
        snprintf(feed->news.remark, sizeof feed->news.remark, "%s", now.remark);
    pthread_mutex_unlock(&feed->lock);
    if (now.n_remarks != reading->told.n_remarks)
        wake(feed);
    reading->told.n_remarks = now.n_remarks;
    if (is_told)
        reading->told = now;
    return is_new;
}

struct wishes {
    bool is_closing, is_paused, is_following, wants_end;
    uint64_t n;
};

/* Waits for other wishes than these, for so long at most; 0 = without end. */
static void rest(struct reading *reading, const struct wishes *wishes, int ms)
{
    struct feed *feed = reading->feed;
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += (long)ms * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&feed->lock);
    if (!feed->news.is_waiting) {
        feed->news.is_waiting = true;
        wake(feed);
    }
    if (feed->n_wishes == wishes->n && ms > 0)
        pthread_cond_timedwait(&feed->changed, &feed->lock, &until);
    while (feed->n_wishes == wishes->n && ms == 0)
        pthread_cond_wait(&feed->changed, &feed->lock);
    pthread_mutex_unlock(&feed->lock);
}

static struct wishes take_wishes(struct reading *reading)
{
    struct feed *feed = reading->feed;
    struct wishes wishes;

    pthread_mutex_lock(&feed->lock);
    wishes = (struct wishes){feed->is_closing, feed->is_paused, feed->is_following, feed->wants_end, feed->n_wishes};
    pthread_mutex_unlock(&feed->lock);
    return wishes;
}

static bool is_whole(const struct reading *reading)
{
    struct lw_progress now;

    lw_feed_progress(reading->from, &now);
    return now.bytes_done >= now.bytes_total;
}

static void begin_step(struct reading *reading)
{
    pthread_mutex_lock(&reading->feed->lock);
    reading->feed->news.is_waiting = false;
    pthread_mutex_unlock(&reading->feed->lock);
}

/* Wishes wait for a read to end, so none is to take long. */
static uint64_t next_size(uint64_t size, int64_t took_ms, uint64_t most)
{
    if (took_ms > READ_MS)
        return size / 2 > LEAST_BYTES ? size / 2 : LEAST_BYTES;
    if (took_ms > READ_MS / 2)
        return size;
    return size * 2 < most ? size * 2 : most;
}

static int read_all(struct reading *reading, bool is_growing, const struct lw_run *run, struct lw_error *err)
{
    uint64_t size = FIRST_BYTES, most = is_growing ? MOST_BYTES : MOST_OF_PIPE;
    enum lw_feed_state state = LW_FEED_MORE;
    bool is_indexed = false;
    int rc = 0;

    while (rc == 0) {
        struct wishes wishes = take_wishes(reading);

        if (wishes.is_closing || (is_indexed && !is_growing))
            return 0;
        if (wishes.wants_end && reading->is_shown) {
            rc = show_end(reading, run, err);
            continue;
        }
        if (wishes.is_paused || (is_indexed && !wishes.is_following)) {
            if (reading->is_shown && measure(reading, true))
                rc = show(reading, is_indexed ? FEED_DONE : FEED_INDEXING, err);
            rest(reading, &wishes, 0);
            continue;
        }
        if (!is_indexed)
            begin_step(reading);
        int64_t begun = now_ms();
        rc = lw_feed_read(reading->from, size, run, &state, err);
        if (rc == LW_ERR_CANCELLED && reading->is_shown)
            return show(reading, FEED_DONE, err);
        if (rc != 0)
            break;
        size = next_size(size, now_ms() - begun, most);
        bool was_indexed = is_indexed;
        bool is_due = now_ms() - reading->shown_ms >= (reading->is_several ? SHOW_MERGED_MS : SHOW_MS);

        is_indexed = is_indexed || (state == LW_FEED_END && is_whole(reading));
        if (!reading->is_shown || is_due || is_indexed != was_indexed) {
            if (measure(reading, true) || is_indexed != was_indexed)
                rc = show(reading, is_indexed ? FEED_DONE : FEED_INDEXING, err);
        } else {
            measure(reading, false);
        }
        if (rc == 0 && is_indexed && wishes.is_following && state == LW_FEED_END)
            rest(reading, &wishes, LOOK_MS);
        else if (rc == 0 && !is_indexed && state == LW_FEED_END) /* more of it is being unpacked */
            nanosleep(&(struct timespec){0, 10000000}, NULL);
    }
    return rc;
}

static int work_reading(struct job *base, const struct lw_run *run, struct lw_error *err)
{
    struct reading *reading = (struct reading *)base;
    struct feed *feed = reading->feed;
    struct lw_run silent = *run;
    bool is_growing = false;
    int rc = session_feed(&feed->request, run, &reading->from, &is_growing, reading->notice, err);

    silent.progress = NULL;
    if (rc == 0 && !reading->from) {
        struct session *session;

        rc = session_of_workspace(&feed->request, run, &session, err);
        if (rc != 0)
            return rc;
        pthread_mutex_lock(&feed->lock);
        feed->news.whole = session;
        feed->news.phase = FEED_DONE;
        pthread_mutex_unlock(&feed->lock);
        return 0;
    }
    pthread_mutex_lock(&feed->lock);
    feed->news.is_growing = is_growing;
    pthread_mutex_unlock(&feed->lock);
    reading->numbering = feed->numbering;
    reading->measured_ms = now_ms();
    return rc != 0 ? rc : read_all(reading, is_growing, &silent, err);
}

static void finish_reading(struct app *app, struct job *base, int rc, const struct lw_error *err)
{
    const struct reading *reading = (struct reading *)base;

    if (reading->feed != app->feed || rc == 0)
        return;
    app_say(app, "%s", rc == LW_ERR_CANCELLED ? "cancelled" : err->text);
    pthread_mutex_lock(&app->feed->lock);
    app->feed->news.phase = FEED_DONE;
    pthread_mutex_unlock(&app->feed->lock);
    if (reading->feed->is_first && !app->session && rc != LW_ERR_CANCELLED)
        app->exit_code = 2;
}

static void free_reading(struct job *base)
{
    struct reading *reading = (struct reading *)base;

    lw_feed_free(reading->from);
    feed_release(reading->feed);
    free(reading);
}

struct feed *feed_new(struct jobs *jobs, int wake_fd, const struct session_request *request, uint64_t numbering)
{
    static const struct job_ops ops = {NULL, true, false, work_reading, finish_reading, free_reading};
    struct feed *feed = calloc(1, sizeof *feed);
    struct reading *reading = calloc(1, sizeof *reading);

    if (!feed || !reading || !session_request_copy(&feed->request, request)) {
        if (feed)
            session_request_release(&feed->request);
        free(feed);
        free(reading);
        return NULL;
    }
    pthread_mutex_init(&feed->lock, NULL);
    pthread_cond_init(&feed->changed, NULL);
    feed->owners = 2;
    feed->wake_fd = wake_fd;
    feed->numbering = numbering;
    feed->is_following = request->is_following;
    reading->job.ops = &ops;
    reading->feed = feed;
    jobs_start(jobs, JOB_FEED, &reading->job);
    return feed;
}

void feed_release(struct feed *feed)
{
    bool is_last;

    if (!feed)
        return;
    pthread_mutex_lock(&feed->lock);
    is_last = --feed->owners == 0;
    pthread_mutex_unlock(&feed->lock);
    if (!is_last)
        return;
    session_free(feed->news.whole);
    session_free(feed->news.end);
    session_free(feed->index);
    session_request_release(&feed->request);
    pthread_cond_destroy(&feed->changed);
    pthread_mutex_destroy(&feed->lock);
    free(feed);
}
