#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/rng.h"
#include "logwright.h"
#include "tests/lib/scratch.h"

/* Sessions of a program: they log in, run statements whose rows grow with the time they take, sometimes time out and
 * try again, and log out. What a test changes of it stands in struct ways. */
struct ways {
    uint64_t seed;
    unsigned sessions;
    bool is_shuffled;    /* steps of a session in any order */
    bool is_independent; /* every event drawn by itself */
    bool is_permuted;    /* rows do not go with the time */
    bool is_copied;      /* every session is the first one */
    bool is_foreign;     /* a message that the real log does not have */
    bool is_mixed_up;    /* statements of one session name another's job */
    bool is_slow;        /* steps take ten times as long */
    bool has_other_failures;
};
enum step { STEP_LOGIN, STEP_RUN, STEP_DONE, STEP_TIMEOUT, STEP_RETRY, STEP_LOGOUT, STEP_COUNT };

struct line {
    int64_t at_ms;
    unsigned number;
    char text[160];
};

static int by_time(const void *left, const void *right)
{
    const struct line *a = left, *b = right;
    if (a->at_ms != b->at_ms)
        return a->at_ms < b->at_ms ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

static size_t draw_steps(struct rng *rng, const struct ways *ways, enum step *out)
{
    size_t n = 0, statements = 1 + rng_below(rng, 3);
    out[n++] = STEP_LOGIN;
    for (size_t i = 0; i < statements; i++) {
        out[n++] = STEP_RUN;
        if (rng_uniform(rng) < .15) {
            out[n++] = STEP_TIMEOUT;
            out[n++] = STEP_RETRY;
        }
        out[n++] = STEP_DONE;
    }
    out[n++] = STEP_LOGOUT;
    for (size_t i = 0; i < n && ways->is_independent; i++)
        out[i] = (enum step)rng_below(rng, STEP_COUNT);
    for (size_t i = n; i > 1 && ways->is_shuffled; i--) {
        size_t j = rng_below(rng, i);
        enum step kept = out[j];
        out[j] = out[i - 1];
        out[i - 1] = kept;
    }
    return n;
}

static void say(struct line *line, struct rng *rng, const struct ways *ways, enum step step, unsigned session,
                unsigned job)
{
    double took = 5 + 95 * rng_uniform(rng), rows = ways->is_permuted ? 5 + 95 * rng_uniform(rng) : took;
    unsigned named = ways->is_mixed_up && step == STEP_DONE ? job + 1 : job;
    const char *name = step == STEP_TIMEOUT ? "net.pool" : "db.session";
    char text[100];
    switch (step) {
    case STEP_LOGIN:
        snprintf(text, sizeof text, "INFO  [%s] login accepted for job %u", name, named);
        break;
    case STEP_RUN:
        snprintf(text, sizeof text, "INFO  [%s] statement started by job %u", name, named);
        break;
    case STEP_DONE:
        snprintf(text, sizeof text, "INFO  [%s] statement of job %u took %.0f ms and gave %.0f rows", name, named, took,
                 rows * 10);
        break;
    case STEP_TIMEOUT:
        snprintf(text, sizeof text,
                 ways->has_other_failures ? "ERROR [%s] disk full while writing page %.0f"
                                          : "ERROR [%s] connection timed out after %.0f ms",
                 name, took);
        break;
    case STEP_RETRY:
        snprintf(text, sizeof text,
                 ways->is_foreign ? "INFO  [%s] quietly giving in" : "WARN  [%s] statement is tried again", name);
        break;
    default:
        snprintf(text, sizeof text, "INFO  [%s] logout", name);
    }
    snprintf(line->text, sizeof line->text, "%s (session s-%06u)", text, session);
}

static struct lw_log *write_log(const char *name, const struct ways *ways)
{
    struct line *lines = calloc((size_t)ways->sessions * 20, sizeof *lines);
    struct lw_open_options options = LW_OPEN_OPTIONS_INIT;
    struct buf text = BUF_INIT;
    struct lw_log *log;
    size_t n = 0;
    assert_non_null(lines);
    for (unsigned s = 0; s < ways->sessions; s++) {
        enum step steps[20];
        struct rng rng, times;
        rng_init(&rng, ways->seed, 1, ways->is_copied ? 0 : s);
        rng_init(&times, ways->seed, 2, s);
        int64_t at = (int64_t)(rng_uniform(&times) * 86400e3);
        unsigned job = 5000 + (unsigned)rng_below(&times, 1000000);
        size_t n_steps = draw_steps(&rng, ways, steps);
        for (size_t i = 0; i < n_steps; i++, n++) {
            say(&lines[n], &rng, ways, steps[i], 100000 + (unsigned)ways->seed * 100000 + s, job);
            lines[n].at_ms = at;
            lines[n].number = (unsigned)n;
            at += (int64_t)((ways->is_slow ? 10000 : 1000) * (.5 + rng_uniform(&rng)));
        }
    }
    qsort(lines, n, sizeof *lines, by_time);
    for (size_t i = 0; i < n; i++) {
        time_t second = 1767225600 + (time_t)(lines[i].at_ms / 1000);
        struct tm tm;
        char stamp[40];
        gmtime_r(&second, &tm);
        strftime(stamp, sizeof stamp, "%Y-%m-%d %H:%M:%S", &tm);
        buf_printf(&text, "%s.%03d %s\n", stamp, (int)(lines[i].at_ms % 1000), lines[i].text);
    }
    free(lines);
    const char *path = scratch_write(name, text.data, text.len);
    assert_int_equal(lw_log_open(&path, 1, &options, NULL, &log, NULL), 0);
    buf_release(&text);
    return log;
}

static const struct ways usual = {.seed = 1, .sessions = 400};

static struct lw_figures *measure(const struct lw_log *real, const struct lw_log *synthetic, unsigned repeats,
                                  const struct lw_run *run)
{
    struct lw_fidelity_options options = LW_FIDELITY_OPTIONS_INIT;
    struct lw_figures *figures;
    struct lw_error err;
    options.trace = "\\(session (s-[0-9]+)\\)";
    options.repeats = repeats;
    if (lw_fidelity(real, synthetic, &options, run, &figures, &err) != 0)
        fail_msg("%s", err.text);
    return figures;
}

/* Intervals hold the figures, are the same for any number of threads, and are there only when they are asked for. */
static void intervals_hold_figures(void **state)
{
    (void)state;
    struct ways other = usual;
    struct lw_fidelity_options options = LW_FIDELITY_OPTIONS_INIT;
    struct lw_figure row, same;
    struct lw_figures *figures[3];
    size_t n = 0;
    other.seed++;
    struct lw_log *real = write_log("real.log", &usual), *synthetic = write_log("synthetic.log", &other);
    struct lw_run run = {.version = LW_OPTIONS_VERSION};
    assert_int_equal(lw_executor_new(3, &run.executor, NULL), 0);
    options.trace = "\\(session (s-[0-9]+)\\)";
    options.repeats = 0;
    for (unsigned i = 0; i < 3; i++) {
        options.resamples = i < 2 ? 8 : 0;
        assert_int_equal(lw_fidelity(real, synthetic, &options, i == 1 ? &run : NULL, &figures[i], NULL), 0);
    }
    for (size_t i = 0; lw_figures_get(figures[0], i, &row, NULL) == 0; i++) {
        assert_int_equal(lw_figures_get(figures[1], i, &same, NULL), 0);
        assert_true(isnan(row.from) == isnan(same.from) && (isnan(row.from) || row.from == same.from));
        if (!isnan(row.from)) {
            assert_true(row.from <= row.value && row.value <= row.to && row.from >= 0 && row.to <= 1);
            n += row.from < row.to;
        }
    }
    assert_true(n > 10);
    for (size_t i = 0; lw_figures_get(figures[2], i, &row, NULL) == 0; i++)
        assert_true(isnan(row.from) && isnan(row.to));
    for (size_t i = 0; i < 3; i++)
        lw_figures_free(figures[i]);
    lw_executor_free(run.executor);
    lw_log_free(real);
    lw_log_free(synthetic);
}

/* The usual log against one that was made in other ways. */
static struct lw_figures *measure_ways(struct ways ways, unsigned repeats)
{
    struct lw_log *real = write_log("real.log", &usual), *synthetic = write_log("synthetic.log", &ways);
    struct lw_figures *figures = measure(real, synthetic, repeats, NULL);
    lw_log_free(real);
    lw_log_free(synthetic);
    return figures;
}

static struct lw_figure find(const struct lw_figures *figures, const char *name, const char *part)
{
    struct lw_figure figure;
    for (size_t i = 0; i < lw_figures_count(figures); i++) {
        assert_int_equal(lw_figures_get(figures, i, &figure, NULL), 0);
        if (strcmp(figure.name, name) == 0 && strcmp(figure.part, part) == 0)
            return figure;
    }
    fail_msg("no figure %s %s", name, part);
    return figure;
}

static void assert_fails(const struct lw_figures *figures, const char *name, const char *part, double at_most)
{
    struct lw_figure figure = find(figures, name, part);
    if (figure.verdict != 0 || !(figure.value <= at_most))
        fail_msg("%s %s is %g, threshold %g", name, part, figure.value, figure.low);
}

static void assert_passes(const struct lw_figures *figures, const char *name)
{
    struct lw_figure figure = find(figures, name, "");
    if (figure.verdict != 1)
        fail_msg("%s is %g, threshold %g", name, figure.value, figure.low);
}

static const char *const wholes[] = {"d_errdist",   "c_temporal",  "shapes",  "pairs",
                                     "cardinality", "intertable",  "quality", "diagnostics",
                                     "detection",   "constraints", "process"};
#define N_WHOLES (sizeof wholes / sizeof *wholes)

static void a_log_is_as_close_to_itself_as_can_be(void **state)
{
    (void)state;
    struct lw_figures *figures = measure_ways(usual, 0);
    for (size_t i = 0; i < lw_figures_count(figures); i++) {
        struct lw_figure figure;
        assert_int_equal(lw_figures_get(figures, i, &figure, NULL), 0);
        assert_true(isnan(figure.low) && figure.verdict == -1);
        if (!isnan(figure.value) && fabs(figure.value - 1) > 1e-9)
            fail_msg("%s %s is %g", figure.name, figure.part, figure.value);
    }
    for (size_t i = 0; i < N_WHOLES; i++)
        if (isnan(lw_figures_value(figures, wholes[i])))
            fail_msg("%s was not measured", wholes[i]);
    lw_figures_free(figures);
}

static void another_log_of_the_same_program_passes(void **state)
{
    (void)state;
    struct ways ways = usual;
    ways.seed = 2;
    struct lw_figures *figures = measure_ways(ways, 5);
    for (size_t i = 0; i < N_WHOLES; i++)
        if (strcmp(wholes[i], "c_temporal") != 0 && strcmp(wholes[i], "diagnostics") != 0)
            assert_passes(figures, wholes[i]);
    lw_figures_free(figures);
}

/* What is wrong with a log shows where it should. */
static void faults_are_found(void **state)
{
    (void)state;
    struct ways shuffled = {.seed = 2, .sessions = 400, .is_shuffled = true};
    struct lw_figures *figures = measure_ways(shuffled, 3);
    assert_fails(figures, "process", "", .8);
    assert_fails(figures, "detection", "", .3);
    assert_passes(figures, "d_errdist");
    lw_figures_free(figures);

    struct ways independent = {.seed = 2, .sessions = 400, .is_independent = true};
    figures = measure_ways(independent, 3);
    assert_fails(figures, "detection", "", .3);
    assert_fails(figures, "constraints", "process", .9);
    lw_figures_free(figures);

    struct ways permuted = {.seed = 2, .sessions = 400, .is_permuted = true};
    figures = measure_ways(permuted, 3);
    assert_fails(figures, "pairs", "", .98);
    assert_passes(figures, "shapes");
    assert_passes(figures, "process");
    lw_figures_free(figures);

    struct ways slow = {.seed = 2, .sessions = 400, .is_slow = true};
    figures = measure_ways(slow, 3);
    assert_fails(figures, "process", "delays", .1);
    assert_fails(figures, "shapes", "trace.duration", .2);
    assert_fails(figures, "constraints", "temporal", .7);
    assert_passes(figures, "detection");
    lw_figures_free(figures);
}

static void faults_of_values_are_found(void **state)
{
    (void)state;
    struct ways copied = {.seed = 2, .sessions = 400, .is_copied = true};
    struct lw_figures *figures = measure_ways(copied, 3);
    assert_fails(figures, "shapes", "", .8);
    assert_fails(figures, "cardinality", "trace event", .8);
    assert_fails(figures, "process", "variants", .6);
    lw_figures_free(figures);

    struct ways foreign = {.seed = 2, .sessions = 400, .is_foreign = true};
    figures = measure_ways(foreign, 3);
    assert_fails(figures, "diagnostics", "references", .999);
    assert_fails(figures, "rules", "structural template", .99);
    lw_figures_free(figures);

    struct ways mixed_up = {.seed = 2, .sessions = 400, .is_mixed_up = true};
    figures = measure_ways(mixed_up, 3);
    assert_fails(figures, "constraints", "key", .9);
    assert_fails(figures, "diagnostics", "references", .9);
    lw_figures_free(figures);

    struct ways failing = {.seed = 2, .sessions = 400, .has_other_failures = true};
    figures = measure_ways(failing, 3);
    assert_fails(figures, "d_errdist", "", .1);
    lw_figures_free(figures);
}

/* Jobs that begin in the second another one ends in, behind or before it in the log. */
static struct lw_log *write_pairs(const char *name, uint64_t seed, bool is_behind)
{
    struct lw_open_options options = LW_OPEN_OPTIONS_INIT;
    struct buf text = BUF_INIT;
    struct lw_log *log;
    struct rng rng;
    unsigned at = 0;
    rng_init(&rng, seed, 3, 0);
    for (unsigned i = 0; i < 200; i++) {
        const char *const kinds[] = {"begins", "ends"};
        at += 3 + (unsigned)rng_below(&rng, 60);
        for (unsigned k = 0; k < 2; k++) {
            bool is_end = (k == 0) == is_behind;
            buf_printf(&text, "2024-03-05 %02u:%02u:%02u INFO  [jobs] %s now (session s-%06u)\n", at / 3600,
                       at / 60 % 60, at % 60, kinds[is_end], is_end ? i : i + 1);
        }
    }
    assert_int_equal(buf_status(&text), 0);
    const char *path = scratch_write(name, text.data, text.len);
    buf_release(&text);
    assert_int_equal(lw_log_open(&path, 1, &options, NULL, &log, NULL), 0);
    return log;
}

/* Which of two comes first is told by the lines where the clock does not. */
static void order_within_a_tick_is_that_of_the_lines(void **state)
{
    (void)state;
    struct lw_log *real = write_pairs("real.log", 1, true), *alike = write_pairs("alike.log", 2, true),
                  *reversed = write_pairs("reversed.log", 2, false);
    struct lw_figures *figures = measure(real, alike, 0, NULL);
    assert_true(lw_figures_value(figures, "c_temporal") > .999);
    lw_figures_free(figures);
    figures = measure(real, reversed, 0, NULL);
    assert_true(lw_figures_value(figures, "c_temporal") < .001);
    lw_figures_free(figures);
    lw_log_free(real);
    lw_log_free(alike);
    lw_log_free(reversed);
}

/* Jobs that name a file each of few, and when they are due; what of it are others in a synthetic log. */
struct naming {
    const char *stem; /* of the files: one of "stem-0" .. "stem-7" */
    const char *mode; /* a word */
    unsigned year;
};

static struct lw_log *write_naming(const char *name, const struct naming *naming)
{
    struct lw_open_options options = LW_OPEN_OPTIONS_INIT;
    struct buf text = BUF_INIT;
    struct lw_log *log;
    for (unsigned i = 0; i < 400; i++) {
        buf_printf(&text, "2024-03-05 %02u:%02u:00 INFO  [jobs] reading /var/spool/%s-%u now (session s-%06u)\n",
                   i / 60, i % 60, naming->stem, i % 8, i);
        buf_printf(&text, "2024-03-05 %02u:%02u:01 INFO  [jobs] due at %u-01-%02u 10:00:00 as %s (session s-%06u)\n",
                   i / 60, i % 60, naming->year, 1 + i % 28, i % 2 == 0 ? naming->mode : "plain", i);
    }
    assert_int_equal(buf_status(&text), 0);
    const char *path = scratch_write(name, text.data, text.len);
    buf_release(&text);
    assert_int_equal(lw_log_open(&path, 1, &options, NULL, &log, NULL), 0);
    return log;
}

/* Identifiers have to be others in a synthetic log; words and times have to be among the real ones. */
static void boundaries_are_those_of_what_may_appear(void **state)
{
    (void)state;
    const struct naming real = {"input", "batch", 2024}, faked = {"pulab", "batch", 2024},
                        strange = {"input", "weird", 2024}, late = {"input", "batch", 2031};
    struct lw_log *log = write_naming("real.log", &real), *other = write_naming("synthetic.log", &faked);
    struct lw_figures *figures = measure(log, other, 0, NULL);
    assert_true(find(figures, "diagnostics", "boundaries").value > 1 - 1e-9);
    lw_figures_free(figures);
    lw_log_free(other);
    other = write_naming("synthetic.log", &strange);
    figures = measure(log, other, 0, NULL);
    assert_true(find(figures, "diagnostics", "boundaries").value < .98);
    lw_figures_free(figures);
    lw_log_free(other);
    other = write_naming("synthetic.log", &late);
    figures = measure(log, other, 0, NULL);
    assert_true(find(figures, "diagnostics", "boundaries").value < .95);
    lw_figures_free(figures);
    lw_log_free(other);
    lw_log_free(log);
}

/* A log of the same program is called as close, whether it is long or short. */
static void figures_do_not_hang_on_size(void **state)
{
    (void)state;
    for (unsigned sessions = 50; sessions <= 800; sessions *= 4) {
        struct ways ways = {.seed = 2, .sessions = sessions};
        struct lw_figures *figures = measure_ways(ways, 0);
        const char *const steady[] = {"d_errdist", "shapes", "cardinality", "quality", "constraints"};
        for (size_t i = 0; i < sizeof steady / sizeof *steady; i++)
            if (!(lw_figures_value(figures, steady[i]) > .98))
                fail_msg("%u sessions: %s is %g", sessions, steady[i], lw_figures_value(figures, steady[i]));
        lw_figures_free(figures);
    }
}

static void threads_change_nothing(void **state)
{
    (void)state;
    struct ways ways = {.seed = 2, .sessions = 200};
    struct lw_log *real = write_log("real.log", &usual), *synthetic = write_log("synthetic.log", &ways);
    struct lw_run run = {.version = LW_OPTIONS_VERSION};
    assert_int_equal(lw_executor_new(3, &run.executor, NULL), 0);
    struct lw_figures *one = measure(real, synthetic, 2, NULL), *three = measure(real, synthetic, 2, &run);
    assert_int_equal(lw_figures_count(one), lw_figures_count(three));
    for (size_t i = 0; i < lw_figures_count(one); i++) {
        struct lw_figure a, b;
        assert_int_equal(lw_figures_get(one, i, &a, NULL), 0);
        assert_int_equal(lw_figures_get(three, i, &b, NULL), 0);
        assert_string_equal(a.part, b.part);
        assert_memory_equal(&a.value, &b.value, sizeof a.value);
        assert_memory_equal(&a.low, &b.low, sizeof a.low);
    }
    lw_figures_free(one);
    lw_figures_free(three);
    lw_executor_free(run.executor);
    lw_log_free(real);
    lw_log_free(synthetic);
}

static void what_cannot_be_measured_says_so(void **state)
{
    (void)state;
    struct lw_fidelity_options options = LW_FIDELITY_OPTIONS_INIT;
    struct lw_open_options opening = LW_OPEN_OPTIONS_INIT;
    struct lw_log *real = write_log("real.log", &usual), *empty;
    struct lw_figures *figures = NULL;
    struct lw_error err;
    const char *path = scratch_write("empty.log", "", 0);
    assert_int_equal(lw_log_open(&path, 1, &opening, NULL, &empty, NULL), 0);
    assert_int_equal(lw_fidelity(real, empty, &options, NULL, &figures, &err), LW_ERR_INPUT);
    assert_int_equal(lw_fidelity(empty, real, &options, NULL, &figures, &err), LW_ERR_INPUT);
    options.labels = "no-such-field";
    assert_true(lw_fidelity(real, real, &options, NULL, &figures, &err) < 0);
    assert_null(figures);
    lw_log_free(real);
    lw_log_free(empty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_log_is_as_close_to_itself_as_can_be),
        cmocka_unit_test(another_log_of_the_same_program_passes),
        cmocka_unit_test(faults_are_found),
        cmocka_unit_test(faults_of_values_are_found),
        cmocka_unit_test(order_within_a_tick_is_that_of_the_lines),
        cmocka_unit_test(boundaries_are_those_of_what_may_appear),
        cmocka_unit_test(figures_do_not_hang_on_size),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(intervals_hold_figures),
        cmocka_unit_test(what_cannot_be_measured_says_so),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("fidelity", tests, scratch_set_up, scratch_tear_down);
}
