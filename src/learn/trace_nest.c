/*
 * Which candidates nest in which, as requests do in sessions. From the records that were counted anyway: where each
 * value of one candidate (the inner one) comes with just one value of another, it depends on it (a functional
 * dependency); where several inner values share an outer one, it nests; where both depend on each other, they are one
 * key under two names.
 *
 * Dependencies hold by accident, so that only what could have failed counts. A value that comes with an outer one in a
 * single record cannot fail: it counts where outer values stay near in the log, as sessions do, and not where they are
 * of a pool that serves throughout, as workers are. Values that could fail are weighted with the chance that two of
 * them have different outer values (Simpson 1949), since all nests in the one host there is. Of this evidence
 * LEAST_SHARE must hold, and LEAST_SURE surely, by Wilson's bound. What only a few values come with is no level above.
 *
 * One outer candidate is looked at at a time, so that memory grows with the values that were seen and not with the
 * pairs of candidates. Rejected: comparing the stretches of the log that values live in; sessions overlap.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "learn/trace_finder.h"
#include "learn/wilson.h"

#define LEAST_SHARE    .98
#define LEAST_SURE     .9
#define LEAST_MEAN     1.5 /* inner values of an outer one */
#define LEAST_LOCALITY .75
#define LEAST_COVERAGE .5 /* of the inner values, those with any outer one */
#define NO_RANK        UINT8_MAX
#define CLASH          UINT32_MAX /* more than one outer value */

struct link { /* of an inner value */
    uint32_t outer, count;
};
struct dependency {
    double share, mean; /* of the inner values; inner values of an outer one */
    bool holds;
};
struct tally {
    uint32_t repeated, single, clashes; /* inner values that come with an outer one in several records, in one; fail */
    uint32_t absent;                    /* that come with none */
    uint32_t outers;
    double square; /* sum over outer values of (inner values)^2 */
};
struct nest {
    const struct finder *finder;
    uint8_t *ranks; /* of all candidates */
    size_t n;
    struct link *links; /* of all uses */
    struct dependency depends[FINDER_ROWS][FINDER_ROWS];
};

static uint8_t rank_of(const struct nest *nest, uint32_t use)
{
    return nest->ranks[nest->finder->pairs.pairs[use].a];
}

static void link_record(struct nest *nest, const uint32_t *uses, size_t n, size_t rank)
{
    uint32_t outer = CLASH;
    size_t n_outer = 0;
    for (size_t i = 0; i < n; i++)
        if (rank_of(nest, uses[i]) == rank) {
            outer = n_outer == 0 ? uses[i] : CLASH;
            n_outer++;
        }
    for (size_t i = 0; n_outer > 0 && i < n; i++) {
        struct link *link = &nest->links[uses[i]];
        link->outer = link->count == 0 || link->outer == outer ? outer : CLASH;
        link->count++;
    }
}

static void link_records(struct nest *nest, size_t rank)
{
    const struct finder *finder = nest->finder;
    size_t start = 0;
    memset(nest->links, 0, finder->pairs.count * sizeof *nest->links);
    for (size_t i = 0; i < finder->n_seen; i++)
        if (finder->seen[i] == FINDER_RECORD_END) {
            link_record(nest, finder->seen + start, i - start, rank);
            start = i + 1;
        }
}

/* groups: pairs of an inner candidate and an outer value, with the number of inner values. */
static int tally_links(const struct nest *nest, size_t rank, struct tally *tallies)
{
    struct pair_map groups = PAIR_MAP_INIT;
    uint32_t *sizes = NULL, group;
    size_t cap = 0;
    int status = 0;
    for (uint32_t use = 0; status == 0 && use < nest->finder->pairs.count; use++) {
        const struct link *link = &nest->links[use];
        uint8_t inner = rank_of(nest, use);
        if (inner == NO_RANK || inner == rank || nest->finder->uses[use].count < 2)
            continue;
        struct tally *tally = &tallies[inner];
        tally->absent += link->count == 0;
        tally->clashes += link->outer == CLASH;
        if (link->count == 0 || link->outer == CLASH)
            continue;
        *(link->count > 1 ? &tally->repeated : &tally->single) += 1;
        size_t before = groups.count;
        status = pair_map_add(&groups, inner, link->outer, &group);
        if (status == 0)
            status = alloc_grow(&sizes, &cap, groups.count, sizeof *sizes);
        if (status == 0)
            sizes[group] = groups.count > before ? 1 : sizes[group] + 1;
    }
    for (size_t i = 0; status == 0 && i < groups.count; i++) {
        tallies[groups.pairs[i].a].outers++;
        tallies[groups.pairs[i].a].square += (double)sizes[i] * sizes[i];
    }
    pair_map_release(&groups);
    free(sizes);
    return status;
}

static struct dependency judge(const struct tally *tally, bool is_outer_local)
{
    double kept = (double)tally->repeated + tally->single;
    if (kept <= 0)
        return (struct dependency){0};
    double differing = 1 - tally->square / (kept * kept);
    double support = differing * (tally->repeated + (is_outer_local ? tally->single : 0));
    double total = support + tally->clashes;
    double present = kept + tally->clashes;
    return (struct dependency){.share = kept / present,
                               .mean = kept / tally->outers,
                               .holds = present >= LEAST_COVERAGE * (present + tally->absent) &&
                                        support >= LEAST_SHARE * total && wilson_lower(support, total) >= LEAST_SURE};
}

static int find_dependencies(struct nest *nest, const uint32_t *ids)
{
    for (size_t outer = 0; outer < nest->n; outer++) {
        struct tally tallies[FINDER_ROWS] = {0};
        bool is_local = nest->finder->candidates[ids[outer]].locality >= LEAST_LOCALITY;
        link_records(nest, outer);
        if (tally_links(nest, outer, tallies) != 0)
            return LW_ERR_MEMORY;
        for (size_t inner = 0; inner < nest->n; inner++)
            nest->depends[inner][outer] = judge(&tallies[inner], is_local);
    }
    return 0;
}

static bool is_alias(const struct nest *nest, size_t a, size_t b)
{
    const struct dependency *there = &nest->depends[a][b], *back = &nest->depends[b][a];
    return there->holds && back->holds && there->mean < LEAST_MEAN && back->mean < LEAST_MEAN;
}

static bool is_nested(const struct nest *nest, size_t inner, size_t outer)
{
    const struct dependency *there = &nest->depends[inner][outer];
    return there->holds && there->mean >= LEAST_MEAN && !nest->depends[outer][inner].holds;
}

/* Whether inner is outer, or outer's parents lead to it: different records may say different things. */
static bool is_above(const struct nesting *nestings, size_t inner, size_t outer)
{
    int at = (int)outer;
    while (at >= 0 && at != (int)inner)
        at = nestings[at].parent;
    return at >= 0;
}

/* The nearest: of all that it nests in, the one with the fewest inner values each; the first of those that are one. */
static void choose_parent(const struct nest *nest, size_t inner, struct nesting *nestings)
{
    struct nesting *nesting = &nestings[inner];
    for (size_t outer = 0; outer < nest->n; outer++) {
        int first = nestings[outer].alias_of;
        if (!is_nested(nest, inner, outer) || is_above(nestings, inner, outer) ||
            (first >= 0 && is_nested(nest, inner, (size_t)first)))
            continue;
        if (nesting->parent >= 0 && nest->depends[inner][outer].mean >= nest->depends[inner][nesting->parent].mean)
            continue;
        nesting->parent = (int)outer;
        nesting->share = nest->depends[inner][outer].share;
    }
}

int finder_nest(const struct finder *finder, const uint32_t *ids, size_t n, struct nesting *out)
{
    struct nest *nest = alloc_zeroed(1, sizeof *nest);
    int status = LW_ERR_MEMORY;
    if (nest != NULL) {
        nest->finder = finder;
        nest->n = n;
        nest->ranks = alloc_array(finder->names.count + 1, sizeof *nest->ranks);
        nest->links = alloc_array(finder->pairs.count + 1, sizeof *nest->links);
        if (nest->ranks != NULL && nest->links != NULL) {
            memset(nest->ranks, NO_RANK, finder->names.count);
            for (size_t i = 0; i < n; i++)
                nest->ranks[ids[i]] = (uint8_t)i;
            status = find_dependencies(nest, ids);
        }
    }
    for (size_t i = 0; i < n; i++)
        out[i] = (struct nesting){.parent = -1, .alias_of = -1, .share = NAN};
    for (size_t i = 0; status == 0 && i < n; i++)
        for (size_t k = 0; k < i && out[i].alias_of < 0; k++)
            if (is_alias(nest, i, k))
                out[i].alias_of = (int)k;
    for (size_t i = 0; status == 0 && i < n; i++)
        choose_parent(nest, i, out);
    if (nest != NULL) {
        free(nest->ranks);
        free(nest->links);
    }
    free(nest);
    return status;
}
