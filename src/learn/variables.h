/*
 * The places of a record that take values, numbered: each slot of each template, each header field, and each header
 * field of each template's records. Owned by the struct; immutable once made.
 */
#ifndef LW_LEARN_VARIABLES_H
#define LW_LEARN_VARIABLES_H

#include "learn/model.h"

#define VARIABLE_NONE UINT32_MAX

struct variables {
    const struct model *model; /* borrowed */
    struct intern fields;      /* names of header fields; strings end in NUL */
    uint32_t *slot_first;  /* [templates + 1] first slot of a template; behind the slots come the fields, behind those
                              the fields of each template */
    uint32_t *token_first; /* [sequences + 1] into: */
    uint32_t *of_token;    /* variable of each token of each sequence, or VARIABLE_NONE */
    size_t n;
};

int variables_init(struct variables *variables, const struct model *model, struct lw_error *err);
void variables_release(struct variables *variables);
/* VARIABLE_NONE for a token that is no slot, or one of several in a slot. */
uint32_t variable_of_token(const struct variables *variables, uint32_t sequence, size_t token);
size_t variables_count_tokens(const struct variables *variables, uint32_t sequence);
/* field: id in fields. */
uint32_t variable_of_field(const struct variables *variables, uint32_t field);
uint32_t variable_of_template_field(const struct variables *variables, size_t template_index, uint32_t field);

#endif
