/*
 * The tree is compiled from its end to its beginning, so that each node knows what follows it and what bytes it may
 * begin with. quick.c says what that is for.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "input/quick.h"
#include "input/quick_program.h"
#include "input/quick_tree.h"

#define MAX_NODES   2048u
#define MAX_UNITS   4096u
#define MAX_CHOICES 256u
#define MAX_EXACT   32u /* an exact number of bytes up to this is told byte by byte */

struct first {
    struct byte_set bytes;
    bool may_end; /* may match without a further byte */
};
struct compiler {
    struct tree tree;
    struct node nodes[MAX_NODES];
    struct first firsts[MAX_NODES];
    size_t n;
    uint8_t units[MAX_UNITS]; /* filled from the end, so that a byte in front of others joins them */
    size_t unit;
    struct choice *choices;
    size_t n_choices, cap_choices;
    bool has_failed, is_out_of_memory;
};

static void unite(struct byte_set *into, const struct byte_set *set)
{
    for (size_t i = 0; i < 4; i++)
        into->bits[i] |= set->bits[i];
}

static uint16_t add_node(struct compiler *c, const struct node *node, const struct first *first)
{
    if (c->n == MAX_NODES) {
        c->has_failed = true;
        return 0;
    }
    c->nodes[c->n] = *node;
    c->firsts[c->n] = *first;
    return (uint16_t)c->n++;
}

/* Adds what a part of the tree may begin with; true if it may be empty. */
static bool tree_first(const struct tree *tree, uint16_t at, struct byte_set *out)
{
    const struct tree_node *node = &tree->nodes[at];
    switch ((enum tree_kind)node->kind) {
    case TREE_SET:
        unite(out, &tree->sets[node->set]);
        return false;
    case TREE_CAT:
        return tree_first(tree, node->a, out) && tree_first(tree, node->b, out);
    case TREE_OR: {
        bool may_a = tree_first(tree, node->a, out), may_b = tree_first(tree, node->b, out);
        return may_a || may_b;
    }
    case TREE_REPEAT:
        return tree_first(tree, node->a, out) || node->min == 0;
    case TREE_GROUP:
        return tree_first(tree, node->a, out);
    default:
        return true;
    }
}

static uint16_t compile(struct compiler *c, uint16_t at, uint16_t next);

/* n bytes of a set, in front of next. */
static uint16_t compile_bytes(struct compiler *c, uint16_t set, uint32_t n, uint16_t next)
{
    const struct node *behind = &c->nodes[next];
    bool joins = behind->op == OP_BYTES && behind->min == c->unit;
    if (c->unit < n) {
        c->has_failed = true;
        return next;
    }
    for (uint32_t i = 0; i < n; i++)
        c->units[--c->unit] = (uint8_t)set;
    struct node node = {.op = OP_BYTES, .next = joins ? behind->next : next, .min = (uint32_t)c->unit};
    node.max = n + (joins ? behind->max : 0);
    return add_node(c, &node, &(struct first){c->tree.sets[set], false});
}

static uint16_t compile_span(struct compiler *c, const struct tree_node *repeat, uint16_t next)
{
    uint16_t set = c->tree.nodes[repeat->a].set;
    if (repeat->min == repeat->max && repeat->max <= MAX_EXACT)
        return compile_bytes(c, set, repeat->min, next);
    struct first first = {c->tree.sets[set], false};
    const struct first *behind = &c->firsts[next];
    bool is_sure = !behind->may_end;
    for (size_t i = 0; i < 4; i++)
        is_sure = is_sure && (first.bytes.bits[i] & behind->bytes.bits[i]) == 0;
    is_sure = repeat->mode != REPEAT_LAZY && (is_sure || c->nodes[next].op == OP_DONE); /* which cannot fail */
    if (repeat->min == 0) {
        unite(&first.bytes, &behind->bytes);
        first.may_end = behind->may_end;
    }
    return add_node(c,
                    &(struct node){.op = OP_SPAN,
                                   .mode = repeat->mode,
                                   .is_sure = is_sure || repeat->mode == REPEAT_POSSESSIVE,
                                   .next = next,
                                   .set = set,
                                   .min = repeat->min,
                                   .max = repeat->max},
                    &first);
}

/* A choice without branches yet; what it may begin with is given. */
static uint16_t add_choice(struct compiler *c, const struct first *first)
{
    if (c->n_choices == MAX_CHOICES) {
        c->has_failed = true;
        return 0;
    }
    if (alloc_grow(&c->choices, &c->cap_choices, c->n_choices + 1, sizeof *c->choices) != 0) {
        c->has_failed = c->is_out_of_memory = true;
        return 0;
    }
    memset(&c->choices[c->n_choices], 0, sizeof *c->choices);
    return add_node(c, &(struct node){.op = OP_CHOICE, .to = (uint16_t)c->n_choices++}, first);
}

static void set_branch(struct compiler *c, uint16_t at, size_t number, uint16_t branch)
{
    if (c->has_failed)
        return;
    struct choice *choice = &c->choices[c->nodes[at].to];
    const struct first *first = &c->firsts[branch];
    choice->branches[number] = branch;
    for (unsigned byte = 0; byte < 256; byte++)
        if (first->may_end || byte_set_has(&first->bytes, (unsigned char)byte))
            choice->viable[byte] |= UINT32_C(1) << number;
    if (first->may_end)
        choice->viable[END_OF_TEXT] |= UINT32_C(1) << number;
}

/* (a|next), or the other way round. */
static uint16_t compile_optional(struct compiler *c, uint16_t a, uint16_t next, bool is_lazy)
{
    struct first first = c->firsts[next];
    unite(&first.bytes, &c->firsts[a].bytes);
    first.may_end = first.may_end || c->firsts[a].may_end;
    uint16_t at = add_choice(c, &first);
    set_branch(c, at, is_lazy, a);
    set_branch(c, at, !is_lazy, next);
    return at;
}

static uint16_t compile_loop(struct compiler *c, const struct tree_node *repeat, uint16_t next)
{
    struct first first = c->firsts[next];
    tree_first(&c->tree, repeat->a, &first.bytes);
    uint16_t at = add_choice(c, &first);
    if (c->has_failed)
        return next;
    bool is_lazy = repeat->mode == REPEAT_LAZY;
    set_branch(c, at, is_lazy, compile(c, repeat->a, at));
    set_branch(c, at, !is_lazy, next);
    return at;
}

static uint16_t compile_repeat(struct compiler *c, const struct tree_node *repeat, uint16_t next)
{
    if (c->tree.nodes[repeat->a].kind == TREE_SET)
        return compile_span(c, repeat, next);
    uint16_t at = next;
    if (tree_first(&c->tree, repeat->a, &(struct byte_set){{0}})) { /* PCRE2 has rules of its own for empty turns */
        c->has_failed = true;
        return next;
    }
    if (repeat->max == REPEAT_MANY)
        at = compile_loop(c, repeat, next);
    else
        for (uint32_t i = repeat->min; i < repeat->max && !c->has_failed; i++)
            at = compile_optional(c, compile(c, repeat->a, at), next, repeat->mode == REPEAT_LAZY);
    for (uint32_t i = 0; i < repeat->min && !c->has_failed; i++)
        at = compile(c, repeat->a, at);
    return at;
}

static uint16_t compile_or(struct compiler *c, uint16_t at, uint16_t next)
{
    uint16_t branches[QUICK_BRANCHES];
    size_t n = 0;
    for (; c->tree.nodes[at].kind == TREE_OR && n + 1 < QUICK_BRANCHES; at = c->tree.nodes[at].a)
        branches[n++] = c->tree.nodes[at].b;
    branches[n++] = at;
    struct first first = {{{0}}, false};
    for (size_t i = 0; i < n; i++) {
        branches[i] = compile(c, branches[i], next);
        unite(&first.bytes, &c->firsts[branches[i]].bytes);
        first.may_end = first.may_end || c->firsts[branches[i]].may_end;
    }
    uint16_t choice = add_choice(c, &first);
    for (size_t i = 0; i < n; i++)
        set_branch(c, choice, i, branches[n - 1 - i]); /* the last stood first */
    return choice;
}

/* What has no width: may begin as what follows does. A lookahead only rules out, so this stays an upper bound. */
static uint16_t compile_assertion(struct compiler *c, const struct tree_node *node, uint16_t next)
{
    static const uint8_t ops[] = {[TREE_AHEAD] = OP_AHEAD,
                                  [TREE_BEHIND] = OP_BEHIND,
                                  [TREE_BOUNDARY] = OP_BOUNDARY,
                                  [TREE_START] = OP_START,
                                  [TREE_END] = OP_END};
    struct node made = {.op = ops[node->kind], .is_negative = node->is_negative, .next = next, .set = node->set};
    struct first first = c->firsts[next];
    if (node->kind == TREE_AHEAD) {
        struct first any = {{{~UINT64_C(0), ~UINT64_C(0), ~UINT64_C(0), ~UINT64_C(0)}}, true};
        uint16_t done = add_node(c, &(struct node){.op = OP_DONE}, &any);
        made.to = compile(c, node->a, done);
    }
    return add_node(c, &made, &first);
}

/* Node of a part of the tree that is followed by next. The depth is bounded by the tree's number of nodes. */
static uint16_t compile(struct compiler *c, uint16_t at, uint16_t next)
{
    const struct tree_node *node = &c->tree.nodes[at];
    if (c->has_failed)
        return next;
    switch ((enum tree_kind)node->kind) {
    case TREE_EMPTY:
        return next;
    case TREE_SET:
        return compile_bytes(c, node->set, 1, next);
    case TREE_CAT:
        return compile(c, node->a, compile(c, node->b, next));
    case TREE_OR:
        return compile_or(c, at, next);
    case TREE_REPEAT:
        return compile_repeat(c, node, next);
    case TREE_GROUP: {
        struct first first = c->firsts[next];
        uint16_t close = add_node(c, &(struct node){.op = OP_CLOSE, .next = next, .to = node->group}, &first);
        uint16_t inner = compile(c, node->a, close);
        first = c->firsts[inner];
        struct node field = c->nodes[inner];
        if (field.op == OP_SPAN && field.is_sure && field.next == close) {
            field.op = OP_FIELD;
            field.next = next;
            field.to = node->group;
            return add_node(c, &field, &first);
        }
        return add_node(c, &(struct node){.op = OP_OPEN, .next = inner, .to = node->group}, &first);
    }
    default:
        return compile_assertion(c, node, next);
    }
}

/* Where one byte tells where a match may begin, those behind it tell better. */
static void find_lead(struct quick *quick)
{
    const struct node *node = &quick->nodes[quick->root];
    while (node->op == OP_BOUNDARY || node->op == OP_BEHIND || node->op == OP_OPEN)
        node = &quick->nodes[node->next];
    quick->lead = node->min;
    quick->n_lead = node->op == OP_BYTES ? node->max : 0;
}

/* What is kept of a compiler. */
static int keep(struct compiler *c, uint16_t root, struct quick **out)
{
    struct quick *quick = alloc_zeroed(1, sizeof *quick);
    if (quick == NULL)
        return LW_ERR_MEMORY;
    quick->nodes = alloc_array(c->n, sizeof *quick->nodes);
    quick->units = alloc_array(MAX_UNITS - c->unit, 1);
    quick->tables = alloc_array(c->tree.n_sets, sizeof *quick->tables);
    if (quick->nodes == NULL || quick->units == NULL || quick->tables == NULL) {
        quick_free(quick);
        return LW_ERR_MEMORY;
    }
    for (size_t i = 0; i < c->n; i++) {
        quick->nodes[i] = c->nodes[i];
        if (c->nodes[i].op == OP_BYTES)
            quick->nodes[i].min -= (uint32_t)c->unit;
    }
    memcpy(quick->units, c->units + c->unit, MAX_UNITS - c->unit);
    for (size_t i = 0; i < c->tree.n_sets; i++)
        for (unsigned byte = 0; byte < 256; byte++)
            quick->tables[i][byte] = byte_set_has(&c->tree.sets[i], (unsigned char)byte);
    quick->choices = c->choices;
    c->choices = NULL;
    quick->root = root;
    quick->n_groups = c->tree.n_groups;
    quick->starts_text = c->nodes[root].op == OP_START;
    quick->only_begin = -1;
    unsigned n = 0;
    for (unsigned byte = 0; byte < 256; byte++) {
        quick->may_begin[byte] = c->firsts[root].may_end || byte_set_has(&c->firsts[root].bytes, (unsigned char)byte);
        if (quick->may_begin[byte] && n++ == 0)
            quick->only_begin = (int)byte;
    }
    if (n != 1)
        quick->only_begin = -1;
    find_lead(quick);
    *out = quick;
    return 0;
}

int quick_new(const char *text, size_t len, struct quick **out)
{
    *out = NULL;
    struct compiler *c = alloc_zeroed(1, sizeof *c);
    if (c == NULL)
        return LW_ERR_MEMORY;
    c->unit = MAX_UNITS;
    int code = 0;
    if (tree_read(text, len, &c->tree)) {
        struct first any = {{{~UINT64_C(0), ~UINT64_C(0), ~UINT64_C(0), ~UINT64_C(0)}}, true};
        uint16_t done = add_node(c, &(struct node){.op = OP_DONE}, &any);
        uint16_t root = compile(c, c->tree.root, done);
        /* What may match nothing at all is no expression for headers or ids. Where a lookahead may tell the first byte,
         * some releases of PCRE2 ask for that byte twice ("(?=a)a" on "a"): nobody can agree with all of them. */
        bool starts_text = c->nodes[root].op == OP_START;
        if (!c->has_failed && (starts_text || (!c->firsts[root].may_end && !c->tree.looks_ahead)))
            code = keep(c, root, out);
        else if (c->is_out_of_memory)
            code = LW_ERR_MEMORY;
    }
    free(c->choices);
    free(c);
    return code;
}

void quick_free(struct quick *quick)
{
    if (quick == NULL)
        return;
    free(quick->nodes);
    free(quick->units);
    free(quick->tables);
    free(quick->choices);
    free(quick);
}
