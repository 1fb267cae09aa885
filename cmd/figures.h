/* What commands have in common that compare two logs and print a table of figures. */
#ifndef LW_CMD_FIGURES_H
#define LW_CMD_FIGURES_H

#include "cmd/command.h"

struct two_logs {
    struct lw_workspace *workspace; /* learned from the real log */
    struct lw_log *real, *synthetic;
};
/* [[WORKSPACE] REAL] SYNTH. Without REAL, what is open is meant. logs: all NULL before; released whatever comes back.
 */
int two_logs_open(struct command_call *call, struct two_logs *logs);
void two_logs_release(struct two_logs *logs);

/* Prints the figures: of a table of text the whole ones and the first parts, else all. *failed: whole figures that
 * fail. */
int figures_print(struct command_call *call, const struct lw_figures *figures, size_t *failed);

#endif
