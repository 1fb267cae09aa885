/* Reading a constraints document: json-c cuts it, the table of constraints.c says what each path may hold. */
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "generate/constraints.h"
#include "input/timestamp.h"

#define DOCUMENT_MAX (1u << 20) /* bytes */
#define PATH_MAX_LEN 200

static const char *type_name(struct json_object *value)
{
    static const char *const names[] = {"null",      "true or false", "a number", "a number",
                                        "an object", "a list",        "a string"};
    return names[json_object_get_type(value)];
}

static int read_start(const char *name, struct json_object *value, struct lw_constraints *constraints,
                      struct lw_error *err)
{
    double seconds = json_object_get_double(value);
    bool is_time = json_object_is_type(value, json_type_int) || json_object_is_type(value, json_type_double);
    if (json_object_is_type(value, json_type_string)) {
        struct timestamp time;
        size_t len = (size_t)json_object_get_string_len(value);
        is_time = timestamp_parse(json_object_get_string(value), len, NULL, &time) && time.len == len && time.has_year;
        seconds = is_time ? (double)time.time_us / 1e6 : 0;
    }
    if (!is_time || lw_constraints_set(constraints, "start", seconds, NULL) != 0)
        return fail(err, LW_ERR_INPUT,
                    "%s: $.start is no time with a date; a string such as \"2026-01-31T08:00:00Z\" is right", name);
    return 0;
}

static int read_number(const char *name, const char *path, const struct lw_knob *knob, struct json_object *value,
                       struct lw_constraints *constraints, struct lw_error *err)
{
    bool is_number = json_object_is_type(value, json_type_int) || json_object_is_type(value, json_type_double);
    double number = is_number ? json_object_get_double(value) : 0;
    const char *whole = knob->is_integer ? "whole " : "";
    const char *open = *knob->unit == 0 ? "" : " (", *close = *knob->unit == 0 ? "" : ")";
    if (!is_number)
        return fail(err, LW_ERR_INPUT, "%s: $.%s is %s; a %snumber from %.16g to %.16g%s%s%s is right", name, path,
                    type_name(value), whole, knob->min, knob->max, open, knob->unit, close);
    struct lw_error why;
    int rc = lw_constraints_set(constraints, path, number, &why);
    if (rc == LW_ERR_USAGE)
        return fail(err, LW_ERR_INPUT, "%s: $.%s is %.16g; a %snumber from %.16g to %.16g%s%s%s is right", name, path,
                    number, whole, knob->min, knob->max, open, knob->unit, close);
    if (rc != 0)
        return fail(err, rc, "%s", why.text);
    return 0;
}

/* prefix: path of the object, or "". Documents nest two deep, as the paths do. */
static int read_object(const char *name, const char *prefix, struct json_object *object,
                       struct lw_constraints *constraints, struct lw_error *err)
{
    struct json_object_iterator at = json_object_iter_begin(object), end = json_object_iter_end(object);
    for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at)) {
        char path[PATH_MAX_LEN];
        struct json_object *value = json_object_iter_peek_value(&at);
        snprintf(path, sizeof path, "%s%s%s", prefix, *prefix == 0 ? "" : ".", json_object_iter_peek_name(&at));
        struct constraint_kind kind;
        int rc;
        if (!constraints_kind(path, &kind) || (*prefix != 0 && strchr(path, '.') == NULL))
            rc = fail(err, LW_ERR_INPUT, "%s: $.%s: there is no such constraint; did you mean $.%s?", name, path,
                      constraints_nearest(path));
        else if (kind.is_time)
            rc = read_start(name, value, constraints, err);
        else if (kind.knob != NULL && (*prefix != 0 || strchr(path, '.') == NULL))
            rc = read_number(name, path, kind.knob, value, constraints, err);
        else if (!kind.is_group)
            rc = fail(err, LW_ERR_INPUT, "%s: $['%s']: a name with a dot; an object inside an object is right", name,
                      path);
        else if (!json_object_is_type(value, json_type_object))
            rc = fail(err, LW_ERR_INPUT, "%s: $.%s is %s; an object such as {\"%s\": 0.05} is right", name, path,
                      type_name(value),
                      strcmp(path, "levels") == 0      ? "error"
                      : strcmp(path, "anomalies") == 0 ? "missing"
                                                       : "E1");
        else
            rc = read_object(name, path, value, constraints, err);
        if (rc != 0)
            return rc;
    }
    return 0;
}

static int read_document(const char *name, const char *data, size_t len, struct json_object **out, struct lw_error *err)
{
    struct json_tokener *tokener = json_tokener_new();
    if (tokener == NULL)
        return fail_memory(err, "reading constraints");
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    /* The NUL behind the data ends a document that is a bare number or word. */
    *out = json_tokener_parse_ex(tokener, data, (int)len + 1);
    enum json_tokener_error what = json_tokener_get_error(tokener);
    size_t at = json_tokener_get_parse_end(tokener);
    json_tokener_free(tokener);
    if (what == json_tokener_success && at < len && strlen(data) < len)
        what = json_tokener_error_parse_unexpected;
    if (what == json_tokener_success && *out != NULL)
        return 0;
    json_object_put(*out);
    *out = NULL;
    size_t line = 1, column = 1;
    for (size_t i = 0; i < at && i < len; i++) {
        column = data[i] == '\n' ? 1 : column + 1;
        line += data[i] == '\n';
    }
    return fail(err, LW_ERR_INPUT, "%s:%zu:%zu: not JSON: %s", name, line, column,
                what == json_tokener_success ? "an object is wanted" : json_tokener_error_desc(what));
}

int constraints_parse(const char *name, const char *data, size_t len, struct lw_constraints **out, struct lw_error *err)
{
    struct json_object *document = NULL;
    struct buf text = BUF_INIT;
    buf_add(&text, data, len);
    buf_add_byte(&text, 0);
    int rc = buf_status(&text) == 0 ? read_document(name, text.data, len, &document, err)
                                    : fail_memory(err, "reading constraints");
    buf_release(&text);
    struct lw_constraints *made = NULL;
    if (rc == 0 && !json_object_is_type(document, json_type_object))
        rc = fail(err, LW_ERR_INPUT, "%s: $ is %s; an object such as {\"traces\": 1000} is right", name,
                  type_name(document));
    if (rc == 0)
        rc = lw_constraints_new(&made, err);
    if (rc == 0)
        rc = read_object(name, "", document, made, err);
    struct lw_error why;
    if (rc == 0 && constraints_check(made, &why) != 0)
        rc = fail(err, LW_ERR_INFEASIBLE, "%s: $.%s", name, why.text);
    json_object_put(document);
    if (rc == 0)
        *out = made;
    else
        lw_constraints_free(made);
    return rc;
}

int lw_constraints_read(const char *path, struct lw_constraints **out, struct lw_error *err)
{
    FILE *stream = fopen(path, "rb");
    if (stream == NULL)
        return fail_errno(err, errno, path, "cannot be read");
    struct buf text = BUF_INIT;
    size_t got = 1;
    while (got > 0 && text.len <= DOCUMENT_MAX && buf_reserve(&text, 4096) == 0) {
        char block[4096];
        got = fread(block, 1, sizeof block, stream);
        buf_add(&text, block, got);
    }
    int rc = 0;
    if (ferror(stream))
        rc = fail_errno(err, errno, path, "cannot be read");
    else if (buf_status(&text) != 0)
        rc = fail_memory(err, "reading constraints");
    else if (text.len > DOCUMENT_MAX)
        rc = fail(err, LW_ERR_LIMIT, "%s: over %u bytes; this is no constraints document", path, DOCUMENT_MAX);
    fclose(stream);
    if (rc == 0)
        rc = constraints_parse(path, text.data == NULL ? "" : text.data, text.len, out, err);
    buf_release(&text);
    return rc;
}
