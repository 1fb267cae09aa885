/* One row a detector; detector.c lists them. */
#ifndef LW_DETECT_ROWS_H
#define LW_DETECT_ROWS_H

#include "detect/detector.h"

extern const struct detector new_event_detector, count_vector_detector, machine_detector;

#endif
