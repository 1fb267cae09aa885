/* The functions behind the rows of the table; each file of cmd/ that has some defines them. They return the codes of
 * command.h. */
#ifndef LW_CMD_COMMANDS_H
#define LW_CMD_COMMANDS_H

struct command_call;

int formats_run(struct command_call *call);
int help_run(struct command_call *call);
int version_run(struct command_call *call);

#endif
