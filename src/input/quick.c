/*
 * An expression is nodes that know what follows them, and for each choice what bytes each of its branches may begin
 * with (quick_compile.c). So the next byte of the line rules out most branches before they are
 * entered, and a run of a class need not be given back byte by byte where what follows cannot begin with one of the
 * class. What choice is left goes to a stack, of which a header needs a few entries; captures are logged there only
 * while somebody may come back. The order in which matches are tried is Perl's, so the first one found is PCRE2's.
 *
 * The work is bounded far below PCRE2's own bounds: whoever passes it is given to PCRE2, whose verdict then counts. A
 * lazily built DFA was rejected: it does not say where the groups are. PCRE2's just-in-time code alone costs 250 to
 * 400 ns a header, much of it in saving and fetching its vector of groups.
 */
#include "input/quick.h"

#include <string.h>

#include "input/pattern.h"
#include "input/quick_program.h"
#include "input/quick_tree.h"

#define MAX_STACK 128u
#define FUEL      100000u /* nodes and bytes; PCRE2 gives up at a million backtracks */

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
    struct {
        size_t opened, start, end;
    } groups[TREE_GROUPS + 1];
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
static inline size_t run_length(const struct matcher *m, const struct node *node, size_t at, size_t max)
{
    const uint8_t *table = m->quick->tables[node->set];
    const unsigned char *from = m->text + at, *to = from, *end = m->text + m->len;
    if ((size_t)(end - from) > max)
        end = from + max;
    for (; end - to >= 4; to += 4) {
        if (!table[to[0]])
            return (size_t)(to - from);
        if (!table[to[1]])
            return (size_t)(to - from) + 1;
        if (!table[to[2]])
            return (size_t)(to - from) + 2;
        if (!table[to[3]])
            return (size_t)(to - from) + 3;
    }
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
            m->groups[entry.node].opened = entry.at;
            m->n--;
            break;
        case ENTRY_START:
            m->groups[entry.node].start = entry.at;
            m->n--;
            break;
        case ENTRY_END:
            m->groups[entry.node].end = entry.at;
            m->n--;
            break;
        }
    }
    return false;
}

/* Nobody comes back where nothing is on the stack: then what a group was need not be kept. */
static bool open_group(struct matcher *m, uint16_t group, size_t at)
{
    size_t *opened = &m->groups[group].opened;
    bool can_go_on = m->n == 0 || push(m, (struct entry){.node = group, .kind = ENTRY_OPENED, .at = *opened});
    *opened = at;
    return can_go_on;
}

static bool set_group(struct matcher *m, uint16_t group, size_t from, size_t to)
{
    size_t *start = &m->groups[group].start, *end = &m->groups[group].end;
    bool can_go_on = m->n == 0 || (push(m, (struct entry){.node = group, .kind = ENTRY_START, .at = *start}) &&
                                   push(m, (struct entry){.node = group, .kind = ENTRY_END, .at = *end}));
    *start = from;
    *end = to;
    return can_go_on;
}

/* A run of a set that is a group, and that nobody would make shorter. */
static bool take_field(struct matcher *m, const struct node *node, size_t *at)
{
    size_t start = *at, n = run_length(m, node, start, node->max);
    if (n < node->min || !burn(m, 1 + n / 8))
        return false;
    *at += n;
    return set_group(m, node->to, start, *at);
}

static inline bool fits_bytes(const struct matcher *m, const struct node *node, size_t at)
{
    const uint8_t *units = m->quick->units + node->min;
    const uint8_t(*tables)[256] = (const uint8_t(*)[256])m->quick->tables;
    const unsigned char *text = m->text + at;
    if (m->len - at < node->max)
        return false;
    for (uint32_t i = 0; i < node->max; i++)
        if (!tables[units[i]][text[i]])
            return false;
    return true;
}

/* Goes on from a node for as long as nothing is left to choose, so that nobody comes back: most headers are told by it.
 * False: nothing matches here. Without choices there are no loops. */
static bool run_straight(struct matcher *m, uint16_t *number, size_t *place)
{
    const struct node *nodes = m->quick->nodes, *node = &nodes[*number];
    size_t at = *place;
    for (;; node = &nodes[node->next]) {
        size_t start = at;
        switch ((enum op)node->op) {
        case OP_START:
            if (at > 0)
                return false;
            break;
        case OP_BYTES:
            if (!fits_bytes(m, node, at))
                return false;
            at += node->max;
            break;
        case OP_OPEN:
            m->groups[node->to].opened = at;
            break;
        case OP_CLOSE:
            m->groups[node->to].start = m->groups[node->to].opened;
            m->groups[node->to].end = at;
            break;
        case OP_FIELD:
            at += run_length(m, node, at, node->max);
            if (at - start < node->min)
                return false;
            m->groups[node->to].start = start;
            m->groups[node->to].end = at;
            break;
        case OP_SPAN:
            if (node->is_sure) {
                at += run_length(m, node, at, node->max);
                if (at - start < node->min)
                    return false;
                break;
            }
            *number = (uint16_t)(node - nodes);
            *place = at;
            return true;
        case OP_BEHIND:
        case OP_BOUNDARY:
            if (!holds(m, node, at))
                return false;
            break;
        default:
            *number = (uint16_t)(node - nodes);
            *place = at;
            return true;
        }
    }
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
            fits = fits_bytes(m, node, at);
            at += fits ? node->max : 0;
            break;
        case OP_SPAN:
            fits = take_span(m, number, &at);
            break;
        case OP_FIELD:
            fits = take_field(m, node, &at);
            break;
        case OP_OPEN:
            fits = open_group(m, node->to, at);
            break;
        case OP_CLOSE:
            fits = set_group(m, node->to, m->groups[node->to].opened, at);
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
        if (!fits && (m->gave_up || !go_back(m, base, &next, &at)))
            return false;
        number = next;
    }
}

static bool has_lead(const struct quick *quick, const unsigned char *text, size_t len)
{
    for (uint32_t i = 1; i < quick->n_lead; i++)
        if (i >= len || !quick->tables[quick->units[quick->lead + i]][text[i]])
            return false;
    return true;
}

/* The next place from `at` on where a match may begin; beyond len if there is none. */
static size_t next_begin(const struct quick *quick, const unsigned char *text, size_t len, size_t at)
{
    if (quick->only_begin >= 0) {
        const unsigned char *found = text + at, *end = text + len;
        while (found < end && (found = memchr(found, quick->only_begin, (size_t)(end - found))) != NULL) {
            if (has_lead(quick, found, (size_t)(end - found)))
                return (size_t)(found - text);
            found++;
        }
        return len + 1;
    }
    while (at < len && !quick->may_begin[text[at]])
        at++;
    return at < len ? at : len + 1;
}

static void forget_groups(struct matcher *m)
{
    for (unsigned g = 1; g <= m->quick->n_groups; g++)
        m->groups[g].opened = m->groups[g].start = m->groups[g].end = PATTERN_UNSET;
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
    forget_groups(&m);
    for (size_t at = from; at <= len; at++) {
        uint16_t node = quick->root;
        size_t end, behind;
        if (!quick->starts_text && (at = next_begin(quick, m.text, len, at)) > len)
            return 0;
        m.n = 0;
        behind = at;
        if (run_straight(&m, &node, &behind) && run(&m, node, behind, &end)) {
            spans[0] = (struct lw_span){at, end - at};
            for (size_t g = 1; g < max; g++) {
                bool is_set = g <= quick->n_groups && m.groups[g].start != PATTERN_UNSET;
                spans[g] = is_set ? (struct lw_span){m.groups[g].start, m.groups[g].end - m.groups[g].start}
                                  : (struct lw_span){PATTERN_UNSET, 0};
            }
            return 1;
        }
        if (m.gave_up)
            return QUICK_GAVE_UP;
        if (quick->starts_text)
            return 0;
        forget_groups(&m);
    }
    return 0;
}
