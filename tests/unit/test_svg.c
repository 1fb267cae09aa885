#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/lib/failalloc.h"
#include "tests/lib/pictures.h"

/* Reads XML of our own kind strictly: elements that nest and end, attributes in quotes, the five escapes. */
static void assert_well_formed(const char *at)
{
    char open[16][16];
    size_t depth = 0, n_roots = 0;

    while (*at) {
        if (*at != '<') {
            assert_true(depth > 0 || *at == '\n');
            assert_true((unsigned char)*at >= 0x20 || *at == '\n');
            if (*at == '&')
                assert_true(!strncmp(at, "&amp;", 5) || !strncmp(at, "&lt;", 4) || !strncmp(at, "&gt;", 4) ||
                            !strncmp(at, "&quot;", 6) || !strncmp(at, "&#39;", 5));
            assert_true(*at != '>');
            at++;
            continue;
        }
        bool ends = at[1] == '/';
        size_t len = strspn(at + 1 + ends, "abcdefghijklmnopqrstuvwxyz");
        const char *name = at + 1 + ends;

        assert_true(len > 0 && len < 16);
        for (at = name + len; *at != '>' && *at != '/';) {
            if (*at == '"')
                for (at++; *at != '"'; at++)
                    assert_true(*at && *at != '<');
            at++;
        }
        if (ends) {
            assert_true(depth > 0);
            depth--;
            assert_true(strlen(open[depth]) == len && strncmp(open[depth], name, len) == 0);
        } else if (*at == '>') {
            n_roots += depth == 0;
            assert_true(depth < 16);
            memcpy(open[depth], name, len);
            open[depth++][len] = '\0';
        }
        at += *at == '/' ? 2 : 1;
    }
    assert_int_equal(depth, 0);
    assert_int_equal(n_roots, 1);
}

static struct lw_bytes bytes(const char *text, size_t len)
{
    return (struct lw_bytes){text, len};
}

static char *draw(const struct picture *picture, struct lw_bytes text, size_t *len)
{
    struct lw_svg_node nodes[40] = {0};
    struct lw_svg_edge edges[80] = {0};
    struct lw_layout *layout = NULL;
    char *svg = NULL;

    for (size_t v = 0; v < picture->graph.n_nodes; v++)
        nodes[v] = (struct lw_svg_node){text, text, v % 2 == 0};
    for (size_t i = 0; i < picture->graph.n_edges; i++)
        edges[i] = (struct lw_svg_edge){text, text, (double)i / 10, i % 2 == 0};
    assert_int_equal(lw_layout_new(&picture->graph, NULL, NULL, &layout, NULL), 0);
    assert_int_equal(lw_layout_svg(layout, "a title & more", nodes, edges, &svg, len, NULL), 0);
    assert_int_equal(strlen(svg), *len);
    lw_layout_free(layout);
    return svg;
}

static size_t count(const char *text, const char *part)
{
    size_t n = 0;

    while ((text = strstr(text, part)) != NULL) {
        text++;
        n++;
    }
    return n;
}

static void every_box_and_line_is_drawn(void **state)
{
    (void)state;
    struct picture picture;
    size_t len;

    picture_draw(&picture, 12, 20, 1);
    char *svg = draw(&picture, bytes("E5", 2), &len);
    assert_well_formed(svg);
    assert_int_equal(count(svg, "<rect "), 12);
    assert_int_equal(count(svg, "class=\"lw-line\""), 20);
    assert_int_equal(count(svg, "class=\"lw-arrow\""), 20);
    assert_true(count(svg, ">E5</text>") >= 12);
    assert_null(strstr(svg, "NaN"));
    free(svg);
}

static void text_cannot_break_out(void **state)
{
    (void)state;
    static const char hostile[] =
        "</text></svg><script>alert('1')</script><!-- ]]> & \" \x1b[31m \xff \xef\xbf\xbf \x00 <";
    struct picture picture;
    size_t len;

    picture_draw(&picture, 12, 20, 2);
    for (size_t v = 0; v < 12; v++)
        picture.nodes[v].cols = 10 + 20 * (int)v;
    for (size_t skip = 0; skip < sizeof hostile - 1; skip++) {
        char *svg = draw(&picture, bytes(hostile + skip, sizeof hostile - 1 - skip), &len);

        assert_well_formed(svg);
        assert_null(strstr(svg, "<script"));
        assert_null(strchr(svg, '\x1b'));
        assert_null(strstr(svg, "\xef\xbf\xbf"));
        free(svg);
    }
}

static int draw_once(void *user, struct lw_error *err)
{
    const struct picture *picture = user;
    struct lw_svg_node nodes[4] = {0};
    struct lw_svg_edge edges[4] = {0};
    struct lw_layout *layout = NULL;
    char *svg = NULL;
    size_t len;
    int code = lw_layout_new(&picture->graph, NULL, NULL, &layout, err);

    for (size_t v = 0; v < 3; v++)
        nodes[v].text = bytes("state", 5);
    if (code == 0)
        code = lw_layout_svg(layout, "title", nodes, edges, &svg, &len, err);
    lw_layout_free(layout);
    free(svg);
    return code;
}

static void memory_may_run_out(void **state)
{
    (void)state;
    struct picture picture;

    picture_begin(&picture, 3);
    picture_join(&picture, 0, 1, 1);
    picture_join(&picture, 1, 2, 1);
    failalloc_each(draw_once, &picture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_box_and_line_is_drawn),
        cmocka_unit_test(text_cannot_break_out),
        cmocka_unit_test(memory_may_run_out),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
