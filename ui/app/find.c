#include "ui/app/find.h"

#include "ui/app/app.h"
#include "ui/app/jobs.h"
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
    struct lw_query *query; /* of SUBSET_TEXT */
    uint64_t first;         /* record to begin with */
    const struct lw_run *run;
    char note[240]; /* what is to be said of the answer */
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

static int add_found(void *user, const uint64_t *records, size_t n)
{
    struct subset_job *job = user;
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = add_item(job, records[i], NULL);
    return rc;
}

/* Passes progress on, with the number of records that were found so far. */
static void report_found(void *user, const char *phase, uint64_t done, uint64_t total)
{
    const struct subset_job *job = user;
    char count[32], text[64];

    (void)phase;
    snprintf(text, sizeof text, "filtering, %s", text_counted(count, sizeof count, job->subset.n, "record"));
    job->run->progress(job->run->user, text, done, total);
}

static int walk_text(struct subset_job *job, const struct lw_run *run, struct lw_error *err)
{
    const struct session *session = job->session;
    struct lw_run counting = {LW_OPTIONS_VERSION, run->executor, run->cancel, report_found, job};
    struct lw_query_total total;
    int rc;

    job->run = run;
    text_fail(err, LW_ERR_MEMORY, "out of memory while filtering");
    rc = lw_query_run(job->query, session->log, session->workspace, session->traces, job->first, UINT64_MAX, add_found,
                      job, &counting, &total, err);
    if (rc == 0)
        snprintf(job->note, sizeof job->note, "%s", total.note);
    return rc;
}

static int walk_template(struct subset_job *job, const struct lw_run *run, struct lw_error *err)
{
    uint64_t n = lw_log_count(job->session->log);
    ptrdiff_t wanted = lw_template_index(job->session->workspace, (uint32_t)job->subset.number);
    int rc = 0;

    for (uint64_t i = job->first; rc == 0 && i < n; i++) {
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

/* Whether the answer still speaks of what is looked at. */
static bool is_same(const struct app *app, const struct subset_job *job)
{
    if (job->subset.kind == SUBSET_TEXT)
        return job->session->numbering == app->session->numbering;
    return job->session == app->session || job->session->workspace == app->session->workspace;
}

static void finish_subset(struct app *app, struct job *base, int rc, const struct lw_error *err)
{
    struct subset_job *job = (struct subset_job *)base;

    if (rc != 0) {
        app_say(app, "%s", rc == LW_ERR_CANCELLED ? "cancelled" : err->text);
        return;
    }
    if (!is_same(app, job))
        return;
    if (job->subset.kind == SUBSET_VARIANT || job->subset.kind == SUBSET_TRANSITION)
        traces_show(app, &job->subset);
    else
        logs_show(app, &job->subset);
    if (job->note[0])
        app_say(app, "%s", job->note);
    job->subset = (struct subset){.kind = SUBSET_ALL};
}

static void free_subset(struct job *base)
{
    struct subset_job *job = (struct subset_job *)base;

    session_free(job->session);
    subset_release(&job->subset);
    lw_query_free(job->query);
    free(job);
}

void find_start_subset(struct app *app, enum subset_kind kind, uint64_t number, const char *text)
{
    static const struct job_ops ops = {"filtering", true, false, work_subset, finish_subset, free_subset};
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
    job->subset.n_seen = kind == SUBSET_TEMPLATE ? app->session->n_learned
                         : app->session->log     ? lw_log_count(app->session->log)
                                                 : 0;
    job->subset.text = text ? text_copy(text, strlen(text)) : NULL;
    if (text && lw_query_new(text, &job->query, &err) != 0) {
        app_say(app, "%s", err.text);
        free_subset(&job->job);
        return;
    }
    jobs_start(app->jobs, JOB_FILTER, &job->job);
}

static void finish_more(struct app *app, struct job *base, int rc, const struct lw_error *err)
{
    struct subset_job *job = (struct subset_job *)base;
    const struct subset *shown = logs_subset(app);

    if (rc != 0)
        app_say(app, "%s", rc == LW_ERR_CANCELLED ? "cancelled" : err->text);
    else if (is_same(app, job) && shown->kind == job->subset.kind && shown->n_seen == job->first)
        logs_add(app, &job->subset);
}

void find_start_more(struct app *app)
{
    static const struct job_ops ops = {NULL, true, false, work_subset, finish_more, free_subset};
    const struct subset *shown = logs_subset(app);
    const struct session *session = app->session;
    struct subset_job *job;

    if (!session || !session->log || !shown->items || jobs_is_busy(app->jobs, JOB_FILTER))
        return;
    uint64_t n = shown->kind == SUBSET_TEMPLATE ? session->n_learned : lw_log_count(session->log);

    if ((shown->kind != SUBSET_TEXT && shown->kind != SUBSET_TEMPLATE) || shown->n_seen >= n)
        return;
    job = calloc(1, sizeof *job);
    if (!job)
        return;
    job->job.ops = &ops;
    job->session = session_retain(app->session);
    job->first = shown->n_seen;
    job->subset = (struct subset){.kind = shown->kind, .number = shown->number, .n_seen = n};
    if (shown->text && lw_query_new(shown->text, &job->query, NULL) != 0)
        free_subset(&job->job);
    else
        jobs_start(app->jobs, JOB_FILTER, &job->job);
}

/* ---- filters as text, so that one can be put on top of another ---- */

/* "VALUE" with what would end it escaped. */
static void add_quoted(struct text *out, const char *data, size_t len)
{
    text_add(out, "\"", 1);
    for (size_t i = 0; i < len; i++) {
        if (data[i] == '"' || data[i] == '\\')
            text_add(out, "\\", 1);
        text_add(out, data + i, 1);
    }
    text_add(out, "\"", 1);
}

/* The filter that gives what is shown; "" for everything. */
static void add_shown(const struct app *app, struct text *out)
{
    const struct subset *shown = logs_subset(app);
    struct lw_trace trace;

    if (shown->kind == SUBSET_TEXT && shown->text)
        text_add(out, shown->text, strlen(shown->text));
    else if (shown->kind == SUBSET_TEMPLATE)
        text_printf(out, "template=E%u", (unsigned)shown->number);
    else if (shown->kind == SUBSET_TRACE &&
             lw_traces_get(app->session->traces, (size_t)shown->number, &trace, NULL) == 0) {
        text_printf(out, "trace=");
        add_quoted(out, trace.name.data, trace.name.len);
    }
}

void find_start_filter(struct app *app, const char *filter, bool is_without)
{
    struct text text = {NULL, 0, 0};
    struct lw_query *query;
    struct lw_error err;

    if (lw_query_new(filter, &query, &err) != 0) { /* columns are those of what was typed */
        app_say(app, "%s", err.text);
        return;
    }
    lw_query_free(query);
    add_shown(app, &text);
    if (text.len > 0) {
        struct text both = {NULL, 0, 0};

        text_printf(&both, "(%s) and %s(%s)", text.data, is_without ? "not " : "", filter);
        text_release(&text);
        text = both;
    } else {
        text_printf(&text, is_without ? "not (%s)" : "%s", filter);
    }
    find_start_subset(app, SUBSET_TEXT, 0, text.data ? text.data : "");
    text_release(&text);
}

struct find_job {
    struct job job;
    struct session *session;
    struct lw_query *query;
    uint64_t from, found; /* from: the record that it is looked for behind, or before */
    bool is_pattern, is_back, is_wrapped;
};

static int work_find(struct job *base, const struct lw_run *run, struct lw_error *err)
{
    struct find_job *job = (struct find_job *)base;
    const struct session *session = job->session;
    enum lw_direction direction = job->is_back ? LW_BACKWARD : LW_FORWARD;
    uint64_t last = lw_log_count(session->log) - 1;
    bool is_at_end = job->from == (job->is_back ? 0 : last);
    int rc = 0;

    job->found = LW_NO_RECORD;
    if (!is_at_end)
        rc = lw_query_find(job->query, session->log, session->workspace, session->traces,
                           job->is_back ? job->from - 1 : job->from + 1, direction, run, &job->found, err);
    job->is_wrapped = job->found == LW_NO_RECORD;
    if (rc == 0 && job->is_wrapped)
        rc = lw_query_find(job->query, session->log, session->workspace, session->traces, job->is_back ? last : 0,
                           direction, run, &job->found, err);
    return rc;
}

static void finish_find(struct app *app, struct job *base, int rc, const struct lw_error *err)
{
    struct find_job *job = (struct find_job *)base;

    if (job->session->numbering != app->session->numbering)
        return;
    if (rc != 0)
        app_say(app, "%s", rc == LW_ERR_CANCELLED ? "cancelled" : err->text);
    else if (job->found == LW_NO_RECORD)
        app_say(app, job->is_pattern ? "no record matches" : "no record of level error or worse");
    else {
        if (job->is_wrapped)
            app_say(app, job->is_back ? "search went on from the end" : "search went on from the start");
        logs_go_near(app, job->found);
    }
}

static void free_find(struct job *base)
{
    struct find_job *job = (struct find_job *)base;

    session_free(job->session);
    lw_query_free(job->query);
    free(job);
}

/* What is looked for, within what is shown. */
static struct lw_query *query_for(const struct app *app, enum find_what what)
{
    struct text shown = {NULL, 0, 0}, text = {NULL, 0, 0};
    struct lw_query *query = NULL;

    add_shown(app, &shown);
    if (shown.len > 0)
        text_printf(&text, "(%s) and ", shown.data);
    if (what == FIND_PATTERN) {
        text_printf(&text, "raw=~");
        add_quoted(&text, app->search_text, strlen(app->search_text));
    } else {
        text_printf(&text, "level>=error");
    }
    if (text.data)
        lw_query_new(text.data, &query, NULL);
    text_release(&shown);
    text_release(&text);
    return query;
}

void find_start(struct app *app, enum find_what what, bool is_back)
{
    static const struct job_ops ops = {"searching", true, false, work_find, finish_find, free_find};
    struct find_job *job;

    if (!app->session || !app->session->log || (what == FIND_PATTERN && !app->search_text)) {
        app_say(app, app->session && app->session->log ? "nothing was searched for yet: / begins"
                                                       : "there are no records to search");
        return;
    }
    if (lw_log_count(app->session->log) == 0) {
        app_say(app, "no records");
        return;
    }
    job = calloc(1, sizeof *job);
    if (!job)
        return;
    job->job.ops = &ops;
    job->session = session_retain(app->session);
    job->from = logs_record(app);
    job->is_back = is_back;
    job->is_pattern = what == FIND_PATTERN;
    job->query = query_for(app, what);
    if (!job->query) {
        free_find(&job->job);
        app_say(app, "out of memory");
        return;
    }
    jobs_start(app->jobs, JOB_FIND, &job->job);
}
