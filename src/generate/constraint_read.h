/* Between the files that read a constraints document. */
#ifndef LW_GENERATE_CONSTRAINT_READ_H
#define LW_GENERATE_CONSTRAINT_READ_H

#include <json-c/json.h>

#include "generate/constraint_rows.h"

struct reading {
    const char *name; /* of the document, for errors */
    struct lw_constraints *constraints;
    const char *size; /* "traces", "records" or "duration": the one that was read; NULL: none */
    struct lw_error *err;
};

#define PATH_SIZE 320
/* path and name as a path, cut to size. */
void reading_join(char out[PATH_SIZE], const char *path, const char *name);
/* "NAME: $.rules[0].within is a string; WANTED is right" */
int reading_wrong(const struct reading *reading, const char *path, struct json_object *value, const char *wanted);
/* "NAME: $.rules[0].then: TEXT" */
int reading_fail(const struct reading *reading, enum lw_code code, const char *path, const char *text);
int reading_memory(const struct reading *reading);
int reading_number(const struct reading *reading, const char *path, struct json_object *value,
                   const struct lw_knob *limits, bool is_duration, double *out);
/* A text without NUL bytes, freed by the caller. */
int reading_text(const struct reading *reading, const char *path, struct json_object *value, const char *wanted,
                 char **out);
/* A kind of identifier, freed by the caller; an error names those that there are. */
int reading_identifier(const struct reading *reading, const char *path, struct json_object *value, char **out);
/* Two numbers [a, b]. */
int reading_pair(const struct reading *reading, const char *path, struct json_object *value,
                 const struct lw_knob *limits, bool is_duration, double *low, double *high);

/* constraint_members.c: what rows of groups hold. */
int read_shares(struct reading *reading, const struct constraint_row *row, struct json_object *value);
int read_weights(struct reading *reading, const struct constraint_row *row, struct json_object *value);
int read_transitions(struct reading *reading, const struct constraint_row *row, struct json_object *value);
int read_calls(struct reading *reading, const struct constraint_row *row, struct json_object *value);
int read_rules(struct reading *reading, const struct constraint_row *row, struct json_object *value);
int read_selector(struct reading *reading, const char *path, struct json_object *value, struct selector *out);
int read_names(struct reading *reading, const struct constraint_row *row, struct json_object *value);
/* constraint_values.c */
int read_values(struct reading *reading, const struct constraint_row *row, struct json_object *value);

#endif
