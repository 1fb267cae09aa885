/* The form that a log is written in: how, into which file, and its labels. */
#include "ui/app/jobs.h"
#include "ui/kit/text.h"
#include "ui/panes/generate.h"

#include <math.h>
#include <string.h>

enum { ROW_AS, ROW_FORMAT, ROW_FILE, ROW_LABELS, ROW_RECORD_LABELS, ROW_WRITE, N_ROWS };
static const char *const names[N_ROWS] = {"as", "format", "file", "labels of traces", "labels of records", "write it"};

/* The files as they would be written now: what was not named goes by how the log is written. */
static void find_files(const struct app *app, const struct generate *self, struct bench_files *out)
{
    static const char *const usual[][2] = {{"jsonl", "generated.jsonl"},
                                           {"sequences", "generated.tsv"},
                                           {"sqlite", "generated.sqlite"},
                                           {"csv", "generated.csv"}};
    const struct knob *as = bench_knob_at(&app->bench, "output.as");

    *out = self->files;
    if (!out->path[0])
        snprintf(out->path, sizeof out->path, "%s", "generated.log");
    for (size_t i = 0; as && !self->files.path[0] && i < sizeof usual / sizeof *usual; i++)
        if (strcmp(usual[i][0], as->value) == 0)
            snprintf(out->path, sizeof out->path, "%s", usual[i][1]);
    if (!self->has_own_labels)
        bench_name_labels(out);
}

static const char *value_of(const struct app *app, const struct bench_files *files, int row)
{
    const struct knob *as = bench_knob_at(&app->bench, "output.as"),
                      *format = bench_knob_at(&app->bench, "output.format");

    switch (row) {
    case ROW_AS:
        return as ? as->value : "";
    case ROW_FORMAT:
        return format ? format->value : "";
    case ROW_FILE:
        return files->path;
    case ROW_LABELS:
        return files->labels[0] ? files->labels : "-";
    case ROW_RECORD_LABELS:
        return files->record_labels[0] ? files->record_labels : "-";
    default:
        return "";
    }
}

#define MOST_S 1e12 /* that a duration is told of */

static const char *help_of(const struct app *app, int row)
{
    static const char *const help[N_ROWS] = {
        NULL,
        NULL,
        "where the log is written; a name that ends in .log, .jsonl, .tsv, .sqlite or .csv says how as well",
        "a CSV file of trace, label and the record where its anomaly begins; - for none",
        "a CSV file of line, label, trace and root; - for none; sequences have no records",
        "",
    };
    const struct knob *knob = row == ROW_AS       ? bench_knob_at(&app->bench, "output.as")
                              : row == ROW_FORMAT ? bench_knob_at(&app->bench, "output.format")
                                                  : NULL;

    return knob ? knob->help : help[row] ? help[row] : "";
}

/* "1,000 traces, about 8,040 records in 27.5m, seed 1" */
static void describe_size(const struct app *app, char *out, size_t size)
{
    const struct bench *bench = &app->bench;
    double traces = bench->expected ? lw_figures_value(bench->expected, "traces") : NAN,
           records = bench->expected ? lw_figures_value(bench->expected, "records") : NAN,
           lasts_s = bench->expected ? lw_figures_value(bench->expected, "duration") : NAN;
    char n_traces[32], n_records[32], seed[32], lasts[32], in[40] = "";

    text_number(seed, sizeof seed, bench_value(bench, "seed"));
    if (lasts_s < MOST_S)
        snprintf(in, sizeof in, " in %s", text_delay(lasts, sizeof lasts, (int64_t)(lasts_s * 1e6)));
    if (!(traces >= 0) || !(records >= 0))
        snprintf(out, size, "seed %s", seed);
    else
        snprintf(out, size, "%s, about %s%s, seed %s",
                 text_counted(n_traces, sizeof n_traces, (uint64_t)traces, "trace"),
                 text_counted(n_records, sizeof n_records, (uint64_t)records, "record"), in, seed);
}

void generate_draw_export(struct app *app, struct generate *self, const struct view *view, bool has_keys)
{
    const struct bench *bench = &app->bench;
    struct bench_files files;
    char text[200], key[16];
    int row = 0;

    find_files(app, self, &files);
    list_set_count(&self->export, N_ROWS);
    describe_size(app, text, sizeof text);
    view_printf(view, row++, 2, style_of(ROLE_HEAD), "generate into a file: %s", text);
    /* what came of it goes before the help where there is no room for both */
    bool is_busy = jobs_is_busy(app->jobs, JOB_GENERATE), has_outcome = is_busy || bench->outcome[0];
    int n_rows = list_show(&self->export, view->area.rows - row - (has_outcome ? 2 : 0));

    for (int i = 0; i < n_rows; i++, row++) {
        int index = (int)self->export.top + i;
        bool is_chosen = (uint64_t)index == self->export.cursor;

        table_mark(view, row, is_chosen, app->symbols);
        view_text(view, row, 2, style_of(ROLE_TEXT), names[index]);
        view_text(view, row, 21, style_with(ROLE_TEXT, ATTR_BOLD), value_of(app, &files, index));
        if (is_chosen)
            view_add_attrs(view, row, 2, 18, has_keys ? ATTR_REVERSE : ATTR_BOLD);
    }
    if (!has_outcome || view->area.rows - row >= 6)
        row += 2 + view_wrap(view, row + 1, 2, 3, style_of(ROLE_DIM), help_of(app, (int)self->export.cursor));
    if (is_busy)
        view_printf(view, row, 2, style_of(ROLE_CARE), "being written; %s gives it up",
                    bindings_key(app->bindings, PANE_GENERATE, ACT_CANCEL, key, sizeof key));
    else if (has_outcome)
        view_wrap(view, row, 2, 5, style_of(bench->has_failed ? ROLE_FAULT : ROLE_GOOD), bench->outcome);
}

/* ---- actions ---- */

static void take_name(struct app *app, const char *line, char *out)
{
    line += strspn(line, " ");
    if (snprintf(out, KNOB_FILE, "%s", strcmp(line, "-") == 0 ? "" : line) >= KNOB_FILE) {
        app_say(app, "the name of a file has at most %d bytes here", KNOB_FILE - 1);
        out[0] = '\0';
    }
}

static void take_file(struct app *app, const char *line)
{
    struct generate *self = generate_of(app);
    const struct knob *as = bench_knob_at(&app->bench, "output.as");
    const char *form;
    char json[40];

    take_name(app, line, self->files.path);
    form = bench_form_of(self->files.path);
    if (form && as && strcmp(form, as->value) != 0) {
        snprintf(json, sizeof json, "\"%s\"", form);
        bench_put(app, "output.as", json);
    }
}

static void take_labels(struct app *app, const char *line)
{
    struct generate *self = generate_of(app);

    self->has_own_labels = true;
    take_name(app, line, self->files.labels);
}

static void take_record_labels(struct app *app, const char *line)
{
    take_name(app, line, generate_of(app)->files.record_labels);
}

static void write_it(struct app *app, const struct generate *self)
{
    struct bench_files files;

    find_files(app, self, &files);
    bench_generate(app, &files);
}

static void change_row(struct app *app, struct generate *self, int step)
{
    static void (*const takers[N_ROWS])(struct app *, const char *) = {
        [ROW_FILE] = take_file, [ROW_LABELS] = take_labels, [ROW_RECORD_LABELS] = take_record_labels};
    int row = (int)self->export.cursor;
    struct bench_files files;
    char title[40];
    const char *text;
    const struct knob *knob = bench_knob_at(&app->bench, row == ROW_AS ? "output.as" : "output.format");

    if (row == ROW_WRITE) {
        write_it(app, self);
    } else if (takers[row]) {
        find_files(app, self, &files);
        snprintf(title, sizeof title, "%s: ", names[row]);
        text = value_of(app, &files, row);
        app_prompt(app, title, strcmp(text, "-") == 0 ? "" : text, takers[row]);
    } else if (knob) {
        bench_turn(app, knob, step);
    }
}

enum action generate_act_export(struct app *app, struct generate *self, enum action action)
{
    list_set_count(&self->export, N_ROWS);
    if (list_act(&self->export, action) == ACT_NONE)
        return ACT_NONE;
    switch (action) {
    case ACT_LEFT:
    case ACT_RIGHT:
        if (self->export.cursor <= ROW_FORMAT)
            change_row(app, self, action == ACT_LEFT ? -1 : 1);
        return ACT_NONE;
    case ACT_OPEN:
    case ACT_TYPE:
        change_row(app, self, 1);
        return ACT_NONE;
    case ACT_EXPORT:
        write_it(app, self);
        return ACT_NONE;
    case ACT_CLOSE:
        if (jobs_is_busy(app->jobs, JOB_GENERATE))
            jobs_cancel(app->jobs, JOB_GENERATE);
        else
            self->view = GENERATE_KNOBS;
        return ACT_NONE;
    default:
        return bench_act(app, action);
    }
}
