/* `privacy`: what a synthetic log gives away of the real one. */
#include "cmd/commands.h"
#include "cmd/figures.h"
#include "cmd/input.h"
#include "cmd/option_values.h"

static int print_figures(struct command_call *call, const struct lw_figures *figures)
{
    size_t failed;
    int status = figures_print(call, figures, &failed);

    return status == COMMAND_DONE && failed > 0 && call->values[OPTION_CHECK] != NULL ? COMMAND_FOUND : status;
}

int privacy_run(struct command_call *call)
{
    struct lw_privacy_options options = LW_PRIVACY_OPTIONS_INIT;
    struct two_logs logs = {NULL, NULL, NULL};
    struct lw_log *holdout = NULL;
    struct lw_figures *figures;
    struct lw_error err;
    int status;

    options.allow = call->values[OPTION_ALLOW];
    if (values_count(call, OPTION_SEED, 0, UINT64_C(1) << 53, &options.seed, &err) != 0 ||
        values_count(call, OPTION_MINIMUM_COUNT, 1, UINT32_MAX, &options.minimum_count, &err) != 0)
        return command_error(call, &err);
    status = two_logs_open(call, &logs);
    if (status == COMMAND_DONE && call->values[OPTION_HOLDOUT] != NULL)
        status = input_read(call, call->values[OPTION_HOLDOUT], logs.workspace, &holdout);
    options.workspace = logs.workspace;
    options.holdout = holdout;
    if (status == COMMAND_DONE && lw_privacy(logs.real, logs.synthetic, &options, call->run, &figures, &err) != 0)
        status = command_error(call, &err);
    else if (status == COMMAND_DONE) {
        status = print_figures(call, figures);
        lw_figures_free(figures);
    }
    lw_log_free(holdout);
    two_logs_release(&logs);
    return status;
}
