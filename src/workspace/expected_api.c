/* The expected mix as a table of figures. */
#include "base/fail.h"
#include "generate/expected.h"
#include "generate/schedule.h"
#include "measure/figures.h"
#include "workspace/synthetic.h"

#define TRACES 1000 /* where no size is asked for */

static int add_size(struct lw_figures *figures, const char *name, double value, bool is_asked, struct lw_error *err)
{
    struct lw_figure row = FIGURE_INIT;
    row.name = name;
    row.value = value;
    if (is_asked) {
        row.low = row.high = value;
        row.verdict = 1;
    }
    return figures_add(figures, &row, err);
}

/* Whichever of traces, records and duration is asked for gives the others. */
static int add_sizes(struct lw_figures *figures, const struct blueprint *blueprint,
                     const struct lw_constraints *constraints, double length, struct lw_error *err)
{
    bool is_by_records = !isnan(constraints->records), is_by_time = !isnan(constraints->duration_s);
    double traces = isnan(constraints->traces) ? TRACES : constraints->traces, lasts_s = constraints->duration_s;
    struct schedule schedule;
    int rc = schedule_init(&schedule, blueprint, constraints, err);
    if (rc != 0)
        return rc;
    if (is_by_records)
        traces = ceil(constraints->records / length);
    else if (is_by_time)
        traces = rint(schedule_traces_in(&schedule, lasts_s, length));
    double records = is_by_records ? constraints->records : traces * length;
    if (!is_by_time)
        lasts_s = schedule_lasts_s(&schedule, traces, records);
    schedule_release(&schedule);
    rc = add_size(figures, "traces", traces, !is_by_records && !is_by_time, err);
    if (rc == 0)
        rc = add_size(figures, "records", records, is_by_records, err);
    return rc == 0 ? add_size(figures, "duration", lasts_s, is_by_time, err) : rc;
}

static int add_row(struct lw_figures *figures, const struct expected *expected, const struct expected_row *from,
                   struct lw_error *err)
{
    struct lw_figure row = FIGURE_INIT;
    row.name = from->name;
    row.value = from->value;
    row.low = from->low;
    row.high = from->high;
    row.note = from->pull > 0 ? "binds: lifted" : from->pull < 0 ? "binds: held down" : "";
    if (!isnan(row.low) || !isnan(row.high)) {
        bool is_short = !isnan(row.low) && !(row.value >= row.low - 1e-6),
             is_over = !isnan(row.high) && !(row.value <= row.high + 1e-6);
        row.verdict = !(is_short || is_over) || (isnan(row.value) && !(row.low > 0));
        if (row.verdict == 0)
            row.note = expected->missed.text;
    }
    return figures_add(figures, &row, err);
}

/* How far the value lies outside of a bound, beyond what chance and injected anomalies explain; 0: it does not. side
 * 0: the lower one. */
static double falls_short(const struct expected_row *row, int side, double changed)
{
    double asked = side == 0 ? row->low : row->high, short_by = side == 0 ? asked - row->value : row->value - asked;
    return short_by > 4 * row->spread + changed ? short_by : 0;
}

static int judge_row(const struct expected_row *row, double changed)
{
    bool is_asked = !isnan(row->low) || !isnan(row->high);
    return is_asked ? !(falls_short(row, 0, changed) > 0 || falls_short(row, 1, changed) > 0) : -1;
}

/* Of the traces, those that anomalies were injected into. */
static double changed_share(const struct lw_synthetic *synthetic)
{
    size_t n_traces = synthetic->generated.traces.n_traces, n = 0;
    for (size_t i = 0; i < n_traces; i++)
        n += synthetic->generated.kinds[i] != ANOMALY_NONE;
    return n_traces > 0 ? (double)n / (double)n_traces : 0;
}

int lw_synthetic_achieved(const struct lw_synthetic *synthetic, const struct lw_constraints *constraints,
                          struct lw_figures **out, struct lw_error *err)
{
    struct lw_figures *figures = NULL;
    struct expected achieved = {.rows = NULL};
    double changed = changed_share(synthetic);
    int rc = expected_of_generated(synthetic->renderer, constraints, &achieved, err);
    if (rc == 0)
        rc = figures_new(&figures, err);
    for (size_t i = 0; i < achieved.n && rc == 0; i++) {
        struct lw_figure row = FIGURE_INIT;
        row.name = achieved.rows[i].name;
        row.value = achieved.rows[i].value;
        row.low = achieved.rows[i].low;
        row.high = achieved.rows[i].high;
        row.n = synthetic->generated.traces.n_events;
        row.verdict = judge_row(&achieved.rows[i], changed);
        rc = figures_add(figures, &row, err);
    }
    expected_release(&achieved);
    if (rc == 0)
        *out = figures;
    else
        lw_figures_free(figures);
    return rc;
}

static int check_row(const struct expected_row *row, double changed, struct lw_error *err)
{
    for (int side = 0; side < 2; side++) {
        double asked = side == 0 ? row->low : row->high, short_by = falls_short(row, side, changed);
        if (short_by > 0)
            return fail(err, LW_ERR_INFEASIBLE,
                        "what was drawn has %s %.4g, %.4g %s what was asked for, %.4g: a few long traces would have to "
                        "make up for it; ask for less, or for more traces",
                        row->name, row->value, short_by, side == 0 ? "below" : "above", asked);
    }
    return 0;
}

int lw_synthetic_check(const struct lw_synthetic *synthetic, const struct lw_constraints *constraints,
                       struct lw_error *err)
{
    struct expected achieved = {.rows = NULL};
    double changed = changed_share(synthetic);
    if (!synthetic->is_walking || (constraints->n_shares == 0 && constraints->n_calls == 0) ||
        synthetic->generated.traces.n_traces == 0)
        return 0;
    int rc = expected_of_generated(synthetic->renderer, constraints, &achieved, err);
    for (size_t i = 0; i < achieved.n && rc == 0; i++)
        rc = check_row(&achieved.rows[i], changed, err);
    expected_release(&achieved);
    return rc;
}

/* What the mix follows from is the same for all constraints, so it is found once. */
static int find_blueprint(const struct lw_workspace *workspace, const struct blueprint **out, struct lw_error *err)
{
    struct lw_workspace *owner = (struct lw_workspace *)(uintptr_t)workspace;
    struct lw_constraints *none;
    while (owner->lender != NULL)
        owner = owner->lender;
    int rc = lw_constraints_new(&none, err);
    if (rc != 0)
        return rc;
    pthread_mutex_lock(&owner->models_lock);
    if (owner->blueprint == NULL)
        rc = blueprint_of_model(owner->model, none, &owner->blueprint, err);
    *out = owner->blueprint;
    pthread_mutex_unlock(&owner->models_lock);
    lw_constraints_free(none);
    return rc;
}

int expected_figures(const struct lw_workspace *workspace, const struct lw_constraints *constraints,
                     enum tilt_effort effort, struct lw_figures **out, struct lw_error *err)
{
    struct lw_figures *figures = NULL;
    const struct blueprint *blueprint = document_model_blueprint(constraints->model);
    struct expected expected = {.rows = NULL};
    int rc = 0;
    if (workspace != NULL)
        rc = find_blueprint(workspace, &blueprint, err);
    else if (blueprint == NULL)
        rc = fail(err, LW_ERR_USAGE, "neither a workspace nor a model in the constraints: there is nothing to expect");
    if (rc == 0)
        rc = expected_find(blueprint, constraints, effort, &expected, err);
    if (rc == 0)
        rc = figures_new(&figures, err);
    if (rc == 0)
        rc = add_sizes(figures, blueprint, constraints, expected.rows[0].value, err);
    for (size_t i = 0; i < expected.n && rc == 0; i++)
        rc = add_row(figures, &expected, &expected.rows[i], err);
    expected_release(&expected);
    if (rc == 0)
        *out = figures;
    else
        lw_figures_free(figures);
    return rc;
}

int lw_constraints_expected(const struct lw_workspace *workspace, const struct lw_constraints *constraints,
                            struct lw_figures **out, struct lw_error *err)
{
    return expected_figures(workspace, constraints, TILT_EXPLAIN, out, err);
}
