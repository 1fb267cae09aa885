#include "workspace/sql_format.h"

#include <stdbool.h>
#include <string.h>

/* Adds a width or precision; its argument's, from *next on, where it is '*'. Returns what is behind it. */
static const char *add_width(const char *at, int argc, sqlite3_value **argv, int *next, double *sum)
{
    double width = 0;

    if (*at == '*') {
        sqlite3_int64 given = *next < argc ? sqlite3_value_int64(argv[*next]) : 0;

        ++*next;
        *sum += given < 0 ? -(double)given : (double)given;
        return at + 1;
    }
    for (; *at >= '0' && *at <= '9'; at++)
        width = width * 10 + (*at - '0');
    *sum += width;
    return at;
}

/* How many bytes a format pads to, at the most. */
static double sum_widths(const char *at, int argc, sqlite3_value **argv)
{
    double sum = 0;
    int next = 1;

    while ((at = strchr(at, '%')) != NULL) {
        at++;
        at += strspn(at, "-+ #0,!");
        at = add_width(at, argc, argv, &next, &sum);
        if (*at == '.')
            at = add_width(at + 1, argc, argv, &next, &sum);
        at += strspn(at, "l");
        next += *at != '%' && *at != 'n';
        at += *at != '\0';
    }
    return sum;
}

static bool prepare(struct sql_format *format, int n)
{
    sqlite3_str *sql;
    char *text;

    if (format->print != NULL && format->n == n)
        return true;
    sqlite3_finalize(format->print);
    format->print = NULL;
    if (format->plain == NULL && sqlite3_open(":memory:", &format->plain) != SQLITE_OK)
        return false;
    sql = sqlite3_str_new(format->plain);
    sqlite3_str_appendall(sql, "SELECT printf(");
    for (int i = 0; i < n; i++)
        sqlite3_str_appendall(sql, i == 0 ? "?" : ",?");
    sqlite3_str_appendall(sql, ")");
    text = sqlite3_str_finish(sql);
    format->n = n;
    if (text != NULL)
        sqlite3_prepare_v2(format->plain, text, -1, &format->print, NULL);
    sqlite3_free(text);
    return format->print != NULL;
}

static void print(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    struct sql_format *format = sqlite3_user_data(context);
    const char *text = argc > 0 ? (const char *)sqlite3_value_text(argv[0]) : NULL;
    int limit = sqlite3_limit(sqlite3_context_db_handle(context), SQLITE_LIMIT_LENGTH, -1);

    if (text == NULL)
        return;
    if (sum_widths(text, argc, argv) > limit) {
        sqlite3_result_error_toobig(context);
        return;
    }
    if (!prepare(format, argc)) {
        sqlite3_result_error_nomem(context);
        return;
    }
    sqlite3_limit(format->plain, SQLITE_LIMIT_LENGTH, limit);
    for (int i = 0; i < argc; i++)
        sqlite3_bind_value(format->print, i + 1, argv[i]);
    if (sqlite3_step(format->print) == SQLITE_ROW)
        sqlite3_result_value(context, sqlite3_column_value(format->print, 0));
    else
        sqlite3_result_error_code(context, sqlite3_errcode(format->plain));
    sqlite3_reset(format->print);
    sqlite3_clear_bindings(format->print);
}

int sql_format_add(struct sql_format *format, sqlite3 *db)
{
    static const char *const names[] = {"printf", "format"};
    const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
    int rc = SQLITE_OK;

    for (size_t i = 0; i < sizeof names / sizeof *names && rc == SQLITE_OK; i++)
        rc = sqlite3_create_function(db, names[i], -1, flags, format, print, NULL, NULL);
    return rc;
}

void sql_format_release(struct sql_format *format)
{
    sqlite3_finalize(format->print);
    sqlite3_close(format->plain);
    *format = (struct sql_format){NULL, NULL, 0};
}
