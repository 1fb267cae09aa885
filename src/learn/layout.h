/*
 * How the records of a source look around their message: skeletons of the record with slots for header fields, the
 * values those take, and which skeletons each kind of message came with. What a generator needs to write lines in the
 * source's own layout. Merges exactly while there are no more than LAYOUT_MAX_SKELETONS skeletons; records of further
 * ones are left out. Owned by the struct; not thread-safe for adding.
 */
#ifndef LW_LEARN_LAYOUT_H
#define LW_LEARN_LAYOUT_H

#include "base/intern.h"
#include "learn/pool.h"
#include "learn/trace_sample.h"

#define LAYOUT_MAX_SKELETONS 4096
#define LAYOUT_MAX_LITERAL   4096 /* bytes around a message; a record with more is left out */
#define LAYOUT_MAX_PARTS     (2 * LW_MAX_FIELDS + 3)

/* A skeleton is one distinct text around the message, with the texts of level and component in it as they stood, so
 * that what goes together stays together. Other fields are slots. */
enum layout_kind { LAYOUT_LITERAL, LAYOUT_SLOT, LAYOUT_MESSAGE };
struct layout_part {
    enum layout_kind kind;
    struct lw_bytes text; /* of a literal; of a slot, the name of its field; borrowed */
};
struct skeleton {
    enum lw_level level;
    size_t component; /* index of the literal part that is the component's text, or LAYOUT_MAX_PARTS */
    size_t n_parts, n_slots;
    struct layout_part parts[LAYOUT_MAX_PARTS];
};
struct skeleton_values {
    struct pool slots[LW_MAX_FIELDS]; /* by order of the slots in the skeleton */
};
struct skeleton_count {
    uint32_t skeleton;
    uint64_t count;
};
struct sequence_layouts { /* [n] by first appearance */
    struct skeleton_count *items;
    size_t n, cap;
};
struct layouts {
    struct intern skeletons;        /* packed; layout_skeleton reads them */
    struct skeleton_values *values; /* [skeletons.count] */
    size_t cap_values;
    struct sequence_layouts *by_sequence; /* [n_sequences]; a sequence past the end has none */
    size_t n_sequences, cap_sequences;
    struct trace_sample sample;
    struct buf scratch;
};

/* Whether a header field of that name is the level of its record. */
bool layout_is_level(const char *name);

void layouts_init(struct layouts *layouts);
void layouts_release(struct layouts *layouts);
int layouts_add(struct layouts *layouts, uint32_t sequence, const struct lw_record *record, struct lw_error *err);
/* The record is also an event of the named trace; called in order of records for each trace it belongs to. */
int layouts_add_to_trace(struct layouts *layouts, struct lw_bytes trace, uint32_t sequence,
                         const struct lw_record *record, struct lw_error *err);
/* remap[i]: id in `into` of from's sequence i. */
int layouts_merge(struct layouts *into, const struct layouts *from, const uint32_t *remap, struct lw_error *err);
/* Gives sequence i the id remap[i] < n_sequences; those that get the same one are counted together. 0 or LW_ERR_MEMORY,
 * then the counts of sequences are only fit for release. */
int layouts_renumber(struct layouts *layouts, const uint32_t *remap, size_t n_sequences);
/* Bytes that the values of header fields and the counts take, roughly. */
uint64_t layouts_bytes(const struct layouts *layouts);
void layouts_pack(const struct layouts *layouts, struct buf *out);
/* layouts: initialised; on failure it is empty. LW_ERR_INPUT if the bytes are no layouts. */
int layouts_unpack(struct layouts *layouts, struct unpack *in, struct lw_error *err);
/* Whether they speak of sequences below n_sequences only; to be asked of what was unpacked before it is merged. */
bool layouts_fit(const struct layouts *layouts, size_t n_sequences);
/* Parts of a skeleton, borrowed from layouts; id < skeletons.count. */
void layout_skeleton(const struct layouts *layouts, uint32_t id, struct skeleton *out);

#endif
