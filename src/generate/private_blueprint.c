/*
 * The blueprint of the model is bent: its machine, lengths and starts are replaced by those of private traces, wordings
 * that may not be told of are left out, values, names and shares replaced by what knows nothing. It is then printed as
 * a document and read back, so that nothing that was overlooked can point into the model, and what generates from it
 * is what a document that leaves the building would.
 */
#include "generate/private_blueprint.h"

#include <json-c/json.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "generate/blueprint_parts.h"
#include "learn/identifiers.h"
#include "learn/value.h"

#define N_VALUES   32u
#define LIKE_MAX   256                       /* bytes of a text that say its type */
#define FIRST_US   INT64_C(1704067200000000) /* 2024-01-01 */
#define DAY_US     INT64_C(86400000000)
#define ALL_DIGITS UINT32_C(0x3ff)
#define ALL_HEX    UINT32_C(0x3f)
#define ALL_ALPHA  UINT32_C(0x3ffffff)

/* ---- values ---------------------------------------------------------------------------------------------------------
 */

/* A text of the type, that was in no log. */
static const char *example_of(const char *text, size_t len)
{
    static const char *const identifiers[IDENTIFIER_COUNT] = {
        [IDENTIFIER_IP] = "10.27.34.51",
        [IDENTIFIER_MAC] = "0a:1b:2c:3d:4e:5f",
        [IDENTIFIER_MAIL] = "mopano@kelisu.example.com",
        [IDENTIFIER_HOST] = "kelisu.example.com",
        [IDENTIFIER_USER] = "mopano",
        [IDENTIFIER_PATH] = "/var/data/kelisu.dat",
        [IDENTIFIER_URL] = "http://kelisu.example.com/mopano",
        [IDENTIFIER_UUID] = "3f2a6c1e-84b7-4d09-9c5e-71a0b3d2f486",
        [IDENTIFIER_TOKEN] = "9f86d081884c7d659a2feaa0c55ad015",
        [IDENTIFIER_CARD] = "4539578763621486",
        [IDENTIFIER_PHONE] = "+49 30 1234567",
    };
    static const char *const masks[MASK_COUNT] = {
        [MASK_INTEGER] = "1234",
        [MASK_HEX] = "3fa85c02",
        [MASK_FLOAT] = "12.50",
        [MASK_IP] = "10.27.34.51",
        [MASK_HOST_PORT] = "node17:9042",
        [MASK_PATH] = "/var/data/kelisu.dat",
        [MASK_TIME] = "12:34:56",
        [MASK_DURATION] = "125ms",
        [MASK_SIZE] = "128KB",
        [MASK_ID] = "task4821",
        [MASK_FLAG] = "true",
        [MASK_QUOTED] = "some text",
    };
    unsigned all = value_classes(text, len);
    enum identifier kind = identifier_of(text, len);
    if (len == 0)
        return "";
    if (kind != IDENTIFIER_NONE && memchr(text, ':', len) == NULL)
        return identifiers[kind];
    if ((all & (BYTE_SPACE | BYTE_MARK)) != 0)
        return kind != IDENTIFIER_NONE ? identifiers[kind] : masks[MASK_QUOTED];
    enum mask mask = value_mask(text, len, all);
    if (mask == MASK_HOST_PORT && kind == IDENTIFIER_IP)
        return text[0] == '/' ? "/10.27.34.51:50010" : "10.27.34.51:50010";
    if (masks[mask] != NULL)
        return masks[mask];
    return kind != IDENTIFIER_NONE ? identifiers[kind] : "word";
}

struct fakes { /* given out for one value */
    const struct value_model *model;
    uint32_t n;
};

static bool is_given(void *user, const char *text, size_t len)
{
    const struct fakes *fakes = user;
    for (uint32_t i = 0; i < fakes->n; i++)
        if (fakes->model->texts[i].len == len && memcmp(fakes->model->texts[i].data, text, len) == 0)
            return true;
    return false;
}

/* Texts of the form of an example, all as likely. */
static int fill_texts(struct value_model *model, const char *example, struct arena *arena)
{
    struct buf text = BUF_INIT;
    size_t len = strlen(example), port = 0;
    uint32_t n = strcmp(example, "true") == 0 || len == 0 ? 1 : N_VALUES;
    while (port < len && !(example[port] == ':' && strchr(example + port + 1, ':') == NULL && strchr(example, '.')))
        port++;
    struct fakes fakes = {model, 0};
    int code = value_model_reserve(model, n, 0, arena);
    for (; fakes.n < n && code == 0; fakes.n++) {
        size_t start = example[0] == '/' && port < len ? 1 : 0;
        buf_clear(&text);
        buf_add(&text, example, start);
        enum identifier kind = identifier_of(example, len);
        if (n == 1)
            buf_add_text(&text, example);
        else if (port < len) {
            code = identifier_fake(kind, example + start, port - start, fakes.n, NULL, NULL, &text);
            buf_add(&text, example + port, len - port);
        } else {
            code = identifier_fake(kind, example, len, fakes.n, is_given, &fakes, &text);
        }
        if (code == LW_ERR_LIMIT) { /* there are no more of this form */
            code = 0;
            break;
        }
        if (code == 0)
            code = buf_status(&text);
        const char *copy = code == 0 ? arena_copy(arena, text.len > 0 ? text.data : "", text.len) : NULL;
        if (code == 0 && copy == NULL)
            code = LW_ERR_MEMORY;
        model->texts[fakes.n] = (struct lw_bytes){copy, text.len};
        model->upto[fakes.n] = (double)fakes.n + 1;
    }
    model->n = model->n_single = fakes.n;
    buf_release(&text);
    return code;
}

/* A text as the model draws some; borrowed, NULL data: none. */
static struct lw_bytes text_of(const struct value_model *model, char text[LIKE_MAX])
{
    if (model->n > 0)
        return model->texts[0];
    if (model->form != FORM_NAMES || model->names.n == 0)
        return (struct lw_bytes){NULL, 0};
    const struct name_pattern *pattern = &model->names.patterns[0];
    size_t len = pattern->len < LIKE_MAX ? pattern->len : LIKE_MAX;
    for (size_t i = 0; i < len; i++)
        text[i] = pattern->places[i].base == '0' ? '1' : pattern->places[i].base;
    return (struct lw_bytes){text, len};
}

/* Its type alone is kept. */
static int forget_value(struct value_model *model, struct arena *arena)
{
    char text[LIKE_MAX];
    struct value_model made = {.form = model->form,
                               .decimals = model->decimals,
                               .width = model->width,
                               .layout = model->layout,
                               .zone_s = model->zone_s,
                               .replicas = 1};
    int code = 0;
    if (model->form == FORM_NONE || model->form == FORM_NAMES || model->fresh <= 0) {
        struct lw_bytes like = text_of(model, text);
        made.form = FORM_NONE;
        if (like.data != NULL)
            code = fill_texts(&made, example_of(like.data, like.len), arena);
        value_model_release(model);
    } else {
        made.fresh = 1;
        made.n_quantiles = made.form == FORM_TIME ? 2 : 5;
        code = value_model_reserve(&made, 0, made.n_quantiles, arena);
        for (uint32_t i = 0; i < made.n_quantiles && code == 0; i++)
            made.quantiles[i] = made.form == FORM_TIME ? (double)(FIRST_US + (int64_t)i * DAY_US) : pow(10, i);
    }
    *model = made;
    return code;
}

/* One pattern, in which every digit may be any, and every letter too unless digits are what tells names apart. */
static void forget_names(struct names *names)
{
    size_t most = 0;
    bool has_digits = false;
    for (size_t i = 1; i < names->n; i++)
        if (names->patterns[i].weight > names->patterns[most].weight)
            most = i;
    if (names->n == 0)
        return;
    struct name_pattern *pattern = &names->patterns[0];
    *pattern = names->patterns[most];
    names->n = 1;
    pattern->weight = pattern->upto = 1;
    for (size_t i = 0; i < pattern->len; i++)
        has_digits = has_digits || pattern->places[i].base == '0' ||
                     (pattern->places[i].set == 0 && pattern->places[i].base >= '0' && pattern->places[i].base <= '9');
    for (size_t i = 0; i < pattern->len; i++) {
        struct name_place *place = &pattern->places[i];
        bool is_set = place->set != 0;
        char c = place->base;
        if (c >= '0' && c <= '9')
            *place = (struct name_place){.base = '0', .set = ALL_DIGITS};
        else if ((is_set || !has_digits) && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
            *place = (struct name_place){.base = c >= 'a' ? 'a' : 'A',
                                         .set = is_set && place->set <= ALL_HEX ? ALL_HEX : ALL_ALPHA};
    }
    name_pattern_settle(pattern);
}

static int forget_values(struct blueprint *blueprint)
{
    int code = 0;
    for (size_t i = 0; i < blueprint->n_values && code == 0; i++)
        code = forget_value(&blueprint->values[i], &blueprint->arena);
    for (size_t i = SHARED_KEY + 1; i < blueprint->n_shared && code == 0; i++) {
        const struct shared_value *shared = &blueprint->shared[i];
        struct value_model *value = &blueprint->values[shared->value];
        forget_names(&blueprint->shared[i].names);
        for (uint32_t q = 0; q < value->n_quantiles && shared->is_unique && shared->names.n == 0; q++)
            value->quantiles[q] = 1e5 * (q + 1); /* room for many that differ */
    }
    forget_names(&blueprint->trace_names);
    return code;
}

/* Which values came together. */
static void forget_facts(struct blueprint *blueprint)
{
    for (size_t i = 0; i < blueprint->place_first[blueprint->templates->n]; i++)
        blueprint->related[i].n_facts = 0;
    for (size_t i = 0; i < blueprint->n_shared; i++)
        blueprint->shared[i].n_facts = 0;
    for (size_t i = 0; i < blueprint->message_pieces.n; i++) {
        struct piece *piece = &blueprint->message_pieces.items[i];
        if (piece->kind == PIECE_SHARED) {
            piece->text = (struct lw_bytes){NULL, 0};
            piece->value = BLUEPRINT_NONE;
        }
    }
}

/* ---- text -----------------------------------------------------------------------------------------------------------
 */

/* The sequence of each wording: those of events have one, in order, see blueprint_compile.c. NULL: out of memory. */
static uint32_t *find_sequences(const struct counts *counts, size_t n_wordings)
{
    size_t n = counts->sequences.keys.count, at = 0;
    uint32_t *of = alloc_array(n_wordings, sizeof *of);
    bool *is_event = alloc_zeroed(n, sizeof *is_event);
    for (size_t t = 0; t < counts->trace_names.count && is_event != NULL; t++)
        for (size_t i = 0; i < counts->traces[t].n; i++)
            is_event[counts->traces[t].events[i].sequence] = true;
    for (size_t s = 0; s < n && at < n_wordings && of != NULL && is_event != NULL; s++)
        if (is_event[s])
            of[at++] = (uint32_t)s;
    if (is_event == NULL || at < n_wordings) {
        free(of);
        of = NULL;
    }
    free(is_event);
    return of;
}

/* The sequences that may be told of, each in the header that it mostly has. */
static int keep_choices(struct blueprint *blueprint, const struct model *model, const struct private_traces *made)
{
    uint32_t *sequences = find_sequences(model->counts, blueprint->n_wordings);
    size_t n = 0, at = 0;
    if (sequences == NULL)
        return LW_ERR_MEMORY;
    for (size_t t = 0; t < model->templates.n; t++) {
        size_t end = blueprint->choice_first[t + 1], i = at;
        blueprint->choice_first[t] = n;
        while (i < end) {
            struct choice best = blueprint->choices[i];
            for (uint32_t wording = best.wording; i < end && blueprint->choices[i].wording == wording; i++)
                if (blueprint->choices[i].weight > best.weight)
                    best = blueprint->choices[i];
            best.weight = (double)made->sequence_counts[sequences[best.wording]];
            if (best.weight > 0)
                blueprint->choices[n++] = best;
        }
        at = end;
    }
    blueprint->choice_first[model->templates.n] = blueprint->n_choices = n;
    free(sequences);
    return 0;
}

/* Headers that nothing has any more look like one that is still there. */
static int keep_headers(struct blueprint *blueprint)
{
    bool *is_used = alloc_zeroed(blueprint->n_headers, sizeof *is_used);
    if (is_used == NULL)
        return LW_ERR_MEMORY;
    for (size_t i = 0; i < blueprint->n_choices; i++)
        is_used[blueprint->choices[i].header] = true;
    for (size_t i = 0; i < blueprint->n_headers && blueprint->n_choices > 0; i++)
        if (!is_used[i])
            blueprint->headers[i] = blueprint->headers[blueprint->choices[0].header];
    free(is_used);
    return 0;
}

static bool holds(struct lw_bytes text, const struct buf *part)
{
    for (size_t at = 0; at + part->len <= text.len; at++)
        if (part->len == 0 || memcmp(text.data + at, part->data, part->len) == 0)
            return true;
    return false;
}

/* What stands around the name of a trace in an unknown message has to be text of some template that is told of. */
static void keep_unknown(struct blueprint *blueprint, const struct private_traces *made)
{
    struct unknown_message *unknown = &blueprint->unknown;
    for (size_t t = 0; t < blueprint->templates->n; t++)
        if (made->template_counts[t] > 0 && holds(blueprint->texts[t], &unknown->before) &&
            holds(blueprint->texts[t], &unknown->after))
            return;
    buf_clear(&unknown->before);
    buf_clear(&unknown->after);
    unknown->has_name = false;
}

/* ---- the document ---------------------------------------------------------------------------------------------------
 */

/* Templates that may be told of, with private counts and the levels of their headers. */
static int edit_templates(struct json_object *document, const struct blueprint *blueprint,
                          const struct private_traces *made)
{
    struct json_object *templates, *kept = json_object_new_array();
    if (kept == NULL || !json_object_object_get_ex(document, "templates", &templates)) {
        json_object_put(kept);
        return LW_ERR_MEMORY;
    }
    int code = 0;
    for (size_t t = 0; t < json_object_array_length(templates) && code == 0; t++) {
        struct json_object *item = json_object_array_get_idx(templates, t), *levels = json_object_new_object();
        size_t first = blueprint->choice_first[t];
        if (levels == NULL) {
            code = LW_ERR_MEMORY;
            break;
        }
        if (made->template_counts[t] == 0 || first == blueprint->choice_first[t + 1]) {
            json_object_put(levels);
            continue;
        }
        enum lw_level level = blueprint->headers[blueprint->choices[first].header].level;
        if (level != LW_LEVEL_NONE)
            json_object_object_add(levels, lw_level_name(level), json_object_new_uint64(made->template_counts[t]));
        json_object_object_add(item, "count", json_object_new_uint64(made->template_counts[t]));
        json_object_object_add(item, "levels", levels);
        code = json_object_array_add(kept, json_object_get(item)) != 0 ? LW_ERR_MEMORY : 0;
    }
    json_object_object_add(document, "templates", kept);
    return code;
}

static int read_again(const struct blueprint *bent, const struct private_traces *made, struct blueprint **out,
                      struct lw_error *err)
{
    struct buf text = BUF_INIT;
    blueprint_print_json(bent, &text);
    struct json_object *document = buf_status(&text) == 0 ? json_tokener_parse(text.data) : NULL;
    int code =
        document == NULL || edit_templates(document, bent, made) != 0 ? fail_memory(err, "preparing to generate") : 0;
    if (code == 0)
        code = blueprint_read_json("private statistics", document, out, err);
    json_object_put(document);
    buf_release(&text);
    return code;
}

/* ---- all ------------------------------------------------------------------------------------------------------------
 */

/* Bends the blueprint of the model; machine: of the private traces. */
static int bend(struct blueprint *blueprint, const struct model *model, const struct private_traces *made,
                const struct machine *machine)
{
    blueprint->machine = machine;
    free(blueprint->lengths);
    free(blueprint->arrival.gaps);
    free(blueprint->arrival.marks);
    free(blueprint->arrival.offsets);
    blueprint->lengths = NULL;
    blueprint->delays = (struct delays){.step_us = 1};
    blueprint->ties = (struct ties){.tick_us = 1};
    blueprint->arrival = (struct arrival){.first_us = LW_NO_TIME};
    int code = blueprint_find_lengths(blueprint, &made->traces);
    if (code == 0)
        code = blueprint_find_arrival(blueprint, &made->traces);
    free(blueprint->arrival.marks); /* they follow from counts that are not private */
    blueprint->arrival.marks = NULL;
    if (code == 0 && blueprint->arrival.first_us != LW_NO_TIME)
        blueprint->arrival.first_us += FIRST_US;
    if (code == 0)
        code = keep_choices(blueprint, model, made);
    if (code == 0)
        code = keep_headers(blueprint);
    if (code != 0)
        return code;
    keep_unknown(blueprint, made);
    forget_facts(blueprint);
    return forget_values(blueprint);
}

static void report_budget(const struct private_traces *made, const struct privacy_budget *budget,
                          const struct noise *noise, struct buf *report)
{
    buf_printf(report,
               "privacy of each trace: epsilon %g, delta %g (rho %.4g: messages .15, bags of events .3, paths "
               ".15, steps .2, delays .15, gaps .03, total .02; half of delta for thresholds); of a trace, %g events "
               "count; %zu templates, %zu bags, %zu paths and %zu steps came through",
               budget->epsilon, budget->delta, made->rho, budget->clip, made->n_templates, made->n_bags,
               made->n_variants, made->n_transitions);
    if (noise->is_seeded)
        buf_add_text(report, "; NOT PRIVATE, since the noise comes from a seed");
}

int private_blueprint(const struct model *model, const struct lw_constraints *constraints, struct noise *noise,
                      const struct lw_run *run, struct blueprint **out, struct buf *report, struct lw_error *err)
{
    const struct privacy_budget budget = {constraints->epsilon, constraints->delta, constraints->clip};
    struct private_traces made;
    struct machine machine = {.n_states = 0};
    struct blueprint *bent = NULL;
    int code = private_traces_make(model, &budget, noise, &made, err);
    if (code != 0)
        return code;
    code = machine_learn(&made.traces, run, &machine, err);
    if (code == 0)
        code = blueprint_of_model(model, constraints, &bent, err);
    if (code == 0 && bend(bent, model, &made, &machine) != 0)
        code = fail_memory(err, "preparing to generate");
    if (code == 0)
        code = read_again(bent, &made, out, err);
    if (code == 0)
        report_budget(&made, &budget, noise, report);
    blueprint_free(bent);
    machine_release(&machine);
    private_traces_release(&made);
    return code;
}

int blueprint_under(const struct model *model, const struct lw_constraints *constraints, const struct lw_run *run,
                    struct blueprint **out, struct buf *report, struct lw_error *err)
{
    struct noise noise;
    struct buf text = BUF_INIT;
    if (isnan(constraints->epsilon))
        return blueprint_of_model(model, constraints, out, err);
    if (constraints->has_noise_seed)
        noise_init_seeded(&noise, constraints->noise_seed);
    else
        noise_init(&noise);
    int code = private_blueprint(model, constraints, &noise, run, out, &text, err);
    if (code == 0 && report != NULL)
        buf_add(report, text.data, text.len);
    buf_release(&text);
    return code;
}
