#include <math.h>

#include "cmd/commands.h"
#include "cmd/input.h"
#include "cmd/table.h"

/* ---- traces ---------------------------------------------------------------------------------------------------- */

struct listing {
    const struct lw_traces *traces;
    struct lw_labels *labels; /* or NULL */
};

static int trace_row(void *user, size_t index, struct cell *cells, struct lw_error *err)
{
    struct listing *listing = user;
    struct lw_trace trace;
    int code = lw_traces_get(listing->traces, index, &trace, err);
    int64_t first, last;

    if (code != 0)
        return code;
    first = trace.n_events > 0 ? trace.times_us[0] : LW_NO_TIME;
    last = trace.n_events > 0 ? trace.times_us[trace.n_events - 1] : LW_NO_TIME;
    cells[0] = cell_text(trace.name.data, trace.name.len);
    cells[1] = cell_count(trace.n_events);
    cells[2] = cell_time(first);
    cells[3] = cell_time(last);
    cells[4] = cell_number(first == LW_NO_TIME || last == LW_NO_TIME ? NAN : 1e-6 * ((double)last - (double)first));
    cells[5] = cell_count((uint64_t)trace.variant + 1);
    cells[6] = cell_string(trace.is_open_start && trace.is_open_end ? "both"
                           : trace.is_open_start                    ? "start"
                           : trace.is_open_end                      ? "end"
                                                                    : NULL);
    cells[7] = cell_events(trace.templates, trace.n_events);
    if (listing->labels != NULL) {
        int label = lw_labels_get(listing->labels, index);

        cells[8] = label == LW_UNLABELLED ? cell_string(NULL) : cell_count(label == LW_ANOMALOUS);
    }
    return 0;
}

/* ---- what could name traces ------------------------------------------------------------------------------------ */

static const char *rule_at(const struct lw_trace_candidates *candidates, int index)
{
    struct lw_trace_candidate candidate;

    return index >= 0 && lw_trace_candidates_get(candidates, (size_t)index, &candidate, NULL) == 0 ? candidate.rule
                                                                                                   : NULL;
}

static int candidate_row(void *user, size_t index, struct cell *cells, struct lw_error *err)
{
    struct lw_trace_candidate candidate;
    int code = lw_trace_candidates_get(user, index, &candidate, err);

    if (code != 0)
        return code;
    cells[0] = cell_string(candidate.is_chosen ? "yes" : "no");
    cells[1] = cell_string(candidate.rule);
    cells[2] = cell_share(candidate.score);
    cells[3] = cell_count(candidate.records);
    cells[4] = cell_count(candidate.names);
    cells[5] = cell_share(candidate.coverage);
    cells[6] = cell_share(candidate.repetition);
    cells[7] = cell_share(candidate.variety);
    cells[8] = cell_share(candidate.locality);
    cells[9] = cell_share(candidate.number);
    cells[10] = cell_share(candidate.unity);
    cells[11] = cell_share(candidate.prior);
    cells[12] = cell_string(rule_at(user, candidate.parent));
    cells[13] = cell_share(candidate.parent_share);
    cells[14] = cell_string(rule_at(user, candidate.alias_of));
    return 0;
}

static int explain_run(struct command_call *call)
{
    static const char *const columns[] = {"chosen",    "rule",   "score",    "records", "names", "coverage",
                                          "again",     "kinds",  "nearness", "number",  "unity", "prior",
                                          "nested_in", "nested", "alias_of", NULL};
    struct lw_trace_candidates *candidates = NULL;
    struct table table = {columns, 0, candidate_row, NULL};
    struct lw_log *log = NULL;
    struct lw_error err;
    int status = input_log(call, &log);

    if (status != COMMAND_DONE)
        return status;
    if (lw_trace_candidates_find(log, input_trace(call), call->run, &candidates, &err) != 0)
        status = command_error(call, &err);
    if (status == COMMAND_DONE) {
        table.user = candidates;
        table.n_rows = lw_trace_candidates_count(candidates);
        command_say(call, "traces are named by %s: %s", lw_trace_candidates_rule(candidates),
                    lw_trace_candidates_why(candidates));
        if (table_print(call, &table, table_form(call), &err) != 0)
            status = command_error(call, &err);
    }
    lw_trace_candidates_free(candidates);
    lw_log_free(log);
    return status;
}

int traces_run(struct command_call *call)
{
    static const char *const plain[] = {"trace", "n", "first", "last", "seconds", "variant", "open", "events", NULL};
    static const char *const labelled[] = {"trace",   "n",    "first",  "last",  "seconds",
                                           "variant", "open", "events", "label", NULL};
    struct listing listing = {NULL, NULL};
    struct table table = {plain, 0, trace_row, &listing};
    struct subject subject;
    struct lw_error err;
    int status;

    if (call->values[OPTION_EXPLAIN_TRACES] != NULL)
        return explain_run(call);
    status = input_subject(call, &subject);
    if (status != COMMAND_DONE)
        return status;
    listing.traces = subject.traces;
    table.n_rows = lw_traces_count(listing.traces);
    if (subject.log == NULL && call->values[OPTION_LABELS] != NULL)
        status = command_fail(call, "traces: --labels needs the log itself, not a workspace alone");
    if (subject.log != NULL && input_labels(call) != NULL) {
        table.columns = labelled;
        if (lw_labels_read(input_labels(call), subject.log, listing.traces, &listing.labels, &err) != 0)
            status = command_error(call, &err);
    }
    if (status == COMMAND_DONE && table_print(call, &table, table_form(call), &err) != 0)
        status = command_error(call, &err);
    lw_labels_free(listing.labels);
    subject_release(&subject);
    return status;
}

/* ---- variants -------------------------------------------------------------------------------------------------- */

static int variant_row(void *user, size_t index, struct cell *cells, struct lw_error *err)
{
    struct listing *listing = user;
    struct lw_variant variant;
    struct lw_trace example;
    int code = lw_traces_variant(listing->traces, index, &variant, err);

    if (code == 0)
        code = lw_traces_get(listing->traces, variant.example, &example, err);
    if (code != 0)
        return code;
    cells[0] = cell_count(index + 1);
    cells[1] = cell_count(variant.count);
    cells[2] = cell_share((double)variant.count / (double)lw_traces_count(listing->traces));
    cells[3] = cell_count(variant.n_events);
    cells[4] = cell_text(example.name.data, example.name.len);
    cells[5] = cell_events(variant.templates, variant.n_events);
    return 0;
}

int variants_run(struct command_call *call)
{
    static const char *const columns[] = {"variant", "count", "share", "n", "example", "events", NULL};
    struct listing listing = {NULL, NULL};
    struct table table = {columns, 0, variant_row, &listing};
    struct subject subject;
    struct lw_error err;
    int status = input_subject(call, &subject);

    if (status != COMMAND_DONE)
        return status;
    listing.traces = subject.traces;
    table.n_rows = lw_traces_variant_count(listing.traces);
    if (table_print(call, &table, table_form(call), &err) != 0)
        status = command_error(call, &err);
    subject_release(&subject);
    return status;
}
