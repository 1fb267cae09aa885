/* The workbench as commands of the shell: `logwright [FILE...]` and `logwright tutor`. */
#ifndef LW_APP_WORKBENCH_H
#define LW_APP_WORKBENCH_H

#include <stddef.h>

struct command;

/* Rows besides the engine's own; the first is the workbench itself. */
const struct command *workbench_commands(size_t *n);

#endif
