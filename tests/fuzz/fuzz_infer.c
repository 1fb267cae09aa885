/* Lines, whatever their bytes: a header or columns found in them cut spans that stay inside each line. */
#include <stdlib.h>
#include <string.h>

#include "log/format_columns.h"
#include "log/format_infer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_lines(const struct samples *samples, const struct form *form)
{
    struct format_scratch scratch;
    if (form == NULL || format_scratch_init(&scratch, NULL) != 0)
        return;
    scratch.wants_names = true;
    for (size_t i = 0; i < samples->n; i++) {
        struct format_cut cut;
        size_t n = samples->lines[i].len;
        int fits = form_cut(form, sample_text(samples, i), n, true, NULL, &scratch, &cut);
        if (fits < 0 || cut.message.start > n || cut.message.len > n - cut.message.start)
            abort();
        for (size_t f = 0; f < cut.n_fields; f++)
            if (cut.fields[f].start > n || cut.fields[f].len > n - cut.fields[f].start)
                abort();
    }
    format_scratch_release(&scratch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct samples *samples = calloc(1, sizeof *samples);
    struct form *form = NULL;
    size_t at = 0;
    if (samples == NULL)
        return 0;
    buf_add(&samples->text, data, len);
    buf_add_byte(&samples->text, '\n');
    while (at < len && samples->n < 200) {
        const char *line = samples->text.data + at, *feed = memchr(line, '\n', samples->text.len - at);
        size_t n = (size_t)(feed - line);
        bool is_counted = n > 0 && line[0] != ' ';
        samples->lines[samples->n++] =
            (struct sample_line){.start = at, .len = n, .offset = at, .is_whole = true, .is_counted = is_counted};
        samples->n_counted += is_counted;
        at += n + 1;
    }
    if (format_infer(samples, &form, NULL) == 0)
        check_lines(samples, form);
    form_free(form);
    form = NULL;
    if (samples->n > 0 && format_columns_find(samples, &form, NULL) == 0)
        check_lines(samples, form);
    form_free(form);
    samples_free(samples);
    return 0;
}
