/*
 * A label stands beside the line where its edge begins, at its right or left, if no other line comes down there; else
 * beside one of the line's later stubs; else in the middle of where it runs sideways, in place of the line. Heavy edges
 * choose first. A loop's label stands at its right, where room was kept.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "graph/route.h"

#define MANY_PIECES 1000 /* past this labels are not looked for within channels */

struct span { /* cells that are taken */
    int row, first, last;
};
struct labelling {
    const struct sketch *sketch;
    const struct routes *routes;
    struct lw_layout *layout;
    struct span *taken; /* by labels and loops, ordered by nothing: there are few in a row */
    size_t n_taken, cap_taken;
};

static int take(struct labelling *labelling, int row, int first, int last, struct lw_error *err)
{
    if (alloc_grow(&labelling->taken, &labelling->cap_taken, labelling->n_taken + 1, sizeof *labelling->taken) != 0)
        return fail_memory(err, "laying out a graph");
    labelling->taken[labelling->n_taken++] = (struct span){row, first, last};
    return 0;
}

static bool is_taken(const struct labelling *labelling, int row, int first, int last)
{
    for (size_t i = 0; i < labelling->n_taken; i++) {
        const struct span *span = &labelling->taken[i];

        if (span->row == row && span->first <= last && first <= span->last)
            return true;
    }
    return false;
}

/* Whether a line of the channel passes the row of stubs, upper or lower, between two columns. */
static bool has_stub(const struct labelling *labelling, const struct channel *channel, bool is_lower, int first,
                     int last)
{
    for (size_t i = 0; i < channel->n; i++) {
        const struct piece *piece = &labelling->routes->pieces[channel->first + i];
        int col = is_lower ? piece->to : piece->from;

        if (first <= col && col <= last && (is_lower ? piece->next == SKETCH_NONE : piece->since == 0))
            return true;
    }
    return false;
}

static bool fits_beside(const struct labelling *labelling, const struct channel *channel, bool is_lower, int col,
                        int cols, int *at)
{
    int row = channel->row + (is_lower ? channel->n_tracks + 1 : 0);

    for (int side = 0; side < 2; side++) {
        int first = side == 0 ? col + 1 : col - cols;
        /* the cell behind the label stays free too, so that it is not taken for another line's */
        int least = side == 0 ? first : first - 1, most = side == 0 ? first + cols : first + cols - 1;

        if (first >= 0 && !has_stub(labelling, channel, is_lower, least, most) &&
            !is_taken(labelling, row, first - 1, first + cols)) {
            *at = first;
            return true;
        }
    }
    return false;
}

/* Whether a line passes a track's row between two columns. */
static bool is_crossed(const struct labelling *labelling, const struct channel *channel, const struct piece *own,
                       int first, int last)
{
    for (size_t i = 0; i < channel->n; i++) {
        const struct piece *piece = &labelling->routes->pieces[channel->first + i];

        if (piece == own)
            continue;
        if (first <= piece->from && piece->from <= last && piece->since <= own->track &&
            (piece->track == 0 || own->track <= piece->track))
            return true;
        if (piece->track > 0 && piece->next == SKETCH_NONE && first <= piece->to && piece->to <= last &&
            own->track >= piece->track)
            return true;
    }
    return false;
}

/* In the run of a piece, nearest to its middle. */
static bool fits_within(const struct labelling *labelling, const struct channel *channel, const struct piece *piece,
                        int cols, int *at)
{
    int low = piece->from < piece->to ? piece->from : piece->to, high = piece->from + piece->to - low;
    int middle = (low + high + 1 - cols) / 2;

    for (int by = 0; by <= high - low; by++)
        for (int side = 0; side < 2; side++) {
            int first = side == 0 ? middle - by : middle + by;

            if (first - 1 > low && first + cols < high &&
                !is_crossed(labelling, channel, piece, first - 1, first + cols)) {
                *at = first;
                return true;
            }
        }
    return false;
}

static bool find_place(const struct labelling *labelling, size_t edge, struct lw_layout_point *out)
{
    const struct sketch *sketch = labelling->sketch;
    const struct course *course = &sketch->courses[edge];
    int cols = labelling->layout->label_cols[edge];

    for (int pass = 0; pass < 2; pass++)
        for (uint32_t i = 0; i < 2 * course->n_segments; i++) {
            uint32_t k = course->is_reversed ? 2 * course->n_segments - 1 - i : i;
            const struct segment *segment = &sketch->segments[course->first_segment + k / 2];
            const struct channel *channel = &labelling->routes->channels[sketch->vertices[segment->upper].layer];
            uint32_t last = labelling->routes->first_piece[course->first_segment + k / 2], first = last;
            bool is_lower = k % 2 == 1;

            if (channel->n > MANY_PIECES)
                continue;
            while (labelling->routes->pieces[last].next != SKETCH_NONE)
                last = labelling->routes->pieces[last].next;
            out->row = channel->row + (is_lower ? channel->n_tracks + 1 : 0);
            if (pass == 0 &&
                fits_beside(labelling, channel, is_lower,
                            is_lower ? labelling->routes->pieces[last].to : labelling->routes->pieces[first].from, cols,
                            &out->col))
                return true;
            out->row = channel->row + labelling->routes->pieces[first].track;
            if (pass == 1 && !is_lower &&
                fits_within(labelling, channel, &labelling->routes->pieces[first], cols, &out->col))
                return true;
        }
    return false;
}

static int label_loop(struct labelling *labelling, size_t edge, bool *has_label, struct lw_error *err)
{
    size_t node = labelling->sketch->graph->edges[edge].from;
    const struct lw_layout_box *box = &labelling->layout->boxes[node];
    int below = box->row + box->rows, right = box->col + box->cols + 1, cols = labelling->layout->label_cols[edge];
    int code = take(labelling, below, box->col + labelling->sketch->vertices[node].loop_port, right, err);

    if (code != 0 || cols == 0 || has_label[node])
        return code;
    has_label[node] = true;
    labelling->layout->labels[edge] = (struct lw_layout_point){box->row + (box->rows - 1) / 2, right + 1};
    return 0;
}

struct weighed {
    uint64_t weight;
    size_t edge;
};

static int heaviest_first(const void *a, const void *b)
{
    const struct weighed *x = a, *y = b;

    if (x->weight != y->weight)
        return x->weight > y->weight ? -1 : 1;
    return x->edge < y->edge ? -1 : x->edge > y->edge;
}

int label_lines(const struct sketch *sketch, const struct routes *routes, struct lw_layout *layout,
                struct lw_error *err)
{
    struct labelling labelling = {.sketch = sketch, .routes = routes, .layout = layout};
    struct weighed *weighed = alloc_array(layout->n_edges, sizeof *weighed);
    bool *has_label = alloc_zeroed(layout->n_nodes, sizeof *has_label);
    int code = weighed && has_label ? 0 : fail_memory(err, "laying out a graph");

    for (size_t i = 0; code == 0 && i < layout->n_edges; i++) {
        weighed[i] = (struct weighed){sketch->graph->edges[i].weight, i};
        layout->labels[i] = (struct lw_layout_point){-1, -1};
    }
    if (code == 0 && layout->n_edges > 0)
        qsort(weighed, layout->n_edges, sizeof *weighed, heaviest_first);
    for (size_t i = 0; code == 0 && i < layout->n_edges; i++)
        if (sketch->courses[weighed[i].edge].is_loop)
            code = label_loop(&labelling, weighed[i].edge, has_label, err);
    for (size_t i = 0; code == 0 && i < layout->n_edges; i++) {
        size_t edge = weighed[i].edge;
        struct lw_layout_point at;

        if (sketch->courses[edge].is_loop || layout->label_cols[edge] == 0 || !find_place(&labelling, edge, &at))
            continue;
        layout->labels[edge] = at;
        code = take(&labelling, at.row, at.col, at.col + layout->label_cols[edge] - 1, err);
    }
    free(weighed);
    free(has_label);
    free(labelling.taken);
    return code;
}
