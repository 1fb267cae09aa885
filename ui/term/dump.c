#include "ui/term/screen.h"

#include "ui/term/keys.h"

#include <stdlib.h>
#include <string.h>

static void dump_present(struct screen *screen, const struct grid *grid, int cursor_row, int cursor_col)
{
    (void)screen;
    (void)grid;
    (void)cursor_row;
    (void)cursor_col;
}

static uint32_t dump_read_key(struct screen *screen)
{
    (void)screen;
    return KEY_NONE;
}

static void dump_nothing(struct screen *screen)
{
    (void)screen;
}

static void dump_free(struct screen *screen)
{
    free(screen);
}

int dump_open(int rows, int cols, bool is_ascii, struct screen **out, struct lw_error *err)
{
    static const struct screen_ops ops = {
        .present = dump_present,
        .read_key = dump_read_key,
        .measure = dump_nothing,
        .suspend = dump_nothing,
        .resume = dump_nothing,
        .forget = dump_nothing,
        .bell = dump_nothing,
        .free = dump_free,
    };
    struct screen *screen = malloc(sizeof *screen);

    if (!screen) {
        if (err)
            *err = (struct lw_error){LW_ERR_MEMORY, "out of memory while opening a screen"};
        return LW_ERR_MEMORY;
    }
    *screen = (struct screen){&ops, rows, cols, -1, -1, is_ascii};
    *out = screen;
    return 0;
}

void dump_resize(struct screen *screen, int rows, int cols)
{
    screen->rows = rows;
    screen->cols = cols;
}

/* One letter a role, upper case where an attribute is on top. */
static char style_letter(struct style style)
{
    static const char letters[ROLE_COUNT] = {
        [ROLE_TEXT] = ' ',  [ROLE_DIM] = 'd',    [ROLE_TITLE] = 't', [ROLE_KEY] = 'k',  [ROLE_HEAD] = 'h',
        [ROLE_PARAM] = 'p', [ROLE_TIME] = 'i',   [ROLE_FAULT] = 'e', [ROLE_CARE] = 'w', [ROLE_GOOD] = 'g',
        [ROLE_FOUND] = 'f', [ROLE_CHOSEN] = 'c', [ROLE_BAR] = 'b',
    };
    char letter = letters[style.role];

    if (style.attrs == 0)
        return letter;
    return letter == ' ' ? '+' : (char)(letter - 'a' + 'A');
}

void dump_grid(const struct grid *grid, bool with_styles, FILE *out)
{
    for (int row = 0; row < grid->rows; row++) {
        int last_text = 0, last_style = 0;

        for (int col = 0; col < grid->cols; col++) {
            const struct cell *cell = grid_cell(grid, row, col);

            if (cell->len != 1 || cell->text[0] != ' ')
                last_text = col + 1;
            if (style_letter(cell->style) != ' ')
                last_style = col + 1;
        }
        for (int col = 0; col < last_text; col++)
            fwrite(grid_cell(grid, row, col)->text, 1, grid_cell(grid, row, col)->len, out);
        fputc('\n', out);
        if (!with_styles || last_style == 0)
            continue;
        fputc('~', out);
        for (int col = 0; col < last_style; col++)
            fputc(style_letter(grid_cell(grid, row, col)->style), out);
        fputc('\n', out);
    }
}
