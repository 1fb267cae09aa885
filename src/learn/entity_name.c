#include "learn/entity_name.h"

#include <string.h>

static bool is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

void entity_word(const char *text, size_t len, char out[ENTITY_NAME_MAX])
{
    size_t n = 0;

    for (size_t i = 0; i < len && n + 1 < ENTITY_NAME_MAX; i++) {
        char c = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] + ('a' - 'A')) : text[i];

        if (is_word_byte(c) && (n > 0 || (c >= 'a' && c <= 'z'))) {
            /* instanceId is instance_id */
            if (n > 0 && n + 2 < ENTITY_NAME_MAX && c != text[i] && text[i - 1] >= 'a' && text[i - 1] <= 'z')
                out[n++] = '_';
            out[n++] = c;
        } else if (n > 0 && out[n - 1] != '_') {
            out[n++] = '_';
        }
    }
    while (n > 0 && out[n - 1] == '_')
        n--;
    out[n] = '\0';
}

/* Words that stand before values of every kind. */
static bool is_filler(const char *word)
{
    static const char *const fillers[] = {"a",    "an",   "and",  "as",   "at",   "by",    "for",  "from", "id",
                                          "in",   "into", "is",   "it",   "no",   "not",   "of",   "on",   "or",
                                          "the",  "to",   "was",  "with", "are",  "be",    "been", "has",  "have",
                                          "this", "that", "than", "via",  "over", "under", "its",  "all"};

    for (size_t i = 0; i < sizeof fillers / sizeof *fillers; i++)
        if (strcmp(word, fillers[i]) == 0)
            return true;
    return strlen(word) < 2;
}

/* The last two words of a literal, from its end: "for user " gives user, "user to " gives user as well. */
static bool last_word(const char *text, size_t len, char out[ENTITY_NAME_MAX])
{
    for (int words = 0; words < 2 && len > 0; words++) {
        size_t end, start;

        while (len > 0 && !is_word_byte(text[len - 1]))
            len--;
        end = len;
        while (len > 0 && (is_word_byte(text[len - 1]) || text[len - 1] == '-' || text[len - 1] == '.'))
            len--;
        start = len;
        entity_word(text + start, end - start, out);
        if (!is_filler(out))
            return true;
    }
    out[0] = '\0';
    return false;
}

void entity_slot_word(const struct template_item *item, size_t slot, char out[ENTITY_NAME_MAX])
{
    char joined[256];
    size_t len = 0;

    out[0] = '\0';
    for (size_t i = 0; i < item->n_parts; i++) {
        const struct template_part *part = &item->parts[i];

        if (part->is_slot) {
            if (slot-- == 0)
                break;
            len = 0; /* what stands before another value names that */
        } else {
            size_t n = part->text.len < sizeof joined / 2 ? part->text.len : sizeof joined / 2;

            if (len + n > sizeof joined)
                len = 0;
            memcpy(joined + len, part->text.data + part->text.len - n, n);
            len += n;
        }
    }
    (void)last_word(joined, len, out);
}
