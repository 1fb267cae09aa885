/*
 * How log bytes are drawn: lw_glyph_next, the only judge of width.
 *
 * A glyph is a base character of one or two columns with the non-spacing marks that follow it. Everything on whose
 * width or effect terminals disagree is drawn as a visible stand-in instead: controls, bidi and other format
 * characters, variation selectors, joiners, private, unassigned and invalid bytes, marks without a base. Full grapheme
 * clusters (emoji joined by ZWJ, flags) were rejected: half of the terminals in use draw them as several cells, and
 * then every line that holds one is torn.
 */
#include <stdio.h>
#include <string.h>

#include <utf8proc.h>

#include "logwright.h"

#define MAX_MARKS 6

static void escape(struct lw_glyph *out, size_t len, const char *text)
{
    size_t n = strlen(text);
    out->len = len;
    out->columns = (unsigned)n;
    out->is_escaped = true;
    out->text_len = (unsigned char)n;
    memcpy(out->text, text, n);
}

static bool is_mark(utf8proc_int32_t point)
{
    utf8proc_category_t category = utf8proc_category(point);
    bool is_variation = (point >= 0xFE00 && point <= 0xFE0F) || (point >= 0xE0100 && point <= 0xE01EF);
    return (category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_ME) && !is_variation &&
           point != 0x034F /* combining grapheme joiner */;
}

static bool is_drawable(utf8proc_int32_t point)
{
    utf8proc_category_t category = utf8proc_category(point);
    bool is_shown = category != UTF8PROC_CATEGORY_CC && category != UTF8PROC_CATEGORY_CF &&
                    category != UTF8PROC_CATEGORY_CS && category != UTF8PROC_CATEGORY_CO &&
                    category != UTF8PROC_CATEGORY_CN && category != UTF8PROC_CATEGORY_ZL &&
                    category != UTF8PROC_CATEGORY_ZP;
    bool is_flag_half = point >= 0x1F1E6 && point <= 0x1F1FF;
    int width = utf8proc_charwidth(point);
    return is_shown && !is_mark(point) && !is_flag_half && (width == 1 || width == 2);
}

static void escape_ascii(unsigned char c, struct lw_glyph *out)
{
    if (c == '\t') {
        escape(out, 1, "    ");
        return;
    }
    char text[3] = {'^', (char)(c ^ 0x40), '\0'};
    escape(out, 1, text);
}

void lw_glyph_next(const char *data, size_t len, struct lw_glyph *out)
{
    unsigned char first = (unsigned char)data[0];
    if (first < 0x80 && (len == 1 || (unsigned char)data[1] < 0x80)) { /* the common case */
        if (first < 0x20 || first == 0x7F) {
            escape_ascii(first, out);
            return;
        }
        *out = (struct lw_glyph){.len = 1, .columns = 1, .text_len = 1, .text = {data[0]}};
        return;
    }
    utf8proc_int32_t point;
    const utf8proc_uint8_t *bytes = (const utf8proc_uint8_t *)data;
    utf8proc_ssize_t limit = len > 64 ? 64 : (utf8proc_ssize_t)len;
    utf8proc_ssize_t used = utf8proc_iterate(bytes, limit, &point);
    char text[16];
    if (used <= 0) {
        snprintf(text, sizeof text, "<%02x>", first);
        escape(out, 1, text);
        return;
    }
    if (point < 0x20 || point == 0x7F) {
        escape_ascii(first, out);
        return;
    }
    if (!is_drawable(point)) {
        snprintf(text, sizeof text, "<U+%04X>", (unsigned)point);
        escape(out, (size_t)used, text);
        return;
    }
    *out = (struct lw_glyph){.columns = (unsigned)utf8proc_charwidth(point)};
    utf8proc_ssize_t at = used;
    for (int marks = 0; marks < MAX_MARKS && at < limit; marks++) {
        used = utf8proc_iterate(bytes + at, limit - at, &point);
        if (used <= 0 || !is_mark(point))
            break;
        at += used;
    }
    out->len = (size_t)at;
    out->text_len = (unsigned char)at;
    memcpy(out->text, data, (size_t)at);
}

size_t lw_text_columns(const char *data, size_t len)
{
    size_t columns = 0;
    for (size_t at = 0; at < len;) {
        struct lw_glyph glyph;
        lw_glyph_next(data + at, len - at, &glyph);
        columns += glyph.columns;
        at += glyph.len;
    }
    return columns;
}
