/*
 * Reading a query: recursive descent with a bound on depth, since queries come from files and scripts too. Errors name
 * the column, counted in characters from 1, and what would be right there. Children of `and` and `or` are put in the
 * order of their cost, so that evaluating from left to right asks the cheapest first; the answer does not depend on it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fail.h"
#include "log/level.h"
#include "log/query.h"

enum token {
    TOKEN_END,
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_AND,
    TOKEN_OR,
    TOKEN_NOT,
    TOKEN_OP,
    TOKEN_WORD,
    TOKEN_QUOTED,
    TOKEN_REGEX
};

struct parser {
    const char *text;
    size_t len, at;
    enum token token;
    size_t start; /* of the token */
    enum query_op op;
    bool is_path;     /* a / begins a word here, as in source=/var/log/x */
    struct buf value; /* of a word, a quoted text or an expression */
    struct lw_query *query;
    struct lw_error *err;
};

static const struct {
    struct lw_query_field info;
    enum query_field field;
} fields[] = {
    {{"level", "trace debug info notice warn error fatal, in this order; none"}, QUERY_LEVEL},
    {{"time", "\"14:02\" of any day, \"2026-11-23 14:02\", or -15m: the last 15 minutes"}, QUERY_TIME},
    {{"component", "the program or part that wrote the record"}, QUERY_COMPONENT},
    {{"template", "E12, or a template's name; =~ looks at its text"}, QUERY_TEMPLATE},
    {{"trace", "the name of a trace that the record belongs to"}, QUERY_TRACE},
    {{"label", "anomalous, normal or unlabelled: what a trace of the record is labelled"}, QUERY_LABEL},
    {{"mark", "the note of the record's mark; mark=~.* for any mark"}, QUERY_MARK},
    {{"source", "the file, with or without its folder"}, QUERY_SOURCE},
    {{"line", "number of the record's first line in its source"}, QUERY_LINE},
    {{"message", "the message, with its continuation lines"}, QUERY_MESSAGE},
    {{"raw", "the whole record as it is written"}, QUERY_RAW},
    {{"event", "the same as template"}, QUERY_TEMPLATE},
};
#define N_FIELDS (sizeof fields / sizeof fields[0])

const struct lw_query_field *lw_query_field_get(size_t index)
{
    return index < N_FIELDS ? &fields[index].info : NULL;
}

/* From columns of the store to text that must be cut. */
static const uint8_t costs[QUERY_FIELD_COUNT] = {
    [QUERY_LEVEL] = 0,    [QUERY_TIME] = 0,  [QUERY_SOURCE] = 0, [QUERY_LINE] = 0,      [QUERY_COMPONENT] = 1,
    [QUERY_TEMPLATE] = 1, [QUERY_TRACE] = 2, [QUERY_RAW] = 3,    [QUERY_LABEL] = 2,     [QUERY_MARK] = 2,
    [QUERY_MESSAGE] = 4,  [QUERY_KEY] = 5,   [QUERY_HEADER] = 5, [QUERY_PARAMETER] = 6,
};

static int wrong(const struct parser *p, size_t at, const char *what)
{
    size_t column = 1;
    for (size_t i = 0; i < at; i++)
        column += ((unsigned char)p->text[i] & 0xc0) != 0x80;
    return fail(p->err, LW_ERR_USAGE, "filter, column %zu: %s", column, what);
}

/* ---- tokens --------------------------------------------------------------------------------------------------- */

static bool is_word_byte(char c)
{
    return strchr(" \t\n\r=!<>~()\"", c) == NULL;
}

static bool is_keyword(const struct parser *p, const char *word)
{
    size_t len = strlen(word);
    if (p->value.len != len)
        return false;
    for (size_t i = 0; i < len; i++)
        if ((p->value.data[i] | 0x20) != word[i])
            return false;
    return true;
}

/* Up to the closing delimiter. A backslash keeps the delimiter from closing; `strips` says whether it then goes. In
 * "..." a backslash stands for itself before anything but \ and ", so that expressions need no second one. */
static int read_delimited(struct parser *p, char delimiter, bool strips_backslash)
{
    size_t open = p->at++;
    for (; p->at < p->len && p->text[p->at] != delimiter; p->at++) {
        char c = p->text[p->at];
        if (c == '\\' && p->at + 1 < p->len) {
            char next = p->text[p->at + 1];
            if (next == delimiter || (strips_backslash && next == '\\'))
                p->at++;
            else if (!strips_backslash)
                buf_add_byte(&p->value, p->text[p->at++]);
        }
        buf_add_byte(&p->value, p->text[p->at]);
    }
    if (p->at >= p->len)
        return wrong(p, open,
                     delimiter == '/' ? "this / opens an expression that no other / closes"
                                      : "this \" opens a text that no other \" closes");
    p->at++;
    return 0;
}

static int read_op(struct parser *p)
{
    static const struct {
        const char *text;
        enum query_op op;
    } ops[] = {{"=~", QUERY_LIKE},    {"!~", QUERY_NOT_LIKE}, {"!=", QUERY_NOT_EQUAL},
               {"<=", QUERY_AT_MOST}, {">=", QUERY_AT_LEAST}, {"==", QUERY_EQUAL},
               {"=", QUERY_EQUAL},    {"<", QUERY_LESS},      {">", QUERY_MORE}};
    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
        size_t len = strlen(ops[i].text);
        if (p->len - p->at >= len && memcmp(p->text + p->at, ops[i].text, len) == 0) {
            p->at += len;
            p->op = ops[i].op;
            p->token = TOKEN_OP;
            return 0;
        }
    }
    return wrong(p, p->at, "expected an operator: = != < <= > >= =~ !~");
}

static int next(struct parser *p)
{
    int code = 0;
    while (p->at < p->len && strchr(" \t\n\r", p->text[p->at]) != NULL)
        p->at++;
    p->start = p->at;
    buf_clear(&p->value);
    char c = p->at < p->len ? p->text[p->at] : '\0';
    if (p->at == p->len) {
        p->token = TOKEN_END;
    } else if (c == '(' || c == ')') {
        p->token = c == '(' ? TOKEN_OPEN : TOKEN_CLOSE;
        p->at++;
    } else if (c == '"' || (c == '/' && !p->is_path)) {
        p->token = c == '/' ? TOKEN_REGEX : TOKEN_QUOTED;
        code = read_delimited(p, c, c == '"');
    } else if (is_word_byte(c)) {
        while (p->at < p->len && is_word_byte(p->text[p->at]))
            buf_add_byte(&p->value, p->text[p->at++]);
        p->token = is_keyword(p, "and")   ? TOKEN_AND
                   : is_keyword(p, "or")  ? TOKEN_OR
                   : is_keyword(p, "not") ? TOKEN_NOT
                                          : TOKEN_WORD;
    } else {
        code = read_op(p);
    }
    return code == 0 && buf_status(&p->value) != 0 ? fail_memory(p->err, "reading a filter") : code;
}

/* ---- terms ---------------------------------------------------------------------------------------------------- */

static int add_node(struct parser *p, enum query_kind kind, uint16_t *out)
{
    struct lw_query *q = p->query;
    if (q->n_nodes == QUERY_MAX_NODES)
        return wrong(p, p->start, "too long: a filter has at most 1,024 conditions and operators");
    if (alloc_grow(&q->nodes, &q->cap_nodes, q->n_nodes + 1, sizeof *q->nodes) != 0)
        return fail_memory(p->err, "reading a filter");
    *out = (uint16_t)q->n_nodes;
    q->nodes[q->n_nodes++] = (struct query_node){.kind = kind, .child = QUERY_NONE, .next = QUERY_NONE};
    return 0;
}

static int add_term(struct parser *p, enum query_field field, uint16_t *node, struct query_term **term)
{
    struct lw_query *q = p->query;
    int code = add_node(p, QUERY_TERM, node);
    if (code != 0)
        return code;
    if (alloc_grow(&q->terms, &q->cap_terms, q->n_terms + 1, sizeof *q->terms) != 0)
        return fail_memory(p->err, "reading a filter");
    q->nodes[*node].term = (uint16_t)q->n_terms;
    q->nodes[*node].cost = costs[field];
    *term = &q->terms[q->n_terms++];
    **term = (struct query_term){.field = field, .column = p->start + 1};
    return 0;
}

/* The value that was read last becomes the term's. */
static int take_value(struct parser *p, struct query_term *term)
{
    term->text = alloc_text(p->value.data != NULL ? p->value.data : "", p->value.len);
    term->len = p->value.len;
    return term->text == NULL ? fail_memory(p->err, "reading a filter") : 0;
}

static int make_finder(struct parser *p, struct query_term *term, bool is_regex)
{
    struct lw_error err = {LW_OK, ""};
    if (term->len == 0)
        return wrong(p, p->start, "expected a text to look for, this one is empty");
    int code = is_regex ? finder_new_regex(term->text, term->len, &term->finder, &err)
                        : finder_new_text(term->text, term->len, &term->finder, &err);
    if (code == LW_ERR_USAGE)
        return wrong(p, p->start, err.text);
    return code != 0 ? fail(p->err, err.code, "%s", err.text) : 0;
}

static bool is_order(enum query_op op)
{
    return op == QUERY_LESS || op == QUERY_AT_MOST || op == QUERY_MORE || op == QUERY_AT_LEAST;
}

static int check_level(struct parser *p, struct query_term *term)
{
    bool is_none = term->len == 4 && memcmp(term->text, "none", 4) == 0;
    term->level = level_find(term->text, term->len);
    if (term->level == LW_LEVEL_NONE && !is_none)
        return wrong(p, p->start,
                     "expected a level: trace, debug, info, notice, warn, error, fatal, or none for records without");
    return 0;
}

/* Logs may have a header field of that name as well, whose values are others. */
static int check_label(struct parser *p, struct query_term *term)
{
    static const char *const labels[] = {"anomalous", "normal", "unlabelled"};
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++)
        if (term->len == strlen(labels[i]) && memcmp(term->text, labels[i], term->len) == 0)
            return 0;
    term->field = QUERY_HEADER;
    p->query->nodes[p->query->n_nodes - 1].cost = costs[QUERY_HEADER];
    term->name = alloc_text("label", strlen("label"));
    return term->name == NULL ? fail_memory(p->err, "reading a filter") : 0;
}

/* Whether the value suits field and operator. */
static int check_value(struct parser *p, struct query_term *term)
{
    enum query_field field = term->field;
    term->is_number = query_number_read(term->text, term->len, &term->number);
    if (term->op == QUERY_LIKE || term->op == QUERY_NOT_LIKE)
        return field == QUERY_TIME || field == QUERY_LINE
                   ? wrong(p, p->start, "times and lines are compared with = != < <= > >=, not with =~")
                   : make_finder(p, term, true);
    if (field == QUERY_LEVEL)
        return check_level(p, term);
    if (field == QUERY_LABEL && !is_order(term->op))
        return check_label(p, term);
    if (field == QUERY_TIME)
        return query_time_read(term->text, term->len, &term->time)
                   ? 0
                   : wrong(p, p->start,
                           "expected a time: \"14:02\", \"2026-11-23\", \"2026-11-23 14:02:11\", or -15m for the last "
                           "15 minutes");
    if (field == QUERY_LINE && !term->is_number)
        return wrong(p, p->start, "expected the number of a line");
    if (!is_order(term->op))
        return 0;
    if (field == QUERY_COMPONENT || field == QUERY_TEMPLATE || field == QUERY_TRACE || field == QUERY_SOURCE ||
        field == QUERY_RAW || field == QUERY_MESSAGE || field == QUERY_LABEL)
        return wrong(p, p->start, "texts have no order here; use = != =~ or !~");
    return term->is_number ? 0 : wrong(p, p->start, "expected a number behind < <= > >=, such as 500, 500ms or 1.5MB");
}

/* What the name before an operator means. */
static int find_field(struct parser *p, enum query_field *field, size_t *slot, char **name)
{
    const char *text = p->value.data;
    size_t len = p->value.len, skip = 0;
    *field = QUERY_HEADER;
    if (text[0] == '$') {
        size_t number = 0, i = 1;
        for (; i < len && text[i] >= '0' && text[i] <= '9' && number < 1000; i++)
            number = number * 10 + (size_t)(text[i] - '0');
        if (len == 1 || (i == len && number == 0))
            return wrong(p, p->start, "expected $1, $2 ... for a parameter, or $name for name=value in the message");
        *slot = number - 1;
        *field = i == len ? QUERY_PARAMETER : QUERY_KEY;
        skip = 1;
    }
    for (size_t i = 0; i < N_FIELDS && skip == 0; i++)
        if (is_keyword(p, fields[i].info.name))
            *field = fields[i].field;
    if (*field == QUERY_HEADER || *field == QUERY_KEY)
        *name = alloc_text(text + skip, len - skip);
    return (*field == QUERY_HEADER || *field == QUERY_KEY) && *name == NULL ? fail_memory(p->err, "reading a filter")
                                                                            : 0;
}

/* A word is a condition's name if an operator stands behind it, else a text to look for. */
static int read_word(struct parser *p, uint16_t *out)
{
    size_t at = p->at;
    while (at < p->len && strchr(" \t\n\r", p->text[at]) != NULL)
        at++;
    bool is_text = at == p->len || strchr("=!<>~", p->text[at]) == NULL;
    enum query_field field = QUERY_RAW;
    struct query_term *term;
    size_t slot = 0;
    char *name = NULL;
    int code = is_text ? 0 : find_field(p, &field, &slot, &name);
    if (code == 0)
        code = add_term(p, field, out, &term);
    if (code != 0) {
        free(name);
        return code;
    }
    term->name = name;
    term->slot = slot;
    if (is_text && p->value.data[strcspn(p->value.data, "[]{}\\^*|?")] != '\0')
        return wrong(p, p->start, "an expression stands between slashes, /like this/, and a text between quotes");
    if (is_text) {
        term->op = QUERY_LIKE;
        code = take_value(p, term);
        if (code == 0)
            code = make_finder(p, term, false);
        return code == 0 ? next(p) : code;
    }
    if ((code = next(p)) != 0)
        return code;
    if (p->token != TOKEN_OP)
        return wrong(p, p->start, "expected an operator: = != < <= > >= =~ !~");
    term->op = p->op;
    p->is_path = term->op != QUERY_LIKE && term->op != QUERY_NOT_LIKE;
    code = next(p);
    p->is_path = false;
    if (code != 0)
        return code;
    if (p->token < TOKEN_AND || p->token == TOKEN_OP) {
        return wrong(p, p->start, "expected a value: a word, a number, or a \"text\"");
    }
    code = take_value(p, term);
    if (code == 0)
        code = check_value(p, term);
    return code == 0 ? next(p) : code;
}

/* "text" or /regex/ */
static int read_text(struct parser *p, uint16_t *out)
{
    struct query_term *term;
    bool is_regex = p->token == TOKEN_REGEX;
    int code = add_term(p, QUERY_RAW, out, &term);
    if (code != 0)
        return code;
    term->op = QUERY_LIKE;
    code = take_value(p, term);
    if (code == 0)
        code = make_finder(p, term, is_regex);
    return code == 0 ? next(p) : code;
}

/* ---- the tree ------------------------------------------------------------------------------------------------- */

static int read_or(struct parser *p, unsigned depth, uint16_t *out);

static int read_one(struct parser *p, unsigned depth, uint16_t *out)
{
    uint16_t child;
    int code;
    if (depth > QUERY_MAX_DEPTH)
        return wrong(p, p->start, "too deep: parentheses and `not` go at most 64 deep");
    switch (p->token) {
    case TOKEN_NOT:
        code = next(p);
        if (code == 0)
            code = read_one(p, depth + 1, &child);
        if (code == 0)
            code = add_node(p, QUERY_NOT, out);
        if (code == 0) {
            p->query->nodes[*out].child = child;
            p->query->nodes[*out].cost = p->query->nodes[child].cost;
        }
        return code;
    case TOKEN_OPEN: {
        size_t open = p->start;
        code = next(p);
        if (code == 0)
            code = read_or(p, depth + 1, out);
        if (code == 0 && p->token != TOKEN_CLOSE)
            code = p->token == TOKEN_END ? wrong(p, open, "this ( is not closed")
                                         : wrong(p, p->start, "expected ) or another condition");
        return code == 0 ? next(p) : code;
    }
    case TOKEN_WORD:
        return read_word(p, out);
    case TOKEN_QUOTED:
    case TOKEN_REGEX:
        return read_text(p, out);
    default:
        return wrong(p, p->start, "expected a condition such as level>=warn, \"text\" or /regex/");
    }
}

/* Puts child among the children of parent, behind those that cost no more. */
static void insert(struct lw_query *q, uint16_t parent, uint16_t child)
{
    uint16_t *at = &q->nodes[parent].child;
    while (*at != QUERY_NONE && q->nodes[*at].cost <= q->nodes[child].cost)
        at = &q->nodes[*at].next;
    q->nodes[child].next = *at;
    *at = child;
    if (q->nodes[parent].cost < q->nodes[child].cost)
        q->nodes[parent].cost = q->nodes[child].cost;
}

/* Reads one more condition into the chain *out of `kind`, which is made when it has its second member. */
static int read_more(struct parser *p, enum query_kind kind, uint16_t more, bool *is_chain, uint16_t *out)
{
    uint16_t parent = *out;
    if (!*is_chain) {
        int code = add_node(p, kind, &parent);
        if (code != 0)
            return code;
        insert(p->query, parent, *out);
        *is_chain = true;
    }
    insert(p->query, parent, more);
    *out = parent;
    return 0;
}

static int read_and(struct parser *p, unsigned depth, uint16_t *out)
{
    bool is_chain = false;
    uint16_t more;
    int code = read_one(p, depth, out);
    while (code == 0 && p->token != TOKEN_END && p->token != TOKEN_CLOSE && p->token != TOKEN_OR) {
        if (p->token == TOKEN_AND)
            code = next(p);
        if (code == 0)
            code = read_one(p, depth, &more);
        if (code == 0)
            code = read_more(p, QUERY_AND, more, &is_chain, out);
    }
    return code;
}

static int read_or(struct parser *p, unsigned depth, uint16_t *out)
{
    bool is_chain = false;
    uint16_t more;
    int code = read_and(p, depth, out);
    while (code == 0 && p->token == TOKEN_OR) {
        code = next(p);
        if (code == 0)
            code = read_and(p, depth, &more);
        if (code == 0)
            code = read_more(p, QUERY_OR, more, &is_chain, out);
    }
    return code;
}

int lw_query_new(const char *text, struct lw_query **out, struct lw_error *err)
{
    struct lw_query *query = alloc_zeroed(1, sizeof *query);
    struct parser p = {.text = text, .len = strlen(text), .value = BUF_INIT, .query = query, .err = err};
    if (query == NULL)
        return fail_memory(err, "reading a filter");
    query->root = QUERY_NONE;
    int code = next(&p);
    if (code == 0 && p.token != TOKEN_END)
        code = read_or(&p, 0, &query->root);
    if (code == 0 && p.token != TOKEN_END)
        code = wrong(&p, p.start, "this ) closes nothing");
    buf_release(&p.value);
    if (code != 0) {
        lw_query_free(query);
        return code;
    }
    *out = query;
    return 0;
}

void lw_query_free(struct lw_query *query)
{
    if (query == NULL)
        return;
    for (size_t i = 0; i < query->n_terms; i++) {
        finder_free(query->terms[i].finder);
        free(query->terms[i].name);
        free(query->terms[i].text);
    }
    free(query->terms);
    free(query->nodes);
    free(query);
}
