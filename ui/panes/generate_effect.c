/* What the turned knobs do: the chosen one in words, F1 of the detectors, a sample of the log. */
#include "ui/kit/chart.h"
#include "ui/kit/text.h"
#include "ui/panes/generate.h"

#include <math.h>
#include <string.h>

/* What of the group can be done at its head. */
static const char *group_help(const struct app *app, int group, char *out, size_t size)
{
    char open[16], add[16];

    snprintf(out, size, "%s: %s folds and unfolds, %s adds to it", bench_group_title(group),
             bindings_key(app->bindings, PANE_GENERATE, ACT_OPEN, open, sizeof open),
             bindings_key(app->bindings, PANE_GENERATE, ACT_ADD, add, sizeof add));
    return out;
}

/* Why the target cannot be met, and what could be; "" when it can. */
static void why_not(const struct app *app, const struct knob *knob, char *out, size_t size)
{
    const struct bench *bench = &app->bench;
    struct lw_figure figure;
    char key[16];
    bool is_met;

    out[0] = '\0';
    generate_expected(app, knob, &is_met);
    if (is_met)
        return;
    if (bench_find_figure(bench->expected, knob->path, &figure))
        snprintf(out, size, "! %s; %s takes the nearest, %.4g", figure.note,
                 bindings_key(app->bindings, PANE_GENERATE, ACT_NEAREST, key, sizeof key), figure.value);
    else
        snprintf(out, size, "! %s", bench->expected_error);
}

int generate_draw_help(const struct app *app, const struct generate *self, const struct view *view, int row)
{
    const struct generate_row *chosen = generate_row(self);
    const struct knob *knob = generate_knob(app, self);
    char text[700], why[600], shares[100] = "";

    if (!chosen)
        return row;
    if (!knob)
        return row + view_wrap(view, row, 2, 2, style_of(ROLE_DIM), group_help(app, chosen->group, text, sizeof text));
    why_not(app, knob, why, sizeof why);
    if (why[0])
        return row + view_wrap(view, row, 2, 3, style_of(ROLE_FAULT), why);
    bool has_text = knob->template_id != LW_TEMPLATE_UNKNOWN && !bench_is_of_document(app);
    struct lw_bytes template =
        has_text ? session_template_text(app->session, knob->template_id) : (struct lw_bytes){"", 0};

    if (knob->is_share && view->area.cols < 74) /* the columns that say it are not there */
        generate_describe_shares(app, knob, shares, sizeof shares);
    snprintf(text, sizeof text, "%s: %s%s%s%.*s", knob->path, shares, knob->help, template.len > 0 ? ": " : "",
             (int)(template.len < 200 ? template.len : 200), template.data);
    return row + view_wrap(view, row, 2, 2, style_of(ROLE_DIM), text);
}

/* "machine .81 > .86 +.05", and against the baseline where one is pinned; one line a detector, the widest change of F1
 * first to be kept where there are few lines. */
static int draw_detector(const struct app *app, const struct view *view, int row, const struct lw_row *real,
                         unsigned attrs)
{
    const struct bench *bench = &app->bench;
    ptrdiff_t other = bench_find_row(bench, ARM_AUGMENTED, real->detector);
    struct lw_row augmented;
    char before[16], after[16], change[16];
    double pinned = bench_pinned_f1(bench, real->detector);
    int col;

    if (other < 0 || bench_row(bench, ARM_AUGMENTED, (size_t)other, &augmented) != 0)
        augmented.f1 = NAN;
    text_change(change, sizeof change, augmented.f1 - real->f1);
    view_printf(view, row, 2, style_of(ROLE_TEXT), "%-14s %5s %s", real->detector,
                text_ratio(before, sizeof before, real->f1), app->symbols->arrow);
    view_text(view, row, 25, style_with(ROLE_TEXT, attrs), text_ratio(after, sizeof after, augmented.f1));
    view_text(view, row, 31,
              style_with(change[0] == '+'   ? ROLE_GOOD
                         : change[0] == '-' ? ROLE_FAULT
                                            : ROLE_DIM,
                         attrs),
              change);
    if (isnan(pinned))
        return row + 1;
    col = view_printf(view, row, 38, style_of(ROLE_DIM), "baseline %s ", text_ratio(before, sizeof before, pinned));
    view_text(view, row, col, style_with(ROLE_CARE, attrs), text_change(change, sizeof change, augmented.f1 - pinned));
    return row + 1;
}

int generate_draw_effect(const struct app *app, const struct view *view, int row, int max_rows)
{
    const struct bench *bench = &app->bench;
    size_t n = bench_row_count(bench, ARM_REAL);
    unsigned attrs = bench_is_stale(app, ARM_AUGMENTED) ? ATTR_DIM : 0;
    int last = row + max_rows;

    if (bench_is_of_document(app) && max_rows > 0) {
        view_text(view, row, 2, style_of(ROLE_DIM), "drawn from the model that the constraints carry, not from a log");
        return row + 1;
    }
    if (!bench->trial || max_rows < 1)
        return row;
    if (!bench->trial->study) {
        view_text(view, row, 2, style_of(ROLE_DIM), "F1 needs labels: start with --labels FILE or :labels FILE");
        return row + 1;
    }
    view_printf(view, row++, 2, style_of(ROLE_HEAD), "F1 on held-out real traces: real %s real+synthetic%s",
                app->symbols->arrow,
                bench->result_error[0] ? " (of the knobs before)"
                : attrs                ? " (being measured anew)"
                                       : "");
    for (size_t i = 0; i < n && row < last; i++) {
        struct lw_row real;

        if (bench_row(bench, ARM_REAL, i, &real) == 0 && !real.is_control)
            row = draw_detector(app, view, row, &real, attrs);
    }
    return row;
}

void generate_draw_sample(const struct app *app, const struct view *view, int row)
{
    const struct bench *bench = &app->bench;
    bool is_stale = bench->sample_version != bench->version;
    char traces[32], events[32], seed[32];
    size_t at = 0, line = 0, n_marks = bench->sample_marks ? strlen(bench->sample_marks) : 0;
    int col;

    if (bench->sample_error[0]) {
        view_text(view, row++, 2, style_of(ROLE_FAULT), "this cannot be generated:");
        view_wrap(view, row, 2, 3, style_of(ROLE_TEXT), bench->sample_error);
        return;
    }
    if (!bench->sample) {
        view_text(view, row, 2, style_of(ROLE_DIM), "a sample of what is generated appears here");
        return;
    }
    col = view_printf(view, row, 2, style_of(ROLE_HEAD), "sample of %s, %s, seed %s",
                      text_counted(traces, sizeof traces, bench->sample_traces, "trace"),
                      text_counted(events, sizeof events, bench->sample_events, "event"),
                      text_number(seed, sizeof seed, bench_value(bench, "seed")));
    if (bench->sample_anomalous > 0)
        view_printf(view, row, col, style_of(ROLE_CARE), ", %s (!)",
                    text_counted(traces, sizeof traces, bench->sample_anomalous, "anomalous trace"));
    row++;
    while (at < bench->sample_len && row < view->area.rows) {
        const char *end = memchr(bench->sample + at, '\n', bench->sample_len - at);
        size_t len = end ? (size_t)(end - (bench->sample + at)) : bench->sample_len - at;

        char mark = line < n_marks ? bench->sample_marks[line] : ' ';

        view_bytes(view, row, 0, style_with(mark == '!' ? ROLE_FAULT : ROLE_CARE, ATTR_BOLD), &mark, 1);
        view_bytes(view, row++, 2, style_with(ROLE_TEXT, is_stale ? ATTR_DIM : 0), bench->sample + at, len);
        at += len + 1;
        line++;
    }
}
