/*
 * Formats of the user: JSON files, one format each; see logwright-format(5).
 *
 *     {"name": "gateway", "help": "...", "pattern": "^(?<when>\\S+) (?<sev>\\w+) ", "fields": {"when": "time",
 *      "sev": "level"}, "levels": {"BAD": "error"}, "time": "23/11/2026 02:10:11", "multiline": true,
 *      "samples": [{"line": "23/11/2026 02:10:11 BAD it broke", "fields": {"sev": "BAD", "message": "it broke"}}]}
 */
#ifndef LW_LOG_FORMAT_FILE_H
#define LW_LOG_FORMAT_FILE_H

#include "base/buf.h"
#include "log/format_form.h"

struct format_mistakes {
    size_t n, cap;
    struct format_mistake {
        char *name; /* of the file, without .json */
        char *text; /* file, key and what is wrong */
    } * items;
};
void format_mistakes_release(struct format_mistakes *mistakes);

/* Reads the text of a file. LW_ERR_INPUT names path, key, and for a sample the first byte that did not match. */
int format_file_parse(const char *path, const char *data, size_t len, struct form **out, struct lw_error *err);
/* Gives the forms of all files *.json in a folder, in the order of their names, to add, which owns them. What a file or
 * add fails with goes to *mistakes, unless memory is out. A folder that is not there has no files. */
int format_files_read(const char *dir, int (*add)(void *user, struct form *form, struct lw_error *err), void *user,
                      struct format_mistakes *mistakes, struct lw_error *err);

/* Writes a form with a pattern as such a file, with up to n_samples of the lines as its samples. */
int format_file_print(const struct form *form, const struct lw_bytes *samples, size_t n_samples, struct buf *out,
                      struct lw_error *err);

#endif
