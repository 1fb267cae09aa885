/*
 * One line of text that the user edits, through readline: its keys, the user's inputrc, history and completion. The
 * line is drawn from where readline holds it. There is one at a time, as readline has one state.
 */
#ifndef LW_KIT_INPUT_H
#define LW_KIT_INPUT_H

#include "logwright.h"
#include "ui/term/grid.h"

#include <stdbool.h>
#include <stdint.h>

/* The index-th word that can stand where `word` is, when the words before it are `line`[0 .. start): a heap string, or
 * NULL past the last. */
typedef char *input_complete(void *user, const char *line, size_t start, const char *word, size_t index);

struct input_options {
    const char *history_path; /* NULL: none is kept; the file is made with mode 0600 */
    input_complete *complete;
    void *user;
};

/* Once, before the others. Reads the history. */
int input_init(const struct input_options *options, struct lw_error *err);
/* Writes the history. */
void input_release(void);
/* Begins a line that holds `text`. `prompt` is drawn before it. */
void input_begin(const char *prompt, const char *text);
void input_cancel(void);
bool input_is_open(void);
/* Feeds a key. When that ends the line, *line is a heap string that the caller frees (NULL: given up); true then. */
bool input_key(uint32_t key, char **line);
/* Adds a line that was entered to the history. */
void input_remember(const char *line);
/* Draws on a row of the view; returns the column of the cursor. */
int input_draw(const struct view *view, int row);
/* Words the last completion found, to be shown, separated by two blanks; NULL if there is nothing to show. */
const char *input_matches(void);

#endif
