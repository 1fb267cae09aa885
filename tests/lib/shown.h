/* What a test's grid shows, as the dump backend writes it. The test that includes this makes the grid. */
#ifndef LW_TESTS_SHOWN_H
#define LW_TESTS_SHOWN_H

#include <stdio.h>
#include <stdlib.h>

#include "ui/term/grid.h"
#include "ui/term/screen.h"

static inline void assert_grid_shows(const struct grid *grid, const char *expected)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    assert_non_null(out);
    assert_true(grid_is_sound(grid));
    dump_grid(grid, false, out);
    fclose(out);
    assert_string_equal(text, expected);
    free(text);
}

#endif
