/* Reading a constraints document: json-c cuts it, the rows say what each place may hold. */
#include "generate/constraint_read.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "generate/blueprint.h"
#include "generate/json_members.h"
#include "input/timestamp.h"
#include "input/zone.h"

#define DOCUMENT_MAX (256u << 20) /* bytes; a model may stand in it */

/* ---- what is said of what is wrong -------------------------------------------------------------------------------
 */

static const char *type_name(struct json_object *value)
{
    static const char *const names[] = {"null",      "true or false", "a number", "a number",
                                        "an object", "a list",        "a string"};
    return names[json_object_get_type(value)];
}

void reading_join(char out[PATH_SIZE], const char *path, const char *name)
{
    snprintf(out, PATH_SIZE, "%s%s%s", path, *path == 0 ? "" : ".", name);
}

/* A dotted path as JSON paths are written: positions in brackets. */
static void json_path(const char *path, char out[PATH_SIZE + 8])
{
    size_t len = (size_t)snprintf(out, PATH_SIZE + 8, "$");
    bool is_list = constraint_below(path, "rules") != NULL || constraint_below(path, "calls") != NULL ||
                   strncmp(path, "arrival.profile.", 16) == 0 || strncmp(path, "recovery.within.", 16) == 0;
    while (*path != 0 && len + 4 < PATH_SIZE + 8) {
        size_t n = strcspn(path, "."), digits = strspn(path, "0123456789");
        bool is_position = is_list && n > 0 && digits == n;
        int more = snprintf(out + len, PATH_SIZE + 8 - len, is_position ? "[%.*s]" : ".%.*s", (int)n, path);
        len += more > 0 ? (size_t)more : 0;
        path += path[n] == '.' ? n + 1 : n;
    }
}

int reading_fail(const struct reading *reading, enum lw_code code, const char *path, const char *text)
{
    char where[PATH_SIZE + 8];
    json_path(path, where);
    return fail(reading->err, code, "%s: %s: %s", reading->name, where, text);
}

int reading_wrong(const struct reading *reading, const char *path, struct json_object *value, const char *wanted)
{
    char where[PATH_SIZE + 8];
    json_path(path, where);
    return fail(reading->err, LW_ERR_INPUT, "%s: %s is %s; %s is right", reading->name, where, type_name(value),
                wanted);
}

int reading_memory(const struct reading *reading)
{
    return fail_memory(reading->err, "reading constraints");
}

/* ---- single values ----------------------------------------------------------------------------------------------- */

static bool is_number(struct json_object *value)
{
    return json_object_is_type(value, json_type_int) || json_object_is_type(value, json_type_double);
}

/* "90s", "1.5h", "250ms" as seconds. */
static bool duration_of(struct json_object *value, double *seconds)
{
    static const struct {
        const char *unit;
        double seconds;
    } units[] = {{"us", 1e-6}, {"ms", 1e-3}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};
    const char *text = json_object_get_string(value);
    char *end;
    if (!json_object_is_type(value, json_type_string) || *text < '0' || *text > '9' || text[1] == 'x')
        return false;
    double number = strtod(text, &end);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(end, units[i].unit) == 0) {
            *seconds = number * units[i].seconds;
            return true;
        }
    return false;
}

static const char *wanted_number(const struct lw_knob *limits, bool is_duration, char out[200])
{
    snprintf(out, 200, "a %snumber from %.16g to %.16g%s%s%s%s", limits->is_integer ? "whole " : "", limits->min,
             limits->max, *limits->unit == 0 ? "" : " (", limits->unit, *limits->unit == 0 ? "" : ")",
             is_duration ? " or a text such as \"5m\"" : "");
    return out;
}

int reading_number(const struct reading *reading, const char *path, struct json_object *value,
                   const struct lw_knob *limits, bool is_duration, double *out)
{
    char wanted[200], where[PATH_SIZE + 8];
    double number = is_number(value) ? json_object_get_double(value) : 0;
    if (!is_number(value) && !(is_duration && duration_of(value, &number)))
        return reading_wrong(reading, path, value, wanted_number(limits, is_duration, wanted));
    if (constraint_check_number(path, limits, number, NULL) != 0) {
        json_path(path, where);
        return fail(reading->err, LW_ERR_INPUT, "%s: %s is %.16g; %s is right", reading->name, where, number,
                    wanted_number(limits, is_duration, wanted));
    }
    *out = number;
    return 0;
}

int reading_text(const struct reading *reading, const char *path, struct json_object *value, const char *wanted,
                 char **out)
{
    const char *text = json_object_get_string(value);
    size_t len = json_object_is_type(value, json_type_string) ? (size_t)json_object_get_string_len(value) : 0;
    if (!json_object_is_type(value, json_type_string))
        return reading_wrong(reading, path, value, wanted);
    if (len == 0 || strlen(text) != len)
        return reading_fail(reading, LW_ERR_INPUT, path, len == 0 ? "an empty text" : "a text with a NUL byte");
    char *copy = alloc_text(text, len);
    if (copy == NULL)
        return reading_memory(reading);
    free(*out);
    *out = copy;
    return 0;
}

int reading_pair(const struct reading *reading, const char *path, struct json_object *value,
                 const struct lw_knob *limits, bool is_duration, double *low, double *high)
{
    char inner[PATH_SIZE];
    int rc = 0;
    if (!json_object_is_type(value, json_type_array) || json_object_array_length(value) != 2)
        return reading_wrong(reading, path, value, "a list of two numbers, the least and the greatest,");
    for (size_t i = 0; i < 2 && rc == 0; i++) {
        reading_join(inner, path, i == 0 ? "0" : "1");
        rc = reading_number(reading, inner, json_object_array_get_idx(value, i), limits, is_duration,
                            i == 0 ? low : high);
    }
    return rc;
}

static int read_start(const struct reading *reading, struct json_object *value)
{
    double seconds = is_number(value) ? json_object_get_double(value) : 0;
    bool is_time = is_number(value);
    if (json_object_is_type(value, json_type_string)) {
        struct timestamp time;
        size_t len = (size_t)json_object_get_string_len(value);
        is_time = timestamp_parse(json_object_get_string(value), len, NULL, &time) && time.len == len && time.has_year;
        seconds = is_time ? (double)time.time_us / 1e6 : 0;
    }
    if (!is_time || lw_constraints_set(reading->constraints, "start", seconds, NULL) != 0)
        return fail(reading->err, LW_ERR_INPUT,
                    "%s: $.start is no time with a date; a string such as \"2026-01-31T08:00:00Z\" is right",
                    reading->name);
    return 0;
}

static int read_text_row(const struct reading *reading, const struct constraint_row *row, struct json_object *value)
{
    char **member = (char **)(void *)((char *)reading->constraints + row->offset);
    const char *path = row->knob.path;
    struct zone *zone = NULL;
    struct lw_error why;
    int rc = reading_text(reading, path, value, "a string", member);
    if (rc != 0 || strcmp(path, "zone") != 0)
        return rc;
    if (zone_open(*member, strlen(*member), &zone, &why) != 0)
        return reading_fail(reading, LW_ERR_INPUT, path, why.text);
    zone_free(zone);
    return 0;
}

/* ---- rows ---------------------------------------------------------------------------------------------------------
 */

static int read_number_row(struct reading *reading, const struct constraint_row *row, struct json_object *value)
{
    static const char *const sizes[] = {"traces", "records", "duration"};
    double number;
    int rc = reading_number(reading, row->knob.path, value, &row->knob, row->form == PLACE_DURATION, &number);
    if (rc != 0)
        return rc;
    for (size_t i = 0; i < 3; i++) {
        if (strcmp(row->knob.path, sizes[i]) != 0)
            continue;
        if (reading->size != NULL)
            return fail(reading->err, LW_ERR_INFEASIBLE,
                        "%s: $.%s and $.%s both say how long the log is; one of them is right", reading->name,
                        reading->size, sizes[i]);
        reading->size = sizes[i];
    }
    return lw_constraints_set(reading->constraints, row->knob.path, number, reading->err);
}

static int read_object(struct reading *reading, const char *path, struct json_object *object);

/* A share of traces alone, or with how the anomaly goes. */
static int read_anomaly(struct reading *reading, const struct constraint_row *row, struct json_object *value)
{
    struct json_object *rate;
    if (!json_object_is_type(value, json_type_object))
        return read_number_row(reading, row, value);
    if (json_object_object_get_ex(value, "rate", &rate)) {
        int rc = read_number_row(reading, row, rate);
        if (rc != 0)
            return rc;
    }
    return read_object(reading, row->knob.path, value);
}

static int read_numbers(struct reading *reading, const struct constraint_row *row, struct json_object *value)
{
    char path[PATH_SIZE], wanted[80], number[24];
    size_t n = 0;
    const struct constraint_row *inner;
    for (size_t i = 0; (inner = constraint_row(i)) != NULL; i++)
        n += constraint_below(inner->knob.path, row->knob.path) != NULL;
    snprintf(wanted, sizeof wanted, "a list of %zu numbers", n);
    if (!json_object_is_type(value, json_type_array) || json_object_array_length(value) != n)
        return reading_wrong(reading, row->knob.path, value, wanted);
    for (size_t i = 0; i < n; i++) {
        snprintf(number, sizeof number, "%zu", i);
        reading_join(path, row->knob.path, number);
        int rc = read_number_row(reading, constraint_row_at(path), json_object_array_get_idx(value, i));
        if (rc != 0)
            return rc;
    }
    return 0;
}

static int read_model(struct reading *reading, struct json_object *value)
{
    struct blueprint *blueprint;
    if (!json_object_is_type(value, json_type_object))
        return reading_wrong(reading, "model", value, "an object, as `constraints --model` writes it,");
    int rc = blueprint_read_json(reading->name, value, &blueprint, reading->err);
    return rc == 0 ? document_model_new(blueprint, &reading->constraints->model, reading->err) : rc;
}

static int read_row(struct reading *reading, const struct constraint_row *row, struct json_object *value)
{
    switch (row->form) {
    case PLACE_NUMBER:
    case PLACE_DURATION:
        return read_number_row(reading, row, value);
    case PLACE_ANOMALY:
        return read_anomaly(reading, row, value);
    case PLACE_TIME:
        return read_start(reading, value);
    case PLACE_TEXT:
        return read_text_row(reading, row, value);
    case PLACE_GROUP:
        return read_object(reading, row->knob.path, value);
    case PLACE_NUMBERS:
        return read_numbers(reading, row, value);
    case PLACE_SHARES:
        return read_shares(reading, row, value);
    case PLACE_WEIGHTS:
        return read_weights(reading, row, value);
    case PLACE_TRANSITIONS:
        return read_transitions(reading, row, value);
    case PLACE_SELECTOR:
        return read_selector(reading, row->knob.path, value, &reading->constraints->recovery_after);
    case PLACE_CALLS:
        return read_calls(reading, row, value);
    case PLACE_RULES:
        return read_rules(reading, row, value);
    case PLACE_VALUES:
        return read_values(reading, row, value);
    case PLACE_NAMES:
        return read_names(reading, row, value);
    case PLACE_MODEL:
        return read_model(reading, value);
    }
    return 0;
}

/* An example of what stands below a path: the last name of the first row there. */
static const char *example_below(const char *path)
{
    const struct constraint_row *row;
    for (size_t i = 0; (row = constraint_row(i)) != NULL; i++) {
        const char *name = constraint_below(row->knob.path, path);
        if (name != NULL && strchr(name, '.') == NULL)
            return name;
    }
    return "";
}

static int read_object(struct reading *reading, const char *path, struct json_object *object)
{
    char inner[PATH_SIZE], wanted[PATH_SIZE];
    snprintf(wanted, sizeof wanted, "an object such as {\"%s\": 0.05}", example_below(path));
    if (!json_object_is_type(object, json_type_object))
        return reading_wrong(reading, path, object, wanted);
    bool is_anomaly = constraint_below(path, "anomalies") != NULL;
    struct json_object_iterator at = json_object_iter_begin(object), end = json_object_iter_end(object);
    for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at)) {
        const char *name = json_object_iter_peek_name(&at);
        const struct constraint_row *row;
        reading_join(inner, path, name);
        if (is_anomaly && strcmp(name, "rate") == 0)
            continue;
        row = constraint_row_at(inner);
        if (row != NULL && strchr(name, '.') != NULL)
            return fail(reading->err, LW_ERR_INPUT,
                        "%s: $['%s']: a name with a dot; an object inside an object is right", reading->name, inner);
        if (row == NULL)
            return fail(reading->err, LW_ERR_INPUT, "%s: $.%s: there is no such constraint; did you mean $.%s?",
                        reading->name, inner, constraint_nearest(inner));
        int rc = read_row(reading, row, json_object_iter_peek_value(&at));
        if (rc != 0)
            return rc;
    }
    return 0;
}

/* ---- the document ------------------------------------------------------------------------------------------------ */

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
    bool is_read = what == json_tokener_success && *out != NULL;
    int rc = is_read ? json_members_check(name, data, len, err) : 0;
    if (is_read && rc == 0)
        return 0;
    json_object_put(*out);
    *out = NULL;
    if (rc != 0)
        return rc;
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
    struct reading reading = {name, NULL, NULL, err};
    if (rc == 0 && !json_object_is_type(document, json_type_object))
        rc = reading_wrong(&reading, "", document, "an object such as {\"traces\": 1000}");
    if (rc == 0)
        rc = lw_constraints_new(&reading.constraints, err);
    if (rc == 0)
        rc = read_object(&reading, "", document);
    struct lw_error why;
    if (rc == 0 && constraints_check(reading.constraints, &why) != 0)
        rc = fail(err, LW_ERR_INFEASIBLE, "%s: $.%s", name, why.text);
    json_object_put(document);
    if (rc == 0)
        *out = reading.constraints;
    else
        lw_constraints_free(reading.constraints);
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
