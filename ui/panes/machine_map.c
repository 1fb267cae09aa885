/*
 * The machine drawn: what is kept of it, laid out in layers by a job, with the layout before as a hint so that states
 * stay where they were. The view is a window on the picture that follows the cursor, which goes from box to box.
 */
#include "ui/app/jobs.h"
#include "ui/kit/text.h"
#include "ui/panes/machine.h"

#include <limits.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define FITTING_EDGES 60 /* as many as can be read, unless more are asked for */
#define LABEL_COLS    5
#define WIDE_COLS     110 /* views as wide as this get wider boxes */

struct picture {
    atomic_uint refs;
    struct session *session;
    struct machine_map *map;
};

static struct picture *picture_retain(struct picture *picture)
{
    if (picture)
        atomic_fetch_add(&picture->refs, 1);
    return picture;
}

static void picture_free(struct picture *picture)
{
    if (!picture || atomic_fetch_sub(&picture->refs, 1) > 1)
        return;
    machine_map_free(picture->map);
    session_free(picture->session);
    free(picture);
}

void machine_release_map(struct machine *self)
{
    picture_free(self->picture);
    self->picture = NULL;
}

/* ---- the job ---------------------------------------------------------------------------------------------------- */

struct map_job {
    struct job job;
    struct picture *picture; /* being made */
    struct picture *before;  /* or NULL */
    double activities, paths;
    bool is_fitting;
    int max_cols;
};

static void free_map_job(struct job *base)
{
    struct map_job *job = (struct map_job *)base;

    picture_free(job->picture);
    picture_free(job->before);
    free(job);
}

static int work_map(struct job *base, const struct lw_run *run, struct lw_error *err)
{
    struct map_job *job = (struct map_job *)base;
    struct picture *picture = job->picture;
    int rc = job->is_fitting
                 ? machine_map_fit(picture->session->workspace, FITTING_EDGES, &picture->map, err)
                 : machine_map_new(picture->session->workspace, job->activities, job->paths, &picture->map, err);

    return rc != 0 ? rc
                   : machine_map_lay_out(picture->map, job->max_cols, LABEL_COLS,
                                         job->before ? job->before->map->layout : NULL, run, err);
}

/* The node of a state; the first one if it is not in the picture. */
static size_t node_of(const struct machine_map *map, size_t state)
{
    for (size_t i = 0; i < map->n_nodes; i++)
        if (map->states[i] == state)
            return i;
    return 0;
}

static void finish_map(struct app *app, struct job *base, int rc, const struct lw_error *err)
{
    struct map_job *job = (struct map_job *)base;
    struct machine *self = app->panes[PANE_MACHINE];
    struct picture *old = self->picture;

    if (rc != 0) {
        if (rc != LW_ERR_CANCELLED)
            app_say(app, "%s", err->text);
        return;
    }
    if (!app_is_learned(app) || job->picture->session->workspace != app->session->workspace)
        return;
    if (old && self->is_placed && old->map->n_nodes > 0 && job->picture->map->n_nodes > 0) {
        /* the box under the cursor stays where it is on the screen */
        struct lw_layout_box was = lw_layout_box(old->map->layout, node_of(old->map, self->state));
        struct lw_layout_box is = lw_layout_box(job->picture->map->layout, node_of(job->picture->map, self->state));

        self->top += is.row - was.row;
        self->left += is.col - was.col;
    }
    self->picture = job->picture;
    job->picture = NULL;
    picture_free(old);
    if (job->is_fitting) {
        self->activities = (int)lround(100 * self->picture->map->excerpt.activities);
        self->paths = (int)lround(100 * self->picture->map->excerpt.paths);
        machine_keep(app, self);
    }
}

static const struct job_ops map_ops = {
    .title = "drawing", .work = work_map, .finish = finish_map, .free = free_map_job};

void machine_start_map(struct app *app, struct machine *self, bool is_fitting)
{
    struct map_job *job = calloc(1, sizeof *job);
    struct picture *picture = calloc(1, sizeof *picture);

    if (!job || !picture) {
        free(job);
        free(picture);
        app_say(app, "out of memory");
        return;
    }
    atomic_init(&picture->refs, 1);
    picture->session = session_retain(app->session);
    *job = (struct map_job){{&map_ops},
                            picture,
                            picture_retain(self->picture),
                            self->activities / 100.0,
                            self->paths / 100.0,
                            is_fitting && self->kept.n_transitions > FITTING_EDGES,
                            self->view_cols >= WIDE_COLS ? 22 : 14};
    jobs_start(app->jobs, JOB_MAP, &job->job);
}

/* ---- drawing ---------------------------------------------------------------------------------------------------- */

enum { TO_UP = 1, TO_RIGHT = 2, TO_DOWN = 4, TO_LEFT = 8, IS_FAINT = 16, IS_STRONG = 32 };

struct canvas {
    const struct view *view;
    int top, left;
    unsigned char *cells; /* [rows * cols] */
};

static void mark_cell(struct canvas *canvas, int row, int col, unsigned sides)
{
    row -= canvas->top;
    col -= canvas->left;
    if (row >= 0 && row < canvas->view->area.rows && col >= 0 && col < canvas->view->area.cols)
        canvas->cells[row * canvas->view->area.cols + col] |= (unsigned char)sides;
}

static void mark_line(struct canvas *canvas, const struct lw_layout_point *points, size_t n, unsigned attrs)
{
    if (n == 0)
        return;
    mark_cell(canvas, points[0].row, points[0].col, attrs | (n > 1 && points[1].row < points[0].row ? TO_DOWN : TO_UP));
    for (size_t i = 0; i + 1 < n; i++) {
        struct lw_layout_point at = points[i], to = points[i + 1];
        int down = (to.row > at.row) - (to.row < at.row), right = (to.col > at.col) - (to.col < at.col);
        unsigned out = down > 0 ? TO_DOWN : down < 0 ? TO_UP : right > 0 ? TO_RIGHT : TO_LEFT;
        unsigned in = down > 0 ? TO_UP : down < 0 ? TO_DOWN : right > 0 ? TO_LEFT : TO_RIGHT;

        while (at.row != to.row || at.col != to.col) {
            mark_cell(canvas, at.row, at.col, out | attrs);
            at.row += down;
            at.col += right;
            mark_cell(canvas, at.row, at.col, in | attrs);
        }
    }
}

static void draw_cells(const struct app *app, const struct canvas *canvas)
{
    const struct view *view = canvas->view;

    for (int row = 0; row < view->area.rows; row++)
        for (int col = 0; col < view->area.cols; col++) {
            unsigned cell = canvas->cells[row * view->area.cols + col], sides = cell & 15;
            struct style style = style_with(cell & IS_STRONG ? ROLE_TEXT : ROLE_DIM, cell & IS_STRONG ? ATTR_BOLD : 0);
            const char *sign = app->symbols->lines[sides];

            if (sides == 0)
                continue;
            if (cell & IS_FAINT && (sides == (TO_UP | TO_DOWN) || sides == (TO_LEFT | TO_RIGHT)))
                sign = app->symbols->faint[sides == (TO_LEFT | TO_RIGHT)];
            view_text(view, row, col, style, sign);
        }
}

static void draw_head(const struct app *app, const struct canvas *canvas, const struct lw_layout_point *points,
                      size_t n, bool is_strong)
{
    const struct lw_layout_point *last = &points[n - 1], *before = n > 1 ? &points[n - 2] : NULL;
    int side = !before || last->row > before->row ? 2 : last->row < before->row ? 0 : last->col > before->col ? 1 : 3;

    view_text(canvas->view, last->row - canvas->top, last->col - canvas->left,
              style_with(ROLE_TEXT, is_strong ? ATTR_BOLD : 0), app->symbols->heads[side]);
}

/* 1234 -> "1.2k", in at most four columns. */
static void short_count(char *out, size_t size, uint64_t count)
{
    static const char units[] = " kMGTPE";
    double value = (double)count;
    size_t unit = 0;

    for (; value >= 999.5 && unit + 1 < sizeof units - 1; unit++)
        value /= 1000;
    if (unit == 0)
        snprintf(out, size, "%d", (int)value);
    else
        snprintf(out, size, value < 9.95 ? "%.1f%c" : "%.0f%c", value, units[unit]);
}

const char *machine_overlay_name(enum overlay overlay)
{
    static const char *const names[OVERLAY_COUNT_OF] = {"probability", "count", "median delay", "errors ahead",
                                                        "rare ones"};

    return names[overlay];
}

static void edge_label(const struct machine *self, const struct machine_map *map, const struct map_edge *edge,
                       char *out, size_t size)
{
    struct lw_transition transition;

    switch (self->overlay) {
    case OVERLAY_COUNT:
        short_count(out, size, edge->count);
        return;
    case OVERLAY_DELAY:
        if (lw_machine_transition(map->machine, edge->transition, &transition, NULL) == 0)
            text_delay(out, size, transition.delay_p50_us);
        return;
    case OVERLAY_ERRORS:
        text_share(out, size, self->errors ? self->errors[map->states[edge->to]] : 0);
        return;
    case OVERLAY_CORE:
        snprintf(out, size, "%s", edge->is_core ? "" : "rare");
        return;
    case OVERLAY_PROBABILITY:
    case OVERLAY_COUNT_OF:
        break;
    }
    text_share(out, size, edge->probability);
}

static bool is_strong(const struct machine *self, const struct machine_map *map, const struct map_edge *edge)
{
    size_t from = map->states[edge->from], to = map->states[edge->to];

    if (self->is_replaying && self->step > 0)
        return from == self->walk[self->step - 1] && to == (self->step > self->n_events ? 1 : self->walk[self->step]);
    return from == self->state || to == self->state;
}

static void draw_lines(const struct app *app, const struct machine *self, struct canvas *canvas)
{
    const struct machine_map *map = self->picture->map;
    const struct lw_layout_point *points;
    struct lw_layout_point at;
    char label[24];
    size_t n;

    for (size_t i = 0; i < map->n_edges; i++) {
        points = lw_layout_line(map->layout, i, &n);
        mark_line(canvas, points, n,
                  (map->edges[i].is_core ? 0 : IS_FAINT) | (is_strong(self, map, &map->edges[i]) ? IS_STRONG : 0));
    }
    draw_cells(app, canvas);
    for (size_t i = 0; i < map->n_edges; i++) {
        bool stands_out = is_strong(self, map, &map->edges[i]);

        points = lw_layout_line(map->layout, i, &n);
        if (n > 0)
            draw_head(app, canvas, points, n, stands_out);
        if (!lw_layout_label(map->layout, i, &at))
            continue;
        edge_label(self, map, &map->edges[i], label, sizeof label);
        label[LABEL_COLS] = '\0';
        view_text(canvas->view, at.row - canvas->top, at.col - canvas->left,
                  style_with(self->overlay == OVERLAY_DELAY ? ROLE_TIME : ROLE_TEXT, stands_out ? ATTR_BOLD : 0),
                  label);
    }
}

static void draw_box(const struct app *app, const struct machine *self, const struct canvas *canvas, size_t node,
                     bool has_keys)
{
    const struct machine_map *map = self->picture->map;
    const struct symbols *symbols = app->symbols;
    struct lw_layout_box box = lw_layout_box(map->layout, node);
    struct lw_bytes name = machine_map_name(map, node), event = machine_map_event(map, node);
    int row = box.row - canvas->top, col = box.col - canvas->left, last = col + box.cols - 1;
    bool is_cursor = map->states[node] == self->state, is_error = self->errors && self->errors[map->states[node]] >= 1;
    struct style frame = style_with(is_cursor ? ROLE_CHOSEN : ROLE_DIM, is_cursor ? ATTR_BOLD : 0);
    const struct view *view = canvas->view;

    view_text(view, row, col, frame, symbols->corner[0]);
    view_fill(view, row, col + 1, box.cols - 2, frame, symbols->across);
    view_text(view, row, last, frame, symbols->corner[1]);
    view_text(view, row + 1, col, frame, symbols->down);
    view_text(view, row + 1, last, frame, symbols->down);
    view_text(view, row + 2, col, frame, symbols->corner[2]);
    view_fill(view, row + 2, col + 1, box.cols - 2, frame, symbols->across);
    view_text(view, row + 2, last, frame, symbols->corner[3]);

    size_t cols =
        lw_text_columns(name.data, name.len) + (event.len > 0 ? 1 + lw_text_columns(event.data, event.len) : 0);
    int room = box.cols - 4, indent = (size_t)room > cols ? (room - (int)cols) / 2 : 0;
    /* a part of the view that is cut at the left would shift what is in it */
    struct view inside =
        view_part(view, (struct rect){row + 1, col + 2 < 0 ? 0 : col + 2, 1, col + 2 < 0 ? room + col + 2 : room});
    size_t skip = col + 2 < 0 ? (size_t) - (col + 2) : 0;
    char text[400];

    snprintf(text, sizeof text, "%*s%.*s%s%.*s", indent, "", (int)(name.len < 100 ? name.len : 100), name.data,
             event.len > 0 ? " " : "", (int)(event.len < 200 ? event.len : 200), event.data);
    if (inside.area.rows > 0 && inside.area.cols > 0)
        view_bytes_from(
            &inside, 0, 0, skip,
            style_with(is_error ? ROLE_FAULT : ROLE_TEXT, is_cursor ? ATTR_BOLD | (has_keys ? ATTR_REVERSE : 0u) : 0u),
            text, strlen(text));
    view_text(view, row + 1, col + 1, style_with(ROLE_CARE, ATTR_BOLD),
              is_cursor                                   ? symbols->chosen
              : map->states[node] == app->selection.state ? "*"
              : is_error                                  ? "!"
                                                          : " ");
}

/* The window on the picture: all of it, in the middle, or else a part that has the cursor in it. */
static void place_window(struct machine *self, const struct view *view)
{
    const struct machine_map *map = self->picture->map;
    struct lw_layout_box box = lw_layout_box(map->layout, node_of(map, self->state));
    int rows, cols, high = view->area.rows, wide = view->area.cols;

    lw_layout_size(map->layout, &rows, &cols);
    if (!self->is_placed) {
        self->top = box.row - high / 3;
        self->left = box.col + box.cols / 2 - wide / 2;
    }
    self->is_placed = true;
    if (box.row - 2 < self->top)
        self->top = box.row - 2;
    if (box.row + box.rows + 3 > self->top + high)
        self->top = box.row + box.rows + 3 - high;
    if (box.col + box.cols + 3 > self->left + wide)
        self->left = box.col + box.cols + 3 - wide;
    if (box.col - 2 < self->left)
        self->left = box.col - 2;
    if (self->top > rows - high)
        self->top = rows - high;
    if (self->top < 0)
        self->top = 0;
    if (self->left > cols - wide)
        self->left = cols - wide;
    if (self->left < 0)
        self->left = cols < wide ? -((wide - cols) / 2) : 0;
}

/* The state under the cursor in words, and what stands beside the lines. */
static void draw_words(const struct machine *self, const struct view *view)
{
    const struct machine_map *map = self->picture->map;
    size_t node = node_of(map, self->state);
    struct lw_bytes event = machine_map_event(map, node);
    struct lw_state state;
    char count[40], right[80];
    size_t n_left_out = lw_layout_left_out(map->layout);
    int col;

    if (lw_machine_state(map->machine, map->states[node], &state, NULL) != 0)
        return;
    if (n_left_out > 0)
        snprintf(right, sizeof right, "  %zu lines are not drawn: [ keeps fewer", n_left_out);
    else
        snprintf(right, sizeof right, "  lines: %s", machine_overlay_name(self->overlay));
    col = view_bytes(view, 0, 2, style_with(ROLE_TEXT, ATTR_BOLD), state.name.data, state.name.len);
    col = view_printf(view, 0, col, style_of(ROLE_DIM), "  %s%s  ",
                      text_counted(count, sizeof count, state.visits, "visit"), state.is_core ? "" : ", rare");
    view_bytes(view, 0, col, style_of(ROLE_TEXT), event.data, event.len);
    view_right(view, 0, view->area.cols - (int)strlen(right), (int)strlen(right), style_of(ROLE_DIM), right);
}

void machine_draw_map(struct app *app, struct machine *self, const struct view *view, bool has_keys)
{
    struct view map = view_part(view, (struct rect){0, 0, view->area.rows - 1, view->area.cols});
    struct view words = view_part(view, (struct rect){view->area.rows - 1, 0, 1, view->area.cols});
    struct canvas canvas = {&map, 0, 0, NULL};

    if (!self->picture || self->picture->map->n_nodes == 0) {
        view_text(view, 0, 2, style_of(ROLE_DIM),
                  jobs_is_busy(app->jobs, JOB_MAP) ? "drawing ..." : "there is nothing to draw");
        return;
    }
    canvas.cells = map.area.rows > 0 ? calloc((size_t)map.area.rows * (size_t)map.area.cols + 1, 1) : NULL;
    if (!canvas.cells)
        return;
    place_window(self, &map);
    canvas.top = self->top;
    canvas.left = self->left;
    draw_lines(app, self, &canvas);
    for (size_t i = 0; i < self->picture->map->n_nodes; i++)
        draw_box(app, self, &canvas, i, has_keys);
    draw_words(self, &words);
    free(canvas.cells);
}

/* ---- moving ----------------------------------------------------------------------------------------------------- */

/* The nearest box in a direction: within the layer for left and right, else the layer next to it first. */
static void move_cursor(struct machine *self, int down, int right)
{
    const struct machine_map *map = self->picture->map;
    size_t node = node_of(map, self->state), best = node;
    struct lw_layout_box from = lw_layout_box(map->layout, node);
    long least = LONG_MAX;

    for (size_t i = 0; i < map->n_nodes; i++) {
        struct lw_layout_box box = lw_layout_box(map->layout, i);
        int rows = box.row - from.row, cols = box.col + box.cols / 2 - (from.col + from.cols / 2);
        long along = down != 0 ? (long)rows * down : (long)cols * right, aside = down != 0 ? labs(cols) : labs(rows);

        if (i == node || along <= 0 || (right != 0 && rows != 0 && along < aside))
            continue;
        if (along * (down != 0 ? 8 : 1) + aside * (down != 0 ? 1 : 8) < least) {
            least = along * (down != 0 ? 8 : 1) + aside * (down != 0 ? 1 : 8);
            best = i;
        }
    }
    self->state = map->states[best];
}

enum action machine_act_map(struct app *app, struct machine *self, enum action action)
{
    int n_steps = action == ACT_PAGE_DOWN || action == ACT_PAGE_UP ? 3 : 1;

    if (!self->picture || self->picture->map->n_nodes == 0)
        return action;
    switch (action) {
    case ACT_LEFT:
    case ACT_RIGHT:
        move_cursor(self, 0, action == ACT_LEFT ? -1 : 1);
        return ACT_NONE;
    case ACT_DOWN:
    case ACT_HALF_DOWN:
    case ACT_PAGE_DOWN:
    case ACT_UP:
    case ACT_HALF_UP:
    case ACT_PAGE_UP:
        for (int i = 0; i < n_steps; i++)
            move_cursor(self, action == ACT_DOWN || action == ACT_HALF_DOWN || action == ACT_PAGE_DOWN ? 1 : -1, 0);
        return ACT_NONE;
    case ACT_FIRST:
    case ACT_LAST:
        self->state = action == ACT_FIRST ? 0 : 1;
        return ACT_NONE;
    case ACT_OPEN:
        machine_focus(app, self, self->picture->map->states[node_of(self->picture->map, self->state)]);
        return ACT_NONE;
    default:
        return action;
    }
}
