/* Time of the system. Only timings and missing years come from here; nothing else in a result may. */
#ifndef LW_BASE_CLOCK_H
#define LW_BASE_CLOCK_H

#include <stdint.h>

double clock_monotonic_s(void);
int64_t clock_wall_us(void); /* since 1970 UTC */

#endif
