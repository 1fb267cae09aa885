#include "measure/fidelity_process.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "base/order.h"
#include "learn/machine.h"
#include "measure/distance.h"

#define MACHINE_TRACES 3000
#define MACHINE_EVENTS 100000
#define MIN_TIMED      5 /* delays of a pair on both sides */

struct walked { /* a set of traces through a machine */
    size_t steps, fitting, in_core;
    double *visits; /* [states] */
    bool *is_taken; /* [edges] */
    double precise; /* share of the machine's next steps that were taken */
};

/* As many traces of each, spread evenly, that they hold no more than there is room for. */
static size_t choose_traces(const struct view *a, const struct view *b)
{
    double longest = fmax((double)a->n_rows / (double)a->n_traces, (double)b->n_rows / (double)b->n_traces);
    size_t n = a->n_traces < b->n_traces ? a->n_traces : b->n_traces, most = (size_t)(MACHINE_EVENTS / longest) + 1;
    n = n < MACHINE_TRACES ? n : MACHINE_TRACES;
    return n < most ? n : most;
}

static int select_traces(const struct view *view, size_t n, struct trace_set *out, struct lw_error *err)
{
    uint32_t *indexes = alloc_array(n, sizeof *indexes);
    if (indexes == NULL)
        return fail_memory(err, "choosing traces");
    for (size_t i = 0; i < n; i++)
        indexes[i] = view->traces[i * view->n_traces / n];
    int code = trace_set_select(view->of->traces, indexes, n, out, err);
    free(indexes);
    return code;
}

static void walk_trace(const struct machine *machine, const struct trace_set *set, size_t t, struct walked *out)
{
    struct machine_walk walk;
    machine_walk_init(&walk);
    for (size_t e = set->first[t]; e <= set->first[t + 1]; e++) {
        bool is_end = e == set->first[t + 1];
        const struct machine_edge *edge;
        uint32_t from = walk.state;
        if (is_end && trace_set_is_open_end(set, t))
            break;
        machine_step(machine, &walk, is_end ? LW_TEMPLATE_UNKNOWN : set->templates[e], is_end, &edge);
        out->steps++;
        out->visits[from]++;
        if (edge == NULL)
            continue;
        out->fitting++;
        out->in_core += edge->is_core;
        out->is_taken[edge - machine->edges] = true;
    }
}

static int walk_all(const struct machine *machine, const struct trace_set *set, struct walked *out)
{
    *out = (struct walked){.visits = alloc_zeroed(machine->n_states, sizeof *out->visits),
                           .is_taken = alloc_zeroed(machine->n_edges, sizeof *out->is_taken)};
    if (out->visits == NULL || out->is_taken == NULL) {
        free(out->visits);
        free(out->is_taken);
        return LW_ERR_MEMORY;
    }
    for (size_t t = 0; t < set->n_traces; t++)
        walk_trace(machine, set, t, out);
    double taken = 0;
    for (size_t s = 0; s < machine->n_states; s++) {
        const struct machine_state *state = &machine->states[s];
        double mass = 0, whole = 0;
        for (size_t e = state->first_edge; e < (size_t)state->first_edge + state->n_edges; e++) {
            whole += machine->edges[e].probability;
            mass += out->is_taken[e] ? machine->edges[e].probability : 0;
        }
        taken += whole > 0 ? out->visits[s] * mass / whole : 0;
    }
    out->precise = out->steps > 0 ? taken / (double)out->steps : NAN;
    free(out->visits);
    free(out->is_taken);
    return 0;
}

static double share(size_t part, size_t whole)
{
    return whole > 0 ? (double)part / (double)whole : NAN;
}

static int compare_machines(const struct trace_set sets[2], const struct machine machines[2],
                            struct lw_figures *figures, struct lw_error *err)
{
    struct walked own, b_in_a, a_in_b;
    if (walk_all(&machines[0], &sets[0], &own) != 0 || walk_all(&machines[0], &sets[1], &b_in_a) != 0 ||
        walk_all(&machines[1], &sets[0], &a_in_b) != 0)
        return fail_memory(err, "walking machines");
    double beyond = share(own.in_core, own.steps) - share(b_in_a.in_core, b_in_a.steps);
    int code = figures_put(figures, "process", "fitness_synthetic", share(b_in_a.fitting, b_in_a.steps), b_in_a.steps,
                           "steps of the synthetic log that the machine of the real one has", err);
    if (code == 0)
        code = figures_put(figures, "process", "fitness_real", share(a_in_b.fitting, a_in_b.steps), a_in_b.steps,
                           "steps of the real log that the machine of the synthetic one has", err);
    if (code == 0)
        code = figures_put(figures, "process", "precision_synthetic", b_in_a.precise, b_in_a.steps,
                           "of what the machine of the real log does next, what the synthetic log does", err);
    if (code == 0)
        code = figures_put(figures, "process", "precision_real", a_in_b.precise, a_in_b.steps,
                           "of what the machine of the synthetic log does next, what the real log does", err);
    if (code == 0)
        code = figures_put(figures, "rules", "process core", 1 - fmax(0, beyond), b_in_a.steps, NULL, err);
    return code;
}

static int learn_both(const struct view *a, const struct view *b, const struct lw_run *run, struct lw_figures *figures,
                      struct lw_error *err)
{
    const struct view *views[2] = {a, b};
    struct trace_set sets[2] = {{0}, {0}};
    struct machine machines[2];
    size_t n = choose_traces(a, b), n_machines = 0;
    int code = 0;
    for (int side = 0; side < 2 && code == 0; side++) {
        trace_set_init(&sets[side]);
        code = select_traces(views[side], n, &sets[side], err);
        if (code == 0)
            code = machine_learn(&sets[side], run, &machines[side], err);
        n_machines += code == 0;
    }
    if (code == 0)
        code = compare_machines(sets, machines, figures, err);
    for (size_t i = 0; i < n_machines; i++)
        machine_release(&machines[i]);
    for (int side = 0; side < 2; side++)
        trace_set_release(&sets[side]);
    return code;
}

/* ---- without a machine ----------------------------------------------------------------------------------------- */

#define START COLUMN_NONE - 1
#define END   COLUMN_NONE - 2

static int tally_traces(const struct view *view, int side, struct tallies *pairs, struct tallies *variants)
{
    int code = 0;
    for (size_t t = 0; t < view->n_traces && code == 0; t++) {
        uint32_t from = START;
        uint64_t variant = 0;
        for (size_t i = view->first[t]; i < view->first[t + 1] && code == 0; i++) {
            code = tallies_add(pairs, key_join(from, view->kinds[i]), side, 1);
            from = view->kinds[i];
            variant = key_join(variant, from);
        }
        if (code == 0)
            code = tallies_add(pairs, key_join(from, END), side, 1);
        if (code == 0)
            code = tallies_add(variants, variant, side, 1);
    }
    return code;
}

/* KS complement of each pair of templates, weighted by how often a has it. */
static int compare_delays(const struct view *a, const struct view *b, double *alike, uint64_t *n_pairs)
{
    const struct view *views[2] = {a, b};
    size_t n[2] = {a->n_steps, b->n_steps}, at[2] = {0, 0}, most;
    const struct view_step *times[2] = {a->steps, b->steps};
    double sum = 0, weight = 0;
    most = n[0] > n[1] ? n[0] : n[1];
    double *values[2] = {alloc_array(most, sizeof(double)), alloc_array(most, sizeof(double))};
    int code = values[0] == NULL || values[1] == NULL ? LW_ERR_MEMORY : 0;
    *n_pairs = 0;
    while (code == 0 && at[0] < n[0] && at[1] < n[1]) {
        uint64_t pair = times[0][at[0]].pair < times[1][at[1]].pair ? times[0][at[0]].pair : times[1][at[1]].pair;
        size_t found[2] = {0, 0};
        double worth[2];
        for (int side = 0; side < 2; side++) {
            for (; at[side] < n[side] && times[side][at[side]].pair == pair; at[side]++)
                values[side][found[side]++] = times[side][at[side]].delay;
            worth[side] = view_effective(views[side], found[side]);
        }
        if (found[0] < MIN_TIMED || found[1] < MIN_TIMED)
            continue;
        sum += (double)found[0] * distance_ks(values[0], found[0], worth[0], values[1], found[1], worth[1]);
        weight += (double)found[0];
        ++*n_pairs;
    }
    *alike = weight > 0 ? sum / weight : NAN;
    free(values[0]);
    free(values[1]);
    return code;
}

static int compare_lengths(const struct view *a, const struct view *b, double *alike)
{
    double *lengths[2] = {alloc_array(a->n_traces, sizeof(double)), alloc_array(b->n_traces, sizeof(double))};
    const struct view *views[2] = {a, b};
    int code = lengths[0] == NULL || lengths[1] == NULL ? LW_ERR_MEMORY : 0;
    for (int side = 0; side < 2 && code == 0; side++) {
        memcpy(lengths[side], views[side]->lengths, views[side]->n_traces * sizeof *lengths[side]);
        qsort(lengths[side], views[side]->n_traces, sizeof *lengths[side], order_double);
    }
    if (code == 0)
        *alike =
            distance_ks(lengths[0], a->n_traces, (double)a->n_traces, lengths[1], b->n_traces, (double)b->n_traces);
    free(lengths[0]);
    free(lengths[1]);
    return code;
}

static int compare_traces(const struct view *a, const struct view *b, struct lw_figures *figures, struct lw_error *err)
{
    struct tallies pairs = {0}, variants = {0};
    double lengths = NAN, delays = NAN;
    uint64_t n_pairs = 0;
    int code = tally_traces(a, 0, &pairs, &variants);
    if (code == 0)
        code = tally_traces(b, 1, &pairs, &variants);
    if (code == 0)
        code = compare_delays(a, b, &delays, &n_pairs);
    if (code == 0)
        code = compare_lengths(a, b, &lengths);
    code = code != 0
               ? fail_memory(err, "comparing traces")
               : figures_put(figures, "process", "transitions",
                             tallies_variation(&pairs, view_effective(a, a->n_rows), view_effective(b, b->n_rows)),
                             pairs.n, NULL, err);
    if (code == 0)
        code =
            figures_put(figures, "process", "variants",
                        tallies_variation(&variants, (double)a->n_traces, (double)b->n_traces), variants.n, NULL, err);
    if (code == 0)
        code = figures_put(figures, "process", "lengths", lengths, b->n_traces, NULL, err);
    if (code == 0 && a->of->has_times)
        code = figures_put(figures, "process", "delays", delays, n_pairs, NULL, err);
    tallies_release(&pairs);
    tallies_release(&variants);
    return code;
}

int fidelity_process(const struct view *a, const struct view *b, const struct lw_run *run, struct lw_figures *figures,
                     struct lw_error *err)
{
    int code = learn_both(a, b, run, figures, err);
    return code != 0 ? code : compare_traces(a, b, figures, err);
}
