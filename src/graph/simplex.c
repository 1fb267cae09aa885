/*
 * A spanning tree of tight edges (as long as they must be and no longer) fixes all ranks. Taking an edge out of the
 * tree splits it in two; if more weight runs against the edge than along it, the parts are moved away from each other
 * until another edge becomes tight, and that one joins them again. When no such edge is left, the ranks are the best
 * ones.
 *
 * What runs between a subtree and the rest is the sum, over its vertices, of the weights that come in minus those that
 * go out, since edges inside cancel: so cut values are sums over subtrees, held for each vertex (`excess`), and only
 * those below the place where two paths meet change with an exchange.
 *
 * Rejected: Brandes and Koepf's four alignments for columns. They are faster, but know neither widths of boxes nor
 * lines that leave them beside their middle, nor a place that a box had before.
 */
#include "graph/simplex.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/fail.h"

#define NO_EDGE     UINT32_MAX
#define SEARCH_SIZE 40 /* edges of the tree that could leave, of which the worst does */

struct tree {
    uint32_t n;
    size_t n_edges;
    const struct simplex_edge *edges;
    int32_t *ranks;
    uint32_t *first, *incident; /* [n + 1], [2 n_edges]: edges of a vertex */
    bool *is_in;                /* [n_edges] in the tree */
    uint32_t *up;               /* [n] edge to the parent, NO_EDGE at the root */
    uint32_t *low, *lim;        /* [n] numbers of a subtree: low .. lim, its root has lim */
    uint32_t *by_lim;           /* [n] */
    uint32_t *stack, *next;     /* [n] for walks */
    int64_t *weight, *excess;   /* [n] of a vertex, of its subtree */
    uint64_t work;
};

static void release(struct tree *tree)
{
    free(tree->first);
    free(tree->incident);
    free(tree->is_in);
    free(tree->up);
    free(tree->low);
    free(tree->lim);
    free(tree->by_lim);
    free(tree->stack);
    free(tree->next);
    free(tree->weight);
    free(tree->excess);
}

static int init(struct tree *tree, struct lw_error *err)
{
    uint32_t n = tree->n;

    tree->first = alloc_zeroed((size_t)n + 2, sizeof *tree->first);
    tree->incident = alloc_array(tree->n_edges, 2 * sizeof *tree->incident);
    tree->is_in = alloc_zeroed(tree->n_edges, sizeof *tree->is_in);
    tree->up = alloc_array(n, sizeof *tree->up);
    tree->low = alloc_zeroed(n, sizeof *tree->low);
    tree->lim = alloc_zeroed(n, sizeof *tree->lim);
    tree->by_lim = alloc_zeroed(n, sizeof *tree->by_lim);
    tree->stack = alloc_zeroed(n, sizeof *tree->stack);
    tree->next = alloc_zeroed(n, sizeof *tree->next);
    tree->weight = alloc_zeroed(n, sizeof *tree->weight);
    tree->excess = alloc_zeroed(n, sizeof *tree->excess);
    if (!tree->first || !tree->incident || !tree->is_in || !tree->up || !tree->low || !tree->lim || !tree->by_lim ||
        !tree->stack || !tree->next || !tree->weight || !tree->excess)
        return fail_memory(err, "laying out a graph");
    for (size_t i = 0; i < tree->n_edges; i++) {
        const struct simplex_edge *edge = &tree->edges[i];

        tree->first[edge->tail + 2]++;
        tree->first[edge->head + 2]++;
        tree->weight[edge->tail] -= edge->weight;
        tree->weight[edge->head] += edge->weight;
    }
    for (uint32_t v = 2; v <= n; v++)
        tree->first[v] += tree->first[v - 1];
    for (size_t i = 0; i < tree->n_edges; i++) {
        tree->incident[tree->first[tree->edges[i].tail + 1]++] = (uint32_t)i;
        tree->incident[tree->first[tree->edges[i].head + 1]++] = (uint32_t)i;
    }
    return 0;
}

static int32_t slack(const struct tree *tree, uint32_t edge)
{
    const struct simplex_edge *e = &tree->edges[edge];

    return tree->ranks[e->head] - tree->ranks[e->tail] - e->length;
}

/* As low as edges into a vertex allow. */
static int rank_by_longest_path(struct tree *tree, struct lw_error *err)
{
    uint32_t *missing = tree->next, n_ready = 0, n_done = 0;

    for (uint32_t v = 0; v < tree->n; v++) {
        missing[v] = 0;
        tree->ranks[v] = 0;
    }
    for (size_t i = 0; i < tree->n_edges; i++)
        missing[tree->edges[i].head]++;
    for (uint32_t v = 0; v < tree->n; v++)
        if (missing[v] == 0)
            tree->stack[n_ready++] = v;
    while (n_done < n_ready) {
        uint32_t v = tree->stack[n_done++];

        for (uint32_t k = tree->first[v]; k < tree->first[v + 1]; k++) {
            const struct simplex_edge *edge = &tree->edges[tree->incident[k]];

            if (edge->tail != v)
                continue;
            if (tree->ranks[edge->head] < tree->ranks[v] + edge->length)
                tree->ranks[edge->head] = tree->ranks[v] + edge->length;
            if (--missing[edge->head] == 0)
                tree->stack[n_ready++] = edge->head;
        }
    }
    return n_done == tree->n ? 0 : fail(err, LW_ERR_INPUT, "the graph to be ranked has a cycle");
}

/* ---- the first tree -------------------------------------------------------------------------------------------- */

/* Edges between the tree and the rest, least slack first. All those that leave the tree lose slack alike when it is
 * moved up, and those that enter it gain it, so two heaps hold their order while it moves. */
struct heap {
    struct candidate {
        int64_t key;
        uint32_t edge;
    } * items;
    size_t n;
};

static bool is_before(struct candidate a, struct candidate b)
{
    return a.key != b.key ? a.key < b.key : a.edge < b.edge;
}

static void heap_add(struct heap *heap, struct candidate item)
{
    size_t i = heap->n++;

    for (; i > 0 && is_before(item, heap->items[(i - 1) / 2]); i = (i - 1) / 2)
        heap->items[i] = heap->items[(i - 1) / 2];
    heap->items[i] = item;
}

static void heap_drop(struct heap *heap)
{
    struct candidate item = heap->items[--heap->n];
    size_t i = 0;

    for (size_t child = 1; child < heap->n; child = 2 * i + 1) {
        if (child + 1 < heap->n && is_before(heap->items[child + 1], heap->items[child]))
            child++;
        if (!is_before(heap->items[child], item))
            break;
        heap->items[i] = heap->items[child];
        i = child;
    }
    heap->items[i] = item;
}

static void add_vertex(struct tree *tree, struct heap heaps[2], bool *is_inside, uint32_t v, int64_t moved)
{
    is_inside[v] = true;
    for (uint32_t k = tree->first[v]; k < tree->first[v + 1]; k++) {
        uint32_t edge = tree->incident[k];
        bool leaves = tree->edges[edge].tail == v;

        if (!is_inside[leaves ? tree->edges[edge].head : tree->edges[edge].tail])
            heap_add(&heaps[leaves], (struct candidate){slack(tree, edge) + (leaves ? moved : -moved), edge});
    }
}

/* The edge of least slack that joins one more vertex, or NO_EDGE. */
static uint32_t best_edge(const struct tree *tree, struct heap heaps[2], const bool *is_inside, int64_t moved,
                          int64_t *move)
{
    for (int leaves = 0; leaves < 2; leaves++)
        while (heaps[leaves].n > 0 && is_inside[tree->edges[heaps[leaves].items[0].edge].tail] &&
               is_inside[tree->edges[heaps[leaves].items[0].edge].head])
            heap_drop(&heaps[leaves]);
    int64_t entering = heaps[0].n > 0 ? heaps[0].items[0].key + moved : INT64_MAX;
    int64_t leaving = heaps[1].n > 0 ? heaps[1].items[0].key - moved : INT64_MAX;

    if (entering == INT64_MAX && leaving == INT64_MAX)
        return NO_EDGE;
    *move = leaving <= entering ? leaving : -entering;
    return heaps[leaving <= entering].items[0].edge;
}

/* Ranks of the vertices that are inside are kept less what the whole tree was moved, until the end. */
static int find_tree(struct tree *tree, struct lw_error *err)
{
    struct heap heaps[2] = {{alloc_array(tree->n_edges, sizeof(struct candidate)), 0},
                            {alloc_array(tree->n_edges, sizeof(struct candidate)), 0}};
    bool *is_inside = alloc_zeroed(tree->n, sizeof *is_inside);
    int64_t *base = alloc_array(tree->n, sizeof *base), moved = 0, move;
    uint32_t edge, n = 1;
    int code = 0;

    if (!heaps[0].items || !heaps[1].items || !is_inside || !base) {
        code = fail_memory(err, "laying out a graph");
    } else {
        base[0] = 0;
        add_vertex(tree, heaps, is_inside, 0, 0);
        while ((edge = best_edge(tree, heaps, is_inside, moved, &move)) != NO_EDGE) {
            const struct simplex_edge *e = &tree->edges[edge];
            uint32_t v = is_inside[e->tail] ? e->head : e->tail;

            moved += move;
            tree->is_in[edge] = true;
            base[v] = moved; /* it moves with the tree from now on */
            add_vertex(tree, heaps, is_inside, v, moved);
            n++;
        }
        for (uint32_t v = 0; v < tree->n; v++)
            tree->ranks[v] += (int32_t)(moved - base[v]);
        if (n < tree->n)
            code = fail(err, LW_ERR_USAGE, "the graph to be ranked is not connected");
    }
    free(heaps[0].items);
    free(heaps[1].items);
    free(is_inside);
    free(base);
    return code;
}

/* ---- exchanges ------------------------------------------------------------------------------------------------- */

static uint32_t other_end(const struct tree *tree, uint32_t edge, uint32_t v)
{
    return tree->edges[edge].tail == v ? tree->edges[edge].head : tree->edges[edge].tail;
}

/* Numbers the subtree of `root` anew, from low[root] on, and sums it up. */
static void number_subtree(struct tree *tree, uint32_t root)
{
    uint32_t depth = 1, number = tree->low[root];

    tree->stack[0] = root;
    tree->next[root] = tree->first[root];
    tree->excess[root] = tree->weight[root];
    while (depth > 0) {
        uint32_t v = tree->stack[depth - 1];

        if (tree->next[v] < tree->first[v + 1]) {
            uint32_t edge = tree->incident[tree->next[v]++], child = other_end(tree, edge, v);

            if (!tree->is_in[edge] || edge == tree->up[v])
                continue;
            tree->up[child] = edge;
            tree->low[child] = number;
            tree->next[child] = tree->first[child];
            tree->excess[child] = tree->weight[child];
            tree->stack[depth++] = child;
            continue;
        }
        tree->work += tree->first[v + 1] - tree->first[v];
        tree->lim[v] = number;
        tree->by_lim[number++] = v;
        if (--depth > 0)
            tree->excess[tree->stack[depth - 1]] += tree->excess[v];
    }
}

static bool is_below(const struct tree *tree, uint32_t v, uint32_t root)
{
    return tree->low[root] <= tree->lim[v] && tree->lim[v] <= tree->lim[root];
}

/* What more runs along the edge above v than against it. */
static int64_t cut_value(const struct tree *tree, uint32_t v)
{
    return tree->edges[tree->up[v]].head == v ? tree->excess[v] : -tree->excess[v];
}

/* A vertex whose edge upwards is to leave, looked for from *at on; UINT32_MAX if there is none. */
static uint32_t find_leaving(struct tree *tree, uint32_t *at)
{
    uint32_t best = UINT32_MAX, n_found = 0;

    for (uint32_t i = 0; i < tree->n && n_found < SEARCH_SIZE; i++) {
        uint32_t v = *at;

        *at = v + 1 < tree->n ? v + 1 : 0;
        tree->work++;
        if (tree->up[v] == NO_EDGE || cut_value(tree, v) >= 0)
            continue;
        if (best == UINT32_MAX || cut_value(tree, v) < cut_value(tree, best))
            best = v;
        n_found++;
    }
    return best;
}

/* The edge of least slack that runs between the subtree of v and the rest the other way round than the one above v. */
static uint32_t find_entering(struct tree *tree, uint32_t v)
{
    bool has_tail_below = tree->edges[tree->up[v]].head == v;
    uint32_t best = NO_EDGE;

    for (uint32_t i = tree->low[v]; i <= tree->lim[v]; i++) {
        uint32_t inner = tree->by_lim[i];

        for (uint32_t k = tree->first[inner]; k < tree->first[inner + 1]; k++) {
            uint32_t edge = tree->incident[k];

            tree->work++;
            if ((tree->edges[edge].tail == inner) != has_tail_below || is_below(tree, other_end(tree, edge, inner), v))
                continue;
            if (best == NO_EDGE || slack(tree, edge) < slack(tree, best) ||
                (slack(tree, edge) == slack(tree, best) && edge < best))
                best = edge;
        }
    }
    return best;
}

static void exchange(struct tree *tree, uint32_t v, uint32_t entering)
{
    bool is_head_below = tree->edges[tree->up[v]].head == v;
    int32_t move = is_head_below ? slack(tree, entering) : -slack(tree, entering);
    uint32_t outer =
        is_below(tree, tree->edges[entering].tail, v) ? tree->edges[entering].head : tree->edges[entering].tail;

    for (uint32_t i = tree->low[v]; i <= tree->lim[v]; i++)
        tree->ranks[tree->by_lim[i]] += move;
    tree->is_in[tree->up[v]] = false;
    tree->is_in[entering] = true;
    while (!is_below(tree, v, outer))
        outer = other_end(tree, tree->up[outer], outer);
    number_subtree(tree, outer);
}

int simplex_solve(uint32_t n, const struct simplex_edge *edges, size_t n_edges, uint64_t work, int32_t *ranks,
                  struct lw_error *err)
{
    struct tree tree = {.n = n, .n_edges = n_edges, .edges = edges, .ranks = ranks};
    uint32_t at = 0, leaving, entering;
    int code = n == 0 ? 0 : init(&tree, err);

    if (code == 0 && n > 0)
        code = rank_by_longest_path(&tree, err);
    if (code == 0 && n > 0)
        code = find_tree(&tree, err);
    if (code == 0 && n > 0) {
        tree.up[0] = NO_EDGE;
        number_subtree(&tree, 0);
        while (tree.work < work && (leaving = find_leaving(&tree, &at)) != UINT32_MAX) {
            entering = find_entering(&tree, leaving);
            if (entering == NO_EDGE)
                break;
            exchange(&tree, leaving, entering);
        }
    }
    release(&tree);
    return code;
}
