/*
 * The Machine pane, in parts: machine.c joins them, machine_table.c ranks transitions below their states,
 * machine_focus.c shows one state between those before and after it, machine_map.c draws the machine, machine_replay.c
 * steps through a trace, machine_diff.c shows what differs from another machine.
 */
#ifndef LW_PANES_MACHINE_H
#define LW_PANES_MACHINE_H

#include "ui/panes/panes.h"

#include "cmd/machine_map.h"

enum machine_view { MACHINE_TABLE, MACHINE_FOCUS, MACHINE_MAP, MACHINE_DIFF };
enum overlay { OVERLAY_PROBABILITY, OVERLAY_COUNT, OVERLAY_DELAY, OVERLAY_ERRORS, OVERLAY_CORE, OVERLAY_COUNT_OF };

struct machine_line {
    uint32_t state;
    size_t transition; /* NO_INDEX: the line of the state itself */
    uint64_t visits, count;
};
struct picture; /* a map that was laid out, shared with the job that lays out the next one */
struct diff_shown;

struct machine {
    enum machine_view view, above; /* above: what the focus goes back to */
    int activities, paths;         /* per cent of states and transitions that are kept */
    struct lw_excerpt kept;        /* its arrays are owned; NULL before anything was learned */
    double *errors;                /* [states] share of the ways on from there that meet an error */
    enum overlay overlay;

    struct list list;
    struct machine_line *lines; /* [list.count] */
    bool is_by_count;           /* transitions alone, by falling count */

    bool is_right;
    size_t state; /* in focus, or under the map's cursor */
    struct list before, after;
    size_t *into; /* [before.count] transitions */
    size_t *out;  /* [after.count] */

    struct picture *picture; /* NULL: none was drawn yet */
    int top, left;           /* of the map, the cell that is drawn first */
    int view_cols;           /* of the pane, when it was drawn last */
    bool is_placed;          /* top and left are right for the picture */

    bool is_replaying;
    size_t trace, step; /* step: events that have been taken */
    uint32_t *walk;     /* [events + 1] states */
    size_t n_events;

    struct diff_shown *diff; /* NULL: none was asked for */
    struct list differences;
};

static inline const struct lw_machine *machine_of(const struct app *app)
{
    return lw_workspace_machine(app->session->workspace);
}
static inline bool machine_keeps(const struct machine *self, size_t transition)
{
    return !self->kept.transitions || self->kept.transitions[transition];
}

/* machine.c */
/* Chooses anew what is kept, after learning or when a share was moved. */
void machine_keep(struct app *app, struct machine *self);
/* Shows a state in whatever view there is. */
void machine_show_state(struct app *app, struct machine *self, size_t state);

/* machine_table.c */
void machine_build_lines(const struct app *app, struct machine *self);
void machine_draw_table(struct app *app, struct machine *self, const struct view *view, bool has_keys);
/* The cursor on the state's line, if it is kept. */
void machine_choose_state(struct machine *self, size_t state);

/* machine_focus.c */
void machine_focus(struct app *app, struct machine *self, size_t state);
void machine_draw_focus(struct app *app, struct machine *self, const struct view *view, bool has_keys);

/* machine_map.c */
/* Lays the map out in a job; is_fitting: the shares are lowered until it can be read. */
void machine_start_map(struct app *app, struct machine *self, bool is_fitting);
void machine_draw_map(struct app *app, struct machine *self, const struct view *view, bool has_keys);
enum action machine_act_map(struct app *app, struct machine *self, enum action action);
void machine_release_map(struct machine *self);
const char *machine_overlay_name(enum overlay overlay);

/* machine_replay.c */
void machine_replay(struct app *app, struct machine *self);
/* By so many events, if that is possible. */
void machine_replay_step(struct app *app, struct machine *self, int by);
void machine_replay_end(struct machine *self);
/* Where it stands, for the status line. */
void machine_replay_status(const struct app *app, const struct machine *self, char *out, size_t size);

/* machine_diff.c */
/* What differs between the machine that is open and another, of the log called `there` (NULL: not said). */
void machine_draw_diff_rows(const struct app *app, const struct view *view, const struct lw_machine_diff *rows_of,
                            struct list *list, const char *there, bool has_keys);
void machine_draw_diff(struct app *app, struct machine *self, const struct view *view, bool has_keys);
/* The state that the row under the cursor is about, in the machine that is open; NO_INDEX if it has none. */
size_t machine_diff_state(const struct app *app, const struct machine *self);
void machine_release_diff(struct machine *self);

/* machine_export.c */
/* Writes what is kept; the file's name says how: .svg, .dot or .mmd. */
void machine_ask_export(struct app *app);

#endif
