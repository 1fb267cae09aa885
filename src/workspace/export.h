/* Writing the tables of a schema: into a database, and as CSV. */
#ifndef LW_WORKSPACE_EXPORT_H
#define LW_WORKSPACE_EXPORT_H

#include "workspace/database.h"
#include "workspace/relational.h"

/* Makes all tables and views that have something to say and fills them, within the transaction at hand. */
int export_tables(const struct database *db, const struct lw_schema *schema, const struct lw_run *run,
                  struct lw_error *err);
/* Whether the rows belong to what was learned, so that both can stand in one file; LW_ERR_USAGE if not. */
int export_check(const struct lw_schema *schema, struct lw_error *err);

#endif
