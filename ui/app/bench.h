/*
 * The generator and the detectors: what the Generate and Detect panes show and set. Constraints are changed here; each
 * change gets a version, and shortly after the last one jobs make a sample and measure the detectors with it. Results
 * carry the version they were made for, so a pane knows what is out of date.
 */
#ifndef LW_APP_BENCH_H
#define LW_APP_BENCH_H

#include "logwright.h"
#include "ui/app/actions.h"

#include <stdatomic.h>
#include <stdbool.h>

struct app;
struct session;

/* A study with what it says without synthetic traces; shared with jobs. */
struct trial {
    atomic_int refs;
    struct session *session;
    struct lw_study *study;     /* NULL when there are no labels */
    struct lw_result *baseline; /* real training data alone; without labels, what the detectors flag */
};
struct trial *bench_trial_retain(struct trial *trial); /* NULL: NULL */
void bench_trial_free(struct trial *trial);

enum {
    BENCH_UNDO = 100,
    BENCH_ROWS = 32,
    BENCH_SAMPLE_BYTES = 16384,
    KNOB_PATH = 200,
    KNOB_VALUE = 160,
    KNOB_FILE = 600,
    SAMPLE_TRACES = 2000,
    MEASURED_TRACES = 10000
};

enum knob_kind {
    KNOB_NUMBER, /* of the engine's table */
    KNOB_MEMBER, /* a number, or for shares a range, named freely: a level, a template, a service */
    KNOB_TEXT,   /* anything else: a time, a name, a list, the model of a parameter */
    KNOB_RULE,   /* an object in a list: a rule, a call */
    KNOB_CHOICE  /* one of a few names: the method, what logs are drawn from, how they are written */
};

/* One constraint that can be turned. */
struct knob {
    enum knob_kind kind;
    int group;            /* as bench_group_title */
    char path[KNOB_PATH]; /* in the document */
    char name[64];        /* the path without what its group says */
    char value[KNOB_VALUE];
    double low, high; /* numbers: what is set; equal but for a range; NaN: nothing */
    bool is_set;      /* to something else than it is by itself */
    const char *help, *unit;
    double min, max, initial, step; /* initial NaN: as it comes out by itself */
    bool is_integer, is_share;
    enum lw_level level;  /* of a level's share, else LW_LEVEL_NONE */
    uint32_t template_id; /* that it is about, else LW_TEMPLATE_UNKNOWN */
};

/* The other side of a change: what undoing, or doing again, brings back. */
struct bench_step {
    struct lw_constraints *constraints;
    size_t method;
    bool is_of_document;
    char what[80];
};

/* What was set and came out when somebody wanted it kept, to compare with. */
struct bench_pin {
    struct lw_constraints *constraints; /* NULL: none */
    size_t method;
    bool is_of_document;
    struct knob *knobs; /* [n_knobs] as they stood */
    size_t n_knobs;
    size_t n_rows;
    char detectors[BENCH_ROWS][32];
    double f1[BENCH_ROWS];
};

/* Constraints that come with the program. */
struct preset {
    char *name, *about;
    struct lw_constraints *constraints;
    struct lw_settings *settings;
};

/* Files to be written. */
struct bench_files {
    char path[KNOB_FILE];
    char labels[KNOB_FILE], record_labels[KNOB_FILE]; /* "": none */
    const char *as;                                   /* NULL: as the constraints say */
};

struct bench {
    struct lw_constraints *constraints; /* NULL until the first session */
    size_t method;                      /* index as lw_method_get */
    bool is_of_document;                /* the model that the constraints carry goes before that of the log */
    uint64_t version;                   /* of constraints and method */
    bool is_changed;                    /* since they were saved, read or made */
    int64_t due_ms;                     /* when the jobs are to be started; 0 = they are not */
    struct bench_step steps[BENCH_UNDO];
    size_t n_steps, n_done; /* those behind n_done were undone */
    struct knob *knobs;     /* [n_knobs] made anew with each version */
    size_t n_knobs, cap_knobs;
    struct bench_pin pin;

    /* Shares from the machine alone, by the paths of their constraints: under what is set, and when nothing is. NULL:
     * not known yet. */
    struct lw_figures *expected, *natural;
    uint64_t expected_version;
    char expected_error[500];

    char *sample; /* text, or NULL */
    size_t sample_len;
    char *sample_marks; /* a byte a line: '!' an anomalous event, '|' another one of its trace, ' ' none of these */
    struct lw_figures *achieved; /* in the sample, named like those expected; NULL: not known */
    uint64_t sample_traces, sample_events, sample_anomalous;
    double real_levels[LW_LEVEL_COUNT]; /* shares in the log; of a document, those its model gives by itself */
    uint64_t sample_version;
    char sample_error[500];

    struct preset *presets; /* [n_presets] once somebody asked for them */
    size_t n_presets;
    char presets_error[500];

    struct bench_files wanted;     /* when the user agrees to write over what is there */
    char outcome[KNOB_FILE + 500]; /* of the last log that was written; "": none was */
    bool has_failed;               /* the outcome is an error */

    struct trial *trial;
    struct lw_result *augmented;
    uint64_t result_version;
    char result_error[500];

    double moved[2][BENCH_ROWS]; /* thresholds set by hand, for each arm and row; NaN: the learned one */
    uint64_t result_count;       /* of results that came, so that a view of one knows when it is old */
};

enum arm { ARM_REAL, ARM_AUGMENTED };

/* Whether there is something to generate from: a log that was learned, or a model in the constraints. */
bool bench_is_ready(const struct app *app);
/* Whether that is the model in the constraints. */
bool bench_is_of_document(const struct app *app);
/* What lw_generate is to be given: NULL for the document's own model. Borrowed from the session. */
const struct lw_workspace *bench_workspace(const struct app *app);
int bench_init(struct bench *bench, struct lw_error *err);
void bench_release(struct bench *bench);
/* A new session: forget what belonged to the old one and begin, once it is learned. is_edited: only templates were
 * edited. */
void bench_restart(struct app *app, bool is_edited);
/* Finds real_levels of what logs are drawn from. */
void bench_see_levels(struct app *app);
/* bench_knobs.c: the constraints as rows, group by group. */
const char *bench_group_title(int group); /* NULL: there are no more */
void bench_build_knobs(struct app *app);
/* The knob of that path, or NULL. Borrowed until the next change. */
const struct knob *bench_knob_at(const struct bench *bench, const char *path);
/* Share that the figures have for the knob's path; false: they have none. */
bool bench_find_figure(const struct lw_figures *figures, const char *path, struct lw_figure *out);
/* Value of a constraint by its path; NaN when it is not set. */
double bench_value(const struct bench *bench, const char *path);

/* bench_set.c: changes, with undo. Each says in the message line what is wrong when it fails. */
int bench_set(struct app *app, const char *path, double value);
/* json NULL: takes the member out. */
int bench_put(struct app *app, const char *path, const char *json);
/* text as people write it: "-" takes out, a number, "0.1..0.3", JSON, or any text. */
int bench_write_value(struct app *app, const char *path, const char *text);
/* "0.1..0.3"; false: it is something else. */
bool bench_read_range(const char *text, double *low, double *high);
/* Takes the constraints in place of those there are; `what` names the change. A model that they carry is used. */
void bench_replace(struct app *app, struct lw_constraints *constraints, const char *what);
/* Back to the baseline, or where none is kept to where everything stood at first; of one knob, or of all. */
void bench_reset(struct app *app, const struct knob *knob);
void bench_reset_all(struct app *app);
/* The next value, step 1 or -1, of a knob that is a choice. */
void bench_turn(struct app *app, const struct knob *knob, int step);
/* What the knob is measured against: whether it stands elsewhere, and (*was) where it stood; "" without a baseline. */
bool bench_is_moved(const struct bench *bench, const struct knob *knob, const char **was);
void bench_undo(struct app *app);
void bench_redo(struct app *app);
/* Does what keys of undoing ask for, in all panes that turn knobs; ACT_NONE, or the action where it is another. */
enum action bench_act(struct app *app, enum action action);
/* The constraints are others now: jobs will follow. */
void bench_touch(struct app *app);
/* Keeps what is set and what came out, to be compared with; or no longer. */
void bench_pin(struct app *app);
void bench_unpin(struct bench *bench);
/* F1 when it was kept; NaN: none. */
double bench_pinned_f1(const struct bench *bench, const char *detector);

void bench_set_method(struct app *app, size_t method);
/* bench_sample.c: the mix expected at once, and a sample, made by jobs. */
/* A copy of the constraints with nothing in it but the model, if there is one. */
int bench_bare(const struct lw_constraints *constraints, struct lw_constraints **out, struct lw_error *err);
/* Constraints of a log of about so many traces where more are asked for: what is made to be looked at or measured ends
 * in time. session: NULL, or of the log that it is drawn from. */
int bench_shorten(const struct session *session, struct lw_constraints *constraints, double most_traces,
                  struct lw_error *err);
void bench_start_expected(struct app *app);
void bench_start_sample(struct app *app);

/* bench_files.c: jobs that read and write. */
/* Generates into files; asks before it writes over one. */
void bench_generate(struct app *app, const struct bench_files *files);
/* How a log is written into a file of that name: .jsonl, .tsv (sequences), .sqlite, .csv (a folder of tables), .log;
 * NULL: the name does not say. */
const char *bench_form_of(const char *path);
/* Labels of traces go beside the log: PATH.labels.csv. */
void bench_name_labels(struct bench_files *files);
/* Reads the presets, unless that was done. */
void bench_load_presets(struct app *app);
void bench_take_preset(struct app *app, size_t index);
/* Constraints of a file; write asks before it writes over one. */
void bench_read(struct app *app, const char *path);
void bench_write(struct app *app, const char *path);
void bench_forget_presets(struct bench *bench);

/* bench_translate.c: constraints that name templates of one workspace, for another. *constraints is replaced. */
int bench_translate(const struct lw_workspace *from, const struct lw_workspace *to, struct lw_constraints **constraints,
                    struct lw_error *err);

/* Starts the jobs if they are due at now_ms. */
void bench_tick(struct app *app, int64_t now_ms);
/* Whether what Detect shows for the arm was made for what is set now. */
bool bench_is_stale(const struct app *app, enum arm arm);

const struct lw_result *bench_result(const struct bench *bench, enum arm arm);
size_t bench_row_count(const struct bench *bench, enum arm arm);
/* The row under the threshold set by hand, if one was. */
int bench_row(const struct bench *bench, enum arm arm, size_t index, struct lw_row *row);
/* Index of the row of that detector in the arm, or -1. */
ptrdiff_t bench_find_row(const struct bench *bench, enum arm arm, const char *detector);

#endif
