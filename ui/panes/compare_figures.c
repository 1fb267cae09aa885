/* Tables of what was measured, which the pane owns: figures of the engine, and those made here from its results. */
#include "ui/kit/text.h"
#include "ui/panes/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What detectors that learned from generated traces alone must reach of those that learned from real ones. */
#define LEAST_OF_REAL .97

static void release_row(struct measured *row)
{
    free(row->name);
    free(row->part);
    free(row->note);
}

void measurement_release(struct measurement *measurement)
{
    for (size_t i = 0; i < measurement->n; i++)
        release_row(&measurement->rows[i]);
    free(measurement->rows);
    *measurement = (struct measurement){NULL, 0, 0};
}

int measurement_add(struct measurement *measurement, const struct lw_figure *figure)
{
    if (measurement->n == measurement->cap) {
        size_t cap = measurement->cap > 0 ? 2 * measurement->cap : 32;
        struct measured *grown = realloc(measurement->rows, cap * sizeof *grown);

        if (!grown)
            return LW_ERR_MEMORY;
        measurement->rows = grown;
        measurement->cap = cap;
    }
    struct measured row = {text_copy(figure->name, strlen(figure->name)),
                           text_copy(figure->part, strlen(figure->part)),
                           text_copy(figure->note, strlen(figure->note)),
                           figure->value,
                           figure->low,
                           figure->high,
                           figure->verdict,
                           figure->n};

    if (!row.name || !row.part || !row.note) {
        release_row(&row);
        return LW_ERR_MEMORY;
    }
    measurement->rows[measurement->n++] = row;
    return 0;
}

int measurement_add_all(struct measurement *measurement, const struct lw_figures *figures)
{
    struct lw_figure figure;
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < lw_figures_count(figures); i++)
        if (lw_figures_get(figures, i, &figure, NULL) == 0)
            rc = measurement_add(measurement, &figure);
    return rc;
}

int measurement_copy(const struct measurement *from, struct measurement *to)
{
    int rc = 0;

    *to = (struct measurement){NULL, 0, 0};
    for (size_t i = 0; rc == 0 && i < from->n; i++) {
        const struct measured *row = &from->rows[i];

        rc = measurement_add(to, &(struct lw_figure){row->name, row->part, row->value, row->low, row->high,
                                                     row->verdict, row->n, row->note, NAN, NAN});
    }
    if (rc != 0)
        measurement_release(to);
    return rc;
}

const struct measured *measurement_find(const struct measurement *measurement, const char *name, const char *part)
{
    for (size_t i = 0; i < measurement->n; i++)
        if (strcmp(measurement->rows[i].name, name) == 0 && strcmp(measurement->rows[i].part, part) == 0)
            return &measurement->rows[i];
    return NULL;
}

/* ---- made here ---- */

/* The whole of the group that row `at` is of; false: an earlier row is of it as well. */
static bool sum_group(const struct lw_figures *figures, size_t at, struct lw_figure *whole)
{
    struct lw_figure figure;
    double broken = 0;

    if (lw_figures_get(figures, at, whole, NULL) != 0)
        return false;
    whole->n = 0;
    for (size_t i = 0; i < lw_figures_count(figures); i++) {
        if (lw_figures_get(figures, i, &figure, NULL) != 0 || strcmp(figure.name, whole->name) != 0)
            continue;
        if (i < at)
            return false;
        whole->n += figure.n;
        broken += isnan(figure.value) ? 0 : figure.value * (double)figure.n;
    }
    whole->part = "";
    whole->note = "share that breaks the rules, which are its parts";
    whole->value = whole->n > 0 ? broken / (double)whole->n : NAN;
    whole->low = whole->high = NAN;
    whole->verdict = -1;
    return true;
}

int measure_lawful(const struct lw_validation *validation, bool is_judged, struct measurement *out)
{
    const struct lw_figures *figures = lw_validation_figures(validation);
    struct lw_figure whole, figure;
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < lw_figures_count(figures); i++) {
        if (!sum_group(figures, i, &whole))
            continue;
        if (is_judged && whole.n > 0) {
            whole.high = 0;
            whole.verdict = !(whole.value > 0);
        }
        rc = measurement_add(out, &whole);
        for (size_t at = i; rc == 0 && at < lw_figures_count(figures); at++)
            if (lw_figures_get(figures, at, &figure, NULL) == 0 && strcmp(figure.name, whole.name) == 0)
                rc = measurement_add(out, &figure);
    }
    return rc;
}

static int add_arm(struct measurement *out, const struct lw_row *row, const char *arm)
{
    char note[160], precision[16], recall[16];

    snprintf(note, sizeof note, "F1, trained on %s traces: precision %s, recall %s", arm,
             text_ratio(precision, sizeof precision, row->precision), text_ratio(recall, sizeof recall, row->recall));
    return measurement_add(out,
                           &(struct lw_figure){row->detector, arm, row->f1, NAN, NAN, -1, row->n_test, note, NAN, NAN});
}

int measure_detectors(const struct lw_result *real, const struct lw_result *synthetic, struct measurement *out)
{
    struct lw_row a, b;
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < lw_result_row_count(real); i++) {
        bool is_found = false;

        if (lw_result_row(real, i, &a, NULL) != 0 || a.is_control)
            continue;
        for (size_t j = 0; !is_found && j < lw_result_row_count(synthetic); j++)
            is_found = lw_result_row(synthetic, j, &b, NULL) == 0 && strcmp(a.detector, b.detector) == 0;
        if (!is_found)
            continue;
        double ratio = a.f1 > 0 ? b.f1 / a.f1 : NAN;

        rc = measurement_add(out, &(struct lw_figure){a.detector, "", ratio, LEAST_OF_REAL, NAN,
                                                      isnan(ratio) ? -1 : ratio >= LEAST_OF_REAL, a.n_test,
                                                      "F1 trained on generated traces alone, of that on real ones; "
                                                      "measured on held-out real traces",
                                                      NAN, NAN});
        if (rc == 0)
            rc = add_arm(out, &a, "real");
        if (rc == 0)
            rc = add_arm(out, &b, "synthetic");
    }
    return rc;
}
