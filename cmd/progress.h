/* How a command runs in the shell: threads as --threads says, and a line of progress on a terminal once the work has
 * taken a second. */
#ifndef LW_CMD_PROGRESS_H
#define LW_CMD_PROGRESS_H

#include "cmd/command.h"

struct progress {
    struct lw_run run;
    FILE *messages; /* NULL: nothing is shown */
    double start_s, shown_s;
    bool is_shown;
};

/* Borrows call's streams; run stays valid until progress_stop. */
int progress_start(struct progress *progress, struct command_call *call, struct lw_error *err);
void progress_stop(struct progress *progress);

#endif
