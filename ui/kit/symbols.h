/* The few signs that are drawn besides text, as Unicode or, under --ascii, as ASCII. All take one column, but the
 * arrow, which may take two. */
#ifndef LW_KIT_SYMBOLS_H
#define LW_KIT_SYMBOLS_H

#include <stdbool.h>

struct symbols {
    const char *across, *down, *corner[4]; /* frames; corners: top left, top right, bottom left, bottom right */
    const char *chosen, *arrow, *more, *tick, *cross, *dot;
    const char *full, *empty; /* of a gauge */
    const char *steps[8];     /* of a sparkline, low to high */
    bool has_braille;
};

const struct symbols *symbols_get(bool is_ascii);

#endif
