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
    const char *lines[16];    /* of graphs: by the sides they go to, 1 up, 2 right, 4 down, 8 left */
    const char *faint[2];     /* lines that count less: down, across */
    const char *heads[4];     /* arrows: up, right, down, left */
    bool has_braille;
};

const struct symbols *symbols_get(bool is_ascii);

#endif
