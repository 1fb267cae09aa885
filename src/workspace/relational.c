/*
 * The fixed tables and the views are rows of the arrays below; typed tables are made from templates. Statements are put
 * together from the columns, so that what a diagram shows as a key is one in the file.
 *
 * What a trace, a record or an event is called by is not a name but its number: keys are integers, and names of traces
 * or texts of templates, which hold any bytes, are never part of a statement.
 */
#include "workspace/relational.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fail.h"
#include "workspace/typed_names.h"

#define WHAT "laying out the tables"

enum { KEY = 1, MAYBE = 2 }; /* of the primary key; may be NULL */

struct fixed_column {
    const char *name, *type;
    unsigned flags;
    int table; /* enum relation_kind, or -1 */
    size_t column;
    const char *help;
};
#define MAX_COLUMNS 16
struct fixed_relation {
    const char *name, *help;
    enum lw_table_kind as;
    struct fixed_column columns[MAX_COLUMNS]; /* ended by one without a name */
};
#define NO_TABLE -1, 0

static const struct fixed_relation fixed[RELATION_FIXED] = {
    [RELATION_SOURCE] = {"source",
                         "where the records come from",
                         LW_TABLE_RECORDS,
                         {{"id", "INTEGER", KEY, NO_TABLE, "number from 0, in the order of the command line"},
                          {"path", "TEXT", 0, NO_TABLE, "as it was given"},
                          {"format", "TEXT", 0, NO_TABLE, "names of its formats, parted by commas"},
                          {"bytes", "INTEGER", 0, NO_TABLE, "of its text, decompressed"},
                          {"records", "INTEGER", 0, NO_TABLE, "cut from it"},
                          {"lines", "INTEGER", 0, NO_TABLE, "of its text"},
                          {"problem", "TEXT", MAYBE, NO_TABLE, "what was wrong with it"}}},
    [RELATION_TEMPLATE] = {"template",
                           "the constant parts of messages",
                           LW_TABLE_LEARNED,
                           {{"id", "INTEGER", KEY, NO_TABLE, "12 for E12"},
                            {"name", "TEXT", MAYBE, NO_TABLE, "given by hand"},
                            {"text", "TEXT", 0, NO_TABLE, "with <*> for each parameter"},
                            {"count", "INTEGER", 0, NO_TABLE, "records"},
                            {"first_us", "INTEGER", MAYBE, NO_TABLE, "time of the first, microseconds since 1970 UTC"},
                            {"last_us", "INTEGER", MAYBE, NO_TABLE, "time of the last"},
                            {"level", "TEXT", MAYBE, NO_TABLE, "the most frequent one"}}},
    [RELATION_SLOT] = {"slot",
                       "the parameters of templates",
                       LW_TABLE_LEARNED,
                       {{"template", "INTEGER", KEY, RELATION_TEMPLATE, 0, "whose it is"},
                        {"slot", "INTEGER", KEY, NO_TABLE, "number from 1, as they stand in the text"},
                        {"type", "TEXT", 0, NO_TABLE, "integer, ip, path, word ..."},
                        {"unit", "TEXT", 0, NO_TABLE, "of the numbers in this row: s, B, or nothing"},
                        {"distinct_values", "INTEGER", 0, NO_TABLE, "exact up to 64, then an estimate"},
                        {"numbers", "INTEGER", 0, NO_TABLE, "values that are numbers"},
                        {"min", "REAL", MAYBE, NO_TABLE, "least number"},
                        {"p50", "REAL", MAYBE, NO_TABLE, "median"},
                        {"p95", "REAL", MAYBE, NO_TABLE, "95 % are at most this"},
                        {"max", "REAL", MAYBE, NO_TABLE, "greatest number"},
                        {"mean", "REAL", MAYBE, NO_TABLE, "mean of the numbers"}}},
    [RELATION_VALUE] =
        {"value",
         "values that were seen of parameters: all of them up to 64, then the most frequent and a sample",
         LW_TABLE_LEARNED,
         {{"template", "INTEGER", KEY, RELATION_SLOT, 0, "whose parameter it is"},
          {"slot", "INTEGER", KEY, RELATION_SLOT, 1, "number of the parameter"},
          {"number", "INTEGER", KEY, NO_TABLE, "from 1, most frequent first"},
          {"value", "TEXT", 0, NO_TABLE, "as it stands in the log"},
          {"count", "INTEGER", 0, NO_TABLE, "times seen"},
          {"error", "INTEGER", 0, NO_TABLE, "it may be less by as much; 0 = exact"}}},
    [RELATION_VARIANT] = {"variant",
                          "distinct sequences of templates among the traces",
                          LW_TABLE_LEARNED,
                          {{"id", "INTEGER", KEY, NO_TABLE, "number from 0, most frequent first"},
                           {"count", "INTEGER", 0, NO_TABLE, "traces that have it"},
                           {"events", "INTEGER", 0, NO_TABLE, "how many templates it has"},
                           {"templates", "TEXT", 0, NO_TABLE, "JSON array of their ids; null for unknown ones"}}},
    [RELATION_STATE] = {"state",
                        "states of the machine",
                        LW_TABLE_LEARNED,
                        {{"id", "INTEGER", KEY, NO_TABLE, "0 is start, 1 is end"},
                         {"name", "TEXT", 0, NO_TABLE, "what was last seen, such as E5"},
                         {"template", "INTEGER", MAYBE, RELATION_TEMPLATE, 0, "of the event that leads into it"},
                         {"visits", "INTEGER", 0, NO_TABLE, "times that traces came through"}}},
    [RELATION_TRANSITION] = {"transition",
                             "transitions of the machine",
                             LW_TABLE_LEARNED,
                             {{"id", "INTEGER", KEY, NO_TABLE, "number from 0, by state, then falling count"},
                              {"from", "INTEGER", 0, RELATION_STATE, 0, "where it leaves"},
                              {"to", "INTEGER", 0, RELATION_STATE, 0, "where it leads"},
                              {"template", "INTEGER", MAYBE, RELATION_TEMPLATE, 0, "of its event; NULL into end"},
                              {"count", "INTEGER", 0, NO_TABLE, "times taken"},
                              {"probability", "REAL", 0, NO_TABLE, "among those that leave the state"},
                              {"delay_p50_us", "INTEGER", MAYBE, NO_TABLE, "median time it takes, microseconds"},
                              {"delay_p95_us", "INTEGER", MAYBE, NO_TABLE, "95 % take at most this"}}},
    [RELATION_TRACE] = {"trace",
                        "the events of one execution each",
                        LW_TABLE_LEARNED,
                        {{"id", "INTEGER", KEY, NO_TABLE, "number from 0, in the order of their first events"},
                         {"name", "TEXT", 0, NO_TABLE, "the block, request, session ... that it belongs to"},
                         {"variant", "INTEGER", 0, RELATION_VARIANT, 0, "its sequence of templates"},
                         {"events", "INTEGER", 0, NO_TABLE, "how many it has"},
                         {"first_us", "INTEGER", MAYBE, NO_TABLE, "time of its first event"},
                         {"last_us", "INTEGER", MAYBE, NO_TABLE, "time of its last event"}}},
    [RELATION_RECORD] = {"record",
                         "log entries",
                         LW_TABLE_RECORDS,
                         {{"id", "INTEGER", KEY, NO_TABLE, "number from 0, in the order of time"},
                          {"source", "INTEGER", 0, RELATION_SOURCE, 0, "where it was read"},
                          {"epoch", "INTEGER", 0, NO_TABLE, "0, or how often the source was written anew before"},
                          {"offset", "INTEGER", 0, NO_TABLE, "of its first byte in the text of the source"},
                          {"line", "INTEGER", 0, NO_TABLE, "number of its first line, from 1"},
                          {"time_us", "INTEGER", MAYBE, NO_TABLE, "microseconds since 1970 UTC"},
                          {"level", "TEXT", MAYBE, NO_TABLE, "trace, debug, info, notice, warn, error, fatal"},
                          {"component", "TEXT", MAYBE, NO_TABLE, "program or part that wrote it"},
                          {"template", "INTEGER", MAYBE, RELATION_TEMPLATE, 0, "NULL: it fits none"},
                          {"message", "TEXT", 0, NO_TABLE, "without the header, with its continuation lines"}}},
    [RELATION_EVENT] = {"event",
                        "occurrences of templates in traces",
                        LW_TABLE_RECORDS,
                        {{"trace", "INTEGER", KEY, RELATION_TRACE, 0, "that it belongs to"},
                         {"position", "INTEGER", KEY, NO_TABLE, "in the trace, from 0"},
                         {"template", "INTEGER", MAYBE, RELATION_TEMPLATE, 0, "NULL: unknown"},
                         {"state", "INTEGER", 0, RELATION_STATE, 0, "that the machine is in after it"},
                         {"record", "INTEGER", MAYBE, RELATION_RECORD, 0, "that it stands in"},
                         {"time_us", "INTEGER", MAYBE, NO_TABLE, "microseconds since 1970 UTC"}}},
    [RELATION_PARAMETER] = {"parameter",
                            "values of parameters in records",
                            LW_TABLE_RECORDS,
                            {{"record", "INTEGER", KEY, RELATION_RECORD, 0, "that it stands in"},
                             {"slot", "INTEGER", KEY, RELATION_SLOT, 1, "number of the parameter"},
                             {"template", "INTEGER", 0, RELATION_SLOT, 0, "of the record"},
                             {"value", "TEXT", MAYBE, NO_TABLE, "as it stands in the log; NULL: left out"}}},
};

struct fixed_view {
    const char *name, *help, *columns; /* names parted by commas */
    bool needs_records;
    const char *select;
};

static const struct fixed_view views[] = {
    {"slowest_trace", "traces that took longest first", "id,name,events,seconds", false,
     "SELECT id, name, events, (last_us - first_us) / 1e6 FROM trace WHERE first_us IS NOT NULL\n"
     "  ORDER BY last_us - first_us DESC, id"},
    {"frequent_variant", "distinct sequences with their share of the traces, most frequent first",
     "id,count,share,events,templates", false,
     "SELECT id, count, 1.0 * count / (SELECT sum(count) FROM variant), events, templates FROM variant ORDER BY id"},
    {"rare_transition", "transitions that are taken less than once in a hundred times, rarest first",
     "id,from_state,to_state,template,count,probability", false,
     "SELECT t.id, a.name, b.name, t.template, t.count, t.probability FROM transition AS t\n"
     "  JOIN state AS a ON a.id = t.\"from\" JOIN state AS b ON b.id = t.\"to\"\n"
     "  WHERE t.probability < 0.01 ORDER BY t.count, t.id"},
    {"template_parameter", "parameters of templates with their types and most frequent values",
     "template,text,slot,type,distinct_values,value,count", false,
     "SELECT s.template, e.text, s.slot, s.type, s.distinct_values, v.value, v.count FROM slot AS s\n"
     "  JOIN template AS e ON e.id = s.template\n"
     "  LEFT JOIN value AS v ON v.template = s.template AND v.slot = s.slot AND v.number = 1\n"
     "  ORDER BY s.template, s.slot"},
    {"errors_by_hour", "records of level error or worse by hour and template", "hour,level,template,text,count", true,
     "SELECT strftime('%Y-%m-%d %H:00', r.time_us / 1000000, 'unixepoch') AS h, r.level, r.template, e.text, count(*)\n"
     "  FROM record AS r LEFT JOIN template AS e ON e.id = r.template WHERE r.level IN ('error', 'fatal')\n"
     "  GROUP BY h, r.level, r.template ORDER BY h, count(*) DESC"},
    {"component_level", "records by component and level", "component,level,count", true,
     "SELECT component, level, count(*) FROM record GROUP BY component, level ORDER BY count(*) DESC"},
    {"state_trace", "the traces that come through each state, and when first",
     "state,state_name,trace,trace_name,position", true,
     "SELECT e.state, s.name, e.trace, t.name, min(e.position) FROM event AS e JOIN state AS s ON s.id = e.state\n"
     "  JOIN trace AS t ON t.id = e.trace GROUP BY e.trace, e.state"},
    {"event_text", "events with the texts of their templates and the lines they stand on",
     "trace,trace_name,position,time_us,template,text,path,line", true,
     "SELECT e.trace, t.name, e.position, e.time_us, e.template, p.text, s.path, r.line FROM event AS e\n"
     "  JOIN trace AS t ON t.id = e.trace LEFT JOIN template AS p ON p.id = e.template\n"
     "  LEFT JOIN record AS r ON r.id = e.record LEFT JOIN source AS s ON s.id = r.source"},
};
#define N_VIEWS (sizeof views / sizeof views[0])

void relational_quote(struct buf *out, const char *name)
{
    buf_add_byte(out, '"');
    for (; *name != '\0'; name++)
        buf_printf(out, *name == '"' ? "\"\"" : "%c", *name);
    buf_add_byte(out, '"');
}

/* ---- statements ------------------------------------------------------------------------------------------------ */

/* Whether the column's reference is part of one of several columns. */
static bool is_joint(const struct relation *relation, size_t column)
{
    const struct relation_column *a = &relation->columns[column];

    for (size_t i = 0; i < relation->n_columns; i++)
        if (relation->columns[i].table == a->table && relation->columns[i].column != a->column)
            return true;
    return false;
}

static void add_names(struct buf *out, const struct relation *relation,
                      bool (*is_meant)(const struct relation_column *))
{
    const char *before = "(";

    for (size_t i = 0; i < relation->n_columns; i++)
        if (is_meant(&relation->columns[i])) {
            buf_add_text(out, before);
            relational_quote(out, relation->columns[i].name);
            before = ", ";
        }
    buf_add_byte(out, ')');
}

static bool is_of_key(const struct relation_column *column)
{
    return column->is_key;
}

/* The one reference of several columns, to a table's key, with its columns in the order of that key. */
static void add_joint(struct buf *out, const struct lw_schema *schema, const struct relation *relation)
{
    for (size_t i = 0; i < relation->n_columns; i++) {
        const struct relation_column *column = &relation->columns[i];
        const struct relation *to;
        const char *before = "(";

        if (column->table < 0 || !is_joint(relation, i))
            continue;
        to = &schema->relations[column->table];
        buf_add_text(out, ",\n  FOREIGN KEY");
        for (size_t k = 0; k < to->n_columns; k++)
            for (size_t c = 0; c < relation->n_columns; c++)
                if (relation->columns[c].table == column->table && relation->columns[c].column == k) {
                    buf_add_text(out, before);
                    relational_quote(out, relation->columns[c].name);
                    before = ", ";
                }
        buf_add_text(out, ") REFERENCES ");
        relational_quote(out, to->name);
        add_names(out, to, is_of_key);
        return;
    }
}

static void add_column(struct buf *out, const struct lw_schema *schema, const struct relation *relation, size_t i,
                       size_t n_keys)
{
    const struct relation_column *column = &relation->columns[i];

    buf_add_text(out, i == 0 ? "\n  " : ",\n  ");
    relational_quote(out, column->name);
    buf_printf(out, " %s", column->type);
    if (column->is_key && n_keys == 1)
        buf_add_text(out, " PRIMARY KEY");
    if (!column->is_nullable)
        buf_add_text(out, " NOT NULL");
    if (column->table >= 0 && !is_joint(relation, i)) {
        buf_add_text(out, " REFERENCES ");
        relational_quote(out, schema->relations[column->table].name);
        buf_add_byte(out, '(');
        relational_quote(out, schema->relations[column->table].columns[column->column].name);
        buf_add_byte(out, ')');
    }
}

static int make_statement(struct lw_schema *schema, struct relation *relation, struct buf *text)
{
    size_t n_keys = 0;

    for (size_t i = 0; i < relation->n_columns; i++)
        n_keys += relation->columns[i].is_key;
    buf_clear(text);
    if (relation->kind == RELATION_VIEW) {
        buf_add_text(text, "CREATE VIEW ");
        relational_quote(text, relation->name);
        for (size_t i = 0; i < relation->n_columns; i++) {
            buf_add_text(text, i == 0 ? "(" : ", ");
            relational_quote(text, relation->columns[i].name);
        }
        buf_printf(text, ") AS\n  %s", relation->sql);
    } else {
        buf_add_text(text, "CREATE TABLE ");
        relational_quote(text, relation->name);
        buf_add_byte(text, '(');
        for (size_t i = 0; i < relation->n_columns; i++)
            add_column(text, schema, relation, i, n_keys);
        if (n_keys > 1) {
            buf_add_text(text, ",\n  PRIMARY KEY");
            add_names(text, relation, is_of_key);
        }
        add_joint(text, schema, relation);
        buf_add_text(text, n_keys > 1 || relation->kind == RELATION_ENTITY ? "\n) WITHOUT ROWID" : "\n)");
    }
    relation->sql = buf_status(text) == 0 ? arena_copy(&schema->arena, text->data, text->len) : NULL;
    return relation->sql == NULL ? LW_ERR_MEMORY : 0;
}

/* ---- relations ------------------------------------------------------------------------------------------------- */

static struct relation_column *take_columns(struct lw_schema *schema, size_t n)
{
    return arena_take(&schema->arena, n * sizeof(struct relation_column));
}

static int add_fixed(struct lw_schema *schema, enum relation_kind kind)
{
    const struct fixed_relation *from = &fixed[kind];
    struct relation *to = &schema->relations[kind];

    *to = (struct relation){.kind = kind, .name = from->name, .help = from->help, .as = from->as};
    to->needs_records = kind == RELATION_SOURCE || kind == RELATION_RECORD || kind == RELATION_PARAMETER;
    while (to->n_columns < MAX_COLUMNS && from->columns[to->n_columns].name != NULL)
        to->n_columns++;
    to->columns = take_columns(schema, to->n_columns);
    if (to->columns == NULL)
        return LW_ERR_MEMORY;
    for (size_t i = 0; i < to->n_columns; i++) {
        const struct fixed_column *column = &from->columns[i];

        to->columns[i] = (struct relation_column){.name = column->name,
                                                  .type = column->type,
                                                  .help = column->help,
                                                  .is_key = column->flags & KEY,
                                                  .is_nullable = column->flags & MAYBE,
                                                  .table = column->table,
                                                  .column = column->column};
    }
    return 0;
}

static void type_column(struct relation_column *column, const struct template_part *part)
{
    column->quantity = quantity_of_mask((enum mask)part->mask);
    column->type = "TEXT";
    if (column->quantity != QUANTITY_NONE)
        column->type = part->mask == MASK_INTEGER || column->quantity == QUANTITY_BYTES ? "INTEGER" : "REAL";
    column->help = column->quantity == QUANTITY_SECONDS ? "seconds" : column->quantity == QUANTITY_BYTES ? "bytes" : "";
}

static int add_typed(struct lw_schema *schema, size_t index, char (*names)[TYPED_NAME_SIZE])
{
    const struct model *model = workspace_model(schema->workspace);
    const struct template_item *item = &model->templates.items[index];
    struct relation *to = &schema->relations[schema->n];
    char name[TYPED_NAME_SIZE];
    size_t slot = 0;

    *to = (struct relation){
        .kind = RELATION_TYPED, .as = LW_TABLE_TEMPLATE, .needs_records = true, .index = index, .help = ""};
    typed_table_name(item, name);
    to->name = arena_copy(&schema->arena, name, strlen(name));
    to->columns = take_columns(schema, item->n_slots + 1);
    if (to->name == NULL || to->columns == NULL ||
        typed_column_names(item, model->counts->sequences.masks, "record", names) != 0)
        return LW_ERR_MEMORY;
    to->columns[to->n_columns++] = (struct relation_column){.name = "record",
                                                            .type = "INTEGER",
                                                            .help = "that the values stand in",
                                                            .is_key = true,
                                                            .table = RELATION_RECORD};
    for (size_t i = 0; i < item->n_parts; i++) {
        struct relation_column *column = &to->columns[to->n_columns];

        if (!item->parts[i].is_slot)
            continue;
        *column = (struct relation_column){.is_nullable = true, .table = -1};
        column->name = arena_copy(&schema->arena, names[slot], strlen(names[slot]));
        slot++;
        type_column(column, &item->parts[i]);
        if (column->name == NULL)
            return LW_ERR_MEMORY;
        to->n_columns++;
    }
    schema->n++;
    return 0;
}

static int add_view(struct lw_schema *schema, const struct fixed_view *view)
{
    struct relation *to = &schema->relations[schema->n];
    const char *at = view->columns;

    *to = (struct relation){.kind = RELATION_VIEW, .name = view->name, .help = view->help, .as = LW_TABLE_VIEW};
    to->sql = view->select;
    to->needs_records = view->needs_records;
    to->columns = take_columns(schema, MAX_COLUMNS);
    if (to->columns == NULL)
        return LW_ERR_MEMORY;
    while (*at != '\0') {
        size_t len = strcspn(at, ",");
        char *name = arena_copy(&schema->arena, at, len);

        if (name == NULL)
            return LW_ERR_MEMORY;
        to->columns[to->n_columns++] =
            (struct relation_column){.name = name, .type = "", .help = "", .is_nullable = true, .table = -1};
        at += len + (at[len] == ',');
    }
    schema->n++;
    return 0;
}

static size_t most_slots(const struct templates *templates)
{
    size_t most = 0;

    for (size_t i = 0; i < templates->n; i++)
        if (templates->items[i].n_slots > most)
            most = templates->items[i].n_slots;
    return most;
}

static int add_all(struct lw_schema *schema, const struct templates *templates)
{
    char(*names)[TYPED_NAME_SIZE] = alloc_array(most_slots(templates), sizeof *names);
    struct buf text = BUF_INIT;
    int code = names == NULL ? LW_ERR_MEMORY : 0;

    for (int kind = 0; kind < RELATION_FIXED && code == 0; kind++)
        code = add_fixed(schema, (enum relation_kind)kind);
    schema->n = RELATION_FIXED;
    for (size_t i = 0; i < templates->n && code == 0; i++)
        code = add_typed(schema, i, names);
    schema->n_tables = schema->n;
    for (size_t i = 0; i < N_VIEWS && code == 0; i++)
        code = add_view(schema, &views[i]);
    for (size_t i = 0; i < schema->n && code == 0; i++)
        code = make_statement(schema, &schema->relations[i], &text);
    buf_release(&text);
    free(names);
    return code;
}

int relational_build(struct lw_schema *schema, struct lw_error *err)
{
    static const struct templates none;
    const struct templates *templates =
        schema->workspace != NULL ? &workspace_model(schema->workspace)->templates : &none;

    schema->relations = alloc_zeroed(RELATION_FIXED + templates->n + N_VIEWS, sizeof *schema->relations);
    if (schema->relations == NULL || add_all(schema, templates) != 0)
        return fail_memory(err, WHAT);
    return 0;
}

void relational_release(struct lw_schema *schema)
{
    free(schema->relations);
    arena_release(&schema->arena);
}
