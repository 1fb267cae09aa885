/*
 * Reading of logs behind the screen. A job reads a feed, and gives a session of what is indexed so far each time that
 * is worth a look; what it gives becomes the app's session here. It waits when there is nothing to read, for files to
 * grow when they are followed. Between the two stand figures, sessions and wishes under a lock. The thread that owns
 * the model alone calls what is declared here.
 */
#ifndef LW_APP_FEED_H
#define LW_APP_FEED_H

#include "ui/app/session.h"

#include <stdbool.h>
#include <stddef.h>

struct app;
struct feed;

/* Opens what is asked for, in a job; it takes the place of what is read now. */
void feed_open(struct app *app, const struct session_request *request);
/* Lets the job end soon; before the jobs are freed. */
void feed_close(struct app *app);
void feed_release(struct feed *feed);
/* Shows what the job gave. */
void feed_take(struct app *app);
/* What a job made of a session becomes what is looked at, beside what its log has grown by meanwhile; taken. */
void feed_settle(struct app *app, struct session *session, enum session_change change);
/* The same for what added records taught, once a second at most; NULL: learning them failed. */
void feed_extended(struct app *app, struct session *session, const struct lw_error *err);
/* Starts what is due; true if more will be. */
bool feed_tick(struct app *app);

/* Nothing is read, and nothing waits to be shown. */
bool feed_is_quiet(const struct app *app);
bool feed_is_indexing(const struct app *app); /* or could be: paused */
bool feed_is_following(const struct app *app);
/* "indexing", "indexing 43 % 310 MB/s 8 s left" and the share done, negative if it is not known; false when it does
 * not. */
bool feed_progress(const struct app *app, char *text, size_t size, double *share);
/* The whole log as far as it is indexed, also while the end is shown. */
struct session *feed_session(const struct app *app);

void feed_pause(struct app *app);
void feed_resume(struct app *app);
/* Stops indexing, or following; false if there is none. */
bool feed_cancel(struct app *app);
void feed_follow(struct app *app, bool is_following);
/* The end of the sources, at once, while they are indexed; false if there is nothing to wait for. */
bool feed_show_end(struct app *app);
/* Back from there to what is indexed; false if the end is not shown. */
bool feed_leave_end(struct app *app);

#endif
