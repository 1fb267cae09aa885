/* Reading headers and templates with their wordings from JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "generate/blueprint_parts.h"
#include "generate/blueprint_read.h"

#define MAX_PARTS      2000
#define MAX_PARAMETERS 1000

/* "trace", or the number of a shared value. */
static int read_shared_of(const struct blueprint_source *source, const char *path, struct json_object *value,
                          uint32_t *out)
{
    double number;
    if (json_object_is_type(value, json_type_string) && strcmp(json_object_get_string(value), "trace") == 0) {
        *out = SHARED_KEY;
        return 0;
    }
    int rc = source_number_of(source, path, value, 0, (double)source->out->n_shared - 2, true, &number);
    *out = rc == 0 ? (uint32_t)number + 1 : 0;
    return rc;
}

static int read_value_of(const struct blueprint_source *source, const char *path, struct json_object *object,
                         struct piece *piece)
{
    double value;
    int rc = source_number(source, path, object, "value", 0, (double)source->out->n_values - 1, NULL, &value);
    if (rc == 0)
        piece->value = (uint32_t)value;
    return rc;
}

static int read_field(const struct blueprint_source *source, const char *path, struct json_object *object,
                      struct piece *piece)
{
    static const double zero = 0;
    struct lw_bytes name;
    double shift = 0;
    int rc = source_text(source, path, object, "field", &name);
    piece->kind = json_object_object_get_ex(object, "time", NULL) ? PIECE_TIME : PIECE_FIELD;
    if (rc == 0 && intern_add(&source->out->fields, name.data, name.len, &piece->field) != 0)
        return source_memory(source);
    if (rc == 0)
        rc = read_value_of(source, path, object, piece);
    if (rc == 0 && piece->kind == PIECE_TIME)
        rc = source_layout(source, path, object, piece);
    if (rc == 0 && piece->kind == PIECE_TIME)
        rc = source_number(source, path, object, "shift_us", -1e15, 1e15, &zero, &shift);
    piece->shift_us = (int64_t)shift;
    return rc;
}

/* The number of a parameter, from 0; from 1 in the document. */
static int read_parameter(const struct blueprint_source *source, const char *path, struct json_object *object,
                          uint32_t *out)
{
    double number;
    int rc = source_number(source, path, object, "parameter", 1, MAX_PARAMETERS, NULL, &number);
    if (rc == 0 && number != (double)(uint32_t)number)
        rc = source_wrong(source, path, "the number of a parameter is whole");
    *out = rc == 0 ? (uint32_t)number - 1 : BLUEPRINT_NONE;
    return rc;
}

/* Its member "text", kept. */
static int keep_text(const struct blueprint_source *source, const char *path, struct json_object *object,
                     struct lw_bytes *out)
{
    int rc = source_text(source, path, object, "text", out);
    if (rc != 0)
        return rc;
    out->data = arena_copy(&source->out->arena, out->data, out->len);
    return out->data == NULL ? source_memory(source) : 0;
}

/* A value that the trace shares, and what it was in this wording. */
static int read_shared_part(const struct blueprint_source *source, const char *path, struct json_object *object,
                            struct json_object *shared, struct piece *piece)
{
    char at[READ_PATH];
    piece->kind = PIECE_SHARED;
    source_join(at, path, "shared");
    int rc = read_shared_of(source, at, shared, &piece->shared);
    if (rc == 0 && json_object_object_get_ex(object, "text", NULL))
        rc = keep_text(source, path, object, &piece->text);
    if (rc == 0 && json_object_object_get_ex(object, "value", NULL))
        rc = read_value_of(source, path, object, piece);
    return rc;
}

/* One part; *n_messages counts those that are the message. */
static int read_part(const struct blueprint_source *source, const char *path, struct json_object *value, bool is_header,
                     struct pieces *pieces, unsigned *n_messages)
{
    struct piece piece = {.field = BLUEPRINT_NONE, .value = BLUEPRINT_NONE, .place = BLUEPRINT_NONE};
    struct json_object *member;
    int rc = 0;
    if (json_object_is_type(value, json_type_string)) {
        if (blueprint_add_text(source->out, pieces, json_object_get_string(value),
                               (size_t)json_object_get_string_len(value)) != 0)
            return source_memory(source);
        return 0;
    }
    if (is_header && json_object_object_get_ex(value, "field", NULL)) {
        rc = read_field(source, path, value, &piece);
    } else if (is_header && json_object_object_get_ex(value, "message", NULL)) {
        piece.kind = PIECE_MESSAGE;
        *n_messages += 1;
    } else if (!is_header && json_object_object_get_ex(value, "shared", &member)) {
        rc = read_shared_part(source, path, value, member, &piece);
    } else if (!is_header && json_object_object_get_ex(value, "text", NULL)) {
        piece.kind = PIECE_TEXT;
        rc = keep_text(source, path, value, &piece.text);
    } else if (!is_header && json_object_object_get_ex(value, "value", NULL)) {
        piece.kind = PIECE_VALUE;
        rc = read_value_of(source, path, value, &piece);
    } else {
        rc = source_wrong(source, path,
                          is_header ? "a string, {\"field\": ...} or {\"message\": true} is right"
                                    : "a string, {\"value\": ...} or {\"shared\": ...} is right");
    }
    if (rc == 0 && json_object_object_get_ex(value, "parameter", NULL))
        rc = read_parameter(source, path, value, &piece.place);
    return rc != 0 ? rc : blueprint_add_piece(pieces, &piece) != 0 ? source_memory(source) : 0;
}

static int read_parts(const struct blueprint_source *source, const char *path, struct json_object *object,
                      bool is_header, struct pieces *pieces, unsigned *n_messages)
{
    struct json_object *list;
    char parts[READ_PATH], at[READ_PATH];
    int rc = source_member(source, path, object, "parts", json_type_array, &list);
    source_join(parts, path, "parts");
    if (rc == 0)
        rc = source_list_of(source, parts, list, 0, MAX_PARTS);
    *n_messages = 0;
    for (size_t i = 0; rc == 0 && i < json_object_array_length(list); i++) {
        struct json_object *part = json_object_array_get_idx(list, i);
        source_index(at, parts, i);
        if (json_object_is_type(part, json_type_string) || json_object_is_type(part, json_type_object))
            rc = read_part(source, at, part, is_header, pieces, n_messages);
        else
            rc = source_wrong(source, at, "a string or an object is right");
    }
    return rc;
}

static int read_level(const struct blueprint_source *source, const char *path, const char *name, enum lw_level *out)
{
    for (int level = 0; level < LW_LEVEL_COUNT; level++)
        if (*name != 0 && strcmp(lw_level_name((enum lw_level)level), name) == 0) {
            *out = (enum lw_level)level;
            return 0;
        }
    return source_wrong(source, path, "there is no such level; trace, debug, info, notice, warn, error and so on are");
}

/* ---- headers ------------------------------------------------------------------------------------------------------
 */

static int read_header(const struct blueprint_source *source, const char *path, struct json_object *object,
                       struct header *header)
{
    static const double none = -1;
    struct pieces *pieces = &source->out->header_pieces;
    struct json_object *level;
    unsigned n_messages;
    double component;
    *header = (struct header){LW_LEVEL_NONE, SIZE_MAX, pieces->n, 0};
    if (!json_object_is_type(object, json_type_object))
        return source_wrong(source, path, "an object is right");
    int rc = 0;
    if (json_object_object_get_ex(object, "level", NULL)) {
        rc = source_member(source, path, object, "level", json_type_string, &level);
        if (rc == 0)
            rc = read_level(source, path, json_object_get_string(level), &header->level);
    }
    if (rc == 0)
        rc = read_parts(source, path, object, true, pieces, &n_messages);
    if (rc == 0 && n_messages != 1)
        rc = source_wrong(source, path, "one of its parts is {\"message\": true}");
    if (rc == 0)
        rc = source_number(source, path, object, "component", 0, MAX_PARTS, &none, &component);
    if (rc != 0)
        return rc;
    header->n = pieces->n - header->first;
    if (component == none)
        return 0;
    header->component = header->first + (size_t)component;
    if (component >= (double)header->n || pieces->items[header->component].kind != PIECE_TEXT)
        return source_wrong(source, path, "its component is the position of a part that is a string");
    return 0;
}

static int read_headers(const struct blueprint_source *source, struct json_object *json)
{
    struct json_object *list;
    char at[READ_PATH];
    int rc = source_member(source, "", json, "headers", json_type_array, &list);
    if (rc == 0)
        rc = source_list_of(source, "headers", list, 1, 100000);
    size_t n = rc == 0 ? json_object_array_length(list) : 0;
    source->out->headers = alloc_array(n, sizeof *source->out->headers);
    if (source->out->headers == NULL)
        return source_memory(source);
    for (size_t i = 0; i < n && rc == 0; i++) {
        source_index(at, "headers", i);
        rc = read_header(source, at, json_object_array_get_idx(list, i),
                         &source->out->headers[source->out->n_headers++]);
    }
    return rc;
}

/* ---- templates ----------------------------------------------------------------------------------------------------
 */

static int read_choices(const struct blueprint_source *source, const char *path, struct json_object *object,
                        uint32_t wording)
{
    struct json_object *list;
    char headers[READ_PATH], at[READ_PATH];
    int rc = source_member(source, path, object, "headers", json_type_array, &list);
    source_join(headers, path, "headers");
    for (size_t i = 0; rc == 0 && i < json_object_array_length(list); i++) {
        struct json_object *item = json_object_array_get_idx(list, i);
        double header, weight;
        source_index(at, headers, i);
        rc = source_list_of(source, at, item, 2, 2);
        if (rc == 0)
            rc = source_number_of(source, at, json_object_array_get_idx(item, 0), 0, (double)source->out->n_headers - 1,
                                  true, &header);
        if (rc == 0)
            rc = source_number_of(source, at, json_object_array_get_idx(item, 1), 1e-9, 1e15, false, &weight);
        if (rc == 0 && blueprint_add_choice(source->out, wording, (uint32_t)header, weight) != 0)
            return source_memory(source);
    }
    return rc;
}

static int read_wording(const struct blueprint_source *source, const char *path, struct json_object *object)
{
    struct blueprint *out = source->out;
    unsigned n_messages;
    uint32_t id;
    if (!json_object_is_type(object, json_type_object))
        return source_wrong(source, path, "an object is right");
    if (blueprint_add_wording(out, &id) != 0)
        return source_memory(source);
    int rc = read_parts(source, path, object, false, &out->message_pieces, &n_messages);
    out->wordings[id].n = out->message_pieces.n - out->wordings[id].first;
    return rc == 0 ? read_choices(source, path, object, id) : rc;
}

static int read_levels(const struct blueprint_source *source, const char *path, struct json_object *object,
                       struct template_item *item)
{
    static const double zero = 0;
    struct json_object *levels;
    char at[READ_PATH];
    double number;
    int rc = source_number(source, path, object, "count", 0, 1e15, NULL, &number);
    if (rc == 0)
        rc = source_member(source, path, object, "levels", json_type_object, &levels);
    if (rc != 0)
        return rc;
    item->count = (uint64_t)number;
    rc = source_number(source, path, object, "parameters", 0, MAX_PARAMETERS, &zero, &number);
    if (rc != 0)
        return rc;
    item->n_slots = (size_t)number;
    source_join(at, path, "levels");
    uint64_t sum = 0;
    json_object_object_foreach(levels, name, value)
    {
        enum lw_level level = LW_LEVEL_NONE;
        rc = read_level(source, at, name, &level);
        if (rc == 0)
            rc = source_number_of(source, at, value, 0, (double)item->count, true, &number);
        if (rc != 0)
            return rc;
        item->levels[level] = (uint64_t)number;
        sum += item->levels[level];
    }
    if (sum > item->count)
        return source_wrong(source, at, "they are more than the count of the template");
    item->levels[LW_LEVEL_NONE] = item->count - sum;
    return 0;
}

static int read_template(const struct blueprint_source *source, const char *path, struct json_object *object,
                         size_t index)
{
    struct blueprint *out = source->out;
    struct template_item *item = &out->own_templates.items[index];
    struct json_object *value = NULL, *wordings;
    struct lw_bytes text;
    char at[READ_PATH], list[READ_PATH];
    *item = (struct template_item){.first_us = LW_NO_TIME, .last_us = LW_NO_TIME};
    if (!json_object_is_type(object, json_type_object))
        return source_wrong(source, path, "an object is right");
    (void)json_object_object_get_ex(object, "id", &value);
    source_join(at, path, "id");
    int rc = source_template_of(source, at, value, &item->id);
    if (rc == 0 && index > 0 && item->id <= out->own_templates.items[index - 1].id)
        rc = source_wrong(source, at, "ids do not rise");
    if (rc == 0)
        rc = source_text(source, path, object, "text", &text);
    if (rc == 0)
        rc = read_levels(source, path, object, item);
    if (rc == 0)
        rc = source_member(source, path, object, "wordings", json_type_array, &wordings);
    if (rc != 0)
        return rc;
    const char *copy = arena_copy(&out->arena, text.data, text.len);
    out->texts[index] = item->text = (struct lw_bytes){copy, text.len};
    if (copy == NULL)
        return source_memory(source);
    source_join(list, path, "wordings");
    for (size_t i = 0; rc == 0 && i < json_object_array_length(wordings); i++) {
        source_index(at, list, i);
        rc = read_wording(source, at, json_object_array_get_idx(wordings, i));
    }
    out->choice_first[index + 1] = out->n_choices;
    return rc;
}

/* After all headers have been read, since those name the fields. */
static int read_fields(const struct blueprint_source *source, const char *path, struct json_object *object,
                       uint32_t *out)
{
    struct json_object *shared;
    char at[READ_PATH];
    for (size_t f = 0; f < source->out->fields.count; f++)
        out[f] = BLUEPRINT_NONE;
    int rc = source_member(source, path, object, "shared", json_type_object, &shared);
    if (rc != 0)
        return rc;
    source_join(at, path, "shared");
    json_object_object_foreach(shared, name, value)
    {
        uint32_t field = intern_find(&source->out->fields, name, strlen(name));
        if (field == INTERN_NONE)
            return source_wrong(source, at, "no header has a field of that name");
        rc = read_shared_of(source, at, value, &out[field]);
        if (rc != 0)
            return rc;
    }
    return 0;
}

/* ---- places -------------------------------------------------------------------------------------------------------
 */

/* Numbers the parameters of all templates: pieces have those of their own. */
static int number_places(const struct blueprint_source *source)
{
    struct blueprint *out = source->out;
    size_t n = out->own_templates.n;
    uint32_t most;
    out->place_first = alloc_zeroed(n + 1, sizeof *out->place_first);
    if (out->place_first == NULL)
        return source_memory(source);
    for (size_t t = 0; t < n; t++) {
        most = (uint32_t)out->own_templates.items[t].n_slots;
        for (size_t c = out->choice_first[t]; c < out->choice_first[t + 1]; c++) {
            const struct wording *wording = &out->wordings[out->choices[c].wording];
            bool is_new = c == out->choice_first[t] || out->choices[c - 1].wording != out->choices[c].wording;
            for (size_t i = wording->first; is_new && i < wording->first + wording->n; i++) {
                struct piece *piece = &out->message_pieces.items[i];
                if (piece->place == BLUEPRINT_NONE)
                    continue;
                most = piece->place + 1 > most ? piece->place + 1 : most;
                piece->place += (uint32_t)out->place_first[t];
            }
        }
        out->place_first[t + 1] = out->place_first[t] + most;
        out->own_templates.items[t].n_slots = most;
    }
    out->related = alloc_zeroed(out->place_first[n], sizeof *out->related);
    return out->related == NULL ? source_memory(source) : 0;
}

/* "E12.1" as a place. */
static int read_place(const struct blueprint_source *source, const char *path, struct json_object *object,
                      uint32_t *out)
{
    const struct blueprint *made = source->out;
    struct lw_bytes text;
    int rc = source_text(source, path, object, "other", &text);
    if (rc != 0)
        return rc;
    unsigned id, parameter;
    int end = 0;
    bool is_one = sscanf(text.data, "E%9u.%9u%n", &id, &parameter, &end) == 2 && (size_t)end == text.len;
    ptrdiff_t index = is_one ? templates_index(made->templates, id) : -1;
    if (index < 0 || parameter == 0 || parameter > made->place_first[index + 1] - made->place_first[index])
        return source_wrong(source, path, "its other is a parameter of a template, such as \"E12.1\"");
    *out = (uint32_t)made->place_first[index] + parameter - 1;
    return 0;
}

int source_facts(const struct blueprint_source *source, const char *path, struct json_object *object, struct fact **out,
                 size_t *n_out)
{
    struct json_object *list;
    char facts[READ_PATH], at[READ_PATH];
    int rc = source_member(source, path, object, "facts", json_type_array, &list);
    size_t n = rc == 0 ? json_object_array_length(list) : 0;
    source_join(facts, path, "facts");
    struct fact *made = arena_take(&source->out->arena, n * sizeof *made);
    if (made == NULL)
        return source_memory(source);
    for (size_t i = 0; i < n && rc == 0; i++) {
        struct json_object *item = json_object_array_get_idx(list, i);
        struct lw_bytes *texts[2] = {&made[i].cause, &made[i].result};
        source_index(at, facts, i);
        rc = source_list_of(source, at, item, 2, 2);
        for (size_t j = 0; j < 2 && rc == 0; j++) {
            struct json_object *text = json_object_array_get_idx(item, j);
            if (!json_object_is_type(text, json_type_string))
                return source_wrong(source, at, "two strings are right");
            texts[j]->len = (size_t)json_object_get_string_len(text);
            texts[j]->data = arena_copy(&source->out->arena, json_object_get_string(text), texts[j]->len);
            rc = texts[j]->data == NULL ? source_memory(source) : 0;
        }
    }
    if (rc == 0 && n > 0)
        qsort(made, n, sizeof *made, blueprint_order_facts);
    *out = made;
    *n_out = rc == 0 ? n : 0;
    return rc;
}

static int read_relation(const struct blueprint_source *source, const char *path, struct json_object *object,
                         size_t index)
{
    static const double zero = 0;
    struct blueprint *out = source->out;
    struct lw_bytes name;
    uint32_t parameter;
    if (!json_object_is_type(object, json_type_object))
        return source_wrong(source, path, "an object is right");
    int rc = read_parameter(source, path, object, &parameter);
    if (rc == 0)
        rc = source_text(source, path, object, "is", &name);
    if (rc != 0)
        return rc;
    int kind = RELATED_DETERMINED;
    while (kind > RELATED_NONE && strcmp(blueprint_relation_name((enum related_kind)kind), name.data) != 0)
        kind--;
    if (kind == RELATED_NONE || parameter >= out->place_first[index + 1] - out->place_first[index])
        return source_wrong(source, path,
                            "a parameter of the template is same, offset, step, increasing, decreasing or "
                            "determined");
    struct related *related = &out->related[out->place_first[index] + parameter];
    related->kind = (enum related_kind)kind;
    related->other = BLUEPRINT_NONE;
    if (kind == RELATED_SAME || kind == RELATED_OFFSET || kind == RELATED_DETERMINED)
        rc = read_place(source, path, object, &related->other);
    if (rc == 0 && kind == RELATED_DETERMINED && json_object_object_get_ex(object, "facts", NULL))
        rc = source_facts(source, path, object, &related->facts, &related->n_facts);
    return rc == 0 ? source_number(source, path, object, "number", -1e15, 1e15, &zero, &related->number) : rc;
}

static int read_relations(const struct blueprint_source *source, struct json_object *templates)
{
    char path[READ_PATH], list_path[READ_PATH], at[READ_PATH];
    int rc = number_places(source);
    for (size_t t = 0; rc == 0 && t < json_object_array_length(templates); t++) {
        struct json_object *object = json_object_array_get_idx(templates, t), *list = NULL;
        if (!json_object_object_get_ex(object, "relations", NULL))
            continue;
        source_index(path, "templates", t);
        source_join(list_path, path, "relations");
        rc = source_member(source, path, object, "relations", json_type_array, &list);
        for (size_t i = 0; rc == 0 && i < json_object_array_length(list); i++) {
            source_index(at, list_path, i);
            rc = read_relation(source, at, json_object_array_get_idx(list, i), t);
        }
    }
    if (rc == 0)
        blueprint_mark_others(source->out);
    return rc;
}

int blueprint_read_text(const struct blueprint_source *source, struct json_object *json)
{
    struct blueprint *out = source->out;
    struct json_object *list;
    char at[READ_PATH];
    int rc = read_headers(source, json);
    if (rc == 0)
        rc = source_member(source, "", json, "templates", json_type_array, &list);
    if (rc == 0)
        rc = source_list_of(source, "templates", list, 1, 1000000);
    if (rc != 0)
        return rc;
    size_t n = json_object_array_length(list), n_fields = out->fields.count;
    if (n_fields > 0 && n > SIZE_MAX / sizeof(uint32_t) / n_fields)
        return source_memory(source);
    out->own_templates.items = alloc_zeroed(n, sizeof *out->own_templates.items);
    out->choice_first = alloc_zeroed(n + 1, sizeof *out->choice_first);
    out->field_shared = alloc_array(n * n_fields, sizeof *out->field_shared);
    out->texts = arena_take(&out->arena, n * sizeof *out->texts);
    if (out->own_templates.items == NULL || out->choice_first == NULL || out->field_shared == NULL ||
        out->texts == NULL)
        return source_memory(source);
    for (size_t i = 0; i < n && rc == 0; i++) {
        source_index(at, "templates", i);
        out->own_templates.n = i + 1;
        rc = read_template(source, at, json_object_array_get_idx(list, i), i);
        if (rc == 0)
            rc = read_fields(source, at, json_object_array_get_idx(list, i), out->field_shared + i * n_fields);
    }
    return rc == 0 ? read_relations(source, list) : rc;
}
