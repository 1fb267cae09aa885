/*
 * A template is drawn as one of the member sequences it was learned from, in one of the skeletons that sequence came
 * with, so what is read back masks to a known sequence and comes out as the same template. Sequences and skeletons are
 * compiled once into lists of pieces: literal text, a value of a pool, a value the trace shares, the time.
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
#include "generate/links.h"
#include "generate/purpose.h"
#include "generate/unknown.h"
#include "input/timestamp_reader.h"

#define MAX_REPLACED 64 /* names in one record */
#define MAX_ATTEMPTS 16 /* at a record that the rule gives to its trace */
#define TIME_VALUES  64 /* of a slot, to find their layout by */

enum piece_kind { PIECE_TEXT, PIECE_POOL, PIECE_SHARED, PIECE_FIELD, PIECE_TIME, PIECE_MESSAGE };
struct piece {
    enum piece_kind kind;
    uint32_t field;          /* of a header's slot: its id in links.variables.fields, else INTERN_NONE */
    uint32_t class;          /* PIECE_SHARED */
    struct lw_bytes text;    /* PIECE_TEXT */
    const struct pool *pool; /* PIECE_POOL, and PIECE_TIME for events without a time */
    struct timestamp_layout layout;
    int32_t zone_s;
    int64_t shift_us;
};
struct piece_list {
    struct piece *items;
    size_t n, cap;
};
struct header {
    enum lw_level level;
    size_t component; /* piece that is the component's text, or SIZE_MAX */
    size_t first, n;  /* in header_pieces */
};
struct choice { /* a way to write a template */
    uint32_t sequence, skeleton;
    double sum; /* of weights up to and with it */
};

struct renderer {
    const struct model *model;
    const struct generated *generated;
    uint64_t seed;
    struct links links;
    struct trace_rule *rule; /* NULL when names do not stand in the text */
    struct arena arena;
    struct piece_list message_pieces, header_pieces;
    size_t *message_first;  /* [n_sequences + 1] */
    struct header *headers; /* [n_skeletons], at least one */
    struct choice *choices;
    size_t n_choices, cap_choices;
    size_t *choice_first; /* [n_templates + 1] */
    uint32_t *order;      /* [n_events] */
    uint32_t *trace_of;   /* [n_events] */
    struct unknown_message unknown;
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

/* ---- compiling ----------------------------------------------------------------------------------------------------
 */

static int add_piece(struct piece_list *list, const struct piece *piece)
{
    if (alloc_grow(&list->items, &list->cap, list->n + 1, sizeof *list->items) != 0)
        return LW_ERR_MEMORY;
    list->items[list->n++] = *piece;
    return 0;
}

/* Takes over what literal holds. */
static int add_text(struct renderer *renderer, struct piece_list *list, struct buf *literal)
{
    if (buf_status(literal) != 0)
        return LW_ERR_MEMORY;
    if (literal->len == 0)
        return 0;
    const char *text = arena_copy(&renderer->arena, literal->data, literal->len);
    struct piece piece = {.kind = PIECE_TEXT, .field = INTERN_NONE, .text = {text, literal->len}};
    buf_clear(literal);
    return text == NULL ? LW_ERR_MEMORY : add_piece(list, &piece);
}

/* White space before a token. A token that holds the lines after the first starts on a line of its own. */
static const char *space_before(const struct sequence_token *token, size_t index)
{
    bool is_line = token->mask == MASK_QUOTED && index + 1 < MASK_MAX_TOKENS;
    static const char *const blanks[] = {"", " ", "  "}, *const lines[] = {"", "\n", "\n\t"};
    return (is_line ? lines : blanks)[token->space > 2 ? 2 : token->space];
}

static int compile_message(struct renderer *renderer, uint32_t sequence, struct buf *literal)
{
    const struct counts *counts = renderer->model->counts;
    struct sequence_token tokens[MASK_MAX_TOKENS];
    size_t n = sequence_tokens(&counts->sequences, sequence, tokens, MASK_MAX_TOKENS);
    const struct pool *pool = counts->params + counts->param_first[sequence];
    int rc = 0;
    for (size_t i = 0; i < n && rc == 0; i++) {
        uint32_t class = links_token(&renderer->links, sequence, i);
        bool is_value = tokens[i].mask != MASK_NONE;
        buf_add_text(literal, space_before(&tokens[i], i));
        if (!is_value && class == LINK_NONE) {
            buf_add(literal, tokens[i].text.data, tokens[i].text.len);
            continue;
        }
        struct piece piece = {.kind = class == LINK_NONE ? PIECE_POOL : PIECE_SHARED,
                              .field = INTERN_NONE,
                              .class = class,
                              .pool = is_value ? pool : NULL};
        pool += is_value;
        rc = add_text(renderer, &renderer->message_pieces, literal);
        if (rc == 0)
            rc = add_piece(&renderer->message_pieces, &piece);
    }
    return rc == 0 ? add_text(renderer, &renderer->message_pieces, literal) : rc;
}

/* The layout that the values of a slot have, if the first is a time; they tell together what is day and what month. */
static bool find_layout(const struct pool *pool, struct timestamp *time)
{
    struct timestamp_votes votes = {.n = 0};
    struct timestamp_layout layout;
    for (size_t i = 0; i < pool->n && i < TIME_VALUES; i++)
        timestamp_vote(&votes, pool->values[i].text, pool->values[i].len);
    return timestamp_elect(&votes, &layout) &&
           timestamp_parse_whole(pool->values[0].text, pool->values[0].len, &layout, time);
}

static void plan_slot(const struct renderer *renderer, const struct pool *pool, struct piece *piece)
{
    struct timestamp time;
    bool is_time = renderer->links.is_time[piece->field] && pool->n > 0 && find_layout(pool, &time);
    piece->pool = pool;
    piece->kind = is_time ? PIECE_TIME : PIECE_FIELD;
    if (is_time) {
        piece->layout = time.layout;
        piece->zone_s = time.zone_s;
        piece->shift_us = renderer->links.time_shift_us[piece->field];
    }
}

static int compile_header(struct renderer *renderer, uint32_t id)
{
    const struct layouts *layouts = &renderer->model->counts->layouts;
    struct header *header = &renderer->headers[id];
    struct skeleton skeleton;
    layout_skeleton(layouts, id, &skeleton);
    *header = (struct header){skeleton.level, SIZE_MAX, renderer->header_pieces.n, skeleton.n_parts};
    for (size_t i = 0, slot = 0; i < skeleton.n_parts; i++) {
        const struct layout_part *part = &skeleton.parts[i];
        struct piece piece = {.kind = part->kind == LAYOUT_MESSAGE ? PIECE_MESSAGE : PIECE_TEXT,
                              .field = INTERN_NONE,
                              .text = part->text};
        if (part->kind == LAYOUT_SLOT) {
            piece.field = intern_find(&renderer->links.variables.fields, part->text.data, part->text.len);
            plan_slot(renderer, &layouts->values[id].slots[slot++], &piece);
        }
        if (i == skeleton.component)
            header->component = renderer->header_pieces.n;
        if (add_piece(&renderer->header_pieces, &piece) != 0)
            return LW_ERR_MEMORY;
    }
    return 0;
}

/* No record came with a header that was short enough to keep: messages are written without. */
static int compile_no_header(struct renderer *renderer)
{
    struct piece message = {.kind = PIECE_MESSAGE, .field = INTERN_NONE};
    renderer->headers[0] = (struct header){LW_LEVEL_NONE, SIZE_MAX, renderer->header_pieces.n, 1};
    return add_piece(&renderer->header_pieces, &message);
}

static int add_choice(struct renderer *renderer, uint32_t sequence, uint32_t skeleton, double weight, double *sum)
{
    if (weight <= 0)
        return 0;
    if (alloc_grow(&renderer->choices, &renderer->cap_choices, renderer->n_choices + 1, sizeof *renderer->choices) != 0)
        return LW_ERR_MEMORY;
    *sum += weight;
    renderer->choices[renderer->n_choices++] = (struct choice){sequence, skeleton, *sum};
    return 0;
}

/* How often each sequence is an event of a trace. Records that belong to no trace may look otherwise: the trace's name
 * is what they lack. */
static uint64_t *count_events(const struct counts *counts)
{
    uint64_t *events = alloc_zeroed(counts->sequences.keys.count, sizeof *events);
    for (size_t t = 0; t < counts->trace_names.count && events != NULL; t++)
        for (size_t i = 0; i < counts->traces[t].n; i++)
            events[counts->traces[t].events[i].sequence]++;
    return events;
}

/* Ways to write one template: its sequences by how often they are events, in the skeletons they came with, times the
 * odds of the level that was asked for. */
static int compile_choices(struct renderer *renderer, size_t index, const uint64_t *events, uint32_t common)
{
    const struct counts *counts = renderer->model->counts;
    const struct template_item *item = &renderer->model->templates.items[index];
    double sum = 0;
    renderer->choice_first[index] = renderer->n_choices;
    for (size_t i = 0; i < item->n_sequences; i++) {
        uint32_t s = item->sequences[i];
        size_t n = s < counts->layouts.n_sequences ? counts->layouts.by_sequence[s].n : 0;
        double share = (double)events[s] / (double)counts->sequences.stats[s].count;
        int rc = n == 0 ? add_choice(renderer, s, common, (double)events[s], &sum) : 0;
        for (size_t j = 0; j < n && rc == 0; j++) {
            const struct skeleton_count *way = &counts->layouts.by_sequence[s].items[j];
            double odds = renderer->generated->level_weights[renderer->headers[way->skeleton].level];
            rc = add_choice(renderer, s, way->skeleton, (double)way->count * share * odds, &sum);
        }
        if (rc != 0)
            return rc;
    }
    return 0;
}

/* The skeleton that most records have. */
static uint32_t find_common(const struct layouts *layouts, uint64_t *counts)
{
    uint32_t best = 0;
    for (size_t s = 0; s < layouts->n_sequences; s++)
        for (size_t i = 0; i < layouts->by_sequence[s].n; i++) {
            const struct skeleton_count *way = &layouts->by_sequence[s].items[i];
            counts[way->skeleton] += way->count;
        }
    for (uint32_t i = 0; i < layouts->skeletons.count; i++)
        if (counts[i] > counts[best])
            best = i;
    return best;
}

static int compile(struct renderer *renderer)
{
    const struct model *model = renderer->model;
    size_t n_sequences = model->counts->sequences.keys.count, n_skeletons = model->counts->layouts.skeletons.count;
    uint64_t *counts = alloc_zeroed(n_skeletons, sizeof *counts), *events = count_events(model->counts);
    struct buf literal = BUF_INIT;
    renderer->message_first = alloc_array(n_sequences + 1, sizeof *renderer->message_first);
    renderer->headers = alloc_array(n_skeletons + 1, sizeof *renderer->headers);
    renderer->choice_first = alloc_array(model->templates.n + 1, sizeof *renderer->choice_first);
    bool is_out = counts == NULL || events == NULL || renderer->message_first == NULL || renderer->headers == NULL ||
                  renderer->choice_first == NULL;
    int rc = is_out ? LW_ERR_MEMORY : 0;
    for (uint32_t i = 0; i < n_skeletons && rc == 0; i++)
        rc = compile_header(renderer, i);
    if (n_skeletons == 0 && rc == 0)
        rc = compile_no_header(renderer);
    for (uint32_t s = 0; s < n_sequences && rc == 0; s++) {
        renderer->message_first[s] = renderer->message_pieces.n;
        rc = compile_message(renderer, s, &literal);
    }
    uint32_t common = rc == 0 ? find_common(&model->counts->layouts, counts) : 0;
    for (size_t i = 0; i < model->templates.n && rc == 0; i++)
        rc = compile_choices(renderer, i, events, common);
    if (rc == 0) {
        renderer->message_first[n_sequences] = renderer->message_pieces.n;
        renderer->choice_first[model->templates.n] = renderer->n_choices;
    }
    free(counts);
    free(events);
    buf_release(&literal);
    return rc;
}

/* ---- order --------------------------------------------------------------------------------------------------------
 */

struct moment {
    int64_t time_us;
    uint32_t event;
};

static int by_moment(const void *a, const void *b)
{
    const struct moment *x = a, *y = b;
    if (x->time_us != y->time_us)
        return x->time_us > y->time_us ? 1 : -1;
    return (x->event > y->event) - (x->event < y->event);
}

static int sort_events(struct renderer *renderer)
{
    const struct trace_set *set = &renderer->generated->traces;
    struct moment *moments = alloc_array(set->n_events, sizeof *moments);
    renderer->order = alloc_array(set->n_events, sizeof *renderer->order);
    renderer->trace_of = alloc_array(set->n_events, sizeof *renderer->trace_of);
    if (moments == NULL || renderer->order == NULL || renderer->trace_of == NULL) {
        free(moments);
        return LW_ERR_MEMORY;
    }
    for (uint32_t t = 0; t < set->n_traces; t++)
        for (size_t i = set->first[t]; i < set->first[t + 1]; i++) {
            renderer->trace_of[i] = t;
            moments[i] = (struct moment){set->times_us[i], (uint32_t)i};
        }
    qsort(moments, set->n_events, sizeof *moments, by_moment);
    for (size_t i = 0; i < set->n_events; i++)
        renderer->order[i] = moments[i].event;
    free(moments);
    return 0;
}

size_t renderer_event(const struct renderer *renderer, size_t position)
{
    return renderer->order[position];
}

size_t renderer_trace(const struct renderer *renderer, size_t event)
{
    return renderer->trace_of[event];
}

/* ---- one record ---------------------------------------------------------------------------------------------------
 */

struct spot { /* what is being rendered */
    const struct renderer *renderer;
    size_t event;
    uint32_t trace;
    size_t template_index; /* of the event, or of the neighbour whose surroundings an unknown one takes */
    struct lw_bytes name;  /* of the trace */
    struct rng rng;
};

static void render_piece(struct spot *spot, const struct piece *piece, struct buf *out)
{
    const struct renderer *renderer = spot->renderer;
    int64_t time_us = renderer->generated->traces.times_us[spot->event];
    uint32_t class = piece->kind == PIECE_SHARED  ? piece->class
                     : piece->kind == PIECE_FIELD ? links_field(&renderer->links, spot->template_index, piece->field)
                                                  : LINK_NONE;
    if (piece->kind == PIECE_TEXT) {
        buf_add(out, piece->text.data, piece->text.len);
    } else if (class != LINK_NONE) {
        links_draw(&renderer->links, class, renderer->seed, spot->trace, spot->name, out);
    } else if (piece->kind == PIECE_TIME && time_us != LW_NO_TIME) {
        char text[TIMESTAMP_MAX];
        size_t len = timestamp_print(&piece->layout, time_us + piece->shift_us, 0, piece->zone_s, text);
        buf_add(out, text, len);
    } else if (piece->pool != NULL) {
        links_draw_value(piece->pool, &spot->rng, out);
    }
}

/* Appends the message of a choice, or of an unknown event. */
static void render_message(struct spot *spot, const struct choice *choice, bool is_unknown, struct buf *out)
{
    const struct renderer *renderer = spot->renderer;
    if (is_unknown) {
        unknown_print(&renderer->unknown, spot->name, &spot->rng, out);
        return;
    }
    for (size_t i = renderer->message_first[choice->sequence]; i < renderer->message_first[choice->sequence + 1]; i++)
        render_piece(spot, &renderer->message_pieces.items[i], out);
}

static void note_field(struct render_scratch *scratch, const char *name, size_t start)
{
    struct lw_record *record = &scratch->record;
    if (record->n_fields < LW_MAX_FIELDS)
        record->fields[record->n_fields++] = (struct lw_field){name, start, scratch->text.len - start};
}

static void render_parts(struct spot *spot, const struct choice *choice, bool is_unknown,
                         struct render_scratch *scratch)
{
    const struct renderer *renderer = spot->renderer;
    const struct header *header = &renderer->headers[choice->skeleton];
    scratch->level = header->level;
    for (size_t i = header->first; i < header->first + header->n; i++) {
        const struct piece *piece = &renderer->header_pieces.items[i];
        size_t start = scratch->text.len;
        if (piece->kind == PIECE_MESSAGE) {
            render_message(spot, choice, is_unknown, &scratch->text);
            scratch->record.message_start = start;
            scratch->record.message_len = scratch->text.len - start;
            continue;
        }
        render_piece(spot, piece, &scratch->text);
        if (piece->field != INTERN_NONE)
            note_field(scratch, intern_get(&renderer->links.variables.fields, piece->field).data, start);
        if (i == header->component) {
            scratch->component = piece->text;
            note_field(scratch, "component", start);
        }
    }
}

/* text[start .. start + len] becomes `with`; spans behind it move. */
static void replace(struct render_scratch *scratch, size_t start, size_t len, struct lw_bytes with)
{
    struct lw_record *record = &scratch->record;
    struct buf *text = &scratch->text;
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
        int rc = trace_rule_keys(spot->renderer->rule, record, (struct lw_bytes){"", 0}, &scratch->keys, err);
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
    ptrdiff_t index = templates_index(&spot->renderer->model->templates, id);
    return index < 0 ? 0 : (size_t)index;
}

static const struct choice *choose(struct spot *spot)
{
    const struct renderer *renderer = spot->renderer;
    size_t low = renderer->choice_first[spot->template_index];
    size_t high = renderer->choice_first[spot->template_index + 1];
    if (high == low)
        return NULL;
    double at = rng_uniform(&spot->rng) * renderer->choices[high - 1].sum;
    high--;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (renderer->choices[middle].sum <= at)
            low = middle + 1;
        else
            high = middle;
    }
    return &renderer->choices[low];
}

/* One way to write the event; attempts differ. */
static int render_attempt(struct spot *spot, unsigned attempt, struct render_scratch *scratch, bool *has_name,
                          struct lw_error *err)
{
    const struct renderer *renderer = spot->renderer;
    bool is_unknown = renderer->generated->traces.templates[spot->event] == LW_TEMPLATE_UNKNOWN;
    rng_init(&spot->rng, renderer->seed, PURPOSE_RECORD + (attempt << 16), spot->event);
    buf_clear(&scratch->text);
    scratch->component = (struct lw_bytes){"", 0};
    scratch->record.n_fields = 0;
    scratch->record.message_start = scratch->record.message_len = 0;
    const struct choice *choice = choose(spot);
    if (choice != NULL)
        render_parts(spot, choice, is_unknown, scratch);
    *has_name = true;
    return renderer->rule != NULL ? replace_names(spot, scratch, has_name, err) : 0;
}

int render_record(const struct renderer *renderer, size_t event, struct render_scratch *scratch, struct lw_error *err)
{
    const struct trace_set *set = &renderer->generated->traces;
    struct spot spot = {.renderer = renderer, .event = event, .trace = renderer->trace_of[event]};
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

/* Windows, folders and sources name traces by what does not stand in the record. */
static bool is_in_text(const char *rule)
{
    return strncmp(rule, "window:", 7) != 0 && strcmp(rule, "dir") != 0 && strcmp(rule, "source") != 0;
}

static int prepare(struct renderer *renderer, struct lw_error *err)
{
    const struct model *model = renderer->model;
    int rc = links_init(&renderer->links, model, err);
    if (rc == 0 && is_in_text(model->counts->trace_rule))
        rc = trace_rule_parse(model->counts->trace_rule, &renderer->rule, err);
    if (rc == 0 && (compile(renderer) != 0 || sort_events(renderer) != 0))
        rc = fail_memory(err, "rendering records");
    if (rc == 0)
        rc = unknown_find(&renderer->unknown, model, renderer->rule, err);
    return rc;
}

int renderer_new(const struct blueprint *blueprint, const struct generated *generated, uint64_t seed,
                 struct renderer **out, struct lw_error *err)
{
    if (generated->traces.n_events >= UINT32_MAX)
        return fail(err, LW_ERR_LIMIT, "%zu events: at most %u can be written at once", generated->traces.n_events,
                    UINT32_MAX - 1);
    struct renderer *renderer = alloc_zeroed(1, sizeof *renderer);
    if (renderer == NULL)
        return fail_memory(err, "rendering records");
    renderer->model = blueprint->model;
    renderer->generated = generated;
    renderer->seed = seed;
    int rc = prepare(renderer, err);
    if (rc != 0) {
        renderer_free(renderer);
        return rc;
    }
    *out = renderer;
    return 0;
}

void renderer_free(struct renderer *renderer)
{
    if (renderer == NULL)
        return;
    links_release(&renderer->links);
    trace_rule_free(renderer->rule);
    unknown_release(&renderer->unknown);
    free(renderer->message_pieces.items);
    free(renderer->header_pieces.items);
    free(renderer->message_first);
    free(renderer->headers);
    free(renderer->choices);
    free(renderer->choice_first);
    free(renderer->order);
    free(renderer->trace_of);
    arena_release(&renderer->arena);
    free(renderer);
}
