#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>

#include "learn/string_tree.h"
#include "learn/trace_strings.h"
#include "tests/lib/failalloc.h"
#include "tests/lib/letters.h"

static void spell(struct trace_set *set, const char *const *words, size_t n)
{
    trace_set_init(set);
    for (size_t i = 0; i < n; i++)
        letters_add(set, words[i], NULL);
}

static int build(const struct trace_set *set, size_t max_symbols, struct alphabet *alphabet, struct strings *strings,
                 struct string_tree *tree, uint32_t *items)
{
    uint32_t traces[16];
    for (uint32_t t = 0; t < set->n_traces; t++)
        traces[t] = items[t] = t;
    int status = alphabet_make(set, max_symbols, alphabet);
    if (status != 0)
        return status;
    status = strings_make(set, alphabet, traces, set->n_traces, SIZE_MAX, strings);
    if (status == 0)
        status = strings_sort(strings, items, set->n_traces);
    if (status == 0)
        status = string_tree_build(strings, items, NULL, set->n_traces, tree);
    if (status != 0) {
        strings_release(strings);
        alphabet_release(alphabet);
    }
    return status;
}

/* Reads the string of a node back, from its end. */
static size_t spell_node(const struct string_tree *tree, uint32_t node, uint32_t *symbols)
{
    size_t n = 0;
    for (; node != 0; node = tree->parent[node]) {
        size_t g = 0;
        while (tree->groups[g + 1].first <= node)
            g++;
        assert_true(tree->parent[node] < node);
        symbols[n++] = tree->groups[g].symbol;
    }
    return n;
}

static void every_string_ends_where_it_spells_itself(void **state)
{
    (void)state;
    static const char *const words[] = {"ABC", "", "AB", "B", "ABD", "ABC", "BAAAA", "C"};
    struct trace_set set;
    struct alphabet alphabet;
    struct strings strings;
    struct string_tree tree;
    uint32_t items[16], symbols[16];
    spell(&set, words, 8);
    assert_int_equal(build(&set, 100, &alphabet, &strings, &tree, items), 0);
    assert_int_equal(alphabet.n_symbols, 5); /* four letters and the rest */
    assert_int_equal(tree.n_nodes, 11);      /* root, A AB ABC ABD, B BA BAA BAAA BAAAA, C */
    float ends = 0;
    for (size_t i = 0; i < tree.n_nodes; i++)
        ends += tree.ends[i];
    assert_true(ends == 8);
    for (size_t i = 0; i < 8; i++) {
        size_t len = strings_len(&strings, items[i]);
        const uint32_t *own = strings.symbols + strings.first[items[i]];
        assert_int_equal(spell_node(&tree, tree.node_of[i], symbols), len);
        for (size_t k = 0; k < len; k++)
            assert_int_equal(symbols[k], own[len - 1 - k]);
    }
    assert_int_equal(tree.groups[tree.n_groups].first, tree.n_nodes);
    string_tree_release(&tree);
    strings_release(&strings);
    alphabet_release(&alphabet);
    trace_set_release(&set);
}

static void rare_templates_share_the_last_symbol(void **state)
{
    (void)state;
    static const char *const words[] = {"AAAA", "BBB", "CC", "D"};
    struct trace_set set;
    struct alphabet alphabet;
    spell(&set, words, 4);
    assert_int_equal(alphabet_make(&set, 3, &alphabet), 0);
    assert_int_equal(alphabet.n_symbols, 3);
    assert_int_equal(alphabet.symbol_of[1], 0);
    assert_int_equal(alphabet.symbol_of[2], 1);
    assert_int_equal(alphabet.symbol_of[3], 2);
    assert_int_equal(alphabet.symbol_of[4], 2);
    assert_true(alphabet.log2_of[1] == 0);
    /* C, D and the unknown share the rest */
    double sum = exp2(alphabet.log2_of[3]) + exp2(alphabet.log2_of[4]) + exp2(alphabet.unknown_log2);
    assert_true(fabs(sum - 1) < 1e-12);
    alphabet_release(&alphabet);
    trace_set_release(&set);
}

static int build_and_release(void *user, struct lw_error *err)
{
    (void)err;
    struct alphabet alphabet;
    struct strings strings = {0};
    struct string_tree tree;
    uint32_t items[16];
    int status = build(user, 100, &alphabet, &strings, &tree, items);
    if (status == 0) {
        string_tree_release(&tree);
        strings_release(&strings);
        alphabet_release(&alphabet);
    }
    return status;
}

static void running_out_of_memory_leaves_nothing(void **state)
{
    (void)state;
    static const char *const words[] = {"ABC", "ABD", "B"};
    struct trace_set set;
    spell(&set, words, 3);
    failalloc_each(build_and_release, &set);
    trace_set_release(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_string_ends_where_it_spells_itself),
        cmocka_unit_test(rare_templates_share_the_last_symbol),
        cmocka_unit_test(running_out_of_memory_leaves_nothing),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
