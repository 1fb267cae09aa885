/*
 * Formats: how the header of a record is laid out. A format is a row of the table in format.c: either a regular
 * expression whose named groups are the header fields, or a function for what no expression says well (format_code.c).
 *
 * Names of groups with a meaning: time, level, component; priority (syslog's, gives the level) and status (HTTP's,
 * gives the level) where there is no level; message. Every other name is just a field. The message reaches from the
 * group of that name, or from the end of the match without one, to the end of the record.
 *
 * A source has one format or a few. Lines that fit none of them belong to the record before them if that is of a format
 * with is_multiline; else such a line is a record, all message and without time.
 *
 * sequences: a line is `label<TAB>ids<TAB>name`, the first and last part optional, and gives one record for each id,
 * all with the whole line as their raw text. Fields: `label` if there is one, and `trace`: the name, or the number of
 * the line, which the reader then appends to the raw text as if it stood there. A line without ids gives one record
 * with an empty message: a trace without events.
 */
#ifndef LW_LOG_FORMAT_H
#define LW_LOG_FORMAT_H

#include "base/arena.h"
#include "base/buf.h"
#include "input/lines.h"
#include "input/pattern.h"
#include "input/timestamp_reader.h"

struct format_cut {
    bool has_time;
    struct timestamp time;
    size_t time_start; /* where its text stands in the line */
    enum lw_level level;
    struct lw_span component, message; /* in the line; component.len may be 0 */
    bool is_partial;                   /* the next line of this format goes on with the record */
    size_t n_fields;
    struct lw_field fields[LW_MAX_FIELDS]; /* names that are not static live in the scratch until the next cut */
};

/* What one thread needs to cut lines. */
struct format_scratch {
    struct pattern_scratch *match;
    struct timestamp_reader times;
    struct arena names;
    bool wants_names;        /* whether fields are to be filled */
    struct buf clean;        /* a line without its colours */
    const struct form *form; /* the one that cuts, for formats with a state */
};
int format_scratch_init(struct format_scratch *scratch, struct lw_error *err);
void format_scratch_release(struct format_scratch *scratch);

struct format {
    struct lw_format_info info;
    const char *pattern; /* NULL: cut does it */
    /* line: the head of a line; is_whole: there is no more of it. 1 if it fits, 0 if not, or a negative enum lw_code.
     */
    int (*cut)(const char *line, size_t len, bool is_whole, const struct timestamp_layout *hint,
               struct format_scratch *scratch, struct format_cut *out);
    bool is_multiline;
    bool is_by_name; /* never chosen automatically */
    bool is_sparse;  /* a header opens a block of lines of all kinds, so that few lines of a source fit */
};
bool format_is_sequences(size_t index);
size_t format_plain(void); /* index of the fallback */

/* The formats of a log: those of the table, those of the user's files, and, past the count, those that were made for
 * one source. Formats once in stay as they are, so that lines are cut while others are added. */
struct formats;
/* dir: folder of the user's files (see format_file.h), or NULL. A file with a mistake is left out and noted. */
int formats_new(const char *dir, struct formats **out, struct lw_error *err);
void formats_free(struct formats *formats);
const struct formats *formats_of(const struct lw_formats *formats); /* behind the library's handle */
size_t formats_count(const struct formats *formats);
const struct format *formats_get(const struct formats *formats, size_t index);
const char *formats_origin(const struct formats *formats, size_t index); /* file, NULL: built in */
/* Index of the format at this place in the order of preference: the user's before those of the table. */
size_t formats_preferred(const struct formats *formats, size_t place);
/* Whether the message of a record always reaches from where it starts to the record's end. */
bool format_has_open_message(const struct formats *formats, size_t index);
size_t formats_mistake_count(const struct formats *formats);
const char *formats_mistake(const struct formats *formats, size_t index); /* names file and key */
/* Index by name; LW_ERR_NOT_FOUND lists the names, LW_ERR_INPUT says what is wrong with that file. */
int format_find(const struct formats *formats, const char *name, size_t *index, struct lw_error *err);

/* Cuts the head of a line. 1, 0 or negative as format.cut; on 0 *out is the whole line as message. hint: the layout of
 * times to try first, or NULL. */
int format_cut(const struct formats *formats, size_t index, const char *line, size_t len, bool is_whole,
               const struct timestamp_layout *hint, struct format_scratch *scratch, struct format_cut *out);

/* Adds a field to *out if fields are wanted and there is room; a time, level or component takes the last one's place.
 */
void format_add_field(struct format_cut *out, const struct format_scratch *scratch, const char *name, size_t start,
                      size_t len, bool has_role);

#define FORMAT_MOST 8 /* formats in one source */

/* What --format asks for; n = 0: nothing, the formats are to be found. */
struct format_request {
    size_t n, indexes[FORMAT_MOST];
};
/* text: NULL, "auto", or names of formats parted by commas, none of them twice. */
int format_request_read(const struct formats *formats, const char *text, struct format_request *out,
                        struct lw_error *err);

/* The formats of a source, tried in this order on each line. */
struct format_choice {
    size_t n; /* at least 1 */
    struct format_item {
        size_t index;
        struct timestamp_layout hint; /* the layout of the first time that it reads in the source */
        bool has_hint;
        bool is_multiline;
    } items[FORMAT_MOST];
    char name[200]; /* as --format takes it: names parted by commas */
    char why[300];
};
/* The formats of a source, by the share of lines that fit among samples from its head, middle and tail: the one that
 * fits best, and others that fit a clear share of the lines it leaves. */
int format_choose(struct formats *formats, const struct source *source, const struct format_request *request,
                  struct format_choice *out, struct lw_error *err);
/* Whether one of them is multi-line, so that a line which fits none may continue a record. */
bool format_choice_is_multiline(const struct format_choice *choice);
/* Cuts by the first that fits, *which = its place in the choice (0 if none fits); else as format_cut. */
int format_choice_cut(const struct formats *formats, const struct format_choice *choice, const char *line, size_t len,
                      bool is_whole, struct format_scratch *scratch, struct format_cut *out, uint8_t *which);
/* Cuts by the one at this place. */
int format_choice_cut_as(const struct formats *formats, const struct format_choice *choice, uint8_t which,
                         const char *line, size_t len, bool is_whole, struct format_scratch *scratch,
                         struct format_cut *out);

#endif
