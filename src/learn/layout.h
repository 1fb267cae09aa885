/*
 * How the records of a source look around their message: skeletons of the header with slots for fields, and the values
 * the fields take. What a generator needs to write lines in the source's own format. Merges exactly.
 */
#ifndef LW_LEARN_LAYOUT_H
#define LW_LEARN_LAYOUT_H

#include "base/intern.h"
#include "learn/pool.h"

struct layout_field {
    uint32_t name; /* id in field_names */
    bool is_time, is_level, is_component, is_message;
};
/* One distinct skeleton, for one masked sequence's level and component: see layout.c. */
struct layouts {
    struct intern skeletons;  /* packed skeletons: literals and field ids in order */
    struct pool *by_sequence; /* [n_sequences] which skeletons and level/component values a sequence had */
    size_t n_sequences, cap_sequences;
    struct intern field_names;
    struct pool *fields; /* [field_names.count] values seen */
    size_t cap_fields;
};

void layouts_init(struct layouts *layouts);
void layouts_release(struct layouts *layouts);
int layouts_add(struct layouts *layouts, uint32_t sequence, const struct lw_record *record, struct lw_error *err);
/* remap[i]: id in `into` of from's sequence i. */
int layouts_merge(struct layouts *into, const struct layouts *from, const uint32_t *remap, struct lw_error *err);
void layouts_pack(const struct layouts *layouts, struct buf *out);
int layouts_unpack(struct layouts *layouts, struct unpack *in, struct lw_error *err);

#endif
