#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "input/reach.h"
#include "log/format_code.h"
#include "log/format_columns.h"
#include "log/format_file.h"
#include "log/format_trial.h"

#define MOST_EXAMPLE 1000u /* bytes of a line that serves as a sample */
#define MOST_SAMPLES 3u
#define MOST_PREFIX  4096u

struct row {
    struct lw_trial trial;
    size_t candidate;
    char expected[130];
};

struct lw_explanation {
    struct formats *formats;
    struct samples *samples;
    struct trial *trial;
    struct format_choice choice;
    struct row *rows;
    size_t n;
};

/* Bytes of JSON that may begin an object. */
static size_t reach_json(struct format_scratch *scratch, const char *text, size_t len)
{
    struct format_cut cut;
    size_t at = len < MOST_PREFIX ? len : MOST_PREFIX;
    while (at > 1 && format_cut_json(text, at, false, NULL, scratch, &cut) != 1)
        at--;
    return at > 1 ? at : len > 0 && text[0] == '{' ? 1 : 0;
}

static int explain_pattern(const struct form *form, const char *text, size_t len, struct row *row,
                           struct format_scratch *scratch, struct lw_error *err)
{
    struct lw_span spans[LW_MAX_FIELDS + 1];
    int found = pattern_match(form->pattern, text, len, 0, scratch->match, spans, form->n_groups + 1);
    for (size_t i = 0; found == 1 && i < form->n_groups; i++)
        if (form->groups[i].role == FORM_TIME && spans[i + 1].start != PATTERN_UNSET) {
            row->trial.byte = spans[i + 1].start + 1;
            snprintf(row->expected, sizeof row->expected, "a time that is known");
            return 0;
        }
    struct reach reach;
    int code = reach_find(form->format.pattern, text, len, &reach, err);
    if (code == LW_ERR_LIMIT) { /* hostile text: where is not known, that it failed is */
        snprintf(row->expected, sizeof row->expected, "too much work to tell");
        return 0;
    }
    if (code != 0)
        return code;
    row->trial.byte = reach.byte + 1;
    snprintf(row->expected, sizeof row->expected, "%s%s%s", reach.group, reach.group[0] != '\0' ? ": " : "",
             strcmp(reach.expected, " ") == 0 ? "a blank" : reach.expected);
    return 0;
}

/* Says why the first line that does not fit does not. */
static int explain_failure(const struct lw_explanation *e, struct row *row, struct lw_error *err)
{
    size_t line = trial_failure(e->trial, row->candidate);
    const struct form *form = e->trial->forms[row->candidate];
    if (line == SIZE_MAX)
        return 0;
    const char *text = sample_text(e->samples, line);
    size_t len = e->samples->lines[line].len;
    row->trial.line = (struct lw_bytes){text, len};
    row->trial.offset = e->samples->lines[line].offset;
    row->trial.byte = 1;
    row->trial.expected = row->expected;
    if (form->pattern != NULL)
        return explain_pattern(form, text, len, row, &e->trial->scratch, err);
    const char *expected = "another layout";
    if (form->format.cut == format_cut_json) {
        row->trial.byte = reach_json(&e->trial->scratch, text, len) + 1;
        expected = row->trial.byte == 1 ? "{ of a JSON object" : "what continues a JSON object";
    } else if (form->format.cut == format_cut_logfmt) {
        expected = "two or more key=value";
    } else if (form->format.cut == format_cut_timed) {
        expected = "a time that is known";
    } else if (form->format.cut == format_columns_rows[0].cut) {
        expected = "as many columns as there are names";
    }
    snprintf(row->expected, sizeof row->expected, "%s", expected);
    return 0;
}

static bool is_better(const struct row *a, const struct row *b)
{
    if (a->trial.chosen != b->trial.chosen)
        return b->trial.chosen == 0 || (a->trial.chosen != 0 && a->trial.chosen < b->trial.chosen);
    return a->trial.all > b->trial.all;
}

static int make_rows(struct lw_explanation *e, struct lw_error *err)
{
    const struct trial *trial = e->trial;
    e->rows = alloc_zeroed(trial->n, sizeof *e->rows);
    if (e->rows == NULL)
        return fail_memory(err, "explaining formats");
    for (size_t c = 0; c < trial->n; c++) {
        struct row row = {.candidate = c, .trial = {.name = trial->forms[c]->format.info.name}};
        for (unsigned k = 0; k < e->choice.n; k++)
            if (e->choice.items[k].index == trial->indexes[c])
                row.trial.chosen = k + 1;
        if (trial->forms[c]->format.is_by_name && row.trial.chosen == 0)
            continue;
        row.trial.head = trial_share(trial, c, 0);
        row.trial.middle = trial_share(trial, c, 1);
        row.trial.tail = trial_share(trial, c, 2);
        row.trial.all = trial_share(trial, c, TRIAL_EVERYWHERE);
        size_t at = e->n++;
        for (; at > 0 && is_better(&row, &e->rows[at - 1]); at--)
            e->rows[at] = e->rows[at - 1];
        e->rows[at] = row;
    }
    for (size_t i = 0; i < e->n; i++) {
        int code = trial->forms[e->rows[i].candidate]->format.is_by_name ? 0 : explain_failure(e, &e->rows[i], err);
        if (code != 0)
            return code;
    }
    return 0;
}

int lw_formats_explain(const char *path, const char *dir, const struct lw_run *run, struct lw_explanation **out,
                       struct lw_error *err)
{
    struct lw_explanation *e = alloc_zeroed(1, sizeof *e);
    struct spool spool = SPOOL_INIT;
    struct source source;
    if (e == NULL)
        return fail_memory(err, "explaining formats");
    int code = formats_new(dir, &e->formats, err);
    if (code == 0)
        code = source_open(path, true, &spool, run, &source, err);
    if (code == 0) {
        code = samples_take(&source, &e->samples, err);
        source_release(&source);
    }
    spool_release(&spool);
    if (code == 0)
        code = trial_new(e->formats, e->samples, &e->trial, err);
    if (code == 0)
        code = trial_choose(e->trial, &(struct format_request){0}, &e->choice, err);
    if (code == 0)
        code = make_rows(e, err);
    if (code != 0)
        lw_explanation_free(e);
    else
        *out = e;
    return code;
}

void lw_explanation_free(struct lw_explanation *e)
{
    if (e == NULL)
        return;
    trial_free(e->trial);
    samples_free(e->samples);
    formats_free(e->formats);
    free(e->rows);
    free(e);
}

const char *lw_explanation_choice(const struct lw_explanation *e)
{
    return e->choice.name;
}

const char *lw_explanation_why(const struct lw_explanation *e)
{
    return e->choice.why;
}

size_t lw_explanation_count(const struct lw_explanation *e)
{
    return e->n;
}

int lw_explanation_get(const struct lw_explanation *e, size_t index, struct lw_trial *out, struct lw_error *err)
{
    if (index >= e->n)
        return fail(err, LW_ERR_NOT_FOUND, "no trial %zu: there are %zu", index, e->n);
    *out = e->rows[index].trial;
    return 0;
}

static bool can_be_sample(struct lw_bytes line)
{
    for (size_t i = 0; i < line.len; i++)
        if (line.data[i] < ' ' || line.data[i] > '~')
            return false;
    return line.len <= MOST_EXAMPLE;
}

int lw_explanation_inferred(const struct lw_explanation *e, const char *name, char **out, size_t *len,
                            struct lw_error *err)
{
    size_t last = e->trial->n - 1, n = 0;
    const struct form *inferred = e->trial->forms[last];
    struct lw_bytes samples[MOST_SAMPLES];
    struct buf text = BUF_INIT;
    if (strcmp(inferred->format.info.name, "inferred") != 0 || inferred->pattern == NULL)
        return fail(err, LW_ERR_NOT_FOUND, "the lines have no header in common that holds a time or a level");
    for (size_t i = 0; i < e->samples->n && n < MOST_SAMPLES; i++) {
        struct lw_bytes line = {sample_text(e->samples, i), e->samples->lines[i].len};
        struct format_cut cut;
        if (e->samples->lines[i].is_counted && can_be_sample(line) &&
            form_cut(inferred, line.data, line.len, true, NULL, &e->trial->scratch, &cut) == 1)
            samples[n++] = line;
    }
    struct form named = *inferred;
    named.format.info.name = name;
    int code = format_file_print(&named, samples, n, &text, err);
    if (code != 0) {
        buf_release(&text);
        return code;
    }
    *out = text.data;
    *len = text.len;
    return 0;
}
