/* `constraints`: measures them in a log, checks a document of them, prints the schema of such documents. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/data_dir.h"
#include "cmd/input.h"
#include "cmd/option_values.h"
#include "cmd/table.h"

#define SHOWN_PARTS 12 /* rows of a group, in a table of text */

/* ---- checking ---------------------------------------------------------------------------------------------------- */

/* Whether text is one JSON object, or begins one that goes on beyond it; several are the lines of a log. */
static bool is_one_object(const char *text, size_t n)
{
    size_t depth = 0, i = strspn(text, " \t\r\n");
    bool is_string = false;

    if (i < n && text[i] != '{')
        return false;
    for (; i < n; i++) {
        if (is_string) {
            i += text[i] == '\\';
            is_string = i >= n || text[i] != '"';
        } else if (text[i] == '"') {
            is_string = true;
        } else if (text[i] == '{' || text[i] == '[') {
            depth++;
        } else if ((text[i] == '}' || text[i] == ']') && --depth == 0) {
            return text[i + 1 + strspn(text + i + 1, " \t\r\n")] == '\0';
        }
    }
    return true;
}

/* A file of JSON is a document or a log: its content tells. */
static bool is_document(const char *path)
{
    char text[65536];
    size_t len = strlen(path), n;
    FILE *file;

    if (len <= 5 || strcmp(path + len - 5, ".json") != 0)
        return false;
    file = fopen(path, "rb");
    if (file == NULL)
        return true;
    n = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[n] = '\0';
    return is_one_object(text, n);
}

/* Says what the machine cannot give. */
static int judge(struct command_call *call, const struct lw_figures *expected)
{
    int status = COMMAND_DONE;

    for (size_t i = 0; i < lw_figures_count(expected); i++) {
        struct lw_figure row;

        if (lw_figures_get(expected, i, &row, NULL) != 0 || row.verdict != 0)
            continue;
        command_fail(call, "%s cannot be met: %s", row.name, row.note);
        status = COMMAND_FOUND;
    }
    return status;
}

/* Whether the log or workspace, if one is given, can meet what the document asks. */
static int check_against(struct command_call *call, const struct lw_constraints *constraints)
{
    struct lw_figures *expected = NULL;
    struct lw_workspace *workspace;
    struct lw_error err;
    int status;

    if (call->n_inputs == 0 && call->context->workspace == NULL)
        return COMMAND_DONE;
    status = input_workspace(call, &workspace, NULL);
    if (status != COMMAND_DONE)
        return status;
    if (lw_constraints_expected(workspace, constraints, &expected, &err) == 0) {
        status = judge(call, expected);
    } else {
        command_error(call, &err);
        status = err.code == LW_ERR_MEMORY || err.code == LW_ERR_CANCELLED ? COMMAND_FAILED : COMMAND_FOUND;
    }
    lw_figures_free(expected);
    lw_workspace_free(workspace);
    return status;
}

static int check(struct command_call *call, const char *path)
{
    struct lw_constraints *constraints;
    struct lw_error err = {LW_OK, ""};
    int code = lw_constraints_read(path, &constraints, &err), status;

    if (code == LW_ERR_NOT_FOUND || code == LW_ERR_IO || code == LW_ERR_MEMORY)
        return command_error(call, &err);
    if (code != 0) {
        command_error(call, &err);
        return COMMAND_FOUND;
    }
    status = check_against(call, constraints);
    lw_constraints_free(constraints);
    if (status == COMMAND_DONE)
        command_say(call, "%s: nothing rules out anything else%s", path,
                    call->n_inputs > 0 ? ", and the machine can give it" : "");
    return status;
}

static int print_schema(struct command_call *call)
{
    struct lw_error err;
    char *text;
    size_t len;

    if (lw_constraints_schema(&text, &len, &err) != 0)
        return command_error(call, &err);
    fwrite(text, 1, len, call->out);
    lw_free(text);
    return COMMAND_DONE;
}

/* ---- presets ----------------------------------------------------------------------------------------------------- */

static int preset_row(void *user, size_t index, struct cell *cells, struct lw_error *err)
{
    const struct lw_preset *preset = lw_presets_get(user, index);

    (void)err;
    cells[0] = cell_string(preset->name);
    cells[1] = cell_string(preset->about);
    cells[2] = cell_string(preset->path);
    return 0;
}

static int list_presets(struct command_call *call)
{
    static const char *const columns[] = {"preset", "about", "path", NULL};
    struct lw_presets *presets;
    struct lw_error err;
    char *folder = shipped_path("presets", "");
    int code = lw_presets_open(folder, &presets, &err);

    free(folder);
    if (code != 0)
        return command_error(call, &err);
    struct table table = {columns, lw_presets_count(presets), preset_row, presets};

    code = table_print(call, &table, table_form(call), &err);
    lw_presets_free(presets);
    return code == 0 ? COMMAND_DONE : command_error(call, &err);
}

/* ---- measuring --------------------------------------------------------------------------------------------------- */

struct listing {
    const struct lw_figures *figures;
    size_t *rows, n;
};

static int list_row(void *user, size_t index, struct cell *cells, struct lw_error *err)
{
    const struct listing *listing = user;
    struct lw_figure figure;
    int code = lw_figures_get(listing->figures, listing->rows[index], &figure, err);

    if (code != 0)
        return code;
    cells[0] = cell_string(figure.name);
    cells[1] = cell_string(figure.part[0] != '\0' ? figure.part : NULL);
    cells[2] = cell_number(figure.value);
    cells[3] = cell_number(figure.low);
    cells[4] = cell_number(figure.high);
    cells[5] = cell_count(figure.n);
    cells[6] = cell_string(figure.note[0] != '\0' ? figure.note : NULL);
    return 0;
}

/* All rows, or for people to read the first of each group. */
static int choose_rows(struct listing *listing, bool is_all)
{
    char group[64] = "";
    size_t n_group = 0, n = lw_figures_count(listing->figures);

    listing->rows = malloc((n + 1) * sizeof *listing->rows);
    if (listing->rows == NULL)
        return LW_ERR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        struct lw_figure figure;

        if (lw_figures_get(listing->figures, i, &figure, NULL) != 0)
            continue;
        n_group = strcmp(group, figure.name) == 0 ? n_group + 1 : 0;
        snprintf(group, sizeof group, "%s", figure.name);
        if (is_all || n_group < SHOWN_PARTS)
            listing->rows[listing->n++] = i;
    }
    return 0;
}

static int print_figures(struct command_call *call, const struct lw_figures *figures)
{
    static const char *const columns[] = {"constraint", "part", "value", "low", "high", "n", "note", NULL};
    struct listing listing = {figures, NULL, 0};
    struct lw_error err = {LW_ERR_MEMORY, "out of memory while printing"};
    enum table_form form = table_form(call);
    int code = choose_rows(&listing, form != TABLE_TEXT);
    struct table table = {columns, listing.n, list_row, &listing};

    if (code == 0)
        code = table_print(call, &table, form, &err);
    if (code == 0 && listing.n < lw_figures_count(figures))
        command_say(call, "%zu of %zu rows; --csv and --json print all", listing.n, lw_figures_count(figures));
    free(listing.rows);
    return code == 0 ? COMMAND_DONE : command_error(call, &err);
}

/* A document that carries the model asks for what was measured by it alone: asking again would have it come twice. */
static int take_model(const struct subject *subject, struct lw_constraints **document, struct lw_error *err)
{
    struct lw_constraints *made;
    double n = (double)lw_traces_count(lw_workspace_traces(subject->workspace));
    int code = lw_constraints_new(&made, err);

    if (code != 0)
        return code;
    code = lw_constraints_take_model(made, subject->workspace, err);
    if (code == 0 && n >= 1)
        code = lw_constraints_set(made, "traces", n, err);
    lw_constraints_free(*document);
    *document = made;
    return code;
}

static int measure(struct command_call *call, const struct subject *subject)
{
    const char *path = call->values[OPTION_OUTPUT];
    bool is_wanted = path != NULL || call->values[OPTION_DOCUMENT] != NULL;
    struct lw_figures *figures = NULL;
    struct lw_constraints *document = NULL;
    struct lw_error err;
    int status = COMMAND_DONE;

    if (lw_constraints_observe(subject->workspace, subject->log, subject->traces, call->run, &figures,
                               is_wanted ? &document : NULL, &err) != 0)
        return command_error(call, &err);
    fflush(call->out);
    int code = 0;
    if (is_wanted && call->values[OPTION_MODEL] != NULL)
        code = take_model(subject, &document, &err);
    if (is_wanted && code == 0)
        code = lw_constraints_write(document, path != NULL ? path : "-", &err);
    if (code != 0)
        status = command_error(call, &err);
    if (status == COMMAND_DONE && call->values[OPTION_DOCUMENT] == NULL)
        status = print_figures(call, figures);
    lw_figures_free(figures);
    lw_constraints_free(document);
    return status;
}

int constraints_run(struct command_call *call)
{
    struct subject subject;
    int status;

    if (call->values[OPTION_SCHEMA] != NULL)
        return print_schema(call);
    if (call->values[OPTION_PRESETS] != NULL)
        return list_presets(call);
    if (call->values[OPTION_CONSTRAINTS] != NULL)
        return check(call, call->values[OPTION_CONSTRAINTS]);
    if (call->n_inputs > 0 && is_document(call->inputs[0])) {
        call->n_inputs--;
        return check(call, *call->inputs++);
    }
    status = input_subject(call, &subject);
    if (status != COMMAND_DONE)
        return status;
    if (subject.log == NULL)
        command_say(call, "a workspace holds no lines: levels are those that each template mostly has, and services "
                          "are not known; name the log behind it to measure them");
    input_say_coverage(call, subject.workspace);
    status = measure(call, &subject);
    subject_release(&subject);
    return status;
}
