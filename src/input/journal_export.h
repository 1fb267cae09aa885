/*
 * The export format of the systemd journal (`journalctl -o export`), turned into one JSON object a line, of the shape
 * that `journalctl -o json` writes: keys are the journal's fields; a value that is not printable UTF-8 is an array of
 * byte values; a field that occurs several times has an array of its values. Nothing is left out, long fields included.
 * What is not of the format from some byte on is passed on as it is. One thread at a time.
 */
#ifndef LW_INPUT_JOURNAL_EXPORT_H
#define LW_INPUT_JOURNAL_EXPORT_H

#include "base/buf.h"
#include "logwright.h"

/* Whether data starts as an export does. *is_open: more bytes could still make it one. */
bool journal_is_export(const unsigned char *data, size_t len, bool *is_open);

struct journal;
int journal_new(struct journal **out, struct lw_error *err);
void journal_free(struct journal *journal);

/* Takes in further bytes, cut anywhere; appends the entries that are complete to out. */
int journal_add(struct journal *journal, const unsigned char *data, size_t len, struct buf *out, struct lw_error *err);
/* Appends what the last entry has; *problem: NULL, or static words that say what was wrong. */
int journal_end(struct journal *journal, struct buf *out, const char **problem, struct lw_error *err);

#endif
