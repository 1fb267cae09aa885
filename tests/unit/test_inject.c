#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "generate/generate.h"
#include "generate/inject.h"
#include "generate/outlier.h"
#include "generate/render.h"
#include "tests/lib/failalloc.h"
#include "tests/lib/small_generate.h"
#include "tests/lib/small_log.h"

/* Two services: sessions come in at one, statements run in the other, which alone fails. */
static void line_of_services(struct buf *out, const char *time, const char *level, unsigned session, unsigned pid,
                             const char *message)
{
    const char *service = strstr(message, "connection") != NULL ? "web" : "store";
    buf_printf(out, "%s.123 %s [%u] %s: %s (session s-%06u)\n", time, level, pid, service, message, session);
}

static const struct small_style served = {"plain of services", "\\(session (s-[0-9]+)\\)", line_of_services};

#define N_MODELS 3 /* and one more, of windows */
#define SELDOM   2
#define WINDOWS  3
static struct model *models[N_MODELS + 1];
static struct blueprint *blueprints[N_MODELS + 1];
static struct parties parties[N_MODELS + 1];

/* As in a log where other ways are so much more frequent that failures are outside the core. */
static void make_failures_rare(struct model *model)
{
    for (size_t i = 0; i < model->machine.n_edges; i++) {
        struct machine_edge *edge = &model->machine.edges[i];
        ptrdiff_t at = edge->to == MACHINE_END ? -1 : templates_index(&model->templates, edge->template_id);
        if (at >= 0 && template_usual_level(&model->templates.items[at]) == LW_LEVEL_ERROR)
            edge->is_core = false;
    }
}

static int make_models(void **state)
{
    if (scratch_set_up(state) != 0)
        return -1;
    models[0] = small_model(&small_styles[0], 400);
    models[1] = small_model(&served, 400);
    models[SELDOM] = small_model(&served, 400);
    if (models[SELDOM] != NULL)
        make_failures_rare(models[SELDOM]);
    models[WINDOWS] = small_model(&small_styles[3], 400);
    for (int i = 0; i <= N_MODELS; i++)
        if (models[i] == NULL || blueprint_of_model(models[i], NULL, &blueprints[i], NULL) != 0 ||
            parties_init(&parties[i], blueprints[i], NULL) != 0)
            return -1;
    return 0;
}

static int free_models(void **state)
{
    for (int i = 0; i <= N_MODELS; i++) {
        parties_release(&parties[i]);
        blueprint_free(blueprints[i]);
        model_free(models[i]);
    }
    return scratch_tear_down(state);
}

#define N 2000

static void generate(int which, enum anomaly kind, double rate, const struct lw_run *run, struct generated *out)
{
    struct lw_constraints *c = NULL;
    struct lw_error err;
    assert_int_equal(lw_constraints_new(&c, NULL), 0);
    c->traces = N;
    c->anomalies[kind] = (struct anomaly_spec){rate, 6, 40, .5};
    if (generate_traces(blueprints[which], c, "machine", run, out, &err) != 0)
        fail_msg("%s: %s", anomaly_name(kind), err.text);
    lw_constraints_free(c);
}

static bool is_same(const struct course *a, const struct course *b)
{
    if (a->n != b->n || memcmp(a->templates, b->templates, a->n * sizeof *a->templates) != 0)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (a->times_us[i] - a->times_us[0] != b->times_us[i] - b->times_us[0])
            return false;
    return true;
}

static size_t count_of(const struct course *course, uint32_t id)
{
    size_t n = 0;
    for (size_t i = 0; i < course->n; i++)
        n += course->templates[i] == id;
    return n;
}

/* What each kind does to a trace that was `was`, and what it leaves alone. */
static void check_hit(int which, enum anomaly kind, const struct course *is, const struct course *was)
{
    const struct machine *machine = blueprints[which]->machine;
    bool is_lawful = machine_accepts(machine, is);
    size_t first = is->n, failed = 0, late = 0, differ = 0;
    for (size_t i = is->n; i-- > 0;) {
        first = is->kinds[i] != ANOMALY_NONE ? i : first;
        failed += is->kinds[i] != ANOMALY_NONE && parties_is_failure(&parties[which], is->templates[i]);
    }
    assert_true(first < is->n);
    for (size_t i = 0; i < is->n && i < was->n; i++) {
        differ += is->templates[i] != was->templates[i];
        int64_t delay = i == 0 ? 0 : is->times_us[i] - is->times_us[i - 1];
        int64_t usual = i == 0 ? 0 : was->times_us[i] - was->times_us[i - 1];
        late += delay > usual;
        bool is_detour = kind == ANOMALY_CASCADE || kind == ANOMALY_FLAPPING || kind == ANOMALY_EXHAUSTION;
        if (i < first && !is_detour) {
            assert_int_equal(is->templates[i], was->templates[i]);
            assert_int_equal(delay, usual);
        }
    }
    if (kind == ANOMALY_PARAMETER) {
        assert_true(is_same(is, was));
        assert_true(parties_get(&parties[which], is->templates[first])->has_parameter);
    } else if (kind == ANOMALY_COUNT_WRONG) {
        assert_int_equal(abs((int)is->n - (int)was->n), 1);
        for (uint32_t id = 0; id < machine->n_symbols; id++)
            differ = count_of(is, id) != count_of(was, id) ? id : differ;
        assert_int_equal(abs((int)count_of(is, (uint32_t)differ) - (int)count_of(was, (uint32_t)differ)), 1);
    } else if (kind == ANOMALY_CRASH) {
        assert_false(is_lawful);
        assert_true(is->n < was->n);
        assert_int_equal(differ, 0);
        assert_int_equal(first, is->n - 1);
    } else if (kind == ANOMALY_DRIFT) {
        assert_true(is_lawful && late > 0 && is->n == was->n && differ == 0);
    } else if (kind == ANOMALY_EXHAUSTION) {
        assert_true(is_lawful && late > 0);
    } else if (kind == ANOMALY_TIMEOUT) {
        assert_true(is->n > 0 && is_lawful == (failed > 0));
        assert_true(!is_lawful || is->times_us[first] - is->times_us[first - 1] >= 6 * 1000000);
    } else {
        assert_true(is_lawful && failed > 0);
    }
}

static const enum anomaly kinds[] = {ANOMALY_PARAMETER,  ANOMALY_COUNT_WRONG, ANOMALY_TIMEOUT,  ANOMALY_CASCADE,
                                     ANOMALY_EXHAUSTION, ANOMALY_CRASH,       ANOMALY_FLAPPING, ANOMALY_DRIFT};
#define N_KINDS (sizeof kinds / sizeof *kinds)

static void each_kind_hits_its_share_and_breaks_what_it_says(void **state)
{
    (void)state;
    for (int which = 0; which < N_MODELS; which++)
        for (size_t k = 0; k < N_KINDS; k++) {
            struct generated g, plain;
            generate(which, kinds[k], .05, NULL, &g);
            generate(which, kinds[k], 0, NULL, &plain);
            size_t n_hit = 0;
            for (size_t t = 0; t < N; t++) {
                struct course is = small_course(&g, t), was = small_course(&plain, t);
                for (size_t i = 1; i < is.n; i++)
                    assert_true(is.times_us[i - 1] <= is.times_us[i]);
                n_hit += g.kinds[t] == kinds[k];
                if (g.kinds[t] == ANOMALY_NONE)
                    assert_true(is_same(&is, &was));
                else
                    check_hit(which, kinds[k], &is, &was);
                assert_true((g.roots[t] == UINT32_MAX) == (g.kinds[t] == ANOMALY_NONE));
                assert_true(g.roots[t] == UINT32_MAX || is.kinds[g.roots[t]] == kinds[k]);
            }
            assert_int_equal(n_hit, N / 20);
            generated_release(&g);
            generated_release(&plain);
        }
}

/* No way of the core leads to a failure: those that lead there outside it are taken, all steps being the machine's. */
static void failures_outside_the_core_are_reached(void **state)
{
    (void)state;
    static const enum anomaly failing[] = {ANOMALY_CASCADE, ANOMALY_FLAPPING, ANOMALY_TIMEOUT};
    const struct machine *machine = blueprints[SELDOM]->machine;
    size_t n_rare = 0;
    for (size_t i = 0; i < machine->n_edges; i++)
        if (machine->edges[i].to != MACHINE_END &&
            parties_is_failure(&parties[SELDOM], machine->edges[i].template_id)) {
            assert_false(machine->edges[i].is_core);
            n_rare++;
        }
    assert_true(n_rare > 0);
    for (size_t k = 0; k < sizeof failing / sizeof *failing; k++) {
        struct generated g;
        size_t n_failed = 0;
        generate(SELDOM, failing[k], .05, NULL, &g);
        for (size_t t = 0; t < N; t++) {
            struct course is = small_course(&g, t);
            bool has_failed = false;
            for (size_t i = 0; i < is.n && g.kinds[t] == failing[k]; i++)
                has_failed = has_failed || parties_is_failure(&parties[SELDOM], is.templates[i]);
            assert_true(!has_failed || machine_accepts(machine, &is));
            n_failed += has_failed;
        }
        /* A step from which nothing leads to a failure may time out as well. */
        assert_in_range(n_failed, failing[k] == ANOMALY_TIMEOUT ? N / 40 : N / 20, N / 20);
        generated_release(&g);
    }
}

/* Even of severity 1, and where a window leaves little room: what is labelled shows as longer than any delay seen. */
static void what_is_late_is_later_than_any(void **state)
{
    (void)state;
    static const enum anomaly late[] = {ANOMALY_DELAY, ANOMALY_TIMEOUT};
    for (int which = 0; which <= N_MODELS; which++)
        for (size_t k = 0; k < 2; k++) {
            struct lw_constraints *c = NULL;
            struct lw_error err;
            struct generated g;
            assert_int_equal(lw_constraints_new(&c, NULL), 0);
            c->traces = N;
            c->delay_factor = 1.5;
            c->anomalies[late[k]] = (struct anomaly_spec){.02, 1, 40, .5};
            if (generate_traces(blueprints[which], c, "machine", NULL, &g, &err) != 0)
                fail_msg("%s: %s", anomaly_name(late[k]), err.text);
            for (size_t t = 0; t < N; t++) {
                struct course is = small_course(&g, t);
                if (g.kinds[t] == ANOMALY_NONE || !machine_accepts(blueprints[which]->machine, &is))
                    continue;
                const struct machine_edge *edge = NULL;
                struct machine_walk walk;
                machine_walk_init(&walk);
                for (size_t i = 0; i <= g.roots[t]; i++)
                    machine_step(blueprints[which]->machine, &walk, is.templates[i], false, &edge);
                double delay = (double)(is.times_us[g.roots[t]] - is.times_us[g.roots[t] - 1]);
                assert_true(delay > 1.5 * (double)machine_delay_bound(edge));
            }
            generated_release(&g);
            lw_constraints_free(c);
        }
}

/* The record of a wrong parameter is still of its template; its value is none that the log has. */
static void a_wrong_parameter_is_one_that_never_was(void **state)
{
    (void)state;
    struct generated g, plain;
    struct renderer *renderer, *sound;
    struct render_scratch scratch, other;
    struct template_match match;
    generate(0, ANOMALY_PARAMETER, .2, NULL, &g);
    generate(0, ANOMALY_PARAMETER, 0, NULL, &plain);
    assert_int_equal(renderer_new(blueprints[0], &g, 1, &renderer, NULL), 0);
    assert_int_equal(renderer_new(blueprints[0], &plain, 1, &sound, NULL), 0);
    render_scratch_init(&scratch);
    render_scratch_init(&other);
    template_match_init(&match);
    size_t n = 0;
    for (size_t i = 0; i < g.traces.n_events; i++) {
        assert_int_equal(render_record(renderer, i, &scratch, NULL), 0);
        assert_int_equal(render_record(sound, i, &other, NULL), 0);
        bool is_odd = g.event_kinds[i] == ANOMALY_PARAMETER;
        n += is_odd;
        if (!is_odd) {
            assert_int_equal(scratch.text.len, other.text.len);
            assert_memory_equal(scratch.text.data, other.text.data, other.text.len);
            continue;
        }
        assert_int_equal(model_match_message(models[0], scratch.text.data + scratch.message_start, scratch.message_len,
                                             false, true, &match),
                         0);
        assert_int_equal(match.id, g.traces.templates[i]);
        double largest = 0;
        for (size_t k = 0; k < match.n_spans; k++) {
            const char *value = scratch.text.data + scratch.message_start + match.spans[k].start;
            size_t digits = strspn(value, "ut"); /* users u17, tables t3 */
            largest = fmax(largest, strtod(value + digits, NULL));
        }
        assert_true(largest >= 10);
    }
    assert_int_equal(n, N / 5);
    template_match_release(&match);
    render_scratch_release(&scratch);
    render_scratch_release(&other);
    renderer_free(renderer);
    renderer_free(sound);
    generated_release(&g);
    generated_release(&plain);
}

static void outliers_are_out(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct value_model numbers = {0}, words = {0};
    assert_int_equal(value_model_reserve(&numbers, 3, 2, &arena), 0);
    assert_int_equal(value_model_reserve(&words, 2, 0, &arena), 0);
    numbers.texts[0] = (struct lw_bytes){"7", 1};
    numbers.texts[1] = (struct lw_bytes){"-80", 3};
    numbers.texts[2] = (struct lw_bytes){"9.25", 4};
    words.texts[0] = (struct lw_bytes){"blue", 4};
    words.texts[1] = (struct lw_bytes){"blue1", 5};
    for (int i = 0; i < 3; i++)
        numbers.upto[i] = i + 1;
    words.upto[0] = 1;
    words.upto[1] = 2;
    numbers.quantiles[0] = 0;
    numbers.quantiles[1] = 100;
    numbers.n = 3;
    words.n = 2;
    numbers.n_quantiles = 2;
    numbers.n_single = 3;
    words.n_single = 2;
    numbers.replicas = words.replicas = 1;
    for (uint64_t i = 0; i < 500; i++) {
        struct rng rng;
        struct buf out = BUF_INIT;
        rng_init(&rng, 1, 1, i);
        outlier_print(&numbers, 0, &rng, &out);
        assert_int_equal(buf_status(&out), 0);
        assert_true(strtod(out.data, NULL) > 100000);
        buf_clear(&out);
        outlier_print(&numbers, 5000, &rng, &out);
        assert_true(strtod(out.data, NULL) > 5000000);
        buf_clear(&out);
        outlier_print(&words, 0, &rng, &out);
        assert_int_equal(strncmp(out.data, "blue", 4), 0);
        assert_true(out.len > 4 && !(out.len == 5 && out.data[4] == '1'));
        buf_release(&out);
    }
    arena_release(&arena);
}

/* Values whose like comes again, and that nobody hides: neither identifiers nor what is new every time. */
static void an_outlier_shows_where_values_come_again(void **state)
{
    (void)state;
    static const struct {
        const char *before, *texts[2];
        double each, fresh;
        enum value_form form;
        bool shows;
    } rows[] = {
        {"took ", {"7", "80"}, 30, 0, FORM_NONE, true},
        {"took ", {"7", "80"}, 3, 90, FORM_INTEGER, true},
        {"state ", {"on-1", "off-2"}, 30, 0, FORM_NONE, true},
        {"state ", {"on-1", "off-2"}, 4, 0, FORM_NONE, false},
        {"state ", {"on-1", "7"}, 30, 0, FORM_NONE, false},
        {"state ", {"on-1", "off-2"}, 30, 9, FORM_NAMES, false},
        {"from ", {"192.168.7.4", "192.168.7.5"}, 30, 0, FORM_NONE, false},
        {"for user ", {"bob1", "eve2"}, 30, 0, FORM_NONE, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena arena = ARENA_INIT;
        struct value_model model = {.replicas = 1};
        assert_int_equal(value_model_reserve(&model, 2, 2, &arena), 0);
        for (int k = 0; k < 2; k++) {
            model.texts[k] = (struct lw_bytes){rows[i].texts[k], strlen(rows[i].texts[k])};
            model.upto[k] = (k + 1) * rows[i].each;
            model.quantiles[k] = 100 * k;
        }
        model.n = model.n_single = model.n_quantiles = 2;
        model.fresh = rows[i].fresh;
        model.form = rows[i].form;
        struct piece pieces[] = {
            {.kind = PIECE_TEXT, .value = BLUEPRINT_NONE, .text = {rows[i].before, strlen(rows[i].before)}},
            {.kind = PIECE_VALUE},
            {.kind = PIECE_SHARED}};
        struct blueprint blueprint = {.values = &model, .n_values = 1, .message_pieces = {.items = pieces, .n = 3}};
        const struct wording wording = {0, 3};
        assert_false(outlier_shows(&blueprint, &wording, 0));
        assert_false(outlier_shows(&blueprint, &wording, 2));
        if (outlier_shows(&blueprint, &wording, 1) != rows[i].shows)
            fail_msg("%s%s", rows[i].before, rows[i].texts[0]);
        arena_release(&arena);
    }
}

/* A place has values of its own in each wording: far is what is far from all of them. */
static void the_largest_is_that_of_all_wordings(void **state)
{
    (void)state;
    double upto[] = {30};
    struct lw_bytes texts[2][1] = {{{"7", 1}}, {{"900", 3}}};
    struct value_model models_of[2];
    for (int i = 0; i < 2; i++)
        models_of[i] = (struct value_model){.n = 1, .n_single = 1, .texts = texts[i], .upto = upto, .replicas = 1};
    struct piece pieces[] = {{.kind = PIECE_VALUE, .value = 0, .place = 0},
                             {.kind = PIECE_VALUE, .value = 1, .place = 0},
                             {.kind = PIECE_TEXT, .text = {"2000", 4}, .value = BLUEPRINT_NONE, .place = 0},
                             {.kind = PIECE_TEXT, .text = {"70000", 5}, .value = BLUEPRINT_NONE, .place = 1}};
    struct wording wordings[] = {{0, 1}, {1, 1}, {2, 2}};
    struct choice choices[] = {{.wording = 0}, {.wording = 1}, {.wording = 2}};
    size_t choice_first[] = {0, 2, 3}, place_first[] = {0, 1, 2};
    struct templates templates = {.n = 2};
    struct blueprint blueprint = {.values = models_of,
                                  .n_values = 2,
                                  .templates = &templates,
                                  .message_pieces = {.items = pieces, .n = 4},
                                  .wordings = wordings,
                                  .n_wordings = 3,
                                  .choices = choices,
                                  .n_choices = 3,
                                  .choice_first = choice_first,
                                  .place_first = place_first};
    assert_true(outlier_largest(&blueprint, 0) > 899 && outlier_largest(&blueprint, 0) < 901);
    choice_first[1] = 3;
    assert_true(outlier_largest(&blueprint, 0) > 1999 && outlier_largest(&blueprint, 0) < 2001);
}

static int by_time(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Where the hit traces begin to be anomalous, sorted; how many. */
static size_t find_roots(const struct generated *g, int64_t *times)
{
    size_t n = 0;
    for (size_t t = 0; t < N; t++)
        if (g->roots[t] != UINT32_MAX)
            times[n++] = g->traces.times_us[g->traces.first[t] + g->roots[t]];
    qsort(times, n, sizeof *times, by_time);
    return n;
}

/* Episodes: what they hit lies close together, far closer than traces drawn one by one would. */
static void what_an_episode_hits_lies_together(void **state)
{
    (void)state;
    static int64_t times[N];
    for (size_t k = 0; k < N_KINDS; k++) {
        struct generated g;
        generate(1, kinds[k], .05, NULL, &g);
        size_t n = find_roots(&g, times), far = 0;
        for (size_t i = 1; i < n; i++)
            far += times[i] - times[i - 1] > 40000000;
        bool is_episode = k >= 3;
        if (is_episode ? far > n / 4 : far < n / 3)
            fail_msg("%s: %zu of %zu lie apart", anomaly_name(kinds[k]), far, n);
        generated_release(&g);
    }
}

static void nothing_starts_while_a_service_is_down(void **state)
{
    (void)state;
    struct generated g, plain;
    generate(0, ANOMALY_CRASH, .01, NULL, &g);
    generate(0, ANOMALY_CRASH, 0, NULL, &plain);
    size_t moved = 0;
    for (size_t t = 0; t < N; t++) {
        int64_t later = g.traces.times_us[g.traces.first[t]] - plain.traces.times_us[plain.traces.first[t]];
        assert_in_range(later, 0, 40000000);
        moved += later > 0;
    }
    assert_true(moved > 0);
    for (size_t t = 0; t < N; t++) { /* between a cut and the restart, no trace that was not there starts */
        if (g.kinds[t] != ANOMALY_CRASH)
            continue;
        size_t last = g.traces.first[t + 1] - 1;
        int64_t cut = plain.traces.times_us[plain.traces.first[t] + trace_set_len(&g.traces, t)];
        for (size_t u = 0; u < N; u++) {
            int64_t start = g.traces.times_us[g.traces.first[u]];
            if (start > cut && start < g.traces.times_us[last] + 40000000)
                assert_true(plain.traces.times_us[plain.traces.first[u]] > g.traces.times_us[last]);
        }
    }
    generated_release(&g);
    generated_release(&plain);
}

static void shares_are_met_together_and_on_any_number_of_threads(void **state)
{
    (void)state;
    struct lw_executor *executor;
    struct generated g[2];
    size_t counts[ANOMALY_COUNT] = {0};
    struct lw_constraints *c = NULL;
    assert_int_equal(lw_constraints_new(&c, NULL), 0);
    assert_int_equal(lw_executor_new(3, &executor, NULL), 0);
    struct lw_run run = {LW_OPTIONS_VERSION, executor, NULL, NULL, NULL};
    c->traces = N;
    for (int kind = ANOMALY_NONE + 1; kind < ANOMALY_COUNT; kind++)
        c->anomalies[kind] = (struct anomaly_spec){.02, 4, 100, .3};
    for (int i = 0; i < 2; i++)
        assert_int_equal(generate_traces(blueprints[1], c, "machine", i == 0 ? NULL : &run, &g[i], NULL), 0);
    for (size_t t = 0; t < N; t++)
        counts[g[0].kinds[t]]++;
    for (int kind = ANOMALY_NONE + 1; kind < ANOMALY_COUNT; kind++)
        assert_int_equal(counts[kind], N / 50);
    size_t n = g[0].traces.n_events;
    assert_int_equal(n, g[1].traces.n_events);
    assert_memory_equal(g[0].traces.templates, g[1].traces.templates, n * sizeof *g[0].traces.templates);
    assert_memory_equal(g[0].traces.times_us, g[1].traces.times_us, n * sizeof *g[0].traces.times_us);
    assert_memory_equal(g[0].event_kinds, g[1].event_kinds, n);
    assert_memory_equal(g[0].kinds, g[1].kinds, N);
    generated_release(&g[0]);
    generated_release(&g[1]);
    lw_constraints_free(c);
    lw_executor_free(executor);
}

static void what_cannot_be_is_said(void **state)
{
    (void)state;
    struct lw_constraints *c = NULL;
    struct lw_error err;
    struct generated g;
    assert_int_equal(lw_constraints_new(&c, NULL), 0);
    c->anomalies[ANOMALY_DRIFT] = (struct anomaly_spec){.1, 1, 60, 0};
    assert_int_equal(generate_traces(blueprints[0], c, "machine", NULL, &g, &err), LW_ERR_INFEASIBLE);
    assert_non_null(strstr(err.text, "anomalies.drift: 0.1 cannot be met: 0 of 1000 traces"));
    c->anomalies[ANOMALY_DRIFT].rate = 0;
    c->anomalies[ANOMALY_CRASH] = (struct anomaly_spec){1, 1, 60, 0};
    assert_int_equal(generate_traces(blueprints[0], c, "machine", NULL, &g, &err), LW_ERR_INFEASIBLE);
    double can;
    assert_int_equal(sscanf(strrchr(err.text, ';'), "; %lf can be met", &can), 1);
    c->anomalies[ANOMALY_CRASH].rate = can;
    assert_int_equal(generate_traces(blueprints[0], c, "machine", NULL, &g, &err), 0);
    generated_release(&g);
    lw_constraints_free(c);
}

static int generate_and_release(void *user, struct lw_error *err)
{
    struct generated g;
    int rc = generate_traces(blueprints[1], user, "machine", NULL, &g, err);
    if (rc == 0)
        generated_release(&g);
    return rc;
}

static void memory_may_run_out(void **state)
{
    (void)state;
    struct lw_constraints *c = NULL;
    assert_int_equal(lw_constraints_new(&c, NULL), 0);
    c->traces = 60;
    for (int kind = ANOMALY_NONE + 1; kind < ANOMALY_COUNT; kind++)
        c->anomalies[kind] = (struct anomaly_spec){.034, 4, 100, .3};
    failalloc_each(generate_and_release, c);
    lw_constraints_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_hits_its_share_and_breaks_what_it_says),
        cmocka_unit_test(failures_outside_the_core_are_reached),
        cmocka_unit_test(what_is_late_is_later_than_any),
        cmocka_unit_test(a_wrong_parameter_is_one_that_never_was),
        cmocka_unit_test(outliers_are_out),
        cmocka_unit_test(the_largest_is_that_of_all_wordings),
        cmocka_unit_test(an_outlier_shows_where_values_come_again),
        cmocka_unit_test(what_an_episode_hits_lies_together),
        cmocka_unit_test(nothing_starts_while_a_service_is_down),
        cmocka_unit_test(shares_are_met_together_and_on_any_number_of_threads),
        cmocka_unit_test(what_cannot_be_is_said),
        cmocka_unit_test(memory_may_run_out),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, make_models, free_models);
}
