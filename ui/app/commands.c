/*
 * Lines of the prompt. The workbench's own commands are rows like those of the shell and run at once, since they only
 * start jobs; all others run in a job, on what is open, and what they print becomes a page.
 */
#include "ui/app/app.h"
#include "ui/app/feed.h"
#include "ui/app/find.h"
#include "ui/app/jobs.h"
#include "ui/app/marks.h"
#include "ui/kit/text.h"
#include "ui/panes/panes.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/masks.h"

static struct app *app_of(struct command_call *call)
{
    return call->context->user;
}

static int need_inputs(struct command_call *call, size_t least, size_t most)
{
    if (call->n_inputs < least || call->n_inputs > most)
        return command_fail(call, "%s takes %s", call->command->name, call->command->arguments);
    return COMMAND_DONE;
}

/* What is open is about to be left. */
static int need_saved(struct command_call *call)
{
    return app_is_edited(app_of(call)) ? command_fail(call, "edits are not saved: :save FILE keeps them, U undoes them")
                                       : COMMAND_DONE;
}

static int open_run(struct command_call *call)
{
    struct session_request request = {call->inputs,
                                      call->n_inputs,
                                      call->values[OPTION_FORMAT],
                                      call->values[OPTION_TRACE],
                                      call->values[OPTION_LABELS],
                                      NULL,
                                      app_of(call)->options.zones,
                                      app_of(call)->options.offsets,
                                      app_of(call)->options.max_memory,
                                      false};
    char *masks = NULL;
    struct lw_error err;
    int status = need_inputs(call, 1, 1000);

    if (status == COMMAND_DONE)
        status = need_saved(call);
    if (status == COMMAND_DONE &&
        masks_find(app_of(call)->options.masks, call->inputs + call->n_inputs, call->n_masks, &masks, &err) != 0)
        status = command_error(call, &err);
    request.masks = masks;
    if (status == COMMAND_DONE)
        feed_open(app_of(call), &request);
    lw_free(masks);
    return status;
}

/* Opens what is open again, under other rules (NULL: as they were); the log is read anew only for another format. */
static int reopen(struct command_call *call, const char *format, const char *trace, const char *labels,
                  const char *masks)
{
    struct app *app = app_of(call);
    struct session_request request;
    int status = need_saved(call);

    if (status != COMMAND_DONE)
        return status;
    if (!app->session)
        return command_fail(call, "nothing is open yet");
    request = session_request_of(app->session);
    request.format = format ? format : request.format;
    request.trace = trace ? trace : request.trace;
    request.labels = labels ? labels : request.labels;
    request.masks = masks ? masks : request.masks;
    request.zones = app->options.zones;
    request.offsets = app->options.offsets;
    request.max_memory = app->options.max_memory;
    if (format || !app->session->log)
        feed_open(app, &request);
    else
        session_start_learn(app, &request);
    return COMMAND_DONE;
}

static int labels_run(struct command_call *call)
{
    return need_inputs(call, 1, 1) == COMMAND_DONE ? reopen(call, NULL, NULL, call->inputs[0], NULL) : COMMAND_FAILED;
}

static int format_run(struct command_call *call)
{
    return need_inputs(call, 1, 1) == COMMAND_DONE ? reopen(call, call->inputs[0], NULL, NULL, NULL) : COMMAND_FAILED;
}

static int trace_rule_run(struct command_call *call)
{
    return need_inputs(call, 1, 1) == COMMAND_DONE ? reopen(call, NULL, call->inputs[0], NULL, NULL) : COMMAND_FAILED;
}

static void list_masks(struct app *app, const char *masks)
{
    if (*masks)
        output_show(app, "mask", masks, strlen(masks));
    else
        app_say(app, "there are no masks: mask NAME=REGEX adds one");
}

/* A workspace that was opened keeps the masks it was learned with. */
static int mask_run(struct command_call *call)
{
    struct app *app = app_of(call);
    char *masks;
    struct lw_error err;
    int status;

    if (!app_is_learned(app))
        return command_fail(call, "nothing was learned yet");
    if (call->n_inputs == 0) {
        list_masks(app, app->session->summary.masks);
        return COMMAND_DONE;
    }
    if (app->session->matched || !app->session->log)
        return command_fail(call, "the workspace keeps the masks that it was learned with: learn its logs again");
    if (lw_masks_edit(app->session->summary.masks, call->inputs[0], &masks, &err) != 0)
        return command_error(call, &err);
    status = reopen(call, NULL, NULL, NULL, masks);
    lw_free(masks);
    return status;
}

static int save_run(struct command_call *call)
{
    struct app *app = app_of(call);
    const char *path = call->n_inputs > 0 ? call->inputs[0] : app->save_path;

    if (!app_is_learned(app))
        return command_fail(call, "nothing was learned that could be saved");
    if (!path)
        return command_fail(call, "%s takes the file to write, such as: save %s.lw", call->command->name, "incident");
    session_start_save(app, path);
    return COMMAND_DONE;
}

static int indexing_run(struct command_call *call)
{
    struct app *app = app_of(call);

    if (strcmp(call->command->name, "pause") == 0)
        feed_pause(app);
    else
        feed_resume(app);
    return COMMAND_DONE;
}

static int learn_now_run(struct command_call *call)
{
    struct app *app = app_of(call);
    struct session_request request;
    int status = need_saved(call);

    if (status != COMMAND_DONE)
        return status;
    if (!app->session || !app->session->log)
        return command_fail(call, "there are no records to learn");
    request = session_request_of(app->session);
    session_start_learn(app, &request);
    return COMMAND_DONE;
}

static int quit_run(struct command_call *call)
{
    app_quit(app_of(call));
    return COMMAND_DONE;
}

/* Quotes in these lines are not the prompt's: what follows the command's name is one input, as it was typed. */
static bool is_verbatim(const char *name)
{
    return strcmp(name, "filter") == 0 || strcmp(name, "filter-out") == 0 || strcmp(name, "search") == 0 ||
           strcmp(name, "mask") == 0;
}

static int filter_run(struct command_call *call)
{
    struct app *app = app_of(call);
    const char *name = call->command->name;
    struct text text = {NULL, 0, 0};

    for (size_t i = 0; i < call->n_inputs; i++)
        text_printf(&text, "%s%s", i > 0 ? " " : "", call->inputs[i]);
    if (!text.data && strcmp(name, "filter") == 0)
        logs_show_all(app);
    else if (text.data)
        find_start_filter(app, text.data, strcmp(name, "filter-out") == 0);
    text_release(&text);
    return call->n_inputs > 0 || strcmp(name, "filter") == 0
               ? COMMAND_DONE
               : command_fail(call, "%s takes a condition, such as level<=debug", name);
}

static int search_run(struct command_call *call)
{
    struct text text = {NULL, 0, 0};

    for (size_t i = 0; i < call->n_inputs; i++)
        text_printf(&text, "%s%s", i > 0 ? " " : "", call->inputs[i]);
    app_search(app_of(call), text.data ? text.data : "", false);
    text_release(&text);
    return COMMAND_DONE;
}

static int time_run(struct command_call *call)
{
    struct text text = {NULL, 0, 0};

    if (call->n_inputs == 0)
        return command_fail(call, "%s takes a time, such as 14:02", call->command->name);
    for (size_t i = 0; i < call->n_inputs; i++)
        text_printf(&text, "%s%s", i > 0 ? " " : "", call->inputs[i]);
    if (text.data)
        logs_go_time(app_of(call), text.data);
    app_show_pane(app_of(call), PANE_LOGS);
    text_release(&text);
    return COMMAND_DONE;
}

static int trace_run(struct command_call *call)
{
    struct app *app = app_of(call);
    int status = need_inputs(call, 1, 1);
    ptrdiff_t index;

    if (status != COMMAND_DONE)
        return status;
    index = app_is_learned(app) ? lw_traces_find(app->session->traces, call->inputs[0], strlen(call->inputs[0])) : -1;
    if (index < 0)
        return command_fail(call, "there is no trace %s", call->inputs[0]);
    traces_open(app, (size_t)index, 0);
    return COMMAND_DONE;
}

static int goto_run(struct command_call *call)
{
    struct app *app = app_of(call);
    char *end = NULL;
    unsigned long long record = call->n_inputs == 1 ? strtoull(call->inputs[0], &end, 10) : 0;

    if (record == 0 || *end)
        return command_fail(call, "goto takes the number of a record, from 1");
    if (!app->session || !app->session->log)
        return command_fail(call, "there are no records");
    logs_go_record(app, record - 1);
    return COMMAND_DONE;
}

static int set_run(struct command_call *call)
{
    struct app *app = app_of(call);
    int status = need_inputs(call, 2, 2);
    bool is_unset = status == COMMAND_DONE && strcmp(call->inputs[1], "-") == 0;
    char *end;
    double value;

    if (status != COMMAND_DONE)
        return status;
    value = is_unset ? NAN : strtod(call->inputs[1], &end);
    if (!is_unset && (end == call->inputs[1] || *end))
        return command_fail(call, "%s: not a number", call->inputs[1]);
    return bench_set(app, call->inputs[0], value) == 0 ? COMMAND_DONE : COMMAND_FAILED;
}

static int method_run(struct command_call *call)
{
    int status = need_inputs(call, 1, 1);

    if (status != COMMAND_DONE)
        return status;
    for (size_t i = 0; i < lw_method_count(); i++)
        if (strcmp(lw_method_get(i)->name, call->inputs[0]) == 0) {
            bench_set_method(app_of(call), i);
            return COMMAND_DONE;
        }
    return command_fail(call, "%s: there is no such method", call->inputs[0]);
}

static int constraints_read_run(struct command_call *call)
{
    int status = need_inputs(call, 1, 1);

    if (status == COMMAND_DONE)
        bench_read(app_of(call), call->inputs[0]);
    return status;
}

static int constraints_write_run(struct command_call *call)
{
    int status = need_inputs(call, 1, 1);

    if (status == COMMAND_DONE)
        bench_write(app_of(call), call->inputs[0]);
    return status;
}

static int edit_run(struct command_call *call)
{
    const char *name = call->command->name;
    bool is_pin = strcmp(name, "pin") == 0;
    int status = need_inputs(call, is_pin ? 1 : 2, 1000);
    struct text joined = {NULL, 0, 0};
    const char *args[2];

    if (status != COMMAND_DONE)
        return status;
    if (strcmp(name, "rename") != 0 && !is_pin) {
        session_start_edit(app_of(call), EDIT_ROWS, strcmp(name, "join") == 0 ? "merge" : name, call->inputs,
                           call->n_inputs);
        return COMMAND_DONE;
    }
    /* a name may have blanks, and so may a text */
    for (size_t i = is_pin ? 0 : 1; i < call->n_inputs; i++)
        text_printf(&joined, "%s%s", joined.data ? " " : "", call->inputs[i]);
    args[0] = is_pin ? (joined.data ? joined.data : "") : call->inputs[0];
    args[1] = joined.data ? joined.data : "";
    session_start_edit(app_of(call), EDIT_ROWS, name, args, is_pin ? 1 : 2);
    text_release(&joined);
    return COMMAND_DONE;
}

static int help_topic_run(struct command_call *call)
{
    help_show(app_of(call));
    return COMMAND_DONE;
}

static const struct command rows[] = {
    {"open", "FILE...", "read and learn logs, or open a workspace", NULL, open_run, {OPTION_NONE}, true},
    {"format", "NAME", "read the log again in this format", NULL, format_run, {OPTION_NONE}, true},
    {"trace-by", "RULE", "cut the log into traces by this rule", NULL, trace_rule_run, {OPTION_NONE}, true},
    {"mask",
     "[NAME=REGEX|-NAME]",
     "list the masks, add one or take one away; the log is learned again",
     NULL,
     mask_run,
     {OPTION_NONE},
     true},
    {"labels", "FILE|FIELD", "take labels from there and measure detectors", NULL, labels_run, {OPTION_NONE}, true},
    {"pause", "", "stop indexing for a while", NULL, indexing_run, {OPTION_NONE}, true},
    {"resume", "", "go on indexing", NULL, indexing_run, {OPTION_NONE}, true},
    {"learn-now", "", "learn what is indexed so far", NULL, learn_now_run, {OPTION_NONE}, true},
    {"save", "[FILE]", "save what was learned as a workspace", NULL, save_run, {OPTION_NONE}, true},
    {"w", "[FILE]", "the same as save", NULL, save_run, {OPTION_NONE}, true},
    {"quit", "", "leave, asking before work is lost", NULL, quit_run, {OPTION_NONE}, true},
    {"q", "", "the same as quit", NULL, quit_run, {OPTION_NONE}, true},
    {"filter",
     "[FILTER]",
     "show only records with a text, a /regex/ or a condition; without one, all again",
     NULL,
     filter_run,
     {OPTION_NONE},
     true},
    {"filter-out", "FILTER", "take the records with it away", NULL, filter_run, {OPTION_NONE}, true},
    {"search", "[REGEX]", "go to the next record that matches", NULL, search_run, {OPTION_NONE}, true},
    {"t", "TIME", "go to a time: 14:02, 2026-11-23 14:02, or -15m from the end", NULL, time_run, {OPTION_NONE}, true},
    {"trace", "NAME", "show the trace as a timeline", NULL, trace_run, {OPTION_NONE}, true},
    {"goto", "N", "go to a record by its number", NULL, goto_run, {OPTION_NONE}, true},
    {"rename", "TEMPLATE NAME", "name a template", NULL, edit_run, {OPTION_NONE}, true},
    {"join", "TEMPLATE TEMPLATE...", "make one template of several", NULL, edit_run, {OPTION_NONE}, true},
    {"split", "TEMPLATE N", "one template for each value of its parameter N", NULL, edit_run, {OPTION_NONE}, true},
    {"pin",
     "TEMPLATE|TEXT",
     "keep the template's text, or make one of this text with <*>",
     NULL,
     edit_run,
     {OPTION_NONE},
     true},
    {"set",
     "KNOB VALUE",
     "set a knob, levels.NAME or template_weights.ID; - takes a level back",
     NULL,
     set_run,
     {OPTION_NONE},
     true},
    {"method", "NAME", "how logs are generated", NULL, method_run, {OPTION_NONE}, true},
    {"read-constraints", "FILE", "set the knobs from a JSON file", NULL, constraints_read_run, {OPTION_NONE}, true},
    {"write-constraints", "FILE", "write the knobs to a JSON file", NULL, constraints_write_run, {OPTION_NONE}, true},
    {"keys", "", "list the keys", NULL, help_topic_run, {OPTION_NONE}, true},
};

const struct command *app_commands(size_t *n)
{
    *n = sizeof rows / sizeof rows[0];
    return rows;
}

/* ---- the other commands, in a job ---- */

struct command_job {
    struct job job;
    struct session *session;
    char *line, *labels, *trace;
    char *out, *messages;
    size_t out_len, messages_len;
    int status;
    struct lw_workspace *workspace; /* as it was when the command began, or NULL */
    struct lw_workspace *edited;    /* NULL: the command edited nothing */
};

static int work_command(struct job *base, const struct lw_run *run, struct lw_error *err)
{
    struct command_job *job = (struct command_job *)base;
    struct command_context context = {.labels = job->labels, .trace = job->trace, .run = run};
    FILE *out = open_memstream(&job->out, &job->out_len);
    FILE *messages = open_memstream(&job->messages, &job->messages_len);
    int rc = 0;

    context.more = app_commands(&context.n_more);
    if (job->session) {
        context.log = job->session->log ? lw_log_retain(job->session->log) : NULL;
        context.workspace = job->workspace ? lw_workspace_retain(job->workspace) : NULL;
        context.matched = job->session->matched;
    }
    if (out && messages)
        job->status = command_run_line(&context, job->line, out, messages);
    else
        rc = text_fail(err, LW_ERR_MEMORY, "out of memory for what the command prints");
    if (out)
        fclose(out);
    if (messages)
        fclose(messages);
    if (job->session && context.workspace != job->workspace)
        job->edited = context.workspace;
    else
        lw_workspace_free(context.workspace);
    lw_log_free(context.log);
    return rc;
}

/* Messages begin with the program's name, which is not news here. */
static void say_message(struct app *app, const char *text, size_t len)
{
    static const char name[] = "logwright: ";
    size_t skip = strncmp(text, name, sizeof name - 1) == 0 ? sizeof name - 1 : 0;
    size_t end = strcspn(text, "\n");

    (void)len;
    app_say(app, "%.*s", (int)(end - skip), text + skip);
}

static void finish_command(struct app *app, struct job *base, int rc, const struct lw_error *err)
{
    struct command_job *job = (struct command_job *)base;

    if (rc != 0)
        app_say(app, "%s", err->text);
    if (job->out_len > 0)
        output_show(app, job->line, job->out, job->out_len);
    if (job->messages_len > 0)
        say_message(app, job->messages, job->messages_len);
    else if (rc == 0 && job->out_len == 0)
        app_say(app, "%s: done", job->line);
    if (job->edited) {
        session_start_replace(app, job->edited);
        job->edited = NULL;
    }
}

static void free_command(struct job *base)
{
    struct command_job *job = (struct command_job *)base;

    session_free(job->session);
    lw_workspace_free(job->workspace);
    lw_workspace_free(job->edited);
    free(job->line);
    free(job->labels);
    free(job->trace);
    free(job->out);
    free(job->messages);
    free(job);
}

static void start_command(struct app *app, const char *line)
{
    static const struct job_ops ops = {"running a command", true, false, work_command, finish_command, free_command};
    struct command_job *job = calloc(1, sizeof *job);

    if (!job || !(job->line = text_copy(line, strlen(line)))) {
        free(job);
        app_say(app, "out of memory");
        return;
    }
    job->job.ops = &ops;
    job->session = session_retain(app->session);
    if (app->session) {
        job->workspace = app_workspace(app) ? lw_workspace_retain(app_workspace(app)) : NULL;
        job->labels = text_copy_or_null(app->session->labels_path);
        job->trace = text_copy_or_null(app->session->asked_trace);
    }
    jobs_start(app->jobs, JOB_COMMAND, &job->job);
}

/* ---- the prompt ---- */

static void run_own(struct app *app, const char *line)
{
    struct lw_run run = {LW_OPTIONS_VERSION, NULL, NULL, NULL, NULL};
    struct command_context context = {.run = &run, .user = app};
    char *text = NULL, name[64];
    const char *rest;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    context.more = app_commands(&context.n_more);
    if (!out) {
        app_say(app, "out of memory");
        return;
    }
    snprintf(name, sizeof name, "%.*s", (int)strcspn(line, " \t"), line);
    rest = line + strlen(name) + strspn(line + strlen(name), " \t");
    if (is_verbatim(name))
        command_run(&context, *rest ? 3 : 1, (const char *const[]){name, "--", rest}, out, out);
    else
        command_run_line(&context, line, out, out);
    fclose(out);
    if (text && len > 0)
        say_message(app, text, len);
    free(text);
}

void app_command(struct app *app, const char *line)
{
    char name[64];
    size_t len = strcspn(line += strspn(line, " \t"), " \t");
    const struct action_row *action;

    app->message[0] = '\0';
    if (len == 0)
        return;
    snprintf(name, sizeof name, "%.*s", (int)len, line);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].name, name) == 0) {
            run_own(app, line);
            return;
        }
    action = command_find(NULL, name) ? NULL : action_find(name);
    if (action)
        app_act(app, action->action);
    else
        start_command(app, line);
}

/* ---- completion ---- */

enum { MAX_WORDS = 400 };

struct candidates {
    char *words[MAX_WORDS];
    size_t n;
    const char *start;
};

static void add_candidate(void *user, const char *word)
{
    struct candidates *candidates = user;

    if (candidates->n < MAX_WORDS && strncmp(word, candidates->start, strlen(candidates->start)) == 0 &&
        (candidates->words[candidates->n] = text_copy(word, strlen(word))))
        candidates->n++;
}

static void add_templates(const struct app *app, struct candidates *candidates)
{
    struct lw_template template;
    char id[16];

    for (size_t i = 0; app_is_learned(app) && i < lw_template_count(app->session->workspace); i++)
        if (lw_template_get(app->session->workspace, i, &template, NULL) == 0)
            add_candidate(candidates, text_template(id, sizeof id, template.id));
}

/* Names of conditions, levels, and of the header fields, components and sources of what is open. */
static void add_conditions(const struct app *app, struct candidates *candidates)
{
    const struct lw_query_field *field;
    struct lw_reader *reader;
    struct lw_record record;
    char word[200];

    for (size_t i = 0; (field = lw_query_field_get(i)) != NULL; i++)
        add_candidate(candidates, field->name);
    for (int level = LW_LEVEL_TRACE; level < LW_LEVEL_COUNT; level++) {
        snprintf(word, sizeof word, "level>=%s", lw_level_name((enum lw_level)level));
        add_candidate(candidates, word);
    }
    if (!app->session || !app->session->log || lw_reader_new(app->session->log, &reader, NULL) != 0)
        return;
    if (lw_reader_get(reader, logs_record(app), &record, NULL) == 0) {
        for (size_t i = 0; i < record.n_fields; i++)
            add_candidate(candidates, record.fields[i].name);
        snprintf(word, sizeof word, "component=%.*s", (int)(record.component.len < 150 ? record.component.len : 150),
                 record.component.data);
        if (record.component.len > 0 && !strchr(word, ' '))
            add_candidate(candidates, word);
    }
    lw_reader_free(reader);
}

/* "template=E12" */
static void add_template_conditions(const struct app *app, struct candidates *candidates)
{
    struct lw_template template;
    char word[40];

    for (size_t i = 0; app_is_learned(app) && i < lw_template_count(app->session->workspace); i++)
        if (lw_template_get(app->session->workspace, i, &template, NULL) == 0) {
            snprintf(word, sizeof word, "template=E%u", (unsigned)template.id);
            add_candidate(candidates, word);
        }
}

static void add_knobs(const struct app *app, struct candidates *candidates)
{
    struct lw_template template;
    struct knob knob;
    char path[KNOB_PATH];

    for (size_t i = 0; i < bench_knob_count(&app->bench) - app->bench.n_weights; i++) {
        bench_knob(&app->bench, i, &knob);
        add_candidate(candidates, knob.path);
    }
    for (size_t i = 0; app_is_learned(app) && i < lw_template_count(app->session->workspace); i++)
        if (lw_template_get(app->session->workspace, i, &template, NULL) == 0) {
            snprintf(path, sizeof path, "template_weights.E%u", (unsigned)template.id);
            add_candidate(candidates, path);
        }
}

static void collect(struct app *app, const char *line, size_t start, struct candidates *candidates)
{
    static const char *const of_templates[] = {"rename ", "join ", "split "};
    struct command_context context = {.user = app};

    context.more = app_commands(&context.n_more);
    command_complete(&context, line, start + strlen(candidates->start), add_candidate, candidates);
    for (size_t i = 0; i < sizeof of_templates / sizeof of_templates[0]; i++)
        if (strncmp(line, of_templates[i], strlen(of_templates[i])) == 0)
            add_templates(app, candidates);
    if (strncmp(line, "filter", 6) == 0 && start > 6) {
        add_conditions(app, candidates);
        if (strncmp(candidates->start, "template=", 9) == 0)
            add_template_conditions(app, candidates);
    }
    if (strncmp(line, "set ", 4) == 0 && start == 4)
        add_knobs(app, candidates);
    if (strncmp(line, "method ", 7) == 0)
        for (size_t i = 0; i < lw_method_count(); i++)
            add_candidate(candidates, lw_method_get(i)->name);
    if (start == 0)
        for (size_t i = 0; i < action_row_count; i++)
            add_candidate(candidates, action_rows[i].name);
}

char *app_complete(void *user, const char *line, size_t start, const char *word, size_t index)
{
    struct candidates candidates = {{NULL}, 0, word};
    char *found = NULL;

    collect(user, line, start, &candidates);
    for (size_t i = 0; i < candidates.n; i++)
        if (i == index)
            found = candidates.words[i];
        else
            free(candidates.words[i]);
    return found;
}
