/* The public face of generation. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "generate/write.h"
#include "log/spooled.h"
#include "workspace/workspace.h"

struct lw_synthetic {
    struct lw_workspace *workspace; /* retained: all else borrows from it */
    struct blueprint *blueprint;
    struct generated generated;
    struct variants variants;
    struct lw_traces *traces;
    struct renderer *renderer;
};

int lw_generate(const struct lw_workspace *workspace, const struct lw_constraints *constraints, const char *method,
                const struct lw_run *run, struct lw_synthetic **out, struct lw_error *err)
{
    struct lw_synthetic *made = alloc_zeroed(1, sizeof *made);
    if (made == NULL)
        return fail_memory(err, "generating");
    /* Retaining counts references; what is counted stays as it is. */
    made->workspace = lw_workspace_retain((struct lw_workspace *)(uintptr_t)workspace);
    int rc = blueprint_of_model(workspace_model(workspace), constraints, &made->blueprint, err);
    if (rc == 0)
        rc = generate_traces(made->blueprint, constraints, method, run, &made->generated, err);
    if (rc == 0)
        rc = variants_find(&made->generated.traces, &made->variants, err);
    if (rc == 0)
        rc = traces_borrow(&made->generated.traces, &made->variants, NULL, 0, &made->traces, err);
    if (rc == 0)
        rc = renderer_new(made->blueprint, &made->generated, (uint64_t)constraints->seed, &made->renderer, err);
    if (rc != 0) {
        lw_synthetic_free(made);
        return rc;
    }
    *out = made;
    return 0;
}

void lw_synthetic_free(struct lw_synthetic *synthetic)
{
    if (synthetic == NULL)
        return;
    renderer_free(synthetic->renderer);
    blueprint_free(synthetic->blueprint);
    lw_traces_free(synthetic->traces);
    variants_release(&synthetic->variants);
    generated_release(&synthetic->generated);
    lw_workspace_free(synthetic->workspace);
    free(synthetic);
}

const struct lw_traces *lw_synthetic_traces(const struct lw_synthetic *synthetic)
{
    return synthetic->traces;
}

int lw_synthetic_label(const struct lw_synthetic *synthetic, size_t trace)
{
    if (trace >= synthetic->generated.traces.n_traces)
        return LW_UNLABELLED;
    return synthetic->generated.kinds[trace] == ANOMALY_NONE ? LW_NORMAL : LW_ANOMALOUS;
}

const char *lw_synthetic_kind(const struct lw_synthetic *synthetic, size_t trace)
{
    if (trace >= synthetic->generated.traces.n_traces)
        return "";
    return anomaly_name((enum anomaly)synthetic->generated.kinds[trace]);
}

static struct generated_log log_of(const struct lw_synthetic *synthetic)
{
    return (struct generated_log){synthetic->blueprint, &synthetic->generated, synthetic->renderer};
}

int lw_synthetic_write(const struct lw_synthetic *synthetic, const char *as, const char *path, const char *labels_path,
                       const struct lw_run *run, struct lw_error *err)
{
    struct generated_log log = log_of(synthetic);
    int rc = write_log(&log, as, path, run, err);
    return rc == 0 && labels_path != NULL ? write_labels(&synthetic->generated, labels_path, err) : rc;
}

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

int lw_synthetic_log(const struct lw_synthetic *synthetic, const struct lw_run *run, struct lw_log **out,
                     struct lw_error *err)
{
    struct generated_log log = log_of(synthetic);
    struct lw_open_options options = LW_OPEN_OPTIONS_INIT;
    struct spool spool = SPOOL_INIT;
    struct buf formats = BUF_INIT;
    int rc = write_to(&log, "text", &(struct write_sink){put_in_spool, &spool}, run, err);
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

int lw_synthetic_sample(const struct lw_synthetic *synthetic, size_t max_bytes, char **out, size_t *len,
                        struct lw_error *err)
{
    struct generated_log log = log_of(synthetic);
    struct buf text = BUF_INIT;
    int rc = write_sample(&log, max_bytes, &text, err);
    if (rc == 0 && text.data == NULL && buf_reserve(&text, 1) != 0)
        rc = fail_memory(err, "rendering a sample");
    if (rc != 0) {
        buf_release(&text);
        return rc;
    }
    *out = text.data;
    *len = text.len;
    return 0;
}

void lw_free(void *memory)
{
    free(memory);
}
