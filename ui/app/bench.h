/*
 * The generator and the detectors: what the Generate and Detect panes show and set. Constraints are changed here; each
 * change gets a version, and shortly after the last one jobs make a sample and measure the detectors with it. Results
 * carry the version they were made for, so a pane knows what is out of date.
 */
#ifndef LW_APP_BENCH_H
#define LW_APP_BENCH_H

#include "logwright.h"

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

enum { BENCH_UNDO = 200, BENCH_ROWS = 32, BENCH_SAMPLE_BYTES = 16384, BENCH_WEIGHTS = 64, KNOB_PATH = 40 };

struct knob_change {
    char path[KNOB_PATH];
    double before, after; /* NaN: not set */
};

/* One constraint that can be turned: the numbers of the document, the share of a level, the weight of a template. */
struct knob {
    char path[KNOB_PATH];
    const char *help, *unit;
    double min, max, initial, step; /* initial NaN: as it comes out by itself */
    bool is_integer;
    enum lw_level level;  /* of a level's share, else LW_LEVEL_NONE */
    uint32_t template_id; /* of a template's weight, else LW_TEMPLATE_UNKNOWN */
};

struct bench {
    struct lw_constraints *constraints; /* NULL until the first session */
    size_t method;                      /* index as lw_method_get */
    uint64_t version;                   /* of constraints and method */
    bool is_changed;                    /* since they were saved, read or made */
    int64_t due_ms;                     /* when the jobs are to be started; 0 = they are not */
    struct knob_change changes[BENCH_UNDO];
    size_t n_changes, n_done;        /* those behind n_done were undone */
    uint32_t weights[BENCH_WEIGHTS]; /* templates of the session whose weight is not 1 */
    size_t n_weights;

    char *sample; /* text, or NULL */
    size_t sample_len;
    uint64_t sample_traces, sample_events;
    double real_levels[LW_LEVEL_COUNT], levels[LW_LEVEL_COUNT]; /* shares */
    uint64_t sample_version;
    char sample_error[500];

    struct trial *trial;
    struct lw_result *augmented;
    uint64_t result_version;
    char result_error[500];

    double moved[2][BENCH_ROWS]; /* thresholds set by hand, for each arm and row; NaN: the learned one */
    uint64_t result_count;       /* of results that came, so that a view of one knows when it is old */
};

enum arm { ARM_REAL, ARM_AUGMENTED };

int bench_init(struct bench *bench, struct lw_error *err);
void bench_release(struct bench *bench);
/* A new session: forget what belonged to the old one and begin, once it is learned. is_edited: only templates were
 * edited. */
void bench_restart(struct app *app, bool is_edited);
/* The plain numbers, then the levels that occur in the log, then the weights that were set. */
size_t bench_knob_count(const struct bench *bench);
void bench_knob(const struct bench *bench, size_t index, struct knob *out);
/* Value of a constraint by its path; NaN when it is not set. */
double bench_value(const struct bench *bench, const char *path);
/* Sets it, with undo; says why when it is out of range. NaN takes back the share of a level. */
int bench_set(struct app *app, const char *path, double value);
/* The constraints were changed otherwise. */
void bench_touch(struct app *app);
/* Notes which weights are set, for templates of the session there is now. */
void bench_find_weights(struct app *app);
void bench_undo(struct app *app);
void bench_redo(struct app *app);
void bench_set_method(struct app *app, size_t method);
/* Start jobs that read and write the constraints. */
void bench_read(struct app *app, const char *path);
void bench_write(struct app *app, const char *path);
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
