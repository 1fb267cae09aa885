/* Commands of the prompt that set constraints and edit templates. */
#include "ui/app/commands.h"
#include "ui/app/jobs.h"
#include "ui/kit/text.h"
#include "ui/panes/panes.h"

#include <stdlib.h>
#include <string.h>

int set_run(struct command_call *call)
{
    int status = command_need_inputs(call, 1, 1); /* the line as it was typed */

    if (status != COMMAND_DONE)
        return status;
    return generate_take_line(app_of(call), call->inputs[0]) == 0 ? COMMAND_DONE : COMMAND_FAILED;
}

int generate_file_run(struct command_call *call)
{
    struct bench_files files = {.as = NULL};
    char *const places[] = {files.path, files.labels, files.record_labels};
    int status = command_need_inputs(call, 1, 3);

    for (size_t i = 0; status == COMMAND_DONE && i < call->n_inputs; i++)
        if (snprintf(places[i], KNOB_FILE, "%s", call->inputs[i]) >= KNOB_FILE)
            status = command_fail(call, "the name of a file has at most %d bytes here", KNOB_FILE - 1);
    if (status != COMMAND_DONE)
        return status;
    if (call->n_inputs == 1)
        bench_name_labels(&files);
    files.as = bench_form_of(files.path);
    bench_generate(app_of(call), &files);
    return COMMAND_DONE;
}

int method_run(struct command_call *call)
{
    int status = command_need_inputs(call, 1, 1);

    if (status != COMMAND_DONE)
        return status;
    for (size_t i = 0; i < lw_method_count(); i++)
        if (strcmp(lw_method_get(i)->name, call->inputs[0]) == 0) {
            bench_set_method(app_of(call), i);
            return COMMAND_DONE;
        }
    return command_fail(call, "%s: there is no such method", call->inputs[0]);
}

int constraints_read_run(struct command_call *call)
{
    int status = command_need_inputs(call, 1, 1);

    if (status == COMMAND_DONE)
        bench_read(app_of(call), call->inputs[0]);
    return status;
}

int constraints_write_run(struct command_call *call)
{
    int status = command_need_inputs(call, 1, 1);

    if (status == COMMAND_DONE)
        bench_write(app_of(call), call->inputs[0]);
    return status;
}

int edit_run(struct command_call *call)
{
    const char *name = call->command->name;
    bool is_pin = strcmp(name, "pin") == 0;
    int status = command_need_inputs(call, is_pin ? 1 : 2, 1000);
    struct text joined = {NULL, 0, 0};
    const char *args[2];

    if (status != COMMAND_DONE)
        return status;
    if (strcmp(name, "rename") != 0 && !is_pin) {
        session_start_edit(app_of(call), EDIT_ROWS, strcmp(name, "join") == 0 ? "merge" : name, call->inputs,
                           call->n_inputs);
        return COMMAND_DONE;
    }
    /* a name may have blanks, and so may a text */
    for (size_t i = is_pin ? 0 : 1; i < call->n_inputs; i++)
        text_printf(&joined, "%s%s", joined.data ? " " : "", call->inputs[i]);
    args[0] = is_pin ? (joined.data ? joined.data : "") : call->inputs[0];
    args[1] = joined.data ? joined.data : "";
    session_start_edit(app_of(call), EDIT_ROWS, name, args, is_pin ? 1 : 2);
    text_release(&joined);
    return COMMAND_DONE;
}
