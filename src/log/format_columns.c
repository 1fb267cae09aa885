/*
 * A line is a row if it has as many columns as the header, and a time where the time belongs. A quoted value may hold
 * line ends: the line where it begins is taken for a row when it ends inside a quote, and the others, which are no
 * rows, continue its record. So no state goes from line to line, and a source is still cut in parts side by side.
 */
#include "log/format_columns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "log/key_role.h"
#include "log/level.h"

#define MOST_COLUMNS 64
#define LONGEST_NAME 60
#define LEAST_NAMES  3
#define LEAST_ROWS   0.8 /* of the lines must have the header's number of columns */

struct columns {
    char separator; /* ' ': W3C, where blanks do not repeat and nothing is quoted */
    size_t n;
    char names[MOST_COLUMNS][LONGEST_NAME + 1];
    size_t roles[KEY_ROLES];      /* column of each role, SIZE_MAX: none */
    size_t time_columns;          /* 2: date and time stand side by side */
    size_t first_rest, last_rest; /* the message where no column is it */
};

static int cut_columns(const char *line, size_t len, bool is_whole, const struct timestamp_layout *hint,
                       struct format_scratch *scratch, struct format_cut *out);

const struct format format_columns_rows[FORMAT_COLUMNS_ROWS] = {
    {{"csv", "columns that a header line names, parted by commas, semicolons, bars or tabs"},
     NULL,
     cut_columns,
     true,
     true,
     false},
    {{"w3c", "W3C extended log, such as that of IIS: columns after #Fields:"}, NULL, cut_columns, true, true, false},
    {{"postgresql-csv", "PostgreSQL csvlog"}, NULL, cut_columns, true, true, false},
};

/* ---- cutting a row -------------------------------------------------------------------------------------------- */

/* The next value from *at; false at the end of the line. *is_open: it is quoted, and the quote does not end here. */
static bool next_value(const char *line, size_t len, char separator, size_t *at, struct lw_span *value, bool *is_open)
{
    if (*at > len)
        return false;
    bool is_quoted = separator != ' ' && *at < len && line[*at] == '"';
    size_t from = *at + is_quoted, end = from;
    if (is_quoted) {
        while (end < len && (line[end] != '"' || (end + 1 < len && line[end + 1] == '"')))
            end += line[end] == '"' ? 2 : 1;
        *is_open = end >= len;
        end = end < len ? end : len;
        *value = (struct lw_span){from, end - from};
        *at = end + 1;
        if (*at < len && line[*at] != separator) /* what stands behind the quote belongs to nothing */
            return false;
        *at += 1;
        return true;
    }
    const char *mark = from < len ? memchr(line + from, separator, len - from) : NULL;
    end = mark != NULL ? (size_t)(mark - line) : len;
    *value = (struct lw_span){from, end - from};
    *at = end + 1;
    return true;
}

/* Up to MOST_COLUMNS values; their number, or 0 if they are too many or badly quoted. */
static size_t split(const char *line, size_t len, char separator, struct lw_span *values, bool *is_open)
{
    size_t n = 0, at = 0;
    *is_open = false;
    while (at <= len && !*is_open) {
        if (n == MOST_COLUMNS || !next_value(line, len, separator, &at, &values[n], is_open))
            return 0;
        n++;
    }
    return n;
}

static bool is_name_row(const struct columns *columns, const char *line, const struct lw_span *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (values[i].len != strlen(columns->names[i]) ||
            memcmp(line + values[i].start, columns->names[i], values[i].len) != 0)
            return false;
    return true;
}

static bool read_time(const struct columns *columns, const char *line, const struct lw_span *values,
                      const struct timestamp_layout *hint, struct format_cut *out)
{
    struct lw_span first = values[columns->roles[KEY_TIME]];
    const struct lw_span *last = &values[columns->roles[KEY_TIME] + columns->time_columns - 1];
    size_t len = last->start + last->len - first.start;
    char joined[TIMESTAMP_MAX];
    const char *text = line + first.start;
    if (columns->time_columns == 2 && len < sizeof joined) { /* whatever parts them, a blank does in times */
        memcpy(joined, text, len);
        memset(joined + first.len, ' ', last->start - first.start - first.len);
        text = joined;
    }
    out->has_time = timestamp_parse(text, len, hint, &out->time) && out->time.len == len;
    return out->has_time;
}

static void fill(const struct columns *columns, const char *line, size_t len, const struct lw_span *values, size_t n,
                 struct format_scratch *scratch, struct format_cut *out)
{
    size_t level = columns->roles[KEY_LEVEL], component = columns->roles[KEY_COMPONENT],
           message = columns->roles[KEY_MESSAGE];
    if (level < n)
        out->level = level_find(line + values[level].start, values[level].len);
    if (component < n)
        out->component = values[component];
    out->message = (struct lw_span){0, len};
    if (message < n) {
        out->message = values[message];
    } else if (columns->first_rest < n) {
        size_t last = columns->last_rest < n ? columns->last_rest : n - 1;
        size_t start = values[columns->first_rest].start;
        out->message = (struct lw_span){start, values[last].start + values[last].len - start};
    }
    for (size_t i = 0; i < n; i++)
        if (i != message)
            format_add_field(out, scratch, columns->names[i], values[i].start, values[i].len,
                             i == columns->roles[KEY_TIME] || i == level || i == component);
}

static int cut_columns(const char *line, size_t len, bool is_whole, const struct timestamp_layout *hint,
                       struct format_scratch *scratch, struct format_cut *out)
{
    const struct columns *columns = scratch->form->state;
    struct lw_span values[MOST_COLUMNS];
    bool is_open;
    *out = (struct format_cut){.n_fields = 0};
    if (columns == NULL || len == 0 || (columns->separator == ' ' && line[0] == '#'))
        return 0;
    size_t n = split(line, len, columns->separator, values, &is_open);
    bool is_cut = is_open || !is_whole;
    if (n == 0 || n > columns->n || (n < columns->n && !is_cut) || is_name_row(columns, line, values, n))
        return 0;
    size_t time = columns->roles[KEY_TIME];
    if (time != SIZE_MAX && (time + columns->time_columns > n || !read_time(columns, line, values, hint, out)))
        return 0;
    if (time == SIZE_MAX && is_open && n < 2)
        return 0;
    fill(columns, line, len, values, n, scratch, out);
    return 1;
}

/* ---- finding the columns -------------------------------------------------------------------------------------- */

static void give_roles(struct columns *columns)
{
    unsigned ranks[KEY_ROLES] = {0};
    size_t date = SIZE_MAX, hour = SIZE_MAX;
    for (size_t i = 0; i < KEY_ROLES; i++)
        columns->roles[i] = SIZE_MAX;
    for (size_t i = 0; i < columns->n; i++) {
        const char *name = columns->names[i];
        unsigned rank;
        enum key_role role = key_role_of(name, strlen(name), &rank);
        date = strcmp(name, "date") == 0 || strcmp(name, "Date") == 0 ? i : date;
        hour = strcmp(name, "time") == 0 || strcmp(name, "Time") == 0 ? i : hour;
        if (role != KEY_NONE && (ranks[role] == 0 || rank < ranks[role])) {
            ranks[role] = rank;
            columns->roles[role] = i;
        }
    }
    columns->time_columns = 1;
    if (date != SIZE_MAX && hour == date + 1) {
        columns->roles[KEY_TIME] = date;
        columns->time_columns = 2;
    }
    columns->first_rest = columns->last_rest = SIZE_MAX;
    for (size_t i = 0; i < columns->n; i++) {
        size_t time = columns->roles[KEY_TIME];
        bool has_role = i == columns->roles[KEY_LEVEL] || i == columns->roles[KEY_COMPONENT] ||
                        (time != SIZE_MAX && i >= time && i < time + columns->time_columns);
        if (!has_role) {
            columns->first_rest = columns->first_rest == SIZE_MAX ? i : columns->first_rest;
            columns->last_rest = i;
        }
    }
    for (size_t i = 0; i + 1 < columns->n; i++) /* what was asked for, rather than who asked and how it went */
        if (strcmp(columns->names[i], "cs-method") == 0 && strcmp(columns->names[i + 1], "cs-uri-stem") == 0) {
            columns->first_rest = i;
            columns->last_rest = i + 1;
        }
}

static bool is_name(const char *text, size_t len)
{
    if (len == 0 || len > LONGEST_NAME ||
        !((text[0] >= 'a' && text[0] <= 'z') || (text[0] >= 'A' && text[0] <= 'Z') || text[0] == '_' ||
          text[0] == '@' || text[0] == '#'))
        return false;
    for (size_t i = 0; i < len; i++)
        if (!((text[i] >= 'a' && text[i] <= 'z') || (text[i] >= 'A' && text[i] <= 'Z') ||
              (text[i] >= '0' && text[i] <= '9') || (text[i] != '\0' && strchr("_-. @#/()", text[i]) != NULL)))
            return false;
    return level_find(text, len) == LW_LEVEL_NONE || len > 5;
}

/* Names from a header line. False if it is none. */
static bool read_names(const char *line, size_t len, char separator, struct columns *columns)
{
    struct lw_span values[MOST_COLUMNS];
    bool is_open;
    size_t n = split(line, len, separator, values, &is_open);
    if (n < LEAST_NAMES || is_open)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!is_name(line + values[i].start, values[i].len))
            return false;
        snprintf(columns->names[i], sizeof columns->names[i], "%.*s", (int)values[i].len, line + values[i].start);
        for (size_t k = 0; k < i; k++)
            if (strcmp(columns->names[i], columns->names[k]) == 0)
                return false;
    }
    columns->separator = separator;
    columns->n = n;
    give_roles(columns);
    return true;
}

/* Whether most sampled lines are rows, and something is known of their columns. */
static bool are_rows(const struct samples *samples, const struct columns *columns)
{
    struct lw_span values[MOST_COLUMNS];
    size_t rows = 0, lines = 0;
    bool has_role = false;
    for (int role = 0; role < KEY_ROLES; role++)
        has_role = has_role || columns->roles[role] != SIZE_MAX;
    for (size_t i = 0; i < samples->n; i++) {
        const struct sample_line *line = &samples->lines[i];
        bool is_open, is_comment = columns->separator == ' ' && sample_text(samples, i)[0] == '#';
        if (!line->is_counted || is_comment)
            continue;
        lines++;
        size_t n = split(sample_text(samples, i), line->len, columns->separator, values, &is_open);
        rows += n == columns->n;
    }
    return has_role && lines >= 2 && (double)rows >= LEAST_ROWS * (double)lines;
}

static bool find_csv(const struct samples *samples, struct columns *columns)
{
    static const char separators[] = ",\t;|";
    const struct sample_line *line = &samples->lines[0];
    const char *text = sample_text(samples, 0);
    size_t mark = line->len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    for (size_t i = 0; line->offset == 0 && line->is_whole && i < sizeof separators - 1; i++)
        if (read_names(text + mark, line->len - mark, separators[i], columns) && are_rows(samples, columns))
            return true;
    return false;
}

static bool find_w3c(const struct samples *samples, struct columns *columns)
{
    static const char head[] = "#Fields: ";
    for (size_t i = 0; i < samples->n; i++) {
        const char *text = sample_text(samples, i);
        size_t len = samples->lines[i].len, skip = sizeof head - 1;
        while (len > skip && text[len - 1] == ' ')
            len--;
        if (len > skip && memcmp(text, head, skip) == 0)
            return read_names(text + skip, len - skip, ' ', columns);
    }
    return false;
}

static bool find_postgresql(const struct samples *samples, struct columns *columns)
{
    static const char *const names[] = {
        "time",     "user",          "database",     "pid",        "client",         "session",   "session_line",
        "command",  "session_start", "vxid",         "txid",       "error_severity", "sql_state", "message",
        "detail",   "hint",          "query",        "query_pos",  "context",        "statement", "statement_pos",
        "location", "application",   "backend_type", "leader_pid", "query_id",
    };
    struct lw_span values[MOST_COLUMNS];
    for (size_t i = 0; i < samples->n; i++) {
        const char *text = sample_text(samples, i);
        struct timestamp time;
        bool is_open;
        size_t n = split(text, samples->lines[i].len, ',', values, &is_open);
        if (n < 22 || n > sizeof names / sizeof names[0] || is_open ||
            !timestamp_parse(text, values[0].len, NULL, &time) || time.len != values[0].len ||
            level_find(text + values[11].start, values[11].len) == LW_LEVEL_NONE)
            continue;
        for (size_t k = 0; k < n; k++)
            snprintf(columns->names[k], sizeof columns->names[k], "%s", names[k]);
        columns->separator = ',';
        columns->n = n;
        give_roles(columns);
        columns->roles[KEY_COMPONENT] = n > 23 ? 23 : SIZE_MAX;
        return are_rows(samples, columns);
    }
    return false;
}

int format_columns_find(const struct samples *samples, struct form **out, struct lw_error *err)
{
    static bool (*const find[FORMAT_COLUMNS_ROWS])(const struct samples *samples,
                                                   struct columns *columns) = {find_csv, find_w3c, find_postgresql};
    *out = NULL;
    if (samples->n_counted < 2)
        return 0;
    struct columns *columns = alloc_zeroed(1, sizeof *columns);
    if (columns == NULL)
        return fail_memory(err, "looking for columns");
    for (size_t i = 0; i < FORMAT_COLUMNS_ROWS; i++) {
        if (!find[i](samples, columns))
            continue;
        struct form *form;
        int code = form_new(&format_columns_rows[i], &form, err);
        if (code != 0) {
            free(columns);
            return code;
        }
        form->format.is_by_name = false;
        form->format.is_multiline = columns->roles[KEY_TIME] != SIZE_MAX;
        form->state = columns;
        form->state_free = free;
        *out = form;
        return 0;
    }
    free(columns);
    return 0;
}
