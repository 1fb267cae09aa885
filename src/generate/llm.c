/*
 * A trace is mended by walking the core machine with it: a step that the machine has is taken; where one event was
 * left out the machine's own is put in, if that makes the next step one it has; any other event is dropped; at the end
 * the shortest way out is added. A trace of which more than a quarter had to be changed says nothing of the program,
 * and is thrown away. Taking the answer as it is was rejected: a model invents events and steps, and what is generated
 * has to be lawful. So was an alignment of least cost over all ways: it mends better what should be asked for again.
 */
#include "generate/llm.h"

#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/executor.h"
#include "base/fail.h"
#include "generate/llm_prompt.h"

#define EVENTS_A_QUESTION 160 /* about as many are asked for at once */
#define TRACES_A_QUESTION 20
#define TOKENS_AN_EVENT   30
#define LINE_MAX_BYTES    1000   /* a longer line is none of ours */
#define WAIT_MAX_MS       8.64e7 /* a day */
#define LONGEST_FACTOR    4      /* times the longest trace known: a longer one runs in circles */

/* ---- mending ------------------------------------------------------------------------------------------------------
 */

struct walk {
    const struct machine *machine;
    uint32_t state;
    struct course *course; /* what is kept */
    size_t n_changes;
    double pending_us; /* waits of dropped events */
};

static const struct machine_edge *find_edge(const struct machine *machine, uint32_t state, uint32_t template_id)
{
    const struct machine_state *from = &machine->states[state];
    for (size_t i = from->first_edge; i < (size_t)from->first_edge + from->n_edges; i++) {
        const struct machine_edge *edge = &machine->edges[i];
        bool is_it = template_id == LW_TEMPLATE_UNKNOWN ? edge->to == MACHINE_END
                                                        : edge->to != MACHINE_END && edge->template_id == template_id;
        if (is_it && edge->is_core)
            return edge;
    }
    return NULL;
}

static double usual_wait(const struct machine_edge *edge)
{
    int64_t usual = machine_delay_quantile(edge, .5);
    return usual == LW_NO_TIME ? 0 : (double)usual;
}

static int take_step(struct walk *walk, const struct machine_edge *edge, double wait_us)
{
    struct course *course = walk->course;
    double last = (double)course_lasts_us(course);
    double at = course->n == 0 ? 0 : last + (isnan(wait_us) ? usual_wait(edge) : wait_us) + walk->pending_us;
    walk->pending_us = 0;
    walk->state = edge->to;
    return course_add(course, course->n, edge->template_id, (int64_t)at);
}

/* The most probable core step out of the state after which the machine has the event. */
static const struct machine_edge *find_bridge(const struct machine *machine, uint32_t state, uint32_t template_id)
{
    const struct machine_state *from = &machine->states[state];
    for (size_t i = from->first_edge; i < (size_t)from->first_edge + from->n_edges; i++) {
        const struct machine_edge *edge = &machine->edges[i];
        if (edge->is_core && edge->to != MACHINE_END && find_edge(machine, edge->to, template_id) != NULL)
            return edge;
    }
    return NULL;
}

static int add_event(struct walk *walk, uint32_t template_id, double wait_us)
{
    const struct machine_edge *edge = find_edge(walk->machine, walk->state, template_id);
    if (edge != NULL)
        return take_step(walk, edge, wait_us);
    walk->n_changes++;
    const struct machine_edge *bridge = find_bridge(walk->machine, walk->state, template_id);
    if (bridge == NULL) {
        walk->pending_us += isnan(wait_us) ? 0 : wait_us;
        return 0;
    }
    int rc = take_step(walk, bridge, NAN);
    return rc != 0 ? rc : take_step(walk, find_edge(walk->machine, walk->state, template_id), wait_us);
}

/* next[s]: the first edge of a shortest way of core edges from s to the end, or UINT32_MAX. Breadth first, by rounds
 * over all edges: there are as many rounds as the way out of the state that is farthest from the end has steps. */
static uint32_t *find_ways_out(const struct machine *machine)
{
    uint32_t *next = alloc_array(machine->n_states, sizeof *next),
             *steps = alloc_array(machine->n_states, sizeof *steps);
    if (next == NULL || steps == NULL) {
        free(next);
        free(steps);
        return NULL;
    }
    for (size_t s = 0; s < machine->n_states; s++) {
        next[s] = UINT32_MAX;
        steps[s] = UINT32_MAX;
    }
    steps[MACHINE_END] = 0;
    bool is_changed = true;
    for (uint32_t round = 0; is_changed; round++) {
        is_changed = false;
        for (uint32_t i = 0; i < machine->n_edges; i++) {
            const struct machine_edge *edge = &machine->edges[i];
            if (!edge->is_core || steps[edge->to] != round || steps[edge->from] != UINT32_MAX)
                continue;
            steps[edge->from] = round + 1;
            next[edge->from] = i;
            is_changed = true;
        }
    }
    free(steps);
    return next;
}

static int leave(struct walk *walk, const uint32_t *ways_out)
{
    int rc = 0;
    while (walk->state != MACHINE_END && ways_out[walk->state] != UINT32_MAX && rc == 0) {
        const struct machine_edge *edge = &walk->machine->edges[ways_out[walk->state]];
        if (edge->to == MACHINE_END) {
            walk->state = MACHINE_END;
            break;
        }
        walk->n_changes++;
        rc = take_step(walk, edge, NAN);
    }
    return rc;
}

/* ---- the lines of an answer ----------------------------------------------------------------------------------------
 */

struct line {
    char trace[64];
    uint32_t template_id; /* LW_TEMPLATE_UNKNOWN: of an event that is not there */
    double wait_us;       /* NaN: not said */
};

/* "E12", "12" or 12. */
static uint32_t read_event(const struct blueprint *blueprint, struct json_object *value)
{
    const char *text = json_object_get_string(value);
    char *end;
    if (text == NULL)
        return LW_TEMPLATE_UNKNOWN;
    text += *text == 'E';
    unsigned long id = *text >= '0' && *text <= '9' ? strtoul(text, &end, 10) : 0;
    ptrdiff_t index = id > 0 && id < UINT32_MAX && *end == 0 ? templates_index(blueprint->templates, (uint32_t)id) : -1;
    return index < 0 ? LW_TEMPLATE_UNKNOWN : blueprint->templates->items[index].id;
}

static bool read_line(const struct blueprint *blueprint, const char *data, size_t len, struct line *out)
{
    struct json_tokener *tokener = json_tokener_new_ex(8);
    struct json_object *object = tokener == NULL ? NULL : json_tokener_parse_ex(tokener, data, (int)len), *value;
    bool is_good = object != NULL && json_object_is_type(object, json_type_object) &&
                   json_object_object_get_ex(object, "trace", &value);
    *out = (struct line){.wait_us = NAN};
    if (is_good) {
        const char *name = json_object_get_string(value);
        size_t n = name == NULL ? 0 : strlen(name);
        is_good = n > 0 && n < sizeof out->trace && json_object_object_get_ex(object, "event", &value);
        if (is_good) {
            memcpy(out->trace, name, n + 1);
            out->template_id = read_event(blueprint, value);
        }
    }
    if (is_good && json_object_object_get_ex(object, "wait_ms", &value)) {
        double wait = json_object_get_double(value);
        if (wait >= 0 && wait <= WAIT_MAX_MS)
            out->wait_us = wait * 1e3;
    }
    json_object_put(object);
    if (tokener != NULL)
        json_tokener_free(tokener);
    return is_good;
}

struct taking {
    const struct blueprint *blueprint;
    const uint32_t *ways_out;
    struct course *courses;
    size_t max, *n;
    struct llm_tally *tally;
    struct walk walk;
    size_t n_events;
    char trace[64]; /* that is being read; "" = none */
};

static int begin_trace(struct taking *taking, const char *name)
{
    memcpy(taking->trace, name, sizeof taking->trace);
    taking->n_events = 0;
    taking->walk = (struct walk){taking->blueprint->machine, MACHINE_START, &taking->courses[*taking->n], 0, 0};
    taking->courses[*taking->n].n = 0;
    return 0;
}

static int end_trace(struct taking *taking)
{
    struct walk *walk = &taking->walk;
    if (taking->trace[0] == 0)
        return 0;
    int rc = leave(walk, taking->ways_out);
    size_t longest = taking->blueprint->longest;
    bool is_good = walk->state == MACHINE_END && walk->course->n > 0 && walk->n_changes * 4 <= taking->n_events &&
                   (longest == 0 || walk->course->n <= longest * LONGEST_FACTOR);
    taking->trace[0] = 0;
    if (rc != 0)
        return rc;
    taking->tally->mended += is_good && walk->n_changes > 0;
    taking->tally->rejected += !is_good;
    taking->tally->traces += is_good;
    *taking->n += is_good;
    if (!is_good)
        snprintf(taking->tally->complaint, sizeof taking->tally->complaint,
                 "a trace of %zu events took steps that the machine does not have, %zu had to be changed.",
                 taking->n_events, walk->n_changes);
    return 0;
}

static int take_line(struct taking *taking, const char *data, size_t len)
{
    struct line line;
    taking->tally->lines++;
    if (len > LINE_MAX_BYTES || !read_line(taking->blueprint, data, len, &line)) {
        taking->tally->bad_lines++;
        snprintf(taking->tally->complaint, sizeof taking->tally->complaint,
                 "some lines were no JSON with the members trace and event.");
        return 0;
    }
    int rc = 0;
    if (strcmp(line.trace, taking->trace) != 0) {
        rc = end_trace(taking);
        if (rc != 0 || *taking->n == taking->max)
            return rc;
        begin_trace(taking, line.trace);
    }
    taking->n_events++;
    if (line.template_id == LW_TEMPLATE_UNKNOWN) {
        taking->walk.n_changes++;
        return 0;
    }
    return add_event(&taking->walk, line.template_id, line.wait_us);
}

int llm_take_answer(const struct blueprint *blueprint, const char *text, size_t len, struct course *courses, size_t max,
                    size_t *n, struct llm_tally *tally)
{
    uint32_t *ways_out = find_ways_out(blueprint->machine);
    struct taking taking = {
        .blueprint = blueprint, .ways_out = ways_out, .courses = courses, .max = max, .n = n, .tally = tally};
    int rc = ways_out == NULL ? LW_ERR_MEMORY : 0;
    for (size_t at = 0; at < len && rc == 0 && *n < max;) {
        const char *end = memchr(text + at, '\n', len - at);
        size_t line_len = end == NULL ? len - at : (size_t)(end - (text + at));
        size_t blank = 0;
        while (blank < line_len && (text[at + blank] == ' ' || text[at + blank] == '\t'))
            blank++;
        if (blank < line_len && text[at + blank] == '{') /* what is not, is prose around the lines */
            rc = take_line(&taking, text + at + blank, line_len - blank);
        at += line_len + 1;
    }
    if (rc == 0 && *n < max)
        rc = end_trace(&taking);
    free(ways_out);
    return rc;
}

/* ---- asking -------------------------------------------------------------------------------------------------------
 */

static size_t traces_a_question(const struct blueprint *blueprint)
{
    const struct machine *machine = blueprint->machine;
    uint64_t events = 0;
    for (size_t i = 0; i < machine->n_edges; i++)
        events += machine->edges[i].to != MACHINE_END ? machine->edges[i].count : 0;
    double mean = machine->n_traces > 0 ? (double)events / (double)machine->n_traces : 1;
    return (size_t)fmin(fmax(EVENTS_A_QUESTION / fmax(mean, 1), 1), TRACES_A_QUESTION);
}

static int ask_once(struct llm_client *client, const struct blueprint *blueprint,
                    const struct lw_constraints *constraints, const struct buf *system, struct course *courses,
                    size_t *done, size_t n, const struct lw_run *run, struct llm_tally *tally, struct lw_error *err)
{
    struct buf user = BUF_INIT, answer = BUF_INIT;
    llm_prompt_user(blueprint, constraints, courses, *done, n - *done, tally, &user);
    buf_printf(&user, " (question %llu)", (unsigned long long)++tally->questions);
    tally->complaint[0] = 0;
    int rc = buf_status(&user) != 0 ? fail_memory(err, "asking a language model")
                                    : llm_client_ask(client, system->data, user.data,
                                                     EVENTS_A_QUESTION * TOKENS_AN_EVENT, run, &answer, err);
    if (rc == 0 && llm_take_answer(blueprint, answer.data, answer.len, courses, n, done, tally) != 0)
        rc = fail_memory(err, "reading a language model's answer");
    buf_release(&user);
    buf_release(&answer);
    return rc;
}

int llm_draw(struct llm_client *client, const struct blueprint *blueprint, const struct lw_constraints *constraints,
             struct course *courses, size_t known, size_t n, const struct lw_run *run, struct llm_tally *tally,
             struct lw_error *err)
{
    size_t batch = traces_a_question(blueprint), done = known,
           max_questions = 3 + 2 * ((n - known + batch - 1) / batch);
    struct buf system = BUF_INIT;
    *tally = (struct llm_tally){.complaint = ""};
    llm_prompt_system(blueprint, constraints, &system);
    int rc = buf_status(&system) != 0 ? fail_memory(err, "asking a language model") : 0;
    while (rc == 0 && done < n && tally->questions < max_questions) {
        size_t upto = done + batch < n ? done + batch : n;
        run_progress(run, "asking the language model", done, n);
        rc = ask_once(client, blueprint, constraints, &system, courses, &done, upto, run, tally, err);
    }
    buf_release(&system);
    if (rc == 0 && done < n)
        rc = fail(
            err, LW_ERR_INFEASIBLE,
            "method llm: %zu of %zu traces after %llu questions: of %llu lines %llu were no events, and %llu traces "
            "took steps that the machine does not have; ask a more capable model, or for fewer traces",
            done, n, (unsigned long long)tally->questions, (unsigned long long)tally->lines,
            (unsigned long long)tally->bad_lines, (unsigned long long)tally->rejected);
    return rc;
}
