/* Graphs to be laid out in tests, and what every layout has to satisfy. */
#ifndef LW_TESTS_PICTURES_H
#define LW_TESTS_PICTURES_H

#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "logwright.h"

struct picture {
    struct lw_layout_node nodes[400];
    struct lw_layout_edge edges[800];
    struct lw_layout_graph graph;
};

static inline void picture_begin(struct picture *picture, size_t n_nodes)
{
    picture->graph = (struct lw_layout_graph){picture->nodes, n_nodes, picture->edges, 0, n_nodes > 0 ? 0 : SIZE_MAX};
    for (size_t i = 0; i < n_nodes; i++)
        picture->nodes[i] = (struct lw_layout_node){1000 + i, 8, 3};
}

static inline void picture_join(struct picture *picture, size_t from, size_t to, uint64_t weight)
{
    picture->edges[picture->graph.n_edges++] = (struct lw_layout_edge){from, to, weight, 4};
}

/* A tree with edges besides: most go on by a little, some lead back, some stay. */
static inline void picture_draw(struct picture *picture, size_t n_nodes, size_t n_edges, uint64_t seed)
{
    struct rng rng;

    rng_init(&rng, seed, 1, 0);
    picture_begin(picture, n_nodes);
    for (size_t v = 1; v < n_nodes; v++)
        picture_join(picture, v - 1 - rng_below(&rng, v < 4 ? v : 4), v, 1 + rng_below(&rng, 1000));
    while (picture->graph.n_edges < n_edges) {
        size_t from = rng_below(&rng, n_nodes), by = rng_below(&rng, 7), to = from + by < 2 ? 0 : from + by - 2;

        picture_join(picture, from, to < n_nodes ? to : n_nodes - 1, 1 + rng_below(&rng, 1000));
    }
    for (size_t v = 0; v < n_nodes; v++)
        picture->nodes[v].cols = 5 + (int)rng_below(&rng, 9);
}

/* The canvas: what stands in each cell. */
enum { CELL_FREE, CELL_BOX, CELL_DOWN, CELL_ACROSS, CELL_CORNER, CELL_CROSSING, CELL_LABEL };

struct canvas {
    int rows, cols;
    unsigned char *kinds; /* [rows * cols] */
    uint32_t *owners;     /* [rows * cols] edge or node */
    uint64_t crossings;
};

#define canvas_at(canvas, row, col) ((size_t)(row) * (size_t)(canvas)->cols + (size_t)(col))

static inline void canvas_put(struct canvas *canvas, int row, int col, unsigned char kind, uint32_t owner)
{
    size_t at;

    assert_true(row >= 0 && row < canvas->rows && col >= 0 && col < canvas->cols);
    at = canvas_at(canvas, row, col);
    if ((canvas->kinds[at] == CELL_DOWN && kind == CELL_ACROSS) ||
        (canvas->kinds[at] == CELL_ACROSS && kind == CELL_DOWN)) {
        canvas->kinds[at] = CELL_CROSSING;
        canvas->crossings++;
        return;
    }
    assert_int_equal(canvas->kinds[at], CELL_FREE);
    canvas->kinds[at] = kind;
    canvas->owners[at] = owner;
}

/* Draws a line cell by cell; ends touch the boxes from outside. */
static inline void canvas_draw_line(struct canvas *canvas, const struct lw_layout *layout,
                                    const struct picture *picture, uint32_t edge)
{
    const struct lw_layout_edge *e = &picture->edges[edge];
    struct lw_layout_box from = lw_layout_box(layout, e->from), to = lw_layout_box(layout, e->to);
    size_t n;
    const struct lw_layout_point *points = lw_layout_line(layout, edge, &n);
    bool starts_below, ends_above;

    assert_true(n >= 1);
    starts_below = points[0].row == from.row + from.rows;
    assert_true(starts_below || points[0].row == from.row - 1);
    assert_in_range(points[0].col, from.col, from.col + from.cols - 1);
    if (e->from == e->to) {
        assert_int_equal(points[n - 1].col, to.col + to.cols);
        assert_in_range(points[n - 1].row, to.row, to.row + to.rows - 1);
    } else {
        ends_above = points[n - 1].row == to.row - 1;
        assert_true(ends_above == starts_below);
        assert_true(ends_above || points[n - 1].row == to.row + to.rows);
        assert_in_range(points[n - 1].col, to.col, to.col + to.cols - 1);
    }
    for (size_t i = 0; i + 1 < n; i++) {
        int rows = points[i + 1].row - points[i].row, cols = points[i + 1].col - points[i].col;
        int steps = abs(rows) + abs(cols), row_step = (rows > 0) - (rows < 0), col_step = (cols > 0) - (cols < 0);

        assert_true((rows == 0) != (cols == 0));
        canvas_put(canvas, points[i].row, points[i].col, i == 0 ? CELL_DOWN : CELL_CORNER, edge);
        for (int k = 1; k < steps; k++)
            canvas_put(canvas, points[i].row + k * row_step, points[i].col + k * col_step,
                       rows != 0 ? CELL_DOWN : CELL_ACROSS, edge);
    }
    canvas_put(canvas, points[n - 1].row, points[n - 1].col, CELL_CORNER, edge);
}

/* All that must hold of a picture; its crossings are those that are told. */
static inline void assert_layout(const struct lw_layout *layout, const struct picture *picture)
{
    const struct lw_layout_graph *graph = &picture->graph;
    struct canvas canvas = {0};
    bool *has_loop = calloc(graph->n_nodes + 1, sizeof *has_loop);

    lw_layout_size(layout, &canvas.rows, &canvas.cols);
    canvas.kinds = calloc((size_t)canvas.rows * (size_t)canvas.cols + 1, 1);
    canvas.owners = calloc((size_t)canvas.rows * (size_t)canvas.cols + 1, sizeof *canvas.owners);
    for (uint32_t v = 0; v < graph->n_nodes; v++) {
        struct lw_layout_box box = lw_layout_box(layout, v);

        assert_true(box.cols >= graph->nodes[v].cols && box.rows >= graph->nodes[v].rows);
        for (int row = 0; row < box.rows; row++)
            for (int col = 0; col < box.cols; col++)
                canvas_put(&canvas, box.row + row, box.col + col, CELL_BOX, v);
    }
    for (uint32_t i = 0; i < graph->n_edges; i++) {
        const struct lw_layout_edge *edge = &graph->edges[i];

        if (edge->from == edge->to && has_loop[edge->from])
            continue; /* loops of a node share their line */
        has_loop[edge->from] = has_loop[edge->from] || edge->from == edge->to;
        canvas_draw_line(&canvas, layout, picture, i);
    }
    for (uint32_t i = 0; i < graph->n_edges; i++) {
        struct lw_layout_point at;

        if (!lw_layout_label(layout, i, &at))
            continue;
        for (int k = 0; k < graph->edges[i].label_cols; k++) {
            size_t cell = canvas_at(&canvas, at.row, at.col + k);

            assert_true(at.col >= 0 && at.col + k < canvas.cols);
            assert_true(canvas.kinds[cell] == CELL_FREE ||
                        (canvas.kinds[cell] == CELL_ACROSS && canvas.owners[cell] == i));
            canvas.kinds[cell] = CELL_LABEL;
        }
    }
    assert_int_equal(canvas.crossings, lw_layout_crossings(layout));
    free(canvas.kinds);
    free(canvas.owners);
    free(has_loop);
}

#endif
