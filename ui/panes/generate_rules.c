/* What is typed into the Generate pane: rules and calls in words, any other constraint as its path and a value. */
#include "ui/kit/text.h"
#include "ui/panes/generate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RULE_WORD = 120 };

static bool fits_word(const char *word)
{
    for (; *word; word++)
        if (*word == '"' || *word == '\\' || (unsigned char)*word < ' ')
            return false;
    return true;
}

/* The first index of the list that is free. */
static void next_item(const struct app *app, const char *list, char *out, size_t size)
{
    unsigned i = 0;

    do
        snprintf(out, size, "%s.%u", list, i++);
    while (bench_knob_at(&app->bench, out));
}

static bool put_item(struct app *app, const char *list, const char *path, const char *json)
{
    char behind_last[64];

    if (!path) {
        next_item(app, list, behind_last, sizeof behind_last);
        path = behind_last;
    }
    if (bench_put(app, path, json) != 0)
        return false;
    snprintf(generate_of(app)->wanted, KNOB_PATH, "%s", path);
    return true;
}

bool generate_take_rule(struct app *app, const char *path, const char *line)
{
    char a[RULE_WORD], b[RULE_WORD], range[RULE_WORD], tail[RULE_WORD] = "", json[4 * RULE_WORD];
    double low = 0, high = 0, probability = 1;
    int used = 0, used_probability = 0;

    if (sscanf(line, " %119s calls %119[^ ,]%n", a, b, &used) == 2 && used > 0 && fits_word(a) && fits_word(b) &&
        sscanf(line + used, " , probability %lf %119s", &probability, tail) < 2 &&
        sscanf(line + used, " probability %lf %119s", &probability, tail) < 2) {
        snprintf(json, sizeof json, "{\"from\":\"%s\",\"to\":\"%s\",\"probability\":%.17g}", a, b, probability);
        return put_item(app, "calls", path, json);
    }
    if (sscanf(line, " if %119s then %119s within %119[0-9.eE+-] s%n", a, b, range, &used) == 3 && used > 0 &&
        bench_read_range(range, &low, &high) && fits_word(a) && fits_word(b)) {
        if (sscanf(line + used, " probability %lf%n", &probability, &used_probability) == 1)
            used += used_probability;
        sscanf(line + used, " %119s", tail);
        if (!tail[0] || strcmp(tail, "anywhere") == 0) {
            snprintf(json, sizeof json,
                     "{\"if\":\"%s\",\"then\":\"%s\",\"within\":[%.17g,%.17g],\"probability\":%.17g,\"scope\":\"%s\"}",
                     a, b, low, high, probability, tail[0] ? "log" : "trace");
            return put_item(app, "rules", path, json);
        }
    }
    app_say(app,
            "%s: neither `if E12 then E15 within 0.5..30 s probability 0.8` nor `api calls db probability 0.3`; "
            "nothing was changed",
            line);
    return false;
}

/* What is recovered from cannot be said without a time to do so: a minute at most, until another is set. */
static int take_recovery(struct app *app, const char *after)
{
    char json[2 * RULE_WORD];

    if (!fits_word(after) || strlen(after) >= RULE_WORD) {
        app_say(app, "recovery.after: events are named error, E12, level:error or service:api");
        return LW_ERR_USAGE;
    }
    snprintf(json, sizeof json, "{\"after\":\"%s\",\"within\":[0,60]}", after);
    return bench_put(app, "recovery", json);
}

int generate_take_line(struct app *app, const char *line)
{
    char path[KNOB_PATH];
    const char *value;

    line += strspn(line, " ");
    if (strncmp(line, "if ", 3) == 0 || strstr(line, " calls "))
        return generate_take_rule(app, NULL, line) ? 0 : LW_ERR_USAGE;
    snprintf(path, sizeof path, "%.*s", (int)strcspn(line, " ="), line);
    value = line + strlen(path) + strspn(line + strlen(path), " =");
    if (!path[0] || !*value || strlen(path) + 1 == sizeof path) {
        app_say(app, "%s: a constraint and its value are missing, such as levels.error 0.1..0.3", line);
        return LW_ERR_USAGE;
    }
    bool is_recovery = strcmp(path, "recovery.after") == 0 && isnan(bench_value(&app->bench, "recovery.within.1"));

    if ((is_recovery ? take_recovery(app, value) : bench_write_value(app, path, value)) != 0)
        return LW_ERR_USAGE;
    snprintf(generate_of(app)->wanted, KNOB_PATH, "%s", path);
    return 0;
}
