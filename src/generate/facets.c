/*
 * Levels and services are those of the headers that the ways to write a template come with, so what is expected of a
 * mix is what is written. A template without such a way has the levels of its records.
 */
#include "generate/facets.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "generate/blueprint.h"
#include "learn/failures.h"

#define NO_CHOICE SIZE_MAX

struct sighting {
    uint32_t template_id;
    struct facet facet;
    double weight;
    size_t choice;
};
struct gathering {
    const struct blueprint *blueprint;
    struct facets *facets;
    struct sighting *items;
    size_t n, cap;
};

static int see(struct gathering *gathering, uint32_t template_id, struct facet facet, double weight, size_t choice)
{
    if (weight <= 0)
        return 0;
    if (alloc_grow(&gathering->items, &gathering->cap, gathering->n + 1, sizeof *gathering->items) != 0)
        return LW_ERR_MEMORY;
    gathering->items[gathering->n++] = (struct sighting){template_id, facet, weight, choice};
    return 0;
}

static int see_choice(struct gathering *gathering, uint32_t template_id, size_t choice)
{
    const struct blueprint *blueprint = gathering->blueprint;
    const struct header *header = &blueprint->headers[blueprint->choices[choice].header];
    struct facet facet = {header->level, FACET_NONE, FACET_NONE};
    if (header->component != SIZE_MAX) {
        struct lw_bytes name = blueprint->header_pieces.items[header->component].text;
        if (name.len > 0 && intern_add(&gathering->facets->services, name.data, name.len, &facet.service) != 0)
            return LW_ERR_MEMORY;
    }
    return see(gathering, template_id, facet, blueprint->choices[choice].weight, choice);
}

static int see_template(struct gathering *gathering, size_t index)
{
    const struct blueprint *blueprint = gathering->blueprint;
    const struct template_item *item = &blueprint->templates->items[index];
    size_t before = gathering->n;
    int rc = 0;
    for (size_t i = blueprint->choice_first[index]; i < blueprint->choice_first[index + 1] && rc == 0; i++)
        rc = see_choice(gathering, item->id, i);
    for (int level = 0; gathering->n == before && level < LW_LEVEL_COUNT && rc == 0; level++)
        rc = see(gathering, item->id, (struct facet){(enum lw_level)level, FACET_NONE, FACET_NONE},
                 (double)item->levels[level], NO_CHOICE);
    return rc;
}

/* Every symbol of the machine is seen. */
static int gather(struct gathering *gathering)
{
    const struct templates *templates = gathering->blueprint->templates;
    int rc = 0;
    size_t i = 0;
    for (uint32_t t = 0; t < gathering->facets->n_symbols && rc == 0; t++) {
        size_t before = gathering->n;
        while (i < templates->n && templates->items[i].id < t)
            i++;
        if (i < templates->n && templates->items[i].id == t)
            rc = see_template(gathering, i);
        if (rc == 0 && gathering->n == before)
            rc = see(gathering, t, (struct facet){LW_LEVEL_NONE, FACET_NONE, FACET_NONE}, 1, NO_CHOICE);
    }
    return rc;
}

static int by_facet(const void *a, const void *b)
{
    const struct sighting *x = a, *y = b;
    if (x->template_id != y->template_id)
        return x->template_id > y->template_id ? 1 : -1;
    if (x->facet.level != y->facet.level)
        return x->facet.level > y->facet.level ? 1 : -1;
    return (x->facet.service > y->facet.service) - (x->facet.service < y->facet.service);
}

/* Sightings of one template, level and service become one facet; shares are made of weights. */
static int fold(struct gathering *gathering)
{
    struct facets *facets = gathering->facets;
    size_t n = 0;
    facets->first = alloc_zeroed((size_t)facets->n_symbols + 1, sizeof *facets->first);
    facets->items = alloc_array(gathering->n, sizeof *facets->items);
    facets->shares = alloc_array(gathering->n, sizeof *facets->shares);
    facets->of_choice = alloc_zeroed(gathering->blueprint->n_choices, sizeof *facets->of_choice);
    if (facets->first == NULL || facets->items == NULL || facets->shares == NULL || facets->of_choice == NULL)
        return LW_ERR_MEMORY;
    if (gathering->n > 0)
        qsort(gathering->items, gathering->n, sizeof *gathering->items, by_facet);
    for (size_t i = 0; i < gathering->n; i++) {
        const struct sighting *sighting = &gathering->items[i];
        if (i == 0 || by_facet(&gathering->items[i - 1], sighting) != 0) {
            facets->items[n] = sighting->facet;
            facets->shares[n++] = 0;
        }
        facets->shares[n - 1] += sighting->weight;
        if (sighting->choice != NO_CHOICE)
            facets->of_choice[sighting->choice] = n - 1;
        facets->first[sighting->template_id + 1] = n;
    }
    for (size_t t = 0; t < facets->n_symbols; t++) {
        double sum = 0;
        for (size_t f = facets->first[t]; f < facets->first[t + 1]; f++)
            sum += facets->shares[f];
        for (size_t f = facets->first[t]; f < facets->first[t + 1]; f++)
            facets->shares[f] /= sum;
    }
    return 0;
}

static int find_errors(const struct templates *templates, struct facets *facets)
{
    struct failures failures;
    int rc = failures_init(&failures, templates, NULL);
    if (rc != 0)
        return rc;
    for (uint32_t i = 0; i < failures.types.count && rc == 0; i++) {
        struct lw_bytes name = intern_get(&failures.types, i);
        uint32_t id; /* the same: ids are given in order */
        rc = intern_add(&facets->error_types, name.data, name.len, &id);
    }
    for (uint32_t t = 0; t < facets->n_symbols && rc == 0; t++)
        for (size_t f = facets->first[t]; f < facets->first[t + 1]; f++)
            facets->items[f].error_type = failures_type(&failures, t, facets->items[f].level);
    failures_release(&failures);
    return rc;
}

int facets_find(const struct blueprint *blueprint, struct facets *out)
{
    *out = (struct facets){
        .n_symbols = blueprint->machine->n_symbols, .services = INTERN_INIT, .error_types = INTERN_INIT};
    struct gathering gathering = {.blueprint = blueprint, .facets = out};
    int rc = gather(&gathering);
    if (rc == 0)
        rc = fold(&gathering);
    if (rc == 0)
        rc = find_errors(blueprint->templates, out);
    free(gathering.items);
    if (rc != 0)
        facets_release(out);
    return rc;
}

void facets_release(struct facets *facets)
{
    free(facets->first);
    free(facets->items);
    free(facets->shares);
    free(facets->of_choice);
    intern_release(&facets->services);
    intern_release(&facets->error_types);
    *facets = (struct facets){.n_symbols = 0};
}

uint32_t facets_service(const struct facets *facets, uint32_t template_id)
{
    uint32_t best = FACET_NONE;
    double most = 0;
    for (size_t f = facets->first[template_id]; f < facets->first[template_id + 1]; f++) {
        double sum = 0;
        for (size_t g = facets->first[template_id]; g < facets->first[template_id + 1]; g++)
            sum += facets->items[g].service == facets->items[f].service ? facets->shares[g] : 0;
        if (sum > most) {
            most = sum;
            best = facets->items[f].service;
        }
    }
    return best;
}
