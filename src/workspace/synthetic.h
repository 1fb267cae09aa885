/* What struct lw_synthetic is, for the files that make and write it. */
#ifndef LW_WORKSPACE_SYNTHETIC_H
#define LW_WORKSPACE_SYNTHETIC_H

#include "base/buf.h"
#include "generate/tilt.h"
#include "generate/write.h"
#include "workspace/workspace.h"

/* What logs are made from. */
struct basis {
    struct lw_workspace *workspace;  /* retained, or NULL: all else borrows from it or from: */
    struct document_model *model;    /* retained, or NULL */
    struct blueprint *own_blueprint; /* of the workspace, or NULL */
    const struct blueprint *blueprint;
    struct buf report; /* of its privacy, or empty */
};
/* A workspace that is given comes before the document's own model. basis: zeros; released by the caller, also when this
 * fails. */
int basis_find(struct basis *basis, const struct lw_workspace *workspace, const struct lw_constraints *constraints,
               const struct lw_run *run, struct lw_error *err);
void basis_release(struct basis *basis);

struct lw_synthetic {
    struct basis basis;
    struct generated generated;
    struct variants variants;
    struct lw_traces *traces;
    struct renderer *renderer;
    bool is_walking;   /* drawn by a method that meets targets */
    char *as, *format; /* what the constraints say of the output, or NULL */
};

/* lw_constraints_expected with as much effort as is to be spent on what cannot be met. */
int expected_figures(const struct lw_workspace *workspace, const struct lw_constraints *constraints,
                     enum tilt_effort effort, struct lw_figures **out, struct lw_error *err);

struct generated_log synthetic_log(const struct lw_synthetic *synthetic);

#endif
