#include "cmd/options.h"

#include <stdio.h>
#include <string.h>

#include "logwright.h"

static const char *format_name(size_t index)
{
    const struct lw_format_info *info = lw_format_get(index);

    return info == NULL ? NULL : info->name;
}

static const char *method_name(size_t index)
{
    const struct lw_method_info *info = lw_method_get(index);

    return info == NULL ? NULL : info->name;
}

static const char *detector_name(size_t index)
{
    const struct lw_detector_info *info = lw_detector_get(index);

    return info == NULL ? NULL : info->name;
}

static const char *output_kind(size_t index)
{
    const struct lw_output_info *info = lw_output_form(index);

    return info == NULL ? NULL : info->name;
}

static const char *split_kind(size_t index)
{
    static const char *const kinds[] = {"chronological:0.3", "random:0.8", "folds:5", "normal:0.5", "file:"};

    return index < sizeof kinds / sizeof kinds[0] ? kinds[index] : NULL;
}

static const struct option_row rows[OPTION_COUNT] = {
    [OPTION_FORMAT] = {"format", 0, "NAMES",
                       "how records are laid out, instead of finding it out: names of `formats`, parted by commas",
                       format_name},
    [OPTION_TRACE] =
        {"trace", 0, "RULE",
         "what names a trace: a regex, field:NAME, dir, source, window:60s, gap:30s, count:100, join:A + B, none, or "
         "auto (the default); see TRACES in logwright(1)",
         NULL},
    [OPTION_MASK] = {"mask", 0, "NAME=REGEX",
                     "what the regex finds in a message is one parameter of type NAME; may be given several times",
                     NULL},
    [OPTION_LABELS] = {"labels", 0, "FILE|FIELD",
                       "which traces are anomalous: a CSV file of trace,label, or a field of the header", NULL},
    [OPTION_ZONE] = {"zone", 0, "[PATH=]ZONE,...",
                     "zone of times that do not say theirs: +02:00, Europe/Berlin, local; UTC unless given", NULL},
    [OPTION_OFFSET] = {"offset", 0, "[PATH=]TIME,...",
                       "what to add to the times of sources whose clock is wrong, such as db.log=+3.5s", NULL},
    [OPTION_SEED] = {"seed", 0, "N", "seed of everything drawn at random; 1 unless given", NULL},
    [OPTION_THREADS] = {"threads", 0, "N", "threads to work on; as many as processors unless given", NULL},
    [OPTION_MAX_MEMORY] =
        {"max-memory", 0, "SIZE",
         "bound on what a log and what is learned may take, such as 800M; 3/4 of the machine's unless given", NULL},
    [OPTION_OUTPUT] = {"output", 'o', "FILE", "write there instead of to standard output; appears whole or not at all",
                       NULL},
    [OPTION_QUIET] = {"quiet", 'q', NULL, "no progress and no remarks, only errors", NULL},
    [OPTION_HELP] = {"help", 'h', NULL, "what the command does and takes", NULL},
    [OPTION_JSON] = {"json", 0, NULL, "print JSON", NULL},
    [OPTION_CSV] = {"csv", 0, NULL, "print CSV with a header line", NULL},
    [OPTION_WHERE] = {"where", 0, "FILTER", "only records for which this holds, such as 'level>=warn and \"timeout\"'",
                      NULL},
    [OPTION_DOT] = {"dot", 0, NULL, "print a graph for Graphviz", NULL},
    [OPTION_MERMAID] = {"mermaid", 0, NULL, "print a Mermaid state diagram", NULL},
    [OPTION_SVG] = {"svg", 0, NULL, "print a picture", NULL},
    [OPTION_ACTIVITIES] = {"activities", 0, "SHARE", "draw this share of the states, the most visited, from 0 to 1",
                           NULL},
    [OPTION_PATHS] = {"paths", 0, "SHARE", "draw this share of the transitions between them, the most taken", NULL},
    [OPTION_HTML] = {"html", 0, NULL, "print a page that stands alone, the machine drawn in it", NULL},
    [OPTION_DIFF] = {"diff", 0, NULL, "compare the machines of two workspaces or logs", NULL},
    [OPTION_ACCEPTS] = {"accepts", 0, "LOG", "say of each trace of this log whether the machine's core accepts it",
                        NULL},
    [OPTION_RELATIONS] = {"relations", 0, NULL, "print what parameters obey along a trace", NULL},
    [OPTION_RESAMPLES] = {"resamples", 0, "N",
                          "learn from as many resamples, and say how often each transition returned", NULL},
    [OPTION_PLAN] = {"plan", 0, "WORKSPACE", "take format and trace rule from there, so that the two can be merged",
                     NULL},
    [OPTION_ROWS] = {"rows", 0, NULL, "store the records with their events and parameters, too", NULL},
    [OPTION_DDL] = {"ddl", 0, NULL, "print the statements that make the tables; done unless another form is given",
                    NULL},
    [OPTION_SQLITE] = {"sqlite", 0, "FILE", "write an SQLite database, which is a workspace, too", NULL},
    [OPTION_CSV_FOLDER] = {"csv", 0, "FOLDER", "write a CSV file for each table into a new folder", NULL},
    [OPTION_LIMIT] = {"limit", 0, "N", "print at most so many rows, 0 for all; of a text table 1000 unless given",
                      NULL},
    [OPTION_TIMEOUT] = {"timeout", 0, "SECONDS", "stop a statement that takes longer, 0 for never; 300 unless given",
                        NULL},
    [OPTION_CONSTRAINTS] =
        {"constraints", 'c', "FILE",
         "JSON file that says what the generated log should be like, or one of `constraints --presets`", NULL},
    [OPTION_DOCUMENT] = {"document", 0, NULL, "print a constraints document that asks for such a log, and no table",
                         NULL},
    [OPTION_SCHEMA] = {"schema", 0, NULL, "print the JSON Schema of constraints documents", NULL},
    [OPTION_PRESETS] = {"presets", 0, NULL, "list the documents that come with the program", NULL},
    [OPTION_MODEL] = {"model", 0, NULL,
                      "put into the document what a log is generated from, so that it needs no workspace", NULL},
    [OPTION_METHOD] = {"method", 0, "NAME", "how logs are generated; machine unless given", method_name},
    [OPTION_THROUGH] = {"through", 0, "LIST",
                        "templates or states that each generated trace passes in this order, parted by commas", NULL},
    [OPTION_TRACES] = {"traces", 0, "N", "how many traces to generate", NULL},
    [OPTION_AS] = {"as", 0, "KIND", "text, jsonl, sequences, or the tables: sqlite (a file) or csv (a folder)",
                   output_kind},
    [OPTION_OUTPUT_FORMAT] = {"output-format", 0, "NAME",
                              "the format of text, such as syslog or logback, instead of the source's own",
                              lw_output_format},
    [OPTION_RECORD_LABELS] = {"record-labels", 0, "FILE",
                              "labels of the records of a synthetic log: a CSV file of line,label,trace", NULL},
    [OPTION_RECORD_LABELS_OUT] = {"record-labels-out", 0, "FILE",
                                  "where to write the labels of the generated records, as CSV", NULL},
    [OPTION_LABELS_OUT] = {"labels-out", 0, "FILE", "where to write the labels of the generated traces, as CSV", NULL},
    [OPTION_DETECTORS] = {"detectors", 0, "LIST", "names parted by commas, or all (the default)", detector_name},
    [OPTION_DETECTOR] = {"detector", 0, "NAME", "the one detector to use; machine unless given", detector_name},
    [OPTION_PROBABILITY] = {"probability", 0, NULL, "print the probability of each whole trace, its end included",
                            NULL},
    [OPTION_CHECK] = {"check", 0, NULL, "exit status 1 when a figure does not pass its threshold", NULL},
    [OPTION_INTERVALS] = {"intervals", 0, NULL, "tell the interval of 95 % of each figure, from halves of the variants",
                          NULL},
    [OPTION_HOLDOUT] = {"holdout", 0, "FILE", "a log of the same system that nothing was generated from", NULL},
    [OPTION_ALLOW] = {"allow", 0, "KIND,...", "identifiers that may appear: ip, mac, mail, host, user, path, url, ...",
                      NULL},
    [OPTION_NOISE_SEED] = {"noise-seed", 0, "N", "seed of the noise of privacy.epsilon, for tests: not private", NULL},
    [OPTION_MINIMUM_COUNT] = {"minimum-count", 0, "N", "values in fewer records are rare; 5 unless given", NULL},
    [OPTION_SPLIT] = {"split", 0, "SPEC",
                      "what trains: chronological:0.3, random:0.8, folds:5, normal:0.5 (the default), or file:PATH",
                      split_kind},
    [OPTION_SCRIPT] = {"script", 0, "FILE", "play keys and commands without a terminal and print screens", NULL},
    [OPTION_SIZE] = {"size", 0, "COLSxROWS", "size of the screen under --script; 80x24 unless given", NULL},
    [OPTION_ASCII] = {"ascii", 0, NULL, "draw with ASCII alone", NULL},
    [OPTION_FOLLOW] = {"follow", 'f', NULL, "show the end, and what is added to the files while they are open", NULL},
    [OPTION_RECORDS] = {"records", 0, "N", "how many records to generate, instead of traces", NULL},
    [OPTION_DURATION] = {"duration", 0, "TIME", "how long the generated log lasts, such as 90s, 10m, 2h or 1d", NULL},
    [OPTION_START] = {"start", 0, "TIME", "time of the first trace, such as '2026-11-23 14:02:11'", NULL},
    [OPTION_RATE] = {"rate", 0, "N/s", "records a second on average, or a minute or hour: 500/s, 30/m, 10/h", NULL},
    [OPTION_FOLLOW_OUT] = {"follow", 'f', NULL,
                           "write for ever, each record when its time has come, from now on; see STREAMS", NULL},
    [OPTION_SLOTS] = {"slots", 0, NULL, "list the parameters: type, distinct values, quantiles, most frequent values",
                      NULL},
    [OPTION_EXPLAIN] = {"explain", 0, "FILE",
                        "say which formats were tried on it, where each failed, and what was chosen", NULL},
    [OPTION_EXPLAIN_TRACES] = {"explain", 0, NULL,
                               "what could name traces in the log, with its scores, and what is chosen", NULL},
    [OPTION_EXPLAIN_LINE] = {"explain", 0, "LINE|-",
                             "say why a line, or each one of standard input, is in its template", NULL},
    [OPTION_INFER] = {"infer", 0, "FILE", "find the header from its lines and print a format file for it", NULL},
    [OPTION_MANUAL] = {"manual", 0, NULL, "print all of it for the manual page, in roff", NULL},
};

const struct option_row *option_get(enum option option)
{
    return &rows[option];
}

static bool is_named(enum option option, const char *name, size_t len)
{
    return strlen(rows[option].name) == len && memcmp(rows[option].name, name, len) == 0;
}

enum option option_find(const unsigned char *own, const char *name, size_t len)
{
    for (int i = OPTION_FORMAT; i <= OPTION_LAST_COMMON; i++)
        if (is_named((enum option)i, name, len))
            return (enum option)i;
    for (; *own != OPTION_NONE; own++)
        if (is_named((enum option) * own, name, len))
            return (enum option) * own;
    return OPTION_NONE;
}

static enum option find_letter(const unsigned char *own, char letter)
{
    for (int i = OPTION_FORMAT; i <= OPTION_LAST_COMMON; i++)
        if (rows[i].letter == letter)
            return (enum option)i;
    for (; *own != OPTION_NONE; own++)
        if (rows[*own].letter == letter)
            return (enum option) * own;
    return OPTION_NONE;
}

/* Stores what the option in args[*at] says; joined: the value in the same word, or NULL. */
static const char *store(enum option option, const char *joined, const char **args, size_t n, size_t *at,
                         const char **values, char *text, size_t size)
{
    const struct option_row *row = &rows[option];

    if (row->value == NULL) {
        if (joined != NULL) {
            snprintf(text, size, "--%s takes no value", row->name);
            return text;
        }
        values[option] = "";
        return NULL;
    }
    if (joined == NULL) {
        if (*at + 1 == n) {
            snprintf(text, size, "--%s needs a value: --%s %s", row->name, row->name, row->value);
            return text;
        }
        joined = args[++*at];
    }
    values[option] = joined;
    return NULL;
}

/* What parsing left of the arguments: those that are no options, then masks. It is never more than was read. */
struct kept {
    const char **args;
    size_t n, n_masks;
};

static void keep_argument(struct kept *kept, const char *word)
{
    memmove(kept->args + kept->n + 1, kept->args + kept->n, kept->n_masks * sizeof *kept->args);
    kept->args[kept->n++] = word;
}

/* The value of a mask, if one was read, leaves its place in values for the next. */
static void keep_mask(struct kept *kept, const char **values, const char **last)
{
    if (values[OPTION_MASK] == NULL)
        return;
    kept->args[kept->n + kept->n_masks++] = *last = values[OPTION_MASK];
    values[OPTION_MASK] = NULL;
}

static const char *parse_letters(const unsigned char *own, const char **args, size_t n, size_t *at, const char **values,
                                 char *text, size_t size)
{
    const char *word = args[*at];

    for (const char *letter = word + 1; *letter != '\0'; letter++) {
        enum option option = find_letter(own, *letter);

        if (option == OPTION_NONE) {
            snprintf(text, size, "there is no option -%c", *letter >= ' ' && *letter <= '~' ? *letter : '?');
            return text;
        }
        if (rows[option].value != NULL)
            return store(option, letter[1] == '\0' ? NULL : letter + 1, args, n, at, values, text, size);
        values[option] = "";
    }
    return NULL;
}

const char *options_parse(const unsigned char *own, const char **args, size_t n, const char **values, size_t *n_args,
                          size_t *n_masks, char *text, size_t size)
{
    struct kept kept = {args, 0, 0};
    const char *mask = NULL;
    bool is_over = false;

    for (size_t i = 0; i < OPTION_COUNT; i++)
        values[i] = NULL;
    for (size_t at = 0; at < n; at++) {
        const char *word = args[at];
        const char *problem = NULL;

        if (is_over || word[0] != '-' || word[1] == '\0') {
            keep_argument(&kept, word);
        } else if (strcmp(word, "--") == 0) {
            is_over = true;
        } else if (word[1] == '-') {
            size_t len = strcspn(word + 2, "=");
            enum option option = option_find(own, word + 2, len);

            if (option == OPTION_NONE) {
                snprintf(text, size, "there is no option --%.*s", (int)(len < 60 ? len : 60), word + 2);
                return text;
            }
            problem = store(option, word[2 + len] == '=' ? word + 3 + len : NULL, args, n, &at, values, text, size);
        } else {
            problem = parse_letters(own, args, n, &at, values, text, size);
        }
        if (problem != NULL)
            return problem;
        keep_mask(&kept, values, &mask);
    }
    values[OPTION_MASK] = mask;
    *n_args = kept.n;
    *n_masks = kept.n_masks;
    return NULL;
}
