/* A text of many lines that is read page by page. */
#ifndef LW_KIT_PAGER_H
#define LW_KIT_PAGER_H

#include "ui/kit/list.h"

#include <stddef.h>

struct pager {
    char *data; /* NULL: nothing to show */
    size_t len;
    size_t *starts; /* [list.count + 1] where lines begin */
    struct list list;
    size_t skip; /* columns scrolled away at the left */
};

/* Copies the text. On failure the pager is empty. */
void pager_set(struct pager *pager, const char *data, size_t len);
void pager_release(struct pager *pager);
/* Moves by lines and pages; there is no cursor but the first line shown. */
void pager_move(struct pager *pager, enum list_move move);
void pager_draw(struct pager *pager, const struct view *view);

#endif
