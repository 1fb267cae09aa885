#include "ui/app/layout.h"

static void split_tiles(struct rect body, enum pane_id first, struct layout *out)
{
    const enum pane_id panes[MAX_TILES] = {first, PANE_MACHINE, PANE_GENERATE, PANE_DETECT};
    int left = body.cols * 11 / 20, top = body.rows / 2;

    for (int i = 0; i < MAX_TILES; i++) {
        struct rect area = {
            body.row + (i < 2 ? 0 : top),
            body.col + (i % 2 == 0 ? 0 : left + 1),
            i < 2 ? top : body.rows - top,
            i % 2 == 0 ? left : body.cols - left - 1,
        };

        out->tiles[i].pane = panes[i];
        out->tiles[i].title = (struct rect){area.row, area.col, 1, area.cols};
        out->tiles[i].inside = (struct rect){area.row + 1, area.col, area.rows - 1, area.cols};
    }
    out->n_tiles = MAX_TILES;
    out->is_tiled = true;
}

void layout_compute(int rows, int cols, const struct layout_wish *wish, struct layout *out)
{
    int top = rows >= 4 ? 2 : rows >= 3 ? 1 : 0;
    int bottom = rows >= 6 ? 2 : rows >= 2 ? 1 : 0;
    int lesson = wish->lesson_rows > 0 && rows - top - bottom - wish->lesson_rows >= 4 ? wish->lesson_rows : 0;
    struct rect body = {top, 0, rows - top - bottom - lesson, cols};
    bool is_in_tiles = wish->pane == PANE_MACHINE || wish->pane == PANE_GENERATE || wish->pane == PANE_DETECT ||
                       wish->pane == wish->first;

    *out = (struct layout){
        .header = {0, 0, top >= 1, cols},
        .tabs = {1, 0, top >= 2, cols},
        .lesson = {body.row + body.rows, 0, lesson, cols},
        .hints = {rows - bottom, 0, bottom >= 2, cols},
        .prompt = {rows - 1, 0, bottom >= 1, cols},
    };
    if (cols >= TILED_COLS && rows >= TILED_ROWS && !wish->is_zoomed && is_in_tiles) {
        split_tiles(body, wish->first, out);
        return;
    }
    out->tiles[0] = (struct tile){wish->pane, {body.row, body.col, 0, body.cols}, body};
    out->n_tiles = 1;
}
