/*
 * Writing what was generated. Tables need a log with records, so the text is read back by way of a file without a name
 * and matched against the workspace, as any other log would be: what stands in the tables is what a reader of the text
 * finds, and keys hold for the same reason as with real logs.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "generate/named_format.h"
#include "generate/outfile.h"
#include "input/spool.h"
#include "log/spooled.h"
#include "workspace/synthetic.h"
#include "workspace/table_labels.h"

/* ---- the text as a log ---- */

/* A time just behind the log, for years that its headers leave out; 0: it has no times. */
static int64_t last_time(const struct trace_set *set)
{
    int64_t last = LW_NO_TIME;
    for (size_t i = 0; i < set->n_events; i++)
        last = set->times_us[i] > last ? set->times_us[i] : last;
    return last == LW_NO_TIME ? 0 : last + INT64_C(1000000);
}

static int put_in_spool(void *to, const void *data, size_t len, struct lw_error *err)
{
    return spool_write(to, data, len, err);
}

static bool is_built_in(const char *name, size_t len)
{
    for (size_t i = 0; i < lw_format_count(); i++)
        if (strlen(lw_format_get(i)->name) == len && memcmp(lw_format_get(i)->name, name, len) == 0)
            return true;
    return false;
}

static bool is_listed(const char *list, const char *name, size_t len)
{
    for (const char *at = list; at != NULL && *at != '\0'; at = strchr(at, ','), at += at != NULL) {
        if (strcspn(at, ",") == len && memcmp(at, name, len) == 0)
            return true;
    }
    return false;
}

/* What the text is read by, as lw_open_options takes it: the formats that the workspace's own log was read by. Empty,
 * so that they are to be found, if there is no such log or one of them is known from a folder of formats alone. */
static int list_formats(const struct blueprint *blueprint, struct buf *out)
{
    const struct intern *seen = blueprint->model != NULL ? &blueprint->model->counts->formats : NULL;
    buf_clear(out);
    if (blueprint->is_symbolic)
        buf_add_text(out, "sequences");
    for (uint32_t i = 0; seen != NULL && i < seen->count && !blueprint->is_symbolic; i++)
        for (const char *at = intern_get(seen, i).data; *at != '\0'; at += *at == ',') {
            size_t len = strcspn(at, ",");
            if (!is_built_in(at, len)) {
                buf_clear(out);
                return buf_status(out);
            }
            if (out->len == 0 || !is_listed(out->data, at, len))
                buf_printf(out, "%s%.*s", out->len > 0 ? "," : "", (int)len, at);
            at += len;
        }
    return buf_status(out);
}

static int read_back(const struct lw_synthetic *synthetic, struct line_heights *heights, const struct lw_run *run,
                     struct lw_log **out, struct lw_error *err)
{
    struct generated_log log = synthetic_log(synthetic);
    struct lw_open_options options = LW_OPEN_OPTIONS_INIT;
    struct spool spool = SPOOL_INIT;
    struct buf formats = BUF_INIT;
    int rc = write_to(&log, "text", NULL, &(struct write_sink){put_in_spool, &spool}, heights, run, err);
    if (rc == 0 && list_formats(log.blueprint, &formats) != 0)
        rc = fail_memory(err, "reading a generated log");
    options.format = formats.len > 0 ? formats.data : NULL;
    options.now_us = last_time(&synthetic->generated.traces);
    if (rc == 0)
        rc = log_open_spool(&spool, "generated.log", &options, run, out, err);
    else
        spool_release(&spool);
    buf_release(&formats);
    return rc;
}

int lw_synthetic_log(const struct lw_synthetic *synthetic, const struct lw_run *run, struct lw_log **out,
                     struct lw_error *err)
{
    return read_back(synthetic, NULL, run, out, err);
}

/* ---- tables ---- */

/* What the tables say of templates, values and the machine is learned from the generated log: the workspace's own would
 * tell values of the real one. */
static int write_tables(const struct lw_synthetic *synthetic, bool is_csv, const char *path,
                        struct line_heights *heights, const struct lw_run *run, struct lw_error *err)
{
    struct lw_learn_options options = LW_LEARN_OPTIONS_INIT;
    struct lw_log *log = NULL;
    struct lw_workspace *learned = NULL;
    struct lw_schema *schema = NULL;
    struct table_labels labels = {NULL, NULL, 0, 0};
    struct generated_log generated = synthetic_log(synthetic);
    options.plan = synthetic->basis.workspace;
    options.trace = synthetic->basis.blueprint->rule_text;
    int rc = read_back(synthetic, heights, run, &log, err);
    if (rc == 0)
        rc = lw_workspace_learn(log, &options, run, &learned, err);
    if (rc == 0)
        rc = table_labels_init(&labels, &generated, heights, log, learned, err);
    if (rc == 0)
        rc = schema_new_labelled(learned, log, NULL, &labels, run, &schema, err);
    if (rc == 0)
        rc = (is_csv ? lw_schema_write_csv : lw_schema_write_sqlite)(schema, path, run, err);
    lw_schema_free(schema);
    table_labels_release(&labels);
    lw_workspace_free(learned);
    lw_log_free(log);
    return rc;
}

/* ---- in all forms ---- */

static const struct form {
    struct lw_output_info info;
    bool is_tables;
} forms[] = {
    {{"text", "records in the source's own format, or in one of those below"}, false},
    {{"jsonl", "a JSON object a record: timestamp, service, level, error_type, message, context"}, false},
    {{"sequences", "a line a trace: label, ids of templates, name"}, false},
    {{"sqlite", "the tables of the generated log, in an SQLite database"}, true},
    {{"csv", "the tables of the generated log, as CSV files in a folder"}, true},
};
#define N_FORMS (sizeof forms / sizeof *forms)

const struct lw_output_info *lw_output_form(size_t index)
{
    return index < N_FORMS ? &forms[index].info : NULL;
}

const char *lw_output_format(size_t index)
{
    struct named_keeps keeps;
    if (index >= named_format_count())
        return NULL;
    named_format_keeps(index, &keeps);
    return keeps.name;
}

static int put_in_file(void *to, const void *data, size_t len, struct lw_error *err)
{
    return outfile_write(to, data, len, err);
}

static int put_to_caller(void *to, const void *data, size_t len, struct lw_error *err)
{
    const struct lw_write_options *options = to;
    return options->put(options->user, data, len) == 0 ? 0 : fail(err, LW_ERR_CANCELLED, "writing was stopped");
}

/* What is written, beside one another, so that all of it appears or nothing. */
enum { FILE_LABELS, FILE_RECORD_LABELS, FILE_TEXT, FILE_COUNT };

static int open_files(const struct lw_write_options *options, bool is_tables, struct outfile *files,
                      struct lw_error *err)
{
    const char *paths[FILE_COUNT] = {options->labels, options->record_labels, is_tables ? NULL : options->path};
    int rc = 0;
    for (int i = 0; i < FILE_COUNT && rc == 0; i++)
        rc = paths[i] == NULL ? 0 : outfile_open(&files[i], paths[i], err);
    return rc;
}

static int close_files(struct outfile *files, int rc, struct lw_error *err)
{
    for (int i = 0; i < FILE_COUNT; i++) {
        if (files[i].stream == NULL)
            continue;
        if (rc == 0)
            rc = outfile_commit(&files[i], err);
        else
            outfile_abort(&files[i]);
    }
    return rc;
}

/* Tables take more than the text that they are made from, which goes to a file without a name first. */
static int has_room(const struct form *form, const char *path, double bytes, struct lw_error *err)
{
    struct lw_error spool = {.code = LW_OK};
    int rc = outfile_has_room(path, bytes, err);
    if (rc != 0 || !form->is_tables || outfile_has_room(spool_folder(), bytes, &spool) == 0)
        return rc;
    return fail(err, LW_ERR_LIMIT, "%s is made from a temporary file, which TMPDIR says the place of; %s", path,
                spool.text);
}

/* Before anything is written. */
static int check_room(const struct generated_log *log, const struct form *form, const struct lw_write_options *options,
                      struct lw_error *err)
{
    double bytes;
    if (options->path == NULL)
        return 0;
    int rc = write_estimate(log, form->is_tables ? "text" : form->info.name, options->format, &bytes, err);
    return rc == 0 ? has_room(form, options->path, bytes, err) : rc;
}

static int check(const struct lw_write_options *options, bool is_symbolic, const struct form **out,
                 struct lw_error *err)
{
    const char *as = options->as;
    *out = NULL;
    for (size_t i = 0; i < N_FORMS; i++)
        if (strcmp(forms[i].info.name, as) == 0)
            *out = &forms[i];
    if (*out == NULL)
        return fail(err, LW_ERR_USAGE,
                    "a log cannot be written as \"%.50s\"; text, jsonl, sequences, sqlite and csv are there", as);
    if ((*out)->is_tables && (options->path == NULL || strcmp(options->path, "-") == 0))
        return fail(err, LW_ERR_USAGE, "%s cannot be written to standard output; give the name of a %s", as,
                    strcmp(as, "csv") == 0 ? "folder" : "file");
    if (options->record_labels != NULL && (is_symbolic || strcmp(as, "sequences") == 0))
        return fail(err, LW_ERR_USAGE, "sequences have no records to be labelled; ask for labels of traces");
    return 0;
}

/* What was left out is what the constraints say; a format that they name is one of text. */
static void complete(const struct lw_synthetic *synthetic, struct lw_write_options *options)
{
    if (options->as == NULL)
        options->as = synthetic->as != NULL ? synthetic->as : "text";
    if (options->format == NULL && strcmp(options->as, "text") == 0 && !synthetic->basis.blueprint->is_symbolic)
        options->format = synthetic->format;
}

int lw_synthetic_write(const struct lw_synthetic *synthetic, const struct lw_write_options *given,
                       const struct lw_run *run, struct lw_error *err)
{
    if (given->version != LW_OPTIONS_VERSION)
        return fail(err, LW_ERR_USAGE, "options of version %u: this library knows version %u", given->version,
                    LW_OPTIONS_VERSION);
    struct generated_log log = synthetic_log(synthetic);
    struct line_heights heights = {NULL, 0};
    struct lw_write_options options = *given;
    bool has_labels = options.labels != NULL || options.record_labels != NULL;
    const struct form *form;
    struct outfile files[FILE_COUNT] = {{NULL, NULL, NULL}};
    complete(synthetic, &options);
    int rc = check(&options, log.blueprint->is_symbolic, &form, err);
    if (rc == 0)
        rc = check_room(&log, form, &options, err);
    if (rc == 0)
        rc = open_files(&options, form->is_tables, files, err);
    if (rc == 0 && form->is_tables) {
        rc = write_tables(synthetic, strcmp(form->info.name, "csv") == 0, options.path, &heights, run, err);
    } else if (rc == 0) {
        struct write_sink sink = {put_to_caller, &options};
        if (options.path != NULL)
            sink = (struct write_sink){put_in_file, &files[FILE_TEXT]};
        rc = write_to(&log, options.as, options.format, &sink, has_labels ? &heights : NULL, run, err);
    }
    if (rc == 0 && has_labels)
        rc = write_labels(&log, &heights, &files[FILE_LABELS], &files[FILE_RECORD_LABELS], err);
    free(heights.of_records);
    return close_files(files, rc, err);
}

/* ---- before a log is made ---- */

#define LARGE_RECORDS 4e6 /* below, generating takes no longer than finding out */
#define LARGE_TRACES  4e5
#define SAMPLE_TRACES 200

/* Bytes of a log of n_records, from a short one that is made for this. */
static int estimate(const struct basis *basis, const struct lw_constraints *constraints, const char *method,
                    const struct lw_write_options *options, double n_records, double *bytes, const struct form **form)
{
    struct lw_constraints few = *constraints;
    struct lw_synthetic sample = {.as = constraints->output_as, .format = constraints->output_format};
    struct lw_write_options write = *options;
    few.traces = SAMPLE_TRACES;
    few.records = few.duration_s = NAN;
    sample.basis.blueprint = basis->blueprint;
    complete(&sample, &write);
    int rc = check(&write, basis->blueprint->is_symbolic, form, NULL);
    if (rc == 0)
        rc = generate_traces(basis->blueprint, &few, method, NULL, &sample.generated, NULL);
    if (rc != 0)
        return rc;
    rc = renderer_new(basis->blueprint, &sample.generated, (uint64_t)few.seed, &sample.renderer, NULL);
    struct generated_log log = synthetic_log(&sample);
    if (rc == 0)
        rc = write_estimate(&log, (*form)->is_tables ? "text" : write.as, write.format, bytes, NULL);
    if (sample.generated.traces.n_events > 0)
        *bytes *= n_records / (double)sample.generated.traces.n_events;
    renderer_free(sample.renderer);
    generated_release(&sample.generated);
    return rc;
}

int lw_generate_has_room(const struct lw_workspace *workspace, const struct lw_constraints *constraints,
                         const char *method, const struct lw_write_options *options, const struct lw_run *run,
                         struct lw_error *err)
{
    struct basis basis = {.workspace = NULL};
    double records, bytes = 0;
    const struct form *form;
    bool is_large =
        constraints->records > LARGE_RECORDS || constraints->traces > LARGE_TRACES || !isnan(constraints->duration_s);
    if (options->path == NULL || !is_large || strcmp(method, "llm") == 0)
        return 0;
    int rc = basis_find(&basis, workspace, constraints, run, err);
    if (rc == 0)
        rc = generate_expect(basis.blueprint, constraints, &records, err);
    /* What cannot be made is told by whoever makes it. */
    if (rc == 0 && estimate(&basis, constraints, method, options, records, &bytes, &form) == 0)
        rc = has_room(form, options->path, bytes, err);
    basis_release(&basis);
    return rc;
}
