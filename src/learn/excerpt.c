/*
 * The frequent part of a machine. What is kept is chosen by count, and then completed: each state that is kept brings
 * the widest path from the start to it and from it to the end, the one whose rarest transition is the most frequent. So
 * what is shown is a machine again, and grows steadily with the shares.
 *
 * Widest paths to all states are found at once, by adding transitions from the most frequent one on: the one that first
 * reaches a state is the last of its path.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "learn/machine.h"

#define NO_EDGE UINT32_MAX

struct counted {
    uint64_t count;
    uint32_t index;
};

static int by_count(const void *a, const void *b)
{
    const struct counted *x = a, *y = b;

    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

struct search {
    const struct machine *machine;
    struct counted *edges; /* [n_edges] by falling count */
    uint32_t *first, *at;  /* [n_states + 1], [n_edges]: edges of each state in the direction of the search */
    bool *is_added;        /* [n_edges] */
    uint32_t *queue;       /* [n_states] */
};

static uint32_t near_end(const struct machine *machine, uint32_t edge, bool is_back)
{
    return is_back ? machine->edges[edge].to : machine->edges[edge].from;
}

/* via[state]: the edge by which the widest path from the start, or to the end, comes to it; NO_EDGE where there is
 * none. */
static void find_widest(struct search *search, bool is_back, uint32_t *via)
{
    const struct machine *machine = search->machine;
    uint32_t root = is_back ? MACHINE_END : MACHINE_START;

    memset(search->first, 0, (machine->n_states + 2) * sizeof *search->first);
    for (uint32_t i = 0; i < machine->n_edges; i++)
        search->first[near_end(machine, i, is_back) + 2]++;
    for (size_t v = 2; v <= machine->n_states; v++)
        search->first[v] += search->first[v - 1];
    for (uint32_t i = 0; i < machine->n_edges; i++)
        search->at[search->first[near_end(machine, i, is_back) + 1]++] = i;
    for (size_t v = 0; v < machine->n_states; v++)
        via[v] = NO_EDGE;
    memset(search->is_added, 0, machine->n_edges * sizeof *search->is_added);
    for (size_t i = 0; i < machine->n_edges; i++) {
        uint32_t edge = search->edges[i].index, head = 0, tail = 0;
        uint32_t from = near_end(machine, edge, is_back), to = near_end(machine, edge, !is_back);

        search->is_added[edge] = true;
        if ((from != root && via[from] == NO_EDGE) || to == root || via[to] != NO_EDGE)
            continue;
        via[to] = edge;
        search->queue[tail++] = to;
        while (head < tail) {
            uint32_t v = search->queue[head++];

            for (uint32_t k = search->first[v]; k < search->first[v + 1]; k++) {
                uint32_t next = near_end(machine, search->at[k], !is_back);

                if (!search->is_added[search->at[k]] || next == root || via[next] != NO_EDGE)
                    continue;
                via[next] = search->at[k];
                search->queue[tail++] = next;
            }
        }
    }
}

/* The given share of n, at least one of some unless the share is 0. */
static size_t share_of(double share, size_t n)
{
    double part = ceil(share * (double)n - 1e-9);

    return part <= 0 ? 0 : part >= (double)n ? n : (size_t)part;
}

static void keep_states(const struct machine *machine, double share, struct counted *ranked, bool *states)
{
    size_t n = 0;

    for (uint32_t v = 2; v < machine->n_states; v++)
        ranked[n++] = (struct counted){machine->states[v].visits, v};
    if (n > 0)
        qsort(ranked, n, sizeof *ranked, by_count);
    for (size_t i = share_of(share, n); i > 0; i--)
        states[ranked[i - 1].index] = true;
    states[MACHINE_START] = states[MACHINE_END] = true;
}

static void keep_edges(const struct search *search, const struct lw_excerpt *excerpt)
{
    const struct machine *machine = search->machine;
    size_t n = 0, n_wanted;

    for (size_t i = 0; i < machine->n_edges; i++)
        n += excerpt->states[machine->edges[i].from] && excerpt->states[machine->edges[i].to];
    n_wanted = share_of(excerpt->paths, n);
    for (size_t i = 0; i < machine->n_edges && n_wanted > 0; i++) {
        const struct machine_edge *edge = &machine->edges[search->edges[i].index];

        if (!excerpt->states[edge->from] || !excerpt->states[edge->to])
            continue;
        excerpt->transitions[search->edges[i].index] = true;
        n_wanted--;
    }
}

/* Adds the paths by which the states that are kept are reached; each path ends where one was added already. */
static void complete(const struct search *search, const struct lw_excerpt *excerpt, const uint32_t *via, bool is_back,
                     bool *is_done)
{
    const struct machine *machine = search->machine;

    memset(is_done, 0, machine->n_states * sizeof *is_done);
    for (uint32_t i = 0; i < machine->n_states; i++)
        for (uint32_t v = i; excerpt->states[v] && !is_done[v] && via[v] != NO_EDGE;) {
            is_done[v] = true;
            excerpt->transitions[via[v]] = true;
            v = near_end(machine, via[v], is_back);
            excerpt->states[v] = true;
        }
}

static void measure(const struct machine *machine, struct lw_excerpt *excerpt)
{
    excerpt->n_states = excerpt->n_transitions = 0;
    excerpt->flow = excerpt->total = 0;
    for (size_t v = 0; v < machine->n_states; v++)
        excerpt->n_states += excerpt->states[v];
    for (size_t i = 0; i < machine->n_edges; i++) {
        excerpt->total += machine->edges[i].count;
        if (!excerpt->transitions[i])
            continue;
        excerpt->flow += machine->edges[i].count;
        excerpt->n_transitions++;
    }
}

int lw_machine_excerpt(const struct lw_machine *public, struct lw_excerpt *excerpt, struct lw_error *err)
{
    const struct machine *machine = (const struct machine *)public;
    struct search search = {machine,
                            alloc_array(machine->n_edges, sizeof *search.edges),
                            alloc_array(machine->n_states + 2, sizeof *search.first),
                            alloc_array(machine->n_edges, sizeof *search.at),
                            alloc_array(machine->n_edges, sizeof *search.is_added),
                            alloc_array(machine->n_states, sizeof *search.queue)};
    struct counted *ranked = alloc_array(machine->n_states, sizeof *ranked);
    uint32_t *via = alloc_array(machine->n_states, sizeof *via);
    bool *is_done = alloc_array(machine->n_states, sizeof *is_done);
    int code = 0;

    if (!(excerpt->activities >= 0 && excerpt->activities <= 1 && excerpt->paths >= 0 && excerpt->paths <= 1)) {
        code = fail(err, LW_ERR_USAGE, "shares of states and paths are 0 to 1");
    } else if (!search.edges || !search.first || !search.at || !search.is_added || !search.queue || !ranked || !via ||
               !is_done) {
        code = fail_memory(err, "choosing what of a machine is shown");
    } else if (machine->n_states >= 2) {
        memset(excerpt->states, 0, machine->n_states * sizeof *excerpt->states);
        memset(excerpt->transitions, 0, machine->n_edges * sizeof *excerpt->transitions);
        for (uint32_t i = 0; i < machine->n_edges; i++)
            search.edges[i] = (struct counted){machine->edges[i].count, i};
        if (machine->n_edges > 0)
            qsort(search.edges, machine->n_edges, sizeof *search.edges, by_count);
        keep_states(machine, excerpt->activities, ranked, excerpt->states);
        keep_edges(&search, excerpt);
        for (int is_back = 0; is_back < 2; is_back++) {
            find_widest(&search, is_back, via);
            complete(&search, excerpt, via, is_back, is_done);
        }
        /* what the ways to the end added has to be reached too */
        find_widest(&search, false, via);
        complete(&search, excerpt, via, false, is_done);
    }
    if (code == 0)
        measure(machine, excerpt);
    free(search.edges);
    free(search.first);
    free(search.at);
    free(search.is_added);
    free(search.queue);
    free(ranked);
    free(via);
    free(is_done);
    return code;
}
