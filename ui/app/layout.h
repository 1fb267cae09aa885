/* Where things are on the screen: a function of its size and of what is to be shown, apart from all drawing. */
#ifndef LW_APP_LAYOUT_H
#define LW_APP_LAYOUT_H

#include "ui/app/actions.h"
#include "ui/term/grid.h"

enum { MAX_TILES = 4, TILED_COLS = 120, TILED_ROWS = 40 };

struct tile {
    enum pane_id pane;
    struct rect title;  /* one row above; 0 rows when there is one pane alone */
    struct rect inside; /* what the pane draws in */
};

struct layout {
    struct rect header, tabs, lesson, hints, prompt; /* 0 rows: not shown */
    struct tile tiles[MAX_TILES];
    size_t n_tiles;
    bool is_tiled;
};

struct layout_wish {
    enum pane_id pane;  /* has the keys */
    enum pane_id first; /* what the top left tile shows: logs, templates or traces */
    bool is_zoomed;
    int lesson_rows; /* 0: no lesson */
};

void layout_compute(int rows, int cols, const struct layout_wish *wish, struct layout *out);

#endif
