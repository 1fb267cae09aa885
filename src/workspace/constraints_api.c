/* The public face of measured constraints. */
#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "generate/constraint_rows.h"
#include "generate/private_blueprint.h"
#include "measure/figures.h"
#include "measure/observed.h"
#include "workspace/synthetic.h"

#define MAX_ROUNDS 200 /* of taking out what cannot be met; what is left over then goes as well */

static void drop_share(struct lw_constraints *document, size_t at)
{
    free(document->shares[at].name);
    memmove(&document->shares[at], &document->shares[at + 1], (--document->n_shares - at) * sizeof *document->shares);
}

static void drop_call(struct lw_constraints *document, size_t at)
{
    free(document->calls[at].from);
    free(document->calls[at].to);
    memmove(&document->calls[at], &document->calls[at + 1], (--document->n_calls - at) * sizeof *document->calls);
}

static bool is_call(const struct call *call, const char *name)
{
    size_t len = strlen(call->from);
    return strncmp(name, call->from, len) == 0 && name[len] == '>' && strcmp(name + len + 1, call->to) == 0;
}

/* Takes out the target of that path. */
static void drop(struct lw_constraints *document, const char *path)
{
    static const char *const groups[SHARE_KIND_COUNT] = {"levels", "templates", "services", "error_types"};
    const char *call = constraint_below(path, "calls");
    for (size_t i = 0; i < document->n_shares; i++) {
        const char *name = constraint_below(path, groups[document->shares[i].kind]);
        if (name != NULL && strcmp(name, document->shares[i].name) == 0) {
            drop_share(document, i);
            return;
        }
    }
    for (size_t i = 0; i < document->n_calls && call != NULL; i++)
        if (is_call(&document->calls[i], call)) {
            drop_call(document, i);
            return;
        }
}

/* What a document was measured on, and where it is told what cannot be asked for. */
struct fitting {
    const struct lw_workspace *workspace;
    struct lw_constraints *document;
    struct lw_figures *measured;
    const struct lw_run *run;
    struct lw_error *err;
};

static bool is_service(const struct blueprint *blueprint, const char *name)
{
    return intern_find(&blueprint->facets.services, name, strlen(name)) != INTERN_NONE;
}

/* A service that is called by an identifier (a path, an address, a name) has a fake for its name in all that is
 * generated, and its own is not to leave the log. */
static int drop_disguised(const struct fitting *fitting)
{
    struct lw_constraints *document = fitting->document;
    struct blueprint *blueprint = NULL;
    int rc = blueprint_under(workspace_model(fitting->workspace), document, NULL, &blueprint, NULL, fitting->err);
    for (size_t i = document->n_shares; rc == 0 && i-- > 0;)
        if (document->shares[i].kind == SHARE_SERVICE && !is_service(blueprint, document->shares[i].name))
            drop_share(document, i);
    for (size_t i = document->n_calls; rc == 0 && i-- > 0;)
        if (!is_service(blueprint, document->calls[i].from) || !is_service(blueprint, document->calls[i].to))
            drop_call(document, i);
    blueprint_free(blueprint);
    return rc;
}

static void drop_rule(struct lw_constraints *document, size_t at)
{
    selector_release(&document->rules[at].cause);
    selector_release(&document->rules[at].effect);
    memmove(&document->rules[at], &document->rules[at + 1], (--document->n_rules - at) * sizeof *document->rules);
}

static int tell(const struct fitting *fitting, const char *path, const char *why)
{
    struct buf note = BUF_INIT;
    buf_printf(&note, "not asked for: %s", why);
    int rc = buf_status(&note) == 0 ? figures_note(fitting->measured, path, note.data, fitting->err)
                                    : fail_memory(fitting->err, "measuring constraints");
    buf_release(&note);
    return rc;
}

/* How far outside its bounds a target is, in times of what it may be. */
static double how_far(const struct lw_figure *row)
{
    double low = isnan(row->low) ? 0 : row->low, high = isnan(row->high) ? 1 : row->high;
    double off = isnan(row->value) ? low : fmax(low - row->value, row->value - high);
    return off / fmax(high, 1e-9);
}

/* Takes out the target that is missed by most: the others may be missed for its sake alone. */
static int drop_worst(const struct fitting *fitting, const struct lw_figures *figures, const char *why, size_t *n)
{
    struct lw_figure row, worst = {.name = NULL};
    for (size_t i = 0; i < lw_figures_count(figures); i++)
        if (lw_figures_get(figures, i, &row, NULL) == 0 && row.verdict == 0 &&
            (worst.name == NULL || how_far(&row) > how_far(&worst)))
            worst = row;
    *n = worst.name != NULL;
    if (*n == 0)
        return 0;
    drop(fitting->document, worst.name);
    return tell(fitting, worst.name, why);
}

/* Calls that always or never are made leave no other way, or none at all. */
static int drop_absolute_calls(const struct fitting *fitting, size_t *n)
{
    struct lw_constraints *document = fitting->document;
    struct buf path = BUF_INIT;
    int rc = 0;
    *n = 0;
    for (size_t i = document->n_calls; i-- > 0 && rc == 0;) {
        if (document->calls[i].probability > 0 && document->calls[i].probability < 1)
            continue;
        buf_clear(&path);
        buf_printf(&path, "calls.%s>%s", document->calls[i].from, document->calls[i].to);
        rc = buf_status(&path) == 0 ? tell(fitting, path.data, "no way through the machine is left with all of them")
                                    : fail_memory(fitting->err, "measuring constraints");
        drop_call(document, i);
        ++*n;
    }
    buf_release(&path);
    return rc;
}

/* The mix that is expected: exact, and found at once. */
static int fit_expected(const struct fitting *fitting, size_t *n)
{
    struct lw_figures *expected;
    struct lw_error refusal;
    int rc = expected_figures(fitting->workspace, fitting->document, TILT_TRY, &expected, &refusal);
    if (rc == LW_ERR_INFEASIBLE) {
        rc = drop_absolute_calls(fitting, n);
        return rc != 0 || *n > 0 ? rc : fail(fitting->err, LW_ERR_INFEASIBLE, "%s", refusal.text);
    }
    if (rc != 0)
        return fail(fitting->err, rc, "%s", refusal.text);
    rc = drop_worst(fitting, expected, "the machine cannot give it together with the rest", n);
    lw_figures_free(expected);
    return rc;
}

/* Takes out the kind of anomaly that an error is about. */
static int drop_kind(const struct fitting *fitting, const struct lw_error *refusal, size_t *n)
{
    for (int kind = ANOMALY_NONE + 1; kind < ANOMALY_COUNT; kind++) {
        struct anomaly_spec *spec = &fitting->document->anomalies[kind];
        char path[60];
        int len = snprintf(path, sizeof path, "anomalies.%s", anomaly_name((enum anomaly)kind));
        if (strncmp(refusal->text, path, (size_t)len) != 0 || refusal->text[len] != ':' || spec->rate <= 0)
            continue;
        spec->rate = 0;
        *n = 1;
        return tell(fitting, path, refusal->text + len + 2);
    }
    return 0;
}

/* Takes out the rule that an error is about. */
static int drop_rule_refused(const struct fitting *fitting, const struct lw_error *refusal, size_t *n)
{
    struct lw_constraints *document = fitting->document;
    struct buf path = BUF_INIT;
    size_t at;
    *n = 0;
    if (sscanf(refusal->text, "rules[%zu]:", &at) != 1 || at >= document->n_rules)
        return 0;
    buf_add_text(&path, "rules.");
    selector_print(&document->rules[at].cause, &path);
    buf_add_byte(&path, '>');
    selector_print(&document->rules[at].effect, &path);
    int rc = buf_status(&path) == 0 ? tell(fitting, path.data, strchr(refusal->text, ':') + 2)
                                    : fail_memory(fitting->err, "measuring constraints");
    buf_release(&path);
    drop_rule(document, at);
    *n = 1;
    return rc;
}

/* What is drawn: rules between traces, and shares that few long traces make up, show there alone. */
static int fit_drawn(const struct fitting *fitting, size_t *n)
{
    struct lw_synthetic *synthetic;
    struct lw_figures *achieved = NULL;
    struct lw_error refusal;
    int rc = lw_generate(fitting->workspace, fitting->document, "machine", fitting->run, &synthetic, &refusal);
    if (rc == LW_ERR_INFEASIBLE) {
        rc = drop_rule_refused(fitting, &refusal, n);
        if (rc == 0 && *n == 0)
            rc = drop_kind(fitting, &refusal, n);
        return rc != 0 || *n > 0 ? rc : fail(fitting->err, LW_ERR_INFEASIBLE, "%s", refusal.text);
    }
    if (rc != 0)
        return fail(fitting->err, rc, "%s", refusal.text);
    rc = lw_synthetic_achieved(synthetic, fitting->document, &achieved, fitting->err);
    if (rc == 0)
        rc = drop_worst(fitting, achieved, "what is drawn is too far off it", n);
    lw_figures_free(achieved);
    lw_synthetic_free(synthetic);
    return rc;
}

/* The machine cannot give every mix that was seen, nor every rule: events of no trace are none of its, and cut-off
 * traces have no end. What it cannot give is not asked for, and its row says so. */
static int make_feasible(const struct fitting *fitting)
{
    struct lw_constraints *document = fitting->document;
    for (int round = 0; round < MAX_ROUNDS; round++) {
        size_t n;
        int rc = fit_expected(fitting, &n);
        if (rc == 0 && n == 0)
            rc = fit_drawn(fitting, &n);
        if (rc != 0 || n == 0)
            return rc;
    }
    while (document->n_shares > 0)
        drop_share(document, document->n_shares - 1);
    while (document->n_calls > 0)
        drop_call(document, document->n_calls - 1);
    while (document->n_rules > 0)
        drop_rule(document, document->n_rules - 1);
    return 0;
}

static int share_of(const struct lw_figures *figures, enum anomaly kind, double *share)
{
    char name[60];
    snprintf(name, sizeof name, "anomalies.%s", anomaly_name(kind));
    *share = lw_figures_value(figures, name);
    return isnan(*share) ? 0 : 1;
}

/* Rare steps, long delays and failures in a crowd are in the machine, too: only what does not come by itself is asked
 * for, or it would come twice. What values are like is not seen in traces. */
static int take_off_what_comes(const struct fitting *fitting, struct anomaly_spec *specs)
{
    struct lw_synthetic *synthetic;
    struct lw_figures *figures = NULL;
    int rc = lw_generate(fitting->workspace, fitting->document, "machine", fitting->run, &synthetic, fitting->err);
    if (rc != 0)
        return rc;
    const struct lw_traces *traces = lw_synthetic_traces(synthetic);
    double n = (double)lw_traces_count(traces), share;
    rc = observe(workspace_model(fitting->workspace), NULL, traces, fitting->run, &figures, NULL, fitting->err);
    for (int kind = ANOMALY_NONE + 1; kind < ANOMALY_COUNT && rc == 0; kind++) {
        char path[60], why[100];
        if (kind == ANOMALY_PARAMETER || specs[kind].rate <= 0 || !share_of(figures, (enum anomaly)kind, &share) ||
            share <= 0)
            continue;
        specs[kind].rate = fmax(0, specs[kind].rate - share);
        specs[kind].rate = specs[kind].rate * n < 1 ? 0 : specs[kind].rate;
        snprintf(path, sizeof path, "anomalies.%s", anomaly_name((enum anomaly)kind));
        snprintf(why, sizeof why, "%.3g of it, which comes by itself", share);
        rc = tell(fitting, path, why);
    }
    lw_figures_free(figures);
    lw_synthetic_free(synthetic);
    return rc;
}

/* First all but anomalies, which would only hide what is off. */
static int fit(const struct fitting *fitting)
{
    struct anomaly_spec specs[ANOMALY_COUNT], *asked = fitting->document->anomalies;
    bool is_any = false;
    int rc = drop_disguised(fitting);
    memcpy(specs, asked, sizeof specs);
    for (int kind = ANOMALY_NONE + 1; kind < ANOMALY_COUNT; kind++) {
        is_any = is_any || asked[kind].rate > 0;
        asked[kind].rate = 0;
    }
    if (rc == 0)
        rc = make_feasible(fitting);
    if (rc == 0 && is_any)
        rc = take_off_what_comes(fitting, specs);
    memcpy(asked, specs, sizeof specs);
    return rc == 0 && is_any ? make_feasible(fitting) : rc;
}

int lw_constraints_observe(const struct lw_workspace *workspace, const struct lw_log *log,
                           const struct lw_traces *traces, const struct lw_run *run, struct lw_figures **figures,
                           struct lw_constraints **document, struct lw_error *err)
{
    struct lw_figures *measured = NULL;
    struct lw_constraints *made = NULL;
    int rc = observe(workspace_model(workspace), log, traces, run, &measured, document != NULL ? &made : NULL, err);
    const struct fitting fitting = {workspace, made, measured, run, err};
    if (rc == 0 && document != NULL && lw_traces_count(traces) > 0)
        rc = fit(&fitting);
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

bool lw_constraints_has_model(const struct lw_constraints *constraints)
{
    return constraints->model != NULL;
}

/* By way of its text, so that it owns all it needs: the workspace may go. */
int lw_constraints_take_model(struct lw_constraints *constraints, const struct lw_workspace *workspace,
                              struct lw_error *err)
{
    struct blueprint *of_workspace = NULL, *read = NULL;
    struct document_model *model;
    struct buf text = BUF_INIT;
    struct json_object *json = NULL;
    int rc = blueprint_under(workspace_model(workspace), constraints, NULL, &of_workspace, NULL, err);
    if (rc == 0) {
        blueprint_print_json(of_workspace, &text);
        json = buf_status(&text) == 0 ? json_tokener_parse(text.data) : NULL;
        rc = json == NULL ? fail_memory(err, "taking a model") : 0;
    }
    if (rc == 0)
        rc = blueprint_read_json("model", json, &read, err);
    if (rc == 0)
        rc = document_model_new(read, &model, err);
    if (rc == 0) {
        document_model_release(constraints->model);
        constraints->model = model;
    }
    json_object_put(json);
    buf_release(&text);
    blueprint_free(of_workspace);
    return rc;
}
