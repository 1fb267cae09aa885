/* What the values of a model's places obey along traces, as a generator can have them obey. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "generate/blueprint_parts.h"
#include "learn/relations.h"
#include "learn/trace_values.h"

/* The first of these that a place obeys is taken. */
static const struct {
    enum lw_relation_kind of;
    enum related_kind kind;
} kinds[] = {{LW_RELATION_SAME, RELATED_SAME},
             {LW_RELATION_DETERMINED, RELATED_DETERMINED},
             {LW_RELATION_STEP, RELATED_STEP},
             {LW_RELATION_OFFSET, RELATED_OFFSET},
             {LW_RELATION_INCREASING, RELATED_INCREASING},
             {LW_RELATION_DECREASING, RELATED_DECREASING}};
#define N_KINDS (sizeof kinds / sizeof *kinds)

static bool is_first_of(const struct related *known, enum related_kind kind)
{
    for (size_t i = 0; i < N_KINDS && known->kind != RELATED_NONE; i++)
        if (kinds[i].kind == known->kind || kinds[i].kind == kind)
            return kinds[i].kind == kind && known->kind != kind;
    return true;
}

static void take(struct blueprint *blueprint, const struct relation *relation, enum related_kind kind)
{
    size_t n = blueprint->place_first[blueprint->templates->n];
    bool has_other = kind == RELATED_SAME || kind == RELATED_OFFSET || kind == RELATED_DETERMINED;
    if (has_other && (relation->other >= n || relation->other == relation->variable))
        return;
    struct related *related = &blueprint->related[relation->variable];
    if (!is_first_of(related, kind))
        return;
    related->kind = kind;
    related->other = has_other ? relation->other : BLUEPRINT_NONE;
    related->number = relation->number;
}

/* ---- what determines what --------------------------------------------------------------------------------------- */

struct sighting { /* of a value with the one that determines it */
    uint32_t place;
    uint32_t cause, result; /* texts of the values */
};
struct sightings {
    struct sighting *items;
    size_t n, cap;
};

static int by_cause(const void *a, const void *b)
{
    const struct sighting *x = a, *y = b;
    if (x->place != y->place)
        return x->place > y->place ? 1 : -1;
    if (x->cause != y->cause)
        return x->cause > y->cause ? 1 : -1;
    return (x->result > y->result) - (x->result < y->result);
}

/* Values first .. end - 1 are those of one event. */
static int see_event(const struct blueprint *blueprint, const struct trace_values *values, size_t first, size_t end,
                     struct sightings *out)
{
    size_t n = blueprint->place_first[blueprint->templates->n];
    for (size_t i = first; i < end; i++) {
        uint32_t place = values->places[values->values[i].place];
        if (place >= n || blueprint->related[place].kind != RELATED_DETERMINED)
            continue;
        for (size_t j = first; j < end; j++) {
            if (values->places[values->values[j].place] != blueprint->related[place].other)
                continue;
            if (alloc_grow(&out->items, &out->cap, out->n + 1, sizeof *out->items) != 0)
                return LW_ERR_MEMORY;
            out->items[out->n++] = (struct sighting){place, values->values[j].text, values->values[i].text};
        }
    }
    return 0;
}

/* Texts as they appear in a generated log; *is_known: both do. */
static int make_fact(struct blueprint *blueprint, const struct trace_values *values, const struct sighting *seen,
                     struct disguise *disguise, struct fact *out, bool *is_known)
{
    struct lw_bytes cause = intern_get(&values->texts, seen->cause), result = intern_get(&values->texts, seen->result);
    bool is_number = result.len > 0 && strspn(result.data, "-.0123456789") == result.len;
    *is_known = cause.len > 0 && result.len > 0 && (!is_number || disguise_is_plain(disguise, result));
    if (!*is_known)
        return 0;
    if (disguise_value(disguise, cause, &out->cause) != 0 || disguise_value(disguise, result, &out->result) != 0)
        return LW_ERR_MEMORY;
    out->cause.data = arena_copy(&blueprint->arena, out->cause.data, out->cause.len);
    out->result.data = arena_copy(&blueprint->arena, out->result.data, out->result.len);
    return out->cause.data == NULL || out->result.data == NULL ? LW_ERR_MEMORY : 0;
}

/* Of the results of a cause, the one seen most often. seen[n]: of one place. */
static int make_facts(struct blueprint *blueprint, const struct trace_values *values, const struct sighting *seen,
                      size_t n, struct disguise *disguise)
{
    struct related *related = &blueprint->related[seen->place];
    related->facts = arena_take(&blueprint->arena, n * sizeof *related->facts);
    if (related->facts == NULL)
        return LW_ERR_MEMORY;
    for (size_t i = 0, next; i < n; i = next) {
        size_t best = i, most = 0, run = 0;
        for (next = i; next < n && seen[next].cause == seen[i].cause; next++) {
            run = next > i && seen[next].result == seen[next - 1].result ? run + 1 : 1;
            best = run > most ? next : best;
            most = run > most ? run : most;
        }
        bool is_known;
        if (make_fact(blueprint, values, &seen[best], disguise, &related->facts[related->n_facts], &is_known) != 0)
            return LW_ERR_MEMORY;
        related->n_facts += is_known;
    }
    if (related->n_facts > 0)
        qsort(related->facts, related->n_facts, sizeof *related->facts, blueprint_order_facts);
    return 0;
}

static int find_facts(struct blueprint *blueprint, const struct links *links, struct disguise *disguise)
{
    struct trace_values values;
    struct sightings seen = {0};
    int rc = trace_values_init(&values, &links->variables, NULL);
    if (rc != 0)
        return rc;
    for (size_t t = 0; t < values.n_traces && rc == 0; t++)
        for (size_t i = values.first[t], next; i < values.first[t + 1] && rc == 0; i = next) {
            for (next = i + 1; next < values.first[t + 1] && values.values[next].event == values.values[i].event;)
                next++;
            rc = see_event(blueprint, &values, i, next, &seen);
        }
    if (seen.n > 0)
        qsort(seen.items, seen.n, sizeof *seen.items, by_cause);
    for (size_t i = 0, next; i < seen.n && rc == 0; i = next) {
        for (next = i + 1; next < seen.n && seen.items[next].place == seen.items[i].place;)
            next++;
        rc = make_facts(blueprint, &values, seen.items + i, next - i, disguise);
    }
    free(seen.items);
    trace_values_release(&values);
    return rc;
}

int blueprint_find_relations(struct blueprint *blueprint, const struct links *links, struct disguise *disguise)
{
    struct relations relations;
    size_t n = blueprint->place_first[blueprint->templates->n];
    int rc = relations_find(&links->variables, &relations, NULL);
    if (rc != 0)
        return rc;
    for (size_t i = 0; i < relations.n; i++)
        for (size_t k = 0; k < N_KINDS; k++)
            if (relations.items[i].kind == kinds[k].of && relations.items[i].variable < n &&
                links->class_of[relations.items[i].variable] == LINK_NONE)
                take(blueprint, &relations.items[i], kinds[k].kind);
    relations_release(&relations);
    blueprint_mark_others(blueprint);
    return find_facts(blueprint, links, disguise);
}

/* ---- shared values ------------------------------------------------------------------------------------------------
 */

#define MAX_FOLLOWERS 128  /* shared values that are looked at */
#define EVIDENCE      13.8 /* nats: one in a million by chance */

struct followers {
    struct blueprint *blueprint;
    const struct trace_values *values;
    uint32_t shared[MAX_FOLLOWERS]; /* [n] in the blueprint, rising */
    size_t n;
    uint32_t *texts; /* [n * traces] what each trace has, or BLUEPRINT_NONE */
    struct told {
        uint32_t result; /* of this text, BLUEPRINT_NONE: none yet */
        uint32_t n;      /* traces that have this text as a result */
    } * told;            /* [texts] while two are looked at */
};

/* The first value of each in each trace. */
static void fill_followers(struct followers *f, const struct links *links)
{
    const struct trace_values *values = f->values;
    for (size_t t = 0; t < values->n_traces; t++)
        for (size_t i = values->first[t]; i < values->first[t + 1]; i++) {
            uint32_t class = links->class_of[values->places[values->values[i].place]];
            for (size_t k = 0; k < f->n; k++)
                if (f->shared[k] == class && f->texts[k * values->n_traces + t] == BLUEPRINT_NONE)
                    f->texts[k * values->n_traces + t] = values->values[i].text;
        }
}

/* x[traces], y[traces]: texts of two of them, or BLUEPRINT_NONE. */
static void forget(struct followers *f, const uint32_t *x, const uint32_t *y)
{
    for (size_t t = 0; t < f->values->n_traces; t++) {
        if (x[t] != BLUEPRINT_NONE)
            f->told[x[t]].result = BLUEPRINT_NONE;
        if (y[t] != BLUEPRINT_NONE)
            f->told[y[t]].n = 0;
    }
}

/* Whether traces of one value of a have one of b, without exception and not by chance. */
static bool follows(struct followers *f, size_t a, size_t b)
{
    size_t n = f->values->n_traces;
    double told = 0, both = 0, same = 0; /* same: pairs of traces with one result */
    const uint32_t *x = f->texts + a * n, *y = f->texts + b * n;
    forget(f, x, y);
    for (size_t t = 0; t < n; t++) {
        if (x[t] == BLUEPRINT_NONE || y[t] == BLUEPRINT_NONE)
            continue;
        uint32_t *result = &f->told[x[t]].result;
        if (*result != BLUEPRINT_NONE && *result != y[t])
            return false;
        told += *result != BLUEPRINT_NONE;
        *result = y[t];
        same += f->told[y[t]].n++;
        both++;
    }
    double pairs = both * (both - 1) / 2, chance = (same + 1) / (pairs + 2);
    return both > 0 && same < pairs && -told * log(chance) >= EVIDENCE;
}

static int make_follower(struct followers *f, size_t a, size_t b, struct disguise *disguise)
{
    size_t n = f->values->n_traces;
    const uint32_t *x = f->texts + a * n, *y = f->texts + b * n;
    struct shared_value *shared = &f->blueprint->shared[f->shared[b]];
    shared->follows = f->shared[a];
    shared->facts = arena_take(&f->blueprint->arena, n * sizeof *shared->facts);
    if (shared->facts == NULL)
        return LW_ERR_MEMORY;
    forget(f, x, y);
    for (size_t t = 0; t < n; t++) {
        bool is_known;
        if (x[t] == BLUEPRINT_NONE || y[t] == BLUEPRINT_NONE || f->told[x[t]].result != BLUEPRINT_NONE)
            continue;
        const struct sighting seen = {0, x[t], y[t]};
        f->told[x[t]].result = y[t];
        if (make_fact(f->blueprint, f->values, &seen, disguise, &shared->facts[shared->n_facts], &is_known) != 0)
            return LW_ERR_MEMORY;
        shared->n_facts += is_known;
    }
    if (shared->n_facts > 0)
        qsort(shared->facts, shared->n_facts, sizeof *shared->facts, blueprint_order_facts);
    return 0;
}

int blueprint_find_followers(struct blueprint *blueprint, const struct links *links, struct disguise *disguise)
{
    struct trace_values values;
    struct followers f = {.blueprint = blueprint, .values = &values};
    int rc = trace_values_init(&values, &links->variables, NULL);
    if (rc != 0)
        return rc;
    for (uint32_t i = SHARED_KEY + 1; i < blueprint->n_shared && f.n < MAX_FOLLOWERS; i++)
        if (!blueprint->shared[i].is_unique && blueprint->shared[i].family == i)
            f.shared[f.n++] = i;
    f.texts = alloc_array(f.n * values.n_traces, sizeof *f.texts);
    f.told = alloc_array(values.texts.count, sizeof *f.told);
    rc = f.texts == NULL || f.told == NULL ? LW_ERR_MEMORY : 0;
    for (size_t i = 0; i < f.n * values.n_traces && rc == 0; i++)
        f.texts[i] = BLUEPRINT_NONE;
    if (rc == 0)
        fill_followers(&f, links);
    for (size_t b = 1; b < f.n && rc == 0; b++)
        for (size_t a = 0; a < b && rc == 0 && blueprint->shared[f.shared[b]].follows == BLUEPRINT_NONE; a++)
            rc = follows(&f, a, b) ? make_follower(&f, a, b, disguise) : 0;
    free(f.texts);
    free(f.told);
    trace_values_release(&values);
    return rc;
}

void blueprint_mark_others(struct blueprint *blueprint)
{
    size_t n = blueprint->place_first[blueprint->templates->n];
    for (size_t i = 0; i < n; i++)
        if (blueprint->related[i].kind != RELATED_NONE && blueprint->related[i].other != BLUEPRINT_NONE)
            blueprint->related[blueprint->related[i].other].is_other = true;
}
