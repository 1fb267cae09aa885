/*
 * What a query is once it was read: a tree of conditions. It knows no log; query_eval.h binds it to one.
 *
 *     or:    and {"or" and}
 *     and:   not {["and"] not}
 *     not:   {"not"} one
 *     one:   "(" or ")" | NAME OP VALUE | "text" | word | /regex/
 *     OP:    = != < <= > >= =~ !~
 *     NAME:  level time component template trace label mark source message raw line, $2 (a parameter), $name
 * (name=value in the message), or any header field; where a record has no such field, name=value in its message
 *
 * A condition on something that a record does not have is false, whatever the operator.
 */
#ifndef LW_LOG_QUERY_H
#define LW_LOG_QUERY_H

#include "input/finder.h"
#include "logwright.h"

#define QUERY_MAX_DEPTH 64
#define QUERY_MAX_NODES 1024

enum query_field {
    QUERY_LEVEL,
    QUERY_TIME,
    QUERY_COMPONENT,
    QUERY_TEMPLATE,
    QUERY_TRACE,
    QUERY_LABEL,
    QUERY_MARK,
    QUERY_SOURCE,
    QUERY_LINE,
    QUERY_RAW,
    QUERY_MESSAGE,
    QUERY_HEADER,    /* term.name */
    QUERY_KEY,       /* $name */
    QUERY_PARAMETER, /* term.slot */
    QUERY_FIELD_COUNT
};

enum query_op {
    QUERY_EQUAL,
    QUERY_NOT_EQUAL,
    QUERY_LESS,
    QUERY_AT_MOST,
    QUERY_MORE,
    QUERY_AT_LEAST,
    QUERY_LIKE,     /* =~ */
    QUERY_NOT_LIKE, /* !~ */
    QUERY_OP_COUNT
};

enum query_unit { QUERY_NO_UNIT, QUERY_SECONDS, QUERY_BYTES };

/* A number as logs write it: "734", "1,204", "-2.5e3", "500ms", "1m30s", "1.5MB". */
struct query_number {
    double value; /* in seconds or bytes where it has a unit */
    double plain; /* without regard to the unit */
    double scale; /* of the unit */
    enum query_unit unit;
};
/* Whether the whole of (data, len) is one. */
bool query_number_read(const char *data, size_t len, struct query_number *out);
/* -1, 0, 1 as a is less than, equal to or more than b, a number from a query; 2 if they cannot be compared. A number
 * without a unit is taken to be in the other one's. */
int query_number_compare(const struct query_number *a, const struct query_number *b);

/* A time as it is typed: a stretch [from_us, to_us) as long as what was left out ("14:02" is a minute). */
enum query_time_kind {
    QUERY_TIME_POINT,
    QUERY_TIME_OF_DAY, /* since midnight, of any day */
    QUERY_TIME_BACK    /* "-15m": counted from the log's last time */
};
struct query_time {
    enum query_time_kind kind;
    int64_t from_us, to_us;
};
bool query_time_read(const char *data, size_t len, struct query_time *out);

struct query_term {
    enum query_field field;
    enum query_op op;
    size_t column; /* 1-based, of its first character */
    char *name;    /* of QUERY_HEADER and QUERY_KEY; else NULL */
    size_t slot;   /* of QUERY_PARAMETER, from 0 */
    char *text;    /* the value as it was written, without quotes */
    size_t len;
    bool is_number;
    struct query_number number;
    struct query_time time;
    enum lw_level level;
    struct finder *finder; /* of =~, !~ and bare text */
};

enum query_kind { QUERY_AND, QUERY_OR, QUERY_NOT, QUERY_TERM };
#define QUERY_NONE UINT16_MAX
struct query_node {
    enum query_kind kind;
    uint16_t term;        /* of QUERY_TERM */
    uint16_t child, next; /* first child, next sibling; QUERY_NONE = none. The cheapest child comes first. */
    uint8_t cost;         /* the highest of its terms' */
};

struct lw_query {
    struct query_node *nodes;
    struct query_term *terms;
    size_t n_nodes, n_terms, cap_nodes, cap_terms;
    uint16_t root; /* QUERY_NONE: everything matches */
};

#endif
