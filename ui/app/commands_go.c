/* Commands of the prompt that choose what is shown: filters, searches, times, traces and records. */
#include "ui/app/commands.h"
#include "ui/app/find.h"
#include "ui/app/table_job.h"
#include "ui/kit/text.h"
#include "ui/panes/panes.h"

#include <stdlib.h>
#include <string.h>

int filter_run(struct command_call *call)
{
    struct app *app = app_of(call);
    const char *name = call->command->name;
    struct text text = {NULL, 0, 0};

    for (size_t i = 0; i < call->n_inputs; i++)
        text_printf(&text, "%s%s", i > 0 ? " " : "", call->inputs[i]);
    if (!text.data && strcmp(name, "filter") == 0)
        logs_show_all(app);
    else if (text.data)
        find_start_filter(app, text.data, strcmp(name, "filter-out") == 0);
    text_release(&text);
    return call->n_inputs > 0 || strcmp(name, "filter") == 0
               ? COMMAND_DONE
               : command_fail(call, "%s takes a condition, such as level<=debug", name);
}

int search_run(struct command_call *call)
{
    struct text text = {NULL, 0, 0};

    for (size_t i = 0; i < call->n_inputs; i++)
        text_printf(&text, "%s%s", i > 0 ? " " : "", call->inputs[i]);
    app_search(app_of(call), text.data ? text.data : "", false);
    text_release(&text);
    return COMMAND_DONE;
}

int time_run(struct command_call *call)
{
    struct text text = {NULL, 0, 0};

    if (call->n_inputs == 0)
        return command_fail(call, "%s takes a time, such as 14:02", call->command->name);
    for (size_t i = 0; i < call->n_inputs; i++)
        text_printf(&text, "%s%s", i > 0 ? " " : "", call->inputs[i]);
    if (text.data)
        logs_go_time(app_of(call), text.data);
    app_show_pane(app_of(call), PANE_LOGS);
    text_release(&text);
    return COMMAND_DONE;
}

int trace_run(struct command_call *call)
{
    struct app *app = app_of(call);
    int status = command_need_inputs(call, 1, 1);
    ptrdiff_t index;

    if (status != COMMAND_DONE)
        return status;
    index = app_is_learned(app) ? lw_traces_find(app->session->traces, call->inputs[0], strlen(call->inputs[0])) : -1;
    if (index < 0)
        return command_fail(call, "there is no trace %s", call->inputs[0]);
    traces_open(app, (size_t)index, 0);
    return COMMAND_DONE;
}

int goto_run(struct command_call *call)
{
    struct app *app = app_of(call);
    char *end = NULL;
    unsigned long long record = call->n_inputs == 1 ? strtoull(call->inputs[0], &end, 10) : 0;

    if (record == 0 || *end)
        return command_fail(call, "goto takes the number of a record, from 1");
    if (!app->session || !app->session->log)
        return command_fail(call, "there are no records");
    logs_go_record(app, record - 1);
    return COMMAND_DONE;
}

int sql_run(struct command_call *call)
{
    if (call->n_inputs == 0)
        return command_fail(call, "sql takes a statement, such as SELECT * FROM slowest_trace");
    if (!app_is_learned(app_of(call)))
        return command_fail(call, "nothing was learned yet that could be asked");
    tables_show_sql(app_of(call), call->inputs[0]);
    return COMMAND_DONE;
}

int machine_compare_run(struct command_call *call)
{
    int status = command_need_inputs(call, 1, 1);

    if (status == COMMAND_DONE)
        machine_start_diff(app_of(call), call->inputs[0]);
    return status;
}

int compare_run(struct command_call *call)
{
    int status = command_need_inputs(call, 0, 1);

    if (status == COMMAND_DONE)
        compare_with(app_of(call), call->n_inputs > 0 ? call->inputs[0] : NULL);
    return status;
}
