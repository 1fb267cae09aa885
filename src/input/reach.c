/*
 * Two questions. Which byte: PCRE2 matches beginnings of the text as if more were to come (a hard partial match); the
 * longest that still may become a match ends at the byte that is wrong. What was expected: the expression is cut into
 * its elements (a literal, a class, a group, each with its repetition), and beginnings of it are matched; the element
 * behind the longest that matches is what failed. Groups are entered, except where they repeat or have alternatives:
 * there the whole is what was expected. Following PCRE2's own steps by callouts was rejected: they tell the order of
 * search, not which of the tries came furthest.
 */
#include "input/reach.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/fail.h"

#define MATCH_LIMIT 1000000u
#define DEPTH_LIMIT 1000u
#define MOST_TEXT   4096u
#define MAX_DEPTH   6

struct search {
    const char *text;
    size_t len;
    pcre2_match_data *data;
    pcre2_match_context *context;
};

enum { REACH_NO, REACH_PARTIAL, REACH_YES };

static int match(const struct search *search, const pcre2_code *code, size_t len, uint32_t options)
{
    int found = pcre2_match(code, (PCRE2_SPTR)search->text, len, 0, options, search->data, search->context);
    return found >= 0                     ? REACH_YES
           : found == PCRE2_ERROR_PARTIAL ? REACH_PARTIAL
           : found == PCRE2_ERROR_NOMATCH ? REACH_NO
                                          : LW_ERR_LIMIT;
}

static pcre2_code *compile(const char *pattern, size_t len)
{
    int code;
    PCRE2_SIZE at;
    return pcre2_compile((PCRE2_SPTR)pattern, len, PCRE2_ANCHORED | PCRE2_NEVER_BACKSLASH_C | PCRE2_NEVER_UTF, &code,
                         &at, NULL);
}

/* The most bytes of the text that may begin a match. */
static int find_byte(const struct search *search, const pcre2_code *code, size_t *byte)
{
    size_t low = 0, high = search->len;
    while (low < high) {
        size_t middle = high - (high - low) / 2;
        int found = match(search, code, middle, PCRE2_PARTIAL_HARD);
        if (found < 0)
            return found;
        if (found == REACH_NO)
            high = middle - 1;
        else
            low = middle;
    }
    *byte = low;
    return 0;
}

/* ---- elements of an expression -------------------------------------------------------------------------------- */

static size_t skip_class(const char *p, size_t at, size_t end)
{
    at++;
    at += at < end && p[at] == '^';
    at += at < end && p[at] == ']';
    while (at < end && p[at] != ']') {
        if (p[at] == '[' && at + 1 < end && p[at + 1] == ':') {
            while (at < end && p[at] != ']')
                at++;
        } else if (p[at] == '\\') {
            at++;
        }
        at++;
    }
    return at < end ? at + 1 : end;
}

static size_t skip_group(const char *p, size_t at, size_t end)
{
    size_t open = 0;
    do {
        if (p[at] == '\\')
            at += 2;
        else if (p[at] == '[')
            at = skip_class(p, at, end);
        else {
            open += p[at] == '(';
            open -= p[at] == ')';
            at++;
        }
    } while (open > 0 && at < end);
    return at < end ? at : end;
}

static size_t skip_repetition(const char *p, size_t at, size_t end)
{
    if (at < end && (p[at] == '*' || p[at] == '+' || p[at] == '?')) {
        at++;
    } else if (at + 1 < end && p[at] == '{' && ((p[at + 1] >= '0' && p[at + 1] <= '9') || p[at + 1] == ',')) {
        while (at < end && p[at] != '}')
            at++;
        at += at < end;
    } else {
        return at;
    }
    return at + (at < end && (p[at] == '+' || p[at] == '?'));
}

/* Behind the element at `at`; *is_repeated: it has a repetition. */
static size_t skip_element(const char *p, size_t at, size_t end, bool *is_repeated)
{
    size_t behind = p[at] == '\\'  ? (at + 2 < end ? at + 2 : end)
                    : p[at] == '[' ? skip_class(p, at, end)
                    : p[at] == '(' ? skip_group(p, at, end)
                                   : at + 1;
    if (p[at] == '\\' && behind < end && p[behind] == '{')
        while (behind < end && p[behind++] != '}') {
        }
    size_t all = skip_repetition(p, behind, end);
    *is_repeated = all > behind;
    return all;
}

static bool has_alternatives(const char *p, size_t at, size_t end)
{
    bool is_repeated;
    while (at < end && p[at] != '|')
        at = skip_element(p, at, end, &is_repeated);
    return at < end;
}

/* Where the inside of a group begins: behind (?<name> or (?: or ( ; 0: a group of another kind. */
static size_t group_inside(const char *p, size_t at, size_t end, struct reach *out)
{
    if (at + 1 < end && p[at + 1] != '?' && p[at + 1] != '*')
        return at + 1;
    if (at + 2 < end && p[at + 2] == ':')
        return at + 3;
    if (at + 3 < end && p[at + 2] == '<' && p[at + 3] != '=' && p[at + 3] != '!') {
        const char *close = memchr(p + at, '>', end - at);
        if (close == NULL)
            return 0;
        snprintf(out->group, sizeof out->group, "%.*s", (int)((size_t)(close - p) - at - 3), p + at + 3);
        return (size_t)(close - p) + 1;
    }
    return 0;
}

/* Whether the beginning of the pattern up to `end`, with n groups to close, matches. What does not compile does. */
static int matches_to(const struct search *search, const char *p, size_t end, unsigned n_open, struct buf *scratch)
{
    buf_clear(scratch);
    buf_add(scratch, p, end);
    for (unsigned i = 0; i < n_open; i++)
        buf_add_byte(scratch, ')');
    if (buf_status(scratch) != 0)
        return LW_ERR_MEMORY;
    pcre2_code *code = compile(scratch->data, scratch->len);
    if (code == NULL)
        return REACH_YES;
    int found = match(search, code, search->len, 0);
    pcre2_code_free(code);
    return found;
}

/* Finds the element that fails. */
static int find_expected(const struct search *search, const char *p, struct reach *out)
{
    struct buf scratch = BUF_INIT;
    size_t at = 0, end = strlen(p);
    int code = 0;
    for (unsigned depth = 0; depth < MAX_DEPTH && code == 0;) {
        size_t behind = end;
        bool is_repeated = false;
        if (has_alternatives(p, at, end))
            break;
        while (at < end) {
            behind = skip_element(p, at, end, &is_repeated);
            code = matches_to(search, p, behind, depth, &scratch);
            if (code <= 0)
                break;
            at = behind;
        }
        if (code < 0 || at >= end)
            break;
        end = behind;
        size_t inside = p[at] == '(' && !is_repeated ? group_inside(p, at, end, out) : 0;
        if (inside == 0 || has_alternatives(p, inside, end - 1))
            break;
        at = inside;
        end--;
        depth++;
    }
    buf_release(&scratch);
    if (code < 0)
        return code;
    snprintf(out->expected, sizeof out->expected, "%.*s", (int)(end - at < 70 ? end - at : 70), p + at);
    return 0;
}

int reach_find(const char *pattern, const char *text, size_t len, struct reach *out, struct lw_error *err)
{
    pcre2_code *whole = compile(pattern, strlen(pattern));
    if (whole == NULL)
        return fail(err, LW_ERR_USAGE, "not a regular expression: %.80s", pattern);
    struct search search = {len > 0 ? text : "", len < MOST_TEXT ? len : MOST_TEXT, pcre2_match_data_create(64, NULL),
                            pcre2_match_context_create(NULL)};
    struct reach reach = {0};
    int code = LW_ERR_MEMORY;
    if (search.data != NULL && search.context != NULL) {
        pcre2_set_match_limit(search.context, MATCH_LIMIT);
        pcre2_set_depth_limit(search.context, DEPTH_LIMIT);
        code = find_byte(&search, whole, &reach.byte);
        if (code == 0)
            code = find_expected(&search, pattern, &reach);
    }
    pcre2_match_data_free(search.data);
    pcre2_match_context_free(search.context);
    pcre2_code_free(whole);
    if (code == 0)
        *out = reach;
    return code == LW_ERR_MEMORY ? fail_memory(err, "explaining a format")
           : code < 0            ? fail(err, LW_ERR_LIMIT, "the expression needs too much work: %.80s", pattern)
                                 : 0;
}
