/* The first line is a regular expression, the rest a text: the matcher for headers and PCRE2 find the same in it. */
#include <stdlib.h>
#include <string.h>

#include "input/pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define MAX_GROUPS 64

static void need(bool holds)
{
    if (!holds)
        abort();
}

static void compare(const struct pattern *pattern, const char *text, size_t len, struct pattern_scratch *scratch)
{
    struct lw_span quick[MAX_GROUPS], slow[MAX_GROUPS];
    size_t n = pattern_group_count(pattern) + 1;
    for (size_t from = 0; from <= len; from += 1 + from / 4) {
        int expected = pattern_match_pcre2(pattern, text, len, from, scratch, slow, n);
        if (expected < 0) /* PCRE2 gave up */
            continue;
        need(pattern_match(pattern, text, len, from, scratch, quick, n) == expected);
        for (size_t i = 0; i < n && expected == 1; i++)
            need(quick[i].start == slow[i].start && quick[i].len == slow[i].len);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const char *text = (const char *)data;
    const char *feed = len > 0 ? memchr(text, '\n', len) : NULL;
    size_t head = feed != NULL ? (size_t)(feed - text) : len;
    struct pattern *pattern;
    struct pattern_scratch *scratch;
    if (head > 256 || pattern_new(text, head, &pattern, NULL) != 0)
        return 0;
    need(pattern_scratch_new(&scratch, NULL) == 0);
    if (pattern_is_quick(pattern))
        compare(pattern, text + (feed != NULL ? head + 1 : len), feed != NULL ? len - head - 1 : 0, scratch);
    pattern_scratch_free(scratch);
    pattern_free(pattern);
    return 0;
}
