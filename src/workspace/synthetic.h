/* What struct lw_synthetic is, for the files that make and write it. */
#ifndef LW_WORKSPACE_SYNTHETIC_H
#define LW_WORKSPACE_SYNTHETIC_H

#include "base/buf.h"
#include "generate/write.h"
#include "workspace/workspace.h"

struct lw_synthetic {
    struct lw_workspace *workspace;  /* retained, or NULL: all else borrows from it or from: */
    struct document_model *model;    /* retained, or NULL */
    struct blueprint *own_blueprint; /* of the workspace, or NULL */
    const struct blueprint *blueprint;
    struct generated generated;
    struct variants variants;
    struct lw_traces *traces;
    struct renderer *renderer;
    char *as, *format; /* what the constraints say of the output, or NULL */
    struct buf report; /* of the privacy of what it was made from, or empty */
};

struct generated_log synthetic_log(const struct lw_synthetic *synthetic);

#endif
