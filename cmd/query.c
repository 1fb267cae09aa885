/*
 * SQL on the command line. CSV and JSON are printed as rows come; a text table has to be measured first, so it is held,
 * and bounded unless --limit says otherwise. JSON keeps what SQLite says of types: numbers are numbers, NULL is null,
 * and bytes that are no text are {"hex": "..."}.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/commands.h"
#include "cmd/option_values.h"
#include "cmd/print.h"
#include "cmd/schema.h"
#include "cmd/table.h"

#define TEXT_ROWS 1000 /* of a text table, unless --limit is given */
#define TIMEOUT_S 300  /* unless --timeout is given */

struct held_cell {
    enum lw_sql_kind kind;
    size_t start, len; /* of what is printed, in text */
};
struct printer {
    struct command_call *call;
    enum table_form form;
    bool is_terminal;
    char **names;
    size_t n, n_rows;
    size_t *widths;         /* of a text table */
    struct held_cell *held; /* [n_rows * n] */
    size_t cap_held;
    char *text;
    size_t len, cap;
};

static void printer_release(struct printer *printer)
{
    for (size_t i = 0; i < printer->n; i++)
        free(printer->names[i]);
    free(printer->names);
    free(printer->widths);
    free(printer->held);
    free(printer->text);
}

static void print_csv_text(const struct printer *printer, const char *data, size_t len)
{
    if (printer->is_terminal)
        print_shown(printer->call->out, data, len);
    else
        print_csv(printer->call->out, data, len);
}

static int take_columns(void *user, const char *const *names, size_t n)
{
    struct printer *printer = user;

    printer->names = calloc(n + 1, sizeof *printer->names);
    printer->widths = calloc(n + 1, sizeof *printer->widths);
    if (printer->names == NULL || printer->widths == NULL)
        return LW_ERR_MEMORY;
    for (; printer->n < n; printer->n++) {
        printer->names[printer->n] = strdup(names[printer->n]);
        if (printer->names[printer->n] == NULL)
            return LW_ERR_MEMORY;
        printer->widths[printer->n] = lw_text_columns(names[printer->n], strlen(names[printer->n]));
    }
    for (size_t i = 0; i < n && printer->form == TABLE_CSV; i++) {
        fputs(i > 0 ? "," : "", printer->call->out);
        print_csv_text(printer, names[i], strlen(names[i]));
    }
    if (printer->form != TABLE_TEXT)
        fputs(printer->form == TABLE_CSV ? "\n" : "[", printer->call->out);
    return 0;
}

/* A number as text; its shortest form that reads back the same. */
static void format_number(const struct lw_sql_value *value, char text[40])
{
    if (value->kind == LW_SQL_INTEGER) {
        snprintf(text, 40, "%lld", (long long)value->integer);
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, 40, "%.*g", digits, value->real);
        if (strtod(text, NULL) == value->real)
            return;
    }
}

static bool is_number(enum lw_sql_kind kind)
{
    return kind == LW_SQL_INTEGER || kind == LW_SQL_REAL;
}

static void print_json_value(FILE *out, const struct lw_sql_value *value)
{
    char text[40];

    if (value->kind == LW_SQL_NULL || (value->kind == LW_SQL_REAL && value->real - value->real != 0)) {
        fputs("null", out);
    } else if (is_number(value->kind)) {
        format_number(value, text);
        fputs(text, out);
    } else if (value->kind == LW_SQL_TEXT) {
        print_json(out, value->bytes.data, value->bytes.len);
    } else {
        fputs("{\"hex\": \"", out);
        for (size_t i = 0; i < value->bytes.len; i++)
            fprintf(out, "%02x", (unsigned char)value->bytes.data[i]);
        fputs("\"}", out);
    }
}

static int print_json_values(struct printer *printer, const struct lw_sql_value *values, size_t n)
{
    FILE *out = printer->call->out;

    fputs(printer->n_rows == 0 ? "\n{" : ",\n{", out);
    for (size_t i = 0; i < n; i++) {
        fputs(i > 0 ? ", " : "", out);
        print_json(out, printer->names[i], strlen(printer->names[i]));
        fputs(": ", out);
        print_json_value(out, &values[i]);
    }
    putc('}', out);
    return 0;
}

static int print_csv_values(struct printer *printer, const struct lw_sql_value *values, size_t n)
{
    FILE *out = printer->call->out;
    char text[40];

    for (size_t i = 0; i < n; i++) {
        fputs(i > 0 ? "," : "", out);
        if (is_number(values[i].kind)) {
            format_number(&values[i], text);
            fputs(text, out);
        } else if (values[i].kind != LW_SQL_NULL) {
            print_csv_text(printer, values[i].bytes.data, values[i].bytes.len);
        }
    }
    putc('\n', out);
    return 0;
}

static bool grow(void *items, size_t *cap, size_t need, size_t size)
{
    void *grown;

    if (need <= *cap)
        return true;
    grown = need > SIZE_MAX / 2 / size ? NULL : realloc(*(void **)items, need * 2 * size);
    if (grown == NULL)
        return false;
    *(void **)items = grown;
    *cap = need * 2;
    return true;
}

static int hold_values(struct printer *printer, const struct lw_sql_value *values, size_t n)
{
    char number[40];

    if (!grow(&printer->held, &printer->cap_held, (printer->n_rows + 1) * n, sizeof *printer->held))
        return LW_ERR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        struct lw_bytes bytes = values[i].bytes;
        size_t width;

        if (is_number(values[i].kind)) {
            format_number(&values[i], number);
            bytes = (struct lw_bytes){number, strlen(number)};
        }
        if (!grow(&printer->text, &printer->cap, printer->len + bytes.len + 1, 1))
            return LW_ERR_MEMORY;
        if (values[i].kind == LW_SQL_NULL)
            bytes.len = 0;
        memcpy(printer->text + printer->len, bytes.data == NULL ? "" : bytes.data, bytes.len);
        printer->held[printer->n_rows * n + i] = (struct held_cell){values[i].kind, printer->len, bytes.len};
        printer->len += bytes.len;
        width = lw_text_columns(bytes.data == NULL ? "" : bytes.data, bytes.len);
        if (width > printer->widths[i])
            printer->widths[i] = width;
    }
    return 0;
}

static int take_row(void *user, const struct lw_sql_value *values, size_t n)
{
    struct printer *printer = user;
    int code = printer->form == TABLE_TEXT  ? hold_values(printer, values, n)
               : printer->form == TABLE_CSV ? print_csv_values(printer, values, n)
                                            : print_json_values(printer, values, n);

    printer->n_rows++;
    return code != 0 ? code : ferror(printer->call->out) ? LW_ERR_IO : 0;
}

static void print_padded(const struct printer *printer, size_t column, bool is_right, const char *data, size_t len)
{
    FILE *out = printer->call->out;
    size_t width = lw_text_columns(data, len), space = printer->widths[column] - width;

    fputs(column > 0 ? "  " : "", out);
    if (is_right)
        fprintf(out, "%*s", (int)space, "");
    print_shown(out, data, len);
    if (!is_right && column + 1 < printer->n)
        fprintf(out, "%*s", (int)space, "");
}

static void print_held(const struct printer *printer)
{
    for (size_t i = 0; i < printer->n; i++)
        print_padded(printer, i, false, printer->names[i], strlen(printer->names[i]));
    putc('\n', printer->call->out);
    for (size_t row = 0; row < printer->n_rows; row++) {
        for (size_t i = 0; i < printer->n; i++) {
            const struct held_cell *cell = &printer->held[row * printer->n + i];

            print_padded(printer, i, is_number(cell->kind), printer->text + cell->start, cell->len);
        }
        putc('\n', printer->call->out);
    }
}

static int run_statement(struct command_call *call, const struct lw_schema *schema, const char *text)
{
    struct printer printer = {.call = call, .form = table_form(call), .is_terminal = isatty(fileno(call->out))};
    struct lw_sql_visitor visitor = {take_columns, take_row, &printer};
    struct lw_sql_options options = LW_SQL_OPTIONS_INIT;
    struct lw_sql_total total = {0, false};
    struct lw_error err = {LW_ERR_MEMORY, "out of memory while holding rows; ask for CSV, JSON or fewer rows"};
    struct lw_sql *sql = NULL;
    uint64_t timeout_s = TIMEOUT_S;
    int code;

    options.max_rows = printer.form == TABLE_TEXT ? TEXT_ROWS : 0;
    code = values_count(call, OPTION_LIMIT, 0, UINT64_MAX, &options.max_rows, &err);
    if (code == 0)
        code = values_count(call, OPTION_TIMEOUT, 0, 1000000000, &timeout_s, &err);
    options.timeout_s = (double)timeout_s;
    if (code == 0)
        code = lw_sql_open(schema, &sql, &err);
    if (code == 0)
        code = lw_sql_run(sql, text, &options, &visitor, call->run, &total, &err);
    if (printer.form == TABLE_TEXT && code == 0)
        print_held(&printer);
    else if (printer.form == TABLE_JSON && code == 0)
        fputs("\n]\n", call->out);
    printer_release(&printer);
    lw_sql_close(sql);
    if (code == LW_ERR_IO && ferror(call->out)) /* told by who closes it */
        return COMMAND_DONE;
    if (code != 0)
        return command_error(call, &err);
    if (total.is_cut)
        command_say(call, "there are more than these %llu rows; --limit N prints more, --limit 0 all",
                    (unsigned long long)total.rows);
    return COMMAND_DONE;
}

int query_run(struct command_call *call)
{
    struct command_call rest = *call;
    struct tables tables;
    const char *text;
    const char **inputs;
    int status;

    if (call->n_inputs == 0)
        return command_fail(call, "query: give a statement, such as 'SELECT * FROM template'");
    inputs = malloc((call->n_inputs + call->n_masks) * sizeof *inputs);
    if (inputs == NULL)
        return command_fail(call, "out of memory");
    rest.n_inputs--; /* the last one is the statement; masks stand behind it */
    text = call->inputs[rest.n_inputs];
    memcpy(inputs, call->inputs, rest.n_inputs * sizeof *inputs);
    memcpy(inputs + rest.n_inputs, call->inputs + call->n_inputs, call->n_masks * sizeof *inputs);
    rest.inputs = inputs;
    status = tables_open(&rest, &tables);
    free(inputs);
    if (status != COMMAND_DONE)
        return status;
    if (!lw_schema_has_rows(tables.schema))
        command_say(call, "the workspace keeps no records: source, record, parameter and the tables of templates are "
                          "empty; give the log, too, or learn it with --rows");
    status = run_statement(call, tables.schema, text);
    tables_release(&tables);
    return status;
}
