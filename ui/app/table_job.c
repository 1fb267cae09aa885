#include "ui/app/table_job.h"

#include "ui/app/jobs.h"
#include "ui/app/marks.h"
#include "ui/kit/text.h"

#include <stdlib.h>
#include <string.h>

struct session_tables *session_tables_retain(struct session_tables *tables)
{
    if (tables)
        atomic_fetch_add(&tables->refs, 1);
    return tables;
}

void session_tables_free(struct session_tables *tables)
{
    if (!tables || atomic_fetch_sub(&tables->refs, 1) != 1)
        return;
    lw_schema_free(tables->schema);
    session_free(tables->session);
    free(tables->tables);
    free(tables);
}

/* ---- the tables ---- */

struct tables_job {
    struct job job;
    struct session *session;
    struct lw_workspace *workspace;
    struct session_tables *made;
};

static int work_tables(struct job *base, const struct lw_run *run, struct lw_error *err)
{
    struct tables_job *job = (struct tables_job *)base;
    struct session_tables *made = calloc(1, sizeof *made);
    int rc;

    if (!made)
        return text_fail(err, LW_ERR_MEMORY, "out of memory for the tables");
    atomic_init(&made->refs, 1);
    made->session = session_retain(job->session);
    job->made = made;
    rc = lw_schema_new(job->workspace, job->session->log, job->session->traces, run, &made->schema, err);
    if (rc != 0)
        return rc;
    made->n = lw_schema_table_count(made->schema);
    made->tables = calloc(made->n + 1, sizeof *made->tables);
    if (!made->tables)
        return text_fail(err, LW_ERR_MEMORY, "out of memory for the tables");
    for (size_t i = 0; i < made->n && rc == 0; i++)
        rc = lw_schema_table(made->schema, i, &made->tables[i], err);
    return rc;
}

static void finish_tables(struct app *app, struct job *base, int rc, const struct lw_error *err)
{
    struct tables_job *job = (struct tables_job *)base;

    tables_take(app, rc == 0 ? job->made : NULL, err);
    if (rc == 0)
        job->made = NULL;
}

static void free_tables_job(struct job *base)
{
    struct tables_job *job = (struct tables_job *)base;

    session_tables_free(job->made);
    session_free(job->session);
    lw_workspace_free(job->workspace);
    free(job);
}

void tables_start(struct app *app)
{
    static const struct job_ops ops = {"laying out tables", false, false, work_tables, finish_tables, free_tables_job};
    struct tables_job *job = calloc(1, sizeof *job);

    if (!job) {
        app_say(app, "out of memory");
        return;
    }
    job->job.ops = &ops;
    job->session = session_retain(app->session);
    job->workspace = lw_workspace_retain(app_workspace(app));
    jobs_start(app->jobs, JOB_TABLES, &job->job);
}

/* ---- pages ---- */

void table_page_release(struct table_page *page)
{
    text_free_list(page->names, page->n_columns);
    free(page->cells);
    text_release(&page->text);
    *page = (struct table_page){0};
}

struct page_job {
    struct job job;
    struct session_tables *tables;
    char *sql, *seek;
    bool is_table;
    uint64_t from, ticket;
    size_t cap;
    struct table_page page;
};

static int take_names(void *user, const char *const *names, size_t n)
{
    struct table_page *page = &((struct page_job *)user)->page;

    page->names = text_copy_list(names, n);
    page->n_columns = page->names ? n : 0;
    return page->names ? 0 : LW_ERR_MEMORY;
}

/* Times of tables are shown as such; what a statement gives, as it is. */
static bool is_time(const char *name)
{
    return strcmp(name, "time_us") == 0 || strcmp(name, "first_us") == 0 || strcmp(name, "last_us") == 0;
}

static void put_value(struct text *text, const struct lw_sql_value *value, bool as_time)
{
    char day[64], time[64];

    if (value->kind == LW_SQL_INTEGER && as_time)
        text_printf(text, "%.10s %s", text_time(day, sizeof day, value->integer, true),
                    text_time(time, sizeof time, value->integer, false));
    else if (value->kind == LW_SQL_INTEGER)
        text_printf(text, "%lld", (long long)value->integer);
    else if (value->kind == LW_SQL_REAL)
        text_printf(text, "%.6g", value->real);
    else if (value->kind != LW_SQL_NULL)
        text_add(text, value->bytes.data, value->bytes.len);
}

static int take_values(void *user, const struct lw_sql_value *values, size_t n)
{
    struct page_job *job = user;
    struct table_page *page = &job->page;

    if (page->n_rows == job->cap) {
        size_t cap = job->cap * 2 + 64;
        struct table_cell *grown = realloc(page->cells, cap * n * sizeof *grown);

        if (!grown)
            return LW_ERR_MEMORY;
        page->cells = grown;
        job->cap = cap;
    }
    for (size_t i = 0; i < n; i++) {
        struct table_cell *cell = &page->cells[page->n_rows * n + i];

        *cell = (struct table_cell){page->text.len, 0, values[i].kind, values[i].integer};
        put_value(&page->text, &values[i], job->is_table && is_time(page->names[i]));
        cell->len = page->text.len - cell->start;
    }
    page->n_rows++;
    return 0;
}

static int take_number(void *user, const struct lw_sql_value *values, size_t n)
{
    if (n > 0 && values[0].kind == LW_SQL_INTEGER && values[0].integer >= 0)
        *(uint64_t *)user = (uint64_t)values[0].integer;
    return 0;
}

static int work_page(struct job *base, const struct lw_run *run, struct lw_error *err)
{
    struct page_job *job = (struct page_job *)base;
    struct lw_sql_options options = LW_SQL_OPTIONS_INIT;
    struct lw_sql_visitor rows = {take_names, take_values, job}, number = {NULL, take_number, &job->page.found};
    struct lw_sql_total total = {0, false};
    struct text sql = {NULL, 0, 0};
    struct lw_sql *connection;
    int rc = lw_sql_open(job->tables->schema, &connection, err);

    if (rc != 0)
        return rc;
    if (job->seek) {
        rc = lw_sql_run(connection, job->seek, &options, &number, run, NULL, err);
        job->from = job->page.found > TABLE_PAGE / 4 ? job->page.found - TABLE_PAGE / 4 : 0;
    }
    text_printf(&sql, "%s", job->sql);
    if (job->is_table)
        text_printf(&sql, " LIMIT %d OFFSET %llu", TABLE_PAGE, (unsigned long long)job->from);
    else
        options.max_rows = TABLE_SQL_ROWS;
    if (rc == 0) {
        *err = (struct lw_error){LW_ERR_MEMORY, "out of memory for rows"};
        rc = lw_sql_run(connection, sql.data ? sql.data : "", &options, &rows, run, &total, err);
    }
    job->page.from = job->from;
    job->page.is_cut = total.is_cut;
    lw_sql_close(connection);
    text_release(&sql);
    return rc;
}

static void finish_page(struct app *app, struct job *base, int rc, const struct lw_error *err)
{
    struct page_job *job = (struct page_job *)base;

    tables_take_page(app, rc == 0 ? &job->page : NULL, job->ticket, err);
}

static void free_page_job(struct job *base)
{
    struct page_job *job = (struct page_job *)base;

    table_page_release(&job->page);
    session_tables_free(job->tables);
    free(job->sql);
    free(job->seek);
    free(job);
}

void tables_start_page(struct app *app, struct session_tables *tables, const char *sql, bool is_table, uint64_t from,
                       const char *seek, uint64_t ticket)
{
    static const struct job_ops ops = {"reading rows", false, false, work_page, finish_page, free_page_job};
    struct page_job *job = calloc(1, sizeof *job);

    if (!job || !(job->sql = text_copy_or_null(sql))) {
        free(job);
        app_say(app, "out of memory");
        return;
    }
    job->job.ops = &ops;
    job->tables = session_tables_retain(tables);
    job->seek = text_copy_or_null(seek);
    job->is_table = is_table;
    job->from = from;
    job->ticket = ticket;
    jobs_start(app->jobs, JOB_TABLES, &job->job);
}
