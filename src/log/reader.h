/* Records read by the engine itself, which does not always ask for all that a record has. */
#ifndef LW_LOG_READER_H
#define LW_LOG_READER_H

#include "log/log.h"

/* As lw_reader_get, but header fields may be left out (n_fields 0), and the component: times faster where the record
 * need not be cut again to find its message. */
int reader_get_message(struct lw_reader *reader, uint64_t record, struct lw_record *out, struct lw_error *err);
/* Fills what the text (data, len) of the record in row tells: raw, component, message and fields. Not for `sequences`.
 */
int reader_cut(const struct lw_log *log, const struct store_row *row, const char *data, size_t len,
               struct format_scratch *scratch, struct lw_record *out, struct lw_error *err);

#endif
