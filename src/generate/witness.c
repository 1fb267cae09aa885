#include "generate/witness.h"

#include <stdlib.h>

#include "base/alloc.h"

/* How sure a value is: the share of the most frequent one, which of a few values is not sure at all. */
static double sureness(const struct value_model *model)
{
    double most = 0, before = 0, total = model->fresh;
    for (uint32_t i = 0; i < model->n; i++) {
        double weight = model->upto[i] - before;
        before = model->upto[i];
        most = weight > most ? weight : most;
        total += weight;
    }
    return most / (total + 2);
}

/* Numbers the families of several; *n of them. */
static void number_families(const struct blueprint *blueprint, uint32_t *column, size_t *n)
{
    *n = 0;
    for (uint32_t i = 0; i < blueprint->n_shared; i++)
        column[i] = UINT32_MAX;
    for (uint32_t i = 0; i < blueprint->n_shared; i++) {
        uint32_t first = blueprint->shared[i].family;
        if (first == i)
            continue;
        if (column[first] == UINT32_MAX)
            column[first] = (uint32_t)(*n)++;
        column[i] = column[first];
    }
}

static void choose(const struct witness *witness, const struct blueprint *blueprint, const struct trace_set *traces,
                   const double *sure)
{
    size_t n_fields = blueprint->fields.count;
    for (size_t t = 0; t < traces->n_traces; t++) {
        uint32_t *chosen = witness->chosen + t * witness->n_columns;
        for (size_t i = traces->first[t]; i < traces->first[t + 1]; i++) {
            ptrdiff_t index = templates_index(blueprint->templates, traces->templates[i]);
            for (size_t f = 0; f < n_fields && index >= 0; f++) {
                uint32_t shared = blueprint_field_shared(blueprint, (size_t)index, (uint32_t)f);
                uint32_t column = shared == BLUEPRINT_NONE ? UINT32_MAX : witness->column[shared];
                if (column != UINT32_MAX && (chosen[column] == BLUEPRINT_NONE || sure[shared] > sure[chosen[column]]))
                    chosen[column] = shared;
            }
        }
    }
}

int witness_init(struct witness *witness, const struct blueprint *blueprint, const struct trace_set *traces)
{
    *witness = (struct witness){.column = alloc_array(blueprint->n_shared, sizeof *witness->column)};
    if (witness->column == NULL)
        return LW_ERR_MEMORY;
    number_families(blueprint, witness->column, &witness->n_columns);
    if (witness->n_columns == 0)
        return 0;
    double *sure = alloc_zeroed(blueprint->n_shared, sizeof *sure);
    if (traces->n_traces <= SIZE_MAX / witness->n_columns)
        witness->chosen = alloc_array(traces->n_traces * witness->n_columns, sizeof *witness->chosen);
    if (sure == NULL || witness->chosen == NULL) {
        free(sure);
        witness_release(witness);
        return LW_ERR_MEMORY;
    }
    for (size_t i = 0; i < traces->n_traces * witness->n_columns; i++)
        witness->chosen[i] = BLUEPRINT_NONE;
    for (uint32_t i = SHARED_KEY + 1; i < blueprint->n_shared; i++)
        sure[i] = sureness(&blueprint->values[blueprint->shared[i].value]);
    choose(witness, blueprint, traces, sure);
    free(sure);
    return 0;
}

void witness_release(struct witness *witness)
{
    free(witness->column);
    free(witness->chosen);
    *witness = (struct witness){.n_columns = 0};
}

uint32_t witness_of(const struct witness *witness, uint32_t shared, size_t trace)
{
    uint32_t column = witness->column[shared];
    uint32_t chosen = column == UINT32_MAX ? BLUEPRINT_NONE : witness->chosen[trace * witness->n_columns + column];
    return chosen == BLUEPRINT_NONE ? shared : chosen;
}
