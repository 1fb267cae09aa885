/*
 * The model of the workbench. One thread owns it and the screen; update.c changes it, frame.c draws it, jobs bring what
 * takes time.
 */
#ifndef LW_APP_APP_H
#define LW_APP_APP_H

#include "ui/app/actions.h"
#include "ui/app/bench.h"
#include "ui/app/layout.h"
#include "ui/app/rows.h"
#include "ui/app/session.h"
#include "ui/kit/symbols.h"
#include "ui/term/screen.h"

#include <stdint.h>

struct command;
struct feed;
struct lesson;
struct script;

struct app_options {
    const char *const *paths;
    size_t n_paths;
    const char *format, *trace, *labels, *split, *zones, *offsets;
    const char *masks; /* of the settings and of --mask */
    uint64_t seed, max_memory;
    bool is_ascii, is_following;
    int rows, cols; /* of the screen under a script */
    const char *script;
    bool is_tutor;
};

struct selection { /* what all panes look at */
    uint32_t template_id;
    size_t trace; /* NO_INDEX: none */
    uint64_t record;
    size_t state, transition;
    uint64_t version; /* rises with each change */
};
#define NO_INDEX SIZE_MAX

struct app {
    struct app_options options;
    struct screen *screen;
    struct grid grid;
    struct layout layout;
    const struct symbols *symbols;
    struct bindings *bindings;
    struct jobs *jobs;
    int wake[2]; /* pipe: jobs and signals write, the loop reads */

    bool is_feed_due, is_strip_due; /* more will start by itself */
    struct feed *feed;              /* what is read; NULL: nothing was opened yet */
    unsigned n_feeds;
    struct session *session;     /* NULL until the first was made */
    struct lw_workspace *marked; /* NULL, or the session's under other marks, see marks.h */
    struct lw_marks *marks;      /* those of now; NULL: nothing was learned */
    struct lw_workspace *saved;  /* as it was opened, learned or saved last; edits are measured against it */
    char *save_path;
    struct selection selection;
    struct rows rows;
    struct bench bench;
    uint64_t n_filters;       /* that were begun */
    char *search_text;        /* last search, or NULL */
    struct lw_finder *finder; /* marks what it matches */

    enum pane_id pane, first_tile, last_pane; /* has the keys; top left tile; where help was called from */
    bool is_zoomed;
    void *panes[PANE_COUNT];

    char message[600];
    char question[200]; /* "": none is asked */
    void (*on_yes)(struct app *app);
    void (*on_line)(struct app *app, const char *line); /* takes the line of the prompt */

    struct lesson *lesson;
    struct script *script;
    bool is_leaving;
    int exit_code;
};

/* Everything but the screen. Freed with app_free, which leaves *app unusable. */
int app_init(struct app *app, const struct app_options *options, struct lw_error *err);
void app_free(struct app *app);
/* Text of the message line. */
void app_say(struct app *app, const char *format, ...) __attribute__((format(printf, 2, 3)));
int64_t app_now_ms(const struct app *app);
/* The session that is looked at from now on; taken. */
void app_take_session(struct app *app, struct session *session, enum session_change change);
/* More of the log; taken. The cursor's record was the number `was` of this numbering, and is `is` now. */
void app_grow_session(struct app *app, struct session *session, uint64_t numbering, uint64_t was, uint64_t is);
bool app_is_learned(const struct app *app);
/* Edits of this session are saved. */
void app_keep_saved(struct app *app, struct lw_workspace *workspace);
bool app_is_edited(const struct app *app);

/* Selections, which the other panes follow. */
void app_select_template(struct app *app, uint32_t template_id);
void app_select_trace(struct app *app, size_t trace);
void app_select_record(struct app *app, uint64_t record);
void app_select_state(struct app *app, size_t state);
void app_show_pane(struct app *app, enum pane_id pane);

/* update.c: keys and actions in, changes of the model out. */
void app_key(struct app *app, uint32_t key);
void app_act(struct app *app, enum action action);
void app_ask(struct app *app, const char *question, void (*on_yes)(struct app *app));
/* Opens the prompt for a line, which on_line gets. */
void app_prompt(struct app *app, const char *prompt, const char *text, void (*on_line)(struct app *app, const char *));
/* Goes to the next record that matches the expression; "": the last one again. */
void app_search(struct app *app, const char *line, bool is_back);
void app_quit(struct app *app);
void app_resize(struct app *app);

/* frame.c: the whole picture into app->grid; *cursor_row is negative when there is no cursor. */
void frame_draw(struct app *app, int *cursor_row, int *cursor_col);

/* commands.c, complete.c: a line of the prompt. */
void app_command(struct app *app, const char *line);
char *app_complete(void *user, const char *line, size_t start, const char *word, size_t index);
const struct command *app_commands(size_t *n);

/* state.c: what predicates of lessons and scripts speak of. False: there is no such name. */
bool app_state(const struct app *app, const char *name, char *out, size_t size);
/* Whether "NAME OP VALUE [and ...]" holds, OP one of = != > < >=; *problem says what is wrong with it, or NULL. */
bool app_holds(const struct app *app, const char *predicate, const char **problem);

/* loop.c: runs until the user leaves, the terminal is gone or the script ends; returns the exit code. */
int app_run(struct app *app);
/* Gives the terminal back and stops, until the shell continues the program. */
void app_suspend(struct app *app);

#endif
