/*
 * One pass over the records, in blocks that are matched in parallel. Values are kept as a hash of their text and as a
 * number: measures ask whether values are equal and how large they are, never what they say. Texts would take several
 * times the room.
 */
#include "measure/log_columns.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/alloc.h"
#include "base/executor.h"
#include "base/fail.h"
#include "input/timestamp.h"
#include "learn/identifiers.h"
#include "learn/membership.h"
#include "learn/quantity.h"
#include "learn/symbols.h"
#include "log/reader.h"

#define BLOCK 16384u /* records */
#define MANY  512    /* different values of a slot in a block whose role is told */
#define KNOWN 8192   /* values whose role is remembered, a power of two */
#define FAKED 1u     /* component that is an identifier */

struct roles { /* of the values in a block */
    struct known_role {
        uint64_t key; /* of slot and value, 0: empty */
        uint8_t role;
    } * known;                  /* [KNOWN] by the last bits of their keys */
    uint16_t *told;             /* [slots of all templates] values, MANY at most */
    struct tallies identifiers; /* hashes of those that are one */
};
struct reading {
    const struct lw_log *log;
    const char *rule; /* NULL: the model's */
    struct log_columns *columns;
    bool *is_symbolic;           /* [sources] */
    bool is_foreign;             /* symbols, while the model is one of text */
    size_t *slot_first;          /* [templates + 1] */
    struct tallies *identifiers; /* [blocks] */
    struct lw_error *errors;
};

/* "E12" or "12". */
static uint32_t read_id(const char *text, size_t len)
{
    uint32_t id = 0;
    size_t at = len > 0 && text[0] == 'E';
    if (at == len || len - at > 9)
        return LW_TEMPLATE_UNKNOWN;
    for (; at < len; at++) {
        if (text[at] < '0' || text[at] > '9')
            return LW_TEMPLATE_UNKNOWN;
        id = id * 10 + (uint32_t)(text[at] - '0');
    }
    return id;
}

uint64_t column_hash(const char *data, size_t len)
{
    return XXH3_64bits(len > 0 ? data : "", len) | 1;
}

/* Told once of each value; not of those of a slot that has too many. */
static int tell_role(struct roles *roles, size_t slot, const struct template_item *item, size_t part, const char *value,
                     size_t len, struct cell *cell)
{
    uint64_t key = key_join(slot, cell->hash) | 1;
    struct known_role *known = &roles->known[(key >> 1) & (KNOWN - 1)];
    if (known->key != key) {
        if (roles->told[slot] >= MANY)
            return 0;
        struct lw_bytes name = {"", 0};
        if (part > 0 && !item->parts[part - 1].is_slot)
            name = identifier_name_before(item->parts[part - 1].text);
        roles->told[slot]++;
        *known = (struct known_role){key, identifier_stands_in(name, value, len) ? CELL_IDENTIFIER : CELL_VALUE};
        if (known->role == CELL_IDENTIFIER && tallies_add(&roles->identifiers, cell->hash, 0, 1) != 0)
            return LW_ERR_MEMORY;
    }
    cell->role = known->role;
    return 0;
}

static void fill_cell(const struct template_item *item, size_t part, const char *value, size_t len, struct cell *out)
{
    uint8_t mask = item->parts[part].mask;
    enum quantity_kind kind = mask < MASK_COUNT ? quantity_of_mask((enum mask)mask) : QUANTITY_NONE;
    struct timestamp time;
    *out = (struct cell){0, NAN, CELL_UNKNOWN};
    if (len == 0)
        return;
    out->hash = column_hash(value, len);
    if (mask == MASK_TIME && timestamp_parse_whole(value, len, NULL, &time))
        out->number = (double)time.time_us;
    if (kind != QUANTITY_NONE && !quantity_parse(kind, value, len, &out->number))
        out->number = NAN;
}

static int add_cells(struct column_block *block, const struct template_item *item, size_t first_slot,
                     const char *message, const struct template_match *match, struct roles *roles)
{
    if (alloc_grow(&block->cells, &block->cap, block->n + item->n_slots, sizeof *block->cells) != 0)
        return LW_ERR_MEMORY;
    size_t slot = 0;
    for (size_t p = 0; p < item->n_parts && slot < item->n_slots; p++) {
        if (!item->parts[p].is_slot)
            continue;
        struct lw_span span = slot < match->n_spans ? match->spans[slot] : (struct lw_span){0, 0};
        struct cell *cell = &block->cells[block->n + slot];
        fill_cell(item, p, message + span.start, span.len, cell);
        if (cell->hash != 0 && tell_role(roles, first_slot + slot, item, p, message + span.start, span.len, cell) != 0)
            return LW_ERR_MEMORY;
        slot++;
    }
    block->n += item->n_slots;
    return 0;
}

static int read_record(struct reading *reading, struct column_block *block, const struct lw_record *record, uint64_t at,
                       struct template_match *match, struct roles *roles)
{
    struct log_columns *columns = reading->columns;
    const struct templates *templates = &columns->model->templates;
    const char *message = record->raw.data + record->message_start;
    if (reading->is_foreign) {
        match->id = read_id(message, record->message_len);
        match->n_spans = 0;
    } else if (model_match_message(columns->model, message, record->message_len, reading->is_symbolic[record->source],
                                   true, match) != 0) {
        return LW_ERR_MEMORY;
    }
    ptrdiff_t index = match->id == LW_TEMPLATE_UNKNOWN ? -1 : templates_index(templates, match->id);
    columns->templates[at] = index < 0 ? COLUMN_NONE : (uint32_t)index;
    columns->first[at] = (uint32_t)block->n;
    return index < 0 ? 0
                     : add_cells(block, &templates->items[index], reading->slot_first[index], message, match, roles);
}

/* The component of a record, and once of each in a block whether it is faked. */
static int read_component(const struct lw_log *log, uint16_t component, struct roles *roles, uint32_t *out)
{
    struct lw_bytes name = snapshot_component(log->records, component);
    uint64_t key = key_join(UINT64_MAX, component) | 1;
    struct known_role *known = &roles->known[(key >> 1) & (KNOWN - 1)];
    *out = (uint32_t)column_hash(name.data, name.len);
    if (known->key == key)
        return 0;
    bool is_faked = identifier_stands_in((struct lw_bytes){"", 0}, name.data, name.len);
    *known = (struct known_role){key, is_faked ? CELL_IDENTIFIER : CELL_VALUE};
    return is_faked ? tallies_add(&roles->identifiers, *out, 0, 1) : 0;
}

static int read_records(struct reading *reading, struct lw_reader *reader, size_t index, struct roles *roles,
                        struct lw_error *err)
{
    struct log_columns *columns = reading->columns;
    uint64_t at = (uint64_t)index * BLOCK, end = at + BLOCK < columns->n_records ? at + BLOCK : columns->n_records;
    struct template_match match;
    int code = 0;
    template_match_init(&match);
    for (; at < end && code == 0; at++) {
        struct lw_record record;
        struct store_row row;
        code = reader_get_message(reader, at, &record, err);
        if (code != 0)
            break;
        log_row(reading->log, at, &row);
        columns->levels[at] = row.level;
        if (row.component != STORE_NO_COMPONENT)
            code = read_component(reading->log, row.component, roles, &columns->components[at]);
        if (code == 0)
            code = read_record(reading, &columns->blocks[index], &record, at, &match, roles);
        if (code != 0)
            code = fail_memory(err, "reading parameters");
    }
    template_match_release(&match);
    return code;
}

static int read_block(void *arg, size_t index)
{
    struct reading *reading = arg;
    struct lw_error *err = &reading->errors[index];
    struct lw_reader *reader;
    size_t n_slots = reading->slot_first[reading->columns->model->templates.n];
    struct roles roles = {.known = alloc_zeroed(KNOWN, sizeof *roles.known),
                          .told = alloc_zeroed(n_slots, sizeof *roles.told)};
    int code = roles.known == NULL || roles.told == NULL ? fail_memory(err, "reading parameters")
                                                         : lw_reader_new(reading->log, &reader, err);
    if (code == 0) {
        code = read_records(reading, reader, index, &roles, err);
        lw_reader_free(reader);
    }
    reading->identifiers[index] = roles.identifiers;
    free(roles.known);
    free(roles.told);
    return code;
}

/* What identifiers there are in any block. */
static int join_identifiers(struct reading *reading)
{
    for (size_t i = 0; i < reading->columns->n_blocks; i++) {
        const struct tallies *own = &reading->identifiers[i];
        for (size_t k = 0; k < own->n_slots; k++)
            if (own->slots[k].n[0] > 0 && tallies_add(&reading->columns->identifiers, own->slots[k].key, 0, 1) != 0)
                return LW_ERR_MEMORY;
    }
    return 0;
}

static int read_blocks(struct reading *reading, const struct lw_run *run, struct lw_error *err)
{
    struct log_columns *columns = reading->columns;
    int code = executor_run(run, "reading parameters", columns->n_blocks, read_block, reading);
    if (code == LW_ERR_CANCELLED)
        return fail(err, LW_ERR_CANCELLED, "cancelled");
    for (size_t i = 0; i < columns->n_blocks && code != 0; i++)
        if (reading->errors[i].code != LW_OK && err != NULL) {
            *err = reading->errors[i];
            break;
        }
    return code;
}

static bool is_all_symbols(const struct lw_log *log, const bool *is_symbolic)
{
    for (size_t i = 0; i < lw_log_source_count(log); i++)
        if (!is_symbolic[i])
            return false;
    return lw_log_source_count(log) > 0;
}

/* Whether the model was learned from this log, and still knows the records of its events. */
static bool is_learned(const struct model *model, const struct lw_log *log)
{
    const struct counts *counts = model->counts;
    const struct trace_set *set = &model->traces;
    uint64_t bytes = 0;
    for (size_t i = 0; i < lw_log_source_count(log); i++) {
        struct lw_source source;
        bytes += lw_log_source(log, i, &source, NULL) == 0 ? source.bytes : 0;
    }
    if (counts->record_sequence == NULL || counts->n_record_sequence != lw_log_count(log) ||
        counts->log_bytes != bytes || set->n_traces == 0)
        return false;
    for (size_t e = 0; e < set->n_events; e++)
        if (set->records[e] >= lw_log_count(log))
            return false;
    return true;
}

static int find_traces(struct reading *reading, const struct lw_run *run, struct lw_error *err)
{
    struct log_columns *columns = reading->columns;
    columns->traces = &columns->own;
    if (reading->rule == NULL && is_learned(columns->model, reading->log)) {
        columns->traces = &columns->model->traces;
        return 0;
    }
    struct trace_rule *rule;
    const char *text = reading->rule != NULL ? reading->rule : columns->model->counts->trace_rule;
    int code =
        reading->is_foreign ? trace_rule_find(reading->log, run, &rule, err) : trace_rule_parse(text, &rule, err);
    if (code != 0)
        return code;
    code = membership_find(reading->log, rule, run, &columns->own, err);
    trace_rule_free(rule);
    return code;
}

/* Whether components are the names of the traces: then those of two logs have nothing in common. */
static bool are_names(const struct log_columns *columns)
{
    const struct trace_set *set = columns->traces;
    size_t n = 0;
    for (size_t t = 0; t < set->n_traces; t++) {
        struct lw_bytes name = intern_get(&set->names, (uint32_t)t);
        uint32_t hash = (uint32_t)column_hash(name.data, name.len);
        for (size_t e = set->first[t]; e < set->first[t + 1]; e++)
            n += columns->components[set->records[e]] == hash;
    }
    return 2 * n > set->n_events;
}

/* What the columns say of the events. */
static void look_through(struct log_columns *columns)
{
    const struct trace_set *set = columns->traces;
    for (uint64_t i = 0; i < columns->n_records; i++) {
        columns->has_levels |= columns->levels[i] != LW_LEVEL_NONE;
        columns->has_components |= columns->components[i] != 0;
    }
    columns->has_components = columns->has_components && !are_names(columns);
    columns->first_us = columns->last_us = LW_NO_TIME;
    for (size_t e = 0; e < set->n_events; e++) {
        int64_t time_us = set->times_us[e];
        if (set == &columns->own) {
            uint32_t index = columns->templates[set->records[e]];
            columns->own.templates[e] =
                index == COLUMN_NONE ? LW_TEMPLATE_UNKNOWN : columns->model->templates.items[index].id;
        }
        if (time_us == LW_NO_TIME)
            continue;
        if (columns->first_us == LW_NO_TIME || time_us < columns->first_us)
            columns->first_us = time_us;
        if (columns->last_us == LW_NO_TIME || time_us > columns->last_us)
            columns->last_us = time_us;
    }
    columns->has_times = columns->first_us != LW_NO_TIME;
}

static int make_room(struct reading *reading, struct lw_error *err)
{
    struct log_columns *columns = reading->columns;
    size_t n = (size_t)columns->n_records;
    columns->n_blocks = (n + BLOCK - 1) / BLOCK;
    columns->templates = alloc_array(n, sizeof *columns->templates);
    columns->first = alloc_array(n, sizeof *columns->first);
    columns->levels = alloc_zeroed(n, sizeof *columns->levels);
    columns->components = alloc_zeroed(n, sizeof *columns->components);
    columns->blocks = alloc_zeroed(columns->n_blocks, sizeof *columns->blocks);
    reading->errors = alloc_zeroed(columns->n_blocks, sizeof *reading->errors);
    reading->identifiers = alloc_zeroed(columns->n_blocks, sizeof *reading->identifiers);
    reading->slot_first = alloc_zeroed(columns->model->templates.n + 1, sizeof *reading->slot_first);
    if (columns->templates == NULL || columns->first == NULL || columns->levels == NULL ||
        columns->components == NULL || columns->blocks == NULL || reading->errors == NULL ||
        reading->identifiers == NULL || reading->slot_first == NULL)
        return fail_memory(err, "reading parameters");
    for (size_t i = 0; i < columns->model->templates.n; i++)
        reading->slot_first[i + 1] = reading->slot_first[i] + columns->model->templates.items[i].n_slots;
    return 0;
}

int log_columns_read(const struct model *model, const struct lw_log *log, const char *rule, const struct lw_run *run,
                     struct log_columns *out, struct lw_error *err)
{
    struct reading reading = {.log = log, .rule = rule, .columns = out};
    out->model = model;
    out->n_records = lw_log_count(log);
    trace_set_init(&out->own);
    int code = symbols_find(log, &reading.is_symbolic, err);
    if (code == 0) {
        reading.is_foreign = is_all_symbols(log, reading.is_symbolic) && !counts_is_symbolic(model->counts);
        code = make_room(&reading, err);
    }
    if (code == 0)
        code = read_blocks(&reading, run, err);
    if (code == 0 && join_identifiers(&reading) != 0)
        code = fail_memory(err, "reading parameters");
    if (code == 0)
        code = find_traces(&reading, run, err);
    if (code == 0)
        look_through(out);
    if (code == 0 && (out->traces->n_traces == 0 || out->traces->n_events == 0))
        code = fail(err, LW_ERR_INPUT,
                    "no traces were found by '%s' among %llu records: give another rule by --trace, or look whether "
                    "this is the log that was meant",
                    rule != NULL ? rule : model->counts->trace_rule, (unsigned long long)out->n_records);
    for (size_t i = 0; reading.identifiers != NULL && i < out->n_blocks; i++)
        tallies_release(&reading.identifiers[i]);
    free(reading.identifiers);
    free(reading.is_symbolic);
    free(reading.errors);
    free(reading.slot_first);
    if (code != 0)
        log_columns_release(out);
    return code;
}

void log_columns_release(struct log_columns *columns)
{
    for (size_t i = 0; columns->blocks != NULL && i < columns->n_blocks; i++)
        free(columns->blocks[i].cells);
    free(columns->blocks);
    free(columns->templates);
    free(columns->first);
    tallies_release(&columns->identifiers);
    free(columns->levels);
    free(columns->components);
    log_fields_release(&columns->fields);
    trace_set_release(&columns->own);
    memset(columns, 0, sizeof *columns);
}

const struct cell *log_columns_cells(const struct log_columns *columns, uint64_t record)
{
    if (columns->templates[record] == COLUMN_NONE)
        return NULL;
    return columns->blocks[record / BLOCK].cells + columns->first[record];
}

bool log_columns_is_identifier(const struct log_columns *columns, const struct cell *cell)
{
    return cell->role == CELL_IDENTIFIER || tallies_find(&columns->identifiers, cell->hash) != NULL;
}

uint32_t log_columns_component(const struct log_columns *columns, uint64_t record)
{
    uint32_t component = columns->components[record];
    return tallies_find(&columns->identifiers, component) != NULL ? FAKED : component;
}
