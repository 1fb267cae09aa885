/*
 * The constraints document as rows of (path, value), and setting one of its members from JSON. What can be set and what
 * is right is known to the reader of the document alone, so both go through its text. Public part: struct lw_settings.
 */
#ifndef LW_GENERATE_SETTINGS_H
#define LW_GENERATE_SETTINGS_H

#include "logwright.h"

#endif
