/*
 * Readline's callback interface, cut off from the terminal: keys are turned into the bytes that a terminal would send
 * and queued, rl_getc_function takes them from the queue, and redisplay does nothing. History is kept by readline too.
 */
#include "ui/kit/input.h"

#include "ui/kit/text.h"
#include "ui/term/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

enum { HISTORY_LINES = 1000 };

/* Readline is one state for the program, and so is this. */
static struct {
    struct input_options options;
    char *history_path;
    FILE *nowhere;
    char queue[64];
    size_t n_queued;
    bool is_open, is_done;
    char *line;
    char prompt[64];
    struct text matches;
} input;

static int take_byte(FILE *stream)
{
    (void)stream;
    if (input.n_queued == 0)
        return EOF;
    unsigned char byte = (unsigned char)input.queue[0];

    memmove(input.queue, input.queue + 1, --input.n_queued);
    return byte;
}

static int has_byte(void)
{
    return input.n_queued > 0;
}

static void draw_nothing(void)
{
}

static void prepare_nothing(int meta)
{
    (void)meta;
}

static void take_line(char *line)
{
    input.line = line;
    input.is_done = true;
    rl_callback_handler_remove();
}

static char *next_match(const char *word, int state)
{
    static size_t index;

    if (state == 0)
        index = 0;
    if (!input.options.complete)
        return NULL;
    /* the start of the word: readline keeps point behind it */
    size_t start = (size_t)rl_point >= strlen(word) ? (size_t)rl_point - strlen(word) : 0;

    return input.options.complete(input.options.user, rl_line_buffer, start, word, index++);
}

static char **find_matches(const char *word, int start, int end)
{
    char **matches = rl_completion_matches(word, next_match);

    (void)start;
    (void)end;
    if (matches)
        rl_attempted_completion_over = 1;
    return matches; /* none: file names, as readline does by itself */
}

static void keep_matches(char **matches, int n, int longest)
{
    (void)longest;
    text_clear(&input.matches);
    for (int i = 1; i <= n; i++)
        text_printf(&input.matches, "%s%s", i > 1 ? "  " : "", matches[i]);
}

int input_init(const struct input_options *options, struct lw_error *err)
{
    input.options = *options;
    input.nowhere = fopen("/dev/null", "r+");
    if (!input.nowhere)
        return text_fail(err, LW_ERR_IO, "/dev/null: cannot be opened: %s", strerror(errno));
    rl_readline_name = "logwright";
    rl_catch_signals = 0;
    rl_catch_sigwinch = 0;
    rl_change_environment = 0;
    rl_instream = input.nowhere;
    rl_outstream = input.nowhere;
    rl_getc_function = take_byte;
    rl_input_available_hook = has_byte;
    rl_redisplay_function = draw_nothing;
    rl_prep_term_function = prepare_nothing;
    rl_deprep_term_function = draw_nothing;
    rl_attempted_completion_function = find_matches;
    rl_completion_display_matches_hook = keep_matches;
    rl_completer_word_break_characters = " \t\"'";
    rl_variable_bind("bell-style", "none");
    rl_variable_bind("show-all-if-ambiguous", "on");
    using_history();
    stifle_history(HISTORY_LINES);
    if (options->history_path && (input.history_path = text_copy(options->history_path, strlen(options->history_path))))
        read_history(input.history_path);
    return 0;
}

void input_release(void)
{
    input_cancel();
    if (input.history_path) {
        int fd = open(input.history_path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

        if (fd >= 0) {
            fchmod(fd, 0600);
            close(fd);
            write_history(input.history_path);
        }
        free(input.history_path);
        input.history_path = NULL;
    }
    if (input.nowhere)
        fclose(input.nowhere);
    input.nowhere = NULL;
    text_release(&input.matches);
}

void input_begin(const char *prompt, const char *text)
{
    snprintf(input.prompt, sizeof input.prompt, "%s", prompt);
    input.is_open = true;
    input.is_done = false;
    input.n_queued = 0;
    text_clear(&input.matches);
    rl_callback_handler_install("", take_line);
    rl_insert_text(text);
}

void input_cancel(void)
{
    if (!input.is_open)
        return;
    if (!input.is_done)
        rl_callback_handler_remove();
    input.is_open = false;
    text_clear(&input.matches);
}

bool input_is_open(void)
{
    return input.is_open;
}

bool input_key(uint32_t key, char **line)
{
    char bytes[8];

    *line = NULL;
    if (key == KEY_ESCAPE || key == 3 || (key == 4 && rl_end == 0) || (key == KEY_RUBOUT && rl_end == 0)) {
        input_cancel();
        return true;
    }
    text_clear(&input.matches);
    input.n_queued = key_bytes(key, bytes);
    memcpy(input.queue, bytes, input.n_queued);
    while (input.n_queued > 0 && !input.is_done)
        rl_callback_read_char();
    if (!input.is_done)
        return false;
    input.is_open = false;
    *line = input.line;
    input.line = NULL;
    return true;
}

void input_remember(const char *line)
{
    HIST_ENTRY *last = history_length > 0 ? history_get(history_base + history_length - 1) : NULL;

    if (*line && !(last && strcmp(last->line, line) == 0))
        add_history(line);
}

int input_draw(const struct view *view, int row)
{
    int start = view_text(view, row, 0, style_with(ROLE_TEXT, ATTR_BOLD), input.prompt);
    size_t before = lw_text_columns(rl_line_buffer, (size_t)rl_point);
    size_t room = view->area.cols > start + 1 ? (size_t)(view->area.cols - start - 1) : 1;
    size_t skip = before > room ? before - room : 0;

    view_bytes_from(view, row, start, skip, style_of(ROLE_TEXT), rl_line_buffer, (size_t)rl_end);
    return start + (int)(before - skip);
}

const char *input_matches(void)
{
    return input.matches.len > 0 ? input.matches.data : NULL;
}
