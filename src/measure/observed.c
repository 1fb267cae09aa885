/* Sizes and shares, and the way through all that is measured. */
#include "measure/observed_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/executor.h"
#include "base/fail.h"
#include "generate/constraint_rows.h"
#include "learn/wilson.h"
#include "log/log.h"

#define WIDE 1.96 /* standard errors on either side */

/* ---- rows ---------------------------------------------------------------------------------------------------------
 */

int observed_add(struct observing *of, const char *name, const char *part, double value, double low, double high,
                 uint64_t n, const char *note)
{
    struct lw_figure row = FIGURE_INIT;
    row.name = name;
    row.part = part;
    row.value = value;
    row.low = low;
    row.high = high;
    row.n = n;
    row.note = note;
    return figures_add(of->figures, &row, of->err);
}

void observed_interval(double count, double n, double *low, double *high)
{
    *low = n > 0 ? fmax(0, wilson_lower(count, n)) : NAN;
    *high = n > 0 ? fmin(1, 1 - wilson_lower(n - count, n)) : NAN;
}

void observed_poisson(double count, double *low, double *high)
{
    double root = 1 - 1 / (9 * (count + 1)) + WIDE / (3 * sqrt(count + 1));
    *high = (count + 1) * root * root * root;
    root = count > 0 ? 1 - 1 / (9 * count) - WIDE / (3 * sqrt(count)) : 0;
    *low = fmax(0, count * root * root * root);
}

int observed_quantiles(struct observing *of, const char *name, const char *part, const double *values, size_t n,
                       double share, const char *note)
{
    double middle = share * (double)n, off = WIDE * sqrt(share * (1 - share) * (double)n), last = (double)(n - 1);
    size_t low = (size_t)fmax(0, floor(middle - off) - 1), high = (size_t)fmin(last, ceil(middle + off));
    return observed_add(of, name, part, observed_quantile(values, n, share), values[low], values[high], n, note);
}

int observed_share(struct observing *of, const char *name, const char *part, uint64_t count, uint64_t n,
                   const char *note)
{
    double low, high;
    observed_interval((double)count, (double)n, &low, &high);
    return observed_add(of, name, part, n > 0 ? (double)count / (double)n : NAN, low, high, n, note);
}

int observed_by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double observed_quantile(const double *values, size_t n, double share)
{
    return n == 0 ? NAN : values[(size_t)(share * (double)(n - 1) + .5)];
}

bool observed_names_trace(const struct observing *of, const char *name, size_t len)
{
    return intern_find(&of->set->names, name, len) != INTERN_NONE;
}

/* ---- events -------------------------------------------------------------------------------------------------------
 */

static uint8_t usual_level(const struct observing *of, uint32_t template_id)
{
    ptrdiff_t index = template_id == LW_TEMPLATE_UNKNOWN ? -1 : templates_index(&of->model->templates, template_id);
    return (uint8_t)(index < 0 ? LW_LEVEL_NONE : template_usual_level(&of->model->templates.items[index]));
}

static int look_at_event(struct observing *of, size_t event)
{
    struct store_row row;
    uint32_t template_id = of->set->templates[event];
    of->service[event] = FAILURE_NONE;
    if (of->log == NULL || of->set->records[event] == LW_NO_RECORD) {
        of->level[event] = usual_level(of, template_id);
    } else {
        log_row(of->log, of->set->records[event], &row);
        of->level[event] = row.level;
        if (row.component != STORE_NO_COMPONENT) {
            struct lw_bytes name = snapshot_component(of->log->records, row.component);
            if (intern_add(&of->services, name.data, name.len, &of->service[event]) != 0)
                return fail_memory(of->err, "measuring constraints");
        }
    }
    of->failure[event] = failures_type(&of->failures, template_id, (enum lw_level)of->level[event]);
    return 0;
}

static int look_at_events(struct observing *of)
{
    size_t n = of->set->n_events;
    of->service = alloc_array(n, sizeof *of->service);
    of->level = alloc_array(n, sizeof *of->level);
    of->failure = alloc_array(n, sizeof *of->failure);
    if (of->service == NULL || of->level == NULL || of->failure == NULL)
        return fail_memory(of->err, "measuring constraints");
    int rc = 0;
    for (size_t event = 0; event < n && rc == 0; event++)
        rc = look_at_event(of, event);
    return rc;
}

int observed_failures(struct observing *of, struct intern *services, struct failure_events *out)
{
    if (of->log != NULL)
        return failure_events_find(&of->failures, of->log, of->traces, services, out, of->err);
    struct failure_events made = {NULL, 0, 0};
    for (uint32_t trace = 0; trace < of->set->n_traces; trace++)
        for (size_t i = of->set->first[trace]; i < of->set->first[trace + 1]; i++) {
            if (of->failure[i] == FAILURE_NONE)
                continue;
            if (alloc_grow(&made.items, &made.cap, made.n + 1, sizeof *made.items) != 0) {
                failure_events_release(&made);
                return fail_memory(of->err, "measuring constraints");
            }
            made.items[made.n++] = (struct failure_event){of->set->times_us[i], i,     of->failure[i],
                                                          FAILURE_NONE,         trace, of->set->templates[i]};
        }
    failure_events_sort(&made);
    *out = made;
    return 0;
}

/* ---- sizes --------------------------------------------------------------------------------------------------------
 */

static bool find_times(const struct observing *of, int64_t *first, int64_t *last)
{
    if (of->log != NULL)
        return lw_log_times(of->log, first, last);
    *first = INT64_MAX;
    *last = INT64_MIN;
    for (size_t event = 0; event < of->set->n_events; event++) {
        int64_t at_us = of->set->times_us[event];
        if (at_us != LW_NO_TIME) {
            *first = at_us < *first ? at_us : *first;
            *last = at_us > *last ? at_us : *last;
        }
    }
    return *first <= *last;
}

static int observe_size(struct observing *of)
{
    int64_t first, last;
    size_t n_records = of->log != NULL ? lw_log_count(of->log) : of->set->n_events;
    int rc = observed_add(of, "traces", NULL, (double)of->set->n_traces, NAN, NAN, of->set->n_traces, NULL);
    if (rc == 0)
        rc = observed_add(of, "records", NULL, (double)n_records, NAN, NAN, n_records, NULL);
    if (rc != 0 || !find_times(of, &first, &last))
        return rc;
    rc = observed_add(of, "duration", NULL, (double)(last - first) / 1e6, NAN, NAN, n_records, "seconds");
    if (rc == 0)
        rc = observed_add(of, "start", NULL, (double)first / 1e6, NAN, NAN, n_records, "seconds since 1970");
    if (rc == 0 && of->document != NULL) {
        double traces = (double)(of->set->n_traces > 0 ? of->set->n_traces : 1);
        const struct lw_knob *knob = &constraint_row_at("traces")->knob;
        rc = lw_constraints_set(of->document, "traces", traces < knob->max ? traces : knob->max, of->err);
        of->document->start_us = first;
    }
    return rc;
}

/* ---- shares -------------------------------------------------------------------------------------------------------
 */

struct share_count {
    const char *name;
    uint64_t count;
};

static int by_falling_share(const void *a, const void *b)
{
    const struct share_count *x = a, *y = b;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return strcmp(x->name, y->name);
}

/* Rows of one group, and targets in the document: ranges, so that they can be met together with all else. */
static int add_shares(struct observing *of, enum share_kind kind, struct share_count *counts, size_t n_counts,
                      uint64_t n, bool is_target)
{
    static const char *const groups[SHARE_KIND_COUNT] = {"levels", "templates", "services", "error_types"};
    int rc = 0;
    if (n_counts > 0)
        qsort(counts, n_counts, sizeof *counts, by_falling_share);
    for (size_t i = 0; i < n_counts && rc == 0; i++) {
        struct share_target *target;
        if (counts[i].count == 0)
            break;
        bool is_name = kind == SHARE_SERVICE && observed_names_trace(of, counts[i].name, strlen(counts[i].name));
        rc = observed_share(of, groups[kind], counts[i].name, counts[i].count, n,
                            is_name ? "not asked for: it is the name of a trace" : NULL);
        if (rc != 0 || is_name || of->document == NULL || !is_target || counts[i].count < OBSERVED_LEAST ||
            i >= OBSERVED_MOST)
            continue;
        if (constraint_share(of->document, kind, counts[i].name, &target) != 0)
            return fail_memory(of->err, "measuring constraints");
        observed_interval((double)counts[i].count, (double)n, &target->low, &target->high);
    }
    return rc;
}

static int observe_levels(struct observing *of)
{
    struct share_count counts[LW_LEVEL_COUNT];
    size_t n = 0;
    for (int level = LW_LEVEL_NONE + 1; level < LW_LEVEL_COUNT; level++)
        counts[n++] = (struct share_count){lw_level_name((enum lw_level)level), 0};
    for (size_t event = 0; event < of->set->n_events; event++)
        if (of->level[event] != LW_LEVEL_NONE)
            for (size_t i = 0; i < n; i++)
                counts[i].count += (size_t)of->level[event] == i + 1;
    return add_shares(of, SHARE_LEVEL, counts, n, of->set->n_events, true);
}

static int observe_templates(struct observing *of)
{
    const struct templates *templates = &of->model->templates;
    struct share_count *counts = alloc_zeroed(templates->n, sizeof *counts);
    char(*names)[16] = alloc_zeroed(templates->n, sizeof *names);
    if (counts == NULL || names == NULL) {
        free(counts);
        free(names);
        return fail_memory(of->err, "measuring constraints");
    }
    for (size_t i = 0; i < templates->n; i++) {
        snprintf(names[i], sizeof names[i], "E%u", templates->items[i].id);
        counts[i].name = names[i];
    }
    for (size_t event = 0; event < of->set->n_events; event++) {
        uint32_t id = of->set->templates[event];
        ptrdiff_t index = id == LW_TEMPLATE_UNKNOWN ? -1 : templates_index(templates, id);
        if (index >= 0)
            counts[index].count++;
    }
    int rc = add_shares(of, SHARE_TEMPLATE, counts, templates->n, of->set->n_events, false);
    free(counts);
    free(names);
    return rc;
}

/* Counts of ids[event] of the names, which end in NUL where `texts` keeps them. */
static int observe_named(struct observing *of, enum share_kind kind, const struct intern *names, const uint32_t *ids)
{
    struct share_count *counts = alloc_zeroed(names->count, sizeof *counts);
    struct buf texts = BUF_INIT;
    uint64_t n = 0;
    int rc = counts == NULL ? LW_ERR_MEMORY : 0;
    size_t *starts = alloc_array(names->count, sizeof *starts);
    for (size_t i = 0; i < names->count && rc == 0 && starts != NULL; i++) {
        starts[i] = texts.len;
        buf_add(&texts, names->strings[i].data, names->strings[i].len);
        buf_add_byte(&texts, 0);
    }
    if (rc != 0 || starts == NULL || buf_status(&texts) != 0)
        rc = fail_memory(of->err, "measuring constraints");
    for (size_t i = 0; i < names->count && rc == 0; i++)
        counts[i].name = texts.data + starts[i];
    for (size_t event = 0; event < of->set->n_events && rc == 0; event++)
        if (ids[event] != FAILURE_NONE) {
            counts[ids[event]].count++;
            n++;
        }
    if (rc == 0)
        rc = add_shares(of, kind, counts, names->count, kind == SHARE_ERROR_TYPE ? n : of->set->n_events,
                        names->count > 1 || kind == SHARE_ERROR_TYPE);
    free(counts);
    free(starts);
    buf_release(&texts);
    return rc;
}

int observe_shares(struct observing *of)
{
    int rc = observe_levels(of);
    if (rc == 0)
        rc = observe_named(of, SHARE_SERVICE, &of->services, of->service);
    if (rc == 0)
        rc = observe_named(of, SHARE_ERROR_TYPE, &of->failures.types, of->failure);
    return rc == 0 ? observe_templates(of) : rc;
}

/* ---- all of it ----------------------------------------------------------------------------------------------------
 */

static int observe_all(struct observing *of)
{
    static int (*const steps[])(struct observing * of) = {
        look_at_events, observe_size,     observe_arrival, observe_shares,    observe_calls,
        observe_rules,  observe_recovery, observe_delays,  observe_anomalies, observe_values};
    int rc = 0;
    for (size_t i = 0; i < sizeof steps / sizeof *steps && rc == 0; i++) {
        run_progress(of->run, "measuring constraints", i, sizeof steps / sizeof *steps);
        rc = run_check(of->run, of->err);
        if (rc == 0)
            rc = steps[i](of);
    }
    return rc;
}

int observe(const struct model *model, const struct lw_log *log, const struct lw_traces *traces,
            const struct lw_run *run, struct lw_figures **figures, struct lw_constraints **document,
            struct lw_error *err)
{
    struct observing of = {.model = model,
                           .log = log,
                           .traces = traces,
                           .set = traces->set,
                           .run = run,
                           .err = err,
                           .services = INTERN_INIT};
    int rc = failures_init(&of.failures, &model->templates, err);
    if (rc != 0)
        return rc;
    rc = figures_new(&of.figures, err);
    if (rc == 0 && document != NULL)
        rc = lw_constraints_new(&of.document, err);
    if (rc == 0)
        rc = observe_all(&of);
    free(of.service);
    free(of.level);
    free(of.failure);
    intern_release(&of.services);
    failures_release(&of.failures);
    if (rc != 0) {
        lw_figures_free(of.figures);
        lw_constraints_free(of.document);
        return rc;
    }
    *figures = of.figures;
    if (document != NULL)
        *document = of.document;
    return 0;
}
