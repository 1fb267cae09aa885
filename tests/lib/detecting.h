/* Fitting one detector on letters (letters.h) and asking it about others. */
#ifndef LW_TESTS_DETECTING_H
#define LW_TESTS_DETECTING_H

#include <stdlib.h>

#include "detect/detector.h"
#include "tests/lib/letters.h"

struct detecting {
    const struct detector *row;
    struct trace_set set; /* traces fitted on first, then those asked about */
    void *model;
};

static inline void detecting_fit(struct detecting *at, const char *name)
{
    uint32_t *indexes = malloc((at->set.n_traces + 1) * sizeof *indexes);
    assert_non_null(indexes);
    for (uint32_t i = 0; i < at->set.n_traces; i++)
        indexes[i] = i;
    at->row = detector_find(name, strlen(name));
    assert_non_null(at->row);
    assert_int_equal(at->row->fit(&at->set, indexes, at->set.n_traces, NULL, &at->model, NULL), 0);
    free(indexes);
}

static inline struct detector_verdict detecting_ask(struct detecting *at, const char *events, const int64_t *gaps_us)
{
    struct detector_verdict verdict;
    letters_add(&at->set, events, gaps_us);
    assert_int_equal(at->row->score(at->model, &at->set, at->set.n_traces - 1, &verdict, NULL), 0);
    return verdict;
}

/* The reason for the trace asked about last. */
static inline void detecting_assert_reason(struct detecting *at, const char *expected)
{
    struct buf why = BUF_INIT;
    assert_int_equal(at->row->explain(at->model, &at->set, at->set.n_traces - 1, &why, NULL), 0);
    assert_string_equal(why.data, expected);
    buf_release(&why);
}

static inline void detecting_release(struct detecting *at)
{
    at->row->free(at->model);
    trace_set_release(&at->set);
}

#endif
