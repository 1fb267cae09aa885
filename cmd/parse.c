/*
 * Records with what was learned from them, a row each. The log is read twice: once to learn from it or to match it,
 * once to print; in between only columns of numbers are held, never text.
 */
#include <stdlib.h>

#include "cmd/commands.h"
#include "cmd/input.h"
#include "cmd/table.h"

#define MAX_PARAMETERS 256

struct parse {
    const struct lw_log *log;
    const struct lw_workspace *workspace;
    const struct lw_traces *traces;
    struct lw_reader *reader;
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
    uint32_t id = lw_traces_record_template(parse->traces, index);
    ptrdiff_t at = lw_template_index(parse->workspace, id);
    int code = lw_reader_get(parse->reader, index, &record, err);

    if (code == 0)
        code = lw_log_source(parse->log, record.source, &source, err);
    if (code == 0 && at >= 0)
        code = lw_template_get(parse->workspace, (size_t)at, &template, err);
    if (code == 0)
        code = list_traces(parse, index, &n_traces, err);
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

int parse_run(struct command_call *call)
{
    static const char *const columns[] = {"source", "line",  "time",     "level",      "component",
                                          "trace",  "event", "template", "parameters", NULL};
    struct parse parse = {0};
    struct table table = {columns, 0, record_row, &parse};
    struct subject subject;
    struct lw_error err;
    int status = input_subject(call, &subject);

    if (status != COMMAND_DONE)
        return status;
    if (subject.log == NULL)
        status = command_fail(call, "parse: a workspace keeps no records; give the log, too");
    else if (lw_reader_new(subject.log, &parse.reader, &err) != 0)
        status = command_error(call, &err);
    if (status == COMMAND_DONE) {
        parse.log = subject.log;
        parse.workspace = subject.workspace;
        parse.traces = subject.traces;
        table.n_rows = (size_t)lw_log_count(subject.log);
        if (table_print(call, &table, call->values[OPTION_JSON] != NULL ? TABLE_JSON_LINES : TABLE_CSV, &err) != 0)
            status = command_error(call, &err);
    }
    lw_reader_free(parse.reader);
    free(parse.names);
    subject_release(&subject);
    return status;
}
