/*
 * The relational schema of a workspace as data: tables, columns, keys and views, and what their rows are made from. One
 * description is behind the DDL, the diagrams, the workspace file, the CSV files and SQL over a workspace.
 *
 * The first column of each table but those of entities is an integer that never falls from row to row: a key is found
 * by bisection, and no index is needed (relation_rows.h). An entity's is a value, found by its hash.
 */
#ifndef LW_WORKSPACE_RELATIONAL_H
#define LW_WORKSPACE_RELATIONAL_H

#include "base/arena.h"
#include "learn/quantity.h"
#include "workspace/workspace.h"

enum relation_kind { /* the fixed ones are indexes of lw_schema.relations, too */
                     RELATION_SOURCE,
                     RELATION_TEMPLATE,
                     RELATION_SLOT,
                     RELATION_VALUE,
                     RELATION_VARIANT,
                     RELATION_STATE,
                     RELATION_TRANSITION,
                     RELATION_TRACE,
                     RELATION_RECORD,
                     RELATION_EVENT,
                     RELATION_PARAMETER,
                     RELATION_FIXED, /* how many those are */
                     RELATION_ENTITY,
                     RELATION_TYPED,
                     RELATION_TRACE_LABEL, /* of a generated log's */
                     RELATION_RECORD_LABEL,
                     RELATION_VIEW
};

struct relation_column {
    const char *name, *type, *help;
    bool is_key, is_nullable;
    ptrdiff_t table;             /* index of the relation that it refers to, or -1 */
    size_t column;               /* there */
    enum quantity_kind quantity; /* of a typed table's: what its values are read as */
};
struct relation {
    enum relation_kind kind;
    const char *name, *help;
    struct relation_column *columns;
    size_t n_columns;
    size_t index; /* of the template, or of the entity */
    struct lw_entity entity;
    const char *sql;       /* the statement that makes it; of a view: what follows its columns */
    bool needs_records;    /* has no rows, or says nothing, where no records are known */
    enum lw_table_kind as; /* what the public interface calls it */
};

struct schema_rows;
struct table_labels;
struct lw_schema {
    struct lw_workspace *workspace;
    struct lw_log *log;                /* or NULL */
    const struct lw_traces *traces;    /* those of the rows */
    const struct table_labels *labels; /* borrowed; NULL: there are none, nor tables of them */
    struct arena arena;                /* holds all texts */
    struct relation *relations;        /* tables, then views */
    size_t n, n_tables, n_entities;
    size_t n_untyped;         /* templates without a table of their own */
    struct schema_rows *rows; /* what rows are made from, see relation_rows.h */
};

/* lw_schema_new with labels, which must outlive it; NULL: none. */
int schema_new_labelled(struct lw_workspace *workspace, struct lw_log *log, const struct lw_traces *traces,
                        const struct table_labels *labels, const struct lw_run *run, struct lw_schema **out,
                        struct lw_error *err);

/* Fills relations, n and n_tables; typed tables only if there is a workspace. On failure too, relational_release has to
 * be called. */
int relational_build(struct lw_schema *schema, struct lw_error *err);
void relational_release(struct lw_schema *schema);

/* Appends the name in double quotes, as SQL wants it. */
void relational_quote(struct buf *out, const char *name);

#endif
