#include "learn/variables.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/fail.h"

/* Which variable each token of a member sequence is: the slot that covers it, if the slot covers one token only. */
static int map_sequence(struct variables *variables, size_t template_index, uint32_t sequence, struct lw_span **spans,
                        size_t *cap, struct lw_error *err)
{
    const struct model *model = variables->model;
    const struct template_item *item = &model->templates.items[template_index];
    if (alloc_grow(spans, cap, item->n_slots + 1, sizeof **spans) != 0)
        return fail_memory(err, "numbering parameters");
    int rc = templates_align(&model->templates, &model->counts->sequences, template_index, sequence, *spans, err);
    uint32_t first = variables->token_first[sequence], n = variables->token_first[sequence + 1] - first;
    for (size_t slot = 0; slot < item->n_slots && rc == 0; slot++)
        if ((*spans)[slot].len == 1 && (*spans)[slot].start < n)
            variables->of_token[first + (*spans)[slot].start] = variables->slot_first[template_index] + (uint32_t)slot;
    return rc;
}

static int map_tokens(struct variables *variables, struct lw_error *err)
{
    const struct sequences *sequences = &variables->model->counts->sequences;
    size_t n = sequences->keys.count, total = 0;
    struct sequence_token tokens[MASK_MAX_TOKENS];
    variables->token_first = alloc_array(n + 1, sizeof *variables->token_first);
    if (variables->token_first == NULL)
        return fail_memory(err, "numbering parameters");
    for (uint32_t s = 0; s < n; s++) {
        variables->token_first[s] = (uint32_t)total;
        total += sequence_tokens(sequences, s, tokens, MASK_MAX_TOKENS);
    }
    variables->token_first[n] = (uint32_t)total;
    if (total >= UINT32_MAX)
        return fail(err, LW_ERR_LIMIT, "%zu tokens in different messages: too many to generate from", total);
    variables->of_token = alloc_array(total, sizeof *variables->of_token);
    if (variables->of_token == NULL)
        return fail_memory(err, "numbering parameters");
    for (size_t i = 0; i < total; i++)
        variables->of_token[i] = VARIABLE_NONE;
    return 0;
}

static int number_all(struct variables *variables, struct lw_error *err)
{
    const struct templates *templates = &variables->model->templates;
    const struct layouts *layouts = &variables->model->counts->layouts;
    struct lw_span *spans = NULL;
    size_t cap = 0;
    int rc = map_tokens(variables, err);
    variables->slot_first = alloc_array(templates->n + 1, sizeof *variables->slot_first);
    if (rc == 0 && variables->slot_first == NULL)
        rc = fail_memory(err, "numbering parameters");
    uint32_t n = 0;
    for (size_t i = 0; i < templates->n && rc == 0; i++) {
        variables->slot_first[i] = n;
        n += (uint32_t)templates->items[i].n_slots;
        for (size_t j = 0; j < templates->items[i].n_sequences && rc == 0; j++)
            rc = map_sequence(variables, i, templates->items[i].sequences[j], &spans, &cap, err);
    }
    free(spans);
    if (rc == 0)
        variables->slot_first[templates->n] = n;
    for (uint32_t i = 0; i < layouts->skeletons.count && rc == 0; i++) {
        struct skeleton skeleton;
        layout_skeleton(layouts, i, &skeleton);
        for (size_t j = 0; j < skeleton.n_parts && rc == 0; j++) {
            uint32_t id;
            struct lw_bytes name = skeleton.parts[j].text;
            if (skeleton.parts[j].kind == LAYOUT_SLOT && intern_add(&variables->fields, name.data, name.len, &id) != 0)
                rc = fail_memory(err, "numbering parameters");
        }
    }
    variables->n = n + variables->fields.count * (1 + templates->n);
    return rc;
}

int variables_init(struct variables *variables, const struct model *model, struct lw_error *err)
{
    *variables = (struct variables){.model = model, .fields = INTERN_INIT};
    int rc = number_all(variables, err);
    if (rc != 0)
        variables_release(variables);
    return rc;
}

void variables_release(struct variables *variables)
{
    free(variables->slot_first);
    free(variables->token_first);
    free(variables->of_token);
    intern_release(&variables->fields);
    *variables = (struct variables){.fields = INTERN_INIT};
}

uint32_t variable_of_token(const struct variables *variables, uint32_t sequence, size_t token)
{
    return variables->of_token[variables->token_first[sequence] + token];
}

size_t variables_count_tokens(const struct variables *variables, uint32_t sequence)
{
    return variables->token_first[sequence + 1] - variables->token_first[sequence];
}

uint32_t variable_of_field(const struct variables *variables, uint32_t field)
{
    return variables->slot_first[variables->model->templates.n] + field;
}

uint32_t variable_of_template_field(const struct variables *variables, size_t template_index, uint32_t field)
{
    return variable_of_field(variables, 0) + (uint32_t)((1 + template_index) * variables->fields.count) + field;
}
