/* Probabilities of whole traces: the function of logwright.h over learn/mixture.h. */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "learn/mixture.h"
#include "workspace/workspace.h"

int lw_workspace_probability(const struct lw_workspace *workspace, const struct lw_traces *traces,
                             const struct lw_run *run, double *log2_out, struct lw_error *err)
{
    const struct model *model = workspace_model(workspace);
    struct mixture mixture;
    double *log2_of = alloc_array(traces->variants->n, sizeof *log2_of);
    if (log2_of == NULL)
        return fail_memory(err, "computing probabilities");
    int status = mixture_learn(&model->traces, &model->variants, &model->machine, run, &mixture, err);
    if (status == 0) {
        status = mixture_log2(&mixture, traces->set, traces->variants, run, log2_of, err);
        mixture_release(&mixture);
    }
    for (size_t t = 0; status == 0 && t < traces->set->n_traces; t++)
        log2_out[t] = log2_of[traces->variants->of[t]];
    free(log2_of);
    return status;
}
