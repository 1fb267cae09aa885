/* Figures with their bounds and verdicts, folded to whole ones until their parts are asked for; distributions as pairs
 * of bars. What was made for other settings than those of now is dim. */
#include "ui/kit/text.h"
#include "ui/panes/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool compare_is_open(const struct compare *self, const char *name)
{
    for (size_t i = 0; i < self->n_open; i++)
        if (strcmp(self->open[i], name) == 0)
            return true;
    return false;
}

static void add_row(struct compare *self, struct compare_row row)
{
    struct list *list = &self->lists[COMPARE_FIGURES];

    if (list->count == self->cap_rows) {
        size_t cap = self->cap_rows > 0 ? 2 * self->cap_rows : 64;
        struct compare_row *grown = realloc(self->rows, cap * sizeof *grown);

        if (!grown)
            return;
        self->rows = grown;
        self->cap_rows = cap;
    }
    self->rows[list->count++] = row;
}

void compare_build(struct compare *self)
{
    struct list *list = &self->lists[COMPARE_FIGURES];

    list->count = 0;
    for (int measure = 0; measure < N_MEASURES; measure++) {
        const struct measurement *figures = &self->figures[measure];

        add_row(self, (struct compare_row){measure, -1, false, false});
        for (size_t i = 0; i < figures->n; i++) {
            const struct measured *figure = &figures->rows[i], *next = i + 1 < figures->n ? figure + 1 : NULL;
            bool is_part = figure->part[0] != '\0';
            bool has_parts = !is_part && next && next->part[0] && strcmp(next->name, figure->name) == 0;

            if (!is_part || compare_is_open(self, figure->name))
                add_row(self, (struct compare_row){measure, (ptrdiff_t)i, has_parts, is_part});
        }
    }
    list_go(list, list->cursor);
}

/* ">= .980", "<= .550", ".400 .. .600". */
static const char *bounds_text(const struct measured *figure, char *out, size_t size)
{
    char low[16], high[16];

    text_ratio(low, sizeof low, figure->low);
    text_ratio(high, sizeof high, figure->high);
    if (isnan(figure->low) && isnan(figure->high))
        out[0] = '\0';
    else if (isnan(figure->high))
        snprintf(out, size, ">= %s", low);
    else if (isnan(figure->low))
        snprintf(out, size, "<= %s", high);
    else
        snprintf(out, size, "%s .. %s", low, high);
    return out;
}

/* Ratios with three decimals, everything else with what it needs. */
static const char *value_text(double value, char *out, size_t size)
{
    if (isnan(value) || value == 0 || (value >= .001 && value <= 1))
        return text_ratio(out, size, value);
    snprintf(out, size, fabs(value) < .001 ? "%.1e" : "%.4g", value);
    return out;
}

/* Signed, as value_text has it. */
static const char *difference_text(double change, char *out, size_t size)
{
    if (isnan(change) || fabs(change) <= 1)
        return text_change(out, size, change);
    snprintf(out, size, "%+.3g", change);
    return out;
}

enum { F_NAME, F_VALUE, F_CHANGE, F_BOUNDS, F_VERDICT, F_N, F_NOTE, N_F };
static const struct column plain[N_F] = {{"figure", 22, 0, false},   {"value", 7, 0, true}, {"", 1, 1000, true},
                                         {"must be", 12, 50, false}, {"", 7, 0, false},     {"n", 8, 66, true},
                                         {"", 0, 72, false}};
/* beside a baseline */
static const struct column changed[N_F] = {{"figure", 22, 0, false},   {"value", 7, 0, true}, {"change", 7, 0, true},
                                           {"must be", 12, 58, false}, {"", 7, 0, false},     {"n", 8, 72, true},
                                           {"", 0, 80, false}};

static const char *note_of(const struct measured *figure)
{
    bool is_within = !(figure->value < figure->low) && !(figure->value > figure->high);

    return !figure->note[0] && figure->verdict == 0 && is_within ? "a part of it fails" : figure->note;
}

static void draw_figure(const struct app *app, const struct compare *self, const struct view *view, int row,
                        const struct compare_row *at, unsigned attrs)
{
    const struct column *columns = self->kept_name ? changed : plain;
    const struct measured *figure = &self->figures[at->measure].rows[at->figure], *kept;
    const char *fold = !at->has_parts ? " " : compare_is_open(self, figure->name) ? "-" : "+";
    struct style style = style_with(ROLE_TEXT, attrs);
    char text[64];

    view_printf(view, row, 2, style, at->is_part ? "    %.18s" : "%s %.20s", at->is_part ? figure->part : fold,
                figure->name);
    table_text(view, row, columns, N_F, F_VALUE, style_with(ROLE_TEXT, attrs | (at->is_part ? 0 : ATTR_BOLD)),
               value_text(figure->value, text, sizeof text));
    kept = self->kept_name ? measurement_find(&self->kept[at->measure], figure->name, figure->part) : NULL;
    if (kept)
        table_text(view, row, columns, N_F, F_CHANGE, style_with(ROLE_CARE, attrs),
                   difference_text(figure->value - kept->value, text, sizeof text));
    table_text(view, row, columns, N_F, F_BOUNDS, style_with(ROLE_DIM, attrs), bounds_text(figure, text, sizeof text));
    if (figure->verdict >= 0) {
        snprintf(text, sizeof text, "%s %s", figure->verdict ? app->symbols->tick : app->symbols->cross,
                 figure->verdict ? "pass" : "fail");
        table_text(view, row, columns, N_F, F_VERDICT, style_with(figure->verdict ? ROLE_GOOD : ROLE_FAULT, attrs),
                   text);
    }
    if (figure->n > 0)
        table_text(view, row, columns, N_F, F_N, style_with(ROLE_DIM, attrs), text_count(text, sizeof text, figure->n));
    table_text(view, row, columns, N_F, F_NOTE, style_with(ROLE_DIM, attrs), note_of(figure));
}

static void draw_measure_head(const struct compare *self, const struct view *view, int row, int measure, bool is_stale)
{
    const struct measurement *figures = &self->figures[measure];
    unsigned passed = 0, failed = 0;
    int col = view_text(view, row, 2, style_of(ROLE_HEAD), compare_measure_name(measure));

    for (size_t i = 0; i < figures->n; i++)
        if (!figures->rows[i].part[0]) {
            passed += figures->rows[i].verdict == 1;
            failed += figures->rows[i].verdict == 0;
        }
    if (self->errors[measure][0])
        view_printf(view, row, col + 2, style_of(figures->n > 0 || self->measured[measure] ? ROLE_FAULT : ROLE_DIM),
                    "%s%s", self->errors[measure], figures->n > 0 ? "; these are of before" : "");
    else if (figures->n > 0)
        view_printf(view, row, col + 2, style_of(ROLE_DIM), "%u pass, %u fail%s", passed, failed,
                    !is_stale        ? ""
                    : self->error[0] ? "; of the settings before"
                                     : "; of the settings before, being measured anew");
    else
        view_text(view, row, col + 2, style_of(ROLE_DIM), "being measured");
}

/* The chosen figure in full, below the table. */
static void draw_note(const struct compare *self, const struct view *view)
{
    const struct list *list = &self->lists[COMPARE_FIGURES];
    const struct compare_row *row = list->count > 0 ? &self->rows[list->cursor] : NULL;
    char text[400];

    if (!row)
        return;
    if (row->figure < 0) {
        view_wrap(view, 0, 2, 2, style_of(ROLE_DIM), self->errors[row->measure]);
        return;
    }
    const struct measured *figure = &self->figures[row->measure].rows[row->figure];

    snprintf(text, sizeof text, "%s%s%s%s%s", figure->name, figure->part[0] ? ", " : "", figure->part,
             note_of(figure)[0] ? ": " : "", note_of(figure));
    view_wrap(view, 0, 2, 2, style_of(ROLE_DIM), text);
}

void compare_draw_figures(struct app *app, struct compare *self, const struct view *view, bool has_keys)
{
    struct list *list = &self->lists[COMPARE_FIGURES];
    int note_rows = view->area.rows >= 8 ? 2 : 0;

    table_head(view, 0, self->kept_name ? changed : plain, N_F);
    struct view rest = view_part(view, (struct rect){1, 0, view->area.rows - 1 - note_rows, view->area.cols});
    struct view note = view_part(view, (struct rect){view->area.rows - note_rows, 0, note_rows, view->area.cols});
    int rows = list_show(list, rest.area.rows);

    if (note_rows > 0)
        draw_note(self, &note);
    for (int i = 0; i < rows; i++) {
        uint64_t index = list->top + (uint64_t)i;
        const struct compare_row *row = &self->rows[index];
        bool is_stale = self->measured[row->measure] != self->shown ||
                        (self->shown && !self->shown->path && self->shown->version != app->bench.version);

        if (row->figure < 0)
            draw_measure_head(self, &rest, i, row->measure, is_stale);
        else
            draw_figure(app, self, &rest, i, row, is_stale ? ATTR_DIM : 0);
        table_mark(&rest, i, index == list->cursor, app->symbols);
        if (index == list->cursor)
            view_add_attrs(&rest, i, 2, 22, has_keys ? ATTR_REVERSE : ATTR_BOLD);
    }
}

/* ---- distributions ---- */

static void draw_bar(const struct app *app, const struct view *view, int row, int col, int cols, double value,
                     double most, unsigned attrs)
{
    int full = most > 0 ? (int)ceil(value / most * cols - 1e-9) : 0;

    view_fill(view, row, col, full < cols ? full : cols, style_with(ROLE_BAR, attrs), app->symbols->full);
}

static double most_of(const struct comparison *shown, int distribution)
{
    double most = 0;

    for (size_t i = 0; i < shown->n_rows; i++)
        if (shown->rows[i].distribution == distribution && shown->rows[i].label[0])
            most = fmax(most, fmax(shown->rows[i].shares[0], shown->rows[i].shares[1]));
    return most;
}

static void draw_share(const struct app *app, const struct comparison *shown, const struct view *view, int row,
                       const struct share_row *share, unsigned attrs)
{
    int label = view->area.cols >= 70 ? 26 : view->area.cols * 3 / 8, bar = (view->area.cols - label - 20) / 2;
    double most = most_of(shown, share->distribution);
    struct style style = style_with(ROLE_TEXT, attrs);
    char text[24];

    if (!share->label[0]) {
        int col = view_text(view, row, 2, style_of(ROLE_HEAD), distribution_title(share->distribution));

        if (isnan(share->apart))
            view_text(view, row, col + 2, style_of(ROLE_DIM), "nothing to compare");
        else
            view_printf(view, row, col + 2, style_of(ROLE_DIM), "%s apart",
                        text_ratio(text, sizeof text, share->apart));
        return;
    }
    struct view name = view_part(view, (struct rect){0, 3, view->area.rows, label});

    view_text(&name, row, 0, style, share->label);
    for (int side = 0; side < 2; side++) {
        int col = label + 4 + side * (bar + 8);

        view_right(view, row, col, 6, style, text_share(text, sizeof text, share->shares[side]));
        draw_bar(app, view, row, col + 7, bar, share->shares[side], most, attrs);
    }
}

void compare_draw_distributions(struct app *app, struct compare *self, const struct view *view, bool has_keys)
{
    struct list *list = &self->lists[COMPARE_DISTRIBUTIONS];
    const struct comparison *shown = self->shown;
    unsigned attrs = !shown->path && shown->version != app->bench.version ? ATTR_DIM : 0;
    int label = view->area.cols >= 70 ? 26 : view->area.cols * 3 / 8, bar = (view->area.cols - label - 20) / 2;

    view_text(view, 0, 2, style_of(ROLE_HEAD), "share");
    view_text(view, 0, label + 4, style_of(ROLE_HEAD), "  here");
    view_text(view, 0, label + 4 + bar + 8, style_of(ROLE_HEAD), " there");
    struct view rest = view_part(view, (struct rect){1, 0, view->area.rows - 1, view->area.cols});
    int rows = list_show(list, rest.area.rows);

    for (int i = 0; i < rows; i++) {
        uint64_t index = list->top + (uint64_t)i;

        draw_share(app, shown, &rest, i, &shown->rows[index], attrs);
        table_mark(&rest, i, has_keys && index == list->cursor, app->symbols);
        if (has_keys && index == list->cursor)
            view_add_attrs(&rest, i, 2, label, ATTR_REVERSE);
    }
}
