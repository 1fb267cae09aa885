/* The public face of generation. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "generate/method.h"
#include "generate/private_blueprint.h"
#include "workspace/synthetic.h"

static int copy_text(const char *text, char **out)
{
    *out = text != NULL ? alloc_text(text, strlen(text)) : NULL;
    return text != NULL && *out == NULL ? LW_ERR_MEMORY : 0;
}

int basis_find(struct basis *basis, const struct lw_workspace *workspace, const struct lw_constraints *constraints,
               const struct lw_run *run, struct lw_error *err)
{
    if (workspace == NULL && constraints->model == NULL)
        return fail(err, LW_ERR_USAGE,
                    "neither a log or workspace nor a model in the constraints: there is nothing to generate from");
    if (workspace == NULL) {
        basis->model = document_model_retain(constraints->model);
        basis->blueprint = document_model_blueprint(basis->model);
        if (constraints->n_values == 0)
            return 0;
        int rc = blueprint_copy(basis->blueprint, constraints, &basis->own_blueprint, err);
        basis->blueprint = basis->own_blueprint;
        return rc;
    }
    /* Retaining counts references; what is counted stays as it is. */
    basis->workspace = lw_workspace_retain((struct lw_workspace *)(uintptr_t)workspace);
    int rc = blueprint_under(workspace_model(workspace), constraints, run, &basis->own_blueprint, &basis->report, err);
    basis->blueprint = basis->own_blueprint;
    return rc;
}

void basis_release(struct basis *basis)
{
    blueprint_free(basis->own_blueprint);
    document_model_release(basis->model);
    lw_workspace_free(basis->workspace);
    buf_release(&basis->report);
}

int lw_generate(const struct lw_workspace *workspace, const struct lw_constraints *constraints, const char *method,
                const struct lw_run *run, struct lw_synthetic **out, struct lw_error *err)
{
    struct lw_synthetic *made = alloc_zeroed(1, sizeof *made);
    if (made == NULL)
        return fail_memory(err, "generating");
    int rc = basis_find(&made->basis, workspace, constraints, run, err);
    if (rc == 0 && (copy_text(constraints->output_as, &made->as) != 0 ||
                    copy_text(constraints->output_format, &made->format) != 0))
        rc = fail_memory(err, "generating");
    if (rc == 0)
        rc = generate_traces(made->basis.blueprint, constraints, method, run, &made->generated, err);
    if (rc == 0)
        rc = variants_find(&made->generated.traces, &made->variants, err);
    if (rc == 0)
        rc = traces_borrow(&made->generated.traces, &made->variants, NULL, 0, &made->traces, err);
    if (rc == 0)
        rc = renderer_new(made->basis.blueprint, &made->generated, (uint64_t)constraints->seed, &made->renderer, err);
    if (rc != 0) {
        lw_synthetic_free(made);
        return rc;
    }
    made->is_walking = method_is_walking(method);
    *out = made;
    return 0;
}

void lw_synthetic_free(struct lw_synthetic *synthetic)
{
    if (synthetic == NULL)
        return;
    renderer_free(synthetic->renderer);
    lw_traces_free(synthetic->traces);
    variants_release(&synthetic->variants);
    generated_release(&synthetic->generated);
    basis_release(&synthetic->basis);
    free(synthetic->as);
    free(synthetic->format);
    free(synthetic);
}

const char *lw_synthetic_privacy(const struct lw_synthetic *synthetic)
{
    return synthetic->basis.report.len > 0 ? synthetic->basis.report.data : "";
}

void lw_constraints_set_noise_seed(struct lw_constraints *constraints, uint64_t seed)
{
    constraints->has_noise_seed = true;
    constraints->noise_seed = seed;
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

struct generated_log synthetic_log(const struct lw_synthetic *synthetic)
{
    return (struct generated_log){synthetic->basis.blueprint, &synthetic->generated, synthetic->renderer};
}

int lw_synthetic_sample(const struct lw_synthetic *synthetic, size_t max_bytes, char **out, size_t *len, char **marks,
                        struct lw_error *err)
{
    struct generated_log log = synthetic_log(synthetic);
    struct buf text = BUF_INIT, line_marks = BUF_INIT;
    int rc = write_sample(&log, max_bytes, &text, marks != NULL ? &line_marks : NULL, err);
    if (rc == 0 && ((text.data == NULL && buf_reserve(&text, 1) != 0) ||
                    (marks != NULL && line_marks.data == NULL && buf_reserve(&line_marks, 1) != 0)))
        rc = fail_memory(err, "rendering a sample");
    if (rc != 0) {
        buf_release(&text);
        buf_release(&line_marks);
        return rc;
    }
    if (marks != NULL) {
        line_marks.data[line_marks.len] = 0;
        *marks = line_marks.data;
    }
    *out = text.data;
    *len = text.len;
    return 0;
}

void lw_free(void *memory)
{
    free(memory);
}
