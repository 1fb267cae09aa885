/* `validate`: is a synthetic log lawful. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/input.h"
#include "cmd/print.h"
#include "cmd/table.h"

#define SHOWN 5 /* violations of a rule, in a table of text */

struct listing {
    const struct lw_validation *validation;
    const struct lw_figures *figures;
    size_t *rows; /* those listed */
    char name[TEMPLATE_NAME_SIZE];
};

/* ---- violations ------------------------------------------------------------------------------------------------ */

static const char *const violation_columns[] = {"group", "rule",  "trace", "position", "record",
                                                "event", "label", "what",  NULL};

static int violation_row(void *user, size_t index, struct cell *cells, struct lw_error *err)
{
    struct listing *listing = user;
    struct lw_violation violation;
    int code = lw_validation_get(listing->validation, listing->rows[index], &violation, err);

    if (code != 0)
        return code;
    cells[0] = cell_string(violation.group);
    cells[1] = cell_string(violation.rule);
    cells[2] = violation.trace.len > 0 ? cell_text(violation.trace.data, violation.trace.len) : cell_string(NULL);
    cells[3] = violation.position != SIZE_MAX ? cell_count(violation.position + 1) : cell_string(NULL);
    cells[4] = violation.record != LW_NO_RECORD ? cell_count(violation.record + 1) : cell_string(NULL);
    cells[5] = violation.template_id != LW_TEMPLATE_UNKNOWN
                   ? cell_string(template_name(violation.template_id, listing->name))
                   : cell_string(NULL);
    cells[6] = cell_string(violation.label != NULL && violation.label[0] != '\0' ? violation.label : NULL);
    cells[7] = cell_string(violation.what);
    return 0;
}

static int print_violations(struct command_call *call, struct listing *listing, enum table_form form,
                            struct lw_error *err)
{
    size_t n = lw_validation_count(listing->validation), n_rule = 0;
    struct table table = {violation_columns, 0, violation_row, listing};
    struct lw_violation before = {.group = "", .rule = ""}, violation;
    int code;

    listing->rows = malloc((n + 1) * sizeof *listing->rows);
    if (listing->rows == NULL) {
        *err = (struct lw_error){LW_ERR_MEMORY, "out of memory while printing"};
        return LW_ERR_MEMORY;
    }
    for (size_t i = 0; i < n; i++) {
        if (lw_validation_get(listing->validation, i, &violation, NULL) != 0)
            continue;
        n_rule =
            strcmp(violation.group, before.group) == 0 && strcmp(violation.rule, before.rule) == 0 ? n_rule + 1 : 0;
        before = violation;
        if (form != TABLE_TEXT || n_rule < SHOWN)
            listing->rows[table.n_rows++] = i;
    }
    code = table.n_rows == 0 && form == TABLE_TEXT ? 0 : table_print(call, &table, form, err);
    if (code == 0 && table.n_rows < n)
        command_say(call, "%zu of %zu violations; --csv and --json print all", table.n_rows, n);
    free(listing->rows);
    listing->rows = NULL;
    return code;
}

/* ---- summary --------------------------------------------------------------------------------------------------- */

static bool is_detector(const struct lw_figure *figure)
{
    return strcmp(figure->name, "detectors") == 0;
}

static double separation_of(const struct lw_figures *figures, const char *part)
{
    struct lw_figure figure;

    for (size_t i = 0; i < lw_figures_count(figures); i++)
        if (lw_figures_get(figures, i, &figure, NULL) == 0 && strcmp(figure.name, "separation") == 0 &&
            strcmp(figure.part, part) == 0)
            return figure.value;
    return NAN;
}

static int summary_row(void *user, size_t index, struct cell *cells, struct lw_error *err)
{
    struct listing *listing = user;
    struct lw_figure figure;
    int code = lw_figures_get(listing->figures, listing->rows[index], &figure, err);

    if (code != 0)
        return code;
    if (is_detector(&figure)) {
        size_t len = strcspn(figure.part, " ");

        cells[0] = cell_text(figure.part, len);
        cells[1] = cell_string(figure.part[len] == ' ' ? figure.part + len + 1 : NULL);
        cells[2] = cell_count(figure.n);
        cells[3] = cell_share(figure.value);
        cells[4] = cell_share(separation_of(listing->figures, figure.part));
        return 0;
    }
    cells[0] = cell_string(figure.name);
    cells[1] = cell_string(figure.part);
    cells[2] = cell_count(figure.n);
    cells[3] = cell_count((uint64_t)llround(figure.value * (double)figure.n));
    cells[4] = cell_share(figure.value);
    return 0;
}

/* The rows of rules, or those of detectors. */
static int print_summary(struct command_call *call, struct listing *listing, bool has_detectors, enum table_form form,
                         struct lw_error *err)
{
    static const char *const columns[] = {"group", "rule", "checked", "violated", "share", NULL};
    static const char *const detectors[] = {"detector", "label", "traces", "flagged", "separation", NULL};
    size_t n = lw_figures_count(listing->figures);
    struct table table = {has_detectors ? detectors : columns, 0, summary_row, listing};
    int code;

    listing->rows = malloc((n + 1) * sizeof *listing->rows);
    if (listing->rows == NULL) {
        *err = (struct lw_error){LW_ERR_MEMORY, "out of memory while printing"};
        return LW_ERR_MEMORY;
    }
    for (size_t i = 0; i < n; i++) {
        struct lw_figure figure;

        if (lw_figures_get(listing->figures, i, &figure, NULL) == 0 && is_detector(&figure) == has_detectors &&
            strcmp(figure.name, "separation") != 0)
            listing->rows[table.n_rows++] = i;
    }
    code = table.n_rows == 0 && form == TABLE_TEXT ? 0 : table_print(call, &table, form, err);
    free(listing->rows);
    listing->rows = NULL;
    return code;
}

/* ---- all of it ------------------------------------------------------------------------------------------------- */

static int print_all(struct command_call *call, struct listing *listing, struct lw_error *err)
{
    enum table_form form = table_form(call);
    bool is_json = form == TABLE_JSON;
    int code;

    if (form == TABLE_CSV)
        return print_violations(call, listing, form, err);
    if (is_json)
        fprintf(call->out,
                "{\"lawful\": %s,\n\"rules\": ", lw_validation_count(listing->validation) == 0 ? "true" : "false");
    code = print_summary(call, listing, false, form, err);
    if (is_json)
        fputs(",\n\"detectors\": ", call->out);
    else
        putc('\n', call->out);
    if (code == 0)
        code = print_summary(call, listing, true, form, err);
    if (is_json)
        fputs(",\n\"violations\": ", call->out);
    if (code == 0)
        code = print_violations(call, listing, form, err);
    if (is_json)
        fputs("}\n", call->out);
    return code;
}

static int run(struct command_call *call, const struct lw_workspace *workspace, const struct lw_log *synthetic,
               const struct lw_constraints *constraints)
{
    struct listing listing = {NULL, NULL, NULL, ""};
    struct lw_validation *validation;
    struct lw_error err;
    int status = COMMAND_DONE;

    if (lw_validate(workspace, synthetic, constraints, call->values[OPTION_LABELS], call->values[OPTION_RECORD_LABELS],
                    call->run, &validation, &err) != 0)
        return command_error(call, &err);
    listing.validation = validation;
    listing.figures = lw_validation_figures(validation);
    if (print_all(call, &listing, &err) != 0)
        status = command_error(call, &err);
    else if (lw_validation_count(validation) > 0)
        status = COMMAND_FOUND;
    lw_validation_free(validation);
    return status;
}

int validate_run(struct command_call *call)
{
    const char *path = call->values[OPTION_CONSTRAINTS];
    struct lw_constraints *constraints = NULL;
    struct lw_workspace *workspace = NULL;
    struct lw_log *synthetic = NULL;
    struct lw_error err;
    int status = COMMAND_DONE;

    if (call->n_inputs == 0 || call->n_inputs > 2 || (call->n_inputs == 1 && call->context->workspace == NULL))
        return command_fail(call, "validate: name the real log or its workspace, and the synthetic log");
    if (path != NULL && lw_constraints_read(path, &constraints, &err) != 0)
        return command_error(call, &err);
    if (call->n_inputs == 2)
        status = input_open_or_learn(call, call->inputs[0], NULL, &workspace);
    else
        workspace = lw_workspace_retain(call->context->workspace);
    if (status == COMMAND_DONE)
        status = input_read(call, call->inputs[call->n_inputs - 1], workspace, &synthetic);
    if (status == COMMAND_DONE)
        status = run(call, workspace, synthetic, constraints);
    lw_log_free(synthetic);
    lw_workspace_free(workspace);
    lw_constraints_free(constraints);
    return status;
}
