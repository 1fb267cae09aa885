/*
 * The table of what a constraints document may hold. A row is a place in the document, addressed by a dotted path;
 * rows of numbers stand for a member of struct lw_constraints, rows of groups for all that is named by their keys.
 */
#ifndef LW_GENERATE_CONSTRAINT_ROWS_H
#define LW_GENERATE_CONSTRAINT_ROWS_H

#include "generate/constraints.h"

enum constraint_form {
    PLACE_NUMBER,      /* a number */
    PLACE_DURATION,    /* seconds, or a text such as "5m" */
    PLACE_ANOMALY,     /* a number, or an object with it as "rate" and the rows below it */
    PLACE_TIME,        /* a text, or seconds since 1970 */
    PLACE_TEXT,        /* a text; the member is a char * */
    PLACE_GROUP,       /* an object of the rows below it */
    PLACE_NUMBERS,     /* a list of the numbers below it, each of which is a row */
    PLACE_SHARES,      /* an object of shares, or ranges of them, by name */
    PLACE_WEIGHTS,     /* an object of numbers by template */
    PLACE_TRANSITIONS, /* an object of numbers by "STATE>TEMPLATE" */
    PLACE_SELECTOR,    /* a text that says which events are meant */
    PLACE_CALLS,       /* a list of objects */
    PLACE_RULES,
    PLACE_VALUES, /* an object of rules by parameter */
    PLACE_NAMES,  /* a list of texts */
    PLACE_MODEL   /* an object, see blueprint.h */
};

struct constraint_row {
    struct lw_knob knob; /* of a row that is no number, only path and help mean something; of a group of numbers by
                            name, the limits of each */
    enum constraint_form form;
    size_t offset; /* of the member, where there is one */
    int kind;      /* PLACE_SHARES: enum share_kind */
};

const struct constraint_row *constraint_row(size_t index);        /* in the order of documents; NULL past the end */
const struct constraint_row *constraint_row_at(const char *path); /* NULL: there is no such row */
bool constraint_is_number(const struct constraint_row *row);      /* whether a double stands at its offset */
/* Whether path stands below group, and what it is called there; NULL: it does not. group "": all of it. */
const char *constraint_below(const char *path, const char *group);
/* The path most like a wrong one, such as "anomalies.missing"; never NULL. */
const char *constraint_nearest(const char *path);

/* Numbers by path, rows and members of groups alike. */
struct constraint_number {
    double *value;
    double *twin;                 /* set together with it, or NULL */
    const struct lw_knob *limits; /* range; step; whether it is whole */
    bool is_duration;
};
/* is_making: members of groups that are not there yet are added. LW_ERR_USAGE: there is no such number;
 * LW_ERR_NOT_FOUND: it is not set, out->limits are; LW_ERR_MEMORY. */
int constraint_number_find(struct lw_constraints *constraints, const char *path, bool is_making,
                           struct constraint_number *out, struct lw_error *err);

/* LW_ERR_USAGE says what is wrong with a number at path, and what would be right. */
int constraint_check_number(const char *path, const struct lw_knob *limits, double value, struct lw_error *err);
/* Parameter of a distribution, as documents name it: "mean", "shape"; "" past the last. */
#define CONSTRAINT_PARAMETER 32
void constraint_family_parameter(enum lw_delay_family family, size_t index, char out[CONSTRAINT_PARAMETER]);

/* Members of lists. Each finds the one there is, or adds one; LW_ERR_MEMORY leaves all as it was. */
int constraint_share(struct lw_constraints *constraints, enum share_kind kind, const char *name,
                     struct share_target **out);
int constraint_weight(struct template_weight **list, size_t *n, size_t *cap, uint32_t id, struct template_weight **out);
int constraint_transition(struct lw_constraints *constraints, const char *name, struct transition_weight **out);
/* "E12" as a template's id; 0 if it is not one. */
uint32_t constraint_template_id(const char *name);
/* "E12.1" as a template and a slot from 0. */
bool constraint_slot(const char *name, uint32_t *template_id, uint32_t *slot);
/* "S3>E7" and "S3>end": where the template begins in it; NULL if it is not one. */
const char *constraint_transition_target(const char *name);
/* Level of that name; LW_LEVEL_NONE: none. */
enum lw_level constraint_level_named(const char *name);

#endif
