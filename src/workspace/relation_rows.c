/*
 * No row is stored. Most follow from one lookup in the workspace; parameters are cut again from the text of their
 * record. Filling an SQLite database first was rejected: it takes longer than learning, and twice the room of the log,
 * before the first row shows.
 */
#include "workspace/relation_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "log/reader.h"
#include "workspace/table_labels.h"

#define WHAT "making rows of tables"

static const struct model *model_of(const struct lw_schema *schema)
{
    return workspace_model(schema->workspace);
}

/* ---- values ---------------------------------------------------------------------------------------------------- */

static struct lw_sql_value none(void)
{
    return (struct lw_sql_value){.kind = LW_SQL_NULL};
}

static struct lw_sql_value integer(int64_t number)
{
    return (struct lw_sql_value){.kind = LW_SQL_INTEGER, .integer = number};
}

static struct lw_sql_value count(uint64_t number)
{
    return integer(number > INT64_MAX ? INT64_MAX : (int64_t)number);
}

static struct lw_sql_value time_value(int64_t time_us)
{
    return time_us == LW_NO_TIME ? none() : integer(time_us);
}

static struct lw_sql_value real(double number)
{
    return isfinite(number) ? (struct lw_sql_value){.kind = LW_SQL_REAL, .real = number} : none();
}

static struct lw_sql_value bytes_value(struct lw_bytes bytes)
{
    return (struct lw_sql_value){.kind = database_is_text(bytes) ? LW_SQL_TEXT : LW_SQL_BLOB,
                                 .bytes = {bytes.len == 0 ? "" : bytes.data, bytes.len}};
}

static struct lw_sql_value text(const char *data)
{
    return data == NULL ? none() : bytes_value((struct lw_bytes){data, strlen(data)});
}

/* Nothing for what is empty. */
static struct lw_sql_value some_bytes(struct lw_bytes bytes)
{
    return bytes.len == 0 ? none() : bytes_value(bytes);
}

static struct lw_sql_value template_value(const struct lw_schema *schema, uint32_t id)
{
    const struct templates *templates = &model_of(schema)->templates;
    ptrdiff_t index = templates_index(templates, id);

    return index < 0 ? none() : integer(templates->items[index].id);
}

/* What a value of a typed column says: its number, or itself where it is none. */
static struct lw_sql_value typed_value(const struct relation_column *column, struct lw_bytes bytes)
{
    double number;

    if (bytes.len == 0)
        return none();
    if (column->quantity == QUANTITY_NONE || !quantity_parse(column->quantity, bytes.data, bytes.len, &number))
        return bytes_value(bytes);
    if (column->type[0] == 'I' && number == floor(number) && fabs(number) < 9007199254740992.0)
        return integer((int64_t)number);
    if (column->type[0] == 'I' && column->quantity == QUANTITY_NUMBER) /* more digits than a double keeps */
        return bytes_value(bytes);
    return real(number);
}

/* ---- records --------------------------------------------------------------------------------------------------- */

static int get_from_log(struct row_cursor *cursor, uint64_t number, struct lw_error *err)
{
    struct lw_record record;
    int code = cursor->reader == NULL ? lw_reader_new(cursor->schema->log, &cursor->reader, err) : 0;

    if (code == 0)
        code = lw_reader_get(cursor->reader, number, &record, err);
    if (code != 0)
        return code;
    cursor->row =
        (struct record_row){record.source,          record.epoch,
                            (int64_t)record.offset, (int64_t)record.line,
                            record.time_us,         {lw_level_name(record.level), strlen(lw_level_name(record.level))},
                            record.component,       {record.raw.data + record.message_start, record.message_len}};
    return 0;
}

/* The row of an id in the file. */
static int find_stored(struct row_cursor *cursor, sqlite3_stmt **query, const char *sql, uint64_t id,
                       struct lw_error *err)
{
    const struct row_file *file = cursor->schema->rows->file;
    bool has_row;
    int code = *query == NULL ? database_prepare(&file->db, sql, query, err) : 0;

    if (code != 0)
        return code;
    sqlite3_reset(*query);
    sqlite3_bind_int64(*query, 1, (sqlite3_int64)id);
    code = database_step(&file->db, *query, &has_row, err);
    if (code == 0 && !has_row)
        code = fail(err, LW_ERR_WORKSPACE, "%s: the workspace is damaged (row %llu is missing)", file->db.path,
                    (unsigned long long)id);
    return code;
}

static int get_from_file(struct row_cursor *cursor, uint64_t number, struct lw_error *err)
{
    int code = find_stored(cursor, &cursor->get_record,
                           "SELECT source, epoch, \"offset\", line, time_us, level, component, message FROM record "
                           "WHERE id = ?",
                           number, err);
    sqlite3_stmt *query = cursor->get_record;

    if (code != 0)
        return code;
    cursor->row = (struct record_row){
        sqlite3_column_int64(query, 0),
        sqlite3_column_int64(query, 1),
        sqlite3_column_int64(query, 2),
        sqlite3_column_int64(query, 3),
        sqlite3_column_type(query, 4) == SQLITE_NULL ? LW_NO_TIME : sqlite3_column_int64(query, 4),
        database_bytes(query, 5),
        database_bytes(query, 6),
        database_bytes(query, 7),
    };
    return 0;
}

int row_cursor_record(struct row_cursor *cursor, uint64_t number, struct lw_error *err)
{
    int code;

    if (cursor->record == number)
        return 0;
    cursor->record = cursor->matched = LW_NO_RECORD;
    code = cursor->schema->log != NULL ? get_from_log(cursor, number, err) : get_from_file(cursor, number, err);
    if (code == 0)
        cursor->record = number;
    return code;
}

/* Cuts the record into its parameters: n_spans of them, or none where its message fits another template than it was
 * learned with, as when rare messages were counted together. */
int row_cursor_match(struct row_cursor *cursor, uint64_t number, struct lw_error *err)
{
    const struct lw_schema *schema = cursor->schema;
    const struct templates *templates = &model_of(schema)->templates;
    int code = row_cursor_record(cursor, number, err);

    if (code != 0 || cursor->matched == number)
        return code;
    if (model_match_message(model_of(schema), cursor->row.message.data, cursor->row.message.len, cursor->is_symbolic,
                            true, &cursor->match) != 0)
        return fail_memory(err, WHAT);
    if (templates_index(templates, cursor->match.id) !=
        templates_index(templates, schema->rows->record_templates[number]))
        cursor->match.n_spans = 0;
    cursor->matched = number;
    return 0;
}

struct lw_bytes row_cursor_parameter(const struct row_cursor *cursor, size_t slot)
{
    const struct template_match *match = &cursor->match;

    if (slot >= match->n_spans || match->spans[slot].len == 0)
        return (struct lw_bytes){"", 0};
    return (struct lw_bytes){cursor->row.message.data + match->spans[slot].start, match->spans[slot].len};
}

/* ---- rows ------------------------------------------------------------------------------------------------------ */

static int source_row(struct row_cursor *cursor, uint64_t row, struct lw_sql_value *values, struct lw_error *err)
{
    struct lw_source source;
    sqlite3_stmt *query;
    int code;

    values[0] = count(row);
    if (cursor->schema->log != NULL) {
        code = lw_log_source(cursor->schema->log, (size_t)row, &source, err);
        if (code != 0)
            return code;
        values[1] = bytes_value(source.path);
        values[2] = text(source.format);
        values[3] = count(source.bytes);
        values[4] = count(source.records);
        values[5] = count(source.lines);
        values[6] = text(source.problem);
        return 0;
    }
    code = find_stored(cursor, &cursor->get_source,
                       "SELECT path, format, bytes, records, lines, problem FROM source WHERE id = ?", row, err);
    query = cursor->get_source;
    for (int i = 0; i < 6 && code == 0; i++)
        values[i + 1] = i >= 2 && i <= 4 ? integer(sqlite3_column_int64(query, i))
                        : i == 5 && sqlite3_column_type(query, i) == SQLITE_NULL
                            ? none()
                            : bytes_value(database_bytes(query, i));
    return code;
}

static int template_row(struct row_cursor *cursor, uint64_t row, struct lw_sql_value *values, struct lw_error *err)
{
    struct lw_template template;
    int code = lw_template_get(cursor->schema->workspace, (size_t)row, &template, err);

    if (code != 0)
        return code;
    values[0] = integer(template.id);
    values[1] = some_bytes(template.name);
    values[2] = bytes_value(template.text);
    values[3] = count(template.count);
    values[4] = time_value(template.first_us);
    values[5] = time_value(template.last_us);
    values[6] = template.level == LW_LEVEL_NONE ? none() : text(lw_level_name(template.level));
    return 0;
}

/* The slot of a row of `slot`, and its template and number. */
static int get_slot(struct row_cursor *cursor, uint64_t row, struct lw_sql_value *values, struct lw_slot *slot,
                    struct lw_error *err)
{
    const struct lw_schema *schema = cursor->schema;
    const struct templates *templates = &model_of(schema)->templates;
    size_t index = relation_find_part(schema->rows->slot_first, templates->n, row);
    size_t number = (size_t)(row - schema->rows->slot_first[index]);

    values[0] = integer(templates->items[index].id);
    values[1] = count(number + 1);
    return lw_template_slot(schema->workspace, index, number, slot, err);
}

static int slot_row(struct row_cursor *cursor, uint64_t row, struct lw_sql_value *values, struct lw_error *err)
{
    struct lw_slot slot;
    int code = get_slot(cursor, row, values, &slot, err);

    if (code != 0)
        return code;
    values[2] = text(slot.type);
    values[3] = text(slot.unit);
    values[4] = count(slot.distinct);
    values[5] = count(slot.n_numbers);
    values[6] = real(slot.min);
    values[7] = real(slot.p50);
    values[8] = real(slot.p95);
    values[9] = real(slot.max);
    values[10] = real(slot.mean);
    return 0;
}

static int value_row(struct row_cursor *cursor, uint64_t row, struct lw_sql_value *values, struct lw_error *err)
{
    const struct schema_rows *rows = cursor->schema->rows;
    size_t n_slots = (size_t)rows->slot_first[model_of(cursor->schema)->templates.n];
    size_t at = relation_find_part(rows->value_first, n_slots, row), number = (size_t)(row - rows->value_first[at]);
    struct lw_slot slot;
    int code = get_slot(cursor, at, values, &slot, err);

    if (code != 0)
        return code;
    values[2] = count(number + 1);
    values[3] = bytes_value(slot.values[number].text);
    values[4] = count(slot.values[number].count);
    values[5] = count(slot.values[number].error);
    return 0;
}

static int variant_row(struct row_cursor *cursor, uint64_t row, struct lw_sql_value *values, struct lw_error *err)
{
    struct lw_variant variant;
    int code = lw_traces_variant(cursor->schema->traces, (size_t)row, &variant, err);

    if (code != 0)
        return code;
    buf_clear(&cursor->text);
    for (size_t e = 0; e < variant.n_events; e++) {
        struct lw_sql_value id = template_value(cursor->schema, variant.templates[e]);

        buf_add_byte(&cursor->text, e == 0 ? '[' : ',');
        if (id.kind == LW_SQL_NULL)
            buf_add_text(&cursor->text, "null");
        else
            buf_printf(&cursor->text, "%lu", (unsigned long)id.integer);
    }
    buf_add_text(&cursor->text, variant.n_events == 0 ? "[]" : "]");
    if (buf_status(&cursor->text) != 0)
        return fail_memory(err, WHAT);
    values[0] = count(row);
    values[1] = count(variant.count);
    values[2] = count(variant.n_events);
    values[3] = bytes_value((struct lw_bytes){cursor->text.data, cursor->text.len});
    return 0;
}

static int state_row(struct row_cursor *cursor, uint64_t row, struct lw_sql_value *values, struct lw_error *err)
{
    struct lw_state state;
    int code = lw_machine_state(lw_workspace_machine(cursor->schema->workspace), (size_t)row, &state, err);

    if (code != 0)
        return code;
    values[0] = count(row);
    values[1] = bytes_value(state.name);
    values[2] = template_value(cursor->schema, state.template_id);
    values[3] = count(state.visits);
    values[4] = integer(state.is_core);
    return 0;
}

static int transition_row(struct row_cursor *cursor, uint64_t row, struct lw_sql_value *values, struct lw_error *err)
{
    const struct lw_workspace *workspace = cursor->schema->workspace;
    struct lw_transition transition;
    struct lw_delay_model delay;
    int code = lw_machine_transition(lw_workspace_machine(workspace), (size_t)row, &transition, err);

    if (code == 0)
        code = lw_workspace_delay(workspace, (size_t)row, &delay, err);
    if (code != 0)
        return code;
    lw_delay_text(&delay, cursor->delay);
    values[0] = count(row);
    values[1] = integer(transition.from);
    values[2] = integer(transition.to);
    values[3] = template_value(cursor->schema, transition.template_id);
    values[4] = count(transition.count);
    values[5] = real(transition.probability);
    values[6] = time_value(transition.delay_p50_us);
    values[7] = time_value(transition.delay_p95_us);
    values[8] = some_bytes((struct lw_bytes){cursor->delay, strlen(cursor->delay)});
    values[9] = integer(transition.is_core);
    return 0;
}

static int trace_row(struct row_cursor *cursor, uint64_t row, struct lw_sql_value *values, struct lw_error *err)
{
    struct lw_trace trace;
    int code = lw_traces_get(cursor->schema->traces, (size_t)row, &trace, err);

    if (code != 0)
        return code;
    values[0] = count(row);
    values[1] = bytes_value(trace.name);
    values[2] = integer(trace.variant);
    values[3] = count(trace.n_events);
    values[4] = time_value(trace.n_events > 0 ? trace.times_us[0] : LW_NO_TIME);
    values[5] = time_value(trace.n_events > 0 ? trace.times_us[trace.n_events - 1] : LW_NO_TIME);
    values[6] = integer(trace.is_open_start);
    values[7] = integer(trace.is_open_end);
    return 0;
}

static int record_row(struct row_cursor *cursor, uint64_t row, struct lw_sql_value *values, struct lw_error *err)
{
    int code = row_cursor_record(cursor, row, err);

    if (code != 0)
        return code;
    values[0] = count(row);
    values[1] = integer(cursor->row.source);
    values[2] = integer(cursor->row.epoch);
    values[3] = integer(cursor->row.offset);
    values[4] = integer(cursor->row.line);
    values[5] = time_value(cursor->row.time_us);
    values[6] = some_bytes(cursor->row.level);
    values[7] = some_bytes(cursor->row.component);
    values[8] = template_value(cursor->schema, cursor->schema->rows->record_templates[row]);
    values[9] = bytes_value(cursor->row.message);
    return 0;
}

/* The states that the machine walks through with the events of a trace. */
static int walk_trace(struct row_cursor *cursor, size_t trace, struct lw_error *err)
{
    const struct trace_set *set = cursor->schema->traces->set;
    size_t n = trace_set_len(set, trace);

    if (cursor->states_of == trace)
        return 0;
    cursor->states_of = SIZE_MAX;
    if (alloc_grow(&cursor->states, &cursor->cap_states, n + 1, sizeof *cursor->states) != 0)
        return fail_memory(err, WHAT);
    lw_machine_walk(lw_workspace_machine(cursor->schema->workspace), set->templates + set->first[trace], n,
                    cursor->states);
    cursor->states_of = trace;
    return 0;
}

static int event_row(struct row_cursor *cursor, uint64_t row, struct lw_sql_value *values, struct lw_error *err)
{
    const struct lw_schema *schema = cursor->schema;
    const struct trace_set *set = schema->traces->set;
    size_t trace = cursor->states_of, position;
    uint64_t record;
    int code;

    if (trace >= set->n_traces || row < set->first[trace] || row >= set->first[trace + 1])
        trace = relation_find_trace(set, row);
    code = walk_trace(cursor, trace, err);
    if (code != 0)
        return code;
    position = (size_t)row - set->first[trace];
    record = schema->rows->event_records != NULL ? schema->rows->event_records[row] : set->records[row];
    values[0] = count(trace);
    values[1] = count(position);
    values[2] = template_value(schema, set->templates[row]);
    values[3] = integer(cursor->states[position + 1]);
    values[4] = record < schema->rows->n_records ? count(record) : none();
    values[5] = time_value(set->times_us[row]);
    return 0;
}

static int param_row(struct row_cursor *cursor, uint64_t row, struct lw_sql_value *values, struct lw_error *err)
{
    const struct lw_schema *schema = cursor->schema;
    uint64_t record = relation_find_param(schema, row, &cursor->param_record, &cursor->param_row);
    size_t slot = (size_t)(row - cursor->param_row);
    int code = row_cursor_match(cursor, record, err);

    if (code != 0)
        return code;
    values[0] = count(record);
    values[1] = count(slot + 1);
    values[2] = template_value(schema, schema->rows->record_templates[record]);
    values[3] = some_bytes(row_cursor_parameter(cursor, slot));
    return 0;
}

static int typed_row(struct row_cursor *cursor, const struct relation *relation, uint64_t row,
                     struct lw_sql_value *values, struct lw_error *err)
{
    const struct schema_rows *rows = cursor->schema->rows;
    uint64_t record = rows->typed_records[rows->typed_first[relation->index] + row];
    int code = row_cursor_match(cursor, record, err);

    if (code != 0)
        return code;
    values[0] = count(record);
    for (size_t i = 1; i < relation->n_columns; i++)
        values[i] = typed_value(&relation->columns[i], row_cursor_parameter(cursor, i - 1));
    return 0;
}

static void entity_row(struct row_cursor *cursor, const struct relation *relation, uint64_t row,
                       struct lw_sql_value *values)
{
    const struct entity_values *entity = &cursor->schema->rows->entities[relation->index];

    values[0] = bytes_value(intern_get(&entity->values, (uint32_t)row));
    values[1] = count(entity->counts[row]);
}

static void label_row(struct row_cursor *cursor, const struct relation *relation, uint64_t row,
                      struct lw_sql_value *values)
{
    const struct table_labels *labels = cursor->schema->labels;
    const struct table_label *label =
        relation->kind == RELATION_TRACE_LABEL ? &labels->traces[row] : &labels->records[row];

    values[0] = count(row);
    values[1] = text(label->kind);
    values[2] = label->root == LW_NO_RECORD ? none() : count(label->root);
}

int row_cursor_get(struct row_cursor *cursor, size_t relation, uint64_t row, struct lw_sql_value *values,
                   struct lw_error *err)
{
    static int (*const fixed[RELATION_FIXED])(struct row_cursor *, uint64_t, struct lw_sql_value *,
                                              struct lw_error *) = {
        [RELATION_SOURCE] = source_row,         [RELATION_TEMPLATE] = template_row, [RELATION_SLOT] = slot_row,
        [RELATION_VALUE] = value_row,           [RELATION_VARIANT] = variant_row,   [RELATION_STATE] = state_row,
        [RELATION_TRANSITION] = transition_row, [RELATION_TRACE] = trace_row,       [RELATION_RECORD] = record_row,
        [RELATION_EVENT] = event_row,           [RELATION_PARAMETER] = param_row,
    };
    const struct relation *r = &cursor->schema->relations[relation];

    if (r->kind == RELATION_ENTITY) {
        entity_row(cursor, r, row, values);
        return 0;
    }
    if (r->kind == RELATION_TRACE_LABEL || r->kind == RELATION_RECORD_LABEL) {
        label_row(cursor, r, row, values);
        return 0;
    }
    return r->kind < RELATION_FIXED ? fixed[r->kind](cursor, row, values, err) : typed_row(cursor, r, row, values, err);
}

void row_cursor_init(struct row_cursor *cursor, const struct lw_schema *schema)
{
    *cursor = (struct row_cursor){.schema = schema,
                                  .record = LW_NO_RECORD,
                                  .matched = LW_NO_RECORD,
                                  .param_record = LW_NO_RECORD,
                                  .states_of = SIZE_MAX,
                                  .text = BUF_INIT,
                                  .is_symbolic = counts_is_symbolic(model_of(schema)->counts)};
    template_match_init(&cursor->match);
}

void row_cursor_release(struct row_cursor *cursor)
{
    lw_reader_free(cursor->reader);
    sqlite3_finalize(cursor->get_record);
    sqlite3_finalize(cursor->get_source);
    template_match_release(&cursor->match);
    free(cursor->states);
    buf_release(&cursor->text);
}
