#include "cmd/input.h"

#include "cmd/option_values.h"

const char *input_labels(const struct command_call *call)
{
    return call->values[OPTION_LABELS] != NULL ? call->values[OPTION_LABELS] : call->context->labels;
}

const char *input_trace(const struct command_call *call)
{
    return call->values[OPTION_TRACE] != NULL ? call->values[OPTION_TRACE] : call->context->trace;
}

int input_open(struct command_call *call, const char *path, struct lw_workspace **out)
{
    struct lw_error err;

    return lw_workspace_open(path, call->run, out, &err) == 0 ? COMMAND_DONE : command_error(call, &err);
}

/* The format that --format names, or that of the plan; NULL: to be found. *plan_format is kept by the caller. */
static int find_format(struct command_call *call, struct lw_workspace **plan, const char **out)
{
    struct lw_summary summary;

    *plan = NULL;
    *out = call->values[OPTION_FORMAT];
    if (call->values[OPTION_PLAN] == NULL)
        return COMMAND_DONE;
    if (input_open(call, call->values[OPTION_PLAN], plan) != COMMAND_DONE)
        return COMMAND_FAILED;
    lw_workspace_summary(*plan, &summary);
    if (*out == NULL && summary.format[0] != '\0')
        *out = summary.format;
    return COMMAND_DONE;
}

static void report_problems(struct command_call *call, const struct lw_log *log)
{
    for (size_t i = 0; i < lw_log_source_count(log); i++) {
        struct lw_source source;

        if (lw_log_source(log, i, &source, NULL) == 0 && source.problem != NULL)
            command_say(call, "%.*s: %s", (int)source.path.len, source.path.data, source.problem);
    }
}

int input_log(struct command_call *call, size_t from, struct lw_log **out)
{
    struct lw_open_options options = LW_OPEN_OPTIONS_INIT;
    struct lw_workspace *plan = NULL;
    struct lw_error err;
    int status;

    if (call->n_inputs <= from) {
        if (call->context->log == NULL)
            return command_fail(call, "%s: give a log to read, or - for standard input", call->command->name);
        *out = lw_log_retain(call->context->log);
        return COMMAND_DONE;
    }
    for (size_t i = from; i < call->n_inputs; i++)
        if (lw_workspace_is_file(call->inputs[i]))
            return command_fail(call, "%s: %s is a workspace; give the log itself", call->command->name,
                                call->inputs[i]);
    if (values_size(call, OPTION_MAX_MEMORY, &options.max_memory, &err) != 0)
        return command_error(call, &err);
    status = find_format(call, &plan, &options.format);
    if (status == COMMAND_DONE &&
        lw_log_open(call->inputs + from, call->n_inputs - from, &options, call->run, out, &err) != 0)
        status = command_error(call, &err);
    lw_workspace_free(plan);
    if (status == COMMAND_DONE)
        report_problems(call, *out);
    return status;
}

int input_learn(struct command_call *call, const struct lw_log *log, struct lw_workspace **out)
{
    struct lw_learn_options options = LW_LEARN_OPTIONS_INIT;
    struct lw_workspace *plan = NULL;
    struct lw_error err;
    int status = COMMAND_DONE;

    options.trace = input_trace(call);
    if (call->values[OPTION_PLAN] != NULL) {
        if (call->values[OPTION_TRACE] != NULL)
            return command_fail(call, "%s: --plan brings its own trace rule, so --trace cannot be given with it",
                                call->command->name);
        status = input_open(call, call->values[OPTION_PLAN], &plan);
        options.plan = plan;
    }
    if (status == COMMAND_DONE && lw_workspace_learn(log, &options, call->run, out, &err) != 0)
        status = command_error(call, &err);
    lw_workspace_free(plan);
    return status;
}

int input_workspace(struct command_call *call, struct lw_workspace **out, struct lw_log **log)
{
    struct lw_log *opened = NULL;
    int status;

    if (log != NULL)
        *log = NULL;
    if (call->n_inputs == 0 && call->context->workspace != NULL) {
        *out = lw_workspace_retain(call->context->workspace);
        if (log != NULL && call->context->log != NULL)
            *log = lw_log_retain(call->context->log);
        return COMMAND_DONE;
    }
    if (call->n_inputs == 0 && call->context->log == NULL)
        return command_fail(call, "%s: give a log, - for standard input, or a workspace", call->command->name);
    if (call->n_inputs == 1 && lw_workspace_is_file(call->inputs[0]))
        return input_open(call, call->inputs[0], out);
    status = input_log(call, 0, &opened);
    if (status == COMMAND_DONE)
        status = input_learn(call, opened, out);
    if (status == COMMAND_DONE && log != NULL)
        *log = opened;
    else
        lw_log_free(opened);
    return status;
}
