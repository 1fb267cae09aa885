#include "generate/drawing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "base/order.h"
#include "generate/purpose.h"
#include "learn/value.h"

#define MAX_STEPS 1000 /* from one event back to another */
#define MAX_BACK  512  /* events looked at for the nearest one */
#define MAX_DEPTH 6    /* values that follow from values */
#define MAX_TIMES 64   /* a place stands in a trace for its values to be put in order */
#define SLOTS     1024

const struct choice *drawing_choose(const struct drawing *drawing, size_t event, size_t template_index, struct rng *rng)
{
    const size_t *first = drawing->blueprint->choice_first + template_index;
    size_t n = first[1] - first[0];
    if (n == 0)
        return NULL;
    const double *sums = drawing->sums + first[0];
    double at = rng_uniform(rng);
    if (event != SIZE_MAX && drawing->chosen != NULL && drawing->chosen[event] != BLUEPRINT_NONE)
        return &drawing->blueprint->choices[drawing->chosen[event]];
    return &drawing->blueprint->choices[first[0] + order_share(sums, n, at * sums[n - 1])];
}

/* A place that other values have to do with: a parameter, or a word of the wording. */
static bool is_placed(const struct piece *piece)
{
    return (piece->kind == PIECE_VALUE || piece->kind == PIECE_TEXT) && piece->place != BLUEPRINT_NONE;
}

bool drawing_is_related(const struct drawing *drawing, const struct piece *piece)
{
    if (!is_placed(piece))
        return false;
    const struct related *related = &drawing->blueprint->related[piece->place];
    return piece->kind == PIECE_TEXT ? related->kind == RELATED_SAME
                                     : related->kind != RELATED_NONE || related->is_other;
}

/* ---- places of other events ---------------------------------------------------------------------------------------
 */

struct occasion { /* a place in an event */
    uint32_t trace;
    size_t event;
    const struct piece *piece; /* NULL: none */
};

/* The piece of an event that is the place. */
static const struct piece *find_piece(const struct drawing *drawing, size_t event, size_t template_index,
                                      uint32_t place)
{
    const struct blueprint *blueprint = drawing->blueprint;
    struct rng rng;
    rng_init(&rng, drawing->seed, PURPOSE_RECORD, drawing->generated->first_event + event);
    const struct choice *choice = drawing_choose(drawing, event, template_index, &rng);
    if (choice == NULL)
        return NULL;
    const struct wording *wording = &blueprint->wordings[choice->wording];
    for (size_t i = wording->first; i < wording->first + wording->n; i++)
        if (blueprint->message_pieces.items[i].place == place)
            return &blueprint->message_pieces.items[i];
    return NULL;
}

/* The nearest event before this one, or with it, that has the place. */
static struct occasion find_before(const struct drawing *drawing, struct occasion from, uint32_t place)
{
    const struct trace_set *set = &drawing->generated->traces;
    size_t index = blueprint_template_of(drawing->blueprint, place), first = set->first[from.trace];
    uint32_t id = drawing->blueprint->templates->items[index].id;
    for (size_t i = from.event; i > first && from.event - i < MAX_BACK; i--)
        if (set->templates[i - 1] == id) {
            const struct piece *piece = find_piece(drawing, i - 1, index, place);
            if (piece != NULL)
                return (struct occasion){from.trace, i - 1, piece};
        }
    return (struct occasion){from.trace, 0, NULL};
}

/* ---- values -------------------------------------------------------------------------------------------------------
 */

static void put_own(const struct drawing *drawing, const struct occasion *at, struct buf *out)
{
    struct rng rng;
    if (at->piece->kind == PIECE_SHARED) {
        blueprint_draw_shared(drawing->blueprint, witness_of(drawing->witness, at->piece->shared, at->trace),
                              drawing->seed, drawing->generated->first_trace + at->trace,
                              intern_get(&drawing->generated->traces.names, at->trace), out);
        return;
    }
    if (at->piece->kind == PIECE_TEXT) {
        buf_add(out, at->piece->text.data, at->piece->text.len);
        return;
    }
    rng_init(&rng, drawing->seed, PURPOSE_PLACE,
             (drawing->generated->first_event + at->event) * SLOTS + at->piece->place % SLOTS);
    value_model_draw_one(&drawing->blueprint->values[at->piece->value], drawing_number(drawing, at->event), &rng, out);
}

struct number {
    double value;
    int decimals;
    bool is_there;
};

static struct number read_number(const struct buf *text)
{
    struct number number = {0, 0, false};
    number.is_there = value_decimal(text->data, text->len, &number.value, &number.decimals);
    return number;
}

static void put(const struct drawing *drawing, struct occasion at, unsigned depth, struct buf *out);

/* The number that a place had; is_there false where it was none. */
static struct number number_at(const struct drawing *drawing, struct occasion at, bool is_own, unsigned depth)
{
    struct buf text = BUF_INIT;
    if (is_own)
        put_own(drawing, &at, &text);
    else
        put(drawing, at, depth + 1, &text);
    struct number number = buf_status(&text) == 0 ? read_number(&text) : (struct number){0, 0, false};
    buf_release(&text);
    return number;
}

static bool put_offset(const struct drawing *drawing, struct occasion at, const struct related *related, unsigned depth,
                       struct buf *out)
{
    struct occasion other = find_before(drawing, at, related->other);
    struct number number = {0, 0, false};
    if (other.piece != NULL)
        number = number_at(drawing, other, false, depth);
    if (number.is_there)
        buf_printf(out, "%.*f", number.decimals, number.value + related->number);
    return number.is_there;
}

/* Occasions of the place in the trace, own[n]; *index: which of them is `at`. At most MAX_TIMES, else 0. */
static size_t find_occasions(const struct drawing *drawing, struct occasion at, struct occasion *own, size_t *index)
{
    const struct trace_set *set = &drawing->generated->traces;
    size_t t = blueprint_template_of(drawing->blueprint, at.piece->place), n = 0;
    uint32_t id = drawing->blueprint->templates->items[t].id;
    for (size_t i = set->first[at.trace]; i < set->first[at.trace + 1]; i++) {
        if (set->templates[i] != id)
            continue;
        const struct piece *piece = find_piece(drawing, i, t, at.piece->place);
        if (piece == NULL || piece->kind != PIECE_VALUE)
            continue;
        if (n == MAX_TIMES)
            return 0;
        *index = i == at.event ? n : *index;
        own[n++] = (struct occasion){at.trace, i, piece};
    }
    return n;
}

static int by_value(const void *a, const void *b)
{
    const struct number *x = a, *y = b;
    return (x->value > y->value) - (x->value < y->value);
}

/* What the place would have drawn in the whole trace, in order. */
static bool put_in_order(const struct drawing *drawing, struct occasion at, enum related_kind kind, struct buf *out)
{
    struct occasion own[MAX_TIMES];
    struct number numbers[MAX_TIMES];
    size_t index = 0, n = find_occasions(drawing, at, own, &index);
    for (size_t i = 0; i < n; i++) {
        numbers[i] = number_at(drawing, own[i], true, 0);
        if (!numbers[i].is_there)
            return false;
    }
    if (n == 0)
        return false;
    qsort(numbers, n, sizeof *numbers, by_value);
    const struct number *number = &numbers[kind == RELATED_DECREASING ? n - 1 - index : index];
    buf_printf(out, "%.*f", number->decimals, number->value);
    return true;
}

static bool put_step(const struct drawing *drawing, struct occasion at, double step, struct buf *out)
{
    struct occasion own[MAX_TIMES];
    size_t index = 0, n = find_occasions(drawing, at, own, &index);
    struct number first = n > 0 ? number_at(drawing, own[0], true, 0) : (struct number){0, 0, false};
    if (first.is_there)
        buf_printf(out, "%.*f", first.decimals, first.value + step * (double)index);
    return first.is_there;
}

/* One value for each value of the other. */
static bool put_determined(const struct drawing *drawing, struct occasion at, uint32_t other, unsigned depth,
                           struct buf *out)
{
    const struct blueprint *blueprint = drawing->blueprint;
    size_t index = blueprint_template_of(blueprint, other);
    struct occasion beside = {at.trace, at.event, find_piece(drawing, at.event, index, other)};
    struct buf text = BUF_INIT;
    struct rng rng;
    if (beside.piece == NULL || index != blueprint_template_of(blueprint, at.piece->place))
        return false;
    put(drawing, beside, depth + 1, &text);
    const struct related *related = &blueprint->related[at.piece->place];
    const struct fact *fact =
        blueprint_find_fact(related->facts, related->n_facts, (struct lw_bytes){text.data, text.len});
    rng_init(&rng, drawing->seed, PURPOSE_PLACE, XXH3_64bits(text.data, text.len) ^ at.piece->place);
    if (buf_status(&text) == 0 && fact != NULL)
        buf_add(out, fact->result.data, fact->result.len);
    else if (buf_status(&text) == 0)
        value_model_draw(&blueprint->values[at.piece->value], &rng, out);
    buf_release(&text);
    return true;
}

static void put(const struct drawing *drawing, struct occasion at, unsigned depth, struct buf *out)
{
    const struct related *related;
    for (int i = 0; is_placed(at.piece) && i < MAX_STEPS; i++) {
        related = &drawing->blueprint->related[at.piece->place];
        if (related->kind != RELATED_SAME)
            break;
        struct occasion other = find_before(drawing, at, related->other);
        if (other.piece == NULL)
            break;
        at = other;
    }
    bool is_put = false;
    related = at.piece->kind == PIECE_VALUE ? &drawing->blueprint->related[at.piece->place] : NULL;
    if (related != NULL && depth < MAX_DEPTH) {
        switch (related->kind) {
        case RELATED_OFFSET:
            is_put = put_offset(drawing, at, related, depth, out);
            break;
        case RELATED_STEP:
            is_put = put_step(drawing, at, related->number, out);
            break;
        case RELATED_INCREASING:
        case RELATED_DECREASING:
            is_put = put_in_order(drawing, at, related->kind, out);
            break;
        case RELATED_DETERMINED:
            is_put = put_determined(drawing, at, related->other, depth, out);
            break;
        case RELATED_NONE:
        case RELATED_SAME:
            break;
        }
    }
    if (!is_put)
        put_own(drawing, &at, out);
}

void drawing_put_value(const struct drawing *drawing, uint32_t trace, size_t event, const struct piece *piece,
                       struct buf *out)
{
    put(drawing, (struct occasion){trace, event, piece}, 0, out);
}

void drawing_put_known(const struct drawing *drawing, uint32_t trace, size_t event, const struct piece *piece,
                       struct buf *out)
{
    struct occasion at = {trace, event, piece};
    if (piece->kind != PIECE_SHARED)
        at = find_before(drawing, at, drawing->blueprint->related[piece->place].other);
    if (at.piece != NULL)
        put(drawing, at, 0, out);
}
