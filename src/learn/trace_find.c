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

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <xxhash.h>

#include "base/alloc.h"
#include "base/executor.h"
#include "base/fail.h"
#include "base/intern.h"
#include "learn/id_shape.h"
#include "learn/pair_map.h"

#define MAX_RECORDS    60000u
#define N_STRETCHES    4u
#define MAX_TEXT       1000u /* bytes of a record that are looked at */
#define MAX_TOKENS     40u   /* of a record */
#define MAX_CANDIDATES 4096u
#define MAX_VALUES     3000000u
#define MIN_SCORE      0.03
#define N_SHOWN        4u /* candidates named in the reason */

enum kind { FIELD = 'f', SHAPE = 's', KEYED = 'k', PLACE = 'p' }; /* the first byte of a candidate's name */

struct candidate {
    uint64_t records, memberships;
    uint64_t value_bytes;
    uint64_t last_record; /* + 1 */
    unsigned flags;
    uint64_t n_uuid, n_number, n_hex, n_word; /* values that are such */
    double score, coverage, repetition, variety, locality;
    uint64_t n_values;
};
struct use {            /* of one value by one candidate */
    uint64_t skeletons; /* a set of hashes of 6 bits */
    uint32_t count, first, last;
};
struct finder {
    struct intern names, values;
    struct candidate *candidates;
    size_t cap_candidates;
    struct pair_map pairs; /* (candidate, value) */
    struct use *uses;
    size_t cap_uses;
    struct buf name;
    uint32_t n_records, n_timed;
};

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

/* What nearly all values are, all count as; the regex made from it then leaves the others out. */
static bool is_most(const struct candidate *candidate, uint64_t n)
{
    return (double)n >= .9 * (double)candidate->n_values;
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
    return 0;
}

static void start_name(struct finder *finder, enum kind kind)
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

static bool is_one_of(const char *text, size_t len, const char *const *names)
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
    if (is_one_of(field->name, strlen(field->name), names))
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
    return !is_one_of(field->name, strlen(field->name), others) && !is_time(record, field);
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

static int count_record(struct finder *finder, const struct lw_log *log, const struct lw_record *record,
                        struct lw_error *err)
{
    uint64_t skeleton = make_skeleton(record);
    int status = add_fields(finder, record, skeleton);
    if (status == 0)
        status = add_tokens(finder, record, skeleton);
    if (status == 0 && lw_log_source_count(log) > 1)
        status = add_places(finder, log, record, skeleton, err);
    finder->n_records++;
    finder->n_timed += record->time_us != LW_NO_TIME;
    return status == LW_ERR_MEMORY ? fail_memory(err, "finding a trace rule") : status;
}

static int count_log(struct finder *finder, const struct lw_log *log, const struct lw_run *run, struct lw_error *err)
{
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

/* ---- scoring -------------------------------------------------------------------------------------------------- */

static bool is_id_name(const char *name, size_t len)
{
    static const char *const names[] = {
        "id",          "session", "sid",        "request",  "req",   "trace",      "job",         "task", "txn",
        "transaction", "conn",    "connection", "instance", "block", "context",    "correlation", "call", "container",
        "uuid",        "guid",    "order",      "flow",     "xid",   "process_id", NULL};
    if (is_one_of(name, len, names))
        return true;
    for (size_t i = 2; i <= len && i < 3; i++) /* request_id, requestId, trace-id, traceID */
        if (strncasecmp(name + len - 2, "id", 2) == 0 && len > 3)
            return name[len - 2] == 'I' || name[len - 3] == '_' || name[len - 3] == '-' || name[len - 3] == '.';
    return false;
}

static double prior(const char *name, size_t len, const struct candidate *candidate)
{
    static const char *const processes[] = {"pid", "tid", "thread", "process", "proc", NULL};
    double mean_len = (double)candidate->value_bytes / (double)candidate->n_values;
    bool looks_unique =
        is_most(candidate, candidate->n_uuid) || (is_most(candidate, candidate->n_hex) && mean_len >= 8);
    bool is_word = is_most(candidate, candidate->n_word);
    switch (name[0]) {
    case FIELD:
        if (is_id_name(name + 1, len - 1) || looks_unique)
            return mean_len <= 40 ? 1 : .8; /* longer than any id: several in one field */
        return is_one_of(name + 1, len - 1, processes) ? .7 : is_word ? .3 : .5;
    case SHAPE:
        if ((candidate->flags & ID_ONLY_NUMBERS) != 0 || (candidate->flags & ID_LONG) == 0)
            return candidate->flags & ID_ONLY_NUMBERS ? .2 : .5;
        return id_shape_is_named(name + 1, len - 1) ? 1 : .9; /* one without a name may be ids of several kinds */
    case KEYED: {
        size_t end = 1;
        while (end < len && strchr("=: [\"'#(", name[end]) == NULL)
            end++;
        if (is_id_name(name + 1, end - 1) || looks_unique)
            return is_word ? .4 : .95;
        if (is_one_of(name + 1, end - 1, processes))
            return .7;
        return is_word ? .2 : .3;
    }
    default:
        return .6;
    }
}

static void score_candidates(struct finder *finder)
{
    size_t n = finder->names.count;
    for (size_t i = 0; i < finder->pairs.count; i++) {
        const struct use *use = &finder->uses[i];
        struct candidate *candidate = &finder->candidates[finder->pairs.pairs[i].a];
        if (use->count < 2)
            continue;
        double share = (double)(use->last - use->first) / (double)finder->n_records;
        uint64_t set = use->skeletons;
        unsigned kinds = 0;
        for (; set != 0; set &= set - 1)
            kinds++;
        candidate->repetition += use->count;
        candidate->variety += kinds * (double)use->count; /* means over records, not values */
        candidate->locality += share * (double)use->count;
    }
    for (size_t i = 0; i < n; i++) {
        struct candidate *c = &finder->candidates[i];
        struct lw_bytes name = intern_get(&finder->names, (uint32_t)i);
        double repeated = c->repetition;
        c->coverage = (double)c->records / (double)finder->n_records;
        if (repeated <= 0)
            continue;
        c->variety = 1 - repeated / c->variety;
        c->locality = 1 - c->locality / repeated;
        c->repetition /= (double)c->memberships;
        c->score = c->coverage * c->repetition * c->variety * c->locality * (double)c->n_values /
                   ((double)c->n_values + 8) * ((double)c->records / (double)c->memberships) *
                   prior(name.data, name.len, c);
    }
}

/* ---- choosing ------------------------------------------------------------------------------------------------- */

/* The rule a candidate stands for, as --trace takes it. */
static void write_rule(const struct finder *finder, uint32_t id, struct buf *out)
{
    struct lw_bytes name = intern_get(&finder->names, id);
    const struct candidate *candidate = &finder->candidates[id];
    if (name.data[0] == FIELD)
        buf_add_text(out, "field:");
    if (name.data[0] == FIELD || name.data[0] == PLACE) {
        buf_add(out, name.data + 1, name.len - 1);
    } else if (name.data[0] == SHAPE) {
        id_shape_regex(name.data + 1, name.len - 1, candidate->flags, out);
    } else {
        buf_add_text(out, "\\b");
        id_quote_regex(name.data + 1, name.len - 1, out);
        if (is_most(candidate, candidate->n_uuid))
            buf_add_text(out, "([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})");
        else if (is_most(candidate, candidate->n_number))
            buf_add_text(out, candidate->flags & ID_SIGNED ? "(-?\\d+)" : "(\\d+)");
        else
            buf_add_text(out, is_most(candidate, candidate->n_hex) ? "([0-9a-f]+)" : "(\\w(?:[\\w.-]*\\w)?)");
    }
}

static bool is_better(const struct finder *finder, uint32_t a, uint32_t b)
{
    if (finder->candidates[a].score > finder->candidates[b].score)
        return true;
    return finder->candidates[a].score >= finder->candidates[b].score && a < b;
}

/* The best candidates, best first; gives their number. */
static size_t rank(const struct finder *finder, uint32_t *best)
{
    size_t n = 0;
    for (uint32_t id = 0; id < finder->names.count; id++) {
        if (!(finder->candidates[id].score > 0))
            continue;
        size_t at = n < N_SHOWN ? n++ : N_SHOWN;
        for (; at > 0 && is_better(finder, id, best[at - 1]); at--)
            if (at < N_SHOWN)
                best[at] = best[at - 1];
        if (at < N_SHOWN)
            best[at] = id;
    }
    return n;
}

static void write_reason(const struct finder *finder, const uint32_t *best, size_t n, struct buf *out)
{
    for (size_t i = 0; i < n; i++) {
        const struct candidate *c = &finder->candidates[best[i]];
        buf_add_text(out, i > 0 ? "; " : "");
        write_rule(finder, best[i], out);
        buf_printf(out, " %.2f (%.0f %% of records, %llu names, %.0f %% of them again, kinds %.2f, nearness %.2f)",
                   c->score, c->coverage * 100, (unsigned long long)c->n_values, c->repetition * 100, c->variety,
                   c->locality);
    }
    if (n == 0 || finder->candidates[best[0]].score < MIN_SCORE)
        buf_printf(out, "%snothing in the records names their execution", n > 0 ? "; " : "");
}

static int choose(const struct finder *finder, struct trace_rule **out, struct lw_error *err)
{
    uint32_t best[N_SHOWN];
    size_t n = rank(finder, best);
    struct buf text = BUF_INIT, why = BUF_INIT;
    if (n > 0 && finder->candidates[best[0]].score >= MIN_SCORE)
        write_rule(finder, best[0], &text);
    else
        buf_add_text(&text, finder->n_timed > finder->n_records / 2 ? "window:60s" : "source");
    write_reason(finder, best, n, &why);
    struct trace_rule *rule = NULL;
    int status = buf_status(&text) != 0 || buf_status(&why) != 0 ? fail_memory(err, "choosing a trace rule") : 0;
    if (status == 0)
        status = trace_rule_parse(text.data, &rule, err);
    if (status == 0)
        status = trace_rule_set_why(rule, why.data, err);
    buf_release(&text);
    buf_release(&why);
    if (status != 0)
        trace_rule_free(rule);
    else
        *out = rule;
    return status;
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
    struct finder finder = {.names = INTERN_INIT, .values = INTERN_INIT, .pairs = PAIR_MAP_INIT, .name = BUF_INIT};
    if (status == 0)
        status = count_log(&finder, log, run, err);
    if (status == 0) {
        score_candidates(&finder);
        status = choose(&finder, out, err);
    }
    intern_release(&finder.names);
    intern_release(&finder.values);
    pair_map_release(&finder.pairs);
    buf_release(&finder.name);
    free(finder.candidates);
    free(finder.uses);
    return status;
}
