/* What words and numbers of logs mean as levels. */
#ifndef LW_LOG_LEVEL_H
#define LW_LOG_LEVEL_H

#include "logwright.h"

/* The level a word stands for, in any case ("WARN", "w", "Warning", "debug5"); LW_LEVEL_NONE for any other. */
enum lw_level level_find(const char *word, size_t len);
/* Of a syslog priority, whose low three bits are the severity (RFC 5424, section 6.2.1). */
enum lw_level level_of_priority(unsigned priority);

#endif
