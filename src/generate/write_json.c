/*
 * JSON lines have the members that SynLogGen gives its records, so that what reads those reads these. Parameters are
 * what the template leaves open in the finished message, found as in any log. That takes longer than all else, so the
 * first message of a wording tells between which of its pieces they stand, and those that are put together alike take
 * them from there; any that a name was put into on the way are matched again.
 */
#include <string.h>

#include "base/clock.h"
#include "base/fail.h"
#include "generate/write_lines.h"

#define YEAR_10000_US INT64_C(253402300800000000)

void write_json_begin(struct writing *writing)
{
    static const char example[] = "2026-11-23T02:10:11.123456Z"; /* as clock_print_utc has it */
    struct timestamp time;
    timestamp_parse(example, strlen(example), NULL, &time);
    writing->json_time = time.layout;
}

static void add_time(const struct writing *writing, struct line_scratch *scratch, struct buf *out, int64_t time_us)
{
    if (time_us == LW_NO_TIME) {
        buf_add_text(out, "null");
        return;
    }
    buf_add_byte(out, '"');
    if (time_us < 0 || time_us >= YEAR_10000_US)
        clock_print_utc(time_us, true, out);
    else if (buf_reserve(out, TIMESTAMP_MAX) == 0)
        out->len += timestamp_print_near(&scratch->json_time, &writing->json_time, time_us, 0, out->data + out->len);
    buf_add_byte(out, '"');
}

static void add_id(struct buf *out, uint32_t id)
{
    char text[12];
    size_t at = sizeof text;
    do {
        text[--at] = (char)('0' + id % 10);
        id /= 10;
    } while (id > 0);
    buf_add(out, text + at, sizeof text - at);
}

static void add_text(struct buf *out, const char *name, struct lw_bytes text)
{
    buf_add_text(out, name);
    if (text.len == 0)
        buf_add_text(out, "null");
    else
        buf_add_json(out, text.data, text.len);
}

/* Length of a value without an escape that it only begins: a token may end between the two bytes of \\". */
static size_t whole_len(const char *text, size_t len)
{
    size_t n = 0;
    while (n < len && text[len - 1 - n] == '\\')
        n++;
    return len - n % 2;
}

static size_t piece_start(const struct render_scratch *render, size_t piece)
{
    return piece > 0 ? render->piece_ends[piece - 1] : 0;
}

/* Finds the pieces that each parameter of the matched message begins and ends with; false where it begins or ends
 * within one, or where it is empty or a piece is, so that nobody can tell. */
static bool map_slots(const struct render_scratch *render, const struct template_match *match, struct slot_map *map)
{
    if (match->n_spans > SLOTS_MAX)
        return false;
    for (size_t piece = 0; piece < render->n_pieces; piece++)
        if (piece_start(render, piece) == render->piece_ends[piece])
            return false;
    for (size_t i = 0, piece = 0; i < match->n_spans; i++) {
        const struct lw_span *span = &match->spans[i];
        while (piece < render->n_pieces && piece_start(render, piece) < span->start)
            piece++;
        if (span->len == 0 || piece == render->n_pieces || piece_start(render, piece) != span->start)
            return false;
        map->from[i] = (uint8_t)piece;
        while (piece < render->n_pieces && render->piece_ends[piece] < span->start + span->len)
            piece++;
        if (piece == render->n_pieces || render->piece_ends[piece] != span->start + span->len)
            return false;
        map->to[i] = (uint8_t)piece;
    }
    map->n = (uint8_t)match->n_spans;
    return true;
}

static void learn_map(const struct render_scratch *render, const struct template_match *match, uint32_t id,
                      struct slot_map *map)
{
    map->is_known = map_slots(render, match, map);
    map->wording = render->wording;
    map->id = id;
}

/* Fills the spans of scratch->match; none where the message is of another template. */
static int find_parameters(const struct blueprint *blueprint, uint32_t id, struct line_scratch *scratch,
                           struct lw_error *err)
{
    const struct render_scratch *render = &scratch->render;
    struct template_match *match = &scratch->match;
    struct slot_map *map = &scratch->maps[render->wording % SLOT_MAPS];
    if (render->n_pieces > 0 && map->is_known && map->wording == render->wording && map->id == id) {
        for (match->n_spans = 0; match->n_spans < map->n; match->n_spans++) {
            size_t start = piece_start(render, map->from[match->n_spans]);
            match->spans[match->n_spans] = (struct lw_span){start, render->piece_ends[map->to[match->n_spans]] - start};
        }
        return 0;
    }
    if (templates_match(blueprint->templates, &blueprint->model->counts->sequences,
                        render->text.data + render->message_start, render->message_len, true, match) != 0)
        return fail_memory(err, "writing the log");
    if (match->id != id)
        match->n_spans = 0;
    else if (render->n_pieces > 0)
        learn_map(render, match, id, map);
    return 0;
}

static int add_parameters(const struct writing *writing, uint32_t id, struct line_scratch *scratch, struct buf *out,
                          struct lw_error *err)
{
    const struct blueprint *blueprint = writing->log->blueprint;
    const char *message = scratch->render.text.data + scratch->render.message_start;
    size_t n = 0;
    buf_add_text(out, ", \"parameters\": [");
    if (blueprint->model != NULL && id != LW_TEMPLATE_UNKNOWN && !blueprint->is_symbolic) {
        int rc = find_parameters(blueprint, id, scratch, err);
        if (rc != 0)
            return rc;
        n = scratch->match.n_spans;
    }
    for (size_t i = 0; i < n; i++) {
        const struct lw_span *span = &scratch->match.spans[i];
        struct lw_bytes value = {message + span->start, span->len};
        if (blueprint->is_escaped)
            value.len = whole_len(value.data, value.len);
        value = write_unescaped(writing, value, &scratch->message);
        buf_add_text(out, i > 0 ? ", " : "");
        buf_add_json(out, value.data, value.len);
    }
    buf_add_byte(out, ']');
    return buf_status(&scratch->message) == 0 ? 0 : fail_memory(err, "writing the log");
}

int write_json_line(const struct writing *writing, size_t index, struct line_scratch *scratch, struct buf *out,
                    struct lw_error *err)
{
    const struct renderer *renderer = writing->log->renderer;
    const struct trace_set *set = &writing->log->generated->traces;
    size_t event;
    int rc = write_render(writing, index, scratch, &event, err);
    if (rc != 0)
        return rc;
    struct lw_bytes name = intern_get(&set->names, (uint32_t)renderer_trace(renderer, event));
    struct lw_bytes message = write_message(writing, scratch);
    const char *level = lw_level_name(scratch->render.level);
    uint32_t id = set->templates[event], type = failures_type(&writing->failures, id, scratch->render.level);
    buf_add_text(out, "{\"timestamp\": ");
    add_time(writing, scratch, out, set->times_us[event]);
    add_text(out, ", \"service\": ", scratch->render.component);
    add_text(out, ", \"level\": ", (struct lw_bytes){level, strlen(level)});
    add_text(out, ", \"error_type\": ",
             type == FAILURE_NONE ? (struct lw_bytes){"", 0} : intern_get(&writing->failures.types, type));
    buf_add_text(out, ", \"message\": ");
    buf_add_json(out, message.data, message.len);
    buf_add_text(out, ", \"context\": {\"trace\": ");
    buf_add_json(out, name.data, name.len);
    buf_add_text(out, id == LW_TEMPLATE_UNKNOWN ? ", \"template\": null" : ", \"template\": \"E");
    if (id != LW_TEMPLATE_UNKNOWN) {
        add_id(out, id);
        buf_add_byte(out, '"');
    }
    rc = add_parameters(writing, id, scratch, out, err);
    buf_add_text(out, "}}\n");
    return rc;
}
