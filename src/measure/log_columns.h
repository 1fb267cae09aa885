/*
 * What measures of likeness look at: the records of a log matched online against a model, column by column. Owned by
 * the struct; immutable once read; any number of threads may look.
 */
#ifndef LW_MEASURE_LOG_COLUMNS_H
#define LW_MEASURE_LOG_COLUMNS_H

#include "learn/model.h"
#include "measure/distance.h"
#include "measure/log_fields.h"

#define COLUMN_NONE UINT32_MAX

struct cell {      /* a parameter of a record */
    uint64_t hash; /* of its text; 0: it is left out */
    double number; /* in the unit of its column, of a time since 1970 in us; or NaN */
    enum { CELL_UNKNOWN, CELL_VALUE, CELL_IDENTIFIER } role; /* unknown where a slot has very many values */
};
struct log_columns {
    const struct model *model;      /* borrowed */
    const struct trace_set *traces; /* own, or borrowed from the model */
    struct trace_set own;
    uint64_t n_records;
    uint32_t *templates;  /* [n_records] index of the template, COLUMN_NONE where none fits */
    uint8_t *levels;      /* [n_records] */
    uint32_t *components; /* [n_records] hash of the name, 0: none */
    struct column_block { /* cells of BLOCK records each */
        struct cell *cells;
        size_t n, cap;
    } * blocks;
    size_t n_blocks;
    uint32_t *first;            /* [n_records] first cell in its block */
    struct tallies identifiers; /* hashes of values and components that are one or hold one */
    bool has_levels, has_times;
    bool has_components;       /* and they are not the names of the traces */
    struct log_fields fields;  /* filled by whoever compares them */
    int64_t first_us, last_us; /* of all events; LW_NO_TIME if none is timed */
};

/* The log is read under the model's trace rule, unless the model was learned from it, whose traces are taken then; one
 * of symbols (see symbols.h) may name templates of a model of text by their ids, E12 or 12. model and log must outlive
 * it. rule: the log is read under that one instead; NULL: none. LW_ERR_INPUT if the log has no traces. *out starts from
 * zeros. */
int log_columns_read(const struct model *model, const struct lw_log *log, const char *rule, const struct lw_run *run,
                     struct log_columns *out, struct lw_error *err);
void log_columns_release(struct log_columns *columns);
/* Whether the value is an identifier, or holds one: what is one somewhere in the log is one wherever it stands. */
bool log_columns_is_identifier(const struct log_columns *columns, const struct cell *cell);
/* What the component of a record is compared by: those that are faked are all one. */
uint32_t log_columns_component(const struct log_columns *columns, uint64_t record);
/* The hash of a value as cells have it, never 0. */
uint64_t column_hash(const char *data, size_t len);
/* The cells of a record, one a slot of its template; NULL where no template fits. */
const struct cell *log_columns_cells(const struct log_columns *columns, uint64_t record);

#endif
