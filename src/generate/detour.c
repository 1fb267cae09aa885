#include "generate/detour.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* Whether a way may stop behind the edge: at the end, or at a goal from which the end can be reached. */
static bool is_stop(const struct detour *detour, const struct machine_edge *edge, bool is_end)
{
    if (is_end || edge->to == MACHINE_END)
        return is_end && edge->to == MACHINE_END;
    return detour->to_end[edge->to] != DETOUR_NONE && detour->is_goal[edge->template_id];
}

/* Gives states that have no way one of the fewest steps over open edges until a stop, or a state that has one (Bellman
 * and Ford's relaxation, all steps being equally long). */
static int find_ways(const struct detour *detour, const bool *is_open, bool is_end, uint32_t *first)
{
    const struct machine *machine = detour->machine;
    uint32_t *distance = alloc_array(machine->n_states, sizeof *distance);
    if (distance == NULL)
        return LW_ERR_MEMORY;
    for (size_t s = 0; s < machine->n_states; s++)
        distance[s] = first[s] == DETOUR_NONE ? UINT32_MAX : 0;
    for (bool is_changed = true; is_changed;) {
        is_changed = false;
        for (size_t i = machine->n_edges; i-- > 0;) {
            const struct machine_edge *edge = &machine->edges[i];
            bool is_last = is_stop(detour, edge, is_end);
            if (!is_open[i] || (!is_last && (edge->to == MACHINE_END || distance[edge->to] == UINT32_MAX)))
                continue;
            uint32_t reached = is_last ? 1 : distance[edge->to] + 1;
            if (reached < distance[edge->from]) {
                distance[edge->from] = reached;
                first[edge->from] = (uint32_t)i;
                is_changed = true;
            }
        }
    }
    free(distance);
    return 0;
}

static int find_both(struct detour *detour, const bool *is_open)
{
    int rc = find_ways(detour, is_open, true, detour->to_end);
    return rc == 0 ? find_ways(detour, is_open, false, detour->to_goal) : rc;
}

static void open_edges(const struct machine *machine, const struct lw_constraints *constraints, bool is_wide,
                       bool *is_open)
{
    const struct machine_edge *edges = machine->edges;
    for (size_t i = 0; i < machine->n_edges; i++)
        is_open[i] = (is_wide || edges[i].is_core) &&
                     (edges[i].to == MACHINE_END || constraints_weight(constraints, edges[i].template_id) > 0);
}

static int open_ways(struct detour *detour, const struct lw_constraints *constraints, bool is_wide)
{
    open_edges(detour->machine, constraints, is_wide, detour->is_open);
    memset(detour->to_end, 0xff, detour->machine->n_states * sizeof *detour->to_end);
    memset(detour->to_goal, 0xff, detour->machine->n_states * sizeof *detour->to_goal);
    return find_both(detour, detour->is_open);
}

int detour_init(struct detour *detour, const struct blueprint *blueprint, const struct lw_constraints *constraints,
                bool *is_goal)
{
    const struct machine *machine = blueprint->machine;
    *detour = (struct detour){.machine = machine,
                              .is_goal = is_goal,
                              .is_open = alloc_array(machine->n_edges, sizeof *detour->is_open),
                              .to_goal = alloc_array(machine->n_states, sizeof *detour->to_goal),
                              .to_end = alloc_array(machine->n_states, sizeof *detour->to_end),
                              .longest = blueprint->longest};
    int rc = is_goal == NULL || detour->is_open == NULL || detour->to_goal == NULL || detour->to_end == NULL
                 ? LW_ERR_MEMORY
                 : 0;
    if (rc == 0)
        rc = open_ways(detour, constraints, false);
    if (rc != 0)
        detour_release(detour);
    return rc;
}

int detour_widen(struct detour *detour, const struct lw_constraints *constraints)
{
    return open_ways(detour, constraints, true);
}

int detour_complete(struct detour *detour, const struct lw_constraints *constraints)
{
    bool *is_open = alloc_array(detour->machine->n_edges, sizeof *is_open);
    if (is_open == NULL)
        return LW_ERR_MEMORY;
    open_edges(detour->machine, constraints, true, is_open);
    int rc = find_both(detour, is_open);
    free(is_open);
    return rc;
}

void detour_release(struct detour *detour)
{
    free(detour->is_goal);
    free(detour->is_open);
    free(detour->to_goal);
    free(detour->to_end);
    memset(detour, 0, sizeof *detour);
}

/* One of the ways out of a state, by its odds; the shortest to the end once the trace is long. */
static uint32_t draw_on(const struct detour *detour, struct rng *rng, uint32_t state, size_t n)
{
    const struct machine_state *at = &detour->machine->states[state];
    double sum = 0, where = rng_uniform(rng);
    for (uint32_t i = at->first_edge; i < at->first_edge + at->n_edges; i++)
        sum += detour->is_open[i] ? detour->machine->edges[i].probability : 0;
    where *= sum;
    for (uint32_t i = at->first_edge; i < at->first_edge + at->n_edges && n < detour->longest; i++) {
        const struct machine_edge *edge = &detour->machine->edges[i];
        if (!detour->is_open[i] || (edge->to != MACHINE_END && detour->to_end[edge->to] == DETOUR_NONE))
            continue;
        where -= edge->probability;
        if (where < 0)
            return i;
    }
    return detour->to_end[state];
}

static int take(const struct machine_edge *edge, struct rng *rng, struct course *course)
{
    int64_t last = course_lasts_us(course);
    int64_t delay = edge->timed > 0 ? machine_delay_quantile(edge, rng_uniform(rng)) : 0;
    return course_add(course, course->n, edge->template_id, last + (course->n > 0 ? delay : 0));
}

int detour_lead(const struct detour *detour, struct rng *rng, struct course *course, size_t keep, size_t *at)
{
    const struct machine *machine = detour->machine;
    struct machine_walk walk;
    const struct machine_edge *edge;
    *at = SIZE_MAX;
    machine_walk_init(&walk);
    for (size_t i = 0; i < keep; i++)
        (void)machine_step(machine, &walk, course->templates[i], false, &edge);
    uint32_t state = walk.state;
    if (detour->to_goal[state] == DETOUR_NONE)
        return 0;
    course->n = keep;
    while (state != MACHINE_END) {
        uint32_t chosen = *at == SIZE_MAX ? detour->to_goal[state] : draw_on(detour, rng, state, course->n);
        edge = &machine->edges[chosen];
        if (edge->to != MACHINE_END) {
            if (*at == SIZE_MAX && is_stop(detour, edge, false))
                *at = course->n;
            int rc = take(edge, rng, course);
            if (rc != 0)
                return rc;
        }
        state = edge->to;
    }
    return 0;
}
