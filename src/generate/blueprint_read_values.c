/* Reading values, names and what traces share from JSON. */
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "generate/blueprint_read.h"

#define MAX_REPLICAS  1000
#define MAX_QUANTILES 10000

static int copy_text(const struct blueprint_source *source, const char *path, struct json_object *value,
                     struct lw_bytes *out)
{
    if (!json_object_is_type(value, json_type_string))
        return source_wrong(source, path, "a string is right");
    size_t len = (size_t)json_object_get_string_len(value);
    const char *copy = arena_copy(&source->out->arena, json_object_get_string(value), len);
    *out = (struct lw_bytes){copy, len};
    return copy == NULL ? source_memory(source) : 0;
}

static int read_texts(const struct blueprint_source *source, const char *path, struct json_object *list,
                      struct value_model *out)
{
    double sum = 0;
    size_t n = json_object_array_length(list), n_more = 0;
    int rc = 0;
    for (size_t i = 0; i < n && rc == 0; i++) {
        struct json_object *item = json_object_array_get_idx(list, i);
        char at[READ_PATH];
        double weight;
        source_index(at, path, i);
        rc = source_list_of(source, at, item, 2, 2 + MAX_REPLICAS);
        size_t len = rc == 0 ? json_object_array_length(item) : 0;
        if (rc == 0 && len == 2 && n_more == 0)
            out->n_single = (uint32_t)i + 1;
        else if (rc == 0 && n_more == 0)
            out->replicas = (uint32_t)len - 1;
        if (rc == 0 && (out->replicas > 1) != (len > 2))
            rc = source_wrong(source, at, "texts that stand for others come last");
        if (rc == 0 && len > 2 && len != out->replicas + 1)
            rc = source_wrong(source, at, "as many others as the one before it stands for are right");
        if (rc == 0 && len > 2 && n_more == 0)
            out->more = arena_take(&source->out->arena, (n - i) * (out->replicas - 1) * sizeof *out->more);
        if (rc == 0 && len > 2 && out->more == NULL)
            rc = source_memory(source);
        if (rc == 0)
            rc = copy_text(source, at, json_object_array_get_idx(item, 0), &out->texts[i]);
        if (rc == 0)
            rc = source_number_of(source, at, json_object_array_get_idx(item, 1), 1e-9, 1e15, false, &weight);
        for (size_t j = 2; j < len && rc == 0; j++)
            rc = copy_text(source, at, json_object_array_get_idx(item, j), &out->more[n_more++]);
        if (rc == 0)
            out->upto[i] = sum += weight;
    }
    out->n = (uint32_t)n;
    return rc;
}

static int read_layout(const struct blueprint_source *source, const char *path, struct json_object *object,
                       struct timestamp_layout *layout, int32_t *zone_s)
{
    struct timestamp time;
    struct lw_bytes text;
    int rc = source_text(source, path, object, "time", &text);
    if (rc == 0 && !timestamp_parse_whole(text.data, text.len, NULL, &time))
        rc = source_wrong(source, path, "its time is in no layout that is known");
    if (rc == 0) {
        *layout = time.layout;
        *zone_s = time.zone_s;
    }
    return rc;
}

int source_layout(const struct blueprint_source *source, const char *path, struct json_object *object,
                  struct piece *piece)
{
    return read_layout(source, path, object, &piece->layout, &piece->zone_s);
}

static int read_fresh(const struct blueprint_source *source, const char *path, struct json_object *object,
                      struct json_object *quantiles, struct value_model *out)
{
    static const double zero = 0;
    double decimals = 0, width = 0;
    bool is_time = json_object_object_get_ex(object, "time", NULL);
    double most = is_time ? 4e15 : 1e30;
    char at[READ_PATH], list[READ_PATH];
    int rc = source_number(source, path, object, "weight", 1e-9, 1e15, NULL, &out->fresh);
    if (rc == 0 && is_time)
        rc = read_layout(source, path, object, &out->layout, &out->zone_s);
    if (rc == 0 && !is_time)
        rc = source_number(source, path, object, "decimals", 0, 15, &zero, &decimals);
    if (rc == 0 && !is_time)
        rc = source_number(source, path, object, "width", 0, 15, &zero, &width);
    out->form = is_time ? FORM_TIME : decimals > 0 ? FORM_DECIMAL : FORM_INTEGER;
    out->decimals = (uint8_t)decimals;
    out->width = (uint8_t)width;
    source_join(list, path, "quantiles");
    for (uint32_t i = 0; i < out->n_quantiles && rc == 0; i++) {
        source_index(at, list, i);
        rc = source_number_of(source, at, json_object_array_get_idx(quantiles, i), -most, most, false,
                              &out->quantiles[i]);
        if (rc == 0 && i > 0 && out->quantiles[i] < out->quantiles[i - 1])
            rc = source_wrong(source, at, "quantiles do not rise");
    }
    return rc;
}

static int read_names(const struct blueprint_source *source, const char *path, struct json_object *list,
                      struct names *out)
{
    int rc = source_list_of(source, path, list, 1, 10000);
    for (size_t i = 0; rc == 0 && i < json_object_array_length(list); i++) {
        struct json_object *item = json_object_array_get_idx(list, i);
        char at[READ_PATH];
        double weight;
        const char *why;
        source_index(at, path, i);
        rc = source_list_of(source, at, item, 2, 2);
        if (rc == 0 && !json_object_is_type(json_object_array_get_idx(item, 0), json_type_string))
            rc = source_wrong(source, at, "a pattern and its weight are right");
        if (rc == 0)
            rc = source_number_of(source, at, json_object_array_get_idx(item, 1), 1, 1e12, true, &weight);
        if (rc != 0)
            return rc;
        struct json_object *text = json_object_array_get_idx(item, 0);
        rc = names_add_pattern(out, json_object_get_string(text), (size_t)json_object_get_string_len(text),
                               (uint64_t)weight, &why);
        rc = rc == LW_ERR_INPUT ? source_wrong(source, at, why) : rc == 0 ? 0 : source_memory(source);
    }
    return rc;
}

static int read_value(const struct blueprint_source *source, const char *path, struct json_object *object,
                      struct value_model *out)
{
    struct json_object *texts, *fresh = NULL, *quantiles = NULL, *names = NULL;
    char at[READ_PATH], inner[READ_PATH];
    *out = (struct value_model){.replicas = 1};
    if (!json_object_is_type(object, json_type_object))
        return source_wrong(source, path, "an object is right");
    int rc = source_member(source, path, object, "texts", json_type_array, &texts);
    if (rc == 0 && json_object_object_get_ex(object, "fresh", NULL))
        rc = source_member(source, path, object, "fresh", json_type_object, &fresh);
    source_join(at, path, "fresh");
    bool has_names = fresh != NULL && json_object_object_get_ex(fresh, "names", &names);
    if (rc == 0 && fresh != NULL && !has_names)
        rc = source_member(source, at, fresh, "quantiles", json_type_array, &quantiles);
    if (rc == 0 && quantiles != NULL)
        rc = source_list_of(source, at, quantiles, 2, MAX_QUANTILES);
    out->n_quantiles = rc == 0 && quantiles != NULL ? (uint32_t)json_object_array_length(quantiles) : 0;
    if (rc == 0 &&
        value_model_reserve(out, (uint32_t)json_object_array_length(texts), out->n_quantiles, &source->out->arena) != 0)
        return source_memory(source);
    if (rc == 0 && has_names) {
        out->form = FORM_NAMES;
        rc = source_number(source, at, fresh, "weight", 1e-9, 1e15, NULL, &out->fresh);
        source_join(inner, at, "names");
        rc = rc == 0 ? read_names(source, inner, names, &out->names) : rc;
    } else if (rc == 0 && fresh != NULL) {
        rc = read_fresh(source, at, fresh, quantiles, out);
    }
    if (rc == 0)
        rc = source_bool(source, path, object, "unique", false, &out->is_unique);
    source_join(at, path, "texts");
    return rc == 0 ? read_texts(source, at, texts, out) : rc;
}

static int read_shared(const struct blueprint_source *source, const char *path, struct json_object *object,
                       struct shared_value *out)
{
    struct json_object *names;
    char at[READ_PATH];
    double value, same, own = (double)(out - source->out->shared) - 1;
    if (!json_object_is_type(object, json_type_object))
        return source_wrong(source, path, "an object is right");
    int rc = source_number(source, path, object, "value", 0, (double)source->out->n_values - 1, NULL, &value);
    if (rc == 0)
        rc = source_number(source, path, object, "same", 0, own, &own, &same);
    if (rc != 0)
        return rc;
    out->value = (uint32_t)value;
    out->family = (uint32_t)(out - source->out->shared);
    out->family = source->out->shared[1 + (size_t)same].family;
    out->follows = BLUEPRINT_NONE;
    if (json_object_object_get_ex(object, "follows", NULL)) {
        rc = source_number(source, path, object, "follows", 0, own - 1, NULL, &same);
        if (rc == 0)
            rc = source_facts(source, path, object, &out->facts, &out->n_facts);
        if (rc != 0)
            return rc;
        out->follows = (uint32_t)same + 1;
    }
    if (json_object_object_get_ex(object, "names", &names)) {
        out->is_unique = true;
        source_join(at, path, "names");
        return read_names(source, at, names, &out->names);
    }
    rc = source_bool(source, path, object, "unique", false, &out->is_unique);
    const struct value_model *model = &source->out->values[out->value];
    if (rc == 0 && out->is_unique && (model->n > 0 || model->form != FORM_INTEGER)) {
        source_join(at, path, "unique");
        return source_wrong(source, at, "only whole numbers that are all fresh can be so without names");
    }
    return rc;
}

int blueprint_read_values(const struct blueprint_source *source, struct json_object *json)
{
    struct blueprint *out = source->out;
    struct json_object *values, *shared, *names;
    char at[READ_PATH];
    int rc = source_member(source, "", json, "values", json_type_array, &values);
    if (rc == 0)
        rc = source_member(source, "", json, "shared", json_type_array, &shared);
    if (rc == 0)
        rc = source_member(source, "", json, "names", json_type_array, &names);
    if (rc == 0)
        rc = read_names(source, "names", names, &out->trace_names);
    if (rc != 0)
        return rc;
    size_t n_values = json_object_array_length(values), n_shared = json_object_array_length(shared);
    out->values = alloc_zeroed(n_values, sizeof *out->values);
    out->shared = alloc_zeroed(n_shared + 1, sizeof *out->shared);
    out->cap_values = n_values;
    if (out->values == NULL || out->shared == NULL)
        return source_memory(source);
    for (size_t i = 0; i < n_values && rc == 0; i++) {
        source_index(at, "values", i);
        rc = read_value(source, at, json_object_array_get_idx(values, i), &out->values[out->n_values++]);
    }
    out->shared[out->n_shared++] = (struct shared_value){.value = BLUEPRINT_NONE, .family = SHARED_KEY};
    for (size_t i = 0; i < n_shared && rc == 0; i++) {
        source_index(at, "shared", i);
        rc = read_shared(source, at, json_object_array_get_idx(shared, i), &out->shared[out->n_shared++]);
    }
    return rc;
}
