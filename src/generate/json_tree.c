#include "generate/json_tree.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEEPEST 16

void json_tree_put(struct json_tree *tree, struct json_object *into, const char *name, struct json_object *value)
{
    if (value == NULL || into == NULL || json_object_object_add(into, name, value) != 0) {
        json_object_put(value);
        tree->has_failed = true;
    }
}

void json_tree_append(struct json_tree *tree, struct json_object *into, struct json_object *value)
{
    if (value == NULL || into == NULL || json_object_array_add(into, value) != 0) {
        json_object_put(value);
        tree->has_failed = true;
    }
}

struct json_object *json_tree_number(double value)
{
    char text[32];
    bool is_whole = fabs(value) < 1e15 && floor(value) == value;
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, sizeof text, is_whole ? "%.*f" : "%.*g", is_whole ? 0 : digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    return json_object_new_double_s(value, text);
}

struct json_object *json_tree_object(struct json_tree *tree, struct json_object *into, const char *name)
{
    struct json_object *found = NULL;
    if (into != NULL && !json_object_object_get_ex(into, name, &found)) {
        found = json_object_new_object();
        json_tree_put(tree, into, name, found);
        if (tree->has_failed)
            return NULL;
    }
    return found;
}

static void print(struct json_object *value, unsigned depth, unsigned broken, struct buf *out);

static void print_break(bool is_first, bool is_broken, unsigned depth, struct buf *out)
{
    if (!is_first)
        buf_add_text(out, is_broken ? "," : ", ");
    if (is_broken)
        buf_printf(out, "\n%*s", (int)(2 * depth + 2), "");
}

/* broken: how many levels of objects, from here on, have a line for each member. */
static void print_object(struct json_object *object, unsigned depth, unsigned broken, struct buf *out)
{
    bool is_broken = broken > 0 && json_object_object_length(object) > 0, is_first = true;
    struct json_object_iterator at = json_object_iter_begin(object), end = json_object_iter_end(object);
    buf_add_byte(out, '{');
    for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at), is_first = false) {
        const char *name = json_object_iter_peek_name(&at);
        print_break(is_first, is_broken, depth, out);
        buf_add_json(out, name, strlen(name));
        buf_add_text(out, ": ");
        print(json_object_iter_peek_value(&at), depth + 1, broken > 0 ? broken - 1 : 0, out);
    }
    if (is_broken)
        buf_printf(out, "\n%*s", (int)(2 * depth), "");
    buf_add_byte(out, '}');
}

static void print_list(struct json_object *list, unsigned depth, unsigned broken, struct buf *out)
{
    size_t n = json_object_array_length(list);
    bool is_broken = broken > 0 && n > 0 && json_object_is_type(json_object_array_get_idx(list, 0), json_type_object);
    buf_add_byte(out, '[');
    for (size_t i = 0; i < n; i++) {
        print_break(i == 0, is_broken, depth, out);
        print(json_object_array_get_idx(list, i), depth + 1, 0, out);
    }
    if (is_broken)
        buf_printf(out, "\n%*s", (int)(2 * depth), "");
    buf_add_byte(out, ']');
}

static void print(struct json_object *value, unsigned depth, unsigned broken, struct buf *out)
{
    if (depth > DEEPEST)
        buf_add_text(out, "null");
    else if (json_object_is_type(value, json_type_object))
        print_object(value, depth, broken, out);
    else if (json_object_is_type(value, json_type_array))
        print_list(value, depth, broken, out);
    else if (json_object_is_type(value, json_type_string))
        buf_add_json(out, json_object_get_string(value), (size_t)json_object_get_string_len(value));
    else
        buf_add_text(out, json_object_to_json_string(value));
}

void json_tree_print(const struct json_tree *tree, unsigned broken, struct buf *out)
{
    out->has_failed = out->has_failed || tree->root == NULL || tree->has_failed;
    if (tree->root != NULL)
        print(tree->root, 0, broken, out);
    buf_add_byte(out, '\n');
}
