/* Headers built at random out of parts: whatever their order and marks, what is in them is found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "input/source.h"
#include "log/format_infer.h"
#include "tests/lib/scratch.h"

#define LINES 200

static const char *const levels[] = {"INFO", "WARN", "ERROR", "DEBUG"};
static const char *const names[] = {"net.http", "db.pool", "auth.token", "cache.lru", "jobs.mail"};
static const char *const words[] = {"opened", "closed", "the", "file", "after", "retry", "of", "request", "no", "such"};

enum part { PART_TIME, PART_LEVEL, PART_NAME, PART_PID, PARTS };

struct header {
    enum part order[PARTS];
    size_t n;
    unsigned clock, wraps[PARTS], parting;
};

static void draw_header(struct rng *rng, struct header *out)
{
    *out = (struct header){.n = PARTS, .clock = (unsigned)rng_below(rng, 5), .parting = (unsigned)rng_below(rng, 4)};
    for (size_t i = 0; i < PARTS; i++) {
        out->order[i] = (enum part)i;
        out->wraps[i] = (unsigned)rng_below(rng, 4);
    }
    for (size_t i = PARTS; i-- > 1;) {
        size_t k = (size_t)rng_below(rng, i + 1);
        enum part kept = out->order[i];
        out->order[i] = out->order[k];
        out->order[k] = kept;
    }
}

static void add_time(struct buf *out, unsigned clock, int n)
{
    int h = n / 3600, m = n / 60 % 60, s = n % 60;
    if (clock == 0)
        buf_printf(out, "2026-11-23 %02d:%02d:%02d", h, m, s);
    else if (clock == 1)
        buf_printf(out, "2026-11-23T%02d:%02d:%02d.%03dZ", h, m, s, n * 7 % 1000);
    else if (clock == 2)
        buf_printf(out, "23/Nov/2026:%02d:%02d:%02d +0000", h, m, s);
    else if (clock == 3)
        buf_printf(out, "Nov 23 %02d:%02d:%02d", h, m, s);
    else
        buf_printf(out, "2026/11/23 %02d:%02d:%02d,%03d", h, m, s, n * 7 % 1000);
}

static void add_part(struct buf *out, struct rng *rng, const struct header *header, enum part part, int n,
                     const char **level, const char **name, unsigned *pid)
{
    static const char opening[] = "[(<", closing[] = "])>";
    unsigned wrap = header->wraps[part];
    if (wrap < 3)
        buf_add_byte(out, opening[wrap]);
    *pid = part == PART_PID ? (unsigned)rng_below(rng, 30000) + 1 : *pid;
    if (part == PART_TIME)
        add_time(out, header->clock, n);
    else if (part == PART_LEVEL)
        buf_add_text(out, *level = levels[rng_below(rng, 4)]);
    else if (part == PART_NAME)
        buf_add_text(out, *name = names[rng_below(rng, 5)]);
    else
        buf_printf(out, "%u", *pid);
    if (wrap < 3)
        buf_add_byte(out, closing[wrap]);
}

struct truth {
    const char *level, *name;
    unsigned pid;
    size_t message;
};

static void add_line(struct buf *out, struct rng *rng, const struct header *header, int n, struct truth *truth)
{
    static const char *const partings[] = {" ", " | ", "|", " - "};
    size_t start = out->len;
    for (size_t i = 0; i < header->n; i++) {
        add_part(out, rng, header, header->order[i], n, &truth->level, &truth->name, &truth->pid);
        buf_add_text(out, i + 1 == header->n ? (header->parting == 2 ? "| " : " - ") : partings[header->parting]);
    }
    truth->message = out->len - start;
    for (uint64_t i = rng_below(rng, 6) + 2; i > 0; i--)
        buf_printf(out, "%s%c", words[rng_below(rng, 10)], i > 1 ? ' ' : '\n');
}

static const struct lw_field *field(const struct format_cut *cut, const char *name)
{
    for (size_t i = 0; i < cut->n_fields; i++)
        if (strcmp(cut->fields[i].name, name) == 0)
            return &cut->fields[i];
    return NULL;
}

static int infer(const char *text, size_t len, struct form **form)
{
    struct spool spool = SPOOL_INIT;
    struct source source;
    struct samples *samples;
    assert_int_equal(source_open(scratch_write("lines", text, len), true, &spool, NULL, &source, NULL), 0);
    assert_int_equal(samples_take(&source, &samples, NULL), 0);
    int code = format_infer(samples, form, NULL);
    samples_free(samples);
    source_release(&source);
    return code;
}

static size_t count_found(const char *text, const struct truth *truth, const struct form *form)
{
    struct format_scratch scratch;
    size_t found = 0;
    assert_int_equal(format_scratch_init(&scratch, NULL), 0);
    scratch.wants_names = true;
    for (int i = 0; i < LINES; i++) {
        const char *end = strchr(text, '\n');
        struct format_cut cut;
        if (form_cut(form, text, (size_t)(end - text), true, NULL, &scratch, &cut) == 1 && cut.has_time &&
            cut.level == form_level_of(form, truth[i].level, strlen(truth[i].level)) &&
            cut.component.len == strlen(truth[i].name) &&
            memcmp(text + cut.component.start, truth[i].name, cut.component.len) == 0 &&
            cut.message.start == truth[i].message) {
            const struct lw_field *pid = field(&cut, "pid");
            char digits[20];
            int n = snprintf(digits, sizeof digits, "%u", truth[i].pid);
            found += pid != NULL && pid->len == (size_t)n && memcmp(text + pid->start, digits, pid->len) == 0;
        }
        text = end + 1;
    }
    format_scratch_release(&scratch);
    return found;
}

static void what_headers_hold_is_found(void **state)
{
    (void)state;
    struct rng rng;
    rng_init(&rng, 11, 0x68656164, 0);
    size_t whole = 0;
    enum { ROUNDS = 120 };
    for (int round = 0; round < ROUNDS; round++) {
        struct header header;
        struct truth truth[LINES] = {{0}};
        struct buf text = BUF_INIT;
        struct form *form;
        draw_header(&rng, &header);
        for (int i = 0; i < LINES; i++)
            add_line(&text, &rng, &header, i * 13, &truth[i]);
        assert_int_equal(infer(text.data, text.len, &form), 0);
        size_t found = form != NULL ? count_found(text.data, truth, form) : 0;
        whole += found >= LINES * 95 / 100;
        if (found < LINES * 95 / 100)
            print_message("# %zu of %d lines: %s\n# %.*s\n", found, LINES, form != NULL ? form->format.pattern : "-",
                          (int)strcspn(text.data, "\n"), text.data);
        form_free(form);
        buf_release(&text);
    }
    print_message("# headers found whole: %zu of %d\n", whole, ROUNDS);
    assert_true(whole >= ROUNDS * 95 / 100);
}

/* Words alone make no header. */
static void free_text_has_none(void **state)
{
    (void)state;
    struct rng rng;
    rng_init(&rng, 12, 0x74657874, 0);
    for (int round = 0; round < 50; round++) {
        struct buf text = BUF_INIT;
        struct form *form;
        for (int i = 0; i < LINES; i++)
            for (uint64_t n = rng_below(&rng, 9) + 1; n > 0; n--)
                buf_printf(&text, "%s%c", words[rng_below(&rng, 10)], n > 1 ? ' ' : '\n');
        assert_int_equal(infer(text.data, text.len, &form), 0);
        assert_null(form);
        buf_release(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_headers_hold_is_found),
        cmocka_unit_test(free_text_has_none),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
