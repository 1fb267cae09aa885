/* Commands of the prompt that open, learn and save. */
#include "ui/app/commands.h"
#include "ui/app/feed.h"
#include "ui/app/jobs.h"
#include "ui/panes/panes.h"

#include <string.h>

#include "cmd/masks.h"

/* What is open is about to be left. */
static int need_saved(struct command_call *call)
{
    return app_is_edited(app_of(call)) ? command_fail(call, "edits are not saved: :save FILE keeps them, U undoes them")
                                       : COMMAND_DONE;
}

int open_run(struct command_call *call)
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
    int status = command_need_inputs(call, 1, 1000);

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

int labels_run(struct command_call *call)
{
    return command_need_inputs(call, 1, 1) == COMMAND_DONE ? reopen(call, NULL, NULL, call->inputs[0], NULL)
                                                           : COMMAND_FAILED;
}

int format_run(struct command_call *call)
{
    return command_need_inputs(call, 1, 1) == COMMAND_DONE ? reopen(call, call->inputs[0], NULL, NULL, NULL)
                                                           : COMMAND_FAILED;
}

int trace_rule_run(struct command_call *call)
{
    return command_need_inputs(call, 1, 1) == COMMAND_DONE ? reopen(call, NULL, call->inputs[0], NULL, NULL)
                                                           : COMMAND_FAILED;
}

static void list_masks(struct app *app, const char *masks)
{
    if (*masks)
        output_show(app, "mask", masks, strlen(masks));
    else
        app_say(app, "there are no masks: mask NAME=REGEX adds one");
}

/* A workspace that was opened keeps the masks it was learned with. */
int mask_run(struct command_call *call)
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

int save_run(struct command_call *call)
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

int indexing_run(struct command_call *call)
{
    struct app *app = app_of(call);

    if (strcmp(call->command->name, "pause") == 0)
        feed_pause(app);
    else
        feed_resume(app);
    return COMMAND_DONE;
}

int learn_now_run(struct command_call *call)
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

int quit_run(struct command_call *call)
{
    app_quit(app_of(call));
    return COMMAND_DONE;
}
