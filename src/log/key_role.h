/* What the keys of JSON and key=value lines mean, by the names that logging libraries and services give them. */
#ifndef LW_LOG_KEY_ROLE_H
#define LW_LOG_KEY_ROLE_H

#include "log/format.h"

enum key_role { KEY_MESSAGE, KEY_TIME, KEY_LEVEL, KEY_COMPONENT, KEY_ROLES, KEY_NONE = KEY_ROLES };
#define KEY_LONGEST 24 /* bytes of the longest key that has a role */

/* Role of a key, whatever its case; *rank, from 1, says how usual the name is: less is more usual. */
enum key_role key_role_of(const char *key, size_t len, unsigned *rank);

/* The most usual key of each role so far. Begins as all zeros. */
struct keys {
    unsigned rank[KEY_ROLES];
    struct lw_span spans[KEY_ROLES];
};
/* Notes a value; whether its key has a role. */
bool keys_note(struct keys *keys, const char *key, size_t len, struct lw_span value);
/* Fills time, level, component and message; without a message's key the message is `rest`. */
void keys_finish(const struct keys *keys, const char *line, struct lw_span rest, const struct timestamp_layout *hint,
                 struct format_scratch *scratch, struct format_cut *out);

#endif
