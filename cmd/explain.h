/* Why a message is in its template, as text or as one line of JSON. */
#ifndef LW_CMD_EXPLAIN_H
#define LW_CMD_EXPLAIN_H

#include "cmd/command.h"

/* 0, or a negative enum lw_code. */
int explain_print(FILE *out, const struct lw_workspace *workspace, const char *message, size_t len, bool is_json,
                  struct lw_error *err);
/* `templates --explain`: the line, or the lines of standard input, under the templates of the INPUTs. */
int explain_run(struct command_call *call);

#endif
