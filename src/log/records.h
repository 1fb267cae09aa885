/* Cutting a source into records. */
#ifndef LW_LOG_RECORDS_H
#define LW_LOG_RECORDS_H

#include "log/format.h"
#include "log/store.h"

#define RECORD_MAX (UINT32_C(1) << 30) /* bytes; a longer record is cut into several */

struct records_plan {
    const struct formats *formats;
    const struct source *source;
    uint16_t number; /* of the source in the store */
    const struct format_choice *format;
    int64_t now_us;      /* no yearless time is placed more than a day behind it */
    uint32_t record_max; /* 0 = RECORD_MAX */
    uint64_t max_memory; /* of the store in bytes; 0 = no bound, else LW_ERR_MEMORY past it */
};
struct records_total {
    uint64_t records, lines;
};

/* Appends all records of the source to the store. Every byte of the source, line ends included, lies in exactly one
 * record; only those of a `sequences` line share the line. Runs on run's executor; the result is the same inline. */
int records_cut(const struct records_plan *plan, struct store *store, const struct lw_run *run,
                struct records_total *total, struct lw_error *err);

/* Where the ids stand in a line of the format `sequences`: the second of its columns, or the only one. */
struct lw_span records_sequence_ids(const char *line, size_t len);

#endif
