/*
 * Which values belong together within a trace. A variable is a slot of a template, a header field, or a header field of
 * one template's records. Variables that take one value throughout a trace, and those that take the same one as
 * another, form a class; a trace has one value for each class. What is linked is read off the sample of whole traces
 * that counts keep. Owned by the struct; immutable once made.
 */
#ifndef LW_GENERATE_LINKS_H
#define LW_GENERATE_LINKS_H

#include "learn/variables.h"

#define LINK_NONE UINT32_MAX
#define LINK_KEY  0u /* the class whose value is the name of the trace */

struct link_class {
    struct pool pool; /* values seen */
    bool is_unique;   /* no two sampled traces shared a value: a trace gets a new one of their shape */
    bool is_shared;   /* some did */
    uint32_t family;  /* the first class of a header field that agrees with this one wherever both are; or itself */
};
struct links {
    const struct model *model; /* borrowed */
    struct variables variables;
    bool *is_time;              /* [fields] it holds the time of the record */
    int64_t *time_shift_us;     /* [fields] and this much more */
    uint32_t *class_of;         /* [variables] or LINK_NONE */
    struct link_class *classes; /* [n_classes]; LINK_KEY always there, without pool */
    size_t n_classes;
};

int links_init(struct links *links, const struct model *model, struct lw_error *err);
void links_release(struct links *links);
/* Class of a token of a sequence, or of a field, by its id in fields, of a template's records; or LINK_NONE. */
uint32_t links_token(const struct links *links, uint32_t sequence, size_t token);
uint32_t links_field(const struct links *links, size_t template_index, uint32_t field);

#endif
