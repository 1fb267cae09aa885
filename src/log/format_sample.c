#include "log/format_sample.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/fail.h"

#define SAMPLE_BYTES (128u << 10) /* of each place */

static int add(struct samples *samples, const struct line *line, uint8_t place, bool is_counted, struct lw_error *err)
{
    size_t start = samples->text.len;
    buf_add(&samples->text, line->head, line->head_len);
    buf_add_byte(&samples->text, '\n');
    if (buf_status(&samples->text) != 0)
        return fail_memory(err, "sampling a source");
    samples->n_counted += is_counted;
    samples->lines[samples->n++] = (struct sample_line){.start = start,
                                                        .len = line->head_len,
                                                        .offset = line->offset,
                                                        .is_whole = line->head_len == line->end - line->offset,
                                                        .is_counted = is_counted,
                                                        .place = place};
    return 0;
}

/* Lines that start in [from, to). */
static int take(struct samples *samples, const struct source *source, uint64_t from, uint64_t to, uint8_t place,
                struct lw_error *err)
{
    struct lines lines;
    int code = lines_init(&lines, source, from, to, err);
    if (code != 0)
        return code;
    struct line line;
    size_t n = 0, n_others = 0;
    int more = 0;
    while (n < SAMPLE_LINES && code == 0 && (more = lines_next(&lines, &line, err)) == 1) {
        bool is_counted = line.end > line.offset && line.head[0] != ' ' && line.head[0] != '\t';
        if (!is_counted && n_others == SAMPLE_LINES)
            continue;
        n += is_counted;
        n_others += !is_counted;
        code = add(samples, &line, place, is_counted, err);
    }
    lines_release(&lines);
    return code != 0 ? code : more < 0 ? more : 0;
}

int samples_take(const struct source *source, struct samples **out, struct lw_error *err)
{
    struct samples *samples = alloc_zeroed(1, sizeof *samples);
    if (samples == NULL)
        return fail_memory(err, "sampling a source");
    uint64_t size = source->size;
    uint64_t third = (size + SAMPLE_PLACES - 1) / SAMPLE_PLACES;
    uint64_t span = third < SAMPLE_BYTES ? third : SAMPLE_BYTES;
    const uint64_t places[SAMPLE_PLACES] = {0, (size - span) / 2, size - span};
    int code = 0;
    for (uint8_t i = 0; i < SAMPLE_PLACES && code == 0; i++) {
        uint64_t from = places[i], to = from + span;
        if (samples->n > 0 && from <= samples->lines[samples->n - 1].offset)
            from = samples->lines[samples->n - 1].offset + 1;
        if (from < to)
            code = take(samples, source, from, to, i, err);
    }
    if (code != 0) {
        samples_free(samples);
        return code;
    }
    *out = samples;
    return 0;
}

void samples_free(struct samples *samples)
{
    if (samples == NULL)
        return;
    buf_release(&samples->text);
    free(samples);
}
