/*
 * Two passes over a sample of the records: the first tells what each field is (what counts of its values say), the
 * second keeps the cells of those that can be compared. One pass that keeps all was rejected: most fields of a long
 * header are names of something, and all of them at once take more room than the log's parameters do.
 */
#include "measure/log_fields.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/executor.h"
#include "base/fail.h"
#include "learn/identifiers.h"
#include "learn/layout.h"
#include "learn/quantity.h"
#include "learn/value.h"
#include "log/log.h"
#include "measure/distance.h"
#include "measure/log_columns.h"
#include "measure/slot_uses.h"

#define MOST_RECORDS 100000u /* that are read */
#define MOSTLY       .9
#define NAMES        .5 /* different values a trace */
#define FAKED        2  /* a key that is no hash, which are odd */
#define CHECK_EVERY  4096

struct sums { /* of one field */
    char *name;
    size_t n, numbers, identifiers, rising; /* rising: numbers that are not less than the one before */
    double last;
    bool is_time;
    struct tallies values;
};
struct pass {
    const struct lw_log *log;
    const struct lw_run *run;
    uint64_t step;
    int (*take)(void *user, const char *name, const char *value, size_t len, size_t cell);
    void *user;
};

/* ---- records ---------------------------------------------------------------------------------------------------- */

static bool is_told_elsewhere(const struct lw_record *record, const struct lw_field *field)
{
    return (record->component.len > 0 && record->component.data == record->raw.data + field->start) ||
           layout_is_level(field->name) || strcmp(field->name, "time") == 0 || strcmp(field->name, "message") == 0;
}

static int each_field(const struct pass *pass, struct lw_error *err)
{
    struct lw_reader *reader;
    int code = lw_reader_new(pass->log, &reader, err);
    if (code != 0)
        return code;
    for (uint64_t at = 0; at < lw_log_count(pass->log) && code == 0; at += pass->step) {
        struct lw_record record;
        if (at / pass->step % CHECK_EVERY == 0)
            code = run_check(pass->run, err);
        if (code == 0)
            code = lw_reader_get(reader, at, &record, err);
        for (size_t f = 0; code == 0 && f < record.n_fields; f++) {
            const struct lw_field *field = &record.fields[f];
            if (field->len > 0 && !is_told_elsewhere(&record, field) &&
                pass->take(pass->user, field->name, record.raw.data + field->start, field->len,
                           (size_t)(at / pass->step)) != 0)
                code = fail_memory(err, "reading header fields");
        }
    }
    lw_reader_free(reader);
    return code;
}

/* ---- values ----------------------------------------------------------------------------------------------------- */

static enum mask mask_of(const char *value, size_t len)
{
    unsigned all = value_classes(value, len);
    return (all & (BYTE_SPACE | BYTE_MARK)) != 0 ? MASK_NONE : value_mask(value, len, all);
}

static double number_of(const char *value, size_t len)
{
    double number;
    enum mask mask = mask_of(value, len);
    enum quantity_kind kind = mask < MASK_COUNT ? quantity_of_mask(mask) : QUANTITY_NONE;
    return kind != QUANTITY_NONE && quantity_parse(kind, value, len, &number) ? number : NAN;
}

static bool is_identifier(const char *name, const char *value, size_t len)
{
    return identifier_stands_in((struct lw_bytes){name, strlen(name)}, value, len);
}

/* ---- what the fields are ---------------------------------------------------------------------------------------- */

struct finding {
    struct sums fields[LW_MAX_FIELDS];
    size_t n;
};

static int count_value(void *user, const char *name, const char *value, size_t len, size_t cell)
{
    struct finding *finding = user;
    size_t f = 0;
    (void)cell;
    while (f < finding->n && strcmp(finding->fields[f].name, name) != 0)
        f++;
    if (f == LW_MAX_FIELDS)
        return 0;
    struct sums *sums = &finding->fields[f];
    if (f == finding->n) {
        *sums = (struct sums){.name = alloc_text(name, strlen(name)), .last = -INFINITY};
        if (sums->name == NULL)
            return LW_ERR_MEMORY;
        finding->n++;
    }
    double number = number_of(value, len);
    sums->n++;
    sums->is_time |= mask_of(value, len) == MASK_TIME;
    sums->identifiers += is_identifier(name, value, len);
    if (!isnan(number)) {
        sums->numbers++;
        sums->rising += number >= sums->last;
        sums->last = number;
    }
    return tallies_add(&sums->values, column_hash(value, len), 0, 1);
}

static bool can_be_compared(const struct sums *sums, bool *is_number)
{
    bool is_counter = (double)sums->rising >= MOSTLY * (double)sums->n && 2 * sums->values.n > sums->n;
    enum slot_use use = slot_use_of(sums->n, sums->numbers, sums->values.n, false);
    *is_number = use == SLOT_NUMBER;
    if (sums->is_time || 2 * sums->identifiers > sums->n)
        return false;
    return *is_number ? !is_counter : use == SLOT_CATEGORY;
}

static int add_field(struct log_fields *fields, const char *name, bool is_number)
{
    struct log_field *field = &fields->items[fields->n];
    field->is_number = is_number;
    field->name = alloc_text(name, strlen(name));
    field->cells = alloc_zeroed(fields->n_cells, sizeof *field->cells);
    fields->n++;
    return field->name == NULL || field->cells == NULL ? LW_ERR_MEMORY : 0;
}

/* ---- their cells ------------------------------------------------------------------------------------------------ */

static int keep_value(void *user, const char *name, const char *value, size_t len, size_t cell)
{
    struct log_fields *fields = user;
    for (size_t f = 0; f < fields->n; f++) {
        struct log_field *field = &fields->items[f];
        if (strcmp(field->name, name) != 0)
            continue;
        field->n += field->cells[cell].key == 0;
        field->cells[cell].key = column_hash(value, len) + is_identifier(name, value, len); /* odd, or even */
        field->cells[cell].number = field->is_number ? number_of(value, len) : NAN;
    }
    return 0;
}

/* Whether a field names traces: each has one value of it, which hardly another has. */
static int tell_name(const struct log_fields *fields, size_t field, const struct trace_set *set, bool *is_name)
{
    struct tallies values = {0};
    size_t n = 0, n_same = 0;
    int code = 0;
    for (size_t t = 0; t < set->n_traces && code == 0; t++) {
        uint64_t key = 0;
        bool is_same = true;
        for (size_t e = set->first[t]; e < set->first[t + 1]; e++) {
            const struct field_cell *cell = log_fields_cell(fields, field, set->records[e]);
            if (cell == NULL || cell->key == 0)
                continue;
            is_same = is_same && (key == 0 || key == cell->key);
            key = cell->key;
        }
        n += key != 0;
        n_same += key != 0 && is_same;
        code = key != 0 ? tallies_add(&values, key, 0, 1) : 0;
    }
    *is_name = (double)n_same >= MOSTLY * (double)n && (double)values.n > NAMES * (double)n;
    tallies_release(&values);
    return code;
}

static int drop_names(struct log_fields *fields, const struct trace_set *set)
{
    for (size_t f = 0; f < fields->n;) {
        bool is_name;
        if (tell_name(fields, f, set, &is_name) != 0)
            return LW_ERR_MEMORY;
        if (!is_name) {
            f++;
            continue;
        }
        free(fields->items[f].name);
        free(fields->items[f].cells);
        memmove(&fields->items[f], &fields->items[f + 1], (--fields->n - f) * sizeof fields->items[f]);
    }
    return 0;
}

static void join_faked(struct log_fields *fields)
{
    for (size_t f = 0; f < fields->n; f++)
        for (size_t i = 0; i < fields->n_cells; i++)
            if (fields->items[f].cells[i].key != 0 && fields->items[f].cells[i].key % 2 == 0)
                fields->items[f].cells[i].key = FAKED;
}

static void plan(const struct lw_log *log, struct log_fields *out)
{
    uint64_t n = lw_log_count(log);
    out->step = n / MOST_RECORDS + 1;
    out->n_cells = (size_t)((n + out->step - 1) / out->step);
}

int log_fields_find(const struct lw_log *log, const struct trace_set *traces, const struct lw_run *run,
                    struct log_fields *out, struct lw_error *err)
{
    struct finding finding = {.n = 0};
    plan(log, out);
    struct pass pass = {log, run, out->step, count_value, &finding};
    int code = each_field(&pass, err);
    for (size_t f = 0; f < finding.n && code == 0; f++) {
        bool is_number;
        if (can_be_compared(&finding.fields[f], &is_number) && out->n < LOG_FIELDS_MAX &&
            add_field(out, finding.fields[f].name, is_number) != 0)
            code = fail_memory(err, "reading header fields");
    }
    for (size_t f = 0; f < finding.n; f++) {
        free(finding.fields[f].name);
        tallies_release(&finding.fields[f].values);
    }
    pass.take = keep_value;
    pass.user = out;
    if (code == 0 && out->n > 0)
        code = each_field(&pass, err);
    if (code == 0 && drop_names(out, traces) != 0)
        code = fail_memory(err, "reading header fields");
    if (code == 0)
        join_faked(out);
    else
        log_fields_release(out);
    return code;
}

int log_fields_read(const struct lw_log *log, const struct log_fields *like, const struct lw_run *run,
                    struct log_fields *out, struct lw_error *err)
{
    int code = 0;
    plan(log, out);
    struct pass pass = {log, run, out->step, keep_value, out};
    for (size_t f = 0; f < like->n && code == 0; f++)
        if (add_field(out, like->items[f].name, like->items[f].is_number) != 0)
            code = fail_memory(err, "reading header fields");
    if (code == 0 && out->n > 0)
        code = each_field(&pass, err);
    if (code == 0)
        join_faked(out);
    else
        log_fields_release(out);
    return code;
}

void log_fields_release(struct log_fields *fields)
{
    for (size_t f = 0; f < fields->n; f++) {
        free(fields->items[f].name);
        free(fields->items[f].cells);
    }
    *fields = (struct log_fields){.n = 0};
}

const struct field_cell *log_fields_cell(const struct log_fields *fields, size_t field, uint64_t record)
{
    return record % fields->step == 0 ? &fields->items[field].cells[record / fields->step] : NULL;
}
