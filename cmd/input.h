/* What a command works on: the INPUTs of the call as a log or a workspace, or, without any, what the context has open.
 * Everything handed out is retained for the caller, who frees it. Errors and what was wrong with a source are printed;
 * then COMMAND_FAILED is returned, else COMMAND_DONE. */
#ifndef LW_CMD_INPUT_H
#define LW_CMD_INPUT_H

#include "cmd/command.h"

/* The INPUTs as one log. */
int input_log(struct command_call *call, struct lw_log **out);
/* Says on standard error when many records are in no trace, so that nobody takes what is generated for all of the log.
 */
void input_say_coverage(struct command_call *call, const struct lw_workspace *workspace);
/* Learns a workspace from a log as --trace and --plan say. */
int input_learn(struct command_call *call, const struct lw_log *log, struct lw_workspace **out);
/* One INPUT that is a workspace, or logs to learn from. *log: NULL, or the log behind it, where there is one; may be
 * NULL if the caller has no use for it. */
int input_workspace(struct command_call *call, struct lw_workspace **out, struct lw_log **log);
/* The same for what only looks at templates: from a log nothing else is learned. */
int input_templates(struct command_call *call, struct lw_workspace **out, struct lw_log **log);
/* Traces, what they were learned from or matched against, and the log behind them. */
struct subject {
    struct lw_workspace *workspace;
    struct lw_log *log;             /* NULL: a workspace alone was given */
    struct lw_traces *matched;      /* or NULL */
    const struct lw_traces *traces; /* those of the log, or of the workspace that was given alone */
};
/* [WORKSPACE] LOG...: behind a workspace, the logs are read in its format (but for --format) and matched against it.
 * Otherwise what input_workspace gives. */
int input_subject(struct command_call *call, struct subject *out);
void subject_release(struct subject *subject);
/* Whether options ask that a log be learned from, even where something learned is open. */
bool input_is_learning(const struct command_call *call);
/* Opens one workspace file. */
int input_open(struct command_call *call, const char *path, struct lw_workspace **out);
/* Opens one workspace file, or learns one log, with --trace and --mask, or (plan not NULL) as the plan was learned. */
int input_open_or_learn(struct command_call *call, const char *path, const struct lw_workspace *plan,
                        struct lw_workspace **out);
/* One log (- for standard input), read in the workspace's format (NULL: it is found) but for --format. */
int input_read(struct command_call *call, const char *path, const struct lw_workspace *workspace, struct lw_log **log);
/* The traces of one log (- for standard input), read in the workspace's format but for --format and matched against it.
 */
int input_match(struct command_call *call, const char *path, const struct lw_workspace *workspace, struct lw_log **log,
                struct lw_traces **traces);

/* Values of options, or what the context has. */
const char *input_labels(const struct command_call *call);
const char *input_trace(const struct command_call *call);
/* Masks to learn with: those of the open workspace, else of the settings, and those of --mask. Freed with lw_free. */
int input_masks(const struct command_call *call, char **out, struct lw_error *err);

#endif
