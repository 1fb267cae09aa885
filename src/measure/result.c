#include "measure/result.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"

struct result_row *result_add_row(struct lw_result *result, size_t n, size_t n_parts)
{
    if (alloc_grow(&result->rows, &result->cap, result->n + 1, sizeof *result->rows) != 0)
        return NULL;
    struct result_row *row = &result->rows[result->n++]; /* counted at once, so that lw_result_free sees it */
    memset(row, 0, sizeof *row);
    row->cap = n;
    row->scores = alloc_array(n, sizeof *row->scores);
    row->anomalous = alloc_zeroed(n, 1);
    row->duplicate = alloc_zeroed(n, 1);
    row->traces = alloc_array(n, sizeof *row->traces);
    row->events = alloc_zeroed(n, sizeof *row->events);
    row->parts = alloc_zeroed(n_parts, sizeof *row->parts);
    bool is_whole = row->scores != NULL && row->anomalous != NULL && row->duplicate != NULL && row->traces != NULL &&
                    row->events != NULL && row->parts != NULL;
    return is_whole ? row : NULL;
}

static void set_figures(const struct lw_result *result, const struct result_row *row, double threshold,
                        struct lw_row *out)
{
    struct confusion all = confusion_at(row->scores, row->anomalous, row->n, threshold), fresh = {0, 0, 0, 0};
    for (size_t i = 0; i < row->n; i++)
        if (!row->duplicate[i])
            confusion_count(&fresh, row->anomalous[i] != 0, row->scores[i] > threshold);
    out->threshold = threshold;
    out->tp = all.tp;
    out->fp = all.fp;
    out->fn = all.fn;
    out->tn = all.tn;
    out->precision = result->has_truth ? confusion_precision(&all) : NAN;
    out->recall = confusion_recall(&all);
    out->f1 = result->has_truth ? confusion_f1(&all) : NAN;
    out->mcc = result->has_truth ? confusion_mcc(&all) : NAN;
    out->f1_deduplicated = result->has_truth ? confusion_f1(&fresh) : NAN;
}

int result_finish_row(const struct lw_result *result, struct result_row *row, struct lw_error *err)
{
    struct lw_row *figures = &row->figures;
    int status = curve_make(row->scores, row->anomalous, row->n, &row->curve, err);
    if (status != 0)
        return status;
    figures->n_test = row->n;
    figures->n_anomalous = figures->n_duplicates = 0;
    for (size_t i = 0; i < row->n; i++) {
        figures->n_anomalous += row->anomalous[i] != 0;
        figures->n_duplicates += row->duplicate[i] != 0;
    }
    figures->level = "trace";
    figures->threshold_rule = row->threshold_rule != NULL ? row->threshold_rule : "none";
    figures->roc_auc = row->curve.roc_auc;
    figures->pr_auc = row->curve.pr_auc;
    figures->oracle_f1 = row->curve.oracle_f1;
    set_figures(result, row, figures->threshold, figures);
    return 0;
}

static int add_control(struct lw_result *result, const char *name, double score, struct lw_error *err)
{
    size_t n = result->rows[0].n;
    struct result_row *row = result_add_row(result, n, 0);
    if (row == NULL)
        return fail_memory(err, "adding a control row");
    const struct result_row *first = &result->rows[0];
    row->figures = first->figures;
    row->figures.detector = name;
    row->figures.is_control = true;
    row->figures.fit_s = row->figures.score_s = 0;
    row->figures.threshold = .5;
    row->n = n;
    for (size_t i = 0; i < n; i++)
        row->scores[i] = score;
    memcpy(row->anomalous, first->anomalous, n);
    memcpy(row->duplicate, first->duplicate, n);
    memcpy(row->traces, first->traces, n * sizeof *row->traces);
    return result_finish_row(result, row, err);
}

int result_add_controls(struct lw_result *result, struct lw_error *err)
{
    int status = add_control(result, "flag-all", 1, err);
    return status != 0 ? status : add_control(result, "flag-none", 0, err);
}

void lw_result_free(struct lw_result *result)
{
    if (result == NULL)
        return;
    for (size_t i = 0; i < result->n; i++) {
        struct result_row *row = &result->rows[i];
        for (size_t p = 0; p < row->n_parts; p++)
            if (row->parts[p].model != NULL)
                row->parts[p].detector->free(row->parts[p].model);
        free(row->parts);
        free(row->threshold_rule);
        free(row->scores);
        free(row->anomalous);
        free(row->duplicate);
        free(row->traces);
        free(row->events);
        curve_release(&row->curve);
    }
    free(result->rows);
    if (result->release_owner != NULL)
        result->release_owner(result->owner);
    free(result);
}

size_t lw_result_row_count(const struct lw_result *result)
{
    return result->n;
}

static int check_row(const struct lw_result *result, size_t row, struct lw_error *err)
{
    if (row < result->n)
        return 0;
    return fail(err, LW_ERR_NOT_FOUND, "row %zu: the result has %zu rows", row, result->n);
}

int lw_result_row(const struct lw_result *result, size_t row, struct lw_row *out, struct lw_error *err)
{
    int status = check_row(result, row, err);
    if (status == 0)
        *out = result->rows[row].figures;
    return status;
}

int lw_result_row_at(const struct lw_result *result, size_t row, double threshold, struct lw_row *out,
                     struct lw_error *err)
{
    int status = lw_result_row(result, row, out, err);
    if (status == 0) {
        set_figures(result, &result->rows[row], threshold, out);
        out->threshold_rule = "set by hand";
    }
    return status;
}

const struct lw_point *lw_result_curve(const struct lw_result *result, size_t row, size_t *n)
{
    *n = row < result->n ? result->rows[row].curve.n : 0;
    return *n > 0 ? result->rows[row].curve.points : NULL;
}

size_t lw_result_verdict_count(const struct lw_result *result, size_t row)
{
    return row < result->n ? result->rows[row].n : 0;
}

static int explain(const struct result_row *row, size_t index, struct lw_verdict *out, struct lw_error *err)
{
    size_t p = 0;
    while (p < row->n_parts && index >= row->parts[p].end)
        p++;
    out->reason[0] = '\0';
    if (p == row->n_parts || row->parts[p].model == NULL)
        return 0;
    const struct result_part *part = &row->parts[p];
    struct buf text = BUF_INIT;
    int status = part->detector->explain(part->model, part->set, row->traces[index], &text, err);
    if (status == 0 && buf_status(&text) != 0)
        status = fail_memory(err, "explaining a verdict");
    if (status == 0 && text.len > 0) {
        size_t len = text.len < sizeof out->reason ? text.len : sizeof out->reason - 1;
        memcpy(out->reason, text.data, len);
        out->reason[len] = '\0';
    }
    buf_release(&text);
    return status;
}

int lw_result_score(const struct lw_result *result, size_t row, size_t index, struct lw_verdict *out,
                    struct lw_error *err)
{
    int status = check_row(result, row, err);
    if (status != 0)
        return status;
    const struct result_row *from = &result->rows[row];
    if (index >= from->n)
        return fail(err, LW_ERR_NOT_FOUND, "verdict %zu: row %zu has %zu", index, row, from->n);
    out->trace = from->traces[index];
    out->score = from->scores[index];
    out->is_flagged = from->scores[index] > from->figures.threshold;
    out->label = !result->has_truth ? LW_UNLABELLED : from->anomalous[index] ? LW_ANOMALOUS : LW_NORMAL;
    out->event = from->events[index];
    out->reason[0] = '\0';
    return 0;
}

int lw_result_verdict(const struct lw_result *result, size_t row, size_t index, struct lw_verdict *out,
                      struct lw_error *err)
{
    int status = lw_result_score(result, row, index, out, err);
    return status != 0 ? status : explain(&result->rows[row], index, out, err);
}
