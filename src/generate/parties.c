#include "generate/parties.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "generate/outlier.h"
#include "learn/failures.h"

#define MIN_EVENTS 20

/* The service whose headers weigh most among the ways to write a template. */
static int find_service(struct parties *parties, const struct blueprint *blueprint, size_t index, uint32_t *out)
{
    double best = 0;
    *out = PARTY_NONE;
    for (size_t i = blueprint->choice_first[index]; i < blueprint->choice_first[index + 1]; i++) {
        const struct header *header = &blueprint->headers[blueprint->choices[i].header];
        if (header->component == SIZE_MAX)
            continue;
        struct lw_bytes text = blueprint->header_pieces.items[header->component].text;
        double weight = 0;
        for (size_t k = blueprint->choice_first[index]; k < blueprint->choice_first[index + 1]; k++) {
            const struct header *other = &blueprint->headers[blueprint->choices[k].header];
            struct lw_bytes its = other->component == SIZE_MAX ? (struct lw_bytes){"", 0}
                                                               : blueprint->header_pieces.items[other->component].text;
            if (its.len == text.len && memcmp(its.data, text.data, text.len) == 0)
                weight += blueprint->choices[k].weight;
        }
        if (text.len == 0 || weight <= best)
            continue;
        best = weight;
        if (intern_add(&parties->services, text.data, text.len, out) != 0)
            return LW_ERR_MEMORY;
    }
    return 0;
}

/* Of too few events nothing tells what is out of range. */
static bool has_parameter(const struct blueprint *blueprint, size_t index)
{
    double n_events = 0;
    for (size_t i = blueprint->choice_first[index]; i < blueprint->choice_first[index + 1]; i++) {
        const struct wording *wording = &blueprint->wordings[blueprint->choices[i].wording];
        size_t at = wording->first;
        while (at < wording->first + wording->n && !outlier_shows(blueprint, wording, at))
            at++;
        if (at == wording->first + wording->n)
            return false;
        n_events += blueprint->choices[i].weight;
    }
    return n_events >= MIN_EVENTS;
}

int parties_init(struct parties *parties, const struct blueprint *blueprint, struct lw_error *err)
{
    struct failures failures;
    *parties = (struct parties){.n_symbols = blueprint->machine->n_symbols, .services = INTERN_INIT};
    int rc = failures_init(&failures, blueprint->templates, err);
    if (rc != 0)
        return rc;
    parties->items = alloc_array(parties->n_symbols, sizeof *parties->items);
    if (parties->items == NULL)
        rc = LW_ERR_MEMORY;
    for (uint32_t id = 0; id < parties->n_symbols && rc == 0; id++) {
        ptrdiff_t index = templates_index(blueprint->templates, id);
        struct party *party = &parties->items[id];
        *party = (struct party){PARTY_NONE, PARTY_NONE, LW_LEVEL_NONE, false};
        if (index < 0)
            continue;
        const struct template_item *item = &blueprint->templates->items[index];
        party->level = template_usual_level(item);
        party->has_parameter = has_parameter(blueprint, (size_t)index);
        party->type = failures_type(&failures, id, LW_LEVEL_NONE);
        parties->has_failures = parties->has_failures || party->type != PARTY_NONE;
        rc = find_service(parties, blueprint, (size_t)index, &party->service);
    }
    failures_release(&failures);
    if (rc != 0) {
        parties_release(parties);
        return fail_memory(err, "finding services and failures");
    }
    return 0;
}

void parties_release(struct parties *parties)
{
    free(parties->items);
    intern_release(&parties->services);
    parties->items = NULL;
    parties->n_symbols = 0;
}

const struct party *parties_get(const struct parties *parties, uint32_t template_id)
{
    return template_id < parties->n_symbols ? &parties->items[template_id] : NULL;
}

bool parties_is_failure(const struct parties *parties, uint32_t template_id)
{
    return template_id < parties->n_symbols && parties->items[template_id].type != PARTY_NONE;
}

bool parties_selects(const struct parties *parties, const struct selector *selector, uint32_t template_id)
{
    const struct party *party = parties_get(parties, template_id);
    if (party == NULL)
        return false;
    switch (selector->kind) {
    case SELECTOR_TEMPLATE:
        return selector->template_id == template_id;
    case SELECTOR_LEVEL:
        return selector->level == party->level;
    case SELECTOR_SERVICE: {
        size_t len = strlen(selector->service);
        if (party->service == PARTY_NONE)
            return false;
        struct lw_bytes name = intern_get(&parties->services, party->service);
        return name.len == len && memcmp(name.data, selector->service, len) == 0;
    }
    case SELECTOR_ERROR:
        return party->type != PARTY_NONE;
    default:
        return false;
    }
}

bool *parties_failures(const struct parties *parties, uint32_t service)
{
    bool *is_failure = alloc_zeroed(parties->n_symbols, sizeof *is_failure);
    for (uint32_t id = 0; id < parties->n_symbols && is_failure != NULL; id++)
        is_failure[id] =
            parties_is_failure(parties, id) && (service == PARTY_NONE || parties->items[id].service == service);
    return is_failure;
}
