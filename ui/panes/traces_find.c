/* Looks for the next row, or event, that an expression matches. */
#include "ui/app/jobs.h"
#include "ui/kit/text.h"
#include "ui/panes/traces.h"

#include <stdlib.h>
#include <string.h>

/* Which templates an expression matches, by id; NULL when memory is out. */
bool *traces_match_templates(const struct session *session, struct lw_finder *finder, size_t *n)
{
    size_t count = lw_template_count(session->workspace);
    struct lw_template template;
    bool *matches;

    *n = 1;
    for (size_t i = 0; i < count; i++)
        if (lw_template_get(session->workspace, i, &template, NULL) == 0 && template.id >= *n)
            *n = (size_t) template.id + 1;
    matches = calloc(*n, sizeof *matches);
    for (size_t i = 0; matches && i < count; i++) {
        struct text text = {NULL, 0, 0};
        struct lw_span match;

        if (lw_template_get(session->workspace, i, &template, NULL) != 0)
            continue;
        text_printf(&text, "E%u ", (unsigned)template.id);
        text_add(&text, template.text.data, template.text.len);
        if (template.name.len > 0) {
            text_add(&text, " ", 1);
            text_add(&text, template.name.data, template.name.len);
        }
        matches[template.id] = text.data && lw_finder_next(finder, text.data, text.len, 0, &match);
        text_release(&text);
    }
    return matches;
}

bool traces_has_match(const bool *matches, size_t n_ids, const uint32_t *templates, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (templates[i] < n_ids && matches[templates[i]])
            return true;
    return false;
}

/* A row of either kind: the events, and the name if it is a trace. */
int traces_row(const struct session *session, const struct trace_stats *stats, enum traces_level level,
               bool is_unordered, uint64_t item, struct lw_trace *out)
{
    struct lw_variant variant;

    if (level == LIST)
        return lw_traces_get(session->traces, (size_t)item, out, NULL);
    *out = (struct lw_trace){.name = {"", 0}};
    if (lw_traces_variant(session->traces, stats->lines[is_unordered][item].variant, &variant, NULL) != 0)
        return LW_ERR_NOT_FOUND;
    out->templates = variant.templates;
    out->n_events = variant.n_events;
    return 0;
}

struct search_job {
    struct job job;
    struct session *session;
    struct trace_stats *stats;
    enum traces_level level;
    bool is_unordered, is_back;
    char *regex;
    uint64_t *items; /* rows; of a timeline NULL */
    size_t n, from, trace, found;
};

static int work_search(struct job *base, const struct lw_run *run, struct lw_error *err)
{
    struct search_job *job = (struct search_job *)base;
    struct lw_finder *finder;
    struct lw_trace trace = {.name = {"", 0}};
    bool *matches;
    size_t n_ids;
    int rc = lw_finder_new(job->regex, &finder, err);

    job->found = SIZE_MAX;
    if (rc != 0)
        return rc;
    matches = traces_match_templates(job->session, finder, &n_ids);
    if (!matches)
        rc = text_fail(err, LW_ERR_MEMORY, "out of memory while searching");
    if (rc == 0 && job->level == TIMELINE)
        rc = lw_traces_get(job->session->traces, job->trace, &trace, err);
    for (size_t i = 1; rc == 0 && i <= job->n && job->found == SIZE_MAX; i++) {
        size_t row = (job->is_back ? job->from + job->n - i : job->from + i) % job->n;
        struct lw_span match;
        bool is_match;

        if (i % 4096 == 0 && lw_cancel_is_requested(run->cancel)) {
            rc = LW_ERR_CANCELLED;
            break;
        }
        if (job->level == TIMELINE)
            is_match = traces_has_match(matches, n_ids, &trace.templates[row], 1);
        else
            is_match =
                traces_row(job->session, job->stats, job->level, job->is_unordered, job->items[row], &trace) == 0 &&
                (traces_has_match(matches, n_ids, trace.templates, trace.n_events) ||
                 lw_finder_next(finder, trace.name.data, trace.name.len, 0, &match));
        if (is_match)
            job->found = row;
    }
    free(matches);
    lw_finder_free(finder);
    return rc;
}

static void finish_search(struct app *app, struct job *base, int rc, const struct lw_error *err)
{
    struct search_job *job = (struct search_job *)base;
    struct traces *self = traces_of(app);
    struct list *list = job->level == VARIANTS ? &self->variants : job->level == LIST ? &self->list : &self->events;

    if (rc != 0)
        app_say(app, "%s", rc == LW_ERR_CANCELLED ? "cancelled" : err->text);
    else if (!traces_is_current(app, job->session) || self->level != job->level)
        return;
    else if (job->found == SIZE_MAX)
        app_say(app, "%s: no match here", job->regex);
    else
        list_go(list, job->found);
}

static void free_search(struct job *base)
{
    struct search_job *job = (struct search_job *)base;

    session_free(job->session);
    trace_stats_free(job->stats);
    free(job->regex);
    free(job->items);
    free(job);
}

void traces_find(struct app *app, struct traces *self, const char *regex, bool is_back)
{
    static const struct job_ops ops = {"searching", false, false, work_search, finish_search, free_search};
    const struct list *list = self->level == VARIANTS ? &self->variants
                              : self->level == LIST   ? &self->list
                                                      : &self->events;
    struct search_job *job;

    if (self->level == DIFF || list->count == 0 || (self->level != TIMELINE && !self->stats)) {
        app_say(app, "there is nothing to search here");
        return;
    }
    job = calloc(1, sizeof *job);
    if (!job)
        return;
    job->job.ops = &ops;
    job->session = session_retain(app->session);
    job->stats = trace_stats_retain(self->stats);
    job->level = self->level;
    job->is_unordered = self->is_shown_unordered;
    job->is_back = is_back;
    job->regex = text_copy(regex, strlen(regex));
    job->n = (size_t)list->count;
    job->from = (size_t)list->cursor;
    job->trace = self->trace;
    if (self->level != TIMELINE && (job->items = malloc((job->n + 1) * sizeof *job->items)))
        memcpy(job->items, self->order[self->level].items, job->n * sizeof *job->items);
    if (!job->regex || (self->level != TIMELINE && !job->items)) {
        free_search(&job->job);
        app_say(app, "out of memory");
        return;
    }
    jobs_start(app->jobs, JOB_FIND, &job->job);
}
