/* What a kind of thing is called: the word that stands before its values, or what they all begin with. */
#ifndef LW_LEARN_ENTITY_NAME_H
#define LW_LEARN_ENTITY_NAME_H

#include "learn/templates.h"

#define ENTITY_NAME_MAX 40

/* The word that names a template's slot: that before it, such as "user" in "for user <*>" and "session" in
 * "session_id=<*>"; small letters, digits and '_', "" if there is none. */
void entity_slot_word(const struct template_item *item, size_t slot, char out[ENTITY_NAME_MAX]);
/* Any text in the same letters. */
void entity_word(const char *text, size_t len, char out[ENTITY_NAME_MAX]);

#endif
