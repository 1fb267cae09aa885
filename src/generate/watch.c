/*
 * Each sampled trace gives every variable that occurs in it a first value and says whether it kept it. A variable is
 * steady when it keeps its value in nine of ten traces where it occurs more than once. Two steady variables are linked
 * when they agree in nine of ten traces that have both, so often that it is not by chance: values that traces share
 * anyway prove little. A variable that equals the trace's name in nine of ten belongs to the key. Presence is a bit set
 * over the sampled traces, so comparing all pairs is cheap.
 *
 * A field that does not keep its value over all records of a trace may do so over those of one template (a user that is
 * unknown until the connection is authorized), so it is then looked at template by template.
 */
#include "generate/watch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "base/alloc.h"
#include "input/timestamp.h"

#define MAX_WATCHED  2048  /* variables compared with one another; further ones stay alone */
#define MIN_TRACES   3     /* that have both of a pair */
#define CHANCE_LOG   -13.8 /* log of the probability, 1 in a million, below which agreement is not by chance */
#define TIME_NEAR_US (INT64_C(36) * 3600 * 1000000)

_Static_assert(TRACE_SAMPLE_KEEP <= 64, "traces are bits of a word");

static unsigned count_bits(uint64_t bits)
{
    unsigned n = 0;
    for (; bits != 0; bits &= bits - 1)
        n++;
    return n;
}

static bool is_most(unsigned part, unsigned all)
{
    return part * 10 >= all * 9;
}

/* ---- what was seen ---- */

static struct watched *watch_variable(struct watch *watch, uint32_t variable)
{
    if (watch->index[variable] != VARIABLE_NONE)
        return &watch->items[watch->index[variable]];
    if (watch->n == MAX_WATCHED || alloc_grow(&watch->items, &watch->cap, watch->n + 1, sizeof *watch->items) != 0)
        return NULL;
    watch->index[variable] = (uint32_t)watch->n;
    watch->items[watch->n] = (struct watched){.variable = variable};
    return &watch->items[watch->n++];
}

static struct watched *watch_value(struct watch *watch, uint32_t variable, unsigned trace, uint64_t name,
                                   struct lw_bytes value)
{
    struct watched *item = watch_variable(watch, variable);
    uint64_t bit = UINT64_C(1) << trace, hash = XXH3_64bits(value.data, value.len);
    if (item == NULL)
        return NULL;
    if ((item->present & bit) == 0) {
        item->present |= bit;
        item->kept |= bit;
        item->first[trace] = hash;
        item->is_key |= hash == name ? bit : 0;
    } else {
        item->many |= bit;
        item->kept &= item->first[trace] == hash ? UINT64_MAX : ~bit;
    }
    item->n_seen++;
    return item;
}

static void watch_time(struct watched *item, struct lw_bytes value, int64_t time_us)
{
    struct timestamp time;
    if (time_us == LW_NO_TIME || !timestamp_parse_near(value.data, value.len, time_us, &time))
        return;
    int64_t shift = timestamp_near(&time, time_us) - time_us;
    if (shift > TIME_NEAR_US || shift < -TIME_NEAR_US)
        return;
    if (item->n_times++ == 0)
        item->shift_us = shift > -1000000 && shift < 1000000 ? 0 : shift;
}

static int watch_field(struct watch *watch, unsigned trace, uint64_t name, const struct sampled_event *event,
                       uint32_t field, struct lw_bytes value, int64_t time_us)
{
    const struct variables *variables = watch->variables;
    uint32_t variable = variable_of_field(variables, field);
    struct watched *item;
    if (!watch->is_by_template) {
        item = watch_value(watch, variable, trace, name, value);
        if (item != NULL)
            watch_time(item, value, time_us);
        return 0;
    }
    if (watch->index[variable] == VARIABLE_NONE || watched_is_time(&watch->items[watch->index[variable]]) ||
        watched_is_steady(&watch->items[watch->index[variable]]))
        return 0;
    ptrdiff_t index =
        templates_index(&variables->model->templates, variables->model->templates.of_sequence[event->sequence]);
    if (index < 0)
        return 0;
    item = watch_value(watch, variable_of_template_field(variables, (size_t)index, field), trace, name, value);
    return item == NULL ? 0 : pool_add(&item->values, value.data, value.len, 1);
}

static int watch_message(struct watch *watch, unsigned trace, uint64_t name, const struct sampled_event *event,
                         struct lw_bytes message)
{
    const struct variables *variables = watch->variables;
    if (mask_message(message.data, message.len, variables->model->counts->sequences.masks, &watch->tokens) != 0)
        return LW_ERR_MEMORY;
    /* The message of a symbol is one token, which may cut otherwise; it has no parameters to watch. */
    if (watch->tokens.n != variables_count_tokens(variables, event->sequence))
        return 0;
    for (size_t i = 0; i < watch->tokens.n; i++) {
        const struct token *token = &watch->tokens.items[i];
        uint32_t variable = variable_of_token(variables, event->sequence, i);
        if (variable != VARIABLE_NONE)
            (void)watch_value(watch, variable, trace, name, (struct lw_bytes){message.data + token->start, token->len});
    }
    return 0;
}

static int watch_event(struct watch *watch, unsigned trace, uint64_t name, const struct sampled_event *event)
{
    const struct variables *variables = watch->variables;
    struct lw_record record;
    char names[LW_MAX_FIELDS][SAMPLED_NAME_MAX];
    int rc = 0;
    if (!sampled_event_read(event, &record, names) || event->sequence >= variables->model->counts->sequences.keys.count)
        return 0;
    for (size_t i = 0; i < record.n_fields && rc == 0; i++) {
        uint32_t field = intern_find(&variables->fields, names[i], strlen(names[i]));
        struct lw_bytes value = {record.raw.data + record.fields[i].start, record.fields[i].len};
        if (field != INTERN_NONE)
            rc = watch_field(watch, trace, name, event, field, value, record.time_us);
    }
    if (rc != 0 || watch->is_by_template)
        return rc;
    struct lw_bytes message = {record.raw.data + record.message_start, record.message_len};
    return watch_message(watch, trace, name, event, message);
}

static int watch_traces(struct watch *watch)
{
    const struct trace_sample *sample = &watch->variables->model->counts->layouts.sample;
    int rc = 0;
    for (unsigned i = 0; i < sample->n; i++)
        for (uint32_t j = 0; j < sample->traces[i].n && rc == 0; j++)
            rc = watch_event(watch, i, sample->traces[i].hash, &sample->traces[i].events[j]);
    return rc;
}

int watch_init(struct watch *watch, const struct variables *variables)
{
    *watch = (struct watch){.variables = variables};
    watch->index = alloc_array(variables->n, sizeof *watch->index);
    if (watch->index == NULL)
        return LW_ERR_MEMORY;
    for (size_t i = 0; i < variables->n; i++)
        watch->index[i] = VARIABLE_NONE;
    int rc = watch_traces(watch);
    watch->is_by_template = true;
    if (rc == 0)
        rc = watch_traces(watch);
    if (rc != 0)
        watch_release(watch);
    return rc;
}

void watch_release(struct watch *watch)
{
    for (size_t i = 0; i < watch->n; i++)
        pool_release(&watch->items[i].values);
    free(watch->items);
    free(watch->index);
    tokens_release(&watch->tokens);
    *watch = (struct watch){.variables = NULL};
}

/* ---- what it says ---- */

unsigned watched_count_traces(const struct watched *item)
{
    return count_bits(item->present);
}

bool watched_is_time(const struct watched *item)
{
    return item->n_times > 0 && is_most(item->n_times, item->n_seen);
}

bool watched_is_key(const struct watched *item)
{
    return item->is_key != 0 && is_most(count_bits(item->is_key), count_bits(item->present));
}

bool watched_is_steady(const struct watched *item)
{
    return !watched_is_time(item) && is_most(count_bits(item->kept & item->many), count_bits(item->many));
}

unsigned watched_count_distinct(const struct watched *item)
{
    unsigned n = 0;
    for (unsigned i = 0; i < TRACE_SAMPLE_KEEP; i++) {
        bool is_new = item->present >> i & 1;
        for (unsigned j = 0; j < i && is_new; j++)
            is_new = (item->present >> j & 1) == 0 || item->first[j] != item->first[i];
        n += is_new;
    }
    return n;
}

/* Whether n agreements of a with b, trace by trace, are no chance, given how often they agree across traces. */
static bool is_no_chance(const struct watched *a, const struct watched *b, uint64_t traces)
{
    unsigned crossed = 0, pairs = 0;
    for (unsigned i = 0; i < TRACE_SAMPLE_KEEP; i++)
        for (unsigned j = 0; j < TRACE_SAMPLE_KEEP && (traces >> i & 1); j++)
            if (i != j && (traces >> j & 1)) {
                pairs++;
                crossed += a->first[i] == b->first[j];
            }
    return crossed == 0 || (crossed < pairs && count_bits(traces) * log((double)crossed / (double)pairs) < CHANCE_LOG);
}

int watched_agree(const struct watched *a, const struct watched *b)
{
    uint64_t both = a->present & b->present;
    unsigned n = count_bits(both), differ = 0;
    for (unsigned i = 0; i < TRACE_SAMPLE_KEEP && differ * 10 <= n; i++)
        differ += (both >> i & 1) && a->first[i] != b->first[i];
    return differ * 10 > n ? -1 : n >= MIN_TRACES;
}

bool watched_are_linked(const struct watched *a, const struct watched *b)
{
    return watched_agree(a, b) > 0 && is_no_chance(a, b, a->present & b->present);
}

bool watched_has_evidence(const struct watched *item)
{
    uint64_t kept = item->kept & item->many;
    if (!watched_is_steady(item))
        return false;
    if (watched_count_distinct(item) == 1)
        return item->values.n == 1 && count_bits(item->present) >= 2;
    return count_bits(kept) >= 2 && is_no_chance(item, item, kept);
}
