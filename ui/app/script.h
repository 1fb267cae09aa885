/*
 * Scripts play the workbench without a terminal: each line, and each key, waits until all before it has come to rest.
 *
 *   keys j j Enter      presses keys        :filter error     runs a command
 *   text words          types words         wait              waits (dump does so by itself)
 *   dump NAME           prints the screen   dump! NAME        with a line of styles below each row
 *   size 160x50         resizes             expect PREDICATE  stops with exit code 1 unless it holds
 *   # ...               is a comment
 */
#ifndef LW_APP_SCRIPT_H
#define LW_APP_SCRIPT_H

#include "ui/app/app.h"

struct script;

/* "-" reads standard input. */
int script_read(const char *path, struct script **out, struct lw_error *err);
void script_free(struct script *script);
/* Does the next line, or presses the next key of one; false at the end. The app is idle and its frame is drawn. */
bool script_step(struct app *app);

#endif
