/*
 * A blueprint as the member `model` of a constraints document. Everything refers by name or position to what stands
 * before it: headers, values and shared values are numbered from 0 as they come. Starts of traces, which a blueprint
 * has one by one, become the means of groups, as they came in time but for their order within a span: they say when the
 * log was busy, and of no trace when it started.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/order.h"
#include "generate/schedule.h"

#define MAX_GAPS    4096 /* between starts, that stand for all */
#define MAX_GROUPS  256  /* that times are told by */
#define GROUP_LEAST 5    /* times that a number is the mean of */

struct list { /* puts commas between */
    struct buf *out;
    bool is_open;
};

static void next(struct list *list, const char *space)
{
    buf_add_text(list->out, list->is_open ? "," : "");
    buf_add_text(list->out, space);
    list->is_open = true;
}

static void put_text(struct buf *out, struct lw_bytes text)
{
    buf_add_json(out, text.data == NULL ? "" : text.data, text.len);
}

static void put_bool(struct buf *out, const char *name, bool value)
{
    buf_printf(out, "\"%s\": %s", name, value ? "true" : "false");
}

/* ---- machine ------------------------------------------------------------------------------------------------------
 */

static void put_delays(const struct machine_edge *edge, struct buf *out)
{
    struct list list = {out, false};
    buf_add_text(out, ", \"delays\": [");
    for (unsigned bin = 0; bin < MACHINE_DELAY_BINS; bin++) {
        int64_t from, to;
        if (edge->delays[bin] == 0)
            continue;
        machine_delay_range(bin, &from, &to);
        next(&list, list.is_open ? " " : "");
        buf_printf(out, "[%lld, %u]", (long long)(bin == 0 ? 0 : from), edge->delays[bin]);
    }
    buf_add_byte(out, ']');
}

static void put_stretches(const struct delays *delays, size_t edge, struct buf *out)
{
    struct list list = {out, false};
    double before = 0;
    buf_add_text(out, ", \"stretches\": [");
    for (size_t i = delays->first[edge]; i < delays->first[edge + 1]; i++) {
        const struct stretch *stretch = &delays->stretches[i];
        next(&list, list.is_open ? " " : "");
        buf_printf(out, "[%.0f, %.0f, %.0f]", stretch->from_us, stretch->to_us, stretch->upto - before);
        before = stretch->upto;
    }
    buf_add_byte(out, ']');
}

static void put_machine(const struct blueprint *blueprint, struct buf *out)
{
    const struct machine *machine = blueprint->machine;
    const struct delays *delays = &blueprint->delays;
    struct list states = {out, false}, edges = {out, false};
    buf_printf(out, "\"machine\": {\n    \"traces\": %llu,\n    \"step_us\": %lld,\n    \"states\": [",
               (unsigned long long)machine->n_traces, (long long)delays->step_us);
    for (size_t i = 0; i < machine->n_states; i++) {
        const struct machine_state *state = &machine->states[i];
        next(&states, "\n      ");
        buf_add_text(out, "{\"name\": ");
        buf_add_json(out, state->name, strlen(state->name));
        if (state->template_id != LW_TEMPLATE_UNKNOWN)
            buf_printf(out, ", \"template\": \"E%u\"", state->template_id);
        buf_printf(out, ", \"visits\": %llu, ", (unsigned long long)state->visits);
        put_bool(out, "core", state->is_core);
        buf_add_byte(out, '}');
    }
    buf_add_text(out, "\n    ],\n    \"transitions\": [");
    for (size_t i = 0; i < machine->n_edges; i++) {
        const struct machine_edge *edge = &machine->edges[i];
        next(&edges, "\n      ");
        buf_add_text(out, "{\"from\": ");
        buf_add_json(out, machine->states[edge->from].name, strlen(machine->states[edge->from].name));
        buf_add_text(out, ", \"to\": ");
        buf_add_json(out, machine->states[edge->to].name, strlen(machine->states[edge->to].name));
        if (edge->to != MACHINE_END)
            buf_printf(out, ", \"template\": \"E%u\"", edge->template_id);
        buf_printf(out, ", \"probability\": %.12g, \"count\": %llu, ", edge->probability,
                   (unsigned long long)edge->count);
        put_bool(out, "core", edge->is_core);
        if (edge->timed > 0)
            put_delays(edge, out);
        if (delays->first != NULL && delays->first[i] < delays->first[i + 1])
            put_stretches(delays, i, out);
        buf_add_byte(out, '}');
    }
    buf_add_text(out, "\n    ]\n  }");
}

/* ---- text ---------------------------------------------------------------------------------------------------------
 */

/* A time in a layout, which reads back as that layout. */
static void put_layout(const struct timestamp_layout *layout, int32_t zone_s, struct buf *out)
{
    static const int64_t times_us[] = {INT64_C(1006524917123456), INT64_C(1388447998654321), INT64_C(83717123456)};
    char text[TIMESTAMP_MAX];
    size_t len = 0;
    for (size_t i = 0; i < sizeof times_us / sizeof *times_us; i++) {
        struct timestamp time;
        len = timestamp_print(layout, times_us[i], 0, zone_s, text);
        if (timestamp_parse_whole(text, len, layout, &time) && time.zone_s == zone_s &&
            memcmp(&time.layout, layout, sizeof time.layout) == 0)
            break;
    }
    buf_add_json(out, text, len);
}

static void put_shared(uint32_t shared, struct buf *out)
{
    if (shared == SHARED_KEY)
        buf_add_text(out, "\"trace\"");
    else
        buf_printf(out, "%u", shared - 1);
}

/* As documents name it: the number of the parameter, from 1. */
static void put_parameter(const struct blueprint *blueprint, const struct piece *piece, struct buf *out)
{
    if (piece->place != BLUEPRINT_NONE)
        buf_printf(out, ", \"parameter\": %zu",
                   piece->place - blueprint->place_first[blueprint_template_of(blueprint, piece->place)] + 1);
}

static void put_piece(const struct blueprint *blueprint, const struct piece *piece, struct buf *out)
{
    switch (piece->kind) {
    case PIECE_TEXT:
        if (piece->place == BLUEPRINT_NONE) {
            put_text(out, piece->text);
            return;
        }
        buf_add_text(out, "{\"text\": ");
        put_text(out, piece->text);
        put_parameter(blueprint, piece, out);
        break;
    case PIECE_MESSAGE:
        buf_add_text(out, "{\"message\": true}");
        return;
    case PIECE_SHARED:
        buf_add_text(out, "{\"shared\": ");
        put_shared(piece->shared, out);
        if (piece->text.data != NULL) {
            buf_add_text(out, ", \"text\": ");
            put_text(out, piece->text);
        }
        if (piece->value != BLUEPRINT_NONE)
            buf_printf(out, ", \"value\": %u", piece->value);
        put_parameter(blueprint, piece, out);
        break;
    case PIECE_VALUE:
        buf_printf(out, "{\"value\": %u", piece->value);
        put_parameter(blueprint, piece, out);
        break;
    case PIECE_FIELD:
    case PIECE_TIME:
        buf_add_text(out, "{\"field\": ");
        put_text(out, intern_get(&blueprint->fields, piece->field));
        buf_printf(out, ", \"value\": %u", piece->value);
        if (piece->kind == PIECE_TIME) {
            buf_add_text(out, ", \"time\": ");
            put_layout(&piece->layout, piece->zone_s, out);
            if (piece->shift_us != 0)
                buf_printf(out, ", \"shift_us\": %lld", (long long)piece->shift_us);
        }
        break;
    }
    buf_add_byte(out, '}');
}

static void put_pieces(const struct blueprint *blueprint, const struct pieces *pieces, size_t first, size_t n,
                       struct buf *out)
{
    struct list list = {out, false};
    buf_add_byte(out, '[');
    for (size_t i = first; i < first + n; i++) {
        next(&list, list.is_open ? " " : "");
        put_piece(blueprint, &pieces->items[i], out);
    }
    buf_add_byte(out, ']');
}

static void put_headers(const struct blueprint *blueprint, struct buf *out)
{
    struct list list = {out, false};
    buf_add_text(out, "\"headers\": [");
    for (size_t i = 0; i < blueprint->n_headers; i++) {
        const struct header *header = &blueprint->headers[i];
        next(&list, "\n    ");
        buf_add_byte(out, '{');
        if (header->level != LW_LEVEL_NONE)
            buf_printf(out, "\"level\": \"%s\", ", lw_level_name(header->level));
        if (header->component != SIZE_MAX)
            buf_printf(out, "\"component\": %zu, ", header->component - header->first);
        buf_add_text(out, "\"parts\": ");
        put_pieces(blueprint, &blueprint->header_pieces, header->first, header->n, out);
        buf_add_byte(out, '}');
    }
    buf_add_text(out, "\n  ]");
}

/* The wordings of a template, each with the headers that it comes in. */
static void put_choices(const struct blueprint *blueprint, size_t index, struct buf *out)
{
    struct list wordings = {out, false};
    size_t end = blueprint->choice_first[index + 1];
    for (size_t i = blueprint->choice_first[index]; i < end;) {
        const struct choice *choice = &blueprint->choices[i];
        const struct wording *wording = &blueprint->wordings[choice->wording];
        struct list headers = {out, false};
        next(&wordings, "\n        ");
        buf_add_text(out, "{\"parts\": ");
        put_pieces(blueprint, &blueprint->message_pieces, wording->first, wording->n, out);
        buf_add_text(out, ", \"headers\": [");
        for (uint32_t same = choice->wording; i < end && blueprint->choices[i].wording == same; i++) {
            next(&headers, headers.is_open ? " " : "");
            buf_printf(out, "[%u, %.12g]", blueprint->choices[i].header, blueprint->choices[i].weight);
        }
        buf_add_text(out, "]}");
    }
}

static void put_facts(const struct fact *facts, size_t n, struct buf *out)
{
    struct list list = {out, false};
    buf_add_text(out, ", \"facts\": [");
    for (size_t i = 0; i < n; i++) {
        next(&list, list.is_open ? " " : "");
        buf_add_byte(out, '[');
        put_text(out, facts[i].cause);
        buf_add_text(out, ", ");
        put_text(out, facts[i].result);
        buf_add_byte(out, ']');
    }
    buf_add_byte(out, ']');
}

static void put_relations(const struct blueprint *blueprint, size_t index, struct buf *out)
{
    struct list list = {out, false};
    for (size_t i = blueprint->place_first[index]; i < blueprint->place_first[index + 1]; i++) {
        const struct related *related = &blueprint->related[i];
        if (related->kind == RELATED_NONE)
            continue;
        next(&list, list.is_open ? " " : "");
        buf_printf(out, "{\"parameter\": %zu, \"is\": \"%s\"", i - blueprint->place_first[index] + 1,
                   blueprint_relation_name(related->kind));
        if (related->other != BLUEPRINT_NONE) {
            size_t other = blueprint_template_of(blueprint, related->other);
            buf_printf(out, ", \"other\": \"E%u.%zu\"", blueprint->templates->items[other].id,
                       related->other - blueprint->place_first[other] + 1);
        }
        if (related->kind == RELATED_STEP || related->kind == RELATED_OFFSET)
            buf_printf(out, ", \"number\": %.12g", related->number);
        if (related->n_facts > 0)
            put_facts(related->facts, related->n_facts, out);
        buf_add_byte(out, '}');
    }
}

static void put_template(const struct blueprint *blueprint, size_t index, struct buf *out)
{
    const struct template_item *item = &blueprint->templates->items[index];
    struct list levels = {out, false}, fields = {out, false};
    buf_printf(out, "{\"id\": \"E%u\", \"text\": ", item->id);
    put_text(out, blueprint->texts[index]);
    buf_printf(out, ", \"count\": %llu, \"parameters\": %zu, \"levels\": {", (unsigned long long)item->count,
               blueprint->place_first[index + 1] - blueprint->place_first[index]);
    for (int level = 0; level < LW_LEVEL_COUNT; level++)
        if (item->levels[level] > 0 && level != LW_LEVEL_NONE) {
            next(&levels, levels.is_open ? " " : "");
            buf_printf(out, "\"%s\": %llu", lw_level_name((enum lw_level)level),
                       (unsigned long long)item->levels[level]);
        }
    buf_add_text(out, "}, \"shared\": {");
    for (uint32_t f = 0; f < blueprint->fields.count; f++) {
        uint32_t shared = blueprint_field_shared(blueprint, index, f);
        if (shared == BLUEPRINT_NONE)
            continue;
        next(&fields, fields.is_open ? " " : "");
        put_text(out, intern_get(&blueprint->fields, f));
        buf_add_text(out, ": ");
        put_shared(shared, out);
    }
    buf_add_text(out, "}, \"relations\": [");
    put_relations(blueprint, index, out);
    buf_add_text(out, "],\n      \"wordings\": [");
    put_choices(blueprint, index, out);
    buf_add_text(out, "]}");
}

/* ---- values -------------------------------------------------------------------------------------------------------
 */

static void put_names(const struct names *names, struct buf *out)
{
    struct buf pattern = BUF_INIT;
    struct list list = {out, false};
    buf_add_byte(out, '[');
    for (size_t i = 0; i < names->n; i++) {
        buf_clear(&pattern);
        name_pattern_print(&names->patterns[i], &pattern);
        next(&list, list.is_open ? " " : "");
        buf_add_byte(out, '[');
        put_text(out, (struct lw_bytes){pattern.data, pattern.len});
        buf_printf(out, ", %llu]", (unsigned long long)names->patterns[i].weight);
        out->has_failed = out->has_failed || buf_status(&pattern) != 0;
    }
    buf_add_byte(out, ']');
    buf_release(&pattern);
}

static void put_fresh(const struct value_model *value, struct buf *out)
{
    struct list list = {out, false};
    buf_printf(out, "{\"weight\": %.12g", value->fresh);
    if (value->form == FORM_NAMES) {
        buf_add_text(out, ", \"names\": ");
        put_names(&value->names, out);
        buf_add_byte(out, '}');
        return;
    }
    if (value->form == FORM_TIME) {
        buf_add_text(out, ", \"time\": ");
        put_layout(&value->layout, value->zone_s, out);
    } else {
        buf_printf(out, ", \"decimals\": %u, \"width\": %u", value->form == FORM_DECIMAL ? value->decimals : 0,
                   value->width);
    }
    buf_add_text(out, ", \"quantiles\": [");
    for (uint32_t i = 0; i < value->n_quantiles; i++) {
        next(&list, list.is_open ? " " : "");
        buf_printf(out, "%.*g", value->form == FORM_TIME ? 16 : 10, value->quantiles[i]);
    }
    buf_add_text(out, "]}");
}

static void put_value(const struct value_model *value, struct buf *out)
{
    struct list texts = {out, false};
    buf_add_text(out, "{\"texts\": [");
    for (uint32_t i = 0; i < value->n; i++) {
        next(&texts, texts.is_open ? " " : "");
        buf_add_byte(out, '[');
        put_text(out, value->texts[i]);
        buf_printf(out, ", %.12g", value->upto[i] - (i > 0 ? value->upto[i - 1] : 0));
        for (uint32_t j = 0; i >= value->n_single && j + 1 < value->replicas; j++) {
            buf_add_text(out, ", ");
            put_text(out, value->more[(size_t)(i - value->n_single) * (value->replicas - 1) + j]);
        }
        buf_add_byte(out, ']');
    }
    buf_add_byte(out, ']');
    if (value->is_unique)
        buf_add_text(out, ", \"unique\": true");
    if (value->fresh > 0) {
        buf_add_text(out, ", \"fresh\": ");
        put_fresh(value, out);
    }
    buf_add_byte(out, '}');
}

/* ---- traces -------------------------------------------------------------------------------------------------------
 */

static void put_number(double number, struct list *list)
{
    next(list, list->is_open ? " " : "");
    buf_printf(list->out, "%.0f", number);
}

static double mean_of(const int64_t *times, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)times[i];
    return sum / (double)n;
}

/* Groups of as many of n times each, at least GROUP_LEAST where there are so many. */
static size_t count_groups(size_t n)
{
    size_t groups = n / GROUP_LEAST;
    return n == 0 ? 0 : groups < 1 ? 1 : groups > MAX_GROUPS ? MAX_GROUPS : groups;
}

/* Means of groups of times, rising. */
static void put_times(const int64_t *times, size_t n, bool is_grouped, struct buf *out)
{
    int64_t *sorted = alloc_array(n, sizeof *sorted);
    struct list list = {out, false};
    size_t groups = is_grouped ? n : count_groups(n);
    if (sorted == NULL) {
        out->has_failed = true;
        return;
    }
    if (n > 0)
        memcpy(sorted, times, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, order_i64);
    buf_add_byte(out, '[');
    for (size_t g = 0; g < groups; g++)
        put_number(mean_of(sorted + g * n / groups, (g + 1) * n / groups - g * n / groups), &list);
    buf_add_byte(out, ']');
    free(sorted);
}

/* The mean of the group of a span's gaps, in order, that a gap is in. */
static double blur(const int64_t *sorted, size_t n, int64_t gap)
{
    size_t groups = count_groups(n), low = 0, high = n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (sorted[middle] < gap)
            low = middle + 1;
        else
            high = middle;
    }
    size_t g = 0;
    while ((g + 1) * n / groups <= low)
        g++;
    return mean_of(sorted + g * n / groups, (g + 1) * n / groups - g * n / groups);
}

/* To some digits, upwards: of one trace no document tells more. */
static int64_t round_up(int64_t time_us, int64_t digits)
{
    int64_t step = 1;
    while (time_us / step >= digits)
        step *= 10;
    return (time_us + step - 1) / step * step;
}

/* Gaps of a span, each blurred, run by run from the last run to the first, as many as there is room for; their places
 * among all go to kept. A lull is rounded. */
static size_t put_span(const int64_t *gaps, const struct schedule_span *span, size_t most, size_t run, int64_t *sorted,
                       struct list *list, size_t *kept)
{
    size_t first = span->first, n = span->n, n_kept = 0;
    memcpy(sorted, gaps + first, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, order_i64);
    for (size_t at = (n - 1) / run * run; n_kept < most; at -= run) {
        for (size_t i = at; i < at + run && i < n && n_kept < most; i++) {
            put_number(span->is_lull ? (double)round_up(gaps[first + i], 100) : blur(sorted, n, gaps[first + i]), list);
            kept[n_kept++] = first + i;
        }
        if (at == 0)
            break;
    }
    return n_kept;
}

/* What gaps a span has is told, not in which order its runs came, and of none how long it was. */
static void put_gaps(const struct arrival *arrival, struct buf *out)
{
    size_t n = arrival->n_gaps, n_kept = 0, run = (size_t)rint(cbrt((double)n));
    int64_t *sorted = alloc_array(n, sizeof *sorted);
    size_t *kept = alloc_array(n, sizeof *kept);
    struct schedule_span *spans = alloc_array(n, sizeof *spans);
    struct list list = {out, false}, marks = {out, false};
    bool is_out = sorted == NULL || kept == NULL || spans == NULL;
    size_t n_spans = is_out || arrival->is_grouped ? 0 : schedule_cut(arrival, spans);
    buf_add_byte(out, '[');
    for (size_t s = 0; s < n_spans; s++) {
        size_t most = n > MAX_GAPS ? (spans[s].n * MAX_GAPS + n - 1) / n : spans[s].n;
        n_kept += put_span(arrival->gaps, &spans[s], most, run, sorted, &list, kept + n_kept);
    }
    for (size_t i = 0; i < n && arrival->is_grouped && !is_out; i++) {
        put_number((double)arrival->gaps[i], &list);
        kept[n_kept++] = i;
    }
    buf_add_text(out, "], \"marks\": [");
    for (size_t i = 0; i < n_kept && arrival->marks != NULL; i++) {
        next(&marks, marks.is_open ? " " : "");
        if (arrival->marks[kept[i]] == LW_TEMPLATE_UNKNOWN)
            buf_add_text(out, "null");
        else
            buf_printf(out, "\"E%u\"", arrival->marks[kept[i]]);
    }
    buf_add_byte(out, ']');
    out->has_failed = out->has_failed || is_out;
    free(sorted);
    free(kept);
    free(spans);
}

static void put_traces(const struct blueprint *blueprint, struct buf *out)
{
    const struct arrival *arrival = &blueprint->arrival;
    struct list list = {out, false};
    buf_add_text(out, "\"names\": ");
    put_names(&blueprint->trace_names, out);
    buf_add_text(out, ",\n  \"lengths\": [");
    for (size_t i = 0; i < blueprint->n_lengths; i++) {
        next(&list, list.is_open ? " " : "");
        buf_printf(out, "[%zu, %llu]", blueprint->lengths[i].length, (unsigned long long)blueprint->lengths[i].count);
    }
    buf_add_text(out, "],\n  \"arrival\": {");
    if (arrival->first_us != LW_NO_TIME)
        buf_printf(out, "\"first_us\": %lld, ", (long long)arrival->first_us);
    if (arrival->lasts_us != LW_NO_TIME)
        buf_printf(out, "\"lasts_us\": %lld, ", (long long)round_up(arrival->lasts_us, 1000));
    if (arrival->longest_us != LW_NO_TIME)
        buf_printf(out, "\"longest_us\": %lld, ", (long long)round_up(arrival->longest_us, 1000));
    buf_printf(out, "\"window_us\": %lld, \"gaps_us\": ", (long long)arrival->window_us);
    put_gaps(arrival, out);
    buf_add_text(out, ", \"offsets_us\": ");
    put_times(arrival->offsets, arrival->n_offsets, arrival->is_grouped, out);
    buf_add_byte(out, '}');
}

static void put_ties(const struct ties *ties, struct buf *out)
{
    struct list list = {out, false};
    buf_printf(out, "\"ties\": {\"tick_us\": %lld, \"strengths\": {", (long long)ties->tick_us);
    for (uint32_t id = 0; id < ties->n; id++) {
        if (ties->strengths[id] == 1)
            continue;
        next(&list, list.is_open ? " " : "");
        buf_printf(out, "\"E%u\": %.6g", id, ties->strengths[id]);
    }
    buf_add_text(out, "}}");
}

static void put_unknown(const struct unknown_message *unknown, struct buf *out)
{
    struct list list = {out, false};
    buf_add_text(out, "\"unknown\": {\"texts\": [");
    for (size_t i = 0; i < unknown->n_texts; i++) {
        next(&list, list.is_open ? " " : "");
        buf_add_json(out, unknown->texts[i], strlen(unknown->texts[i]));
    }
    buf_add_text(out, "], \"before\": ");
    put_text(out, (struct lw_bytes){unknown->before.data, unknown->before.len});
    buf_add_text(out, ", \"after\": ");
    put_text(out, (struct lw_bytes){unknown->after.data, unknown->after.len});
    buf_add_text(out, ", ");
    put_bool(out, "named", unknown->has_name);
    buf_add_byte(out, '}');
}

void blueprint_print_json(const struct blueprint *blueprint, struct buf *out)
{
    struct list values = {out, false}, shared = {out, false}, templates = {out, false};
    buf_printf(out, "{\n  \"version\": %d,\n  \"rule\": ", BLUEPRINT_VERSION);
    buf_add_json(out, blueprint->rule_text, strlen(blueprint->rule_text));
    buf_add_text(out, ",\n  ");
    put_bool(out, "symbols", blueprint->is_symbolic);
    buf_add_text(out, ",\n  ");
    put_bool(out, "json", blueprint->is_escaped);
    buf_add_text(out, ",\n  ");
    put_traces(blueprint, out);
    if (blueprint->ties.strengths != NULL) {
        buf_add_text(out, ",\n  ");
        put_ties(&blueprint->ties, out);
    }
    buf_add_text(out, ",\n  ");
    put_unknown(&blueprint->unknown, out);
    buf_add_text(out, ",\n  \"values\": [");
    for (size_t i = 0; i < blueprint->n_values; i++) {
        next(&values, "\n    ");
        put_value(&blueprint->values[i], out);
    }
    buf_add_text(out, "\n  ],\n  \"shared\": [");
    for (size_t i = SHARED_KEY + 1; i < blueprint->n_shared; i++) {
        next(&shared, "\n    ");
        buf_printf(out, "{\"value\": %u", blueprint->shared[i].value);
        if (blueprint->shared[i].family != i)
            buf_printf(out, ", \"same\": %u", blueprint->shared[i].family - 1);
        if (blueprint->shared[i].n_facts > 0) {
            buf_printf(out, ", \"follows\": %u", blueprint->shared[i].follows - 1);
            put_facts(blueprint->shared[i].facts, blueprint->shared[i].n_facts, out);
        }
        if (blueprint->shared[i].is_unique && blueprint->shared[i].names.n == 0) {
            buf_add_text(out, ", ");
            put_bool(out, "unique", true);
        } else if (blueprint->shared[i].is_unique) {
            buf_add_text(out, ", \"names\": ");
            put_names(&blueprint->shared[i].names, out);
        }
        buf_add_byte(out, '}');
    }
    buf_add_text(out, "\n  ],\n  ");
    put_headers(blueprint, out);
    buf_add_text(out, ",\n  \"templates\": [");
    for (size_t i = 0; i < blueprint->templates->n; i++) {
        next(&templates, "\n    ");
        put_template(blueprint, i, out);
    }
    buf_add_text(out, "\n  ],\n  ");
    put_machine(blueprint, out);
    buf_add_text(out, "\n}");
}
