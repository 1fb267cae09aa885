/* Regular expressions of quick.h's subset, read into a tree. */
#ifndef LW_INPUT_QUICK_TREE_H
#define LW_INPUT_QUICK_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TREE_NODES  1024u
#define TREE_SETS   128u
#define TREE_GROUPS 63u
#define TREE_NONE   UINT16_MAX
#define REPEAT_MANY UINT32_MAX /* no upper bound */

enum tree_kind {
    TREE_EMPTY,
    TREE_SET,      /* one byte of set */
    TREE_CAT,      /* a, then b */
    TREE_OR,       /* a, or else b */
    TREE_REPEAT,   /* a, from min to max times */
    TREE_GROUP,    /* a, captured as group */
    TREE_AHEAD,    /* (?=a), (?!a) */
    TREE_BEHIND,   /* (?<=set), (?<!set) */
    TREE_BOUNDARY, /* \b */
    TREE_START,    /* ^ */
    TREE_END       /* $ */
};
enum repeat_mode { REPEAT_GREEDY, REPEAT_LAZY, REPEAT_POSSESSIVE };

struct byte_set {
    uint64_t bits[4];
};
struct tree_node {
    uint8_t kind, mode;
    bool is_negative;
    uint16_t a, b, set, group;
    uint32_t min, max;
};
struct tree {
    struct tree_node nodes[TREE_NODES];
    size_t n;
    struct byte_set sets[TREE_SETS]; /* all different */
    size_t n_sets;
    unsigned n_groups;
    bool looks_ahead; /* has a (?=...) */
    uint16_t root;
};

static inline bool byte_set_has(const struct byte_set *set, unsigned char byte)
{
    return (set->bits[byte >> 6] >> (byte & 63) & 1) != 0;
}

/* False if the text is outside the subset. The text is a valid expression of PCRE2. */
bool tree_read(const char *text, size_t len, struct tree *out);

#endif
