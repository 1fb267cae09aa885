/*
 * A field is "NAME=value\n", or "NAME\n", the length of the value as 64 bits in little endian, the value and "\n"; an
 * empty line ends an entry. An entry is held until it ends, since a field may come again in it. Its bytes are kept as
 * they came, so that they can be passed on when the data turns out not to be of the format.
 */
#include "input/journal_export.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/alloc.h"
#include "base/fail.h"

#define MAX_NAME   64          /* bytes, as the journal allows */
#define MAX_FIELDS 1024        /* of an entry, as the journal allows */
#define MAX_ENTRY  (64u << 20) /* bytes */
#define LEN_BYTES  8

enum state { IN_NAME, IN_TEXT, IN_LEN, IN_VALUE, AFTER_VALUE, IN_OTHER };

struct field {
    size_t name, name_len, value, value_len; /* in raw */
};

struct journal {
    enum state state;
    struct buf raw;  /* the entry so far */
    uint64_t missed; /* bytes of a length or value still to come */
    struct field fields[MAX_FIELDS];
    size_t n_fields;
    struct field field; /* being read */
    const char *problem;
};

bool journal_is_export(const unsigned char *data, size_t len, bool *is_open)
{
    static const char *const starts[] = {"__CURSOR=", "__REALTIME_TIMESTAMP="};
    *is_open = false;
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        size_t n = strlen(starts[i]);
        if (memcmp(data, starts[i], len < n ? len : n) != 0)
            continue;
        if (len >= n)
            return true;
        *is_open = true;
    }
    return false;
}

int journal_new(struct journal **out, struct lw_error *err)
{
    struct journal *journal = alloc_zeroed(1, sizeof *journal);
    if (journal == NULL)
        return fail_memory(err, "reading a journal export");
    journal->raw = (struct buf)BUF_INIT;
    *out = journal;
    return 0;
}

void journal_free(struct journal *journal)
{
    if (journal != NULL)
        buf_release(&journal->raw);
    free(journal);
}

/* ---- an entry as JSON ------------------------------------------------------------------------------------------ */

/* As journalctl has it: valid UTF-8 without control characters but tab and line feed. */
static bool is_printable(const char *data, size_t len)
{
    for (size_t at = 0; at < len;) {
        unsigned char byte = (unsigned char)data[at];
        utf8proc_int32_t rune = byte;
        utf8proc_ssize_t n = 1;
        if (byte >= 0x80)
            n = utf8proc_iterate((const utf8proc_uint8_t *)data + at, (utf8proc_ssize_t)(len - at), &rune);
        if (n < 1 || (rune < ' ' && rune != '\t' && rune != '\n') || (rune >= 0x7f && rune <= 0x9f))
            return false;
        at += (size_t)n;
    }
    return true;
}

static void add_value(const struct journal *journal, const struct field *field, struct buf *out)
{
    const char *value = journal->raw.data + field->value;
    if (is_printable(value, field->value_len)) {
        buf_add_json(out, value, field->value_len);
        return;
    }
    buf_add_byte(out, '[');
    for (size_t i = 0; i < field->value_len; i++)
        buf_printf(out, i > 0 ? ",%u" : "%u", (unsigned char)value[i]);
    buf_add_byte(out, ']');
}

static bool is_same_name(const struct journal *journal, const struct field *a, const struct field *b)
{
    return a->name_len == b->name_len &&
           memcmp(journal->raw.data + a->name, journal->raw.data + b->name, a->name_len) == 0;
}

/* The next field of the same name, from number `from` on; n_fields if there is none. */
static size_t find_next(const struct journal *journal, const struct field *field, size_t from)
{
    while (from < journal->n_fields && !is_same_name(journal, field, &journal->fields[from]))
        from++;
    return from;
}

static void add_entry(const struct journal *journal, struct buf *out)
{
    const char *mark = "{";
    for (size_t i = 0; i < journal->n_fields; i++) {
        const struct field *field = &journal->fields[i];
        if (find_next(journal, field, 0) < i)
            continue;
        buf_add_text(out, mark);
        mark = ",";
        buf_add_json(out, journal->raw.data + field->name, field->name_len);
        buf_add_byte(out, ':');
        size_t next = find_next(journal, field, i + 1);
        if (next < journal->n_fields)
            buf_add_byte(out, '[');
        add_value(journal, field, out);
        if (next == journal->n_fields)
            continue;
        for (; next < journal->n_fields; next = find_next(journal, field, next + 1)) {
            buf_add_byte(out, ',');
            add_value(journal, &journal->fields[next], out);
        }
        buf_add_byte(out, ']');
    }
    if (journal->n_fields > 0)
        buf_add_text(out, "}\n");
}

/* ---- reading it ------------------------------------------------------------------------------------------------ */

static void end_entry(struct journal *journal, struct buf *out)
{
    add_entry(journal, out);
    buf_clear(&journal->raw);
    journal->n_fields = 0;
    journal->field = (struct field){0, 0, 0, 0};
}

/* Ends the entry before the field that is being read; that field's bytes, and all that follows, go on as they are. */
static void give_up(struct journal *journal, struct buf *out)
{
    size_t start = journal->state == AFTER_VALUE ? journal->raw.len : journal->field.name;
    add_entry(journal, out);
    buf_add(out, journal->raw.data + start, journal->raw.len - start);
    buf_clear(&journal->raw);
    journal->n_fields = 0;
    journal->state = IN_OTHER;
    journal->problem = "journal export is damaged; what follows the damage is shown as it is";
}

static void end_field(struct journal *journal, size_t value_len)
{
    journal->field.value_len = value_len;
    journal->fields[journal->n_fields++] = journal->field;
}

static void begin_field(struct journal *journal)
{
    journal->state = IN_NAME;
    journal->field = (struct field){journal->raw.len, 0, 0, 0};
}

static bool is_name_byte(unsigned char byte)
{
    return (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || byte == '_';
}

/* A byte where a name stands; it is in raw already. */
static void add_name_byte(struct journal *journal, unsigned char byte, struct buf *out)
{
    size_t len = journal->raw.len - 1 - journal->field.name;
    if (byte == '\n' && len == 0) {
        journal->raw.len--;
        end_entry(journal, out);
    } else if (len > 0 && (byte == '=' || byte == '\n')) {
        journal->field.name_len = len;
        journal->field.value = journal->raw.len + (byte == '\n' ? LEN_BYTES : 0);
        journal->state = byte == '\n' ? IN_LEN : IN_TEXT;
        journal->missed = LEN_BYTES;
    } else if (!is_name_byte(byte) || len >= MAX_NAME || journal->n_fields == MAX_FIELDS) {
        give_up(journal, out);
    }
}

static void end_len(struct journal *journal, struct buf *out)
{
    uint64_t len = 0;
    for (size_t i = LEN_BYTES; i > 0; i--)
        len = len << 8 | (unsigned char)journal->raw.data[journal->field.value - LEN_BYTES + i - 1];
    journal->missed = len;
    if (len > MAX_ENTRY)
        give_up(journal, out);
    else
        journal->state = len > 0 ? IN_VALUE : AFTER_VALUE;
    if (len == 0)
        end_field(journal, 0);
}

/* Takes one byte or a run of them from (data, len); returns how many. */
static size_t take(struct journal *journal, const unsigned char *data, size_t len, struct buf *out)
{
    const unsigned char *feed;
    size_t n = 1;
    switch (journal->state) {
    case IN_NAME:
        buf_add_byte(&journal->raw, (char)*data);
        if (buf_status(&journal->raw) == 0)
            add_name_byte(journal, *data, out);
        return 1;
    case IN_TEXT:
        feed = memchr(data, '\n', len);
        n = feed != NULL ? (size_t)(feed - data) + 1 : len;
        buf_add(&journal->raw, data, n);
        if (feed != NULL && buf_status(&journal->raw) == 0) {
            end_field(journal, journal->raw.len - 1 - journal->field.value);
            begin_field(journal);
        }
        return n;
    case IN_LEN:
    case IN_VALUE:
        n = journal->missed < len ? (size_t)journal->missed : len;
        buf_add(&journal->raw, data, n);
        journal->missed -= n;
        if (journal->missed > 0 || buf_status(&journal->raw) != 0)
            return n;
        if (journal->state == IN_LEN) {
            end_len(journal, out);
        } else {
            end_field(journal, journal->raw.len - journal->field.value);
            journal->state = AFTER_VALUE;
        }
        return n;
    case AFTER_VALUE:
        if (*data != '\n') {
            give_up(journal, out);
            return 0;
        }
        buf_add_byte(&journal->raw, '\n');
        begin_field(journal);
        return 1;
    case IN_OTHER:
        break;
    }
    buf_add(out, data, len);
    return len;
}

int journal_add(struct journal *journal, const unsigned char *data, size_t len, struct buf *out, struct lw_error *err)
{
    while (len > 0) {
        size_t n = take(journal, data, len, out);
        data += n;
        len -= n;
        if (journal->state != IN_OTHER && journal->raw.len > MAX_ENTRY)
            give_up(journal, out);
        if (buf_status(&journal->raw) != 0 || buf_status(out) != 0)
            return fail_memory(err, "reading a journal export");
    }
    return 0;
}

int journal_end(struct journal *journal, struct buf *out, const char **problem, struct lw_error *err)
{
    if (journal->state == AFTER_VALUE || (journal->state == IN_NAME && journal->raw.len == journal->field.name)) {
        end_entry(journal, out);
    } else if (journal->state != IN_OTHER) {
        give_up(journal, out);
        journal->problem = "journal export ends early";
    }
    *problem = journal->problem;
    return buf_status(out) != 0 ? fail_memory(err, "reading a journal export") : 0;
}
