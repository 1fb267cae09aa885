#include "ui/app/marks.h"

#include "ui/app/app.h"
#include "ui/app/jobs.h"
#include "ui/kit/text.h"

#include <stdlib.h>
#include <string.h>

struct lw_workspace *app_workspace(const struct app *app)
{
    return app->marked ? app->marked : app->session ? app->session->workspace : NULL;
}

struct lw_workspace *marks_over(const struct app *app, struct lw_workspace *workspace)
{
    return app->marked && lw_workspace_has_same_model(app->marked, workspace) ? app->marked : workspace;
}

static bool can_mark(const struct app *app)
{
    return app_is_learned(app) && app->session->workspace && app->session->log;
}

static void load(struct app *app)
{
    struct lw_error err;

    lw_marks_free(app->marks);
    app->marks = NULL;
    if (can_mark(app) && lw_workspace_marks(app_workspace(app), app->session->log, &app->marks, &err) != 0)
        app_say(app, "%s", err.text);
}

void marks_take(struct app *app, struct lw_workspace *workspace)
{
    if (!can_mark(app) || !lw_workspace_has_same_model(workspace, app->session->workspace)) {
        lw_workspace_free(workspace);
        return;
    }
    lw_workspace_free(app->marked);
    app->marked = workspace;
    load(app);
}

void marks_set(struct app *app, uint64_t record, const char *note)
{
    struct lw_workspace *made;
    struct lw_error err;

    if (!can_mark(app))
        app_say(app, "marks are kept with what is learned, and nothing is yet");
    else if (lw_workspace_mark(app_workspace(app), app->session->log, record, note, &made, &err) != 0)
        app_say(app, "%s", err.text);
    else
        marks_take(app, made);
}

bool marks_get(const struct app *app, uint64_t record, struct lw_mark *out)
{
    return app->marks && lw_marks_get(app->marks, lw_marks_seek(app->marks, record), out, NULL) == 0 &&
           out->record == record;
}

size_t marks_count(const struct app *app)
{
    return app->marks ? lw_marks_count(app->marks) : 0;
}

/* Gives the new session the marks that there were: those that it was learned without, and none that were taken away
 * meanwhile. */
static void carry(struct app *app, const struct lw_marks *former)
{
    struct lw_marks *there = lw_marks_retain(app->marks);
    struct lw_mark mark, other;

    for (size_t i = 0; lw_marks_get(former, i, &mark, NULL) == 0; i++) {
        char *note = marks_get(app, mark.record, &other) && other.note.len == mark.note.len &&
                             memcmp(other.note.data, mark.note.data, mark.note.len) == 0
                         ? NULL
                         : text_copy(mark.note.data, mark.note.len);

        if (note)
            marks_set(app, mark.record, note);
        free(note);
    }
    for (size_t i = 0; lw_marks_get(there, i, &mark, NULL) == 0; i++)
        if (lw_marks_get(former, lw_marks_seek(former, mark.record), &other, NULL) != 0 || other.record != mark.record)
            marks_set(app, mark.record, NULL);
    lw_marks_free(there);
}

void marks_begin(struct app *app, struct lw_workspace *before, bool is_same_log)
{
    struct lw_workspace *own = app->session->workspace;
    struct lw_marks *former = NULL;

    if (is_same_log && !can_mark(app)) { /* but for a while: the end of sources is looked at */
        load(app);
        return;
    }
    lw_workspace_free(app->marked);
    app->marked = is_same_log && before && before != own && lw_workspace_has_same_model(before, own)
                      ? lw_workspace_retain(before)
                      : NULL;
    load(app);
    if (is_same_log && before && !app->marked && app->marks &&
        lw_workspace_marks(before, app->session->log, &former, NULL) == 0)
        carry(app, former);
    lw_marks_free(former);
}

void marks_forget(struct app *app)
{
    lw_workspace_free(app->marked);
    lw_marks_free(app->marks);
    app->marked = NULL;
    app->marks = NULL;
}
