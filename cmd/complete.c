/* Completion: what could stand where the last word of a line stands, by the rows of commands and options. */
#include <string.h>

#include "cmd/command.h"
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

/* Words for the value of an option; true if it may be a file. */
static bool offer_values(const struct request *request, enum option option)
{
    const struct option_row *row = option_get(option);
    const char *word;

    for (size_t i = 0; row->candidate != NULL && (word = row->candidate(i)) != NULL; i++)
        offer(request, word);
    return row->candidate == NULL;
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
        return offer_values(request, option);
    if (request->start[0] == '-') {
        offer_options(request, command);
        return false;
    }
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
