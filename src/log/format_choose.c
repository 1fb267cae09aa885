/*
 * Every format is tried on the same sample: up to SAMPLE_LINES lines each from the head, the middle and the tail.
 * Indented and empty lines do not count, they continue a record in most logs. The format that fits the largest share
 * wins; within CLOSE of it, the one that stands earlier in the table, where the more telling formats are. Below the
 * least share the source is plain. A classifier over byte statistics was rejected: it cannot say why.
 */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "log/format.h"

#define SAMPLE_PLACES 3
#define SAMPLE_LINES  200
#define SAMPLE_BYTES  (128u << 10)
#define CLOSE         0.02
#define LEAST_TIMED   0.25 /* multi-line formats: most lines may be stack traces or statements */
#define LEAST_OTHER   0.5

struct tally {
    size_t fits[64];
    size_t lines;
};

/* Counts lines that start in [from, to). */
static int sample(const struct formats *formats, const struct source *source, uint64_t from, uint64_t to,
                  struct format_scratch *scratch, struct tally *tally, struct lw_error *err)
{
    struct lines lines;
    int code = lines_init(&lines, source, from, to, err);
    if (code != 0)
        return code;
    struct line line;
    size_t n = 0;
    int more = 0;
    while (n < SAMPLE_LINES && (more = lines_next(&lines, &line, err)) == 1) {
        if (line.end == line.offset || line.head[0] == ' ' || line.head[0] == '\t')
            continue;
        n++;
        tally->lines++;
        for (size_t i = 0; i < format_count(); i++) {
            if (format_get(i)->is_by_name)
                continue;
            struct format_cut cut;
            int fits = format_cut(formats, i, line.head, line.head_len, line.head_len == line.end - line.offset, NULL,
                                  scratch, &cut);
            if (fits < 0)
                more = fits;
            else
                tally->fits[i] += (size_t)fits;
        }
    }
    lines_release(&lines);
    return more < 0 ? more : 0;
}

static double share(const struct tally *tally, size_t index)
{
    return tally->lines > 0 ? (double)tally->fits[index] / (double)tally->lines : 0;
}

/* The best by share, `leave` aside; plain if none comes up to its least share. */
static size_t best(const struct tally *tally, size_t leave)
{
    size_t found = format_plain();
    double most = 0;
    for (size_t i = 0; i < format_count(); i++) {
        double least = format_get(i)->is_multiline ? LEAST_TIMED : LEAST_OTHER;
        double own = share(tally, i);
        if (i == leave || format_get(i)->is_by_name || own < least || own <= most + CLOSE)
            continue;
        most = own;
        found = i;
    }
    return found;
}

static void explain(const struct tally *tally, struct format_choice *out)
{
    size_t second = best(tally, out->index);
    const char *name = format_get(out->index)->info.name;
    if (tally->lines == 0)
        snprintf(out->why, sizeof out->why, "no lines to judge by");
    else if (out->index == format_plain())
        snprintf(out->why, sizeof out->why, "no format fits enough of %zu sampled lines", tally->lines);
    else if (second == format_plain())
        snprintf(out->why, sizeof out->why, "%s fits %.1f %% of %zu sampled lines; no other fits", name,
                 100 * share(tally, out->index), tally->lines);
    else
        snprintf(out->why, sizeof out->why, "%s fits %.1f %% of %zu sampled lines; next is %s with %.1f %%", name,
                 100 * share(tally, out->index), tally->lines, format_get(second)->info.name,
                 100 * share(tally, second));
}

/* The layout of the first time of the source; formats rarely mix several. */
static int find_hint(const struct formats *formats, const struct source *source, struct format_scratch *scratch,
                     struct format_choice *out, struct lw_error *err)
{
    struct lines lines;
    int code = lines_init(&lines, source, 0, source->size < SAMPLE_BYTES ? source->size : SAMPLE_BYTES, err);
    if (code != 0)
        return code;
    struct line line;
    int more = 0;
    for (size_t n = 0; n < SAMPLE_LINES && !out->has_hint && (more = lines_next(&lines, &line, err)) == 1; n++) {
        struct format_cut cut;
        int fits = format_cut(formats, out->index, line.head, line.head_len, line.head_len == line.end - line.offset,
                              NULL, scratch, &cut);
        out->has_hint = fits == 1 && cut.has_time;
        out->hint = cut.time.layout;
    }
    lines_release(&lines);
    return more < 0 ? more : 0;
}

int format_choose(const struct formats *formats, const struct source *source, size_t forced, struct format_choice *out,
                  struct lw_error *err)
{
    struct format_scratch scratch;
    int code = format_scratch_init(&scratch, err);
    if (code != 0)
        return code;
    struct tally tally = {{0}, 0};
    uint64_t size = source->size;
    uint64_t third = (size + SAMPLE_PLACES - 1) / SAMPLE_PLACES;
    uint64_t span = third < SAMPLE_BYTES ? third : SAMPLE_BYTES;
    uint64_t places[SAMPLE_PLACES] = {0, (size - span) / 2, size - span};
    *out = (struct format_choice){.index = forced, .why = "given"};
    size_t n_places = forced != SIZE_MAX ? 0 : SAMPLE_PLACES;
    for (size_t i = 0; i < n_places && code == 0; i++)
        code = sample(formats, source, places[i], places[i] + span, &scratch, &tally, err);
    if (code == 0 && forced == SIZE_MAX) {
        out->index = best(&tally, SIZE_MAX);
        explain(&tally, out);
    }
    if (code == 0)
        code = find_hint(formats, source, &scratch, out, err);
    format_scratch_release(&scratch);
    return code;
}
