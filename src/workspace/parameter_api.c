/*
 * Models of delays and of parameters as logwright.h shows them. They are made from the model when somebody asks for the
 * first time, and kept: most workspaces are never asked. They have a lock of their own, since making them takes longer
 * than anybody who asks for a template's values should wait.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "learn/delay_fit.h"
#include "learn/delay_times.h"
#include "workspace/workspace.h"

struct parameter_models {
    bool has_delays;
    struct delay_times delays;
};

void parameter_models_free(struct parameter_models *models)
{
    if (models == NULL)
        return;
    delay_times_release(&models->delays);
    free(models);
}

/* The models of a workspace, or of its lender, with its lock held; NULL: out of memory, and the lock is free. */
static struct parameter_models *take_models(const struct lw_workspace *workspace, struct lw_workspace **owner)
{
    /* As with the cache of slots: behind the lock nobody can tell that a workspace changes. */
    *owner = workspace->lender != NULL ? workspace->lender : (struct lw_workspace *)workspace;
    pthread_mutex_lock(&(*owner)->models_lock);
    if ((*owner)->models == NULL)
        (*owner)->models = alloc_zeroed(1, sizeof *(*owner)->models);
    if ((*owner)->models == NULL)
        pthread_mutex_unlock(&(*owner)->models_lock);
    return (*owner)->models;
}

/* ---- delays ---------------------------------------------------------------------------------------------------- */

/* What is kept is immutable from then on. */
static int find_delays(const struct lw_workspace *workspace, const struct delay_times **out, struct lw_error *err)
{
    struct lw_workspace *owner;
    struct parameter_models *models = take_models(workspace, &owner);
    int code = 0;

    if (models == NULL)
        return fail_memory(err, "gathering delays");
    if (!models->has_delays)
        code = delay_times_init(&models->delays, &owner->model->machine, &owner->model->traces, err);
    models->has_delays = code == 0;
    *out = &models->delays;
    pthread_mutex_unlock(&owner->models_lock);
    return code;
}

int lw_workspace_delay(const struct lw_workspace *workspace, size_t transition, struct lw_delay_model *out,
                       struct lw_error *err)
{
    const struct delay_times *delays = NULL;
    int code = find_delays(workspace, &delays, err);

    if (code != 0)
        return code;
    if (transition >= delays->n_edges)
        return fail(err, LW_ERR_NOT_FOUND, "there is no transition %zu; the machine has %zu", transition,
                    delays->n_edges);
    delay_fit(delays->delays_us + delays->first[transition], delays->first[transition + 1] - delays->first[transition],
              delays->resolution_us, out);
    return 0;
}
