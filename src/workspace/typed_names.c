/*
 * A parameter is called by the word before it, as in `of size <*>` or `user=<*>`; where none stands between it and the
 * parameter before, by the word behind it, as in `<*> bytes`; else by its type. Numbers tell apart what would be called
 * alike. Calling parameters p1, p2 ... was rejected: nobody who reads a query knows what they are.
 */
#include "workspace/typed_names.h"

#include <stdio.h>
#include <string.h>

#include "base/intern.h"

#define WORD_MAX 30

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_word(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9') || c == '_';
}

/* The next word of (text, len) from *at on that has a letter, in lower case; false if there is none. */
static bool next_word(struct lw_bytes text, size_t *at, char word[WORD_MAX + 1])
{
    while (*at < text.len) {
        char found[WORD_MAX + 1];
        size_t n = 0;
        bool has_letter = false;

        while (*at < text.len && !is_word(text.data[*at]))
            ++*at;
        for (; *at < text.len && is_word(text.data[*at]); ++*at) {
            char c = text.data[*at];

            has_letter |= is_letter(c);
            if (n < WORD_MAX)
                found[n++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
        }
        found[n] = '\0';
        if (has_letter) {
            memcpy(word, found, n + 1);
            return true;
        }
    }
    return false;
}

void typed_table_name(const struct template_item *item, char name[TYPED_NAME_SIZE])
{
    size_t len = (size_t)snprintf(name, TYPED_NAME_SIZE, "e%lu", (unsigned long)item->id);
    char word[WORD_MAX + 1];

    for (size_t i = 0; i < item->n_parts; i++)
        for (size_t at = 0; !item->parts[i].is_slot && next_word(item->parts[i].text, &at, word);) {
            if (len + 1 + strlen(word) >= TYPED_NAME_SIZE)
                return;
            len += (size_t)snprintf(name + len, TYPED_NAME_SIZE - len, "_%s", word);
        }
}

/* The last word before part i and the slot before it; "" if there is none. */
static void word_before(const struct template_item *item, size_t i, char word[WORD_MAX + 1])
{
    word[0] = '\0';
    while (i-- > 0 && !item->parts[i].is_slot) {
        size_t at = 0;

        while (next_word(item->parts[i].text, &at, word))
            ;
        if (word[0] != '\0')
            return;
    }
}

static void word_behind(const struct template_item *item, size_t i, char word[WORD_MAX + 1])
{
    word[0] = '\0';
    while (++i < item->n_parts && !item->parts[i].is_slot) {
        size_t at = 0;

        if (next_word(item->parts[i].text, &at, word))
            return;
    }
}

/* Numbers what was used before: size, size_2, size_3. */
static int make_unique(struct intern *used, const char *base, char name[TYPED_NAME_SIZE])
{
    size_t before = used->count;
    uint32_t id;

    snprintf(name, TYPED_NAME_SIZE, "%s", base);
    for (unsigned long number = 2;; number++) {
        if (intern_add(used, name, strlen(name), &id) != 0)
            return LW_ERR_MEMORY;
        if (used->count > before)
            return 0;
        snprintf(name, TYPED_NAME_SIZE, "%s_%lu", base, number);
    }
}

int typed_column_names(const struct template_item *item, const struct user_masks *masks, const char *taken,
                       char (*names)[TYPED_NAME_SIZE])
{
    struct intern used = INTERN_INIT;
    uint32_t id;
    size_t slot = 0;
    int code = intern_add(&used, taken, strlen(taken), &id);

    for (size_t i = 0; i < item->n_parts && code == 0; i++) {
        char word[WORD_MAX + 1], name[WORD_MAX + 2];
        struct lw_bytes type;
        size_t at = 0;

        if (!item->parts[i].is_slot)
            continue;
        word_before(item, i, word);
        if (word[0] == '\0')
            word_behind(item, i, word);
        type.data = user_masks_type(masks, item->parts[i].mask);
        type.len = strlen(type.data);
        if (word[0] == '\0' && !next_word(type, &at, word))
            snprintf(word, sizeof word, "value");
        snprintf(name, sizeof name, "%s%s", is_letter(word[0]) ? "" : "_", word);
        code = make_unique(&used, name, names[slot++]);
    }
    intern_release(&used);
    return code;
}
