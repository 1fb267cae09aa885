/* What a JSON parser lets pass: of members with one name, the last takes the place of the others without a word. */
#ifndef LW_GENERATE_JSON_MEMBERS_H
#define LW_GENERATE_JSON_MEMBERS_H

#include <stddef.h>

#include "logwright.h"

/* data[len]: a text that json-c read as a whole. LW_ERR_INPUT when an object of it names a member twice; err says
 * which, and where in the file `name`. LW_ERR_MEMORY. */
int json_members_check(const char *name, const char *data, size_t len, struct lw_error *err);

#endif
