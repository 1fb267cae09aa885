/* The program as a shell runs it: signals, streams, and which command was meant. */
#ifndef LW_CMD_SHELL_H
#define LW_CMD_SHELL_H

#include "cmd/command.h"

/* Runs the command that argv[1] names, also -h, --help and --version, with further rows besides the engine's own (may
 * be NULL). Returns the exit status, or -1 if argv[1] names none: then the arguments are logs to open. */
int shell_main(int argc, char **argv, const struct command *more, size_t n_more);
/* Runs one command by name on argv[1 ...]. */
int shell_run(const char *name, int argc, char **argv, const struct command *more, size_t n_more);

#endif
