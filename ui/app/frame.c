/* The whole picture: two lines on top, the panes where the layout puts them, and two lines below. */
#include "ui/app/app.h"
#include "ui/app/feed.h"
#include "ui/app/jobs.h"
#include "ui/app/lesson.h"
#include "ui/kit/chart.h"
#include "ui/kit/input.h"
#include "ui/kit/text.h"
#include "ui/panes/panes.h"

#include <string.h>

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash && slash[1] ? slash + 1 : path;
}

/* Progress takes the right end, so it is drawn first and the rest keeps clear of it. */
static int draw_progress(struct app *app, const struct view *view)
{
    char phase[64], text[96];
    double share = -1;
    int cols;

    if (!jobs_progress(app->jobs, phase, sizeof phase, &share)) {
        if (!feed_progress(app, text, sizeof text, &share))
            return view->area.cols;
    } else if (share >= 0)
        snprintf(text, sizeof text, "%s %3.0f%%", phase, share * 100);
    else
        snprintf(text, sizeof text, "%s...", phase);
    cols = (int)lw_text_columns(text, strlen(text));
    if (share >= 0 && view->area.cols >= 100) {
        chart_gauge(view, 0, view->area.cols - 10, 10, share, app->symbols);
        cols += 11;
    }
    view_text(view, 0, view->area.cols - cols > 0 ? view->area.cols - cols : 0, style_of(ROLE_CARE), text);
    return view->area.cols - cols - 1;
}

/* Draws the part two columns behind col when it fits whole; returns the column behind it. Once a part did not fit, the
 * less important ones that follow do not either. */
static int draw_part(const struct view *view, int col, struct style style, const char *text)
{
    int cols = (int)lw_text_columns(text, strlen(text));

    return col + 2 + cols <= view->area.cols ? view_text(view, 0, col + 2, style, text) : view->area.cols;
}

static void draw_header(struct app *app, struct rect area)
{
    struct view whole = grid_view(&app->grid);
    struct view view = view_part(&whole, area);
    int room = draw_progress(app, &view), col;
    const struct session *session = app->session;
    char text[200], count[32];

    if (area.rows == 0)
        return;
    view = view_part(&view, (struct rect){0, 0, 1, room > 0 ? room : 0});
    col = view_text(&view, 0, 0, style_with(ROLE_TITLE, ATTR_BOLD), "logwright");
    if (!session) {
        view_text(&view, 0, col + 2, style_of(ROLE_DIM),
                  app->options.n_paths > 0 ? base_name(app->options.paths[0]) : "");
        return;
    }
    col = view_text(&view, 0, col + 2, style_with(ROLE_TEXT, ATTR_BOLD), base_name(session->paths[0]));
    if (session->n_paths > 1)
        col = view_printf(&view, 0, col, style_of(ROLE_TEXT), " +%zu", session->n_paths - 1);
    if (app_is_edited(app))
        col = view_text(&view, 0, col, style_of(ROLE_CARE), " (edited)");
    if (!session->is_end)
        col = draw_part(&view, col, style_of(ROLE_DIM), session->format);
    text_counted(count, sizeof count, session->log ? lw_log_count(session->log) : session->summary.records, "record");
    if (session->is_end)
        col = draw_part(&view, col, style_of(ROLE_CARE), "the end, lines not numbered");
    else
        col = draw_part(&view, col, style_of(ROLE_TEXT), count);
    if (feed_is_following(app))
        col = draw_part(&view, col, style_of(ROLE_CARE), "following");
    if (!session_is_learned(session))
        return;
    col = draw_part(&view, col, style_of(ROLE_TEXT),
                    text_counted(count, sizeof count, lw_traces_count(session->traces), "trace"));
    if (snprintf(text, sizeof text, "by %s", session->summary.trace_rule ? session->summary.trace_rule : "none") <
        (int)sizeof text)
        draw_part(&view, col, style_of(ROLE_DIM), text);
}

static void draw_tabs(const struct app *app, struct view view)
{
    int col = 0;
    char key[16];
    static const enum action actions[] = {ACT_LOGS,   ACT_TEMPLATES, ACT_TRACES, ACT_MACHINE, ACT_GENERATE,
                                          ACT_DETECT, ACT_COMPARE,   ACT_TABLES, ACT_HELP};
    bool is_narrow = view.area.cols < 76 || (view.area.cols < 88 && app->pane == PANE_HELP);
    bool is_tight = view.area.cols < 92;

    for (int i = 0; i <= PANE_HELP; i++) {
        bool is_here = i == (int)app->pane;
        const char *title = pane_get((enum pane_id)i)->title;
        int shown = is_narrow && !is_here ? 3 : i == PANE_HELP && is_tight && !is_here ? 0 : (int)strlen(title);

        col = view_text(&view, 0, col, style_of(is_here ? ROLE_CHOSEN : ROLE_DIM), is_here ? "[" : " ");
        col = view_printf(&view, 0, col, style_of(is_here ? ROLE_CHOSEN : ROLE_KEY), "%s",
                          bindings_key(app->bindings, app->pane, actions[i], key, sizeof key));
        col = view_printf(&view, 0, col, style_of(is_here ? ROLE_CHOSEN : ROLE_TEXT), "%s%.*s",
                          is_narrow && !is_here ? "" : " ",
                          is_narrow && !is_here ? (view.area.cols < 50 ? 0 : shown) : shown, title);
        col = view_text(&view, 0, col, style_of(is_here ? ROLE_CHOSEN : ROLE_DIM),
                        is_here                  ? "]"
                        : is_tight && !is_narrow ? ""
                                                 : " ");
    }
}

static void draw_hints(const struct app *app, struct view view)
{
    static const struct hint always[] = {{ACT_HELP, "help"}, {ACT_PROMPT, "command"}, {ACT_CLOSE, "close"}};
    const struct pane *pane = pane_get(app->pane);
    const struct hint *hints = pane->hints_now ? pane->hints_now(app) : pane->hints;
    char key[16];
    int col = 1;

    for (int i = 0;; i++) {
        const struct hint *hint = i < 3 ? &always[i] : &hints[i - 3];

        if (hint->action == ACT_NONE)
            break;
        bindings_key(app->bindings, app->pane, hint->action, key, sizeof key);
        if (!key[0])
            continue;
        if (col + (int)strlen(key) + (int)strlen(hint->text) + 1 > view.area.cols)
            break;
        col = view_text(&view, 0, col, style_of(ROLE_KEY), key);
        col = view_text(&view, 0, col + 1, style_of(ROLE_DIM), hint->text) + 2;
    }
}

static void draw_prompt(struct app *app, struct view view, int *cursor_row, int *cursor_col)
{
    if (app->question[0]) {
        int col = view_text(&view, 0, 0, style_with(ROLE_CARE, ATTR_BOLD), app->question) + 1;

        /* what to press shows however narrow the screen is */
        if (col > view.area.cols - 4)
            col = view.area.cols > 4 ? view.area.cols - 4 : 0;
        *cursor_col = view_text(&view, 0, col, style_with(ROLE_TEXT, ATTR_BOLD), " y/n") + 1;
        *cursor_row = view.area.row;
    } else if (input_is_open()) {
        *cursor_col = input_draw(&view, 0);
        *cursor_row = view.area.row;
    } else {
        view_text(&view, 0, 0, style_of(ROLE_TEXT), app->message);
    }
    if (*cursor_col >= view.area.cols)
        *cursor_col = view.area.cols - 1;
}

static void draw_tile(struct app *app, const struct view *whole, const struct tile *tile)
{
    const struct pane *pane = pane_get(tile->pane);
    struct view inside = view_part(whole, tile->inside);
    bool has_keys = tile->pane == app->pane;

    if (tile->title.rows > 0) {
        struct view title = view_part(whole, tile->title);
        int col;

        view_fill(&title, 0, 0, title.area.cols, style_of(ROLE_DIM), app->symbols->across);
        col = view_text(&title, 0, 1, style_of(has_keys ? ROLE_CHOSEN : ROLE_TITLE), has_keys ? "[ " : "  ");
        col = view_text(&title, 0, col, style_of(has_keys ? ROLE_CHOSEN : ROLE_TITLE), pane->title);
        view_text(&title, 0, col, style_of(has_keys ? ROLE_CHOSEN : ROLE_TITLE), has_keys ? " ]" : "  ");
    }
    pane->draw(app, app->panes[tile->pane], &inside, has_keys);
}

/* What the last line cannot hold takes as many as it needs, up to half of the screen. */
static bool draw_long_message(const struct app *app, const struct view *whole)
{
    size_t columns = lw_text_columns(app->message, strlen(app->message));
    int rows, most = whole->area.rows / 2, width = whole->area.cols;

    if (app->question[0] || input_is_open() || columns <= (size_t)width || app->layout.hints.rows == 0)
        return false;
    struct view nowhere = view_part(whole, (struct rect){0, 0, 0, width});

    rows = view_wrap(&nowhere, 0, 0, most, style_of(ROLE_TEXT), app->message);
    struct view below = view_part(whole, (struct rect){whole->area.rows - rows, 0, rows, width});

    for (int row = 0; row < rows; row++)
        view_fill(&below, row, 0, width, style_of(ROLE_TEXT), " ");
    view_wrap(&below, 0, 0, rows, style_of(ROLE_TEXT), app->message);
    return true;
}

void frame_draw(struct app *app, int *cursor_row, int *cursor_col)
{
    struct view whole = grid_view(&app->grid);
    struct layout_wish wish = {app->pane, app->first_tile, app->is_zoomed, lesson_rows(app)};
    struct layout *layout = &app->layout;
    const char *matches;

    grid_clear(&app->grid);
    *cursor_row = -1;
    *cursor_col = 0;
    layout_compute(app->grid.rows, app->grid.cols, &wish, layout);
    draw_header(app, layout->header);
    if (layout->tabs.rows > 0)
        draw_tabs(app, view_part(&whole, layout->tabs));
    for (size_t i = 0; i < layout->n_tiles; i++)
        draw_tile(app, &whole, &layout->tiles[i]);
    /* the line between tiles side by side */
    if (layout->is_tiled)
        for (int row = layout->tiles[0].title.row; row < layout->tiles[2].inside.row + layout->tiles[2].inside.rows;
             row++)
            view_text(&whole, row, layout->tiles[1].title.col - 1, style_of(ROLE_DIM), app->symbols->down);
    if (layout->lesson.rows > 0) {
        struct view box = view_part(&whole, layout->lesson);

        lesson_draw(app, &box);
    }
    if (draw_long_message(app, &whole))
        return;
    matches = input_is_open() ? input_matches() : NULL;
    if (layout->hints.rows > 0 && matches) {
        struct view hints = view_part(&whole, layout->hints);

        view_text(&hints, 0, 1, style_of(ROLE_TEXT), matches);
    } else if (layout->hints.rows > 0) {
        draw_hints(app, view_part(&whole, layout->hints));
    }
    if (layout->prompt.rows > 0)
        draw_prompt(app, view_part(&whole, layout->prompt), cursor_row, cursor_col);
}
