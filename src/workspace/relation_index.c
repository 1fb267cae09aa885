/*
 * How rows of tables are numbered: one array for each thing that has to be counted, the first row of each template, of
 * each slot, of each block of records; made when somebody asks. A number for each record would be quicker to look up
 * and cost eight bytes a record more.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/executor.h"
#include "base/fail.h"
#include "workspace/relation_rows.h"
#include "workspace/table_labels.h"

#define WHAT  "making rows of tables"
#define BLOCK 256 /* records, see param_first */

static const struct model *model_of(const struct lw_schema *schema)
{
    return workspace_model(schema->workspace);
}

/* ---- numbering ------------------------------------------------------------------------------------------------- */

size_t relation_find_part(const uint64_t *first, size_t n, uint64_t row)
{
    size_t low = 0, high = n; /* first[low] <= row < first[high] */

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (first[middle] <= row)
            low = middle;
        else
            high = middle;
    }
    return low;
}

size_t relation_find_trace(const struct trace_set *set, uint64_t event)
{
    size_t low = 0, high = set->n_traces;

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (set->first[middle] <= event)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static size_t slots_of_record(const struct lw_schema *schema, uint64_t record)
{
    const struct templates *templates = &model_of(schema)->templates;
    ptrdiff_t index = templates_index(templates, schema->rows->record_templates[record]);

    return index < 0 ? 0 : templates->items[index].n_slots;
}

static int number_slots(const struct lw_schema *schema, struct lw_error *err)
{
    const struct templates *templates = &model_of(schema)->templates;
    uint64_t *first = alloc_array(templates->n + 1, sizeof *first);

    if (first == NULL)
        return fail_memory(err, WHAT);
    first[0] = 0;
    for (size_t i = 0; i < templates->n; i++)
        first[i + 1] = first[i] + templates->items[i].n_slots;
    schema->rows->slot_first = first;
    return 0;
}

static int number_values(const struct lw_schema *schema, struct lw_error *err)
{
    const struct templates *templates = &model_of(schema)->templates;
    uint64_t *first, n_slots = schema->rows->slot_first[templates->n];
    size_t at = 0;

    if (schema->rows->value_first != NULL)
        return 0;
    first = alloc_array((size_t)n_slots + 1, sizeof *first);
    if (first == NULL)
        return fail_memory(err, WHAT);
    first[0] = 0;
    for (size_t i = 0; i < templates->n; i++)
        for (size_t s = 0; s < templates->items[i].n_slots; s++) {
            struct lw_slot slot;
            int code = lw_template_slot(schema->workspace, i, s, &slot, err);

            if (code != 0) {
                free(first);
                return code;
            }
            first[at + 1] = first[at] + slot.n_values;
            at++;
        }
    schema->rows->value_first = first;
    return 0;
}

static int number_params(const struct lw_schema *schema, struct lw_error *err)
{
    struct schema_rows *rows = schema->rows;
    size_t n_blocks = (size_t)((rows->n_records + BLOCK - 1) / BLOCK);
    uint64_t *first, n = 0;

    if (rows->param_first != NULL)
        return 0;
    first = alloc_array(n_blocks + 1, sizeof *first);
    if (first == NULL)
        return fail_memory(err, WHAT);
    for (uint64_t r = 0; r < rows->n_records; r++) {
        if (r % BLOCK == 0)
            first[r / BLOCK] = n;
        n += slots_of_record(schema, r);
    }
    first[n_blocks] = n;
    rows->param_first = first;
    return 0;
}

/* Counting sort of the records by template. */
static int sort_records(const struct lw_schema *schema, struct lw_error *err)
{
    struct schema_rows *rows = schema->rows;
    const struct templates *templates = &model_of(schema)->templates;
    uint32_t *first, *records;

    if (rows->typed_first != NULL)
        return 0;
    first = alloc_zeroed(templates->n + 2, sizeof *first);
    records = alloc_array((size_t)rows->n_records, sizeof *records);
    if (first == NULL || records == NULL) {
        free(first);
        free(records);
        return fail_memory(err, WHAT);
    }
    for (uint64_t r = 0; r < rows->n_records; r++) {
        ptrdiff_t index = templates_index(templates, rows->record_templates[r]);

        if (index >= 0)
            first[index + 2]++;
    }
    for (size_t i = 0; i < templates->n; i++)
        first[i + 2] += first[i + 1];
    for (uint64_t r = 0; r < rows->n_records; r++) { /* each place is filled from its start, which moves on ... */
        ptrdiff_t index = templates_index(templates, rows->record_templates[r]);

        if (index >= 0)
            records[first[index + 1]++] = (uint32_t)r; /* ... to that of the next */
    }
    rows->typed_records = records;
    rows->typed_first = first;
    return 0;
}

static int locked(const struct lw_schema *schema, int (*make)(const struct lw_schema *schema, struct lw_error *err),
                  struct lw_error *err)
{
    int code;

    pthread_mutex_lock(&schema->rows->lock);
    code = make(schema, err);
    pthread_mutex_unlock(&schema->rows->lock);
    return code;
}

int relation_count(const struct lw_schema *schema, size_t relation, uint64_t *n, struct lw_error *err)
{
    const struct relation *r = &schema->relations[relation];
    const struct schema_rows *rows = schema->rows;
    const struct model *model = model_of(schema);
    int code = 0;

    switch (r->kind) {
    case RELATION_SOURCE:
        *n = schema->log != NULL ? lw_log_source_count(schema->log) : rows->file != NULL ? rows->file->n_sources : 0;
        break;
    case RELATION_TEMPLATE:
        *n = model->templates.n;
        break;
    case RELATION_SLOT:
        *n = rows->slot_first[model->templates.n];
        break;
    case RELATION_VALUE:
        code = locked(schema, number_values, err);
        *n = code == 0 ? rows->value_first[rows->slot_first[model->templates.n]] : 0;
        break;
    case RELATION_VARIANT:
        *n = lw_traces_variant_count(schema->traces);
        break;
    case RELATION_STATE:
        *n = model->machine.n_states;
        break;
    case RELATION_TRANSITION:
        *n = model->machine.n_edges;
        break;
    case RELATION_TRACE:
        *n = lw_traces_count(schema->traces);
        break;
    case RELATION_RECORD:
        *n = rows->n_records;
        break;
    case RELATION_EVENT:
        *n = schema->traces->set->n_events;
        break;
    case RELATION_PARAMETER:
        code = locked(schema, number_params, err);
        *n = code == 0 ? rows->param_first[(rows->n_records + BLOCK - 1) / BLOCK] : 0;
        break;
    case RELATION_TYPED:
        code = locked(schema, sort_records, err);
        *n = code == 0 ? rows->typed_first[r->index + 1] - rows->typed_first[r->index] : 0;
        break;
    case RELATION_TRACE_LABEL:
        *n = schema->labels->n_traces;
        break;
    case RELATION_RECORD_LABEL:
        *n = schema->labels->n_records;
        break;
    case RELATION_ENTITY:
        pthread_mutex_lock(&schema->rows->lock);
        *n = rows->entities != NULL       ? rows->entities[r->index].values.count
             : lw_schema_has_rows(schema) ? LW_ROWS_UNKNOWN
                                          : 0;
        pthread_mutex_unlock(&schema->rows->lock);
        break;
    default:
        *n = LW_ROWS_UNKNOWN;
    }
    return code;
}

/* ---- entities -------------------------------------------------------------------------------------------------- */

static void free_entities(struct entity_values *entities, size_t n)
{
    for (size_t i = 0; i < n && entities != NULL; i++) {
        intern_release(&entities[i].values);
        free(entities[i].counts);
    }
    free(entities);
}

static int add_value(struct entity_values *entity, struct lw_bytes value)
{
    size_t before = entity->values.count;
    uint32_t id;

    if (intern_add(&entity->values, value.data, value.len, &id) != 0 ||
        alloc_grow(&entity->counts, &entity->cap, entity->values.count, sizeof *entity->counts) != 0)
        return LW_ERR_MEMORY;
    if (entity->values.count > before)
        entity->counts[id] = 0;
    entity->counts[id]++;
    return 0;
}

/* Adds the parameters of a record that refer to entities, as the columns of its template's table say. */
static int add_record(struct row_cursor *cursor, const struct relation *typed, uint64_t record,
                      struct entity_values *entities, struct lw_error *err)
{
    for (size_t c = 1; c < typed->n_columns; c++) {
        const struct relation_column *column = &typed->columns[c];
        struct lw_bytes value;
        int code;

        if (column->table < 0)
            continue;
        code = row_cursor_match(cursor, record, err);
        if (code != 0)
            return code;
        value = row_cursor_parameter(cursor, c - 1);
        if (value.len > 0 && add_value(&entities[cursor->schema->relations[column->table].index], value) != 0)
            return fail_memory(err, WHAT);
    }
    return 0;
}

/* Typed tables of all templates, NULL for one that has none. */
static const struct relation **list_typed(const struct lw_schema *schema)
{
    size_t n = model_of(schema)->templates.n;
    const struct relation **typed = alloc_zeroed(n, sizeof *typed);

    for (size_t i = RELATION_FIXED; i < schema->n_tables && typed != NULL; i++)
        if (schema->relations[i].kind == RELATION_TYPED)
            typed[schema->relations[i].index] = &schema->relations[i];
    return typed;
}

static int find_values(const struct lw_schema *schema, const struct lw_run *run, struct lw_error *err)
{
    struct schema_rows *rows = schema->rows;
    struct entity_values *entities = alloc_zeroed(schema->n_entities, sizeof *entities);
    const struct relation **typed = list_typed(schema);
    struct row_cursor cursor;
    int code = entities == NULL || typed == NULL ? fail_memory(err, WHAT) : 0;

    row_cursor_init(&cursor, schema);
    for (uint64_t r = 0; r < rows->n_records && code == 0; r++) {
        ptrdiff_t index = templates_index(&model_of(schema)->templates, rows->record_templates[r]);

        if (r % 4096 == 0) {
            run_progress(run, "finding entities", r, rows->n_records);
            code = run_check(run, err);
        }
        if (code == 0 && index >= 0 && typed[index] != NULL)
            code = add_record(&cursor, typed[index], r, entities, err);
    }
    row_cursor_release(&cursor);
    free(typed);
    if (code != 0)
        free_entities(entities, schema->n_entities);
    else
        rows->entities = entities;
    return code;
}

int relation_prepare(const struct lw_schema *schema, size_t relation, const struct lw_run *run, struct lw_error *err)
{
    int code = 0;

    if (schema->relations[relation].kind != RELATION_ENTITY)
        return 0;
    pthread_mutex_lock(&schema->rows->lock);
    if (schema->rows->entities == NULL)
        code = find_values(schema, run, err);
    pthread_mutex_unlock(&schema->rows->lock);
    return code;
}

uint64_t relation_find_value(const struct lw_schema *schema, size_t relation, const void *data, size_t len)
{
    uint32_t id = intern_find(&schema->rows->entities[schema->relations[relation].index].values, data, len);

    return id == INTERN_NONE ? UINT64_MAX : id;
}

uint64_t relation_find_param(const struct lw_schema *schema, uint64_t row, uint64_t *record, uint64_t *first)
{
    const struct schema_rows *rows = schema->rows;
    size_t n_blocks = (size_t)((rows->n_records + BLOCK - 1) / BLOCK);

    if (*record == LW_NO_RECORD || row < *first || row - *first > BLOCK) {
        *record = (uint64_t)relation_find_part(rows->param_first, n_blocks, row) * BLOCK;
        *first = rows->param_first[*record / BLOCK];
    }
    for (;;) {
        size_t n = slots_of_record(schema, *record);

        if (row < *first + n)
            return *record;
        *first += n;
        ++*record;
    }
}

int64_t relation_key(const struct lw_schema *schema, size_t relation, uint64_t row)
{
    const struct relation *r = &schema->relations[relation];
    const struct schema_rows *rows = schema->rows;
    const struct templates *templates = &model_of(schema)->templates;
    uint64_t record = LW_NO_RECORD, first = 0;

    switch (r->kind) {
    case RELATION_TEMPLATE:
        return templates->items[row].id;
    case RELATION_VALUE:
        row = relation_find_part(rows->value_first, (size_t)rows->slot_first[templates->n], row);
        return templates->items[relation_find_part(rows->slot_first, templates->n, row)].id;
    case RELATION_SLOT:
        return templates->items[relation_find_part(rows->slot_first, templates->n, row)].id;
    case RELATION_EVENT:
        return (int64_t)relation_find_trace(schema->traces->set, row);
    case RELATION_PARAMETER:
        return (int64_t)relation_find_param(schema, row, &record, &first);
    case RELATION_TYPED:
        return rows->typed_records[rows->typed_first[r->index] + row];
    default:
        return (int64_t)row;
    }
}

/* ---- what all share -------------------------------------------------------------------------------------------- */

/* Templates of the records in a file under edits that it does not know. */
static int match_stored(struct lw_schema *schema, const struct lw_run *run, struct lw_error *err)
{
    struct schema_rows *rows = schema->rows;
    struct row_cursor cursor;
    int code = 0;

    rows->record_templates = alloc_array((size_t)rows->n_records, sizeof *rows->record_templates);
    if (rows->record_templates == NULL)
        return fail_memory(err, WHAT);
    row_cursor_init(&cursor, schema);
    for (uint64_t r = 0; r < rows->n_records && code == 0; r++) {
        code = r % 4096 == 0 ? run_check(run, err) : 0;
        if (code == 0)
            code = row_cursor_record(&cursor, r, err);
        if (code == 0 && model_match_message(model_of(schema), cursor.row.message.data, cursor.row.message.len,
                                             cursor.is_symbolic, false, &cursor.match) != 0)
            code = fail_memory(err, WHAT);
        rows->record_templates[r] = cursor.match.id;
    }
    row_cursor_release(&cursor);
    return code;
}

static int use_file(struct lw_schema *schema, const struct lw_run *run, struct lw_error *err)
{
    struct schema_rows *rows = schema->rows;
    size_t n_events = schema->traces->set->n_events;
    int code;

    rows->file = schema->workspace->rows;
    rows->n_records = rows->file->n_records;
    rows->owns_templates = true;
    if (rows->n_records > UINT32_MAX)
        return fail(err, LW_ERR_LIMIT, "%s: more than %u records", rows->file->db.path, UINT32_MAX);
    code = row_file_column(rows->file, "SELECT record FROM event ORDER BY trace, position", n_events, UINT32_MAX,
                           &rows->event_records, err);
    if (code != 0)
        return code;
    return schema->workspace->has_row_templates
               ? row_file_column(rows->file, "SELECT template FROM record ORDER BY id", (size_t)rows->n_records,
                                 LW_TEMPLATE_UNKNOWN, &rows->record_templates, err)
               : match_stored(schema, run, err);
}

int schema_rows_new(struct lw_schema *schema, const struct lw_run *run, struct lw_error *err)
{
    struct schema_rows *rows = alloc_zeroed(1, sizeof *rows);

    if (rows == NULL)
        return fail_memory(err, WHAT);
    pthread_mutex_init(&rows->lock, NULL);
    schema->rows = rows;
    if (schema->log != NULL) {
        rows->n_records = lw_log_count(schema->log);
        rows->record_templates = schema->traces->record_templates;
        if (rows->n_records != schema->traces->n_records)
            return fail(err, LW_ERR_USAGE, "the traces are of a log of %llu records, this one has %llu",
                        (unsigned long long)schema->traces->n_records, (unsigned long long)rows->n_records);
    } else if (schema->workspace->rows != NULL) {
        int code = use_file(schema, run, err);

        if (code != 0)
            return code;
    }
    return number_slots(schema, err);
}

void schema_rows_free(const struct lw_schema *schema)
{
    struct schema_rows *rows = schema->rows;

    if (rows == NULL)
        return;
    free_entities(rows->entities, schema->n_entities);
    if (rows->owns_templates)
        free(rows->record_templates);
    free(rows->event_records);
    free(rows->slot_first);
    free(rows->value_first);
    free(rows->param_first);
    free(rows->typed_first);
    free(rows->typed_records);
    pthread_mutex_destroy(&rows->lock);
    free(rows);
}
