/* `machine --diff`: the machines of two inputs compared. */
#include <math.h>

#include "cmd/input.h"
#include "cmd/machine_checks.h"
#include "cmd/table.h"

static double seconds(int64_t delay_us)
{
    return delay_us == LW_NO_TIME ? NAN : 1e-6 * (double)delay_us;
}

static int diff_row(void *user, size_t index, struct cell *cells, struct lw_error *err)
{
    static const char *const sides[] = {[LW_DIFF_BOTH] = "both", [LW_DIFF_ONLY_A] = "a", [LW_DIFF_ONLY_B] = "b"};
    struct lw_diff_row row;
    int code = lw_machine_diff_get(user, index, &row, err);

    if (code != 0)
        return code;
    cells[0] = cell_string(row.kind == LW_DIFF_STATE ? "state" : "transition");
    cells[1] = cell_string(sides[row.side]);
    cells[2] = cell_text(row.from.data, row.from.len);
    cells[3] = row.kind == LW_DIFF_STATE ? cell_string(NULL) : cell_text(row.to.data, row.to.len);
    cells[4] = cell_count(row.count_a);
    cells[5] = cell_count(row.count_b);
    cells[6] = cell_share(row.probability_a);
    cells[7] = cell_share(row.probability_b);
    cells[8] = cell_share(row.probability_b - row.probability_a);
    cells[9] = cell_number(row.p);
    cells[10] = cell_number(seconds(row.delay_a_us));
    cells[11] = cell_number(seconds(row.delay_b_us));
    cells[12] = cell_number(row.delay_p);
    cells[13] = cell_share(row.bits);
    cells[14] = cell_count(row.is_significant);
    cells[15] = row.event.len > 0 ? cell_text(row.event.data, row.event.len) : cell_string(NULL);
    return 0;
}

/* What is open stands for the first input where there is one alone. */
static int open_two(struct command_call *call, struct lw_workspace *workspaces[2])
{
    struct lw_workspace *open = call->context->workspace;
    bool has_open = call->n_inputs == 1 && open != NULL;
    const char *paths[2];
    int status = COMMAND_DONE;

    if (call->n_inputs != 2 && !has_open)
        return command_fail(call, "machine: --diff compares two workspaces or logs: name both");
    paths[0] = has_open ? NULL : call->inputs[0];
    paths[1] = call->inputs[has_open ? 0 : 1];
    if (has_open)
        workspaces[0] = lw_workspace_retain(open);
    /* a workspace first: a log is learned as it was */
    for (int i = 0; i < 2 && status == COMMAND_DONE; i++)
        if (paths[i] != NULL && lw_workspace_is_file(paths[i])) {
            status = input_open(call, paths[i], &workspaces[i]);
        }
    if (status == COMMAND_DONE && input_is_learning(call) && (workspaces[0] != NULL || workspaces[1] != NULL))
        return command_fail(call, "machine: a workspace has its trace rule and masks already, which the other input is "
                                  "learned by; --trace, --mask and --plan are for two logs");
    for (int i = 0; i < 2 && status == COMMAND_DONE; i++)
        if (workspaces[i] == NULL)
            status = input_open_or_learn(call, paths[i], workspaces[!i], &workspaces[i]);
    return status;
}

static int print_diff(struct command_call *call, struct lw_workspace *const workspaces[2])
{
    static const char *const columns[] = {
        "kind",          "in",         "from", "to",        "count_a",   "count_b", "probability_a",
        "probability_b", "difference", "p",    "delay_a_s", "delay_b_s", "delay_p", "bits",
        "significant",   "event",      NULL};
    struct lw_machine_diff_summary summary;
    struct lw_machine_diff *diff;
    struct lw_error err;
    int code, status;

    for (int i = 0; i < 2; i++)
        if (lw_traces_count(lw_workspace_traces(workspaces[i])) == 0)
            command_say(call, "%s has no traces: nothing can be significant", i == 0 ? "a" : "b");
    if (lw_machine_diff_new(workspaces[0], workspaces[1], NULL, call->run, &diff, &err) != 0)
        return command_error(call, &err);
    lw_machine_diff_summary(diff, &summary);
    struct table table = {columns, summary.n_rows, diff_row, diff};

    code = table_print(call, &table, table_form(call), &err);
    status = code != 0 ? command_error(call, &err) : summary.n_significant > 0 ? COMMAND_FOUND : COMMAND_DONE;
    if (code == 0)
        command_say(call,
                    "%zu of %zu rows differ significantly (p < %g); in both, only a, only b: templates %zu, %zu, %zu; "
                    "states %zu, %zu, %zu; transitions %zu, %zu, %zu",
                    summary.n_significant, summary.n_rows, summary.alpha, summary.templates_both, summary.templates_a,
                    summary.templates_b, summary.states_both, summary.states_a, summary.states_b,
                    summary.transitions_both, summary.transitions_a, summary.transitions_b);
    lw_machine_diff_free(diff);
    return status;
}

int machine_diff_run(struct command_call *call)
{
    struct lw_workspace *workspaces[2] = {NULL, NULL};
    int status = open_two(call, workspaces);

    if (status == COMMAND_DONE)
        status = print_diff(call, workspaces);
    lw_workspace_free(workspaces[0]);
    lw_workspace_free(workspaces[1]);
    return status;
}
