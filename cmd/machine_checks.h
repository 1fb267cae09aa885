/* `machine` under --diff and --accepts: what is held against a machine. Exit 1 where something differs. */
#ifndef LW_CMD_MACHINE_CHECKS_H
#define LW_CMD_MACHINE_CHECKS_H

#include "cmd/command.h"

int machine_diff_run(struct command_call *call);
int machine_accepts_run(struct command_call *call);
int machine_relations_run(struct command_call *call);

#endif
