/* The tables that every workspace has, and the views, as data for relational.c. */
#ifndef LW_WORKSPACE_RELATIONAL_TABLES_H
#define LW_WORKSPACE_RELATIONAL_TABLES_H

#include "workspace/relational.h"

enum { COLUMN_KEY = 1, COLUMN_MAYBE = 2 }; /* of the primary key; may be NULL */

struct fixed_column {
    const char *name, *type;
    unsigned flags;
    int table; /* enum relation_kind, or -1 */
    size_t column;
    const char *help;
};
#define FIXED_COLUMNS 16
struct fixed_relation {
    const char *name, *help;
    enum lw_table_kind as;
    struct fixed_column columns[FIXED_COLUMNS]; /* ended by one without a name */
};
extern const struct fixed_relation relational_fixed[RELATION_FIXED];

struct fixed_view {
    const char *name, *help, *columns; /* names parted by commas */
    bool needs_records;
    const char *select;
};

extern const struct fixed_view relational_views[];
extern const size_t relational_n_views;

#endif
