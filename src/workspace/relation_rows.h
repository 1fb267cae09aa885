/*
 * Rows of the tables of a schema, made when they are asked for from the workspace and from the log, or from the file,
 * that has the records. Rows of a table are numbered from 0 in the order of its first column.
 */
#ifndef LW_WORKSPACE_RELATION_ROWS_H
#define LW_WORKSPACE_RELATION_ROWS_H

#include "workspace/relational.h"
#include "workspace/row_file.h"

/* What all readers of a schema share. */
struct schema_rows {
    uint64_t n_records;
    uint32_t *record_templates; /* [n_records] borrowed from the traces of a log, or owned */
    bool owns_templates;
    struct row_file *file;   /* borrowed from the workspace: the records are there; NULL: in a log, or nowhere */
    uint32_t *event_records; /* [events] of the file; NULL: the traces know */
    uint64_t *slot_first;    /* [templates + 1] rows of `slot` */
    pthread_mutex_t lock;    /* guards the making of what follows; it is NULL until somebody asks */
    uint64_t *value_first;   /* [slots + 1] rows of `value` */
    uint64_t *param_first;   /* [blocks + 1] rows of `parameter`, a number for each block of records */
    uint32_t *typed_first, *typed_records; /* [templates + 1] and the records of each */
    struct entity_values {
        struct intern values;
        uint64_t *counts;
        size_t cap;
    } * entities; /* [schema->n_entities] */
};

/* schema->workspace, log, traces and relations are there. */
int schema_rows_new(struct lw_schema *schema, const struct lw_run *run, struct lw_error *err);
void schema_rows_free(const struct lw_schema *schema);

/* Makes ready what the rows of a relation take to be numbered, so that relation_count gives no LW_ROWS_UNKNOWN: values
 * of entities are found by reading all records. */
int relation_prepare(const struct lw_schema *schema, size_t relation, const struct lw_run *run, struct lw_error *err);
int relation_count(const struct lw_schema *schema, size_t relation, uint64_t *n, struct lw_error *err);
/* The integer in the first column of a row, row < the count. */
int64_t relation_key(const struct lw_schema *schema, size_t relation, uint64_t row);

/* The part that row is in: parts i = 0 .. n - 1 have the rows first[i] .. first[i + 1] - 1, row < first[n]. */
size_t relation_find_part(const uint64_t *first, size_t n, uint64_t row);
size_t relation_find_trace(const struct trace_set *set, uint64_t event);
/* The record that has a row of `parameter`, and the row of its first parameter: *record and *first may be those of a
 * row that was found before, to begin there, or LW_NO_RECORD and 0. Returns *record. */
uint64_t relation_find_param(const struct lw_schema *schema, uint64_t row, uint64_t *record, uint64_t *first);

/* The row of an entity that has this value; UINT64_MAX if there is none. The relation is prepared. */
uint64_t relation_find_value(const struct lw_schema *schema, size_t relation, const void *data, size_t len);

struct record_row { /* as the table has it */
    int64_t source, epoch, offset, line, time_us;
    struct lw_bytes level, component, message;
};
/* Reads rows; one thread at a time. */
struct row_cursor {
    const struct lw_schema *schema;
    struct lw_reader *reader;              /* of the log; NULL until it is needed */
    sqlite3_stmt *get_record, *get_source; /* of the file; likewise */
    uint64_t record, matched;              /* those at hand, or LW_NO_RECORD */
    struct record_row row;
    struct template_match match;
    uint32_t *states; /* of the trace at hand */
    size_t cap_states, states_of;
    uint64_t param_record, param_row; /* a row of `parameter` that is the first of this record */
    struct buf text;
    char delay[LW_DELAY_TEXT]; /* of the transition at hand */
    bool is_symbolic;
};
void row_cursor_init(struct row_cursor *cursor, const struct lw_schema *schema);
void row_cursor_release(struct row_cursor *cursor);
/* Goes to a record: cursor->row. */
int row_cursor_record(struct row_cursor *cursor, uint64_t number, struct lw_error *err);
/* Goes to a record and cuts it into parameters; empty for one that is left out. */
int row_cursor_match(struct row_cursor *cursor, uint64_t number, struct lw_error *err);
struct lw_bytes row_cursor_parameter(const struct row_cursor *cursor, size_t slot);
/* Fills values[columns of the relation]; what they point to lives until the next call. */
int row_cursor_get(struct row_cursor *cursor, size_t relation, uint64_t row, struct lw_sql_value *values,
                   struct lw_error *err);

#endif
