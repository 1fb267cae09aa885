/* Where a command's data goes: a given stream, or the file of -o, which appears whole or not at all. */
#ifndef LW_CMD_OUTPUT_H
#define LW_CMD_OUTPUT_H

#include <stdio.h>

struct output {
    FILE *file;
    const char *path; /* borrowed; NULL: the stream that was given */
    char *temporary;  /* NULL, or the name the file has until it is whole */
};

/* path NULL or "-": `stream` itself. 0, or -1 with errno set. */
int output_open(const char *path, FILE *stream, struct output *out);
/* Flushes; gives the file its name if keep is not 0, else removes it. 0, or -1 with errno set. */
int output_close(struct output *output, int keep);

#endif
