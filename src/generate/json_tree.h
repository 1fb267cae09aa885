/*
 * Trees of JSON that are made and then written: names and numbers in, text out. A tree whose has_failed is set, for
 * want of memory, is only fit for being freed (json_object_put of its root).
 */
#ifndef LW_GENERATE_JSON_TREE_H
#define LW_GENERATE_JSON_TREE_H

#include <json-c/json.h>

#include "base/buf.h"

struct json_tree {
    struct json_object *root;
    bool has_failed;
};

/* Both take value over, NULL being a failure. */
void json_tree_put(struct json_tree *tree, struct json_object *into, const char *name, struct json_object *value);
void json_tree_append(struct json_tree *tree, struct json_object *into, struct json_object *value);
/* The object of that name, made where there is none yet; NULL once the tree has failed. */
struct json_object *json_tree_object(struct json_tree *tree, struct json_object *into, const char *name);
/* The shortest decimal that reads back as the same number; whole numbers as they are counted. */
struct json_object *json_tree_number(double value);
/* Appends the tree's text and a newline. Objects have a line for each member down to so many levels, what is deeper
 * stands on one line. */
void json_tree_print(const struct json_tree *tree, unsigned broken, struct buf *out);

#endif
