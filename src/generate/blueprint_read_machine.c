/*
 * Reading a machine from JSON. It has to be one that generating ends on: the probabilities of each state add up to 1,
 * and every state has a way to the end.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "generate/blueprint_read.h"

#define SUM_TOLERANCE 1e-6
#define MAX_DELAY_US  4e15

static int read_state(const struct blueprint_source *source, const char *path, struct json_object *object,
                      struct machine_state *state, struct intern *names)
{
    static const double zero = 0;
    struct json_object *template_id = NULL;
    struct lw_bytes name;
    char at[READ_PATH];
    double visits;
    size_t before = names->count;
    uint32_t id;
    if (!json_object_is_type(object, json_type_object))
        return source_wrong(source, path, "an object is right");
    int rc = source_text(source, path, object, "name", &name);
    if (rc == 0)
        rc = source_number(source, path, object, "visits", 0, 1e15, &zero, &visits);
    if (rc == 0)
        rc = source_bool(source, path, object, "core", true, &state->is_core);
    if (rc != 0)
        return rc;
    source_join(at, path, "template");
    state->template_id = LW_TEMPLATE_UNKNOWN;
    if (json_object_object_get_ex(object, "template", &template_id))
        rc = source_template_of(source, at, template_id, &state->template_id);
    state->visits = (uint64_t)visits;
    state->name = alloc_text(name.data, name.len);
    if (state->name == NULL || intern_add(names, name.data, name.len, &id) != 0)
        return source_memory(source);
    if (rc == 0 && names->count == before)
        rc = source_wrong(source, path, "another state has the same name");
    return rc;
}

static int read_states(const struct blueprint_source *source, struct json_object *json, struct intern *names)
{
    struct machine *machine = &source->out->own_machine;
    struct json_object *list;
    char at[READ_PATH];
    int rc = source_member(source, "machine", json, "states", json_type_array, &list);
    if (rc == 0)
        rc = source_list_of(source, "machine.states", list, 3, 1000000);
    size_t n = rc == 0 ? json_object_array_length(list) : 0;
    machine->states = alloc_zeroed(n, sizeof *machine->states);
    if (machine->states == NULL)
        return source_memory(source);
    for (size_t i = 0; i < n && rc == 0; i++) {
        source_index(at, "machine.states", i);
        rc = read_state(source, at, json_object_array_get_idx(list, i), &machine->states[machine->n_states++], names);
    }
    if (rc == 0 && (strcmp(machine->states[MACHINE_START].name, "start") != 0 ||
                    strcmp(machine->states[MACHINE_END].name, "end") != 0))
        rc = source_wrong(source, "machine.states", "the first two are \"start\" and \"end\"");
    return rc;
}

/* ---- transitions --------------------------------------------------------------------------------------------------
 */

static int read_end(const struct blueprint_source *source, const char *path, struct json_object *object,
                    const char *member, const struct intern *names, uint32_t *out)
{
    struct lw_bytes name;
    char at[READ_PATH];
    int rc = source_text(source, path, object, member, &name);
    if (rc != 0)
        return rc;
    *out = intern_find(names, name.data, name.len);
    source_join(at, path, member);
    return *out == INTERN_NONE ? source_wrong(source, at, "there is no state of that name") : 0;
}

static int read_delays(const struct blueprint_source *source, const char *path, struct json_object *list,
                       struct machine_edge *edge)
{
    char at[READ_PATH];
    int rc = source_list_of(source, path, list, 1, 100000);
    edge->delays = arena_take(&source->out->arena, MACHINE_DELAY_BINS * sizeof *edge->delays);
    if (edge->delays == NULL)
        return source_memory(source);
    memset(edge->delays, 0, MACHINE_DELAY_BINS * sizeof *edge->delays);
    for (size_t i = 0; rc == 0 && i < json_object_array_length(list); i++) {
        struct json_object *item = json_object_array_get_idx(list, i);
        double delay, count;
        source_index(at, path, i);
        rc = source_list_of(source, at, item, 2, 2);
        if (rc == 0)
            rc = source_number_of(source, at, json_object_array_get_idx(item, 0), 0, 4e15, true, &delay);
        if (rc == 0)
            rc = source_number_of(source, at, json_object_array_get_idx(item, 1), 1, UINT32_MAX, true, &count);
        if (rc != 0)
            return rc;
        uint32_t *bin = &edge->delays[machine_delay_bin((int64_t)delay)];
        if (count > (double)(UINT32_MAX - *bin))
            return source_wrong(source, at, "the delays are too many");
        *bin += (uint32_t)count;
        edge->timed += (uint64_t)count;
    }
    return rc;
}

static int read_edge(const struct blueprint_source *source, const char *path, struct json_object *object,
                     const struct intern *names, struct machine_edge *edge)
{
    struct machine *machine = &source->out->own_machine;
    struct json_object *value = NULL;
    char at[READ_PATH];
    double count, other;
    *edge = (struct machine_edge){.template_id = LW_TEMPLATE_UNKNOWN};
    if (!json_object_is_type(object, json_type_object))
        return source_wrong(source, path, "an object is right");
    int rc = read_end(source, path, object, "from", names, &edge->from);
    if (rc == 0)
        rc = read_end(source, path, object, "to", names, &edge->to);
    if (rc == 0 && (edge->from == MACHINE_END || edge->to == MACHINE_START))
        rc = source_wrong(source, path, "nothing leads out of \"end\" or into \"start\"");
    if (rc == 0)
        rc = source_number(source, path, object, "probability", 1e-12, 1, NULL, &edge->probability);
    other = ceil(edge->probability * 1000);
    if (rc == 0)
        rc = source_number(source, path, object, "count", 1, 1e15, &other, &count);
    if (rc == 0)
        rc = source_bool(source, path, object, "core", true, &edge->is_core);
    if (rc != 0)
        return rc;
    edge->count = (uint64_t)count;
    source_join(at, path, "template");
    if (edge->to != MACHINE_END) {
        (void)json_object_object_get_ex(object, "template", &value);
        rc = source_template_of(source, at, value, &edge->template_id);
        if (rc == 0 && templates_index(source->out->templates, edge->template_id) < 0)
            rc = source_wrong(source, at, "there is no template of that id");
        if (rc == 0 && edge->template_id >= machine->n_symbols)
            machine->n_symbols = edge->template_id + 1;
    }
    source_join(at, path, "delays");
    if (rc == 0 && json_object_object_get_ex(object, "delays", &value))
        rc = read_delays(source, at, value, edge);
    return rc;
}

/* A transition and where it stands in the document. */
struct placed_edge {
    struct machine_edge edge;
    size_t at;
};

static int by_place(const void *a, const void *b)
{
    const struct machine_edge *x = &((const struct placed_edge *)a)->edge, *y = &((const struct placed_edge *)b)->edge;
    if (x->from != y->from)
        return x->from > y->from ? 1 : -1;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    if (x->to != y->to)
        return x->to > y->to ? 1 : -1;
    return (x->template_id > y->template_id) - (x->template_id < y->template_id);
}

/* *end: the stretches so far. */
static int read_stretches(const struct blueprint_source *source, const char *path, struct json_object *list,
                          size_t *end)
{
    struct delays *delays = &source->out->delays;
    size_t n = json_object_array_length(list);
    double upto = 0;
    int rc = 0;
    for (size_t i = 0; i < n && rc == 0; i++) {
        struct json_object *item = json_object_array_get_idx(list, i);
        char at[READ_PATH];
        double from, to, count;
        source_index(at, path, i);
        rc = source_list_of(source, at, item, 3, 3);
        if (rc == 0)
            rc = source_number_of(source, at, json_object_array_get_idx(item, 0), 0, MAX_DELAY_US, false, &from);
        if (rc == 0)
            rc = source_number_of(source, at, json_object_array_get_idx(item, 1), from, MAX_DELAY_US, false, &to);
        if (rc == 0)
            rc = source_number_of(source, at, json_object_array_get_idx(item, 2), 1, 1e15, false, &count);
        if (rc == 0)
            delays->stretches[(*end)++] = (struct stretch){from, to, upto += count};
    }
    return rc;
}

/* Of all transitions, in the order of the machine's. */
static int read_all_stretches(const struct blueprint_source *source, struct json_object *list,
                              const struct placed_edge *placed)
{
    struct blueprint *out = source->out;
    size_t n = out->own_machine.n_edges, total = 0;
    char at[READ_PATH], path[READ_PATH];
    int rc = 0;
    for (size_t i = 0; i < n && rc == 0; i++) {
        struct json_object *stretches;
        source_index(at, "machine.transitions", i);
        source_join(path, at, "stretches");
        if (json_object_object_get_ex(json_object_array_get_idx(list, i), "stretches", &stretches)) {
            rc = source_list_of(source, path, stretches, 1, 100000);
            total += rc == 0 ? json_object_array_length(stretches) : 0;
        }
    }
    if (rc != 0 || total == 0)
        return rc;
    out->delays.first = arena_take(&out->arena, (n + 1) * sizeof *out->delays.first);
    out->delays.stretches = arena_take(&out->arena, total * sizeof *out->delays.stretches);
    if (out->delays.first == NULL || out->delays.stretches == NULL)
        return source_memory(source);
    out->delays.first[0] = 0;
    for (size_t i = 0; i < n && rc == 0; i++) {
        struct json_object *stretches;
        out->delays.first[i + 1] = out->delays.first[i];
        source_index(at, "machine.transitions", placed[i].at);
        source_join(path, at, "stretches");
        if (json_object_object_get_ex(json_object_array_get_idx(list, placed[i].at), "stretches", &stretches))
            rc = read_stretches(source, path, stretches, &out->delays.first[i + 1]);
    }
    return rc;
}

static int read_edges(const struct blueprint_source *source, struct json_object *json, const struct intern *names)
{
    struct machine *machine = &source->out->own_machine;
    struct json_object *list;
    char at[READ_PATH];
    int rc = source_member(source, "machine", json, "transitions", json_type_array, &list);
    if (rc == 0)
        rc = source_list_of(source, "machine.transitions", list, 2, 1000000);
    size_t n = rc == 0 ? json_object_array_length(list) : 0;
    struct placed_edge *placed = alloc_zeroed(n, sizeof *placed);
    machine->edges = alloc_zeroed(n, sizeof *machine->edges);
    if (machine->edges == NULL || placed == NULL) {
        free(placed);
        return source_memory(source);
    }
    for (size_t i = 0; i < n && rc == 0; i++) {
        source_index(at, "machine.transitions", i);
        placed[i].at = i;
        rc = read_edge(source, at, json_object_array_get_idx(list, i), names, &placed[i].edge);
    }
    if (rc == 0) {
        qsort(placed, n, sizeof *placed, by_place);
        for (size_t i = 0; i < n; i++)
            machine->edges[machine->n_edges++] = placed[i].edge;
        rc = read_all_stretches(source, list, placed);
    }
    free(placed);
    return rc;
}

/* ---- what a machine has to be -------------------------------------------------------------------------------------
 */

static int wrong_state(const struct blueprint_source *source, size_t state, const char *text)
{
    char path[READ_PATH];
    source_index(path, "machine.states", state);
    return source_wrong(source, path, text);
}

static int check_sums(const struct blueprint_source *source)
{
    struct machine *machine = &source->out->own_machine;
    size_t e = 0;
    for (size_t s = 0; s < machine->n_states; s++) {
        struct machine_state *state = &machine->states[s];
        double sum = 0;
        state->first_edge = (uint32_t)e;
        for (; e < machine->n_edges && machine->edges[e].from == s; e++)
            sum += machine->edges[e].probability;
        state->n_edges = (uint32_t)e - state->first_edge;
        if (s != MACHINE_END && fabs(sum - 1) > SUM_TOLERANCE)
            return wrong_state(source, s, "the probabilities of its transitions do not add up to 1");
    }
    return 0;
}

/* Backwards from the end, round by round. */
static int check_ends(const struct blueprint_source *source)
{
    const struct machine *machine = &source->out->own_machine;
    bool *has_end = alloc_zeroed(machine->n_states, sizeof *has_end), has_changed = true;
    if (has_end == NULL)
        return source_memory(source);
    has_end[MACHINE_END] = true;
    while (has_changed) {
        has_changed = false;
        for (size_t e = machine->n_edges; e-- > 0;) {
            const struct machine_edge *edge = &machine->edges[e];
            if (has_end[edge->to] && !has_end[edge->from])
                has_changed = has_end[edge->from] = true;
        }
    }
    int rc = 0;
    for (size_t s = 0; s < machine->n_states && rc == 0; s++)
        if (!has_end[s])
            rc = wrong_state(source, s, "it has no way to the end");
    free(has_end);
    return rc;
}

int blueprint_read_machine(const struct blueprint_source *source, struct json_object *json)
{
    struct machine *machine = &source->out->own_machine;
    struct intern names = INTERN_INIT;
    struct json_object *object;
    static const double one = 1;
    double n_traces, step;
    int rc = source_member(source, "", json, "machine", json_type_object, &object);
    if (rc == 0)
        rc = source_number(source, "machine", object, "traces", 1, 1e15, NULL, &n_traces);
    if (rc == 0)
        rc = source_number(source, "machine", object, "step_us", 1, MAX_DELAY_US, &one, &step);
    if (rc == 0)
        rc = read_states(source, object, &names);
    if (rc == 0)
        rc = read_edges(source, object, &names);
    intern_release(&names);
    if (rc != 0)
        return rc;
    machine->n_traces = (uint64_t)n_traces;
    source->out->delays.step_us = (int64_t)step;
    rc = check_sums(source);
    return rc == 0 ? check_ends(source) : rc;
}
