/* Presets, a line each, and what the chosen one would change. */
#include "ui/kit/text.h"
#include "ui/panes/generate.h"

#include <math.h>
#include <string.h>

enum { P_NAME, P_ABOUT, N_P, P_PATH = 0, P_NOW, P_THEN, N_C };
static const struct column columns[N_P] = {{"preset", 12, 0, false}, {"what it is for", 0, 0, false}};
static const struct column changes[N_C] = {
    {"it would change", 28, 0, false}, {"now", 20, 0, false}, {"to", 0, 0, false}};

static void draw_change(const struct app *app, const struct view *view, int *row, const char *path, const char *now,
                        const char *then)
{
    const struct knob *knob = bench_knob_at(&app->bench, path);
    char number[32];
    int bottom = view->area.rows - 1;

    if (*row > bottom)
        return;
    if (*row == bottom) {
        view_text(view, bottom, 2, style_of(ROLE_DIM), "... and more");
        ++*row;
        return;
    }
    table_text(view, *row, changes, N_C, P_PATH, style_of(ROLE_TEXT), path);
    table_text(view, *row, changes, N_C, P_NOW, style_of(ROLE_DIM), now ? now : knob ? knob->value : "-");
    table_text(view, *row, changes, N_C, P_THEN, style_with(ROLE_TEXT, ATTR_BOLD),
               then ? then
               : knob && knob->kind == KNOB_NUMBER && !isnan(knob->initial)
                   ? text_number(number, sizeof number, knob->initial)
                   : "-");
    ++*row;
}

/* What the preset sets, then what it takes back. */
static void draw_changes(const struct app *app, const struct preset *preset, const struct view *view)
{
    struct lw_settings *now;
    struct lw_setting setting;
    int row = 1;

    if (lw_constraints_settings(app->bench.constraints, &now, NULL) != 0)
        return;
    table_head(view, 0, changes, N_C);
    if (lw_constraints_has_model(preset->constraints))
        draw_change(app, view, &row, "drawn from", bench_is_ready(app) && !bench_is_of_document(app) ? "log" : NULL,
                    "a model that the preset carries");
    for (size_t i = 0; lw_settings_get(preset->settings, i, &setting, NULL) == 0; i++) {
        const char *value = lw_settings_value(now, setting.path);

        if (strcmp(setting.path, "about") != 0 && (!value || strcmp(value, setting.value) != 0))
            draw_change(app, view, &row, setting.path, value, setting.value);
    }
    for (size_t i = 0; lw_settings_get(now, i, &setting, NULL) == 0; i++)
        if (strcmp(setting.path, "about") != 0 && !lw_settings_value(preset->settings, setting.path))
            draw_change(app, view, &row, setting.path, setting.value, NULL);
    if (row == 1)
        view_text(view, row, 2, style_of(ROLE_DIM), "nothing; all of it is set already");
    lw_settings_free(now);
}

void generate_draw_presets(struct app *app, struct generate *self, const struct view *view, bool has_keys)
{
    const struct bench *bench = &app->bench;
    int list_rows = (int)bench->n_presets + 1;

    list_set_count(&self->presets, bench->n_presets);
    if (bench->n_presets == 0) {
        view_wrap(view, 0, 2, 4, style_of(bench->presets_error[0] ? ROLE_FAULT : ROLE_DIM),
                  bench->presets_error[0] ? bench->presets_error : "presets are being read");
        return;
    }
    if (list_rows > view->area.rows / 2)
        list_rows = view->area.rows / 2 > 2 ? view->area.rows / 2 : 2;
    table_head(view, 0, columns, N_P);
    struct view list = view_part(view, (struct rect){1, 0, list_rows - 1, view->area.cols});
    struct view rest = view_part(view, (struct rect){list_rows, 0, view->area.rows - list_rows, view->area.cols});
    int rows = list_show(&self->presets, list.area.rows), row;

    for (int i = 0; i < rows; i++) {
        uint64_t index = self->presets.top + (uint64_t)i;

        table_mark(&list, i, index == self->presets.cursor, app->symbols);
        table_text(&list, i, columns, N_P, P_NAME, style_of(ROLE_TEXT), bench->presets[index].name);
        table_text(&list, i, columns, N_P, P_ABOUT, style_of(ROLE_DIM), bench->presets[index].about);
        if (index == self->presets.cursor)
            view_add_attrs(&list, i, 2, 12, has_keys ? ATTR_REVERSE : ATTR_BOLD);
    }
    row = view_wrap(&rest, 0, 2, 3, style_of(ROLE_TEXT), bench->presets[self->presets.cursor].about);
    rest = view_part(&rest, (struct rect){row + 1, 0, rest.area.rows - row - 1, rest.area.cols});
    draw_changes(app, &bench->presets[self->presets.cursor], &rest);
}

enum action generate_act_presets(struct app *app, struct generate *self, enum action action)
{
    if (list_act(&self->presets, action) == ACT_NONE)
        return ACT_NONE;
    switch (action) {
    case ACT_OPEN:
        if (self->presets.count == 0)
            return ACT_NONE;
        bench_take_preset(app, (size_t)self->presets.cursor);
        self->view = GENERATE_KNOBS;
        return ACT_NONE;
    case ACT_CLOSE:
    case ACT_PRESETS:
        self->view = GENERATE_KNOBS;
        return ACT_NONE;
    default:
        return bench_act(app, action);
    }
}
