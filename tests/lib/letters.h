/* Traces spelt in letters, for tests of what works on traces: "ABC" is the events 1 2 3. */
#ifndef LW_TESTS_LETTERS_H
#define LW_TESTS_LETTERS_H

#include <stdio.h>
#include <string.h>

#include "learn/trace_set.h"

/* One trace; event i comes at gaps_us[i] after the one before it (NULL: 10 ms each). */
static inline void letters_add(struct trace_set *set, const char *events, const int64_t *gaps_us)
{
    char name[24];
    int64_t now = 0;
    int len = snprintf(name, sizeof name, "%zu", set->n_traces);
    assert_int_equal(trace_set_begin(set, name, (size_t)len, NULL), 0);
    for (size_t i = 0; events[i] != '\0'; i++) {
        now += gaps_us != NULL ? gaps_us[i] : 10000;
        assert_int_equal(trace_set_event(set, (uint32_t)(events[i] - '@'), now, LW_NO_RECORD, NULL), 0);
    }
}

static inline void letters_add_times(struct trace_set *set, const char *events, int times)
{
    for (int i = 0; i < times; i++)
        letters_add(set, events, NULL);
}

#endif
