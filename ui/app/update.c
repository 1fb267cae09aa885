/*
 * From keys to changes of the model. A key is a key of the prompt, an answer to a question, or an action; an action is
 * offered to the pane first, and what comes back is done here.
 */
#include "ui/app/app.h"
#include "ui/app/feed.h"
#include "ui/app/find.h"
#include "ui/app/jobs.h"
#include "ui/app/lesson.h"
#include "ui/kit/input.h"
#include "ui/kit/text.h"
#include "ui/panes/panes.h"
#include "ui/term/keys.h"

#include <stdlib.h>
#include <string.h>

void app_ask(struct app *app, const char *question, void (*on_yes)(struct app *app))
{
    snprintf(app->question, sizeof app->question, "%s", question);
    app->on_yes = on_yes;
}

void app_prompt(struct app *app, const char *prompt, const char *text, void (*on_line)(struct app *app, const char *))
{
    app->on_line = on_line;
    app->message[0] = '\0';
    input_begin(prompt, text);
}

static void leave(struct app *app)
{
    app->is_leaving = true;
}

void app_quit(struct app *app)
{
    if (app_is_edited(app))
        app_ask(app, "Edits are not saved (:save FILE keeps them). Leave?", leave);
    else if (app->bench.is_changed)
        app_ask(app, "Knobs are not saved (:write-constraints FILE keeps them). Leave?", leave);
    else
        leave(app);
}

void app_resize(struct app *app)
{
    app->screen->ops->measure(app->screen);
    if (app->screen->rows != app->grid.rows || app->screen->cols != app->grid.cols)
        if (grid_resize(&app->grid, app->screen->rows, app->screen->cols) != 0)
            app_say(app, "out of memory for a screen of this size");
    app->screen->ops->forget(app->screen);
}

void app_search(struct app *app, const char *line, bool is_back)
{
    struct lw_finder *finder;
    struct lw_error err;

    if (*line) {
        if (lw_finder_new(line, &finder, &err) != 0) {
            app_say(app, "%s", err.text);
            return;
        }
        lw_finder_free(app->finder);
        free(app->search_text);
        app->finder = finder;
        app->search_text = text_copy(line, strlen(line));
    }
    app_show_pane(app, PANE_LOGS);
    find_start(app, *line ? FIND_COUNTED : FIND_PATTERN, is_back);
}

static void search_down(struct app *app, const char *line)
{
    app_search(app, line, false);
}

static void search_up(struct app *app, const char *line)
{
    app_search(app, line, true);
}

/* The pane after (or before) this one: tiles in a tiled view, else tabs. */
static void turn_pane(struct app *app, int step)
{
    const struct layout *layout = &app->layout;

    if (!layout->is_tiled) {
        int pane = app->pane < PANE_HELP ? (int)app->pane : (int)app->last_pane;

        app_show_pane(app, (enum pane_id)((pane + step + PANE_HELP) % PANE_HELP));
        return;
    }
    for (int i = 0; i < (int)layout->n_tiles; i++)
        if (layout->tiles[i].pane == app->pane) {
            app_show_pane(app, layout->tiles[(i + step + (int)layout->n_tiles) % (int)layout->n_tiles].pane);
            return;
        }
}

/* What no pane took. */
static void act_global(struct app *app, enum action action)
{
    static const struct {
        enum action action;
        enum pane_id pane;
    } digits[] = {
        {ACT_LOGS, PANE_LOGS},       {ACT_TEMPLATES, PANE_TEMPLATES}, {ACT_TRACES, PANE_TRACES},
        {ACT_MACHINE, PANE_MACHINE}, {ACT_GENERATE, PANE_GENERATE},   {ACT_DETECT, PANE_DETECT},
        {ACT_COMPARE, PANE_COMPARE}, {ACT_TABLES, PANE_TABLES},
    };

    for (size_t i = 0; i < sizeof digits / sizeof digits[0]; i++)
        if (digits[i].action == action) {
            app_show_pane(app, digits[i].pane);
            return;
        }
    switch (action) {
    case ACT_CLOSE:
    case ACT_QUIT:
        app_quit(app);
        break;
    case ACT_HELP:
        help_show(app);
        break;
    case ACT_NEXT_PANE:
        turn_pane(app, 1);
        break;
    case ACT_PREVIOUS_PANE:
        turn_pane(app, -1);
        break;
    case ACT_ZOOM:
        app->is_zoomed = !app->is_zoomed;
        break;
    case ACT_PROMPT:
        app_prompt(app, ":", "", app_command);
        break;
    case ACT_SEARCH:
        app_prompt(app, "/", "", search_down);
        break;
    case ACT_SEARCH_BACK:
        app_prompt(app, "search up: ", "", search_up);
        break;
    case ACT_FIND_NEXT:
    case ACT_FIND_PREVIOUS:
        app_show_pane(app, PANE_LOGS);
        find_start(app, FIND_PATTERN, action == ACT_FIND_PREVIOUS);
        break;
    case ACT_UNDO:
        session_start_edit(app, EDIT_UNDO, NULL, NULL, 0);
        break;
    case ACT_REDO:
        session_start_edit(app, EDIT_REDO, NULL, NULL, 0);
        break;
    case ACT_CANCEL:
        if (!jobs_cancel_shown(app->jobs) && !feed_cancel(app))
            app_say(app, "nothing is running; q closes, Q leaves");
        break;
    case ACT_REDRAW:
        app->screen->ops->forget(app->screen);
        break;
    case ACT_SUSPEND:
        app_suspend(app);
        break;
    default:
        break;
    }
}

void app_act(struct app *app, enum action action)
{
    enum action rest;

    app->message[0] = '\0';
    rest = pane_get(app->pane)->act(app, app->panes[app->pane], action);
    if (rest != ACT_NONE)
        act_global(app, rest);
}

static void answer(struct app *app, uint32_t key)
{
    void (*on_yes)(struct app *) = app->on_yes;

    app->question[0] = '\0';
    if (key == 'y' || key == 'Y')
        on_yes(app);
    else
        app_say(app, "stayed");
}

static void edit_line(struct app *app, uint32_t key)
{
    void (*on_line)(struct app *, const char *) = app->on_line;
    char *line;

    if (!input_key(key, &line))
        return;
    if (!line)
        return;
    if (on_line == app_command)
        input_remember(line);
    on_line(app, line);
    free(line);
}

void app_key(struct app *app, uint32_t key)
{
    enum action action;

    if (app->question[0]) {
        answer(app, key);
        return;
    }
    if (input_is_open()) {
        edit_line(app, key);
        return;
    }
    action = bindings_action(app->bindings, app->pane, key);
    if (action != ACT_NONE)
        app_act(app, action);
    else if (app->lesson && lesson_key(app, key))
        return;
    else {
        char name[16], help[16];

        app_say(app, "%s does nothing here; %s lists the keys", key_spell(key, name, sizeof name),
                bindings_key(app->bindings, app->pane, ACT_HELP, help, sizeof help));
    }
}
