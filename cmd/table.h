/*
 * A table printed as text, CSV or JSON from one description. Rows are asked for one at a time (twice for text, whose
 * columns are measured first), so that no more than a row is held.
 */
#ifndef LW_CMD_TABLE_H
#define LW_CMD_TABLE_H

#include "cmd/command.h"

enum cell_kind {
    CELL_NONE, /* nothing: "" and null */
    CELL_TEXT,
    CELL_COUNT,
    CELL_NUMBER, /* NaN is nothing */
    CELL_SHARE,  /* the same, mostly between 0 and 1: text has four decimals */
    CELL_TIME,   /* microseconds; LW_NO_TIME is nothing */
    CELL_EVENTS, /* template ids: E1 E2, ["E1", "E2"] */
    CELL_LIST    /* texts: JSON array in CSV too */
};

struct cell {
    enum cell_kind kind;
    union {
        struct lw_bytes text;
        uint64_t count;
        double number;
        int64_t time_us;
        struct {
            const uint32_t *ids;
            size_t n;
        } events;
        struct {
            const struct lw_bytes *items;
            size_t n;
        } list;
    } as;
};

struct cell cell_text(const char *data, size_t len);
struct cell cell_string(const char *text); /* NULL: nothing */
struct cell cell_count(uint64_t count);
struct cell cell_number(double number);
struct cell cell_share(double share);
struct cell cell_time(int64_t time_us);
struct cell cell_events(const uint32_t *ids, size_t n);
struct cell cell_list(const struct lw_bytes *items, size_t n);

enum table_form { TABLE_TEXT, TABLE_CSV, TABLE_JSON, TABLE_JSON_LINES };
enum table_form table_form(const struct command_call *call); /* as --json and --csv say */

#define TABLE_MAX_COLUMNS 32

struct table {
    const char *const *columns; /* names, ended by NULL */
    size_t n_rows;
    /* Fills cells[number of columns]; what they point to lives until the next call. */
    int (*row)(void *user, size_t index, struct cell *cells, struct lw_error *err);
    void *user;
};

/* LW_ERR_CANCELLED if call->run asks for it; stops early, without an error, when out takes no more. */
int table_print(const struct command_call *call, const struct table *table, enum table_form form, struct lw_error *err);

/* One row by itself: text with a line for each cell, a CSV line under its header, or a JSON object. */
void table_print_one(const struct command_call *call, const char *const *columns, const struct cell *cells,
                     enum table_form form);

/* "E12", as templates are printed. */
#define TEMPLATE_NAME_SIZE 16
const char *template_name(uint32_t id, char name[TEMPLATE_NAME_SIZE]);

#endif
