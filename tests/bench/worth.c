/*
 * worth [-s SEEDS] [-n TRACES] [-t RULE] [-l LABELS] [-o OTHER] LOG: what generated logs are worth, a row an arm.
 *
 * The traces of the log are parted at random, by a hash of their names, into a training half and a hold-out. Every arm
 * makes as many traces as the training half has (at most TRACES, 5,000 if not said) from that half alone, SEEDS times
 * (10 if not said), and is measured against the hold-out; privacy is measured with both. Rows are means over the seeds
 * with the half width of a 95 % interval (Student's t); rows that do not depend on a seed stand once.
 *
 *   duplicate   the training half itself, a control: the closest there is, and nothing is private
 *   machine     and the other methods, in the order of their table
 *   document    method machine from a constraints document that carries the model, without workspace
 *   epsilon 1   method machine from statistics with differential privacy
 *   other       method machine, learned from another log (OTHER), a control; its traces are found by the rule of that
 * log
 *
 * With LABELS, detectors are trained on the training part of `normal:0.5` and on what each arm makes from it; tstr is
 * the F1 on held-out real traces after the second over that after the first, pooled over detectors: sum over sum.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "logwright.h"

#define MAX_SEEDS 100
#define MAX_ARMS  32

static const char *const figures[] = {"d_errdist",   "c_temporal", "r_anomaly",   "quality", "diagnostics", "detection",
                                      "constraints", "process",    "dcr_overfit", "mia_auc", "leaked",      "tstr"};
enum { N_FIGURES = sizeof figures / sizeof figures[0], N_FIDELITY = 8, FIRST_PRIVACY = 8, N_PRIVACY = 3, TSTR = 11 };

struct arm {
    char name[24];
    const char *method;                /* NULL: the training half itself */
    const struct lw_workspace *source; /* NULL: from the constraints alone */
    const struct lw_constraints *constraints;
    const char *rule; /* NULL: that of the log */
    double values[N_FIGURES][MAX_SEEDS];
    size_t n;
};

struct bench {
    const char *log_path, *labels, *rule, *other;
    size_t n_seeds, max_traces;
    char folder[32];
    struct lw_log *train, *held;
    struct lw_workspace *workspace;
    struct lw_study *study;
    double real_f1; /* sum over the detectors, trained on real traces */
    struct arm arms[MAX_ARMS];
    size_t n_arms;
};

static void must(int code, const struct lw_error *err)
{
    if (code == 0)
        return;
    fprintf(stderr, "worth: %s\n", err->text);
    exit(2);
}

static struct lw_log *open_log(const char *path)
{
    struct lw_open_options options = LW_OPEN_OPTIONS_INIT;
    struct lw_log *log;
    struct lw_error err;
    must(lw_log_open(&path, 1, &options, NULL, &log, &err), &err);
    return log;
}

static struct lw_workspace *learn(const struct lw_log *log, const char *rule)
{
    struct lw_learn_options options = LW_LEARN_OPTIONS_INIT;
    struct lw_workspace *workspace;
    struct lw_error err;
    options.trace = rule;
    must(lw_workspace_learn(log, &options, NULL, &workspace, &err), &err);
    return workspace;
}

/* ---- parting ----------------------------------------------------------------------------------------------------- */

/* Fowler, Noll and Vo's hash (FNV-1a), finished as in SplitMix. */
static bool is_held(const char *data, size_t len)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)data[i]) * UINT64_C(1099511628211);
    hash = (hash ^ (hash >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    return (hash >> 40) & 1;
}

/* A record belongs where its first trace does; one without trace to both halves in turns. */
static void part_log(struct bench *bench, const struct lw_log *log, const struct lw_traces *traces)
{
    char paths[2][48];
    FILE *files[2];
    struct lw_reader *reader;
    struct lw_error err;
    must(lw_reader_new(log, &reader, &err), &err);
    for (int i = 0; i < 2; i++) {
        snprintf(paths[i], sizeof paths[i], "%s/%s.log", bench->folder, i == 0 ? "train" : "held");
        files[i] = fopen(paths[i], "w");
        if (files[i] == NULL) {
            perror(paths[i]);
            exit(2);
        }
    }
    for (uint64_t r = 0; r < lw_log_count(log); r++) {
        struct lw_record record;
        struct lw_trace trace;
        size_t n;
        const uint32_t *of = lw_traces_of_record(traces, r, &n);
        bool held = r & 1;
        must(lw_reader_get(reader, r, &record, &err), &err);
        if (n > 0) {
            must(lw_traces_get(traces, of[0], &trace, &err), &err);
            held = is_held(trace.name.data, trace.name.len);
        }
        fwrite(record.raw.data, 1, record.raw.len, files[held]);
        fputc('\n', files[held]);
    }
    lw_reader_free(reader);
    fclose(files[0]);
    fclose(files[1]);
    bench->train = open_log(paths[0]);
    bench->held = open_log(paths[1]);
    unlink(paths[0]);
    unlink(paths[1]);
}

/* ---- measuring --------------------------------------------------------------------------------------------------- */

static void measure_text(const struct bench *bench, struct arm *arm, const struct lw_log *log)
{
    struct lw_fidelity_options fidelity_options = LW_FIDELITY_OPTIONS_INIT;
    struct lw_privacy_options privacy_options = LW_PRIVACY_OPTIONS_INIT;
    struct lw_figures *found;
    struct lw_error err;
    fidelity_options.trace = bench->rule;
    fidelity_options.synthetic_trace = arm->rule;
    privacy_options.trace = bench->rule;
    must(lw_fidelity(bench->held, log, &fidelity_options, NULL, &found, &err), &err);
    for (size_t i = 0; i < N_FIDELITY; i++)
        arm->values[i][arm->n] = lw_figures_value(found, figures[i]);
    lw_figures_free(found);
    for (size_t i = 0; i < N_PRIVACY && arm->rule != NULL; i++)
        arm->values[FIRST_PRIVACY + i][arm->n] = NAN;
    if (arm->rule != NULL)
        return;
    privacy_options.holdout = bench->held;
    must(lw_privacy(bench->train, log, &privacy_options, NULL, &found, &err), &err);
    for (size_t i = 0; i < N_PRIVACY; i++)
        arm->values[FIRST_PRIVACY + i][arm->n] = lw_figures_value(found, figures[FIRST_PRIVACY + i]);
    lw_figures_free(found);
}

/* Sum of F1 over the detectors, controls left out. */
static double sum_f1(struct lw_result *result)
{
    double sum = 0;
    struct lw_row row;
    for (size_t i = 0; lw_result_row(result, i, &row, NULL) == 0; i++)
        sum += row.is_control || isnan(row.f1) ? 0 : row.f1;
    lw_result_free(result);
    return sum;
}

static double train_on_synthetic(const struct bench *bench, const struct arm *arm,
                                 const struct lw_constraints *constraints)
{
    struct lw_result *synthetic;
    struct lw_error err;
    if (bench->study == NULL || arm->source != bench->workspace)
        return NAN;
    must(lw_study_run_synthetic(bench->study, constraints, arm->method, NULL, &synthetic, &err), &err);
    return sum_f1(synthetic) / bench->real_f1;
}

static bool run_arm(const struct bench *bench, struct arm *arm, size_t seed)
{
    struct lw_constraints *constraints;
    struct lw_synthetic *synthetic;
    struct lw_log *log;
    struct lw_error err;
    size_t n = lw_traces_count(lw_workspace_traces(bench->workspace));
    if (arm->method == NULL) {
        measure_text(bench, arm, bench->train);
        arm->values[TSTR][arm->n++] = bench->study == NULL ? NAN : 1;
        return false;
    }
    must(lw_constraints_copy(arm->constraints, &constraints, &err), &err);
    must(lw_constraints_set(constraints, "seed", (double)seed, &err), &err);
    must(lw_constraints_set(constraints, "traces", (double)(n < bench->max_traces ? n : bench->max_traces), &err),
         &err);
    if (lw_generate(arm->source, constraints, arm->method, NULL, &synthetic, &err) != 0) {
        fprintf(stderr, "worth: %s: %s\n", arm->name, err.text);
        lw_constraints_free(constraints);
        return false;
    }
    must(lw_synthetic_log(synthetic, NULL, &log, &err), &err);
    measure_text(bench, arm, log);
    lw_log_free(log);
    lw_synthetic_free(synthetic);
    arm->values[TSTR][arm->n] = train_on_synthetic(bench, arm, constraints);
    arm->n++;
    lw_constraints_free(constraints);
    return true;
}

/* ---- printing ---------------------------------------------------------------------------------------------------- */

/* 97.5 % quantile of Student's t, by Cornish and Fisher's expansion; within 2 % from four degrees on. */
static double student(size_t degrees)
{
    static const double few[] = {NAN, 12.706, 4.303, 3.182};
    double z = 1.959964, n = (double)degrees;
    if (degrees < sizeof few / sizeof *few)
        return few[degrees];
    return z + (z * z * z + z) / (4 * n) + (5 * pow(z, 5) + 16 * z * z * z + 3 * z) / (96 * n * n);
}

static void print_cell(const double *values, size_t n)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++)
        sum += values[i];
    double mean = sum / (double)n;
    for (size_t i = 0; i < n; i++)
        squares += (values[i] - mean) * (values[i] - mean);
    if (n == 0 || isnan(mean))
        printf(" %11s", "-");
    else if (n == 1)
        printf(" %11.3f", mean);
    else
        printf(" %6.3f+%.3f", mean, student(n - 1) * sqrt(squares / (double)(n - 1) / (double)n));
}

static void print_arm(const struct arm *arm)
{
    printf("%-12s", arm->name);
    for (size_t i = 0; i < N_FIGURES; i++)
        print_cell(arm->values[i], arm->n);
    printf("\n");
    fflush(stdout);
}

/* ---- arms -------------------------------------------------------------------------------------------------------- */

static struct arm *add_arm(struct bench *bench, const char *name, const char *method, const struct lw_workspace *source,
                           const struct lw_constraints *constraints)
{
    struct arm *arm = &bench->arms[bench->n_arms++];
    *arm = (struct arm){.method = method, .source = source, .constraints = constraints};
    snprintf(arm->name, sizeof arm->name, "%s", name);
    return arm;
}

static void add_arms(struct bench *bench)
{
    struct lw_constraints *plain, *private, *document;
    struct lw_error err;
    must(lw_constraints_new(&plain, &err), &err);
    must(lw_constraints_copy(plain, &private, &err), &err);
    must(lw_constraints_set(private, "privacy.epsilon", 1, &err), &err);
    must(lw_constraints_copy(plain, &document, &err), &err);
    must(lw_constraints_take_model(document, bench->workspace, &err), &err);
    add_arm(bench, "duplicate", NULL, bench->workspace, plain);
    for (size_t i = 0; i < lw_method_count(); i++)
        add_arm(bench, lw_method_get(i)->name, lw_method_get(i)->name, bench->workspace, plain);
    add_arm(bench, "document", "machine", NULL, document);
    add_arm(bench, "epsilon 1", "machine", bench->workspace, private);
    if (bench->other != NULL) {
        static struct lw_summary summary;
        struct lw_workspace *other = learn(open_log(bench->other), NULL);
        lw_workspace_summary(other, &summary);
        add_arm(bench, "other", "machine", other, plain)->rule = summary.trace_rule;
    }
}

static void prepare(struct bench *bench)
{
    struct lw_log *log = open_log(bench->log_path);
    struct lw_workspace *whole = learn(log, bench->rule);
    struct lw_summary summary;
    struct lw_error err;
    strcpy(bench->folder, "/tmp/worth-XXXXXX");
    if (mkdtemp(bench->folder) == NULL) {
        perror(bench->folder);
        exit(2);
    }
    lw_workspace_summary(whole, &summary);
    bench->rule = summary.trace_rule;
    part_log(bench, log, lw_workspace_traces(whole));
    rmdir(bench->folder);
    bench->workspace = learn(bench->train, bench->rule);
    if (bench->labels != NULL) {
        struct lw_study_options options = LW_STUDY_OPTIONS_INIT;
        options.labels = bench->labels;
        options.trace = bench->rule;
        must(lw_study_new(log, &options, NULL, &bench->study, &err), &err);
        struct lw_result *real;
        must(lw_study_run(bench->study, NULL, NULL, NULL, &real, &err), &err);
        bench->real_f1 = sum_f1(real);
    }
    printf("%s: rule %s, %zu traces train, %zu records held out, %zu seeds\n%-12s", bench->log_path, bench->rule,
           lw_traces_count(lw_workspace_traces(bench->workspace)), lw_log_count(bench->held), bench->n_seeds, "arm");
    for (size_t i = 0; i < N_FIGURES; i++)
        printf(" %11s", figures[i]);
    printf("\n");
}

int main(int argc, char **argv)
{
    static struct bench bench = {.n_seeds = 10, .max_traces = 5000};
    int option;
    while ((option = getopt(argc, argv, "s:n:t:l:o:")) != -1)
        switch (option) {
        case 's':
            bench.n_seeds = strtoul(optarg, NULL, 10);
            break;
        case 'n':
            bench.max_traces = strtoul(optarg, NULL, 10);
            break;
        case 't':
            bench.rule = optarg;
            break;
        case 'l':
            bench.labels = optarg;
            break;
        case 'o':
            bench.other = optarg;
            break;
        default:
            return 2;
        }
    if (optind + 1 != argc || bench.n_seeds == 0 || bench.n_seeds > MAX_SEEDS) {
        fprintf(stderr, "usage: worth [-s SEEDS] [-n TRACES] [-t RULE] [-l LABELS] [-o OTHER] LOG\n");
        return 2;
    }
    bench.log_path = argv[optind];
    prepare(&bench);
    add_arms(&bench);
    for (size_t i = 0; i < bench.n_arms; i++) {
        if (bench.arms[i].method != NULL && strcmp(bench.arms[i].method, "llm") == 0) {
            printf("%-12s not measured: it needs an endpoint\n", bench.arms[i].name);
            continue;
        }
        for (size_t seed = 1; seed <= bench.n_seeds; seed++)
            if (!run_arm(&bench, &bench.arms[i], seed))
                break;
        print_arm(&bench.arms[i]);
    }
    return 0;
}
