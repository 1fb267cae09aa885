/*
 * The fixed tables and the views are rows of arrays, see relational_tables.c; typed tables are made from templates.
 * Statements are put together from the columns, so that what a diagram shows as a key is one in the file.
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
#include "workspace/relational_tables.h"
#include "workspace/table_labels.h"
#include "workspace/typed_names.h"

#define WHAT         "laying out the tables"
#define TRACE_LABEL  "trace_label"
#define RECORD_LABEL "record_label"

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

/* ---- entities -------------------------------------------------------------------------------------------------- */

static bool is_taken(const struct lw_schema *schema, const char *name)
{
    for (size_t i = 0; i < schema->n; i++)
        if (strcmp(schema->relations[i].name, name) == 0)
            return true;
    for (size_t i = 0; i < relational_n_views; i++)
        if (strcmp(relational_views[i].name, name) == 0)
            return true;
    if (strcmp(name, TRACE_LABEL) == 0 || strcmp(name, RECORD_LABEL) == 0)
        return true;
    /* Typed tables are called e and a number. */
    return name[0] == 'e' && name[1] >= '0' && name[1] <= '9';
}

/* Those of parameters; what only header fields hold has no column that could refer to it. */
static int add_entity(struct lw_schema *schema, size_t index, const struct lw_entity *entity)
{
    static const struct relation_column columns[] = {
        {.name = "value", .type = "TEXT", .help = "as it stands in the log", .is_key = true, .table = -1},
        {.name = "count", .type = "INTEGER", .help = "times it stands in the parameters that refer here", .table = -1},
    };
    struct relation *to = &schema->relations[schema->n];
    struct buf name = BUF_INIT;
    size_t n_parameters = 0;

    for (size_t i = 0; i < entity->n_places; i++)
        n_parameters += entity->places[i].field == NULL;
    if (n_parameters == 0)
        return 0;
    buf_add_text(&name, entity->name);
    while (buf_status(&name) == 0 && is_taken(schema, name.data))
        buf_add_text(&name, "_value");
    *to = (struct relation){.kind = RELATION_ENTITY,
                            .as = LW_TABLE_ENTITY,
                            .help = "values that several parameters are drawn from",
                            .columns = arena_take(&schema->arena, sizeof columns),
                            .n_columns = 2,
                            .index = index,
                            .entity = *entity,
                            .needs_records = true};
    to->name = buf_status(&name) == 0 ? arena_copy(&schema->arena, name.data, name.len) : NULL;
    buf_release(&name);
    if (to->name == NULL || to->columns == NULL)
        return LW_ERR_MEMORY;
    memcpy(to->columns, columns, sizeof columns);
    schema->n++;
    schema->n_entities++;
    return 0;
}

static int add_entities(struct lw_schema *schema, size_t n)
{
    int code = 0;

    for (size_t i = 0; i < n && code == 0; i++) {
        struct lw_entity entity;

        code = lw_workspace_entity(schema->workspace, i, &entity, NULL);
        if (code == 0)
            code = add_entity(schema, schema->n_entities, &entity);
    }
    return code;
}

/* The columns that entities are drawn from refer to them; one that two speak of to the first. */
static void refer_entities(struct lw_schema *schema, size_t first_typed)
{
    const struct templates *templates = &workspace_model(schema->workspace)->templates;

    for (size_t i = RELATION_FIXED; i < first_typed; i++) {
        const struct lw_entity *entity = &schema->relations[i].entity;

        for (size_t p = 0; p < entity->n_places; p++) {
            const struct lw_place *place = &entity->places[p];
            struct relation *typed = NULL;

            for (size_t t = first_typed; place->field == NULL && t < schema->n && typed == NULL; t++)
                if ((ptrdiff_t)schema->relations[t].index == templates_index(templates, place->template_id))
                    typed = &schema->relations[t];
            if (typed == NULL || place->slot + 1 >= typed->n_columns || typed->columns[place->slot + 1].table >= 0)
                continue;
            typed->columns[place->slot + 1].table = (ptrdiff_t)i;
            typed->columns[place->slot + 1].column = 0;
            typed->columns[place->slot + 1].type = "TEXT";
            typed->columns[place->slot + 1].quantity = QUANTITY_NONE;
            typed->columns[place->slot + 1].help = "";
        }
    }
}

/* ---- relations ------------------------------------------------------------------------------------------------- */

static struct relation_column *take_columns(struct lw_schema *schema, size_t n)
{
    return arena_take(&schema->arena, n * sizeof(struct relation_column));
}

static int add_fixed(struct lw_schema *schema, enum relation_kind kind)
{
    const struct fixed_relation *from = &relational_fixed[kind];
    struct relation *to = &schema->relations[kind];

    *to = (struct relation){.kind = kind, .name = from->name, .help = from->help, .as = from->as};
    to->needs_records = kind == RELATION_SOURCE || kind == RELATION_RECORD || kind == RELATION_PARAMETER;
    while (to->n_columns < FIXED_COLUMNS && from->columns[to->n_columns].name != NULL)
        to->n_columns++;
    to->columns = take_columns(schema, to->n_columns);
    if (to->columns == NULL)
        return LW_ERR_MEMORY;
    for (size_t i = 0; i < to->n_columns; i++) {
        const struct fixed_column *column = &from->columns[i];

        to->columns[i] = (struct relation_column){.name = column->name,
                                                  .type = column->type,
                                                  .help = column->help,
                                                  .is_key = column->flags & COLUMN_KEY,
                                                  .is_nullable = column->flags & COLUMN_MAYBE,
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

static int add_labels(struct lw_schema *schema, enum relation_kind kind, enum relation_kind of)
{
    bool is_trace = of == RELATION_TRACE;
    const struct relation_column columns[] = {
        {.name = relational_fixed[of].name, .type = "INTEGER", .help = "that is labelled", .is_key = true, .table = of},
        {.name = "label",
         .type = "TEXT",
         .help = "normal, or the kind of the anomaly",
         .is_nullable = true,
         .table = -1},
        {.name = "root",
         .type = "INTEGER",
         .help = "the event where the anomaly began",
         .is_nullable = true,
         .table = schema->labels->n_records > 0 ? RELATION_RECORD : -1},
    };
    struct relation *to = &schema->relations[schema->n];

    *to = (struct relation){.kind = kind,
                            .as = LW_TABLE_RECORDS,
                            .name = is_trace ? TRACE_LABEL : RECORD_LABEL,
                            .help = is_trace ? "which generated traces are anomalous" : "which generated records are",
                            .columns = arena_take(&schema->arena, sizeof columns),
                            .n_columns = sizeof columns / sizeof *columns,
                            .needs_records = true};
    if (to->columns == NULL)
        return LW_ERR_MEMORY;
    memcpy(to->columns, columns, sizeof columns);
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
    to->columns = take_columns(schema, FIXED_COLUMNS);
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

/* Typed tables of so many templates at most, the most frequent ones: SQLite looks through all tables for each that is
 * made, so that 100,000 would take hours. The rows of all others are in `parameter`. */
#define MAX_TYPED 2000

static int compare_counts(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x < y) - (x > y);
}

/* *least: how often a template is seen that gets a table; *n_least: how many of those that are seen as often do. */
static int choose_typed(const struct templates *templates, uint64_t *least, size_t *n_least)
{
    uint64_t *counts;

    *least = 0;
    *n_least = templates->n;
    if (templates->n <= MAX_TYPED)
        return 0;
    counts = alloc_array(templates->n, sizeof *counts);
    if (counts == NULL)
        return LW_ERR_MEMORY;
    for (size_t i = 0; i < templates->n; i++)
        counts[i] = templates->items[i].count;
    qsort(counts, templates->n, sizeof *counts, compare_counts);
    *least = counts[MAX_TYPED - 1];
    *n_least = 0;
    for (size_t i = MAX_TYPED; i-- > 0 && counts[i] == *least;)
        ++*n_least;
    free(counts);
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

static int add_all(struct lw_schema *schema, const struct templates *templates, size_t n_entities)
{
    size_t first_typed, n_least;
    uint64_t least;
    char(*names)[TYPED_NAME_SIZE] = alloc_array(most_slots(templates), sizeof *names);
    struct buf text = BUF_INIT;
    int code = names == NULL ? LW_ERR_MEMORY : 0;

    for (int kind = 0; kind < RELATION_FIXED && code == 0; kind++)
        code = add_fixed(schema, (enum relation_kind)kind);
    schema->n = RELATION_FIXED;
    if (code == 0)
        code = add_entities(schema, n_entities);
    first_typed = schema->n;
    if (code == 0)
        code = choose_typed(templates, &least, &n_least);
    for (size_t i = 0; i < templates->n && code == 0; i++) {
        bool is_least = templates->items[i].count == least;

        if (templates->items[i].count < least || (is_least && n_least == 0))
            continue;
        n_least -= is_least && n_least > 0;
        code = add_typed(schema, i, names);
    }
    schema->n_untyped = first_typed + templates->n - schema->n;
    if (code == 0 && n_entities > 0)
        refer_entities(schema, first_typed);
    if (code == 0 && schema->labels != NULL)
        code = add_labels(schema, RELATION_TRACE_LABEL, RELATION_TRACE);
    if (code == 0 && schema->labels != NULL && schema->labels->n_records > 0)
        code = add_labels(schema, RELATION_RECORD_LABEL, RELATION_RECORD);
    schema->n_tables = schema->n;
    for (size_t i = 0; i < relational_n_views && code == 0; i++)
        code = add_view(schema, &relational_views[i]);
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

    size_t n_entities = 0;
    int code = schema->workspace != NULL ? lw_workspace_entity_count(schema->workspace, &n_entities, err) : 0;

    if (code != 0)
        return code;
    schema->relations =
        alloc_zeroed(RELATION_FIXED + n_entities + templates->n + TABLE_LABELS_TABLES + relational_n_views,
                     sizeof *schema->relations);
    if (schema->relations == NULL || add_all(schema, templates, n_entities) != 0)
        return fail_memory(err, WHAT);
    return 0;
}

void relational_release(struct lw_schema *schema)
{
    free(schema->relations);
    arena_release(&schema->arena);
}
