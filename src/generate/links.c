/*
 * Each sampled trace gives every variable that occurs in it a first value and says whether it kept it. A variable is
 * steady when it keeps its value in nine of ten traces where it occurs more than once. Two steady variables are linked
 * when they agree in nine of ten traces that have both, so often that it is not by chance: values that traces share
 * anyway prove little. A variable that equals the trace's name in nine of ten belongs to the key. Presence is a bit set
 * over the sampled traces, so comparing all pairs is cheap.
 *
 * A field that does not keep its value over all records of a trace may do so over those of one template (a user that is
 * unknown until the connection is authorized), so it is then looked at template by template.
 *
 * Drawing whole sampled traces and only changing names was rejected: it would hand out real combinations of values.
 */
#include "generate/links.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "generate/purpose.h"

#define MAX_WATCHED  2048  /* variables compared with one another; further ones stay alone */
#define MIN_TRACES   3     /* that have both of a pair */
#define UNIQUE_MIN   6     /* sampled traces before a value counts as unique to its trace */
#define CHANCE_LOG   -13.8 /* log of the probability, 1 in a million, below which agreement is not by chance */
#define TIME_NEAR_US (INT64_C(36) * 3600 * 1000000)

_Static_assert(TRACE_SAMPLE_KEEP <= 64, "traces are bits of a word");

struct watched {
    uint32_t variable;
    uint32_t group;               /* union-find parent, index among the watched */
    uint64_t present, many, kept; /* traces that have it, that have it more than once, and those that keep it then */
    uint64_t is_key;              /* traces whose name it equals */
    uint64_t first[TRACE_SAMPLE_KEEP]; /* hash of its first value in each */
    uint32_t n_times, n_seen;          /* occurrences that are the record's time, and all */
    int64_t shift_us;
    struct pool values; /* of a field of one template's records */
};
struct watch {
    struct links *links;
    struct watched *items;
    size_t n, cap;
    uint32_t *index;     /* [n_variables] among items, or LINK_NONE */
    bool is_by_template; /* second pass: fields that were not steady */
    struct tokens tokens;
};

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

/* ---- variables ----------------------------------------------------------------------------------------------------
 */

/* Which variable each token of a member sequence is: the slot that covers it, if the slot covers one token only. */
static int map_sequence(struct links *links, size_t template_index, uint32_t sequence, struct lw_span **spans,
                        size_t *cap, struct lw_error *err)
{
    const struct model *model = links->model;
    const struct template_item *item = &model->templates.items[template_index];
    if (alloc_grow(spans, cap, item->n_slots + 1, sizeof **spans) != 0)
        return fail_memory(err, "finding shared values");
    int rc = templates_align(&model->templates, &model->counts->sequences, template_index, sequence, *spans, err);
    uint32_t first = links->token_first[sequence], n = links->token_first[sequence + 1] - first;
    for (size_t slot = 0; slot < item->n_slots && rc == 0; slot++)
        if ((*spans)[slot].len == 1 && (*spans)[slot].start < n)
            links->token_variables[first + (*spans)[slot].start] = links->slot_first[template_index] + (uint32_t)slot;
    return rc;
}

static int map_tokens(struct links *links, struct lw_error *err)
{
    const struct sequences *sequences = &links->model->counts->sequences;
    size_t n = sequences->keys.count, total = 0;
    struct sequence_token tokens[MASK_MAX_TOKENS];
    links->token_first = alloc_array(n + 1, sizeof *links->token_first);
    if (links->token_first == NULL)
        return fail_memory(err, "finding shared values");
    for (uint32_t s = 0; s < n; s++) {
        links->token_first[s] = (uint32_t)total;
        total += sequence_tokens(sequences, s, tokens, MASK_MAX_TOKENS);
    }
    links->token_first[n] = (uint32_t)total;
    if (total >= UINT32_MAX)
        return fail(err, LW_ERR_LIMIT, "%zu tokens in different messages: too many to generate from", total);
    links->token_variables = alloc_array(total, sizeof *links->token_variables);
    if (links->token_variables == NULL)
        return fail_memory(err, "finding shared values");
    for (size_t i = 0; i < total; i++)
        links->token_variables[i] = LINK_NONE;
    return 0;
}

static int find_variables(struct links *links, struct lw_error *err)
{
    const struct templates *templates = &links->model->templates;
    const struct layouts *layouts = &links->model->counts->layouts;
    struct lw_span *spans = NULL;
    size_t cap = 0;
    int rc = map_tokens(links, err);
    links->slot_first = alloc_array(templates->n + 1, sizeof *links->slot_first);
    if (rc == 0 && links->slot_first == NULL)
        rc = fail_memory(err, "finding shared values");
    uint32_t n = 0;
    for (size_t i = 0; i < templates->n && rc == 0; i++) {
        links->slot_first[i] = n;
        n += (uint32_t)templates->items[i].n_slots;
        for (size_t j = 0; j < templates->items[i].n_sequences && rc == 0; j++)
            rc = map_sequence(links, i, templates->items[i].sequences[j], &spans, &cap, err);
    }
    free(spans);
    if (rc == 0)
        links->slot_first[templates->n] = n;
    for (uint32_t i = 0; i < layouts->skeletons.count && rc == 0; i++) {
        struct skeleton skeleton;
        layout_skeleton(layouts, i, &skeleton);
        for (size_t j = 0; j < skeleton.n_parts && rc == 0; j++) {
            uint32_t id;
            struct lw_bytes name = skeleton.parts[j].text;
            if (skeleton.parts[j].kind == LAYOUT_SLOT && intern_add(&links->fields, name.data, name.len, &id) != 0)
                rc = fail_memory(err, "finding shared values");
        }
    }
    links->n_variables = n + links->fields.count * (1 + templates->n);
    return rc;
}

/* ---- watching the sampled traces ----------------------------------------------------------------------------------
 */

static struct watched *watch_variable(struct watch *watch, uint32_t variable)
{
    if (watch->index[variable] != LINK_NONE)
        return &watch->items[watch->index[variable]];
    if (watch->n == MAX_WATCHED || alloc_grow(&watch->items, &watch->cap, watch->n + 1, sizeof *watch->items) != 0)
        return NULL;
    watch->index[variable] = (uint32_t)watch->n;
    watch->items[watch->n] = (struct watched){.variable = variable, .group = (uint32_t)watch->n};
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
    if (time_us == LW_NO_TIME || !timestamp_parse(value.data, value.len, NULL, &time) || time.len != value.len)
        return;
    int64_t shift =
        (time.has_year ? time.time_us : timestamp_with_year(time.time_us, timestamp_year(time_us))) - time_us;
    if (shift > TIME_NEAR_US || shift < -TIME_NEAR_US)
        return;
    if (item->n_times++ == 0)
        item->shift_us = shift > -1000000 && shift < 1000000 ? 0 : shift;
}

static bool is_time(const struct watched *item);
static bool is_steady(const struct watched *item);

static uint32_t field_variable(const struct links *links, uint32_t field)
{
    return links->slot_first[links->model->templates.n] + field;
}

static uint32_t template_field_variable(const struct links *links, size_t template_index, uint32_t field)
{
    return field_variable(links, 0) + (uint32_t)((1 + template_index) * links->fields.count) + field;
}

static int watch_field(struct watch *watch, unsigned trace, uint64_t name, const struct sampled_event *event,
                       uint32_t field, struct lw_bytes value, int64_t time_us)
{
    const struct links *links = watch->links;
    uint32_t variable = field_variable(links, field);
    struct watched *item;
    if (!watch->is_by_template) {
        item = watch_value(watch, variable, trace, name, value);
        if (item != NULL)
            watch_time(item, value, time_us);
        return 0;
    }
    if (watch->index[variable] == LINK_NONE || is_time(&watch->items[watch->index[variable]]) ||
        is_steady(&watch->items[watch->index[variable]]))
        return 0;
    ptrdiff_t index = templates_index(&links->model->templates, links->model->templates.of_sequence[event->sequence]);
    if (index < 0)
        return 0;
    item = watch_value(watch, template_field_variable(links, (size_t)index, field), trace, name, value);
    return item == NULL ? 0 : pool_add(&item->values, value.data, value.len, 1);
}

static int watch_message(struct watch *watch, unsigned trace, uint64_t name, const struct sampled_event *event,
                         struct lw_bytes message)
{
    const struct links *links = watch->links;
    if (mask_message(message.data, message.len, &watch->tokens) != 0)
        return LW_ERR_MEMORY;
    uint32_t first = links->token_first[event->sequence];
    /* The message of a symbol is one token, which may cut otherwise; it has no parameters to watch. */
    if (watch->tokens.n != links->token_first[event->sequence + 1] - first)
        return 0;
    for (size_t i = 0; i < watch->tokens.n; i++) {
        const struct token *token = &watch->tokens.items[i];
        uint32_t variable = links->token_variables[first + i];
        if (variable != LINK_NONE)
            (void)watch_value(watch, variable, trace, name, (struct lw_bytes){message.data + token->start, token->len});
    }
    return 0;
}

static int watch_event(struct watch *watch, unsigned trace, uint64_t name, const struct sampled_event *event)
{
    const struct links *links = watch->links;
    struct lw_record record;
    char names[LW_MAX_FIELDS][SAMPLED_NAME_MAX];
    int rc = 0;
    if (!sampled_event_read(event, &record, names) || event->sequence >= links->model->counts->sequences.keys.count)
        return 0;
    for (size_t i = 0; i < record.n_fields && rc == 0; i++) {
        uint32_t field = intern_find(&links->fields, names[i], strlen(names[i]));
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
    const struct trace_sample *sample = &watch->links->model->counts->layouts.sample;
    int rc = 0;
    for (unsigned i = 0; i < sample->n; i++)
        for (uint32_t j = 0; j < sample->traces[i].n && rc == 0; j++)
            rc = watch_event(watch, i, sample->traces[i].hash, &sample->traces[i].events[j]);
    return rc;
}

static int watch_all(struct watch *watch)
{
    watch->index = alloc_array(watch->links->n_variables, sizeof *watch->index);
    if (watch->index == NULL)
        return LW_ERR_MEMORY;
    for (size_t i = 0; i < watch->links->n_variables; i++)
        watch->index[i] = LINK_NONE;
    int rc = watch_traces(watch);
    watch->is_by_template = true;
    return rc == 0 ? watch_traces(watch) : rc;
}

/* ---- classes ------------------------------------------------------------------------------------------------------
 */

static bool is_time(const struct watched *item)
{
    return item->n_times > 0 && is_most(item->n_times, item->n_seen);
}

static bool is_key(const struct watched *item)
{
    return item->is_key != 0 && is_most(count_bits(item->is_key), count_bits(item->present));
}

static bool is_steady(const struct watched *item)
{
    return !is_time(item) && is_most(count_bits(item->kept & item->many), count_bits(item->many));
}

/* How many different first values, over the traces that have it. */
static unsigned count_distinct(const struct watched *item)
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

static bool is_linked(const struct watched *a, const struct watched *b)
{
    uint64_t both = a->present & b->present;
    unsigned n = count_bits(both), differ = 0;
    if (n < MIN_TRACES)
        return false;
    for (unsigned i = 0; i < TRACE_SAMPLE_KEEP && differ * 10 <= n; i++)
        differ += (both >> i & 1) && a->first[i] != b->first[i];
    return differ * 10 <= n && is_no_chance(a, b, both);
}

/* Keeps its value through a trace, or through the log. */
static bool has_evidence(const struct watched *item)
{
    uint64_t kept = item->kept & item->many;
    if (!is_steady(item))
        return false;
    if (count_distinct(item) == 1)
        return item->values.n == 1 && count_bits(item->present) >= 2;
    return count_bits(kept) >= 2 && is_no_chance(item, item, kept);
}

static uint32_t find_group(struct watched *items, uint32_t i)
{
    while (items[i].group != i)
        i = items[i].group = items[items[i].group].group;
    return i;
}

/* Numbers the groups: those with a link, or steady on evidence, get a class. */
static int make_classes(struct watch *watch)
{
    struct links *links = watch->links;
    struct watched *items = watch->items;
    for (uint32_t i = 0; i < watch->n; i++)
        for (uint32_t j = 0; j < i && is_steady(&items[i]) && !is_key(&items[i]); j++)
            if (is_steady(&items[j]) && !is_key(&items[j]) && is_linked(&items[i], &items[j]))
                items[find_group(items, i)].group = find_group(items, j);
    uint32_t *numbers = alloc_array(watch->n, sizeof *numbers);
    bool *is_wanted = alloc_zeroed(watch->n, sizeof *is_wanted);
    links->classes = alloc_zeroed(watch->n + 1, sizeof *links->classes);
    if (numbers == NULL || is_wanted == NULL || links->classes == NULL) {
        free(numbers);
        free(is_wanted);
        return LW_ERR_MEMORY;
    }
    links->n_classes = 1;
    for (uint32_t i = 0; i < watch->n; i++) {
        uint32_t group = find_group(items, i);
        is_wanted[group] = is_wanted[group] || group != i || has_evidence(&items[i]);
        numbers[i] = LINK_NONE;
    }
    int rc = 0;
    for (uint32_t i = 0; i < watch->n && rc == 0; i++) {
        uint32_t group = find_group(items, i);
        if (is_key(&items[i])) {
            links->class_of[items[i].variable] = LINK_KEY;
            continue;
        }
        if (!is_wanted[group])
            continue;
        if (numbers[group] == LINK_NONE)
            numbers[group] = (uint32_t)links->n_classes++;
        links->class_of[items[i].variable] = numbers[group];
        struct link_class *class = &links->classes[numbers[group]];
        unsigned n = count_bits(items[i].present);
        bool is_distinct = count_distinct(&items[i]) == n;
        class->is_unique = class->is_unique || (n >= UNIQUE_MIN && is_distinct);
        class->is_shared = class->is_shared || (n >= UNIQUE_MIN && !is_distinct);
        rc = pool_merge(&class->pool, &items[i].values);
    }
    free(numbers);
    free(is_wanted);
    return rc;
}

/* A field that was looked at by template: where a template was not sampled it is what it is for most. */
static int spread_fields(struct links *links)
{
    size_t n_templates = links->model->templates.n;
    unsigned *votes = alloc_array(links->n_classes, sizeof *votes);
    if (votes == NULL)
        return LW_ERR_MEMORY;
    for (uint32_t field = 0; field < links->fields.count; field++) {
        uint32_t *class = &links->class_of[field_variable(links, field)];
        memset(votes, 0, links->n_classes * sizeof *votes);
        for (size_t t = 0; t < n_templates && *class == LINK_NONE; t++) {
            uint32_t own = links->class_of[template_field_variable(links, t, field)];
            if (own != LINK_NONE)
                votes[own]++;
        }
        for (uint32_t i = 0; i < links->n_classes; i++)
            if (votes[i] > 1 && (*class == LINK_NONE || votes[i] > votes[*class]))
                *class = i;
    }
    free(votes);
    return 0;
}

static int find_times(struct watch *watch)
{
    struct links *links = watch->links;
    size_t n = links->fields.count, n_slots = field_variable(links, 0);
    links->is_time = alloc_zeroed(n, sizeof *links->is_time);
    links->time_shift_us = alloc_zeroed(n, sizeof *links->time_shift_us);
    if (links->is_time == NULL || links->time_shift_us == NULL)
        return LW_ERR_MEMORY;
    for (size_t i = 0; i < watch->n; i++)
        if (watch->items[i].variable >= n_slots && watch->items[i].variable < n_slots + n &&
            is_time(&watch->items[i])) {
            links->is_time[watch->items[i].variable - n_slots] = true;
            links->time_shift_us[watch->items[i].variable - n_slots] = watch->items[i].shift_us;
        }
    return 0;
}

/* The values of a class are those of all its variables. */
static int fill_from_messages(struct links *links)
{
    const struct counts *counts = links->model->counts;
    struct sequence_token tokens[MASK_MAX_TOKENS];
    for (uint32_t s = 0; s < counts->sequences.keys.count; s++) {
        size_t n = sequence_tokens(&counts->sequences, s, tokens, MASK_MAX_TOKENS);
        const struct pool *pool = counts->params + counts->param_first[s];
        for (size_t i = 0; i < n; i++) {
            uint32_t class = links_token(links, s, i);
            const struct pool *own = tokens[i].mask != MASK_NONE ? pool++ : NULL;
            if (class == LINK_NONE || class == LINK_KEY)
                continue;
            struct pool *into = &links->classes[class].pool;
            int rc = own != NULL
                         ? pool_merge(into, own)
                         : pool_add(into, tokens[i].text.data, tokens[i].text.len, counts->sequences.stats[s].count);
            if (rc != 0)
                return rc;
        }
    }
    return 0;
}

static int fill_from_headers(struct links *links)
{
    const struct layouts *layouts = &links->model->counts->layouts;
    for (uint32_t i = 0; i < layouts->skeletons.count; i++) {
        struct skeleton skeleton;
        layout_skeleton(layouts, i, &skeleton);
        for (size_t j = 0, slot = 0; j < skeleton.n_parts; j++) {
            if (skeleton.parts[j].kind != LAYOUT_SLOT)
                continue;
            struct lw_bytes name = skeleton.parts[j].text;
            uint32_t field = intern_find(&links->fields, name.data, name.len);
            uint32_t class = links->class_of[field_variable(links, field)];
            const struct pool *pool = &layouts->values[i].slots[slot++];
            if (class != LINK_NONE && class != LINK_KEY && pool_merge(&links->classes[class].pool, pool) != 0)
                return LW_ERR_MEMORY;
        }
    }
    return 0;
}

static int learn_shapes(struct links *links)
{
    for (size_t i = LINK_KEY + 1; i < links->n_classes; i++) {
        struct link_class *class = &links->classes[i];
        class->is_unique = class->is_unique && !class->is_shared && class->pool.n > 0;
        class->texts = alloc_array(class->pool.n, sizeof *class->texts);
        if (class->texts == NULL)
            return LW_ERR_MEMORY;
        for (uint32_t j = 0; j < class->pool.n; j++)
            class->texts[j] = (struct lw_bytes){class->pool.values[j].text, class->pool.values[j].len};
        if (class->is_unique && names_init(&class->names, class->texts, class->pool.n) != 0)
            return LW_ERR_MEMORY;
    }
    return 0;
}

static int build(struct links *links, struct watch *watch)
{
    links->class_of = alloc_array(links->n_variables, sizeof *links->class_of);
    if (links->class_of == NULL)
        return LW_ERR_MEMORY;
    for (size_t i = 0; i < links->n_variables; i++)
        links->class_of[i] = LINK_NONE;
    int rc = watch_all(watch);
    if (rc == 0)
        rc = find_times(watch);
    if (rc == 0)
        rc = make_classes(watch);
    if (rc == 0)
        rc = fill_from_messages(links);
    if (rc == 0)
        rc = fill_from_headers(links);
    if (rc == 0)
        rc = spread_fields(links);
    return rc == 0 ? learn_shapes(links) : rc;
}

int links_init(struct links *links, const struct model *model, struct lw_error *err)
{
    *links = (struct links){.model = model, .fields = INTERN_INIT};
    struct watch watch = {.links = links};
    int rc = find_variables(links, err);
    if (rc == 0 && build(links, &watch) != 0)
        rc = fail_memory(err, "finding shared values");
    for (size_t i = 0; i < watch.n; i++)
        pool_release(&watch.items[i].values);
    free(watch.items);
    free(watch.index);
    tokens_release(&watch.tokens);
    if (rc != 0)
        links_release(links);
    return rc;
}

void links_release(struct links *links)
{
    for (size_t i = 0; i < links->n_classes; i++) {
        pool_release(&links->classes[i].pool);
        free(links->classes[i].texts);
        names_release(&links->classes[i].names);
    }
    free(links->classes);
    free(links->is_time);
    free(links->time_shift_us);
    free(links->slot_first);
    free(links->token_first);
    free(links->token_variables);
    free(links->class_of);
    intern_release(&links->fields);
    *links = (struct links){.fields = INTERN_INIT};
}

/* ---- asking -------------------------------------------------------------------------------------------------------
 */

uint32_t links_token(const struct links *links, uint32_t sequence, size_t token)
{
    uint32_t variable = links->token_variables[links->token_first[sequence] + token];
    return variable == LINK_NONE ? LINK_NONE : links->class_of[variable];
}

uint32_t links_field(const struct links *links, size_t template_index, uint32_t field)
{
    uint32_t own = links->class_of[template_field_variable(links, template_index, field)];
    return own != LINK_NONE ? own : links->class_of[field_variable(links, field)];
}

/* A value that was cut ends before the character, or the JSON escape, that the cut went through. */
static size_t sound_len(const struct pool_value *value)
{
    size_t len = value->len;
    if (len < POOL_VALUE_MAX)
        return len;
    for (size_t i = len - 6; i < len; i++)
        if (value->text[i] == '\\')
            return i;
    while (len > 0 && (value->text[len - 1] & 0x80) != 0)
        len--;
    return len;
}

void links_draw_value(const struct pool *pool, struct rng *rng, struct buf *out)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < pool->n; i++)
        sum += pool->values[i].count;
    if (sum == 0)
        return;
    uint64_t at = rng_below(rng, sum);
    uint32_t i = 0;
    while (at >= pool->values[i].count)
        at -= pool->values[i++].count;
    buf_add(out, pool->values[i].text, sound_len(&pool->values[i]));
}

void links_draw(const struct links *links, uint32_t class, uint64_t seed, uint64_t trace, struct lw_bytes name,
                struct buf *out)
{
    if (class == LINK_KEY) {
        buf_add(out, name.data, name.len);
        return;
    }
    struct rng rng;
    rng_init(&rng, seed, PURPOSE_SHARED, trace * links->n_classes + class);
    /* Not from 0, which would give the first trace the first text there is. */
    if (links->classes[class].is_unique)
        names_draw_unique(&links->classes[class].names, seed % UINT32_MAX * 0x9E3779B1u + class * 7919u + trace, &rng,
                          out);
    else
        links_draw_value(&links->classes[class].pool, &rng, out);
}
