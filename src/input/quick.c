/*
 * The tree is compiled from its end to its beginning into nodes that know what follows them, and for each choice what
 * bytes each of its branches may begin with. So the next byte of the line rules out most branches before they are
 * entered, and a run of a class need not be given back byte by byte where what follows cannot begin with one of the
 * class. What choice is left goes to a stack, of which a header needs a few entries; captures are logged there only
 * while somebody may come back. The order in which matches are tried is Perl's, so the first one found is PCRE2's.
 *
 * The work is bounded far below PCRE2's own bounds: whoever passes it is given to PCRE2, whose verdict then counts. A
 * lazily built DFA was rejected: it does not say where the groups are. PCRE2's just-in-time code alone costs 250 to
 * 400 ns a header, much of it in saving and fetching its vector of groups.
 */
#include "input/quick.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "input/pattern.h"
#include "input/quick_tree.h"

#define MAX_NODES    2048u
#define MAX_UNITS    4096u
#define MAX_BRANCHES 32u
#define MAX_CHOICES  256u
#define MAX_STACK    128u
#define MAX_EXACT    32u     /* an exact number of bytes up to this is told byte by byte */
#define FUEL         100000u /* nodes and bytes; PCRE2 gives up at a million backtracks */
#define NONE         UINT16_MAX
#define END_OF_TEXT  256u

enum op {
    OP_BYTES,
    OP_SPAN,
    OP_OPEN,
    OP_CLOSE,
    OP_CHOICE,
    OP_AHEAD,
    OP_BEHIND,
    OP_BOUNDARY,
    OP_START,
    OP_END,
    OP_DONE
};

struct node {
    uint8_t op, mode;
    bool is_negative;
    bool is_sure;      /* OP_SPAN: only the longest run can be followed by what follows */
    uint16_t next, to; /* to: OP_AHEAD: what is looked for; OP_OPEN, OP_CLOSE: group; OP_CHOICE: index */
    uint16_t set;
    uint32_t min, max; /* OP_BYTES: first unit, their number */
};
struct choice {
    uint16_t branches[MAX_BRANCHES];
    uint32_t viable[END_OF_TEXT + 1]; /* bit b: branch b may begin with this byte */
};
struct quick {
    struct node *nodes;
    uint8_t *units;         /* sets of the bytes of OP_BYTES */
    uint8_t (*tables)[256]; /* of sets: 1 for each byte in it */
    struct choice *choices;
    uint16_t root;
    unsigned n_groups;
    bool starts_text; /* begins with ^ */
    uint8_t may_begin[256];
    int only_begin; /* the one byte that it begins with, or -1 */
};

/* ---- compiling ------------------------------------------------------------------------------------------------ */

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
    bool is_sure = repeat->mode != REPEAT_LAZY && !behind->may_end;
    for (size_t i = 0; i < 4; i++)
        is_sure = is_sure && (first.bytes.bits[i] & behind->bytes.bits[i]) == 0;
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
    uint16_t branches[MAX_BRANCHES];
    size_t n = 0;
    for (; c->tree.nodes[at].kind == TREE_OR && n + 1 < MAX_BRANCHES; at = c->tree.nodes[at].a)
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
        return add_node(c, &(struct node){.op = OP_OPEN, .next = inner, .to = node->group}, &first);
    }
    default:
        return compile_assertion(c, node, next);
    }
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

/* ---- matching ------------------------------------------------------------------------------------------------- */

enum entry_kind { ENTRY_BRANCHES, ENTRY_SHORTER, ENTRY_LONGER, ENTRY_OPENED, ENTRY_START, ENTRY_END };
struct entry { /* where to go on after a failure, or what to put back on the way there */
    uint16_t node;
    uint8_t kind;
    uint32_t left; /* branches not tried */
    size_t at, bound;
};
struct matcher {
    const struct quick *quick;
    const unsigned char *text;
    size_t len, n;
    uint32_t fuel;
    bool gave_up;
    size_t opened[TREE_GROUPS + 1], starts[TREE_GROUPS + 1], ends[TREE_GROUPS + 1];
    struct entry stack[MAX_STACK];
};

static bool push(struct matcher *m, struct entry entry)
{
    if (m->n == MAX_STACK) {
        m->gave_up = true;
        return false;
    }
    m->stack[m->n++] = entry;
    return true;
}

static bool is_word(const struct matcher *m, size_t at)
{
    unsigned char c = m->text[at];
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool holds(const struct matcher *m, const struct node *node, size_t at)
{
    switch ((enum op)node->op) {
    case OP_BEHIND:
        return (at > 0 && m->quick->tables[node->set][m->text[at - 1]]) != node->is_negative;
    case OP_BOUNDARY:
        return (at > 0 && is_word(m, at - 1)) != (at < m->len && is_word(m, at));
    case OP_START:
        return at == 0;
    default:
        return at == m->len || (at + 1 == m->len && m->text[at] == '\n');
    }
}

/* Length of the run of a set at `at`, at most max. */
static size_t run_length(const struct matcher *m, const struct node *node, size_t at, size_t max)
{
    const uint8_t *table = m->quick->tables[node->set];
    const unsigned char *from = m->text + at, *to = from, *end = m->text + m->len;
    if ((size_t)(end - from) > max)
        end = from + max;
    while (to < end && table[*to])
        to++;
    return (size_t)(to - from);
}

static bool burn(struct matcher *m, size_t amount)
{
    if (amount >= m->fuel) {
        m->gave_up = true;
        return false;
    }
    m->fuel -= (uint32_t)amount;
    return true;
}

/* Takes the first branch of `left` at `at`, and leaves a note of the others. */
static bool take_branch(struct matcher *m, uint16_t number, uint32_t left, size_t at, uint16_t *next)
{
    const struct choice *choice = &m->quick->choices[m->quick->nodes[number].to];
    unsigned branch = 0;
    while ((left >> branch & 1) == 0)
        branch++;
    *next = choice->branches[branch];
    left &= left - 1;
    return left == 0 || push(m, (struct entry){.node = number, .kind = ENTRY_BRANCHES, .left = left, .at = at});
}

/* Takes a run of a set; false if it is too short. */
static bool take_span(struct matcher *m, uint16_t number, size_t *at)
{
    const struct node *node = &m->quick->nodes[number];
    bool is_lazy = node->mode == REPEAT_LAZY;
    size_t n = run_length(m, node, *at, is_lazy ? node->min : node->max), start = *at;
    if (n < node->min || !burn(m, 1 + n / 8))
        return false;
    *at += n;
    if (is_lazy)
        return node->max == n ||
               push(m, (struct entry){.node = number,
                                      .kind = ENTRY_LONGER,
                                      .at = *at,
                                      .bound = node->max == REPEAT_MANY ? SIZE_MAX : start + node->max});
    return node->is_sure || n == node->min ||
           push(m, (struct entry){.node = number, .kind = ENTRY_SHORTER, .at = *at, .bound = start + node->min});
}

/* Goes back to the last choice above `base`. */
static bool go_back(struct matcher *m, size_t base, uint16_t *node, size_t *at)
{
    while (m->n > base && burn(m, 1)) {
        struct entry *top = &m->stack[m->n - 1], entry = *top;
        switch ((enum entry_kind)entry.kind) {
        case ENTRY_BRANCHES:
            m->n--;
            *at = entry.at;
            return take_branch(m, entry.node, entry.left, entry.at, node);
        case ENTRY_SHORTER:
            *at = top->at = entry.at - 1;
            m->n -= *at == entry.bound;
            *node = m->quick->nodes[entry.node].next;
            return true;
        case ENTRY_LONGER:
            if (entry.at == entry.bound || run_length(m, &m->quick->nodes[entry.node], entry.at, 1) == 0) {
                m->n--;
                break;
            }
            *at = top->at = entry.at + 1;
            *node = m->quick->nodes[entry.node].next;
            return true;
        case ENTRY_OPENED:
            m->opened[entry.node] = entry.at;
            m->n--;
            break;
        case ENTRY_START:
            m->starts[entry.node] = entry.at;
            m->n--;
            break;
        case ENTRY_END:
            m->ends[entry.node] = entry.at;
            m->n--;
            break;
        }
    }
    return false;
}

static bool open_group(struct matcher *m, uint16_t group, size_t at)
{
    bool can_go_on = m->n == 0 || push(m, (struct entry){.node = group, .kind = ENTRY_OPENED, .at = m->opened[group]});
    m->opened[group] = at;
    return can_go_on;
}

static bool close_group(struct matcher *m, uint16_t group, size_t at)
{
    bool can_go_on =
        m->n == 0 || (push(m, (struct entry){.node = group, .kind = ENTRY_START, .at = m->starts[group]}) &&
                      push(m, (struct entry){.node = group, .kind = ENTRY_END, .at = m->ends[group]}));
    m->starts[group] = m->opened[group];
    m->ends[group] = at;
    return can_go_on;
}

static bool take_bytes(struct matcher *m, const struct node *node, size_t *at)
{
    const uint8_t *units = m->quick->units + node->min;
    const uint8_t(*tables)[256] = (const uint8_t(*)[256])m->quick->tables;
    if (m->len - *at < node->max)
        return false;
    const unsigned char *text = m->text + *at;
    for (uint32_t i = 0; i < node->max; i++)
        if (!tables[units[i]][text[i]])
            return false;
    *at += node->max;
    return true;
}

/* Matches from a node on; lookaheads nest as deep as the expression does. */
static bool run(struct matcher *m, uint16_t number, size_t at, size_t *end)
{
    const struct quick *quick = m->quick;
    size_t base = m->n;
    for (;;) {
        const struct node *node = &quick->nodes[number];
        uint16_t next = node->next;
        bool fits = true;
        switch ((enum op)node->op) {
        case OP_BYTES:
            fits = take_bytes(m, node, &at);
            break;
        case OP_SPAN:
            fits = take_span(m, number, &at);
            break;
        case OP_OPEN:
            fits = open_group(m, node->to, at);
            break;
        case OP_CLOSE:
            fits = close_group(m, node->to, at);
            break;
        case OP_CHOICE: {
            uint32_t left = quick->choices[node->to].viable[at < m->len ? m->text[at] : END_OF_TEXT];
            fits = left != 0 && burn(m, 1) && take_branch(m, number, left, at, &next);
            break;
        }
        case OP_AHEAD: {
            size_t stop, before = m->n;
            fits = run(m, node->to, at, &stop) != node->is_negative && !m->gave_up;
            m->n = before;
            break;
        }
        case OP_DONE:
            *end = at;
            return true;
        default:
            fits = holds(m, node, at);
        }
        if (m->gave_up || (!fits && !go_back(m, base, &next, &at)))
            return false;
        number = next;
    }
}

/* The next place from `at` on where a match may begin; beyond len if there is none. */
static size_t next_begin(const struct quick *quick, const unsigned char *text, size_t len, size_t at)
{
    if (quick->only_begin >= 0) {
        const unsigned char *found = at < len ? memchr(text + at, quick->only_begin, len - at) : NULL;
        return found != NULL ? (size_t)(found - text) : len + 1;
    }
    while (at < len && !quick->may_begin[text[at]])
        at++;
    return at < len ? at : len + 1;
}

int quick_match(const struct quick *quick, const char *data, size_t len, size_t from, struct lw_span *spans, size_t max)
{
    struct matcher m;
    m.quick = quick;
    m.text = (const unsigned char *)(data != NULL ? data : "");
    m.len = len;
    m.fuel = FUEL;
    m.gave_up = false;
    if (quick->starts_text && from > 0)
        return 0;
    for (unsigned g = 1; g <= quick->n_groups; g++)
        m.ends[g] = m.starts[g] = m.opened[g] = PATTERN_UNSET;
    for (size_t at = from; at <= len; at++) {
        size_t end;
        if (!quick->starts_text && (at = next_begin(quick, m.text, len, at)) > len)
            return 0;
        m.n = 0;
        if (run(&m, quick->root, at, &end)) {
            spans[0] = (struct lw_span){at, end - at};
            for (size_t g = 1; g < max; g++) {
                bool is_set = g <= quick->n_groups && m.starts[g] != PATTERN_UNSET;
                spans[g] = is_set ? (struct lw_span){m.starts[g], m.ends[g] - m.starts[g]}
                                  : (struct lw_span){PATTERN_UNSET, 0};
            }
            return 1;
        }
        if (m.gave_up)
            return QUICK_GAVE_UP;
        if (quick->starts_text)
            return 0;
        for (unsigned g = 1; g <= quick->n_groups; g++)
            m.ends[g] = m.starts[g] = m.opened[g] = PATTERN_UNSET;
    }
    return 0;
}
