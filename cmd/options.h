/*
 * All options of all commands, one row each, and the parser. Long options take a value as `--name value` or
 * `--name=value`; letters as `-o FILE` or `-oFILE`; `--` ends options; options and arguments may be mixed. No
 * abbreviations, so that adding an option never changes what a script means.
 */
#ifndef LW_CMD_OPTIONS_H
#define LW_CMD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum option {
    OPTION_NONE,
    /* common to all commands */
    OPTION_FORMAT,
    OPTION_TRACE,
    OPTION_MASK,
    OPTION_LABELS,
    OPTION_ZONE,
    OPTION_OFFSET,
    OPTION_SEED,
    OPTION_THREADS,
    OPTION_MAX_MEMORY,
    OPTION_OUTPUT,
    OPTION_QUIET,
    OPTION_HELP,
    OPTION_LAST_COMMON = OPTION_HELP,
    /* a command's own */
    OPTION_JSON,
    OPTION_CSV,
    OPTION_WHERE,
    OPTION_DOT,
    OPTION_MERMAID,
    OPTION_SVG,
    OPTION_ACTIVITIES,
    OPTION_PATHS,
    OPTION_HTML,
    OPTION_DIFF,
    OPTION_ACCEPTS,
    OPTION_RELATIONS,
    OPTION_RESAMPLES,
    OPTION_PLAN,
    OPTION_ROWS,
    OPTION_DDL,
    OPTION_SQLITE,
    OPTION_CSV_FOLDER,
    OPTION_LIMIT,
    OPTION_TIMEOUT,
    OPTION_CONSTRAINTS,
    OPTION_METHOD,
    OPTION_THROUGH,
    OPTION_TRACES,
    OPTION_AS,
    OPTION_OUTPUT_FORMAT,
    OPTION_LABELS_OUT,
    OPTION_RECORD_LABELS,
    OPTION_RECORD_LABELS_OUT,
    OPTION_DETECTORS,
    OPTION_DETECTOR,
    OPTION_PROBABILITY,
    OPTION_SPLIT,
    OPTION_EXPLAIN,
    OPTION_EXPLAIN_LINE,
    OPTION_EXPLAIN_TRACES,
    OPTION_INFER,
    OPTION_MANUAL,
    OPTION_SCRIPT,
    OPTION_SIZE,
    OPTION_ASCII,
    OPTION_FOLLOW,
    OPTION_SLOTS,
    OPTION_CHECK,
    OPTION_INTERVALS,
    OPTION_DOCUMENT,
    OPTION_SCHEMA,
    OPTION_HOLDOUT,
    OPTION_ALLOW,
    OPTION_MINIMUM_COUNT,
    OPTION_PRESETS,
    OPTION_MODEL,
    OPTION_NOISE_SEED,
    OPTION_RECORDS,
    OPTION_DURATION,
    OPTION_START,
    OPTION_RATE,
    OPTION_FOLLOW_OUT,
    OPTION_COUNT
};
#define OPTION_MAX_OWN 16

struct option_row {
    const char *name;  /* without dashes */
    char letter;       /* or 0 */
    const char *value; /* what the value is called in help; NULL: the option takes none */
    const char *help;
    const char *(*candidate)(size_t index); /* NULL, or words its value may be, NULL past the end */
};

const struct option_row *option_get(enum option option);
/* Option of that name among the common ones and own[], ended by OPTION_NONE; OPTION_NONE if there is none. */
enum option option_find(const unsigned char *own, const char *name, size_t len);

/* Fills values[OPTION_COUNT] and moves what is not an option to the front of args[n]; *n_args is how many those are,
 * and behind them stand the values of --mask, *n_masks of them, since that option adds. Of all others the last one
 * counts. Returns NULL, or what is wrong, written to text[size]. */
const char *options_parse(const unsigned char *own, const char **args, size_t n, const char **values, size_t *n_args,
                          size_t *n_masks, char *text, size_t size);

#endif
