#include "cmd/schema.h"

#include "cmd/commands.h"

int tables_open(struct command_call *call, struct tables *out)
{
    struct tables tables = {.schema = NULL};
    struct lw_error err;
    int status = input_subject(call, &tables.subject);

    if (status != COMMAND_DONE)
        return status;
    if (lw_schema_new(tables.subject.workspace, tables.subject.log, tables.subject.traces, call->run, &tables.schema,
                      &err) != 0) {
        subject_release(&tables.subject);
        return command_error(call, &err);
    }
    if (lw_schema_untyped_count(tables.schema) > 0)
        command_say(call,
                    "%zu templates that are rarer than the others have no table of their own; `parameter` has their "
                    "values",
                    lw_schema_untyped_count(tables.schema));
    *out = tables;
    return COMMAND_DONE;
}

void tables_release(struct tables *tables)
{
    lw_schema_free(tables->schema);
    subject_release(&tables->subject);
}

int schema_run(struct command_call *call)
{
    enum lw_schema_form form = call->values[OPTION_MERMAID] != NULL ? LW_SCHEMA_MERMAID
                               : call->values[OPTION_DOT] != NULL   ? LW_SCHEMA_DOT
                                                                    : LW_SCHEMA_DDL;
    struct tables tables;
    struct lw_error err;
    size_t len;
    char *text;
    int status = tables_open(call, &tables);

    if (status != COMMAND_DONE)
        return status;
    if (lw_schema_print(tables.schema, form, &text, &len, &err) != 0) {
        status = command_error(call, &err);
    } else {
        fwrite(text, 1, len, call->out);
        lw_free(text);
    }
    tables_release(&tables);
    return status;
}

int export_run(struct command_call *call)
{
    const char *path = call->values[OPTION_SQLITE], *folder = call->values[OPTION_CSV_FOLDER];
    struct tables tables;
    struct lw_error err;
    int status;

    if (path == NULL && folder == NULL)
        return command_fail(call, "export: say where to: --sqlite FILE, --csv FOLDER, or both");
    status = tables_open(call, &tables);
    if (status != COMMAND_DONE)
        return status;
    if (!lw_schema_has_rows(tables.schema))
        command_say(call, "the workspace keeps no records, so there are no rows of records and parameters; give the "
                          "log, too, or learn it with --rows");
    if (path != NULL && lw_schema_save(tables.schema, path, call->run, &err) != 0)
        status = command_error(call, &err);
    if (status == COMMAND_DONE && folder != NULL && lw_schema_write_csv(tables.schema, folder, call->run, &err) != 0)
        status = command_error(call, &err);
    tables_release(&tables);
    return status;
}
