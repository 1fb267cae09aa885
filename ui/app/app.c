#include "ui/app/app.h"

#include "ui/app/feed.h"
#include "ui/app/find.h"
#include "ui/app/jobs.h"
#include "ui/app/lesson.h"
#include "ui/app/marks.h"
#include "ui/app/script.h"
#include "ui/kit/text.h"
#include "ui/panes/panes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int make_pipe(struct app *app, struct lw_error *err)
{
    if (pipe(app->wake) != 0)
        return text_fail(err, LW_ERR_IO, "a pipe cannot be made: %s", strerror(errno));
    for (int i = 0; i < 2; i++) {
        fcntl(app->wake[i], F_SETFL, fcntl(app->wake[i], F_GETFL) | O_NONBLOCK);
        fcntl(app->wake[i], F_SETFD, FD_CLOEXEC);
    }
    return 0;
}

int app_init(struct app *app, const struct app_options *options, struct lw_error *err)
{
    int rc;

    memset(app, 0, sizeof *app);
    app->options = *options;
    app->wake[0] = app->wake[1] = -1;
    app->symbols = symbols_get(options->is_ascii);
    app->selection = (struct selection){LW_TEMPLATE_UNKNOWN, NO_INDEX, LW_NO_RECORD, NO_INDEX, NO_INDEX, 0};
    app->pane = app->first_tile = app->last_pane = PANE_LOGS;
    rc = make_pipe(app, err);
    if (rc == 0)
        rc = bindings_new(&app->bindings, err);
    if (rc == 0)
        rc = jobs_new(app->wake[1], &app->jobs, err);
    if (rc == 0)
        rc = bench_init(&app->bench, err);
    for (int i = 0; rc == 0 && i < PANE_COUNT; i++) {
        app->panes[i] = calloc(1, pane_get((enum pane_id)i)->size);
        if (!app->panes[i])
            rc = text_fail(err, LW_ERR_MEMORY, "out of memory while starting");
    }
    if (rc != 0)
        app_free(app);
    return rc;
}

void app_free(struct app *app)
{
    feed_close(app);
    jobs_free(app->jobs);
    feed_release(app->feed);
    for (int i = 0; i < PANE_COUNT; i++) {
        if (app->panes[i] && pane_get((enum pane_id)i)->release)
            pane_get((enum pane_id)i)->release(app->panes[i]);
        free(app->panes[i]);
    }
    bench_release(&app->bench);
    rows_forget(app);
    lw_finder_free(app->finder);
    free(app->search_text);
    free(app->save_path);
    lw_workspace_free(app->saved);
    marks_forget(app);
    session_free(app->session);
    bindings_free(app->bindings);
    lesson_free(app->lesson);
    script_free(app->script);
    grid_release(&app->grid);
    for (int i = 0; i < 2; i++)
        if (app->wake[i] >= 0)
            close(app->wake[i]);
}

void app_say(struct app *app, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(app->message, sizeof app->message, format, args);
    va_end(args);
}

int64_t app_now_ms(const struct app *app)
{
    struct timespec now;

    (void)app;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void sync_panes(struct app *app, unsigned what)
{
    for (int i = 0; i < PANE_COUNT; i++)
        if (pane_get((enum pane_id)i)->sync)
            pane_get((enum pane_id)i)->sync(app, app->panes[i], what);
}

bool app_is_learned(const struct app *app)
{
    return session_is_learned(app->session);
}

void app_keep_saved(struct app *app, struct lw_workspace *workspace)
{
    lw_workspace_free(app->saved);
    app->saved = workspace ? lw_workspace_retain(workspace) : NULL;
}

bool app_is_edited(const struct app *app)
{
    return app->saved && app_is_learned(app) && !lw_workspace_has_same_edits(app->saved, app_workspace(app));
}

void app_take_session(struct app *app, struct session *session, enum session_change change)
{
    const struct selection none = {LW_TEMPLATE_UNKNOWN, NO_INDEX, LW_NO_RECORD, NO_INDEX, NO_INDEX, 0};
    uint64_t version = app->selection.version;
    struct lw_workspace *marked = app_workspace(app) ? lw_workspace_retain(app_workspace(app)) : NULL;
    bool is_same_log = change != CHANGE_OPENED;

    if (!is_same_log) {
        jobs_cancel(app->jobs, JOB_FILTER);
        jobs_cancel(app->jobs, JOB_FIND);
    }
    session_free(app->session);
    app->session = session;
    if (change == CHANGE_OPENED || change == CHANGE_LEARNED) {
        app_keep_saved(app, session->workspace);
        app->selection = none;
    }
    app->selection.version = version + 1;
    if (is_same_log)
        rows_renew(app);
    else
        rows_forget(app);
    if (change == CHANGE_EXTENDED)
        ;
    else if (session->notice[0])
        app_say(app, "%s", session->notice);
    else if (!is_same_log)
        app_say(app, "%s", session->log && lw_log_count(session->log) == 0 ? "the log is empty" : "");
    marks_begin(app, marked, is_same_log);
    lw_workspace_free(marked);
    sync_panes(app, SYNC_SESSION | (is_same_log ? SYNC_SAME_LOG : 0) | (change == CHANGE_EDITED ? SYNC_EDITED : 0) |
                        (change == CHANGE_EXTENDED ? SYNC_GROWN : 0));
    if (change != CHANGE_EXTENDED)
        bench_restart(app, change == CHANGE_EDITED);
}

void app_grow_session(struct app *app, struct session *session, uint64_t numbering, uint64_t was, uint64_t is)
{
    struct lw_workspace *marked = app_workspace(app) ? lw_workspace_retain(app_workspace(app)) : NULL;
    struct session *before = app->session;
    uint64_t n = before->log ? lw_log_count(before->log) : 0;
    bool is_same = before->numbering == session->numbering, is_moved = before->numbering == numbering;

    if (!before->is_end && logs_position(app) == 0) { /* the start is the start of whatever comes */
        is_moved = true;
        was = is = 0;
    }
    if (session->notice[0] && strcmp(session->notice, before->notice) != 0)
        app_say(app, "%s", session->notice);
    app->session = session;
    app->selection.version++;
    if (is_same) {
        rows_renew_from(app, n > 0 ? n - 1 : 0); /* the last record may have been but begun */
    } else {
        rows_forget(app);
        app->selection.record = LW_NO_RECORD;
    }
    marks_begin(app, marked, true);
    lw_workspace_free(marked);
    logs_grow(app, is_moved, was, is);
    session_free(before);
}

void app_select_template(struct app *app, uint32_t template_id)
{
    if (app->selection.template_id == template_id)
        return;
    app->selection.template_id = template_id;
    app->selection.version++;
    sync_panes(app, SYNC_TEMPLATE);
}

void app_select_state(struct app *app, size_t state)
{
    if (app->selection.state == state)
        return;
    app->selection.state = state;
    app->selection.version++;
    sync_panes(app, SYNC_STATE);
}

void app_select_trace(struct app *app, size_t trace)
{
    if (app->selection.trace == trace)
        return;
    app->selection.trace = trace;
    app->selection.version++;
    sync_panes(app, SYNC_TRACE);
}

/* The state that the machine is in after the record's event in its first trace. */
static size_t state_of_record(const struct app *app, uint64_t record, size_t trace_index)
{
    enum { MAX_WALK = 20000 };
    const struct lw_machine *machine = lw_workspace_machine(app->session->workspace);
    struct lw_trace trace;
    uint32_t *states;
    size_t state = NO_INDEX;

    if (lw_traces_get(app->session->traces, trace_index, &trace, NULL) != 0 || trace.n_events > MAX_WALK ||
        !trace.records || !(states = calloc(trace.n_events + 1, sizeof *states)))
        return NO_INDEX;
    lw_machine_walk(machine, trace.templates, trace.n_events, states);
    for (size_t i = 0; i < trace.n_events && state == NO_INDEX; i++)
        if (trace.records[i] == record)
            state = states[i + 1];
    free(states);
    return state;
}

void app_select_record(struct app *app, uint64_t record)
{
    const uint32_t *traces;
    size_t n = 0;

    if (!app->session || app->selection.record == record)
        return;
    app->selection.record = record;
    app->selection.version++;
    if (!app_is_learned(app))
        return;
    traces = lw_traces_of_record(app->session->traces, record, &n);
    app_select_template(app, lw_traces_record_template(app->session->traces, record));
    if (n > 0) {
        app_select_trace(app, traces[0]);
        app_select_state(app, state_of_record(app, record, traces[0]));
    }
}

void app_show_pane(struct app *app, enum pane_id pane)
{
    if ((app->pane == PANE_HELP || app->pane == PANE_OUTPUT) && pane == app->pane)
        return;
    if (app->pane != PANE_HELP && app->pane != PANE_OUTPUT)
        app->last_pane = app->pane;
    app->pane = pane;
    if (pane == PANE_LOGS || pane == PANE_TEMPLATES || pane == PANE_TRACES)
        app->first_tile = pane;
}
