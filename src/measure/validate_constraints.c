/*
 * A log against a constraints document. A share is wrong when it lies outside what is asked by more than four standard
 * errors of the draw (generate/ratio.h) and one event.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "base/order.h"
#include "generate/ratio.h"
#include "learn/failures.h"
#include "measure/validate_parts.h"

#define ERRORS 4

struct facts {
    struct validating *v;
    const struct lw_constraints *constraints;
    struct failures failures;
    uint8_t *levels; /* of rows */
};

static int check_share(struct validating *v, size_t law, const char *name, const struct ratio *sums, double low,
                       double high)
{
    if (sums->below <= 0)
        return 0;
    double share = ratio_share(sums);
    double slack = ERRORS * ratio_error(sums, low, high, (double)v->view.n_traces) + 1 / sums->below;
    v->laws[law].checked++;
    if (share >= low - slack && share <= high + slack)
        return 0;
    if (low == high)
        return law_break(v, law, SIZE_MAX, SIZE_MAX, "%.100s is %.4g, not %.4g; chance makes %.2g at most", name, share,
                         low, slack);
    return law_break(v, law, SIZE_MAX, SIZE_MAX, "%.100s is %.4g, not within %.4g and %.4g; chance makes %.2g at most",
                     name, share, low, high, slack);
}

/* ---- shares ---------------------------------------------------------------------------------------------------- */

static uint32_t service_of(const struct facts *facts, size_t row)
{
    return facts->v->columns.components[facts->v->view.records[row]];
}

static uint32_t service_hash(const char *name)
{
    return (uint32_t)column_hash(name, strlen(name));
}

static bool is_base(const struct facts *facts, const struct share_target *target, size_t row)
{
    return target->kind != SHARE_ERROR_TYPE || failures_type(&facts->failures, validate_template(facts->v, row),
                                                             (enum lw_level)facts->levels[row]) != FAILURE_NONE;
}

static bool is_counted(const struct facts *facts, const struct share_target *target, size_t row)
{
    uint32_t id = validate_template(facts->v, row);
    switch (target->kind) {
    case SHARE_LEVEL:
        return facts->levels[row] == target->level;
    case SHARE_TEMPLATE:
        return id == target->template_id;
    case SHARE_SERVICE:
        return service_of(facts, row) == service_hash(target->name);
    case SHARE_ERROR_TYPE:
        return failures_type(&facts->failures, id, (enum lw_level)facts->levels[row]) ==
               failures_find(&facts->failures, target->name);
    case SHARE_KIND_COUNT:
        break;
    }
    return false;
}

static int check_shares(struct facts *facts)
{
    static const char *const groups[SHARE_KIND_COUNT] = {"levels", "templates", "services", "error_types"};
    struct validating *v = facts->v;
    int code = 0;
    for (size_t i = 0; i < facts->constraints->n_shares && code == 0; i++) {
        const struct share_target *target = &facts->constraints->shares[i];
        struct ratio sums = {0};
        for (size_t t = 0; t < v->view.n_traces; t++) {
            double above = 0, below = 0;
            if (validate_is_led_away(v, t))
                continue;
            for (size_t row = v->view.first[t]; row < v->view.first[t + 1]; row++)
                if (is_base(facts, target, row)) {
                    below++;
                    above += is_counted(facts, target, row);
                }
            ratio_add(&sums, above, below);
        }
        code = check_share(v, law_of(v, "constraints", groups[target->kind], BREACH_OTHER), target->name, &sums,
                           target->low, target->high);
    }
    return code;
}

static int check_calls(struct facts *facts)
{
    struct validating *v = facts->v;
    int code = 0;
    for (size_t i = 0; i < facts->constraints->n_calls && code == 0; i++) {
        const struct call *call = &facts->constraints->calls[i];
        uint32_t from = service_hash(call->from), to = service_hash(call->to);
        struct ratio sums = {0};
        char name[80];
        for (size_t t = 0; t < v->view.n_traces; t++) {
            double above = 0, below = 0;
            if (validate_is_led_away(v, t))
                continue;
            for (size_t row = v->view.first[t] + 1; row < v->view.first[t + 1]; row++)
                if (service_of(facts, row - 1) == from && service_of(facts, row) != from) {
                    below++;
                    above += service_of(facts, row) == to;
                }
            ratio_add(&sums, above, below);
        }
        snprintf(name, sizeof name, "%.30s>%.30s", call->from, call->to);
        code = check_share(v, law_of(v, "constraints", "calls", BREACH_OTHER), name, &sums, call->probability,
                           call->probability);
    }
    return code;
}

/* ---- sizes ----------------------------------------------------------------------------------------------------- */

/* below, above: what it may be off. */
static int check_size(struct validating *v, const char *rule, double wanted, double is, double below, double above)
{
    if (isnan(wanted))
        return 0;
    size_t law = law_of(v, "constraints", rule, BREACH_OTHER);
    v->laws[law].checked++;
    return is >= wanted - below && is <= wanted + above
               ? 0
               : law_break(v, law, SIZE_MAX, SIZE_MAX, "%.15g were asked for, %.15g are there", wanted, is);
}

/* A document that says nothing of its size has that of an empty one, which then says nothing either. */
static int check_traces(struct facts *facts)
{
    struct lw_constraints *usual;
    int code = lw_constraints_new(&usual, facts->v->err);
    if (code != 0)
        return code;
    if (facts->constraints->traces != usual->traces)
        code = check_size(facts->v, "traces", facts->constraints->traces, (double)facts->v->view.n_traces, 0, 0);
    lw_constraints_free(usual);
    return code;
}

/* Whole traces are made until there are so many, and anomalies then add to some and take from others. */
static int check_records(struct facts *facts)
{
    const struct view *view = &facts->v->view;
    double longest = 1, rate = 0;
    for (size_t t = 0; t < view->n_traces; t++)
        longest = fmax(longest, (double)(view->first[t + 1] - view->first[t]));
    for (int kind = ANOMALY_NONE + 1; kind < ANOMALY_COUNT; kind++)
        rate += facts->constraints->anomalies[kind].rate;
    double changed = rate * (double)view->n_traces * longest;
    return check_size(facts->v, "records", facts->constraints->records, (double)facts->v->columns.n_records, changed,
                      longest - 1 + changed);
}

static int check_sizes(struct facts *facts)
{
    const struct lw_constraints *constraints = facts->constraints;
    struct validating *v = facts->v;
    int code = check_traces(facts);
    if (code == 0)
        code = check_records(facts);
    for (size_t i = 0; i < constraints->n_weights && code == 0; i++) {
        const struct template_weight *weight = &constraints->weights[i];
        ptrdiff_t index = templates_index(&v->in->model->templates, weight->id);
        if (weight->weight > 0 || index < 0)
            continue;
        size_t law = law_of(v, "constraints", "template_weights", BREACH_OTHER);
        v->laws[law].checked++;
        if (v->view.kind_first[index + 1] > v->view.kind_first[index]) {
            size_t row = v->view.kind_rows[v->view.kind_first[index]];
            code = law_break(v, law, v->view.trace_of[row], row, "E%u was not to come", weight->id);
        }
    }
    for (int kind = ANOMALY_NONE + 1; kind < ANOMALY_COUNT && code == 0 && v->in->labels != NULL; kind++) {
        const char *name = anomaly_name((enum anomaly)kind);
        double wanted = constraints->anomalies[kind].rate * (double)v->view.n_traces, n = 0;
        if (constraints->anomalies[kind].rate <= 0)
            continue;
        for (size_t t = 0; t < v->view.n_traces; t++)
            n += validate_kind(v, t) == (enum anomaly)kind;
        size_t law = law_of(v, "constraints", "anomalies", BREACH_OTHER);
        v->laws[law].checked++;
        if (fabs(n - wanted) > 1) /* shares are rounded on their running sum */
            code =
                law_break(v, law, SIZE_MAX, SIZE_MAX, "%.4g traces were to be hit by %s, %.15g are", wanted, name, n);
    }
    return code;
}

/* ---- rules ----------------------------------------------------------------------------------------------------- */

/* is_meant[templates], to be freed; NULL: *code says why. */
static bool *find_meant(struct facts *facts, const struct selector *selector, const char *const *services, int *code)
{
    const struct templates *templates = &facts->v->in->model->templates;
    const struct selector_scope scope = {templates, &facts->failures, services};
    bool *is_meant = alloc_zeroed(templates->n, sizeof *is_meant);
    *code = is_meant == NULL ? fail_memory(facts->v->err, "validating")
                             : selector_find(selector, &scope, is_meant, facts->v->err);
    if (*code != 0) {
        free(is_meant);
        is_meant = NULL;
    }
    return is_meant;
}

static bool is_row_meant(const struct view *view, const bool *is_meant, size_t row)
{
    return view->kinds[row] != COLUMN_NONE && is_meant[view->kinds[row]];
}

static int64_t time_of(const struct validating *v, size_t trace, size_t row)
{
    const struct trace_set *set = v->columns.traces;
    return set->times_us[set->first[v->view.traces[trace]] + (row - v->view.first[trace])];
}

struct window {
    double min_us, max_us;
};

static bool is_within(const struct window *window, int64_t cause_us, int64_t effect_us)
{
    double lag = (double)(effect_us - cause_us);
    return lag >= window->min_us && lag <= window->max_us;
}

/* Whether an effect stands in time behind any cause of the trace. */
static bool is_followed(const struct validating *v, size_t trace, const bool *cause, const bool *effect,
                        const struct window *window, bool *has_cause)
{
    const struct view *view = &v->view;
    for (size_t i = view->first[trace]; i < view->first[trace + 1]; i++) {
        if (!is_row_meant(view, cause, i) || time_of(v, trace, i) == LW_NO_TIME)
            continue;
        *has_cause = true;
        for (size_t k = i + 1; k < view->first[trace + 1]; k++)
            if (is_row_meant(view, effect, k) && is_within(window, time_of(v, trace, i), time_of(v, trace, k)))
                return true;
    }
    return false;
}

struct moments {
    int64_t *times;
    size_t n;
};

static int find_moments(const struct validating *v, const bool *is_meant, bool is_drawn, struct moments *out)
{
    out->times = alloc_array(v->view.n_rows, sizeof *out->times);
    out->n = 0;
    if (out->times == NULL)
        return LW_ERR_MEMORY;
    for (size_t row = 0; row < v->view.n_rows; row++) {
        size_t trace = v->view.trace_of[row];
        int64_t at = is_row_meant(&v->view, is_meant, row) ? time_of(v, trace, row) : LW_NO_TIME;
        if (at != LW_NO_TIME && !(is_drawn && validate_is_excused(v, trace, row)))
            out->times[out->n++] = at;
    }
    if (out->n > 1)
        qsort(out->times, out->n, sizeof *out->times, order_i64);
    return 0;
}

/* Causes in the log, and those with an effect in time in any trace. Those of labelled traces may be none that were
 * drawn. */
static int count_across(const struct validating *v, const bool *cause, const bool *effect, const struct window *window,
                        struct ratio *sums)
{
    struct moments causes = {NULL, 0}, effects = {NULL, 0};
    int code = find_moments(v, cause, true, &causes);
    if (code == 0)
        code = find_moments(v, effect, false, &effects);
    for (size_t i = 0, k = 0; i < causes.n && code == 0; i++) {
        while (k < effects.n && (double)(effects.times[k] - causes.times[i]) < window->min_us)
            k++;
        ratio_add(sums, k < effects.n && is_within(window, causes.times[i], effects.times[k]), 1);
    }
    free(causes.times);
    free(effects.times);
    return code;
}

/* Share of traces that may have lost what they were drawn with. */
static double excused_share(const struct validating *v)
{
    double n = 0;
    for (size_t t = 0; t < v->view.n_traces; t++)
        n += validate_is_excused(v, t, SIZE_MAX);
    return v->view.n_traces > 0 ? n / (double)v->view.n_traces : 0;
}

static int check_rule(struct facts *facts, size_t index, const char *const *services)
{
    const struct causal_rule *rule = &facts->constraints->rules[index];
    struct validating *v = facts->v;
    double slack = (double)v->resolution_us;
    struct window window = {rule->min_s * 1e6 - slack, rule->max_s * 1e6 + slack};
    struct ratio sums = {0};
    char name[40];
    int code;
    bool *cause = find_meant(facts, &rule->cause, services, &code);
    bool *effect = code == 0 ? find_meant(facts, &rule->effect, services, &code) : NULL;
    if (code == 0 && rule->is_across && count_across(v, cause, effect, &window, &sums) != 0)
        code = fail_memory(v->err, "validating");
    for (size_t t = 0; t < v->view.n_traces && code == 0 && !rule->is_across; t++) {
        bool has_cause = false, has_effect = is_followed(v, t, cause, effect, &window, &has_cause);
        if (has_cause && !validate_is_excused(v, t, SIZE_MAX))
            ratio_add(&sums, has_effect, 1);
    }
    free(cause);
    free(effect);
    snprintf(name, sizeof name, "rules[%zu]", index);
    /* Between traces effects come by chance as well, and anomalies of others take some away. */
    double low = rule->probability * (rule->is_across ? 1 - excused_share(v) : 1);
    return code != 0 ? code
                     : check_share(v, law_of(v, "constraints", "rules", BREACH_OTHER), name, &sums, low,
                                   rule->is_across ? 1 : low);
}

/* ---- recovery -------------------------------------------------------------------------------------------------- */

static int check_recovery(struct facts *facts, const char *const *services)
{
    const struct lw_constraints *constraints = facts->constraints;
    struct validating *v = facts->v;
    size_t law = law_of(v, "constraints", "recovery", BREACH_OTHER);
    struct window window = {constraints->recovery_min_s * 1e6 - (double)v->resolution_us,
                            constraints->recovery_max_s * 1e6 + (double)v->resolution_us};
    int code;
    bool *is_meant = find_meant(facts, &constraints->recovery_after, services, &code);
    for (size_t t = 0; t < v->view.n_traces && code == 0; t++)
        for (size_t row = v->view.first[t]; row + 1 < v->view.first[t + 1] && code == 0; row++) {
            size_t next = row + 1;
            if (!is_row_meant(&v->view, is_meant, row) ||
                (row > v->view.first[t] && is_row_meant(&v->view, is_meant, row - 1)))
                continue;
            while (next < v->view.first[t + 1] && is_row_meant(&v->view, is_meant, next))
                next++;
            if (next == v->view.first[t + 1] || time_of(v, t, row) == LW_NO_TIME || validate_is_excused(v, t, next))
                continue;
            v->laws[law].checked++;
            if (!is_within(&window, time_of(v, t, row), time_of(v, t, next)))
                code = law_break(v, law, t, row, "recovers after %g s, not within %g and %g",
                                 1e-6 * (double)(time_of(v, t, next) - time_of(v, t, row)), constraints->recovery_min_s,
                                 constraints->recovery_max_s);
        }
    free(is_meant);
    return code;
}

/* ---- all of it ------------------------------------------------------------------------------------------------- */

/* The service that most events of each template come from, as far as one of the constraints speaks of it. */
static void find_services(struct facts *facts, const char **services)
{
    const struct lw_constraints *constraints = facts->constraints;
    const struct view *view = &facts->v->view;
    for (size_t i = 0; i < 2 * constraints->n_rules + 1; i++) {
        const struct selector *selector = i == 2 * constraints->n_rules ? &constraints->recovery_after
                                          : i % 2 == 0                  ? &constraints->rules[i / 2].cause
                                                                        : &constraints->rules[i / 2].effect;
        if (selector->kind != SELECTOR_SERVICE)
            continue;
        for (size_t k = 0; k < facts->v->in->model->templates.n; k++) {
            size_t n = 0, all = view->kind_first[k + 1] - view->kind_first[k];
            for (size_t r = view->kind_first[k]; r < view->kind_first[k + 1]; r++)
                n += service_of(facts, view->kind_rows[r]) == service_hash(selector->service);
            if (2 * n > all)
                services[k] = selector->service;
        }
    }
}

static int find_levels(struct facts *facts)
{
    const struct validating *v = facts->v;
    facts->levels = alloc_zeroed(v->view.n_rows, 1);
    if (facts->levels == NULL)
        return LW_ERR_MEMORY;
    for (size_t row = 0; row < v->view.n_rows; row++) {
        facts->levels[row] = v->columns.levels[v->view.records[row]];
        if (!v->columns.has_levels && v->view.kinds[row] != COLUMN_NONE)
            facts->levels[row] = (uint8_t)template_usual_level(&v->in->model->templates.items[v->view.kinds[row]]);
    }
    return 0;
}

static int check_document(struct facts *facts)
{
    struct validating *v = facts->v;
    const char **services = alloc_zeroed(v->in->model->templates.n, sizeof *services);
    int code = services == NULL || find_levels(facts) != 0 ? fail_memory(v->err, "validating") : 0;
    if (code == 0) {
        find_services(facts, services);
        code = check_sizes(facts);
    }
    if (code == 0)
        code = check_shares(facts);
    if (code == 0 && v->columns.has_components)
        code = check_calls(facts);
    for (size_t i = 0; i < facts->constraints->n_rules && code == 0; i++)
        code = check_rule(facts, i, services);
    if (code == 0 && facts->constraints->recovery_after.kind != SELECTOR_NONE)
        code = check_recovery(facts, services);
    free(services);
    free(facts->levels);
    return code;
}

int validate_constraints(struct validating *v)
{
    struct facts facts = {.v = v, .constraints = v->in->constraints};
    if (facts.constraints == NULL)
        return 0;
    int code = failures_init(&facts.failures, &v->in->model->templates, v->err);
    if (code != 0)
        return code;
    code = check_document(&facts);
    failures_release(&facts.failures);
    return code;
}
