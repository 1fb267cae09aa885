/*
 * The table of commands. One row each; shell, `:` prompt, scripts, help, manual page, palette and completion are all
 * made from it. Nothing here knows a screen: a command reads logs through logwright.h, prints data to `out` and
 * messages to `messages`, which may be files, pipes or memory (open_memstream).
 */
#ifndef LW_CMD_COMMAND_H
#define LW_CMD_COMMAND_H

#include <stdio.h>

#include "cmd/options.h"
#include "logwright.h"

/* What a command returns, and the program exits with. */
enum { COMMAND_DONE = 0, COMMAND_FOUND = 1, COMMAND_FAILED = 2 };

struct command_call;

struct command {
    const char *name;
    const char *arguments; /* as in the synopsis, "[INPUT...]"; "" for none */
    const char *help;      /* one line */
    const char *details;   /* NULL, or paragraphs for `help COMMAND` and the manual page */
    int (*run)(struct command_call *call);
    unsigned char options[OPTION_MAX_OWN]; /* enum option, ended by OPTION_NONE; the common ones go without saying */
    bool is_writer;                        /* writes -o itself; otherwise what it prints to `out` goes there */
};

/* What commands work on when no INPUT is given: empty in the shell, the open log and workspace at the prompt. The
 * context owns a reference to each; a command that edits replaces the workspace (the old one is freed), so who shows it
 * compares the pointer after the call. One thread at a time. */
struct command_context {
    struct lw_log *log;
    struct lw_workspace *workspace;
    const struct lw_traces *matched; /* borrowed: the log's traces, if the workspace was not learned from it; or NULL */
    const char *labels, *trace;      /* used where --labels and --trace are not given; NULL: none */
    const struct lw_run *run;        /* NULL: made for the call: --threads, cancel, a line of progress on a terminal */
    struct lw_cancel *cancel;        /* for that one; may be NULL */
    const struct command *more; /* rows besides the engine's own, such as those of the workbench; looked at first */
    size_t n_more;
    void *user; /* for the functions of `more` */
};

struct command_call {
    struct command_context *context;
    const struct command *command;
    const char *values[OPTION_COUNT]; /* NULL: not given; "" for an option without a value */
    const char *const *inputs;        /* what is not an option */
    size_t n_inputs;
    size_t n_masks; /* values of --mask, which stand behind the inputs */
    const struct lw_run *run;
    FILE *out, *messages;
};

/* Rows in the order of the manual, those of context->more (context may be NULL) after the engine's own. NULL past the
 * end, or if there is none of that name. */
const struct command *command_get(const struct command_context *context, size_t index);
const struct command *command_find(const struct command_context *context, const char *name);

/* Runs argv[0] with its arguments: parses the options, opens -o, reports errors to messages as "logwright: ...".
 * Returns one of the codes above; COMMAND_FAILED also when writing to out failed. */
int command_run(struct command_context *context, int argc, const char *const *argv, FILE *out, FILE *messages);
/* The same for a line such as `parse "my log" --json`: words are parted by blanks, quoted with '...', "..." or \; no
 * shell has a part in it. An empty line is done at once. */
int command_run_line(struct command_context *context, const char *line, FILE *out, FILE *messages);

/* Calls add for each word that could stand where the last word of the first `cursor` bytes of line stands. True if file
 * names could stand there too. */
bool command_complete(const struct command_context *context, const char *line, size_t cursor,
                      void (*add)(void *user, const char *word), void *user);

/* The one-line list of all commands; all about one; and the manual page's sections in roff. */
void command_help_list(const struct command_context *context, FILE *out);
void command_help(const struct command *command, FILE *out);
void command_manual(const struct command_context *context, FILE *out);
/* Text for roff: hyphens that can be copied, backslashes, and no line that starts with a request. */
void command_roff(const char *text, FILE *out);

/* Prints "logwright: TEXT" and a newline to call->messages; returns COMMAND_FAILED. */
int command_fail(struct command_call *call, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same with the text of err. */
int command_error(struct command_call *call, const struct lw_error *err);
/* To call->messages unless -q. */
/* "" behind one, "s" behind any other number of things. */
const char *command_s(uint64_t n);
void command_say(struct command_call *call, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
