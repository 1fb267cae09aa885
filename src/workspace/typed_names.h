/*
 * Names for the typed table of a template and its columns, from the words of its text: lower-case letters, digits and _
 * alone, whatever the log holds, unique in the table. Pure functions.
 */
#ifndef LW_WORKSPACE_TYPED_NAMES_H
#define LW_WORKSPACE_TYPED_NAMES_H

#include "learn/templates.h"

#define TYPED_NAME_SIZE 48

/* "e12_received_block_of_size" for the template of id 12. */
void typed_table_name(const struct template_item *item, char name[TYPED_NAME_SIZE]);
/* names[item->n_slots]: `size` for the parameter behind "of size", `bytes` for one before "bytes", else its type. None
 * is called `taken`. 0 or LW_ERR_MEMORY. */
int typed_column_names(const struct template_item *item, const struct user_masks *masks, const char *taken,
                       char (*names)[TYPED_NAME_SIZE]);

#endif
