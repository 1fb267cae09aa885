#include "ui/app/app.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "ui/panes/generate.h"

static struct app app;

static int set_up(void **state)
{
    static const struct app_options options = {.seed = 1};

    (void)state;
    if (app_init(&app, &options, NULL) != 0)
        return -1;
    bench_build_knobs(&app);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    app_free(&app);
    return 0;
}

/* Every row is one constraint, once, in a group there is. */
static void assert_sane(void)
{
    for (size_t i = 0; i < app.bench.n_knobs; i++) {
        assert_ptr_equal(bench_knob_at(&app.bench, app.bench.knobs[i].path), &app.bench.knobs[i]);
        assert_non_null(bench_group_title(app.bench.knobs[i].group));
    }
}

static const struct knob *knob_of(const char *path)
{
    const struct knob *knob = bench_knob_at(&app.bench, path);

    assert_sane();
    if (!knob)
        fail_msg("%s has no row", path);
    return knob;
}

/* No number of the engine is missing, but for how anomalies go that there are none of. */
static void all_numbers_have_a_row(void **state)
{
    const struct lw_knob *row;

    (void)state;
    for (size_t i = 0; (row = lw_knob_get(i)) != NULL; i++)
        if (strncmp(row->path, "anomalies.", 10) != 0 || !strchr(row->path + 10, '.'))
            assert_false(knob_of(row->path)->is_set);
    assert_null(bench_knob_at(&app.bench, "anomalies.delay.severity"));
    assert_int_equal(bench_set(&app, "anomalies.delay", 0.1), 0);
    assert_false(knob_of("anomalies.delay.severity")->is_set);
}

static void what_is_typed_is_set(void **state)
{
    (void)state;
    assert_int_equal(bench_write_value(&app, "levels.error", "0.1..0.3"), 0);
    assert_true(knob_of("levels.error")->low == 0.1 && knob_of("levels.error")->high == 0.3);
    assert_string_equal(knob_of("levels.error")->value, "0.1..0.3");
    assert_int_equal(bench_write_value(&app, "levels.error", "1..5"), LW_ERR_INPUT);
    assert_int_equal(bench_write_value(&app, "levels.error", "0.2"), 0);
    assert_string_equal(knob_of("levels.error")->value, "0.2");
    assert_int_equal(bench_write_value(&app, "levels.error", "-"), 0);
    assert_null(bench_knob_at(&app.bench, "levels.error"));
    assert_int_equal(bench_write_value(&app, "output.as", "jsonl"), 0);
    assert_string_equal(knob_of("output.as")->value, "jsonl");
}

static void rules_are_read_as_they_are_shown(void **state)
{
    static const char *const rules[] = {"if E1 then E2 within 0.5..30 s probability 0.8",
                                        "if error then service:db within 1..5 s probability 0.25 anywhere"};
    char shown[300];

    (void)state;
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(generate_take_line(&app, rules[i]), 0);
    for (size_t i = 0; i < 2; i++) {
        snprintf(shown, sizeof shown, "rules.%zu", i);
        const struct knob *knob = knob_of(shown);

        snprintf(shown, sizeof shown, "%s %s", knob->name, knob->value);
        assert_string_equal(shown, rules[i]);
    }
    assert_int_equal(generate_take_line(&app, "api calls db probability 0.3"), 0);
    snprintf(shown, sizeof shown, "%s %s", knob_of("calls.0")->name, knob_of("calls.0")->value);
    assert_string_equal(shown, "api calls db probability 0.3");
    assert_int_not_equal(generate_take_line(&app, "if E1 then E2"), 0);
    assert_int_not_equal(generate_take_line(&app, "if E1 then E2 within 5 s"), 0);
    assert_int_equal(bench_put(&app, "rules.0", NULL), 0);
    assert_string_equal(knob_of("rules.0")->name, "if error then service:db");
}

/* Whatever was changed, undoing it all leads to the beginning and doing it all again to the end. */
static void changes_can_be_undone_and_done_again(void **state)
{
    static const char *const lines[] = {"seed 7",
                                        "levels.warn 0.1..0.2",
                                        "anomalies.missing 0.5",
                                        "if E1 then E2 within 0..1 s probability 1",
                                        "levels.warn -",
                                        "seed 8"};
    const size_t n = sizeof lines / sizeof *lines;

    (void)state;
    for (size_t i = 0; i < n; i++)
        assert_int_equal(generate_take_line(&app, lines[i]), 0);
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < n; i++)
            bench_undo(&app);
        for (size_t i = 0; i < app.bench.n_knobs; i++)
            assert_false(app.bench.knobs[i].is_set);
        bench_undo(&app);
        assert_true(bench_value(&app.bench, "seed") == 1);
        for (size_t i = 0; i < n; i++)
            bench_redo(&app);
        bench_redo(&app);
        assert_true(bench_value(&app.bench, "seed") == 8);
        assert_true(knob_of("anomalies.missing")->high == 0.5);
        knob_of("rules.0");
        assert_null(bench_knob_at(&app.bench, "levels.warn"));
    }
    /* a change ends what could be done again */
    bench_undo(&app);
    assert_int_equal(generate_take_line(&app, "traces 5"), 0);
    bench_redo(&app);
    assert_true(bench_value(&app.bench, "seed") == 7);
    for (int i = 0; i < 3 * BENCH_UNDO; i++)
        assert_int_equal(bench_set(&app, "seed", i + 10), 0);
    for (int i = 0; i < 3 * BENCH_UNDO; i++)
        bench_undo(&app);
    assert_true(bench_value(&app.bench, "seed") == 3 * BENCH_UNDO - 1 + 10 - BENCH_UNDO);
}

static void a_refused_change_is_no_step(void **state)
{
    (void)state;
    assert_int_equal(generate_take_line(&app, "seed 7"), 0);
    assert_int_not_equal(generate_take_line(&app, "seed x"), 0);
    assert_int_not_equal(generate_take_line(&app, "levels.error 7"), 0);
    assert_int_not_equal(generate_take_line(&app, "no.such.thing 7"), 0);
    assert_true(app.message[0] != '\0');
    bench_undo(&app);
    assert_true(bench_value(&app.bench, "seed") == 1);
}

/* What stands elsewhere than in the baseline, or without one than at first, is marked, and goes back to it. */
static void knobs_go_back_to_the_baseline(void **state)
{
    static const char *const first[] = {"seed 7", "levels.warn 0.1..0.2",
                                        "if E1 then E2 within 0..1 s probability 0.5"};
    static const char *const later[] = {"seed 9", "levels.warn 0.3", "traces 12", "start 2026-01-01T00:00:00Z",
                                        "recovery.after error"};
    static const char *const moved[] = {"seed",           "levels.warn", "traces", "start",
                                        "recovery.after", "rules.0",     "method"};
    const size_t n_moved = sizeof moved / sizeof *moved;
    const char *was;

    (void)state;
    for (size_t i = 0; i < sizeof first / sizeof *first; i++)
        assert_int_equal(generate_take_line(&app, first[i]), 0);
    assert_true(bench_is_moved(&app.bench, knob_of("seed"), &was));
    assert_string_equal(was, "");
    bench_pin(&app);
    for (size_t i = 0; i < app.bench.n_knobs; i++)
        assert_false(bench_is_moved(&app.bench, &app.bench.knobs[i], &was));
    for (int is_all = 0; is_all < 2; is_all++) {
        for (size_t i = 0; i < sizeof later / sizeof *later; i++)
            assert_int_equal(generate_take_line(&app, later[i]), 0);
        assert_true(generate_take_rule(&app, "rules.0", "if E3 then E2 within 0..1 s probability 0.5"));
        bench_turn(&app, knob_of("method"), 1);
        for (size_t i = 0; i < n_moved; i++)
            assert_true(bench_is_moved(&app.bench, knob_of(moved[i]), &was));
        bench_is_moved(&app.bench, knob_of("levels.warn"), &was);
        assert_string_equal(was, "0.1..0.2");
        for (size_t i = 0; !is_all && i < n_moved; i++)
            bench_reset(&app, knob_of(moved[i]));
        if (is_all)
            bench_reset_all(&app);
        for (size_t i = 0; i < app.bench.n_knobs; i++)
            assert_false(bench_is_moved(&app.bench, &app.bench.knobs[i], &was));
        assert_true(bench_value(&app.bench, "seed") == 7);
        assert_string_equal(knob_of("rules.0")->name, "if E1 then E2");
    }
    bench_unpin(&app.bench);
    bench_reset_all(&app);
    for (size_t i = 0; i < app.bench.n_knobs; i++)
        assert_false(app.bench.knobs[i].is_set);
    bench_undo(&app);
    assert_true(bench_value(&app.bench, "seed") == 7);
}

/* A choice turned as often as there are names is where it was. */
static void choices_go_round(void **state)
{
    size_t n = 0;

    (void)state;
    while (lw_output_form(n))
        n++;
    for (size_t i = 1; i < n; i++) {
        bench_turn(&app, knob_of("output.as"), 1);
        assert_string_equal(knob_of("output.as")->value, lw_output_form(i)->name);
        assert_true(knob_of("output.as")->is_set);
    }
    bench_turn(&app, knob_of("output.as"), 1);
    assert_false(knob_of("output.as")->is_set);
    bench_turn(&app, knob_of("output.format"), -1);
    assert_true(knob_of("output.format")->is_set);
    bench_turn(&app, knob_of("output.format"), 1);
    assert_string_equal(knob_of("output.format")->value, "own");
}

/* What is to be looked at is made no longer than that takes, however its size is said. */
static void long_logs_are_shortened(void **state)
{
    static const char *const sizes[] = {"traces", "records", "duration"};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct lw_constraints *constraints;
        double value;

        assert_int_equal(lw_constraints_new(&constraints, NULL), 0);
        assert_int_equal(lw_constraints_set(constraints, "arrival.rate", 2, NULL), 0);
        assert_int_equal(lw_constraints_set(constraints, sizes[i], 1e7, NULL), 0);
        assert_int_equal(bench_shorten(NULL, constraints, 1000, NULL), 0);
        assert_int_equal(lw_constraints_get(constraints, sizes[i], &value, NULL), 0);
        assert_true(value > 100 && value < 1e5);
        lw_constraints_free(constraints);
    }
}

/* ---- templates of another workspace ---- */

static struct lw_workspace *learn(const char *const *kinds, size_t n)
{
    char path[] = "/tmp/logwright-bench-XXXXXX";
    const char *paths[] = {path};
    struct lw_open_options open = LW_OPEN_OPTIONS_INIT;
    struct lw_learn_options options = LW_LEARN_OPTIONS_INIT;
    struct lw_run run = {LW_OPTIONS_VERSION, NULL, NULL, NULL, NULL};
    struct lw_workspace *workspace;
    struct lw_log *log;
    FILE *file = fdopen(mkstemp(path), "w");

    assert_non_null(file);
    for (int i = 0; i < 60; i++)
        for (size_t kind = 0; kind < n; kind++)
            fprintf(file, "2026-01-01T00:%02d:%02zu.000Z INFO web [job-%04d] %s %d\n", i, kind, i, kinds[kind], i * 7);
    fclose(file);
    assert_int_equal(lw_log_open(paths, 1, &open, &run, &log, NULL), 0);
    assert_int_equal(lw_workspace_learn(log, &options, &run, &workspace, NULL), 0);
    lw_log_free(log);
    unlink(path);
    return workspace;
}

static void name_of(const struct lw_workspace *workspace, const char *word, char *out, size_t size)
{
    struct lw_template template;

    for (size_t i = 0; i < lw_template_count(workspace); i++)
        if (lw_template_get(workspace, i, &template, NULL) == 0 && template.text.len > strlen(word) &&
            memcmp(template.text.data, word, strlen(word)) == 0) {
            snprintf(out, size, "E%u", (unsigned)template.id);
            return;
        }
    fail_msg("no template begins with %s", word);
}

static void templates_are_renamed(void **state)
{
    static const char *const here[] = {"apples were picked", "pears were washed", "plums were eaten"};
    static const char *const there[] = {"pears were washed", "apples were picked", "figs were dried"};
    struct lw_workspace *from = learn(here, 3), *to = learn(there, 3);
    struct lw_constraints *constraints;
    char apples[2][16], pears[2][16], plums[16], path[80], json[200];
    double value;

    (void)state;
    name_of(from, "apples", apples[0], sizeof apples[0]);
    name_of(to, "apples", apples[1], sizeof apples[1]);
    name_of(from, "pears", pears[0], sizeof pears[0]);
    name_of(to, "pears", pears[1], sizeof pears[1]);
    name_of(from, "plums", plums, sizeof plums);
    assert_string_not_equal(apples[0], apples[1]);
    assert_int_equal(lw_constraints_new(&constraints, NULL), 0);
    const char *weights[] = {apples[0], pears[0], plums};

    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "template_weights.%s", weights[i]);
        assert_int_equal(lw_constraints_set(constraints, path, (double)i + 2, NULL), 0);
    }
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "rules.%d", i);
        snprintf(json, sizeof json, "{\"if\":\"%s\",\"then\":\"%s\",\"within\":[0,%d],\"probability\":1}", apples[0],
                 i == 1 ? plums : pears[0], i + 1);
        assert_int_equal(lw_constraints_put(constraints, path, json, NULL), 0);
    }
    assert_int_equal(bench_translate(from, to, &constraints, NULL), 0);
    snprintf(path, sizeof path, "template_weights.%s", apples[1]);
    assert_int_equal(lw_constraints_get(constraints, path, &value, NULL), 0);
    assert_true(value == 2);
    snprintf(path, sizeof path, "template_weights.%s", pears[1]);
    assert_int_equal(lw_constraints_get(constraints, path, &value, NULL), 0);
    assert_true(value == 3);
    struct lw_settings *settings;

    assert_int_equal(lw_constraints_settings(constraints, &settings, NULL), 0);
    assert_string_equal(lw_settings_value(settings, "rules.0.if"), apples[1]);
    assert_string_equal(lw_settings_value(settings, "rules.1.then"), pears[1]);
    assert_null(lw_settings_value(settings, "rules.2.if")); /* the one about plums is gone, whole */
    lw_settings_free(settings);
    lw_constraints_free(constraints);
    lw_workspace_free(from);
    lw_workspace_free(to);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_numbers_have_a_row, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_typed_is_set, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rules_are_read_as_they_are_shown, set_up, tear_down),
        cmocka_unit_test_setup_teardown(changes_can_be_undone_and_done_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_refused_change_is_no_step, set_up, tear_down),
        cmocka_unit_test_setup_teardown(knobs_go_back_to_the_baseline, set_up, tear_down),
        cmocka_unit_test_setup_teardown(choices_go_round, set_up, tear_down),
        cmocka_unit_test_setup_teardown(long_logs_are_shortened, set_up, tear_down),
        cmocka_unit_test(templates_are_renamed),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
