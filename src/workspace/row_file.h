/*
 * Rows of records that a workspace file holds besides what was learned (`learn --rows`): the file stays open for them,
 * so that they outlive its being replaced. Shared by reference; thread-safe, with a statement of its own for each
 * reader.
 */
#ifndef LW_WORKSPACE_ROW_FILE_H
#define LW_WORKSPACE_ROW_FILE_H

#include <stdatomic.h>

#include "workspace/database.h"

struct row_file {
    atomic_uint references;
    struct database db; /* its path is owned */
    uint64_t n_records, n_sources, n_events;
};

/* Takes the open connection over if the file has rows, and sets its handle to NULL; *out is NULL if it has none. */
int row_file_take(struct database *db, struct row_file **out, struct lw_error *err);
struct row_file *row_file_retain(struct row_file *file); /* NULL is allowed */
void row_file_free(struct row_file *file);

/* The first column of a query as numbers, NULL and what is out of range as none: *out[n]; LW_ERR_WORKSPACE if the rows
 * are not n. */
int row_file_column(const struct row_file *file, const char *sql, size_t n, uint32_t none, uint32_t **out,
                    struct lw_error *err);

#endif
