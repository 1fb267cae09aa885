/*
 * Every sampled record is cut again into tokens, and each token that is a slot by itself gives a value of it; each
 * header field gives one too. What a place holds is known only at the end, so values are gathered for all places, and
 * those of places that tell nothing are dropped then.
 */
#include "learn/trace_values.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "input/timestamp.h"
#include "learn/quantity.h"

#define NEAR_US (INT64_C(36) * 3600 * 1000000)

struct seen { /* of a variable */
    uint64_t n, n_keys, n_times, n_traces;
    uint32_t text, of_trace, template_index; /* of_trace: number of the last trace that had it */
    bool is_varied;
};
struct gathering {
    const struct variables *variables;
    struct trace_values *out;
    struct seen *seen;  /* [n_variables] */
    uint8_t *masks;     /* [n_variables] */
    size_t n_variables; /* slots and fields */
    struct tokens tokens;
    uint64_t name;  /* hash of the trace's */
    uint32_t event; /* of the trace */
};

static void learn_slots(struct gathering *gathering)
{
    const struct templates *templates = &gathering->variables->model->templates;

    for (size_t i = 0; i < templates->n; i++) {
        uint32_t variable = gathering->variables->slot_first[i];

        for (size_t p = 0; p < templates->items[i].n_parts; p++)
            if (templates->items[i].parts[p].is_slot) {
                gathering->seen[variable].template_index = (uint32_t)i;
                gathering->masks[variable++] = templates->items[i].parts[p].mask;
            }
    }
    for (size_t i = gathering->variables->slot_first[templates->n]; i < gathering->n_variables; i++)
        gathering->seen[i].template_index = VARIABLE_NONE;
}

static bool is_record_time(struct lw_bytes value, int64_t time_us)
{
    struct timestamp time;

    if (time_us == LW_NO_TIME || !timestamp_parse_near(value.data, value.len, time_us, &time))
        return false;
    int64_t shift = timestamp_near(&time, time_us) - time_us;

    return shift <= NEAR_US && shift >= -NEAR_US;
}

static int add_value(struct gathering *gathering, uint32_t variable, struct lw_bytes value, int64_t time_us)
{
    struct trace_values *out = gathering->out;
    struct seen *seen = &gathering->seen[variable];
    struct trace_value *made;
    size_t n = out->first[out->n_traces];
    unsigned mask = gathering->masks[variable];
    enum quantity_kind kind = quantity_of_mask((enum mask)mask);

    if (alloc_grow(&out->values, &out->cap_values, n + 1, sizeof *out->values) != 0)
        return LW_ERR_MEMORY;
    made = &out->values[n];
    *made = (struct trace_value){.place = variable, .event = gathering->event};
    if (intern_add(&out->texts, value.data, value.len, &made->text) != 0)
        return LW_ERR_MEMORY;
    if (kind == QUANTITY_NONE && mask == MASK_NONE)
        kind = QUANTITY_NUMBER; /* a header field, or words that happen to be numbers */
    made->is_numeric = quantity_parse(kind, value.data, value.len, &made->number);
    seen->is_varied = seen->is_varied || (seen->n > 0 && seen->text != made->text);
    seen->text = made->text;
    seen->n++;
    seen->n_traces += seen->of_trace != out->n_traces;
    seen->of_trace = (uint32_t)out->n_traces;
    seen->n_keys += XXH3_64bits(value.data, value.len) == gathering->name;
    seen->n_times += time_us != LW_NO_TIME && is_record_time(value, time_us);
    out->first[out->n_traces]++;
    return 0;
}

static int add_event(struct gathering *gathering, const struct sampled_event *event)
{
    const struct variables *variables = gathering->variables;
    const struct model *model = variables->model;
    struct lw_record record;
    char names[LW_MAX_FIELDS][SAMPLED_NAME_MAX];

    if (event->sequence >= model->counts->sequences.keys.count || !sampled_event_read(event, &record, names))
        return 0;
    struct lw_bytes message = {record.raw.data + record.message_start, record.message_len};

    if (mask_message(message.data, message.len, model->counts->sequences.masks, &gathering->tokens) != 0)
        return LW_ERR_MEMORY;
    for (size_t i = 0; i < gathering->tokens.n; i++) {
        const struct token *token = &gathering->tokens.items[i];
        uint32_t variable;

        /* The message of a symbol is one token, which may cut otherwise; it has no parameters. */
        if (gathering->tokens.n != variables_count_tokens(variables, event->sequence))
            break;
        variable = variable_of_token(variables, event->sequence, i);
        if (variable != VARIABLE_NONE &&
            add_value(gathering, variable, (struct lw_bytes){message.data + token->start, token->len}, LW_NO_TIME) != 0)
            return LW_ERR_MEMORY;
    }
    for (size_t i = 0; i < record.n_fields; i++) {
        uint32_t field = intern_find(&variables->fields, names[i], strlen(names[i]));
        struct lw_bytes value = {record.raw.data + record.fields[i].start, record.fields[i].len};

        if (field != INTERN_NONE &&
            add_value(gathering, variable_of_field(variables, field), value, record.time_us) != 0)
            return LW_ERR_MEMORY;
    }
    return 0;
}

static int add_traces(struct gathering *gathering)
{
    const struct trace_sample *sample = &gathering->variables->model->counts->layouts.sample;
    struct trace_values *out = gathering->out;
    int code = 0;

    out->first = alloc_zeroed((size_t)sample->n + 1, sizeof *out->first);
    if (out->first == NULL)
        return LW_ERR_MEMORY;
    for (uint32_t t = 0; t < sample->n && code == 0; t++) {
        gathering->name = sample->traces[t].hash;
        out->n_traces = t + 1;
        out->first[t + 1] = out->first[t];
        for (uint32_t e = 0; e < sample->traces[t].n && code == 0; e++) {
            gathering->event = e;
            code = add_event(gathering, &sample->traces[t].events[e]);
        }
    }
    return code;
}

/* Times of all kinds rise, flags and floats say nothing of each other. */
static bool is_of_use(const struct gathering *gathering, uint32_t variable)
{
    const struct seen *seen = &gathering->seen[variable];

    return seen->is_varied && gathering->masks[variable] != MASK_TIME && 2 * seen->n_times <= seen->n;
}

/* What the n-th most frequent variable's count is: rarer ones are left out. */
static uint64_t least_count(const struct gathering *gathering)
{
    uint64_t least = 2;

    for (;; least += least / 2) {
        size_t n = 0;

        for (uint32_t i = 0; i < gathering->n_variables; i++)
            n += gathering->seen[i].n >= least && is_of_use(gathering, i);
        if (n <= TRACE_VALUES_PLACES)
            return least;
    }
}

static int keep_places(struct gathering *gathering)
{
    struct trace_values *out = gathering->out;
    uint32_t *index = alloc_array(gathering->n_variables, sizeof *index);
    uint64_t least = least_count(gathering);
    size_t kept = 0;

    out->places = alloc_array(TRACE_VALUES_PLACES, sizeof *out->places);
    out->is_key = alloc_zeroed(TRACE_VALUES_PLACES, sizeof *out->is_key);
    out->keys = alloc_zeroed(TRACE_VALUES_PLACES, sizeof *out->keys);
    out->template_of = alloc_zeroed(TRACE_VALUES_PLACES, sizeof *out->template_of);
    if (index == NULL || out->places == NULL || out->is_key == NULL || out->keys == NULL || out->template_of == NULL) {
        free(index);
        return LW_ERR_MEMORY;
    }
    for (uint32_t i = 0; i < gathering->n_variables; i++) {
        const struct seen *seen = &gathering->seen[i];

        index[i] = VARIABLE_NONE;
        if (seen->n < least || !is_of_use(gathering, i))
            continue;
        index[i] = (uint32_t)out->n_places;
        out->is_key[out->n_places] = 10 * seen->n_keys >= 9 * seen->n;
        out->keys[out->n_places] = (struct trace_value_count){seen->n_keys, seen->n, seen->n_traces};
        out->template_of[out->n_places] = seen->template_index;
        out->places[out->n_places++] = i;
    }
    for (size_t t = 0, i = 0; t < out->n_traces; t++) {
        size_t end = out->first[t + 1];

        out->first[t] = kept;
        for (; i < end; i++)
            if (index[out->values[i].place] != VARIABLE_NONE) {
                out->values[kept] = out->values[i];
                out->values[kept].place = index[out->values[kept].place];
                kept++;
            }
    }
    out->first[out->n_traces] = kept;
    free(index);
    return 0;
}

int trace_values_init(struct trace_values *values, const struct variables *variables, struct lw_error *err)
{
    struct gathering gathering = {.variables = variables, .out = values};
    int code = LW_ERR_MEMORY;

    *values = (struct trace_values){.texts = INTERN_INIT};
    gathering.n_variables = variables->slot_first[variables->model->templates.n] + variables->fields.count;
    gathering.seen = alloc_zeroed(gathering.n_variables, sizeof *gathering.seen);
    gathering.masks = alloc_zeroed(gathering.n_variables, sizeof *gathering.masks);
    if (gathering.seen != NULL && gathering.masks != NULL) {
        learn_slots(&gathering);
        code = add_traces(&gathering);
    }
    if (code == 0)
        code = keep_places(&gathering);
    tokens_release(&gathering.tokens);
    free(gathering.seen);
    free(gathering.masks);
    if (code == 0)
        return 0;
    trace_values_release(values);
    return fail_memory(err, "gathering values along traces");
}

void trace_values_release(struct trace_values *values)
{
    free(values->places);
    free(values->is_key);
    free(values->keys);
    free(values->template_of);
    free(values->values);
    free(values->first);
    intern_release(&values->texts);
    *values = (struct trace_values){.texts = INTERN_INIT};
}
