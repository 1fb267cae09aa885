/* Pages of text: what a command printed, and help. */
#include "ui/kit/pager.h"
#include "ui/kit/text.h"
#include "ui/panes/panes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/explain.h"

struct page {
    struct pager pager;
    char title[80];
};

static void draw_page(struct app *app, void *data, const struct view *view, bool has_keys)
{
    struct page *self = data;
    struct view below = view_part(view, (struct rect){1, 2, view->area.rows - 1, view->area.cols - 2});

    (void)app;
    (void)has_keys;
    view_text(view, 0, 2, style_with(ROLE_TEXT, ATTR_BOLD), self->title);
    pager_draw(&self->pager, &below);
}

static enum action act_page(struct app *app, void *data, enum action action)
{
    static const struct {
        enum action action;
        enum list_move move;
    } moves[] = {
        {ACT_DOWN, LIST_DOWN},       {ACT_UP, LIST_UP},           {ACT_PAGE_DOWN, LIST_PAGE_DOWN},
        {ACT_PAGE_UP, LIST_PAGE_UP}, {ACT_HALF_UP, LIST_HALF_UP}, {ACT_HALF_DOWN, LIST_HALF_DOWN},
        {ACT_FIRST, LIST_FIRST},     {ACT_LAST, LIST_LAST},
    };
    struct page *self = data;

    for (size_t i = 0; i < sizeof moves / sizeof moves[0]; i++)
        if (moves[i].action == action) {
            pager_move(&self->pager, moves[i].move);
            return ACT_NONE;
        }
    if (action == ACT_LEFT || action == ACT_RIGHT) {
        self->pager.skip = action == ACT_RIGHT ? self->pager.skip + 8 : self->pager.skip > 8 ? self->pager.skip - 8 : 0;
        return ACT_NONE;
    }
    if (action == ACT_CLOSE || (action == ACT_HELP && app->pane == PANE_HELP)) {
        app_show_pane(app, app->last_pane);
        return ACT_NONE;
    }
    return action;
}

static void release_page(void *data)
{
    pager_release(&((struct page *)data)->pager);
}

static void set_page(struct app *app, enum pane_id pane, const char *title, const char *text, size_t len)
{
    struct page *self = app->panes[pane];

    snprintf(self->title, sizeof self->title, "%s", title);
    pager_set(&self->pager, text, len);
    app_show_pane(app, pane);
}

void output_show(struct app *app, const char *title, const char *text, size_t len)
{
    set_page(app, PANE_OUTPUT, title, text, len);
}

static int explain(const struct app *app, uint64_t record, FILE *out, struct lw_error *err)
{
    struct lw_reader *reader;
    struct lw_record found;
    int rc = lw_reader_new(app->session->log, &reader, err);

    if (rc != 0)
        return rc;
    rc = lw_reader_get(reader, record, &found, err);
    if (rc == 0)
        rc = explain_print(out, app->session->workspace, found.raw.data + found.message_start, found.message_len, false,
                           err);
    lw_reader_free(reader);
    return rc;
}

void output_explain(struct app *app, uint64_t record)
{
    struct lw_error err = {LW_ERR_MEMORY, "out of memory"};
    char title[60], *text = NULL;
    size_t len = 0;
    FILE *out;

    if (!app_is_learned(app)) {
        app_say(app, "templates are not learned yet");
        return;
    }
    out = open_memstream(&text, &len);
    int rc = out ? explain(app, record, out, &err) : LW_ERR_MEMORY;

    if (out)
        fclose(out);
    snprintf(title, sizeof title, "Why record %llu is in its template", (unsigned long long)record + 1);
    if (rc == 0 && text)
        output_show(app, title, text, len);
    else
        app_say(app, "%s", err.text);
    free(text);
}

/* ---- help: made from the tables of actions and commands ---- */

static void write_actions(const struct app *app, int pane, FILE *out)
{
    char keys[128];

    for (size_t i = 0; i < action_row_count; i++) {
        if (action_rows[i].pane != pane)
            continue;
        bindings_keys(app->bindings, i, keys, sizeof keys);
        if (keys[0])
            fprintf(out, "  %-16s %s\n", keys, action_rows[i].help);
    }
}

void help_show(struct app *app)
{
    struct command_context context = {.log = NULL};
    enum pane_id pane = app->pane == PANE_HELP || app->pane == PANE_OUTPUT ? app->last_pane : app->pane;
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    if (!out) {
        app_say(app, "out of memory");
        return;
    }
    fprintf(out,
            "Logwright reads logs, finds their templates, cuts them into traces and learns the\n"
            "state machine behind them. Choices are linked: what is chosen in one pane is\n"
            "marked in the others. %s closes this page.\n",
            "q");
    fprintf(out, "\n%s\n", pane_get(pane)->title);
    write_actions(app, (int)pane, out);
    fprintf(out, "\nEverywhere\n");
    write_actions(app, PANE_ALL, out);
    for (int i = 0; i < PANE_HELP; i++)
        if (i != (int)pane) {
            fprintf(out, "\n%s\n", pane_get((enum pane_id)i)->title);
            write_actions(app, i, out);
        }
    fprintf(out, "\nCommands, typed after :\n");
    context.more = app_commands(&context.n_more);
    command_help_list(&context, out);
    fprintf(out, "\nKeys are set in $XDG_CONFIG_HOME/logwright/keys, one action a line:\n");
    for (size_t i = 0; i < action_row_count; i++)
        fprintf(out, "  %s %s\n", action_rows[i].name, action_rows[i].keys);
    fclose(out);
    if (text)
        set_page(app, PANE_HELP, "Help", text, len);
    free(text);
}

const struct pane pane_output = {
    .title = "Output",
    .size = sizeof(struct page),
    .hints = (const struct hint[]){{ACT_PAGE_DOWN, "down"}, {ACT_PAGE_UP, "up"}, {ACT_NONE, NULL}},
    .draw = draw_page,
    .act = act_page,
    .release = release_page,
};

const struct pane pane_help = {
    .title = "Help",
    .size = sizeof(struct page),
    .hints = (const struct hint[]){{ACT_PAGE_DOWN, "down"}, {ACT_PAGE_UP, "up"}, {ACT_NONE, NULL}},
    .draw = draw_page,
    .act = act_page,
    .release = release_page,
};
