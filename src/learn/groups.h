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
    bool is_pinned;       /* its text is one that the user gave */
    uint32_t anchor;      /* the sequence it began with, by which its id is found again; see sequences.h */
};
struct groups {
    const struct sequences *source; /* borrowed */
    struct vocabulary vocabulary;
    struct group *items; /* [n] item i has id i + 1 */
    size_t n, cap;
    struct arena arena; /* shapes and names */
    size_t n_idle;      /* edits that did not apply */
    uint8_t *steps;     /* [sequences] enum mining_step (cluster.h) */
};

int groups_mine(const struct sequences *sequences, const struct lw_run *run, struct groups *out, struct lw_error *err);
void groups_release(struct groups *groups);
/* Gives the groups the ids that the sequences' anchors ask for: of several ids in one group the lowest is its own and
 * the others are joined to it; groups without any come behind all of them. Called by groups_mine. */
int groups_pin(struct groups *groups);
/* A group to fill, its number of sequences 0: the one that began with this sequence before and was joined since, else a
 * new one. Both functions are for edits. 0 or LW_ERR_MEMORY. */
int group_open(struct groups *groups, const struct shape *shape, uint32_t sequence, struct group **out);
int group_put(struct group *group, uint32_t sequence);
/* hand.c: *out is the group whose template this text is, or is a special case of; NULL if there is none. */
int groups_find_text(struct groups *groups, const char *text, struct group **out);
/* hand.c: the messages that the text accepts, each <*> standing for any number of words, become one group. */
int groups_pin_text(struct groups *groups, const char *text, struct lw_error *err);
/* Errors name the template that an edit is about. Edits that were made before, in another learning, and do not apply
 * are passed over and counted in n_idle. */
int groups_edit(struct groups *groups, const struct edits *edits, struct lw_error *err);

/* Units of a sequence: out[MASK_MAX_TOKENS], tokens[MASK_MAX_TOKENS] are what they point into. Every word is known. */
int groups_units(struct groups *groups, uint32_t sequence, struct sequence_token *tokens, struct unit *out,
                 bool *has_rest);

#endif
