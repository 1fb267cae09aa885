/*
 * Cutting texts into records, piece by piece. What a text's cutting needs to go on is kept in struct cutting, so that
 * pieces of several texts can be cut in turns and records be looked at in between.
 */
#ifndef LW_LOG_RECORDS_H
#define LW_LOG_RECORDS_H

#include "log/calendar.h"
#include "log/format.h"
#include "log/store.h"

#define RECORD_MAX (UINT32_C(1) << 30) /* bytes; a longer record is cut into several */

/* Where the cutting of one text stands. Set what stands first, clear the rest; `calendar` starts from CALENDAR_INIT. */
struct cutting {
    const struct formats *formats;
    const struct source *source;
    const struct format_choice *format;
    uint16_t number, epoch; /* of the source and its text in the store */
    uint32_t record_max;    /* 0 = RECORD_MAX */
    bool is_growing;        /* a last line without line end may still go on, so it waits */

    bool is_tail; /* begun inside the text: lines have no number, and what continues a record that was not
                     seen is left out */

    uint64_t at;                 /* where the next line starts: all before is cut */
    uint64_t n_lines, n_records; /* n_records: stored */
    struct calendar calendar;
    struct store_row pending; /* the record that may still go on; not in the store yet */
    uint64_t pending_end;
    bool has_pending, is_open;
    bool is_headed; /* the pending record has a header, so that lines may go on it */
};

/* A stretch of a text, at most LINES_PART bytes: the lines that start in it. */
struct records_piece {
    struct cutting *cutting;
    uint64_t from, to;
};
#define RECORDS_PIECES 16 /* at most, in one call */

/* Cuts pieces, on run's executor, and stores their records in the order of the pieces; the result is the same inline.
 * The pieces of a text follow on another from its `at`. A failure before anything was stored (cancelled, reading
 * failed: *failed is the piece, else n) leaves all as it was; what fails in storing is LW_ERR_MEMORY and final. */
int records_cut(const struct records_piece *pieces, size_t n, struct store *store, const struct lw_run *run,
                size_t *failed, struct lw_error *err);
/* Gives what is left when the text ends here: the pending record, with the unfinished last line of a growing text, in
 * one row or more. On a copy of a cutting it tells what would be stored. */
int records_end(struct cutting *cutting, struct store *store,
                int (*visit)(void *user, const struct store_row *row, struct lw_error *err), void *user,
                struct lw_error *err);
int records_store(void *store, const struct store_row *row, struct lw_error *err); /* such a visit */

/* Where the ids stand in a line of the format `sequences`: the second of its columns, or the only one. */
struct lw_span records_sequence_ids(const char *line, size_t len);

#endif
