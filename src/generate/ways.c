/*
 * Forward from start, each node is made when a step first leads to it; then backward from the end, which also gives
 * the shortest ways out; what lies on no way to the end is dropped.
 */
#include "generate/ways.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "generate/elimination.h"
#include "learn/pair_map.h"

void ways_release(struct ways *ways)
{
    free(ways->states);
    free(ways->first);
    free(ways->steps);
    free(ways->p);
    free(ways->way_out);
    *ways = (struct ways){.machine = NULL};
}

struct building {
    const struct machine *machine;
    const struct ways_rules *rules;
    struct pair_map nodes; /* (state, class) */
    size_t *first;
    struct way_step *steps;
    size_t n_steps, cap_first, cap_steps;
    uint32_t *way_out; /* [nodes] UINT32_MAX: none */
};

static int add_step(struct building *building, uint32_t from, uint32_t edge_at)
{
    const struct ways_rules *rules = building->rules;
    const struct machine_edge *edge = &building->machine->edges[edge_at];
    uint32_t class = 0, pair = 0, to = WAYS_END;
    if (rules->odds[edge_at] <= 0)
        return 0;
    if (edge->to != MACHINE_END) {
        class = rules->class_of == NULL ? 0 : rules->class_of[edge->template_id];
        pair = building->nodes.pairs[from].b * rules->n_classes + class;
        if (rules->is_barred != NULL && rules->is_barred[pair])
            return 0;
        if (pair_map_add(&building->nodes, edge->to, class, &to) != 0)
            return LW_ERR_MEMORY;
    }
    if (alloc_grow(&building->steps, &building->cap_steps, building->n_steps + 1, sizeof *building->steps) != 0)
        return LW_ERR_MEMORY;
    building->steps[building->n_steps++] = (struct way_step){from, to, edge_at, pair};
    return 0;
}

static int walk_forward(struct building *building)
{
    uint32_t id;
    int rc = pair_map_add(&building->nodes, MACHINE_START, 0, &id);
    if (rc == 0)
        rc = pair_map_add(&building->nodes, MACHINE_END, 0, &id);
    for (uint32_t node = 0; node < building->nodes.count && rc == 0; node++) {
        const struct machine_state *state = &building->machine->states[building->nodes.pairs[node].a];
        rc = alloc_grow(&building->first, &building->cap_first, (size_t)node + 2, sizeof *building->first);
        if (rc == 0)
            building->first[node] = building->n_steps;
        for (uint32_t e = 0; e < state->n_edges && rc == 0; e++)
            rc = add_step(building, node, state->first_edge + e);
        if (rc == 0)
            building->first[node + 1] = building->n_steps;
    }
    return rc;
}

/* Breadth first from the end against the steps. */
static int walk_back(struct building *building)
{
    size_t n = building->nodes.count;
    size_t *first = alloc_zeroed(n + 2, sizeof *first); /* of the steps into a node */
    uint32_t *into = alloc_array(building->n_steps, sizeof *into), *queue = alloc_array(n, sizeof *queue);
    building->way_out = alloc_array(n, sizeof *building->way_out);
    int rc = first == NULL || into == NULL || queue == NULL || building->way_out == NULL ? LW_ERR_MEMORY : 0;
    for (size_t i = 0; i < building->n_steps && rc == 0; i++)
        first[building->steps[i].to + 2]++;
    for (size_t i = 2; i < n + 2 && rc == 0; i++)
        first[i] += first[i - 1];
    for (uint32_t i = 0; i < building->n_steps && rc == 0; i++)
        into[first[building->steps[i].to + 1]++] = i;
    for (size_t i = 0; i < n && rc == 0; i++)
        building->way_out[i] = UINT32_MAX;
    size_t n_queue = 0;
    if (rc == 0)
        queue[n_queue++] = WAYS_END;
    for (size_t at = 0; at < n_queue; at++)
        for (size_t i = first[queue[at]]; i < first[queue[at] + 1]; i++) {
            uint32_t from = building->steps[into[i]].from;
            if (building->way_out[from] == UINT32_MAX) {
                building->way_out[from] = into[i];
                queue[n_queue++] = from;
            }
        }
    free(first);
    free(into);
    free(queue);
    return rc;
}

static bool is_kept(const struct building *building, uint32_t node)
{
    return node == WAYS_END || building->way_out[node] != UINT32_MAX;
}

/* Copies what is kept; number[node] is its new one. */
static void fill(const struct building *building, uint32_t *number, struct ways *out)
{
    for (uint32_t node = 0; node < building->nodes.count; node++)
        if (is_kept(building, node)) {
            number[node] = (uint32_t)out->n_nodes;
            out->states[out->n_nodes++] = building->nodes.pairs[node].a;
        }
    for (uint32_t node = 0; node < building->nodes.count; node++) {
        if (!is_kept(building, node))
            continue;
        out->first[number[node]] = out->n_steps;
        for (size_t i = building->first[node]; i < building->first[node + 1]; i++) {
            struct way_step step = building->steps[i];
            if (!is_kept(building, step.to))
                continue;
            if (building->way_out[node] == i)
                out->way_out[number[node]] = (uint32_t)out->n_steps;
            out->p[out->n_steps] = building->rules->odds[step.edge];
            out->steps[out->n_steps++] = (struct way_step){number[node], number[step.to], step.edge, step.pair};
        }
    }
    out->first[out->n_nodes] = out->n_steps;
}

static int trim(const struct building *building, struct ways *out)
{
    size_t n = building->nodes.count;
    uint32_t *number = alloc_array(n, sizeof *number);
    struct ways made = {.machine = building->machine};
    made.states = alloc_array(n, sizeof *made.states);
    made.first = alloc_array(n + 1, sizeof *made.first);
    made.steps = alloc_array(building->n_steps, sizeof *made.steps);
    made.p = alloc_array(building->n_steps, sizeof *made.p);
    made.way_out = alloc_zeroed(n, sizeof *made.way_out);
    bool is_out = number == NULL || made.states == NULL || made.first == NULL || made.steps == NULL || made.p == NULL ||
                  made.way_out == NULL;
    if (is_out) {
        ways_release(&made);
    } else {
        fill(building, number, &made);
        *out = made;
    }
    free(number);
    return is_out ? LW_ERR_MEMORY : 0;
}

int ways_build(const struct machine *machine, const struct ways_rules *rules, struct ways *out)
{
    struct building building = {.machine = machine, .rules = rules, .nodes = PAIR_MAP_INIT};
    int rc = walk_forward(&building);
    if (rc == 0)
        rc = walk_back(&building);
    if (rc == 0 && building.way_out[WAYS_START] == UINT32_MAX)
        rc = LW_ERR_INFEASIBLE;
    if (rc == 0)
        rc = trim(&building, out);
    pair_map_release(&building.nodes);
    free(building.first);
    free(building.steps);
    free(building.way_out);
    return rc;
}

int ways_rank(const struct machine *machine, uint32_t **ranks)
{
    uint32_t *from = alloc_array(machine->n_edges, sizeof *from), *to = alloc_array(machine->n_edges, sizeof *to);
    uint32_t *made = alloc_array(machine->n_states, sizeof *made);
    struct elimination elimination;
    size_t n = 0;
    int rc = from == NULL || to == NULL || made == NULL ? LW_ERR_MEMORY : 0;
    for (size_t e = 0; e < machine->n_edges && rc == 0; e++)
        if (machine->edges[e].to != MACHINE_END) {
            from[n] = machine->edges[e].from;
            to[n++] = machine->edges[e].to;
        }
    if (rc == 0)
        rc = elimination_init(&elimination, machine->n_states, from, to, n, NULL);
    free(from);
    free(to);
    if (rc != 0) {
        free(made);
        return rc;
    }
    memcpy(made, elimination.place, machine->n_states * sizeof *made);
    elimination_release(&elimination);
    *ranks = made;
    return 0;
}

uint32_t *ways_order(const struct ways *ways, const uint32_t *ranks)
{
    size_t n_states = ways->machine->n_states;
    uint32_t *order = alloc_array(ways->n_nodes, sizeof *order);
    size_t *first = alloc_zeroed(n_states + 1, sizeof *first);
    if (order == NULL || first == NULL) {
        free(order);
        free(first);
        return NULL;
    }
    for (size_t node = 0; node < ways->n_nodes; node++)
        first[ranks[ways->states[node]] + 1]++;
    for (size_t i = 1; i <= n_states; i++)
        first[i] += first[i - 1];
    for (uint32_t node = 0; node < ways->n_nodes; node++)
        order[first[ranks[ways->states[node]]]++] = node;
    free(first);
    return order;
}
