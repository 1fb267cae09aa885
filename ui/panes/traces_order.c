/*
 * In what order the Traces pane shows rows, and which ones. That goes over every trace, so jobs do it; until they are
 * done the rows of before stay.
 */
#include "ui/app/jobs.h"
#include "ui/kit/text.h"
#include "ui/panes/traces.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct arrange_job {
    struct job job;
    struct session *session;
    struct trace_stats *stats; /* NULL: to be made */
    enum traces_level level;
    bool is_unordered;
    enum trace_sort sort;
    char *filter;
    uint64_t *items; /* of LIST: the traces; of VARIANTS NULL */
    double *scores;  /* beside them, or NULL */
    size_t n_items;
    struct trace_order out;
};
struct keyed {
    double key;
    uint64_t item;
};

static int by_key(const void *left, const void *right)
{
    const struct keyed *a = left, *b = right;

    if (a->key != b->key)
        return a->key > b->key ? -1 : 1;
    return a->item < b->item ? -1 : a->item > b->item;
}

static double line_key(const struct trace_line *line, enum trace_sort sort)
{
    switch (sort) {
    case SORT_TAKES:
        return line->p95_us == LW_NO_TIME ? -1 : (double)line->p95_us;
    case SORT_LENGTH:
        return (double)line->n_events;
    case SORT_RARITY: /* bits an event, its end included */
        return -line->log2_probability / (double)(line->n_events + 1);
    case SORT_ODD:
        return (double)line->n_anomalous / (double)line->count + (line->is_accepted ? 0 : 0.5);
    case SORT_FOUND:
    case N_SORTS:
        break;
    }
    return (double)line->count;
}

static double trace_key(const struct arrange_job *job, size_t i, const struct lw_trace *trace)
{
    const struct trace_line *line = &job->stats->lines[0][trace->variant];
    int64_t takes = trace_takes_us(trace);

    if (job->sort == SORT_FOUND)
        return 0;
    if (job->sort == SORT_TAKES)
        return takes == LW_NO_TIME ? -1 : (double)takes;
    if (job->sort == SORT_ODD && job->scores)
        return isnan(job->scores[i]) ? -INFINITY : job->scores[i];
    return line_key(line, job->sort);
}

static int work_arrange(struct job *base, const struct lw_run *run, struct lw_error *err)
{
    struct arrange_job *job = (struct arrange_job *)base;
    struct lw_finder *finder = NULL;
    struct keyed *keyed;
    size_t n, n_kept = 0, n_ids = 0;
    bool *matches = NULL;
    int rc = job->stats ? 0 : trace_stats_new(job->session, run, &job->stats, err);

    if (rc == 0 && job->filter)
        rc = lw_finder_new(job->filter, &finder, err);
    if (rc != 0)
        return rc;
    n = job->level == LIST ? job->n_items : job->stats->n[job->is_unordered];
    keyed = malloc((n + 1) * sizeof *keyed);
    job->out.items = malloc((n + 1) * sizeof *job->out.items);
    if (finder)
        matches = traces_match_templates(job->session, finder, &n_ids);
    if (!keyed || !job->out.items || (finder && !matches))
        rc = text_fail(err, LW_ERR_MEMORY, "out of memory for the traces");
    for (size_t i = 0; rc == 0 && i < n; i++) {
        uint64_t item = job->level == LIST ? job->items[i] : i;
        struct lw_trace trace;
        struct lw_span match;

        if (i % 4096 == 0 && lw_cancel_is_requested(run->cancel))
            rc = LW_ERR_CANCELLED;
        else if (traces_row(job->session, job->stats, job->level, job->is_unordered, item, &trace) == 0 &&
                 (!finder || traces_has_match(matches, n_ids, trace.templates, trace.n_events) ||
                  lw_finder_next(finder, trace.name.data, trace.name.len, 0, &match)))
            keyed[n_kept++] =
                (struct keyed){job->level == LIST ? trace_key(job, i, &trace)
                                                  : line_key(&job->stats->lines[job->is_unordered][i], job->sort),
                               item};
    }
    if (rc == 0 && n_kept > 0)
        qsort(keyed, n_kept, sizeof *keyed, by_key);
    for (size_t i = 0; rc == 0 && i < n_kept; i++)
        job->out.items[i] = keyed[i].item;
    job->out.n = n_kept;
    free(keyed);
    free(matches);
    lw_finder_free(finder);
    return rc;
}

bool traces_is_current(const struct app *app, const struct session *session)
{
    return app_is_learned(app) && session->traces == app->session->traces &&
           session->workspace == app->session->workspace;
}

static void finish_arrange(struct app *app, struct job *base, int rc, const struct lw_error *err)
{
    struct arrange_job *job = (struct arrange_job *)base;
    struct traces *self = traces_of(app);
    struct list *list = job->level == LIST ? &self->list : &self->variants;
    struct trace_order *order = &self->order[job->level];

    if (!traces_is_current(app, job->session))
        return;
    self->is_due[job->level] = false;
    if (rc != 0) {
        app_say(app, "%s", rc == LW_ERR_CANCELLED ? "cancelled" : err->text);
        return;
    }
    if (self->stats != job->stats) {
        trace_stats_free(self->stats);
        self->stats = trace_stats_retain(job->stats);
    }
    free(order->items);
    *order = job->out;
    job->out.items = NULL;
    if (job->level == VARIANTS)
        self->is_shown_unordered = job->is_unordered;
    list_set_count(list, order->n);
    if (job->filter && order->n == 0)
        app_say(app, "nothing matches %s; & with nothing shows all again", job->filter);
}

static void free_arrange(struct job *base)
{
    struct arrange_job *job = (struct arrange_job *)base;

    session_free(job->session);
    trace_stats_free(job->stats);
    free(job->filter);
    free(job->items);
    free(job->scores);
    free(job->out.items);
    free(job);
}

static bool copy_items(struct app *app, struct traces *self, struct arrange_job *job)
{
    job->n_items = self->subset.n;
    job->items = malloc((job->n_items + 1) * sizeof *job->items);
    if (!job->items)
        return false;
    if (job->n_items > 0)
        memcpy(job->items, self->subset.items, job->n_items * sizeof *job->items);
    scores_renew(app, &self->scores);
    if (job->sort != SORT_ODD || !self->scores.items)
        return true;
    job->scores = malloc((job->n_items + 1) * sizeof *job->scores);
    for (size_t i = 0; job->scores && i < job->n_items; i++)
        job->scores[i] = job->items[i] < self->scores.n ? self->scores.items[job->items[i]] : NAN;
    return job->scores != NULL;
}

void traces_arrange(struct app *app, struct traces *self, enum traces_level level)
{
    static const struct job_ops ops = {"looking at traces", false, false, work_arrange, finish_arrange, free_arrange};
    struct arrange_job *job;

    if (!app_is_learned(app) || !(job = calloc(1, sizeof *job)))
        return;
    job->job.ops = &ops;
    job->session = session_retain(app->session);
    job->stats = self->stats && traces_is_current(app, self->stats->session) &&
                         self->stats->session->labels == app->session->labels
                     ? trace_stats_retain(self->stats)
                     : NULL;
    job->level = level;
    job->is_unordered = self->is_unordered;
    job->sort = self->sort[level];
    job->filter = text_copy_or_null(self->filter[level]);
    if (level == LIST && !copy_items(app, self, job)) {
        free_arrange(&job->job);
        app_say(app, "out of memory");
        return;
    }
    jobs_start(app->jobs, JOB_TRACES, &job->job);
}

/* ---- traces of variants ---------------------------------------------------------------------------------------- */

struct group_job {
    struct job job;
    struct session *session;
    struct trace_stats *stats;
    bool is_all;
    uint32_t group, n_variants;
    struct subset subset;
};

static int work_group(struct job *base, const struct lw_run *run, struct lw_error *err)
{
    struct group_job *job = (struct group_job *)base;
    size_t n = lw_traces_count(job->session->traces);

    job->subset.items = malloc((n + 1) * sizeof *job->subset.items);
    if (!job->subset.items)
        return text_fail(err, LW_ERR_MEMORY, "out of memory for the traces");
    for (size_t i = 0; i < n; i++) {
        struct lw_trace trace;

        if (i % 4096 == 0 && lw_cancel_is_requested(run->cancel))
            return LW_ERR_CANCELLED;
        if (lw_traces_get(job->session->traces, i, &trace, err) == 0 &&
            (job->is_all || job->stats->group_of[trace.variant] == job->group))
            job->subset.items[job->subset.n++] = i;
    }
    return 0;
}

static void finish_group(struct app *app, struct job *base, int rc, const struct lw_error *err)
{
    struct group_job *job = (struct group_job *)base;

    if (rc != 0 || !traces_is_current(app, job->session)) {
        if (rc != 0)
            app_say(app, "%s", rc == LW_ERR_CANCELLED ? "cancelled" : err->text);
        return;
    }
    traces_show(app, &job->subset);
    traces_of(app)->n_of_variants = job->n_variants;
    job->subset = (struct subset){.kind = SUBSET_ALL};
}

static void free_group(struct job *base)
{
    struct group_job *job = (struct group_job *)base;

    session_free(job->session);
    trace_stats_free(job->stats);
    subset_release(&job->subset);
    free(job);
}

void traces_list_line(struct app *app, struct traces *self, const struct trace_line *line)
{
    static const struct job_ops ops = {"filtering", false, false, work_group, finish_group, free_group};
    struct group_job *job;

    if (line && line->n_variants == 1) {
        find_start_subset(app, SUBSET_VARIANT, line->variant, NULL);
        return;
    }
    if (!(job = calloc(1, sizeof *job)))
        return;
    job->job.ops = &ops;
    job->session = session_retain(app->session);
    job->stats = trace_stats_retain(self->stats);
    job->is_all = !line;
    job->group = line ? self->stats->group_of[line->variant] : 0;
    job->n_variants = line ? line->n_variants : 0;
    job->subset = (struct subset){
        .kind = line ? SUBSET_VARIANT : SUBSET_ALL, .number = line ? line->variant : 0, .from = PANE_TRACES};
    jobs_start(app->jobs, JOB_FILTER, &job->job);
}
