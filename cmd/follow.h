/* `generate --follow`: a log that is written for ever, each record when its time has come. */
#ifndef LW_CMD_FOLLOW_H
#define LW_CMD_FOLLOW_H

#include "cmd/command.h"

/* Until an interrupt, the reader's end, or as much as --traces, --records or --duration say; whole lines in any case.
 */
int generate_follow(struct command_call *call, const struct lw_workspace *workspace,
                    const struct lw_constraints *constraints);

#endif
