/* Cutting a line into words as a prompt does: blanks part, '...' "..." and \ quote. Nothing is expanded. */
#ifndef LW_CMD_WORDS_H
#define LW_CMD_WORDS_H

#include <stdbool.h>
#include <stddef.h>

struct words {
    char *text;         /* all words, NUL-ended each */
    const char **items; /* [n], borrowed from text */
    size_t n;
    const char *problem; /* NULL, or what is wrong with the quoting; the unfinished word is given all the same */
    bool has_blank_end;  /* a further word would start at the end of the line */
};

/* 0, or -1 when memory is out; end with words_release. */
int words_split(const char *line, size_t len, struct words *out);
void words_release(struct words *words);

#endif
