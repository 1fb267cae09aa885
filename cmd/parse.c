/*
 * Records with what was learned from them, a row each. The log is read twice: once to learn from it or to match it,
 * once to print; in between only columns of numbers are held, never text.
 */
#include <stdlib.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/input.h"
#include "cmd/table.h"

#define MAX_PARAMETERS 256

struct parse {
    const struct lw_log *log;
    const struct lw_workspace *workspace;
    const struct lw_traces *traces;
    struct lw_reader *reader;
    uint64_t *chosen; /* records that --where leaves; NULL: all */
    size_t n_chosen, cap_chosen;
    struct lw_bytes *names; /* of the traces of the record at hand */
    size_t cap_names;
    struct lw_bytes parameters[MAX_PARAMETERS];
    char event[TEMPLATE_NAME_SIZE];
};

static int list_traces(struct parse *parse, uint64_t record, size_t *n, struct lw_error *err)
{
    const uint32_t *of = lw_traces_of_record(parse->traces, record, n);
    int code = 0;

    if (*n > parse->cap_names) {
        struct lw_bytes *names = realloc(parse->names, *n * sizeof *names);

        if (names == NULL) {
            snprintf(err->text, sizeof err->text, "out of memory");
            return err->code = LW_ERR_MEMORY;
        }
        parse->names = names;
        parse->cap_names = *n;
    }
    for (size_t i = 0; i < *n && code == 0; i++) {
        struct lw_trace trace;

        code = lw_traces_get(parse->traces, of[i], &trace, err);
        parse->names[i] = trace.name;
    }
    return code;
}

static int list_parameters(struct parse *parse, const struct lw_record *record, size_t *n, struct lw_error *err)
{
    const char *message = record->raw.data + record->message_start;
    struct lw_span spans[MAX_PARAMETERS];
    uint32_t id;
    int code = lw_message_match(parse->workspace, message, record->message_len, &id, spans, MAX_PARAMETERS, n, err);

    for (size_t i = 0; i < *n && code == 0; i++)
        parse->parameters[i] = (struct lw_bytes){message + spans[i].start, spans[i].len};
    return code;
}

static int record_row(void *user, size_t index, struct cell *cells, struct lw_error *err)
{
    struct parse *parse = user;
    struct lw_record record;
    struct lw_source source;
    struct lw_template template = {.text = {"", 0}};
    size_t n_traces = 0, n_parameters = 0;
    uint64_t number = parse->chosen != NULL ? parse->chosen[index] : index;
    uint32_t id = lw_traces_record_template(parse->traces, number);
    ptrdiff_t at = lw_template_index(parse->workspace, id);
    int code = lw_reader_get(parse->reader, number, &record, err);

    if (code == 0)
        code = lw_log_source(parse->log, record.source, &source, err);
    if (code == 0 && at >= 0)
        code = lw_template_get(parse->workspace, (size_t)at, &template, err);
    if (code == 0)
        code = list_traces(parse, number, &n_traces, err);
    if (code == 0 && template.n_slots > 0)
        code = list_parameters(parse, &record, &n_parameters, err);
    if (code != 0)
        return code;
    cells[0] = cell_text(source.path.data, source.path.len);
    cells[1] = cell_count(record.line);
    cells[2] = cell_time(record.time_us);
    cells[3] = cell_string(lw_level_name(record.level));
    cells[4] = cell_text(record.component.data, record.component.len);
    cells[5] = cell_list(parse->names, n_traces);
    cells[6] = cell_string(template_name(id, parse->event));
    cells[7] = cell_text(template.text.data, template.text.len);
    cells[8] = cell_list(parse->parameters, n_parameters);
    return 0;
}

static int keep(void *user, const uint64_t *records, size_t n)
{
    struct parse *parse = user;

    if (n > parse->cap_chosen - parse->n_chosen) {
        size_t cap = (parse->n_chosen + n) * 2;
        uint64_t *grown = realloc(parse->chosen, cap * sizeof *grown);

        if (grown == NULL)
            return LW_ERR_MEMORY;
        parse->chosen = grown;
        parse->cap_chosen = cap;
    }
    memcpy(parse->chosen + parse->n_chosen, records, n * sizeof *records);
    parse->n_chosen += n;
    return 0;
}

/* Finds the records that --where asks for. */
static int choose(struct command_call *call, const struct lw_query *query, struct parse *parse)
{
    struct lw_query_scope scope = {parse->workspace, parse->traces, NULL, NULL};
    struct lw_query_total total;
    struct lw_error err = {LW_ERR_MEMORY, "out of memory"};
    struct lw_labels *labels = NULL;
    struct lw_marks *marks = NULL;
    int code = 0;

    parse->chosen = malloc(sizeof *parse->chosen);
    parse->cap_chosen = parse->chosen != NULL;
    if (parse->workspace != NULL)
        code = lw_workspace_marks(parse->workspace, parse->log, &marks, &err);
    if (code == 0 && parse->traces != NULL && input_labels(call) != NULL)
        code = lw_labels_read(input_labels(call), parse->log, parse->traces, &labels, &err);
    scope.labels = labels;
    scope.marks = marks;
    if (code == 0)
        code = parse->chosen == NULL
                   ? LW_ERR_MEMORY
                   : lw_query_run(query, parse->log, &scope, 0, UINT64_MAX, keep, parse, call->run, &total, &err);
    lw_labels_free(labels);
    lw_marks_free(marks);
    if (code != 0)
        return command_error(call, &err);
    if (total.note[0] != '\0')
        command_say(call, "%s", total.note);
    return COMMAND_DONE;
}

int parse_run(struct command_call *call)
{
    static const char *const columns[] = {"source", "line",  "time",     "level",      "component",
                                          "trace",  "event", "template", "parameters", NULL};
    struct parse parse = {0};
    struct table table = {columns, 0, record_row, &parse};
    struct subject subject;
    struct lw_query *query = NULL;
    struct lw_error err;
    int status;

    if (call->values[OPTION_WHERE] != NULL && lw_query_new(call->values[OPTION_WHERE], &query, &err) != 0)
        return command_error(call, &err);
    status = input_subject(call, &subject);
    if (status != COMMAND_DONE) {
        lw_query_free(query);
        return status;
    }
    if (subject.log == NULL)
        status = command_fail(call, "parse: a workspace keeps no records; give the log, too");
    else if (lw_reader_new(subject.log, &parse.reader, &err) != 0)
        status = command_error(call, &err);
    if (status == COMMAND_DONE) {
        parse.log = subject.log;
        parse.workspace = subject.workspace;
        parse.traces = subject.traces;
        table.n_rows = lw_log_count(subject.log);
        if (query != NULL)
            status = choose(call, query, &parse);
        if (parse.chosen != NULL)
            table.n_rows = parse.n_chosen;
        if (status == COMMAND_DONE &&
            table_print(call, &table, call->values[OPTION_JSON] != NULL ? TABLE_JSON_LINES : TABLE_CSV, &err) != 0)
            status = command_error(call, &err);
    }
    lw_query_free(query);
    lw_reader_free(parse.reader);
    free(parse.names);
    free(parse.chosen);
    subject_release(&subject);
    return status;
}
