/* What logwright.h asks about how good a machine is. */
#include "learn/quality.h"
#include "workspace/workspace.h"

int lw_workspace_quality(const struct lw_workspace *workspace, const struct lw_run *run, struct lw_quality *out,
                         struct lw_error *err)
{
    const struct model *model = workspace->model;

    return machine_quality(&model->machine, &model->traces, &model->variants, run, out, err);
}

int lw_machine_stability(const struct lw_workspace *workspace, size_t n_resamples, uint64_t seed,
                         const struct lw_run *run, double *shares, struct lw_error *err)
{
    const struct model *model = workspace->model;

    return machine_stability(&model->machine, &model->traces, &model->variants, n_resamples, seed, run, shares, err);
}
