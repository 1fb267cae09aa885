/*
 * A template is drawn as one of the member sequences it was learned from, in one of the skeletons that sequence came
 * with, so what is read back masks to a known sequence and comes out as the same template. Sequences and skeletons are
 * compiled once into lists of pieces: literal text, a value of a place, a value the trace shares, the time. Values are
 * counted first, since how often one was seen says whether it may be shown.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "generate/blueprint_parts.h"
#include "generate/value_fit.h"

struct compiler {
    struct blueprint *out;
    const struct model *model;
    const struct links *links;
    const struct lw_constraints *constraints; /* or NULL */
    struct disguise *disguise;
    struct buf literal;
    struct buf constant; /* scratch: the literal with its identifiers replaced */
    struct lw_span spans[MASK_MAX_TOKENS];
    uint32_t *wordings; /* [sequences] or BLUEPRINT_NONE for one that is no event */
    uint64_t *events;   /* [sequences] how often each is an event of a trace */
    uint64_t *headers;  /* [skeletons] records of each */
};

/* ---- messages -----------------------------------------------------------------------------------------------------
 */

/* White space before a token. A token that holds the lines after the first starts on a line of its own. */
static const char *space_before(const struct sequence_token *token, size_t index)
{
    bool is_line = token->mask == MASK_QUOTED && index + 1 < MASK_MAX_TOKENS;
    static const char *const blanks[] = {"", " ", "  "}, *const lines[] = {"", "\n", "\n\t"};
    return (is_line ? lines : blanks)[token->space > 2 ? 2 : token->space];
}

static int add_values(struct compiler *compiler, const struct pool *pool, unsigned mask, uint32_t *id)
{
    struct blueprint *out = compiler->out;
    if (alloc_grow(&out->values, &out->cap_values, out->n_values + 1, sizeof *out->values) != 0)
        return LW_ERR_MEMORY;
    *id = (uint32_t)out->n_values;
    return value_model_fit(pool, mask, compiler->disguise, &out->arena, &out->values[out->n_values++]);
}

/* Moves the literal so far into a piece. */
static int end_literal(struct compiler *compiler)
{
    struct lw_bytes text = {compiler->literal.data, compiler->literal.len};
    if (buf_status(&compiler->literal) != 0)
        return LW_ERR_MEMORY;
    if (text.len == 0)
        return 0;
    buf_clear(&compiler->constant);
    if (disguise_constant(compiler->disguise, text, &compiler->constant) != 0 ||
        blueprint_add_text(compiler->out, &compiler->out->message_pieces, compiler->constant.data,
                           compiler->constant.len) != 0)
        return LW_ERR_MEMORY;
    buf_clear(&compiler->literal);
    return 0;
}

/* A literal token in a slot is a value. */
static bool is_in_slot(const struct compiler *compiler, size_t n_slots, size_t token)
{
    for (size_t i = 0; i < n_slots; i++)
        if (token >= compiler->spans[i].start && token < compiler->spans[i].start + compiler->spans[i].len)
            return true;
    return false;
}

/* Which tokens of a sequence its template has slots for. */
static int find_spans(struct compiler *compiler, uint32_t sequence, size_t *n_slots)
{
    const struct templates *templates = &compiler->model->templates;
    ptrdiff_t index = templates_index(templates, templates->of_sequence[sequence]);
    *n_slots = index < 0 ? 0 : templates->items[index].n_slots;
    return *n_slots == 0 ? 0
                         : templates_align(templates, &compiler->model->counts->sequences, (size_t)index, sequence,
                                           compiler->spans, NULL);
}

/* Whether other values have to do with that of a place. */
static bool has_to_do(const struct blueprint *blueprint, uint32_t place)
{
    return place != BLUEPRINT_NONE &&
           (blueprint->related[place].kind != RELATED_NONE || blueprint->related[place].is_other);
}

static int compile_token(struct compiler *compiler, const struct sequence_token *token, uint32_t class, uint32_t place,
                         bool is_constant, const struct pool *pool)
{
    struct piece piece = {.kind = class == LINK_NONE ? PIECE_VALUE : PIECE_SHARED,
                          .field = BLUEPRINT_NONE,
                          .shared = class,
                          .value = BLUEPRINT_NONE,
                          .place = place};
    struct lw_bytes text = token->text;
    bool is_word = token->mask == MASK_NONE;
    if (is_word && !is_constant && disguise_value(compiler->disguise, token->text, &text) != 0)
        return LW_ERR_MEMORY;
    if (is_word && class == LINK_NONE && !has_to_do(compiler->out, place)) {
        buf_add(&compiler->literal, text.data, text.len);
        return 0;
    }
    if (is_word) {
        piece.kind = class == LINK_NONE ? PIECE_TEXT : PIECE_SHARED;
        piece.text = (struct lw_bytes){arena_copy(&compiler->out->arena, text.data, text.len), text.len};
    }
    if (end_literal(compiler) != 0 || (is_word && piece.text.data == NULL))
        return LW_ERR_MEMORY;
    bool has_values = class == LINK_NONE || (class != LINK_KEY && !compiler->links->classes[class].is_unique);
    if (!is_word && has_values && add_values(compiler, pool, token->mask, &piece.value) != 0)
        return LW_ERR_MEMORY;
    return blueprint_add_piece(&compiler->out->message_pieces, &piece);
}

/* The slot that a token lies in and that constraints have a rule for, or n_slots. */
static size_t find_ruled(const struct compiler *compiler, uint32_t sequence, size_t n_slots, size_t token)
{
    const struct lw_constraints *constraints = compiler->constraints;
    for (size_t i = 0; constraints != NULL && i < constraints->n_values; i++) {
        const struct value_rule *rule = &constraints->values[i];
        if (rule->template_id != compiler->model->templates.of_sequence[sequence] || rule->slot >= n_slots)
            continue;
        const struct lw_span *span = &compiler->spans[rule->slot];
        if (token >= span->start && token < span->start + span->len)
            return rule->slot;
    }
    return n_slots;
}

/* A slot that has a rule is one value whatever its tokens; the first of them says where. */
static int compile_ruled(struct compiler *compiler, const struct sequence_token *token, size_t token_index,
                         uint32_t place, size_t slot, const struct pool *pool)
{
    struct piece piece = {.kind = PIECE_VALUE, .field = BLUEPRINT_NONE, .place = place};
    struct pool word = POOL_INIT;
    if (token_index != compiler->spans[slot].start)
        return 0;
    int rc = end_literal(compiler);
    if (rc == 0 && token->mask == MASK_NONE)
        rc = pool_add(&word, token->text.data, token->text.len, 1);
    if (rc == 0)
        rc = add_values(compiler, token->mask == MASK_NONE ? &word : pool, token->mask, &piece.value);
    pool_release(&word);
    return rc == 0 ? blueprint_add_piece(&compiler->out->message_pieces, &piece) : rc;
}

static int compile_message(struct compiler *compiler, uint32_t sequence)
{
    const struct counts *counts = compiler->model->counts;
    struct blueprint *out = compiler->out;
    struct sequence_token tokens[MASK_MAX_TOKENS];
    size_t n = sequence_tokens(&counts->sequences, sequence, tokens, MASK_MAX_TOKENS), n_slots;
    const struct pool *pool = counts->params + counts->param_first[sequence];
    ptrdiff_t index = templates_index(&compiler->model->templates, compiler->model->templates.of_sequence[sequence]);
    size_t first_place = index < 0 ? 0 : out->place_first[index];
    int rc = find_spans(compiler, sequence, &n_slots);
    if (rc == 0)
        rc = blueprint_add_wording(out, &compiler->wordings[sequence]);
    for (size_t i = 0; i < n && rc == 0; i++) {
        size_t ruled = find_ruled(compiler, sequence, n_slots, i);
        if (ruled == n_slots || i == compiler->spans[ruled].start)
            buf_add_text(&compiler->literal, space_before(&tokens[i], i));
        if (ruled < n_slots)
            rc = compile_ruled(compiler, &tokens[i], i, (uint32_t)(first_place + ruled), ruled, pool);
        else
            rc = compile_token(compiler, &tokens[i], links_token(compiler->links, sequence, i),
                               variable_of_token(&compiler->links->variables, sequence, i),
                               !is_in_slot(compiler, n_slots, i), pool);
        pool += tokens[i].mask != MASK_NONE;
    }
    if (rc == 0)
        rc = end_literal(compiler);
    if (rc == 0) {
        struct wording *wording = &out->wordings[compiler->wordings[sequence]];
        wording->n = out->message_pieces.n - wording->first;
    }
    return rc;
}

/* ---- counting values ----------------------------------------------------------------------------------------------
 */

/* is_noted: the values are known as real ones alone, so that no fake is one of them. */
static int count_pool(struct compiler *compiler, struct lw_bytes name, const struct pool *pool, bool is_noted)
{
    int rc = 0;
    for (uint32_t i = 0; i < pool->n && rc == 0; i++)
        rc = disguise_count(compiler->disguise, name, value_text(&pool->values[i]),
                            is_noted ? 0 : pool->values[i].count);
    return rc;
}

static int count_message(struct compiler *compiler, uint32_t sequence)
{
    const struct counts *counts = compiler->model->counts;
    struct sequence_token tokens[MASK_MAX_TOKENS];
    size_t n = sequence_tokens(&counts->sequences, sequence, tokens, MASK_MAX_TOKENS), n_slots;
    const struct pool *pool = counts->params + counts->param_first[sequence];
    bool is_noted = compiler->events[sequence] == 0;
    int rc = find_spans(compiler, sequence, &n_slots);
    for (size_t i = 0; i < n && rc == 0; i++) {
        bool is_marked;
        struct lw_bytes name = known_names_key(tokens, i, &is_marked);
        if (tokens[i].mask != MASK_NONE)
            rc = count_pool(compiler, name, pool++, is_noted);
        else if (is_in_slot(compiler, n_slots, i))
            rc = disguise_count(compiler->disguise, name, tokens[i].text,
                                is_noted ? 0 : counts->sequences.stats[sequence].count);
    }
    return rc;
}

static int count_values(struct compiler *compiler)
{
    const struct counts *counts = compiler->model->counts;
    int rc = 0;
    for (uint32_t s = 0; s < counts->sequences.keys.count && rc == 0; s++)
        rc = count_message(compiler, s);
    for (size_t i = 0; i < compiler->model->templates.n && rc == 0; i++)
        rc = disguise_note_constant(compiler->disguise, compiler->model->templates.items[i].text);
    for (uint32_t i = 0; i < counts->layouts.skeletons.count && rc == 0; i++) {
        struct skeleton skeleton;
        layout_skeleton(&counts->layouts, i, &skeleton);
        for (size_t j = 0, slot = 0; j < skeleton.n_parts && rc == 0; j++)
            if (skeleton.parts[j].kind == LAYOUT_SLOT)
                rc = count_pool(compiler, skeleton.parts[j].text, &counts->layouts.values[i].slots[slot++], false);
    }
    return rc;
}

/* ---- headers ------------------------------------------------------------------------------------------------------
 */

static int plan_slot(struct compiler *compiler, const struct pool *pool, struct piece *piece)
{
    struct timestamp time;
    bool is_time = compiler->links->is_time[piece->field] && pool->n > 0 && value_find_layout(pool, &time);
    piece->kind = is_time ? PIECE_TIME : PIECE_FIELD;
    if (is_time) {
        piece->layout = time.layout;
        piece->zone_s = time.zone_s;
        piece->shift_us = compiler->links->time_shift_us[piece->field];
    }
    return add_values(compiler, pool, is_time ? MASK_TIME : MASK_NONE, &piece->value);
}

static int compile_header(struct compiler *compiler, uint32_t id)
{
    struct blueprint *out = compiler->out;
    const struct layouts *layouts = &compiler->model->counts->layouts;
    struct header *header = &out->headers[id];
    struct skeleton skeleton;
    int rc = 0;
    layout_skeleton(layouts, id, &skeleton);
    *header = (struct header){skeleton.level, SIZE_MAX, out->header_pieces.n, 0};
    for (size_t i = 0, slot = 0; i < skeleton.n_parts && rc == 0; i++) {
        const struct layout_part *part = &skeleton.parts[i];
        if (i == skeleton.component && part->text.len > 0)
            header->component = out->header_pieces.n;
        if (part->kind == LAYOUT_LITERAL) {
            buf_clear(&compiler->constant);
            rc = disguise_constant(compiler->disguise, part->text, &compiler->constant);
            if (rc == 0)
                rc = blueprint_add_text(out, &out->header_pieces, compiler->constant.data, compiler->constant.len);
            continue;
        }
        struct piece piece = {
            .kind = PIECE_MESSAGE, .field = BLUEPRINT_NONE, .value = BLUEPRINT_NONE, .place = BLUEPRINT_NONE};
        if (part->kind == LAYOUT_SLOT) {
            piece.field = intern_find(&out->fields, part->text.data, part->text.len);
            rc = plan_slot(compiler, &layouts->values[id].slots[slot++], &piece);
        }
        if (rc == 0)
            rc = blueprint_add_piece(&out->header_pieces, &piece);
    }
    header->n = out->header_pieces.n - header->first;
    return rc;
}

/* No record came with a header that was short enough to keep: messages are written without. */
static int compile_no_header(struct blueprint *out)
{
    struct piece message = {
        .kind = PIECE_MESSAGE, .field = BLUEPRINT_NONE, .value = BLUEPRINT_NONE, .place = BLUEPRINT_NONE};
    out->headers[0] = (struct header){LW_LEVEL_NONE, SIZE_MAX, out->header_pieces.n, 1};
    return blueprint_add_piece(&out->header_pieces, &message);
}

static int compile_headers(struct compiler *compiler)
{
    size_t n = compiler->model->counts->layouts.skeletons.count;
    struct blueprint *out = compiler->out;
    out->headers = alloc_array(n + 1, sizeof *out->headers);
    if (out->headers == NULL)
        return LW_ERR_MEMORY;
    out->n_headers = n > 0 ? n : 1;
    int rc = n == 0 ? compile_no_header(out) : 0;
    for (uint32_t i = 0; i < n && rc == 0; i++)
        rc = compile_header(compiler, i);
    return rc;
}

/* ---- choices ------------------------------------------------------------------------------------------------------
 */

/* How often each sequence is an event of a trace. Records that belong to no trace may look otherwise: the trace's name
 * is what they lack. */
static void count_events(const struct counts *counts, uint64_t *events)
{
    for (size_t t = 0; t < counts->trace_names.count; t++)
        for (size_t i = 0; i < counts->traces[t].n; i++)
            events[counts->traces[t].events[i].sequence]++;
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

/* Ways to write one template: its sequences by how often they are events, in the skeletons they came with. */
static int compile_choices(struct compiler *compiler, size_t index, uint32_t common)
{
    const struct counts *counts = compiler->model->counts;
    const struct template_item *item = &compiler->model->templates.items[index];
    for (size_t i = 0; i < item->n_sequences; i++) {
        uint32_t s = item->sequences[i];
        size_t n = s < counts->layouts.n_sequences ? counts->layouts.by_sequence[s].n : 0;
        double events = (double)compiler->events[s], share = events / (double)counts->sequences.stats[s].count;
        int rc = n == 0 ? blueprint_add_choice(compiler->out, compiler->wordings[s], common, events) : 0;
        for (size_t j = 0; j < n && rc == 0; j++) {
            const struct skeleton_count *way = &counts->layouts.by_sequence[s].items[j];
            rc = blueprint_add_choice(compiler->out, compiler->wordings[s], way->skeleton, (double)way->count * share);
        }
        if (rc != 0)
            return rc;
    }
    return 0;
}

static int compile_text(struct compiler *compiler, size_t index)
{
    struct buf *text = &compiler->constant;
    buf_clear(text);
    if (disguise_constant(compiler->disguise, compiler->model->templates.items[index].text, text) != 0)
        return LW_ERR_MEMORY;
    const char *copy = arena_copy(&compiler->out->arena, text->len > 0 ? text->data : "", text->len);
    compiler->out->texts[index] = (struct lw_bytes){copy, text->len};
    return copy == NULL ? LW_ERR_MEMORY : 0;
}

/* ---- what traces share --------------------------------------------------------------------------------------------
 */

/* The names of a class are drawn anew, so that only their patterns count: those of what stands for them, since what
 * identifiers have in common would let them be drawn again. */
static int find_names(struct compiler *compiler, const struct pool *pool, struct names *out)
{
    struct lw_bytes texts[POOL_KEEP];
    for (uint32_t i = 0; i < pool->n; i++) {
        if (disguise_value(compiler->disguise, value_text(&pool->values[i]), &texts[i]) != 0)
            return LW_ERR_MEMORY;
        texts[i].data = arena_copy(&compiler->out->arena, texts[i].len > 0 ? texts[i].data : "", texts[i].len);
        if (texts[i].data == NULL)
            return LW_ERR_MEMORY;
    }
    return names_init(out, texts, pool->n);
}

#define ROOM 2 /* times as many whole numbers as there are values */

/* Whether values are whole numbers, with room between them for those of further traces. */
static bool has_room(const struct value_model *values, const struct pool *pool)
{
    return values->form == FORM_INTEGER && values->n == 0 &&
           values->quantiles[values->n_quantiles - 1] - values->quantiles[0] >= ROOM * (double)pool_distinct(pool);
}

static int compile_shared(struct compiler *compiler)
{
    const struct links *links = compiler->links;
    struct blueprint *out = compiler->out;
    out->shared = alloc_zeroed(links->n_classes, sizeof *out->shared);
    if (out->shared == NULL)
        return LW_ERR_MEMORY;
    out->shared[out->n_shared++] = (struct shared_value){.value = BLUEPRINT_NONE, .family = SHARED_KEY};
    for (size_t i = SHARED_KEY + 1; i < links->n_classes; i++) {
        const struct link_class *class = &links->classes[i];
        struct shared_value *shared = &out->shared[out->n_shared++];
        *shared =
            (struct shared_value){.is_unique = class->is_unique, .family = class->family, .follows = BLUEPRINT_NONE};
        if (add_values(compiler, &class->pool, MASK_NONE, &shared->value) != 0)
            return LW_ERR_MEMORY;
        if (class->is_unique && !has_room(&out->values[shared->value], &class->pool) &&
            find_names(compiler, &class->pool, &shared->names) != 0)
            return LW_ERR_MEMORY;
    }
    return 0;
}

static int compile_fields(struct compiler *compiler)
{
    const struct links *links = compiler->links;
    const struct intern *fields = &links->variables.fields;
    struct blueprint *out = compiler->out;
    size_t n = compiler->model->templates.n;
    out->field_shared = alloc_array(n * fields->count, sizeof *out->field_shared);
    if (out->field_shared == NULL)
        return LW_ERR_MEMORY;
    for (uint32_t f = 0; f < fields->count; f++) {
        struct lw_bytes name = intern_get(fields, f);
        uint32_t id;
        if (intern_add(&out->fields, name.data, name.len, &id) != 0)
            return LW_ERR_MEMORY;
    }
    for (size_t t = 0; t < n; t++)
        for (uint32_t f = 0; f < fields->count; f++)
            out->field_shared[t * fields->count + f] = links_field(links, t, f);
    return 0;
}

static int number_places(struct compiler *compiler)
{
    struct blueprint *out = compiler->out;
    size_t n = compiler->model->templates.n;
    out->place_first = alloc_array(n + 1, sizeof *out->place_first);
    if (out->place_first == NULL)
        return LW_ERR_MEMORY;
    for (size_t i = 0; i <= n; i++)
        out->place_first[i] = compiler->links->variables.slot_first[i];
    out->related = alloc_zeroed(out->place_first[n], sizeof *out->related);
    return out->related == NULL ? LW_ERR_MEMORY : 0;
}

static int compile(struct compiler *compiler)
{
    const struct model *model = compiler->model;
    struct blueprint *out = compiler->out;
    size_t n_templates = model->templates.n;
    out->choice_first = alloc_zeroed(n_templates + 1, sizeof *out->choice_first);
    out->texts = arena_take(&out->arena, n_templates * sizeof *out->texts);
    int rc = out->choice_first == NULL || out->texts == NULL ? LW_ERR_MEMORY : count_values(compiler);
    if (rc == 0)
        rc = number_places(compiler);
    if (rc == 0)
        rc = blueprint_find_relations(out, compiler->links, compiler->disguise);
    if (rc == 0)
        rc = compile_shared(compiler);
    if (rc == 0)
        rc = blueprint_find_followers(out, compiler->links, compiler->disguise);
    if (rc == 0)
        rc = compile_fields(compiler);
    if (rc == 0)
        rc = compile_headers(compiler);
    for (uint32_t s = 0; s < model->counts->sequences.keys.count && rc == 0; s++)
        rc = compiler->events[s] > 0 ? compile_message(compiler, s) : 0;
    uint32_t common = find_common(&model->counts->layouts, compiler->headers);
    for (size_t i = 0; i < n_templates && rc == 0; i++) {
        rc = compile_choices(compiler, i, common);
        if (rc == 0)
            rc = compile_text(compiler, i);
        out->choice_first[i + 1] = out->n_choices;
    }
    return rc;
}

int blueprint_compile(struct blueprint *blueprint, const struct model *model, const struct links *links,
                      const struct lw_constraints *constraints, struct disguise *disguise)
{
    const struct counts *counts = model->counts;
    struct compiler compiler = {.out = blueprint,
                                .model = model,
                                .links = links,
                                .constraints = constraints,
                                .disguise = disguise,
                                .literal = BUF_INIT,
                                .constant = BUF_INIT};
    compiler.wordings = alloc_array(counts->sequences.keys.count, sizeof *compiler.wordings);
    compiler.events = alloc_zeroed(counts->sequences.keys.count, sizeof *compiler.events);
    compiler.headers = alloc_zeroed(counts->layouts.skeletons.count, sizeof *compiler.headers);
    bool is_out = compiler.wordings == NULL || compiler.events == NULL || compiler.headers == NULL;
    if (!is_out)
        count_events(counts, compiler.events);
    int rc = is_out ? LW_ERR_MEMORY : compile(&compiler);
    free(compiler.wordings);
    free(compiler.events);
    free(compiler.headers);
    buf_release(&compiler.literal);
    buf_release(&compiler.constant);
    return rc;
}
