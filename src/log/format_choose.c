/*
 * Every format is tried on the same samples of the source. Indented and empty lines do not count, they continue a
 * record in most logs. The format that fits the largest share wins; within CLOSE of it, the one that stands earlier in
 * the table, where the more telling formats are. Below the least share the source is plain. A classifier over byte
 * statistics was rejected: it cannot say why.
 *
 * A sparse format opens blocks of lines of all kinds, and its share says little: where nothing else fits enough, it is
 * taken if one of the source's first lines is such an opening.
 *
 * Others join it while one fits a clear share of the lines that are left. They must find a time or a level there: what
 * is left over is also the text of stack traces and statements, which now and then fits the form of a header alone.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "log/format_columns.h"
#include "log/format_infer.h"
#include "log/format_trial.h"

#define CLOSE          0.02
#define LEAST_TIMED    0.25 /* multi-line formats: most lines may be stack traces or statements */
#define LEAST_OTHER    0.5
#define LEAST_JOINING  0.25 /* of the lines that are left, or ... */
#define LEAST_PART     0.05 /* ... of all lines */
#define LEAST_LINES    3
#define LEAST_INFERRED 0.6
#define FIRST_LINES    4 /* where a sparse format shows itself */

enum { FITS_NOT, FITS, FITS_TELLING };

/* ---- trying --------------------------------------------------------------------------------------------------- */

static uint8_t fit_of(const struct trial *trial, size_t line, size_t candidate)
{
    return trial->fits[line * trial->n + candidate];
}

/* Tries every candidate on every line that counts. */
static int try_all(struct trial *trial, struct lw_error *err)
{
    const struct samples *samples = trial->samples;
    trial->fits = alloc_zeroed(samples->n * trial->n + 1, 1);
    if (trial->fits == NULL)
        return fail_memory(err, "choosing a format");
    for (size_t i = 0; i < samples->n; i++) {
        const struct sample_line *line = &samples->lines[i];
        for (size_t c = 0; c < trial->n && line->is_counted; c++) {
            if (trial->forms[c]->format.is_by_name)
                continue;
            struct format_cut cut;
            int fits = form_cut(trial->forms[c], sample_text(samples, i), line->len, line->is_whole, NULL,
                                &trial->scratch, &cut);
            if (fits < 0)
                return fail(err, fits, "choosing a format");
            bool is_telling = cut.has_time || cut.level != LW_LEVEL_NONE;
            trial->fits[i * trial->n + c] = fits == 0 ? FITS_NOT : is_telling ? FITS_TELLING : FITS;
        }
    }
    return 0;
}

static int list_candidates(struct trial *trial, struct lw_error *err)
{
    size_t n = formats_count(trial->formats), own = n - lw_format_count();
    trial->forms = alloc_array(n + 2, sizeof *trial->forms);
    trial->indexes = alloc_array(n + 2, sizeof *trial->indexes);
    if (trial->forms == NULL || trial->indexes == NULL)
        return fail_memory(err, "choosing a format");
    for (size_t i = 0; i < n; i++) {
        if (i == own && trial->columns != NULL) {
            trial->forms[trial->n] = trial->columns;
            trial->indexes[trial->n++] = SIZE_MAX;
        }
        trial->indexes[trial->n] = formats_preferred(trial->formats, i);
        trial->forms[trial->n] = formats_form(trial->formats, trial->indexes[trial->n]);
        trial->n++;
    }
    if (trial->inferred != NULL) {
        trial->forms[trial->n] = trial->inferred;
        trial->indexes[trial->n++] = SIZE_MAX;
    }
    return 0;
}

int trial_new(struct formats *formats, const struct samples *samples, struct trial **out, struct lw_error *err)
{
    struct trial *trial = alloc_zeroed(1, sizeof *trial);
    if (trial == NULL)
        return fail_memory(err, "choosing a format");
    trial->formats = formats;
    trial->samples = samples;
    int code = format_scratch_init(&trial->scratch, err);
    if (code != 0) {
        free(trial);
        return code;
    }
    code = format_columns_find(samples, &trial->columns, err);
    if (code == 0)
        code = format_infer(samples, &trial->inferred, err);
    if (code == 0)
        code = list_candidates(trial, err);
    if (code == 0)
        code = try_all(trial, err);
    if (code != 0)
        trial_free(trial);
    else
        *out = trial;
    return code;
}

void trial_free(struct trial *trial)
{
    if (trial == NULL)
        return;
    form_free(trial->columns);
    form_free(trial->inferred);
    free(trial->forms);
    free(trial->indexes);
    free(trial->fits);
    format_scratch_release(&trial->scratch);
    free(trial);
}

double trial_share(const struct trial *trial, size_t candidate, size_t place)
{
    size_t n = 0, lines = 0;
    for (size_t i = 0; i < trial->samples->n; i++) {
        const struct sample_line *line = &trial->samples->lines[i];
        if (line->is_counted && (place == TRIAL_EVERYWHERE || line->place == place)) {
            lines++;
            n += fit_of(trial, i, candidate) != FITS_NOT;
        }
    }
    return lines > 0 ? (double)n / (double)lines : -1;
}

size_t trial_failure(const struct trial *trial, size_t candidate)
{
    for (size_t i = 0; i < trial->samples->n; i++)
        if (trial->samples->lines[i].is_counted && fit_of(trial, i, candidate) == FITS_NOT)
            return i;
    return SIZE_MAX;
}

/* ---- choosing ------------------------------------------------------------------------------------------------- */

struct picks { /* candidates that were chosen */
    size_t n, items[FORMAT_MOST];
};

static bool is_picked(const struct picks *picks, size_t candidate)
{
    for (size_t k = 0; k < picks->n; k++)
        if (picks->items[k] == candidate)
            return true;
    return false;
}

static const char *name_of(const struct trial *trial, size_t candidate)
{
    return trial->forms[candidate]->format.info.name;
}

/* Candidate of a format of the table; SIZE_MAX if the source has made it its own. */
static size_t candidate_of(const struct trial *trial, size_t index)
{
    for (size_t c = 0; c < trial->n; c++)
        if (trial->indexes[c] == index)
            return c;
    return SIZE_MAX;
}

/* The best by share, the picked ones and the inferred one aside; SIZE_MAX if none comes up to its least share. */
static size_t best(const struct trial *trial, const struct picks *picks)
{
    size_t found = SIZE_MAX;
    double most = 0;
    for (size_t c = 0; c < trial->n; c++) {
        const struct format *format = &trial->forms[c]->format;
        double own = trial_share(trial, c, TRIAL_EVERYWHERE);
        if (format->is_by_name || trial->forms[c] == trial->inferred || is_picked(picks, c) ||
            own < (format->is_multiline ? LEAST_TIMED : LEAST_OTHER) || own <= most + CLOSE)
            continue;
        most = own;
        found = c;
    }
    return found;
}

/* A sparse format that opens the source; SIZE_MAX if there is none. */
static size_t opening(const struct trial *trial)
{
    size_t n = 0;
    for (size_t i = 0; i < trial->samples->n && n < FIRST_LINES; i++) {
        n += trial->samples->lines[i].is_counted;
        for (size_t c = 0; c < trial->n; c++)
            if (trial->forms[c]->format.is_sparse && fit_of(trial, i, c) == FITS_TELLING)
                return c;
    }
    return SIZE_MAX;
}

/* The inferred header instead of what is best: where that is nothing, or only a time at the start of the line. */
static size_t better_inferred(const struct trial *trial, size_t first)
{
    size_t last = trial->n - 1;
    if (trial->inferred == NULL)
        return first;
    double own = trial_share(trial, last, TRIAL_EVERYWHERE);
    if (first == SIZE_MAX)
        return own >= LEAST_INFERRED ? last : first;
    bool is_timed = strcmp(name_of(trial, first), "timed") == 0;
    double share = trial_share(trial, first, TRIAL_EVERYWHERE);
    return is_timed && format_infer_gain(trial->inferred) > 0 && own >= LEAST_TIMED && own >= share - CLOSE ? last
                                                                                                            : first;
}

/* The candidate that tells most of the lines that are left, if it is a clear share of them; SIZE_MAX: none. */
static size_t best_joining(const struct trial *trial, const struct picks *picks, double *of_left)
{
    size_t found = SIZE_MAX, most = 0, left = 0;
    for (size_t c = 0; c < trial->n; c++) {
        size_t n = 0;
        left = 0;
        for (size_t i = 0; i < trial->samples->n; i++) {
            bool is_left = trial->samples->lines[i].is_counted;
            for (size_t k = 0; k < picks->n && is_left; k++)
                is_left = fit_of(trial, i, picks->items[k]) == FITS_NOT;
            left += is_left;
            n += is_left && fit_of(trial, i, c) == FITS_TELLING;
        }
        if (n > most && trial->forms[c] != trial->inferred) {
            most = n;
            found = c;
        }
    }
    size_t lines = trial->samples->n_counted > 0 ? trial->samples->n_counted : 1;
    *of_left = left > 0 ? (double)most / (double)left : 0;
    bool is_clear = *of_left >= LEAST_JOINING || (double)most / (double)lines >= LEAST_PART;
    return most >= LEAST_LINES && is_clear ? found : SIZE_MAX;
}

static void say(char *out, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void say(char *out, size_t size, const char *format, ...)
{
    size_t len = strlen(out);
    va_list args;
    va_start(args, format);
    vsnprintf(out + len, size - len, format, args);
    va_end(args);
}

static void pick(const struct trial *trial, struct picks *picks, struct format_choice *out)
{
    size_t lines = trial->samples->n_counted, first = best(trial, picks);
    first = first == SIZE_MAX ? opening(trial) : first;
    first = better_inferred(trial, first);
    if (lines == 0 || first == SIZE_MAX) {
        say(out->why, sizeof out->why,
            lines == 0 ? "no lines to judge by" : "no format fits enough of %zu sampled lines", lines);
        picks->items[picks->n++] = candidate_of(trial, format_plain());
        return;
    }
    picks->items[picks->n++] = first;
    say(out->why, sizeof out->why, "%s fits %.1f %% of %zu sampled lines", name_of(trial, first),
        100 * trial_share(trial, first, TRIAL_EVERYWHERE), lines);
    double of_left;
    for (size_t c; picks->n < FORMAT_MOST && (c = best_joining(trial, picks, &of_left)) != SIZE_MAX;) {
        picks->items[picks->n++] = c;
        say(out->why, sizeof out->why, ", %s %.1f %% of the others", name_of(trial, c), 100 * of_left);
    }
    size_t next = best(trial, picks);
    if (next == SIZE_MAX)
        say(out->why, sizeof out->why, "; no other fits");
    else
        say(out->why, sizeof out->why, "; next is %s with %.1f %%", name_of(trial, next),
            100 * trial_share(trial, next, TRIAL_EVERYWHERE));
}

/* Candidates for what is asked for: a name of columns, or `inferred`, stands for what the source made of it. */
static void take_request(const struct trial *trial, const struct format_request *request, struct picks *picks,
                         struct format_choice *out)
{
    say(out->why, sizeof out->why, "given");
    for (size_t k = 0; k < request->n; k++) {
        size_t found = candidate_of(trial, request->indexes[k]);
        for (size_t c = 0; c < trial->n; c++)
            if (trial->indexes[c] == SIZE_MAX && strcmp(name_of(trial, c), name_of(trial, found)) == 0)
                found = c;
        picks->items[picks->n++] = found;
    }
}

/* Puts the candidates that were picked into the choice; those made for the source go to the formats. */
static int settle(struct trial *trial, const struct picks *picks, struct format_choice *out, struct lw_error *err)
{
    for (size_t k = 0; k < picks->n; k++) {
        size_t c = picks->items[k];
        if (trial->indexes[c] == SIZE_MAX) {
            struct form *form = trial->forms[c] == trial->columns ? trial->columns : trial->inferred;
            *(form == trial->columns ? &trial->columns : &trial->inferred) = NULL;
            int code = formats_add(trial->formats, form, &trial->indexes[c], err);
            if (code != 0)
                return code;
        }
        const struct format *format = formats_get(trial->formats, trial->indexes[c]);
        out->items[out->n++] = (struct format_item){.index = trial->indexes[c], .is_multiline = format->is_multiline};
        say(out->name, sizeof out->name, "%s%s", k > 0 ? "," : "", format->info.name);
    }
    return 0;
}

/* The layout of each format's times, elected by all that it reads: one alone may not tell days from months. */
static int find_hints(const struct formats *formats, const struct samples *samples, struct format_scratch *scratch,
                      struct format_choice *out, struct lw_error *err)
{
    struct timestamp_votes *votes = alloc_zeroed(FORMAT_MOST, sizeof *votes);
    if (votes == NULL)
        return fail_memory(err, "choosing a format");
    int fits = 0;
    for (size_t i = 0; i < samples->n && fits >= 0; i++) {
        const struct sample_line *line = &samples->lines[i];
        const char *text = sample_text(samples, i);
        struct format_cut cut;
        uint8_t which;
        fits = format_choice_cut(formats, out, text, line->len, line->is_whole, scratch, &cut, &which);
        if (fits == 1 && cut.has_time)
            timestamp_vote(&votes[which], text + cut.time_start, cut.time.len);
    }
    for (size_t k = 0; k < out->n && fits >= 0; k++)
        out->items[k].has_hint = timestamp_elect(&votes[k], &out->items[k].hint);
    free(votes);
    return fits < 0 ? fail(err, fits, "choosing a format") : 0;
}

int trial_choose(struct trial *trial, const struct format_request *request, struct format_choice *out,
                 struct lw_error *err)
{
    struct picks picks = {0};
    struct format_choice choice = {.n = 0};
    if (request->n > 0)
        take_request(trial, request, &picks, &choice);
    else
        pick(trial, &picks, &choice);
    int code = settle(trial, &picks, &choice, err);
    if (code == 0)
        code = find_hints(trial->formats, trial->samples, &trial->scratch, &choice, err);
    if (code == 0)
        *out = choice;
    return code;
}

int format_choose(struct formats *formats, const struct source *source, const struct format_request *request,
                  struct format_choice *out, struct lw_error *err)
{
    struct samples *samples;
    struct trial *trial = NULL;
    int code = samples_take(source, &samples, err);
    if (code != 0)
        return code;
    code = trial_new(formats, samples, &trial, err);
    if (code == 0)
        code = trial_choose(trial, request, out, err);
    trial_free(trial);
    samples_free(samples);
    return code;
}

bool format_choice_is_multiline(const struct format_choice *choice)
{
    for (size_t k = 0; k < choice->n; k++)
        if (choice->items[k].is_multiline)
            return true;
    return false;
}

int format_choice_cut_as(const struct formats *formats, const struct format_choice *choice, uint8_t which,
                         const char *line, size_t len, bool is_whole, struct format_scratch *scratch,
                         struct format_cut *out)
{
    const struct format_item *item = &choice->items[which < choice->n ? which : 0];
    return format_cut(formats, item->index, line, len, is_whole, item->has_hint ? &item->hint : NULL, scratch, out);
}

int format_choice_cut(const struct formats *formats, const struct format_choice *choice, const char *line, size_t len,
                      bool is_whole, struct format_scratch *scratch, struct format_cut *out, uint8_t *which)
{
    int fits = 0;
    for (*which = 0; *which < choice->n; ++*which) {
        fits = format_choice_cut_as(formats, choice, *which, line, len, is_whole, scratch, out);
        if (fits != 0)
            return fits;
    }
    *which = 0;
    return 0;
}
