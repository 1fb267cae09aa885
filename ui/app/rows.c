#include "ui/app/rows.h"

#include "ui/app/app.h"
#include "ui/app/jobs.h"
#include "ui/kit/text.h"

#include <stdlib.h>
#include <string.h>

struct rows_job {
    struct job job;
    struct session *session;
    uint64_t version;
    size_t n;
    struct row rows[ROWS_WANTED];
};

/* Fills row from the record; on failure its text says why. */
static void read_row(const struct session *session, struct lw_reader *reader, struct row *row)
{
    struct lw_record record;
    struct lw_error err = {LW_OK, ""};
    const char *component;

    if (lw_reader_get(reader, row->record, &record, &err) != 0) {
        row->raw = text_copy(err.text, strlen(err.text));
        row->raw_len = row->whole_len = row->message_len = row->raw ? strlen(err.text) : 0;
        row->time_us = LW_NO_TIME;
        return;
    }
    row->whole_len = record.raw.len;
    row->raw_len = record.raw.len < ROW_MAX_BYTES ? record.raw.len : ROW_MAX_BYTES;
    row->raw = text_copy(record.raw.data, row->raw_len);
    if (!row->raw)
        row->raw_len = 0;
    row->time_us = record.time_us;
    row->line = record.line;
    row->source = record.source;
    row->epoch = record.epoch;
    row->offset = record.offset;
    row->level = record.level;
    row->message_start = record.message_start < row->raw_len ? record.message_start : row->raw_len;
    row->message_len =
        record.message_len < row->raw_len - row->message_start ? record.message_len : row->raw_len - row->message_start;
    component = record.component.data;
    if (component && component >= record.raw.data &&
        component + record.component.len <= record.raw.data + row->raw_len) {
        row->component_start = (size_t)(component - record.raw.data);
        row->component_len = record.component.len;
    }
    if (!session_is_learned(session))
        return;
    lw_message_match(session->workspace, record.raw.data + record.message_start, record.message_len, &row->template_id,
                     row->spans, ROW_MAX_SPANS, &row->n_spans, NULL);
}

static int work_rows(struct job *base, const struct lw_run *run, struct lw_error *err)
{
    struct rows_job *job = (struct rows_job *)base;
    struct lw_reader *reader;
    int rc = lw_reader_new(job->session->log, &reader, err);

    if (rc != 0)
        return rc;
    for (size_t i = 0; i < job->n && !lw_cancel_is_requested(run->cancel); i++)
        read_row(job->session, reader, &job->rows[i]);
    lw_reader_free(reader);
    return 0;
}

/* The place that holds the record, or was used longest ago. */
static struct row *place_for(struct rows *rows, uint64_t record)
{
    struct row *oldest = &rows->kept[0];

    for (size_t i = 0; i < ROWS_KEPT; i++) {
        struct row *row = &rows->kept[i];

        if (row->stamp > 0 && row->record == record)
            return row;
        if (row->stamp < oldest->stamp)
            oldest = row;
    }
    return oldest;
}

static void finish_rows(struct app *app, struct job *base, int rc, const struct lw_error *err)
{
    struct rows_job *job = (struct rows_job *)base;

    if (rc != 0)
        app_say(app, "%s", err->text);
    if (job->session->numbering != app->session->numbering)
        return;
    for (size_t i = 0; i < job->n; i++) {
        struct row *place = place_for(&app->rows, job->rows[i].record);

        /* what was learned or written meanwhile is read in its turn */
        if (!job->rows[i].raw ||
            (place->stamp > 0 && place->record == job->rows[i].record && job->version < place->version))
            continue;
        free(place->raw);
        *place = job->rows[i];
        place->stamp = ++app->rows.stamp;
        place->version = job->version;
        job->rows[i].raw = NULL;
    }
}

static void free_rows(struct job *base)
{
    struct rows_job *job = (struct rows_job *)base;

    for (size_t i = 0; i < job->n; i++)
        free(job->rows[i].raw);
    session_free(job->session);
    free(job);
}

const struct row *rows_get(struct app *app, uint64_t record)
{
    struct rows *rows = &app->rows;
    struct row *row = place_for(rows, record);
    bool is_there = row->stamp > 0 && row->record == record;

    if (is_there)
        row->stamp = ++rows->stamp;
    if ((!is_there || row->version != rows->version) && rows->n_wanted < ROWS_WANTED)
        rows->wanted[rows->n_wanted++] = record;
    return is_there ? row : NULL;
}

void rows_fetch(struct app *app)
{
    static const struct job_ops ops = {NULL, false, true, work_rows, finish_rows, free_rows};
    struct rows *rows = &app->rows;
    struct rows_job *job;

    if (rows->n_wanted > 0 && app->session && app->session->log && !jobs_is_busy(app->jobs, JOB_ROWS) &&
        (job = calloc(1, sizeof *job))) {
        job->job.ops = &ops;
        job->session = session_retain(app->session);
        job->version = rows->version;
        job->n = rows->n_wanted;
        for (size_t i = 0; i < rows->n_wanted; i++)
            job->rows[i].record = rows->wanted[i];
        jobs_start(app->jobs, JOB_ROWS, &job->job);
    }
    rows->n_wanted = 0;
}

const struct row *rows_peek(const struct app *app, uint64_t record)
{
    for (size_t i = 0; i < ROWS_KEPT; i++)
        if (app->rows.kept[i].stamp > 0 && app->rows.kept[i].record == record)
            return &app->rows.kept[i];
    return NULL;
}

void rows_forget(struct app *app)
{
    for (size_t i = 0; i < ROWS_KEPT; i++) {
        free(app->rows.kept[i].raw);
        app->rows.kept[i] = (struct row){0};
    }
    app->rows.n_wanted = 0;
}

void rows_renew(struct app *app)
{
    app->rows.version++;
    app->rows.n_wanted = 0;
}

void rows_renew_from(struct app *app, uint64_t first)
{
    rows_renew(app);
    for (size_t i = 0; i < ROWS_KEPT; i++)
        if (app->rows.kept[i].record < first && app->rows.kept[i].version + 1 == app->rows.version)
            app->rows.kept[i].version++;
}
