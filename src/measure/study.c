#include "measure/study.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/executor.h"
#include "base/fail.h"
#include "generate/private_blueprint.h"
#include "learn/membership.h"
#include "measure/arm.h"

static int unknown_detector(const char *name, size_t len, struct lw_error *err)
{
    struct buf names = BUF_INIT;
    for (size_t i = 0; i < detector_count(); i++)
        buf_printf(&names, "%s%s", i > 0 ? ", " : "", detector_get(i)->info.name);
    int status = fail(err, LW_ERR_USAGE, "no detector \"%.*s\"; there are all, %s", (int)(len < 60 ? len : 60), name,
                      names.data != NULL ? names.data : "");
    buf_release(&names);
    return status;
}

static bool list_holds(const struct detector_list *list, const struct detector *detector)
{
    for (size_t i = 0; i < list->n; i++)
        if (list->items[i] == detector)
            return true;
    return false;
}

int detector_list_parse(const char *text, struct detector_list *out, struct lw_error *err)
{
    out->n = 0;
    if (strcmp(text, "all") == 0) {
        while (out->n < detector_count() && out->n < STUDY_MAX_DETECTORS) {
            out->items[out->n] = detector_get(out->n);
            out->n++;
        }
        return 0;
    }
    /* The row that tells how much a new event alone gives away stands in every table. */
    out->items[out->n++] = detector_find("new-event", 9);
    for (const char *at = text;;) {
        size_t len = strcspn(at, ",");
        const struct detector *detector = detector_find(at, len);
        if (detector == NULL)
            return unknown_detector(at, len, err);
        if (!list_holds(out, detector) && out->n < STUDY_MAX_DETECTORS)
            out->items[out->n++] = detector;
        if (at[len] == '\0')
            return 0;
        at += len + 1;
    }
}

static int prepare(struct study *study, const struct lw_study_options *options, const struct lw_run *run,
                   struct lw_error *err)
{
    bool is_given = options->trace != NULL && strcmp(options->trace, "auto") != 0;
    int status = detector_list_parse(options->detectors != NULL ? options->detectors : "all", &study->detectors, err);
    if (status == 0)
        status = is_given ? trace_rule_parse(options->trace, &study->rule, err)
                          : trace_rule_find(study->log, run, &study->rule, err);
    if (status == 0 && options->masks != NULL)
        status = user_masks_new(options->masks, strlen(options->masks), NULL, &study->masks, err);
    if (status == 0)
        status = membership_find(study->log, study->rule, run, &study->membership, err);
    if (status == 0)
        status = labels_find(options->labels, study->log, &study->membership, &study->labels, err);
    if (status == 0)
        status =
            split_make(study->split_spec, study->seed, &study->membership, study->labels.labels, &study->split, err);
    if (status == 0 && (study->folds = alloc_zeroed(study->split.n_folds, sizeof *study->folds)) == NULL)
        status = fail_memory(err, "making a study");
    for (size_t i = 0; i < study->split.n_folds && status == 0; i++) {
        status = run_check(run, err);
        if (status == 0)
            status = fold_make(study->log, study->rule, study->masks, &study->membership, &study->split.folds[i], run,
                               &study->folds[i], err);
    }
    return status;
}

int study_new(struct lw_log *log, const struct lw_study_options *options, const struct lw_run *run, struct study **out,
              struct lw_error *err)
{
    if (options->labels == NULL)
        return fail(err, LW_ERR_USAGE, "labels are needed to measure detectors: give --labels FILE or FIELD");
    const char *spec = options->split != NULL ? options->split : "normal:0.5";
    struct study *study = alloc_zeroed(1, sizeof *study);
    if (study == NULL || (study->split_spec = alloc_text(spec, strlen(spec))) == NULL) {
        free(study);
        return fail_memory(err, "making a study");
    }
    study->owners = 1;
    study->log = lw_log_retain(log);
    study->seed = options->seed;
    trace_set_init(&study->membership);
    int status = prepare(study, options, run, err);
    if (status != 0)
        study_free(study);
    else
        *out = study;
    return status;
}

struct study *study_retain(struct study *study)
{
    study->owners++;
    return study;
}

void study_free(struct study *study)
{
    if (study == NULL || --study->owners > 0)
        return;
    for (size_t i = 0; study->folds != NULL && i < study->split.n_folds; i++)
        fold_release(&study->folds[i]);
    free(study->folds);
    split_release(&study->split);
    labels_release(&study->labels);
    trace_set_release(&study->membership);
    trace_rule_free(study->rule);
    user_masks_free(study->masks);
    lw_log_free(study->log);
    free(study->split_spec);
    free(study);
}

struct fold_synthetic { /* what was generated for one fold; released zeros do no harm */
    struct generated for_blocks[FOLD_MAX_BLOCKS], for_model;
    uint32_t *normal; /* [n_normal] traces of for_model that have no anomaly */
    size_t n_normal;
};

static void synthetic_release(struct fold_synthetic *synthetic)
{
    for (size_t b = 0; b < FOLD_MAX_BLOCKS; b++)
        generated_release(&synthetic->for_blocks[b]);
    generated_release(&synthetic->for_model);
    free(synthetic->normal);
}

static int list_normal(struct fold_synthetic *synthetic, struct lw_error *err)
{
    const struct generated *generated = &synthetic->for_model;
    synthetic->normal = alloc_array(generated->traces.n_traces, sizeof *synthetic->normal);
    if (synthetic->normal == NULL)
        return fail_memory(err, "choosing generated traces to train on");
    for (size_t t = 0; t < generated->traces.n_traces; t++)
        if (generated->kinds[t] == ANOMALY_NONE)
            synthetic->normal[synthetic->n_normal++] = (uint32_t)t;
    return synthetic->n_normal > 0 ? 0
                                   : fail(err, LW_ERR_INFEASIBLE,
                                          "all %zu generated traces are anomalous, so none is there to train on; lower "
                                          "the shares of anomalies",
                                          generated->traces.n_traces);
}

static int generate_from(const struct model *model, const struct lw_constraints *constraints, const char *method,
                         const struct lw_run *run, struct generated *out, struct lw_error *err)
{
    struct blueprint *blueprint;
    int status = blueprint_under(model, constraints, run, &blueprint, NULL, err);
    if (status != 0)
        return status;
    status = generate_traces(blueprint, constraints, method, run, out, err);
    blueprint_free(blueprint);
    return status;
}

static int generate_for(const struct fold *fold, enum study_arm arm, const struct lw_constraints *constraints,
                        const char *method, const struct lw_run *run, struct fold_synthetic *out, struct lw_error *err)
{
    int status = generate_from(fold->model, constraints, method, run, &out->for_model, err);
    if (status == 0 && arm == STUDY_SYNTHETIC)
        return list_normal(out, err);
    for (size_t b = 0; b < fold->n_blocks && status == 0; b++)
        status = generate_from(&fold->without[b], constraints, method, run, &out->for_blocks[b], err);
    return status;
}

static struct arm_input input_of(const struct fold *fold, enum study_arm arm, const struct fold_synthetic *synthetic)
{
    struct arm_input in = {
        .set = &fold->all, .train = fold->part->train, .n_train = fold->part->n_train, .n_blocks = fold->n_blocks};
    if (arm == STUDY_AUGMENTED) {
        in.for_blocks = synthetic->for_blocks;
        in.for_model = &synthetic->for_model;
    } else if (arm == STUDY_SYNTHETIC) {
        in.set = &synthetic->for_model.traces;
        in.train = synthetic->normal;
        in.n_train = synthetic->n_normal;
        in.n_blocks = fold_block_count(in.n_train);
    }
    return in;
}

/* Appends the verdicts of one fold to the row. Scores are moved by the fold's own threshold, then by the mean one, so
 * that one threshold serves the whole row; with a single fold they stay as they are. */
static int run_fold(const struct study *study, const struct fold *fold, enum study_arm arm_kind,
                    const struct fold_synthetic *synthetic, const struct lw_run *run, struct result_row *row,
                    double *threshold_sum, struct lw_error *err)
{
    struct result_part *part = &row->parts[row->n_parts];
    const struct part *split = fold->part;
    struct arm_input in = input_of(fold, arm_kind, synthetic);
    if (arm_kind != STUDY_REAL)
        row->figures.n_synthetic += synthetic->for_model.traces.n_traces;
    in.is_clean = study->split.is_clean;
    struct arm arm;
    int status = arm_fit(part->detector, &in, run, &arm, err);
    if (status != 0)
        return status;
    part->model = arm.model;
    part->set = &fold->all;
    part->end = row->n + split->n_test;
    row->n_parts++;
    free(row->threshold_rule);
    row->threshold_rule = arm.rule;
    arm.rule = NULL;
    double start = clock_monotonic_s();
    status = arm_score(part->detector, arm.model, &fold->all, split->test, split->n_test, run, row->scores + row->n,
                       row->events + row->n, err);
    row->figures.score_s += clock_monotonic_s() - start;
    row->figures.fit_s += arm.fit_s;
    row->figures.n_train += arm_kind != STUDY_SYNTHETIC ? split->n_train : 0;
    for (size_t i = 0; i < split->n_test; i++) {
        size_t at = row->n + i;
        row->scores[at] -= study->split.n_folds > 1 ? arm.threshold : 0;
        row->traces[at] = split->test[i];
        row->anomalous[at] = study->labels.labels[split->test[i]] == LW_ANOMALOUS;
        row->duplicate[at] = fold->is_duplicate[i];
    }
    row->n += split->n_test;
    *threshold_sum += arm.threshold;
    arm_release(&arm);
    return status;
}

static int run_detector(const struct study *study, const struct detector *detector, enum study_arm arm,
                        const struct fold_synthetic *synthetic, const struct lw_run *run, struct lw_result *result,
                        struct lw_error *err)
{
    size_t n = 0, n_folds = study->split.n_folds;
    for (size_t i = 0; i < n_folds; i++)
        n += study->split.folds[i].n_test;
    struct result_row *row = result_add_row(result, n, n_folds);
    if (row == NULL)
        return fail_memory(err, "running a study");
    row->figures.detector = detector->info.name;
    static const char *const arms[] = {"real", "real+synthetic", "synthetic"};
    row->figures.arm = arms[arm];
    row->figures.regime = study->split.is_clean ? "clean normal" : "contaminated";
    row->figures.split = study->split_spec;
    double threshold_sum = 0;
    int status = 0;
    for (size_t i = 0; i < n_folds && status == 0; i++) {
        row->parts[i].detector = detector;
        status = run_fold(study, &study->folds[i], arm, synthetic != NULL ? &synthetic[i] : NULL, run, row,
                          &threshold_sum, err);
    }
    row->figures.threshold = threshold_sum / (double)n_folds;
    row->figures.n_train /= n_folds; /* of one fold, on average */
    row->figures.n_synthetic /= n_folds;
    for (size_t i = 0; i < row->n && n_folds > 1; i++)
        row->scores[i] += row->figures.threshold;
    return status != 0 ? status : result_finish_row(result, row, err);
}

static void release_study(void *study)
{
    study_free(study);
}

static int fill_result(struct study *study, enum study_arm arm, const struct fold_synthetic *synthetic,
                       const struct lw_run *run, struct lw_result **out, struct lw_error *err)
{
    struct lw_result *result = alloc_zeroed(1, sizeof *result);
    if (result == NULL)
        return fail_memory(err, "running a study");
    result->has_truth = true;
    result->owner = study_retain(study);
    result->release_owner = release_study;
    int status = 0;
    for (size_t i = 0; i < study->detectors.n && status == 0; i++)
        status = run_detector(study, study->detectors.items[i], arm, synthetic, run, result, err);
    if (status == 0)
        status = result_add_controls(result, err);
    if (status != 0)
        lw_result_free(result);
    else
        *out = result;
    return status;
}

int study_run(struct study *study, enum study_arm arm, const struct lw_constraints *constraints, const char *method,
              const struct lw_run *run, struct lw_result **out, struct lw_error *err)
{
    if (arm == STUDY_REAL)
        return fill_result(study, arm, NULL, run, out, err);
    size_t n_folds = study->split.n_folds;
    struct fold_synthetic *synthetic = alloc_zeroed(n_folds, sizeof *synthetic);
    if (synthetic == NULL)
        return fail_memory(err, "running a study");
    int status = 0;
    for (size_t i = 0; i < n_folds && status == 0; i++)
        status = generate_for(&study->folds[i], arm, constraints, method, run, &synthetic[i], err);
    if (status == 0)
        status = fill_result(study, arm, synthetic, run, out, err);
    for (size_t i = 0; i < n_folds; i++)
        synthetic_release(&synthetic[i]);
    free(synthetic);
    return status;
}

/* A trace that was trained on tells nothing about itself: it gets the score of the model that had not seen it. */
static void take_held_scores(const struct trace_set *train, const struct arm *arm, const struct trace_set *test,
                             struct result_row *row)
{
    for (size_t t = 0; t < test->n_traces; t++) {
        struct lw_bytes name = intern_get(&test->names, (uint32_t)t);
        uint32_t same = intern_find(&train->names, name.data, name.len);
        size_t n = trace_set_len(test, t);
        if (same == INTERN_NONE || trace_set_len(train, same) != n)
            continue;
        size_t at = test->first[t], from = train->first[same];
        if (memcmp(test->templates + at, train->templates + from, n * sizeof *test->templates) != 0 ||
            memcmp(test->times_us + at, train->times_us + from, n * sizeof *test->times_us) != 0)
            continue;
        row->scores[t] = arm->held_scores[same];
    }
}

static int detect_one(const struct detector *detector, const struct arm_input *in, const struct trace_set *test,
                      const uint32_t *indexes, const struct lw_run *run, struct lw_result *result, struct lw_error *err)
{
    struct result_row *row = result_add_row(result, test->n_traces, 1);
    if (row == NULL)
        return fail_memory(err, "detecting anomalies");
    row->figures =
        (struct lw_row){.detector = detector->info.name, .arm = "real", .regime = "unlabelled", .split = "none"};
    struct arm arm;
    int status = arm_fit(detector, in, run, &arm, err);
    if (status != 0)
        return status;
    row->parts[0] = (struct result_part){detector, arm.model, test, test->n_traces};
    row->n_parts = 1;
    row->threshold_rule = arm.rule;
    arm.rule = NULL;
    row->figures.fit_s = arm.fit_s;
    row->figures.n_train = in->n_train;
    row->figures.threshold = arm.threshold;
    row->n = test->n_traces;
    memcpy(row->traces, indexes, row->n * sizeof *indexes);
    double start = clock_monotonic_s();
    status = arm_score(detector, arm.model, test, indexes, row->n, run, row->scores, row->events, err);
    row->figures.score_s = clock_monotonic_s() - start;
    take_held_scores(in->set, &arm, test, row);
    arm_release(&arm);
    return status != 0 ? status : result_finish_row(result, row, err);
}

int study_detect(const struct trace_set *train, const struct trace_set *test, const struct detector_list *detectors,
                 const struct lw_run *run, struct lw_result **out, struct lw_error *err)
{
    if (train->n_traces == 0)
        return fail(err, LW_ERR_INPUT, "there is no trace to learn from; choose another --trace");
    size_t n = train->n_traces > test->n_traces ? train->n_traces : test->n_traces;
    struct lw_result *result = alloc_zeroed(1, sizeof *result);
    uint32_t *indexes = alloc_array(n, sizeof *indexes);
    int status = result == NULL || indexes == NULL ? fail_memory(err, "detecting anomalies") : 0;
    for (size_t i = 0; i < n && status == 0; i++)
        indexes[i] = (uint32_t)i;
    struct arm_input in = {.set = train, .train = indexes, .n_train = train->n_traces};
    in.n_blocks = fold_block_count(train->n_traces);
    for (size_t i = 0; i < detectors->n && status == 0; i++)
        status = detect_one(detectors->items[i], &in, test, indexes, run, result, err);
    free(indexes);
    if (status != 0)
        lw_result_free(result);
    else
        *out = result;
    return status;
}
