/*
 * Finding the trace rule. Stretches of the log are read once. Everything that could name traces is a candidate: header
 * fields, shapes of tokens that look like ids, values after a word (`session=`, `conn `), the source and its folder.
 * For each candidate and each of its values it is counted how many records have it, over what stretch of the log, and
 * how many different skeletons (messages without what varies) they have. An execution does several different things
 * in a short part of a log, so the score of a candidate is the product of
 *
 *   coverage     share of records that have a value
 *   repetition   share of these whose value comes more than once
 *   variety      1 - 1 / (mean number of skeletons a value)
 *   locality     1 - (mean share of the log between the first and the last record of a value)
 *   number       K / (K + 8) for K values
 *   unity        1 / (mean number of values of a record that has any)
 *   prior        by kind and name: an id is likelier a long or hexadecimal one than a plain number or an address
 *
 * Hosts and users fail by locality, request lines by repetition, constants by number, counters by variety. Rejected:
 * learning the product's weights from labelled logs, which would fit them to the few logs there are.
 */
#include "learn/trace_rule.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <xxhash.h>

#include "base/alloc.h"
#include "base/executor.h"
#include "base/fail.h"
#include "learn/id_shape.h"
#include "learn/trace_finder.h"

#define MAX_RECORDS    60000u
#define N_STRETCHES    4u
#define MAX_TEXT       1000u /* bytes of a record that are looked at */
#define MAX_TOKENS     40u   /* of a record */
#define MAX_CANDIDATES 4096u
#define MAX_VALUES     3000000u

/* ---- counting ------------------------------------------------------------------------------------------------- */

static bool is_hex(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (strchr("0123456789abcdef", text[i]) == NULL || text[i] == '\0')
            return false;
    return len >= 6;
}

static void note_value(struct candidate *candidate, const char *value, size_t len)
{
    bool is_number = true, is_word = true;
    for (size_t i = 0; i < len; i++) {
        bool is_digit = value[i] >= '0' && value[i] <= '9';
        is_number = is_number && (is_digit || (i == 0 && value[i] == '-'));
        is_word = is_word && !is_digit;
    }
    candidate->n_values++;
    candidate->value_bytes += len;
    candidate->n_number += is_number;
    candidate->n_word += is_word;
    candidate->n_uuid += id_is_uuid(value, len);
    candidate->n_hex += is_hex(value, len);
    candidate->flags |= len > 0 && value[0] == '-' ? ID_SIGNED : 0;
}

static int note_seen(struct finder *finder, uint32_t use)
{
    if (alloc_grow(&finder->seen, &finder->cap_seen, finder->n_seen + 1, sizeof *finder->seen) != 0)
        return LW_ERR_MEMORY;
    finder->seen[finder->n_seen++] = use;
    return 0;
}

/* One more sight of a value; finder->name holds the candidate's name. */
static int add_use(struct finder *finder, const char *value, size_t len, unsigned flags, uint64_t skeleton)
{
    uint32_t id, value_id, use;
    if (finder->names.count >= MAX_CANDIDATES &&
        intern_find(&finder->names, finder->name.data, finder->name.len) == INTERN_NONE)
        return 0;
    if (finder->values.count >= MAX_VALUES || buf_status(&finder->name) != 0)
        return buf_status(&finder->name);
    size_t before = finder->names.count;
    if (intern_add(&finder->names, finder->name.data, finder->name.len, &id) != 0 ||
        alloc_grow(&finder->candidates, &finder->cap_candidates, finder->names.count, sizeof *finder->candidates) != 0)
        return LW_ERR_MEMORY;
    struct candidate *candidate = &finder->candidates[id];
    if (finder->names.count > before)
        *candidate = (struct candidate){0};
    before = finder->pairs.count;
    if (intern_add(&finder->values, value, len, &value_id) != 0 ||
        pair_map_add(&finder->pairs, id, value_id, &use) != 0 ||
        alloc_grow(&finder->uses, &finder->cap_uses, finder->pairs.count, sizeof *finder->uses) != 0)
        return LW_ERR_MEMORY;
    if (finder->pairs.count > before) {
        finder->uses[use] = (struct use){.first = finder->n_records, .last = UINT32_MAX};
        note_value(candidate, value, len);
    }
    candidate->flags |= flags;
    if (finder->uses[use].last == finder->n_records)
        return 0; /* twice in one record */
    finder->uses[use].last = finder->n_records;
    finder->uses[use].count++;
    finder->uses[use].skeletons |= UINT64_C(1) << (skeleton & 63);
    candidate->memberships++;
    candidate->records += candidate->last_record != finder->n_records + 1;
    candidate->last_record = finder->n_records + 1;
    return note_seen(finder, use);
}

static void start_name(struct finder *finder, enum candidate_kind kind)
{
    buf_clear(&finder->name);
    buf_add_byte(&finder->name, (char)kind);
}

/* Words of the message that have no digit stand for its template. */
static uint64_t make_skeleton(const struct lw_record *record)
{
    const char *text = record->raw.data + record->message_start;
    size_t len = record->message_len < MAX_TEXT ? record->message_len : MAX_TEXT, at = 0;
    uint64_t hash = 0;
    struct id_token token;
    for (unsigned n = 0; n < 16 && id_token_next(text, len, &at, &token); n++)
        if (!token.has_digit)
            hash = XXH3_64bits_withSeed(token.data, token.len, hash);
    return hash ^ hash >> 32;
}

bool finder_is_one_of(const char *text, size_t len, const char *const *names)
{
    for (; *names != NULL; names++)
        if (strlen(*names) == len && strncasecmp(text, *names, len) == 0)
            return true;
    return false;
}

/* By its name, or since two colons stand in it. */
static bool is_time(const struct lw_record *record, const struct lw_field *field)
{
    static const char *const names[] = {"time", "date", "stamp", "clock", "epoch", "timestamp", "datetime", NULL};
    if (finder_is_one_of(field->name, strlen(field->name), names))
        return true;
    const char *value = record->raw.data + field->start;
    size_t colons = 0;
    for (size_t i = 0; i < field->len; i++)
        colons += value[i] == ':';
    return colons >= 2 && value[0] >= '0' && value[0] <= '9';
}

/* Times, levels and labels are no names of executions. */
static bool is_usable_field(const struct lw_record *record, const struct lw_field *field)
{
    static const char *const others[] = {"level", "severity", "loglevel", "priority", "status",
                                         "label", "message",  "msg",      NULL};
    if (field->len == 0 || field->len > 200 || (field->len == 1 && record->raw.data[field->start] == '-'))
        return false;
    return !finder_is_one_of(field->name, strlen(field->name), others) && !is_time(record, field);
}

/* The header field that a byte of the record stands in, or NULL. */
static const struct lw_field *find_field(const struct lw_record *record, size_t at)
{
    for (size_t i = 0; i < record->n_fields; i++)
        if (at >= record->fields[i].start && at < record->fields[i].start + record->fields[i].len)
            return &record->fields[i];
    return NULL;
}

static int add_fields(struct finder *finder, const struct lw_record *record, uint64_t skeleton)
{
    int status = 0;
    for (size_t i = 0; status == 0 && i < record->n_fields; i++) {
        const struct lw_field *field = &record->fields[i];
        if (!is_usable_field(record, field))
            continue;
        start_name(finder, FIELD);
        buf_add_text(&finder->name, field->name);
        status = add_use(finder, record->raw.data + field->start, field->len, 0, skeleton);
    }
    return status;
}

static int add_token(struct finder *finder, const struct id_token *token, bool is_in_header, uint64_t skeleton)
{
    unsigned flags;
    int status = 0;
    start_name(finder, SHAPE);
    if (id_shape(token, &finder->name, &flags) && (!is_in_header || (flags & ID_LONG) != 0))
        status = add_use(finder, token->data, token->len, flags, skeleton);
    size_t len = token->key_len;
    if (status != 0 || len == 0 || is_in_header)
        return status;
    bool is_after_space =
        token->key[len - 1] == ' ' && token->key[len - 2] != ':' && token->key[len - 2] != '=' && !token->is_number;
    if (is_after_space)
        return 0;
    start_name(finder, KEYED);
    buf_add(&finder->name, token->key, len);
    return add_use(finder, token->data, token->len, 0, skeleton);
}

/* Of tokens in header fields only those count that are ids by their length, and none in times: other fields are
 * candidates as a whole. */
static int add_tokens(struct finder *finder, const struct lw_record *record, uint64_t skeleton)
{
    size_t len = record->raw.len < MAX_TEXT ? record->raw.len : MAX_TEXT, at = 0;
    struct id_token token;
    int status = 0;
    for (unsigned n = 0; status == 0 && n < MAX_TOKENS && id_token_next(record->raw.data, len, &at, &token);) {
        if (at == len && len < record->raw.len)
            break; /* cut in two */
        if (!token.has_digit && (token.key_len == 0 || token.key[token.key_len - 1] != '='))
            continue;
        const struct lw_field *field = find_field(record, (size_t)(token.data - record->raw.data));
        if (field != NULL && is_time(record, field))
            continue;
        bool is_in_header = field != NULL && strcmp(field->name, "message") != 0;
        n++;
        status = add_token(finder, &token, is_in_header, skeleton);
    }
    return status;
}

static int add_places(struct finder *finder, const struct lw_log *log, const struct lw_record *record,
                      uint64_t skeleton, struct lw_error *err)
{
    struct lw_source source;
    int status = lw_log_source(log, record->source, &source, err);
    if (status != 0)
        return status;
    size_t len = source.path.len;
    start_name(finder, PLACE);
    buf_add_text(&finder->name, "source");
    status = add_use(finder, source.path.data, len, 0, skeleton);
    while (len > 0 && source.path.data[len - 1] != '/')
        len--;
    start_name(finder, PLACE);
    buf_add_text(&finder->name, "dir");
    return status != 0 ? status : add_use(finder, source.path.data, len, 0, skeleton);
}

static int add_given(struct finder *finder, const struct lw_log *log, const struct lw_record *record, uint64_t skeleton,
                     struct lw_error *err)
{
    struct lw_source source;
    int status = lw_log_source(log, record->source, &source, err);
    if (status == 0)
        status = trace_rule_keys(finder->given, record, source.path, &finder->keys, err);
    for (size_t i = 0; status == 0 && i < finder->keys.n; i++) {
        start_name(finder, GIVEN);
        buf_add_text(&finder->name, trace_rule_text(finder->given));
        status = add_use(finder, finder->keys.keys[i].data, finder->keys.keys[i].len, 0, skeleton);
    }
    return status;
}

static int count_record(struct finder *finder, const struct lw_log *log, const struct lw_record *record,
                        struct lw_error *err)
{
    uint64_t skeleton = make_skeleton(record);
    int status = add_fields(finder, record, skeleton);
    if (status == 0)
        status = add_tokens(finder, record, skeleton);
    if (status == 0 && finder->given != NULL)
        status = add_given(finder, log, record, skeleton, err);
    if (status == 0 && lw_log_source_count(log) > 1)
        status = add_places(finder, log, record, skeleton, err);
    if (status == 0)
        status = note_seen(finder, FINDER_RECORD_END);
    finder->n_records++;
    finder->n_timed += record->time_us != LW_NO_TIME;
    return status == LW_ERR_MEMORY ? fail_memory(err, "finding a trace rule") : status;
}

int finder_count(struct finder *finder, const struct lw_log *log, const struct trace_rule *given,
                 const struct lw_run *run, struct lw_error *err)
{
    finder->given = given;
    uint64_t n = lw_log_count(log), n_stretches = n > MAX_RECORDS ? N_STRETCHES : 1;
    uint64_t len = n > MAX_RECORDS ? MAX_RECORDS / N_STRETCHES : n;
    struct lw_reader *reader;
    int status = lw_reader_new(log, &reader, err);
    if (status != 0)
        return status;
    for (uint64_t s = 0; status == 0 && s < n_stretches; s++) {
        uint64_t first = n_stretches == 1 ? 0 : (n - len) / (n_stretches - 1) * s;
        for (uint64_t i = first; status == 0 && i < first + len; i++) {
            struct lw_record record;
            if (i % 4096 == 0) {
                status = run_check(run, err);
                run_progress(run, "finding traces", finder->n_records, len * n_stretches);
            }
            if (status == 0)
                status = lw_reader_get(reader, i, &record, err);
            if (status == 0)
                status = count_record(finder, log, &record, err);
        }
    }
    lw_reader_free(reader);
    return status;
}

void finder_init(struct finder *finder)
{
    *finder = (struct finder){.names = INTERN_INIT, .values = INTERN_INIT, .pairs = PAIR_MAP_INIT, .name = BUF_INIT};
    trace_keys_init(&finder->keys);
}

void finder_release(struct finder *finder)
{
    intern_release(&finder->names);
    intern_release(&finder->values);
    pair_map_release(&finder->pairs);
    buf_release(&finder->name);
    trace_keys_release(&finder->keys);
    free(finder->candidates);
    free(finder->uses);
    free(finder->seen);
}

/* Whether all sources are sequence files, whose traces have names of their own. */
static int ask_sequences(const struct lw_log *log, bool *is_sequences, struct lw_error *err)
{
    size_t n = lw_log_source_count(log);
    *is_sequences = n > 0;
    for (size_t i = 0; i < n; i++) {
        struct lw_source source;
        int status = lw_log_source(log, i, &source, err);
        if (status != 0)
            return status;
        *is_sequences = *is_sequences && strcmp(source.format, "sequences") == 0;
    }
    return 0;
}

int trace_rule_find(const struct lw_log *log, const struct lw_run *run, struct trace_rule **out, struct lw_error *err)
{
    bool is_sequences;
    int status = ask_sequences(log, &is_sequences, err);
    if (status == 0 && is_sequences) {
        status = trace_rule_parse("field:trace", out, err);
        return status != 0 ? status : trace_rule_set_why(*out, "sequence files name their traces", err);
    }
    struct finder finder;
    finder_init(&finder);
    if (status == 0)
        status = finder_count(&finder, log, NULL, run, err);
    if (status == 0) {
        finder_score(&finder);
        status = finder_choose(&finder, out, err);
    }
    finder_release(&finder);
    return status;
}
