/*
 * An expression becomes an automaton with probabilities, built as Thompson (1968) does: each part has one state to
 * begin with, 0, and one to end with, its last, which nothing leaves. Mixing is the product of two parts. A run walks
 * it at random; acceptance follows all runs at once.
 */
#include "tests/lib/process.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SILENT     UINT32_MAX /* a move without an event */
#define MAX_EVENTS 256u

struct move {
    uint32_t from, to, event;
    double weight;
};
struct part {
    uint32_t n_states;
    size_t n, cap;
    struct move *moves;
    double width; /* parts that are mixed in it: each goes on as often as any other */
};
struct process {
    struct part part;
    size_t *first; /* [n_states + 1] moves of each state */
    uint32_t n_events;
    char *words[MAX_EVENTS];
};
struct parser {
    struct process *process;
    const char *at, *text;
};

static void die(const char *text, const char *what)
{
    fprintf(stderr, "process: %s: %s\n", what, text);
    exit(2);
}

static void *must(void *memory)
{
    if (memory == NULL)
        die("out of memory", "");
    return memory;
}

/* ---- parts ---------------------------------------------------------------------------------------------------- */

static struct part part_new(uint32_t n_states)
{
    return (struct part){.n_states = n_states, .width = 1};
}

static void add(struct part *part, uint32_t from, uint32_t to, uint32_t event, double weight)
{
    if (part->n == part->cap) {
        part->cap = part->cap * 2 + 16;
        part->moves = must(realloc(part->moves, part->cap * sizeof *part->moves));
    }
    part->moves[part->n++] = (struct move){from, to, event, weight};
}

/* The moves of a part, its states shifted; the part is used up. */
static void take(struct part *into, struct part *from, uint32_t shift)
{
    for (size_t i = 0; i < from->n; i++)
        add(into, from->moves[i].from + shift, from->moves[i].to + shift, from->moves[i].event, from->moves[i].weight);
    free(from->moves);
}

static struct part one_event(uint32_t event)
{
    struct part part = part_new(2);

    add(&part, 0, 1, event, 1);
    return part;
}

static struct part sequence(struct part a, struct part b)
{
    struct part both = part_new(a.n_states + b.n_states - 1);

    take(&both, &a, 0);
    take(&both, &b, a.n_states - 1);
    return both;
}

static struct part choice(struct part a, double weight_a, struct part b, double weight_b)
{
    uint32_t end = a.n_states + b.n_states + 1;
    struct part either = part_new(end + 1);

    add(&either, 0, 1, SILENT, weight_a);
    add(&either, 0, a.n_states + 1, SILENT, weight_b);
    add(&either, a.n_states, end, SILENT, 1);
    add(&either, end - 1, end, SILENT, 1);
    take(&either, &a, 1);
    take(&either, &b, a.n_states + 1);
    return either;
}

/* Taken with a probability; is_loop: then asked again. */
static struct part perhaps(struct part of, double probability, bool is_loop)
{
    uint32_t end = of.n_states + 1;
    struct part out = part_new(end + 1);

    add(&out, 0, 1, SILENT, probability);
    add(&out, 0, end, SILENT, 1 - probability);
    add(&out, of.n_states, is_loop ? 0 : end, SILENT, 1);
    take(&out, &of, 1);
    return out;
}

static struct part mix(struct part a, struct part b)
{
    struct part both = part_new(a.n_states * b.n_states);
    uint32_t n = b.n_states;

    both.width = a.width + b.width;
    for (size_t i = 0; i < a.n; i++)
        for (uint32_t other = 0; other < n; other++)
            add(&both, a.moves[i].from * n + other, a.moves[i].to * n + other, a.moves[i].event,
                a.moves[i].weight * (other == n - 1 ? 1 : a.width / both.width));
    for (size_t i = 0; i < b.n; i++)
        for (uint32_t other = 0; other < a.n_states; other++)
            add(&both, other * n + b.moves[i].from, other * n + b.moves[i].to, b.moves[i].event,
                b.moves[i].weight * (other == a.n_states - 1 ? 1 : b.width / both.width));
    free(a.moves);
    free(b.moves);
    return both;
}

/* ---- reading an expression ------------------------------------------------------------------------------------ */

static struct part read_choice(struct parser *parser, double *weight);

static char peek(struct parser *parser)
{
    while (*parser->at == ' ')
        parser->at++;
    return *parser->at;
}

static double read_number(struct parser *parser)
{
    char *end;
    double value = strtod(++parser->at, &end);

    if (end == parser->at || value < 0)
        die(parser->text, "a number is missing");
    parser->at = end;
    return value;
}

static struct part read_item(struct parser *parser)
{
    struct process *process = parser->process;
    struct part part;
    double weight;
    char next = peek(parser);

    if (next == '(') {
        parser->at++;
        part = read_choice(parser, &weight);
        if (peek(parser) != ')')
            die(parser->text, "a ) is missing");
        parser->at++;
    } else {
        size_t len = 0;

        while (isalnum((unsigned char)parser->at[len]) || parser->at[len] == '_')
            len++;
        uint32_t event = process_find(process, parser->at, len);
        if (len == 0 || (event == UINT32_MAX && process->n_events == MAX_EVENTS))
            die(parser->text, "an event is missing, or there are too many");
        if (event == UINT32_MAX) {
            event = process->n_events++;
            process->words[event] = must(strndup(parser->at, len));
        }
        parser->at += len;
        part = one_event(event);
    }
    next = *parser->at;
    return next == '*' || next == '?' ? perhaps(part, read_number(parser), next == '*') : part;
}

static struct part read_sequence(struct parser *parser, double *weight)
{
    struct part all = {0};

    *weight = 1;
    do {
        struct part part = read_item(parser);

        while (peek(parser) == '&') {
            parser->at++;
            part = mix(part, (peek(parser), read_item(parser)));
        }
        all = all.n_states == 0 ? part : sequence(all, part);
    } while (strchr("|)@", peek(parser)) == NULL);
    if (*parser->at == '@')
        *weight = read_number(parser);
    return all;
}

static struct part read_choice(struct parser *parser, double *weight)
{
    struct part all = read_sequence(parser, weight);

    while (peek(parser) == '|') {
        double other;

        parser->at++;
        struct part part = read_sequence(parser, &other);
        all = choice(all, *weight, part, other);
        *weight += other;
    }
    return all;
}

static int by_from(const void *left, const void *right)
{
    const struct move *a = left, *b = right;

    if (a->from != b->from)
        return a->from < b->from ? -1 : 1;
    return a->to < b->to ? -1 : a->to > b->to;
}

struct process *process_new(const char *text)
{
    struct process *process = must(calloc(1, sizeof *process));
    struct parser parser = {process, text, text};
    double weight;

    process->part = read_choice(&parser, &weight);
    if (*parser.at != '\0')
        die(text, "not understood to the end");
    struct part *part = &process->part;
    qsort(part->moves, part->n, sizeof *part->moves, by_from);
    process->first = must(calloc((size_t)part->n_states + 1, sizeof *process->first));
    for (size_t i = 0; i < part->n; i++)
        process->first[part->moves[i].from + 1]++;
    for (uint32_t i = 0; i < part->n_states; i++)
        process->first[i + 1] += process->first[i];
    return process;
}

void process_free(struct process *process)
{
    for (uint32_t i = 0; i < process->n_events; i++)
        free(process->words[i]);
    free(process->part.moves);
    free(process->first);
    free(process);
}

/* ---- using one ------------------------------------------------------------------------------------------------ */

size_t process_event_count(const struct process *process)
{
    return process->n_events;
}

const char *process_event(const struct process *process, uint32_t event)
{
    return process->words[event];
}

uint32_t process_find(const struct process *process, const char *word, size_t len)
{
    for (uint32_t i = 0; i < process->n_events; i++)
        if (strlen(process->words[i]) == len && memcmp(process->words[i], word, len) == 0)
            return i;
    return UINT32_MAX;
}

size_t process_sample(const struct process *process, struct rng *rng, uint32_t *events, size_t max)
{
    const struct move *moves = process->part.moves;
    uint32_t state = 0;
    size_t n = 0;

    while (state != process->part.n_states - 1) {
        double sum = 0;
        size_t i = process->first[state], end = process->first[state + 1];

        for (size_t k = i; k < end; k++)
            sum += moves[k].weight;
        double draw = rng_uniform(rng) * sum;
        while (i + 1 < end && (draw -= moves[i].weight) >= 0)
            i++;
        state = moves[i].to;
        if (moves[i].event == SILENT)
            continue;
        if (n == max) { /* too long: again from the start */
            state = 0;
            n = 0;
            continue;
        }
        events[n++] = moves[i].event;
    }
    return n;
}

/* Adds what is reached without an event. */
static void close_silently(const struct process *process, bool *in, uint32_t *stack, uint32_t n)
{
    while (n > 0) {
        uint32_t state = stack[--n];

        for (size_t i = process->first[state]; i < process->first[state + 1]; i++) {
            const struct move *move = &process->part.moves[i];

            if (move->event == SILENT && !in[move->to]) {
                in[move->to] = true;
                stack[n++] = move->to;
            }
        }
    }
}

bool process_accepts(const struct process *process, const uint32_t *events, size_t n)
{
    uint32_t n_states = process->part.n_states, n_new = 1;
    bool *in = must(calloc(n_states, 1)), *next = must(calloc(n_states, 1));
    uint32_t *stack = must(calloc(n_states, sizeof *stack));

    in[0] = true;
    close_silently(process, in, stack, 1);
    for (size_t i = 0; i < n && n_new > 0; i++) {
        n_new = 0;
        memset(next, 0, n_states);
        for (size_t k = 0; k < process->part.n; k++) {
            const struct move *move = &process->part.moves[k];

            if (in[move->from] && move->event == events[i] && !next[move->to]) {
                next[move->to] = true;
                stack[n_new++] = move->to;
            }
        }
        close_silently(process, next, stack, n_new);
        bool *old = in;
        in = next;
        next = old;
    }
    bool is_accepted = n_new > 0 && in[n_states - 1];
    free(in);
    free(next);
    free(stack);
    return is_accepted;
}

size_t process_noise(const struct process *process, struct rng *rng, uint32_t *events, size_t n, size_t max)
{
    size_t at = n == 0 ? 0 : rng_below(rng, n), kind = rng_below(rng, 4);
    uint32_t event = (uint32_t)rng_below(rng, process->n_events);

    if (n > 1 && kind == 0) { /* drop */
        memmove(events + at, events + at + 1, (n - at - 1) * sizeof *events);
        return n - 1;
    }
    if (n > 1 && kind == 1) { /* swap */
        size_t left = at == 0 ? 0 : at - 1;

        event = events[left];
        events[left] = events[left + 1];
        events[left + 1] = event;
        return n;
    }
    if (n == max)
        return n;
    if (n > 0 && kind == 2) /* repeat; else insert any */
        event = events[at];
    memmove(events + at + 1, events + at, (n - at) * sizeof *events);
    events[at] = event;
    return n + 1;
}

size_t process_cut(struct rng *rng, uint32_t *events, size_t n)
{
    if (n < 2)
        return n;
    size_t keep = 1 + rng_below(rng, n - 1);
    if (rng_below(rng, 2) == 0)
        memmove(events, events + n - keep, keep * sizeof *events);
    return keep;
}
