#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/input.h"
#include "cmd/table.h"

static const char *detector_name(const struct command_call *call)
{
    return call->values[OPTION_DETECTOR] != NULL ? call->values[OPTION_DETECTOR] : "machine";
}

/* Scores by the one detector; *row is its row. */
static int run_detector(struct command_call *call, const struct subject *subject, struct lw_result **result,
                        size_t *row)
{
    struct lw_error err;

    if (lw_detect(subject->workspace, subject->traces, detector_name(call), call->run, result, &err) != 0)
        return command_error(call, &err);
    for (*row = 0; *row < lw_result_row_count(*result); ++*row) {
        struct lw_row figures;

        if (lw_result_row(*result, *row, &figures, &err) == 0 && strcmp(figures.detector, detector_name(call)) == 0)
            return COMMAND_DONE;
    }
    lw_result_free(*result);
    return command_fail(call, "there is no detector '%s'", detector_name(call));
}

struct scores {
    const struct subject *subject;
    const struct lw_result *result;
    size_t row;
    const size_t *flagged; /* verdicts to list, or NULL for all */
    char name[TEMPLATE_NAME_SIZE];
    struct lw_verdict verdict;
};

static int find_verdict(struct scores *scores, size_t index, struct lw_trace *trace, struct lw_error *err)
{
    size_t at = scores->flagged != NULL ? scores->flagged[index] : index;
    int code = lw_result_verdict(scores->result, scores->row, at, &scores->verdict, err);

    return code != 0 ? code : lw_traces_get(scores->subject->traces, scores->verdict.trace, trace, err);
}

/* ---- detect ---------------------------------------------------------------------------------------------------- */

static int alarm_row(void *user, size_t index, struct cell *cells, struct lw_error *err)
{
    struct scores *scores = user;
    const struct lw_verdict *verdict = &scores->verdict;
    struct lw_trace trace;
    int code = find_verdict(scores, index, &trace, err);
    bool has_event;

    if (code != 0)
        return code;
    has_event = verdict->event < trace.n_events;
    cells[0] = cell_text(trace.name.data, trace.name.len);
    cells[1] = cell_number(verdict->score);
    cells[2] = has_event ? cell_time(trace.times_us[verdict->event]) : cell_string(NULL);
    cells[3] =
        has_event ? cell_string(template_name(trace.templates[verdict->event], scores->name)) : cell_string(NULL);
    cells[4] = cell_string(verdict->reason);
    return 0;
}

static int list_alarms(struct command_call *call, const struct subject *subject, struct lw_result *result, size_t row)
{
    static const char *const columns[] = {"trace", "score", "time", "event", "reason", NULL};
    struct scores scores = {.subject = subject, .result = result, .row = row};
    struct table table = {columns, 0, alarm_row, &scores};
    size_t n = lw_result_verdict_count(result, row);
    size_t *flagged = malloc((n + 1) * sizeof *flagged);
    struct lw_error err;
    int code = 0;

    if (flagged == NULL)
        return command_fail(call, "out of memory");
    for (size_t i = 0; i < n && code == 0; i++) {
        code = lw_result_verdict(result, row, i, &scores.verdict, &err);
        if (code == 0 && scores.verdict.is_flagged)
            flagged[table.n_rows++] = i;
    }
    scores.flagged = flagged;
    if (code == 0)
        code = table_print(call, &table, table_form(call), &err);
    free(flagged);
    if (code != 0)
        return command_error(call, &err);
    command_say(call, "%zu of %zu traces flagged by %s", table.n_rows, n, detector_name(call));
    return table.n_rows > 0 ? COMMAND_FOUND : COMMAND_DONE;
}

int detect_run(struct command_call *call)
{
    struct subject subject;
    struct lw_result *result;
    size_t row;
    int status = input_subject(call, &subject);

    if (status != COMMAND_DONE)
        return status;
    status = run_detector(call, &subject, &result, &row);
    if (status == COMMAND_DONE) {
        status = list_alarms(call, &subject, result, row);
        lw_result_free(result);
    }
    subject_release(&subject);
    return status;
}

/* ---- score ----------------------------------------------------------------------------------------------------- */

static int score_row(void *user, size_t index, struct cell *cells, struct lw_error *err)
{
    struct scores *scores = user;
    struct lw_trace trace;
    int code = find_verdict(scores, index, &trace, err);

    if (code != 0)
        return code;
    cells[0] = cell_text(trace.name.data, trace.name.len);
    cells[1] = cell_number(scores->verdict.score);
    cells[2] = cell_count(scores->verdict.is_flagged);
    return 0;
}

struct probabilities {
    const struct lw_traces *traces;
    const double *log2_of;
    char probability[32], log2_probability[32]; /* as %.17g, which reads back as the same number */
};

static int probability_row(void *user, size_t index, struct cell *cells, struct lw_error *err)
{
    struct probabilities *of = user;
    struct lw_trace trace;
    int code = lw_traces_get(of->traces, index, &trace, err);

    if (code != 0)
        return code;
    cells[0] = cell_text(trace.name.data, trace.name.len);
    /* 0 below the least double: hence the logarithm beside it */
    snprintf(of->probability, sizeof of->probability, "%.17g", exp2(of->log2_of[index]));
    snprintf(of->log2_probability, sizeof of->log2_probability, "%.17g", of->log2_of[index]);
    cells[1] = cell_string(of->probability);
    cells[2] = cell_string(of->log2_probability);
    return 0;
}

static int print_probabilities(struct command_call *call, const struct subject *subject)
{
    static const char *const columns[] = {"trace", "probability", "log2_probability", NULL};
    size_t n = lw_traces_count(subject->traces);
    double *log2_of = calloc(n + 1, sizeof *log2_of);
    struct probabilities of = {.traces = subject->traces, .log2_of = log2_of};
    struct table table = {columns, n, probability_row, &of};
    struct lw_error err;
    int status = COMMAND_DONE;

    if (log2_of == NULL)
        return command_fail(call, "out of memory");
    if (lw_workspace_probability(subject->workspace, subject->traces, call->run, log2_of, &err) != 0 ||
        table_print(call, &table, TABLE_CSV, &err) != 0)
        status = command_error(call, &err);
    free(log2_of);
    return status;
}

static int print_scores(struct command_call *call, const struct subject *subject)
{
    static const char *const columns[] = {"trace", "score", "flag", NULL};
    struct scores scores = {.subject = subject};
    struct table table = {columns, 0, score_row, &scores};
    struct lw_result *result;
    struct lw_error err;
    int status = run_detector(call, subject, &result, &scores.row);

    if (status != COMMAND_DONE)
        return status;
    scores.result = result;
    table.n_rows = lw_result_verdict_count(result, scores.row);
    if (table_print(call, &table, TABLE_CSV, &err) != 0)
        status = command_error(call, &err);
    lw_result_free(result);
    return status;
}

int score_run(struct command_call *call)
{
    struct subject subject;
    int status = input_subject(call, &subject);

    if (status != COMMAND_DONE)
        return status;
    status =
        call->values[OPTION_PROBABILITY] != NULL ? print_probabilities(call, &subject) : print_scores(call, &subject);
    subject_release(&subject);
    return status;
}
