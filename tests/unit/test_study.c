#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "generate/constraints.h"
#include "measure/study.h"
#include "tests/lib/small_log.h"

#define SESSIONS 200

static struct lw_log *log_;
static const char *labels;
static const char rule[] = "\\(session (s-[0-9]+)\\)";

static bool is_hit(unsigned i)
{
    return i % 10 == 3;
}

/* Two hundred sessions; every tenth is labelled anomalous and has a message of its own that no other has. */
static int set_up(void **state)
{
    if (scratch_set_up(state) != 0)
        return -1;
    struct buf text = BUF_INIT, csv = BUF_INIT;
    small_write(&small_styles[0], SESSIONS, &text);
    buf_add_text(&csv, "trace,label\n");
    for (unsigned i = 0; i < SESSIONS; i++) {
        unsigned number = 100000 + i * 7;
        buf_printf(&csv, "s-%06u,%s\n", number, is_hit(i) ? "fire" : "normal");
        if (is_hit(i))
            small_styles[0].line(&text, "2026-01-02 00:00:00", "ERROR", number, 2000 + i,
                                 "smoke was seen near the tape robot");
    }
    labels = scratch_write("labels.csv", csv.data, csv.len);
    int status = small_open("study.log", &text, &log_, NULL);
    buf_release(&text);
    buf_release(&csv);
    return status;
}

static int tear_down(void **state)
{
    lw_log_free(log_);
    return scratch_tear_down(state);
}

static struct study *study_of(const char *split)
{
    struct lw_study_options options = LW_STUDY_OPTIONS_INIT;
    struct lw_error err;
    struct study *study;
    options.labels = labels;
    options.trace = rule;
    options.split = split;
    if (study_new(log_, &options, NULL, &study, &err) != 0)
        fail_msg("%s", err.text);
    return study;
}

static struct lw_result *result_of(struct study *study, const struct lw_constraints *constraints,
                                   const struct lw_run *run)
{
    struct lw_error err;
    struct lw_result *result;
    if (study_run(study, constraints == NULL ? STUDY_REAL : STUDY_AUGMENTED, constraints, "machine", run, &result,
                  &err) != 0)
        fail_msg("%s", err.text);
    return result;
}

/* What only test traces say is unknown to everything that was fitted. */
static void nothing_leaks_from_the_test_part(void **state)
{
    (void)state;
    struct study *study = study_of("normal:0.5");
    const struct fold *fold = &study->folds[0];
    assert_int_equal(fold->model->traces.n_traces, fold->part->n_train);
    for (size_t i = 0; i < fold->model->templates.n; i++)
        assert_null(strstr(fold->model->templates.items[i].text.data, "smoke"));
    size_t n_hit = 0;
    for (size_t i = 0; i < fold->part->n_test; i++) {
        size_t t = fold->part->test[i], last = fold->all.first[t + 1] - 1;
        bool is_anomalous = study->labels.labels[t] == LW_ANOMALOUS;
        n_hit += is_anomalous;
        assert_int_equal(fold->all.templates[last] == LW_TEMPLATE_UNKNOWN, is_anomalous);
    }
    assert_int_equal(n_hit, SESSIONS / 10);
    for (size_t b = 0; b < fold->n_blocks; b++) { /* a block's own traces are not among those it is judged by */
        size_t from = fold_block_start(fold->part->n_train, fold->n_blocks, b);
        size_t to = fold_block_start(fold->part->n_train, fold->n_blocks, b + 1);
        assert_int_equal(fold->without[b].traces.n_traces, fold->part->n_train - (to - from));
        for (size_t i = from; i < to; i++) {
            struct lw_bytes name = intern_get(&fold->all.names, fold->part->train[i]);
            assert_int_equal(intern_find(&fold->without[b].traces.names, name.data, name.len), INTERN_NONE);
        }
    }
    study_free(study);
}

static const struct lw_row *find_row(const struct lw_result *result, const char *name, struct lw_row *row, size_t *at)
{
    for (*at = 0; lw_result_row(result, *at, row, NULL) == 0; ++*at)
        if (strcmp(row->detector, name) == 0)
            return row;
    fail_msg("there is no row %s", name);
    return NULL;
}

static void every_table_has_its_controls(void **state)
{
    (void)state;
    struct study *study = study_of("normal:0.5");
    struct lw_result *result = result_of(study, NULL, NULL);
    struct lw_row row;
    size_t at;
    find_row(result, "flag-all", &row, &at);
    assert_true(row.recall == 1 && row.is_control && row.fn == 0 && row.tn == 0);
    find_row(result, "flag-none", &row, &at);
    assert_true(row.recall == 0 && isnan(row.precision) && row.tp == 0 && row.fp == 0);
    find_row(result, "new-event", &row, &at);
    assert_true(row.f1 == 1); /* the message gives them away */
    assert_int_equal(row.n_train, 90);
    assert_int_equal(row.n_test, 110);
    assert_int_equal(row.n_anomalous, 20);
    assert_string_equal(row.regime, "clean normal");
    lw_result_free(result);
    study_free(study);
}

/* Detectors that saw generated traces alone are measured on the same real ones, and those of a machine teach as much
 * as the real ones did; without order they do not. */
static void generated_traces_train_alone(void **state)
{
    (void)state;
    struct study *study = study_of("normal:0.5");
    struct lw_constraints *constraints;
    struct lw_result *real = result_of(study, NULL, NULL), *synthetic;
    struct lw_row before, after;
    size_t at;
    assert_int_equal(lw_constraints_new(&constraints, NULL), 0);
    assert_int_equal(lw_constraints_set(constraints, "traces", 300, NULL), 0);
    assert_int_equal(lw_constraints_set(constraints, "anomalies.missing", .1, NULL), 0);
    assert_int_equal(study_run(study, STUDY_SYNTHETIC, constraints, "machine", NULL, &synthetic, NULL), 0);
    find_row(real, "machine", &before, &at);
    find_row(synthetic, "machine", &after, &at);
    assert_string_equal(after.arm, "synthetic");
    assert_int_equal(after.n_train, 0);
    assert_int_equal(after.n_synthetic, 300);
    assert_int_equal(after.n_test, before.n_test);
    assert_true(after.f1 >= .9 * before.f1 && after.roc_auc >= .9 * before.roc_auc);
    for (size_t i = 0; i < study->folds[0].part->n_test; i++) {
        struct lw_verdict verdict;
        assert_int_equal(lw_result_verdict(synthetic, at, i, &verdict, NULL), 0);
        assert_int_equal(verdict.trace, study->folds[0].part->test[i]);
    }
    lw_result_free(synthetic);
    assert_int_equal(lw_constraints_set(constraints, "anomalies.missing", 1, NULL), 0);
    int rc = study_run(study, STUDY_SYNTHETIC, constraints, "machine", NULL, &synthetic, NULL);
    assert_int_equal(rc, LW_ERR_INFEASIBLE); /* nothing normal is left to train on */
    lw_constraints_free(constraints);
    lw_result_free(real);
    study_free(study);
}

/* Figures are what a recount of the verdicts gives, at any threshold. */
static void figures_are_those_of_the_verdicts(void **state)
{
    (void)state;
    struct study *study = study_of("folds:4");
    struct lw_result *result = result_of(study, NULL, NULL);
    for (size_t r = 0; r < lw_result_row_count(result); r++) {
        struct lw_row learned;
        assert_int_equal(lw_result_row(result, r, &learned, NULL), 0);
        for (int step = -1; step <= 1; step++) {
            struct lw_row row;
            double threshold = learned.threshold + step;
            assert_int_equal(lw_result_row_at(result, r, threshold, &row, NULL), 0);
            uint64_t tp = 0, fp = 0, n = lw_result_verdict_count(result, r);
            for (size_t i = 0; i < n; i++) {
                struct lw_verdict verdict;
                assert_int_equal(lw_result_verdict(result, r, i, &verdict, NULL), 0);
                bool is_flagged = verdict.score > threshold;
                tp += is_flagged && verdict.label == LW_ANOMALOUS;
                fp += is_flagged && verdict.label == LW_NORMAL;
                assert_int_equal(verdict.is_flagged, verdict.score > learned.threshold);
                assert_int_equal(verdict.label, study->labels.labels[verdict.trace]);
            }
            assert_int_equal(row.tp, tp);
            assert_int_equal(row.fp, fp);
            assert_int_equal(row.tp + row.fp + row.fn + row.tn, n);
            assert_int_equal(n, SESSIONS); /* each trace was tested once */
        }
    }
    lw_result_free(result);
    study_free(study);
}

static void same_figures(const struct lw_result *a, const struct lw_result *b)
{
    assert_int_equal(lw_result_row_count(a), lw_result_row_count(b));
    for (size_t r = 0; r < lw_result_row_count(a); r++) {
        struct lw_row x, y;
        assert_int_equal(lw_result_row(a, r, &x, NULL), 0);
        assert_int_equal(lw_result_row(b, r, &y, NULL), 0);
        assert_true(x.threshold == y.threshold && x.tp == y.tp && x.fp == y.fp && x.n_synthetic == y.n_synthetic);
        for (size_t i = 0; i < lw_result_verdict_count(a, r); i++)
            assert_true(a->rows[r].scores[i] == b->rows[r].scores[i]);
    }
}

static struct lw_constraints *constraints_of(const char *json)
{
    struct lw_constraints *constraints;
    assert_int_equal(constraints_parse("test", json, strlen(json), &constraints, NULL), 0);
    return constraints;
}

static void generated_traces_join_the_training_part(void **state)
{
    (void)state;
    struct study *study = study_of("normal:0.5");
    struct lw_constraints *constraints =
        constraints_of("{\"traces\": 80, \"anomalies\": {\"swapped\": 0.1, \"missing\": 0.1}}");
    struct lw_executor *executor;
    assert_int_equal(lw_executor_new(4, &executor, NULL), 0);
    struct lw_run run = {LW_OPTIONS_VERSION, executor, NULL, NULL, NULL};
    struct lw_result *alone = result_of(study, NULL, NULL), *with = result_of(study, constraints, NULL),
                     *threads = result_of(study, constraints, &run);
    struct lw_row row;
    size_t at;
    find_row(with, "machine", &row, &at);
    assert_string_equal(row.arm, "real+synthetic");
    assert_int_equal(row.n_synthetic, 80);
    assert_int_equal(row.n_test, 110); /* measured on the same real traces */
    assert_non_null(strstr(row.threshold_rule, "generated anomalies"));
    double threshold = row.threshold;
    find_row(alone, "machine", &row, &at);
    assert_string_equal(row.arm, "real");
    assert_int_equal(row.n_synthetic, 0);
    assert_true(row.threshold != threshold);
    same_figures(with, threads);
    lw_result_free(alone);
    lw_result_free(with);
    lw_result_free(threads);
    lw_executor_free(executor);
    lw_constraints_free(constraints);
    study_free(study);
}

static void can_be_cancelled(void **state)
{
    (void)state;
    struct study *study = study_of("normal:0.5");
    struct lw_cancel *cancel;
    struct lw_result *result = NULL;
    struct lw_error err;
    assert_int_equal(lw_cancel_new(&cancel, NULL), 0);
    lw_cancel_request(cancel);
    struct lw_run run = {LW_OPTIONS_VERSION, NULL, cancel, NULL, NULL};
    assert_int_equal(study_run(study, STUDY_REAL, NULL, NULL, &run, &result, &err), LW_ERR_CANCELLED);
    assert_null(result);
    lw_cancel_free(cancel);
    study_free(study);
}

/* A log without labels that holds its own anomalies: they are found by models that have not seen them. */
static void finds_anomalies_in_what_it_learned_from(void **state)
{
    (void)state;
    struct study *study = study_of("normal:0.5");
    struct detector_list list;
    struct lw_result *result;
    struct lw_error err;
    assert_int_equal(detector_list_parse("machine", &list, NULL), 0);
    assert_int_equal(list.n, 2); /* new-event stands in every table */
    const struct trace_set *all = &study->folds[0].all;
    uint32_t chosen[SESSIONS];
    size_t n = 0;
    for (uint32_t t = 0; t < all->n_traces; t++) /* the normal ones and a single other */
        if (study->labels.labels[t] == LW_NORMAL || t == 103)
            chosen[n++] = t;
    struct trace_set some;
    assert_int_equal(trace_set_select(all, chosen, n, &some, NULL), 0);
    if (study_detect(&some, &some, &list, NULL, &result, &err) != 0)
        fail_msg("%s", err.text);
    size_t n_found = 0, n_false = 0;
    for (size_t i = 0; i < lw_result_verdict_count(result, 1); i++) {
        struct lw_verdict verdict;
        assert_int_equal(lw_result_verdict(result, 1, i, &verdict, NULL), 0);
        assert_int_equal(verdict.label, LW_UNLABELLED);
        n_found += verdict.is_flagged && chosen[verdict.trace] == 103;
        n_false += verdict.is_flagged && chosen[verdict.trace] != 103;
    }
    assert_int_equal(n_found, 1);
    assert_true(n_false <= 2);
    lw_result_free(result);
    trace_set_release(&some);
    study_free(study);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_leaks_from_the_test_part),
        cmocka_unit_test(every_table_has_its_controls),
        cmocka_unit_test(generated_traces_train_alone),
        cmocka_unit_test(figures_are_those_of_the_verdicts),
        cmocka_unit_test(generated_traces_join_the_training_part),
        cmocka_unit_test(can_be_cancelled),
        cmocka_unit_test(finds_anomalies_in_what_it_learned_from),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("study", tests, set_up, tear_down);
}
