/* Time of the system. Only timings and missing years come from here; nothing else in a result may. And how a time is
 * printed. Thread-safe. */
#ifndef LW_BASE_CLOCK_H
#define LW_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

double clock_monotonic_s(void);
int64_t clock_wall_us(void); /* since 1970 UTC */
/* Adds a time since 1970 UTC such as 2026-11-23T02:10:00Z; with its microseconds where it has some or is_exact. */
void clock_print_utc(int64_t time_us, bool is_exact, struct buf *out);

#endif
