/* Secrets, payment cards, telephones: told by what is random in them, by check digits, by groups. */
#include "learn/identifier_find.h"
#include "learn/identifier_words.h"

static bool is_token_byte(char c)
{
    return is_alnum(c) || c == '_' || c == '-' || c == '+' || c == '/';
}

static bool is_jwt_byte(char c)
{
    return is_alnum(c) || c == '_' || c == '-';
}

/* Three parts, of which two are base64 of `{"`. */
static size_t jwt_len(const struct scan *scan, size_t start)
{
    size_t at = start;
    for (int part = 0; part < 3; part++) {
        size_t n = run_of(scan, at, scan->len, is_jwt_byte);
        if (n < 4 || (part < 2 && (memcmp(scan->text + at, "eyJ", 3) != 0 || at_or_nul(scan, at + n) != '.')))
            return 0;
        at += n + (part < 2);
    }
    return at - start;
}

/* How often capitals, small letters and digits change places: words and names do so seldom. */
static bool is_random(const char *s, size_t len)
{
    size_t counts[4] = {0}, changes = 0;
    int last = -1;
    for (size_t i = 0; i < len; i++) {
        int class = is_digit(s[i]) ? 0 : s[i] >= 'a' && s[i] <= 'z' ? 1 : s[i] >= 'A' && s[i] <= 'Z' ? 2 : 3;
        counts[class]++;
        changes += last >= 0 && class != last;
        last = class;
    }
    return counts[0] > 0 && counts[1] > 0 && counts[2] > 0 && changes * 4 >= len && counts[3] * 8 <= len;
}

size_t identifier_find_token(struct scan *scan, size_t start)
{
    const char *s = scan->text + start;
    if (start < scan->token_tried || is_word(before(scan, start)))
        return 0;
    size_t jwt = scan->len - start > 4 && memcmp(s, "eyJ", 3) == 0 ? jwt_len(scan, start) : 0;
    if (jwt > 0)
        return jwt;
    size_t n = run_of(scan, start, scan->len, is_token_byte), hex = run_of(scan, start, scan->len, is_hex);
    size_t known = identifier_token_prefix(s, n);
    if (known > 0 && n >= known + 12)
        return n;
    if (hex >= 32 && !is_word(at_or_nul(scan, start + hex))) {
        size_t digits = run_of(scan, start, hex, is_digit);
        return digits < hex ? hex : 0;
    }
    if (n >= 20 && is_random(s, n)) {
        for (unsigned padding = 0; padding < 2 && at_or_nul(scan, start + n) == '='; padding++)
            n++;
        return n;
    }
    scan->token_tried = start + n;
    return 0;
}

/* Digits of a number in groups of one length between blanks or dashes, or in one; 0 unless the check digit is right. */
size_t identifier_find_card(struct scan *scan, size_t start)
{
    unsigned char digits[20];
    size_t n = 0, at = start, groups = 0;
    char last = before(scan, start), mark = '\0';
    if (last == '-' || last == '.' || last == '+' || is_word(last))
        return 0;
    for (;; at++) {
        size_t run = run_of(scan, at, 20, is_digit);
        if (run == 0 || n + run > 19)
            return 0;
        for (size_t i = 0; i < run; i++)
            digits[n++] = (unsigned char)(scan->text[at + i] - '0');
        at += run;
        groups++;
        char c = at_or_nul(scan, at);
        if (n >= 14 && (c != mark || mark == '\0' || !is_digit(at_or_nul(scan, at + 1))))
            break;
        if ((c != ' ' && c != '-') || (mark != '\0' && c != mark))
            return 0;
        mark = c;
        if (run != 4 && run != 6)
            return 0;
    }
    char next = at_or_nul(scan, at);
    if (n > 16 || is_word(next) || (next == '.' && is_digit(at_or_nul(scan, at + 1))) || (groups > 1 && groups < 3))
        return 0;
    unsigned two = digits[0] * 10u + digits[1], sum = 0;
    bool is_issued = n == 16 ? digits[0] == 4 || (two >= 51 && two <= 55) || (two >= 22 && two <= 27) || two == 60 ||
                                   two == 62 || two == 64 || two == 65 || two == 35
                     : n == 15 ? two == 34 || two == 37
                               : two == 30 || two == 36 || two == 38;
    for (size_t i = 0; i < n; i++) {
        unsigned d = digits[n - 1 - i] * (i % 2 == 1 ? 2u : 1u);
        sum += d > 9 ? d - 9 : d;
    }
    return is_issued && sum % 10 == 0 ? at - start : 0;
}

/* "+49 30 1234567", "(555) 123-4567", "555-123-4567". */
size_t identifier_find_phone(struct scan *scan, size_t start)
{
    size_t at = start, digits = 0, groups = 0, lengths[8] = {0};
    bool is_international = scan->text[start] == '+', has_area = scan->text[start] == '(';
    char last = before(scan, start);
    if (is_word(last) || last == '.' || last == '-' || last == '+')
        return 0;
    at += is_international || has_area;
    for (;;) {
        size_t n = run_of(scan, at, 15, is_digit);
        if (n == 0 || groups == 8 || digits + n > 15)
            return 0;
        lengths[groups++] = n;
        digits += n;
        at += n;
        if (groups == 1 && has_area) {
            if (at_or_nul(scan, at) != ')')
                return 0;
            at++;
        }
        char c = at_or_nul(scan, at);
        size_t skip = c == '-' || c == ' ' ? 1 : c == '.' && is_international ? 1 : 0;
        if (!is_digit(at_or_nul(scan, at + skip)) || (skip == 0 && !(groups == 1 && has_area)))
            break;
        at += skip;
    }
    if (is_word(at_or_nul(scan, at)) || (at_or_nul(scan, at) == '.' && is_digit(at_or_nul(scan, at + 1))))
        return 0;
    bool is_local = groups == 3 && lengths[0] == 3 && lengths[1] == 3 && lengths[2] == 4;
    bool has_dashes =
        has_area || (start + 7 < scan->len && scan->text[start + 3] == '-' && scan->text[start + 7] == '-');
    return (is_international && digits >= 8 && scan->text[start + 1] != '0') || (is_local && has_dashes) ? at - start
                                                                                                         : 0;
}
