/* Variants, and the traces of one, as tables. */
#include "ui/kit/chart.h"
#include "ui/kit/text.h"
#include "ui/panes/traces.h"

#include <math.h>
#include <string.h>

static void draw_sequence(const struct view *view, int row, int col, const uint32_t *templates, size_t n)
{
    for (size_t i = 0; i < n && col < view->area.cols; i++) {
        char id[16];
        size_t repeat = 1;

        while (i + repeat < n && repeat < 1000000 && templates[i + repeat] == templates[i])
            repeat++;
        col = view_text(view, row, col, style_of(ROLE_TEXT), text_template(id, sizeof id, templates[i]));
        if (repeat > 1)
            col = view_printf(view, row, col, style_of(ROLE_DIM), "x%zu", repeat);
        col++;
        i += repeat - 1;
    }
}

/* From the shortest time to the longest one, on a scale of logarithms: times go over many orders of magnitude. */
static void draw_bar(const struct app *app, const struct trace_stats *stats, const struct view *view, int row, int col,
                     int width, int64_t takes_us)
{
    double share;

    if (takes_us == LW_NO_TIME || takes_us <= 0 || stats->longest_us <= stats->shortest_us)
        return;
    share = log((double)takes_us / (double)stats->shortest_us) /
            log((double)stats->longest_us / (double)stats->shortest_us);
    for (int i = 0; i < 1 + (int)(share * (width - 1) + .5) && i < width; i++)
        view_text(view, row, col + i, style_of(ROLE_BAR), app->symbols->full);
}

/* "yes", or the event at which the machine's core is left. */
static const char *verdict_text(const struct trace_line *line, char *text, size_t size)
{
    if (line->is_accepted)
        return "yes";
    if (line->left_at == line->n_events)
        return "no:end";
    snprintf(text, size, line->left_at < 999 ? "no:%zu" : "no", line->left_at + 1);
    return text;
}

/* Bits an event, the end included. */
static const char *rarity_text(const struct trace_line *line, char *text, size_t size)
{
    snprintf(text, size, "%.2f", fabs(line->log2_probability) / (double)(line->n_events + 1));
    return text;
}

/* In at most five columns. */
static const char *short_count(char *text, size_t size, uint64_t count)
{
    if (count < 10000)
        return text_count(text, size, count);
    if (count < 999500)
        snprintf(text, size, "%.3gk", (double)count / 1e3);
    else
        snprintf(text, size, "%.3gM", (double)count / 1e6);
    return text;
}

/* ---- variants -------------------------------------------------------------------------------------------------- */

enum { V_RANK, V_COUNT, V_SHARE, V_LENGTH, V_LEAST, V_MEDIAN, V_P95, V_BAR, V_RARITY, V_CORE, V_ODD, V_SEQUENCE, N_V };

/* Columns of what is not known are left out. */
static void variant_columns(const struct traces *self, struct column columns[N_V])
{
    static const struct column all[N_V] = {
        {"#", 5, 50, true},      {"traces", 7, 0, true}, {"share", 6, 90, true}, {"events", 6, 60, true},
        {"least", 6, 120, true}, {"median", 6, 0, true}, {"p95", 6, 60, true},   {"", 8, 100, false},
        {"bits", 5, 70, true},   {"core", 7, 50, false}, {"bad", 5, 60, true},   {"sequence", 0, 40, false}};

    memcpy(columns, all, sizeof all);
    if (!self->stats || self->stats->longest_us <= 0)
        columns[V_LEAST].min_cols = columns[V_MEDIAN].min_cols = columns[V_P95].min_cols = columns[V_BAR].min_cols =
            10000;
    if (!self->stats || !self->stats->has_labels)
        columns[V_ODD].min_cols = 10000;
}

static void draw_variant(struct app *app, const struct traces *self, const struct view *view, int row, uint64_t index,
                         const struct column *columns)
{
    const struct trace_line *line = &self->stats->lines[self->is_shown_unordered][index];
    struct lw_variant variant;
    char text[32];
    int col, width;

    table_text(view, row, columns, N_V, V_RANK, style_of(ROLE_DIM), short_count(text, sizeof text, index + 1));
    table_text(view, row, columns, N_V, V_COUNT, style_of(ROLE_TEXT), text_count(text, sizeof text, line->count));
    table_text(
        view, row, columns, N_V, V_SHARE, style_of(ROLE_DIM),
        text_share(text, sizeof text, (double)line->count / (double)lw_traces_count(self->stats->session->traces)));
    table_text(view, row, columns, N_V, V_LENGTH, style_of(ROLE_TEXT), short_count(text, sizeof text, line->n_events));
    table_text(view, row, columns, N_V, V_LEAST, style_of(ROLE_TIME), text_delay(text, sizeof text, line->least_us));
    table_text(view, row, columns, N_V, V_MEDIAN, style_of(ROLE_TIME), text_delay(text, sizeof text, line->median_us));
    table_text(view, row, columns, N_V, V_P95, style_of(ROLE_TIME), text_delay(text, sizeof text, line->p95_us));
    if (table_place(view, columns, N_V, V_BAR, &col, &width))
        draw_bar(app, self->stats, view, row, col, width, line->median_us);
    table_text(view, row, columns, N_V, V_RARITY, style_of(ROLE_DIM), rarity_text(line, text, sizeof text));
    table_text(view, row, columns, N_V, V_CORE, style_of(line->is_accepted ? ROLE_DIM : ROLE_CARE),
               verdict_text(line, text, sizeof text));
    if (line->n_anomalous > 0)
        table_text(view, row, columns, N_V, V_ODD, style_of(ROLE_FAULT),
                   text_count(text, sizeof text, line->n_anomalous));
    if (table_place(view, columns, N_V, V_SEQUENCE, &col, &width) &&
        lw_traces_variant(self->stats->session->traces, line->variant, &variant, NULL) == 0) {
        if (self->is_shown_unordered && line->n_variants > 1)
            col = 1 + view_printf(view, row, col, style_of(ROLE_DIM), "[%u orders]", (unsigned)line->n_variants);
        draw_sequence(view, row, col, variant.templates, variant.n_events);
    }
}

/* ---- traces ---------------------------------------------------------------------------------------------------- */

enum { T_NAME, T_LABEL, T_SCORE, T_CUT, T_START, T_LENGTH, T_BAR, T_EVENTS, T_CORE, T_SEQUENCE, N_T };

static void trace_columns(const struct app *app, const struct traces *self, struct column columns[N_T])
{
    static const struct column all[N_T] = {{"trace", 24, 0, false},   {"label", 9, 70, false},  {"score", 7, 90, true},
                                           {"cut", 3, 50, false},     {"start", 12, 90, false}, {"takes", 6, 40, true},
                                           {"", 8, 110, false},       {"events", 6, 60, true},  {"core", 7, 50, false},
                                           {"sequence", 0, 60, false}};

    memcpy(columns, all, sizeof all);
    if (!app->session->labels)
        columns[T_LABEL].min_cols = 10000;
    if (!self->scores.items)
        columns[T_SCORE].min_cols = 10000;
    if (!self->stats || !self->stats->has_open)
        columns[T_CUT].min_cols = 10000;
    columns[T_NAME].width = app->layout.is_tiled ? 16 : 24;
}

const char *traces_label(const struct app *app, size_t trace)
{
    int label = app->session->labels ? lw_labels_get(app->session->labels, trace) : LW_UNLABELLED;

    return label == LW_ANOMALOUS ? "anomalous" : label == LW_NORMAL ? "normal" : "";
}

const struct trace_line *traces_line(const struct traces *self, const struct app *app, size_t trace)
{
    struct lw_trace found;

    return self->stats && traces_is_current(app, self->stats->session) &&
                   lw_traces_get(app->session->traces, trace, &found, NULL) == 0
               ? &self->stats->lines[0][found.variant]
               : NULL;
}

static void draw_score(const struct app *app, const struct traces *self, const struct view *view, int row,
                       const struct column *columns, size_t index)
{
    double score = index < self->scores.n ? self->scores.items[index] : NAN;
    char text[32];

    if (isnan(score))
        return;
    snprintf(text, sizeof text, "%.3g%s", score, score > self->scores.threshold ? app->symbols->cross : " ");
    table_text(view, row, columns, N_T, T_SCORE, style_of(score > self->scores.threshold ? ROLE_FAULT : ROLE_DIM),
               text);
}

static void draw_trace(struct app *app, const struct traces *self, const struct view *view, int row, size_t index,
                       const struct column *columns)
{
    const struct trace_line *line = traces_line(self, app, index);
    struct lw_trace trace;
    char text[32];
    int col, width;

    if (lw_traces_get(app->session->traces, index, &trace, NULL) != 0)
        return;
    int64_t takes = trace_takes_us(&trace);
    const char *label = traces_label(app, index);
    /* much longer than others of its variant: bold, and with a sign */
    bool is_long =
        takes != LW_NO_TIME && line && line->p95_us != LW_NO_TIME && line->count >= 20 && takes > line->p95_us;

    table_cell(view, row, columns, N_T, T_NAME, style_of(ROLE_TEXT), trace.name.data, trace.name.len);
    table_text(view, row, columns, N_T, T_LABEL, style_of(*label == 'a' ? ROLE_FAULT : ROLE_DIM), label);
    if (self->scores.items)
        draw_score(app, self, view, row, columns, index);
    table_text(view, row, columns, N_T, T_CUT, style_of(ROLE_CARE),
               trace.is_open_start ? (trace.is_open_end ? "< >" : "<")
               : trace.is_open_end ? "  >"
                                   : "");
    if (takes != LW_NO_TIME) {
        table_text(view, row, columns, N_T, T_START, style_of(ROLE_TIME),
                   text_time(text, sizeof text, trace.times_us[0], false));
        table_text(view, row, columns, N_T, T_LENGTH, style_with(ROLE_TIME, is_long ? ATTR_BOLD : 0),
                   text_delay(text, sizeof text, takes));
        if (table_place(view, columns, N_T, T_LENGTH, &col, &width) && is_long)
            view_text(view, row, col + width, style_of(ROLE_CARE), "!");
        if (self->stats && table_place(view, columns, N_T, T_BAR, &col, &width))
            draw_bar(app, self->stats, view, row, col, width, takes);
    }
    table_text(view, row, columns, N_T, T_EVENTS, style_of(ROLE_TEXT), short_count(text, sizeof text, trace.n_events));
    if (line)
        table_text(view, row, columns, N_T, T_CORE, style_of(line->is_accepted ? ROLE_DIM : ROLE_CARE),
                   verdict_text(line, text, sizeof text));
    if (self->marked == index + 1)
        view_text(view, row, 1, style_of(ROLE_CHOSEN), "m");
    if (table_place(view, columns, N_T, T_SEQUENCE, &col, &width))
        draw_sequence(view, row, col, trace.templates, trace.n_events);
}

static void describe_list(const struct app *app, const struct traces *self, char *out, size_t size)
{
    char count[32];
    struct lw_transition transition;
    struct lw_state from, to;
    const struct lw_machine *machine = lw_workspace_machine(app->session->workspace);

    text_counted(count, sizeof count, self->subset.n, "trace");
    if (self->subset.kind == SUBSET_VARIANT && self->n_of_variants > 1)
        snprintf(out, size, "%s of variant %llu, in %u orders", count, (unsigned long long)self->subset.number + 1,
                 (unsigned)self->n_of_variants);
    else if (self->subset.kind == SUBSET_VARIANT)
        snprintf(out, size, "%s of variant %llu", count, (unsigned long long)self->subset.number + 1);
    else if (self->subset.kind == SUBSET_TEXT)
        snprintf(out, size, "%s of %s", count, self->subset.text);
    else if (self->subset.kind == SUBSET_ALL)
        snprintf(out, size, "all %s", count);
    else if (lw_machine_transition(machine, (size_t)self->subset.number, &transition, NULL) == 0 &&
             lw_machine_state(machine, transition.from, &from, NULL) == 0 &&
             lw_machine_state(machine, transition.to, &to, NULL) == 0)
        snprintf(out, size, "%s that go%s from %.*s to %.*s", count, self->subset.n == 1 ? "es" : "",
                 (int)from.name.len, from.name.data, (int)to.name.len, to.name.data);
}

/* What is shown, in what order, and what is left out; one row. */
static void draw_head(const struct app *app, const struct traces *self, const struct view *view)
{
    static const char *const orders[N_SORTS] = {"", "slowest first", "most events first", "rarest first", "odd first"};
    char text[256] = "", count[32];
    int col;

    if (self->level == LIST)
        describe_list(app, self, text, sizeof text);
    else
        snprintf(
            text, sizeof text, "%s%s",
            text_counted(count, sizeof count, self->stats ? self->stats->n[self->is_shown_unordered] : 0, "variant"),
            self->is_shown_unordered ? " in any order" : "");
    col = view_text(view, 0, 2, style_with(ROLE_TEXT, ATTR_BOLD), text);
    if (*orders[self->sort[self->level]])
        col = view_printf(view, 0, col, style_of(ROLE_DIM), ", %s", orders[self->sort[self->level]]);
    if (self->filter[self->level])
        view_printf(view, 0, col, style_of(ROLE_DIM), ", %s shown that match %s",
                    text_count(count, sizeof count, self->order[self->level].n), self->filter[self->level]);
}

void traces_draw_list(struct app *app, struct traces *self, const struct view *view, bool has_keys)
{
    bool is_variants = self->level == VARIANTS;
    struct list *list = is_variants ? &self->variants : &self->list;
    struct column columns[12]; /* enough for either table */
    struct view inside = view_part(view, (struct rect){2, 0, view->area.rows - 2, view->area.cols});
    int rows;

    draw_head(app, self, view);
    if (!self->stats) {
        view_text(&inside, 0, 2, style_of(ROLE_DIM), "looking at traces");
        return;
    }
    if (is_variants) {
        variant_columns(self, columns);
        table_head(view, 1, columns, N_V);
    } else {
        scores_renew(app, &self->scores);
        trace_columns(app, self, columns);
        table_head(view, 1, columns, N_T);
    }
    rows = list_show(list, inside.area.rows);
    for (int i = 0; i < rows; i++) {
        uint64_t row = list->top + (uint64_t)i, item = self->order[self->level].items[row];
        bool is_chosen = row == list->cursor;

        if (is_variants)
            draw_variant(app, self, &inside, i, item, columns);
        else
            draw_trace(app, self, &inside, i, (size_t)item, columns);
        table_mark(&inside, i, is_chosen, app->symbols);
        if (is_chosen)
            view_add_attrs(&inside, i, 2, 14, has_keys ? ATTR_REVERSE : ATTR_BOLD);
    }
    if (list->count == 0)
        view_text(&inside, 0, 2, style_of(ROLE_DIM),
                  self->filter[self->level] ? "nothing matches: & with nothing shows all again"
                                            : "no traces: :open FILE with --trace RULE says what belongs together");
}
