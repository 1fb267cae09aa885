/* The public face of generation. */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "generate/write.h"
#include "workspace/workspace.h"

struct lw_synthetic {
    struct lw_workspace *workspace; /* retained: all else borrows from it */
    struct blueprint *blueprint;
    struct generated generated;
    struct variants variants;
    struct lw_traces *traces;
    struct renderer *renderer;
};

int lw_constraints_expected_levels(const struct lw_workspace *workspace, const struct lw_constraints *constraints,
                                   double *shares, struct lw_error *err)
{
    struct blueprint *blueprint;
    int rc = blueprint_of_model(workspace_model(workspace), &blueprint, err);
    if (rc != 0)
        return rc;
    rc = generate_expected_levels(blueprint, constraints, shares, err);
    blueprint_free(blueprint);
    return rc;
}

int lw_generate(const struct lw_workspace *workspace, const struct lw_constraints *constraints, const char *method,
                const struct lw_run *run, struct lw_synthetic **out, struct lw_error *err)
{
    struct lw_synthetic *made = alloc_zeroed(1, sizeof *made);
    if (made == NULL)
        return fail_memory(err, "generating");
    /* Retaining counts references; what is counted stays as it is. */
    made->workspace = lw_workspace_retain((struct lw_workspace *)(uintptr_t)workspace);
    int rc = blueprint_of_model(workspace_model(workspace), &made->blueprint, err);
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
