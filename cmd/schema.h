/* What `schema`, `export` and `query` work on: the INPUTs of a call as tables. */
#ifndef LW_CMD_SCHEMA_H
#define LW_CMD_SCHEMA_H

#include "cmd/input.h"

struct tables {
    struct subject subject;
    struct lw_schema *schema;
};
/* [WORKSPACE] [LOG...]. Says so where records are not known. Errors are printed. */
int tables_open(struct command_call *call, struct tables *out);
void tables_release(struct tables *tables);

#endif
