/*
 * Sentences of our own are tried against the templates; the first few that none accepts are kept. How a trace's name
 * has to be introduced ("blk_12" alone, "session=12", "for job 12") is read off sampled records: more and more of the
 * words before the name are taken along until the rule finds the name in a sentence of ours.
 */
#include "generate/unknown.h"

#include <string.h>

#include "base/fail.h"

#define MAX_WORDS 4 /* before a name */

static const char *const sentences[] = {
    "Invariant violated in reconciliation pass, entering degraded operation",
    "Checksum disagreement between shadow copies; quarantine requested by watchdog",
    "Unforeseen transition refused by supervisor, falling back to safe mode",
    "Clock skew guard tripped: refusing lease renewal until quorum recovers",
    "Orphaned continuation reaped after its owner vanished without handoff",
    "Speculative path abandoned midway: rollback journal replayed backwards",
    "Entropy reservoir starved; postponing rekey of sealed compartments",
    "Backpressure valve jammed open, shedding deferred work indiscriminately",
};
#define N_SENTENCES (sizeof sentences / sizeof *sentences)

static void print(const char *sentence, const struct unknown_message *unknown, struct lw_bytes name, struct buf *out)
{
    buf_add_text(out, sentence);
    if (!unknown->has_name)
        return;
    buf_add_byte(out, ' ');
    buf_add(out, unknown->before.data, unknown->before.len);
    buf_add(out, name.data, name.len);
    buf_add(out, unknown->after.data, unknown->after.len);
}

void unknown_print(const struct unknown_message *unknown, struct lw_bytes name, struct rng *rng, struct buf *out)
{
    print(unknown->texts[rng_below(rng, unknown->n_texts)], unknown, name, out);
}

void unknown_release(struct unknown_message *unknown)
{
    buf_release(&unknown->before);
    buf_release(&unknown->after);
}

/* ---- introducing the name -----------------------------------------------------------------------------------------
 */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static ptrdiff_t find_bytes(struct lw_bytes in, struct lw_bytes what)
{
    for (size_t i = 0; what.len > 0 && i + what.len <= in.len; i++)
        if (memcmp(in.data + i, what.data, what.len) == 0)
            return (ptrdiff_t)i;
    return -1;
}

/* Whether the rule finds exactly the name in the sampled record with its message replaced. */
static int is_found(const struct trace_rule *rule, const struct lw_record *like, const struct unknown_message *unknown,
                    struct lw_bytes name, struct trace_keys *keys, bool *out, struct lw_error *err)
{
    struct buf text = BUF_INIT;
    struct lw_record record = *like;
    size_t end = like->message_start + like->message_len;
    buf_add(&text, like->raw.data, like->message_start);
    print(sentences[0], unknown, name, &text);
    record.message_len = text.len - record.message_start;
    buf_add(&text, like->raw.data + end, like->raw.len - end);
    for (size_t i = 0; i < record.n_fields; i++)
        if (record.fields[i].start >= end)
            record.fields[i].start = record.fields[i].start - like->message_len + record.message_len;
    record.raw = (struct lw_bytes){text.data, text.len};
    int rc = buf_status(&text) == 0 ? trace_rule_keys(rule, &record, (struct lw_bytes){"", 0}, keys, err)
                                    : fail_memory(err, "wording unknown events");
    *out = rc == 0 && keys->n == 1 && keys->keys[0].len == name.len &&
           memcmp(keys->keys[0].data, name.data, name.len) == 0;
    buf_release(&text);
    return rc;
}

/* Takes along `words` words before the name, and what is joined to it on both sides. */
static void take_words(struct unknown_message *unknown, struct lw_bytes message, size_t at, size_t name_len, int words)
{
    size_t from = at, to = at + name_len;
    buf_clear(&unknown->before);
    buf_clear(&unknown->after);
    for (int i = 0; i < words; i++) {
        while (i > 0 && from > 0 && is_blank(message.data[from - 1]))
            from--;
        while (from > 0 && !is_blank(message.data[from - 1]))
            from--;
    }
    while (words > 0 && to < message.len && !is_blank(message.data[to]))
        to++;
    buf_add(&unknown->before, message.data + from, at - from);
    buf_add(&unknown->after, message.data + at + name_len, to - at - name_len);
}

static int try_event(struct unknown_message *unknown, const struct trace_rule *rule, const struct sampled_event *event,
                     struct lw_bytes name, struct trace_keys *keys, bool *is_done, struct lw_error *err)
{
    struct lw_record record;
    char names[LW_MAX_FIELDS][SAMPLED_NAME_MAX];
    if (!sampled_event_read(event, &record, names))
        return 0;
    struct lw_bytes message = {record.raw.data + record.message_start, record.message_len};
    unknown->has_name = false;
    int rc = is_found(rule, &record, unknown, name, keys, is_done, err);
    ptrdiff_t at = find_bytes(message, name);
    unknown->has_name = at >= 0 && !*is_done;
    for (int words = 0; words <= MAX_WORDS && rc == 0 && !*is_done && at >= 0; words++) {
        take_words(unknown, message, (size_t)at, name.len, words);
        rc = is_found(rule, &record, unknown, name, keys, is_done, err);
    }
    return rc;
}

static int introduce(struct unknown_message *unknown, const struct model *model, const struct trace_rule *rule,
                     struct lw_error *err)
{
    const struct trace_sample *sample = &model->counts->layouts.sample;
    struct trace_keys keys;
    bool is_done = rule == NULL;
    int rc = 0;
    trace_keys_init(&keys);
    for (uint32_t i = 0; i < sample->n && rc == 0 && !is_done; i++)
        for (uint32_t j = 0; j < sample->traces[i].n && rc == 0 && !is_done; j++)
            rc = try_event(unknown, rule, &sample->traces[i].events[j],
                           (struct lw_bytes){sample->traces[i].name, sample->traces[i].name_len}, &keys, &is_done, err);
    trace_keys_release(&keys);
    return rc;
}

/* ---- choosing sentences -------------------------------------------------------------------------------------------
 */

int unknown_find(struct unknown_message *unknown, const struct model *model, const struct trace_rule *rule,
                 struct lw_error *err)
{
    *unknown = (struct unknown_message){.before = BUF_INIT, .after = BUF_INIT};
    int rc = introduce(unknown, model, rule, err);
    struct template_match match;
    struct buf text = BUF_INIT;
    struct lw_bytes name = model->traces.n_traces > 0 ? intern_get(&model->traces.names, 0) : (struct lw_bytes){"", 0};
    template_match_init(&match);
    for (size_t i = 0; i < N_SENTENCES && rc == 0; i++) {
        buf_clear(&text);
        print(sentences[i], unknown, name, &text);
        if (buf_status(&text) != 0 ||
            templates_match(&model->templates, &model->counts->sequences, text.data, text.len, false, &match) != 0)
            rc = fail_memory(err, "wording unknown events");
        else if (match.id == LW_TEMPLATE_UNKNOWN)
            unknown->texts[unknown->n_texts++] = sentences[i];
    }
    /* A template that accepts everything leaves nothing that is unknown to it; the words are new all the same. */
    if (unknown->n_texts == 0)
        unknown->texts[unknown->n_texts++] = sentences[0];
    template_match_release(&match);
    buf_release(&text);
    return rc;
}
