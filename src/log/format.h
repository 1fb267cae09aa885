/*
 * Formats: how the header of a record is laid out. A format is a row of the table in format.c: either a regular
 * expression whose named groups are the header fields, or a function for what no expression says well (format_code.c).
 *
 * Names of groups with a meaning: time, level, component; priority (syslog's, gives the level) and status (HTTP's,
 * gives the level) where there is no level; message. Every other name is just a field. The message reaches from the
 * group of that name, or from the end of the match without one, to the end of the record.
 *
 * Lines that do not fit a format with is_multiline belong to the record before them. In all other formats every line is
 * a record; one that does not fit is all message, without time.
 *
 * sequences: a line is `label<TAB>ids<TAB>name`, the first and last part optional, and gives one record for each id,
 * all with the whole line as their raw text. Fields: `label` if there is one, and `trace`: the name, or the number of
 * the line, which the reader then appends to the raw text as if it stood there. A line without ids gives one record
 * with an empty message: a trace without events.
 */
#ifndef LW_LOG_FORMAT_H
#define LW_LOG_FORMAT_H

#include "base/arena.h"
#include "input/lines.h"
#include "input/pattern.h"
#include "input/timestamp.h"

struct format_cut {
    bool has_time;
    struct timestamp time;
    enum lw_level level;
    struct lw_span component, message; /* in the line; component.len may be 0 */
    size_t n_fields;
    struct lw_field fields[LW_MAX_FIELDS]; /* names that are not static live in the scratch until the next cut */
};

/* What one thread needs to cut lines. */
struct format_scratch {
    struct pattern_scratch *match;
    struct arena names;
    bool wants_names; /* whether fields are to be filled */
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
};
size_t format_count(void);
const struct format *format_get(size_t index);
/* Index by name; LW_ERR_NOT_FOUND lists the names. */
int format_find(const char *name, size_t *index, struct lw_error *err);
bool format_is_sequences(size_t index);
size_t format_plain(void); /* index of the fallback */

/* The patterns of all formats, compiled. Immutable. */
struct formats;
int formats_new(struct formats **out, struct lw_error *err);
void formats_free(struct formats *formats);

/* Cuts the head of a line. 1, 0 or negative as format.cut; on 0 *out is the whole line as message. hint: the layout of
 * times to try first, or NULL. */
int format_cut(const struct formats *formats, size_t index, const char *line, size_t len, bool is_whole,
               const struct timestamp_layout *hint, struct format_scratch *scratch, struct format_cut *out);

/* Adds a field to *out if fields are wanted and there is room; a time, level or component takes the last one's place.
 */
void format_add_field(struct format_cut *out, const struct format_scratch *scratch, const char *name, size_t start,
                      size_t len, bool has_role);

struct format_choice {
    size_t index;
    struct timestamp_layout hint; /* the layout that most sampled times have */
    bool has_hint;
    char why[200];
};
/* The format of a source, by the share of lines that fit among samples from its head, middle and tail. forced:
 * SIZE_MAX, or the index to take. */
int format_choose(const struct formats *formats, const struct source *source, size_t forced, struct format_choice *out,
                  struct lw_error *err);

#endif
