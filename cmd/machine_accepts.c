/* `machine --accepts`: each variant is walked once, however many traces have it. */
#include <stdlib.h>

#include "cmd/input.h"
#include "cmd/machine_checks.h"
#include "cmd/table.h"

#define MOST_EXPECTED 20 /* events that are named as expected, the most probable ones */

struct verdict { /* of a variant */
    bool is_accepted;
    size_t left_at;
    uint32_t state;
    double log2_probability;
};
struct acceptance {
    const struct lw_machine *machine;
    const struct lw_traces *traces;
    struct verdict *verdicts;
    uint64_t n_accepted;
    size_t *first; /* [states + 1] transitions of each state */
    struct lw_bytes expected[MOST_EXPECTED];
    char names[MOST_EXPECTED][TEMPLATE_NAME_SIZE], event[TEMPLATE_NAME_SIZE];
};

static int judge_variant(struct acceptance *of, size_t index, uint32_t **states, size_t *cap)
{
    struct verdict *verdict = &of->verdicts[index];
    struct lw_variant variant;
    int code = lw_traces_variant(of->traces, index, &variant, NULL);

    if (code != 0)
        return code;
    verdict->is_accepted = lw_machine_accepts(of->machine, variant.templates, variant.n_events, &verdict->left_at);
    verdict->log2_probability = lw_machine_log2_probability(of->machine, variant.templates, variant.n_events);
    of->n_accepted += verdict->is_accepted ? variant.count : 0;
    if (verdict->is_accepted)
        return 0;
    if (verdict->left_at >= *cap) {
        uint32_t *more = realloc(*states, (verdict->left_at + 1) * 2 * sizeof **states);

        if (more == NULL)
            return LW_ERR_MEMORY;
        *states = more;
        *cap = (verdict->left_at + 1) * 2;
    }
    lw_machine_walk(of->machine, variant.templates, verdict->left_at, *states);
    verdict->state = (*states)[verdict->left_at];
    return 0;
}

static int index_transitions(struct acceptance *of, struct lw_error *err)
{
    size_t n_states = lw_machine_state_count(of->machine), n = lw_machine_transition_count(of->machine), state = 0;

    of->first = malloc((n_states + 1) * sizeof *of->first);
    if (of->first == NULL)
        return LW_ERR_MEMORY;
    for (size_t i = 0; i < n; i++) { /* they are ordered by their state */
        struct lw_transition transition;
        int code = lw_machine_transition(of->machine, i, &transition, err);

        if (code != 0)
            return code;
        while (state <= transition.from)
            of->first[state++] = i;
    }
    while (state <= n_states)
        of->first[state++] = n;
    return 0;
}

static int judge(struct command_call *call, struct acceptance *of, struct lw_error *err)
{
    size_t n = lw_traces_variant_count(of->traces), cap = 0;
    uint32_t *states = NULL;
    int code = 0;

    of->verdicts = calloc(n > 0 ? n : 1, sizeof *of->verdicts);
    if (of->verdicts == NULL)
        code = LW_ERR_MEMORY;
    for (size_t i = 0; i < n && code == 0; i++) {
        if (call->run != NULL && lw_cancel_is_requested(call->run->cancel)) {
            *err = (struct lw_error){LW_ERR_CANCELLED, "stopped"};
            code = LW_ERR_CANCELLED;
        } else {
            code = judge_variant(of, i, &states, &cap);
        }
    }
    free(states);
    if (code == 0)
        code = index_transitions(of, err);
    return code;
}

static struct cell event_cell(uint32_t id, char name[TEMPLATE_NAME_SIZE])
{
    return cell_string(template_name(id, name));
}

/* Core transitions out of a state, most frequent first. */
static struct cell expected_cell(struct acceptance *of, uint32_t state)
{
    size_t n = 0;

    for (size_t i = of->first[state]; i < of->first[state + 1] && n < MOST_EXPECTED; i++) {
        struct lw_transition transition;

        if (lw_machine_transition(of->machine, i, &transition, NULL) != 0 || !transition.is_core)
            continue;
        of->expected[n] =
            transition.to == 1 ? cell_string("end").as.text : event_cell(transition.template_id, of->names[n]).as.text;
        n++;
    }
    return cell_list(of->expected, n);
}

static int accept_row(void *user, size_t index, struct cell *cells, struct lw_error *err)
{
    struct acceptance *of = user;
    const struct verdict *verdict;
    struct lw_trace trace;
    struct lw_state state;
    int code = lw_traces_get(of->traces, index, &trace, err);

    if (code != 0)
        return code;
    verdict = &of->verdicts[trace.variant];
    cells[0] = cell_text(trace.name.data, trace.name.len);
    cells[1] = cell_count(verdict->is_accepted);
    for (size_t i = 2; i < 5; i++)
        cells[i] = cell_string(NULL);
    cells[5] = cell_number(verdict->log2_probability);
    cells[6] = cell_list(of->expected, 0);
    if (verdict->is_accepted)
        return 0;
    code = lw_machine_state(of->machine, verdict->state, &state, err);
    cells[2] = cell_count((uint64_t)verdict->left_at + 1);
    cells[3] = verdict->left_at < trace.n_events ? event_cell(trace.templates[verdict->left_at], of->event)
                                                 : cell_string("end");
    cells[4] = cell_text(state.name.data, state.name.len);
    cells[6] = expected_cell(of, verdict->state);
    return code;
}

static int print_acceptance(struct command_call *call, struct acceptance *of)
{
    static const char *const columns[] = {"trace", "accepted",         "left_at",  "event",
                                          "state", "log2_probability", "expected", NULL};
    struct table table = {columns, lw_traces_count(of->traces), accept_row, of};
    struct lw_error err = {LW_ERR_MEMORY, "out of memory while judging traces"};
    int code = judge(call, of, &err);

    if (code == 0)
        code = table_print(call, &table, table_form(call), &err);
    if (code != 0)
        return command_error(call, &err);
    command_say(call, "%llu of %zu traces are accepted", (unsigned long long)of->n_accepted, table.n_rows);
    return of->n_accepted < table.n_rows ? COMMAND_FOUND : COMMAND_DONE;
}

int machine_accepts_run(struct command_call *call)
{
    struct acceptance of = {.machine = NULL};
    struct lw_workspace *workspace = NULL;
    struct lw_traces *traces = NULL;
    struct lw_log *log = NULL;
    struct command_call of_machine = *call;
    int status;

    if (call->n_inputs == 0 || lw_workspace_is_file(call->inputs[0]))
        of_machine.values[OPTION_FORMAT] = NULL; /* it is that of the traces */
    status = input_workspace(&of_machine, &workspace, NULL);
    if (status != COMMAND_DONE)
        return status;
    status = input_match(call, call->values[OPTION_ACCEPTS], workspace, &log, &traces);
    if (status == COMMAND_DONE) {
        of.machine = lw_workspace_machine(workspace);
        of.traces = traces;
        status = print_acceptance(call, &of);
    }
    free(of.verdicts);
    free(of.first);
    lw_traces_free(traces);
    lw_log_free(log);
    lw_workspace_free(workspace);
    return status;
}
