/*
 * The Generate pane, in parts: generate.c joins them and acts, generate_knobs.c draws the knobs in their groups,
 * generate_effect.c what the turned knobs do: the help of one, F1, a sample; generate_rules.c reads what is typed;
 * generate_presets.c is the list of presets, generate_export.c the form in which a log is written.
 */
#ifndef LW_PANES_GENERATE_H
#define LW_PANES_GENERATE_H

#include "ui/panes/panes.h"

enum { GENERATE_GROUPS = 16 };

struct generate_row {
    int group;
    ptrdiff_t knob; /* index in the bench; -1: the head of the group */
};

enum generate_view { GENERATE_KNOBS, GENERATE_PRESETS, GENERATE_EXPORT };

struct generate {
    enum generate_view view;
    struct list presets, export;
    struct bench_files files; /* to be written; path "": named by how it is written */
    bool has_own_labels;      /* named by hand, or taken away */
    struct list list;
    struct generate_row *rows; /* [list.count] */
    size_t cap_rows;
    char path[KNOB_PATH];            /* of the knob under the cursor, when the rows were made */
    char wanted[KNOB_PATH];          /* of a knob that the cursor is to go to, once it is there */
    bool is_turned[GENERATE_GROUPS]; /* unfolded, or folded where the group begins unfolded */
    bool is_only_set;
};

static inline struct generate *generate_of(const struct app *app)
{
    return app->panes[PANE_GENERATE];
}
/* The row under the cursor; NULL without any. */
static inline const struct generate_row *generate_row(const struct generate *self)
{
    return self->list.count > 0 ? &self->rows[self->list.cursor] : NULL;
}
/* The knob under the cursor; NULL on the head of a group. Borrowed until the next change. */
const struct knob *generate_knob(const struct app *app, const struct generate *self);

/* generate_knobs.c */
/* The rows as they are to be shown now; the cursor stays on its knob. */
void generate_build(struct app *app, struct generate *self);
bool generate_is_open(const struct generate *self, int group);
void generate_draw_knobs(struct app *app, struct generate *self, const struct view *view, bool has_keys);
/* Share that the machine will give the knob's target, NaN: not known; *is_met: false when it cannot be met. */
double generate_expected(const struct app *app, const struct knob *knob, bool *is_met);

/* "in the log 1.10%, expected 20.0%, in the sample 19.8%; " */
void generate_describe_shares(const struct app *app, const struct knob *knob, char *out, size_t size);

/* generate_effect.c: each draws from a row on and returns the next one that is free. */
int generate_draw_help(const struct app *app, const struct generate *self, const struct view *view, int row);
int generate_draw_effect(const struct app *app, const struct view *view, int row, int max_rows);
void generate_draw_sample(const struct app *app, const struct view *view, int row);

/* generate_presets.c */
void generate_draw_presets(struct app *app, struct generate *self, const struct view *view, bool has_keys);
enum action generate_act_presets(struct app *app, struct generate *self, enum action action);

/* generate_export.c */
void generate_draw_export(struct app *app, struct generate *self, const struct view *view, bool has_keys);
enum action generate_act_export(struct app *app, struct generate *self, enum action action);

/* generate_rules.c */
/* "if E12 then E15 within 0.5..30 s probability 0.8 [anywhere]" or "api calls db probability 0.3" becomes a member of
 * `rules` or `calls`, at `path` or (NULL) behind the last. False, and told, when it is neither. */
bool generate_take_rule(struct app *app, const char *path, const char *line);

#endif
