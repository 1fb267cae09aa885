/*
 * What shows grids and gives keys: the terminal (curses.c) or nothing but memory (dump.c). One thread.
 */
#ifndef LW_TERM_SCREEN_H
#define LW_TERM_SCREEN_H

#include "logwright.h"
#include "ui/term/grid.h"

#include <stdint.h>
#include <stdio.h>

struct screen;

struct screen_ops {
    /* Shows the grid, which has the size of the screen; the cursor is hidden when row is negative. */
    void (*present)(struct screen *screen, const struct grid *grid, int cursor_row, int cursor_col);
    /* The next key that is there, KEY_NONE or KEY_CLOSED. Never waits. */
    uint32_t (*read_key)(struct screen *screen);
    /* Asks the terminal how large it is now. */
    void (*measure)(struct screen *screen);
    /* Gives the terminal back as it was found; resume takes it again and repaints all. */
    void (*suspend)(struct screen *screen);
    void (*resume)(struct screen *screen);
    /* Everything is written again with the next present. */
    void (*forget)(struct screen *screen);
    void (*bell)(struct screen *screen);
    void (*free)(struct screen *screen);
};

struct screen {
    const struct screen_ops *ops;
    int rows, cols;
    int fd;        /* where keys come from, to poll; -1 if there is nothing to wait for */
    int out_fd;    /* where frames go, to poll; -1 if they never have to wait */
    bool is_ascii; /* only ASCII may be drawn */
};

enum color_mode { COLOR_AUTO, COLOR_NEVER };

struct terminal_options {
    enum color_mode color;
    bool is_ascii;
};

/* The terminal of standard output, with keys from standard input, or from /dev/tty when that is no terminal. *out is
 * freed by its free operation, which restores the terminal. */
int terminal_open(const struct terminal_options *options, struct screen **out, struct lw_error *err);
/* From a handler of a fatal signal: puts the terminal back as it was. Async-signal-safe; does nothing if none is open.
 */
void terminal_rescue(void);

/* A screen that keeps nothing. */
int dump_open(int rows, int cols, bool is_ascii, struct screen **out, struct lw_error *err);
void dump_resize(struct screen *screen, int rows, int cols);
/* The text of the grid, one line a row, blanks at the ends cut; with_styles adds below each row that has any a line
 * that starts with '~' and holds a letter for each styled cell. */
void dump_grid(const struct grid *grid, bool with_styles, FILE *out);

#endif
