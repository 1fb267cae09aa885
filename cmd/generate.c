#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/commands.h"
#include "cmd/data_dir.h"
#include "cmd/follow.h"
#include "cmd/input.h"
#include "cmd/option_values.h"
#include "cmd/print.h"

/* Names and times hold no quotes, so that one would only be read as the end of the text. */
static int set_text(struct command_call *call, enum option option, const char *wanted,
                    struct lw_constraints *constraints, struct lw_error *err)
{
    const char *text = call->values[option], *name = option_get(option)->name;
    char json[1024];
    int len;

    if (text == NULL)
        return 0;
    len = snprintf(json, sizeof json, "\"%s\"", text);
    if (len < 0 || (size_t)len >= sizeof json || strpbrk(text, "\"\\") != NULL)
        return values_fail(err, "--%s: %s, 1000 bytes at most", name, wanted);
    return lw_constraints_put(constraints, name, json, err);
}

/* How long the log is, and how fast. */
static int set_size(struct command_call *call, struct lw_constraints *constraints, struct lw_error *err)
{
    static const enum option sizes[] = {OPTION_TRACES, OPTION_RECORDS, OPTION_DURATION};
    const char *said = NULL;
    double seconds = NAN, rate = NAN;
    int code;

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0] && call->values[OPTION_FOLLOW_OUT] == NULL; i++) {
        if (call->values[sizes[i]] == NULL)
            continue;
        if (said != NULL)
            return values_fail(err, "--%s and --%s both say how long the log is; give one of them", said,
                               option_get(sizes[i])->name);
        said = option_get(sizes[i])->name;
    }
    code = values_seconds(call, OPTION_DURATION, &seconds, err);
    if (code == 0 && !isnan(seconds))
        code = lw_constraints_set(constraints, "duration", seconds, err);
    if (code == 0)
        code = values_rate(call, OPTION_RATE, &rate, err);
    if (code == 0 && !isnan(rate))
        code = lw_constraints_set_record_rate(constraints, rate, err);
    return code;
}

/* LOGWRIGHT_LLM_ENDPOINT, _MODEL, _KEY and _CACHE; answers are kept in the user's cache folder unless another is said.
 */
static int set_llm(struct lw_constraints *constraints, struct lw_error *err)
{
    struct lw_llm_options options = LW_LLM_OPTIONS_INIT;
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    char folder[1000] = "";

    if (cache != NULL && *cache == '/')
        snprintf(folder, sizeof folder, "%s/logwright-llm", cache);
    else if (home != NULL && *home == '/')
        snprintf(folder, sizeof folder, "%s/.cache/logwright-llm", home);
    options.endpoint = getenv("LOGWRIGHT_LLM_ENDPOINT");
    options.model = getenv("LOGWRIGHT_LLM_MODEL");
    options.key = getenv("LOGWRIGHT_LLM_KEY");
    options.cache = getenv("LOGWRIGHT_LLM_CACHE");
    if (options.cache == NULL && *folder != '\0' && strlen(folder) + 1 < sizeof folder)
        options.cache = folder;
    return lw_constraints_set_llm(constraints, &options, err);
}

/* A file, or the name of a preset. */
static int read_constraints(const char *name, struct lw_constraints **out, struct lw_error *err)
{
    char file[100], *preset;
    struct lw_error why;
    int code = lw_constraints_read(name, out, err);

    if (code != LW_ERR_NOT_FOUND || strchr(name, '/') != NULL || strlen(name) > sizeof file - 6)
        return code;
    snprintf(file, sizeof file, "%s.json", name);
    preset = shipped_path("presets", file);
    if (preset == NULL)
        return code;
    code = lw_constraints_read(preset, out, &why);
    if (code != 0)
        *err = why;
    free(preset);
    return code;
}

int generate_constraints(struct command_call *call, struct lw_constraints **out, struct lw_error *err)
{
    static const struct {
        enum option option;
        const char *knob;
        uint64_t min, max;
    } knobs[] = {{OPTION_TRACES, "traces", 1, 10000000},
                 {OPTION_RECORDS, "records", 1, UINT64_C(1000000000000)},
                 {OPTION_SEED, "seed", 0, UINT64_C(1) << 53}};
    const char *path = call->values[OPTION_CONSTRAINTS];
    struct lw_constraints *constraints;
    int code = path != NULL ? read_constraints(path, &constraints, err) : lw_constraints_new(&constraints, err);

    if (code != 0)
        return code;
    for (size_t i = 0; i < sizeof knobs / sizeof knobs[0] && code == 0; i++) {
        uint64_t value = 0;

        if (call->values[knobs[i].option] == NULL)
            continue;
        code = values_count(call, knobs[i].option, knobs[i].min, knobs[i].max, &value, err);
        if (code == 0)
            code = lw_constraints_set(constraints, knobs[i].knob, (double)value, err);
    }
    if (code == 0 && call->values[OPTION_NOISE_SEED] != NULL) {
        uint64_t seed = 0;

        code = values_count(call, OPTION_NOISE_SEED, 0, UINT64_C(1) << 53, &seed, err);
        lw_constraints_set_noise_seed(constraints, seed);
    }
    if (code == 0)
        code = set_size(call, constraints, err);
    if (code == 0)
        code = set_text(call, OPTION_THROUGH, "names of templates or states are wanted, with commas between",
                        constraints, err);
    if (code == 0)
        code = set_text(call, OPTION_START, "a time is wanted, such as '2026-11-23 14:02:11'", constraints, err);
    if (code == 0)
        code = set_llm(constraints, err);
    if (code != 0)
        lw_constraints_free(constraints);
    else
        *out = constraints;
    return code;
}

const char *generate_method(const struct command_call *call)
{
    return call->values[OPTION_METHOD] != NULL ? call->values[OPTION_METHOD] : "machine";
}

static bool is_terminal(FILE *out)
{
    int fd = fileno(out);

    return fd >= 0 && isatty(fd);
}

/* On a terminal the bytes of a log are shown, not obeyed. */
static int show_lines(void *user, const char *data, size_t len)
{
    FILE *out = user;

    for (size_t i = 0; i < len;) {
        const char *end = memchr(data + i, '\n', len - i);
        size_t n = end == NULL ? len - i : (size_t)(end - data) - i;

        print_shown(out, data + i, n);
        if (end != NULL)
            putc('\n', out);
        i += n + 1;
    }
    return ferror(out);
}

/* Standard output of the engine is the process's own, so "-" is kept for where `out` is that. */
static struct lw_write_options write_options(const struct command_call *call)
{
    struct lw_write_options options = LW_WRITE_OPTIONS_INIT;

    options.as = call->values[OPTION_AS];
    options.format = call->values[OPTION_OUTPUT_FORMAT];
    options.labels = call->values[OPTION_LABELS_OUT];
    options.record_labels = call->values[OPTION_RECORD_LABELS_OUT];
    if (call->values[OPTION_OUTPUT] != NULL)
        options.path = call->values[OPTION_OUTPUT];
    if (strcmp(options.path, "-") == 0 && is_terminal(call->out)) {
        options.path = NULL;
        options.put = show_lines;
        options.user = call->out;
    }
    return options;
}

static int write_synthetic(struct command_call *call, const struct lw_synthetic *synthetic)
{
    struct lw_write_options options = write_options(call);
    size_t n_traces = lw_traces_count(lw_synthetic_traces(synthetic));
    struct lw_error err;

    fflush(call->out);
    if (lw_synthetic_write(synthetic, &options, call->run, &err) != 0)
        return command_error(call, &err);
    command_say(call, "%zu trace%s generated", n_traces, command_s(n_traces));
    return COMMAND_DONE;
}

static bool is_same_file(const char *a, const char *b)
{
    struct stat x, y;

    if (strcmp(a, "-") == 0 || strcmp(b, "-") == 0)
        return false;
    if (stat(a, &x) != 0 || stat(b, &y) != 0)
        return strcmp(a, b) == 0;
    return S_ISREG(x.st_mode) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* No output takes the place of what is read, or of another output. */
static int check_outputs(struct command_call *call)
{
    static const enum option outputs[] = {OPTION_OUTPUT, OPTION_LABELS_OUT, OPTION_RECORD_LABELS_OUT};
    const char *document = call->values[OPTION_CONSTRAINTS];

    for (size_t i = 0; i < sizeof outputs / sizeof outputs[0]; i++) {
        const char *path = call->values[outputs[i]], *name = option_get(outputs[i])->name;

        if (path == NULL)
            continue;
        for (size_t k = 0; k < call->n_inputs; k++)
            if (is_same_file(path, call->inputs[k]))
                return command_fail(call, "--%s %s is what is read; write to another file", name, path);
        if (document != NULL && is_same_file(path, document))
            return command_fail(call, "--%s %s is the constraints document; write to another file", name, path);
        for (size_t k = 0; k < i; k++)
            if (call->values[outputs[k]] != NULL && is_same_file(path, call->values[outputs[k]]))
                return command_fail(call, "--%s and --%s are one file, %s; give each its own",
                                    option_get(outputs[k])->name, name, path);
    }
    return COMMAND_DONE;
}

static int end_generate(int status, struct lw_synthetic *synthetic, struct lw_constraints *constraints,
                        struct lw_workspace *workspace)
{
    lw_synthetic_free(synthetic);
    lw_constraints_free(constraints);
    lw_workspace_free(workspace);
    return status;
}

int generate_run(struct command_call *call)
{
    struct lw_workspace *workspace = NULL;
    struct lw_constraints *constraints = NULL;
    struct lw_synthetic *synthetic = NULL;
    struct lw_write_options options = write_options(call);
    struct lw_error err;
    int status = check_outputs(call);

    if (status != COMMAND_DONE)
        return status;
    if (generate_constraints(call, &constraints, &err) != 0)
        return command_error(call, &err);
    if (call->n_inputs > 0 || call->context->workspace != NULL || !lw_constraints_has_model(constraints))
        status = input_workspace(call, &workspace, NULL);
    if (status != COMMAND_DONE) {
        lw_constraints_free(constraints);
        return status;
    }
    if (workspace != NULL)
        input_say_coverage(call, workspace);
    if (call->values[OPTION_FOLLOW_OUT] != NULL)
        return end_generate(generate_follow(call, workspace, constraints), NULL, constraints, workspace);
    if (call->context->workspace != NULL && call->values[OPTION_OUTPUT] == NULL)
        status = command_fail(call, "generate: say where to: -o FILE");
    else if (lw_generate_has_room(workspace, constraints, generate_method(call), &options, call->run, &err) != 0 ||
             lw_generate(workspace, constraints, generate_method(call), call->run, &synthetic, &err) != 0)
        status = command_error(call, &err);
    if (status == COMMAND_DONE && lw_method_ignores(generate_method(call), constraints, &err) == 1)
        command_say(call, "warning: %s", err.text);
    if (status == COMMAND_DONE && lw_synthetic_privacy(synthetic)[0] != '\0')
        command_say(call, "%s", lw_synthetic_privacy(synthetic));
    if (status == COMMAND_DONE && lw_synthetic_check(synthetic, constraints, &err) != 0)
        status = command_fail(call, "generate: %s", err.text);
    if (status == COMMAND_DONE)
        status = write_synthetic(call, synthetic);
    return end_generate(status, synthetic, constraints, workspace);
}
