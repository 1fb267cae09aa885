/*
 * Distributions of two logs, value by value: levels of records, templates and error types of events, lengths of traces,
 * delays between events. Lengths and delays are counted in bins whose bounds double.
 */
#include "ui/kit/text.h"
#include "ui/panes/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BY_LEVEL, BY_ERROR, BY_TEMPLATE, BY_LENGTH, BY_DELAY, N_DISTRIBUTIONS };
enum { N_BINS = 40, SHOWN_TEMPLATES = 40 };

const char *distribution_title(int distribution)
{
    static const char *const titles[N_DISTRIBUTIONS] = {"levels of records", "error types", "templates of events",
                                                        "lengths of traces", "delays between events"};

    return distribution >= 0 && distribution < N_DISTRIBUTIONS ? titles[distribution] : NULL;
}

struct tally {
    double *templates[2]; /* [n_templates + 1] events; the last: unknown ones */
    double events[2], lengths[2][N_BINS], delays[2][N_BINS], n_delays[2];
};

static size_t bin_of(double value)
{
    int exponent = 0;

    frexp(value, &exponent);
    return exponent < 1 ? 0 : exponent < N_BINS ? (size_t)exponent : N_BINS - 1;
}

static void count_traces(const struct lw_workspace *workspace, const struct lw_traces *traces, int side,
                         struct tally *tally)
{
    size_t n_templates = lw_template_count(workspace);
    struct lw_trace trace;

    for (size_t i = 0; i < lw_traces_count(traces); i++) {
        if (lw_traces_get(traces, i, &trace, NULL) != 0)
            continue;
        tally->lengths[side][bin_of((double)trace.n_events)]++;
        tally->events[side] += (double)trace.n_events;
        for (size_t event = 0; event < trace.n_events; event++) {
            ptrdiff_t index = lw_template_index(workspace, trace.templates[event]);

            tally->templates[side][index >= 0 ? (size_t)index : n_templates]++;
            if (event > 0 && trace.times_us[event] != LW_NO_TIME && trace.times_us[event - 1] != LW_NO_TIME) {
                double delay_ms = (double)(trace.times_us[event] - trace.times_us[event - 1]) / 1000;

                tally->delays[side][bin_of(delay_ms)]++;
                tally->n_delays[side]++;
            }
        }
    }
}

/* The row that was added, or NULL when memory is out. */
static struct share_row *add_row(struct comparison *made, int distribution, double a, double b)
{
    if (made->n_rows % 64 == 0) {
        struct share_row *grown = realloc(made->rows, (made->n_rows + 64) * sizeof *grown);

        if (!grown)
            return NULL;
        made->rows = grown;
    }
    struct share_row *row = &made->rows[made->n_rows++];

    *row = (struct share_row){.distribution = distribution, .shares = {a, b}};
    row->template_id = LW_TEMPLATE_UNKNOWN;
    return row;
}

static double share(double count, double total)
{
    return total > 0 ? count / total : 0;
}

/* Sets the head of what was added from `first` on. */
static void finish(struct comparison *made, size_t first, double a, double b)
{
    double apart = 0;

    for (size_t i = first + 1; i < made->n_rows; i++)
        apart += fabs(made->rows[i].shares[0] - made->rows[i].shares[1]) / 2;
    made->rows[first].shares[0] = a;
    made->rows[first].shares[1] = b;
    made->rows[first].apart = a > 0 && b > 0 ? apart : NAN;
}

static int add_levels(struct comparison *made)
{
    struct lw_summary sides[2];
    double totals[2] = {0, 0};
    size_t first = made->n_rows;

    sides[0] = made->session->summary;
    lw_workspace_summary(made->other, &sides[1]);
    for (int side = 0; side < 2; side++)
        for (int level = 0; level < LW_LEVEL_COUNT; level++)
            totals[side] += (double)sides[side].levels[level];
    if (!add_row(made, BY_LEVEL, 0, 0))
        return LW_ERR_MEMORY;
    for (int level = LW_LEVEL_COUNT - 1; level >= 0; level--) {
        struct share_row *row;

        if (sides[0].levels[level] + sides[1].levels[level] == 0)
            continue;
        row = add_row(made, BY_LEVEL, share((double)sides[0].levels[level], totals[0]),
                      share((double)sides[1].levels[level], totals[1]));
        if (!row)
            return LW_ERR_MEMORY;
        row->level = (enum lw_level)level;
        snprintf(row->label, sizeof row->label, "%s", level == 0 ? "none" : lw_level_name((enum lw_level)level));
    }
    finish(made, first, totals[0], totals[1]);
    return 0;
}

struct ranked {
    size_t index;
    double most;
};

static int by_most(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    return x->most > y->most ? -1 : x->most < y->most ? 1 : x->index < y->index ? -1 : x->index > y->index;
}

/* The templates that `floor` and worse come with, most frequent first; the rest in one row. */
static int add_templates(struct comparison *made, const struct tally *tally, int distribution, enum lw_level floor)
{
    const struct lw_workspace *workspace = made->session->workspace;
    size_t n = lw_template_count(workspace), n_ranked = 0, first = made->n_rows;
    struct ranked *ranked = calloc(n + 1, sizeof *ranked);
    double totals[2] = {0, 0}, rest[2] = {0, 0};
    struct lw_template template;
    int rc = ranked && add_row(made, distribution, 0, 0) ? 0 : LW_ERR_MEMORY;

    for (size_t i = 0; rc == 0 && i <= n; i++) {
        bool is_meant = i == n ? floor == LW_LEVEL_NONE && tally->templates[1][n] + tally->templates[0][n] > 0
                               : lw_template_get(workspace, i, &template, NULL) == 0 && template.level >= floor;

        if (!is_meant || tally->templates[0][i] + tally->templates[1][i] == 0)
            continue;
        for (int side = 0; side < 2; side++)
            totals[side] += tally->templates[side][i];
        ranked[n_ranked++] = (struct ranked){
            i, fmax(share(tally->templates[0][i], tally->events[0]), share(tally->templates[1][i], tally->events[1]))};
    }
    if (n_ranked > 1)
        qsort(ranked, n_ranked, sizeof *ranked, by_most);
    for (size_t i = 0; rc == 0 && i < n_ranked; i++) {
        size_t index = ranked[i].index;
        struct share_row *row;
        char id[16];

        if (i >= SHOWN_TEMPLATES) {
            for (int side = 0; side < 2; side++)
                rest[side] += share(tally->templates[side][index], totals[side]);
            continue;
        }
        row = add_row(made, distribution, share(tally->templates[0][index], totals[0]),
                      share(tally->templates[1][index], totals[1]));
        if (!row)
            rc = LW_ERR_MEMORY;
        else if (index == n || lw_template_get(workspace, index, &template, NULL) != 0)
            snprintf(row->label, sizeof row->label, "no template");
        else {
            struct lw_bytes text = session_template_text(made->session, template.id);

            row->template_id = template.id;
            snprintf(row->label, sizeof row->label, "%s %.*s", text_template(id, sizeof id, template.id),
                     (int)(text.len < 60 ? text.len : 60), text.data);
        }
    }
    if (rc == 0 && n_ranked > SHOWN_TEMPLATES) {
        struct share_row *row = add_row(made, distribution, rest[0], rest[1]);

        if (row)
            snprintf(row->label, sizeof row->label, "%zu others", n_ranked - SHOWN_TEMPLATES);
    }
    if (rc == 0)
        finish(made, first, totals[0], totals[1]);
    free(ranked);
    return rc;
}

static void name_length(uint64_t low, uint64_t high, char *out, size_t size)
{
    if (low == high)
        snprintf(out, size, "%llu event%s", (unsigned long long)low, low == 1 ? "" : "s");
    else
        snprintf(out, size, "%llu to %llu events", (unsigned long long)low, (unsigned long long)high);
}

static int add_bins(struct comparison *made, int distribution, double counts[2][N_BINS], const double totals[2])
{
    size_t first = made->n_rows;
    char low[24], high[24];

    if (!add_row(made, distribution, 0, 0))
        return LW_ERR_MEMORY;
    for (int bin = 0; bin < N_BINS; bin++) {
        struct share_row *row;

        if (counts[0][bin] + counts[1][bin] == 0)
            continue;
        row = add_row(made, distribution, share(counts[0][bin], totals[0]), share(counts[1][bin], totals[1]));
        if (!row)
            return LW_ERR_MEMORY;
        row->low = bin > 0 ? (uint64_t)1 << (bin - 1) : 0;
        row->high = ((uint64_t)1 << bin) - 1;
        if (distribution == BY_LENGTH)
            name_length(row->low, row->high, row->label, sizeof row->label);
        else if (bin == 0)
            snprintf(row->label, sizeof row->label, "below 1ms");
        else
            snprintf(row->label, sizeof row->label, "%s to %s", text_delay(low, sizeof low, (int64_t)row->low * 1000),
                     text_delay(high, sizeof high, (int64_t)(row->high + 1) * 1000));
    }
    finish(made, first, totals[0], totals[1]);
    return 0;
}

/* Errors are what comes at level error or worse; in a log without any, warnings. */
static enum lw_level error_floor(const struct lw_summary *summary)
{
    for (int level = LW_LEVEL_ERROR; level < LW_LEVEL_COUNT; level++)
        if (summary->levels[level] > 0)
            return LW_LEVEL_ERROR;
    return LW_LEVEL_WARN;
}

int compare_measure(struct comparison *made, const struct lw_traces *traces, struct lw_error *err)
{
    const struct lw_workspace *workspace = made->session->workspace;
    struct tally *tally = calloc(1, sizeof *tally);
    size_t n = lw_template_count(workspace) + 1;
    int rc = tally ? 0 : LW_ERR_MEMORY;

    for (int side = 0; rc == 0 && side < 2; side++)
        if (!(tally->templates[side] = calloc(n, sizeof *tally->templates[side])))
            rc = LW_ERR_MEMORY;
    if (rc == 0) {
        count_traces(workspace, made->session->traces, 0, tally);
        count_traces(workspace, traces, 1, tally);
        made->n_traces[0] = lw_traces_count(made->session->traces);
        made->n_traces[1] = lw_traces_count(traces);
        rc = add_levels(made);
    }
    if (rc == 0)
        rc = add_templates(made, tally, BY_ERROR, error_floor(&made->session->summary));
    if (rc == 0)
        rc = add_templates(made, tally, BY_TEMPLATE, LW_LEVEL_NONE);
    if (rc == 0) {
        double n_traces[2] = {(double)made->n_traces[0], (double)made->n_traces[1]};

        rc = add_bins(made, BY_LENGTH, tally->lengths, n_traces);
    }
    if (rc == 0)
        rc = add_bins(made, BY_DELAY, tally->delays, tally->n_delays);
    for (int side = 0; tally && side < 2; side++)
        free(tally->templates[side]);
    free(tally);
    return rc == 0 ? 0 : text_fail(err, LW_ERR_MEMORY, "out of memory while comparing");
}
