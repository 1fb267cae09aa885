#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/input.h"
#include "cmd/machine_map.h"
#include "cmd/option_values.h"
#include "cmd/machine_checks.h"
#include "cmd/print.h"
#include "cmd/table.h"

struct graph {
    const struct lw_workspace *workspace;
    const struct lw_machine *machine;
    bool is_numbered; /* states are told by number, not by name */
    bool is_core;     /* the transition of the last row */
    double *returned; /* [transitions] share of the resamples that have it; NULL: not asked for */
    char name[TEMPLATE_NAME_SIZE];
    char parameters[LW_DELAY_PARAMETERS][40];
    struct lw_bytes parameter_texts[LW_DELAY_PARAMETERS];
};

static double seconds(int64_t delay_us)
{
    return delay_us == LW_NO_TIME ? NAN : 1e-6 * (double)delay_us;
}

static struct cell event_cell(struct graph *graph, uint32_t id)
{
    return id == LW_TEMPLATE_UNKNOWN ? cell_string(NULL) : cell_string(template_name(id, graph->name));
}

/* ---- the table of transitions ---------------------------------------------------------------------------------- */

static struct cell state_cell(const struct graph *graph, uint32_t index)
{
    struct lw_state state;

    if (graph->is_numbered)
        return cell_count(index);
    return lw_machine_state(graph->machine, index, &state, NULL) == 0 ? cell_text(state.name.data, state.name.len)
                                                                      : cell_string(NULL);
}

static int transition_row(void *user, size_t index, struct cell *cells, struct lw_error *err)
{
    struct graph *graph = user;
    struct lw_transition transition;
    int code = lw_machine_transition(graph->machine, index, &transition, err);

    if (code != 0)
        return code;
    cells[0] = state_cell(graph, transition.from);
    cells[1] = state_cell(graph, transition.to);
    cells[2] = event_cell(graph, transition.template_id);
    cells[3] = cell_count(transition.count);
    cells[4] = cell_share(transition.probability);
    cells[5] = cell_number(seconds(transition.delay_p50_us));
    cells[6] = cell_number(seconds(transition.delay_p95_us));
    if (graph->returned != NULL)
        cells[7] = cell_number(graph->returned[index]);
    graph->is_core = transition.is_core;
    return 0;
}

/* As transition_row, with all else that is known of it. */
static int modelled_row(void *user, size_t index, struct cell *cells, struct lw_error *err)
{
    struct graph *graph = user;
    struct lw_delay_model delay;
    int code = transition_row(user, index, cells, err);

    if (code == 0)
        code = lw_workspace_delay(graph->workspace, index, &delay, err);
    if (code != 0)
        return code;
    for (size_t i = 0; i < delay.n_parameters; i++) {
        int len = snprintf(graph->parameters[i], sizeof *graph->parameters, "%s=%.6g",
                           lw_delay_parameter_name(delay.family, i), delay.parameters[i]);

        graph->parameter_texts[i] = (struct lw_bytes){graph->parameters[i], (size_t)len};
    }
    cells[7] = cell_count(delay.n);
    cells[8] = cell_string(delay.family == LW_DELAY_NONE ? NULL : lw_delay_family_name(delay.family));
    cells[9] = cell_list(graph->parameter_texts, delay.n_parameters);
    cells[10] = cell_number(delay.ks);
    cells[11] = cell_count(graph->is_core);
    cells[12] = cell_number(graph->returned == NULL ? NAN : graph->returned[index]);
    return 0;
}

/* ---- JSON: states and transitions by number -------------------------------------------------------------------- */

static int state_row(void *user, size_t index, struct cell *cells, struct lw_error *err)
{
    struct graph *graph = user;
    struct lw_state state;
    int code = lw_machine_state(graph->machine, index, &state, err);

    if (code != 0)
        return code;
    cells[0] = cell_count(index);
    cells[1] = cell_text(state.name.data, state.name.len);
    cells[2] = event_cell(graph, state.template_id);
    cells[3] = cell_count(state.visits);
    cells[4] = cell_count(state.is_core);
    return 0;
}

/* Bits that the machine needs for an event of the traces it was learned from, ends included. */
static int bits_per_event(const struct graph *graph, double *bits, struct lw_error *err)
{
    const struct lw_traces *traces = lw_workspace_traces(graph->workspace);
    double sum = 0, events = 0;

    for (size_t i = 0; i < lw_traces_variant_count(traces); i++) {
        struct lw_variant variant;
        int code = lw_traces_variant(traces, i, &variant, err);

        if (code != 0)
            return code;
        sum -= (double)variant.count * lw_machine_log2_probability(graph->machine, variant.templates, variant.n_events);
        events += (double)variant.count * ((double)variant.n_events + 1);
    }
    *bits = events > 0 ? sum / events : 0;
    return 0;
}

static int print_json_machine(const struct command_call *call, struct graph *graph, struct lw_error *err)
{
    static const char *const state_columns[] = {"id", "name", "template", "visits", "core", NULL};
    static const char *const columns[] = {
        "from",    "to",           "template",         "count",    "probability", "delay_p50_s", "delay_p95_s",
        "delay_n", "delay_family", "delay_parameters", "delay_ks", "core",        "returned",    NULL};
    struct table states = {state_columns, lw_machine_state_count(graph->machine), state_row, graph};
    struct table transitions = {columns, lw_machine_transition_count(graph->machine), modelled_row, graph};
    struct lw_quality quality;
    double bits;
    int code;

    graph->is_numbered = true;
    code = bits_per_event(graph, &bits, err);
    if (code == 0)
        code = lw_workspace_quality(graph->workspace, call->run, &quality, err);
    if (code != 0)
        return code;
    fprintf(call->out, "{\"traces\": %zu, \"bits_per_event\": %.10g,\n",
            lw_traces_count(lw_workspace_traces(graph->workspace)), bits);
    fprintf(call->out, "\"core_states\": %zu, \"core_transitions\": %zu, \"core_share\": %.10g,\n", quality.core_states,
            quality.core_transitions, quality.core_share);
    fprintf(call->out, "\"held_out\": {\"variants\": %zu, \"machine\": %.10g, \"ngrams\": [", quality.n_held_out,
            quality.machine_bits);
    for (size_t i = 0; i < LW_NGRAM_ORDERS; i++)
        fprintf(call->out, "%s%.10g", i > 0 ? ", " : "", quality.ngram_bits[i]);
    fputs("]},\n\"states\": ", call->out);
    code = table_print(call, &states, TABLE_JSON, err);
    if (code != 0)
        return code;
    fputs(",\n\"transitions\": ", call->out);
    code = table_print(call, &transitions, TABLE_JSON, err);
    fputs("}\n", call->out);
    return code;
}

/* How good the machine is, beside its table. */
static int say_quality(struct command_call *call, const struct graph *graph, struct lw_error *err)
{
    size_t n_states = lw_machine_state_count(graph->machine),
           n_transitions = lw_machine_transition_count(graph->machine);
    struct lw_quality quality;
    int code = lw_workspace_quality(graph->workspace, call->run, &quality, err);

    if (code != 0)
        return code;
    command_say(call, "%zu state%s, %zu transition%s; core: %zu state%s, %zu transition%s, %.1f %% of the traces",
                n_states, command_s(n_states), n_transitions, command_s(n_transitions), quality.core_states,
                command_s(quality.core_states), quality.core_transitions, command_s(quality.core_transitions),
                100 * quality.core_share);
    if (quality.n_held_out > 0)
        command_say(call,
                    "bits an event on %zu variant%s held out: machine %.3f, 1- to 5-grams %.3f %.3f %.3f %.3f %.3f",
                    quality.n_held_out, command_s(quality.n_held_out), quality.machine_bits, quality.ngram_bits[0],
                    quality.ngram_bits[1], quality.ngram_bits[2], quality.ngram_bits[3], quality.ngram_bits[4]);
    return 0;
}

/* ---- graphs ---------------------------------------------------------------------------------------------------- */

#define SVG_TRANSITIONS 60 /* drawn when it is not said how many */

static int find_share(const struct command_call *call, enum option option, double *share, struct lw_error *err)
{
    const char *text = call->values[option];
    char *end;

    if (text == NULL)
        return 0;
    *share = strtod(text, &end);
    if (end == text || *end != '\0' || !(*share >= 0 && *share <= 1))
        return values_fail(err, "--%s takes a share from 0 to 1, not %s", option_get(option)->name, text);
    return 0;
}

/* What of the machine is drawn: what is asked for, else as much as a picture holds, and all where it is but text. */
static int print_graph(const struct command_call *call, const struct lw_workspace *workspace, struct lw_error *err)
{
    double activities = 1, paths = 1;
    struct machine_map *map = NULL;
    int code = find_share(call, OPTION_ACTIVITIES, &activities, err);

    if (code == 0)
        code = find_share(call, OPTION_PATHS, &paths, err);
    if (code != 0)
        return code;
    if (call->values[OPTION_SVG] != NULL && call->values[OPTION_ACTIVITIES] == NULL &&
        call->values[OPTION_PATHS] == NULL)
        code = machine_map_fit(workspace, SVG_TRANSITIONS, &map, err);
    else
        code = machine_map_new(workspace, activities, paths, &map, err);
    if (code == 0)
        code = call->values[OPTION_SVG] != NULL   ? machine_map_svg(map, call->out, call->run, err)
               : call->values[OPTION_DOT] != NULL ? machine_map_dot(map, call->out, err)
                                                  : machine_map_mermaid(map, call->out, err);
    machine_map_free(map);
    return code;
}

#define MAX_RESAMPLES 10000

/* Learns from resamples if the user wants to know what returns in them. */
static int find_returned(const struct command_call *call, struct graph *graph, struct lw_error *err)
{
    uint64_t n = 0, seed = 1;
    int code = values_count(call, OPTION_RESAMPLES, 1, MAX_RESAMPLES, &n, err);

    if (code == 0)
        code = values_count(call, OPTION_SEED, 0, UINT64_C(1) << 53, &seed, err);
    if (code != 0 || n == 0)
        return code;
    graph->returned = calloc(lw_machine_transition_count(graph->machine) + 1, sizeof *graph->returned);
    if (graph->returned == NULL) {
        *err = (struct lw_error){LW_ERR_MEMORY, "out of memory while learning from resamples"};
        return LW_ERR_MEMORY;
    }
    return lw_machine_stability(graph->workspace, (size_t)n, seed, call->run, graph->returned, err);
}

int machine_run(struct command_call *call)
{
    static const char *const columns[] = {"from",        "to",          "event", "count", "probability",
                                          "delay_p50_s", "delay_p95_s", NULL,    NULL};
    static const char *const resampled[] = {"from",        "to",          "event",    "count", "probability",
                                            "delay_p50_s", "delay_p95_s", "returned", NULL};
    struct graph graph = {.workspace = NULL};
    struct table table = {columns, 0, transition_row, &graph};
    struct lw_workspace *workspace;
    struct lw_error err;
    bool is_graph;
    int code, status;

    if (call->values[OPTION_DIFF] != NULL)
        return machine_diff_run(call);
    if (call->values[OPTION_ACCEPTS] != NULL)
        return machine_accepts_run(call);
    if (call->values[OPTION_RELATIONS] != NULL)
        return machine_relations_run(call);
    status = input_workspace(call, &workspace, NULL);
    if (status != COMMAND_DONE)
        return status;
    graph.workspace = workspace;
    graph.machine = lw_workspace_machine(workspace);
    table.n_rows = lw_machine_transition_count(graph.machine);
    is_graph =
        call->values[OPTION_SVG] != NULL || call->values[OPTION_DOT] != NULL || call->values[OPTION_MERMAID] != NULL;
    code = is_graph ? 0 : find_returned(call, &graph, &err);
    if (graph.returned != NULL)
        table.columns = resampled;
    if (code == 0 && is_graph)
        code = print_graph(call, workspace, &err);
    else if (code == 0 && call->values[OPTION_JSON] != NULL)
        code = print_json_machine(call, &graph, &err);
    else if (code == 0)
        code = table_print(call, &table, table_form(call), &err);
    if (code == 0 && table_form(call) == TABLE_TEXT && !is_graph && call->values[OPTION_QUIET] == NULL)
        code = say_quality(call, &graph, &err);
    free(graph.returned);
    lw_workspace_free(workspace);
    return code == 0 ? COMMAND_DONE : command_error(call, &err);
}
