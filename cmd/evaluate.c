#include <math.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/input.h"
#include "cmd/table.h"
#include "cmd/option_values.h"

enum { MAX_ARMS = 3 };
struct arms {
    struct lw_result *results[MAX_ARMS]; /* real; real+synthetic and synthetic alone, or NULL */
    uint64_t seed;
};

static size_t count_rows(const struct arms *arms)
{
    size_t n = 0;

    for (size_t i = 0; i < MAX_ARMS && arms->results[i] != NULL; i++)
        n += lw_result_row_count(arms->results[i]);
    return n;
}

static int find_row(const struct arms *arms, size_t index, struct lw_row *row, struct lw_error *err)
{
    size_t arm = 0;

    while (arm + 1 < MAX_ARMS && arms->results[arm + 1] != NULL && index >= lw_result_row_count(arms->results[arm]))
        index -= lw_result_row_count(arms->results[arm++]);
    return lw_result_row(arms->results[arm], index, row, err);
}

static int full_row(void *user, size_t index, struct cell *cells, struct lw_error *err)
{
    const struct arms *arms = user;
    struct lw_row row;
    int code = find_row(arms, index, &row, err);

    if (code != 0)
        return code;
    cells[0] = cell_string(row.detector);
    cells[1] = cell_string(row.level);
    cells[2] = cell_string(row.arm);
    cells[3] = cell_string(row.regime);
    cells[4] = cell_string(row.split);
    cells[5] = cell_count(arms->seed);
    cells[6] = cell_count(row.n_train);
    cells[7] = cell_count(row.n_synthetic);
    cells[8] = cell_count(row.n_test);
    cells[9] = cell_count(row.n_anomalous);
    cells[10] = cell_number(row.threshold);
    cells[11] = cell_string(row.threshold_rule);
    cells[12] = cell_share(row.precision);
    cells[13] = cell_share(row.recall);
    cells[14] = cell_share(row.f1);
    cells[15] = cell_share(row.mcc);
    cells[16] = cell_share(row.roc_auc);
    cells[17] = cell_share(row.pr_auc);
    cells[18] = cell_count(row.tp);
    cells[19] = cell_count(row.fp);
    cells[20] = cell_count(row.fn);
    cells[21] = cell_count(row.tn);
    cells[22] = cell_count(row.n_duplicates);
    cells[23] = cell_share(row.f1_deduplicated);
    cells[24] = cell_share(row.oracle_f1);
    cells[25] = cell_number(row.fit_s);
    cells[26] = cell_number(row.score_s);
    return 0;
}

static int short_row(void *user, size_t index, struct cell *cells, struct lw_error *err)
{
    struct lw_row row;
    int code = find_row(user, index, &row, err);

    if (code != 0)
        return code;
    cells[0] = cell_string(row.detector);
    cells[1] = cell_string(row.arm);
    cells[2] = cell_share(row.precision);
    cells[3] = cell_share(row.recall);
    cells[4] = cell_share(row.f1);
    cells[5] = cell_share(row.mcc);
    cells[6] = cell_share(row.roc_auc);
    cells[7] = cell_share(row.pr_auc);
    cells[8] = cell_share(row.f1_deduplicated);
    cells[9] = cell_number(row.threshold);
    return 0;
}

static int print_arms(const struct command_call *call, struct arms *arms, struct lw_error *err)
{
    static const char *const full[] = {
        "detector",  "level",       "arm",     "regime",      "split",        "seed",
        "n_train",   "n_synthetic", "n_test",  "n_anomalous", "threshold",    "threshold_rule",
        "precision", "recall",      "f1",      "mcc",         "roc_auc",      "pr_auc",
        "tp",        "fp",          "fn",      "tn",          "n_duplicates", "f1_deduplicated",
        "oracle_f1", "fit_s",       "score_s", NULL};
    static const char *const brief[] = {"detector", "arm",    "precision", "recall",    "f1", "mcc",
                                        "roc_auc",  "pr_auc", "f1_dedup",  "threshold", NULL};
    enum table_form form = table_form(call);
    size_t n = count_rows(arms);
    struct table table = {form == TABLE_TEXT ? brief : full, n, form == TABLE_TEXT ? short_row : full_row, arms};
    struct lw_row row;

    if (form == TABLE_TEXT && n > 0 && find_row(arms, 0, &row, err) == 0) {
        fprintf(call->out, "split %s, seed %llu: %llu traces train (%s), %llu test, %llu of them anomalous", row.split,
                (unsigned long long)arms->seed, (unsigned long long)row.n_train, row.regime,
                (unsigned long long)row.n_test, (unsigned long long)row.n_anomalous);
        fprintf(call->out, "; %llu test traces repeat a training one\n\n", (unsigned long long)row.n_duplicates);
    }
    return table_print(call, &table, form, err);
}

int evaluate_study(struct command_call *call, const struct lw_study *study, const struct lw_constraints *constraints,
                   uint64_t seed)
{
    struct arms arms = {.seed = seed};
    struct lw_error err;
    int code = lw_study_run(study, NULL, NULL, call->run, &arms.results[0], &err);

    if (code == 0 && constraints != NULL)
        code = lw_study_run(study, constraints, generate_method(call), call->run, &arms.results[1], &err);
    if (code == 0 && constraints != NULL)
        code = lw_study_run_synthetic(study, constraints, generate_method(call), call->run, &arms.results[2], &err);
    if (code == 0)
        code = print_arms(call, &arms, &err);
    for (size_t i = 0; i < MAX_ARMS; i++)
        lw_result_free(arms.results[i]);
    return code == 0 ? COMMAND_DONE : command_error(call, &err);
}

int evaluate_run(struct command_call *call)
{
    struct lw_study_options options = LW_STUDY_OPTIONS_INIT;
    bool has_synthetic = call->values[OPTION_CONSTRAINTS] != NULL || call->values[OPTION_METHOD] != NULL;
    struct lw_constraints *constraints = NULL;
    struct lw_study *study = NULL;
    struct lw_log *log;
    struct lw_error err;
    char *masks = NULL;
    int status;

    options.labels = input_labels(call);
    options.trace = input_trace(call);
    if (call->values[OPTION_SPLIT] != NULL)
        options.split = call->values[OPTION_SPLIT];
    if (call->values[OPTION_DETECTORS] != NULL)
        options.detectors = call->values[OPTION_DETECTORS];
    if (options.labels == NULL)
        return command_fail(call, "evaluate: say which traces are anomalous: --labels FILE or --labels FIELD");
    if (values_count(call, OPTION_SEED, 0, UINT64_C(1) << 53, &options.seed, &err) != 0 ||
        (has_synthetic && generate_constraints(call, &constraints, &err) != 0))
        return command_error(call, &err);
    status = input_masks(call, &masks, &err) == 0 ? input_log(call, &log) : command_error(call, &err);
    if (status != COMMAND_DONE) {
        lw_constraints_free(constraints);
        lw_free(masks);
        return status;
    }
    options.masks = masks;
    if (lw_study_new(log, &options, call->run, &study, &err) != 0)
        status = command_error(call, &err);
    else
        status = evaluate_study(call, study, constraints, options.seed);
    lw_study_free(study);
    lw_constraints_free(constraints);
    lw_free(masks);
    lw_log_free(log);
    return status;
}
