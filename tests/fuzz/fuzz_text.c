/* Log text on its way to the terminal: whatever the bytes, all are consumed, and what is drawn is printable UTF-8. */
#include "logwright.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const char *text = (const char *)data;
    size_t columns = 0;
    for (size_t at = 0; at < len;) {
        struct lw_glyph glyph;
        lw_glyph_next(text + at, len - at, &glyph);
        if (glyph.len == 0 || glyph.len > len - at || glyph.columns == 0 || glyph.text_len > sizeof glyph.text)
            abort();
        for (size_t i = 0; i < glyph.text_len; i++) {
            unsigned char byte = (unsigned char)glyph.text[i];
            if (byte < 0x20 || byte == 0x7f)
                abort();
        }
        /* A drawn glyph is its own picture: drawing it again changes nothing. */
        struct lw_glyph again;
        lw_glyph_next(glyph.text, glyph.text_len, &again);
        if (!glyph.is_escaped && (again.is_escaped || again.columns != glyph.columns))
            abort();
        columns += glyph.columns;
        at += glyph.len;
    }
    if (lw_text_columns(text, len) != columns)
        abort();
    return 0;
}
