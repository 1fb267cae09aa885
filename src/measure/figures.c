#include "measure/figures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fail.h"

int figures_new(struct lw_figures **out, struct lw_error *err)
{
    struct lw_figures *figures = alloc_zeroed(1, sizeof *figures);
    if (figures == NULL)
        return fail_memory(err, "making a table of figures");
    *out = figures;
    return 0;
}

void lw_figures_free(struct lw_figures *figures)
{
    if (figures == NULL)
        return;
    arena_release(&figures->texts);
    free(figures->rows);
    free(figures);
}

/* NULL: out of memory. */
static const char *printable_copy(struct arena *arena, const char *text)
{
    if (text == NULL)
        return "";
    struct buf buf = BUF_INIT;
    size_t len = strlen(text);
    for (size_t used = 0; used < len;) {
        struct lw_glyph glyph;
        lw_glyph_next(text + used, len - used, &glyph);
        buf_add(&buf, glyph.text, glyph.text_len);
        used += glyph.len;
    }
    const char *copy = buf_status(&buf) < 0 ? NULL : arena_copy(arena, buf.data, buf.len);
    buf_release(&buf);
    return copy;
}

int figures_add(struct lw_figures *figures, const struct lw_figure *row, struct lw_error *err)
{
    struct lw_figure copy = *row;
    copy.name = printable_copy(&figures->texts, row->name);
    copy.part = printable_copy(&figures->texts, row->part);
    copy.note = printable_copy(&figures->texts, row->note);
    if (copy.name == NULL || copy.part == NULL || copy.note == NULL ||
        alloc_grow(&figures->rows, &figures->cap, figures->n + 1, sizeof *figures->rows) < 0)
        return fail_memory(err, "filling a table of figures");
    figures->rows[figures->n++] = copy;
    return 0;
}

int figures_put(struct lw_figures *figures, const char *name, const char *part, double value, uint64_t n,
                const char *note, struct lw_error *err)
{
    struct lw_figure row = FIGURE_INIT;
    row.name = name;
    row.part = part;
    row.value = value;
    row.n = n;
    row.note = note;
    return figures_add(figures, &row, err);
}

static bool is_called(const struct lw_figure *row, const char *path)
{
    size_t len = strlen(row->name);
    return strncmp(path, row->name, len) == 0 &&
           (row->part[0] == '\0' ? path[len] == '\0' : path[len] == '.' && strcmp(path + len + 1, row->part) == 0);
}

int figures_note(struct lw_figures *figures, const char *path, const char *note, struct lw_error *err)
{
    struct buf text = BUF_INIT;
    int rc = 0;
    for (size_t i = 0; i < figures->n && rc == 0; i++) {
        struct lw_figure *row = &figures->rows[i];
        if (!is_called(row, path))
            continue;
        buf_clear(&text);
        buf_printf(&text, "%s%s", row->note, row->note[0] == '\0' ? "" : "; ");
        buf_add_text(&text, note);
        const char *copy = buf_status(&text) == 0 ? printable_copy(&figures->texts, text.data) : NULL;
        if (copy == NULL)
            rc = fail_memory(err, "filling a table of figures");
        else
            row->note = copy;
    }
    buf_release(&text);
    return rc;
}

double figures_mean(const struct lw_figures *figures, const char *name, uint64_t *n)
{
    double sum = 0;
    uint64_t found = 0;
    for (size_t i = 0; i < figures->n; i++) {
        const struct lw_figure *row = &figures->rows[i];
        if (row->part[0] != '\0' && !isnan(row->value) && strcmp(row->name, name) == 0) {
            sum += row->value;
            found++;
        }
    }
    if (n != NULL)
        *n = found;
    return found > 0 ? sum / (double)found : NAN;
}

int figure_verdict(double value, double low, double high)
{
    if (isnan(value) || (isnan(low) && isnan(high)))
        return -1;
    return !(value < low - 1e-9) && !(value > high + 1e-9);
}

size_t lw_figures_count(const struct lw_figures *figures)
{
    return figures->n;
}

int lw_figures_get(const struct lw_figures *figures, size_t index, struct lw_figure *out, struct lw_error *err)
{
    if (index >= figures->n)
        return fail(err, LW_ERR_NOT_FOUND, "no figure %zu: there are %zu", index, figures->n);
    *out = figures->rows[index];
    return 0;
}

double lw_figures_value(const struct lw_figures *figures, const char *name)
{
    for (size_t i = 0; i < figures->n; i++)
        if (figures->rows[i].part[0] == '\0' && strcmp(figures->rows[i].name, name) == 0)
            return figures->rows[i].value;
    return NAN;
}
