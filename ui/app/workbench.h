/* The workbench as commands of the shell: `logwright [FILE...]` and `logwright tutor`. */
#ifndef LW_APP_WORKBENCH_H
#define LW_APP_WORKBENCH_H

#include <stddef.h>

struct command;
struct command_call;

/* Rows besides the engine's own; the first is the workbench itself. */
const struct command *workbench_commands(size_t *n);

/* The row `keys`. */
int keys_run(struct command_call *call);

#endif
