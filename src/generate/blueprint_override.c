/*
 * What the constraints say of parameters goes over what was seen of them: all pieces of a parameter draw from one value
 * model made of the rule, or take the value of another parameter.
 */
#include <json-c/json.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "base/rng.h"
#include "generate/blueprint_parts.h"
#include "generate/purpose.h"
#include "learn/delay_fit.h"

#define QUANTILES 257
#define ROUNDS    200 /* of halving an interval */
#define FAKES     256
#define DECIMALS  3

/* The place of a template's slot, or BLUEPRINT_NONE. */
static uint32_t find_place(const struct blueprint *blueprint, uint32_t template_id, uint32_t slot)
{
    ptrdiff_t index = templates_index(blueprint->templates, template_id);
    if (index < 0 || slot >= blueprint->place_first[index + 1] - blueprint->place_first[index])
        return BLUEPRINT_NONE;
    return (uint32_t)blueprint->place_first[index] + slot;
}

static int wrong_place(uint32_t template_id, uint32_t slot, struct lw_error *err)
{
    return fail(err, LW_ERR_NOT_FOUND,
                "parameters.E%u.%u: there is no such parameter, or its values are words of the template's wordings",
                template_id, slot + 1);
}

/* ---- value models of rules ----------------------------------------------------------------------------------------
 */

static int set_text(struct blueprint *blueprint, struct value_model *out, uint32_t i, const char *text, size_t len,
                    double weight)
{
    const char *copy = arena_copy(&blueprint->arena, text, len);
    out->texts[i] = (struct lw_bytes){copy, len};
    out->upto[i] = (i > 0 ? out->upto[i - 1] : 0) + weight;
    out->n = out->n_single = i + 1;
    return copy == NULL ? LW_ERR_MEMORY : 0;
}

static int make_pool(struct blueprint *blueprint, const struct value_rule *rule, struct value_model *out)
{
    int rc = value_model_reserve(out, (uint32_t)rule->n_pool, 0, &blueprint->arena);
    for (size_t i = 0; i < rule->n_pool && rc == 0; i++)
        rc =
            set_text(blueprint, out, (uint32_t)i, rule->pool[i].text, strlen(rule->pool[i].text), rule->pool[i].weight);
    return rc;
}

/* The number that a share of a distribution lies below. */
static double find_quantile(const struct lw_delay_model *model, double share)
{
    double low = 0, high = 1;
    while (delay_cumulative(model, high) < share && high < 1e15)
        high *= 2;
    for (int i = 0; i < ROUNDS && high - low > 1e-12 * high; i++) {
        double middle = (low + high) / 2;
        if (delay_cumulative(model, middle) < share)
            low = middle;
        else
            high = middle;
    }
    return high;
}

/* Whole numbers are rounded, so that those at the ends are as likely as the others. */
static int make_numbers(struct blueprint *blueprint, const struct value_rule *rule, struct value_model *out)
{
    struct lw_delay_model model = {.family = rule->family};
    bool is_range = rule->kind == VALUE_RANGE;
    uint32_t n = is_range ? 2 : QUANTILES;
    double margin = rule->is_integer && is_range ? .499999 : 0;
    if (value_model_reserve(out, 0, n, &blueprint->arena) != 0)
        return LW_ERR_MEMORY;
    model.n_parameters = LW_DELAY_PARAMETERS;
    memcpy(model.parameters, rule->numbers, sizeof model.parameters);
    while (model.n_parameters > 0 && isnan(model.parameters[model.n_parameters - 1]))
        model.n_parameters--;
    double from = is_range || isnan(rule->low) ? 0 : delay_cumulative(&model, rule->low);
    double to = is_range || isnan(rule->high) ? 1 : delay_cumulative(&model, rule->high);
    for (uint32_t i = 0; i < n; i++) {
        /* The middle of each step, so that a distribution without an end has none at infinity. */
        double share = from + (to - from) * (i + .5) / n;
        out->quantiles[i] =
            is_range ? (i == 0 ? rule->low - margin : rule->high + margin) : find_quantile(&model, share);
    }
    out->n_quantiles = n;
    out->fresh = 1;
    out->form = rule->is_integer ? FORM_INTEGER : FORM_DECIMAL;
    out->decimals = rule->is_integer ? 0 : DECIMALS;
    return 0;
}

/* Made up, of the form of an example. */
static int make_fakes(struct blueprint *blueprint, const struct value_rule *rule, struct value_model *out,
                      struct lw_error *err)
{
    static const char *const examples[IDENTIFIER_COUNT] = {
        [IDENTIFIER_IP] = "10.24.131.87",
        [IDENTIFIER_MAC] = "4c:1f:9a:03:b7:d2",
        [IDENTIFIER_MAIL] = "marlene@mail.example",
        [IDENTIFIER_HOST] = "storage17.lan.example",
        [IDENTIFIER_USER] = "marlene",
        [IDENTIFIER_PATH] = "/srv/archive/batch17/part.dat",
        [IDENTIFIER_URL] = "https://portal.example/orders/4711",
        [IDENTIFIER_UUID] = "5b0c92a4-71de-4f38-9a6e-2d17c08be913",
        [IDENTIFIER_TOKEN] = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b",
        [IDENTIFIER_CARD] = "4539578763621486",
        [IDENTIFIER_PHONE] = "+49 30 5550 1234",
    };
    enum identifier kind = identifier_by_name(rule->fake, strlen(rule->fake));
    struct buf fake = BUF_INIT;
    if (kind == IDENTIFIER_NONE)
        return fail(err, LW_ERR_NOT_FOUND, "parameters.E%u.%u.fake: there is no kind of identifier \"%.40s\"",
                    rule->template_id, rule->slot + 1, rule->fake);
    int rc = value_model_reserve(out, FAKES, 0, &blueprint->arena);
    for (uint32_t i = 0; i < FAKES && rc == 0; i++) {
        struct rng rng;
        rng_init(&rng, rule->template_id, PURPOSE_FAKE, (uint64_t)rule->slot * FAKES + i);
        buf_clear(&fake);
        rc = identifier_fake(kind, examples[kind], strlen(examples[kind]), rng_u64(&rng), NULL, NULL, &fake);
        if (rc == 0)
            rc = set_text(blueprint, out, i, fake.data, fake.len, 1);
    }
    buf_release(&fake);
    return rc;
}

static int make_value(struct blueprint *blueprint, const struct value_rule *rule, uint32_t *id, struct lw_error *err)
{
    if (alloc_grow(&blueprint->values, &blueprint->cap_values, blueprint->n_values + 1, sizeof *blueprint->values) != 0)
        return fail_memory(err, "preparing parameters");
    struct value_model *out = &blueprint->values[blueprint->n_values];
    *out = (struct value_model){.replicas = 1};
    *id = (uint32_t)blueprint->n_values++;
    int rc = rule->kind == VALUE_POOL   ? make_pool(blueprint, rule, out)
             : rule->kind == VALUE_FAKE ? make_fakes(blueprint, rule, out, err)
                                        : make_numbers(blueprint, rule, out);
    return rc == LW_ERR_MEMORY ? fail_memory(err, "preparing parameters") : rc;
}

/* ---- putting them in ----------------------------------------------------------------------------------------------
 */

/* Whether the machine lets an event of template `second` stand anywhere behind one of `first`. */
static int find_order(const struct machine *machine, uint32_t first, uint32_t second, bool *can_follow)
{
    bool *is_behind = alloc_zeroed(machine->n_states, sizeof *is_behind);
    if (is_behind == NULL)
        return LW_ERR_MEMORY;
    *can_follow = false;
    for (bool is_changed = true; is_changed;) {
        is_changed = false;
        for (size_t i = 0; i < machine->n_edges; i++) {
            const struct machine_edge *edge = &machine->edges[i];
            bool is_end = edge->to == MACHINE_END;
            *can_follow = *can_follow || (is_behind[edge->from] && !is_end && edge->template_id == second);
            if (!is_end && !is_behind[edge->to] && (is_behind[edge->from] || edge->template_id == first))
                is_behind[edge->to] = is_changed = true;
        }
    }
    free(is_behind);
    return 0;
}

static int check_same(const struct blueprint *blueprint, const struct value_rule *rule, struct lw_error *err)
{
    bool can_follow;
    if (find_order(blueprint->machine, rule->other_template, rule->template_id, &can_follow) != 0)
        return fail_memory(err, "preparing parameters");
    return can_follow
               ? 0
               : fail(err, LW_ERR_INFEASIBLE,
                      "parameters.E%u.%u.same: no E%u comes before an E%u in any trace, so that there is no value "
                      "to take; name a parameter of an event that comes before",
                      rule->template_id, rule->slot + 1, rule->other_template, rule->template_id);
}

static int override(struct blueprint *blueprint, const struct value_rule *rule, struct lw_error *err)
{
    uint32_t place = find_place(blueprint, rule->template_id, rule->slot), value = BLUEPRINT_NONE;
    struct related related = {.kind = RELATED_NONE, .other = BLUEPRINT_NONE};
    bool is_there = false;
    if (place == BLUEPRINT_NONE)
        return wrong_place(rule->template_id, rule->slot, err);
    if (rule->kind == VALUE_SAME) {
        related.kind = RELATED_SAME;
        related.other = find_place(blueprint, rule->other_template, rule->other_slot);
        if (related.other == BLUEPRINT_NONE)
            return wrong_place(rule->other_template, rule->other_slot, err);
        int rc = check_same(blueprint, rule, err);
        if (rc != 0)
            return rc;
    } else {
        int rc = make_value(blueprint, rule, &value, err);
        if (rc != 0)
            return rc;
    }
    related.is_other = blueprint->related[place].is_other;
    blueprint->related[place] = related;
    for (size_t i = 0; i < blueprint->message_pieces.n; i++) {
        struct piece *piece = &blueprint->message_pieces.items[i];
        if (piece->place != place || piece->kind == PIECE_TEXT)
            continue;
        is_there = true;
        if (value != BLUEPRINT_NONE)
            piece->value = value;
        else if (piece->value == BLUEPRINT_NONE) /* what it is where nothing stands before it */
            piece->value = blueprint->shared[piece->shared].value;
        if (piece->value != BLUEPRINT_NONE)
            piece->kind = PIECE_VALUE;
    }
    return is_there ? 0 : wrong_place(rule->template_id, rule->slot, err);
}

int blueprint_override(struct blueprint *blueprint, const struct lw_constraints *constraints, struct lw_error *err)
{
    int rc = 0;
    for (size_t i = 0; constraints != NULL && i < constraints->n_values && rc == 0; i++)
        rc = override(blueprint, &constraints->values[i], err);
    if (rc == 0)
        blueprint_mark_others(blueprint);
    return rc;
}

int blueprint_copy(const struct blueprint *of, const struct lw_constraints *constraints, struct blueprint **out,
                   struct lw_error *err)
{
    struct buf text = BUF_INIT;
    struct blueprint *copy = NULL;
    blueprint_print_json(of, &text);
    struct json_object *json = buf_status(&text) == 0 ? json_tokener_parse(text.data) : NULL;
    int rc = json == NULL ? fail_memory(err, "preparing parameters") : blueprint_read_json("model", json, &copy, err);
    json_object_put(json);
    buf_release(&text);
    if (rc == 0)
        rc = blueprint_override(copy, constraints, err);
    if (rc != 0) {
        blueprint_free(copy);
        return rc;
    }
    *out = copy;
    return 0;
}
