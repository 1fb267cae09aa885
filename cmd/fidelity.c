/* `fidelity`: how close a synthetic log is to a real one. */
#include "cmd/commands.h"
#include "cmd/figures.h"
#include "cmd/input.h"
#include "cmd/option_values.h"

#define RESAMPLES 20

static int print_figures(struct command_call *call, const struct lw_figures *figures)
{
    size_t failed;
    int status = figures_print(call, figures, &failed);

    if (status == COMMAND_DONE && failed > 0)
        command_say(call, "%zu figures are below what halves of the real log reach against one another", failed);
    return status == COMMAND_DONE && failed > 0 && call->values[OPTION_CHECK] != NULL ? COMMAND_FOUND : status;
}

int fidelity_run(struct command_call *call)
{
    struct lw_fidelity_options options = LW_FIDELITY_OPTIONS_INIT;
    struct two_logs logs = {NULL, NULL, NULL};
    struct lw_figures *figures;
    struct lw_error err;
    int status;

    options.labels = input_labels(call);
    options.resamples = call->values[OPTION_INTERVALS] != NULL ? RESAMPLES : 0;
    if (values_count(call, OPTION_SEED, 0, UINT64_C(1) << 53, &options.seed, &err) != 0)
        return command_error(call, &err);
    status = two_logs_open(call, &logs);
    options.workspace = logs.workspace;
    if (status == COMMAND_DONE && lw_fidelity(logs.real, logs.synthetic, &options, call->run, &figures, &err) != 0)
        status = command_error(call, &err);
    else if (status == COMMAND_DONE) {
        status = print_figures(call, figures);
        lw_figures_free(figures);
    }
    two_logs_release(&logs);
    return status;
}
