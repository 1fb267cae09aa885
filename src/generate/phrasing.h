/*
 * Which way each event is written where the ways of its template hold values that follow from others: the user of a
 * trace says which of the wordings with a user's name it is, and so all other words of that. Owned by the struct;
 * immutable once made.
 */
#ifndef LW_GENERATE_PHRASING_H
#define LW_GENERATE_PHRASING_H

#include "generate/drawing.h"

struct phrasing {
    bool *is_told;    /* [templates] values from elsewhere tell its wordings apart */
    uint32_t *chosen; /* [events] in choices; BLUEPRINT_NONE where nothing tells; NULL: nowhere does it */
};

/* drawing: its member `chosen` is set to what is made here. 0 or LW_ERR_MEMORY. */
int phrasing_init(struct phrasing *phrasing, struct drawing *drawing);
void phrasing_release(struct phrasing *phrasing);

#endif
