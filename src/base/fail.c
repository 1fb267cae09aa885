#include "base/fail.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Error texts may carry log bytes and end up on a terminal, so every glyph goes through the one function that says
 * how text is drawn. */
static void make_printable(struct lw_error *err, const char *raw, size_t len)
{
    size_t at = 0;
    for (size_t used = 0; used < len;) {
        struct lw_glyph glyph;
        lw_glyph_next(raw + used, len - used, &glyph);
        if (at + glyph.text_len + 1 > sizeof err->text)
            break;
        memcpy(err->text + at, glyph.text, glyph.text_len);
        at += glyph.text_len;
        used += glyph.len;
    }
    err->text[at] = '\0';
}

int fail(struct lw_error *err, enum lw_code code, const char *format, ...)
{
    if (err != NULL) {
        char raw[sizeof err->text];
        va_list args;
        va_start(args, format);
        int len = vsnprintf(raw, sizeof raw, format, args);
        va_end(args);
        err->code = code;
        make_printable(err, raw, len < 0 ? 0 : (size_t)len < sizeof raw ? (size_t)len : sizeof raw - 1);
    }
    return code;
}

int fail_memory(struct lw_error *err, const char *what)
{
    return fail(err, LW_ERR_MEMORY, "out of memory while %s", what);
}

int fail_errno(struct lw_error *err, int errnum, const char *path, const char *what)
{
    char reason[128];
    if (strerror_r(errnum, reason, sizeof reason) != 0)
        snprintf(reason, sizeof reason, "error %d", errnum);
    return fail(err, errnum == ENOENT ? LW_ERR_NOT_FOUND : LW_ERR_IO, "%s: %s: %s", path, what, reason);
}
