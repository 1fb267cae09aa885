/*
 * The layout as SVG: each cell is 8 by 16 units, lines run through the middles of their cells. All text goes through
 * lw_glyph_next, which leaves no control characters and no invalid UTF-8, and has its five signs escaped, so that no
 * template can end an element or begin one. Arrows are drawn, not markers, since ids would clash in a page of several.
 */
#include "graph/layout.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/fail.h"

#define CELL_COLS 8
#define CELL_ROWS 16

static const char style[] =
    "<style>"
    ".lw-graph{background:#fff;color:#1a1c20;font:13px ui-monospace,\"DejaVu Sans Mono\",Menlo,Consolas,monospace;"
    "max-width:100%;height:auto}"
    ".lw-graph rect{fill:#eef2f7;stroke:currentColor}"
    ".lw-graph text{fill:currentColor}"
    ".lw-graph .lw-line{fill:none;stroke:currentColor}"
    ".lw-graph .lw-arrow{fill:currentColor;stroke:none}"
    ".lw-graph .lw-label{font-size:11px;paint-order:stroke;stroke:#fff;stroke-width:3px}"
    ".lw-graph .lw-faint{opacity:.65}.lw-graph .lw-faint rect,.lw-graph .lw-faint .lw-line{stroke-dasharray:4 3}"
    "@media(prefers-color-scheme:dark){.lw-graph{background:#15171b;color:#e4e6ea}"
    ".lw-graph rect{fill:#262b33}.lw-graph .lw-label{stroke:#15171b}}"
    "</style>\n";

static void add_sign(struct buf *buf, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        const char *escaped = text[i] == '&'    ? "&amp;"
                              : text[i] == '<'  ? "&lt;"
                              : text[i] == '>'  ? "&gt;"
                              : text[i] == '"'  ? "&quot;"
                              : text[i] == '\'' ? "&#39;"
                                                : NULL;

        if (escaped)
            buf_add_text(buf, escaped);
        else
            buf_add_byte(buf, text[i]);
    }
}

/* U+FFFE and U+FFFF are UTF-8, but no characters of XML. */
static bool is_noncharacter(const struct lw_glyph *glyph)
{
    for (int i = 0; i + 2 < glyph->text_len; i++)
        if (memcmp(glyph->text + i, "\xef\xbf\xbe", 3) == 0 || memcmp(glyph->text + i, "\xef\xbf\xbf", 3) == 0)
            return true;
    return false;
}

/* At most `cols` columns of the text, with three dots where it was cut. Returns the columns. */
static unsigned add_text(struct buf *buf, struct lw_bytes text, unsigned cols)
{
    unsigned n = 0;
    bool is_cut = lw_text_columns(text.data, text.len) > cols;
    struct lw_glyph glyph;

    for (size_t at = 0; at < text.len; at += glyph.len) {
        lw_glyph_next(text.data + at, text.len - at, &glyph);
        if (n + glyph.columns > cols - (is_cut && cols > 0))
            break;
        n += glyph.columns;
        if (is_noncharacter(&glyph))
            buf_add_text(buf, "?");
        else
            add_sign(buf, glyph.text, glyph.text_len);
    }
    if (is_cut && cols > 0) {
        buf_add_text(buf, "\xe2\x80\xa6");
        n++;
    }
    return n;
}

static void add_note(struct buf *buf, struct lw_bytes note)
{
    if (note.len == 0)
        return;
    buf_add_text(buf, "<title>");
    add_text(buf, note, 400);
    buf_add_text(buf, "</title>");
}

static int middle_x(int col)
{
    return col * CELL_COLS + CELL_COLS / 2;
}

static int middle_y(int row)
{
    return row * CELL_ROWS + CELL_ROWS / 2;
}

static void add_node(struct buf *buf, const struct lw_layout_box *box, const struct lw_svg_node *node)
{
    struct buf text = BUF_INIT;
    unsigned cols = add_text(&text, node->text, box->cols > 2 ? (unsigned)box->cols - 2 : (unsigned)box->cols);

    buf_printf(buf, "<g%s>", node->is_faint ? " class=\"lw-faint\"" : "");
    add_note(buf, node->note);
    buf_printf(buf, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"4\"/>", box->col * CELL_COLS + 1,
               box->row * CELL_ROWS + 1, box->cols * CELL_COLS - 2, box->rows * CELL_ROWS - 2);
    if (cols > 0) {
        buf_printf(buf, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\" textLength=\"%u\">",
                   box->col * CELL_COLS + box->cols * CELL_COLS / 2, (2 * box->row + box->rows) * CELL_ROWS / 2 + 4,
                   cols * CELL_COLS);
        buf_add(buf, text.data, text.len);
        buf_add_text(buf, "</text>");
    }
    buf_add_text(buf, "</g>\n");
    buf->has_failed = buf->has_failed || text.has_failed;
    buf_release(&text);
}

/* A line from the edge of one box to the edge of the other: its ends are half a cell longer than its cells' middles. */
static void add_line(struct buf *buf, const struct lw_layout_point *points, size_t n, double width)
{
    int before = n > 1 ? points[n - 2].row : points[0].row - 1, before_col = n > 1 ? points[n - 2].col : points[0].col;
    const struct lw_layout_point *last = &points[n - 1];
    int down = (last->row > before) - (last->row < before), right = (last->col > before_col) - (last->col < before_col);
    int x = middle_x(last->col) + right * CELL_COLS / 2, y = middle_y(last->row) + down * CELL_ROWS / 2;
    int start_down = n > 1 && points[1].row < points[0].row ? -1 : 1;

    if (right != 0)
        down = 0;
    buf_printf(buf, "<path class=\"lw-line\" stroke-width=\"%.2f\" d=\"M%d %d", 1 + 2.5 * width,
               middle_x(points[0].col), middle_y(points[0].row) - start_down * CELL_ROWS / 2);
    for (size_t i = 0; i + 1 < n; i++)
        buf_printf(buf, "L%d %d", middle_x(points[i].col), middle_y(points[i].row));
    buf_printf(buf, "L%d %d\"/>", x - 7 * right, y - 9 * down);
    buf_printf(buf, "<path class=\"lw-arrow\" d=\"M%d %dL%d %dL%d %dZ\"/>", x, y, x - 9 * right - 4 * down,
               y - 10 * down - 4 * right, x - 9 * right + 4 * down, y - 10 * down + 4 * right);
}

static void add_edge(struct buf *buf, const struct lw_layout *layout, size_t index, const struct lw_svg_edge *edge)
{
    size_t n;
    const struct lw_layout_point *points = lw_layout_line(layout, index, &n);
    double width = edge->width >= 0 && edge->width <= 1 ? edge->width : 1;
    struct lw_layout_point at;

    if (n == 0)
        return;
    buf_printf(buf, "<g%s>", edge->is_faint ? " class=\"lw-faint\"" : "");
    add_note(buf, edge->note);
    add_line(buf, points, n, width);
    if (edge->text.len > 0 && lw_layout_label(layout, index, &at)) {
        buf_printf(buf, "<text class=\"lw-label\" x=\"%d\" y=\"%d\">", at.col * CELL_COLS + 1, middle_y(at.row) + 4);
        add_text(buf, edge->text, (unsigned)layout->label_cols[index]);
        buf_add_text(buf, "</text>");
    }
    buf_add_text(buf, "</g>\n");
}

int lw_layout_svg(const struct lw_layout *layout, const char *title, const struct lw_svg_node *nodes,
                  const struct lw_svg_edge *edges, char **out, size_t *len, struct lw_error *err)
{
    int cols = layout->cols * CELL_COLS + 2 * CELL_COLS, rows = layout->rows * CELL_ROWS + 2 * CELL_COLS;
    struct buf buf = BUF_INIT;

    buf_printf(&buf,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"lw-graph\" role=\"img\" width=\"%d\" height=\"%d\" "
               "viewBox=\"%d %d %d %d\">\n",
               cols, rows, -CELL_COLS, -CELL_COLS, cols, rows);
    add_note(&buf, (struct lw_bytes){title, strlen(title)});
    buf_add_text(&buf, style);
    for (size_t i = 0; i < layout->n_edges; i++)
        add_edge(&buf, layout, i, &edges[i]);
    for (size_t v = 0; v < layout->n_nodes; v++)
        add_node(&buf, &layout->boxes[v], &nodes[v]);
    buf_add_text(&buf, "</svg>\n");
    if (buf_status(&buf) != 0) {
        buf_release(&buf);
        return fail_memory(err, "drawing a graph");
    }
    *out = buf.data;
    *len = buf.len;
    return 0;
}
