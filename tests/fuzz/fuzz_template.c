/* Lines of any bytes: templates are built from them, every line finds its own again, and slots lie in their lines in
 * order. The first byte says which templates are merged by hand. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "learn/templates.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void need(bool holds)
{
    if (!holds)
        abort();
}

/* Calls each(user, line, len) for every line. */
static void for_lines(const char *text, size_t len, void (*each)(void *user, const char *line, size_t len), void *user)
{
    for (size_t at = 0; at < len;) {
        const char *end = memchr(text + at, '\n', len - at);
        size_t n = end == NULL ? len - at : (size_t)(end - text) - at;
        each(user, text + at, n);
        at += n + 1;
    }
}

static void learn_line(void *user, const char *line, size_t len)
{
    struct sequences *sequences = user;
    struct tokens tokens = {0};
    uint32_t id;
    need(mask_message(line, len, NULL, &tokens) == 0 && tokens.n <= MASK_MAX_TOKENS);
    need(sequences_add(sequences, line, &tokens, LW_NO_TIME, LW_LEVEL_NONE, &id, NULL) == 0);
    tokens_release(&tokens);
}

struct learned {
    struct sequences sequences;
    struct templates templates;
};

static void match_line(void *user, const char *line, size_t len)
{
    struct learned *learned = user;
    struct template_match match;
    template_match_init(&match);
    need(templates_match(&learned->templates, &learned->sequences, line, len, true, &match) == 0);
    need(templates_index(&learned->templates, match.id) >= 0);
    size_t at = 0;
    for (size_t i = 0; i < match.n_spans; i++) {
        need(match.spans[i].len == 0 || match.spans[i].start >= at);
        at = match.spans[i].len == 0 ? at : match.spans[i].start + match.spans[i].len;
        need(at <= len);
    }
    template_match_release(&match);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct learned learned;
    struct edits edits = {NULL, 0, 0, 0};
    const char *text = (const char *)data;
    if (len == 0)
        return 0;
    sequences_init(&learned.sequences);
    for_lines(text + 1, len - 1, learn_line, &learned.sequences);
    char names[2][16];
    const char *args[] = {names[0], names[1]};
    snprintf(names[0], sizeof names[0], "E%d", 1 + (data[0] & 7));
    snprintf(names[1], sizeof names[1], "E%d", 1 + (data[0] >> 3 & 7));
    need(edits_add(&edits, "merge", args, 2, NULL) == 0);
    if (templates_build(&learned.sequences, &edits, NULL, &learned.templates, NULL) != 0) {
        need(edits_undo(&edits, NULL) == 0); /* no such templates */
        need(templates_build(&learned.sequences, &edits, NULL, &learned.templates, NULL) == 0);
    }
    for_lines(text + 1, len - 1, match_line, &learned);
    templates_release(&learned.templates);
    sequences_release(&learned.sequences);
    edits_release(&edits);
    return 0;
}
