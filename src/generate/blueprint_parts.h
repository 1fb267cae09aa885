/* The making of a blueprint in parts, for the files that do it. */
#ifndef LW_GENERATE_BLUEPRINT_PARTS_H
#define LW_GENERATE_BLUEPRINT_PARTS_H

#include "generate/blueprint.h"
#include "generate/disguise.h"
#include "generate/links.h"

/* All: 0 or LW_ERR_MEMORY. */

/* Lengths and starts of traces. */
int blueprint_find_lengths(struct blueprint *blueprint, const struct trace_set *real);
int blueprint_find_arrival(struct blueprint *blueprint, const struct trace_set *real);
/* Fields, shared values, wordings, headers, choices. */
int blueprint_compile(struct blueprint *blueprint, const struct model *model, const struct links *links,
                      const struct lw_constraints *constraints, struct disguise *disguise);
/* Patterns of the names of traces. */
int blueprint_find_names(struct blueprint *blueprint, const struct intern *names, struct disguise *disguise);

/* While compiling, after places were numbered and values counted: what values obey along traces. */
int blueprint_find_relations(struct blueprint *blueprint, const struct links *links, struct disguise *disguise);
/* Then, after shared values were made: which of them tell which. */
int blueprint_find_followers(struct blueprint *blueprint, const struct links *links, struct disguise *disguise);
void blueprint_mark_others(struct blueprint *blueprint);

/* Last: the rules of constraints for parameters. LW_ERR_NOT_FOUND: one that is not there. */
int blueprint_override(struct blueprint *blueprint, const struct lw_constraints *constraints, struct lw_error *err);

/* Adding to one that is being made. */
int blueprint_add_piece(struct pieces *pieces, const struct piece *piece);
/* Copies the text; nothing is added for an empty one. */
int blueprint_add_text(struct blueprint *blueprint, struct pieces *pieces, const char *text, size_t len);
int blueprint_add_wording(struct blueprint *blueprint, uint32_t *id);
int blueprint_add_choice(struct blueprint *blueprint, uint32_t wording, uint32_t header, double weight);

#endif
