/*
 * What constraints ask beyond shares and rules: how long the log is, when its traces come, what way they take, and what
 * values are drawn from. Arrival is measured as it is in any log (observed.h) and is wrong when what is asked for lies
 * twice as far off as the interval of 95 % reaches; what too few traces tell is not judged.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "base/order.h"
#include "learn/delay_fit.h"
#include "measure/observed_parts.h"
#include "measure/validate_parts.h"

#define LEAST_TRACES 50 /* to judge arrival by, and the traces of bursts */
#define LEAST_BURSTS 4
#define FILLED       30 /* times the mean gap that may be left at the end of a duration */
#define LEAST_VALUES 50
#define FAR          2.23 /* times 1 / sqrt(n): a distance that chance gives once in 10,000 (Kolmogorov 1933) */
#define COARSE       .02  /* what the generator's table of quantiles adds */

/* ---- time ------------------------------------------------------------------------------------------------------ */

/* Starts of traces, rising; how many have one. */
static size_t find_starts(const struct validating *v, int64_t *starts)
{
    const struct trace_set *set = v->columns.traces;
    size_t n = 0;
    for (size_t t = 0; t < set->n_traces; t++)
        if (trace_set_len(set, t) > 0 && set->times_us[set->first[t]] != LW_NO_TIME)
            starts[n++] = set->times_us[set->first[t]];
    qsort(starts, n, sizeof *starts, order_i64);
    return n;
}

/* What waits while a service is down starts at once when it is up again. */
static bool has_queues(const struct validating *v)
{
    bool has_crash = v->in->constraints->anomalies[ANOMALY_CRASH].rate > 0;
    for (size_t t = 0; t < v->view.n_traces && !has_crash; t++)
        has_crash = validate_kind(v, t) == ANOMALY_CRASH;
    return has_crash;
}

static int check_duration(struct validating *v)
{
    double wanted = v->in->constraints->duration_s;
    if (isnan(wanted) || has_queues(v))
        return 0;
    int64_t *starts = alloc_array(v->columns.traces->n_traces, sizeof *starts);
    if (starts == NULL)
        return fail_memory(v->err, "validating");
    size_t n = find_starts(v, starts), law = law_of(v, "constraints", "duration", BREACH_OTHER);
    /* Traces that are moved to follow others may begin behind the end. */
    size_t last = n > 0 ? n - 1 - n / 100 : 0;
    double lasts = n > 0 ? 1e-6 * (double)(starts[last] - starts[0]) : 0;
    double all = n > 0 ? 1e-6 * (double)(starts[n - 1] - starts[0]) : 0;
    free(starts);
    v->laws[law].checked += n > 0;
    if (n > 0 && lasts > wanted + 1e-6 * (double)v->resolution_us)
        return law_break(v, law, SIZE_MAX, SIZE_MAX, "traces begin up to %.6g s behind the first, not within %.6g",
                         lasts, wanted);
    if (n > LEAST_TRACES && all * (1 + FILLED / (double)n) < wanted)
        return law_break(v, law, SIZE_MAX, SIZE_MAX,
                         "traces begin up to %.6g s behind the first; %.6g were to be filled", all, wanted);
    return 0;
}

static bool find_row(const struct lw_figures *figures, const char *name, struct lw_figure *out)
{
    for (size_t i = 0; i < lw_figures_count(figures); i++)
        if (lw_figures_get(figures, i, out, NULL) == 0 && strcmp(out->name, name) == 0)
            return true;
    return false;
}

static int compare(struct validating *v, const struct lw_figure *row, const char *path, double wanted)
{
    size_t law = law_of(v, "constraints", "arrival", BREACH_OTHER);
    double below = 2 * row->low - row->value, above = 2 * row->high - row->value;
    v->laws[law].checked++;
    return wanted >= below && wanted <= above
               ? 0
               : law_break(v, law, SIZE_MAX, SIZE_MAX, "%s is %.4g, from %.4g to %.4g, not %.4g", path, row->value,
                           below, above, wanted);
}

static int check_rate(struct validating *v, const struct lw_figures *figures, bool has_bursts)
{
    const struct lw_constraints *c = v->in->constraints;
    struct lw_figure row;
    double wanted = c->arrival_rate, inside = c->bursts_per_hour * c->burst_length_s / 3600;
    bool is_hourly = !isnan(c->profile[0]);
    if (isnan(wanted) || !find_row(figures, "arrival.rate", &row) || row.n < LEAST_TRACES ||
        (is_hourly && !find_row(figures, "arrival.profile.0", &row)))
        return 0;
    find_row(figures, "arrival.rate", &row);
    /* Bursts too weak to be told apart are in the rate. */
    if (c->bursts_per_hour > 0 && !has_bursts)
        wanted *= 1 + inside * (c->burst_height - 1);
    return compare(v, &row, "arrival.rate", wanted);
}

static int check_bursts(struct validating *v, const struct lw_figures *figures, bool has_bursts, double hours)
{
    const struct lw_constraints *c = v->in->constraints;
    struct lw_figure row;
    double traces = c->arrival_rate * c->burst_height * c->burst_length_s;
    if (!(traces >= LEAST_TRACES) || c->burst_height < 3 || c->bursts_per_hour * hours < LEAST_BURSTS)
        return 0;
    int code = find_row(figures, "arrival.bursts.per_hour", &row)
                   ? compare(v, &row, "arrival.bursts.per_hour", c->bursts_per_hour)
                   : 0;
    if (code == 0 && has_bursts && find_row(figures, "arrival.bursts.height", &row))
        code = compare(v, &row, "arrival.bursts.height", c->burst_height);
    return code;
}

static int check_hours(struct validating *v, const struct lw_figures *figures)
{
    const struct lw_constraints *c = v->in->constraints;
    double sum = 0;
    int code = 0;
    for (int h = 0; h < ARRIVAL_HOURS; h++)
        sum += c->profile[h];
    /* Hours of another zone are not those that were measured. */
    for (int h = 0; h < ARRIVAL_HOURS && code == 0 && !isnan(sum) && c->zone == NULL; h++) {
        struct lw_figure row;
        char name[32];
        snprintf(name, sizeof name, "arrival.profile.%d", h);
        if (find_row(figures, name, &row) && row.n >= LEAST_TRACES)
            code = compare(v, &row, name, c->profile[h] * ARRIVAL_HOURS / sum);
    }
    return code;
}

static int check_arrival(struct validating *v)
{
    if (has_queues(v))
        return 0;
    struct observing of = {.set = v->columns.traces, .run = v->run, .err = v->err};
    struct lw_figure row;
    int code = figures_new(&of.figures, v->err);
    if (code == 0)
        code = observe_arrival(&of);
    if (code == 0) {
        bool has_bursts = find_row(of.figures, "arrival.bursts.length", &row);
        double hours = v->columns.has_times ? 1e-6 * (double)(v->columns.last_us - v->columns.first_us) / 3600 : 0;
        code = check_rate(v, of.figures, has_bursts);
        if (code == 0)
            code = check_bursts(v, of.figures, has_bursts, hours);
        if (code == 0)
            code = check_hours(v, of.figures);
    }
    lw_figures_free(of.figures);
    return code;
}

/* ---- ways ------------------------------------------------------------------------------------------------------ */

/* Whether the waypoint, len bytes, is what the event leads by: its template or the state behind it. */
static bool is_passed(const char *point, size_t len, uint32_t template_id, const char *state)
{
    char id[16];
    int n = snprintf(id, sizeof id, "E%u", template_id);
    if (template_id != LW_TEMPLATE_UNKNOWN && (size_t)n == len && memcmp(id, point, len) == 0)
        return true;
    if (len > 6 && memcmp(point, "state:", 6) == 0) {
        point += 6;
        len -= 6;
    }
    return strlen(state) == len && memcmp(state, point, len) == 0;
}

static int check_way(struct validating *v, size_t law, size_t trace)
{
    const struct machine *machine = &v->in->model->machine;
    const struct machine_edge *edge;
    struct machine_walk walk;
    const char *point = v->in->constraints->through;
    machine_walk_init(&walk);
    for (size_t row = v->view.first[trace]; row < v->view.first[trace + 1] && *point != 0; row++) {
        uint32_t id = validate_template(v, row);
        size_t len = strcspn(point, ",");
        machine_step(machine, &walk, id, false, &edge);
        if (is_passed(point, len, id, machine->states[walk.state].name))
            point += len + (point[len] == ',');
    }
    v->laws[law].checked++;
    return *point == 0 ? 0 : law_break(v, law, trace, SIZE_MAX, "does not pass %.*s", (int)strcspn(point, ","), point);
}

/* An anomaly may lead off the way. */
static int check_ways(struct validating *v)
{
    size_t law = law_of(v, "constraints", "through", BREACH_OTHER);
    int code = 0;
    for (size_t t = 0; t < v->view.n_traces && code == 0 && v->in->constraints->through != NULL; t++)
        if (v->in->labels == NULL || v->labels.labels[v->view.traces[t]] != LW_ANOMALOUS)
            code = check_way(v, law, t);
    return code;
}

/* ---- values ---------------------------------------------------------------------------------------------------- */

/* Numbers that a parameter has, rising, one a trace; how many. Anomalous traces are left out. */
static size_t find_numbers(const struct validating *v, size_t kind, size_t slot, double *out)
{
    size_t n = 0, before = SIZE_MAX;
    for (size_t i = v->view.kind_first[kind]; i < v->view.kind_first[kind + 1]; i++) {
        size_t row = v->view.kind_rows[i], trace = v->view.trace_of[row];
        const struct cell *cells = log_columns_cells(&v->columns, v->view.records[row]);
        if (trace == before || cells == NULL || isnan(cells[slot].number) ||
            (v->in->labels != NULL && v->labels.labels[v->view.traces[trace]] == LW_ANOMALOUS))
            continue;
        before = trace;
        out[n++] = cells[slot].number;
    }
    qsort(out, n, sizeof *out, order_double);
    return n;
}

/* Share of the rule's values that are x at most. */
static double share_below(const struct value_rule *rule, double x)
{
    if (rule->kind == VALUE_RANGE)
        return rule->high > rule->low ? fmin(1, fmax(0, (x - rule->low) / (rule->high - rule->low))) : x >= rule->low;
    struct lw_delay_model model = {.family = rule->family};
    memcpy(model.parameters, rule->numbers, sizeof model.parameters);
    double from = isnan(rule->low) ? 0 : delay_cumulative(&model, rule->low);
    double to = isnan(rule->high) ? 1 : delay_cumulative(&model, rule->high);
    return to > from ? fmin(1, fmax(0, (delay_cumulative(&model, x) - from) / (to - from))) : 1;
}

/* The greatest distance between what is drawn from and what was drawn, rounding left to both. */
static double distance(const struct value_rule *rule, const double *values, size_t n)
{
    double half = rule->is_integer ? .5 : 0, most = 0;
    for (size_t i = 0; i < n; i++) {
        double reach = half + 1e-3 * fabs(values[i]);
        most = fmax(most, (double)(i + 1) / (double)n - share_below(rule, values[i] + reach));
        most = fmax(most, share_below(rule, values[i] - reach) - (double)i / (double)n);
    }
    return most;
}

static int check_drawn(struct validating *v, const struct value_rule *rule, double *room)
{
    ptrdiff_t kind = templates_index(&v->in->model->templates, rule->template_id);
    if (kind < 0 || rule->slot >= v->in->model->templates.items[kind].n_slots)
        return 0;
    size_t n = find_numbers(v, (size_t)kind, rule->slot, room);
    if (n < LEAST_VALUES)
        return 0;
    size_t law = law_of(v, "constraints", "distributions", BREACH_OTHER);
    double off = distance(rule, room, n), most = FAR / sqrt((double)n) + COARSE;
    v->laws[law].checked++;
    return off <= most ? 0
                       : law_break(v, law, SIZE_MAX, SIZE_MAX,
                                   "E%u.%u: the values lie %.3g off what they are to be drawn from; chance makes %.2g "
                                   "at most",
                                   rule->template_id, rule->slot + 1, off, most);
}

static int check_distributions(struct validating *v)
{
    const struct lw_constraints *c = v->in->constraints;
    double *room = c->n_values > 0 ? alloc_array(v->view.n_rows, sizeof *room) : NULL;
    int code = c->n_values > 0 && room == NULL ? fail_memory(v->err, "validating") : 0;
    for (size_t i = 0; i < c->n_values && code == 0; i++)
        if (c->values[i].kind == VALUE_RANGE || c->values[i].kind == VALUE_DISTRIBUTION)
            code = check_drawn(v, &c->values[i], room);
    free(room);
    return code;
}

int validate_asked(struct validating *v)
{
    static int (*const steps[])(struct validating * v) = {check_duration, check_arrival, check_ways,
                                                          check_distributions};
    int code = 0;
    for (size_t i = 0; i < sizeof steps / sizeof *steps && code == 0 && v->in->constraints != NULL; i++)
        code = steps[i](v);
    return code;
}
