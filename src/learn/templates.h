/*
 * Templates: a pure function of the sequences and the edits. Ids start at 1, in the order of first appearance of their
 * first sequence; a template that was joined to another keeps its id as an alias.
 */
#ifndef LW_LEARN_TEMPLATES_H
#define LW_LEARN_TEMPLATES_H

#include "learn/edits.h"
#include "learn/sequences.h"

struct template_part {    /* a template in order: literal text, or a slot */
    struct lw_bytes text; /* literal with its white space; empty for a slot */
    bool is_slot;
    uint8_t mask;  /* of a slot: the commonest mask, MASK_NONE = words vary */
    uint8_t space; /* white-space bytes before a slot */
};
struct template_item {
    uint32_t id;
    struct lw_bytes text; /* with <*> */
    struct lw_bytes name; /* by hand, or empty */
    bool is_pinned;       /* its text is one that the user gave */
    uint64_t count;
    int64_t first_us, last_us;
    uint64_t levels[LW_LEVEL_COUNT];
    struct template_part *parts;
    size_t n_parts, n_slots;
    uint32_t *sequences; /* ids of its member sequences, ascending */
    size_t n_sequences;
};
struct templates {
    struct template_item *items; /* by id */
    size_t n;
    uint32_t *of_sequence; /* [sequences.keys.count] template id */
    size_t n_of_sequence;
    void *matcher; /* private: finds the template of an unseen message; NULL: they were not made from sequences */
    struct arena arena;
};

int templates_build(const struct sequences *sequences, const struct edits *edits, const struct lw_run *run,
                    struct templates *out, struct lw_error *err);
/* Lets messages never seen have another name where the text of a template has one of these; after templates_build,
 * which does so for what is a name by its own form. 0 or LW_ERR_MEMORY. */
struct known_names;
int templates_loosen(struct templates *templates, const struct known_names *names);
void templates_release(struct templates *templates);
/* Index of an id or alias; -1: none. */
ptrdiff_t templates_index(const struct templates *templates, uint32_t id);
/* The level that most of its records have; of levels equally common the lowest. */
enum lw_level template_usual_level(const struct template_item *item);

/* Number of ids given, and the sequence that the template of each began with: what sequences.anchors becomes. */
size_t templates_ids(const struct templates *templates);
size_t templates_idle_edits(const struct templates *templates); /* that did not apply, and were passed over */
uint32_t templates_anchor(const struct templates *templates, uint32_t id);
/* What the templates were made from: shapes, words, and the step by which each sequence came in. Borrowed. */
struct groups;
struct unit;
const struct groups *templates_groups(const struct templates *templates);
/* Units of a message by its tokens: out[MASK_MAX_TOKENS]; how many, or a negative enum lw_code. */
int templates_units(const struct templates *templates, const char *message, const struct tokens *tokens,
                    struct unit *out);

/* Which tokens of one of its member sequences each slot covers: spans[n_slots] of (first token, number of tokens);
 * an optional slot that the sequence lacks has len 0. 0 or LW_ERR_MEMORY. */
int templates_align(const struct templates *templates, const struct sequences *sequences, size_t index,
                    uint32_t sequence, struct lw_span *spans, struct lw_error *err);

struct template_match {
    uint32_t id;           /* LW_TEMPLATE_UNKNOWN when nothing fits */
    struct lw_span *spans; /* in the message, one a slot; an optional or empty slot has len 0 */
    size_t n_spans, cap;   /* spans is reused; release with template_match_release */
    struct tokens tokens;
    struct buf scratch;
};
void template_match_init(struct template_match *match);
void template_match_release(struct template_match *match);
/* The template of a message, online: its own sequence's if that was learned, else the most specific template that
 * accepts it, else unknown. Thread-safe with one match object a thread. want_spans false leaves spans alone. */
int templates_match(const struct templates *templates, const struct sequences *sequences, const char *message,
                    size_t len, bool want_spans, struct template_match *match);
/* The same for a message whose tokens are in match->tokens already, such as a symbol (mask_symbol). */
int templates_match_tokens(const struct templates *templates, const struct sequences *sequences, const char *message,
                           bool want_spans, struct template_match *match);

#endif
