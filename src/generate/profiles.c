/*
 * Counts are compared by a hash that does not depend on order. How many walks have counts of their own is told by
 * walking some; of those with one mark as many stay as real traces with it have counts that no other has, so that what
 * rarely happens comes as often as before. Shares that the traces at hand may differ in by chance are let be: to meet
 * them closer would tell of these traces and not of the system. The others go back to a place in their course drawn at
 * random and walk on from there, until the mark is the same and the counts are known. Walking with odds that depend on
 * all that was counted so far was rejected: most of it is seen too rarely to tell odds from.
 */
#include "generate/profiles.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/order.h"
#include "generate/marks.h"
#include "generate/purpose.h"

#define WALKS        4096 /* that tell how many have counts of their own, */
#define WALK_EVENTS  200000.
#define TRIES        48
#define FEW          64   /* events of a trace that need no memory of their own */
#define SMALL_IDS    1024 /* ids of templates below are counted, not put in order */
#define LONG         10   /* times the mean of events */
#define NEAR         0.1  /* share of a distance that two may differ by and be about the same */
#define CHANCE       2    /* standard errors that a count of real traces may be off by */
#define MOST_REACHES 2000 /* real traces that tell how far new counts are from known ones */

static uint64_t hash_of(const uint32_t *ids, size_t n)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t x = (ids[i] + UINT64_C(1)) * UINT64_C(0x9e3779b97f4a7c15);
        x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
        sum += x ^ (x >> 31);
    }
    return sum;
}

static const uint64_t *find(const struct profiles *profiles, uint64_t hash)
{
    return profiles->n == 0 ? NULL : bsearch(&hash, profiles->known, profiles->n, sizeof hash, order_u64);
}

/* Finds the counts that at least so many traces have. */
static void find_frequent(const struct trace_set *real, double least, struct profiles *profiles)
{
    uint64_t *known = profiles->known;
    size_t n = real->n_traces;
    profiles->n = 0;
    for (size_t t = 0; t < n; t++)
        known[t] = hash_of(real->templates + real->first[t], trace_set_len(real, t));
    qsort(known, n, sizeof *known, order_u64);
    for (size_t i = 0, end = 0; i < n; i = end) {
        while (end < n && known[end] == known[i])
            end++;
        if ((double)(end - i) >= least)
            known[profiles->n++] = known[i];
    }
}

/* ---- how far counts are apart ------------------------------------------------------------------------------------
 */

/* Cells by id into cells[at most n]; how many. ids may be put in order. */
static size_t make_cells(uint32_t *ids, size_t n, struct profile_cell *cells)
{
    uint32_t counts[SMALL_IDS], last = 0;
    size_t n_cells = 0;
    for (size_t i = 0; i < n; i++)
        last = ids[i] > last ? ids[i] : last;
    if (last < SMALL_IDS) {
        memset(counts, 0, (last + 1) * sizeof *counts);
        for (size_t i = 0; i < n; i++)
            counts[ids[i]]++;
        for (uint32_t id = 0; id <= last; id++)
            if (counts[id] > 0)
                cells[n_cells++] = (struct profile_cell){id, counts[id]};
        return n_cells;
    }
    qsort(ids, n, sizeof *ids, order_u32);
    for (size_t i = 0; i < n; i++) {
        if (n_cells == 0 || cells[n_cells - 1].id != ids[i])
            cells[n_cells++] = (struct profile_cell){ids[i], 0};
        cells[n_cells - 1].count++;
    }
    return n_cells;
}

static double step(uint32_t a, uint32_t b)
{
    return a == b ? 0 : fabs(log2((1. + a) / (1. + b)));
}

static double step_of(const struct profiles *profiles, uint32_t a, uint32_t b)
{
    return a < PROFILE_STEPS && b < PROFILE_STEPS ? profiles->steps[a][b] : step(a, b);
}

/* The sum over templates of the differences of log2(1 + count), or some number that is at least `enough`. */
static double distance(const struct profiles *profiles, const struct profile_cell *a, size_t n_a,
                       const struct profile_cell *b, size_t n_b, double enough)
{
    double sum = 0;
    size_t i = 0, j = 0;
    while (i < n_a && j < n_b && sum < enough) {
        bool in_a = a[i].id <= b[j].id, in_b = b[j].id <= a[i].id;
        sum += step_of(profiles, in_a ? a[i].count : 0, in_b ? b[j].count : 0);
        i += in_a;
        j += in_b;
    }
    for (; i < n_a && sum < enough; i++)
        sum += step_of(profiles, a[i].count, 0);
    for (; j < n_b && sum < enough; j++)
        sum += step_of(profiles, 0, b[j].count);
    return sum;
}

static uint64_t sign_of(const struct profile_cell *cells, size_t n)
{
    uint64_t sign = 0;
    for (size_t i = 0; i < n; i++)
        sign |= UINT64_C(1) << cells[i].id % 64;
    return sign;
}

/* What two that differ in these bits are apart at least: a template that only one of them has adds log2(1 + count). */
static double least_distance(uint64_t bits)
{
    bits -= bits >> 1 & UINT64_C(0x5555555555555555);
    bits = (bits & UINT64_C(0x3333333333333333)) + (bits >> 2 & UINT64_C(0x3333333333333333));
    return (double)(((bits + (bits >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f)) * UINT64_C(0x0101010101010101) >> 56);
}

/* From the nearest known counts; INFINITY: there are none. */
static int reach_of(const struct profiles *profiles, const uint32_t *templates, size_t n, double *out)
{
    uint32_t few_ids[FEW], *ids = n <= FEW ? few_ids : alloc_array(n, sizeof *ids);
    struct profile_cell few_cells[FEW], *cells = n <= FEW ? few_cells : alloc_array(n, sizeof *cells);
    int rc = ids == NULL || cells == NULL ? LW_ERR_MEMORY : 0;
    *out = INFINITY;
    if (rc == 0 && n > 0) {
        memcpy(ids, templates, n * sizeof *ids);
        size_t n_cells = make_cells(ids, n, cells);
        uint64_t sign = sign_of(cells, n_cells);
        for (size_t k = 0; k < profiles->n; k++) {
            if (least_distance(sign ^ profiles->signs[k]) >= *out)
                continue;
            const struct profile_cell *its = profiles->cells + profiles->first[k];
            double bits = distance(profiles, cells, n_cells, its, profiles->first[k + 1] - profiles->first[k], *out);
            *out = bits < *out ? bits : *out;
        }
    }
    if (n > FEW) {
        free(ids);
        free(cells);
    }
    return rc;
}

struct tally {
    double all, own; /* traces with a mark; those of them whose counts are not known */
};
struct census {            /* of real traces, or of walks */
    struct tally *by_mark; /* [n_symbols] */
    double *by_profile;    /* [traces] those that have each known counts */
};

static int census_init(struct census *census, uint32_t n_symbols, size_t n_traces)
{
    *census = (struct census){alloc_zeroed(n_symbols, sizeof *census->by_mark),
                              alloc_zeroed(n_traces, sizeof *census->by_profile)};
    return census->by_mark == NULL || census->by_profile == NULL ? LW_ERR_MEMORY : 0;
}

static void census_release(struct census *census)
{
    free(census->by_mark);
    free(census->by_profile);
}

static void count(const struct sampler *sampler, const struct profiles *profiles, const uint32_t *ids, size_t n,
                  struct census *census)
{
    const uint64_t *known = find(profiles, hash_of(ids, n));
    uint32_t mark = mark_of(sampler->blueprint->templates, ids, n);
    if (mark >= sampler->blueprint->machine->n_symbols)
        return;
    census->by_mark[mark].all++;
    census->by_mark[mark].own += known == NULL;
    if (known != NULL)
        census->by_profile[known - profiles->known]++;
}

static int count_walks(const struct sampler *sampler, const struct profiles *profiles, double mean,
                       struct census *census)
{
    struct course course = {.n = 0};
    size_t n = (size_t)fmax(1, fmin(WALKS, WALK_EVENTS / fmax(1, mean)));
    int rc = 0;
    for (size_t i = 0; i < n && rc == 0; i++) {
        struct rng rng;
        rng_init(&rng, (uint64_t)sampler->seed, PURPOSE_PROFILE, i);
        rc = walk_again(sampler, 0, &rng, &course);
        if (rc == 0)
            count(sampler, profiles, course.templates, course.n, census);
    }
    course_release(&course);
    return rc;
}

/* Keeps the cells of one trace of each known counts. */
static int keep_cells(const struct trace_set *real, struct profiles *profiles)
{
    size_t *of = alloc_array(profiles->n, sizeof *of), most = 0, used = 0;
    uint32_t *ids = NULL;
    profiles->first = alloc_zeroed(profiles->n + 1, sizeof *profiles->first);
    if (of == NULL || profiles->first == NULL) {
        free(of);
        return LW_ERR_MEMORY;
    }
    for (size_t t = real->n_traces; t-- > 0;) {
        uint64_t hash = hash_of(real->templates + real->first[t], trace_set_len(real, t));
        const uint64_t *found = find(profiles, hash);
        if (found != NULL)
            of[found - profiles->known] = t;
    }
    for (size_t k = 0; k < profiles->n; k++)
        most += trace_set_len(real, of[k]);
    ids = alloc_array(most, sizeof *ids);
    profiles->cells = alloc_array(most, sizeof *profiles->cells);
    profiles->signs = alloc_array(profiles->n, sizeof *profiles->signs);
    bool is_out = ids == NULL || profiles->cells == NULL || profiles->signs == NULL;
    for (size_t k = 0; k < profiles->n && !is_out; k++) {
        size_t n = trace_set_len(real, of[k]);
        profiles->longest = fmax(profiles->longest, (double)n);
        memcpy(ids, real->templates + real->first[of[k]], n * sizeof *ids);
        profiles->first[k] = used;
        used += make_cells(ids, n, profiles->cells + used);
        profiles->first[k + 1] = used;
        profiles->signs[k] = sign_of(profiles->cells + profiles->first[k], used - profiles->first[k]);
    }
    free(ids);
    free(of);
    return is_out ? LW_ERR_MEMORY : 0;
}

static int by_mark(const void *a, const void *b)
{
    const struct profile_reach *x = a, *y = b;
    if (x->mark != y->mark)
        return x->mark > y->mark ? 1 : -1;
    return (x->bits > y->bits) - (x->bits < y->bits);
}

static int find_reach(const struct sampler *sampler, const struct trace_set *real, struct profiles *out)
{
    int rc = 0;
    size_t every = real->n_traces / MOST_REACHES + 1;
    out->reach = alloc_array(real->n_traces / every + 1, sizeof *out->reach);
    if (out->reach == NULL)
        return LW_ERR_MEMORY;
    for (size_t t = 0; t < real->n_traces && rc == 0; t += every) {
        const uint32_t *ids = real->templates + real->first[t];
        size_t n = trace_set_len(real, t);
        if (n == 0 || find(out, hash_of(ids, n)) != NULL)
            continue;
        struct profile_reach *reach = &out->reach[out->n_reach++];
        reach->mark = mark_of(sampler->blueprint->templates, ids, n);
        rc = reach_of(out, ids, n, &reach->bits);
    }
    qsort(out->reach, out->n_reach, sizeof *out->reach, by_mark);
    return rc;
}

static int find_all(const struct sampler *sampler, const struct trace_set *real, double least, struct census *seen,
                    struct census *walked, struct profiles *out)
{
    out->known = alloc_array(real->n_traces, sizeof *out->known);
    if (out->known == NULL)
        return LW_ERR_MEMORY;
    find_frequent(real, least, out);
    for (size_t t = 0; t < real->n_traces; t++)
        count(sampler, out, real->templates + real->first[t], trace_set_len(real, t), seen);
    double mean = (double)real->n_events / fmax(1, (double)real->n_traces);
    int rc = keep_cells(real, out);
    out->longest = fmax(out->longest, LONG * mean);
    if (rc == 0)
        rc = find_reach(sampler, real, out);
    if (rc == 0)
        rc = count_walks(sampler, out, mean, walked);
    return rc;
}

static double chance(double n)
{
    return CHANCE * sqrt(n);
}

/* The share of `made` that may stay for it to be no more of all than `real` may be by chance. */
static double share_kept(double real, double all_real, double made, double all_made)
{
    real += chance(real);
    return real * all_made < made * all_real ? real * all_made / (made * all_real) : 1;
}

static void weigh(const struct census *seen, const struct census *walked, uint32_t n_marks, struct profiles *out)
{
    struct tally real = {0, 0}, made = {0, 0};
    for (uint32_t mark = 0; mark < n_marks; mark++) {
        real = (struct tally){real.all + seen->by_mark[mark].all, real.own + seen->by_mark[mark].own};
        made = (struct tally){made.all + walked->by_mark[mark].all, made.own + walked->by_mark[mark].own};
    }
    for (uint32_t mark = 0; mark < n_marks; mark++) {
        const struct tally *a = &seen->by_mark[mark], *b = &walked->by_mark[mark];
        out->is_real[mark] = a->all > 0;
        out->keep[mark] = a->all > 0 ? share_kept(a->own, a->all, b->own, b->all)
                                     : share_kept(real.own, real.all, made.own, made.all);
    }
    for (size_t k = 0; k < out->n; k++) {
        double least = seen->by_profile[k] - chance(seen->by_profile[k]);
        double has = walked->by_profile[k] / fmax(1, made.all), lacks = least / real.all - has;
        out->keep_known[k] = share_kept(seen->by_profile[k], real.all, walked->by_profile[k], made.all);
        out->want[k] = lacks <= 0 ? 0 : lacks < has ? lacks / has : 1;
    }
}

int profiles_find(const struct sampler *sampler, double least, struct profiles *out)
{
    const struct trace_set *real = &sampler->blueprint->model->traces;
    uint32_t n_symbols = sampler->blueprint->machine->n_symbols;
    struct census seen, walked;
    *out = (struct profiles){.keep = alloc_array(n_symbols, sizeof *out->keep),
                             .keep_known = alloc_array(real->n_traces, sizeof *out->keep_known),
                             .want = alloc_array(real->n_traces, sizeof *out->want),
                             .is_real = alloc_array(n_symbols, sizeof *out->is_real)};
    for (uint32_t a = 0; a < PROFILE_STEPS; a++)
        for (uint32_t b = 0; b < PROFILE_STEPS; b++)
            out->steps[a][b] = step(a, b);
    bool is_out = out->keep == NULL || out->keep_known == NULL || out->want == NULL || out->is_real == NULL;
    is_out = census_init(&seen, n_symbols, real->n_traces) != 0 || is_out;
    is_out = census_init(&walked, n_symbols, real->n_traces) != 0 || is_out;
    int rc = is_out ? LW_ERR_MEMORY : find_all(sampler, real, least, &seen, &walked, out);
    if (rc == 0)
        weigh(&seen, &walked, n_symbols, out);
    census_release(&seen);
    census_release(&walked);
    if (rc != 0)
        profiles_release(out);
    return rc;
}

void profiles_release(struct profiles *profiles)
{
    free(profiles->known);
    free(profiles->cells);
    free(profiles->first);
    free(profiles->signs);
    free(profiles->reach);
    free(profiles->keep);
    free(profiles->keep_known);
    free(profiles->want);
    free(profiles->is_real);
    *profiles = (struct profiles){.n = 0};
}

/* ---- drawing again ------------------------------------------------------------------------------------------------
 */

struct aim {       /* what a trace is to be */
    uint32_t mark; /* MARK_NONE: any */
    bool is_own;   /* with counts that are not known, ... */
    double reach;  /* ... but no farther from those that are */
};

/* What is against a course; 0: it is what was aimed for; INFINITY: it is of no use. */
static int miss_of(const struct sampler *sampler, const struct aim *aim, struct rng *rng, const struct course *course,
                   double *out)
{
    const struct profiles *profiles = sampler->profiles;
    const uint64_t *known = find(profiles, hash_of(course->templates, course->n));
    *out = INFINITY;
    if (aim->mark != MARK_NONE && mark_of(sampler->blueprint->templates, course->templates, course->n) != aim->mark)
        return 0;
    if (known != NULL) {
        bool is_wanted = rng_uniform(rng) < profiles->want[known - profiles->known];
        *out = aim->is_own ? FLT_MAX : is_wanted ? 0 : 2 * DBL_MIN;
        return 0;
    }
    int rc = reach_of(profiles, course->templates, course->n, out);
    if (aim->is_own)
        *out = fmax(0, fabs(*out - aim->reach) - NEAR * aim->reach);
    return rc;
}

/* Takes the course that misses the aim least, of some that begin as this one does. */
static int draw_again(const struct sampler *sampler, const struct aim *aim, double miss, struct rng *rng,
                      struct course *course)
{
    struct course origin = {.n = 0}, other = {.n = 0};
    int rc = course_copy(&origin, course);
    for (int i = 0; i < TRIES && rc == 0 && miss > 0; i++) {
        double its = INFINITY;
        rc = course_copy(&other, &origin);
        if (rc == 0)
            rc = walk_again(sampler, (size_t)rng_below(rng, origin.n), rng, &other);
        if (rc == 0)
            rc = miss_of(sampler, aim, rng, &other, &its);
        if (rc == 0 && its < miss) {
            miss = its;
            rc = course_copy(course, &other);
        }
    }
    course_release(&origin);
    course_release(&other);
    return rc;
}

static size_t first_reach(const struct profiles *profiles, uint32_t mark)
{
    return order_first(profiles->reach, profiles->n_reach, sizeof *profiles->reach, &mark, order_u32);
}

/* Of a real trace with the mark, if there is one, else of any. */
static double draw_reach(const struct profiles *profiles, uint32_t mark, struct rng *rng)
{
    size_t from = first_reach(profiles, mark), to = first_reach(profiles, mark + 1);
    if (profiles->n_reach == 0)
        return 0;
    if (from == to) {
        from = 0;
        to = profiles->n_reach;
    }
    return profiles->reach[from + rng_below(rng, to - from)].bits;
}

int profiles_fit(const struct sampler *sampler, struct rng *rng, struct course *course)
{
    const struct profiles *profiles = sampler->profiles;
    const uint64_t *known = find(profiles, hash_of(course->templates, course->n));
    if (course->n == 0 || profiles->n == 0 || (double)course->n > profiles->longest ||
        (known != NULL && rng_uniform(rng) < profiles->keep_known[known - profiles->known]))
        return 0;
    double miss = DBL_MIN; /* what is known gives way to nothing but what is wanted */
    int rc = 0;
    struct aim aim = {.mark = mark_of(sampler->blueprint->templates, course->templates, course->n)};
    if (aim.mark >= sampler->blueprint->machine->n_symbols)
        return 0;
    aim.is_own = known == NULL && rng_uniform(rng) < profiles->keep[aim.mark];
    if (aim.is_own)
        aim.reach = draw_reach(profiles, aim.mark, rng);
    if (!profiles->is_real[aim.mark])
        aim.mark = MARK_NONE;
    if (known == NULL)
        rc = miss_of(sampler, &aim, rng, course, &miss);
    return rc == 0 && miss > 0 ? draw_again(sampler, &aim, miss, rng, course) : rc;
}
