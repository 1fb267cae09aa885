/* Marks on records. They are edits of the workspace that leave all that was learned as it is, so they are made at once,
 * without a job and without a new session: the app holds the workspace under the marks of now beside its session. */
#ifndef LW_APP_MARKS_H
#define LW_APP_MARKS_H

#include "logwright.h"

#include <stdbool.h>

struct app;

/* What edits begin with and what is saved: the session's workspace under the marks of now. NULL: nothing was learned.
 */
struct lw_workspace *app_workspace(const struct app *app);
/* The workspace under the marks of now, where it is the session's; else itself. */
struct lw_workspace *marks_over(const struct app *app, struct lw_workspace *workspace);
/* A workspace that differs from the session's by marks alone; taken. */
void marks_take(struct app *app, struct lw_workspace *workspace);
/* The session is another; before: app_workspace of the session there was, or NULL. Of the same log, its marks stay. */
void marks_begin(struct app *app, struct lw_workspace *before, bool is_same_log);
/* note NULL: takes the mark away. Says why when it cannot. */
void marks_set(struct app *app, uint64_t record, const char *note);
/* Whether the record is marked. */
bool marks_get(const struct app *app, uint64_t record, struct lw_mark *out);
size_t marks_count(const struct app *app);
/* Releases all. */
void marks_forget(struct app *app);

#endif
