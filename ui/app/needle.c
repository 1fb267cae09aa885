#include "ui/app/needle.h"

#include "ui/kit/text.h"

#include <ctype.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

struct needle {
    char *text;
    size_t len;
    bool is_plain, has_capitals;
    regex_t regex; /* unless is_plain */
};

int needle_new(const char *text, struct needle **out, struct lw_error *err)
{
    struct needle *needle = calloc(1, sizeof *needle);
    int rc = 0;

    if (!needle || !(needle->text = text_copy(text, strlen(text)))) {
        free(needle);
        return text_fail(err, LW_ERR_MEMORY, "out of memory while preparing a search");
    }
    needle->len = strlen(text);
    needle->is_plain = text[strcspn(text, "\\^$.[]|()*+?{}")] == '\0';
    for (const char *c = text; *c; c++)
        needle->has_capitals |= isupper((unsigned char)*c) != 0;
    if (!needle->is_plain)
        rc = regcomp(&needle->regex, text, REG_EXTENDED | (needle->has_capitals ? 0 : REG_ICASE));
    if (rc != 0) {
        char why[200];

        regerror(rc, &needle->regex, why, sizeof why);
        needle->is_plain = true;
        needle_free(needle);
        return text_fail(err, LW_ERR_USAGE,
                         "%s: no regular expression: %s; put \\ before a character to take it as it is", text, why);
    }
    *out = needle;
    return 0;
}

void needle_free(struct needle *needle)
{
    if (!needle)
        return;
    if (!needle->is_plain)
        regfree(&needle->regex);
    free(needle->text);
    free(needle);
}

static bool find_plain(const struct needle *needle, const char *data, size_t len, size_t from, size_t *start)
{
    int low = tolower((unsigned char)needle->text[0]), high = toupper((unsigned char)needle->text[0]);

    for (size_t i = from; i + needle->len <= len; i++) {
        size_t n = 0;

        if (data[i] != (char)low && data[i] != (char)high)
            continue;
        if (needle->has_capitals)
            n = memcmp(data + i, needle->text, needle->len) == 0 ? needle->len : 0;
        else
            while (n < needle->len && tolower((unsigned char)data[i + n]) == (unsigned char)needle->text[n])
                n++;
        if (n == needle->len) {
            *start = i;
            return true;
        }
    }
    return false;
}

/* regexec wants a string, so a record with NUL bytes is searched piece by piece. */
static bool find_regex(const struct needle *needle, const char *data, size_t len, size_t from, size_t *start,
                       size_t *match_len)
{
    char *copy = text_copy(data + from, len - from);
    bool is_found = false;

    for (size_t at = 0; copy && !is_found && at + from <= len;) {
        regmatch_t match;

        if (regexec(&needle->regex, copy + at, 1, &match, from + at > 0 ? REG_NOTBOL : 0) == 0 &&
            match.rm_eo > match.rm_so) {
            *start = from + at + (size_t)match.rm_so;
            *match_len = (size_t)(match.rm_eo - match.rm_so);
            is_found = true;
        }
        at += strlen(copy + at) + 1;
    }
    free(copy);
    return is_found;
}

bool needle_find(const struct needle *needle, const char *data, size_t len, size_t from, size_t *start,
                 size_t *match_len)
{
    if (from >= len || needle->len == 0)
        return false;
    if (!needle->is_plain)
        return find_regex(needle, data, len, from, start, match_len);
    *match_len = needle->len;
    return find_plain(needle, data, len, from, start);
}
