/* A log of text that this process has made and that no file has. */
#ifndef LW_LOG_SPOOLED_H
#define LW_LOG_SPOOLED_H

#include "input/spool.h"

/* Takes the spool over, on failure too. name: what the source is called. options: may be NULL. */
int log_open_spool(struct spool *spool, const char *name, const struct lw_open_options *options,
                   const struct lw_run *run, struct lw_log **out, struct lw_error *err);

#endif
