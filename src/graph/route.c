/*
 * Within a channel every segment that is not straight runs sideways once, in a track of its own or one that it shares
 * with others that it does not touch. What must be above what:
 *   - where a line comes down in the column in which another goes on down, the one that comes from above has to turn
 *     away first;
 *   - of two lines that go the same way without crossing, the one in front turns first; then lines cross exactly where
 *     the orders of their ends differ, once.
 * Tracks are given from above to lines that nothing waiting must be above. Where lines wait for each other in a circle,
 * the second rule is dropped for one of them; where that does not help, a line turns twice, by way of a free column.
 */
#include "graph/route.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"

#define MANY_PIECES 1500 /* past this a channel's lines share no tracks and may cross more often than they have to */

void route_release(struct routes *routes)
{
    free(routes->pieces);
    free(routes->channels);
    free(routes->first_piece);
    free(routes->layer_rows);
    *routes = (struct routes){0};
}

static int upper_col(const struct sketch *sketch, const struct segment *segment)
{
    return sketch->vertices[segment->upper].col + segment->upper_port;
}

static int lower_col(const struct sketch *sketch, const struct segment *segment)
{
    return sketch->vertices[segment->lower].col + segment->lower_port;
}

static int low_end(const struct piece *piece)
{
    return piece->from < piece->to ? piece->from : piece->to;
}

static int high_end(const struct piece *piece)
{
    return piece->from < piece->to ? piece->to : piece->from;
}

/* ---- tracks ----------------------------------------------------------------------------------------------------- */

/* p has to turn away from a column before q comes to it. */
static bool clears_for(const struct piece *p, const struct piece *q)
{
    return p->from == q->to;
}

/* p is in front of q on the same way, and they need not cross. */
static bool is_in_front(const struct piece *p, const struct piece *q)
{
    if (q->from < q->to)
        return p->from < p->to && q->from < p->from && p->from <= q->to + 1 && q->to < p->to;
    return p->from > p->to && q->from > p->from && p->from >= q->to - 1 && q->to > p->to;
}

struct tracks {
    struct routes *routes;
    struct channel *channel;
    uint32_t *waits_clear, *waits_front; /* [n pieces] for how many others it waits */
    size_t cap;
    int *ports; /* columns that lines come down in, sorted */
    size_t n_ports;
};

static struct piece *piece_of(const struct tracks *tracks, size_t i)
{
    return &tracks->routes->pieces[tracks->channel->first + i];
}

static void count_waits(struct tracks *tracks)
{
    size_t n = tracks->channel->n;

    for (size_t i = 0; i < n; i++) {
        const struct piece *q = piece_of(tracks, i);

        tracks->waits_clear[i] = tracks->waits_front[i] = 0;
        for (size_t k = 0; k < n && q->from != q->to; k++) {
            const struct piece *p = piece_of(tracks, k);

            if (k == i || p->from == p->to)
                continue;
            tracks->waits_clear[i] += clears_for(p, q);
            tracks->waits_front[i] += n <= MANY_PIECES && is_in_front(p, q);
        }
    }
}

/* Whether the piece has to be below `above`, which has a track. */
static bool has_to_be_below(const struct tracks *tracks, const struct piece *piece, const struct piece *above)
{
    return clears_for(above, piece) || above->next == (uint32_t)(piece - tracks->routes->pieces) ||
           (tracks->channel->n <= MANY_PIECES && is_in_front(above, piece));
}

/* The first track from above that is free there. */
static void give_track(struct tracks *tracks, size_t index)
{
    struct piece *piece = piece_of(tracks, index);
    int track = 1;
    bool is_free = false;

    for (size_t k = 0; k < tracks->channel->n; k++) {
        const struct piece *other = piece_of(tracks, k);

        if (other->track >= track && other != piece && has_to_be_below(tracks, piece, other))
            track = other->track + 1;
    }
    if (tracks->channel->n > MANY_PIECES) {
        track = tracks->channel->n_tracks + 1;
        is_free = true;
    }
    for (; !is_free; track += !is_free) {
        is_free = true;
        for (size_t k = 0; k < tracks->channel->n && is_free; k++) {
            const struct piece *other = piece_of(tracks, k);

            is_free =
                other->track != track || low_end(piece) > high_end(other) + 1 || low_end(other) > high_end(piece) + 1;
        }
    }
    piece->track = track;
    if (piece->next != SKETCH_NONE)
        tracks->routes->pieces[piece->next].since = track;
    if (track > tracks->channel->n_tracks)
        tracks->channel->n_tracks = track;
    for (size_t k = 0; k < tracks->channel->n; k++) {
        const struct piece *waiting = piece_of(tracks, k);

        if (waiting->track > 0 || waiting == piece || waiting->from == waiting->to)
            continue;
        tracks->waits_clear[k] -=
            clears_for(piece, waiting) || piece->next == (uint32_t)(waiting - tracks->routes->pieces);
        tracks->waits_front[k] -=
            tracks->channel->n <= MANY_PIECES && tracks->waits_front[k] > 0 && is_in_front(piece, waiting);
    }
}

static int by_number(const void *a, const void *b)
{
    const int *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

static bool is_port(const struct tracks *tracks, int col)
{
    return bsearch(&col, tracks->ports, tracks->n_ports, sizeof col, by_number) != NULL;
}

/* A column that no line comes down in, as near to `col` as can be. */
static int free_col(const struct tracks *tracks, int col)
{
    for (int by = 1;; by++) {
        if (!is_port(tracks, col + by))
            return col + by;
        if (!is_port(tracks, col - by))
            return col - by;
    }
}

/* The piece turns twice: its second part waits for what it waited for, and for its first part. */
static int split(struct tracks *tracks, size_t index, struct lw_error *err)
{
    struct routes *routes = tracks->routes;
    size_t n = tracks->channel->n;
    int middle = free_col(tracks, piece_of(tracks, index)->to);

    if (alloc_grow(&routes->pieces, &routes->cap_pieces, routes->n_pieces + 1, sizeof *routes->pieces) != 0)
        return fail_memory(err, "laying out a graph");
    if (n + 1 > tracks->cap)
        return fail(err, LW_ERR_LIMIT, "too many lines between two layers of the graph");
    struct piece *first = piece_of(tracks, index), *second = piece_of(tracks, n);

    *second = (struct piece){.segment = first->segment, .next = first->next, .from = middle, .to = first->to};
    first->to = middle;
    first->next = (uint32_t)routes->n_pieces++;
    tracks->channel->n++;
    tracks->ports[tracks->n_ports++] = middle;
    qsort(tracks->ports, tracks->n_ports, sizeof *tracks->ports, by_number);
    tracks->waits_clear[n] = tracks->waits_clear[index] + 1;
    tracks->waits_front[n] = 0;
    tracks->waits_clear[index] = 0;
    return 0;
}

/* The next piece to get a track: one that waits for nothing, or else for nothing but its turn. */
static size_t find_ready(const struct tracks *tracks)
{
    size_t best = SIZE_MAX;

    for (size_t i = 0; i < tracks->channel->n; i++) {
        const struct piece *piece = piece_of(tracks, i);

        if (piece->track > 0 || piece->from == piece->to || tracks->waits_clear[i] > 0)
            continue;
        if (best == SIZE_MAX || tracks->waits_front[i] < tracks->waits_front[best])
            best = i;
        if (tracks->waits_front[i] == 0)
            break;
    }
    return best;
}

static int fill_tracks(struct tracks *tracks, struct lw_error *err)
{
    size_t n_waiting = 0;
    int code = 0;

    count_waits(tracks);
    for (size_t i = 0; i < tracks->channel->n; i++)
        n_waiting += piece_of(tracks, i)->from != piece_of(tracks, i)->to;
    while (n_waiting > 0 && code == 0) {
        size_t index = find_ready(tracks);

        if (index != SIZE_MAX) {
            give_track(tracks, index);
            n_waiting--;
            continue;
        }
        for (index = 0;
             piece_of(tracks, index)->track > 0 || piece_of(tracks, index)->from == piece_of(tracks, index)->to;)
            index++;
        code = split(tracks, index, err);
        n_waiting++;
    }
    return code;
}

/* Pieces are appended channel after channel, so that the last channel's can grow. */
static int route_channel(const struct sketch *sketch, struct routes *routes, uint32_t layer, struct lw_error *err)
{
    struct channel *channel = &routes->channels[layer];
    struct tracks tracks = {.routes = routes, .channel = channel};
    int code = 0;

    channel->first = routes->n_pieces;
    for (uint32_t i = sketch->layer_starts[layer]; i < sketch->layer_starts[layer + 1]; i++)
        channel->n += sketch->vertices[sketch->order[i]].n_down;
    tracks.cap = 2 * channel->n;
    tracks.waits_clear = alloc_array(tracks.cap, sizeof *tracks.waits_clear);
    tracks.waits_front = alloc_array(tracks.cap, sizeof *tracks.waits_front);
    tracks.ports = alloc_array(tracks.cap + channel->n, sizeof *tracks.ports);
    if (!tracks.waits_clear || !tracks.waits_front || !tracks.ports ||
        alloc_grow(&routes->pieces, &routes->cap_pieces, routes->n_pieces + channel->n, sizeof *routes->pieces) != 0)
        code = fail_memory(err, "laying out a graph");
    for (uint32_t i = sketch->layer_starts[layer]; code == 0 && i < sketch->layer_starts[layer + 1]; i++) {
        const struct vertex *vertex = &sketch->vertices[sketch->order[i]];

        for (uint32_t k = 0; k < vertex->n_down; k++) {
            uint32_t index = sketch->down[vertex->first_down + k];
            const struct segment *segment = &sketch->segments[index];
            int from = upper_col(sketch, segment), to = lower_col(sketch, segment);

            routes->first_piece[index] = (uint32_t)routes->n_pieces;
            routes->pieces[routes->n_pieces++] =
                (struct piece){.segment = index, .next = SKETCH_NONE, .from = from, .to = to};
            tracks.ports[tracks.n_ports++] = from;
            tracks.ports[tracks.n_ports++] = to;
        }
    }
    if (code == 0 && tracks.n_ports > 0) {
        qsort(tracks.ports, tracks.n_ports, sizeof *tracks.ports, by_number);
        code = fill_tracks(&tracks, err);
    }
    free(tracks.waits_clear);
    free(tracks.waits_front);
    free(tracks.ports);
    return code;
}

/* ---- crossings -------------------------------------------------------------------------------------------------- */

/* How often the way down of p crosses the way sideways of q. */
static int crosses(const struct piece *p, const struct piece *q)
{
    int n = 0;

    if (low_end(q) < p->from && p->from < high_end(q) && p->since < q->track && (p->track == 0 || q->track < p->track))
        n++;
    if (p->from != p->to && p->next == SKETCH_NONE && low_end(q) < p->to && p->to < high_end(q) && q->track > p->track)
        n++;
    return n;
}

static uint64_t count_crossings(const struct routes *routes, const struct channel *channel)
{
    uint64_t n = 0;

    for (size_t i = 0; i < channel->n; i++) {
        const struct piece *q = &routes->pieces[channel->first + i];

        for (size_t k = 0; k < channel->n && q->track > 0; k++)
            if (k != i)
                n += (uint64_t)crosses(&routes->pieces[channel->first + k], q);
    }
    return n;
}

/* ---- cells ------------------------------------------------------------------------------------------------------ */

static void place_rows(const struct sketch *sketch, struct routes *routes, struct lw_layout *layout)
{
    int row = 0;

    for (uint32_t layer = 0; layer < sketch->n_layers; layer++) {
        int most = 1;

        routes->layer_rows[layer] = row;
        for (uint32_t i = sketch->layer_starts[layer]; i < sketch->layer_starts[layer + 1]; i++)
            if (sketch->vertices[sketch->order[i]].rows > most)
                most = sketch->vertices[sketch->order[i]].rows;
        row += most;
        routes->channels[layer].row = row;
        row += layer + 1 < sketch->n_layers ? 2 + routes->channels[layer].n_tracks : 0;
    }
    for (size_t v = 0; v < layout->n_nodes; v++) {
        const struct vertex *vertex = &sketch->vertices[v];

        layout->layers[v] = (int)vertex->layer;
        layout->boxes[v] =
            (struct lw_layout_box){routes->layer_rows[vertex->layer], vertex->col, vertex->rows, vertex->cols};
    }
}

static int add_point(struct lw_layout *layout, size_t first, int row, int col, struct lw_error *err)
{
    struct lw_layout_point *last = layout->points + layout->n_points;

    if (layout->n_points > first && last[-1].row == row && last[-1].col == col)
        return 0;
    /* on the same line as the two before: the last one moves on */
    if (layout->n_points > first + 1 &&
        ((last[-1].col == col && last[-2].col == col) || (last[-1].row == row && last[-2].row == row))) {
        last[-1] = (struct lw_layout_point){row, col};
        return 0;
    }
    if (alloc_grow(&layout->points, &layout->cap_points, layout->n_points + 1, sizeof *layout->points) != 0)
        return fail_memory(err, "laying out a graph");
    layout->points[layout->n_points++] = (struct lw_layout_point){row, col};
    return 0;
}

static int add_loop(const struct sketch *sketch, struct lw_layout *layout, size_t node, struct lw_error *err)
{
    const struct lw_layout_box *box = &layout->boxes[node];
    int below = box->row + box->rows, right = box->col + box->cols, middle = box->row + (box->rows - 1) / 2;
    size_t first = layout->n_points;
    int code = add_point(layout, first, below, box->col + sketch->vertices[node].loop_port, err);

    if (code == 0)
        code = add_point(layout, first, below, right + 1, err);
    if (code == 0)
        code = add_point(layout, first, middle, right + 1, err);
    return code != 0 ? code : add_point(layout, first, middle, right, err);
}

static int add_line(const struct sketch *sketch, const struct routes *routes, struct lw_layout *layout, size_t edge,
                    struct lw_error *err)
{
    const struct course *course = &sketch->courses[edge];
    size_t first = layout->n_points;
    int code = 0;

    for (uint32_t k = 0; k < course->n_segments && code == 0; k++) {
        const struct segment *segment = &sketch->segments[course->first_segment + k];
        const struct vertex *upper = &sketch->vertices[segment->upper], *lower = &sketch->vertices[segment->lower];
        const struct channel *channel = &routes->channels[upper->layer];
        uint32_t piece = routes->first_piece[course->first_segment + k];

        code =
            add_point(layout, first, routes->layer_rows[upper->layer] + upper->rows, upper_col(sketch, segment), err);
        for (; piece != SKETCH_NONE && code == 0; piece = routes->pieces[piece].next) {
            const struct piece *p = &routes->pieces[piece];

            if (p->from == p->to)
                continue;
            code = add_point(layout, first, channel->row + p->track, p->from, err);
            if (code == 0)
                code = add_point(layout, first, channel->row + p->track, p->to, err);
        }
        if (code == 0)
            code = add_point(layout, first, routes->layer_rows[lower->layer] - 1, lower_col(sketch, segment), err);
    }
    for (size_t i = first, k = layout->n_points; course->is_reversed && i + 1 < k; i++) {
        struct lw_layout_point swapped = layout->points[i];

        layout->points[i] = layout->points[--k];
        layout->points[k] = swapped;
    }
    return code;
}

int route_lines(const struct sketch *sketch, struct routes *routes, struct lw_layout *layout, struct lw_error *err)
{
    int code = 0;

    routes->channels = alloc_zeroed((size_t)sketch->n_layers + 1, sizeof *routes->channels);
    routes->first_piece = alloc_array(sketch->n_segments, sizeof *routes->first_piece);
    routes->layer_rows = alloc_zeroed((size_t)sketch->n_layers + 1, sizeof *routes->layer_rows);
    if (!routes->channels || !routes->first_piece || !routes->layer_rows)
        return fail_memory(err, "laying out a graph");
    for (uint32_t layer = 0; layer + 1 < sketch->n_layers && code == 0; layer++) {
        code = route_channel(sketch, routes, layer, err);
        if (code == 0)
            layout->crossings += count_crossings(routes, &routes->channels[layer]);
    }
    if (code != 0)
        return code;
    place_rows(sketch, routes, layout);
    for (size_t i = 0; i < layout->n_edges && code == 0; i++) {
        layout->starts[i] = layout->n_points;
        layout->n_left_out += sketch->courses[i].is_left_out;
        code = sketch->courses[i].is_loop ? add_loop(sketch, layout, sketch->graph->edges[i].from, err)
                                          : add_line(sketch, routes, layout, i, err);
    }
    layout->starts[layout->n_edges] = layout->n_points;
    return code;
}
