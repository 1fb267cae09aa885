/* Bytes of logs as JSON, CSV and plain cells: nothing here lets one byte of a log act on a terminal. */
#ifndef LW_CMD_PRINT_H
#define LW_CMD_PRINT_H

#include <stdbool.h>
#include <stdio.h>

#include "logwright.h"

/* A JSON string with its quotes. Invalid UTF-8 becomes \ufffd; what a terminal could obey is written as \u. */
void print_json(FILE *out, const char *data, size_t len);
/* The same inside a quoted CSV field: every quote doubled. */
void print_json_in_csv(FILE *out, const char *data, size_t len);
/* A CSV field after RFC 4180, its bytes untouched, quoted only where needed. */
void print_csv(FILE *out, const char *data, size_t len);
/* As people see it, unprintable bytes as visible stand-ins. Returns the columns taken. */
size_t print_shown(FILE *out, const char *data, size_t len);

#define PRINT_TIME_SIZE 40
/* ISO 8601 in UTC with as many decimals as it needs (none, 3 or 6); "" for LW_NO_TIME. */
const char *print_time(int64_t time_us, char text[PRINT_TIME_SIZE]);

#endif
