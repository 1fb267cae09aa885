/* How candidates are judged is said in trace_find.c. */
#include <string.h>
#include <strings.h>

#include "base/fail.h"
#include "learn/id_shape.h"
#include "learn/trace_finder.h"

#define MIN_SCORE 0.03
#define N_SHOWN   4u /* candidates named in the reason */

/* ---- scoring -------------------------------------------------------------------------------------------------- */

/* What nearly all values are, all count as; the regex made from it then leaves the others out. */
static bool is_most(const struct candidate *candidate, uint64_t n)
{
    return (double)n >= .9 * (double)candidate->n_values;
}

static bool is_id_name(const char *name, size_t len)
{
    static const char *const names[] = {
        "id",          "session", "sid",        "request",  "req",   "trace",      "job",         "task", "txn",
        "transaction", "conn",    "connection", "instance", "block", "context",    "correlation", "call", "container",
        "uuid",        "guid",    "order",      "flow",     "xid",   "process_id", NULL};
    if (finder_is_one_of(name, len, names))
        return true;
    for (size_t i = 2; i <= len && i < 3; i++) /* request_id, requestId, trace-id, traceID */
        if (strncasecmp(name + len - 2, "id", 2) == 0 && len > 3)
            return name[len - 2] == 'I' || name[len - 3] == '_' || name[len - 3] == '-' || name[len - 3] == '.';
    return false;
}

static double prior(const char *name, size_t len, const struct candidate *candidate)
{
    static const char *const processes[] = {"pid", "tid", "thread", "process", "proc", NULL};
    double mean_len = (double)candidate->value_bytes / (double)candidate->n_values;
    bool looks_unique =
        is_most(candidate, candidate->n_uuid) || (is_most(candidate, candidate->n_hex) && mean_len >= 8);
    bool is_word = is_most(candidate, candidate->n_word);
    switch (name[0]) {
    case FIELD:
        if (is_id_name(name + 1, len - 1) || looks_unique)
            return mean_len <= 40 ? 1 : .8; /* longer than any id: several in one field */
        return finder_is_one_of(name + 1, len - 1, processes) ? .7 : is_word ? .3 : .5;
    case SHAPE:
        if ((candidate->flags & ID_ONLY_NUMBERS) != 0 || (candidate->flags & ID_LONG) == 0)
            return candidate->flags & ID_ONLY_NUMBERS ? .2 : .5;
        return id_shape_is_named(name + 1, len - 1) ? 1 : .9; /* one without a name may be ids of several kinds */
    case KEYED: {
        size_t end = 1;
        while (end < len && strchr("=: [\"'#(", name[end]) == NULL)
            end++;
        if (is_id_name(name + 1, end - 1) || looks_unique)
            return is_word ? .4 : .95;
        if (finder_is_one_of(name + 1, end - 1, processes))
            return .7;
        return is_word ? .2 : .3;
    }
    case GIVEN:
        return 1;
    default:
        return .6;
    }
}

void finder_score(struct finder *finder)
{
    size_t n = finder->names.count;
    for (size_t i = 0; i < finder->pairs.count; i++) {
        const struct use *use = &finder->uses[i];
        struct candidate *candidate = &finder->candidates[finder->pairs.pairs[i].a];
        if (use->count < 2)
            continue;
        double share = (double)(use->last - use->first) / (double)finder->n_records;
        uint64_t set = use->skeletons;
        unsigned kinds = 0;
        for (; set != 0; set &= set - 1)
            kinds++;
        candidate->repetition += use->count;
        candidate->variety += kinds * (double)use->count; /* means over records, not values */
        candidate->locality += share * (double)use->count;
    }
    for (size_t i = 0; i < n; i++) {
        struct candidate *c = &finder->candidates[i];
        struct lw_bytes name = intern_get(&finder->names, (uint32_t)i);
        double repeated = c->repetition;
        c->coverage = (double)c->records / (double)finder->n_records;
        if (repeated <= 0)
            continue;
        c->variety = 1 - repeated / c->variety;
        c->locality = 1 - c->locality / repeated;
        c->repetition /= (double)c->memberships;
        c->number = (double)c->n_values / ((double)c->n_values + 8);
        c->unity = (double)c->records / (double)c->memberships;
        c->prior = prior(name.data, name.len, c);
        c->score = c->coverage * c->repetition * c->variety * c->locality * c->number * c->unity * c->prior;
    }
}

/* ---- choosing ------------------------------------------------------------------------------------------------- */

/* The rule a candidate stands for, as --trace takes it. */
void finder_write_rule(const struct finder *finder, uint32_t id, struct buf *out)
{
    struct lw_bytes name = intern_get(&finder->names, id);
    const struct candidate *candidate = &finder->candidates[id];
    if (name.data[0] == FIELD)
        buf_add_text(out, "field:");
    if (name.data[0] == FIELD || name.data[0] == PLACE || name.data[0] == GIVEN) {
        buf_add(out, name.data + 1, name.len - 1);
    } else if (name.data[0] == SHAPE) {
        id_shape_regex(name.data + 1, name.len - 1, candidate->flags, out);
    } else {
        buf_add_text(out, "\\b");
        id_quote_regex(name.data + 1, name.len - 1, out);
        if (is_most(candidate, candidate->n_uuid))
            buf_add_text(out, "([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})");
        else if (is_most(candidate, candidate->n_number))
            buf_add_text(out, candidate->flags & ID_SIGNED ? "(-?\\d+)" : "(\\d+)");
        else
            buf_add_text(out, is_most(candidate, candidate->n_hex) ? "([0-9a-f]+)" : "(\\w(?:[\\w.-]*\\w)?)");
    }
}

void finder_write_name(const struct finder *finder, uint32_t id, struct buf *out)
{
    struct lw_bytes name = intern_get(&finder->names, id);
    size_t len = name.len;
    if (name.data[0] == SHAPE || name.data[0] == GIVEN) {
        finder_write_rule(finder, id, out);
        return;
    }
    while (name.data[0] == KEYED && len > 2 && strchr("=: [\"'#(", name.data[len - 1]) != NULL)
        len--;
    buf_add(out, name.data + 1, len - 1);
}

static bool is_better(const struct finder *finder, uint32_t a, uint32_t b)
{
    if (finder->candidates[a].score > finder->candidates[b].score)
        return true;
    return finder->candidates[a].score >= finder->candidates[b].score && a < b;
}

/* The best candidates, best first; gives their number. */
size_t finder_rank(const struct finder *finder, uint32_t *best, size_t max)
{
    size_t n = 0;
    for (uint32_t id = 0; id < finder->names.count; id++) {
        if (!(finder->candidates[id].score > 0))
            continue;
        size_t at = n < max ? n++ : max;
        for (; at > 0 && is_better(finder, id, best[at - 1]); at--)
            if (at < max)
                best[at] = best[at - 1];
        if (at < max)
            best[at] = id;
    }
    return n;
}

static void write_reason(const struct finder *finder, const uint32_t *best, const struct nesting *nestings, size_t n,
                         struct buf *out)
{
    for (size_t i = 0; i < n; i++) {
        const struct candidate *c = &finder->candidates[best[i]];
        buf_add_text(out, i > 0 ? "; " : "");
        finder_write_rule(finder, best[i], out);
        buf_printf(out, " %.2f (%.0f %% of records, %llu names, %.0f %% of them again, kinds %.2f, nearness %.2f)",
                   c->score, c->coverage * 100, (unsigned long long)c->n_values, c->repetition * 100, c->variety,
                   c->locality);
    }
    if (n == 0 || finder->candidates[best[0]].score < MIN_SCORE)
        buf_printf(out, "%snothing in the records names their execution", n > 0 ? "; " : "");
    for (size_t i = 0; i < n; i++) {
        if (nestings[i].parent < 0 || nestings[i].alias_of >= 0)
            continue;
        buf_add_text(out, "; ");
        finder_write_name(finder, best[i], out);
        buf_add_text(out, " in ");
        finder_write_name(finder, best[nestings[i].parent], out);
        buf_printf(out, " (%.2f)", nestings[i].share);
    }
}

int finder_choose(const struct finder *finder, struct trace_rule **out, struct lw_error *err)
{
    uint32_t best[FINDER_BEST];
    size_t n = finder_rank(finder, best, FINDER_BEST);
    struct nesting nestings[FINDER_BEST];
    struct buf text = BUF_INIT, why = BUF_INIT;
    if (finder_nest(finder, best, n, nestings) != 0)
        return fail_memory(err, "choosing a trace rule");
    if (n > 0 && finder->candidates[best[0]].score >= MIN_SCORE)
        finder_write_rule(finder, best[0], &text);
    else
        buf_add_text(&text, finder->n_timed > finder->n_records / 2 ? "window:60s" : "source");
    write_reason(finder, best, nestings, n < N_SHOWN ? n : N_SHOWN, &why);
    struct trace_rule *rule = NULL;
    int status = buf_status(&text) != 0 || buf_status(&why) != 0 ? fail_memory(err, "choosing a trace rule") : 0;
    if (status == 0)
        status = trace_rule_parse(text.data, &rule, err);
    if (status == 0)
        status = trace_rule_set_why(rule, why.data, err);
    buf_release(&text);
    buf_release(&why);
    if (status != 0)
        trace_rule_free(rule);
    else
        *out = rule;
    return status;
}
