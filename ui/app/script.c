#include "ui/app/script.h"

#include "ui/kit/text.h"
#include "ui/term/keys.h"

#include <stdlib.h>
#include <string.h>

struct script {
    char *path, *data, *next; /* next: the line to come, NULL at the end */
    size_t line;
    char *keys; /* names of keys that are still to be pressed, or NULL */
    char *text; /* characters that are still to be typed, or NULL */
};

int script_read(const char *path, struct script **out, struct lw_error *err)
{
    struct script *script = calloc(1, sizeof *script);
    size_t len;
    int rc;

    if (!script || !(script->path = text_copy(path, strlen(path)))) {
        free(script);
        return text_fail(err, LW_ERR_MEMORY, "out of memory while reading a script");
    }
    rc = text_read_file(strcmp(path, "-") == 0 ? "/dev/stdin" : path, 1 << 22, &script->data, &len, err);
    if (rc != 0) {
        script_free(script);
        return rc;
    }
    script->next = script->data;
    *out = script;
    return 0;
}

void script_free(struct script *script)
{
    if (!script)
        return;
    free(script->path);
    free(script->data);
    free(script);
}

static bool fail_line(struct app *app, const char *line, const char *why)
{
    fprintf(stderr, "%s:%zu: %s: %s\n", app->script->path, app->script->line, line, why);
    app->exit_code = 2;
    return false;
}

/* One key at a time, so that each finds what the one before it started at rest. */
static bool press_next(struct app *app)
{
    struct script *script = app->script;
    char *name = script->keys + strspn(script->keys, " \t");
    size_t len = strcspn(name, " \t");
    uint32_t key;

    script->keys = NULL;
    if (len == 0)
        return true;
    if (!key_parse(name, len, &key)) {
        name[len] = '\0';
        return fail_line(app, name, "there is no key of this name");
    }
    if (name[len])
        script->keys = name + len;
    app_key(app, key);
    return true;
}

static void type_next(struct app *app)
{
    struct script *script = app->script;
    unsigned char c = (unsigned char)*script->text;

    script->text = script->text[1] ? script->text + 1 : NULL;
    app_key(app, c);
}

static bool resize(struct app *app, const char *line, const char *size)
{
    int rows, cols;

    if (sscanf(size, "%dx%d", &cols, &rows) != 2 || rows < 1 || cols < 1 || rows > 1000 || cols > 1000)
        return fail_line(app, line, "a size is written 80x24");
    dump_resize(app->screen, rows, cols);
    app_resize(app);
    return true;
}

static bool expect(struct app *app, const char *line, const char *predicate)
{
    const char *problem;
    char name[64] = "", is[600] = "";

    if (app_holds(app, predicate, &problem))
        return true;
    if (problem)
        return fail_line(app, line, problem);
    if (sscanf(predicate, " %63[a-z0-9._]", name) == 1)
        app_state(app, name, is, sizeof is);
    fprintf(stderr, "%s:%zu: %s: does not hold; %s is %s\n", app->script->path, app->script->line, line, name, is);
    app->exit_code = 1;
    return false;
}

static void dump(const struct app *app, const char *name, bool with_styles)
{
    printf("--- %s %dx%d\n", *name ? name : "screen", app->grid.cols, app->grid.rows);
    dump_grid(&app->grid, with_styles, stdout);
}

static bool play_line(struct app *app, char *line)
{
    size_t word = strcspn(line, " \t");
    char *rest = line + word + strspn(line + word, " \t");

    if (*line == '\0' || *line == '#')
        return true;
    if (*line == ':') {
        app_command(app, line + 1);
        return true;
    }
    if (word == 4 && memcmp(line, "keys", 4) == 0) {
        app->script->keys = rest;
        return true;
    }
    if (word == 4 && memcmp(line, "text", 4) == 0) {
        app->script->text = *rest ? rest : NULL;
        return true;
    }
    if (word == 4 && memcmp(line, "wait", 4) == 0)
        return true;
    if (word == 4 && memcmp(line, "size", 4) == 0)
        return resize(app, line, rest);
    if (word == 6 && memcmp(line, "expect", 6) == 0)
        return expect(app, line, rest);
    if ((word == 4 || word == 5) && memcmp(line, "dump!", word) == 0) {
        dump(app, rest, word == 5);
        return true;
    }
    return fail_line(app, line, "lines begin with keys, text, :, wait, dump, dump!, size or expect");
}

bool script_step(struct app *app)
{
    struct script *script = app->script;
    char *line = script->next;

    if (script->keys)
        return press_next(app);
    if (script->text) {
        type_next(app);
        return true;
    }
    if (!line)
        return false;
    script->next = strchr(line, '\n');
    if (script->next)
        *script->next++ = '\0';
    script->line++;
    return play_line(app, line);
}
