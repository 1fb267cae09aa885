/*
 * Each event is written in one of the ways that the blueprint has for its template: a wording in a header.
 *
 * The name of a trace can also stand inside a value (a path with a block's id in it). So the trace rule itself is run
 * over every finished record, and names that it finds are replaced by the trace's own until it finds no other.
 */
#include "generate/render.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "base/rng.h"
#include "generate/drawing.h"
#include "generate/moments.h"
#include "generate/outlier.h"
#include "generate/phrasing.h"
#include "generate/purpose.h"
#include "generate/witness.h"

#define MAX_REPLACED 64 /* names in one record */
#define MAX_ATTEMPTS 16 /* at a record that the rule gives to its trace */
#define EVENTS_AHEAD 24 /* records */
#define NAMES_AHEAD  16
#define TEXTS_AHEAD  8
#define SHORT        16 /* bytes that are copied at once, as most pieces are no longer */

/* A piece as it is put down: what of it can be told before any record is. */
enum part_kind { PART_TEXT, PART_KEY, PART_FIELD, PART_VALUE, PART_OTHER };
struct part {
    const char *text; /* PART_TEXT: SHORT bytes may be read from it, whatever its length */
    size_t len;
    enum part_kind kind;
};

struct renderer {
    const struct blueprint *blueprint;
    const struct generated *generated;
    uint64_t seed;
    struct drawing drawing;
    struct witness witness;
    struct phrasing phrasing;
    bool needs_fields;                         /* the rule asks for those of the header */
    struct part *header_parts, *message_parts; /* of the blueprint's pieces */
    char *texts;                               /* of both */
    double *sums;                              /* [choices] of the weights of a template's, up to and with each */
    uint32_t *order;                           /* [n_events] */
    uint32_t *trace_of;                        /* [n_events] */
};

void render_scratch_init(struct render_scratch *scratch)
{
    memset(scratch, 0, sizeof *scratch);
    trace_keys_init(&scratch->keys);
}

void render_scratch_release(struct render_scratch *scratch)
{
    buf_release(&scratch->text);
    trace_keys_release(&scratch->keys);
}

/* ---- odds --------------------------------------------------------------------------------------------------------
 */

/* Adds up the weights of the ways to write each template, times the odds of the level that was asked for. */
static int weigh_choices(struct renderer *renderer)
{
    const struct blueprint *blueprint = renderer->blueprint;
    const double *odds = renderer->generated->facet_odds;
    renderer->sums = alloc_array(blueprint->n_choices, sizeof *renderer->sums);
    if (renderer->sums == NULL)
        return LW_ERR_MEMORY;
    for (size_t t = 0; t < blueprint->templates->n; t++) {
        double sum = 0;
        for (size_t i = blueprint->choice_first[t]; i < blueprint->choice_first[t + 1]; i++) {
            const struct choice *choice = &blueprint->choices[i];
            sum += choice->weight * (odds == NULL ? 1 : odds[blueprint->facets.of_choice[i]]);
            renderer->sums[i] = sum;
        }
    }
    return 0;
}

/* ---- parts --------------------------------------------------------------------------------------------------------
 */

static enum part_kind kind_of(const struct renderer *renderer, const struct piece *piece)
{
    bool is_related = drawing_is_related(&renderer->drawing, piece);
    if (piece->kind == PIECE_TEXT && !is_related)
        return PART_TEXT;
    if (piece->kind == PIECE_SHARED && piece->shared == SHARED_KEY &&
        witness_of(&renderer->witness, SHARED_KEY, 0) == SHARED_KEY)
        return PART_KEY;
    if (piece->kind == PIECE_FIELD && !is_related)
        return PART_FIELD;
    return piece->kind == PIECE_VALUE && !is_related && piece->value != BLUEPRINT_NONE ? PART_VALUE : PART_OTHER;
}

static size_t text_bytes(const struct pieces *pieces)
{
    size_t sum = 0;
    for (size_t i = 0; i < pieces->n; i++)
        sum += pieces->items[i].kind == PIECE_TEXT ? pieces->items[i].text.len : 0;
    return sum;
}

/* Copies texts to `to`; the end of them. */
static char *fill_parts(const struct renderer *renderer, const struct pieces *pieces, struct part *parts, char *to)
{
    for (size_t i = 0; i < pieces->n; i++) {
        const struct piece *piece = &pieces->items[i];
        parts[i] = (struct part){.kind = kind_of(renderer, piece), .text = to};
        if (parts[i].kind != PART_TEXT)
            continue;
        parts[i].len = piece->text.len;
        if (piece->text.len > 0)
            memcpy(to, piece->text.data, piece->text.len);
        to += piece->text.len;
    }
    return to;
}

static int make_parts(struct renderer *renderer)
{
    const struct pieces *headers = &renderer->blueprint->header_pieces,
                        *messages = &renderer->blueprint->message_pieces;
    renderer->header_parts = alloc_array(headers->n, sizeof *renderer->header_parts);
    renderer->message_parts = alloc_array(messages->n, sizeof *renderer->message_parts);
    renderer->texts = alloc_zeroed(text_bytes(headers) + text_bytes(messages) + SHORT, 1);
    if (renderer->header_parts == NULL || renderer->message_parts == NULL || renderer->texts == NULL)
        return LW_ERR_MEMORY;
    fill_parts(renderer, messages, renderer->message_parts,
               fill_parts(renderer, headers, renderer->header_parts, renderer->texts));
    return 0;
}

/* ---- order --------------------------------------------------------------------------------------------------------
 */

/* Puts events of the same time in order. */
static int order_ties(const struct renderer *renderer)
{
    const struct trace_set *set = &renderer->generated->traces;
    struct tied *tied = NULL;
    size_t cap = 0;
    for (size_t i = 0, end = 0; i < set->n_events; i = end) {
        int64_t time_us = set->times_us[renderer->order[i]];
        while (end < set->n_events && set->times_us[renderer->order[end]] == time_us)
            end++;
        if (end - i < 2)
            continue;
        if (alloc_grow(&tied, &cap, end - i, sizeof *tied) != 0) {
            free(tied);
            return LW_ERR_MEMORY;
        }
        for (size_t k = i; k < end; k++) {
            uint32_t event = renderer->order[k];
            tied[k - i] = (struct tied){renderer->trace_of[event], event, set->templates[event], 0};
        }
        ties_order(&renderer->blueprint->ties, renderer->seed, renderer->generated->first_event, tied, end - i);
        for (size_t k = i; k < end; k++)
            renderer->order[k] = tied[k - i].event;
    }
    free(tied);
    return 0;
}

static int sort_events(struct renderer *renderer)
{
    const struct trace_set *set = &renderer->generated->traces;
    renderer->order = alloc_array(set->n_events, sizeof *renderer->order);
    renderer->trace_of = alloc_array(set->n_events, sizeof *renderer->trace_of);
    if (renderer->order == NULL || renderer->trace_of == NULL ||
        moments_order(set, renderer->order, renderer->trace_of) != 0)
        return LW_ERR_MEMORY;
    return renderer->blueprint->ties.strengths != NULL ? order_ties(renderer) : 0;
}

size_t renderer_event(const struct renderer *renderer, size_t position)
{
    return renderer->order[position];
}

size_t renderer_trace(const struct renderer *renderer, size_t event)
{
    return renderer->trace_of[event];
}

/* What a record is made from lies scattered: by the time it is asked for it has been fetched. */
void renderer_expect(const struct renderer *renderer, size_t position)
{
#ifdef __GNUC__
    const struct trace_set *set = &renderer->generated->traces;
    size_t left = set->n_events - position;
    if (left > EVENTS_AHEAD) {
        uint32_t event = renderer->order[position + EVENTS_AHEAD];
        __builtin_prefetch(&renderer->trace_of[event]);
        __builtin_prefetch(&set->templates[event]);
        __builtin_prefetch(&set->times_us[event]);
        __builtin_prefetch(&renderer->generated->event_kinds[event]);
    }
    if (left > NAMES_AHEAD)
        __builtin_prefetch(&set->names.strings[renderer->trace_of[renderer->order[position + NAMES_AHEAD]]]);
    if (left > TEXTS_AHEAD)
        __builtin_prefetch(set->names.strings[renderer->trace_of[renderer->order[position + TEXTS_AHEAD]]].data);
#else
    (void)renderer;
    (void)position;
#endif
}

/* ---- one record ---------------------------------------------------------------------------------------------------
 */

struct spot { /* what is being rendered */
    const struct renderer *renderer;
    struct render_scratch *scratch;
    size_t event;
    uint32_t trace;
    size_t template_index; /* of the event, or of the neighbour whose surroundings an unknown one takes */
    struct lw_bytes name;  /* of the trace */
    struct rng rng;
};

static void render_time(struct spot *spot, const struct piece *piece, int64_t time_us, struct buf *out)
{
    struct timestamp_memo *memo = &spot->scratch->times[((uintptr_t)piece / sizeof *piece) % RENDER_TIMES];
    if (buf_reserve(out, TIMESTAMP_MAX) != 0)
        return;
    out->len +=
        timestamp_print_near(memo, &piece->layout, time_us + piece->shift_us, piece->zone_s, out->data + out->len);
    out->data[out->len] = '\0';
}

static void render_piece(struct spot *spot, const struct piece *piece, struct buf *out)
{
    const struct blueprint *blueprint = spot->renderer->blueprint;
    int64_t time_us = spot->renderer->generated->traces.times_us[spot->event];
    uint32_t shared = piece->kind == PIECE_SHARED ? piece->shared
                      : piece->kind == PIECE_FIELD
                          ? blueprint_field_shared(blueprint, spot->template_index, piece->field)
                          : BLUEPRINT_NONE;
    if (shared != BLUEPRINT_NONE) {
        blueprint_draw_shared(blueprint, witness_of(&spot->renderer->witness, shared, spot->trace),
                              spot->renderer->seed, spot->renderer->generated->first_trace + spot->trace, spot->name,
                              out);
    } else if (piece->kind == PIECE_TIME && time_us != LW_NO_TIME) {
        render_time(spot, piece, time_us, out);
    } else if (drawing_is_related(&spot->renderer->drawing, piece)) {
        drawing_put_value(&spot->renderer->drawing, spot->trace, spot->event, piece, out);
    } else if (piece->value != BLUEPRINT_NONE) {
        value_model_draw_one(&blueprint->values[piece->value], drawing_number(&spot->renderer->drawing, spot->event),
                             &spot->rng, out);
    }
}

static void put_text(const struct part *part, struct buf *out)
{
    if (buf_reserve(out, part->len > SHORT ? part->len : SHORT) != 0)
        return;
    if (part->len <= SHORT)
        memcpy(out->data + out->len, part->text, SHORT);
    else
        memcpy(out->data + out->len, part->text, part->len);
    out->len += part->len;
    out->data[out->len] = '\0';
}

static void render_part(struct spot *spot, const struct part *part, const struct piece *piece, struct buf *out)
{
    const struct blueprint *blueprint = spot->renderer->blueprint;
    switch (part->kind) {
    case PART_TEXT:
        put_text(part, out);
        return;
    case PART_KEY:
        buf_add(out, spot->name.data, spot->name.len);
        return;
    case PART_FIELD:
        if (blueprint_field_shared(blueprint, spot->template_index, piece->field) != BLUEPRINT_NONE)
            render_piece(spot, piece, out);
        else if (piece->value != BLUEPRINT_NONE)
            value_model_draw_one(&blueprint->values[piece->value],
                                 drawing_number(&spot->renderer->drawing, spot->event), &spot->rng, out);
        return;
    case PART_VALUE:
        value_model_draw_one(&blueprint->values[piece->value], drawing_number(&spot->renderer->drawing, spot->event),
                             &spot->rng, out);
        return;
    case PART_OTHER:
        render_piece(spot, piece, out);
        return;
    }
}

/* One of the parameters of a message where an outlier shows; SIZE_MAX: there is none. */
static size_t draw_parameter(struct spot *spot, const struct wording *wording)
{
    size_t drawn = SIZE_MAX, n = 0;
    for (size_t i = wording->first; i < wording->first + wording->n; i++)
        if (outlier_shows(spot->renderer->blueprint, wording, i) && rng_below(&spot->rng, ++n) == 0)
            drawn = i;
    return drawn;
}

/* Appends the message of a choice, or of an unknown event. */
static void render_message(struct spot *spot, const struct choice *choice, bool is_unknown, struct buf *out)
{
    const struct blueprint *blueprint = spot->renderer->blueprint;
    if (is_unknown) {
        unknown_print(&blueprint->unknown, spot->name, &spot->rng, out);
        return;
    }
    const struct wording *wording = &blueprint->wordings[choice->wording];
    size_t odd = spot->renderer->generated->event_kinds[spot->event] == ANOMALY_PARAMETER
                     ? draw_parameter(spot, wording)
                     : SIZE_MAX;
    struct render_scratch *scratch = spot->scratch;
    size_t start = out->len;
    for (size_t i = 0; i < wording->n; i++) {
        const struct piece *piece = &blueprint->message_pieces.items[wording->first + i];
        if (wording->first + i == odd)
            outlier_print(&blueprint->values[piece->value], outlier_largest(blueprint, piece->place), &spot->rng, out);
        else
            render_part(spot, &spot->renderer->message_parts[wording->first + i], piece, out);
        if (i < RENDER_PIECES)
            scratch->piece_ends[i] = out->len - start;
    }
    scratch->wording = choice->wording;
    scratch->n_pieces = odd == SIZE_MAX && wording->n <= RENDER_PIECES ? wording->n : 0;
}

static void note_field(const struct spot *spot, const char *name, size_t start)
{
    struct render_scratch *scratch = spot->scratch;
    struct lw_record *record = &scratch->record;
    if (record->n_fields < LW_MAX_FIELDS)
        record->fields[record->n_fields++] = (struct lw_field){name, start, scratch->text.len - start};
}

/* Where headers and messages do not belong together: that of another event. */
static const struct header *find_header(const struct spot *spot, const struct choice *choice)
{
    const struct blueprint *blueprint = spot->renderer->blueprint;
    const struct generated *generated = spot->renderer->generated;
    struct rng rng;
    if (generated->has_any_header) {
        rng_init(&rng, spot->renderer->seed, PURPOSE_HEADER, generated->first_event + spot->event);
        uint32_t other = generated->traces.templates[rng_below(&rng, generated->traces.n_events)];
        ptrdiff_t index = templates_index(blueprint->templates, other);
        const struct choice *its =
            index < 0 ? NULL : drawing_choose(&spot->renderer->drawing, SIZE_MAX, (size_t)index, &rng);
        choice = its != NULL ? its : choice;
    }
    return &blueprint->headers[choice->header];
}

static void render_parts(struct spot *spot, const struct choice *choice, bool is_unknown,
                         struct render_scratch *scratch)
{
    const struct blueprint *blueprint = spot->renderer->blueprint;
    const struct header *header = find_header(spot, choice);
    scratch->level = header->level;
    for (size_t i = header->first; i < header->first + header->n; i++) {
        const struct piece *piece = &blueprint->header_pieces.items[i];
        size_t start = scratch->text.len;
        if (piece->kind == PIECE_MESSAGE) {
            render_message(spot, choice, is_unknown, &scratch->text);
            scratch->record.message_start = start;
            scratch->record.message_len = scratch->text.len - start;
            continue;
        }
        render_part(spot, &spot->renderer->header_parts[i], piece, &scratch->text);
        if (piece->field != BLUEPRINT_NONE && spot->renderer->needs_fields)
            note_field(spot, intern_get(&blueprint->fields, piece->field).data, start);
        if (i == header->component) {
            scratch->component = piece->text;
            if (spot->renderer->needs_fields)
                note_field(spot, "component", start);
        }
    }
}

/* text[start .. start + len] becomes `with`; spans behind it move. */
static void replace(struct render_scratch *scratch, size_t start, size_t len, struct lw_bytes with)
{
    struct lw_record *record = &scratch->record;
    struct buf *text = &scratch->text;
    scratch->n_pieces = 0;
    if (buf_reserve(text, with.len) != 0) {
        text->has_failed = true;
        return;
    }
    memmove(text->data + start + with.len, text->data + start + len, text->len - start - len + 1);
    memcpy(text->data + start, with.data, with.len);
    text->len = text->len - len + with.len;
    size_t *starts[LW_MAX_FIELDS + 1], *lens[LW_MAX_FIELDS + 1], n = 0;
    for (size_t i = 0; i < record->n_fields; i++, n++) {
        starts[n] = &record->fields[i].start;
        lens[n] = &record->fields[i].len;
    }
    starts[n] = &record->message_start;
    lens[n++] = &record->message_len;
    for (size_t i = 0; i < n; i++) {
        if (*starts[i] > start)
            *starts[i] = *starts[i] - len + with.len;
        else if (*starts[i] + *lens[i] >= start + len)
            *lens[i] = *lens[i] - len + with.len;
    }
}

/* Puts the trace's name where the rule finds another. *has_name: the rule finds it in the end. */
static int replace_names(const struct spot *spot, struct render_scratch *scratch, bool *has_name, struct lw_error *err)
{
    struct lw_record *record = &scratch->record;
    *has_name = true;
    for (int i = 0; i < MAX_REPLACED && buf_status(&scratch->text) == 0; i++) {
        const struct lw_bytes *other = NULL;
        record->raw = (struct lw_bytes){scratch->text.data, scratch->text.len};
        record->time_us = spot->renderer->generated->traces.times_us[spot->event];
        int rc =
            trace_rule_keys(spot->renderer->blueprint->rule, record, (struct lw_bytes){"", 0}, &scratch->keys, err);
        if (rc != 0)
            return rc;
        for (size_t j = 0; j < scratch->keys.n && other == NULL; j++) {
            const struct lw_bytes *key = &scratch->keys.keys[j];
            bool is_own = key->len == spot->name.len && memcmp(key->data, spot->name.data, key->len) == 0;
            bool is_inside =
                key->data >= record->raw.data && key->data + key->len <= record->raw.data + record->raw.len;
            if (!is_own && is_inside)
                other = key;
        }
        *has_name = scratch->keys.n > 0;
        if (other == NULL)
            return 0;
        replace(scratch, (size_t)(other->data - record->raw.data), other->len, spot->name);
    }
    return 0;
}

/* An unknown event takes the surroundings of a neighbour. */
static size_t find_template(const struct spot *spot)
{
    const struct trace_set *set = &spot->renderer->generated->traces;
    uint32_t id = set->templates[spot->event];
    if (id == LW_TEMPLATE_UNKNOWN && spot->event > set->first[spot->trace])
        id = set->templates[spot->event - 1];
    else if (id == LW_TEMPLATE_UNKNOWN && spot->event + 1 < set->first[spot->trace + 1])
        id = set->templates[spot->event + 1];
    ptrdiff_t index = templates_index(spot->renderer->blueprint->templates, id);
    return index < 0 ? 0 : (size_t)index;
}

/* One way to write the event; attempts differ. */
static int render_attempt(struct spot *spot, unsigned attempt, struct render_scratch *scratch, bool *has_name,
                          struct lw_error *err)
{
    const struct renderer *renderer = spot->renderer;
    bool is_unknown = renderer->generated->traces.templates[spot->event] == LW_TEMPLATE_UNKNOWN;
    rng_init(&spot->rng, renderer->seed, PURPOSE_RECORD + (attempt << 16),
             renderer->generated->first_event + spot->event);
    buf_clear(&scratch->text);
    scratch->component = (struct lw_bytes){"", 0};
    scratch->n_pieces = 0;
    scratch->record.n_fields = 0;
    scratch->record.message_start = scratch->record.message_len = 0;
    const struct choice *choice =
        drawing_choose(&renderer->drawing, attempt == 0 ? spot->event : SIZE_MAX, spot->template_index, &spot->rng);
    if (choice != NULL)
        render_parts(spot, choice, is_unknown, scratch);
    *has_name = true;
    return renderer->blueprint->rule != NULL ? replace_names(spot, scratch, has_name, err) : 0;
}

const struct blueprint *renderer_blueprint(const struct renderer *renderer)
{
    return renderer->blueprint;
}

const struct generated *renderer_generated(const struct renderer *renderer)
{
    return renderer->generated;
}

size_t renderer_facet(const struct renderer *renderer, size_t event)
{
    const struct blueprint *blueprint = renderer->blueprint;
    ptrdiff_t index = templates_index(blueprint->templates, renderer->generated->traces.templates[event]);
    struct rng rng;
    rng_init(&rng, renderer->seed, PURPOSE_RECORD, event);
    const struct choice *choice = index < 0 ? NULL : drawing_choose(&renderer->drawing, event, (size_t)index, &rng);
    return choice == NULL ? SIZE_MAX : blueprint->facets.of_choice[choice - blueprint->choices];
}

int render_record(const struct renderer *renderer, size_t event, struct render_scratch *scratch, struct lw_error *err)
{
    const struct trace_set *set = &renderer->generated->traces;
    struct spot spot = {.renderer = renderer, .scratch = scratch, .event = event, .trace = renderer->trace_of[event]};
    spot.name = intern_get(&set->names, spot.trace);
    spot.template_index = find_template(&spot);
    bool has_name = false;
    int rc = 0;
    for (unsigned attempt = 0; attempt < MAX_ATTEMPTS && rc == 0 && !has_name; attempt++)
        rc = render_attempt(&spot, attempt, scratch, &has_name, err);
    scratch->message_start = scratch->record.message_start;
    scratch->message_len = scratch->record.message_len;
    if (rc == 0 && buf_status(&scratch->text) != 0)
        rc = fail_memory(err, "rendering records");
    return rc;
}

/* ---- making -------------------------------------------------------------------------------------------------------
 */

int renderer_new(const struct blueprint *blueprint, const struct generated *generated, uint64_t seed,
                 struct renderer **out, struct lw_error *err)
{
    if (generated->traces.n_events >= UINT32_MAX)
        return fail(err, LW_ERR_LIMIT, "%zu events: at most %u can be written at once", generated->traces.n_events,
                    UINT32_MAX - 1);
    struct renderer *renderer = alloc_zeroed(1, sizeof *renderer);
    if (renderer == NULL)
        return fail_memory(err, "rendering records");
    renderer->blueprint = blueprint;
    renderer->generated = generated;
    renderer->seed = seed;
    renderer->needs_fields = blueprint->rule != NULL && trace_rule_needs_fields(blueprint->rule);
    if (weigh_choices(renderer) != 0 || sort_events(renderer) != 0 ||
        witness_init(&renderer->witness, blueprint, &generated->traces) != 0) {
        renderer_free(renderer);
        return fail_memory(err, "rendering records");
    }
    renderer->drawing = (struct drawing){.blueprint = blueprint,
                                         .generated = generated,
                                         .seed = seed,
                                         .sums = renderer->sums,
                                         .witness = &renderer->witness};
    if (phrasing_init(&renderer->phrasing, &renderer->drawing) != 0 || make_parts(renderer) != 0) {
        renderer_free(renderer);
        return fail_memory(err, "rendering records");
    }
    *out = renderer;
    return 0;
}

void renderer_free(struct renderer *renderer)
{
    if (renderer == NULL)
        return;
    free(renderer->header_parts);
    free(renderer->message_parts);
    free(renderer->texts);
    free(renderer->sums);
    free(renderer->order);
    free(renderer->trace_of);
    witness_release(&renderer->witness);
    phrasing_release(&renderer->phrasing);
    free(renderer);
}
