/*
 * Of the real log a table of hashes is kept, of 64 bits each, with counts; the texts that are reported are those of the
 * synthetic log. What only the word before it makes an identifier ("user unknown") is none where that is a word of a
 * template: then it is text of the program.
 */
#include "measure/leaks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/alloc.h"
#include "base/executor.h"
#include "base/fail.h"
#include "base/order.h"
#include "learn/identifiers.h"
#include "learn/value.h"
#include "log/key_role.h"

#define MAX_ROWS       500
#define SHOWN_BYTES    60
#define TELLING_LEN    4 /* shorter values are passed over */
#define TELLING_DIGITS 9
#define CHECK_EVERY    4096u

#define FREE_DIGITS                                                                                                    \
    5             /* of a name that may be anything: with fewer, names drawn by their form are real ones by chance     \
                   */
#define DENSE 1e6 /* likewise, numbers nearer to one another than this */

enum { KIND_VALUE = IDENTIFIER_COUNT, KIND_NAME, KIND_FORM, KIND_WORD, KIND_TOKEN, KIND_COUNT };

struct leak {
    uint64_t count, real_count;
    uint32_t id;
    int kind;
};
struct leak_scan {
    const struct leak_options *options;
    const struct model *model;
    struct pair_map known; /* hashes of (kind, text) */
    uint32_t *counts;      /* [known.count] */
    size_t cap_counts;
    struct intern texts; /* of leaks, with their kind before them */
    struct leak *leaks;  /* [texts.count] */
    size_t cap_leaks;
    double *numbers; /* [n_numbers] values of the real log that are numbers; sorted once all are there */
    size_t n_numbers, cap_numbers;
    bool is_real;
    const char *text;      /* of the record */
    size_t base;           /* its message */
    struct lw_span *found; /* identifiers in it */
    size_t n_found, cap_found;
    struct template_match match;
};

static const char *kind_name(int kind)
{
    return kind == KIND_VALUE ? "value" : kind == KIND_NAME ? "trace" : identifier_name((enum identifier)kind);
}

static struct pair hash_of(int kind, const char *text, size_t len)
{
    uint64_t hash = XXH3_64bits_withSeed(len > 0 ? text : "", len, (XXH64_hash_t)kind);
    return (struct pair){(uint32_t)(hash >> 32), (uint32_t)hash};
}

static uint32_t known_count(const struct leak_scan *scan, int kind, const char *text, size_t len)
{
    struct pair key = hash_of(kind, text, len);
    uint32_t id = pair_map_find(&scan->known, key.a, key.b);
    return id == PAIR_NONE ? 0 : scan->counts[id];
}

static int learn_text(struct leak_scan *scan, int kind, const char *text, size_t len)
{
    struct pair key = hash_of(kind, text, len);
    size_t n = scan->known.count;
    uint32_t id;
    if (pair_map_add(&scan->known, key.a, key.b, &id) != 0 ||
        alloc_grow(&scan->counts, &scan->cap_counts, scan->known.count, sizeof *scan->counts) != 0)
        return LW_ERR_MEMORY;
    if (id == n)
        scan->counts[id] = 0;
    scan->counts[id] += scan->counts[id] < UINT32_MAX;
    return 0;
}

static int add_leak(struct leak_scan *scan, int kind, const char *text, size_t len, uint32_t real_count)
{
    struct buf key = BUF_INIT;
    uint32_t id;
    size_t n = scan->texts.count;
    buf_add_byte(&key, (char)kind);
    buf_add(&key, text, len);
    int code = buf_status(&key);
    if (code == 0)
        code = intern_add(&scan->texts, key.data, key.len, &id);
    buf_release(&key);
    if (code != 0 || alloc_grow(&scan->leaks, &scan->cap_leaks, scan->texts.count, sizeof *scan->leaks) != 0)
        return LW_ERR_MEMORY;
    if (id == n)
        scan->leaks[id] = (struct leak){0, real_count, id, kind};
    scan->leaks[id].count++;
    return 0;
}

/* Whether a text is digits alone, perhaps with a sign. */
static bool is_number(const char *text, size_t len, double *out)
{
    char copy[40];
    size_t sign = len > 0 && text[0] == '-';
    if (len >= sizeof copy || len == sign)
        return false;
    for (size_t i = sign; i < len; i++)
        if (text[i] < '0' || text[i] > '9')
            return false;
    memcpy(copy, text, len);
    copy[len] = '\0';
    *out = strtod(copy, NULL);
    return true;
}

static int learn_number(struct leak_scan *scan, const char *text, size_t len)
{
    double number;
    if (!is_number(text, len, &number))
        return 0;
    if (alloc_grow(&scan->numbers, &scan->cap_numbers, scan->n_numbers + 1, sizeof number) != 0)
        return LW_ERR_MEMORY;
    scan->numbers[scan->n_numbers++] = number;
    return 0;
}

/* Whether the real log has another number so near that a draw between the two may well meet one of them. */
static bool is_dense(const struct leak_scan *scan, const char *text, size_t len)
{
    double number;
    size_t low = 0, high = scan->n_numbers;
    if (!is_number(text, len, &number))
        return false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (scan->numbers[middle] < number)
            low = middle + 1;
        else
            high = middle;
    }
    for (high = low; high < scan->n_numbers && !(scan->numbers[high] > number);)
        high++;
    return (low > 0 && number - scan->numbers[low - 1] < DENSE) ||
           (high < scan->n_numbers && scan->numbers[high] - number < DENSE);
}

static bool is_frequent(const struct leak_scan *scan, const char *text, size_t len)
{
    return known_count(scan, KIND_VALUE, text, len) >= scan->options->minimum_count ||
           known_count(scan, KIND_TOKEN, text, len) >= scan->options->minimum_count;
}

/* Whether a generator cannot well have drawn a word without having seen it. */
static bool is_telling_word(const char *text, size_t len)
{
    unsigned all = value_classes(text, len);
    size_t digits = 0, letters = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned short class = value_class[(unsigned char)text[i]];
        digits += (class & BYTE_DIGIT) != 0;
        letters += (class & BYTE_ALPHA) != 0;
    }
    if (letters == 0)
        return digits >= TELLING_DIGITS && (all & (BYTE_COLON | BYTE_DOT | BYTE_SLASH)) == 0;
    if (len < TELLING_LEN || value_is_unit(text, len))
        return false;
    switch (value_mask(text, len, all)) {
    case MASK_FLOAT:
    case MASK_TIME:
    case MASK_DURATION:
    case MASK_SIZE:
    case MASK_FLAG:
        return false;
    case MASK_HEX:
        return len >= TELLING_DIGITS;
    default:
        return letters >= TELLING_LEN || digits + letters >= TELLING_DIGITS;
    }
}

/* A value tells something if a word of it does. */
static bool is_telling(const char *text, size_t len)
{
    size_t calendar = value_calendar(text, len);
    if (calendar > 0 && calendar == len)
        return false;
    for (size_t at = 0; at < len;) {
        size_t n = 0;
        while (at + n < len && (value_class[(unsigned char)text[at + n]] & (BYTE_SPACE | BYTE_MARK)) == 0)
            n++;
        if (n > 0 && is_telling_word(text + at, n))
            return true;
        at += n + 1;
    }
    return false;
}

/* Whether a value of the real log is one that may not appear. What is put together of frequent values with colons is
 * none. */
static bool is_rare(const struct leak_scan *scan, const char *text, size_t len)
{
    if (is_frequent(scan, text, len) || is_dense(scan, text, len))
        return false;
    if (memchr(text, ':', len) == NULL)
        return true;
    for (size_t at = 0; at < len;) {
        size_t n = 0;
        while (at + n < len && text[at + n] != ':')
            n++;
        if (is_telling(text + at, n) && !is_frequent(scan, text + at, n))
            return true;
        at += n + 1;
    }
    return false;
}

/* Learns a text of the real log, or looks up one of the synthetic log. */
static int note(struct leak_scan *scan, int kind, const char *text, size_t len)
{
    if (kind < KIND_VALUE && (scan->options->allowed & 1u << kind) != 0)
        return 0;
    if (scan->is_real)
        return learn_text(scan, kind, text, len);
    uint32_t count = known_count(scan, kind, text, len);
    if (count == 0 || (kind == KIND_VALUE && !is_rare(scan, text, len)))
        return 0;
    return add_leak(scan, kind, text, len, count);
}

static int note_match(void *user, const struct identifier_match *match)
{
    struct leak_scan *scan = user;
    const char *text = scan->text + match->start;
    if (match->is_weak && known_count(scan, KIND_WORD, text, match->len) > 0)
        return 0;
    if (alloc_grow(&scan->found, &scan->cap_found, scan->n_found + 1, sizeof *scan->found) != 0)
        return LW_ERR_MEMORY;
    scan->found[scan->n_found++] = (struct lw_span){match->start, match->len};
    return note(scan, (int)match->kind, text, match->len);
}

static bool has_identifier(const struct leak_scan *scan, size_t start, size_t len)
{
    for (size_t i = 0; i < scan->n_found; i++)
        if (scan->found[i].start < start + len && start < scan->found[i].start + scan->found[i].len)
            return true;
    return false;
}

/* A name of the real log in constant text of the synthetic log, where nothing names it. */
static int note_known(void *user, const struct identifier_match *match)
{
    struct leak_scan *scan = user;
    size_t start = match->start + scan->base;
    const char *text = scan->text + start;
    if (match->kind != IDENTIFIER_USER || (scan->options->allowed & 1u << IDENTIFIER_USER) != 0 ||
        has_identifier(scan, start, match->len) || !known_names_has(&scan->model->names, text, match->len))
        return 0;
    return add_leak(scan, IDENTIFIER_USER, text, match->len,
                    (uint32_t)known_names_count(&scan->model->names, text, match->len));
}

/* A value of the record; one that holds identifiers has been noted with them. */
static int note_value(struct leak_scan *scan, size_t start, size_t len)
{
    const char *text = scan->text + start;
    if (len == 0)
        return 0;
    if (!scan->is_real && known_count(scan, KIND_NAME, text, len) > 0)
        return note(scan, KIND_NAME, text, len);
    if (known_count(scan, KIND_FORM, text, len) > 0)
        return 0;
    if (!is_telling(text, len) || has_identifier(scan, start, len))
        return 0;
    int code = scan->is_real ? learn_number(scan, text, len) : 0;
    return code == 0 ? note(scan, KIND_VALUE, text, len) : code;
}

/* Header fields, but for those that tell time, level and component. */
static int note_fields(struct leak_scan *scan, const struct lw_record *record)
{
    int code = 0;
    for (size_t f = 0; f < record->n_fields && code == 0; f++) {
        const struct lw_field *field = &record->fields[f];
        const char *text = record->raw.data + field->start;
        size_t name_len = strlen(field->name);
        unsigned rank;
        if (field->start >= record->message_start || field->len == 0 ||
            key_role_of(field->name, name_len, &rank) != KEY_NONE || strcmp(field->name, "date") == 0 ||
            (record->component.len == field->len && memcmp(record->component.data, text, field->len) == 0))
            continue;
        enum identifier kind = identifier_of_named(field->name, name_len, text, field->len);
        if (kind == IDENTIFIER_USER || kind == IDENTIFIER_HOST || kind == IDENTIFIER_TOKEN)
            code = note(scan, (int)kind, text, field->len);
        else if (kind == IDENTIFIER_NONE)
            code = note_value(scan, field->start, field->len);
    }
    return code;
}

static int note_record(struct leak_scan *scan, const struct lw_record *record)
{
    const char *message = record->raw.data + record->message_start;
    struct template_match *match = &scan->match;
    scan->text = record->raw.data;
    scan->n_found = 0;
    int code = identifier_scan(record->raw.data, record->raw.len, note_match, scan);
    if (code == 0)
        code = note_fields(scan, record);
    if (code == 0)
        code = model_match_message(scan->model, message, record->message_len, false, true, match);
    scan->base = record->message_start;
    if (code == 0 && !scan->is_real)
        code = known_names_scan(&scan->model->names, message, record->message_len, note_known, scan);
    /* A value may stand among words as well, where no parameter is. */
    for (size_t t = 0; t < match->tokens.n && code == 0 && scan->is_real; t++)
        if (is_telling(message + match->tokens.items[t].start, match->tokens.items[t].len))
            code = learn_text(scan, KIND_TOKEN, message + match->tokens.items[t].start, match->tokens.items[t].len);
    if (code == 0 && match->id != LW_TEMPLATE_UNKNOWN)
        for (size_t s = 0; s < match->n_spans && code == 0; s++)
            code = note_value(scan, record->message_start + match->spans[s].start, match->spans[s].len);
    return code;
}

static int scan_log(struct leak_scan *scan, const struct lw_log *log, bool is_real, const struct lw_run *run,
                    struct lw_error *err)
{
    uint64_t n = lw_log_count(log);
    struct lw_reader *reader;
    int code = lw_reader_new(log, &reader, err);
    if (code != 0)
        return code;
    scan->is_real = is_real;
    for (uint64_t i = 0; i < n && code == 0; i++) {
        struct lw_record record;
        if (i % CHECK_EVERY == 0) {
            run_progress(run, "scanning for identifiers", i, n);
            code = run_check(run, err);
        }
        if (code == 0)
            code = lw_reader_get(reader, i, &record, err);
        if (code == 0 && (code = note_record(scan, &record)) != 0)
            fail_memory(err, "scanning for identifiers");
    }
    lw_reader_free(reader);
    return code;
}

static bool is_word_byte(char c)
{
    return (value_class[(unsigned char)c] & (BYTE_SPACE | BYTE_MARK | BYTE_COLON)) == 0;
}

/* Digits of the run of letters and digits that has most of them: what differs between names of one form. */
static size_t count_free(const char *text, size_t len)
{
    size_t most = 0, digits = 0;
    for (size_t at = 0; at < len; at++) {
        unsigned short class = value_class[(unsigned char)text[at]];
        digits = (class & BYTE_DIGIT) != 0 ? digits + 1 : (class & BYTE_ALPHA) != 0 ? digits : 0;
        most = digits > most ? digits : most;
    }
    return most;
}

/* The words of the templates, and the names of traces that tell something. */
static int learn_words(struct leak_scan *scan)
{
    const struct templates *templates = &scan->model->templates;
    int code = 0;
    for (size_t t = 0; t < templates->n; t++)
        for (size_t p = 0; p < templates->items[t].n_parts && code == 0; p++) {
            struct lw_bytes text = templates->items[t].parts[p].text;
            for (size_t at = 0; at < text.len && code == 0;) {
                size_t n = 0;
                while (at + n < text.len && is_word_byte(text.data[at + n]))
                    n++;
                if (n > 0)
                    code = learn_text(scan, KIND_WORD, text.data + at, n);
                at += n + 1;
            }
        }
    const struct intern *names = &scan->model->traces.names;
    for (uint32_t i = 0; i < names->count && code == 0; i++) {
        struct lw_bytes name = intern_get(names, i);
        size_t n_free = count_free(name.data, name.len);
        if (n_free > 0 && is_telling(name.data, name.len))
            code = learn_text(scan, n_free >= FREE_DIGITS ? KIND_NAME : KIND_FORM, name.data, name.len);
    }
    return code;
}

/* ---- rows -----------------------------------------------------------------------------------------------------------
 */

static int order_leaks(const void *a, const void *b)
{
    const struct leak *x = a, *y = b;
    if (x->kind != y->kind)
        return x->kind - y->kind;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

static int add_row(const struct leak_scan *scan, const struct leak *leak, struct lw_figures *figures,
                   struct lw_error *err)
{
    struct lw_bytes text = intern_get(&scan->texts, leak->id);
    struct buf part = BUF_INIT;
    buf_printf(&part, "%s ", kind_name(leak->kind));
    for (size_t i = 1; i < text.len && i <= SHOWN_BYTES; i++)
        buf_add_byte(&part, text.data[i] == '\0' ? '?' : text.data[i]);
    if (text.len > SHOWN_BYTES + 1)
        buf_add_text(&part, "...");
    char note_text[80];
    snprintf(note_text, sizeof note_text, "%llu times in the real log", (unsigned long long)leak->real_count);
    int code = buf_status(&part) != 0
                   ? fail_memory(err, "listing leaks")
                   : figures_put(figures, "leaked", part.data, (double)leak->count, leak->real_count, note_text, err);
    buf_release(&part);
    return code;
}

static int add_rows(struct leak_scan *scan, uint64_t n_records, struct lw_figures *figures, struct lw_error *err)
{
    size_t n = scan->texts.count, by_kind[KIND_COUNT] = {0};
    struct buf kinds = BUF_INIT;
    if (n > 0)
        qsort(scan->leaks, n, sizeof *scan->leaks, order_leaks);
    for (size_t i = 0; i < n; i++)
        by_kind[scan->leaks[i].kind]++;
    for (int kind = 1; kind < KIND_COUNT; kind++)
        if (by_kind[kind] > 0)
            buf_printf(&kinds, "%s%zu %s", kinds.len > 0 ? ", " : "", by_kind[kind], kind_name(kind));
    struct lw_figure whole = FIGURE_INIT;
    whole.name = "leaked";
    whole.value = (double)n;
    whole.high = 0;
    whole.verdict = n == 0;
    whole.n = n_records;
    whole.note = buf_status(&kinds) == 0 && kinds.len > 0 ? kinds.data : "";
    int code = figures_add(figures, &whole, err);
    buf_release(&kinds);
    for (size_t i = 0; i < n && i < MAX_ROWS && code == 0; i++)
        code = add_row(scan, &scan->leaks[i], figures, err);
    return code;
}

int leaks_find(const struct model *model, const struct lw_log *real, const struct lw_log *synthetic,
               const struct leak_options *options, const struct lw_run *run, struct lw_figures *figures,
               struct lw_error *err)
{
    struct leak_scan scan = {.options = options, .model = model};
    scan.known = (struct pair_map)PAIR_MAP_INIT;
    scan.texts = (struct intern)INTERN_INIT;
    template_match_init(&scan.match);
    int code = learn_words(&scan) != 0 ? fail_memory(err, "scanning for identifiers") : 0;
    if (code == 0)
        code = scan_log(&scan, real, true, run, err);
    if (scan.n_numbers > 1)
        qsort(scan.numbers, scan.n_numbers, sizeof *scan.numbers, order_double);
    if (code == 0)
        code = scan_log(&scan, synthetic, false, run, err);
    if (code == 0)
        code = add_rows(&scan, lw_log_count(synthetic), figures, err);
    template_match_release(&scan.match);
    pair_map_release(&scan.known);
    free(scan.counts);
    free(scan.numbers);
    intern_release(&scan.texts);
    free(scan.leaks);
    free(scan.found);
    return code;
}
