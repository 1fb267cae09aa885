/*
 * The Compare pane, in parts: compare.c joins them and acts, compare_draw.c draws figures and distributions,
 * compare_job.c makes what is shown, compare_measure.c counts the distributions.
 */
#ifndef LW_PANES_COMPARE_H
#define LW_PANES_COMPARE_H

#include "ui/panes/panes.h"

#include <stdatomic.h>

enum compare_view { COMPARE_FIGURES, COMPARE_DISTRIBUTIONS, COMPARE_MACHINES };

/* One value of a distribution, with its share on both sides. */
struct share_row {
    int distribution;     /* as distribution_title */
    char label[80];       /* "": the head of the distribution, shares[] are the numbers of values behind it */
    double shares[2];     /* of the log that is open, and of the other */
    double apart;         /* heads: total variation distance, 0 .. 1 */
    uint32_t template_id; /* that the row is about, else LW_TEMPLATE_UNKNOWN */
    enum lw_level level;  /* likewise */
    uint64_t low, high;   /* lengths of traces */
};
const char *distribution_title(int distribution); /* NULL: there are no more */

enum measure { MEASURE_FIDELITY, MEASURE_PRIVACY, MEASURE_LAWFUL, MEASURE_DETECTORS, N_MEASURES };

/* A row of what was measured, as struct lw_figure; it owns its texts. */
struct measured {
    char *name, *part, *note;
    double value, low, high;
    int verdict;
    uint64_t n;
};
struct measurement {
    struct measured *rows; /* [n] */
    size_t n, cap;
};

/* What one comparison is about and found; immutable once a job made it, counted by reference. */
struct comparison {
    atomic_int refs;
    struct session *session;
    char *path;          /* of the other log; NULL: it was generated */
    char *name;          /* what the other log is, in words */
    uint64_t version;    /* of the bench, when it was generated */
    bool is_of_document; /* it was drawn from a model in the constraints */
    struct lw_log *log;  /* the other one */
    struct lw_workspace *other;
    struct lw_machine_diff *diff; /* NULL: there is no machine on a side */
    struct share_row *rows;       /* [n_rows] */
    size_t n_rows;
    uint64_t n_traces[2];
};
struct comparison *comparison_retain(struct comparison *comparison);
void comparison_free(struct comparison *comparison);

struct compare_row { /* of the figures */
    int measure;
    ptrdiff_t figure; /* in the measurement; -1: the head of the measure */
    bool has_parts, is_part;
};

struct compare {
    enum compare_view view;
    struct list lists[3]; /* by view */
    struct comparison *shown;
    struct measurement figures[N_MEASURES];
    struct measurement kept[N_MEASURES];           /* the baseline that figures are compared with */
    char *kept_name;                               /* what it is of; NULL: there is none */
    int next;                                      /* measure that is to be begun; N_MEASURES: none */
    char errors[N_MEASURES][512];                  /* why there is none; "" else */
    const struct comparison *measured[N_MEASURES]; /* what the figures are of; never followed */
    char error[512];                               /* why nothing could be compared */
    bool is_cancelled;                             /* for no other reason than that */
    char *path;                                    /* to compare with; NULL: what the constraints give */
    uint64_t asked_version;                        /* of the bench, that was begun last; 0: none */
    bool is_due;                                   /* to be begun anew, whatever the version */
    char open[64][40];                             /* names of figures that are unfolded */
    size_t n_open;
    struct compare_row *rows; /* [lists[COMPARE_FIGURES].count] */
    size_t cap_rows;
};

static inline struct compare *compare_of(const struct app *app)
{
    return app->panes[PANE_COMPARE];
}

/* compare_figures.c */
/* Adds a copy of the row; LW_ERR_MEMORY. */
int measurement_add(struct measurement *measurement, const struct lw_figure *figure);
int measurement_add_all(struct measurement *measurement, const struct lw_figures *figures);
int measurement_copy(const struct measurement *from, struct measurement *to);
void measurement_release(struct measurement *measurement);
/* NULL: there is none. */
const struct measured *measurement_find(const struct measurement *measurement, const char *name, const char *part);
/* Which rules a log breaks, rule by rule below the whole of each group. is_judged: it should break none. */
int measure_lawful(const struct lw_validation *validation, bool is_judged, struct measurement *out);
/* F1 of each detector that was trained on generated traces alone, against that trained on real ones. */
int measure_detectors(const struct lw_result *real, const struct lw_result *synthetic, struct measurement *out);

/* compare_measure.c */
/* Fills rows and n_rows; traces: the other log's, matched against the session's workspace. */
int compare_measure(struct comparison *comparison, const struct lw_traces *traces, struct lw_error *err);

/* compare_job.c */
const char *compare_measure_name(int measure);
/* Begins what is due, once the knobs have stood still. */
void compare_start(struct app *app, struct compare *self);
/* All anew. */
void compare_again(struct app *app, struct compare *self);

/* compare_draw.c */
void compare_build(struct compare *self);
void compare_draw_figures(struct app *app, struct compare *self, const struct view *view, bool has_keys);
void compare_draw_distributions(struct app *app, struct compare *self, const struct view *view, bool has_keys);
bool compare_is_open(const struct compare *self, const char *name);

#endif
