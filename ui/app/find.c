#include "ui/app/find.h"

#include "ui/app/app.h"
#include "ui/app/jobs.h"
#include "ui/kit/text.h"
#include "ui/panes/panes.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

void subset_release(struct subset *subset)
{
    free(subset->text);
    free(subset->items);
    *subset = (struct subset){.kind = SUBSET_ALL};
}

/* What a query may ask for. */
static struct lw_query_scope scope_of(const struct session *session, const struct lw_marks *marks)
{
    return (struct lw_query_scope){session->workspace, session->traces, session->labels, marks};
}

struct subset_job {
    struct job job;
    struct session *session;
    pthread_mutex_t lock; /* guards what grows while the job runs: */
    struct subset subset;
    struct lw_query *query; /* of SUBSET_TEXT */
    uint64_t first;         /* record to begin with */
    struct lw_marks *marks; /* or NULL */
    const struct lw_run *run;
    char note[240]; /* what is to be said of the answer */
    size_t cap;
};

static int add_items(struct subset_job *job, const uint64_t *items, size_t n, struct lw_error *err)
{
    int rc = 0;

    pthread_mutex_lock(&job->lock);
    if (n > job->cap - job->subset.n) {
        size_t cap = (job->subset.n + n) * 2 + 256;
        uint64_t *grown = realloc(job->subset.items, cap * sizeof *grown);

        if (grown) {
            job->subset.items = grown;
            job->cap = cap;
        } else {
            rc = text_fail(err, LW_ERR_MEMORY, "out of memory while filtering");
        }
    }
    if (rc == 0) {
        memcpy(job->subset.items + job->subset.n, items, n * sizeof *items);
        job->subset.n += n;
    }
    pthread_mutex_unlock(&job->lock);
    return rc;
}

static int add_item(struct subset_job *job, uint64_t item, struct lw_error *err)
{
    return add_items(job, &item, 1, err);
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
    return add_items(user, records, n, NULL);
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
    struct lw_query_scope scope = scope_of(session, job->marks);
    struct lw_query_total total;
    int rc;

    job->run = run;
    text_fail(err, LW_ERR_MEMORY, "out of memory while filtering");
    rc = lw_query_run(job->query, session->log, &scope, job->first, UINT64_MAX, add_found, job, &counting, &total, err);
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

static bool is_of_records(const struct subset_job *job)
{
    return job->subset.kind != SUBSET_VARIANT && job->subset.kind != SUBSET_TRANSITION;
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
    if (is_of_records(job))
        logs_show(app, &job->subset);
    else
        traces_show(app, &job->subset);
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
    lw_marks_free(job->marks);
    pthread_mutex_destroy(&job->lock);
    free(job);
}

static const struct job_ops subset_ops = {"filtering", true, false, work_subset, finish_subset, free_subset};

static void poll_subset(struct app *app, struct subset_job *job)
{
    if (!app->session || !is_same(app, job) || !is_of_records(job))
        return;
    pthread_mutex_lock(&job->lock);
    if (job->subset.n > 0)
        logs_stream(app, &job->subset);
    pthread_mutex_unlock(&job->lock);
}

void find_start_subset(struct app *app, enum subset_kind kind, uint64_t number, const char *text)
{
    bool needs_log = kind != SUBSET_VARIANT && kind != SUBSET_TRANSITION;
    struct subset_job *job;
    struct lw_error err;

    if (!app->session || (kind != SUBSET_TEXT && !app_is_learned(app)) || (needs_log && !app->session->log)) {
        app_say(app, "%s",
                app->session && !app_is_learned(app) ? "nothing was learned yet"
                : app->session ? "this workspace was opened without its log, so there are no records to show"
                               : "nothing is open yet");
        return;
    }
    job = calloc(1, sizeof *job);
    if (!job || pthread_mutex_init(&job->lock, NULL) != 0) {
        free(job);
        app_say(app, "out of memory");
        return;
    }
    job->job.ops = &subset_ops;
    job->subset.serial = ++app->n_filters;
    job->session = session_retain(app->session);
    job->marks = app->marks ? lw_marks_retain(app->marks) : NULL;
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
    if (!job || pthread_mutex_init(&job->lock, NULL) != 0) {
        free(job);
        return;
    }
    job->job.ops = &ops;
    job->session = session_retain(app->session);
    job->marks = app->marks ? lw_marks_retain(app->marks) : NULL;
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
    struct lw_marks *marks; /* or NULL */
    uint64_t from;          /* the record that it is looked for behind, or before */
    bool is_pattern, is_back, is_counting, is_shown;
    const struct lw_run *run;
    uint64_t n_matches;   /* read when the job is done */
    pthread_mutex_t lock; /* guards, while the job runs: */
    bool has_looked, is_wrapped;
    uint64_t found;
};

static int look(struct find_job *job, const struct lw_run *run, uint64_t *found, bool *is_wrapped, struct lw_error *err)
{
    const struct session *session = job->session;
    struct lw_query_scope scope = scope_of(session, job->marks);
    enum lw_direction direction = job->is_back ? LW_BACKWARD : LW_FORWARD;
    uint64_t last = lw_log_count(session->log) - 1;
    bool is_at_end = job->from == (job->is_back ? 0 : last);
    int rc = 0;

    *found = LW_NO_RECORD;
    if (!is_at_end)
        rc = lw_query_find(job->query, session->log, &scope, job->is_back ? job->from - 1 : job->from + 1, direction,
                           run, found, err);
    *is_wrapped = *found == LW_NO_RECORD;
    if (rc == 0 && *is_wrapped)
        rc = lw_query_find(job->query, session->log, &scope, job->is_back ? last : 0, direction, run, found, err);
    return rc;
}

static int count_matches(void *user, const uint64_t *records, size_t n)
{
    struct find_job *job = user;

    (void)records;
    job->n_matches += n;
    return 0;
}

/* "12 records match". */
static const char *describe_matches(const struct find_job *job, char *out, size_t size)
{
    size_t len = strlen(text_counted(out, size, job->n_matches, "record"));

    snprintf(out + len, size - len, job->n_matches == 1 ? " matches" : " match");
    return out;
}

static void report_matches(void *user, const char *phase, uint64_t done, uint64_t total)
{
    const struct find_job *job = user;
    char text[64];

    (void)phase;
    job->run->progress(job->run->user, describe_matches(job, text, sizeof text), done, total);
}

static int work_find(struct job *base, const struct lw_run *run, struct lw_error *err)
{
    struct find_job *job = (struct find_job *)base;
    struct lw_query_scope scope = scope_of(job->session, job->marks);
    struct lw_run counting = {LW_OPTIONS_VERSION, run->executor, run->cancel, report_matches, job};
    uint64_t found;
    bool is_wrapped;
    int rc = look(job, run, &found, &is_wrapped, err);

    if (rc != 0)
        return rc;
    pthread_mutex_lock(&job->lock);
    job->has_looked = true;
    job->found = found;
    job->is_wrapped = is_wrapped;
    pthread_mutex_unlock(&job->lock);
    if (!job->is_counting || found == LW_NO_RECORD)
        return 0;
    job->run = run;
    return lw_query_run(job->query, job->session->log, &scope, 0, UINT64_MAX, count_matches, job, &counting, NULL, err);
}

static void show_found(struct app *app, struct find_job *job)
{
    job->is_shown = true;
    if (job->found == LW_NO_RECORD)
        app_say(app, job->is_pattern ? "no record matches" : "no record of level error or worse");
    else if (job->is_wrapped)
        app_say(app, job->is_back ? "search went on from the end" : "search went on from the start");
    if (job->found != LW_NO_RECORD)
        logs_go_near(app, job->found);
}

static void poll_find(struct app *app, struct find_job *job)
{
    if (job->is_shown || !app->session || job->session->numbering != app->session->numbering)
        return;
    pthread_mutex_lock(&job->lock);
    if (job->has_looked)
        show_found(app, job);
    pthread_mutex_unlock(&job->lock);
}

static void finish_find(struct app *app, struct job *base, int rc, const struct lw_error *err)
{
    struct find_job *job = (struct find_job *)base;
    char count[64];

    if (job->session->numbering != app->session->numbering)
        return;
    if (rc != 0) {
        app_say(app, "%s", rc == LW_ERR_CANCELLED ? "cancelled" : err->text);
        return;
    }
    if (!job->is_shown)
        show_found(app, job);
    if (job->is_counting && job->found != LW_NO_RECORD)
        app_say(app, "%s%s", describe_matches(job, count, sizeof count),
                !job->is_wrapped ? ""
                : job->is_back   ? "; search went on from the end"
                                 : "; search went on from the start");
}

static void free_find(struct job *base)
{
    struct find_job *job = (struct find_job *)base;

    session_free(job->session);
    lw_query_free(job->query);
    lw_marks_free(job->marks);
    pthread_mutex_destroy(&job->lock);
    free(job);
}

static const struct job_ops find_ops = {"searching", true, false, work_find, finish_find, free_find};

void find_poll(struct app *app)
{
    struct job *filter = jobs_running(app->jobs, JOB_FILTER), *find = jobs_running(app->jobs, JOB_FIND);

    if (filter && filter->ops == &subset_ops)
        poll_subset(app, (struct subset_job *)filter);
    if (find && find->ops == &find_ops)
        poll_find(app, (struct find_job *)find);
}

/* What is looked for, within what is shown. */
static struct lw_query *query_for(const struct app *app, enum find_what what)
{
    struct text shown = {NULL, 0, 0}, text = {NULL, 0, 0};
    struct lw_query *query = NULL;

    add_shown(app, &shown);
    if (shown.len > 0)
        text_printf(&text, "(%s) and ", shown.data);
    if (what != FIND_ERROR) {
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
    struct find_job *job;

    if (!app->session || !app->session->log || (what != FIND_ERROR && !app->search_text)) {
        app_say(app, app->session && app->session->log ? "nothing was searched for yet: / begins"
                                                       : "there are no records to search");
        return;
    }
    if (lw_log_count(app->session->log) == 0) {
        app_say(app, "no records");
        return;
    }
    job = calloc(1, sizeof *job);
    if (!job || pthread_mutex_init(&job->lock, NULL) != 0) {
        free(job);
        return;
    }
    job->job.ops = &find_ops;
    job->session = session_retain(app->session);
    job->marks = app->marks ? lw_marks_retain(app->marks) : NULL;
    job->from = logs_record(app);
    job->is_back = is_back;
    job->is_pattern = what != FIND_ERROR;
    job->is_counting = what == FIND_COUNTED;
    job->query = query_for(app, what);
    if (!job->query) {
        free_find(&job->job);
        app_say(app, "out of memory");
        return;
    }
    jobs_start(app->jobs, JOB_FIND, &job->job);
}
