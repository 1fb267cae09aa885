/*
 * Ids while a log is followed. Mining numbers groups by first appearance, which more records change: groups join, and
 * one may come apart. What stays is the number of a sequence, so an id is remembered by the sequence that its group
 * began with and goes to whatever group holds that sequence now. Remembering texts was rejected: a text changes when
 * its template grows more general, and then the id would be lost.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "learn/groups.h"

#define NO_GROUP UINT32_MAX

struct pins {
    uint32_t *of_sequence; /* [sequences] index of the mined group */
    uint32_t *place;       /* [mined groups] index it goes to */
    struct group *items;
};

/* Returns how many places there are. */
static size_t find_places(const struct groups *groups, struct pins *pins)
{
    const struct sequences *source = groups->source;
    size_t n = source->n_anchors;

    for (uint32_t g = 0; g < groups->n; g++) {
        pins->place[g] = NO_GROUP;
        for (size_t m = 0; m < groups->items[g].n; m++)
            pins->of_sequence[groups->items[g].sequences[m]] = g;
    }
    for (uint32_t i = 0; i < source->n_anchors; i++) {
        uint32_t *place = &pins->place[pins->of_sequence[source->anchors[i]]];

        if (*place == NO_GROUP)
            *place = i;
    }
    for (size_t g = 0; g < groups->n; g++)
        if (pins->place[g] == NO_GROUP)
            pins->place[g] = (uint32_t)n++;
    return n;
}

static void place_all(struct groups *groups, struct pins *pins, size_t n)
{
    const struct sequences *source = groups->source;

    for (uint32_t i = 0; i < source->n_anchors; i++) {
        uint32_t holder = pins->place[pins->of_sequence[source->anchors[i]]];

        pins->items[i] = (struct group){i + 1, holder + 1, {NULL, 0}, NULL, 0, 0, {NULL, 0}, false, source->anchors[i]};
    }
    for (size_t g = 0; g < groups->n; g++) {
        struct group *item = &pins->items[pins->place[g]];
        bool is_known = pins->place[g] < source->n_anchors;
        uint32_t anchor = is_known ? source->anchors[pins->place[g]] : groups->items[g].anchor;

        *item = groups->items[g];
        item->id = pins->place[g] + 1;
        item->anchor = anchor;
    }
    free(groups->items);
    groups->items = pins->items;
    groups->n = groups->cap = n;
}

int groups_pin(struct groups *groups)
{
    struct pins pins;
    int status = 0;

    if (groups->source->n_anchors == 0)
        return 0;
    pins.of_sequence = alloc_array(groups->source->keys.count, sizeof *pins.of_sequence);
    pins.place = alloc_array(groups->n, sizeof *pins.place);
    pins.items = alloc_array(groups->source->n_anchors + groups->n, sizeof *pins.items);
    if (pins.of_sequence == NULL || pins.place == NULL || pins.items == NULL) {
        status = LW_ERR_MEMORY;
        free(pins.items);
    } else {
        place_all(groups, &pins, find_places(groups, &pins));
    }
    free(pins.of_sequence);
    free(pins.place);
    return status;
}
