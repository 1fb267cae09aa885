/* What the Tables pane keeps, for its two files: tables.c has the keys and pages, tables_draw.c the picture. */
#ifndef LW_PANES_TABLES_H
#define LW_PANES_TABLES_H

#include "ui/app/table_job.h"
#include "ui/panes/panes.h"

enum { MAX_PLACES = 16, NAME_SIZE = 64 };

struct place {             /* rows that are looked at */
    char table[NAME_SIZE]; /* "": those of a statement */
    char *sql, *seek;      /* see tables_start_page; seek is done once */
    struct list rows;
    size_t column;
    bool is_counted; /* rows.count is known */
};

struct tables {
    struct session_tables *base;
    bool is_stale; /* the base is of another session */
    struct list list;
    struct place places[MAX_PLACES];
    size_t depth; /* 0: the list */
    struct table_page page;
    bool has_page;
    uint64_t ticket; /* of the page that is wanted */
    bool is_asked;
    char problem[sizeof((struct lw_error *)0)->text]; /* "": none */
};

struct place *tables_top(struct tables *self); /* NULL: the list is shown */
/* The cell in the page, or NULL while it is not here. */
const struct table_cell *tables_cell(const struct tables *self, uint64_t row, size_t column);
struct lw_bytes tables_cell_bytes(const struct tables *self, const struct table_cell *cell);
void tables_draw(struct app *app, void *data, const struct view *view, bool has_keys);

#endif
