/*
 * Recursive descent over the syntax of PCRE2. Whatever is not known for certain to mean the same here and there (inline
 * options, classes with odd hyphens, braces that are no quantifier ...) is refused: PCRE2 then does it.
 */
#include "input/quick_tree.h"

#include <string.h>

#define MAX_DEPTH  40u
#define MAX_REPEAT 1000u

struct reader {
    const char *at, *end;
    struct tree *tree;
    unsigned depth;
    bool folds_case, has_failed;
};

static uint16_t read_or(struct reader *r);

static uint16_t refuse(struct reader *r)
{
    r->has_failed = true;
    r->at = r->end;
    return 0;
}

static uint16_t add(struct reader *r, struct tree_node node)
{
    if (r->tree->n == TREE_NODES)
        return refuse(r);
    r->tree->nodes[r->tree->n] = node;
    return (uint16_t)r->tree->n++;
}

static uint16_t add_set(struct reader *r, const struct byte_set *set)
{
    struct tree *tree = r->tree;
    size_t i = 0;
    while (i < tree->n_sets && memcmp(&tree->sets[i], set, sizeof *set) != 0)
        i++;
    if (i == TREE_SETS)
        return refuse(r);
    if (i == tree->n_sets)
        tree->sets[tree->n_sets++] = *set;
    return add(r, (struct tree_node){.kind = TREE_SET, .set = (uint16_t)i});
}

/* ---- sets of bytes -------------------------------------------------------------------------------------------- */

static void put(struct byte_set *set, unsigned byte)
{
    set->bits[byte >> 6] |= UINT64_C(1) << (byte & 63);
}

static void put_range(struct byte_set *set, unsigned from, unsigned to)
{
    for (; from <= to; from++)
        put(set, from);
}

static void invert(struct byte_set *set)
{
    for (size_t i = 0; i < 4; i++)
        set->bits[i] = ~set->bits[i];
}

static void fold(struct byte_set *set)
{
    for (unsigned c = 'a'; c <= 'z'; c++)
        if (byte_set_has(set, (unsigned char)c) || byte_set_has(set, (unsigned char)(c - 32))) {
            put(set, c);
            put(set, c - 32);
        }
}

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Adds what \d, \w, \s or their capitals stand for; false if the letter is none of them. */
static bool put_class(struct byte_set *set, char letter)
{
    struct byte_set class = {{0}};
    switch (letter | 32) {
    case 'w':
        put_range(&class, 'a', 'z');
        put_range(&class, 'A', 'Z');
        put(&class, '_'); /* fall through */
    case 'd':
        put_range(&class, '0', '9');
        break;
    case 's':
        put_range(&class, '\t', '\r');
        put(&class, ' ');
        break;
    default:
        return false;
    }
    if (letter < 'a')
        invert(&class);
    for (size_t i = 0; i < 4; i++)
        set->bits[i] |= class.bits[i];
    return true;
}

static int hex_value(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

/* The byte of an escape, its backslash being read; -1 if it is no single byte. */
static int read_escaped(struct reader *r)
{
    static const char names[] = "tnrfe", bytes[] = "\t\n\r\f\x1b";
    if (r->at == r->end)
        return -1;
    char c = *r->at++;
    const char *name = c != '\0' ? strchr(names, c) : NULL;
    if (name != NULL)
        return (unsigned char)bytes[name - names];
    if (c == 'x' && r->end - r->at >= 2 && hex_value(r->at[0]) >= 0 && hex_value(r->at[1]) >= 0) {
        int byte = hex_value(r->at[0]) * 16 + hex_value(r->at[1]);
        r->at += 2;
        return byte;
    }
    return is_alnum(c) || (unsigned char)c >= 0x80 ? -1 : (unsigned char)c;
}

/* One byte of a class, or -1 after a class was put. */
static int read_class_byte(struct reader *r, struct byte_set *set)
{
    char c = *r->at++;
    if (c != '\\') {
        if (c == '[' && r->at < r->end && strchr(":.=", *r->at) != NULL)
            refuse(r);
        return (unsigned char)c;
    }
    if (r->at < r->end && put_class(set, *r->at)) {
        r->at++;
        return -1;
    }
    int byte = read_escaped(r);
    if (byte < 0)
        refuse(r);
    return byte;
}

/* Behind the opening bracket. */
static uint16_t read_class(struct reader *r)
{
    struct byte_set set = {{0}};
    bool is_negative = r->at < r->end && *r->at == '^';
    r->at += is_negative;
    for (bool is_first = true; r->at < r->end && (is_first || *r->at != ']'); is_first = false) {
        int from = read_class_byte(r, &set), to = from;
        if (r->end - r->at >= 2 && r->at[0] == '-' && r->at[1] != ']') {
            r->at++;
            to = from < 0 ? -1 : read_class_byte(r, &set);
            if (to < from || from < 0)
                return refuse(r);
        }
        if (from >= 0)
            put_range(&set, (unsigned)from, (unsigned)to);
    }
    if (r->at == r->end)
        return refuse(r);
    r->at++;
    if (r->folds_case)
        fold(&set);
    if (is_negative)
        invert(&set);
    return add_set(r, &set);
}

/* ---- groups --------------------------------------------------------------------------------------------------- */

static bool accept(struct reader *r, const char *text)
{
    size_t n = strlen(text);
    if ((size_t)(r->end - r->at) < n || memcmp(r->at, text, n) != 0)
        return false;
    r->at += n;
    return true;
}

/* Up to the closing parenthesis. */
static uint16_t read_inner(struct reader *r)
{
    if (++r->depth > MAX_DEPTH)
        return refuse(r);
    uint16_t inner = read_or(r);
    r->depth--;
    return accept(r, ")") ? inner : refuse(r);
}

static uint16_t read_ahead(struct reader *r, bool is_negative)
{
    unsigned groups = r->tree->n_groups;
    uint16_t inner = read_inner(r);
    if (r->tree->n_groups != groups)
        return refuse(r);
    r->tree->looks_ahead = r->tree->looks_ahead || !is_negative;
    return add(r, (struct tree_node){.kind = TREE_AHEAD, .a = inner, .is_negative = is_negative});
}

static uint16_t read_behind(struct reader *r, bool is_negative)
{
    uint16_t inner = read_inner(r);
    if (r->has_failed || r->tree->nodes[inner].kind != TREE_SET)
        return refuse(r);
    return add(r,
               (struct tree_node){.kind = TREE_BEHIND, .set = r->tree->nodes[inner].set, .is_negative = is_negative});
}

static uint16_t read_capture(struct reader *r)
{
    if (r->tree->n_groups == TREE_GROUPS)
        return refuse(r);
    unsigned group = ++r->tree->n_groups;
    uint16_t inner = read_inner(r);
    return add(r, (struct tree_node){.kind = TREE_GROUP, .a = inner, .group = (uint16_t)group});
}

/* Behind the opening parenthesis. */
static uint16_t read_group(struct reader *r)
{
    if (accept(r, "?:"))
        return read_inner(r);
    if (accept(r, "?i:")) {
        bool before = r->folds_case;
        r->folds_case = true;
        uint16_t inner = read_inner(r);
        r->folds_case = before;
        return inner;
    }
    if (accept(r, "?="))
        return read_ahead(r, false);
    if (accept(r, "?!"))
        return read_ahead(r, true);
    if (accept(r, "?<="))
        return read_behind(r, false);
    if (accept(r, "?<!"))
        return read_behind(r, true);
    if (accept(r, "?<")) {
        while (r->at < r->end && *r->at != '>')
            r->at++;
        return accept(r, ">") ? read_capture(r) : refuse(r);
    }
    if (r->at < r->end && (*r->at == '?' || *r->at == '*'))
        return refuse(r);
    return read_capture(r);
}

/* ---- atoms and quantifiers ------------------------------------------------------------------------------------ */

static uint16_t read_byte(struct reader *r, unsigned char byte)
{
    struct byte_set set = {{0}};
    put(&set, byte);
    if (r->folds_case)
        fold(&set);
    return add_set(r, &set);
}

static uint16_t read_escape(struct reader *r)
{
    struct byte_set set = {{0}};
    if (accept(r, "b"))
        return add(r, (struct tree_node){.kind = TREE_BOUNDARY});
    if (r->at < r->end && put_class(&set, *r->at)) {
        r->at++;
        return add_set(r, &set);
    }
    int byte = read_escaped(r);
    return byte < 0 ? refuse(r) : read_byte(r, (unsigned char)byte);
}

static uint16_t read_atom(struct reader *r)
{
    char c = *r->at++;
    switch (c) {
    case '(':
        return read_group(r);
    case '[':
        return read_class(r);
    case '\\':
        return read_escape(r);
    case '^':
        return add(r, (struct tree_node){.kind = TREE_START});
    case '$':
        return add(r, (struct tree_node){.kind = TREE_END});
    case '.': {
        struct byte_set set = {{0}};
        put(&set, '\n');
        invert(&set);
        return add_set(r, &set);
    }
    case '*':
    case '+':
    case '?':
    case '{':
        return refuse(r);
    default:
        return read_byte(r, (unsigned char)c);
    }
}

static bool read_number(struct reader *r, uint32_t *out)
{
    const char *start = r->at;
    uint32_t value = 0;
    for (; r->at < r->end && *r->at >= '0' && *r->at <= '9' && value <= MAX_REPEAT; r->at++)
        value = value * 10 + (uint32_t)(*r->at - '0');
    *out = value;
    return r->at > start && value <= MAX_REPEAT;
}

/* Whether a quantifier stands here. */
static bool read_bounds(struct reader *r, uint32_t *min, uint32_t *max)
{
    *min = 0;
    *max = REPEAT_MANY;
    if (accept(r, "*"))
        return true;
    if (accept(r, "+")) {
        *min = 1;
        return true;
    }
    if (accept(r, "?")) {
        *max = 1;
        return true;
    }
    if (!accept(r, "{"))
        return false;
    if (!read_number(r, min))
        refuse(r);
    *max = *min;
    if (accept(r, ",")) {
        *max = REPEAT_MANY;
        if (r->at < r->end && *r->at != '}' && !read_number(r, max))
            refuse(r);
    }
    if (!accept(r, "}") || *max < *min)
        refuse(r);
    return true;
}

static uint16_t read_repeated(struct reader *r)
{
    uint16_t atom = read_atom(r);
    uint32_t min, max;
    if (r->has_failed || !read_bounds(r, &min, &max))
        return atom;
    uint8_t mode = accept(r, "?") ? REPEAT_LAZY : accept(r, "+") ? REPEAT_POSSESSIVE : REPEAT_GREEDY;
    uint8_t kind = r->has_failed ? TREE_EMPTY : r->tree->nodes[atom].kind;
    if (kind == TREE_EMPTY || kind >= TREE_AHEAD || (mode == REPEAT_POSSESSIVE && kind != TREE_SET) || max == 0)
        return refuse(r);
    return add(r, (struct tree_node){.kind = TREE_REPEAT, .mode = mode, .a = atom, .min = min, .max = max});
}

static uint16_t read_cat(struct reader *r)
{
    if (r->at == r->end || *r->at == '|' || *r->at == ')')
        return add(r, (struct tree_node){.kind = TREE_EMPTY});
    uint16_t all = read_repeated(r);
    while (r->at < r->end && *r->at != '|' && *r->at != ')') {
        uint16_t next = read_repeated(r);
        all = add(r, (struct tree_node){.kind = TREE_CAT, .a = all, .b = next});
    }
    return all;
}

static uint16_t read_or(struct reader *r)
{
    uint16_t all = read_cat(r);
    while (accept(r, "|")) {
        uint16_t next = read_cat(r);
        all = add(r, (struct tree_node){.kind = TREE_OR, .a = all, .b = next});
    }
    return all;
}

bool tree_read(const char *text, size_t len, struct tree *out)
{
    struct reader r = {.at = text, .end = text + len, .tree = out};
    out->n = out->n_sets = 0;
    out->n_groups = 0;
    out->looks_ahead = false;
    out->root = read_or(&r);
    return !r.has_failed && r.at == r.end;
}
