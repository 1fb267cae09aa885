/*
 * Sequences are sorted, their ends as the largest symbol, and laid down one after the other: what a sequence shares
 * with the one before it is there already, the rest hangs behind the last child. So children come in order without
 * being looked up.
 */
#include "learn/prefix_tree.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/fail.h"

struct sequence {
    const uint32_t *events;
    size_t n;
    uint64_t count;
};

static uint32_t symbol_at(const struct sequence *sequence, size_t i)
{
    return i < sequence->n ? sequence->events[i] : CONTEXT_END;
}

static size_t common_len(const struct sequence *a, const struct sequence *b)
{
    size_t i = 0;
    while (i < a->n && i < b->n && a->events[i] == b->events[i])
        i++;
    return i;
}

static int by_symbols(const void *left, const void *right)
{
    const struct sequence *a = left, *b = right;
    size_t i = common_len(a, b);
    uint32_t x = symbol_at(a, i), y = symbol_at(b, i);
    return (x > y) - (x < y);
}

static uint32_t context_after(const struct contexts *contexts, const struct sequence *sequence, size_t n)
{
    uint32_t history[CONTEXT_MAX_LEN];
    size_t len = 0;
    while (len < CONTEXT_MAX_LEN && len < n) {
        history[len] = sequence->events[n - 1 - len];
        len++;
    }
    if (len < CONTEXT_MAX_LEN)
        history[len++] = CONTEXT_BEGIN;
    return contexts_find(contexts, history, len);
}

static int add(struct prefix_tree *tree, uint32_t symbol, uint32_t context)
{
    if (alloc_grow(&tree->nodes, &tree->cap, tree->n + 1, sizeof *tree->nodes) != 0)
        return LW_ERR_MEMORY;
    tree->nodes[tree->n++] = (struct prefix){symbol, PAIR_NONE, PAIR_NONE, context, PAIR_NONE, 0};
    return 0;
}

/* path[i]: node of the sequence before after i symbols, of which this one shares `shared`. */
static int lay(struct prefix_tree *tree, const struct contexts *contexts, const struct sequence *sequence,
               size_t shared, bool is_first, uint32_t *path)
{
    for (size_t i = 0; i <= shared; i++)
        tree->nodes[path[i]].count += sequence->count;
    for (size_t i = shared; i <= sequence->n; i++) {
        uint32_t made = (uint32_t)tree->n, symbol = symbol_at(sequence, i);
        if (add(tree, symbol, i < sequence->n ? context_after(contexts, sequence, i + 1) : CONTEXT_ROOT) != 0)
            return LW_ERR_MEMORY;
        tree->nodes[made].count = sequence->count;
        if (i == shared && !is_first)
            tree->nodes[path[i + 1]].next = made;
        else
            tree->nodes[path[i]].child = made;
        path[i + 1] = made;
    }
    return 0;
}

static int lay_all(struct prefix_tree *tree, const struct contexts *contexts, const struct sequence *sequences,
                   size_t n, size_t longest)
{
    uint32_t *path = alloc_zeroed(longest + 2, sizeof *path);
    int status = path == NULL ? LW_ERR_MEMORY : add(tree, CONTEXT_BEGIN, CONTEXT_ROOT);
    if (status == 0)
        tree->nodes[0].context = contexts_find(contexts, (const uint32_t[]){CONTEXT_BEGIN}, 1);
    for (size_t i = 0; status == 0 && i < n; i++)
        status =
            lay(tree, contexts, &sequences[i], i > 0 ? common_len(&sequences[i - 1], &sequences[i]) : 0, i == 0, path);
    free(path);
    return status;
}

int prefix_tree_build(const struct trace_set *set, const struct variants *variants, const struct contexts *contexts,
                      struct prefix_tree *out, struct lw_error *err)
{
    struct sequence *sequences = alloc_array(variants->n, sizeof *sequences);
    size_t total = 1, longest = 0;
    if (sequences == NULL)
        return fail_memory(err, "learning the machine");
    for (size_t v = 0; v < variants->n; v++) {
        size_t example = variants->example[v], n = trace_set_len(set, example);
        sequences[v] = (struct sequence){set->templates + set->first[example], n, variants->counts[v]};
        longest = n > longest ? n : longest;
        total += n + 1;
    }
    *out = (struct prefix_tree){NULL, 0, 0};
    if (variants->n > 0)
        qsort(sequences, variants->n, sizeof *sequences, by_symbols);
    int status = 0;
    if (total >= UINT32_MAX / 2)
        status =
            fail(err, LW_ERR_LIMIT, "%zu events in distinct traces are more than a machine can be learned from", total);
    else if (lay_all(out, contexts, sequences, variants->n, longest) != 0)
        status = fail_memory(err, "learning the machine");
    free(sequences);
    if (status != 0)
        prefix_tree_release(out);
    return status;
}

void prefix_tree_release(struct prefix_tree *tree)
{
    free(tree->nodes);
    *tree = (struct prefix_tree){NULL, 0, 0};
}
