/* Formats that no regular expression says well. Contracts as struct format's cut. */
#ifndef LW_LOG_FORMAT_CODE_H
#define LW_LOG_FORMAT_CODE_H

#include "log/format.h"

/* One JSON object a line; keys of nested objects are joined with dots. */
int format_cut_json(const char *line, size_t len, bool is_whole, const struct timestamp_layout *hint,
                    struct format_scratch *scratch, struct format_cut *out);
/* key=value pairs. */
int format_cut_logfmt(const char *line, size_t len, bool is_whole, const struct timestamp_layout *hint,
                      struct format_scratch *scratch, struct format_cut *out);
/* Any known time at the start of the line, perhaps a level, then the message. */
int format_cut_timed(const char *line, size_t len, bool is_whole, const struct timestamp_layout *hint,
                     struct format_scratch *scratch, struct format_cut *out);
/* The line is the message. */
int format_cut_plain(const char *line, size_t len, bool is_whole, const struct timestamp_layout *hint,
                     struct format_scratch *scratch, struct format_cut *out);

#endif
