/* What lessons and scripts may ask about: one row a name. */
#include "ui/app/app.h"
#include "ui/app/find.h"
#include "ui/app/lesson.h"
#include "ui/app/table_job.h"
#include "ui/kit/text.h"
#include "ui/panes/panes.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void put_count(char *out, size_t size, uint64_t count)
{
    snprintf(out, size, "%llu", (unsigned long long)count);
}

static void get_pane(const struct app *app, char *out, size_t size)
{
    snprintf(out, size, "%s", pane_get(app->pane)->title);
    for (char *c = out; *c; c++)
        *c = (char)tolower((unsigned char)*c);
}

static void get_view(const struct app *app, char *out, size_t size)
{
    const char *view = app->pane == PANE_TRACES      ? traces_view(app)
                       : app->pane == PANE_MACHINE   ? machine_view(app)
                       : app->pane == PANE_DETECT    ? detect_view(app)
                       : app->pane == PANE_TABLES    ? tables_view(app)
                       : app->pane == PANE_TEMPLATES ? templates_view(app)
                       : app->pane == PANE_GENERATE  ? generate_view(app)
                       : app->pane == PANE_COMPARE   ? compare_view(app)
                                                     : "list";

    snprintf(out, size, "%s", view);
}

static void get_records(const struct app *app, char *out, size_t size)
{
    put_count(out, size, app->session && app->session->log ? lw_log_count(app->session->log) : 0);
}

static void get_traces(const struct app *app, char *out, size_t size)
{
    put_count(out, size, app_is_learned(app) ? lw_traces_count(app->session->traces) : 0);
}

static void get_templates(const struct app *app, char *out, size_t size)
{
    put_count(out, size, app_is_learned(app) ? lw_template_count(app->session->workspace) : 0);
}

static void get_filter(const struct app *app, char *out, size_t size)
{
    static const char *const names[] = {"none", "template", "trace", "text", "variant", "transition"};

    snprintf(out, size, "%s", names[logs_subset(app)->kind]);
}

static void get_position(const struct app *app, char *out, size_t size)
{
    put_count(out, size, logs_position(app) + 1);
}

static void get_selected_template(const struct app *app, char *out, size_t size)
{
    text_template(out, size, app->selection.template_id);
}

static void get_selected_trace(const struct app *app, char *out, size_t size)
{
    struct lw_trace trace;

    if (app_is_learned(app) && app->selection.trace != NO_INDEX &&
        lw_traces_get(app->session->traces, app->selection.trace, &trace, NULL) == 0)
        snprintf(out, size, "%.*s", (int)trace.name.len, trace.name.data);
}

/* The best F1 of the detectors that are not controls. */
static double best_f1(const struct app *app, enum arm arm)
{
    double best = NAN;
    struct lw_row row;

    for (size_t i = 0; i < bench_row_count(&app->bench, arm); i++)
        if (bench_row(&app->bench, arm, i, &row) == 0 && !row.is_control && !isnan(row.f1) &&
            (isnan(best) || row.f1 > best))
            best = row.f1;
    return best;
}

static void get_f1(const struct app *app, char *out, size_t size)
{
    snprintf(out, size, "%.6f", isnan(best_f1(app, ARM_REAL)) ? 0 : best_f1(app, ARM_REAL));
}

static void get_augmented_f1(const struct app *app, char *out, size_t size)
{
    snprintf(out, size, "%.6f", isnan(best_f1(app, ARM_AUGMENTED)) ? 0 : best_f1(app, ARM_AUGMENTED));
}

static void get_measured(const struct app *app, char *out, size_t size)
{
    bool is_new = app->bench.augmented && !bench_is_stale(app, ARM_AUGMENTED);

    snprintf(out, size, "%s", is_new ? "yes" : "no");
}

static void get_knobs(const struct app *app, char *out, size_t size)
{
    snprintf(out, size, "%s", app->bench.version > 1 ? "changed" : "initial");
}

static void get_pattern(const struct app *app, char *out, size_t size)
{
    snprintf(out, size, "%s", app->search_text ? app->search_text : "none");
}

static void get_edited(const struct app *app, char *out, size_t size)
{
    snprintf(out, size, "%s", app_is_edited(app) ? "yes" : "no");
}

static void get_lesson(const struct app *app, char *out, size_t size)
{
    if (!app->lesson)
        snprintf(out, size, "none");
    else if (lesson_is_done(app->lesson))
        snprintf(out, size, "done");
    else
        put_count(out, size, lesson_step(app->lesson));
}

static void get_message(const struct app *app, char *out, size_t size)
{
    snprintf(out, size, "%s", app->message[0] ? app->message : "none");
}

static const struct {
    const char *name;
    void (*get)(const struct app *app, char *out, size_t size);
} variables[] = {
    {"pane", get_pane},
    {"view", get_view},
    {"records", get_records},
    {"traces", get_traces},
    {"templates", get_templates},
    {"filter", get_filter},
    {"position", get_position},
    {"selected.template", get_selected_template},
    {"selected.trace", get_selected_trace},
    {"detect.f1", get_f1},
    {"detect.augmented", get_augmented_f1},
    {"detect.measured", get_measured},
    {"knobs", get_knobs},
    {"search", get_pattern},
    {"edited", get_edited},
    {"lesson", get_lesson},
    {"message", get_message},
};

bool app_state(const struct app *app, const char *name, char *out, size_t size)
{
    out[0] = '\0';
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++)
        if (strcmp(variables[i].name, name) == 0) {
            variables[i].get(app, out, size);
            return true;
        }
    return false;
}

static bool compare(const char *is, const char *op, const char *wanted)
{
    char *end_is, *end_wanted;
    double a = strtod(is, &end_is), b = strtod(wanted, &end_wanted);
    bool are_numbers = *is && *wanted && !*end_is && !*end_wanted;
    int order = are_numbers ? (a > b) - (a < b) : strcmp(is, wanted);

    if (strcmp(op, "=") == 0)
        return order == 0;
    if (strcmp(op, "!=") == 0)
        return order != 0;
    if (strcmp(op, ">") == 0)
        return order > 0;
    if (strcmp(op, ">=") == 0)
        return order >= 0;
    return order < 0;
}

bool app_holds(const struct app *app, const char *predicate, const char **problem)
{
    char name[64], op[4], wanted[200], is[600], joint[8];

    *problem = NULL;
    while (*predicate) {
        int used = 0;

        if (sscanf(predicate, " %63[a-z0-9._] %3[=!<>] %199s%n", name, op, wanted, &used) != 3)
            *problem = "a predicate is written NAME = VALUE (or != > >= <), joined by `and`";
        else if (strcmp(op, "=") && strcmp(op, "!=") && strcmp(op, ">") && strcmp(op, ">=") && strcmp(op, "<"))
            *problem = "comparisons are = != > >= <";
        else if (!app_state(app, name, is, sizeof is))
            *problem = "there is no such name in the program's state";
        if (*problem || !compare(is, op, wanted))
            return false;
        predicate += used;
        used = 0;
        if (sscanf(predicate, " %7s%n", joint, &used) != 1)
            break;
        if (strcmp(joint, "and") != 0) {
            *problem = "conditions are joined by `and`";
            return false;
        }
        predicate += used;
    }
    return true;
}
