/*
 * What a cell looks like: a role, which the backend turns into a colour, and attributes on top of it. Roles say what
 * text means, so that a palette can be changed in one place; no meaning is carried by a role alone, because mono
 * terminals and readers who do not see the colours get attributes, letters and marks instead.
 */
#ifndef LW_TERM_STYLE_H
#define LW_TERM_STYLE_H

#include <stdint.h>

enum role {
    ROLE_TEXT,
    ROLE_DIM,    /* frames, hints, what is out of date */
    ROLE_TITLE,  /* first line, names of panes */
    ROLE_KEY,    /* a key in a hint */
    ROLE_HEAD,   /* column titles */
    ROLE_PARAM,  /* parameter of a message; underlined as well */
    ROLE_TIME,   /* times and components */
    ROLE_FAULT,  /* errors; always beside a word */
    ROLE_CARE,   /* warnings; always beside a word */
    ROLE_GOOD,   /* better than the baseline; always beside a sign */
    ROLE_FOUND,  /* what a search found; reversed as well */
    ROLE_CHOSEN, /* the row or tab the keys act on; marked by a sign as well */
    ROLE_BAR,    /* bars and curves */
    ROLE_COUNT
};

enum { ATTR_BOLD = 1, ATTR_UNDERLINE = 2, ATTR_REVERSE = 4, ATTR_DIM = 8 };

struct style {
    uint8_t role;  /* enum role */
    uint8_t attrs; /* ATTR_* added to those of the role */
};

static inline struct style style_of(enum role role)
{
    return (struct style){(uint8_t)role, 0};
}

static inline struct style style_with(enum role role, unsigned attrs)
{
    return (struct style){(uint8_t)role, (uint8_t)attrs};
}

#endif
