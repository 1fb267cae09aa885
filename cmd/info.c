#include <math.h>

#include "cmd/commands.h"
#include "cmd/input.h"
#include "cmd/table.h"

/* Records of the levels that were seen, as "info 1200" and so on. */
static struct cell level_cell(const struct lw_summary *summary, char (*texts)[40], struct lw_bytes *items)
{
    size_t n = 0;

    for (size_t i = 1; i < LW_LEVEL_COUNT; i++) {
        if (summary->levels[i] == 0)
            continue;
        snprintf(texts[n], sizeof texts[n], "%s %llu", lw_level_name((enum lw_level)i),
                 (unsigned long long)summary->levels[i]);
        items[n] = cell_string(texts[n]).as.text;
        n++;
    }
    return cell_list(items, n);
}

int info_run(struct command_call *call)
{
    static const char *const columns[] = {"format",    "records", "lines",       "bytes",      "start",     "end",
                                          "days",      "rate",    "levels",      "events",     "traces",    "variants",
                                          "templates", "states",  "transitions", "trace_rule", "trace_why", NULL};
    struct cell cells[TABLE_MAX_COLUMNS];
    struct lw_bytes levels[LW_LEVEL_COUNT];
    char texts[LW_LEVEL_COUNT][40];
    struct lw_workspace *workspace;
    struct lw_summary s;
    double span_s = NAN;
    int status = input_workspace(call, &workspace, NULL);

    if (status != COMMAND_DONE)
        return status;
    lw_workspace_summary(workspace, &s);
    if (s.first_us != LW_NO_TIME)
        span_s = 1e-6 * ((double)s.last_us - (double)s.first_us);
    cells[0] = cell_string(s.format);
    cells[1] = cell_count(s.records);
    cells[2] = cell_count(s.lines);
    cells[3] = cell_count(s.bytes);
    cells[4] = cell_time(s.first_us);
    cells[5] = cell_time(s.last_us);
    cells[6] = cell_number(span_s / 86400);
    cells[7] = cell_number(span_s > 0 ? (double)s.records / span_s : NAN);
    cells[8] = level_cell(&s, texts, levels);
    cells[9] = cell_count(s.events);
    cells[10] = cell_count(s.traces);
    cells[11] = cell_count(s.variants);
    cells[12] = cell_count(s.templates);
    cells[13] = cell_count(s.states);
    cells[14] = cell_count(s.transitions);
    cells[15] = cell_string(s.trace_rule);
    cells[16] = cell_string(s.trace_why);
    table_print_one(call, columns, cells, table_form(call));
    lw_workspace_free(workspace);
    return COMMAND_DONE;
}
