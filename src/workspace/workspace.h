/* What struct lw_workspace is: counts, edits and the model that follows from them. */
#ifndef LW_WORKSPACE_WORKSPACE_H
#define LW_WORKSPACE_WORKSPACE_H

#include <pthread.h>
#include <stdatomic.h>

#include "learn/model.h"
#include "learn/traces.h"

struct blueprint;
struct parameter_models;
struct row_file;
struct template_slots;

struct lw_workspace {
    atomic_uint references;
    struct edits edits;
    char folded[300];              /* what the counts gave up, in words */
    struct model *model;           /* holds the counts; the lender's, if there is one */
    struct lw_traces *traces;      /* borrows the model's; the lender's */
    struct lw_workspace *lender;   /* the one under other marks, or NULL */
    struct row_file *rows;         /* records in the file that it came from, or NULL */
    bool has_row_templates;        /* and their templates are those that the file names */
    pthread_mutex_t lock;          /* guards: */
    struct template_slots **slots; /* [templates] NULL until somebody asks, see slot_api.c */
    pthread_mutex_t models_lock;   /* guards: */
    struct blueprint *blueprint;   /* NULL until somebody asks what to expect, see expected_api.c; borrows the model */
    struct parameter_models *models; /* NULL until somebody asks, see parameter_api.c; the lender's stay with it */
};

const struct model *workspace_model(const struct lw_workspace *workspace);
/* Takes the model over, and the edits it was built with (NULL: none), on failure too. */
int workspace_from_model(struct model *model, struct edits *edits, struct lw_workspace **out, struct lw_error *err);
/* The workspace of counts (retained) under edits (taken over, on failure too; NULL: none). */
int workspace_build(struct counts *counts, struct edits *edits, const struct lw_run *run, struct lw_workspace **out,
                    struct lw_error *err);
/* The same counts under changed edits (taken over, on failure too). Costs next to nothing where only marks change. */
int workspace_under(const struct lw_workspace *workspace, struct edits *edits, struct lw_workspace **out,
                    struct lw_error *err);
void parameter_models_free(struct parameter_models *models);
/* Frees slots[0 .. n). */
void template_slots_free(struct template_slots **slots, size_t n);

#endif
