/*
 * The relational schema: tables and views with their columns and keys, rows of one of them, and what `:sql` gave. A
 * foreign key leads to the row that it names; each step is a view that closing goes back from.
 */
#include "ui/app/jobs.h"
#include "ui/kit/text.h"
#include "ui/panes/tables.h"

#include <stdlib.h>
#include <string.h>

struct place *tables_top(struct tables *self)
{
    return self->depth > 0 ? &self->places[self->depth - 1] : NULL;
}

static const struct lw_table *table_named(const struct tables *self, const char *name)
{
    for (size_t i = 0; self->base && i < self->base->n; i++)
        if (strcmp(self->base->tables[i].name, name) == 0)
            return &self->base->tables[i];
    return NULL;
}

/* ---- places ---- */

static void forget_page(struct tables *self)
{
    table_page_release(&self->page);
    self->has_page = self->is_asked = false;
    self->problem[0] = '\0';
    self->ticket++;
}

static void pop(struct tables *self)
{
    struct place *place = tables_top(self);

    free(place->sql);
    free(place->seek);
    *place = (struct place){.sql = NULL};
    self->depth--;
    forget_page(self);
}

/* table: "" with the text of a statement. */
static struct place *push(struct tables *self, const char *table, const char *sql)
{
    struct place *place;

    if (self->depth == MAX_PLACES) { /* the oldest is forgotten */
        free(self->places[0].sql);
        free(self->places[0].seek);
        memmove(self->places, self->places + 1, (MAX_PLACES - 1) * sizeof *self->places);
        self->depth--;
    }
    place = &self->places[self->depth++];
    *place = (struct place){.sql = text_copy_or_null(sql)};
    snprintf(place->table, sizeof place->table, "%s", table);
    forget_page(self);
    return place;
}

/* Views and entities are statements: how many rows they have is known when they were run. */
static struct place *push_table(struct tables *self, const struct lw_table *table)
{
    char sql[NAME_SIZE + 40];
    struct place *place;

    snprintf(sql, sizeof sql, "SELECT * FROM \"%s\"", table->name);
    place = push(self, table->name, sql);
    if (table->n_rows != LW_ROWS_UNKNOWN) {
        list_set_count(&place->rows, table->n_rows);
        place->is_counted = true;
    }
    return place;
}

/* Whether rows are read a page at a time, rather than all at once. */
static bool is_paged(const struct tables *self, const struct place *place)
{
    const struct lw_table *table = table_named(self, place->table);

    return table && table->n_rows != LW_ROWS_UNKNOWN;
}

const struct table_cell *tables_cell(const struct tables *self, uint64_t row, size_t column)
{
    const struct table_page *page = &self->page;

    if (!self->has_page || row < page->from || row - page->from >= page->n_rows || column >= page->n_columns)
        return NULL;
    return &page->cells[(row - page->from) * page->n_columns + column];
}

/* ---- what jobs bring ---- */

void tables_take(struct app *app, struct session_tables *made, const struct lw_error *err)
{
    struct tables *self = app->panes[PANE_TABLES];

    self->is_asked = false;
    if (!made) {
        snprintf(self->problem, sizeof self->problem, "%s", err->text);
        return;
    }
    session_tables_free(self->base);
    self->base = made;
    self->is_stale = made->session != app->session;
    list_set_count(&self->list, made->n);
    while (self->depth > 0 && tables_top(self)->table[0] && !table_named(self, tables_top(self)->table))
        pop(self);
    forget_page(self);
    for (size_t i = 0; i < self->depth; i++) {
        const struct lw_table *table = table_named(self, self->places[i].table);

        if (table && table->n_rows != LW_ROWS_UNKNOWN)
            list_set_count(&self->places[i].rows, table->n_rows);
    }
}

void tables_take_page(struct app *app, struct table_page *page, uint64_t ticket, const struct lw_error *err)
{
    struct tables *self = app->panes[PANE_TABLES];
    struct place *place = tables_top(self);

    if (ticket != self->ticket || !place)
        return;
    self->is_asked = false;
    if (!page) {
        snprintf(self->problem, sizeof self->problem, "%s", err->text);
        return;
    }
    table_page_release(&self->page);
    self->page = *page;
    *page = (struct table_page){0};
    self->has_page = true;
    if (!is_paged(self, place)) {
        list_set_count(&place->rows, self->page.n_rows);
        if (self->page.is_cut)
            app_say(app, "there are more than these %d rows", TABLE_SQL_ROWS);
    }
    place->is_counted = true;
    if (place->seek) {
        list_go(&place->rows, self->page.found);
        free(place->seek);
        place->seek = NULL;
    }
    if (place->column >= self->page.n_columns)
        place->column = 0;
}

static bool is_page_enough(const struct tables *self, const struct place *place)
{
    uint64_t end = place->rows.top + (uint64_t)place->rows.page;

    if (!self->has_page || place->seek)
        return false;
    if (end > place->rows.count)
        end = place->rows.count;
    return !is_paged(self, place) || (place->rows.top >= self->page.from && end <= self->page.from + self->page.n_rows);
}

void tables_fetch(struct app *app)
{
    struct tables *self = app->panes[PANE_TABLES];
    struct place *place = tables_top(self);
    uint64_t from;

    if (app->pane != PANE_TABLES || self->is_asked || self->problem[0] || !app_is_learned(app) ||
        jobs_is_busy(app->jobs, JOB_TABLES))
        return;
    if (!self->base || self->is_stale) {
        self->is_asked = true;
        tables_start(app);
        return;
    }
    if (!place || is_page_enough(self, place))
        return;
    from = place->rows.top > TABLE_PAGE / 4 ? place->rows.top - TABLE_PAGE / 4 : 0;
    self->is_asked = true;
    tables_start_page(app, self->base, place->sql ? place->sql : "", is_paged(self, place),
                      is_paged(self, place) ? from : 0, place->seek, self->ticket);
}

void tables_show_sql(struct app *app, const char *sql)
{
    struct tables *self = app->panes[PANE_TABLES];

    jobs_cancel(app->jobs, JOB_TABLES);
    push(self, "", sql);
    app_show_pane(app, PANE_TABLES);
}

/* ---- keys ---- */

/* The other panes follow to what the row stands for. */
static void select_row(struct app *app, const struct tables *self, const struct place *place)
{
    const struct table_cell *cell = tables_cell(self, place->rows.cursor, 0);

    if (!cell || cell->kind != LW_SQL_INTEGER || self->is_stale)
        return;
    if (strcmp(place->table, "template") == 0)
        app_select_template(app, (uint32_t)cell->integer);
    else if (strcmp(place->table, "trace") == 0 || strcmp(place->table, "event") == 0)
        app_select_trace(app, (size_t)cell->integer);
    else if (strcmp(place->table, "state") == 0)
        app_select_state(app, (size_t)cell->integer);
    else if (strcmp(place->table, "record") == 0 && app->session->log)
        app_select_record(app, (uint64_t)cell->integer);
}

/* The value in the row of the column that refers to column `to` of the table; false if there is none. With several,
 * `chosen` counts. */
static bool find_reference(const struct tables *self, const struct place *place, size_t table, size_t to, size_t chosen,
                           int64_t *value)
{
    const struct lw_table *from = table_named(self, place->table);
    bool is_found = false;

    for (size_t c = 0; from && c < from->n_columns; c++) {
        struct lw_table_column column;
        const struct table_cell *cell = tables_cell(self, place->rows.cursor, c);

        if (lw_schema_column(self->base->schema, (size_t)(from - self->base->tables), c, &column, NULL) != 0 ||
            column.table != (ptrdiff_t)table || column.column != to || !cell || cell->kind != LW_SQL_INTEGER ||
            (is_found && c != chosen))
            continue;
        *value = cell->integer;
        is_found = true;
    }
    return is_found;
}

/* The row of an entity that the cell names. */
static void follow_value(struct tables *self, size_t table, const struct table_cell *cell)
{
    struct lw_bytes value = tables_cell_bytes(self, cell);
    struct text sql = {NULL, 0, 0};

    text_printf(&sql, "SELECT * FROM \"%s\" WHERE \"value\" = CAST(x'", self->base->tables[table].name);
    for (size_t i = 0; i < value.len; i++)
        text_printf(&sql, "%02x", (unsigned char)value.data[i]);
    text_printf(&sql, "' AS %s)", cell->kind == LW_SQL_BLOB ? "BLOB" : "TEXT");
    push(self, "", sql.data);
    text_release(&sql);
}

/* Goes to the row that the foreign key under the cursor names. */
static void follow_key(struct app *app, struct tables *self)
{
    struct place *place = tables_top(self);
    const struct lw_table *from = table_named(self, place->table);
    struct lw_table_column column, first, second;
    const struct table_cell *cell;
    struct text seek = {NULL, 0, 0};
    int64_t a, b;

    if (!from ||
        lw_schema_column(self->base->schema, (size_t)(from - self->base->tables), place->column, &column, NULL) != 0 ||
        column.table < 0) {
        app_say(app, "this column refers to no table; left and right choose another");
        return;
    }
    cell = tables_cell(self, place->rows.cursor, place->column);
    if (cell && (cell->kind == LW_SQL_TEXT || cell->kind == LW_SQL_BLOB) &&
        self->base->tables[column.table].kind == LW_TABLE_ENTITY) {
        follow_value(self, (size_t)column.table, cell);
        return;
    }
    if (!find_reference(self, place, (size_t)column.table, 0, place->column, &a) ||
        lw_schema_column(self->base->schema, (size_t)column.table, 0, &first, NULL) != 0) {
        app_say(app, "there is nothing that it refers to");
        return;
    }
    text_printf(&seek, "SELECT count(*) FROM \"%s\" WHERE \"%s\" < %lld", self->base->tables[column.table].name,
                first.name, (long long)a);
    if (find_reference(self, place, (size_t)column.table, 1, place->column, &b) &&
        lw_schema_column(self->base->schema, (size_t)column.table, 1, &second, NULL) == 0)
        text_printf(&seek, " OR (\"%s\" = %lld AND \"%s\" < %lld)", first.name, (long long)a, second.name,
                    (long long)b);
    place = push_table(self, &self->base->tables[column.table]);
    place->seek = text_copy_or_null(seek.data);
    text_release(&seek);
}

static void export_to(struct app *app, const char *line)
{
    char command[700];

    if (!line[0])
        return;
    snprintf(command, sizeof command, "export --sqlite \"%s\"", line);
    app_command(app, command);
}

static enum action act_rows(struct app *app, struct tables *self, enum action action)
{
    struct place *place = tables_top(self);

    switch (action) {
    case ACT_CLOSE:
        jobs_cancel(app->jobs, JOB_TABLES);
        pop(self);
        return ACT_NONE;
    case ACT_LEFT:
        place->column -= place->column > 0;
        return ACT_NONE;
    case ACT_RIGHT:
        place->column += self->has_page && place->column + 1 < self->page.n_columns;
        return ACT_NONE;
    case ACT_OPEN:
        if (place->table[0] && self->has_page)
            follow_key(app, self);
        return ACT_NONE;
    default:
        return action;
    }
}

static enum action act_tables(struct app *app, void *data, enum action action)
{
    static const struct {
        enum action action;
        enum list_move move;
    } moves[] = {
        {ACT_DOWN, LIST_DOWN},       {ACT_UP, LIST_UP},           {ACT_PAGE_DOWN, LIST_PAGE_DOWN},
        {ACT_PAGE_UP, LIST_PAGE_UP}, {ACT_HALF_UP, LIST_HALF_UP}, {ACT_HALF_DOWN, LIST_HALF_DOWN},
        {ACT_FIRST, LIST_FIRST},     {ACT_LAST, LIST_LAST},
    };
    struct tables *self = data;
    struct place *place = tables_top(self);

    for (size_t i = 0; i < sizeof moves / sizeof moves[0]; i++)
        if (moves[i].action == action) {
            list_move(place ? &place->rows : &self->list, moves[i].move);
            if (place)
                select_row(app, self, place);
            return ACT_NONE;
        }
    if (action == ACT_EXPORT) {
        app_prompt(app, "export to the SQLite file: ", "", export_to);
        return ACT_NONE;
    }
    if (place)
        return act_rows(app, self, action);
    if (action == ACT_OPEN && self->base && self->list.count > 0) {
        push_table(self, &self->base->tables[self->list.cursor]);
        return ACT_NONE;
    }
    return action;
}

static void sync_tables(struct app *app, void *data, unsigned what)
{
    struct tables *self = data;

    (void)app;
    if (!(what & SYNC_SESSION))
        return;
    self->is_stale = true;
    self->is_asked = false;
    self->problem[0] = '\0';
    if (what & SYNC_SAME_LOG)
        return;
    while (self->depth > 0)
        pop(self);
    session_tables_free(self->base);
    self->base = NULL;
    list_set_count(&self->list, 0);
}

static void release_tables(void *data)
{
    struct tables *self = data;

    while (self->depth > 0)
        pop(self);
    table_page_release(&self->page);
    session_tables_free(self->base);
}

const char *tables_view(const struct app *app)
{
    const struct tables *self = app->panes[PANE_TABLES];

    return self->depth == 0 ? "list" : self->places[self->depth - 1].table[0] ? "rows" : "result";
}

const struct pane pane_tables = {
    .title = "Tables",
    .size = sizeof(struct tables),
    .hints =
        (const struct hint[]){
            {ACT_OPEN, "open"}, {ACT_LEFT, "column"}, {ACT_RIGHT, "column"}, {ACT_EXPORT, "export"}, {ACT_NONE, NULL}},
    .draw = tables_draw,
    .act = act_tables,
    .sync = sync_tables,
    .release = release_tables,
};
