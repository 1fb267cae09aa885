/*
 * Which records or traces belong to something, and where the next one is: jobs that walk over the log or the traces.
 */
#ifndef LW_APP_FIND_H
#define LW_APP_FIND_H

#include "ui/app/actions.h"

#include <stdbool.h>

struct app;
enum subset_kind {
    SUBSET_ALL,
    SUBSET_TEMPLATE,  /* records of a template (number) */
    SUBSET_TRACE,     /* records of a trace (number) */
    SUBSET_TEXT,      /* records for which a filter holds */
    SUBSET_VARIANT,   /* traces of a variant (number) */
    SUBSET_TRANSITION /* traces that take a transition (number) */
};

struct subset {
    enum subset_kind kind;
    uint64_t number;
    char *text;      /* filter; NULL: none */
    uint64_t *items; /* records or traces; NULL for SUBSET_ALL */
    size_t n;
    uint64_t n_seen;   /* records of the log that were looked at */
    enum pane_id from; /* where it was asked for */
    uint64_t serial;   /* of the filter that gave it; 0: none */
    bool is_partial;   /* the filter has not come to the end */
};

void subset_release(struct subset *subset);
/* Walks in a job; the result goes to the Logs pane (records) or the Traces pane (traces). */
void find_start_subset(struct app *app, enum subset_kind kind, uint64_t number, const char *text);

/* Looks through what the log has grown by since, if that is to be done. */
void find_start_more(struct app *app);
/* Shows of the records that are shown those for which the filter holds, or (is_without) does not. */
void find_start_filter(struct app *app, const char *filter, bool is_without);

/* Shows what the running filter and the running search have found so far. */
void find_poll(struct app *app);

enum find_what {
    FIND_PATTERN,
    FIND_COUNTED, /* the same, and counts all matches */
    FIND_ERROR
};
/* Looks for the next record (the one before, if is_back) in what Logs shows; wraps around. */
void find_start(struct app *app, enum find_what what, bool is_back);

#endif
