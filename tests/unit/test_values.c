/* What a log that was generated carries: it is lawful by the log it was learned from, and its columns are like those,
 * whatever of their values had to be faked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "logwright.h"
#include "tests/lib/small_log.h"

struct made { /* a log and what was generated from it */
    struct lw_log *real, *synthetic;
    struct lw_workspace *workspace;
};

static struct lw_log *open_log(const char *path)
{
    struct lw_log *log;
    struct lw_error err;
    if (lw_log_open(&path, 1, NULL, NULL, &log, &err) != 0)
        fail_msg("%s", err.text);
    return log;
}

/* As many traces as were learned. rule: of traces, or NULL. */
static void made_init(struct made *made, const char *path, const char *rule)
{
    struct lw_learn_options options = LW_LEARN_OPTIONS_INIT;
    struct lw_constraints *constraints;
    struct lw_synthetic *synthetic;
    struct lw_summary summary;
    struct lw_error err;
    char json[80];
    made->real = open_log(path);
    options.trace = rule;
    if (lw_workspace_learn(made->real, &options, NULL, &made->workspace, &err) != 0)
        fail_msg("%s", err.text);
    lw_workspace_summary(made->workspace, &summary);
    snprintf(json, sizeof json, "{\"traces\": %llu, \"seed\": 5}", (unsigned long long)summary.traces);
    if (lw_constraints_read(scratch_write("c.json", json, strlen(json)), &constraints, &err) != 0 ||
        lw_generate(made->workspace, constraints, "machine", NULL, &synthetic, &err) != 0 ||
        lw_synthetic_log(synthetic, NULL, &made->synthetic, &err) != 0)
        fail_msg("%s", err.text);
    lw_synthetic_free(synthetic);
    lw_constraints_free(constraints);
}

static void made_release(struct made *made)
{
    lw_log_free(made->real);
    lw_log_free(made->synthetic);
    lw_workspace_free(made->workspace);
}

/* most: violations that there may be. */
static void assert_lawful(const struct made *made, const char *name, size_t most)
{
    struct lw_validation *validation;
    struct lw_violation violation;
    struct lw_error err;
    if (lw_validate(made->workspace, made->synthetic, NULL, NULL, NULL, NULL, &validation, &err) != 0)
        fail_msg("%s: %s", name, err.text);
    if (lw_validation_count(validation) > most && lw_validation_get(validation, 0, &violation, NULL) == 0)
        fail_msg("%s: %zu violations, the first: %s %s: %s", name, lw_validation_count(validation), violation.group,
                 violation.rule, violation.what);
    lw_validation_free(validation);
}

/* ---- a log that has what is hard ------------------------------------------------------------------------------- */

/* Jobs of users. What tool a user has, and at which site, is always the same; one user is refused, by name; some
 * places are hosts, some are words; a day and the hours of a plan come again and again. */
static void write_jobs(struct buf *out, unsigned n)
{
    static const char *const users[] = {"ada", "bob", "cyd", "dan"}, *const tools[] = {"psql", "pgbench"},
                             *const sites[] = {"north", "south"},
                             *const places[] = {"disk", "node7.shop.example.com", "tape", "node9.shop.example.com"},
                             *const plans[] = {"2026-01-04 06:30:00", "2026-01-05 18:45:10"};
    struct rng rng;
    int64_t at = 1767225600;
    rng_init(&rng, 3, 1, 0);
    for (unsigned i = 0; i < n; i++) {
        unsigned user = (unsigned)rng_below(&rng, 4), place = (unsigned)rng_below(&rng, 4);
        const char *messages[] = {"taken from user=%s tool=%s site=%s", "planned for %s", "sent to %s",
                                  "done in %u ms for user=%s site=%s"};
        char text[120];
        for (unsigned step = 0; step < 4; step++) {
            time_t clock = (time_t)(at += 1 + (int64_t)rng_below(&rng, 3));
            struct tm tm;
            char stamp[32];
            gmtime_r(&clock, &tm);
            strftime(stamp, sizeof stamp, "%Y-%m-%d %H:%M:%S", &tm);
            if (step == 0 && i % 37 == 5)
                snprintf(text, sizeof text, "refused: role \"mallory77\" does not exist");
            else if (step == 0)
                snprintf(text, sizeof text, messages[0], users[user], tools[user / 2], sites[user % 2]);
            else if (step == 3)
                snprintf(text, sizeof text, messages[3], 100 + rng_u32(&rng) % 900, users[user], sites[user % 2]);
            else
                snprintf(text, sizeof text, messages[step], step == 1 ? plans[rng_below(&rng, 2)] : places[place]);
            buf_printf(out, "%s.%03u INFO [jobs] job j-%05u %s\n", stamp, rng_u32(&rng) % 1000, 10000 + i, text);
        }
    }
}

static double figure(const struct lw_figures *figures, const char *name, const char *part)
{
    struct lw_figure row;
    for (size_t i = 0; lw_figures_get(figures, i, &row, NULL) == 0; i++)
        if (strcmp(row.name, name) == 0 && strcmp(row.part, part) == 0)
            return row.value;
    fail_msg("no figure %s %s", name, part);
    return 0;
}

static void what_is_faked_counts_for_nothing(void **state)
{
    struct buf text = BUF_INIT;
    struct made made;
    struct lw_fidelity_options options = LW_FIDELITY_OPTIONS_INIT;
    struct lw_figures *figures;
    struct lw_figure row;
    struct lw_error err;
    (void)state;
    write_jobs(&text, 800);
    assert_int_equal(buf_status(&text), 0);
    made_init(&made, scratch_write("jobs.log", text.data, text.len), "job (j-[0-9]+)");
    assert_lawful(&made, "jobs", 0);
    options.trace = "job (j-[0-9]+)";
    options.repeats = 0;
    if (lw_fidelity(made.real, made.synthetic, &options, NULL, &figures, &err) != 0)
        fail_msg("%s", err.text);
    size_t n_parameters = 0;
    for (size_t i = 0; lw_figures_get(figures, i, &row, NULL) == 0; i++)
        if (strcmp(row.name, "shapes") == 0 && row.part[0] == 'E') {
            n_parameters++;
            if (!(row.value > .9))
                fail_msg("%s is %g", row.part, row.value);
        }
    assert_true(n_parameters >= 4); /* user, tool, plan, place */
    assert_true(figure(figures, "rules", "structural template") > .9999);
    lw_figures_free(figures);
    made_release(&made);
    buf_release(&text);
}

/* ---- real logs ------------------------------------------------------------------------------------------------- */

static void check(const char *path, size_t most)
{
    struct made made;
    if (access(path, R_OK) != 0) {
        print_message("# skipped: no %s\n", path);
        return;
    }
    made_init(&made, path, NULL);
    assert_lawful(&made, path, most);
    made_release(&made);
}

static void samples(void **state)
{
    char path[600];
    const char *name = *state;
    snprintf(path, sizeof path, "%s/samples/%s", getenv("top_srcdir"), name);
    /* Messages that only differ in an account's name were seen too seldom there to be one template. */
    check(path, strcmp(name, "pg-incident.log.gz") == 0 ? 4 : 0);
}

/* Logs of the systems of loghub's 2k collection. */
static void public_logs(void **state)
{
    char path[600];
    const char *folder = getenv("LOGWRIGHT_DATA"), *name = *state;
    snprintf(path, sizeof path, "%s/loghub2k/%s/%s_2k.log", folder != NULL ? folder : "LOGWRIGHT_DATA", name, name);
    check(path, 0);
}

#define OF(test, name)                                                                                                 \
    {                                                                                                                  \
#test " " name, test, NULL, NULL, (void *)(uintptr_t)name                                                      \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_faked_counts_for_nothing),
        OF(samples, "pg-incident.log.gz"),
        OF(samples, "web-small.log"),
        OF(public_logs, "Android"),
        OF(public_logs, "Apache"),
        OF(public_logs, "BGL"),
        OF(public_logs, "HDFS"),
        OF(public_logs, "Linux"),
        OF(public_logs, "OpenStack"),
        OF(public_logs, "Proxifier"),
        OF(public_logs, "Zookeeper"),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
