/*
 * Records of a source lie in runs in the store. A heap holds the sources by the time of their heads; the first of them
 * gives records until the next one's turn comes, so that sources which do not overlap cost one turn each.
 */
#include "log/order.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/fail.h"

#define WHAT "ordering records by time"

struct run {
    uint64_t first, end; /* in the store */
    size_t next;         /* of the same source, or SIZE_MAX */
};
struct head {
    size_t source, run;
    uint64_t at;    /* in the store */
    int64_t key_us; /* the latest time up to here: a time that runs backwards does not change whose turn it is */
};
struct merge {
    const struct lw_log *log;
    struct run *runs;
    size_t n_runs, cap;
    size_t *first, *last; /* [sources] runs */
    struct head *heap;
    size_t n_heap;
    uint32_t *out;
    uint64_t n;
};

static int find_runs(struct merge *m, struct lw_error *err)
{
    uint64_t count = lw_log_count(m->log);
    size_t source = SIZE_MAX;
    for (uint64_t at = 0; at < count; at++) {
        struct store_row row;
        snapshot_get(m->log->records, at, &row);
        if (row.source != source) {
            if (alloc_grow(&m->runs, &m->cap, m->n_runs + 1, sizeof *m->runs) != 0)
                return fail_memory(err, WHAT);
            source = row.source;
            if (m->last[source] != SIZE_MAX)
                m->runs[m->last[source]].next = m->n_runs;
            else
                m->first[source] = m->n_runs;
            m->last[source] = m->n_runs;
            m->runs[m->n_runs++] = (struct run){at, at, SIZE_MAX};
        }
        m->runs[m->n_runs - 1].end = at + 1;
    }
    return 0;
}

/* Goes to the next record of the head's source; false if there is none. */
static bool step(const struct merge *m, struct head *head)
{
    if (++head->at == m->runs[head->run].end) {
        head->run = m->runs[head->run].next;
        if (head->run == SIZE_MAX)
            return false;
        head->at = m->runs[head->run].first;
    }
    return true;
}

static int64_t time_at(const struct merge *m, uint64_t at)
{
    struct store_row row;
    log_stored(m->log, at, &row);
    return row.time_us;
}

static int64_t first_time(const struct merge *m, struct head head)
{
    do {
        int64_t time_us = time_at(m, head.at);
        if (time_us != LW_NO_TIME)
            return time_us;
    } while (step(m, &head));
    return INT64_MAX;
}

static bool is_before(const struct head *a, const struct head *b)
{
    return a->key_us != b->key_us ? a->key_us < b->key_us : a->source < b->source;
}

static void sift_down(struct merge *m, size_t at)
{
    struct head moved = m->heap[at];
    for (size_t child; (child = 2 * at + 1) < m->n_heap; at = child) {
        if (child + 1 < m->n_heap && is_before(&m->heap[child + 1], &m->heap[child]))
            child++;
        if (!is_before(&m->heap[child], &moved))
            break;
        m->heap[at] = m->heap[child];
    }
    m->heap[at] = moved;
}

/* The first of the heap gives records until another's turn comes. */
static void take_turn(struct merge *m)
{
    struct head *head = &m->heap[0];
    const struct head *next = m->n_heap < 2                                          ? NULL
                              : m->n_heap > 2 && is_before(&m->heap[2], &m->heap[1]) ? &m->heap[2]
                                                                                     : &m->heap[1];
    do {
        m->out[m->n++] = (uint32_t)head->at;
        if (!step(m, head)) {
            m->heap[0] = m->heap[--m->n_heap];
            break;
        }
        int64_t time_us = time_at(m, head->at);
        if (time_us != LW_NO_TIME && time_us > head->key_us)
            head->key_us = time_us;
    } while (next == NULL || is_before(head, next));
    if (m->n_heap > 0)
        sift_down(m, 0);
}

static void merge_heads(struct merge *m)
{
    for (size_t i = 0; i < m->log->n_sources; i++)
        if (m->first[i] != SIZE_MAX) {
            struct head head = {i, m->first[i], m->runs[m->first[i]].first, 0};
            head.key_us = first_time(m, head);
            m->heap[m->n_heap++] = head;
        }
    for (size_t i = m->n_heap; i-- > 0;)
        sift_down(m, i);
    while (m->n_heap > 0)
        take_turn(m);
}

static int make(struct merge *m, struct lw_error *err)
{
    size_t n_sources = m->log->n_sources;
    uint64_t count = lw_log_count(m->log);
    if (count > UINT32_MAX)
        return fail(err, LW_ERR_LIMIT, "%llu records of several sources: at most %u can be ordered by time",
                    (unsigned long long)count, UINT32_MAX);
    m->first = alloc_array(n_sources, sizeof *m->first);
    m->last = alloc_array(n_sources, sizeof *m->last);
    m->heap = alloc_array(n_sources, sizeof *m->heap);
    m->out = alloc_array((size_t)count, sizeof *m->out);
    if (m->first == NULL || m->last == NULL || m->heap == NULL || m->out == NULL)
        return fail_memory(err, WHAT);
    for (size_t i = 0; i < n_sources; i++)
        m->first[i] = m->last[i] = SIZE_MAX;
    int code = find_runs(m, err);
    if (code == 0)
        merge_heads(m);
    return code;
}

int order_make(const struct lw_log *log, uint32_t **out, struct lw_error *err)
{
    struct merge m = {.log = log};
    *out = NULL;
    if (log->n_sources < 2)
        return 0;
    int code = make(&m, err);
    uint64_t same = 0;
    while (code == 0 && same < m.n && m.out[same] == same)
        same++;
    if (code == 0 && same < m.n) {
        *out = m.out;
        m.out = NULL;
    }
    free(m.out);
    free(m.runs);
    free(m.first);
    free(m.last);
    free(m.heap);
    return code;
}
