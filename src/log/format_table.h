/* The built-in formats, in order of choice; the last three are plain, events and sequences. */
#ifndef LW_LOG_FORMAT_TABLE_H
#define LW_LOG_FORMAT_TABLE_H

#include "log/format.h"

extern const struct format format_table[];
extern const size_t format_table_count;

#endif
