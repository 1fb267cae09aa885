/* The machine as logwright.h shows it. */
#include "learn/machine.h"

#include <string.h>

#include "base/fail.h"

static const struct machine *open_machine(const struct lw_machine *machine)
{
    return (const struct machine *)machine;
}

size_t lw_machine_state_count(const struct lw_machine *machine)
{
    return open_machine(machine)->n_states;
}

int lw_machine_state(const struct lw_machine *machine, size_t index, struct lw_state *out, struct lw_error *err)
{
    const struct machine *of = open_machine(machine);
    if (index >= of->n_states)
        return fail(err, LW_ERR_NOT_FOUND, "there is no state %zu; the machine has %zu", index, of->n_states);
    const struct machine_state *state = &of->states[index];
    *out = (struct lw_state){{state->name, strlen(state->name)}, state->visits, state->template_id, state->is_core};
    return 0;
}

size_t lw_machine_transition_count(const struct lw_machine *machine)
{
    return open_machine(machine)->n_edges;
}

int lw_machine_transition(const struct lw_machine *machine, size_t index, struct lw_transition *out,
                          struct lw_error *err)
{
    const struct machine *of = open_machine(machine);
    if (index >= of->n_edges)
        return fail(err, LW_ERR_NOT_FOUND, "there is no transition %zu; the machine has %zu", index, of->n_edges);
    const struct machine_edge *edge = &of->edges[index];
    *out = (struct lw_transition){.from = edge->from,
                                  .to = edge->to,
                                  .template_id = edge->template_id,
                                  .count = edge->count,
                                  .probability = edge->probability,
                                  .delay_p50_us = machine_delay_quantile(edge, .5),
                                  .delay_p95_us = machine_delay_quantile(edge, .95),
                                  .is_core = edge->is_core};
    return 0;
}

double lw_machine_log2_probability(const struct lw_machine *machine, const uint32_t *templates, size_t n)
{
    const struct machine *of = open_machine(machine);
    const struct machine_edge *edge;
    struct machine_walk walk;
    double bits = 0;
    machine_walk_init(&walk);
    for (size_t i = 0; i < n; i++)
        bits += machine_step(of, &walk, templates[i], false, &edge);
    return bits + machine_step(of, &walk, 0, true, &edge);
}

void lw_machine_walk(const struct lw_machine *machine, const uint32_t *templates, size_t n, uint32_t *states)
{
    const struct machine_edge *edge;
    struct machine_walk walk;
    machine_walk_init(&walk);
    states[0] = walk.state;
    for (size_t i = 0; i < n; i++) {
        machine_step(open_machine(machine), &walk, templates[i], false, &edge);
        states[i + 1] = walk.state;
    }
}

bool lw_machine_accepts(const struct lw_machine *machine, const uint32_t *templates, size_t n, size_t *left_at)
{
    const struct machine_edge *edge;
    struct machine_walk walk;
    machine_walk_init(&walk);
    for (size_t i = 0; i <= n; i++) {
        machine_step(open_machine(machine), &walk, i < n ? templates[i] : LW_TEMPLATE_UNKNOWN, i == n, &edge);
        if (edge == NULL || !edge->is_core) {
            *left_at = i;
            return false;
        }
    }
    *left_at = n;
    return true;
}
