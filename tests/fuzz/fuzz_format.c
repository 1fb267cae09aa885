/* Lines of logs, whatever their bytes: for every format, the spans that are cut stay inside the line, cutting again
 * gives the same, and a printed time is the time that was read. The first byte says whether the line is whole. */
#include <stdlib.h>
#include <string.h>

#include "log/format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_span(size_t start, size_t n, size_t len)
{
    if (start > len || n > len - start)
        abort();
}

static void check_time(const char *line, const struct lw_field *field)
{
    struct timestamp time, again;
    char text[TIMESTAMP_MAX];
    if (!timestamp_parse(line + field->start, field->len, NULL, &time))
        return;
    if (time.len > field->len)
        abort();
    bool is_placed = time.has_year || !time.has_date;
    int64_t time_us = is_placed ? time.time_us : timestamp_with_year(time.time_us, 2024);
    size_t n = timestamp_print(&time.layout, time_us, time.below_ns, time.zone_s, text);
    if (n > sizeof text || !timestamp_parse(text, n, &time.layout, &again) || again.time_us != time.time_us)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct formats *formats;
    static struct format_scratch scratch;
    if (formats == NULL && (formats_new(NULL, &formats, NULL) != 0 || format_scratch_init(&scratch, NULL) != 0))
        abort();
    if (len == 0)
        return 0;
    char *line = malloc(len); /* of its own, so that a read past its end is seen */
    if (line == NULL)
        return 0;
    bool is_whole = data[0] % 2 == 0;
    memcpy(line, data + 1, --len);
    for (size_t f = 0; f < formats_count(formats); f++) {
        struct format_cut cut, again;
        scratch.wants_names = false;
        int fits = format_cut(formats, f, line, len, is_whole, NULL, &scratch, &again);
        scratch.wants_names = true;
        if (format_cut(formats, f, line, len, is_whole, NULL, &scratch, &cut) != fits ||
            cut.has_time != again.has_time || (cut.has_time && cut.time.time_us != again.time.time_us) ||
            cut.level != again.level || cut.message.start != again.message.start)
            abort();
        check_span(cut.message.start, cut.message.len, len);
        if (cut.component.len > 0)
            check_span(cut.component.start, cut.component.len, len);
        for (size_t i = 0; i < cut.n_fields; i++) {
            check_span(cut.fields[i].start, cut.fields[i].len, len);
            check_time(line, &cut.fields[i]);
        }
    }
    free(line);
    return 0;
}
