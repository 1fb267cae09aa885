#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/input.h"
#include "cmd/table.h"

/* Records of the levels that were seen, as "info 1200" and so on. */
static struct cell level_cell(const struct lw_summary *summary, char (*texts)[40], struct lw_bytes *items)
{
    size_t n = 0;

    for (size_t i = 1; i < LW_LEVEL_COUNT; i++) {
        if (summary->levels[i] == 0)
            continue;
        snprintf(texts[n], sizeof texts[n], "%s %llu", lw_level_name((enum lw_level)i),
                 (unsigned long long)summary->levels[i]);
        items[n] = cell_string(texts[n]).as.text;
        n++;
    }
    return cell_list(items, n);
}

struct source_list {
    struct lw_bytes *items; /* [n + n_problems] a line for each source, then what is wrong with some; all owned */
    size_t n, n_problems;
};

static int keep_text(struct source_list *list, size_t at, const char *text)
{
    char *copy = malloc(strlen(text) + 1);

    if (copy == NULL)
        return -1;
    strcpy(copy, text);
    list->items[at] = (struct lw_bytes){copy, strlen(text)};
    return 0;
}

/* log NULL: a workspace does not know where its records came from. */
static int list_sources(const struct lw_log *log, struct source_list *out)
{
    size_t n = log == NULL ? 0 : lw_log_source_count(log);
    struct lw_source source;
    char text[600];

    out->items = malloc((2 * n + 1) * sizeof *out->items);
    if (out->items == NULL)
        return -1;
    for (; out->n < n; out->n++) {
        if (lw_log_source(log, out->n, &source, NULL) != 0)
            return -1;
        snprintf(text, sizeof text, "%.*s %s %llu", (int)(source.path.len < 400 ? source.path.len : 400),
                 source.path.data, source.format, (unsigned long long)source.records);
        if (keep_text(out, out->n, text) != 0)
            return -1;
    }
    for (size_t i = 0; i < n; i++) {
        if (lw_log_source(log, i, &source, NULL) != 0 || source.problem == NULL)
            continue;
        snprintf(text, sizeof text, "%.*s: %s", (int)(source.path.len < 400 ? source.path.len : 400), source.path.data,
                 source.problem);
        if (keep_text(out, n + out->n_problems, text) != 0)
            return -1;
        out->n_problems++;
    }
    return 0;
}

#define MAX_MASKS 16

/* The lines of the masks; returns how many. */
static size_t list_masks(const char *masks, struct lw_bytes *items)
{
    size_t n = 0;

    for (; *masks != '\0' && n < MAX_MASKS; n++) {
        size_t len = strcspn(masks, "\n");

        items[n] = (struct lw_bytes){masks, len};
        masks += len + (masks[len] == '\n');
    }
    return n;
}

/* "12 of 300 labelled traces are anomalous", NULL without labels. */
static const char *count_labels(struct command_call *call, const struct lw_log *log,
                                const struct lw_workspace *workspace, char *text, size_t size)
{
    const struct lw_traces *traces = lw_workspace_traces(workspace);
    struct lw_labels *labels;
    struct lw_error err;
    size_t n = 0, anomalous = 0;

    if (input_labels(call) == NULL || log == NULL)
        return NULL;
    if (lw_labels_read(input_labels(call), log, traces, &labels, &err) != 0) {
        command_say(call, "%s", err.text);
        return NULL;
    }
    for (size_t t = 0; t < lw_traces_count(traces); t++) {
        n += lw_labels_get(labels, t) != LW_UNLABELLED;
        anomalous += lw_labels_get(labels, t) == LW_ANOMALOUS;
    }
    snprintf(text, size, "%zu of %zu labelled traces are anomalous", anomalous, n);
    lw_labels_free(labels);
    return text;
}

int info_run(struct command_call *call)
{
    static const char *const columns[] = {
        "format",  "records",  "lines",      "bytes",  "start",     "end",    "days",      "rate",   "peak",
        "peak_at", "levels",   "events",     "traces", "variants",  "labels", "templates", "states", "transitions",
        "sources", "problems", "trace_rule", "traced", "trace_why", "masks",  "folded",    NULL};
    struct cell cells[TABLE_MAX_COLUMNS];
    struct lw_bytes levels[LW_LEVEL_COUNT];
    struct lw_bytes masks[MAX_MASKS];
    char texts[LW_LEVEL_COUNT][40], labels[100];
    struct source_list sources = {NULL, 0, 0};
    struct lw_workspace *workspace;
    struct lw_log *log;
    struct lw_summary s;
    double span_s = NAN;
    int status = input_workspace(call, &workspace, &log);

    if (status != COMMAND_DONE)
        return status;
    lw_workspace_summary(workspace, &s);
    if (s.first_us != LW_NO_TIME)
        span_s = 1e-6 * ((double)s.last_us - (double)s.first_us);
    cells[0] = cell_string(s.format);
    cells[1] = cell_count(s.records);
    cells[2] = cell_count(s.lines);
    cells[3] = cell_count(s.bytes);
    cells[4] = cell_time(s.first_us);
    cells[5] = cell_time(s.last_us);
    cells[6] = cell_number(span_s / 86400);
    cells[7] = cell_number(span_s > 0 ? (double)s.records / span_s : NAN);
    cells[8] = s.peak_us == LW_NO_TIME ? (struct cell){CELL_NONE, {{NULL, 0}}} : cell_count(s.peak);
    cells[9] = cell_time(s.peak_us);
    cells[10] = level_cell(&s, texts, levels);
    cells[11] = cell_count(s.events);
    cells[12] = cell_count(s.traces);
    cells[13] = cell_count(s.variants);
    cells[14] = cell_string(count_labels(call, log, workspace, labels, sizeof labels));
    cells[15] = cell_count(s.templates);
    cells[16] = cell_count(s.states);
    cells[17] = cell_count(s.transitions);
    if (list_sources(log, &sources) != 0)
        status = command_fail(call, "out of memory");
    cells[18] = cell_list(sources.items, sources.n);
    cells[19] = cell_list(sources.items + sources.n, sources.n_problems);
    cells[20] = cell_string(s.trace_rule);
    cells[21] = cell_count(s.traced);
    cells[22] = cell_string(s.trace_why);
    cells[23] = cell_list(masks, list_masks(s.masks, masks));
    cells[24] = s.folded[0] != '\0' ? cell_string(s.folded) : (struct cell){CELL_NONE, {{NULL, 0}}};
    if (status == COMMAND_DONE)
        table_print_one(call, columns, cells, table_form(call));
    for (size_t i = 0; i < sources.n + sources.n_problems; i++)
        free((void *)sources.items[i].data);
    free(sources.items);
    lw_log_free(log);
    lw_workspace_free(workspace);
    return status;
}
