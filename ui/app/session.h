/*
 * What is looked at: a log, the workspace that was learned from it, its traces and labels. Immutable after it was made
 * and counted by reference, so jobs hold on to the session they were started for. Made by jobs only, since reading and
 * learning take time: one gives a session of the log alone, whose records show at once, the next one a session of the
 * same log with all that was learned. Thread-safe but for its making.
 */
#ifndef LW_APP_SESSION_H
#define LW_APP_SESSION_H

#include "logwright.h"

#include <stdatomic.h>
#include <stdbool.h>

struct session {
    atomic_int refs;
    struct lw_log *log;             /* NULL when only a workspace was opened */
    struct lw_workspace *workspace; /* NULL, like the traces, until the log was learned */
    const struct lw_traces *traces;
    struct lw_traces *matched; /* traces, when the log is not the one that was learned from; else NULL */
    struct lw_labels *labels;  /* NULL: none */
    char *labels_path;         /* file or field that gave them, NULL: none */
    char **paths;              /* as they were asked for, like the format and the rule */
    size_t n_paths;
    char *asked_format, *asked_trace, *asked_labels; /* NULL: found by itself */
    struct lw_summary summary;
    char format[48];  /* of the first source */
    char notice[500]; /* what is to be said about the input; "" for nothing */
};

struct session_request {
    const char *const *paths;
    size_t n_paths;
    const char *format, *trace, *labels; /* NULL: found by itself */
    const char *zones, *offsets;         /* of clocks, NULL: none; they live as long as the program */
    uint64_t max_memory;
};

/* Reads the logs among the paths. Without any, opens the workspace, and the session is whole. */
int session_read(const struct session_request *request, const struct lw_run *run, struct session **out,
                 struct lw_error *err);
/* The same log learned as the request asks, or matched against the workspace among its paths. */
int session_learn(const struct session *session, const struct session_request *request, const struct lw_run *run,
                  struct session **out, struct lw_error *err);
/* The same log under another workspace, which is taken (freed when this fails). */
int session_replace(const struct session *session, struct lw_workspace *workspace, const struct lw_run *run,
                    struct session **out, struct lw_error *err);
static inline bool session_is_learned(const struct session *session)
{
    return session && session->traces;
}
/* What it was opened by, borrowed; to open it again under other rules. */
struct session_request session_request_of(const struct session *session);
struct session *session_retain(struct session *session);
void session_free(struct session *session);

/* Text of the template, its name by hand first. */
struct lw_bytes session_template_text(const struct session *session, uint32_t template_id);

struct app;
enum session_edit { EDIT_ROWS, EDIT_UNDO, EDIT_REDO };
/* Start jobs; what they make becomes the app's session. */
void session_start_open(struct app *app, const struct session_request *request);
/* Learns the open log again, as the request asks. */
void session_start_learn(struct app *app, const struct session_request *request);
void session_start_edit(struct app *app, enum session_edit edit, const char *kind, const char *const *args,
                        size_t n_args);
/* Takes the workspace, made by a command. */
void session_start_replace(struct app *app, struct lw_workspace *workspace);
void session_start_save(struct app *app, const char *path);

#endif
