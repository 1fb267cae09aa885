/* What the span of times and levels of a chunk says of all its records at once, by the three values of query_eval.h: a
 * chunk for which a query cannot hold is not looked at. */
#include "log/query_span.h"

static enum query_answer ask_levels(const struct query_set *set, const struct store_span *span, uint64_t n)
{
    uint64_t n_timed = 0, n_in = 0;
    for (size_t level = 0; level < LW_LEVEL_COUNT; level++) {
        bool is_in = (set->bits[level / 8] >> (level % 8) & 1) != 0;
        n_timed += span->levels[level];
        n_in += is_in ? span->levels[level] : 0;
    }
    if (n_timed < n) /* the levels of the others are not counted */
        return QUERY_OPEN;
    return n_in == 0 ? QUERY_NO : n_in == n ? QUERY_YES : QUERY_OPEN;
}

static enum query_answer ask_times(const struct query_term *term, const struct query_set *set,
                                   const struct store_span *span, uint64_t n)
{
    uint64_t n_timed = 0;
    if (span->first_us > span->last_us)
        return QUERY_NO;
    if (term->time.kind == QUERY_TIME_OF_DAY)
        return QUERY_OPEN;
    int first = span->first_us < set->from_us ? -1 : span->first_us >= set->to_us ? 1 : 0;
    int last = span->last_us < set->from_us ? -1 : span->last_us >= set->to_us ? 1 : 0;
    if (first != last)
        return QUERY_OPEN;
    for (size_t level = 0; level < LW_LEVEL_COUNT; level++)
        n_timed += span->levels[level];
    return !query_holds(term->op, first) ? QUERY_NO : n_timed == n ? QUERY_YES : QUERY_OPEN;
}

static enum query_answer ask(const struct query_bound *bound, uint16_t at, const struct store_span *span, uint64_t n)
{
    const struct query_node *nodes = bound->query->nodes;
    if (nodes[at].kind == QUERY_TERM) {
        const struct query_term *term = &bound->query->terms[nodes[at].term];
        const struct query_set *set = &bound->sets[nodes[at].term];
        return term->field == QUERY_LEVEL  ? ask_levels(set, span, n)
               : term->field == QUERY_TIME ? ask_times(term, set, span, n)
                                           : QUERY_OPEN;
    }
    bool is_or = nodes[at].kind == QUERY_OR;
    enum query_answer result = is_or ? QUERY_NO : QUERY_YES;
    for (uint16_t child = nodes[at].child; child != QUERY_NONE; child = nodes[child].next) {
        enum query_answer one = ask(bound, child, span, n);
        if (nodes[at].kind == QUERY_NOT)
            return one == QUERY_OPEN ? QUERY_OPEN : one == QUERY_YES ? QUERY_NO : QUERY_YES;
        if (one == (is_or ? QUERY_YES : QUERY_NO))
            return one;
        if (one == QUERY_OPEN)
            result = QUERY_OPEN;
    }
    return result;
}

bool query_excludes(const struct query_bound *bound, uint64_t from, uint64_t n)
{
    struct store_span span;
    uint64_t count = snapshot_count(bound->log->records);
    /* of merged sources the span would have to be counted, which takes as long as looking at the records */
    if (bound->query->root == QUERY_NONE || bound->log->order != NULL || from % STORE_CHUNK != 0 ||
        (n != STORE_CHUNK && from + n != count) || n > STORE_CHUNK)
        return false;
    log_span(bound->log, from / STORE_CHUNK, &span);
    return ask(bound, bound->query->root, &span, n) == QUERY_NO;
}
