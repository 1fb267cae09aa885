/*
 * The required text of an expression is read off its top level: characters that stand for themselves, outside groups
 * and classes, not made optional by what follows. Anything that this reading does not know (alternatives at the top
 * level, options set inside, \Q, verbs) gives no text, which costs time and never a match. PCRE2 finds such texts too,
 * but only calls that it does not get are free, and only a fixed text can be looked for over many records at once.
 */
#include "input/finder.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fail.h"

struct finder {
    struct literal literal;  /* len 0: none */
    struct pattern *pattern; /* NULL: the literal is all */
};

/* Letters behind a backslash name classes, so \S is no capital. */
static bool has_capital(const char *text, size_t len, bool is_regex)
{
    for (size_t i = 0; i < len; i++) {
        if (is_regex && text[i] == '\\') {
            i++;
            continue;
        }
        if (text[i] >= 'A' && text[i] <= 'Z')
            return true;
    }
    return false;
}

/* Behind a class or group that starts at `at`; SIZE_MAX if it does not end or holds what is not understood. */
static size_t skip_class(const char *text, size_t len, size_t at)
{
    at++;
    if (at < len && text[at] == '^')
        at++;
    if (at < len && text[at] == ']')
        at++;
    for (; at < len && text[at] != ']'; at++) {
        if (text[at] == '\\')
            at++;
        else if (text[at] == '[' && at + 1 < len && strchr(":.=", text[at + 1]) != NULL)
            return SIZE_MAX;
    }
    return at < len ? at + 1 : SIZE_MAX;
}

static size_t skip_group(const char *text, size_t len, size_t at)
{
    size_t depth = 0;
    while (at < len) {
        char c = text[at];
        if (c == '\\') {
            if (at + 1 < len && (text[at + 1] == 'Q' || text[at + 1] == 'E'))
                return SIZE_MAX;
            at += 2;
        } else if (c == '[') {
            at = skip_class(text, len, at);
        } else if (c == '(') {
            /* (?: (?< (?= (?! leave options as they are */
            bool is_special = at + 1 < len && (text[at + 1] == '?' || text[at + 1] == '*');
            if (is_special && (text[at + 1] == '*' || at + 2 >= len || strchr(":<=!", text[at + 2]) == NULL))
                return SIZE_MAX;
            depth++;
            at++;
        } else if (c == ')') {
            at++;
            if (--depth == 0)
                return at;
        } else {
            at++;
        }
    }
    return SIZE_MAX;
}

/* What a character that may be behind a backslash stands for; -1 if not for itself. */
static int literal_byte(const char *text, size_t len, size_t at, size_t *next)
{
    unsigned char c = (unsigned char)text[at];
    *next = at + 1;
    if (c != '\\')
        return strchr(".^$", (char)c) != NULL && c != '\0' ? -1 : c;
    if (at + 1 >= len)
        return -1;
    *next = at + 2;
    c = (unsigned char)text[at + 1];
    bool is_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return is_word || c >= 0x80 ? -1 : c;
}

/* Escapes that take no more than their letter, so that what follows them stands for itself. */
static bool is_simple_escape(char c)
{
    return c != '\0' && strchr("dDsSwWbBAzZnrtfaeRhHvVN", c) != NULL;
}

struct run {
    char *best;
    size_t best_len;
    size_t start, len; /* of the run being read, in `now` */
    char *now;
};

static void end_run(struct run *run)
{
    if (run->len > run->best_len) {
        memcpy(run->best, run->now, run->len);
        run->best_len = run->len;
    }
    run->len = 0;
}

static size_t read_runs(const char *text, size_t len, struct run *run)
{
    for (size_t at = 0; at < len;) {
        char c = text[at];
        size_t next = at + 1;
        if (c == '|' || c == ')')
            return 0;
        if (c == '*' || c == '?' || c == '{') {
            if (run->len > 0)
                run->len--;
            end_run(run);
            if (c == '{') {
                const char *end = memchr(text + at, '}', len - at);
                if (end == NULL)
                    return 0;
                next = (size_t)(end - text) + 1;
            }
        } else if (c == '+') {
            end_run(run);
        } else if (c == '[' || c == '(') {
            end_run(run);
            next = c == '[' ? skip_class(text, len, at) : skip_group(text, len, at);
            if (next == SIZE_MAX)
                return 0;
        } else {
            int byte = literal_byte(text, len, at, &next);
            if (byte < 0 && c == '\\' && !(at + 1 < len && is_simple_escape(text[at + 1])))
                return 0;
            if (byte < 0)
                end_run(run);
            else
                run->now[run->len++] = (char)byte;
        }
        at = next;
    }
    end_run(run);
    return run->best_len;
}

size_t finder_required(const char *text, size_t len, char *best)
{
    struct run run = {.best = best, .now = alloc_array(len + 1, 1)};
    size_t found = run.now != NULL ? read_runs(text, len, &run) : 0;
    free(run.now);
    return found;
}

int finder_new_text(const char *text, size_t len, struct finder **out, struct lw_error *err)
{
    struct finder *finder = alloc_zeroed(1, sizeof *finder);
    if (finder == NULL)
        return fail_memory(err, "preparing a search");
    int code = literal_init(&finder->literal, text, len, !has_capital(text, len, false), err);
    if (code != 0) {
        free(finder);
        return code;
    }
    *out = finder;
    return 0;
}

static int compile(struct finder *finder, const char *text, size_t len, bool is_caseless, struct lw_error *err)
{
    struct buf whole = BUF_INIT;
    struct pattern *plain = NULL;
    int code = pattern_new(text, len, &plain, err); /* so that an error names the expression as it was written */
    pattern_free(code == 0 ? plain : NULL);
    buf_add_text(&whole, is_caseless ? "(?mi)" : "(?m)");
    buf_add(&whole, text, len);
    if (code == 0 && buf_status(&whole) != 0)
        code = fail_memory(err, "preparing a search");
    if (code == 0)
        code = pattern_new(whole.data, whole.len, &finder->pattern, err);
    buf_release(&whole);
    return code;
}

int finder_new_regex(const char *text, size_t len, struct finder **out, struct lw_error *err)
{
    struct finder *finder = alloc_zeroed(1, sizeof *finder);
    char *run = alloc_array(len + 1, 1);
    bool is_caseless = !has_capital(text, len, true);
    int code = finder == NULL || run == NULL ? fail_memory(err, "preparing a search")
                                             : compile(finder, text, len, is_caseless, err);
    if (code == 0) {
        size_t required = finder_required(text, len, run);
        if (required > 0)
            code = literal_init(&finder->literal, run, required, is_caseless, err);
    }
    free(run);
    if (code != 0) {
        finder_free(finder);
        return code;
    }
    *out = finder;
    return 0;
}

void finder_free(struct finder *finder)
{
    if (finder == NULL)
        return;
    literal_release(&finder->literal);
    pattern_free(finder->pattern);
    free(finder);
}

int finder_find(const struct finder *finder, const char *data, size_t len, size_t from, struct pattern_scratch *scratch,
                struct lw_span *span)
{
    size_t at = finder->literal.len > 0 ? literal_find(&finder->literal, data, len, from) : from;
    if (at == SIZE_MAX)
        return 0;
    if (finder->pattern != NULL)
        return pattern_match(finder->pattern, data, len, from, scratch, span, 1);
    *span = (struct lw_span){at, finder->literal.len};
    return 1;
}

const struct literal *finder_literal(const struct finder *finder)
{
    return finder->literal.len > 0 ? &finder->literal : NULL;
}

bool finder_is_fixed(const struct finder *finder)
{
    return finder->pattern == NULL;
}

/* ---- the same for callers of the library ---------------------------------------------------------------------- */

struct lw_finder {
    struct finder *finder;
    struct pattern_scratch *scratch;
};

int lw_finder_new(const char *regex, struct lw_finder **out, struct lw_error *err)
{
    size_t len = strlen(regex);
    struct lw_finder *finder = alloc_zeroed(1, sizeof *finder);
    if (finder == NULL)
        return fail_memory(err, "preparing a search");
    int code = len == 0 ? fail(err, LW_ERR_USAGE, "there is nothing to search for")
                        : finder_new_regex(regex, len, &finder->finder, err);
    if (code == 0)
        code = pattern_scratch_new(&finder->scratch, err);
    if (code != 0) {
        lw_finder_free(finder);
        return code;
    }
    *out = finder;
    return 0;
}

void lw_finder_free(struct lw_finder *finder)
{
    if (finder == NULL)
        return;
    finder_free(finder->finder);
    pattern_scratch_free(finder->scratch);
    free(finder);
}

bool lw_finder_next(struct lw_finder *finder, const char *data, size_t len, size_t from, struct lw_span *match)
{
    struct lw_span span;
    for (; from < len; from = span.start + 1) {
        if (finder_find(finder->finder, data, len, from, finder->scratch, &span) != 1)
            return false;
        if (span.len > 0) {
            *match = span;
            return true;
        }
    }
    return false;
}
