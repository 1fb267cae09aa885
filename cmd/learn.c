#include <stdlib.h>

#include "cmd/commands.h"
#include "cmd/input.h"

/* With the rows of the log (NULL: those that the workspace has, if any). */
static int write_workspace(struct command_call *call, struct lw_workspace *workspace, struct lw_log *log,
                           const struct lw_traces *traces, struct lw_error *err)
{
    struct lw_schema *schema;
    int code;

    if (call->values[OPTION_ROWS] == NULL || log == NULL)
        return lw_workspace_save(workspace, call->values[OPTION_OUTPUT], err);
    code = lw_schema_new(workspace, log, traces, call->run, &schema, err);
    if (code != 0)
        return code;
    code = lw_schema_save(schema, call->values[OPTION_OUTPUT], call->run, err);
    lw_schema_free(schema);
    return code;
}

static int save(struct command_call *call, struct lw_workspace *workspace, struct lw_log *log,
                const struct lw_traces *traces)
{
    const char *path = call->values[OPTION_OUTPUT];
    struct lw_summary summary;
    struct lw_error err;

    if (write_workspace(call, workspace, log, traces, &err) != 0)
        return command_error(call, &err);
    lw_workspace_summary(workspace, &summary);
    command_say(call, "%s: %llu record%s, %llu template%s, %llu trace%s in %llu variant%s, %llu state%s", path,
                (unsigned long long)summary.records, command_s(summary.records), (unsigned long long)summary.templates,
                command_s(summary.templates), (unsigned long long)summary.traces, command_s(summary.traces),
                (unsigned long long)summary.variants, command_s(summary.variants), (unsigned long long)summary.states,
                command_s(summary.states));
    input_say_coverage(call, workspace);
    if (summary.idle_edits > 0)
        command_say(call, "%llu of %llu edits of templates found none that they could be applied to",
                    (unsigned long long)summary.idle_edits, (unsigned long long)summary.edits);
    return COMMAND_DONE;
}

int learn_run(struct command_call *call)
{
    struct lw_workspace *workspace = NULL;
    struct lw_log *log = NULL;
    int status;

    if (call->values[OPTION_OUTPUT] == NULL)
        return command_fail(call, "learn: say where to write the workspace: -o W.lw");
    if (call->n_inputs == 0 && call->context->workspace != NULL && !input_is_learning(call))
        return save(call, call->context->workspace, call->context->log, call->context->matched);
    status = input_log(call, &log);
    if (status == COMMAND_DONE)
        status = input_learn(call, log, &workspace);
    if (status == COMMAND_DONE)
        status = save(call, workspace, log, NULL);
    lw_workspace_free(workspace);
    lw_log_free(log);
    return status;
}

int merge_run(struct command_call *call)
{
    struct lw_workspace **parts, *merged = NULL;
    struct lw_error err;
    int status = COMMAND_DONE;
    size_t n;

    if (call->values[OPTION_OUTPUT] == NULL)
        return command_fail(call, "merge: say where to write the merged workspace: -o W.lw");
    if (call->n_inputs == 0)
        return command_fail(call, "merge: give the workspaces to merge, in the order of their logs");
    parts = calloc(call->n_inputs, sizeof(struct lw_workspace *));
    if (parts == NULL)
        return command_fail(call, "out of memory");
    for (n = 0; n < call->n_inputs && status == COMMAND_DONE; n++)
        status = input_open(call, call->inputs[n], &parts[n]);
    if (status == COMMAND_DONE &&
        lw_workspace_merge((const struct lw_workspace *const *)parts, call->n_inputs, call->run, &merged, &err) != 0)
        status = command_error(call, &err);
    if (status == COMMAND_DONE)
        status = save(call, merged, NULL, NULL);
    lw_workspace_free(merged);
    while (n > 0)
        lw_workspace_free(parts[--n]);
    free(parts);
    return status;
}
