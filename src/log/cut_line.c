/* Lines that come from elsewhere than a source, cut as if they stood in one. */
#include <string.h>

#include "base/fail.h"
#include "log/log.h"

/* 1: it fits, *message is set; 0: not; or a negative enum lw_code. */
static int cut(const struct formats *formats, const struct format_choice *choice, const char *line, size_t len,
               struct format_scratch *scratch, struct lw_span *message)
{
    const char *feed = len > 0 ? memchr(line, '\n', len) : NULL;
    size_t first = feed != NULL ? (size_t)(feed - line) : len;
    size_t head = first < LINES_HEAD ? first : LINES_HEAD;
    struct format_cut out;
    uint8_t which;
    int fits = format_is_sequences(choice->items[0].index)
                   ? 0
                   : format_choice_cut(formats, choice, line, head, head == first, scratch, &out, &which);
    if (fits == 1) {
        bool reaches_end = out.message.start + out.message.len == head;
        *message = (struct lw_span){out.message.start, reaches_end ? len - out.message.start : out.message.len};
    }
    return fits;
}

static int fail_cut(int code, struct lw_error *err)
{
    return code == LW_ERR_MEMORY ? fail_memory(err, "cutting a line") : fail(err, code, "cutting a line failed");
}

int lw_log_cut_line(const struct lw_log *log, const char *line, size_t len, struct lw_span *message,
                    struct lw_error *err)
{
    struct format_scratch scratch;
    struct lw_span found = {0, len};
    int code = format_scratch_init(&scratch, err), fits = 0;
    if (code != 0)
        return code;
    for (size_t s = 0; s < log->n_sources && fits == 0; s++)
        for (size_t e = 0; e < log->sources[s].n_epochs && fits == 0; e++)
            fits = cut(log->base->formats, &log->sources[s].epochs[e].text->format, line, len, &scratch, &found);
    format_scratch_release(&scratch);
    if (fits < 0)
        return fail_cut(fits, err);
    *message = found;
    return 0;
}

int lw_formats_cut_line(const struct lw_formats *formats, const char *names, const char *line, size_t len,
                        struct lw_span *message, struct lw_error *err)
{
    const struct formats *set = formats_of(formats);
    struct format_request request;
    struct format_choice choice = {0};
    struct format_scratch scratch;
    struct lw_span found = {0, len};
    int code = format_request_read(set, names, &request, err), fits;
    if (code == 0)
        code = format_scratch_init(&scratch, err);
    if (code != 0)
        return code;
    choice.n = request.n;
    for (size_t i = 0; i < request.n; i++)
        choice.items[i].index = request.indexes[i];
    fits = request.n > 0 ? cut(set, &choice, line, len, &scratch, &found) : 0;
    format_scratch_release(&scratch);
    if (fits < 0)
        return fail_cut(fits, err);
    *message = found;
    return 0;
}
