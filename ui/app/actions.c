#include "ui/app/actions.h"

#include "ui/kit/text.h"
#include "ui/term/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct action_row action_rows[] = {
    {ACT_DOWN, "down", PANE_ALL, "j Down", "next row"},
    {ACT_UP, "up", PANE_ALL, "k Up", "previous row"},
    {ACT_PAGE_DOWN, "page-down", PANE_ALL, "Space PgDn ^F", "next page"},
    {ACT_PAGE_UP, "page-up", PANE_ALL, "b PgUp ^B", "previous page"},
    {ACT_HALF_DOWN, "half-down", PANE_ALL, "^D", "half a page down"},
    {ACT_HALF_UP, "half-up", PANE_ALL, "^U", "half a page up"},
    {ACT_FIRST, "first", PANE_ALL, "g Home", "first row"},
    {ACT_LAST, "last", PANE_ALL, "G End", "last row; at once while a log is indexed"},
    {ACT_LEFT, "left", PANE_ALL, "Left h", "left; less"},
    {ACT_RIGHT, "right", PANE_ALL, "Right l", "right; more"},
    {ACT_OPEN, "open-row", PANE_ALL, "Enter", "open what the cursor is on"},
    {ACT_CLOSE, "close", PANE_ALL, "q Esc", "close the top view; at the end leave, asking before work is lost"},
    {ACT_QUIT, "quit", PANE_ALL, "Q", "leave, asking before work is lost"},
    {ACT_LOGS, "logs", PANE_ALL, "1", "the records"},
    {ACT_TEMPLATES, "templates-pane", PANE_ALL, "2", "the templates"},
    {ACT_TRACES, "traces-pane", PANE_ALL, "3", "variants and traces"},
    {ACT_MACHINE, "machine-pane", PANE_ALL, "4", "the state machine"},
    {ACT_GENERATE, "generate-pane", PANE_ALL, "5", "knobs of the generator"},
    {ACT_DETECT, "detect-pane", PANE_ALL, "6", "detectors and how good they are"},
    {ACT_COMPARE, "compare-pane", PANE_ALL, "7", "the log beside a generated one"},
    {ACT_TABLES, "tables-pane", PANE_ALL, "8", "the relational schema"},
    {ACT_HELP, "help", PANE_ALL, "? F1", "this help"},
    {ACT_NEXT_PANE, "next-pane", PANE_ALL, "Tab", "next pane"},
    {ACT_PREVIOUS_PANE, "previous-pane", PANE_ALL, "S-Tab", "previous pane"},
    {ACT_ZOOM, "zoom", PANE_ALL, "z", "one pane large, or tiles again"},
    {ACT_PROMPT, "prompt", PANE_ALL, ":", "type a command"},
    {ACT_SEARCH, "search", PANE_ALL, "/", "search the records"},
    {ACT_SEARCH_BACK, "search-back", PANE_ALL, "", "search the records upwards"},
    {ACT_FIND_NEXT, "find-next", PANE_ALL, "n", "next match"},
    {ACT_FIND_PREVIOUS, "find-previous", PANE_ALL, "N", "previous match"},
    {ACT_UNDO, "undo", PANE_ALL, "U", "undo the last edit, or knob in Generate"},
    {ACT_REDO, "redo", PANE_ALL, "^R", "do it again"},
    {ACT_CANCEL, "cancel", PANE_ALL, "^C", "cancel the running job, stop indexing or following"},
    {ACT_REDRAW, "redraw", PANE_ALL, "^L", "draw the screen anew"},
    {ACT_SUSPEND, "suspend", PANE_ALL, "^Z", "back to the shell until `fg`"},

    {ACT_RAW, "raw", PANE_LOGS, "v", "records as they are written, or parsed"},
    {ACT_NEXT_ERROR, "next-error", PANE_LOGS, "e", "next record of level error or worse"},
    {ACT_PREVIOUS_ERROR, "previous-error", PANE_LOGS, "E", "the one before"},
    {ACT_FILTER_TEMPLATE, "only-template", PANE_LOGS, "i", "only records of this record's template"},
    {ACT_FILTER_TRACE, "only-trace", PANE_LOGS, "t", "only records of this record's trace"},
    {ACT_FILTER_TEXT, "only-text", PANE_LOGS, "&",
     "of the records shown only those with a text, a /regex/ or a condition"},
    {ACT_FILTER_OUT, "without-text", PANE_LOGS, "^", "of the records shown only those without"},
    {ACT_GO_TIME, "go-time", PANE_LOGS, "T", "go to a time: 14:02, 2026-11-23 14:02, or -15m from the end"},
    {ACT_HOUR_LATER, "hour-later", PANE_LOGS, "o", "an hour later"},
    {ACT_HOUR_EARLIER, "hour-earlier", PANE_LOGS, "O", "an hour earlier"},
    {ACT_FOLLOW, "follow", PANE_LOGS, "F", "follow the files: at the end, what is added stays in view"},
    {ACT_WHY, "why", PANE_LOGS, "w", "why the record is in its template"},
    {ACT_MARK_RECORD, "mark", PANE_LOGS, "m", "mark the record, or take the mark away"},
    {ACT_NOTE, "note", PANE_LOGS, "a", "add a note to the record, or change it"},
    {ACT_NEXT_MARK, "next-mark", PANE_LOGS, "'", "next marked record"},
    {ACT_PREVIOUS_MARK, "previous-mark", PANE_LOGS, "\"", "the one before"},
    {ACT_ONLY_MARKS, "only-marks", PANE_LOGS, "M", "only marked records"},
    {ACT_WRAP, "wrap", PANE_LOGS, "W", "long lines over several rows, or cut"},
    {ACT_UNFOLD, "unfold", PANE_LOGS, "c", "continuation lines of records, or their number"},

    {ACT_SLOTS, "slots", PANE_TEMPLATES, "s", "parameters of the template and their values"},
    {ACT_RENAME, "name-template", PANE_TEMPLATES, "r", "name the template"},
    {ACT_MERGE, "merge-template", PANE_TEMPLATES, "m", "join the template with another"},
    {ACT_SPLIT, "split-template", PANE_TEMPLATES, "x", "split the template at a parameter"},
    {ACT_TYPE, "weigh-template", PANE_TEMPLATES, "=", "set the template's weight in generated logs"},
    {ACT_ORDER, "order-templates", PANE_TEMPLATES, "o", "order by count, level, first, last, change or text"},
    {ACT_MARK, "mark-template", PANE_TEMPLATES, "M", "what is new or surging since the template began"},
    {ACT_PIN, "pin-template", PANE_TEMPLATES, "p", "keep the template's text, whatever is learned"},
    {ACT_WHY, "why-template", PANE_TEMPLATES, "w", "why its first record is in the template"},

    {ACT_TRACE_LOGS, "trace-records", PANE_TRACES, "t", "the records of the trace"},
    {ACT_SORT_TRACES, "order-traces", PANE_TRACES, "s", "order as they come, by time taken, length, rarity or oddity"},
    {ACT_ANY_ORDER, "any-order", PANE_TRACES, "o", "variants whatever the order of their events, or by it"},
    {ACT_FILTER_TEXT, "only-traces", PANE_TRACES, "&", "only rows whose name, or an event of which, matches"},
    {ACT_ALL_TRACES, "all-traces", PANE_TRACES, "A", "all traces"},
    {ACT_MARK_TRACE, "mark-trace", PANE_TRACES, "m", "mark the trace, to compare others with it"},
    {ACT_DIFF, "diff-traces", PANE_TRACES, "d", "compare with the marked trace, or with a usual one"},
    {ACT_CLOCK, "trace-clock", PANE_TRACES, "a", "times of events from the trace's start, or of the day"},

    {ACT_FOCUS, "focus", PANE_MACHINE, "f", "one state with what leads to and from it"},
    {ACT_MAP, "map", PANE_MACHINE, "m", "the machine drawn"},
    {ACT_FEWER_PATHS, "fewer-paths", PANE_MACHINE, "[", "keep fewer transitions, the most taken"},
    {ACT_MORE_PATHS, "more-paths", PANE_MACHINE, "]", "keep more of them"},
    {ACT_FEWER_STATES, "fewer-states", PANE_MACHINE, "{", "keep fewer states, the most visited"},
    {ACT_MORE_STATES, "more-states", PANE_MACHINE, "}", "keep more of them"},
    {ACT_OVERLAY, "overlay", PANE_MACHINE, "v", "beside lines: probability, count, delay, errors ahead, what is rare"},
    {ACT_REPLAY, "replay", PANE_MACHINE, "r", "step through the chosen trace: n and p, Esc ends"},
    {ACT_REPLAY_BACK, "replay-back", PANE_MACHINE, "p", "one event back in a replay"},
    {ACT_EXPORT, "export-machine", PANE_MACHINE, "w", "write what is kept as SVG, DOT or Mermaid"},
    {ACT_DIFF, "compare-machine", PANE_MACHINE, "d", "what differs from another machine"},
    {ACT_ORDER, "order-machine", PANE_MACHINE, "o", "order by state or by count"},
    {ACT_TRACE_LOGS, "transition-traces", PANE_MACHINE, "t", "the traces that take the transition"},

    {ACT_TYPE, "type-value", PANE_GENERATE, "=",
     "type the knob's value: a number, a range such as 0.1..0.3, - for none"},
    {ACT_RESET, "reset-knob", PANE_GENERATE, "r", "set the knob back: to the baseline, if one is kept"},
    {ACT_RESET_ALL, "reset-knobs", PANE_GENERATE, "R", "set all knobs back"},
    {ACT_PRESETS, "presets", PANE_GENERATE, "P", "list the presets, and what each would change"},
    {ACT_ADD, "add-knob", PANE_GENERATE, "a", "add to the group: a rule, a service, the chosen template or transition"},
    {ACT_REMOVE, "remove-knob", PANE_GENERATE, "x", "take away what was added"},
    {ACT_NEAREST, "nearest", PANE_GENERATE, "f", "take the nearest value that can be met"},
    {ACT_ONLY_SET, "only-set", PANE_GENERATE, "c", "only knobs that were changed, or all"},
    {ACT_PIN, "pin-baseline", PANE_GENERATE, "p",
     "keep settings and results as the baseline to compare with, or no longer"},
    {ACT_EXPORT, "generate-file", PANE_GENERATE, "o",
     "generate into a file: how, where, with which labels; there once more to write it"},
    {ACT_METHOD, "next-method", PANE_GENERATE, "m", "next method"},
    {ACT_SEED, "next-seed", PANE_GENERATE, "s", "next seed"},
    {ACT_SAVE_CONSTRAINTS, "save-knobs", PANE_GENERATE, "w", "save the knobs as constraints (JSON)"},
    {ACT_LOAD_CONSTRAINTS, "load-knobs", PANE_GENERATE, "L", "load constraints"},

    {ACT_DISTRIBUTIONS, "distributions", PANE_COMPARE, "d", "figures, distributions side by side, machines compared"},
    {ACT_TRACE_LOGS, "figure-records", PANE_COMPARE, "t", "the records or traces behind the row"},
    {ACT_FOLD_ALL, "fold-all", PANE_COMPARE, "a", "all parts of figures, or none"},
    {ACT_PIN, "keep-figures", PANE_COMPARE, "p",
     "keep the figures as the baseline: others show what changed; or no longer"},
    {ACT_RESET, "compare-again", PANE_COMPARE, "r", "compare again, after it was cancelled or a file has changed"},
    {ACT_OTHER, "compare-file", PANE_COMPARE, "o", "compare with a log in a file, or with the generated one again"},
    {ACT_METHOD, "compare-method", PANE_COMPARE, "m", "generate by the next method"},
    {ACT_SEED, "compare-seed", PANE_COMPARE, "s", "next seed"},

    {ACT_EXPORT, "export-tables", PANE_TABLES, "w", "write the tables into an SQLite file"},

    {ACT_ARM, "arm", PANE_DETECT, "a", "real training data alone, or with the synthetic traces"},
    {ACT_CELL, "cell", PANE_DETECT, "c", "next cell of the confusion matrix"},
    {ACT_RESET, "reset-threshold", PANE_DETECT, "r", "the threshold that was learned"},
};
const size_t action_row_count = sizeof action_rows / sizeof action_rows[0];

/* Presets are texts that bindings_parse reads. */
static const struct {
    const char *name, *text;
} presets[] = {
    {"less",
     "search-back ?\nhelp "
     "F1\nlogs\ntemplates-pane\ntraces-pane\nmachine-pane\ngenerate-pane\ndetect-pane\ncompare-pane\ntables-pane\n"
     "half-down d ^D\nhalf-up u ^U\npage-down Space f ^F ^V PgDn\n"},
};

enum { MAX_KEYS = 8, N_ROWS = sizeof action_rows / sizeof action_rows[0] };

struct bindings {
    uint32_t keys[N_ROWS][MAX_KEYS];
    size_t n[N_ROWS];
};

/* The next word of (data, len) from *at on; its length is 0 at the end. */
static const char *next_word(const char *data, size_t len, size_t *at, size_t *word_len)
{
    while (*at < len && (data[*at] == ' ' || data[*at] == '\t' || data[*at] == '\r'))
        ++*at;
    size_t start = *at;

    while (*at < len && data[*at] != ' ' && data[*at] != '\t' && data[*at] != '\r')
        ++*at;
    *word_len = *at - start;
    return data + start;
}

/* Gives row the keys named in (data, len); false, with the word in question, when one is no key. */
static bool set_keys(struct bindings *bindings, size_t row, const char *data, size_t len, const char **word,
                     size_t *word_len)
{
    uint32_t keys[MAX_KEYS];
    size_t n = 0, at = 0;

    while (*word = next_word(data, len, &at, word_len), *word_len > 0) {
        if (n == MAX_KEYS || !key_parse(*word, *word_len, &keys[n]))
            return false;
        n++;
    }
    memcpy(bindings->keys[row], keys, n * sizeof keys[0]);
    bindings->n[row] = n;
    return true;
}

int bindings_new(struct bindings **out, struct lw_error *err)
{
    struct bindings *bindings = calloc(1, sizeof *bindings);

    if (!bindings)
        return text_fail(err, LW_ERR_MEMORY, "out of memory while reading keys");
    for (size_t i = 0; i < N_ROWS; i++) {
        const char *word;
        size_t len;

        set_keys(bindings, i, action_rows[i].keys, strlen(action_rows[i].keys), &word, &len);
    }
    *out = bindings;
    return 0;
}

void bindings_free(struct bindings *bindings)
{
    free(bindings);
}

static int parse_line(struct bindings *bindings, const char *line, size_t len, int depth, const char **why,
                      const char **word, size_t *word_len)
{
    size_t at = 0, name_len;
    const char *name = next_word(line, len, &at, &name_len);
    struct lw_error ignored;

    if (name_len == 0)
        return 0;
    *word = name;
    *word_len = name_len;
    if (name_len == 6 && memcmp(name, "preset", 6) == 0) {
        *word = next_word(line, len, &at, word_len);
        for (size_t i = 0; i < sizeof presets / sizeof presets[0]; i++)
            if (depth == 0 && strlen(presets[i].name) == *word_len && memcmp(presets[i].name, *word, *word_len) == 0)
                return bindings_parse(bindings, "preset", presets[i].text, strlen(presets[i].text), &ignored);
        *why = "there is no such preset; there is: less";
        return LW_ERR_INPUT;
    }
    for (size_t i = 0; i < N_ROWS; i++)
        if (strlen(action_rows[i].name) == name_len && memcmp(action_rows[i].name, name, name_len) == 0) {
            if (set_keys(bindings, i, line + at, len - at, word, word_len))
                return 0;
            *why = "this is no key; keys are written j, ^D, Space, F1, PgDn";
            return LW_ERR_INPUT;
        }
    *why = "there is no such action; F1 lists them";
    return LW_ERR_INPUT;
}

int bindings_parse(struct bindings *bindings, const char *name, const char *data, size_t len, struct lw_error *err)
{
    size_t line_number = 0;

    for (size_t at = 0; at < len;) {
        const char *end = memchr(data + at, '\n', len - at);
        size_t line_len = end ? (size_t)(end - (data + at)) : len - at, word_len = 0;
        const char *why = "", *word = "";
        const char *comment = memchr(data + at, '#', line_len);
        /* a # that follows a blank or begins the line; `x #` binds nothing to the key # */
        size_t code_len =
            comment && (comment == data + at || comment[-1] == ' ') ? (size_t)(comment - (data + at)) : line_len;

        line_number++;
        if (parse_line(bindings, data + at, code_len, strcmp(name, "preset") == 0, &why, &word, &word_len) != 0)
            return text_fail(err, LW_ERR_INPUT, "%s:%zu: %.*s: %s", name, line_number, (int)word_len, word, why);
        at += line_len + 1;
    }
    return 0;
}

int bindings_read(struct bindings *bindings, const char *path, struct lw_error *err)
{
    char *data;
    size_t len;
    int rc = text_read_file(path, 1 << 20, &data, &len, err);

    if (rc != 0)
        return rc;
    rc = bindings_parse(bindings, path, data, len, err);
    free(data);
    return rc;
}

enum action bindings_action(const struct bindings *bindings, enum pane_id pane, uint32_t key)
{
    enum action found = ACT_NONE;

    for (size_t row = 0; row < N_ROWS; row++)
        for (size_t i = 0; i < bindings->n[row]; i++) {
            if (bindings->keys[row][i] != key)
                continue;
            if (action_rows[row].pane == (int)pane)
                return action_rows[row].action;
            if (action_rows[row].pane == PANE_ALL)
                found = action_rows[row].action;
        }
    return found;
}

const char *bindings_keys(const struct bindings *bindings, size_t row, char *out, size_t size)
{
    size_t at = 0;

    out[0] = '\0';
    for (size_t i = 0; i < bindings->n[row] && at + 18 < size; i++) {
        if (i > 0)
            out[at++] = ' ';
        key_spell(bindings->keys[row][i], out + at, size - at);
        at += strlen(out + at);
    }
    return out;
}

const char *bindings_key(const struct bindings *bindings, enum pane_id pane, enum action action, char *out, size_t size)
{
    out[0] = '\0';
    /* the rows of a pane stand behind those of all */
    for (size_t row = N_ROWS; row-- > 0 && out[0] == '\0';)
        for (size_t i = 0; action_rows[row].action == action && out[0] == '\0' && i < bindings->n[row]; i++)
            if (bindings_action(bindings, pane, bindings->keys[row][i]) == action)
                key_spell(bindings->keys[row][i], out, size);
    return out;
}

const struct action_row *action_find(const char *name)
{
    for (size_t i = 0; i < N_ROWS; i++)
        if (strcmp(action_rows[i].name, name) == 0)
            return &action_rows[i];
    return NULL;
}

enum action list_act(struct list *list, enum action action)
{
    static const struct {
        enum action action;
        enum list_move move;
    } moves[] = {
        {ACT_DOWN, LIST_DOWN},       {ACT_UP, LIST_UP},           {ACT_PAGE_DOWN, LIST_PAGE_DOWN},
        {ACT_PAGE_UP, LIST_PAGE_UP}, {ACT_HALF_UP, LIST_HALF_UP}, {ACT_HALF_DOWN, LIST_HALF_DOWN},
        {ACT_FIRST, LIST_FIRST},     {ACT_LAST, LIST_LAST},
    };

    for (size_t i = 0; i < sizeof moves / sizeof moves[0]; i++)
        if (moves[i].action == action) {
            list_move(list, moves[i].move);
            return ACT_NONE;
        }
    return action;
}
