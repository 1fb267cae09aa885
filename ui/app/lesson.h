/*
 * Lessons: files of help/lessons. `title`, `sample FILE` (opened first, from the samples that are installed or beside
 * the lesson), then steps: `step TITLE`, lines of text, and `until PREDICATE` on the program's state, which ends the
 * step when it holds. # begins a comment.
 */
#ifndef LW_APP_LESSON_H
#define LW_APP_LESSON_H

#include "ui/app/app.h"

struct lesson;

int lesson_read(const char *path, struct lesson **out, struct lw_error *err);
void lesson_free(struct lesson *lesson);
const char *lesson_sample(const struct lesson *lesson); /* NULL: none */
/* Goes on while the step's predicate holds. */
void lesson_tick(struct app *app);
/* Rows of the box, 0 without a lesson. */
int lesson_rows(const struct app *app);
void lesson_draw(const struct app *app, const struct view *view);
/* Takes keys that nothing else takes: `)` skips the step, `(` goes back. */
bool lesson_key(struct app *app, uint32_t key);
bool lesson_is_done(const struct lesson *lesson);
/* 1-based; one past the last when it is done. */
size_t lesson_step(const struct lesson *lesson);

#endif
