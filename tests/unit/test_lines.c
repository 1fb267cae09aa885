#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/rng.h"
#include "input/lines.h"
#include "tests/lib/scratch.h"

static struct spool spool = SPOOL_INIT;

static void open_text(const char *data, size_t len, struct source *source)
{
    assert_int_equal(source_open(scratch_write("text", data, len), true, &spool, NULL, source, NULL), 0);
}

/* Walks the lines of [from, to) and checks them against the text; gives where the next line starts. */
static uint64_t walk(const struct source *source, const char *data, uint64_t from, uint64_t to, size_t *n_lines)
{
    struct lines lines;
    struct line line;
    uint64_t next = from;
    int more;
    assert_int_equal(lines_init(&lines, source, from, to, NULL), 0);
    while ((more = lines_next(&lines, &line, NULL)) == 1) {
        assert_true(line.offset >= from && line.offset < to);
        assert_true(line.offset == 0 || data[line.offset - 1] == '\n');
        assert_true(line.next > line.offset && line.end <= line.next);
        uint64_t len = line.end - line.offset;
        assert_true(line.head_len == len || (line.head_len < len && line.head_len >= LINES_HEAD));
        assert_memory_equal(line.head, data + line.offset, line.head_len);
        assert_null(memchr(data + line.offset, '\n', (size_t)len));
        size_t ending = (size_t)(line.next - line.end);
        if (ending == 0)
            assert_true(line.next == source->size);
        else
            assert_true(data[line.next - 1] == '\n' && (ending == 1 || data[line.next - 2] == '\r'));
        if (ending == 1 && len > 0)
            assert_true(data[line.end - 1] != '\r');
        next = line.next;
        ++*n_lines;
    }
    assert_int_equal(more, 0);
    lines_release(&lines);
    return next;
}

/* Parts that meet give every line once, wherever they are cut. */
static void parts_give_each_line_once(void **state)
{
    (void)state;
    struct rng rng;
    rng_init(&rng, 1, 0x6c696e65, 0);
    for (int round = 0; round < 200; round++) {
        char data[400];
        size_t len = (size_t)rng_below(&rng, sizeof data);
        for (size_t i = 0; i < len; i++)
            data[i] = "\n\r\n\0ab"[rng_below(&rng, 6)];
        struct source source;
        open_text(data, len, &source);
        size_t whole = 0, parts = 0;
        uint64_t step = 1 + rng_below(&rng, 50), next = 0;
        walk(&source, data, 0, len, &whole);
        for (uint64_t from = 0; from < len; from += step) {
            size_t before = parts;
            uint64_t end = walk(&source, data, from, from + step < len ? from + step : len, &parts);
            if (parts > before)
                next = end;
        }
        assert_int_equal(parts, whole);
        assert_true(next == len);
        source_release(&source);
    }
}

static void long_lines_are_shown_by_their_head(void **state)
{
    (void)state;
    size_t len = 5 * LINES_PART + 3;
    char *data = malloc(len);
    assert_non_null(data);
    memset(data, 'x', len);
    memcpy(data, "a\r\n", 3);
    memcpy(data + len - 5, "\r\nend", 5);
    struct source source;
    open_text(data, len, &source);
    size_t n = 0;
    for (uint64_t from = 0; from < len; from += LINES_PART)
        walk(&source, data, from, from + LINES_PART < len ? from + LINES_PART : len, &n);
    assert_int_equal(n, 3);
    n = 0;
    assert_true(walk(&source, data, 0, len, &n) == len);
    assert_int_equal(n, 3);
    source_release(&source);
    free(data);
}

static int tear_down(void **state)
{
    spool_release(&spool);
    return scratch_tear_down(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_give_each_line_once),
        cmocka_unit_test(long_lines_are_shown_by_their_head),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, scratch_set_up, tear_down);
}
