#include "cmd/table.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "cmd/print.h"
#include "cmd/option_values.h"

struct cell cell_text(const char *data, size_t len)
{
    return (struct cell){CELL_TEXT, {.text = {data, len}}};
}

struct cell cell_string(const char *text)
{
    return text == NULL ? (struct cell){.kind = CELL_NONE} : cell_text(text, strlen(text));
}

struct cell cell_count(uint64_t count)
{
    return (struct cell){CELL_COUNT, {.count = count}};
}

struct cell cell_number(double number)
{
    return isfinite(number) ? (struct cell){CELL_NUMBER, {.number = number}} : (struct cell){.kind = CELL_NONE};
}

struct cell cell_share(double share)
{
    return isfinite(share) ? (struct cell){CELL_SHARE, {.number = share}} : (struct cell){.kind = CELL_NONE};
}

struct cell cell_time(int64_t time_us)
{
    return time_us == LW_NO_TIME ? (struct cell){.kind = CELL_NONE} : (struct cell){CELL_TIME, {.time_us = time_us}};
}

struct cell cell_events(const uint32_t *ids, size_t n)
{
    return (struct cell){CELL_EVENTS, {.events = {ids, n}}};
}

struct cell cell_list(const struct lw_bytes *items, size_t n)
{
    return (struct cell){CELL_LIST, {.list = {items, n}}};
}

const char *template_name(uint32_t id, char name[TEMPLATE_NAME_SIZE])
{
    if (id == LW_TEMPLATE_UNKNOWN)
        return "unknown";
    snprintf(name, TEMPLATE_NAME_SIZE, "E%lu", (unsigned long)id);
    return name;
}

enum table_form table_form(const struct command_call *call)
{
    return call->values[OPTION_JSON] != NULL ? TABLE_JSON : call->values[OPTION_CSV] != NULL ? TABLE_CSV : TABLE_TEXT;
}

/* The text of a cell that is neither text nor list; "" for nothing. */
static const char *format_cell(const struct cell *cell, enum table_form form, char text[PRINT_TIME_SIZE])
{
    text[0] = '\0';
    if (cell->kind == CELL_COUNT)
        snprintf(text, PRINT_TIME_SIZE, "%llu", (unsigned long long)cell->as.count);
    else if (cell->kind == CELL_SHARE && form == TABLE_TEXT)
        snprintf(text, PRINT_TIME_SIZE, "%.4f", cell->as.number);
    else if (cell->kind == CELL_NUMBER || cell->kind == CELL_SHARE)
        snprintf(text, PRINT_TIME_SIZE, form == TABLE_TEXT ? "%.4g" : "%.10g", cell->as.number);
    else if (cell->kind == CELL_TIME)
        print_time(cell->as.time_us, text);
    return text;
}

/* Items as a JSON array, its quotes doubled inside a CSV field. */
static void print_array(const struct cell *cell, bool is_in_csv, FILE *out)
{
    size_t n = cell->kind == CELL_EVENTS ? cell->as.events.n : cell->as.list.n;
    const char *quote = is_in_csv ? "\"\"" : "\"";
    char name[TEMPLATE_NAME_SIZE];

    fputs(is_in_csv && n > 0 ? "\"[" : "[", out);
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            putc(',', out);
        if (cell->kind == CELL_EVENTS)
            fprintf(out, "%s%s%s", quote, template_name(cell->as.events.ids[i], name), quote);
        else if (is_in_csv)
            print_json_in_csv(out, cell->as.list.items[i].data, cell->as.list.items[i].len);
        else
            print_json(out, cell->as.list.items[i].data, cell->as.list.items[i].len);
    }
    fputs(is_in_csv && n > 0 ? "]\"" : "]", out);
}

static void print_json_cell(const struct cell *cell, FILE *out)
{
    char text[PRINT_TIME_SIZE];

    switch (cell->kind) {
    case CELL_NONE:
        fputs("null", out);
        break;
    case CELL_TEXT:
        print_json(out, cell->as.text.data, cell->as.text.len);
        break;
    case CELL_EVENTS:
    case CELL_LIST:
        print_array(cell, false, out);
        break;
    case CELL_TIME:
        fprintf(out, "\"%s\"", format_cell(cell, TABLE_JSON, text));
        break;
    case CELL_COUNT:
    case CELL_NUMBER:
    case CELL_SHARE:
        fputs(format_cell(cell, TABLE_JSON, text), out);
        break;
    }
}

/* On a terminal nothing may be obeyed, not even in CSV. */
static void print_csv_cell(const struct cell *cell, bool is_terminal, FILE *out)
{
    char text[PRINT_TIME_SIZE];

    if (cell->kind == CELL_TEXT && is_terminal)
        print_shown(out, cell->as.text.data, cell->as.text.len);
    else if (cell->kind == CELL_TEXT)
        print_csv(out, cell->as.text.data, cell->as.text.len);
    else if (cell->kind == CELL_EVENTS || cell->kind == CELL_LIST)
        print_array(cell, true, out);
    else
        fputs(format_cell(cell, TABLE_CSV, text), out);
}

/* A cell as people read it; returns its columns. */
static size_t print_text_cell(const struct cell *cell, FILE *out)
{
    char text[PRINT_TIME_SIZE], name[TEMPLATE_NAME_SIZE];
    size_t columns = 0;

    if (cell->kind == CELL_TEXT)
        return print_shown(out, cell->as.text.data, cell->as.text.len);
    if (cell->kind == CELL_EVENTS) {
        for (size_t i = 0; i < cell->as.events.n; i++)
            columns += (size_t)fprintf(out, "%s%s", i > 0 ? " " : "", template_name(cell->as.events.ids[i], name));
    } else if (cell->kind == CELL_LIST) {
        for (size_t i = 0; i < cell->as.list.n; i++) {
            columns += (size_t)fprintf(out, "%s", i > 0 ? " " : "");
            columns += print_shown(out, cell->as.list.items[i].data, cell->as.list.items[i].len);
        }
    } else {
        columns = (size_t)fprintf(out, "%s", format_cell(cell, TABLE_TEXT, text));
    }
    return columns;
}

static size_t measure_cell(const struct cell *cell)
{
    char text[PRINT_TIME_SIZE], name[TEMPLATE_NAME_SIZE];
    size_t columns = 0;

    if (cell->kind == CELL_TEXT)
        return lw_text_columns(cell->as.text.data, cell->as.text.len);
    if (cell->kind == CELL_EVENTS) {
        for (size_t i = 0; i < cell->as.events.n; i++)
            columns += strlen(template_name(cell->as.events.ids[i], name)) + (i > 0);
    } else if (cell->kind == CELL_LIST) {
        for (size_t i = 0; i < cell->as.list.n; i++)
            columns += lw_text_columns(cell->as.list.items[i].data, cell->as.list.items[i].len) + (i > 0);
    } else {
        columns = strlen(format_cell(cell, TABLE_TEXT, text));
    }
    return columns;
}

static void pad(FILE *out, size_t n)
{
    for (; n > 0; n--)
        putc(' ', out);
}

/* Numbers stand to the right of their column, all else to the left; the last column is never padded. */
static void print_text_row(const struct cell *cells, const size_t *widths, size_t n, FILE *out)
{
    for (size_t i = 0; i < n; i++) {
        size_t width = measure_cell(&cells[i]);
        size_t space = widths[i] > width ? widths[i] - width : 0;
        bool is_right = cells[i].kind == CELL_COUNT || cells[i].kind == CELL_NUMBER || cells[i].kind == CELL_SHARE;

        if (i > 0)
            fputs("  ", out);
        if (is_right)
            pad(out, space);
        print_text_cell(&cells[i], out);
        if (!is_right && i + 1 < n)
            pad(out, space);
    }
    putc('\n', out);
}

static void print_json_row(const char *const *columns, const struct cell *cells, size_t n, FILE *out)
{
    for (size_t i = 0; i < n; i++) {
        fprintf(out, "%s\"%s\": ", i == 0 ? "{" : ", ", columns[i]);
        print_json_cell(&cells[i], out);
    }
    putc('}', out);
}

static void print_csv_row(const struct cell *cells, size_t n, bool is_terminal, FILE *out)
{
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            putc(',', out);
        print_csv_cell(&cells[i], is_terminal, out);
    }
    putc('\n', out);
}

static bool is_cancelled(const struct command_call *call)
{
    return call->run != NULL && lw_cancel_is_requested(call->run->cancel);
}

static int measure(const struct command_call *call, const struct table *table, size_t n, size_t *widths,
                   struct lw_error *err)
{
    struct cell cells[TABLE_MAX_COLUMNS];
    int code;

    for (size_t i = 0; i < n; i++)
        widths[i] = strlen(table->columns[i]);
    for (size_t row = 0; row < table->n_rows && !is_cancelled(call); row++) {
        code = table->row(table->user, row, cells, err);
        if (code != 0)
            return code;
        for (size_t i = 0; i + 1 < n; i++) {
            size_t width = measure_cell(&cells[i]);

            if (width > widths[i])
                widths[i] = width;
        }
    }
    return 0;
}

static void print_head(const struct command_call *call, const struct table *table, size_t n, enum table_form form,
                       const size_t *widths)
{
    struct cell cells[TABLE_MAX_COLUMNS];

    for (size_t i = 0; i < n; i++)
        cells[i] = cell_string(table->columns[i]);
    if (form == TABLE_CSV)
        print_csv_row(cells, n, false, call->out);
    else if (form == TABLE_TEXT)
        print_text_row(cells, widths, n, call->out);
    else if (form == TABLE_JSON)
        fputs("[", call->out);
}

int table_print(const struct command_call *call, const struct table *table, enum table_form form, struct lw_error *err)
{
    bool is_terminal = isatty(fileno(call->out));
    size_t widths[TABLE_MAX_COLUMNS] = {0};
    struct cell cells[TABLE_MAX_COLUMNS];
    size_t n = 0;
    int code = 0;

    while (table->columns[n] != NULL)
        n++;
    if (form == TABLE_TEXT)
        code = measure(call, table, n, widths, err);
    if (code != 0)
        return code;
    print_head(call, table, n, form, widths);
    for (size_t row = 0; row < table->n_rows && !ferror(call->out); row++) {
        if (is_cancelled(call)) {
            values_fail(err, "cancelled");
            return err->code = LW_ERR_CANCELLED;
        }
        code = table->row(table->user, row, cells, err);
        if (code != 0)
            return code;
        if (form == TABLE_JSON)
            fputs(row == 0 ? "\n" : ",\n", call->out);
        if (form == TABLE_CSV)
            print_csv_row(cells, n, is_terminal, call->out);
        else if (form == TABLE_TEXT)
            print_text_row(cells, widths, n, call->out);
        else
            print_json_row(table->columns, cells, n, call->out);
        if (form == TABLE_JSON_LINES)
            putc('\n', call->out);
    }
    if (form == TABLE_JSON)
        fputs("\n]\n", call->out);
    return 0;
}

void table_print_one(const struct command_call *call, const char *const *columns, const struct cell *cells,
                     enum table_form form)
{
    bool is_terminal = isatty(fileno(call->out));
    struct table head = {.columns = columns};
    size_t n = 0, width = 0;

    for (; columns[n] != NULL; n++)
        if (strlen(columns[n]) > width)
            width = strlen(columns[n]);
    if (form == TABLE_CSV) {
        print_head(call, &head, n, form, NULL);
        print_csv_row(cells, n, is_terminal, call->out);
    } else if (form != TABLE_TEXT) {
        print_json_row(columns, cells, n, call->out);
        putc('\n', call->out);
    } else {
        for (size_t i = 0; i < n; i++) {
            fprintf(call->out, "%-*s  ", (int)width, columns[i]);
            print_text_cell(&cells[i], call->out);
            putc('\n', call->out);
        }
    }
}
