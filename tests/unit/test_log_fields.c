#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/rng.h"
#include "log/log.h"
#include "measure/log_columns.h"
#include "measure/slot_uses.h"
#include "tests/lib/failalloc.h"
#include "tests/lib/scratch.h"

/* Requests of clients that each come from an address of their own: what varies is how many fail and how much they get.
 */
struct ways {
    const char *name;
    uint64_t seed;
    double failing;
    unsigned bytes;
};
static const struct ways usual = {"usual.log", 1, .1, 1000};

static struct lw_log *write_log(const struct ways *ways)
{
    struct lw_open_options options = LW_OPEN_OPTIONS_INIT;
    struct buf text = BUF_INIT;
    struct lw_log *log;
    struct rng rng;
    rng_init(&rng, ways->seed, 1, 0);
    for (unsigned client = 0; client < 200; client++)
        for (unsigned i = 0; i < 6; i++) {
            time_t second = 1767225600 + (time_t)(client * 60 + i);
            struct tm tm;
            char stamp[40];
            gmtime_r(&second, &tm);
            strftime(stamp, sizeof stamp, "%d/%b/%Y:%H:%M:%S +0000", &tm);
            buf_printf(&text, "10.%u.%u.%u - - [%s] \"GET /list HTTP/1.1\" %d %u \"-\" \"probe/%u\"\n",
                       (unsigned)ways->seed, client / 100, client % 100, stamp,
                       rng_uniform(&rng) < ways->failing ? 500 : 200,
                       ways->bytes + (unsigned)rng_below(&rng, ways->bytes), (unsigned)rng_below(&rng, 3));
        }
    const char *path = scratch_write(ways->name, text.data, text.len);
    assert_int_equal(lw_log_open(&path, 1, &options, NULL, &log, NULL), 0);
    buf_release(&text);
    return log;
}

static struct lw_figures *measure(const struct ways *ways)
{
    struct lw_fidelity_options options = LW_FIDELITY_OPTIONS_INIT;
    struct lw_log *real = write_log(&usual), *synthetic = write_log(ways);
    struct lw_figures *figures;
    struct lw_error err;
    options.trace = "field:client";
    if (lw_fidelity(real, synthetic, &options, NULL, &figures, &err) != 0)
        fail_msg("%s", err.text);
    lw_log_free(real);
    lw_log_free(synthetic);
    return figures;
}

static double part(const struct lw_figures *figures, const char *name, const char *part, int *verdict)
{
    for (size_t i = 0; i < lw_figures_count(figures); i++) {
        struct lw_figure row;
        assert_int_equal(lw_figures_get(figures, i, &row, NULL), 0);
        if (strcmp(row.name, name) == 0 && strcmp(row.part, part) == 0) {
            *verdict = row.verdict;
            return row.value;
        }
    }
    return NAN;
}

static void fields_that_differ_are_found(void **state)
{
    static const struct {
        struct ways ways;
        const char *part;
        bool is_alike;
    } cases[] = {{{"same.log", 2, .1, 1000}, "event.status", true}, {{"same.log", 2, .1, 1000}, "event.size", true},
                 {{"same.log", 2, .1, 1000}, "event.agent", true},  {{"fail.log", 2, .4, 1000}, "event.status", false},
                 {{"fail.log", 2, .4, 1000}, "event.size", true},   {{"fat.log", 2, .1, 1500}, "event.size", false},
                 {{"fat.log", 2, .1, 1500}, "event.status", true}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lw_figures *figures = measure(&cases[i].ways);
        int verdict = -1;
        double value = part(figures, "shapes", cases[i].part, &verdict);
        if (isnan(value) || verdict != cases[i].is_alike)
            fail_msg("%s %s: %g, verdict %d", cases[i].ways.name, cases[i].part, value, verdict);
        assert_false(isnan(part(figures, "pairs", "event.status event.size", &verdict)) &&
                     isnan(part(figures, "pairs", "event.size event.status", &verdict)));
        lw_figures_free(figures);
    }
}

/* The client names the trace and is another in every log, and the time is where in the log a record stands. */
static void names_and_clocks_are_left_out(void **state)
{
    struct lw_figures *figures = measure(&(struct ways){"same.log", 2, .1, 1000});
    int verdict;
    (void)state;
    assert_true(isnan(part(figures, "shapes", "event.client", &verdict)));
    assert_true(isnan(part(figures, "shapes", "event.time", &verdict)));
    lw_figures_free(figures);
}

struct memory {
    struct lw_log *log;
    struct trace_set set;
};

static int find(void *user, struct lw_error *err)
{
    struct memory *memory = user;
    struct log_fields fields = {.n = 0};
    int code = log_fields_find(memory->log, &memory->set, NULL, &fields, err);
    log_fields_release(&fields);
    return code;
}

static void memory_may_run_out(void **state)
{
    struct memory memory = {.log = write_log(&usual)};
    (void)state;
    trace_set_init(&memory.set);
    failalloc_each(find, &memory);
    trace_set_release(&memory.set);
    lw_log_free(memory.log);
}

static void values_are_compared_as_what_they_are(void **state)
{
    (void)state;
    assert_int_equal(slot_use_of(0, 0, 0, false), SLOT_TEXT);
    assert_int_equal(slot_use_of(100, 90, 80, false), SLOT_NUMBER);
    assert_int_equal(slot_use_of(100, 89, 80, false), SLOT_TEXT);
    assert_int_equal(slot_use_of(100, 100, 2, false), SLOT_CATEGORY); /* a flag */
    assert_int_equal(slot_use_of(100, 100, 2, true), SLOT_NUMBER);
    assert_int_equal(slot_use_of(1, 0, 1, false), SLOT_CATEGORY);
    assert_int_equal(slot_use_of(100, 0, 50, false), SLOT_CATEGORY);
    assert_int_equal(slot_use_of(100, 0, 51, false), SLOT_TEXT);
    assert_int_equal(slot_use_of(1000, 0, 201, false), SLOT_TEXT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_compared_as_what_they_are),
        cmocka_unit_test(fields_that_differ_are_found),
        cmocka_unit_test(names_and_clocks_are_left_out),
        cmocka_unit_test(memory_may_run_out),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
