/*
 * The terminal through ncursesw, in raw mode: every key comes as a key, signals are the loop's. Rows that changed are
 * handed to curses whole and curses finds what to send; comparing cells here as well would do its work twice and go
 * wrong at the halves of wide graphemes. The terminal's own colours stay its background.
 */
#include "ui/term/keys.h"
#include "ui/term/screen.h"

#include <curses.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

struct terminal {
    struct screen base;
    FILE *keys; /* what keys are read from: stdin, or /dev/tty opened here */
    SCREEN *curses;
    struct grid shown; /* as handed to curses last */
    bool is_all_new;   /* shown says nothing about the terminal */
    bool has_utf8;
    int pairs[ROLE_COUNT];
    attr_t attrs[ROLE_COUNT];
};

/* For terminal_rescue, which may run in the handler of a crash. */
static struct {
    volatile bool is_open;
    int fd;
    struct termios modes;
    char text[128];
    size_t len;
} rescue;

/* Colours that differ for all common kinds of colour vision (hues after Okabe and Ito 2008), readable on light and on
 * dark backgrounds; -1 is the terminal's own. Attributes carry the difference where there are no colours. */
static const struct {
    short color_256, color_8;
    attr_t attrs, mono;
} palette[ROLE_COUNT] = {
    [ROLE_TEXT] = {-1, -1, A_NORMAL, A_NORMAL},
    [ROLE_DIM] = {244, -1, A_NORMAL, A_DIM},
    [ROLE_TITLE] = {-1, -1, A_BOLD, A_BOLD},
    [ROLE_KEY] = {32, COLOR_CYAN, A_BOLD, A_BOLD},
    [ROLE_HEAD] = {244, -1, A_UNDERLINE, A_UNDERLINE},
    [ROLE_PARAM] = {32, COLOR_CYAN, A_UNDERLINE, A_UNDERLINE},
    [ROLE_TIME] = {244, -1, A_NORMAL, A_DIM},
    [ROLE_FAULT] = {166, COLOR_RED, A_BOLD, A_BOLD},
    [ROLE_CARE] = {172, COLOR_YELLOW, A_NORMAL, A_BOLD},
    [ROLE_GOOD] = {36, COLOR_GREEN, A_NORMAL, A_BOLD},
    [ROLE_FOUND] = {172, COLOR_YELLOW, A_REVERSE, A_REVERSE},
    [ROLE_CHOSEN] = {-1, -1, A_REVERSE, A_REVERSE},
    [ROLE_BAR] = {32, COLOR_BLUE, A_NORMAL, A_NORMAL},
};

static const struct {
    int code;
    uint32_t key;
} codes[] = {
    {KEY_LEFT, KEY_LEFT_ARROW}, {KEY_RIGHT, KEY_RIGHT_ARROW}, {KEY_UP, KEY_UP_ARROW},   {KEY_DOWN, KEY_DOWN_ARROW},
    {KEY_PPAGE, KEY_PAGE_UP},   {KEY_NPAGE, KEY_PAGE_DOWN},   {KEY_HOME, KEY_GO_HOME},  {KEY_END, KEY_GO_END},
    {KEY_IC, KEY_INSERT},       {KEY_DC, KEY_DELETE},         {KEY_BTAB, KEY_BACK_TAB}, {KEY_BACKSPACE, KEY_RUBOUT},
    {KEY_ENTER, KEY_RETURN},
};

static void choose_colors(struct terminal *terminal, enum color_mode mode)
{
    const char *no_color = getenv("NO_COLOR");
    bool has_colors_on = mode != COLOR_NEVER && !(no_color && *no_color) && has_colors() && start_color() == OK &&
                         use_default_colors() == OK && COLORS >= 8;

    for (int role = 0; role < ROLE_COUNT; role++) {
        short color = COLORS >= 256 ? palette[role].color_256 : palette[role].color_8;

        terminal->attrs[role] = has_colors_on ? palette[role].attrs : palette[role].mono;
        if (has_colors_on && color >= 0 && init_pair((short)(role + 1), color, -1) == OK)
            terminal->pairs[role] = role + 1;
    }
}

/* Decodes the text of a cell, which is valid UTF-8; what curses cannot hold in one cell is cut. */
static void cell_to_wide(const struct cell *cell, wchar_t wide[CCHARW_MAX + 1])
{
    size_t n = 0;

    for (size_t i = 0; i < cell->len && n < CCHARW_MAX;) {
        unsigned char first = (unsigned char)cell->text[i++];
        uint32_t c = first < 0x80    ? first
                     : first >= 0xF0 ? first & 0x07u
                     : first >= 0xE0 ? first & 0x0Fu
                                     : first & 0x1Fu;

        while (i < cell->len && ((unsigned char)cell->text[i] & 0xC0) == 0x80)
            c = c << 6 | ((unsigned char)cell->text[i++] & 0x3Fu);
        wide[n++] = (wchar_t)c;
    }
    wide[n] = L'\0';
}

static void put_cell(struct terminal *terminal, int row, int col, const struct cell *cell)
{
    wchar_t wide[CCHARW_MAX + 1];
    attr_t attrs = terminal->attrs[cell->style.role];
    cchar_t out;
    bool can_show = terminal->has_utf8 || (unsigned char)cell->text[0] < 0x80;

    if (cell->columns == 0)
        return;
    attrs |= (cell->style.attrs & ATTR_BOLD ? A_BOLD : 0) | (cell->style.attrs & ATTR_UNDERLINE ? A_UNDERLINE : 0) |
             (cell->style.attrs & ATTR_REVERSE ? A_REVERSE : 0) | (cell->style.attrs & ATTR_DIM ? A_DIM : 0);
    if (can_show)
        cell_to_wide(cell, wide);
    else
        memcpy(wide, L"?", 2 * sizeof wide[0]);
    if (setcchar(&out, wide, attrs, (short)terminal->pairs[cell->style.role], NULL) != OK)
        return;
    mvadd_wch(row, col, &out);
    if (!can_show && cell->columns == 2)
        mvadd_wch(row, col + 1, &out);
}

static bool row_equals(const struct grid *a, const struct grid *b, int row)
{
    for (int col = 0; col < a->cols; col++)
        if (!cell_equals(grid_cell(a, row, col), grid_cell(b, row, col)))
            return false;
    return true;
}

static void present(struct screen *screen, const struct grid *grid, int cursor_row, int cursor_col)
{
    struct terminal *terminal = (struct terminal *)screen;
    bool is_resized = terminal->shown.rows != grid->rows || terminal->shown.cols != grid->cols;

    if (is_resized && grid_resize(&terminal->shown, grid->rows, grid->cols) != 0)
        return;
    if (is_resized)
        terminal->is_all_new = true;
    for (int row = 0; row < grid->rows; row++) {
        if (!terminal->is_all_new && row_equals(&terminal->shown, grid, row))
            continue;
        for (int col = 0; col < grid->cols; col++)
            put_cell(terminal, row, col, grid_cell(grid, row, col));
        memcpy(terminal->shown.cells + (size_t)row * (size_t)grid->cols, grid_cell(grid, row, 0),
               (size_t)grid->cols * sizeof *grid->cells);
    }
    if (terminal->is_all_new)
        clearok(curscr, TRUE);
    terminal->is_all_new = false;
    curs_set(cursor_row >= 0);
    if (cursor_row >= 0)
        move(cursor_row, cursor_col);
    else
        move(grid->rows - 1, grid->cols - 1);
    refresh();
}

static uint32_t read_key(struct screen *screen)
{
    wint_t c;
    int kind = get_wch(&c);

    (void)screen;
    if (kind == ERR)
        return KEY_NONE;
    if (kind != KEY_CODE_YES)
        return c == '\n' || c == '\r' ? KEY_RETURN : c == '\b' ? KEY_RUBOUT : (uint32_t)c;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if ((wint_t)codes[i].code == c)
            return codes[i].key;
    for (unsigned n = 1; n <= 12; n++)
        if (c == (wint_t)KEY_F(n))
            return KEY_F_FIRST + n - 1;
    return KEY_NONE;
}

static void measure(struct screen *screen)
{
    struct winsize size;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0)
        resizeterm(size.ws_row, size.ws_col);
    screen->rows = LINES;
    screen->cols = COLS;
}

static void forget(struct screen *screen)
{
    ((struct terminal *)screen)->is_all_new = true;
}

static void suspend(struct screen *screen)
{
    (void)screen;
    endwin();
}

static void resume(struct screen *screen)
{
    reset_prog_mode();
    refresh();
    measure(screen);
    forget(screen);
}

static void ring(struct screen *screen)
{
    (void)screen;
    beep();
}

static void terminal_free(struct screen *screen)
{
    struct terminal *terminal = (struct terminal *)screen;

    rescue.is_open = false;
    endwin();
    delscreen(terminal->curses);
    if (terminal->keys != stdin)
        fclose(terminal->keys);
    grid_release(&terminal->shown);
    free(terminal);
}

static void add_rescue(const char *capability)
{
    const char *text = tigetstr(capability);
    size_t len = text && text != (const char *)-1 ? strlen(text) : 0;

    if (rescue.len + len < sizeof rescue.text) {
        memcpy(rescue.text + rescue.len, len > 0 ? text : "", len);
        rescue.len += len;
    }
}

void terminal_rescue(void)
{
    if (!rescue.is_open)
        return;
    rescue.is_open = false;
    if (write(STDOUT_FILENO, rescue.text, rescue.len) < 0)
        return;
    tcsetattr(rescue.fd, TCSANOW, &rescue.modes);
}

static int refuse(struct lw_error *err, enum lw_code code, const char *text)
{
    if (err) {
        err->code = code;
        snprintf(err->text, sizeof err->text, "%s", text);
    }
    return code;
}

/* curses ignores SIGTSTP while it writes, and one that comes then is lost, unless the program has its own way with that
 * signal when curses begins. */
static SCREEN *open_curses(FILE *keys)
{
    struct sigaction ignoring, before;

    memset(&ignoring, 0, sizeof ignoring);
    ignoring.sa_handler = SIG_IGN;
    sigemptyset(&ignoring.sa_mask);
    sigaction(SIGTSTP, &ignoring, &before);
    SCREEN *curses = newterm(NULL, stdout, keys);
    sigaction(SIGTSTP, &before, NULL);
    return curses;
}

int terminal_open(const struct terminal_options *options, struct screen **out, struct lw_error *err)
{
    static const struct screen_ops ops = {
        .present = present,
        .read_key = read_key,
        .measure = measure,
        .suspend = suspend,
        .resume = resume,
        .forget = forget,
        .bell = ring,
        .free = terminal_free,
    };
    const char *name = getenv("TERM");
    struct terminal *terminal;
    FILE *keys = stdin;

    if (!name || !*name || strcmp(name, "dumb") == 0)
        return refuse(
            err, LW_ERR_USAGE,
            "this terminal (TERM is \"dumb\" or not set) cannot show the workbench; set TERM, or give a command, "
            "such as: logwright templates FILE");
    if (!isatty(STDIN_FILENO) && !(keys = fopen("/dev/tty", "r")))
        return refuse(err, LW_ERR_IO, "/dev/tty: there is no terminal to read keys from");
    terminal = calloc(1, sizeof *terminal);
    if (!terminal) {
        if (keys != stdin)
            fclose(keys);
        return refuse(err, LW_ERR_MEMORY, "out of memory while opening the terminal");
    }
    rescue.fd = fileno(keys);
    tcgetattr(rescue.fd, &rescue.modes);
    set_escdelay(25);
    terminal->keys = keys;
    terminal->curses = open_curses(keys);
    if (!terminal->curses) {
        if (keys != stdin)
            fclose(keys);
        free(terminal);
        return refuse(err, LW_ERR_USAGE, "the terminal named by TERM is not known here; try TERM=xterm or TERM=vt100");
    }
    rescue.len = 0;
    add_rescue("rmcup");
    add_rescue("cnorm");
    add_rescue("sgr0");
    add_rescue("rmkx");
    rescue.is_open = true;
    raw();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    choose_colors(terminal, options->color);
    terminal->has_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    terminal->is_all_new = true;
    terminal->base =
        (struct screen){&ops, LINES, COLS, rescue.fd, STDOUT_FILENO, options->is_ascii || !terminal->has_utf8};
    *out = &terminal->base;
    return 0;
}
