/* A query bound to a log: names are resolved to sets, so that conditions on columns cost a look-up a record. */
#ifndef LW_LOG_QUERY_EVAL_H
#define LW_LOG_QUERY_EVAL_H

#include <stdatomic.h>

#include "log/log.h"
#include "log/query.h"

/* What higher floors know of records. All functions may be called by several threads at once. */
struct query_hooks {
    const void *self;
    /* Templates; NULL when nothing was learned. Index of the one called so, -1 if there is none. */
    size_t (*template_count)(const void *self);
    ptrdiff_t (*template_find)(const void *self, const char *name);
    /* The texts that =~ looks at: its text, its name. */
    void (*template_texts)(const void *self, size_t index, struct lw_bytes texts[2]);
    /* Index of the record's template, -1 if it has none; NULL when only its message tells. */
    ptrdiff_t (*template_of)(const void *self, uint64_t record);
    /* Cuts a message: index of its template (-1: none) and its parameters, *n at most max. */
    int (*cut)(const void *self, const char *message, size_t len, ptrdiff_t *index, struct lw_span *spans, size_t max,
               size_t *n);
    /* Traces; NULL when there are none. */
    size_t (*trace_count)(const void *self);
    struct lw_bytes (*trace_name)(const void *self, size_t trace);
    const uint32_t *(*traces_of)(const void *self, uint64_t record, size_t *n);
    /* "anomalous", "normal" or "unlabelled"; NULL when there are no labels. */
    const char *(*trace_label)(const void *self, size_t trace);
    /* The note of the record's mark; false if it has none. NULL when there are no marks. */
    bool (*mark_of)(const void *self, uint64_t record, struct lw_bytes *note);
};

struct query_set {
    uint8_t *bits; /* NULL: the term needs none */
    size_t n;
    int64_t from_us, to_us; /* of QUERY_TIME */
    atomic_bool is_found;   /* a record has the field */
};

/* Immutable but for is_found; any number of threads evaluate. */
struct query_bound {
    const struct lw_query *query;
    const struct lw_log *log;
    const struct query_hooks *hooks;
    struct query_set *sets;       /* [terms] */
    const struct literal *driver; /* stands in the text of every match that columns alone do not decide; NULL: none */
};
/* hooks NULL: nothing was learned. LW_ERR_USAGE names the column of a condition that cannot be answered. Borrows all
 * three. */
int query_bind(const struct lw_query *query, const struct lw_log *log, const struct query_hooks *hooks,
               struct query_bound *out, struct lw_error *err);
void query_unbind(struct query_bound *bound);

#define QUERY_MAX_SPANS 256

/* One thread's scratch, and the record at hand. */
struct query_view {
    struct pattern_scratch *match;
    struct format_scratch format;
    uint64_t over_limit; /* records whose matching went past its bound, so far */
    int failure;         /* of a condition that could not be evaluated; 0 = none */
    uint64_t record;
    struct store_row row;
    bool has_text, is_cut, has_spans, was_over_limit;
    struct lw_record text; /* raw once has_text; the rest once is_cut */
    ptrdiff_t template_index;
    size_t n_spans;
    struct lw_span spans[QUERY_MAX_SPANS];
};
int query_view_init(struct query_view *view, struct lw_error *err);
void query_view_release(struct query_view *view);
/* The record whose columns are in row, without text. */
void query_view_row(struct query_view *view, uint64_t record, const struct store_row *row);
/* Its text; cut: already cut, of a `sequences` line, or NULL. */
void query_view_text(struct query_view *view, struct lw_bytes raw, const struct lw_record *cut);

enum query_answer { QUERY_NO, QUERY_YES, QUERY_OPEN /* only the text tells */ };
/* Whether `a op b` for the order of a and b: -1, 0 or 1. */
bool query_holds(enum query_op op, int order);
enum query_answer query_eval(const struct query_bound *bound, struct query_view *view);

#endif
