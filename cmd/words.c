#include "cmd/words.h"

#include <stdlib.h>
#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Copies one word from line[*at] on, without its quotes; returns where its text ends. */
static char *copy_word(const char *line, size_t len, size_t *at, char *to, const char **problem)
{
    char quote = 0;

    for (; *at < len; ++*at) {
        char c = line[*at];

        if (quote == 0 && is_blank(c))
            break;
        if (c == quote) {
            quote = 0;
        } else if (quote == 0 && (c == '\'' || c == '"')) {
            quote = c;
        } else if (c == '\\' && quote != '\'') {
            if (*at + 1 == len) {
                *problem = "nothing follows the last \\";
            } else {
                ++*at;
                *to++ = line[*at];
            }
        } else if (c != '\0') {
            *to++ = c;
        }
    }
    if (quote != 0)
        *problem = quote == '"' ? "a \" is not closed" : "a ' is not closed";
    return to;
}

int words_split(const char *line, size_t len, struct words *out)
{
    /* Every word takes at least a byte of the line and its NUL stands in place of a blank. */
    char *text = malloc(len + 1);
    const char **items = malloc((len / 2 + 1) * sizeof *items);
    char *to = text;
    size_t at = 0;

    *out = (struct words){text, items, 0, NULL, true};
    if (text == NULL || items == NULL) {
        words_release(out);
        return -1;
    }
    while (at < len) {
        if (is_blank(line[at])) {
            at++;
            out->has_blank_end = true;
            continue;
        }
        items[out->n++] = to;
        to = copy_word(line, len, &at, to, &out->problem);
        *to++ = '\0';
        out->has_blank_end = false;
    }
    return 0;
}

void words_release(struct words *words)
{
    free(words->text);
    free(words->items);
    *words = (struct words){NULL, NULL, 0, NULL, false};
}
