/*
 * The constraints as rows that can be turned. Numbers come from the engine's table of knobs; what is named freely
 * (levels, templates, services, rules) has a row when it is set, levels also when the log has them.
 */
#include "ui/app/app.h"
#include "ui/app/bench.h"
#include "ui/kit/text.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *title;
    const char *prefixes[6];
} groups[] = {
    {"size", {"traces", "records", "duration", "seed", "start", "zone"}},
    {"arrival, bursts, delays", {"arrival.rate", "arrival.bursts", "delay_factor", "delay_factors"}},
    {"daily profile", {"arrival.profile"}},
    {"levels and errors", {"levels", "error_types"}},
    {"services", {"services", "calls"}},
    {"templates", {"templates", "template_weights"}},
    {"transitions", {"rare_path_factor", "transition_weights"}},
    {"rules", {"rules"}},
    {"recovery", {"recovery"}},
    {"anomalies", {"anomalies"}},
    {"parameters", {"parameters"}},
    {"privacy", {"privacy"}},
    {"output", {"output"}},
};
enum { N_GROUPS = sizeof groups / sizeof *groups };

static const struct {
    const char *path, *help;
} texts[] = {
    {"start", "time of the first trace, such as 2026-01-31T08:00:00Z"},
    {"zone", "zone that times are written in"},
    {"recovery.after", "the events that are recovered from: error, E12, level:error, service:api"},
    {"privacy.allow", "kinds of identifiers that may appear as they are, such as [\"ip\", \"host\"]"},
};

/* Members that are named freely: one row for each that is set. */
static const struct {
    const char *group, *help, *unit;
    double max, initial, step;
    enum knob_kind kind;
    bool is_share;
} members[] = {
    {"levels", "share of this level among the generated events; - leaves it as it comes", "of events", 1, NAN, .01,
     KNOB_MEMBER, true},
    {"error_types", "share of this type among the error events; - leaves it as it comes", "of errors", 1, NAN, .01,
     KNOB_MEMBER, true},
    {"services", "share of this service among the generated events; - leaves it as it comes", "of events", 1, NAN, .01,
     KNOB_MEMBER, true},
    {"templates", "share of this template among the generated events; - leaves it as it comes", "of events", 1, NAN,
     .01, KNOB_MEMBER, true},
    {"template_weights", "odds of the template against what was seen; 1 leaves them as they are", "odds", 1e6, 1, .25,
     KNOB_MEMBER, false},
    {"transition_weights", "odds of the step out of a state against what was seen; 1 leaves them as they are", "odds",
     1e6, 1, .25, KNOB_MEMBER, false},
    {"delay_factors", "multiplies the delay before an event of the template", "times", 1000, 1, .25, KNOB_MEMBER,
     false},
    {"parameters", "what the parameter takes instead of what was seen: JSON, see logwright-constraints(5)", "", 0, NAN,
     0, KNOB_TEXT, false},
    {"rules", "when the first event happens, the second follows in time with this probability", "", 1, NAN, .05,
     KNOB_RULE, false},
    {"calls", "of the steps of a trace out of the first service, the share that goes to the second", "of steps", 1, NAN,
     .05, KNOB_RULE, false},
};

const char *bench_group_title(int group)
{
    return group >= 0 && group < N_GROUPS ? groups[group].title : NULL;
}

/* What stands behind a prefix of the path; "" for the whole path, NULL when it is another one. */
static const char *behind(const char *path, const char *prefix)
{
    size_t len = strlen(prefix);

    if (strncmp(path, prefix, len) != 0 || (path[len] && path[len] != '.'))
        return NULL;
    return path[len] ? path + len + 1 : "";
}

double bench_value(const struct bench *bench, const char *path)
{
    double value;

    return lw_constraints_get(bench->constraints, path, &value, NULL) == 0 ? value : NAN;
}

const struct knob *bench_knob_at(const struct bench *bench, const char *path)
{
    for (size_t i = 0; i < bench->n_knobs; i++)
        if (strcmp(bench->knobs[i].path, path) == 0)
            return &bench->knobs[i];
    return NULL;
}

static struct knob *add_knob(struct bench *bench, enum knob_kind kind, int group, const char *path, const char *name)
{
    if (bench->n_knobs == bench->cap_knobs) {
        size_t cap = bench->cap_knobs > 0 ? 2 * bench->cap_knobs : 64;
        struct knob *grown = realloc(bench->knobs, cap * sizeof *grown);

        if (!grown)
            return NULL;
        bench->knobs = grown;
        bench->cap_knobs = cap;
    }
    struct knob *knob = &bench->knobs[bench->n_knobs++];

    *knob = (struct knob){.kind = kind, .group = group, .help = "", .unit = "", .low = NAN, .high = NAN};
    knob->initial = NAN;
    snprintf(knob->path, sizeof knob->path, "%s", path);
    snprintf(knob->name, sizeof knob->name, "%s", name);
    return knob;
}

static void put_number(struct knob *knob, double low, double high)
{
    char from[32], to[32];

    knob->low = low;
    knob->high = high;
    if (isnan(low))
        snprintf(knob->value, sizeof knob->value, "-");
    else if (low == high)
        text_number(knob->value, sizeof knob->value, low);
    else
        snprintf(knob->value, sizeof knob->value, "%s..%s", text_number(from, sizeof from, low),
                 text_number(to, sizeof to, high));
}

/* How an anomaly goes matters only once there is one. */
static bool is_idle_detail(const struct bench *bench, const char *path)
{
    const char *detail = strrchr(path, '.');
    char kind[KNOB_PATH];

    if (!behind(path, "anomalies") || strchr(path, '.') == detail)
        return false;
    snprintf(kind, sizeof kind, "%.*s", (int)(detail - path), path);
    return !(bench_value(bench, kind) > 0);
}

static void add_numbers(struct bench *bench, int group, const char *prefix)
{
    const struct lw_knob *row;

    for (size_t i = 0; (row = lw_knob_get(i)) != NULL; i++) {
        const char *name = behind(row->path, prefix);
        double value = bench_value(bench, row->path);
        struct knob *knob;

        if (!name || is_idle_detail(bench, row->path))
            continue;
        knob = add_knob(bench, KNOB_NUMBER, group, row->path, *name ? name : row->path);
        if (!knob)
            return;
        if (behind(row->path, "arrival"))
            snprintf(knob->name, sizeof knob->name, "%s", row->path + strlen("arrival."));
        knob->help = row->help;
        knob->unit = row->unit;
        knob->min = row->min;
        knob->max = row->max;
        knob->initial = row->initial;
        knob->step = row->step;
        knob->is_integer = row->is_integer;
        put_number(knob, value, value);
        knob->is_set = !(value == row->initial || (isnan(value) && isnan(row->initial)));
    }
}

static void add_texts(struct bench *bench, const struct lw_settings *settings, int group, const char *prefix)
{
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *name = behind(texts[i].path, prefix), *value = lw_settings_value(settings, texts[i].path);
        struct knob *knob =
            name ? add_knob(bench, KNOB_TEXT, group, texts[i].path, *name ? name : texts[i].path) : NULL;

        if (!knob)
            continue;
        knob->help = texts[i].help;
        knob->is_set = value != NULL;
        snprintf(knob->value, sizeof knob->value, "%s", value ? value : "-");
    }
}

/* What is one of a few names. */
static void add_choice(struct bench *bench, int group, const char *path, const char *value, bool is_set,
                       const char *help)
{
    struct knob *knob = add_knob(bench, KNOB_CHOICE, group, path, path);
    const char *dot = strchr(path, '.');

    if (!knob)
        return;
    snprintf(knob->value, sizeof knob->value, "%s", value);
    knob->is_set = is_set;
    knob->help = help;
    if (dot)
        snprintf(knob->name, sizeof knob->name, "%s", dot + 1);
}

static void add_output(struct bench *bench, const struct lw_settings *settings, int group)
{
    const char *as = lw_settings_value(settings, "output.as"), *format = lw_settings_value(settings, "output.format");
    const struct lw_output_info *form = lw_output_form(0);

    for (size_t i = 0; as && lw_output_form(i); i++)
        if (strcmp(lw_output_form(i)->name, as) == 0)
            form = lw_output_form(i);
    add_choice(bench, group, "output.as", form->name, as != NULL, form->help);
    add_choice(bench, group, "output.format", format ? format : "own", format != NULL,
               "format of the text; own: that of the log, or of the model");
}

/* "[0.1,0.3]" or a number; false: neither. */
static bool read_range(const char *text, double *low, double *high)
{
    char *end;

    *low = strtod(*text == '[' ? text + 1 : text, &end);
    *high = *low;
    while (*end == ' ' || *end == ',')
        end++;
    if (*text == '[' && *end != ']')
        *high = strtod(end, &end);
    return end != text && (*text == '[' ? strcmp(end, "]") == 0 : *end == '\0');
}

/* The template that a name begins with, such as E12 of "E12.1". */
static uint32_t template_of_name(const char *name)
{
    return *name == 'E' && isdigit((unsigned char)name[1]) ? (uint32_t)strtoul(name + 1, NULL, 10)
                                                           : LW_TEMPLATE_UNKNOWN;
}

static struct knob *add_member(struct bench *bench, int group, size_t kind, const char *path, const char *name,
                               const char *value)
{
    struct knob *knob = add_knob(bench, members[kind].kind, group, path, name);
    double low = NAN, high = NAN;

    if (!knob)
        return NULL;
    knob->help = members[kind].help;
    knob->unit = members[kind].unit;
    knob->max = members[kind].max;
    knob->initial = members[kind].initial;
    knob->step = members[kind].step;
    knob->is_share = members[kind].is_share;
    knob->template_id = template_of_name(name);
    knob->is_set = value != NULL;
    if (!value || (knob->kind == KNOB_MEMBER && read_range(value, &low, &high)))
        put_number(knob, low, high);
    else
        snprintf(knob->value, sizeof knob->value, "%s", value);
    return knob;
}

static void add_levels(struct bench *bench, const struct lw_settings *settings, int group)
{
    for (int level = LW_LEVEL_COUNT - 1; level > LW_LEVEL_NONE; level--) {
        char path[64];
        const char *value;
        struct knob *knob;

        snprintf(path, sizeof path, "levels.%s", lw_level_name((enum lw_level)level));
        value = lw_settings_value(settings, path);
        if (!value && !(bench->real_levels[level] > 0))
            continue;
        knob = add_member(bench, group, 0, path, lw_level_name((enum lw_level)level), value);
        if (knob)
            knob->level = (enum lw_level)level;
    }
}

/* "if E12 then E15 within 0.5..30 s probability 0.8", or "api calls db, probability 0.3". */
static void describe_rule(const struct lw_settings *settings, struct knob *knob)
{
    static const char *const keys[] = {"if", "then", "within", "probability", "scope", "from", "to"};
    const char *values[sizeof keys / sizeof *keys];
    char path[KNOB_PATH + 16];
    double low = 0, high = 0;
    bool is_call;

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        snprintf(path, sizeof path, "%s.%s", knob->path, keys[i]);
        values[i] = lw_settings_value(settings, path);
    }
    is_call = values[5] && values[6];
    knob->low = knob->high = values[3] ? strtod(values[3], NULL) : 1;
    if (values[2])
        read_range(values[2], &low, &high);
    if (is_call)
        snprintf(knob->name, sizeof knob->name, "%s calls %s", values[5], values[6]);
    else
        snprintf(knob->name, sizeof knob->name, "if %s then %s", values[0] ? values[0] : "?",
                 values[1] ? values[1] : "?");
    if (is_call)
        snprintf(knob->value, sizeof knob->value, "probability %g", knob->low);
    else
        snprintf(knob->value, sizeof knob->value, "within %g..%g s probability %g%s", low, high, knob->low,
                 values[4] && strcmp(values[4], "log") == 0 ? " anywhere" : "");
}

static void add_members(struct bench *bench, const struct lw_settings *settings, int group, size_t kind)
{
    struct lw_setting setting;

    for (size_t i = 0; lw_settings_get(settings, i, &setting, NULL) == 0; i++) {
        const char *name = behind(setting.path, members[kind].group);
        char path[KNOB_PATH];
        struct knob *knob;

        if (!name || !*name)
            continue;
        if (members[kind].kind == KNOB_RULE)
            snprintf(path, sizeof path, "%s.%.*s", members[kind].group, (int)strcspn(name, "."), name);
        else
            snprintf(path, sizeof path, "%s", setting.path);
        if (bench_knob_at(bench, path))
            continue;
        knob = add_member(bench, group, kind, path, name, setting.value);
        if (knob && members[kind].kind == KNOB_RULE)
            describe_rule(settings, knob);
    }
}

bool bench_find_figure(const struct lw_figures *figures, const char *path, struct lw_figure *out)
{
    for (size_t i = 0; figures && i < lw_figures_count(figures); i++)
        if (lw_figures_get(figures, i, out, NULL) == 0 && strcmp(out->name, path) == 0)
            return true;
    return false;
}

/* Services and types of errors that the machine gives, most frequent first, whether set or not. */
static void add_natural(struct bench *bench, int group, size_t kind)
{
    enum { MOST = 12 };
    struct lw_figure figure, best = {0};

    if (strcmp(members[kind].group, "services") != 0 && strcmp(members[kind].group, "error_types") != 0)
        return;
    for (int n = 0; n < MOST; n++) {
        best.name = NULL;
        for (size_t i = 0; bench->natural && i < lw_figures_count(bench->natural); i++)
            if (lw_figures_get(bench->natural, i, &figure, NULL) == 0 && behind(figure.name, members[kind].group) &&
                strlen(figure.name) < KNOB_PATH && !bench_knob_at(bench, figure.name) &&
                (!best.name || figure.value > best.value))
                best = figure;
        if (!best.name || !add_member(bench, group, kind, best.name, behind(best.name, members[kind].group), NULL))
            return;
    }
}

void bench_build_knobs(struct app *app)
{
    struct bench *bench = &app->bench;
    struct lw_settings *settings;

    bench->n_knobs = 0;
    if (lw_constraints_settings(bench->constraints, &settings, NULL) != 0)
        return;
    add_choice(bench, 0, "method", lw_method_get(bench->method)->name, bench->method != 0,
               lw_method_get(bench->method)->help);
    if (lw_constraints_has_model(bench->constraints))
        add_choice(bench, 0, "drawn from", bench_is_of_document(app) ? "document" : "log", bench_is_of_document(app),
                   "the log that is open, or the model that the constraints carry");
    for (int group = 0; group < N_GROUPS; group++)
        for (int i = 0; i < 6 && groups[group].prefixes[i]; i++) {
            const char *prefix = groups[group].prefixes[i];

            add_numbers(bench, group, prefix);
            add_texts(bench, settings, group, prefix);
            if (strcmp(prefix, "output") == 0)
                add_output(bench, settings, group);
            if (strcmp(prefix, "levels") == 0)
                add_levels(bench, settings, group);
            for (size_t kind = 0; kind < sizeof members / sizeof *members; kind++)
                if (strcmp(prefix, members[kind].group) == 0) {
                    add_members(bench, settings, group, kind);
                    add_natural(bench, group, kind);
                }
        }
    lw_settings_free(settings);
}
