#include "generate/llm_prompt.h"

#include <stdlib.h>
#include <string.h>

#define MAX_TEMPLATES   200 /* told, the most frequent ones */
#define MAX_STEPS       400 /* transitions told, the most frequent ones */
#define MAX_TEXT        160 /* bytes of a template's text */
#define MAX_STATE_LINES 10

/* Bytes as text that a model reads: UTF-8 without control characters. */
static void add_plain(struct buf *out, const char *data, size_t len)
{
    for (size_t at = 0; at < len;) {
        struct lw_glyph glyph;
        lw_glyph_next(data + at, len - at, &glyph);
        buf_add(out, glyph.text, glyph.text_len);
        at += glyph.len;
    }
}

static const struct template_item *find_template(const struct blueprint *blueprint, uint32_t id)
{
    ptrdiff_t index = templates_index(blueprint->templates, id);
    return index < 0 ? NULL : &blueprint->templates->items[index];
}

/* ---- what there is ------------------------------------------------------------------------------------------------
 */

struct ranked {
    size_t index;
    uint64_t count;
};

static int by_count(const void *a, const void *b)
{
    const struct ranked *left = a, *right = b;
    if (left->count != right->count)
        return left->count < right->count ? 1 : -1;
    return left->index < right->index ? -1 : left->index > right->index;
}

static void add_events(const struct blueprint *blueprint, struct buf *out)
{
    const struct templates *templates = blueprint->templates;
    struct ranked *order = malloc((templates->n + 1) * sizeof *order);
    uint64_t total = 0;
    if (order == NULL) {
        out->has_failed = true;
        return;
    }
    for (size_t i = 0; i < templates->n; i++) {
        order[i] = (struct ranked){i, templates->items[i].count};
        total += templates->items[i].count;
    }
    qsort(order, templates->n, sizeof *order, by_count);
    buf_add_text(out, "Events (id, level, share of all, text; <*> stands for a value):\n");
    for (size_t i = 0; i < templates->n && i < MAX_TEMPLATES; i++) {
        const struct template_item *item = &templates->items[order[i].index];
        const char *level = lw_level_name(template_usual_level(item));
        buf_printf(out, "E%u %s %.4f ", item->id, *level == 0 ? "-" : level,
                   total > 0 ? (double)item->count / (double)total : 0);
        add_plain(out, item->text.data, item->text.len < MAX_TEXT ? item->text.len : MAX_TEXT);
        buf_add_text(out, "\n");
    }
    free(order);
}

static const char *name_of(const struct machine *machine, uint32_t state)
{
    return state == MACHINE_START ? "start" : state == MACHINE_END ? "end" : machine->states[state].name;
}

static void add_step(const struct machine *machine, const struct machine_edge *edge, struct buf *out)
{
    int64_t usual = machine_delay_quantile(edge, .5);
    buf_printf(out, "%s: ", name_of(machine, edge->from));
    if (edge->to == MACHINE_END)
        buf_add_text(out, "ends");
    else
        buf_printf(out, "E%u, then %s", edge->template_id, name_of(machine, edge->to));
    buf_printf(out, ", %.3f", edge->probability);
    if (usual != LW_NO_TIME)
        buf_printf(out, ", after %.3f ms", (double)usual / 1e3);
    buf_add_text(out, "\n");
}

static void add_steps(const struct machine *machine, struct buf *out)
{
    struct ranked *order = malloc((machine->n_edges + 1) * sizeof *order);
    size_t n = 0;
    if (order == NULL) {
        out->has_failed = true;
        return;
    }
    for (size_t i = 0; i < machine->n_edges; i++)
        if (machine->edges[i].is_core)
            order[n++] = (struct ranked){i, machine->edges[i].count};
    qsort(order, n, sizeof *order, by_count);
    buf_add_text(out, "Steps of the program's state machine (state: event, next state, probability, usual wait before "
                      "the event). Traces begin in state start:\n");
    for (size_t i = 0; i < n && i < MAX_STEPS; i++)
        add_step(machine, &machine->edges[order[i].index], out);
    free(order);
}

/* ---- what is asked ------------------------------------------------------------------------------------------------
 */

static void add_selector(const struct selector *selector, struct buf *out)
{
    switch (selector->kind) {
    case SELECTOR_TEMPLATE:
        buf_printf(out, "E%u", selector->template_id);
        break;
    case SELECTOR_LEVEL:
        buf_printf(out, "an event of level %s", lw_level_name(selector->level));
        break;
    case SELECTOR_SERVICE:
        buf_add_text(out, "an event of service ");
        add_plain(out, selector->service, strlen(selector->service));
        break;
    default:
        buf_add_text(out, "an error");
    }
}

static void add_wishes(const struct lw_constraints *constraints, struct buf *out)
{
    static const char *const of[SHARE_KIND_COUNT] = {"events", "events", "events", "error events"};
    for (size_t i = 0; i < constraints->n_shares; i++) {
        const struct share_target *target = &constraints->shares[i];
        buf_add_text(out, "Wanted: of all ");
        buf_printf(out, "%s, %.4g to %.4g %% are ", of[target->kind], target->low * 100, target->high * 100);
        add_plain(out, target->name, strlen(target->name));
        buf_add_text(out, "\n");
    }
    for (size_t i = 0; i < constraints->n_rules; i++) {
        const struct causal_rule *rule = &constraints->rules[i];
        buf_add_text(out, "Rule: after ");
        add_selector(&rule->cause, out);
        buf_add_text(out, ", ");
        add_selector(&rule->effect, out);
        buf_printf(out, " follows within %g to %g s with probability %g%s\n", rule->min_s, rule->max_s,
                   rule->probability, rule->is_across ? ", in any trace" : ", in the same trace");
    }
}

void llm_prompt_system(const struct blueprint *blueprint, const struct lw_constraints *constraints, struct buf *out)
{
    buf_add_text(out, "You write event traces of a running program, as its log would hold them. Answer with lines of "
                      "JSON alone, one event a line, in order, without any other text:\n"
                      "{\"trace\": 1, \"event\": \"E1\", \"wait_ms\": 0}\n"
                      "trace is the number of the trace, event the id of an event listed below, wait_ms the time since "
                      "the event before it in the same trace, 0 for the first. Write each trace from its first event "
                      "to its last before you begin the next. Only steps of the state machine below exist; choose "
                      "among them with about their probabilities, so that traces differ as real ones do.\n\n");
    add_events(blueprint, out);
    buf_add_text(out, "\n");
    add_steps(blueprint->machine, out);
    buf_add_text(out, "\n");
    add_wishes(constraints, out);
}

/* ---- how far it has come ------------------------------------------------------------------------------------------
 */

void llm_prompt_user(const struct blueprint *blueprint, const struct lw_constraints *constraints,
                     const struct course *done, size_t first, size_t n, const struct llm_tally *tally, struct buf *out)
{
    uint64_t events = 0, at_level[LW_LEVEL_COUNT] = {0};
    for (size_t t = 0; t < first; t++)
        for (size_t i = 0; i < done[t].n; i++) {
            const struct template_item *item = find_template(blueprint, done[t].templates[i]);
            at_level[item != NULL ? template_usual_level(item) : LW_LEVEL_NONE]++;
            events++;
        }
    buf_printf(out, "State of the system: %zu traces with %llu events are written (draw %.0f).", first,
               (unsigned long long)events, constraints->seed);
    for (int level = 1; level < LW_LEVEL_COUNT && events > 0; level++)
        if (at_level[level] > 0)
            buf_printf(out, " %s %.2f %%.", lw_level_name((enum lw_level)level),
                       100 * (double)at_level[level] / (double)events);
    for (size_t t = first > MAX_STATE_LINES ? first - MAX_STATE_LINES : 0; t < first; t++) {
        buf_printf(out, "\nTrace %zu was:", t + 1);
        for (size_t i = 0; i < done[t].n && i < 40; i++)
            buf_printf(out, " E%u", done[t].templates[i]);
    }
    if (tally->complaint[0] != 0)
        buf_printf(out, "\nOf your last answer: %s", tally->complaint);
    buf_printf(out, "\nWrite traces %zu to %zu.", first + 1, first + n);
}
