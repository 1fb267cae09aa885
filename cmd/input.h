/* What a command works on: the INPUTs of the call as a log or a workspace, or, without any, what the context has open.
 * Everything handed out is retained for the caller, who frees it. Errors and what was wrong with a source are printed;
 * then COMMAND_FAILED is returned, else COMMAND_DONE. */
#ifndef LW_CMD_INPUT_H
#define LW_CMD_INPUT_H

#include "cmd/command.h"

/* INPUTs from the n-th on as one log. */
int input_log(struct command_call *call, size_t from, struct lw_log **out);
/* Learns a workspace from a log as --trace and --plan say. */
int input_learn(struct command_call *call, const struct lw_log *log, struct lw_workspace **out);
/* One INPUT that is a workspace, or logs to learn from. *log: NULL, or the log behind it, where there is one; may be
 * NULL if the caller has no use for it. */
int input_workspace(struct command_call *call, struct lw_workspace **out, struct lw_log **log);
/* Opens one workspace file. */
int input_open(struct command_call *call, const char *path, struct lw_workspace **out);

/* Values of options, or what the context has. */
const char *input_labels(const struct command_call *call);
const char *input_trace(const struct command_call *call);

#endif
