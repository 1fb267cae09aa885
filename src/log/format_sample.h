/* Lines of a source to judge formats by: some from its head, its middle and its tail, kept in memory. */
#ifndef LW_LOG_FORMAT_SAMPLE_H
#define LW_LOG_FORMAT_SAMPLE_H

#include "base/buf.h"
#include "input/lines.h"

#define SAMPLE_PLACES 3
#define SAMPLE_LINES  200 /* of each place */

struct sample_line {
    size_t start, len; /* of its head, in the text */
    uint64_t offset;   /* in the source */
    bool is_whole;     /* there is no more of it than its head */
    bool is_counted;   /* not empty and not indented: such lines continue a record in most logs */
    uint8_t place;
};

/* Owned by the caller: from samples_take to samples_release. Immutable in between. */
struct samples {
    struct buf text;
    size_t n, n_counted;
    struct sample_line lines[SAMPLE_PLACES * SAMPLE_LINES * 2];
};

/* Up to SAMPLE_LINES counted lines of each place, and as many others between them. Lines that two places of a short
 * source have in common are taken once. On failure there is nothing to release. */
int samples_take(const struct source *source, struct samples **out, struct lw_error *err);
void samples_free(struct samples *samples);

static inline const char *sample_text(const struct samples *samples, size_t line)
{
    return samples->text.data + samples->lines[line].start;
}

#endif
