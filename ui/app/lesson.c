#include "ui/app/lesson.h"

#include "ui/kit/text.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_STEPS = 40, BOX_ROWS = 6 };

struct step {
    char title[80];
    struct text text;
    char until[200];
};

struct lesson {
    char title[80], sample[200];
    struct step steps[MAX_STEPS];
    size_t n, at;
};

/* One line, without its end. 0, or what is wrong with it. */
static const char *read_line(struct lesson *lesson, const char *line)
{
    struct step *step = lesson->n > 0 ? &lesson->steps[lesson->n - 1] : NULL;

    if (line[0] == '#')
        return NULL;
    if (strncmp(line, "title ", 6) == 0) {
        snprintf(lesson->title, sizeof lesson->title, "%s", line + 6);
        return NULL;
    }
    if (strncmp(line, "sample ", 7) == 0) {
        snprintf(lesson->sample, sizeof lesson->sample, "%s", line + 7);
        return NULL;
    }
    if (strncmp(line, "step ", 5) == 0) {
        if (lesson->n == MAX_STEPS)
            return "there are too many steps";
        snprintf(lesson->steps[lesson->n++].title, sizeof lesson->steps[0].title, "%s", line + 5);
        return NULL;
    }
    if (!step)
        return *line ? "a lesson begins with title, sample or step" : NULL;
    if (strncmp(line, "until ", 6) == 0)
        snprintf(step->until, sizeof step->until, "%s", line + 6);
    else if (*line || step->text.len > 0)
        text_printf(&step->text, "%s%s", step->text.len > 0 ? " " : "", line);
    return NULL;
}

int lesson_read(const char *path, struct lesson **out, struct lw_error *err)
{
    struct lesson *lesson = calloc(1, sizeof *lesson);
    char *data, *line, *rest;
    size_t len, number = 0;
    int rc;

    if (!lesson)
        return text_fail(err, LW_ERR_MEMORY, "out of memory while reading a lesson");
    rc = text_read_file(path, 1 << 20, &data, &len, err);
    if (rc != 0) {
        free(lesson);
        return rc;
    }
    for (line = data; rc == 0 && line; line = rest) {
        const char *problem;

        rest = strchr(line, '\n');
        if (rest)
            *rest++ = '\0';
        number++;
        problem = read_line(lesson, line);
        if (problem)
            rc = text_fail(err, LW_ERR_INPUT, "%s:%zu: %s", path, number, problem);
    }
    free(data);
    for (size_t i = 0; rc == 0 && i < lesson->n; i++)
        if (!lesson->steps[i].until[0])
            rc = text_fail(err, LW_ERR_INPUT, "%s: step \"%s\" has no `until`", path, lesson->steps[i].title);
    if (rc != 0)
        lesson_free(lesson);
    else
        *out = lesson;
    return rc;
}

void lesson_free(struct lesson *lesson)
{
    if (!lesson)
        return;
    for (size_t i = 0; i < lesson->n; i++)
        text_release(&lesson->steps[i].text);
    free(lesson);
}

const char *lesson_sample(const struct lesson *lesson)
{
    return lesson->sample[0] ? lesson->sample : NULL;
}

bool lesson_is_done(const struct lesson *lesson)
{
    return lesson->at >= lesson->n;
}

size_t lesson_step(const struct lesson *lesson)
{
    return lesson->at + 1;
}

/* One step at a time: the next one is to be read before it can be done. */
void lesson_tick(struct app *app)
{
    struct lesson *lesson = app->lesson;
    const char *problem;

    if (!lesson || lesson_is_done(lesson))
        return;
    if (app_holds(app, lesson->steps[lesson->at].until, &problem))
        lesson->at++;
    else if (problem)
        app_say(app, "lesson: %s: %s", lesson->steps[lesson->at].until, problem);
}

int lesson_rows(const struct app *app)
{
    return app->lesson ? BOX_ROWS : 0;
}

void lesson_draw(const struct app *app, const struct view *view)
{
    const struct lesson *lesson = app->lesson;
    const struct step *step = lesson_is_done(lesson) ? NULL : &lesson->steps[lesson->at];
    int col;

    view_fill(view, 0, 0, view->area.cols, style_of(ROLE_CARE), app->symbols->across);
    if (!step) {
        view_printf(view, 0, 2, style_with(ROLE_CARE, ATTR_BOLD), " %s: done ", lesson->title);
        view_wrap(view, 1, 2, view->area.rows - 1, style_of(ROLE_TEXT),
                  "That was the lesson. Everything stays open: go on looking, or leave with Q.");
        return;
    }
    col = view_printf(view, 0, 2, style_with(ROLE_CARE, ATTR_BOLD), " Lesson: %s  %zu/%zu ", step->title,
                      lesson->at + 1, lesson->n);
    view_text(view, 0, col + 1, style_of(ROLE_DIM), " ) skips, ( goes back ");
    view_wrap(view, 1, 2, view->area.rows - 1, style_of(ROLE_TEXT), step->text.data ? step->text.data : "");
}

bool lesson_key(struct app *app, uint32_t key)
{
    struct lesson *lesson = app->lesson;

    if (key == ')' && !lesson_is_done(lesson))
        lesson->at++;
    else if (key == '(' && lesson->at > 0)
        lesson->at--;
    else
        return false;
    return true;
}
