/* The public face of measured constraints. */
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "generate/constraint_rows.h"
#include "measure/observed.h"
#include "workspace/workspace.h"

/* Takes the targets of one kind out of the document; whether there were any. */
static bool drop_shares(struct lw_constraints *document, enum share_kind kind)
{
    size_t kept = 0;
    for (size_t i = 0; i < document->n_shares; i++)
        if (document->shares[i].kind == kind)
            free(document->shares[i].name);
        else
            document->shares[kept++] = document->shares[i];
    bool is_any = kept < document->n_shares;
    document->n_shares = kept;
    return is_any;
}

static bool drop_calls(struct lw_constraints *document)
{
    bool is_any = document->n_calls > 0;
    for (size_t i = 0; i < document->n_calls; i++) {
        free(document->calls[i].from);
        free(document->calls[i].to);
    }
    document->n_calls = 0;
    return is_any;
}

/* The machine's core leaves out what is rare, so it cannot give every mix that was seen: what it cannot give is not
 * asked for, groups of the least weight first. */
static int make_feasible(const struct lw_workspace *workspace, struct lw_constraints *document, struct lw_error *err)
{
    static const enum share_kind order[] = {SHARE_ERROR_TYPE, SHARE_SERVICE, SHARE_LEVEL};
    double levels[LW_LEVEL_COUNT];
    struct lw_error why;
    int rc = lw_constraints_expected_levels(workspace, document, levels, &why);
    if (rc == LW_ERR_INFEASIBLE && drop_calls(document))
        rc = lw_constraints_expected_levels(workspace, document, levels, &why);
    for (size_t i = 0; i < sizeof order / sizeof *order && rc == LW_ERR_INFEASIBLE; i++)
        if (drop_shares(document, order[i]))
            rc = lw_constraints_expected_levels(workspace, document, levels, &why);
    return rc == 0 ? 0 : fail(err, why.code, "%s", why.text);
}

int lw_constraints_observe(const struct lw_workspace *workspace, const struct lw_log *log,
                           const struct lw_traces *traces, const struct lw_run *run, struct lw_figures **figures,
                           struct lw_constraints **document, struct lw_error *err)
{
    struct lw_figures *measured = NULL;
    struct lw_constraints *made = NULL;
    int rc = observe(workspace_model(workspace), log, traces, run, &measured, document != NULL ? &made : NULL, err);
    if (rc == 0 && document != NULL)
        rc = make_feasible(workspace, made, err);
    if (rc != 0) {
        lw_figures_free(measured);
        lw_constraints_free(made);
        return rc;
    }
    *figures = measured;
    if (document != NULL)
        *document = made;
    return 0;
}
