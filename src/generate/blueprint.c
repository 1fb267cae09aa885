#include "generate/blueprint.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "generate/blueprint_parts.h"
#include "generate/purpose.h"
#include "generate/ways.h"
/* Windows, folders and sources name traces by what does not stand in the record. */
bool blueprint_is_named_in_text(const char *rule)
{
    return strncmp(rule, "window:", 7) != 0 && strcmp(rule, "dir") != 0 && strcmp(rule, "source") != 0;
}

static int make_text(struct blueprint *made, const struct model *model, const struct lw_constraints *constraints,
                     const struct links *links)
{
    struct disguise disguise;
    disguise_init(&disguise, constraints, model->counts->sequences.masks, &model->names);
    int rc = blueprint_compile(made, model, links, constraints, &disguise);
    if (rc == 0)
        rc = blueprint_find_names(made, &model->traces.names, &disguise);
    disguise_release(&disguise);
    return rc;
}

static int make(struct blueprint *made, const struct model *model, const struct lw_constraints *constraints,
                struct lw_error *err)
{
    struct links links;
    made->rule_text = alloc_text(model->counts->trace_rule, strlen(model->counts->trace_rule));
    if (made->rule_text == NULL || blueprint_find_lengths(made, &model->traces) != 0 ||
        blueprint_find_arrival(made, &model->traces) != 0)
        return fail_memory(err, "preparing to generate");
    int rc = blueprint_is_named_in_text(made->rule_text) ? trace_rule_parse(made->rule_text, &made->rule, err) : 0;
    if (rc == 0)
        rc = delays_find(&made->delays, made->machine, &model->traces, &made->arena, err);
    double least = constraints != NULL ? constraints->minimum_count : 5;
    if (rc == 0 && ties_find(&model->traces, made->templates, least, &made->arena, &made->ties) != 0)
        rc = fail_memory(err, "preparing to generate");
    if (rc == 0)
        rc = links_init(&links, model, err);
    if (rc != 0)
        return rc;
    if (make_text(made, model, constraints, &links) != 0 || facets_find(made, &made->facets) != 0 ||
        ways_rank(made->machine, &made->ranks) != 0)
        rc = fail_memory(err, "preparing to generate");
    if (rc == 0)
        rc = blueprint_override(made, constraints, err);
    links_release(&links);
    return rc == 0 ? unknown_find(&made->unknown, model, made->rule, err) : rc;
}

int blueprint_of_model(const struct model *model, const struct lw_constraints *constraints, struct blueprint **out,
                       struct lw_error *err)
{
    const struct counts *counts = model->counts;
    struct blueprint *made = alloc_zeroed(1, sizeof *made);
    if (made == NULL)
        return fail_memory(err, "preparing to generate");
    *made =
        (struct blueprint){.model = model,
                           .machine = &model->machine,
                           .templates = &model->templates,
                           .is_symbolic = counts_is_symbolic(counts),
                           .is_escaped = counts->formats.count == 1 && intern_find(&counts->formats, "json", 4) == 0,

                           .fields = INTERN_INIT};
    int rc = make(made, model, constraints, err);
    if (rc != 0) {
        blueprint_free(made);
        return rc;
    }
    *out = made;
    return 0;
}

void blueprint_free(struct blueprint *blueprint)
{
    if (blueprint == NULL)
        return;
    for (size_t i = 0; i < blueprint->n_shared; i++)
        names_release(&blueprint->shared[i].names);
    for (size_t i = 0; i < blueprint->n_values; i++)
        value_model_release(&blueprint->values[i]);
    names_release(&blueprint->trace_names);
    machine_release(&blueprint->own_machine);
    templates_release(&blueprint->own_templates);
    trace_rule_free(blueprint->rule);
    unknown_release(&blueprint->unknown);
    intern_release(&blueprint->fields);
    facets_release(&blueprint->facets);
    free(blueprint->ranks);
    free(blueprint->lengths);
    free(blueprint->arrival.gaps);
    free(blueprint->arrival.marks);
    free(blueprint->arrival.offsets);
    free(blueprint->rule_text);
    free(blueprint->message_pieces.items);
    free(blueprint->header_pieces.items);
    free(blueprint->wordings);
    free(blueprint->headers);
    free(blueprint->choices);
    free(blueprint->choice_first);
    free(blueprint->field_shared);
    free(blueprint->place_first);
    free(blueprint->related);
    free(blueprint->shared);
    free(blueprint->values);
    arena_release(&blueprint->arena);
    free(blueprint);
}

uint32_t blueprint_field_shared(const struct blueprint *blueprint, size_t template_index, uint32_t field)
{
    return blueprint->field_shared[template_index * blueprint->fields.count + field];
}

/* What the value that another one follows has it be; NULL: nothing. Earlier ones follow none of those behind. */
static const struct fact *find_followed(const struct blueprint *blueprint, const struct shared_value *value,
                                        uint64_t seed, uint64_t trace, struct lw_bytes name)
{
    const struct fact *found = NULL;
    struct buf text = BUF_INIT;
    if (value->n_facts == 0)
        return NULL;
    blueprint_draw_shared(blueprint, value->follows, seed, trace, name, &text);
    if (buf_status(&text) == 0)
        found = blueprint_find_fact(value->facts, value->n_facts, (struct lw_bytes){text.data, text.len});
    buf_release(&text);
    return found;
}

void blueprint_draw_shared(const struct blueprint *blueprint, uint32_t shared, uint64_t seed, uint64_t trace,
                           struct lw_bytes name, struct buf *out)
{
    const struct shared_value *value = &blueprint->shared[shared];
    if (shared == SHARED_KEY) {
        buf_add(out, name.data, name.len);
        return;
    }
    const struct fact *fact = find_followed(blueprint, value, seed, trace, name);
    if (fact != NULL) {
        buf_add(out, fact->result.data, fact->result.len);
        return;
    }
    struct rng rng;
    bool is_number = value->is_unique && value->names.n == 0;
    rng_init(&rng, seed, PURPOSE_SHARED, is_number ? UINT64_MAX - shared : trace * blueprint->n_shared + value->family);
    if (is_number)
        value_model_at(&blueprint->values[value->value], fmod(rng_uniform(&rng) + (double)trace * GOLDEN, 1), out);
    /* Not from 0, which would give the first trace the first text there is. */
    else if (value->is_unique)
        names_draw_unique(&value->names, seed % UINT32_MAX * 0x9E3779B1u + shared * 7919u + trace, &rng, out);
    else
        value_model_draw(&blueprint->values[value->value], &rng, out);
}

bool blueprint_has_trace(const struct blueprint *blueprint, struct lw_bytes name)
{
    return blueprint->model != NULL && intern_find(&blueprint->model->traces.names, name.data, name.len) != INTERN_NONE;
}

int blueprint_order_facts(const void *a, const void *b)
{
    struct lw_bytes x = ((const struct fact *)a)->cause, y = ((const struct fact *)b)->cause;
    size_t len = x.len < y.len ? x.len : y.len;
    int order = len > 0 ? memcmp(x.data, y.data, len) : 0;
    return order != 0 ? order : (x.len > y.len) - (x.len < y.len);
}

const struct fact *blueprint_find_fact(const struct fact *facts, size_t n, struct lw_bytes cause)
{
    const struct fact key = {.cause = cause};
    return n == 0 || cause.len == 0 ? NULL : bsearch(&key, facts, n, sizeof key, blueprint_order_facts);
}

/* ---- adding to one that is being made ---- */

size_t blueprint_template_of(const struct blueprint *blueprint, uint32_t place)
{
    size_t low = 0, high = blueprint->templates->n;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (blueprint->place_first[middle] <= place)
            low = middle;
        else
            high = middle;
    }
    return low;
}

const char *blueprint_relation_name(enum related_kind kind)
{
    static const char *const names[] = {"", "same", "offset", "step", "increasing", "decreasing", "determined"};
    return names[kind];
}

int blueprint_add_piece(struct pieces *pieces, const struct piece *piece)
{
    if (alloc_grow(&pieces->items, &pieces->cap, pieces->n + 1, sizeof *pieces->items) != 0)
        return LW_ERR_MEMORY;
    pieces->items[pieces->n++] = *piece;
    return 0;
}

int blueprint_add_text(struct blueprint *blueprint, struct pieces *pieces, const char *text, size_t len)
{
    if (len == 0)
        return 0;
    const char *copy = arena_copy(&blueprint->arena, text, len);
    struct piece piece = {.kind = PIECE_TEXT,
                          .field = BLUEPRINT_NONE,
                          .value = BLUEPRINT_NONE,
                          .place = BLUEPRINT_NONE,
                          .text = {copy, len}};
    return copy == NULL ? LW_ERR_MEMORY : blueprint_add_piece(pieces, &piece);
}

int blueprint_add_wording(struct blueprint *blueprint, uint32_t *id)
{
    if (alloc_grow(&blueprint->wordings, &blueprint->cap_wordings, blueprint->n_wordings + 1,
                   sizeof *blueprint->wordings) != 0)
        return LW_ERR_MEMORY;
    *id = (uint32_t)blueprint->n_wordings;
    blueprint->wordings[blueprint->n_wordings++] = (struct wording){blueprint->message_pieces.n, 0};
    return 0;
}

int blueprint_add_choice(struct blueprint *blueprint, uint32_t wording, uint32_t header, double weight)
{
    if (weight <= 0)
        return 0;
    if (alloc_grow(&blueprint->choices, &blueprint->cap_choices, blueprint->n_choices + 1,
                   sizeof *blueprint->choices) != 0)
        return LW_ERR_MEMORY;
    blueprint->choices[blueprint->n_choices++] = (struct choice){wording, header, weight};
    return 0;
}
