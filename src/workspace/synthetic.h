/* What struct lw_synthetic is, for the files that make and write it. */
#ifndef LW_WORKSPACE_SYNTHETIC_H
#define LW_WORKSPACE_SYNTHETIC_H

#include "generate/write.h"
#include "workspace/workspace.h"

struct lw_synthetic {
    struct lw_workspace *workspace; /* retained: all else borrows from it */
    struct blueprint *blueprint;
    struct generated generated;
    struct variants variants;
    struct lw_traces *traces;
    struct renderer *renderer;
    char *as, *format; /* what the constraints say of the output, or NULL */
};

struct generated_log synthetic_log(const struct lw_synthetic *synthetic);

#endif
