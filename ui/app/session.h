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

enum { SESSION_NOTICE = 500 };

struct session {
    atomic_int refs;
    struct lw_log *log;             /* NULL when only a workspace was opened */
    struct lw_workspace *workspace; /* NULL, like the traces, until the log was learned */
    const struct lw_traces *traces;
    struct lw_traces *matched; /* traces, when the log is not the one that was learned from; else NULL */
    struct lw_labels *labels;  /* NULL: none */
    char *labels_path;         /* file or field that gave them, NULL: none */
    struct session *base;      /* that labels and matched traces are borrowed from; NULL: they are its own */
    uint64_t numbering;        /* sessions of the same one number records alike; 0 = there is no log */
    uint64_t n_learned;        /* records that the workspace was learned from */
    bool is_end;               /* the log is the end of its sources alone */
    char **paths;              /* as they were asked for, like the format and the rule */
    size_t n_paths;
    char *asked_format, *asked_trace, *asked_labels; /* NULL: found by itself */
    char *asked_masks;                               /* NULL: those of the settings */
    struct lw_summary summary;
    char format[48];             /* of the first source */
    char notice[SESSION_NOTICE]; /* what is to be said about the input; "" for nothing */
};

struct session_request {
    const char *const *paths;
    size_t n_paths;
    const char *format, *trace, *labels; /* NULL: found by itself */
    const char *masks;                   /* as lw_learn_options takes them; NULL: those of the settings */
    const char *zones, *offsets;         /* of clocks, NULL: none; they live as long as the program */
    uint64_t max_memory;
    bool is_following;
};

/* A copy that owns its strings but those of clocks; false when memory is out. */
bool session_request_copy(struct session_request *to, const struct session_request *from);
void session_request_release(struct session_request *request);

/* Opens a feed of the logs among the paths, *feed is NULL without any; *is_growing: it can be followed. */
int session_feed(const struct session_request *request, const struct lw_run *run, struct lw_feed **feed,
                 bool *is_growing, char notice[SESSION_NOTICE], struct lw_error *err);
/* A session of the log alone, which is taken. */
int session_of_log(const struct session_request *request, struct lw_log *log, uint64_t numbering, const char *notice,
                   struct session **out, struct lw_error *err);
/* The workspace among the paths, whole. */
int session_of_workspace(const struct session_request *request, const struct lw_run *run, struct session **out,
                         struct lw_error *err);
/* What was learned, beside the log that grew since; NULL when memory is out. */
struct session *session_grow(struct session *session, struct lw_log *log);
/* Learns the records that the log has grown by. */
int session_extend(struct session *session, const struct lw_run *run, struct session **out, struct lw_error *err);
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
enum session_change {
    CHANGE_OPENED,  /* another log or workspace */
    CHANGE_LEARNED, /* the same log, learned (anew) */
    CHANGE_EDITED,  /* the same log and traces, templates edited by hand */
    CHANGE_EXTENDED /* the same, and what the records teach that were added */
};
enum session_edit { EDIT_ROWS, EDIT_UNDO, EDIT_REDO };
/* Start jobs; what they make becomes the app's session. */
/* Learns the open log again, as the request asks. */
void session_start_learn(struct app *app, const struct session_request *request);
void session_start_edit(struct app *app, enum session_edit edit, const char *kind, const char *const *args,
                        size_t n_args);
/* Takes the workspace, made by a command. */
void session_start_replace(struct app *app, struct lw_workspace *workspace);
/* Learns what the log of this session has grown by. */
void session_start_extend(struct app *app, struct session *session);
/* Learns the log of a session that is not shown yet. */
void session_start_first_learn(struct app *app, struct session *session, const struct session_request *request,
                               bool is_first);
void session_start_save(struct app *app, const char *path);

#endif
