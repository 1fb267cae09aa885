#include "cmd/commands.h"
#include "cmd/table.h"

static int format_row(void *user, size_t index, struct cell *cells, struct lw_error *err)
{
    const struct lw_format_info *info = lw_format_get(index);

    (void)user, (void)err;
    cells[0] = cell_string(info->name);
    cells[1] = cell_string(info->help);
    return 0;
}

int formats_run(struct command_call *call)
{
    static const char *const columns[] = {"name", "help", NULL};
    struct table table = {columns, lw_format_count(), format_row, NULL};
    struct lw_error err;

    return table_print(call, &table, table_form(call), &err) == 0 ? COMMAND_DONE : command_error(call, &err);
}
