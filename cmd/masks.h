/* Masks of the settings, $XDG_CONFIG_HOME/logwright/masks, and of --mask. */
#ifndef LW_CMD_MASKS_H
#define LW_CMD_MASKS_H

#include "logwright.h"

/* The masks of `base`, or those of the settings where it is NULL, and before them those that changes[n], "NAME=REGEX",
 * add, the first one first. *out is freed with lw_free. */
int masks_find(const char *base, const char *const *changes, size_t n, char **out, struct lw_error *err);

#endif
