/* Making, copying and freeing constraints. */
#include "generate/constraints.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "generate/constraint_rows.h"
#include "generate/outfile.h"

int lw_constraints_new(struct lw_constraints **out, struct lw_error *err)
{
    struct lw_constraints *made = alloc_zeroed(1, sizeof *made);
    const struct constraint_row *row;
    if (made == NULL)
        return fail_memory(err, "making constraints");
    for (size_t i = 0; (row = constraint_row(i)) != NULL; i++)
        if (constraint_is_number(row))
            memcpy((char *)made + row->offset, &row->knob.initial, sizeof row->knob.initial);
    made->start_us = LW_NO_TIME;
    made->record_rate = NAN;
    made->llm = (struct lw_llm_options)LW_LLM_OPTIONS_INIT;
    *out = made;
    return 0;
}

static void *copy_items(const void *items, size_t n, size_t size, bool *is_short)
{
    void *copy = n == 0 ? NULL : alloc_array(n, size);
    if (copy != NULL)
        memcpy(copy, items, n * size);
    else
        *is_short = *is_short || n > 0;
    return copy;
}

static void copy_text(char **text, bool *is_short)
{
    if (*text != NULL)
        *text = copy_items(*text, strlen(*text) + 1, 1, is_short);
}

static void copy_llm(struct lw_llm_options *llm, bool *is_short)
{
    const char **const texts[] = {&llm->endpoint, &llm->model, &llm->key, &llm->cache};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (*texts[i] != NULL)
            *texts[i] = copy_items(*texts[i], strlen(*texts[i]) + 1, 1, is_short);
}

static void free_llm(struct lw_llm_options *llm)
{
    const char *const texts[] = {llm->endpoint, llm->model, llm->key, llm->cache};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free((char *)(uintptr_t)texts[i]);
}

int lw_constraints_set_record_rate(struct lw_constraints *constraints, double records_per_s, struct lw_error *err)
{
    if (!(records_per_s > 0) || records_per_s > 1e9)
        return fail(err, LW_ERR_USAGE, "a rate of %g records a second: it has to be above 0, and at most 1e9",
                    records_per_s);
    constraints->record_rate = records_per_s;
    return 0;
}

int lw_constraints_set_llm(struct lw_constraints *constraints, const struct lw_llm_options *options,
                           struct lw_error *err)
{
    struct lw_llm_options copy = *options;
    bool is_short = false;
    copy_llm(&copy, &is_short);
    if (is_short) {
        free_llm(&copy);
        return fail_memory(err, "setting constraints");
    }
    free_llm(&constraints->llm);
    constraints->llm = copy;
    return 0;
}

static void copy_values(struct lw_constraints *copy, bool *is_short)
{
    for (size_t i = 0; i < copy->n_values && copy->values != NULL; i++) {
        struct value_rule *rule = &copy->values[i];
        rule->pool = copy_items(rule->pool, rule->n_pool, sizeof *rule->pool, is_short);
        for (size_t k = 0; k < rule->n_pool && rule->pool != NULL; k++)
            copy_text(&rule->pool[k].text, is_short);
        copy_text(&rule->fake, is_short);
    }
}

/* A list that could not be had is empty by now, so that nothing of the original's is freed with the copy. */
static void copy_texts(struct lw_constraints *copy, bool *is_short)
{
    for (size_t i = 0; i < copy->n_shares; i++)
        copy_text(&copy->shares[i].name, is_short);
    for (size_t i = 0; i < copy->n_transition_weights; i++)
        copy_text(&copy->transition_weights[i].from, is_short);
    for (size_t i = 0; i < copy->n_calls; i++) {
        copy_text(&copy->calls[i].from, is_short);
        copy_text(&copy->calls[i].to, is_short);
    }
    for (size_t i = 0; i < copy->n_rules; i++) {
        copy_text(&copy->rules[i].cause.service, is_short);
        copy_text(&copy->rules[i].effect.service, is_short);
    }
    for (size_t i = 0; i < copy->n_allowed; i++)
        copy_text(&copy->allowed[i], is_short);
    copy_values(copy, is_short);
    copy_llm(&copy->llm, is_short);
    copy_text(&copy->recovery_after.service, is_short);
    copy_text(&copy->zone, is_short);
    copy_text(&copy->through, is_short);
    copy_text(&copy->output_as, is_short);
    copy_text(&copy->output_format, is_short);
    copy_text(&copy->about, is_short);
}

#define COPY_LIST(list)                                                                                                \
    do {                                                                                                               \
        copy->list = copy_items(from->list, from->n_##list, sizeof *from->list, &is_short);                            \
        copy->n_##list = copy->cap_##list = copy->list == NULL ? 0 : from->n_##list;                                   \
    } while (0)

int lw_constraints_copy(const struct lw_constraints *from, struct lw_constraints **out, struct lw_error *err)
{
    struct lw_constraints *copy = alloc_array(1, sizeof *copy);
    bool is_short = false;
    if (copy == NULL)
        return fail_memory(err, "copying constraints");
    *copy = *from;
    COPY_LIST(shares);
    COPY_LIST(weights);
    COPY_LIST(transition_weights);
    COPY_LIST(delay_factors);
    COPY_LIST(calls);
    COPY_LIST(rules);
    COPY_LIST(values);
    COPY_LIST(allowed);
    copy_texts(copy, &is_short);
    document_model_retain(copy->model);
    if (is_short) {
        lw_constraints_free(copy);
        return fail_memory(err, "copying constraints");
    }
    *out = copy;
    return 0;
}

static void free_value(struct value_rule *rule)
{
    for (size_t i = 0; i < rule->n_pool && rule->pool != NULL; i++)
        free(rule->pool[i].text);
    free(rule->pool);
    free(rule->fake);
}

void lw_constraints_free(struct lw_constraints *constraints)
{
    if (constraints == NULL)
        return;
    for (size_t i = 0; i < constraints->n_shares; i++)
        free(constraints->shares[i].name);
    for (size_t i = 0; i < constraints->n_transition_weights; i++)
        free(constraints->transition_weights[i].from);
    for (size_t i = 0; i < constraints->n_calls; i++) {
        free(constraints->calls[i].from);
        free(constraints->calls[i].to);
    }
    for (size_t i = 0; i < constraints->n_rules; i++) {
        free(constraints->rules[i].cause.service);
        free(constraints->rules[i].effect.service);
    }
    for (size_t i = 0; i < constraints->n_values; i++)
        free_value(&constraints->values[i]);
    for (size_t i = 0; i < constraints->n_allowed; i++)
        free(constraints->allowed[i]);
    free(constraints->shares);
    free(constraints->weights);
    free(constraints->transition_weights);
    free(constraints->delay_factors);
    free(constraints->calls);
    free(constraints->rules);
    free(constraints->values);
    free(constraints->allowed);
    free_llm(&constraints->llm);
    free(constraints->recovery_after.service);
    free(constraints->zone);
    free(constraints->through);
    free(constraints->output_as);
    free(constraints->output_format);
    free(constraints->about);
    document_model_release(constraints->model);
    free(constraints);
}

int lw_constraints_write(const struct lw_constraints *constraints, const char *path, struct lw_error *err)
{
    struct buf text = BUF_INIT;
    constraints_print_with_model(constraints, &text);
    int rc =
        buf_status(&text) == 0 ? outfile_save(path, text.data, text.len, err) : fail_memory(err, "writing constraints");
    buf_release(&text);
    return rc;
}
