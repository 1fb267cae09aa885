/*
 * The strip of time above the records. Counting goes over the index of times in a job; while it runs the strip of
 * before stays. The height of a column is the number of records in its stretch, its colour the worst level there; a
 * stretch with an error is underlined as well, since no meaning is in colour alone.
 */
#include "ui/app/jobs.h"
#include "ui/kit/text.h"
#include "ui/panes/logs.h"

#include <stdlib.h>
#include <string.h>

enum { REST = 20 }; /* times as long as it took */

struct strip_job {
    struct job job;
    struct session *session;
    int64_t begun_ms;
    struct strip strip;
};

static int work_strip(struct job *base, const struct lw_run *run, struct lw_error *err)
{
    struct strip_job *job = (struct strip_job *)base;
    struct strip *strip = &job->strip;

    (void)run;
    if (!lw_log_times(strip->log, &strip->from_us, &strip->to_us))
        return 0;
    strip->to_us++;
    strip->n = strip->n_wanted;
    return lw_log_histogram(strip->log, strip->from_us, strip->to_us, strip->n, strip->counts, err);
}

static void finish_strip(struct app *app, struct job *base, int rc, const struct lw_error *err)
{
    struct strip_job *job = (struct strip_job *)base;
    struct strip *strip = logs_strip(app);

    (void)err;
    if (rc == 0 && strip->log == job->strip.log && strip->n_records == job->strip.n_records &&
        strip->n_wanted == job->strip.n_wanted) {
        *strip = job->strip;
        strip->due_ms = app_now_ms(app) + REST * (app_now_ms(app) - job->begun_ms);
    }
}

static void free_strip(struct job *base)
{
    struct strip_job *job = (struct strip_job *)base;

    session_free(job->session);
    free(job);
}

static void ask(struct app *app, struct strip *strip, size_t n)
{
    static const struct job_ops ops = {NULL, false, false, work_strip, finish_strip, free_strip};
    struct strip_job *job;

    size_t n_records = lw_log_count(app->session->log);

    if (strip->log == app->session->log && strip->n_records == n_records && strip->n_wanted == n)
        return;
    if (strip->n_wanted == n && (jobs_is_busy(app->jobs, JOB_STRIP) || app_now_ms(app) < strip->due_ms)) {
        app->is_strip_due = true;
        return;
    }
    job = calloc(1, sizeof *job);
    if (!job)
        return;
    strip->log = app->session->log;
    strip->n_records = n_records;
    strip->n_wanted = n;
    job->job.ops = &ops;
    job->session = session_retain(app->session);
    job->begun_ms = app_now_ms(app);
    job->strip.log = strip->log;
    job->strip.n_records = n_records;
    job->strip.n_wanted = n;
    jobs_start(app->jobs, JOB_STRIP, &job->job);
}

void strip_release(struct strip *strip)
{
    *strip = (struct strip){0};
}

static enum lw_level worst_level(const uint64_t *counts)
{
    enum lw_level worst = LW_LEVEL_NONE;

    for (int level = LW_LEVEL_NONE; level < LW_LEVEL_COUNT; level++)
        if (counts[level] > 0)
            worst = (enum lw_level)level;
    return worst;
}

static uint64_t sum_of(const uint64_t *counts)
{
    uint64_t sum = 0;

    for (int level = LW_LEVEL_NONE; level < LW_LEVEL_COUNT; level++)
        sum += counts[level];
    return sum;
}

static void draw_bins(const struct app *app, const struct strip *strip, const struct view *view, int row, int col)
{
    uint64_t most = 1;

    for (size_t i = 0; i < strip->n; i++)
        if (sum_of(strip->counts[i]) > most)
            most = sum_of(strip->counts[i]);
    for (size_t i = 0; i < strip->n; i++) {
        uint64_t n = sum_of(strip->counts[i]);
        enum lw_level worst = worst_level(strip->counts[i]);
        struct style style = worst >= LW_LEVEL_WARN ? level_style(worst) : style_of(ROLE_BAR);

        if (worst >= LW_LEVEL_ERROR)
            style.attrs |= ATTR_UNDERLINE;
        if (n > 0)
            view_text(view, row, col + (int)i, style,
                      app->symbols->steps[(n * 8 - 1) / most > 7 ? 7 : (n * 8 - 1) / most]);
    }
}

void strip_draw(struct app *app, struct strip *strip, const struct view *view, int row, int64_t chosen_us)
{
    char from[64], to[64];
    size_t n;
    int col, columns;

    n = (size_t)view->area.cols - 2 * (12 + 2) - 2; /* a time at either end, and a blank beside it */
    n = n < STRIP_MAX ? n : STRIP_MAX;
    ask(app, strip, n);
    if (strip->n == 0)
        return;
    text_time(from, sizeof from, strip->from_us, false);
    text_time(to, sizeof to, strip->to_us - 1, false);
    columns = view_text(view, row, 2, style_of(ROLE_DIM), from);
    col = columns + 1;
    if (strip->n > n) /* of a wider screen; the right one is on its way */
        return;
    draw_bins(app, strip, view, row, col);
    view_text(view, row, col + (int)strip->n + 1, style_of(ROLE_DIM), to);
    if (chosen_us >= strip->from_us && chosen_us < strip->to_us) {
        double share = (double)(chosen_us - strip->from_us) / (double)(strip->to_us - strip->from_us);
        int at = (int)(share * (double)strip->n);

        view_add_attrs(view, row, col + at, 1, ATTR_REVERSE);
    }
}
