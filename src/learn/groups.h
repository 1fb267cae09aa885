/*
 * Groups of sequences, each with its shape: templates before they have texts. The miner makes them, the user's edits
 * change them.
 */
#ifndef LW_LEARN_GROUPS_H
#define LW_LEARN_GROUPS_H

#include "learn/edits.h"
#include "learn/shape.h"

struct group {
    uint32_t id;
    uint32_t joined_to; /* 0, or the id of the group that took this one in; then there are no sequences */
    struct shape shape;
    uint32_t *sequences; /* ascending */
    size_t n, cap;
    struct lw_bytes name; /* in the arena */
    uint32_t anchor;      /* the sequence it began with, by which its id is found again; see sequences.h */
};
struct groups {
    const struct sequences *source; /* borrowed */
    struct vocabulary vocabulary;
    struct group *items; /* [n] item i has id i + 1 */
    size_t n, cap;
    struct arena arena; /* shapes and names */
};

int groups_mine(const struct sequences *sequences, const struct lw_run *run, struct groups *out, struct lw_error *err);
void groups_release(struct groups *groups);
/* Gives the groups the ids that the sequences' anchors ask for: of several ids in one group the lowest is its own and
 * the others are joined to it; groups without any come behind all of them. Called by groups_mine. */
int groups_pin(struct groups *groups);
/* Errors name the template that an edit is about. */
int groups_edit(struct groups *groups, const struct edits *edits, struct lw_error *err);

/* Units of a sequence: out[MASK_MAX_TOKENS], tokens[MASK_MAX_TOKENS] are what they point into. Every word is known. */
int groups_units(struct groups *groups, uint32_t sequence, struct sequence_token *tokens, struct unit *out,
                 bool *has_rest);

#endif
