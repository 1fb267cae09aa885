#include "ui/app/find.h"

#include "ui/app/app.h"
#include "ui/app/jobs.h"
#include "ui/app/needle.h"
#include "ui/kit/text.h"
#include "ui/panes/panes.h"

#include <stdlib.h>
#include <string.h>

void subset_release(struct subset *subset)
{
    free(subset->text);
    free(subset->items);
    *subset = (struct subset){.kind = SUBSET_ALL};
}

struct subset_job {
    struct job job;
    struct session *session;
    struct subset subset;
    struct needle *needle;
    size_t cap;
};

static int add_item(struct subset_job *job, uint64_t item, struct lw_error *err)
{
    if (job->subset.n == job->cap) {
        size_t cap = job->cap * 2 + 256;
        uint64_t *grown = realloc(job->subset.items, cap * sizeof *grown);

        if (!grown)
            return text_fail(err, LW_ERR_MEMORY, "out of memory while filtering");
        job->subset.items = grown;
        job->cap = cap;
    }
    job->subset.items[job->subset.n++] = item;
    return 0;
}

static bool report(const struct lw_run *run, const char *phase, uint64_t done, uint64_t total)
{
    if (done % 4096 != 0)
        return true;
    run->progress(run->user, phase, done, total);
    return !lw_cancel_is_requested(run->cancel);
}

static int walk_text(struct subset_job *job, const struct lw_run *run, struct lw_error *err)
{
    struct lw_reader *reader;
    uint64_t n = lw_log_count(job->session->log);
    int rc = lw_reader_new(job->session->log, &reader, err);

    if (rc != 0)
        return rc;
    for (uint64_t i = 0; rc == 0 && i < n; i++) {
        struct lw_record record;
        size_t start, len;

        rc = report(run, "filtering", i, n) ? lw_reader_get(reader, i, &record, err) : LW_ERR_CANCELLED;
        if (rc == 0 && needle_find(job->needle, record.raw.data, record.raw.len, 0, &start, &len))
            rc = add_item(job, i, err);
    }
    lw_reader_free(reader);
    return rc;
}

static int walk_template(struct subset_job *job, const struct lw_run *run, struct lw_error *err)
{
    uint64_t n = lw_log_count(job->session->log);
    ptrdiff_t wanted = lw_template_index(job->session->workspace, (uint32_t)job->subset.number);
    int rc = 0;

    for (uint64_t i = 0; rc == 0 && i < n; i++) {
        uint32_t id = lw_traces_record_template(job->session->traces, i);

        if (!report(run, "filtering", i, n))
            rc = LW_ERR_CANCELLED;
        else if (id == job->subset.number ||
                 (id != LW_TEMPLATE_UNKNOWN && wanted >= 0 && lw_template_index(job->session->workspace, id) == wanted))
            rc = add_item(job, i, err);
    }
    return rc;
}

/* Whether the trace takes the transition number. */
static bool takes_transition(const struct lw_machine *machine, const struct lw_transition *wanted,
                             const struct lw_trace *trace, uint32_t *states)
{
    lw_machine_walk(machine, trace->templates, trace->n_events, states);
    for (size_t i = 0; i + 1 <= trace->n_events; i++)
        if (states[i] == wanted->from && states[i + 1] == wanted->to)
            return true;
    return wanted->to == 1 && states[trace->n_events] == wanted->from;
}

static int walk_traces(struct subset_job *job, const struct lw_run *run, struct lw_error *err)
{
    const struct lw_machine *machine = lw_workspace_machine(job->session->workspace);
    size_t n = lw_traces_count(job->session->traces), cap = 0;
    struct lw_transition transition = {0};
    uint32_t *states = NULL;
    int rc = 0;

    if (job->subset.kind == SUBSET_TRANSITION)
        rc = lw_machine_transition(machine, job->subset.number, &transition, err);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        struct lw_trace trace;
        bool is_in;

        rc = report(run, "filtering", i, n) ? lw_traces_get(job->session->traces, i, &trace, err) : LW_ERR_CANCELLED;
        if (rc != 0)
            break;
        if (job->subset.kind == SUBSET_TRANSITION && trace.n_events + 1 > cap) {
            free(states);
            cap = (trace.n_events + 1) * 2;
            states = calloc(cap, sizeof *states);
            if (!states)
                return text_fail(err, LW_ERR_MEMORY, "out of memory while filtering");
        }
        is_in = job->subset.kind == SUBSET_VARIANT ? trace.variant == job->subset.number
                                                   : takes_transition(machine, &transition, &trace, states);
        if (is_in)
            rc = add_item(job, i, err);
    }
    free(states);
    return rc;
}

static int walk_trace(struct subset_job *job, struct lw_error *err)
{
    struct lw_trace trace;
    int rc = lw_traces_get(job->session->traces, (size_t)job->subset.number, &trace, err);

    for (size_t i = 0; rc == 0 && i < trace.n_events; i++)
        if (trace.records && trace.records[i] != LW_NO_RECORD)
            rc = add_item(job, trace.records[i], err);
    return rc;
}

static int work_subset(struct job *base, const struct lw_run *run, struct lw_error *err)
{
    struct subset_job *job = (struct subset_job *)base;

    switch (job->subset.kind) {
    case SUBSET_TEMPLATE:
        return walk_template(job, run, err);
    case SUBSET_TRACE:
        return walk_trace(job, err);
    case SUBSET_TEXT:
        return walk_text(job, run, err);
    case SUBSET_VARIANT:
    case SUBSET_TRANSITION:
        return walk_traces(job, run, err);
    case SUBSET_ALL:
        break;
    }
    return 0;
}

static void finish_subset(struct app *app, struct job *base, int rc, const struct lw_error *err)
{
    struct subset_job *job = (struct subset_job *)base;

    if (rc != 0) {
        app_say(app, "%s", rc == LW_ERR_CANCELLED ? "cancelled" : err->text);
        return;
    }
    if (job->subset.kind == SUBSET_TEXT ? job->session->log != app->session->log : job->session != app->session)
        return;
    if (job->subset.kind == SUBSET_VARIANT || job->subset.kind == SUBSET_TRANSITION)
        traces_show(app, &job->subset);
    else
        logs_show(app, &job->subset);
    job->subset = (struct subset){.kind = SUBSET_ALL};
}

static void free_subset(struct job *base)
{
    struct subset_job *job = (struct subset_job *)base;

    session_free(job->session);
    subset_release(&job->subset);
    needle_free(job->needle);
    free(job);
}

void find_start_subset(struct app *app, enum subset_kind kind, uint64_t number, const char *text)
{
    static const struct job_ops ops = {"filtering", false, false, work_subset, finish_subset, free_subset};
    bool is_of_records = kind != SUBSET_VARIANT && kind != SUBSET_TRANSITION;
    struct subset_job *job;
    struct lw_error err;

    if (!app->session || (kind != SUBSET_TEXT && !app_is_learned(app)) || (is_of_records && !app->session->log)) {
        app_say(app, "%s",
                app->session && !app_is_learned(app) ? "nothing was learned yet"
                : app->session ? "this workspace was opened without its log, so there are no records to show"
                               : "nothing is open yet");
        return;
    }
    job = calloc(1, sizeof *job);
    if (!job) {
        app_say(app, "out of memory");
        return;
    }
    job->job.ops = &ops;
    job->session = session_retain(app->session);
    job->subset.kind = kind;
    job->subset.number = number;
    job->subset.from = app->pane;
    job->subset.text = text ? text_copy(text, strlen(text)) : NULL;
    if (text && needle_new(text, &job->needle, &err) != 0) {
        app_say(app, "%s", err.text);
        free_subset(&job->job);
        return;
    }
    jobs_start(app->jobs, JOB_FILTER, &job->job);
}

struct find_job {
    struct job job;
    struct session *session;
    struct needle *needle; /* NULL: the next error */
    uint64_t *records;     /* NULL: all */
    uint64_t n, from, found;
    bool is_back, is_found, is_wrapped;
};

static int work_find(struct job *base, const struct lw_run *run, struct lw_error *err)
{
    struct find_job *job = (struct find_job *)base;
    struct lw_reader *reader;
    int rc = lw_reader_new(job->session->log, &reader, err);

    if (rc != 0)
        return rc;
    for (uint64_t i = 1; rc == 0 && !job->is_found && i <= job->n; i++) {
        uint64_t position = job->is_back ? (job->from + job->n - i) % job->n : (job->from + i) % job->n;
        struct lw_record record;
        size_t start, len;

        rc = report(run, "searching", i, job->n)
                 ? lw_reader_get(reader, job->records ? job->records[position] : position, &record, err)
                 : LW_ERR_CANCELLED;
        if (rc == 0 && (job->needle ? needle_find(job->needle, record.raw.data, record.raw.len, 0, &start, &len)
                                    : record.level >= LW_LEVEL_ERROR)) {
            job->found = position;
            job->is_found = true;
            job->is_wrapped = job->is_back ? position >= job->from : position <= job->from;
        }
    }
    lw_reader_free(reader);
    return rc;
}

static void finish_find(struct app *app, struct job *base, int rc, const struct lw_error *err)
{
    struct find_job *job = (struct find_job *)base;

    if (job->session->log != app->session->log)
        return;
    if (rc != 0)
        app_say(app, "%s", rc == LW_ERR_CANCELLED ? "cancelled" : err->text);
    else if (!job->is_found)
        app_say(app, job->needle ? "no record matches" : "no record of level error or worse");
    else {
        if (job->is_wrapped)
            app_say(app, job->is_back ? "search went on from the end" : "search went on from the start");
        logs_go(app, job->found);
    }
}

static void free_find(struct job *base)
{
    struct find_job *job = (struct find_job *)base;

    session_free(job->session);
    needle_free(job->needle);
    free(job->records);
    free(job);
}

void find_start(struct app *app, enum find_what what, bool is_back)
{
    static const struct job_ops ops = {"searching", false, false, work_find, finish_find, free_find};
    const struct subset *shown = logs_subset(app);
    struct find_job *job;

    if (!app->session || !app->session->log || (what == FIND_PATTERN && !app->search_text)) {
        app_say(app, app->session && app->session->log ? "nothing was searched for yet: / begins"
                                                       : "there are no records to search");
        return;
    }
    job = calloc(1, sizeof *job);
    if (!job)
        return;
    job->job.ops = &ops;
    job->session = session_retain(app->session);
    job->n = shown->items ? shown->n : lw_log_count(app->session->log);
    job->from = logs_position(app);
    job->is_back = is_back;
    if (shown->items && (job->records = malloc((shown->n + 1) * sizeof *job->records)))
        memcpy(job->records, shown->items, shown->n * sizeof *job->records);
    if ((shown->items && !job->records) ||
        (what == FIND_PATTERN && needle_new(app->search_text, &job->needle, NULL) != 0)) {
        free_find(&job->job);
        return;
    }
    jobs_start(app->jobs, JOB_FIND, &job->job);
}
