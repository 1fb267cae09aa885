/* Completion at the prompt: words of the commands' own table, and names of what is open. */
#include "ui/app/app.h"
#include "ui/kit/text.h"
#include "ui/panes/panes.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/command.h"

enum { MAX_WORDS = 400 };

struct candidates {
    char *words[MAX_WORDS];
    size_t n;
    const char *start;
};

static void add_candidate(void *user, const char *word)
{
    struct candidates *candidates = user;

    if (candidates->n < MAX_WORDS && strncmp(word, candidates->start, strlen(candidates->start)) == 0 &&
        (candidates->words[candidates->n] = text_copy(word, strlen(word))))
        candidates->n++;
}

static void add_templates(const struct app *app, struct candidates *candidates)
{
    struct lw_template template;
    char id[16];

    for (size_t i = 0; app_is_learned(app) && i < lw_template_count(app->session->workspace); i++)
        if (lw_template_get(app->session->workspace, i, &template, NULL) == 0)
            add_candidate(candidates, text_template(id, sizeof id, template.id));
}

/* Names of conditions, levels, and of the header fields, components and sources of what is open. */
static void add_conditions(const struct app *app, struct candidates *candidates)
{
    const struct lw_query_field *field;
    struct lw_reader *reader;
    struct lw_record record;
    char word[200];

    for (size_t i = 0; (field = lw_query_field_get(i)) != NULL; i++)
        add_candidate(candidates, field->name);
    for (int level = LW_LEVEL_TRACE; level < LW_LEVEL_COUNT; level++) {
        snprintf(word, sizeof word, "level>=%s", lw_level_name((enum lw_level)level));
        add_candidate(candidates, word);
    }
    if (!app->session || !app->session->log || lw_reader_new(app->session->log, &reader, NULL) != 0)
        return;
    if (lw_reader_get(reader, logs_record(app), &record, NULL) == 0) {
        for (size_t i = 0; i < record.n_fields; i++)
            add_candidate(candidates, record.fields[i].name);
        snprintf(word, sizeof word, "component=%.*s", (int)(record.component.len < 150 ? record.component.len : 150),
                 record.component.data);
        if (record.component.len > 0 && !strchr(word, ' '))
            add_candidate(candidates, word);
    }
    lw_reader_free(reader);
}

/* "template=E12" */
static void add_template_conditions(const struct app *app, struct candidates *candidates)
{
    struct lw_template template;
    char word[40];

    for (size_t i = 0; app_is_learned(app) && i < lw_template_count(app->session->workspace); i++)
        if (lw_template_get(app->session->workspace, i, &template, NULL) == 0) {
            snprintf(word, sizeof word, "template=E%u", (unsigned)template.id);
            add_candidate(candidates, word);
        }
}

static void add_knobs(const struct app *app, struct candidates *candidates)
{
    struct lw_template template;
    char path[KNOB_PATH];

    for (size_t i = 0; i < app->bench.n_knobs; i++)
        if (app->bench.knobs[i].kind != KNOB_CHOICE || strchr(app->bench.knobs[i].path, '.'))
            add_candidate(candidates, app->bench.knobs[i].path);
    for (size_t i = 0; app_is_learned(app) && i < lw_template_count(app->session->workspace); i++)
        if (lw_template_get(app->session->workspace, i, &template, NULL) == 0) {
            snprintf(path, sizeof path, "template_weights.E%u", (unsigned)template.id);
            add_candidate(candidates, path);
        }
}

static void collect(struct app *app, const char *line, size_t start, struct candidates *candidates)
{
    static const char *const of_templates[] = {"rename ", "join ", "split "};
    struct command_context context = {.user = app};

    context.more = app_commands(&context.n_more);
    command_complete(&context, line, start + strlen(candidates->start), add_candidate, candidates);
    for (size_t i = 0; i < sizeof of_templates / sizeof of_templates[0]; i++)
        if (strncmp(line, of_templates[i], strlen(of_templates[i])) == 0)
            add_templates(app, candidates);
    if (strncmp(line, "filter", 6) == 0 && start > 6) {
        add_conditions(app, candidates);
        if (strncmp(candidates->start, "template=", 9) == 0)
            add_template_conditions(app, candidates);
    }
    if (strncmp(line, "set ", 4) == 0 && start == 4)
        add_knobs(app, candidates);
    if (strncmp(line, "method ", 7) == 0)
        for (size_t i = 0; i < lw_method_count(); i++)
            add_candidate(candidates, lw_method_get(i)->name);
    if (start == 0)
        for (size_t i = 0; i < action_row_count; i++)
            add_candidate(candidates, action_rows[i].name);
}

char *app_complete(void *user, const char *line, size_t start, const char *word, size_t index)
{
    struct candidates candidates = {{NULL}, 0, word};
    char *found = NULL;

    collect(user, line, start, &candidates);
    for (size_t i = 0; i < candidates.n; i++)
        if (i == index)
            found = candidates.words[i];
        else
            free(candidates.words[i]);
    return found;
}
