/* The knobs, group by group. A folded group says in its head what is set in it. */
#include "ui/kit/text.h"
#include "ui/panes/generate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { K_NAME, K_VALUE, K_RANGE, K_UNIT, N_K };
static const struct column columns[N_K] = {
    {"knob", 24, 0, false}, {"value", 11, 0, true}, {"range", 14, 58, false}, {"", 0, 40, false}};

bool generate_is_open(const struct generate *self, int group)
{
    static const int initially[] = {0, 3}; /* size; levels and errors */
    bool is_open = self->is_turned[group];

    for (size_t i = 0; i < sizeof initially / sizeof *initially; i++)
        is_open = is_open != (group == initially[i]);
    return is_open || self->is_only_set;
}

static bool add_row(struct generate *self, int group, ptrdiff_t knob)
{
    if (self->list.count == self->cap_rows) {
        size_t cap = self->cap_rows > 0 ? 2 * self->cap_rows : 64;
        struct generate_row *grown = realloc(self->rows, cap * sizeof *grown);

        if (!grown)
            return false;
        self->rows = grown;
        self->cap_rows = cap;
    }
    self->rows[self->list.count++] = (struct generate_row){group, knob};
    return true;
}

const struct knob *generate_knob(const struct app *app, const struct generate *self)
{
    const struct generate_row *row = generate_row(self);

    return row && row->knob >= 0 && (size_t)row->knob < app->bench.n_knobs ? &app->bench.knobs[row->knob] : NULL;
}

void generate_build(struct app *app, struct generate *self)
{
    const struct bench *bench = &app->bench;
    const struct generate_row *row = generate_row(self);
    const struct knob *wanted = self->wanted[0] ? bench_knob_at(bench, self->wanted) : NULL;
    uint64_t cursor = self->list.cursor;
    int group = wanted ? wanted->group : row ? row->group : 0;
    char path[KNOB_PATH] = "";

    if (wanted) {
        snprintf(path, sizeof path, "%s", wanted->path);
        if (!generate_is_open(self, group))
            self->is_turned[group] = !self->is_turned[group];
    } else if (row && row->knob >= 0)
        snprintf(path, sizeof path, "%s", self->path);
    self->wanted[0] = '\0';
    self->list.count = 0;
    for (int g = 0; bench_group_title(g) && g < GENERATE_GROUPS; g++) {
        bool has_any = false;

        for (size_t i = 0; i < bench->n_knobs; i++)
            has_any = has_any || (bench->knobs[i].group == g && (bench->knobs[i].is_set || !self->is_only_set));
        if (!has_any && self->is_only_set)
            continue;
        if (!add_row(self, g, -1))
            return;
        for (size_t i = 0; generate_is_open(self, g) && i < bench->n_knobs; i++)
            if (bench->knobs[i].group == g && (bench->knobs[i].is_set || !self->is_only_set))
                add_row(self, g, (ptrdiff_t)i);
    }
    /* the knob it was on, else the head of its group, else the same place */
    list_go(&self->list, cursor);
    for (uint64_t i = 0; i < self->list.count; i++) {
        if (self->rows[i].group == group && self->rows[i].knob < 0 && (!path[0] || !generate_is_open(self, group)))
            list_go(&self->list, i);
        if (path[0] && self->rows[i].knob >= 0 && strcmp(bench->knobs[self->rows[i].knob].path, path) == 0) {
            list_go(&self->list, i);
            return;
        }
    }
}

/* ---- drawing ---- */

double generate_expected(const struct app *app, const struct knob *knob, bool *is_met)
{
    const struct bench *bench = &app->bench;
    size_t len = strlen(knob->path);
    struct lw_figure figure;

    *is_met = true;
    if (bench_find_figure(bench->expected, knob->path, &figure)) {
        *is_met = figure.verdict != 0;
        return figure.value;
    }
    /* an error begins with the path of the constraint that cannot be met */
    if (strncmp(bench->expected_error, knob->path, len) == 0 && bench->expected_error[len] == ':')
        *is_met = false;
    return NAN;
}

/* Share in the log; of what is not counted there, what the machine gives when nothing is set. */
static double share_in_log(const struct app *app, const struct knob *knob)
{
    struct lw_figure figure;
    struct lw_template template;
    ptrdiff_t index;

    if (knob->level != LW_LEVEL_NONE)
        return app->bench.real_levels[knob->level];
    if (!bench_is_of_document(app) && strncmp(knob->path, "templates.", 10) == 0 && app->session->summary.events > 0) {
        index = lw_template_index(app->session->workspace, knob->template_id);
        if (index >= 0 && lw_template_get(app->session->workspace, (size_t)index, &template, NULL) == 0)
            return (double)template.count / (double)app->session->summary.events;
    }
    return bench_find_figure(app->bench.natural, knob->path, &figure) ? figure.value : NAN;
}

static double share_in_sample(const struct app *app, const struct knob *knob)
{
    struct lw_figure figure;

    return bench_find_figure(app->bench.achieved, knob->path, &figure) ? figure.value : NAN;
}

static void draw_share(const struct view *view, int row, int col, struct style style, double share)
{
    char text[24];

    if (!isnan(share))
        view_right(view, row, col, 6, style, text_share(text, sizeof text, share));
}

/* "1.10% > 20.0% 19.8%": in the log, expected, and in the sample. */
static void draw_shares(const struct app *app, const struct view *view, int row, int col, const struct knob *knob)
{
    const struct bench *bench = &app->bench;
    bool is_met;
    double expected = generate_expected(app, knob, &is_met);
    unsigned is_old = bench->expected_version != bench->version ? ATTR_DIM : 0;

    draw_share(view, row, col, style_of(ROLE_DIM), share_in_log(app, knob));
    view_text(view, row, col + 7, style_of(ROLE_DIM), app->symbols->arrow);
    draw_share(view, row, col + 9, style_with(is_met ? ROLE_TEXT : ROLE_FAULT, is_old), expected);
    draw_share(view, row, col + 17, style_with(ROLE_DIM, bench->sample_version != bench->version ? ATTR_DIM : 0),
               share_in_sample(app, knob));
    if (!is_met)
        view_text(view, row, 1, style_with(ROLE_FAULT, ATTR_BOLD), "!");
}

void generate_describe_shares(const struct app *app, const struct knob *knob, char *out, size_t size)
{
    bool is_met;
    const double shares[] = {share_in_log(app, knob), generate_expected(app, knob, &is_met),
                             share_in_sample(app, knob)};
    char texts[3][24];

    for (int i = 0; i < 3; i++)
        if (isnan(shares[i]))
            snprintf(texts[i], sizeof texts[i], "-");
        else
            text_share(texts[i], sizeof texts[i], shares[i]);
    snprintf(out, size, "in the log %s, expected %s, in the sample %s; ", texts[0], texts[1], texts[2]);
}

/* Where the baseline has it, when that is somewhere else. */
static int draw_was(const struct view *view, int row, int col, const struct knob *knob, const char *was)
{
    return strcmp(was, knob->value) == 0 ? col : view_printf(view, row, col, style_of(ROLE_CARE), "was %s", was);
}

/* "[1 .. 1e7]" */
static const char *range_text(const struct knob *knob, char *out, size_t size)
{
    char numbers[2][24], *mark;

    for (int i = 0; i < 2; i++) {
        snprintf(numbers[i], sizeof numbers[i], "%.3g", i == 0 ? knob->min : knob->max);
        mark = strstr(numbers[i], "e+");
        if (mark)
            memmove(mark + 1, mark + (mark[2] == '0' ? 3 : 2), strlen(mark + (mark[2] == '0' ? 3 : 2)) + 1);
    }
    snprintf(out, size, "[%s .. %s]", numbers[0], numbers[1]);
    return out;
}

static void draw_knob(const struct app *app, const struct view *view, int row, const struct knob *knob)
{
    const struct bench *bench = &app->bench;
    const char *was;
    char text[96];
    int col, width;

    table_text(view, row, columns, N_K, K_NAME, style_of(ROLE_TEXT), "");
    view_printf(view, row, 2, style_of(ROLE_TEXT), "  %.22s", knob->kind == KNOB_RULE ? "" : knob->name);
    if (bench_is_moved(bench, knob, &was))
        view_text(view, row, 3, style_with(ROLE_CARE, ATTR_BOLD), "*");
    if (knob->kind == KNOB_CHOICE) {
        table_text(view, row, columns, N_K, K_VALUE, style_with(ROLE_TEXT, knob->is_set ? ATTR_BOLD : 0), knob->value);
        if (*was && table_place(view, columns, N_K, K_UNIT, &col, &width))
            draw_was(view, row, col, knob, was);
        return;
    }
    if (knob->kind == KNOB_RULE) {
        col = view_text(view, row, 4, style_with(ROLE_TEXT, ATTR_BOLD), knob->name);
        col = view_text(view, row, col + 1, style_of(ROLE_TEXT), knob->value);
        if (*was)
            draw_was(view, row, col + 2, knob, was);
        return;
    }
    if (knob->kind == KNOB_TEXT) {
        col = view_text(view, row, 27, style_with(ROLE_TEXT, knob->is_set ? ATTR_BOLD : 0), knob->value);
        if (*was)
            draw_was(view, row, col + 2, knob, was);
        return;
    }
    table_text(view, row, columns, N_K, K_VALUE, style_with(ROLE_TEXT, knob->is_set ? ATTR_BOLD : 0), knob->value);
    table_text(view, row, columns, N_K, K_RANGE, style_of(ROLE_DIM), range_text(knob, text, sizeof text));
    if (!table_place(view, columns, N_K, K_UNIT, &col, &width))
        return;
    if (knob->is_share && width >= 23)
        draw_shares(app, view, row, col, knob);
    else
        view_text(view, row, col, style_of(ROLE_DIM), knob->unit);
    if (*was)
        draw_was(
            view, row,
            col + (knob->is_share ? 24 : (int)lw_text_columns(knob->unit, strlen(knob->unit)) + (*knob->unit ? 1 : 0)),
            knob, was);
}

/* "anomalies   missing 0.1, cascade 0.05". */
static void draw_head(const struct app *app, const struct generate *self, const struct view *view, int row, int group)
{
    const struct bench *bench = &app->bench;
    bool is_open = generate_is_open(self, group);
    int col = view_printf(view, row, 2, style_of(ROLE_HEAD), "%s %s", is_open ? "-" : "+", bench_group_title(group));
    const char *mark = "";

    if (group >= 3 && group <= 5 && is_open && view->area.cols >= 74) {
        int width;

        table_place(view, columns, N_K, K_UNIT, &col, &width);
        view_text(view, row, col, style_of(ROLE_DIM), "in log expected  sample");
        return;
    }
    col = col < 27 ? 27 : col + 2;
    for (size_t i = 0; !is_open && i < bench->n_knobs; i++) {
        const struct knob *knob = &bench->knobs[i];

        if (knob->group != group || !knob->is_set)
            continue;
        col = view_text(view, row, col, style_of(ROLE_TEXT), mark);
        col = view_printf(view, row, col, style_with(ROLE_TEXT, ATTR_BOLD), "%s %s", knob->name, knob->value);
        mark = ", ";
    }
}

void generate_draw_knobs(struct app *app, struct generate *self, const struct view *view, bool has_keys)
{
    table_head(view, 0, columns, N_K);
    struct view list = view_part(view, (struct rect){1, 0, view->area.rows - 1, view->area.cols});
    int rows = list_show(&self->list, list.area.rows);

    for (int i = 0; i < rows; i++) {
        uint64_t index = self->list.top + (uint64_t)i;
        bool is_chosen = index == self->list.cursor;

        table_mark(&list, i, is_chosen, app->symbols);
        if (self->rows[index].knob < 0)
            draw_head(app, self, &list, i, self->rows[index].group);
        else
            draw_knob(app, &list, i, &app->bench.knobs[self->rows[index].knob]);
        if (is_chosen)
            view_add_attrs(&list, i, 2, 24, has_keys ? ATTR_REVERSE : ATTR_BOLD);
    }
}
