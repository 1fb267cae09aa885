/*
 * Panes. Each is a row of functions over private data of its own, which starts as zeros, and lives in its own file.
 */
#ifndef LW_PANES_PANES_H
#define LW_PANES_PANES_H

#include "ui/app/app.h"
#include "ui/app/find.h"

enum { /* what changed, for `sync` */
       SYNC_SESSION = 1,
       SYNC_SAME_LOG = 2, /* with SYNC_SESSION: only what was learned changed */
       SYNC_EDITED = 4,   /* with SYNC_SAME_LOG: only templates changed */
       SYNC_GROWN = 64,   /* with SYNC_SAME_LOG: records were added, and what they taught */
       SYNC_TEMPLATE = 8,
       SYNC_TRACE = 16,
       SYNC_STATE = 32
};

struct hint {
    enum action action;
    const char *text; /* one word or two */
};

struct pane {
    const char *title;
    size_t size;          /* of the private data */
    struct hint hints[8]; /* most useful first, ended by ACT_NONE */
    void (*draw)(struct app *app, void *self, const struct view *view, bool has_keys);
    /* Does the action and returns ACT_NONE, or returns what it did not consume. */
    enum action (*act)(struct app *app, void *self, enum action action);
    void (*sync)(struct app *app, void *self, unsigned what); /* may be NULL */
    void (*release)(void *self);                              /* may be NULL */
};

const struct pane *pane_get(enum pane_id id);
extern const struct pane pane_logs, pane_templates, pane_traces, pane_machine, pane_generate, pane_detect, pane_tables,
    pane_help, pane_output;

/* Style of a level's name: faults and warnings stand out. */
struct style level_style(enum lw_level level);
/* Says why there is nothing to show yet, when that is so: nothing is open, or nothing was
 * learned (unless the log is enough). True if it drew that. */
bool draw_absence(const struct app *app, const struct view *view, bool is_log_enough);

/* logs.c */
const struct subset *logs_subset(const struct app *app);
uint64_t logs_position(const struct app *app);
uint64_t logs_record(const struct app *app); /* under the cursor; 0 if none is shown */
/* The record, or the next one of those that are shown. */
void logs_go_near(struct app *app, uint64_t record);
/* The first record as late as a typed time. */
void logs_go_time(struct app *app, const char *text);
void logs_show_all(struct app *app);
void logs_go_end(struct app *app);
const struct row *logs_cursor_row(const struct app *app); /* NULL if it was not read yet */
/* The log has grown. Records that are numbered anew: the one that was the number `was` is the number `is`, if is_moved;
 * else the place is counted from the end. */
void logs_grow(struct app *app, bool is_moved, uint64_t was, uint64_t is);
/* More of what is shown. */
void logs_add(struct app *app, const struct subset *more);
/* Shows the record, whole log. */
void logs_go_record(struct app *app, uint64_t record);
/* What a filter that goes on found so far; copied. */
void logs_stream(struct app *app, const struct subset *found);
/* Takes what is in the subset. */
void logs_show(struct app *app, struct subset *subset);

/* traces.c */
void traces_show(struct app *app, struct subset *subset);
/* The timeline of a trace, the cursor on an event. */
void traces_open(struct app *app, size_t trace, size_t event);
const char *traces_view(const struct app *app); /* "variants", "list", "timeline" or "diff" */

/* machine.c, detect.c, templates.c: names of what is on top, for predicates */
const char *machine_view(const struct app *app);
const char *detect_view(const struct app *app);
const char *templates_view(const struct app *app);

/* machine_diff.c: shows what differs from the machine of a workspace or log. */
void machine_start_diff(struct app *app, const char *path);

/* output.c */
void output_show(struct app *app, const char *title, const char *text, size_t len);
/* Why a record is in its template. */
void output_explain(struct app *app, uint64_t record);
/* help.c: a topic's page, or the keys and commands. */
void help_show(struct app *app);

#endif
