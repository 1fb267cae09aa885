/* What the files of the Traces pane share. */
#ifndef LW_PANES_TRACES_H
#define LW_PANES_TRACES_H

#include "ui/panes/logs.h"

#include <stdatomic.h>

enum traces_level { VARIANTS, LIST, TIMELINE, DIFF };
enum trace_sort { SORT_FOUND, SORT_TAKES, SORT_LENGTH, SORT_RARITY, SORT_ODD, N_SORTS };

/* A variant, or all variants of the same events in whatever order. */
struct trace_line {
    uint32_t variant; /* the most frequent one */
    uint32_t n_variants;
    uint64_t count, n_anomalous, n_open; /* traces; those the log cuts off */
    size_t n_events;
    int64_t least_us, median_us, p95_us, most_us; /* how long traces take; LW_NO_TIME if none is timed */
    double log2_probability;
    bool is_accepted; /* by the core of the machine */
    size_t left_at;   /* if not: the event, n_events for the end */
    uint32_t left_variant, left_state;
};

/* What is known of all variants: made by a job, immutable, counted by reference. */
struct trace_stats {
    atomic_int refs;
    struct session *session;
    struct trace_line *lines[2]; /* of variants; of variants in any order */
    size_t n[2];
    uint32_t *group_of;              /* [variants] index in lines[1] */
    int64_t shortest_us, longest_us; /* of traces that take any time; 0: there are none */
    bool has_labels, has_open;
};
struct trace_stats *trace_stats_retain(struct trace_stats *stats);
void trace_stats_free(struct trace_stats *stats);

/* Rows in the order they are shown in: lines, or traces. */
struct trace_order {
    uint64_t *items;
    size_t n;
};

struct alignment_rows { /* of two traces; one run is a stretch of rows of one kind */
    struct run {
        char sign; /* ' ' same, '-' only in a, '+' only in b, '~' one in place of another */
        size_t a, b, n, first;
    } * runs;
    size_t n_runs, n_rows, n_changed;
    bool is_exact;
};
void alignment_rows_release(struct alignment_rows *rows);

struct traces {
    enum traces_level level, above, above_diff; /* what a timeline, and a diff, go back to */
    struct list variants, list, events, diff;
    struct subset subset;   /* traces of the list */
    uint32_t n_of_variants; /* whose traces those are, 0: one's */
    size_t trace;           /* of the timeline, and b of the diff */
    enum pane_id from;      /* where a timeline was asked for */
    struct trace_stats *stats;
    struct trace_order order[2]; /* of VARIANTS and LIST */
    bool is_due[2];              /* they are to be ordered anew */
    bool is_unordered, is_shown_unordered, is_absolute;
    enum trace_sort sort[2];
    char *filter[2]; /* regular expressions, or NULL */
    char *search;
    struct scores scores;
    size_t marked;   /* trace to compare with + 1; 0: none */
    size_t compared; /* a of the diff */
    struct alignment_rows rows;
};

struct traces *traces_of(const struct app *app);
/* traces_stats.c */
int trace_stats_new(struct session *session, const struct lw_run *run, struct trace_stats **out, struct lw_error *err);
int64_t trace_takes_us(const struct lw_trace *trace); /* LW_NO_TIME if it is not timed */

/* traces_order.c, traces_find.c: jobs that put rows in order and look for them */
/* Whether the session is the one that is shown, as far as traces go. */
bool traces_is_current(const struct app *app, const struct session *session);
/* Which templates an expression matches, by id; NULL when memory is out. */
bool *traces_match_templates(const struct session *session, struct lw_finder *finder, size_t *n);
bool traces_has_match(const bool *matches, size_t n_ids, const uint32_t *templates, size_t n);
/* Events of a row of VARIANTS or LIST, and its name if it is a trace. */
int traces_row(const struct session *session, const struct trace_stats *stats, enum traces_level level,
               bool is_unordered, uint64_t item, struct lw_trace *out);
void traces_arrange(struct app *app, struct traces *self, enum traces_level level);
/* Lists the traces of a line, or (NULL) all of them. */
void traces_list_line(struct app *app, struct traces *self, const struct trace_line *line);
/* Moves the cursor to the next row, or event, that matches the last search. */
void traces_find(struct app *app, struct traces *self, const char *regex, bool is_back);

/* traces_list.c, traces_timeline.c, traces_diff.c */
void traces_draw_list(struct app *app, struct traces *self, const struct view *view, bool has_keys);
void traces_draw_timeline(struct app *app, struct traces *self, const struct view *view, bool has_keys);
void traces_draw_diff(struct app *app, struct traces *self, const struct view *view, bool has_keys);
const char *traces_label(const struct app *app, size_t trace);
/* Line of the trace's variant; NULL while it is not known. */
const struct trace_line *traces_line(const struct traces *self, const struct app *app, size_t trace);
/* Aligns the marked trace (a) with another one (b) and shows it. */
void traces_start_diff(struct app *app, size_t a, size_t b);
/* Events of a row of the diff: SIZE_MAX on the side that has none. */
char traces_diff_row(const struct alignment_rows *rows, size_t row, size_t *a, size_t *b);

#endif
