/*
 * One walk over the sampled traces counts, for each place and each pair of places, how often a relation held of the
 * times that it could be told. Each count has a twin, of the same relation to the values of another trace: what holds
 * there as well holds by chance, or because values hardly differ in the log, and is not reported. A relation is taken
 * when its share is surely large (Wilson's bound) and far from its twin's (relative entropy, Chernoff 1952), where
 * occasions of one trace count as three at most, since they are not independent.
 *
 * Offsets and steps are found by a majority vote over differences (Boyer and Moore 1981) in a walk before.
 *
 * Statistics of pairs gathered while learning were rejected: what a slot is is known only when templates are.
 */
#include "learn/relations.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "learn/pair_map.h"
#include "learn/trace_values.h"
#include "learn/wilson.h"

#define LEAST_SHARE .75  /* of the times, surely */
#define EVIDENCE    13.8 /* nats: one in a million by chance */
#define MIN_TRACES  3
#define PER_TRACE   3 /* occasions of one trace that count as evidence */
#define NONE        UINT32_MAX

struct tally {
    uint32_t support, total, traces, last_trace; /* last_trace: number of the last one that told, plus 1 */
    uint32_t cross, crossed;                     /* it held with another trace's values, of so many times */
};
struct vote {
    double candidate;
    uint32_t votes;
};
struct single { /* a place with itself */
    struct tally constant, rising, falling, step;
    struct vote vote;
};
struct two {
    struct tally same, offset, sum, determined;
    uint64_t distance; /* events between, over all times that they were the same */
    struct vote vote;
    double sum_before; /* of `other` when the place last stood in this trace */
    uint32_t n_before, of_trace;
};
struct last { /* value of a place */
    uint32_t text, event;
    bool is_there, is_numeric;
    double number, sum;
    uint32_t n; /* addends */
};
struct finder {
    const struct trace_values *values;
    struct single *singles;      /* [n] */
    struct two *pairs;           /* [n * n]: place, other */
    struct last *last, *earlier; /* [n] in this trace; in the last one before it that had the place */
    uint32_t *present;           /* [n_present] places seen in this trace */
    size_t n_present;
    struct pair_map determined; /* (pair, text) */
    struct fact {
        uint32_t text, trace;
    } * facts;
    size_t cap_facts;
    bool is_voting; /* the first walk */
};

static void count(struct tally *tally, uint32_t trace, bool has_held)
{
    tally->total++;
    tally->support += has_held;
    if (tally->last_trace != trace + 1)
        tally->traces++;
    tally->last_trace = trace + 1;
}

static void count_cross(struct tally *tally, bool has_held)
{
    tally->crossed++;
    tally->cross += has_held;
}

static void cast(struct vote *vote, double difference)
{
    if (vote->votes > 0 && vote->candidate == difference) {
        vote->votes++;
    } else if (vote->votes > 0) {
        vote->votes--;
    } else {
        vote->candidate = difference;
        vote->votes = 1;
    }
}

static bool is_near(double a, double b)
{
    return fabs(a - b) <= 1e-9 * fmax(fabs(a), fabs(b));
}

/* ---- counting -------------------------------------------------------------------------------------------------- */

static void count_single(struct finder *finder, const struct trace_value *value, uint32_t trace)
{
    struct single *single = &finder->singles[value->place];
    const struct last *last = &finder->last[value->place], *earlier = &finder->earlier[value->place];
    bool is_number = value->is_numeric && last->is_there && last->is_numeric;

    if (finder->is_voting) {
        if (is_number)
            cast(&single->vote, value->number - last->number);
        return;
    }
    if (last->is_there)
        count(&single->constant, trace, last->text == value->text);
    if (earlier->is_there)
        count_cross(&single->constant, earlier->text == value->text);
    if (is_number) {
        count(&single->rising, trace, value->number > last->number);
        count(&single->falling, trace, value->number < last->number);
        count(&single->step, trace, is_near(value->number - last->number, single->vote.candidate));
    }
    if (value->is_numeric && earlier->is_there && earlier->is_numeric)
        count_cross(&single->step, is_near(value->number - earlier->number, single->vote.candidate));
}

static void count_pair(struct finder *finder, const struct trace_value *value, uint32_t other, uint32_t trace)
{
    size_t n = finder->values->n_places;
    struct two *pair = &finder->pairs[value->place * n + other];
    const struct last *last = &finder->last[other], *earlier = &finder->earlier[other];
    bool is_number = value->is_numeric && last->is_numeric;
    bool is_crossed = value->is_numeric && earlier->is_there && earlier->is_numeric;
    double sum_before = pair->of_trace == trace + 1 ? pair->sum_before : 0;
    uint32_t n_before = pair->of_trace == trace + 1 ? pair->n_before : 0;

    if (finder->is_voting) {
        if (is_number)
            cast(&pair->vote, value->number - last->number);
        return;
    }
    count(&pair->same, trace, last->text == value->text);
    if (last->text == value->text)
        pair->distance += value->event - last->event;
    if (earlier->is_there)
        count_cross(&pair->same, earlier->text == value->text);
    if (is_number)
        count(&pair->offset, trace, is_near(value->number - last->number, pair->vote.candidate));
    if (is_crossed)
        count_cross(&pair->offset, is_near(value->number - earlier->number, pair->vote.candidate));
    if (is_number && last->n - n_before >= 2) {
        count(&pair->sum, trace, is_near(value->number, last->sum - sum_before));
        if (is_crossed)
            count_cross(&pair->sum, is_near(value->number, earlier->sum));
    }
    pair->sum_before = last->sum;
    pair->n_before = last->n;
    pair->of_trace = trace + 1;
}

/* Whether b follows from a, both of one event, as a's value said in another trace. */
static int count_determined(struct finder *finder, const struct trace_value *a, const struct trace_value *b,
                            uint32_t trace)
{
    size_t n = finder->values->n_places, known = finder->determined.count;
    struct tally *tally = &finder->pairs[b->place * n + a->place].determined;
    const struct last *earlier = &finder->earlier[b->place];
    uint32_t id;

    if (pair_map_add(&finder->determined, (uint32_t)(b->place * n + a->place), a->text, &id) != 0 ||
        alloc_grow(&finder->facts, &finder->cap_facts, finder->determined.count, sizeof *finder->facts) != 0)
        return LW_ERR_MEMORY;
    if (id < known && finder->facts[id].trace != trace) {
        count(tally, trace, finder->facts[id].text == b->text);
        if (earlier->is_there)
            count_cross(tally, earlier->text == b->text);
    }
    finder->facts[id] = (struct fact){b->text, trace};
    return 0;
}

static bool is_slot_of_same(const struct finder *finder, const struct trace_value *a, const struct trace_value *b)
{
    return finder->values->template_of[a->place] != NONE &&
           finder->values->template_of[a->place] == finder->values->template_of[b->place];
}

/* Values first .. end - 1 are those of one event. */
static int count_event(struct finder *finder, size_t first, size_t end, uint32_t trace)
{
    const struct trace_values *values = finder->values;

    for (size_t i = first; i < end; i++) {
        const struct trace_value *value = &values->values[i];

        if (values->is_key[value->place])
            continue;
        count_single(finder, value, trace);
        for (size_t j = 0; j < finder->n_present; j++)
            if (finder->present[j] != value->place)
                count_pair(finder, value, finder->present[j], trace);
        for (size_t j = first; j < end && !finder->is_voting; j++)
            if (j != i && !values->is_key[values->values[j].place] &&
                is_slot_of_same(finder, value, &values->values[j]) &&
                count_determined(finder, &values->values[j], value, trace) != 0)
                return LW_ERR_MEMORY;
    }
    for (size_t i = first; i < end; i++) {
        const struct trace_value *value = &values->values[i];
        struct last *last = &finder->last[value->place];

        if (values->is_key[value->place])
            continue;
        if (!last->is_there) {
            *last = (struct last){.is_there = true};
            finder->present[finder->n_present++] = value->place;
        }
        last->text = value->text;
        last->event = value->event;
        last->is_numeric = value->is_numeric;
        last->number = value->number;
        last->sum += value->is_numeric ? value->number : 0;
        last->n += value->is_numeric && value->number != 0;
    }
    return 0;
}

static int walk(struct finder *finder)
{
    const struct trace_values *values = finder->values;

    memset(finder->earlier, 0, values->n_places * sizeof *finder->earlier);
    for (size_t t = 0; t < values->n_traces; t++) {
        size_t end = values->first[t + 1];

        memset(finder->last, 0, values->n_places * sizeof *finder->last);
        finder->n_present = 0;
        for (size_t i = values->first[t], next; i < end; i = next) {
            for (next = i + 1; next < end && values->values[next].event == values->values[i].event;)
                next++;
            if (count_event(finder, i, next, (uint32_t)t) != 0)
                return LW_ERR_MEMORY;
        }
        for (size_t j = 0; j < finder->n_present; j++)
            finder->earlier[finder->present[j]] = finder->last[finder->present[j]];
    }
    return 0;
}

/* ---- judging --------------------------------------------------------------------------------------------------- */

/* By chance it holds with probability at least `chance`, and as often as in other traces. */
static bool is_relation(const struct tally *tally, double chance)
{
    double share = (double)tally->support / fmax(tally->total, 1), entropy;
    double n = fmin(tally->total, PER_TRACE * (double)tally->traces);

    chance = fmax(chance, (tally->cross + 1.) / (tally->crossed + 2.));
    if (tally->traces < MIN_TRACES || share <= chance || wilson_lower(tally->support, tally->total) < LEAST_SHARE)
        return false;
    entropy = share * log(share / chance) + (share < 1 ? (1 - share) * log((1 - share) / (1 - chance)) : 0);
    return n * entropy >= EVIDENCE;
}

static int add_relation(struct relations *out, enum lw_relation_kind kind, uint32_t variable, uint32_t other,
                        double number, const struct tally *tally)
{
    if (alloc_grow(&out->items, &out->cap, out->n + 1, sizeof *out->items) != 0)
        return LW_ERR_MEMORY;
    out->items[out->n++] = (struct relation){.kind = kind,
                                             .variable = variable,
                                             .other = other,
                                             .entity = LW_NO_ENTITY,
                                             .number = number,
                                             .lower = wilson_lower(tally->support, tally->total),
                                             .support = tally->support,
                                             .total = tally->total,
                                             .traces = tally->traces};
    return 0;
}

static int judge_single(const struct finder *finder, size_t place, struct relations *out)
{
    const struct single *single = &finder->singles[place];
    uint32_t variable = finder->values->places[place];

    if (is_relation(&single->constant, 0))
        return add_relation(out, LW_RELATION_CONSTANT, variable, VARIABLE_NONE, 0, &single->constant);
    if (single->vote.candidate != 0 && is_relation(&single->step, 0))
        return add_relation(out, LW_RELATION_STEP, variable, VARIABLE_NONE, single->vote.candidate, &single->step);
    if (is_relation(&single->rising, .5))
        return add_relation(out, LW_RELATION_INCREASING, variable, VARIABLE_NONE, 0, &single->rising);
    if (is_relation(&single->falling, .5))
        return add_relation(out, LW_RELATION_DECREASING, variable, VARIABLE_NONE, 0, &single->falling);
    return 0;
}

static const struct tally *tally_of(const struct two *pair, enum lw_relation_kind kind)
{
    return kind == LW_RELATION_SAME     ? &pair->same
           : kind == LW_RELATION_OFFSET ? &pair->offset
           : kind == LW_RELATION_SUM    ? &pair->sum
                                        : &pair->determined;
}

/* The other place that the relation holds best with; the nearest one where several are as good. NONE if none. */
static uint32_t best_other(const struct finder *finder, size_t place, enum lw_relation_kind kind)
{
    size_t n = finder->values->n_places;
    const struct two *pairs = finder->pairs + place * n;
    double most = 0, nearest = INFINITY;
    uint32_t best = NONE;

    for (size_t i = 0; i < n; i++)
        if (is_relation(tally_of(&pairs[i], kind), 0) && (kind != LW_RELATION_OFFSET || pairs[i].vote.candidate != 0))
            most = fmax(most, wilson_lower(tally_of(&pairs[i], kind)->support, tally_of(&pairs[i], kind)->total));
    for (size_t i = 0; i < n; i++) {
        const struct tally *tally = tally_of(&pairs[i], kind);
        double distance = kind == LW_RELATION_SAME ? (double)pairs[i].distance / fmax(tally->support, 1) : 0;

        if (!is_relation(tally, 0) || (kind == LW_RELATION_OFFSET && pairs[i].vote.candidate == 0) ||
            wilson_lower(tally->support, tally->total) < most - .05)
            continue;
        if (distance < nearest - 1e-9) {
            nearest = distance;
            best = (uint32_t)i;
        }
    }
    return best;
}

static int judge_pairs(const struct finder *finder, size_t place, struct relations *out)
{
    static const enum lw_relation_kind kinds[] = {LW_RELATION_SAME, LW_RELATION_OFFSET, LW_RELATION_SUM};
    const struct trace_values *values = finder->values;
    const struct two *pairs = finder->pairs + place * values->n_places;

    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        uint32_t other = best_other(finder, place, kinds[k]);

        if (other != NONE) /* the simplest one explains the value */
            return add_relation(out, kinds[k], values->places[place], values->places[other],
                                kinds[k] == LW_RELATION_OFFSET ? pairs[other].vote.candidate : 0,
                                tally_of(&pairs[other], kinds[k]));
    }
    return 0;
}

static int judge(const struct finder *finder, struct relations *out)
{
    const struct trace_values *values = finder->values;

    for (size_t i = 0; i < values->n_places; i++) {
        uint32_t variable = values->places[i], other;

        if (values->is_key[i]) {
            const struct trace_value_count *key = &values->keys[i];
            const struct tally tally = {
                .support = (uint32_t)key->support, .total = (uint32_t)key->total, .traces = (uint32_t)key->traces};

            if (key->traces >= MIN_TRACES &&
                add_relation(out, LW_RELATION_KEY, variable, VARIABLE_NONE, 0, &tally) != 0)
                return LW_ERR_MEMORY;
            continue;
        }
        if (judge_single(finder, i, out) != 0 || judge_pairs(finder, i, out) != 0)
            return LW_ERR_MEMORY;
        other = best_other(finder, i, LW_RELATION_DETERMINED);
        if (other != NONE && add_relation(out, LW_RELATION_DETERMINED, variable, values->places[other], 0,
                                          &finder->pairs[i * values->n_places + other].determined) != 0)
            return LW_ERR_MEMORY;
    }
    return 0;
}

static int by_variable(const void *left, const void *right)
{
    const struct relation *a = left, *b = right;

    if (a->variable != b->variable)
        return a->variable < b->variable ? -1 : 1;
    return (a->kind > b->kind) - (a->kind < b->kind);
}

int relations_add_sets(struct relations *out, const struct entities *entities)
{
    for (size_t i = 0; i < entities->n; i++)
        for (size_t j = 0; j < entities->items[i].n; j++) {
            const struct entity_member *member = &entities->items[i].members[j];

            if (alloc_grow(&out->items, &out->cap, out->n + 1, sizeof *out->items) != 0)
                return LW_ERR_MEMORY;
            out->items[out->n++] =
                (struct relation){.kind = LW_RELATION_SET,
                                  .variable = member->variable,
                                  .other = VARIABLE_NONE,
                                  .entity = i,
                                  .lower = wilson_lower((double)member->shared, (double)member->checked),
                                  .support = member->shared,
                                  .total = member->checked};
        }
    if (out->n > 0)
        qsort(out->items, out->n, sizeof *out->items, by_variable);
    return 0;
}

static int find_all(struct finder *finder, struct relations *out)
{
    size_t n = finder->values->n_places;
    int code;

    finder->singles = alloc_zeroed(n, sizeof *finder->singles);
    finder->pairs = alloc_zeroed(n * n, sizeof *finder->pairs);
    finder->last = alloc_zeroed(n, sizeof *finder->last);
    finder->earlier = alloc_zeroed(n, sizeof *finder->earlier);
    finder->present = alloc_zeroed(n, sizeof *finder->present);
    if (finder->singles == NULL || finder->pairs == NULL || finder->last == NULL || finder->earlier == NULL ||
        finder->present == NULL)
        return LW_ERR_MEMORY;
    finder->is_voting = true;
    code = walk(finder);
    finder->is_voting = false;
    if (code == 0)
        code = walk(finder);
    return code == 0 ? judge(finder, out) : code;
}

int relations_find(const struct variables *variables, struct relations *out, struct lw_error *err)
{
    struct trace_values values;
    struct finder finder = {.values = &values};
    int code = trace_values_init(&values, variables, err);

    *out = (struct relations){0};
    if (code != 0)
        return code;
    if (find_all(&finder, out) != 0) {
        relations_release(out);
        code = fail_memory(err, "finding relations");
    } else if (out->n > 0) {
        qsort(out->items, out->n, sizeof *out->items, by_variable);
    }
    free(finder.singles);
    free(finder.pairs);
    free(finder.last);
    free(finder.earlier);
    free(finder.present);
    free(finder.facts);
    pair_map_release(&finder.determined);
    trace_values_release(&values);
    return code;
}

void relations_release(struct relations *relations)
{
    free(relations->items);
    *relations = (struct relations){0};
}
