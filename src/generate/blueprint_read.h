/* Between the files that read a blueprint from JSON. */
#ifndef LW_GENERATE_BLUEPRINT_READ_H
#define LW_GENERATE_BLUEPRINT_READ_H

#include <json-c/json.h>

#include "generate/blueprint.h"

#define READ_PATH 200
struct blueprint_source {
    const char *document;
    struct blueprint *out;
    struct lw_error *err;
};

/* "DOCUMENT: $.model.PATH: TEXT", LW_ERR_INPUT. */
int source_wrong(const struct blueprint_source *source, const char *path, const char *text);
int source_memory(const struct blueprint_source *source);
/* PATH.NAME, or PATH[INDEX]; cut to fit. */
void source_join(char out[READ_PATH], const char *path, const char *name);
void source_index(char out[READ_PATH], const char *path, size_t index);
/* Members of an object. Each is wrong when it is not there, unless `other` is given: then that. */
int source_member(const struct blueprint_source *source, const char *path, struct json_object *object, const char *name,
                  enum json_type type, struct json_object **out);
int source_number(const struct blueprint_source *source, const char *path, struct json_object *object, const char *name,
                  double low, double high, const double *other, double *out);
int source_bool(const struct blueprint_source *source, const char *path, struct json_object *object, const char *name,
                bool other, bool *out);
/* Borrowed from the JSON. */
int source_text(const struct blueprint_source *source, const char *path, struct json_object *object, const char *name,
                struct lw_bytes *out);
/* A value by itself. whole: no fraction. */
int source_number_of(const struct blueprint_source *source, const char *path, struct json_object *value, double low,
                     double high, bool is_whole, double *out);
/* "E12" as 12. */
int source_template_of(const struct blueprint_source *source, const char *path, struct json_object *value,
                       uint32_t *out);
int source_list_of(const struct blueprint_source *source, const char *path, struct json_object *value, size_t least,
                   size_t most);

/* Its member "facts", pairs of texts, in order of the first. */
int source_facts(const struct blueprint_source *source, const char *path, struct json_object *object, struct fact **out,
                 size_t *n_out);

/* Its member "time", into layout and zone. */
int source_layout(const struct blueprint_source *source, const char *path, struct json_object *object,
                  struct piece *piece);

/* Parts of the document, each of which needs those before it. 0, LW_ERR_INPUT or LW_ERR_MEMORY. */
int blueprint_read_values(const struct blueprint_source *source, struct json_object *json);
int blueprint_read_text(const struct blueprint_source *source, struct json_object *json);
int blueprint_read_machine(const struct blueprint_source *source, struct json_object *json);

#endif
