/* Steps, delays and the order of times, trace by trace. */
#include "measure/validate_parts.h"

struct step_laws {
    size_t known, begin, step, end, backwards, delay, unique;
};

bool validate_moves_times(const struct lw_constraints *constraints)
{
    return constraints != NULL && (constraints->n_rules > 0 || constraints->recovery_after.kind != SELECTOR_NONE);
}

static int check_delay(struct validating *v, const struct step_laws *laws, size_t trace, size_t row,
                       const struct machine_edge *edge)
{
    double delay = v->view.delays[row];
    if (isnan(delay))
        return 0;
    v->laws[laws->backwards].checked++;
    if (delay < 0)
        return law_break(v, laws->backwards, trace, row, "%g s before the event before it", -delay);
    if (edge == NULL || edge->timed == 0 || validate_moves_times(v->in->constraints))
        return 0;
    double stretch = v->in->constraints == NULL ? 1 : constraints_stretch(v->in->constraints, edge->template_id);
    double longest = 1e-6 * (double)machine_delay_bound(edge) * stretch;
    v->laws[laws->delay].checked++;
    if (delay <= longest + 2e-6 * (double)v->resolution_us)
        return 0;
    return law_break(v, laws->delay, trace, row, "after %g s; it was never seen to take more than %g s", delay,
                     longest);
}

static const char *state_name(const struct validating *v, uint32_t state)
{
    return v->in->model->machine.states[state].name;
}

/* Whether a trace may be over in the state, and another one begins with the template. */
static bool begins_anew(const struct machine *machine, uint32_t from, uint32_t id)
{
    const struct machine_state *before = &machine->states[from], *start = &machine->states[MACHINE_START];
    bool is_over = false, is_begun = false;
    for (size_t i = before->first_edge; i < (size_t)before->first_edge + before->n_edges; i++)
        is_over = is_over || machine->edges[i].to == MACHINE_END;
    for (size_t i = start->first_edge; i < (size_t)start->first_edge + start->n_edges; i++)
        is_begun = is_begun || (machine->edges[i].to != MACHINE_END && machine->edges[i].template_id == id);
    return is_over && is_begun;
}

static int check_trace(struct validating *v, const struct step_laws *laws, size_t trace)
{
    const struct machine *machine = &v->in->model->machine;
    const struct trace_set *set = v->columns.traces;
    const struct machine_edge *edge;
    struct machine_walk walk;
    size_t first = v->view.first[trace], end = v->view.first[trace + 1];
    int code = 0;
    bool is_known = true;
    machine_walk_init(&walk);
    v->laws[laws->unique].checked++;
    for (size_t row = first; row < end && code == 0; row++) {
        uint32_t id = validate_template(v, row), from = walk.state;
        machine_step(machine, &walk, id, false, &edge);
        v->laws[laws->known].checked++;
        if (id == LW_TEMPLATE_UNKNOWN) {
            is_known = false;
            code = law_break(v, laws->known, trace, row, "no template of the real log fits");
            continue;
        }
        if (row == first && trace_set_is_open_start(set, v->view.traces[trace]))
            continue;
        if (row > first && edge == NULL && begins_anew(machine, from, id)) {
            code = law_break(v, laws->unique, trace, row, "a second trace of the same name begins");
            machine_walk_init(&walk);
            machine_step(machine, &walk, id, false, &edge);
            continue;
        }
        size_t law = row == first ? laws->begin : laws->step;
        v->laws[law].checked++;
        if (edge == NULL)
            code = row == first ? law_break(v, law, trace, row, "no trace begins with E%u", id)
                                : law_break(v, law, trace, row, "no E%u from state %s", id, state_name(v, from));
        if (code == 0)
            code = check_delay(v, laws, trace, row, edge);
    }
    /* Where an event is not known, it may have led to the end. */
    if (code != 0 || end == first || !is_known || trace_set_is_open_end(set, v->view.traces[trace]))
        return code;
    uint32_t from = walk.state;
    machine_step(machine, &walk, LW_TEMPLATE_UNKNOWN, true, &edge);
    v->laws[laws->end].checked++;
    return edge != NULL ? 0
                        : law_break(v, laws->end, trace, SIZE_MAX, "no trace ends in state %s", state_name(v, from));
}

/* A trace of the synthetic log that is called as one of the real log is no new one. */
static int check_names(struct validating *v)
{
    const struct trace_set *real = &v->in->model->traces, *set = v->columns.traces;
    size_t law = law_of(v, "keys", "new name", BREACH_OTHER);
    int code = 0;
    for (size_t t = 0; t < v->view.n_traces && code == 0 && set != real; t++) {
        struct lw_bytes name = intern_get(&set->names, v->view.traces[t]);
        v->laws[law].checked++;
        if (intern_find(&real->names, name.data, name.len) != INTERN_NONE)
            code = law_break(v, law, t, v->view.first[t], "a trace of the real log has this name");
    }
    return code;
}

int validate_traces(struct validating *v)
{
    const struct step_laws laws = {
        law_of(v, "machine", "template", BREACH_UNKNOWN), law_of(v, "machine", "start", BREACH_STEP),
        law_of(v, "machine", "step", BREACH_STEP),        law_of(v, "machine", "end", BREACH_STEP),
        law_of(v, "keys", "time order", BREACH_OTHER),    law_of(v, "delays", "longest", BREACH_DELAY),
        law_of(v, "keys", "unique name", BREACH_STEP)};
    int code = 0;
    for (size_t t = 0; t < v->view.n_traces && code == 0; t++)
        code = check_trace(v, &laws, t);
    return code == 0 ? check_names(v) : code;
}
