/*
 * A key is the packed sequence: for each token a byte (mask, blanks before it), and for a literal its length and bytes.
 * Keys are compared as bytes, so a message costs one cut, one pack, one hash and one comparison; nothing of it is kept
 * unless it is new. Ids of tokens in a vocabulary would make keys shorter, but then every word costs a hash.
 */
#include "learn/sequences.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"

#define SHORT     16 /* most words are not longer */
#define MASK_BITS 5  /* of the head byte; blanks stand above */
_Static_assert(MASK_LIMIT <= 1 << MASK_BITS, "masks fit the head byte");

void sequences_init(struct sequences *sequences)
{
    *sequences = (struct sequences){INTERN_INIT, NULL, 0, BUF_INIT, NULL, NULL, 0};
}

void sequences_release(struct sequences *sequences)
{
    for (size_t i = 0; i < sequences->keys.count; i++)
        free(sequences->stats[i].activity);
    intern_release(&sequences->keys);
    free(sequences->stats);
    free(sequences->anchors);
    user_masks_free(sequences->masks);
    buf_release(&sequences->scratch);
    sequences_init(sequences);
}

static char *put_length(char *at, uint32_t value)
{
    while (value >= 0x80) {
        *at++ = (char)(value | 0x80);
        value >>= 7;
    }
    *at++ = (char)value;
    return at;
}

static int pack(const char *message, const struct tokens *tokens, struct buf *out)
{
    const struct token *last = tokens->n > 0 ? &tokens->items[tokens->n - 1] : NULL;
    size_t end = last != NULL ? (size_t)last->start + last->len : 0; /* tokens lie behind one another */
    buf_clear(out);
    if (buf_reserve(out, end + 6 * tokens->n + SHORT) != 0)
        return LW_ERR_MEMORY;
    char *at = out->data;
    for (size_t i = 0; i < tokens->n; i++) {
        const struct token *token = &tokens->items[i];
        *at++ = (char)(token->mask | token->space << MASK_BITS);
        if (token->mask != MASK_NONE)
            continue;
        at = put_length(at, token->len);
        if (token->len <= SHORT && end - token->start >= SHORT)
            memcpy(at, message + token->start, SHORT); /* a fixed length is one instruction */
        else
            memcpy(at, message + token->start, token->len);
        at += token->len;
    }
    out->len = (size_t)(at - out->data);
    return 0;
}

static void stats_widen(struct sequence_stats *into, int64_t first_us, int64_t last_us)
{
    if (first_us != LW_NO_TIME && (into->first_us == LW_NO_TIME || first_us < into->first_us))
        into->first_us = first_us;
    if (last_us != LW_NO_TIME && (into->last_us == LW_NO_TIME || last_us > into->last_us))
        into->last_us = last_us;
}

void sequence_activity(const struct sequence_stats *stats, struct activity *out)
{
    if (stats->activity != NULL)
        activity_merge(out, stats->activity);
    else if (stats->first_us != LW_NO_TIME && stats->count > 0)
        activity_add(out, stats->first_us, stats->count);
}

/* All records had the same time until now. */
static int begin_activity(struct sequence_stats *stats)
{
    struct activity *activity = activity_new();
    if (activity == NULL)
        return LW_ERR_MEMORY;
    sequence_activity(stats, activity);
    stats->activity = activity;
    return 0;
}

int sequence_stats_merge(struct sequence_stats *into, const struct sequence_stats *more)
{
    bool is_same = into->count == 0 || more->count == 0 || into->first_us == more->first_us;
    if (into->activity == NULL && (more->activity != NULL || !is_same) && begin_activity(into) != 0)
        return LW_ERR_MEMORY;
    if (into->activity != NULL)
        sequence_activity(more, into->activity);
    into->count += more->count;
    for (size_t level = 0; level < LW_LEVEL_COUNT; level++)
        into->levels[level] += more->levels[level];
    stats_widen(into, more->first_us, more->last_us);
    return 0;
}

/* The key's id; its stats are there, zeroed if it is new. */
static int add_key(struct sequences *sequences, const void *data, size_t len, uint32_t *id)
{
    size_t before = sequences->keys.count;
    if (alloc_grow(&sequences->stats, &sequences->cap, before + 1, sizeof *sequences->stats) != 0 ||
        intern_add(&sequences->keys, data, len, id) != 0)
        return LW_ERR_MEMORY;
    if (*id == before)
        sequences->stats[*id] = (struct sequence_stats){0, LW_NO_TIME, LW_NO_TIME, {0}, NULL};
    return 0;
}

int sequences_add(struct sequences *sequences, const char *message, const struct tokens *tokens, int64_t time_us,
                  enum lw_level level, uint32_t *id, struct lw_error *err)
{
    struct buf *scratch = &sequences->scratch;
    if (pack(message, tokens, scratch) != 0 || add_key(sequences, scratch->data, scratch->len, id) != 0)
        return fail_memory(err, "counting messages");
    struct sequence_stats *stats = &sequences->stats[*id];
    if (stats->activity == NULL && stats->count > 0 && time_us != stats->first_us && begin_activity(stats) != 0)
        return fail_memory(err, "counting messages");
    if (stats->activity != NULL && time_us != LW_NO_TIME)
        activity_add(stats->activity, time_us, 1);
    stats->count++;
    stats->levels[(unsigned)level < LW_LEVEL_COUNT ? level : LW_LEVEL_NONE]++;
    stats_widen(stats, time_us, time_us);
    return 0;
}

uint32_t sequences_find(const struct sequences *sequences, const char *message, const struct tokens *tokens,
                        struct buf *scratch)
{
    if (pack(message, tokens, scratch) != 0)
        return INTERN_NONE;
    return intern_find(&sequences->keys, scratch->data, scratch->len);
}

int sequences_merge(struct sequences *into, const struct sequences *from, uint32_t *remap, struct lw_error *err)
{
    for (uint32_t i = 0; i < from->keys.count; i++) {
        struct lw_bytes key = intern_get(&from->keys, i);
        if (add_key(into, key.data, key.len, &remap[i]) != 0)
            return fail_memory(err, "merging counts of messages");
        if (sequence_stats_merge(&into->stats[remap[i]], &from->stats[i]) != 0)
            return fail_memory(err, "merging counts of messages");
    }
    return 0;
}

size_t sequence_tokens(const struct sequences *sequences, uint32_t id, struct sequence_token *out, size_t max)
{
    struct lw_bytes key = intern_get(&sequences->keys, id);
    struct unpack in;
    unpack_init(&in, key.data, key.len);
    size_t n = 0;
    for (; in.at < in.end && n < max; n++) {
        unsigned head = *in.at++;
        out[n] = (struct sequence_token){{NULL, 0}, head & ((1u << MASK_BITS) - 1), (uint8_t)(head >> MASK_BITS)};
        if (out[n].mask != MASK_NONE)
            continue;
        out[n].text.data = unpack_bytes(&in, &out[n].text.len);
        if (in.has_failed || out[n].text.data == NULL)
            return n;
    }
    return n;
}

void sequences_pack_anchors(const struct sequences *sequences, struct buf *out)
{
    pack_u64(out, sequences->n_anchors);
    for (size_t i = 0; i < sequences->n_anchors; i++)
        pack_u64(out, sequences->anchors[i]);
}

int sequences_unpack_anchors(struct sequences *sequences, struct unpack *in, struct lw_error *err)
{
    uint64_t n = unpack_u64(in);
    uint32_t *anchors;

    if (in->has_failed || n > (uint64_t)(in->end - in->at))
        return fail(err, LW_ERR_INPUT, "the ids of templates are cut off");
    anchors = alloc_array((size_t)n, sizeof *anchors);
    if (anchors == NULL)
        return fail_memory(err, "reading the ids of templates");
    for (size_t i = 0; i < n; i++) {
        uint64_t anchor = unpack_u64(in);

        if (in->has_failed || anchor >= sequences->keys.count) {
            free(anchors);
            return fail(err, LW_ERR_INPUT, "an id of a template names no sequence");
        }
        anchors[i] = (uint32_t)anchor;
    }
    free(sequences->anchors);
    sequences->anchors = anchors;
    sequences->n_anchors = (size_t)n;
    return 0;
}
