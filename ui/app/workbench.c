#include "ui/app/workbench.h"

#include "ui/app/app.h"
#include "ui/app/feed.h"
#include "ui/app/lesson.h"
#include "ui/app/script.h"
#include "ui/kit/input.h"
#include "ui/kit/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/data_dir.h"
#include "cmd/masks.h"

/* "$VARIABLE/logwright/NAME", or under ~/FALLBACK when the variable is not set; NULL when neither is known. */
static char *xdg_path(const char *variable, const char *fallback, const char *name, bool is_made)
{
    const char *base = getenv(variable), *home = getenv("HOME");
    struct text path = {NULL, 0, 0};

    if (base && *base == '/')
        text_printf(&path, "%s", base);
    else if (home && *home)
        text_printf(&path, "%s/%s", home, fallback);
    else
        return NULL;
    for (size_t i = 1; is_made && path.data && i <= path.len; i++)
        if (path.data[i] == '/' || path.data[i] == '\0') {
            char kept = path.data[i];

            path.data[i] = '\0';
            mkdir(path.data, 0700);
            path.data[i] = kept;
        }
    text_printf(&path, "/logwright");
    if (is_made && path.data)
        mkdir(path.data, 0700);
    text_printf(&path, "/%s", name);
    return path.data;
}

static int read_size(const char *text, int *rows, int *cols)
{
    char end;

    return sscanf(text, "%dx%d%c", cols, rows, &end) == 2 && *rows > 0 && *rows <= 1000 && *cols > 0 && *cols <= 1000;
}

static uint64_t read_memory(const char *text)
{
    char *end;
    double value = strtod(text, &end);

    return (uint64_t)(value * (*end == 'G' ? 1e9 : *end == 'M' ? 1e6 : *end == 'K' || *end == 'k' ? 1e3 : 1));
}

static int read_options(struct command_call *call, struct app_options *options)
{
    const char *const *values = call->values;

    options->paths = call->inputs;
    options->n_paths = call->n_inputs;
    options->format = values[OPTION_FORMAT];
    options->trace = values[OPTION_TRACE];
    options->zones = values[OPTION_ZONE];
    options->offsets = values[OPTION_OFFSET];
    options->labels = values[OPTION_LABELS];
    options->split = values[OPTION_SPLIT] ? values[OPTION_SPLIT] : "normal:0.5";
    options->seed = values[OPTION_SEED] ? strtoull(values[OPTION_SEED], NULL, 10) : 1;
    options->max_memory = values[OPTION_MAX_MEMORY] ? read_memory(values[OPTION_MAX_MEMORY]) : 0;
    options->is_following = values[OPTION_FOLLOW] != NULL;
    options->is_ascii = values[OPTION_ASCII] != NULL;
    options->script = values[OPTION_SCRIPT];
    options->rows = 24;
    options->cols = 80;
    if (values[OPTION_SIZE] && !read_size(values[OPTION_SIZE], &options->rows, &options->cols))
        return command_fail(call, "--size %s: a size is written 80x24", values[OPTION_SIZE]);
    return COMMAND_DONE;
}

static int read_keys(struct app *app, struct command_call *call)
{
    char *path = xdg_path("XDG_CONFIG_HOME", ".config", "keys", false);
    struct lw_error err;
    int status = COMMAND_DONE;

    if (path && access(path, R_OK) == 0 && bindings_read(app->bindings, path, &err) != 0)
        status = command_error(call, &err);
    free(path);
    return status;
}

static int open_screen(struct app *app, struct lw_error *err)
{
    struct terminal_options terminal = {COLOR_AUTO, app->options.is_ascii};
    int rc = app->options.script
                 ? dump_open(app->options.rows, app->options.cols, app->options.is_ascii, &app->screen, err)
                 : terminal_open(&terminal, &app->screen, err);

    if (rc == 0)
        app->symbols = symbols_get(app->screen->is_ascii);
    return rc;
}

/* Runs the app that was prepared: screen, prompt, loop. */
static int show(struct app *app, struct command_call *call, const struct session_request *request)
{
    char *history = app->script ? NULL : xdg_path("XDG_STATE_HOME", ".local/state", "history", true);
    struct input_options input = {history, app_complete, app};
    struct lw_error err;
    int status = COMMAND_FAILED;

    if (input_init(&input, &err) != 0) {
        command_error(call, &err);
    } else if (open_screen(app, &err) != 0) {
        command_error(call, &err);
        input_release();
    } else {
        if (request->n_paths > 0)
            feed_open(app, request);
        status = app_run(app);
        app->screen->ops->free(app->screen);
        input_release();
        if (app->message[0] && !app->session && status != 0)
            command_fail(call, "%s", app->message);
    }
    free(history);
    return status;
}

static int run_app(struct command_call *call, struct lesson *lesson, const struct app_options *options,
                   const struct session_request *request)
{
    struct app *app = malloc(sizeof *app);
    struct lw_error err;
    int status = COMMAND_FAILED;

    if (!app)
        return command_fail(call, "out of memory");
    if (app_init(app, options, &err) != 0) {
        lesson_free(lesson);
        free(app);
        return command_error(call, &err);
    }
    app->lesson = lesson;
    if (options->script && script_read(options->script, &app->script, &err) != 0)
        status = command_error(call, &err);
    else if (options->script || read_keys(app, call) == COMMAND_DONE)
        status = show(app, call, request);
    app_free(app);
    free(app);
    return status;
}

static int workbench_run(struct command_call *call)
{
    struct app_options options = {0};
    int status = read_options(call, &options);
    struct session_request request = {
        options.paths, options.n_paths, options.format,  options.trace,      options.labels,
        NULL,          options.zones,   options.offsets, options.max_memory, options.is_following};
    struct lw_error err;
    char *masks = NULL;

    if (status == COMMAND_DONE && masks_find(NULL, call->inputs + call->n_inputs, call->n_masks, &masks, &err) != 0)
        status = command_error(call, &err);
    options.masks = request.masks = masks;
    if (status == COMMAND_DONE)
        status = run_app(call, NULL, &options, &request);
    lw_free(masks);
    return status;
}

static int tutor_run(struct command_call *call)
{
    struct app_options options = {0};
    struct session_request request = {0};
    const char *name = call->n_inputs > 0 ? call->inputs[0] : "01-first";
    struct text file = {NULL, 0, 0};
    struct lesson *lesson = NULL;
    struct lw_error err;
    char *path, *sample = NULL;
    int status = read_options(call, &options);

    if (status != COMMAND_DONE)
        return status;
    text_printf(&file, "%s.lesson", name);
    path = access(name, R_OK) == 0 ? text_copy(name, strlen(name))
                                   : shipped_path("help/lessons", file.data ? file.data : "");
    text_release(&file);
    if (!path)
        return command_fail(call, "%s: there is no such lesson under " LW_DATADIR "/help/lessons", name);
    if (lesson_read(path, &lesson, &err) != 0) {
        free(path);
        return command_error(call, &err);
    }
    free(path);
    /* a second input stands in for the sample */
    if (call->n_inputs > 1)
        sample = text_copy(call->inputs[1], strlen(call->inputs[1]));
    else if (lesson_sample(lesson))
        sample = shipped_path("samples", lesson_sample(lesson));
    if (!sample && lesson_sample(lesson)) {
        command_fail(call, "the lesson's sample %s was not found under " LW_DATADIR "/samples", lesson_sample(lesson));
        lesson_free(lesson);
        return COMMAND_FAILED;
    }
    options.masks = request.masks = ""; /* a lesson is the same for everybody */
    options.paths = request.paths = (const char *const *)&sample;
    options.n_paths = request.n_paths = sample ? 1 : 0;
    request.labels = options.labels;
    request.trace = options.trace;
    status = run_app(call, lesson, &options, &request);
    free(sample);
    return status;
}

const struct command *workbench_commands(size_t *n)
{
    static const struct command rows[] = {
        {"workbench",
         "[FILE...]",
         "open logs or a workspace on the screen; also without its name",
         "Files are logs, plain or compressed, or a workspace; - is standard input, and keys then come from the "
         "terminal. "
         "Labels in NAME.labels.csv beside NAME.log are found by themselves. F1 lists keys and commands.",
         workbench_run,
         {OPTION_FOLLOW, OPTION_SPLIT, OPTION_SCRIPT, OPTION_SIZE, OPTION_ASCII},
         true},
        {"tutor",
         "[LESSON [FILE]]",
         "a lesson to do on the screen, on a sample that comes with the program",
         NULL,
         tutor_run,
         {OPTION_SPLIT, OPTION_SCRIPT, OPTION_SIZE, OPTION_ASCII},
         true},
        {"keys",
         "",
         "list the keys of the workbench and what they do",
         "It is printed as a key file: put it into $XDG_CONFIG_HOME/logwright/keys and change it. A line\n"
         "`preset less` there takes the keys of less.",
         keys_run,
         {OPTION_MANUAL},
         false},
    };

    *n = sizeof rows / sizeof rows[0];
    return rows;
}
