/* What commands have in common that compare two logs and print a table of figures. */
#include "cmd/figures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/input.h"
#include "cmd/print.h"
#include "cmd/table.h"

#define SHOWN_PARTS  3 /* of a figure, in a table of text */
#define FAILED_PARTS 6 /* ... if they fail */

void two_logs_release(struct two_logs *logs)
{
    lw_workspace_free(logs->workspace);
    lw_log_free(logs->real);
    lw_log_free(logs->synthetic);
}

int two_logs_open(struct command_call *call, struct two_logs *out)
{
    size_t n = call->n_inputs;
    bool has_workspace = n > 0 && lw_workspace_is_file(call->inputs[0]);
    int status = COMMAND_DONE;

    if (n == 2 && has_workspace)
        return command_fail(call,
                            "%s is a workspace, which holds no lines: name the log that it was "
                            "learned from, too, between the two",
                            call->inputs[0]);
    if (n == 1 && (call->context->log == NULL || call->context->workspace == NULL))
        return command_fail(call, "name two logs, the real one first");
    if (n == 0 || n > (has_workspace ? 3u : 2u))
        return command_fail(call, "name the real log and the synthetic one; before them, perhaps, a workspace "
                                  "learned from the real one");
    if (n == 1) {
        out->workspace = lw_workspace_retain(call->context->workspace);
        out->real = lw_log_retain(call->context->log);
    } else {
        if (has_workspace)
            status = input_open(call, call->inputs[0], &out->workspace);
        if (status == COMMAND_DONE)
            status = input_read(call, call->inputs[n - 2], out->workspace, &out->real);
        if (status == COMMAND_DONE && !has_workspace)
            status = input_learn(call, out->real, &out->workspace);
    }
    return status == COMMAND_DONE ? input_read(call, call->inputs[n - 1], out->workspace, &out->synthetic) : status;
}

/* ---- what is printed ------------------------------------------------------------------------------------------- */

static double threshold_of(const struct lw_figure *figure)
{
    return isnan(figure->low) ? figure->high : figure->low;
}

struct listing {
    const struct lw_figures *figures;
    size_t *rows; /* those listed, NULL: all */
    bool has_intervals;
};

static const char *verdict_name(int verdict)
{
    return verdict < 0 ? NULL : verdict > 0 ? "pass" : "fail";
}

static int list_row(void *user, size_t index, struct cell *cells, struct lw_error *err)
{
    const struct listing *listing = user;
    struct lw_figure figure;
    int code = lw_figures_get(listing->figures, listing->rows != NULL ? listing->rows[index] : index, &figure, err);

    if (code != 0)
        return code;
    *cells++ = cell_string(figure.name);
    *cells++ = cell_string(figure.part[0] != '\0' ? figure.part : NULL);
    *cells++ = cell_share(figure.value);
    if (listing->has_intervals) {
        *cells++ = cell_share(figure.from);
        *cells++ = cell_share(figure.to);
    }
    *cells++ = cell_share(threshold_of(&figure));
    *cells++ = cell_string(verdict_name(figure.verdict));
    *cells++ = cell_count(figure.n);
    *cells++ = cell_string(figure.note[0] != '\0' ? figure.note : NULL);
    return 0;
}

static bool has_intervals(const struct lw_figures *figures)
{
    struct lw_figure figure;
    bool is_any = false;

    for (size_t i = 0; i < lw_figures_count(figures) && !is_any; i++)
        is_any = lw_figures_get(figures, i, &figure, NULL) == 0 && !isnan(figure.from);
    return is_any;
}

/* Whole figures, and their lowest parts: parts follow their whole, the lowest first. */
static size_t choose_rows(const struct lw_figures *figures, size_t *rows)
{
    size_t n = 0, n_parts = 0;

    for (size_t i = 0; i < lw_figures_count(figures); i++) {
        struct lw_figure figure;

        if (lw_figures_get(figures, i, &figure, NULL) != 0)
            continue;
        n_parts = figure.part[0] == '\0' ? 0 : n_parts + 1;
        if (n_parts <= SHOWN_PARTS || (figure.verdict == 0 && n_parts <= FAILED_PARTS))
            rows[n++] = i;
    }
    return n;
}

static int print_list(struct command_call *call, const struct lw_figures *figures, enum table_form form,
                      struct lw_error *err)
{
    static const char *const columns[] = {"figure", "part", "value", "threshold", "verdict", "n", "note", NULL};
    static const char *const with_intervals[] = {"figure",    "part",    "value", "from", "to",
                                                 "threshold", "verdict", "n",     "note", NULL};
    struct listing listing = {figures, NULL, has_intervals(figures)};
    struct table table = {listing.has_intervals ? with_intervals : columns, lw_figures_count(figures), list_row,
                          &listing};
    int code;

    if (form == TABLE_TEXT) {
        listing.rows = malloc((table.n_rows + 1) * sizeof *listing.rows);
        if (listing.rows == NULL) {
            *err = (struct lw_error){LW_ERR_MEMORY, "out of memory while printing"};
            return LW_ERR_MEMORY;
        }
        table.n_rows = choose_rows(figures, listing.rows);
    }
    code = table_print(call, &table, form, err);
    free(listing.rows);
    return code;
}

static void print_number(FILE *out, double number)
{
    if (isfinite(number))
        fprintf(out, "%.10g", number);
    else
        fputs("null", out);
}

/* One member for each whole figure: `what` picks the number. */
static void print_wholes(FILE *out, const struct lw_figures *figures, double (*what)(const struct lw_figure *figure))
{
    const char *mark = "";

    for (size_t i = 0; i < lw_figures_count(figures); i++) {
        struct lw_figure figure;

        if (lw_figures_get(figures, i, &figure, NULL) != 0 || figure.part[0] != '\0')
            continue;
        fprintf(out, "%s\"%s\": ", mark, figure.name);
        print_number(out, what(&figure));
        mark = ", ";
    }
}

static double from_of(const struct lw_figure *figure)
{
    return figure->from;
}

static double to_of(const struct lw_figure *figure)
{
    return figure->to;
}

static double value_of(const struct lw_figure *figure)
{
    return figure->value;
}

static void print_row(FILE *out, const struct lw_figure *figure)
{
    fputs("{\"figure\": ", out);
    print_json(out, figure->name, strlen(figure->name));
    fputs(", \"part\": ", out);
    print_json(out, figure->part, strlen(figure->part));
    fputs(", \"value\": ", out);
    print_number(out, figure->value);
    fputs(", \"threshold\": ", out);
    print_number(out, threshold_of(figure));
    if (!isnan(figure->from)) {
        fputs(", \"from\": ", out);
        print_number(out, figure->from);
        fputs(", \"to\": ", out);
        print_number(out, figure->to);
    }
    fprintf(out, ", \"passes\": %s, \"n\": %llu, \"note\": ",
            figure->verdict < 0   ? "null"
            : figure->verdict > 0 ? "true"
                                  : "false",
            (unsigned long long)figure->n);
    print_json(out, figure->note, strlen(figure->note));
    putc('}', out);
}

static void print_object(FILE *out, const struct lw_figures *figures)
{
    const char *mark = "";

    putc('{', out);
    print_wholes(out, figures, value_of);
    fputs(",\n \"thresholds\": {", out);
    print_wholes(out, figures, threshold_of);
    if (has_intervals(figures)) {
        fputs("},\n \"from\": {", out);
        print_wholes(out, figures, from_of);
        fputs("},\n \"to\": {", out);
        print_wholes(out, figures, to_of);
    }
    fputs("},\n \"parts\": [", out);
    for (size_t i = 0; i < lw_figures_count(figures); i++) {
        struct lw_figure figure;

        if (lw_figures_get(figures, i, &figure, NULL) != 0 || figure.part[0] == '\0')
            continue;
        fputs(mark, out);
        fputs("\n  ", out);
        print_row(out, &figure);
        mark = ",";
    }
    fputs("]}\n", out);
}

int figures_print(struct command_call *call, const struct lw_figures *figures, size_t *failed)
{
    enum table_form form = table_form(call);
    struct lw_error err;

    *failed = 0;
    for (size_t i = 0; i < lw_figures_count(figures); i++) {
        struct lw_figure figure;

        *failed += lw_figures_get(figures, i, &figure, NULL) == 0 && figure.part[0] == '\0' && figure.verdict == 0;
    }
    if (form == TABLE_JSON)
        print_object(call->out, figures);
    else if (print_list(call, figures, form, &err) != 0)
        return command_error(call, &err);
    return COMMAND_DONE;
}
