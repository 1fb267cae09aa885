/*
 * Every format is tried on the same samples of the source. Indented and empty lines do not count, they continue a
 * record in most logs. The format that fits the largest share wins; within CLOSE of it, the one that stands earlier in
 * the table, where the more telling formats are. Below the least share the source is plain. A classifier over byte
 * statistics was rejected: it cannot say why.
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
#include "log/format.h"
#include "log/format_sample.h"

#define CLOSE         0.02
#define LEAST_TIMED   0.25 /* multi-line formats: most lines may be stack traces or statements */
#define LEAST_OTHER   0.5
#define LEAST_JOINING 0.25 /* of the lines that are left, or ... */
#define LEAST_PART    0.05 /* ... of all lines */
#define LEAST_LINES   3

enum { FITS_NOT, FITS, FITS_TELLING };

struct trial {
    const struct formats *formats;
    const struct samples *samples;
    size_t n_formats;
    uint8_t *fits; /* [line][format] */
};

static uint8_t fit_of(const struct trial *trial, size_t line, size_t format)
{
    return trial->fits[line * trial->n_formats + format];
}

/* Tries every format on every line that counts. */
static int try_formats(struct trial *trial, struct format_scratch *scratch, struct lw_error *err)
{
    const struct samples *samples = trial->samples;
    trial->fits = alloc_zeroed(samples->n * trial->n_formats + 1, 1);
    if (trial->fits == NULL)
        return fail_memory(err, "choosing a format");
    for (size_t i = 0; i < samples->n; i++) {
        const struct sample_line *line = &samples->lines[i];
        for (size_t f = 0; f < trial->n_formats && line->is_counted; f++) {
            if (formats_get(trial->formats, f)->is_by_name)
                continue;
            struct format_cut cut;
            int fits =
                format_cut(trial->formats, f, sample_text(samples, i), line->len, line->is_whole, NULL, scratch, &cut);
            if (fits < 0)
                return fail(err, fits, "choosing a format");
            bool is_telling = cut.has_time || cut.level != LW_LEVEL_NONE;
            trial->fits[i * trial->n_formats + f] = fits == 0 ? FITS_NOT : is_telling ? FITS_TELLING : FITS;
        }
    }
    return 0;
}

/* Lines that the format fits, of those that count and that no item of the choice fits. */
static size_t count_left(const struct trial *trial, const struct format_choice *choice, size_t format, uint8_t least,
                         size_t *left)
{
    size_t n = 0;
    *left = 0;
    for (size_t i = 0; i < trial->samples->n; i++) {
        bool is_left = trial->samples->lines[i].is_counted;
        for (size_t k = 0; k < choice->n && is_left; k++)
            is_left = fit_of(trial, i, choice->items[k].index) == FITS_NOT;
        *left += is_left;
        n += is_left && fit_of(trial, i, format) >= least;
    }
    return n;
}

static double share(const struct trial *trial, size_t format)
{
    static const struct format_choice none = {0};
    size_t lines, n = count_left(trial, &none, format, FITS, &lines);
    return lines > 0 ? (double)n / (double)lines : 0;
}

static bool is_chosen(const struct format_choice *choice, size_t format)
{
    for (size_t k = 0; k < choice->n; k++)
        if (choice->items[k].index == format)
            return true;
    return false;
}

/* The best by share, those of the choice aside; plain if none comes up to its least share. */
static size_t best(const struct trial *trial, const struct format_choice *choice)
{
    size_t found = format_plain();
    double most = 0;
    for (size_t place = 0; place < trial->n_formats; place++) {
        size_t f = formats_preferred(trial->formats, place);
        double least = formats_get(trial->formats, f)->is_multiline ? LEAST_TIMED : LEAST_OTHER;
        double own = share(trial, f);
        if (formats_get(trial->formats, f)->is_by_name || is_chosen(choice, f) || own < least || own <= most + CLOSE)
            continue;
        most = own;
        found = f;
    }
    return found;
}

/* The format that tells most of the lines that the choice leaves, if it is a clear share of them; SIZE_MAX: none. */
static size_t best_joining(const struct trial *trial, const struct format_choice *choice, double *of_left)
{
    size_t found = SIZE_MAX, most = 0, left = 0;
    for (size_t place = 0; place < trial->n_formats; place++) {
        size_t f = formats_preferred(trial->formats, place);
        size_t n = formats_get(trial->formats, f)->is_by_name ? 0 : count_left(trial, choice, f, FITS_TELLING, &left);
        if (n > most) {
            most = n;
            found = f;
        }
    }
    *of_left = left > 0 ? (double)most / (double)left : 0;
    double of_all = (double)most / (double)(trial->samples->n_counted > 0 ? trial->samples->n_counted : 1);
    return most >= LEAST_LINES && (*of_left >= LEAST_JOINING || of_all >= LEAST_PART) ? found : SIZE_MAX;
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

static void choose(const struct trial *trial, struct format_choice *out)
{
    size_t lines = trial->samples->n_counted;
    size_t first = best(trial, out);
    if (lines == 0 || first == format_plain()) {
        say(out->why, sizeof out->why,
            lines == 0 ? "no lines to judge by" : "no format fits enough of %zu sampled lines", lines);
        out->items[out->n++].index = format_plain();
        return;
    }
    out->items[out->n++].index = first;
    say(out->why, sizeof out->why, "%s fits %.1f %% of %zu sampled lines",
        formats_get(trial->formats, first)->info.name, 100 * share(trial, first), lines);
    double of_left;
    for (size_t f; out->n < FORMAT_MOST && (f = best_joining(trial, out, &of_left)) != SIZE_MAX;) {
        out->items[out->n++].index = f;
        say(out->why, sizeof out->why, ", %s %.1f %% of the others", formats_get(trial->formats, f)->info.name,
            100 * of_left);
    }
    size_t next = best(trial, out);
    if (next == format_plain())
        say(out->why, sizeof out->why, "; no other fits");
    else
        say(out->why, sizeof out->why, "; next is %s with %.1f %%", formats_get(trial->formats, next)->info.name,
            100 * share(trial, next));
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

static int choose_by(struct formats *formats, const struct samples *samples, const struct format_request *request,
                     struct format_choice *out, struct lw_error *err)
{
    struct format_scratch scratch;
    int code = format_scratch_init(&scratch, err);
    if (code != 0)
        return code;
    if (request->n > 0) {
        for (out->n = 0; out->n < request->n; out->n++)
            out->items[out->n].index = request->indexes[out->n];
        say(out->why, sizeof out->why, "given");
    } else {
        struct trial trial = {formats, samples, formats_count(formats), NULL};
        code = try_formats(&trial, &scratch, err);
        if (code == 0)
            choose(&trial, out);
        free(trial.fits);
    }
    if (code == 0)
        code = find_hints(formats, samples, &scratch, out, err);
    for (size_t k = 0; k < out->n; k++) {
        const struct format *format = formats_get(formats, out->items[k].index);
        out->items[k].is_multiline = format->is_multiline;
        say(out->name, sizeof out->name, "%s%s", k > 0 ? "," : "", format->info.name);
    }
    format_scratch_release(&scratch);
    return code;
}

int format_choose(struct formats *formats, const struct source *source, const struct format_request *request,
                  struct format_choice *out, struct lw_error *err)
{
    struct samples *samples;
    struct format_choice choice = {.n = 0};
    int code = samples_take(source, &samples, err);
    if (code != 0)
        return code;
    code = choose_by(formats, samples, request, &choice, err);
    samples_free(samples);
    if (code == 0)
        *out = choice;
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
