/*
 * A form is a format made ready to cut lines: its pattern compiled, its groups' names given roles, its columns known.
 * Immutable once made, so any number of threads may cut by it, each with its own scratch.
 */
#ifndef LW_LOG_FORMAT_FORM_H
#define LW_LOG_FORMAT_FORM_H

#include "log/format.h"

enum form_role {
    FORM_FIELD,
    FORM_TIME,
    FORM_LEVEL,
    FORM_COMPONENT,
    FORM_MESSAGE,
    FORM_PRIORITY, /* syslog's: gives the level */
    FORM_STATUS,   /* HTTP's: gives the level */
    FORM_PART,     /* of a container's line: P means that the next goes on with it */
    FORM_ROLES
};
/* Role that a name stands for: "time", "level" ...; FORM_FIELD for all others. */
enum form_role form_role_of(const char *name, size_t len);
const char *form_role_name(enum form_role role);

struct form_level { /* a word of one format's own */
    char *word;
    enum lw_level level;
};

struct form_group {
    const char *name;
    enum form_role role;
};

struct form {
    struct format format; /* texts are static, or owned when is_owned */
    bool is_owned;        /* name, help, origin and pattern are on the heap */
    char *origin;         /* file it was read from, or NULL */
    struct pattern *pattern;
    size_t n_groups;
    struct form_group groups[LW_MAX_FIELDS]; /* of group i + 1 */
    struct form_level *levels;
    size_t n_levels;
    bool has_hint; /* times are tried in this layout first */
    struct timestamp_layout hint;
    void *state; /* of format.cut: see scratch */
    void (*state_free)(void *state);
};

/* Of a row of a table. */
int form_new(const struct format *row, struct form **out, struct lw_error *err);
/* Compiles form->format.pattern and finds the roles of its groups by their names. */
int form_compile(struct form *form, struct lw_error *err);
void form_free(struct form *form);

/* As format_cut. */
int form_cut(const struct form *form, const char *line, size_t len, bool is_whole, const struct timestamp_layout *hint,
             struct format_scratch *scratch, struct format_cut *out);
/* The level that a word stands for in this form. */
enum lw_level form_level_of(const struct form *form, const char *word, size_t len);

/* The form of a format; see format.h for indexes. */
const struct form *formats_form(const struct formats *formats, size_t index);
/* Takes the form; its index to *index. Thread-safe. LW_ERR_LIMIT when there are too many; then the form is freed. */
int formats_add(struct formats *formats, struct form *form, size_t *index, struct lw_error *err);

#endif
