/* What quick_compile.c makes of an expression, and quick.c runs. Private to these two. */
#ifndef LW_INPUT_QUICK_PROGRAM_H
#define LW_INPUT_QUICK_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QUICK_BRANCHES 32u
#define END_OF_TEXT    256u

enum op {
    OP_BYTES,
    OP_SPAN,
    OP_FIELD, /* a group that is a span and is_sure */
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
    uint16_t next, to; /* to: OP_AHEAD: what is looked for; OP_OPEN, OP_CLOSE, OP_FIELD: group; OP_CHOICE: index */
    uint16_t set;
    uint32_t min, max; /* OP_BYTES: first unit, their number */
};
struct choice {
    uint16_t branches[QUICK_BRANCHES];
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
    int only_begin;        /* the one byte that it begins with, or -1; then: */
    uint32_t lead, n_lead; /* units that it begins with, and their number; 0: it does not */
};

#endif
