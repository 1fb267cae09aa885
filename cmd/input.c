#include "cmd/input.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/data_dir.h"
#include "cmd/masks.h"
#include "cmd/option_values.h"

#define MOSTLY .9 /* of the records are in traces; else it is said */

const char *input_labels(const struct command_call *call)
{
    return call->values[OPTION_LABELS] != NULL ? call->values[OPTION_LABELS] : call->context->labels;
}

const char *input_trace(const struct command_call *call)
{
    return call->values[OPTION_TRACE] != NULL ? call->values[OPTION_TRACE] : call->context->trace;
}

int input_masks(const struct command_call *call, char **out, struct lw_error *err)
{
    struct lw_summary summary = {.masks = NULL};

    if (call->context->workspace != NULL)
        lw_workspace_summary(call->context->workspace, &summary);
    return masks_find(summary.masks, call->inputs + call->n_inputs, call->n_masks, out, err);
}

int input_open(struct command_call *call, const char *path, struct lw_workspace **out)
{
    struct lw_error err;

    return lw_workspace_open(path, call->run, out, &err) == 0 ? COMMAND_DONE : command_error(call, &err);
}

/* The format that --format names, or that of a workspace (may be NULL); NULL: to be found. */
static const char *find_format(const struct command_call *call, const struct lw_workspace *workspace)
{
    struct lw_summary summary = {.format = ""};

    if (call->values[OPTION_FORMAT] != NULL)
        return call->values[OPTION_FORMAT];
    if (workspace != NULL)
        lw_workspace_summary(workspace, &summary);
    return summary.format[0] != '\0' ? summary.format : NULL;
}

void input_say_coverage(struct command_call *call, const struct lw_workspace *workspace)
{
    struct lw_summary summary;

    lw_workspace_summary(workspace, &summary);
    if (summary.traces > 0 && (double)summary.traced < MOSTLY * (double)summary.records)
        command_say(call,
                    "%.3g %% of the records are in traces (%s); the others are no part of the machine, nor of what is "
                    "generated. --trace gives another rule; info says why this one was chosen",
                    100 * (double)summary.traced / (double)summary.records, summary.trace_rule);
}

static void report_problems(struct command_call *call, const struct lw_log *log)
{
    for (size_t i = 0; i < lw_log_notice_count(log); i++)
        command_say(call, "%s", lw_log_notice(log, i));
    for (size_t i = 0; i < lw_log_source_count(log); i++) {
        struct lw_source source;

        if (lw_log_source(log, i, &source, NULL) == 0 && source.problem != NULL)
            command_say(call, "%.*s: %s", (int)source.path.len, source.path.data, source.problem);
    }
}

#define MAX_REMARKS 8

/* Says which files that INPUTs named by folder or pattern are not read. */
static void report_paths(struct command_call *call, const struct lw_paths *paths)
{
    size_t n = 0;

    for (const char *remark; (remark = lw_paths_remark(paths, n)) != NULL; n++)
        if (n < MAX_REMARKS)
            command_say(call, "%s", remark);
    if (n > MAX_REMARKS)
        command_say(call, "and %zu more left out", n - MAX_REMARKS);
}

/* --max-memory, or three quarters of what the machine has: an error is better than to be killed. 0: not known. */
static int max_memory(const struct command_call *call, uint64_t *out, struct lw_error *err)
{
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);

    *out = pages > 0 && size > 0 ? (uint64_t)pages / 4 * 3 * (uint64_t)size : 0;
    return values_size(call, OPTION_MAX_MEMORY, out, err);
}

/* INPUTs from the n-th on, in the format of a workspace (NULL: found, or given). */
static int read_log(struct command_call *call, size_t from, const struct lw_workspace *workspace, struct lw_log **out)
{
    struct lw_open_options options = LW_OPEN_OPTIONS_INIT;
    struct lw_paths *paths = NULL;
    char *dir = data_dir("formats");
    struct lw_error err;
    int rc = max_memory(call, &options.max_memory, &err);

    options.format = find_format(call, workspace);
    options.zones = call->values[OPTION_ZONE];
    options.offsets = call->values[OPTION_OFFSET];
    options.formats_dir = dir;
    if (rc == 0)
        rc = lw_paths_expand(call->inputs + from, call->n_inputs - from, call->run, &paths, &err);
    if (rc == 0) {
        size_t n;
        const char *const *list = lw_paths_list(paths, &n);

        report_paths(call, paths);
        rc = lw_log_open(list, n, &options, call->run, out, &err);
    }
    lw_paths_free(paths);
    free(dir);
    if (rc != 0)
        return command_error(call, &err);
    report_problems(call, *out);
    return COMMAND_DONE;
}

static int refuse_workspaces(struct command_call *call, size_t from, const char *remedy)
{
    for (size_t i = from; i < call->n_inputs; i++)
        if (lw_workspace_is_file(call->inputs[i]))
            return command_fail(call, "%s: %s is a workspace; %s", call->command->name, call->inputs[i], remedy);
    return COMMAND_DONE;
}

int input_log(struct command_call *call, struct lw_log **out)
{
    struct lw_workspace *plan = NULL;
    int status;

    if (call->n_inputs == 0) {
        if (call->context->log == NULL)
            return command_fail(call, "%s: give a log to read, or - for standard input", call->command->name);
        if (call->values[OPTION_FORMAT] != NULL)
            return command_fail(call, "%s: the open log was read already: name it to read it as --format says",
                                call->command->name);
        *out = lw_log_retain(call->context->log);
        return COMMAND_DONE;
    }
    status = refuse_workspaces(call, 0, "give the log itself");
    if (status == COMMAND_DONE && call->values[OPTION_PLAN] != NULL)
        status = input_open(call, call->values[OPTION_PLAN], &plan);
    if (status == COMMAND_DONE)
        status = read_log(call, 0, plan, out);
    lw_workspace_free(plan);
    return status;
}

/* All, or templates alone; under a plan (NULL: what --plan says). */
static int learn(struct command_call *call, const struct lw_log *log, const struct lw_workspace *given,
                 bool is_templates_only, struct lw_workspace **out)
{
    struct lw_learn_options options = LW_LEARN_OPTIONS_INIT;
    struct lw_workspace *plan = NULL;
    char *masks = NULL;
    struct lw_error err;
    int status = max_memory(call, &options.max_memory, &err) == 0 ? COMMAND_DONE : command_error(call, &err);

    options.trace = input_trace(call);
    options.is_templates_only = is_templates_only;
    if (given != NULL) {
        options.trace = NULL;
        options.plan = given;
    } else if (status == COMMAND_DONE && call->values[OPTION_PLAN] != NULL) {
        if (call->values[OPTION_TRACE] != NULL || call->n_masks > 0)
            return command_fail(call, "%s: --plan brings its own trace rule and masks, so --%s cannot be given with it",
                                call->command->name, call->n_masks > 0 ? "mask" : "trace");
        status = input_open(call, call->values[OPTION_PLAN], &plan);
        options.plan = plan;
    } else if (input_masks(call, &masks, &err) != 0) {
        status = command_error(call, &err);
    }
    options.masks = masks;
    if (status == COMMAND_DONE && lw_workspace_learn(log, &options, call->run, out, &err) != 0)
        status = command_error(call, &err);
    if (status == COMMAND_DONE) {
        struct lw_summary summary;

        lw_workspace_summary(*out, &summary);
        if (summary.folded[0] != '\0')
            command_say(call, "to stay within %llu MB (--max-memory): %s",
                        (unsigned long long)(options.max_memory >> 20), summary.folded);
        if (summary.unnamed > 0)
            command_say(call,
                        "%llu records are in fewer traces than they may be: matching '%s' in them takes too much work",
                        (unsigned long long)summary.unnamed, summary.trace_rule);
        if (summary.traces == 0 && summary.records > 0 && strcmp(summary.trace_rule, "none") != 0)
            command_say(call,
                        "no record names a trace by '%s'; `logwright traces --explain` shows what could name them",
                        summary.trace_rule);
    }
    lw_workspace_free(plan);
    lw_free(masks);
    return status;
}

int input_learn(struct command_call *call, const struct lw_log *log, struct lw_workspace **out)
{
    return learn(call, log, NULL, false, out);
}

bool input_is_learning(const struct command_call *call)
{
    return call->values[OPTION_TRACE] != NULL || call->values[OPTION_PLAN] != NULL || call->n_masks > 0;
}

/* What is learned keeps the rule that it was learned by. */
static int refuse_rule(struct command_call *call)
{
    return !input_is_learning(call)
               ? COMMAND_DONE
               : command_fail(call, "%s: a workspace has its %s already; --trace, --mask and --plan are for logs alone",
                              call->command->name, call->n_masks > 0 ? "masks" : "trace rule");
}

static int refuse_reading(struct command_call *call)
{
    return call->values[OPTION_FORMAT] == NULL
               ? refuse_rule(call)
               : command_fail(call, "%s: a workspace was read already; --format is for logs that are named",
                              call->command->name);
}

static int find_workspace(struct command_call *call, bool is_templates_only, struct lw_workspace **out,
                          struct lw_log **log)
{
    struct lw_log *opened = NULL;
    int status = COMMAND_DONE;

    if (log != NULL)
        *log = NULL;
    if (call->n_inputs == 0 && call->context->workspace != NULL &&
        (!input_is_learning(call) || call->context->log == NULL)) {
        if (refuse_reading(call) != COMMAND_DONE)
            return COMMAND_FAILED;
        *out = lw_workspace_retain(call->context->workspace);
        if (log != NULL && call->context->log != NULL)
            *log = lw_log_retain(call->context->log);
        return COMMAND_DONE;
    }
    if (call->n_inputs == 0 && call->context->log == NULL)
        return command_fail(call, "%s: give a log, - for standard input, or a workspace", call->command->name);
    if (call->n_inputs == 1 && lw_workspace_is_file(call->inputs[0]))
        return refuse_reading(call) == COMMAND_DONE ? input_open(call, call->inputs[0], out) : COMMAND_FAILED;
    if (call->n_inputs > 1)
        status = refuse_workspaces(call, 0, "give one workspace alone, or logs");
    if (status == COMMAND_DONE)
        status = input_log(call, &opened);
    if (status == COMMAND_DONE)
        status = learn(call, opened, NULL, is_templates_only, out);
    if (status == COMMAND_DONE && log != NULL)
        *log = opened;
    else
        lw_log_free(opened);
    return status;
}

int input_workspace(struct command_call *call, struct lw_workspace **out, struct lw_log **log)
{
    return find_workspace(call, false, out, log);
}

int input_templates(struct command_call *call, struct lw_workspace **out, struct lw_log **log)
{
    return find_workspace(call, true, out, log);
}

int input_open_or_learn(struct command_call *call, const char *path, const struct lw_workspace *plan,
                        struct lw_workspace **out)
{
    struct command_call one = *call;
    struct lw_log *log = NULL;
    int status;

    if (lw_workspace_is_file(path))
        return input_open(call, path, out);
    one.inputs = &path;
    one.n_inputs = 1;
    status = read_log(&one, 0, plan, &log);
    if (status == COMMAND_DONE)
        status = learn(call, log, plan, false, out);
    lw_log_free(log);
    return status;
}

/* ---- traces of one thing under another ------------------------------------------------------------------------- */

void subject_release(struct subject *subject)
{
    lw_traces_free(subject->matched);
    lw_workspace_free(subject->workspace);
    lw_log_free(subject->log);
}

int input_read(struct command_call *call, const char *path, const struct lw_workspace *workspace, struct lw_log **log)
{
    struct command_call one = *call;
    int status;

    one.inputs = &path;
    one.n_inputs = 1;
    *log = NULL;
    status = refuse_workspaces(&one, 0, "give the log itself");
    return status == COMMAND_DONE ? read_log(&one, 0, workspace, log) : status;
}

int input_match(struct command_call *call, const char *path, const struct lw_workspace *workspace, struct lw_log **log,
                struct lw_traces **traces)
{
    struct lw_error err;
    int status = input_read(call, path, workspace, log);

    if (status == COMMAND_DONE && lw_traces_match(workspace, *log, call->run, traces, &err) != 0)
        status = command_error(call, &err);
    return status;
}

static int match_log(struct command_call *call, struct subject *subject)
{
    struct lw_error err;
    int status = refuse_rule(call);

    if (status == COMMAND_DONE)
        status = refuse_workspaces(call, 1, "give one, before the logs; `merge` joins several");
    if (status == COMMAND_DONE)
        status = input_open(call, call->inputs[0], &subject->workspace);
    if (status == COMMAND_DONE)
        status = read_log(call, 1, subject->workspace, &subject->log);
    if (status == COMMAND_DONE &&
        lw_traces_match(subject->workspace, subject->log, call->run, &subject->matched, &err) != 0)
        status = command_error(call, &err);
    return status;
}

int input_subject(struct command_call *call, struct subject *out)
{
    struct subject subject = {NULL, NULL, NULL, NULL};
    int status;

    if (call->n_inputs > 1 && lw_workspace_is_file(call->inputs[0]))
        status = match_log(call, &subject);
    else if (call->n_inputs > 1 && lw_workspace_is_file(call->inputs[1]))
        status = command_fail(call, "%s: the workspace comes first: %s %s %s", call->command->name, call->command->name,
                              call->inputs[1], call->inputs[0]);
    else
        status = input_workspace(call, &subject.workspace, &subject.log);
    if (status != COMMAND_DONE) {
        subject_release(&subject);
        return status;
    }
    if (subject.matched != NULL)
        subject.traces = subject.matched;
    else if (subject.workspace == call->context->workspace && call->context->matched != NULL)
        subject.traces = call->context->matched;
    else
        subject.traces = lw_workspace_traces(subject.workspace);
    *out = subject;
    return COMMAND_DONE;
}
