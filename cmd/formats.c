#include <stdlib.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/data_dir.h"
#include "cmd/print.h"
#include "cmd/table.h"

static int format_row(void *user, size_t index, struct cell *cells, struct lw_error *err)
{
    const struct lw_formats *formats = user;
    const struct lw_format_info *info = lw_formats_get(formats, index);
    const char *origin = lw_formats_origin(formats, index);

    (void)err;
    cells[0] = cell_string(info->name);
    cells[1] = cell_string(origin != NULL ? origin : "built in");
    cells[2] = cell_string(info->help);
    return 0;
}

static int list(struct command_call *call, const char *dir)
{
    static const char *const columns[] = {"name", "origin", "help", NULL};
    struct lw_formats *formats;
    struct lw_error err;
    int status = COMMAND_DONE;

    if (lw_formats_open(dir, &formats, &err) != 0)
        return command_error(call, &err);
    for (size_t i = 0; i < lw_formats_notice_count(formats); i++)
        command_say(call, "%s", lw_formats_notice(formats, i));
    struct table table = {columns, lw_formats_count(formats), format_row, formats};
    if (table_print(call, &table, table_form(call), &err) != 0)
        status = command_error(call, &err);
    lw_formats_free(formats);
    return status;
}

static int trial_row(void *user, size_t index, struct cell *cells, struct lw_error *err)
{
    struct lw_trial trial;
    int code = lw_explanation_get(user, index, &trial, err);

    if (code != 0)
        return code;
    cells[0] = cell_string(trial.name);
    cells[1] = trial.chosen > 0 ? cell_count(trial.chosen) : cell_string(NULL);
    cells[2] = cell_share(trial.head);
    cells[3] = trial.middle >= 0 ? cell_share(trial.middle) : cell_string(NULL);
    cells[4] = trial.tail >= 0 ? cell_share(trial.tail) : cell_string(NULL);
    cells[5] = trial.byte > 0 ? cell_count(trial.byte) : cell_string(NULL);
    cells[6] = cell_string(trial.expected);
    cells[7] = cell_text(trial.line.data, trial.line.len < 60 ? trial.line.len : 60);
    return 0;
}

static int explain(struct command_call *call, const char *path, const char *dir)
{
    static const char *const columns[] = {"name", "chosen", "head", "middle", "tail", "byte", "expected", "line", NULL};
    struct lw_explanation *explanation;
    struct lw_error err;
    int status = COMMAND_DONE;

    if (lw_formats_explain(path, dir, call->run, &explanation, &err) != 0)
        return command_error(call, &err);
    struct table table = {columns, lw_explanation_count(explanation), trial_row, explanation};
    if (table_form(call) == TABLE_TEXT)
        fprintf(call->out, "format  %s\nwhy     %s\n\n", lw_explanation_choice(explanation),
                lw_explanation_why(explanation));
    if (table_print(call, &table, table_form(call), &err) != 0)
        status = command_error(call, &err);
    lw_explanation_free(explanation);
    return status;
}

/* A format is named after the file it was found in. */
static void name_after(const char *path, char *name, size_t size)
{
    const char *base = strrchr(path, '/');
    size_t n = 0;

    base = base != NULL ? base + 1 : path;
    for (; *base != '\0' && *base != '.' && n + 1 < size; base++) {
        char c = *base >= 'A' && *base <= 'Z' ? (char)(*base + 32) : *base;

        name[n++] = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ? c : '-';
    }
    name[n] = '\0';
    if (n == 0)
        snprintf(name, size, "mine");
}

static int infer(struct command_call *call, const char *path, const char *dir)
{
    struct lw_explanation *explanation;
    struct lw_error err;
    char name[40], *text = NULL;
    size_t len;
    int status = COMMAND_DONE;

    name_after(path, name, sizeof name);
    if (lw_formats_explain(path, dir, call->run, &explanation, &err) != 0)
        return command_error(call, &err);
    if (lw_explanation_inferred(explanation, name, &text, &len, &err) != 0)
        status = command_fail(call, "%s: %s", path, err.text);
    else
        fwrite(text, 1, len, call->out);
    lw_free(text);
    lw_explanation_free(explanation);
    return status;
}

int formats_run(struct command_call *call)
{
    const char *explained = call->values[OPTION_EXPLAIN], *inferred = call->values[OPTION_INFER];
    char *dir = data_dir("formats");
    int status;

    if (explained != NULL && inferred != NULL)
        status = command_fail(call, "formats: give --explain or --infer, not both");
    else if (explained != NULL)
        status = explain(call, explained, dir);
    else if (inferred != NULL)
        status = infer(call, inferred, dir);
    else
        status = list(call, dir);
    free(dir);
    return status;
}
