/* The public face of fidelity. */
#include "measure/fidelity.h"
#include "workspace/workspace.h"

static int learn(const struct lw_log *real, const struct lw_fidelity_options *options, const struct lw_run *run,
                 struct lw_workspace **out, struct lw_error *err)
{
    struct lw_learn_options learning = LW_LEARN_OPTIONS_INIT;
    learning.trace = options->trace;
    learning.masks = options->masks;
    return lw_workspace_learn(real, &learning, run, out, err);
}

int lw_fidelity(const struct lw_log *real, const struct lw_log *synthetic, const struct lw_fidelity_options *options,
                const struct lw_run *run, struct lw_figures **out, struct lw_error *err)
{
    static const struct lw_fidelity_options usual = LW_FIDELITY_OPTIONS_INIT;
    const struct lw_fidelity_options *given = options != NULL ? options : &usual;
    const struct fidelity_options measuring = {given->seed, given->repeats, given->resamples, given->labels,
                                               given->synthetic_trace};
    struct lw_workspace *learned = NULL;
    int code = given->workspace != NULL ? 0 : learn(real, given, run, &learned, err);
    if (code == 0)
        code = fidelity_measure(workspace_model(given->workspace != NULL ? given->workspace : learned), real, synthetic,
                                &measuring, run, out, err);
    lw_workspace_free(learned);
    return code;
}
