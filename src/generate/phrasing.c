/*
 * A way to write an event is drawn with its weight times the probability of what is known of the event: the values that
 * its trace shares, and those that are the same as in an event before. A word of the wording has that probability 1 or
 * 0, a value the share that it has among the wording's own (Bayes). What no wording has counts as next to nothing, so
 * that of several values that cannot be had together as many as can be are.
 *
 * All events are decided before any is written, in the order of their trace, so that whoever writes one does not have
 * to decide those before it again.
 */
#include "generate/phrasing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "generate/purpose.h"

#define MAX_WAYS  512  /* of a template to be told apart */
#define MAX_KNOWN 16   /* values of an event that tell */
#define UNLIKELY  1e-6 /* a value that the wording was not seen with */

struct known { /* what is known of an event */
    const struct piece *piece;
    struct buf text;
};
struct telling { /* one event */
    const struct drawing *drawing;
    uint32_t trace;
    size_t event;
    struct known known[MAX_KNOWN];
    size_t n;
};

static bool has_own(const struct piece *piece)
{
    return piece->kind == PIECE_TEXT || piece->text.data != NULL || piece->value != BLUEPRINT_NONE;
}

/* Whether a piece takes its value from elsewhere, and its wording says which values it was seen with. */
static bool is_telling(const struct blueprint *blueprint, const struct piece *piece)
{
    if (piece->kind == PIECE_SHARED)
        return piece->shared != SHARED_KEY && has_own(piece);
    return piece->place != BLUEPRINT_NONE && blueprint->related[piece->place].kind == RELATED_SAME && has_own(piece);
}

/* ---- one event ----------------------------------------------------------------------------------------------------
 */

static bool is_same_source(const struct piece *a, const struct piece *b)
{
    if (a->kind == PIECE_SHARED || b->kind == PIECE_SHARED)
        return a->kind == b->kind && a->shared == b->shared;
    return a->place == b->place;
}

/* The value that a piece takes in the event; NULL: it is not known. */
static const struct buf *find_known(struct telling *telling, const struct piece *piece)
{
    for (size_t i = 0; i < telling->n; i++)
        if (is_same_source(telling->known[i].piece, piece))
            return telling->known[i].text.len > 0 ? &telling->known[i].text : NULL;
    if (telling->n == MAX_KNOWN)
        return NULL;
    struct known *known = &telling->known[telling->n++];
    known->piece = piece;
    drawing_put_known(telling->drawing, telling->trace, telling->event, piece, &known->text);
    return known->text.len > 0 ? &known->text : NULL;
}

static double likelihood(struct telling *telling, const struct wording *wording)
{
    const struct blueprint *blueprint = telling->drawing->blueprint;
    double product = 1;
    for (size_t i = wording->first; i < wording->first + wording->n; i++) {
        const struct piece *piece = &blueprint->message_pieces.items[i];
        const struct buf *text = is_telling(blueprint, piece) ? find_known(telling, piece) : NULL;
        if (text == NULL)
            continue;
        double share;
        if (piece->text.data != NULL)
            share = piece->text.len == text->len && memcmp(piece->text.data, text->data, text->len) == 0;
        else
            share = value_model_share(&blueprint->values[piece->value], text->data, text->len);
        product *= isnan(share) ? 1 : fmax(share, UNLIKELY);
    }
    return product;
}

/* One of the ways to write the template, in choices. */
static uint32_t tell(struct telling *telling, size_t template_index, struct rng *rng)
{
    const struct drawing *drawing = telling->drawing;
    const struct blueprint *blueprint = drawing->blueprint;
    size_t first = blueprint->choice_first[template_index], n = blueprint->choice_first[template_index + 1] - first;
    double upto[MAX_WAYS], sum = 0, own = 1;
    for (size_t i = 0; i < n; i++) {
        const struct choice *choice = &blueprint->choices[first + i];
        if (i == 0 || choice[-1].wording != choice->wording)
            own = likelihood(telling, &blueprint->wordings[choice->wording]);
        upto[i] = sum += own * (drawing->sums[first + i] - (i > 0 ? drawing->sums[first + i - 1] : 0));
    }
    double at = rng_uniform(rng) * sum;
    size_t i = 0;
    while (i + 1 < n && upto[i] <= at)
        i++;
    return (uint32_t)(first + i);
}

static uint32_t tell_event(const struct drawing *drawing, uint32_t trace, size_t event, size_t template_index)
{
    struct telling telling = {.drawing = drawing, .trace = trace, .event = event};
    struct rng rng;
    for (size_t i = 0; i < MAX_KNOWN; i++)
        telling.known[i].text = (struct buf)BUF_INIT;
    rng_init(&rng, drawing->seed, PURPOSE_RECORD, drawing->generated->first_event + event);
    uint32_t chosen = tell(&telling, template_index, &rng);
    for (size_t i = 0; i < telling.n; i++)
        buf_release(&telling.known[i].text);
    return chosen;
}

/* ---- all of them --------------------------------------------------------------------------------------------------
 */

/* Whether the wordings of a template differ in what they say of values from elsewhere. */
static bool are_told_apart(const struct blueprint *blueprint, size_t template_index)
{
    size_t first = blueprint->choice_first[template_index], end = blueprint->choice_first[template_index + 1];
    if (end - first > MAX_WAYS)
        return false;
    bool has_others = false, is_telling_any = false;
    for (size_t c = first; c < end; c++) {
        const struct wording *wording = &blueprint->wordings[blueprint->choices[c].wording];
        has_others = has_others || blueprint->choices[c].wording != blueprint->choices[first].wording;
        for (size_t i = wording->first; i < wording->first + wording->n && !is_telling_any; i++)
            is_telling_any = is_telling(blueprint, &blueprint->message_pieces.items[i]);
    }
    return has_others && is_telling_any;
}

int phrasing_init(struct phrasing *phrasing, struct drawing *drawing)
{
    const struct blueprint *blueprint = drawing->blueprint;
    const struct trace_set *set = &drawing->generated->traces;
    bool is_any = false;
    *phrasing = (struct phrasing){.is_told = alloc_zeroed(blueprint->templates->n, sizeof *phrasing->is_told)};
    drawing->chosen = NULL;
    if (phrasing->is_told == NULL)
        return LW_ERR_MEMORY;
    for (size_t t = 0; t < blueprint->templates->n; t++)
        is_any |= phrasing->is_told[t] = are_told_apart(blueprint, t);
    if (!is_any)
        return 0;
    phrasing->chosen = alloc_array(set->n_events, sizeof *phrasing->chosen);
    if (phrasing->chosen == NULL) {
        phrasing_release(phrasing);
        return LW_ERR_MEMORY;
    }
    for (size_t i = 0; i < set->n_events; i++)
        phrasing->chosen[i] = BLUEPRINT_NONE;
    drawing->chosen = phrasing->chosen;
    for (uint32_t trace = 0; trace < set->n_traces; trace++)
        for (size_t i = set->first[trace]; i < set->first[trace + 1]; i++) {
            ptrdiff_t index = templates_index(blueprint->templates, set->templates[i]);
            if (index >= 0 && phrasing->is_told[index])
                phrasing->chosen[i] = tell_event(drawing, trace, i, (size_t)index);
        }
    return 0;
}

void phrasing_release(struct phrasing *phrasing)
{
    free(phrasing->is_told);
    free(phrasing->chosen);
    *phrasing = (struct phrasing){.chosen = NULL};
}
