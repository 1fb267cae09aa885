/* Completion: what could stand where the last word of a line stands, by the rows of commands and options. */
#include <string.h>

#include "cmd/commands.h"
#include "cmd/table.h"
#include "cmd/words.h"

struct request {
    void (*add)(void *user, const char *word);
    void *user;
    const char *start; /* what the word begins with */
};

static void offer(const struct request *request, const char *word)
{
    if (strncmp(word, request->start, strlen(request->start)) == 0)
        request->add(request->user, word);
}

static void offer_commands(const struct request *request, const struct command_context *context)
{
    const struct command *row;

    for (size_t i = 0; (row = command_get(context, i)) != NULL; i++)
        if (command_find(context, row->name) == row)
            offer(request, row->name);
}

static void offer_option(const struct request *request, enum option option)
{
    char word[64];

    snprintf(word, sizeof word, "--%s", option_get(option)->name);
    offer(request, word);
}

static void offer_options(const struct request *request, const struct command *command)
{
    for (const unsigned char *own = command->options; *own != OPTION_NONE; own++)
        offer_option(request, (enum option) * own);
    for (int i = OPTION_FORMAT; i <= OPTION_LAST_COMMON; i++)
        offer_option(request, (enum option)i);
}

/* Names of the header fields of the open log, as its first record has them, each behind a prefix. */
static void offer_fields(const struct request *request, const struct command_context *context, const char *prefix)
{
    struct lw_reader *reader;
    struct lw_record record;
    char word[100];

    if (context == NULL || context->log == NULL || lw_reader_new(context->log, &reader, NULL) != 0)
        return;
    if (lw_log_count(context->log) > 0 && lw_reader_get(reader, 0, &record, NULL) == 0)
        for (size_t i = 0; i < record.n_fields; i++) {
            snprintf(word, sizeof word, "%s%s", prefix, record.fields[i].name);
            offer(request, word);
        }
    lw_reader_free(reader);
}

/* Words for the value of an option; true if it may be a file. */
static bool offer_values(const struct request *request, const struct command_context *context, enum option option)
{
    static const char *const rules[] = {"auto", "dir", "source", "window:60s", "gap:30s", "count:100", "join:", "none"};
    const struct option_row *row = option_get(option);
    const char *word;

    for (size_t i = 0; row->candidate != NULL && (word = row->candidate(i)) != NULL; i++)
        offer(request, word);
    for (size_t i = 0; option == OPTION_TRACE && i < sizeof rules / sizeof rules[0]; i++)
        offer(request, rules[i]);
    if (option == OPTION_TRACE)
        offer_fields(request, context, "field:");
    if (option == OPTION_LABELS)
        offer_fields(request, context, "");
    return row->candidate == NULL && option != OPTION_TRACE;
}

/* What can be done to templates, then the open workspace's templates. */
static void offer_templates(const struct request *request, const struct command_context *context, size_t n)
{
    const char *word;

    for (size_t i = 0; n == 1 && (word = templates_edit_name(i)) != NULL; i++)
        offer(request, word);
    if (n == 1 || context == NULL || context->workspace == NULL)
        return;
    for (size_t i = 0; i < lw_template_count(context->workspace); i++) {
        struct lw_template template;
        char name[TEMPLATE_NAME_SIZE];

        if (lw_template_get(context->workspace, i, &template, NULL) == 0)
            offer(request, template_name(template.id, name));
    }
}

/* The option that the word before asks a value for, or OPTION_NONE. */
static enum option pending(const struct command *command, const char *word)
{
    enum option option = OPTION_NONE;

    if (word[0] == '-' && word[1] == '-')
        option = option_find(command->options, word + 2, strlen(word + 2));
    return option != OPTION_NONE && option_get(option)->value != NULL ? option : OPTION_NONE;
}

static bool complete(const struct command_context *context, const struct words *words, struct request *request)
{
    size_t n = words->has_blank_end ? words->n : words->n - 1; /* words before the one that is completed */
    const struct command *command;
    enum option option;

    request->start = words->has_blank_end ? "" : words->items[n];
    if (n == 0) {
        offer_commands(request, context);
        return false;
    }
    command = command_find(context, words->items[0]);
    if (command == NULL)
        return false;
    if (strcmp(command->name, "help") == 0) {
        offer_commands(request, context);
        return false;
    }
    option = n > 1 ? pending(command, words->items[n - 1]) : OPTION_NONE;
    if (option != OPTION_NONE)
        return offer_values(request, context, option);
    if (request->start[0] == '-') {
        offer_options(request, command);
        return false;
    }
    if (command->run == templates_run)
        offer_templates(request, context, n);
    return command->arguments[0] != '\0';
}

bool command_complete(const struct command_context *context, const char *line, size_t cursor,
                      void (*add)(void *user, const char *word), void *user)
{
    struct request request = {add, user, ""};
    struct words words;
    bool may_be_file;

    if (words_split(line, cursor, &words) != 0)
        return false;
    may_be_file = complete(context, &words, &request);
    words_release(&words);
    return may_be_file;
}
