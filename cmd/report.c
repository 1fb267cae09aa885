/* The main job from end to end, in words: what was read, what was learned, and, with labels, what detectors make of it
 * before and after a synthetic log; as a page, with the machine drawn, too. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/input.h"
#include "cmd/machine_map.h"
#include "cmd/print.h"
#include "cmd/table.h"
#include "cmd/option_values.h"

#define MOST_TEMPLATES    12
#define DRAWN_TRANSITIONS 60

static void print_sources(FILE *out, const struct lw_log *log)
{
    for (size_t i = 0; i < lw_log_source_count(log); i++) {
        struct lw_source source;

        if (lw_log_source(log, i, &source, NULL) != 0)
            continue;
        print_shown(out, source.path.data, source.path.len);
        fprintf(out, ": %llu record%s in %llu line%s, %llu bytes; format %s (%s)\n", (unsigned long long)source.records,
                command_s(source.records), (unsigned long long)source.lines, command_s(source.lines),
                (unsigned long long)source.bytes, source.format, source.why != NULL ? source.why : "");
    }
}

static void print_summary(FILE *out, const struct lw_summary *s)
{
    char first[PRINT_TIME_SIZE], last[PRINT_TIME_SIZE];

    if (s->first_us != LW_NO_TIME)
        fprintf(out, "time: %s to %s\n", print_time(s->first_us, first), print_time(s->last_us, last));
    fprintf(out, "templates: %llu\n", (unsigned long long)s->templates);
    fprintf(out, "traces: %llu in %llu variants, %llu events, named by ", (unsigned long long)s->traces,
            (unsigned long long)s->variants, (unsigned long long)s->events);
    print_shown(out, s->trace_rule, strlen(s->trace_rule));
    fprintf(out, "\nmachine: %llu states, %llu transitions\n", (unsigned long long)s->states,
            (unsigned long long)s->transitions);
}

/* ---- the most frequent templates ------------------------------------------------------------------------------- */

struct frequent {
    const struct lw_workspace *workspace;
    struct lw_template items[MOST_TEMPLATES]; /* by falling count */
    char id[TEMPLATE_NAME_SIZE];
};

static size_t find_frequent(struct frequent *frequent, const struct lw_workspace *workspace)
{
    size_t n = 0;

    for (size_t i = 0; i < lw_template_count(workspace); i++) {
        struct lw_template template;
        size_t at = n;

        if (lw_template_get(workspace, i, &template, NULL) != 0)
            continue;
        while (at > 0 && frequent->items[at - 1].count < template.count)
            at--;
        if (at == MOST_TEMPLATES)
            continue;
        n += n < MOST_TEMPLATES;
        memmove(&frequent->items[at + 1], &frequent->items[at], (n - at - 1) * sizeof template);
        frequent->items[at] = template;
    }
    return n;
}

static int frequent_row(void *user, size_t index, struct cell *cells, struct lw_error *err)
{
    struct frequent *frequent = user;
    const struct lw_template *template = &frequent->items[index];

    (void)err;
    cells[0] = cell_string(template_name(template->id, frequent->id));
    cells[1] = cell_count(template->count);
    cells[2] = cell_text(template->text.data, template->text.len);
    return 0;
}

/* ---- detectors ------------------------------------------------------------------------------------------------- */

struct comparison {
    const struct lw_result *real, *augmented;
};

static int comparison_row(void *user, size_t index, struct cell *cells, struct lw_error *err)
{
    struct comparison *comparison = user;
    struct lw_row before, after;
    int code = lw_result_row(comparison->real, index, &before, err);

    if (code == 0)
        code = lw_result_row(comparison->augmented, index, &after, err);
    if (code != 0)
        return code;
    cells[0] = cell_string(before.detector);
    cells[1] = cell_share(before.precision);
    cells[2] = cell_share(before.recall);
    cells[3] = cell_share(before.f1);
    cells[4] = cell_share(after.precision);
    cells[5] = cell_share(after.recall);
    cells[6] = cell_share(after.f1);
    return 0;
}

static int print_comparison(struct command_call *call, const struct lw_result *real, const struct lw_result *augmented,
                            struct lw_error *err)
{
    static const char *const columns[] = {"detector",   "precision", "recall", "F1",
                                          "precision*", "recall*",   "F1*",    NULL};
    struct comparison comparison = {real, augmented};
    struct table table = {columns, lw_result_row_count(real), comparison_row, &comparison};
    struct lw_row row;
    int code = lw_result_row(augmented, 0, &row, err);

    if (code != 0)
        return code;
    fprintf(call->out,
            "\ndetectors, split %s: %llu real traces train, %llu held-out real ones test, %llu of them anomalous\n"
            "* = trained on %llu synthetic traces besides\n\n",
            row.split, (unsigned long long)row.n_train, (unsigned long long)row.n_test,
            (unsigned long long)row.n_anomalous, (unsigned long long)row.n_synthetic);
    return table_print(call, &table, TABLE_TEXT, err);
}

/* Constraints of -c, or, for a synthetic log that can teach a threshold, a few anomalies of each kind. */
static int find_constraints(struct command_call *call, struct lw_constraints **out, struct lw_error *err)
{
    static const char *const kinds[] = {"anomalies.missing", "anomalies.repeated", "anomalies.swapped",
                                        "anomalies.unknown", "anomalies.delay"};
    int code = generate_constraints(call, out, err);

    if (code != 0 || call->values[OPTION_CONSTRAINTS] != NULL)
        return code;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0] && code == 0; i++)
        code = lw_constraints_set(*out, kinds[i], 0.02, err);
    if (code != 0)
        lw_constraints_free(*out);
    return code;
}

static int measure(struct command_call *call, const struct lw_log *log, const char *labels, struct lw_error *err)
{
    struct lw_study_options options = LW_STUDY_OPTIONS_INIT;
    struct lw_constraints *constraints = NULL;
    struct lw_study *study = NULL;
    struct lw_result *real = NULL, *augmented = NULL;
    char *masks = NULL;
    int code = values_count(call, OPTION_SEED, 0, UINT64_C(1) << 53, &options.seed, err);

    options.labels = labels;
    options.trace = input_trace(call);
    if (call->values[OPTION_SPLIT] != NULL)
        options.split = call->values[OPTION_SPLIT];
    if (code == 0)
        code = input_masks(call, &masks, err);
    options.masks = masks;
    if (code == 0)
        code = find_constraints(call, &constraints, err);
    if (code == 0)
        code = lw_study_new(log, &options, call->run, &study, err);
    if (code == 0)
        code = lw_study_run(study, NULL, NULL, call->run, &real, err);
    if (code == 0)
        code = lw_study_run(study, constraints, generate_method(call), call->run, &augmented, err);
    if (code == 0)
        code = print_comparison(call, real, augmented, err);
    lw_result_free(real);
    lw_result_free(augmented);
    lw_study_free(study);
    lw_constraints_free(constraints);
    lw_free(masks);
    return code;
}

static int print_report(struct command_call *call, const struct lw_log *log, const struct lw_workspace *workspace)
{
    static const char *const columns[] = {"event", "count", "template", NULL};
    struct frequent frequent = {.workspace = workspace};
    struct table table = {columns, find_frequent(&frequent, workspace), frequent_row, &frequent};
    struct lw_summary summary;
    struct lw_error err;
    int code;

    lw_workspace_summary(workspace, &summary);
    if (log != NULL)
        print_sources(call->out, log);
    print_summary(call->out, &summary);
    if (table.n_rows > 0)
        fprintf(call->out, "\nthe %zu most frequent templates\n\n", table.n_rows);
    code = table_print(call, &table, TABLE_TEXT, &err);
    if (code == 0 && log != NULL && input_labels(call) != NULL) {
        fflush(call->out);
        code = measure(call, log, input_labels(call), &err);
    }
    return code == 0 ? COMMAND_DONE : command_error(call, &err);
}

/* ---- the page -------------------------------------------------------------------------------------------------- */

static void print_escaped(FILE *out, const char *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (data[i] == '&')
            fputs("&amp;", out);
        else if (data[i] == '<')
            fputs("&lt;", out);
        else if (data[i] == '>')
            fputs("&gt;", out);
        else
            fputc(data[i], out);
    }
}

/* The words, and below them the machine. */
static int print_page(struct command_call *call, const struct lw_log *log, const struct lw_workspace *workspace)
{
    static const char head[] = "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                               "<title>Logwright report</title><style>:root{color-scheme:light dark}"
                               "body{margin:2em}pre{white-space:pre-wrap}</style></head><body>\n<pre>";
    struct machine_map *map = NULL;
    FILE *out = call->out;
    char *words = NULL, extent[100];
    size_t len = 0;
    struct lw_error err;
    int code = 0, status;

    call->out = open_memstream(&words, &len);
    if (call->out == NULL) {
        call->out = out;
        return command_fail(call, "out of memory while writing the report");
    }
    status = print_report(call, log, workspace);
    fclose(call->out);
    call->out = out;
    if (status == COMMAND_DONE) {
        fputs(head, out);
        print_escaped(out, words, len);
        fputs("</pre>\n", out);
        code = machine_map_fit(workspace, DRAWN_TRANSITIONS, &map, &err);
        if (code == 0) {
            fprintf(out, "<p>The machine: %s are drawn.</p>\n", machine_map_extent(map, extent, sizeof extent));
            code = machine_map_svg(map, out, call->run, &err);
        }
        fputs("</body></html>\n", out);
        machine_map_free(map);
    }
    free(words);
    return code == 0 ? status : command_error(call, &err);
}

int report_run(struct command_call *call)
{
    struct lw_workspace *workspace;
    struct lw_log *log;
    int status = input_workspace(call, &workspace, &log);

    if (status != COMMAND_DONE)
        return status;
    status = call->values[OPTION_HTML] != NULL ? print_page(call, log, workspace) : print_report(call, log, workspace);
    lw_workspace_free(workspace);
    lw_log_free(log);
    return status;
}
