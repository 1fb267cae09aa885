/* What of studies, labels and detectors joins several floors: the functions of logwright.h over src/measure. */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "measure/study.h"
#include "workspace/workspace.h"

struct lw_study {
    struct study *study;
    struct lw_workspace *workspace; /* owns the model of the first fold */
    struct lw_traces *traces;
};

int lw_labels_read(const char *file_or_field, const struct lw_log *log, const struct lw_traces *traces,
                   struct lw_labels **out, struct lw_error *err)
{
    struct lw_labels *labels = alloc_zeroed(1, sizeof *labels);
    if (labels == NULL)
        return fail_memory(err, "reading labels");
    int status = labels_find(file_or_field, log, traces->set, labels, err);
    if (status != 0)
        free(labels);
    else
        *out = labels;
    return status;
}

size_t lw_detector_count(void)
{
    return detector_count();
}

const struct lw_detector_info *lw_detector_get(size_t index)
{
    const struct detector *detector = detector_get(index);
    return detector != NULL ? &detector->info : NULL;
}

int lw_study_new(const struct lw_log *log, const struct lw_study_options *options, const struct lw_run *run,
                 struct lw_study **out, struct lw_error *err)
{
    struct lw_study *made = alloc_zeroed(1, sizeof *made);
    if (made == NULL)
        return fail_memory(err, "making a study");
    int status = study_new((struct lw_log *)log, options, run, &made->study, err);
    if (status == 0) {
        struct fold *first = &made->study->folds[0];
        first->is_model_lent = true;
        status = workspace_from_model(first->model, NULL, &made->workspace, err);
        if (status == 0) {
            uint32_t *record_templates = first->record_templates;
            first->record_templates = NULL;
            status =
                traces_borrow(&first->all, &first->variants, record_templates, lw_log_count(log), &made->traces, err);
        }
    }
    if (status != 0)
        lw_study_free(made);
    else
        *out = made;
    return status;
}

void lw_study_free(struct lw_study *study)
{
    if (study == NULL)
        return;
    lw_traces_free(study->traces);
    study_free(study->study);
    lw_workspace_free(study->workspace);
    free(study);
}

const struct lw_workspace *lw_study_workspace(const struct lw_study *study)
{
    return study->workspace;
}

const struct lw_traces *lw_study_traces(const struct lw_study *study)
{
    return study->traces;
}

const struct lw_labels *lw_study_labels(const struct lw_study *study)
{
    return &study->study->labels;
}

int lw_study_run(const struct lw_study *study, const struct lw_constraints *constraints, const char *method,
                 const struct lw_run *run, struct lw_result **out, struct lw_error *err)
{
    enum study_arm arm = constraints == NULL ? STUDY_REAL : STUDY_AUGMENTED;
    return study_run(study->study, arm, constraints, method, run, out, err);
}

int lw_study_run_synthetic(const struct lw_study *study, const struct lw_constraints *constraints, const char *method,
                           const struct lw_run *run, struct lw_result **out, struct lw_error *err)
{
    return study_run(study->study, STUDY_SYNTHETIC, constraints, method, run, out, err);
}

int lw_detect(const struct lw_workspace *workspace, const struct lw_traces *traces, const char *detectors,
              const struct lw_run *run, struct lw_result **out, struct lw_error *err)
{
    struct detector_list list;
    int status = detector_list_parse(detectors, &list, err);
    if (status != 0)
        return status;
    return study_detect(&workspace_model(workspace)->traces, traces->set, &list, run, out, err);
}
