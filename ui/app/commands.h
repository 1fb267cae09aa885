/*
 * The workbench's own commands: rows like those of the shell, which run at once, since they only start jobs. One
 * function a row; the table is in commands.c.
 */
#ifndef LW_APP_COMMANDS_H
#define LW_APP_COMMANDS_H

#include "ui/app/app.h"

#include "cmd/command.h"

static inline struct app *app_of(struct command_call *call)
{
    return call->context->user;
}

/* COMMAND_DONE, or a message that says what the command takes. */
int command_need_inputs(struct command_call *call, size_t least, size_t most);

/* commands_open.c: what is open and what was learned of it */
int open_run(struct command_call *call);
int labels_run(struct command_call *call);
int format_run(struct command_call *call);
int trace_rule_run(struct command_call *call);
int mask_run(struct command_call *call);
int save_run(struct command_call *call);
int indexing_run(struct command_call *call);
int learn_now_run(struct command_call *call);
int quit_run(struct command_call *call);

/* commands_go.c: what is shown */
int filter_run(struct command_call *call);
int search_run(struct command_call *call);
int time_run(struct command_call *call);
int trace_run(struct command_call *call);
int goto_run(struct command_call *call);
int sql_run(struct command_call *call);
int compare_run(struct command_call *call);
int machine_compare_run(struct command_call *call);

/* commands_set.c: constraints and templates */
int set_run(struct command_call *call);
int generate_file_run(struct command_call *call);
int method_run(struct command_call *call);
int constraints_read_run(struct command_call *call);
int constraints_write_run(struct command_call *call);
int edit_run(struct command_call *call);

/* command_job.c: a line for the engine's commands, in a job; what it prints becomes a page. */
void command_start(struct app *app, const char *line);
/* What a command said, without the program's name. */
void command_say_message(struct app *app, const char *text, size_t len);

#endif
