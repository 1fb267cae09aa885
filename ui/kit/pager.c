#include "ui/kit/pager.h"

#include "ui/kit/text.h"

#include <stdlib.h>
#include <string.h>

void pager_release(struct pager *pager)
{
    free(pager->data);
    free(pager->starts);
    *pager = (struct pager){.data = NULL};
}

void pager_set(struct pager *pager, const char *data, size_t len)
{
    size_t n = 0, line = 0;

    pager_release(pager);
    pager->data = text_copy(data, len);
    if (!pager->data)
        return;
    pager->len = len;
    for (size_t i = 0; i < len; i++)
        n += data[i] == '\n';
    n += len > 0 && data[len - 1] != '\n';
    pager->starts = calloc(n + 1, sizeof *pager->starts);
    if (!pager->starts) {
        pager_release(pager);
        return;
    }
    for (size_t i = 0; i < len && line < n; i++)
        if (i == 0 || data[i - 1] == '\n')
            pager->starts[line++] = i;
    pager->starts[n] = len > 0 && data[len - 1] != '\n' ? len + 1 : len;
    list_set_count(&pager->list, n);
}

void pager_move(struct pager *pager, enum list_move move)
{
    struct list *list = &pager->list;
    uint64_t last = list->count > (uint64_t)list->page ? list->count - (uint64_t)list->page : 0;

    list_move(list, move);
    if (move == LIST_LAST || list->cursor > last)
        list->cursor = last;
    list->top = list->cursor;
}

void pager_draw(struct pager *pager, const struct view *view)
{
    int rows;

    list_show(&pager->list, view->area.rows);
    pager->list.top = pager->list.cursor;
    rows = (int)(pager->list.count - pager->list.top < (uint64_t)view->area.rows ? pager->list.count - pager->list.top
                                                                                 : (uint64_t)view->area.rows);
    for (int row = 0; row < rows; row++) {
        size_t line = (size_t)pager->list.top + (size_t)row, start = pager->starts[line];

        view_bytes_from(view, row, 0, pager->skip, style_of(ROLE_TEXT), pager->data + start,
                        pager->starts[line + 1] - start - 1);
    }
}
