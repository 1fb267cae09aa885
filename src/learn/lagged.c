/*
 * Events are listed by kind, so that a pair costs one walk over two lists: for each event of the cause, the effects
 * next to it on either side. Windows of several lengths are tried, since lags of different pairs differ by orders of
 * magnitude and a window far longer than the lag drowns it in chance. Time is cut into blocks of ten windows, each
 * with one vote: the sign of (causes followed within the window) - (causes preceded within it).
 *
 * Rejected: comparing with a Poisson process of the same rate, under which whatever comes in bursts is related to
 * everything else that does; and shifting one series in time at random, which costs a walk a shift and does not tell
 * which of the two comes first.
 */
#include "learn/lagged.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/executor.h"
#include "base/fail.h"
#include "base/order.h"

#define MIN_EVENTS  5 /* of a kind, to be looked at */
#define MAX_WINDOWS 8
#define WINDOW_STEP 4    /* from one window to the next */
#define BLOCK       10   /* windows */
#define MAX_VOTES   64   /* more are told apart no further when tests are counted */
#define TAIL        .025 /* of the lags, at either end */

struct kind_list {
    uint32_t kind;
    size_t *at; /* [n] indexes of its events, ascending */
    size_t n;
};
struct votes {
    uint64_t with, against;
};
struct mining {
    const struct lagged_event *events;
    const struct lw_run *run;
    struct kind_list *lists; /* [n_kinds] by kind */
    size_t n_kinds;
    size_t *indexes;
    int64_t windows_us[MAX_WINDOWS];
    size_t n_windows;
    struct votes *votes; /* [n_kinds][n_kinds][n_windows] */
};

/* ---- kinds ------------------------------------------------------------------------------------------------------ */

struct kind_count {
    uint32_t kind;
    size_t n;
};

static int by_falling_count(const void *a, const void *b)
{
    const struct kind_count *x = a, *y = b;
    if (x->n != y->n)
        return x->n < y->n ? 1 : -1;
    return (x->kind > y->kind) - (x->kind < y->kind);
}

/* Counts of the kinds of timed events, those for which there is room and evidence, by kind. */
static int count_kinds(const struct lagged_event *events, size_t n, struct kind_count **out, size_t *n_out)
{
    uint32_t *kinds = alloc_array(n, sizeof *kinds);
    struct kind_count *counts = alloc_array(n, sizeof *counts);
    size_t n_timed = 0, n_counts = 0, n_kept = 0;
    if (kinds == NULL || counts == NULL) {
        free(kinds);
        free(counts);
        return LW_ERR_MEMORY;
    }
    for (size_t i = 0; i < n; i++)
        if (events[i].time_us != LW_NO_TIME)
            kinds[n_timed++] = events[i].kind;
    qsort(kinds, n_timed, sizeof *kinds, order_u32);
    for (size_t i = 0; i < n_timed; i++) {
        if (i == 0 || kinds[i] != kinds[i - 1])
            counts[n_counts++] = (struct kind_count){kinds[i], 0};
        counts[n_counts - 1].n++;
    }
    free(kinds);
    qsort(counts, n_counts, sizeof *counts, by_falling_count);
    while (n_kept < n_counts && n_kept < LAGGED_MAX_KINDS && counts[n_kept].n >= MIN_EVENTS)
        n_kept++;
    qsort(counts, n_kept, sizeof *counts, order_u32); /* the kind comes first in it */
    *out = counts;
    *n_out = n_kept;
    return 0;
}

static struct kind_list *list_of(struct kind_list *lists, size_t n, uint32_t kind)
{
    return n == 0 ? NULL : bsearch(&kind, lists, n, sizeof *lists, order_u32);
}

static void release_lists(struct kind_list *lists, size_t *indexes)
{
    free(lists);
    free(indexes);
}

/* Lists of the kinds counted; one block of memory holds all indexes. */
static int make_lists(const struct lagged_event *events, size_t n, const struct kind_count *counts, size_t n_kinds,
                      struct kind_list **lists_out, size_t **indexes_out)
{
    struct kind_list *lists = alloc_array(n_kinds, sizeof *lists);
    size_t *indexes = alloc_array(n, sizeof *indexes), used = 0;
    if (lists == NULL || indexes == NULL) {
        release_lists(lists, indexes);
        return LW_ERR_MEMORY;
    }
    for (size_t k = 0; k < n_kinds; k++) {
        lists[k] = (struct kind_list){counts[k].kind, indexes + used, 0};
        used += counts[k].n;
    }
    for (size_t i = 0; i < n; i++) {
        struct kind_list *list = events[i].time_us != LW_NO_TIME ? list_of(lists, n_kinds, events[i].kind) : NULL;
        if (list != NULL)
            list->at[list->n++] = i;
    }
    *lists_out = lists;
    *indexes_out = indexes;
    return 0;
}

/* ---- one pair --------------------------------------------------------------------------------------------------- */

/* The effects on either side of a cause. */
struct sides {
    int64_t before_us, behind_us; /* INT64_MAX: there is none */
    size_t next;                  /* event behind it, if there is one */
};

/* *at: number of effects before the cause; it only moves on. */
static struct sides sides_of(const struct lagged_event *events, size_t cause, const struct kind_list *effects,
                             size_t *at)
{
    struct sides sides = {INT64_MAX, INT64_MAX, 0};
    while (*at < effects->n && effects->at[*at] < cause)
        ++*at;
    if (*at > 0)
        sides.before_us = events[cause].time_us - events[effects->at[*at - 1]].time_us;
    if (*at < effects->n) {
        sides.next = effects->at[*at];
        sides.behind_us = events[sides.next].time_us - events[cause].time_us;
    }
    return sides;
}

static void vote(struct votes *votes, int64_t sum)
{
    votes->with += sum > 0;
    votes->against += sum < 0;
}

static void count_votes(const struct mining *mining, const struct kind_list *causes, const struct kind_list *effects,
                        struct votes *votes)
{
    int64_t blocks[MAX_WINDOWS], sums[MAX_WINDOWS] = {0};
    size_t at = 0;
    for (size_t i = 0; i < causes->n; i++) {
        int64_t now = mining->events[causes->at[i]].time_us;
        struct sides sides = sides_of(mining->events, causes->at[i], effects, &at);
        for (size_t w = 0; w < mining->n_windows; w++) {
            int64_t window = mining->windows_us[w], block = now / (window * BLOCK);
            if (i > 0 && block != blocks[w]) {
                vote(&votes[w], sums[w]);
                sums[w] = 0;
            }
            blocks[w] = block;
            sums[w] += (sides.behind_us <= window) - (sides.before_us <= window);
        }
    }
    for (size_t w = 0; w < mining->n_windows; w++)
        vote(&votes[w], sums[w]);
}

static int count_task(void *arg, size_t cause)
{
    struct mining *mining = arg;
    for (size_t effect = 0; effect < mining->n_kinds; effect++)
        if (effect != cause)
            count_votes(mining, &mining->lists[cause], &mining->lists[effect],
                        &mining->votes[(cause * mining->n_kinds + effect) * mining->n_windows]);
    return 0;
}

/* log of P(at least `with` of with + against coins show heads). */
static double sign_log_p(const struct votes *votes)
{
    double n = (double)(votes->with + votes->against), k = (double)votes->with, sum = 0, term = 1;
    if (votes->with <= votes->against)
        return 0;
    /* Terms fall at least geometrically, since k is above the middle. */
    for (double j = k; j <= n && term > sum * 1e-17; j++) {
        sum += term;
        term *= (n - j) / (j + 1);
    }
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) - n * log(2.0) + log(sum);
}

/* Tests that could be significant, were all their votes alike: what the others say has no part in the correction. */
static double count_tests(const struct mining *mining, double alpha)
{
    size_t n = mining->n_kinds * mining->n_kinds * mining->n_windows, of_votes[MAX_VOTES + 1] = {0};
    for (size_t i = 0; i < n; i++) {
        uint64_t votes = mining->votes[i].with + mining->votes[i].against;
        of_votes[votes < MAX_VOTES ? votes : MAX_VOTES]++;
    }
    size_t able = 0;
    double m = 1;
    for (size_t votes = MAX_VOTES; votes > 0; votes--) {
        double least = ldexp(1, -(int)votes);
        if (able > 0 && least > alpha / (double)able)
            break;
        able += of_votes[votes];
        m = (double)able;
    }
    return m > 1 ? m : 1;
}

/* ---- what a pair is ----------------------------------------------------------------------------------------------
 */

/* Lags within the window on one side, rising; how many. */
static size_t lags_of(const struct lagged_event *events, const struct kind_list *causes,
                      const struct kind_list *effects, int64_t window, bool is_behind, int64_t *lags)
{
    size_t n = 0, at = 0;
    for (size_t i = 0; i < causes->n; i++) {
        struct sides sides = sides_of(events, causes->at[i], effects, &at);
        int64_t lag = is_behind ? sides.behind_us : sides.before_us;
        if (lag <= window)
            lags[n++] = lag;
    }
    qsort(lags, n, sizeof *lags, order_i64);
    return n;
}

/* A side-by-side walk over the lags of both sides: how many of each are no longer than the one at hand. */
struct excess {
    const int64_t *behind, *before; /* rising */
    size_t n_behind, n_before;
    size_t i, earlier; /* behind[i] is at hand */
};

static double excess_next(struct excess *excess)
{
    while (excess->i + 1 < excess->n_behind && excess->behind[excess->i + 1] == excess->behind[excess->i])
        excess->i++;
    while (excess->earlier < excess->n_before && excess->before[excess->earlier] <= excess->behind[excess->i])
        excess->earlier++;
    return (double)(excess->i + 1) - (double)excess->earlier;
}

/* The lags that hold what is more behind the causes than before them, up to where it stands out most. false: nowhere.
 */
static bool find_range(const int64_t *behind, size_t n_behind, const int64_t *before, size_t n_before,
                       struct lagged_pair *pair)
{
    double best = 0, whole = 0;
    size_t last = 0;
    struct excess at = {behind, before, n_behind, n_before, 0, 0};
    for (; at.i < n_behind; at.i++) {
        double more = excess_next(&at), stands_out = more / sqrt((double)(at.i + 1 + at.earlier));
        if (stands_out > best) {
            best = stands_out;
            whole = more;
            last = at.i;
        }
    }
    bool is_below = true; /* nothing has come yet, or what has was made up for by what is before */
    at = (struct excess){behind, before, n_behind, n_before, 0, 0};
    for (; at.i <= last && whole > 0; at.i++) {
        size_t first = at.i;
        double more = excess_next(&at);
        if (is_below)
            pair->min_us = behind[first];
        is_below = more < TAIL * whole;
        if (more >= (1 - TAIL) * whole) {
            pair->max_us = behind[first];
            return true;
        }
    }
    return false;
}

static void count_pair(const struct lagged_event *events, const struct kind_list *causes,
                       const struct kind_list *effects, const struct lagged_pair *pair, uint64_t counts[3])
{
    size_t at = 0;
    counts[0] = counts[1] = counts[2] = 0;
    for (size_t i = 0; i < causes->n; i++) {
        size_t cause = causes->at[i];
        struct sides sides = sides_of(events, cause, effects, &at);
        bool is_followed = sides.behind_us >= pair->min_us && sides.behind_us <= pair->max_us;
        counts[0] += is_followed;
        counts[1] += sides.before_us >= pair->min_us && sides.before_us <= pair->max_us;
        counts[2] +=
            is_followed && events[cause].trace != LAGGED_NO_TRACE && events[cause].trace == events[sides.next].trace;
    }
}

static int describe(const struct mining *mining, size_t cause, size_t effect, int64_t window, struct lagged_pair *pair)
{
    const struct kind_list *causes = &mining->lists[cause], *effects = &mining->lists[effect];
    int64_t *behind = alloc_array(causes->n, sizeof *behind), *before = alloc_array(causes->n, sizeof *before);
    if (behind == NULL || before == NULL) {
        free(behind);
        free(before);
        return LW_ERR_MEMORY;
    }
    size_t n_behind = lags_of(mining->events, causes, effects, window, true, behind);
    size_t n_before = lags_of(mining->events, causes, effects, window, false, before);
    uint64_t counts[3];
    pair->cause = causes->kind;
    pair->effect = effects->kind;
    bool is_found = find_range(behind, n_behind, before, n_before, pair);
    free(behind);
    free(before);
    if (!is_found)
        return 0;
    count_pair(mining->events, causes, effects, pair, counts);
    pair->n = causes->n;
    pair->followed = counts[0];
    pair->preceded = counts[1];
    pair->same_trace = counts[2];
    /* Of the causes that chance did not follow, those that were followed. */
    double by_chance = (double)n_before, n = (double)causes->n;
    pair->probability = by_chance < n ? fmax(0, ((double)n_behind - by_chance) / (n - by_chance)) : 1;
    return 0;
}

/* The pair under the window that tells it best, if that is significant. */
static int judge(const struct mining *mining, size_t cause, size_t effect, double n_tests, double alpha,
                 struct lagged_pairs *out)
{
    const struct votes *votes = &mining->votes[(cause * mining->n_kinds + effect) * mining->n_windows];
    double best = 0;
    size_t window = 0;
    for (size_t w = 0; w < mining->n_windows; w++) {
        double log_p = sign_log_p(&votes[w]);
        if (log_p < best) {
            best = log_p;
            window = w;
        }
    }
    double p = exp(best + log(n_tests));
    if (!(p <= alpha))
        return 0;
    if (alloc_grow(&out->items, &out->cap, out->n + 1, sizeof *out->items) != 0)
        return LW_ERR_MEMORY;
    struct lagged_pair *pair = &out->items[out->n];
    *pair = (struct lagged_pair){.p = p};
    /* The window that tells a pair best may be shorter than some of its lags. */
    int rc = describe(mining, cause, effect, mining->windows_us[window > 0 ? window - 1 : 0], pair);
    out->n += rc == 0 && pair->followed > pair->preceded;
    return rc;
}

/* ---- all of it --------------------------------------------------------------------------------------------------- */

static int mine(struct mining *mining, const struct lagged_options *options, struct lagged_pairs *out,
                struct lw_error *err)
{
    mining->n_windows = 0;
    for (int64_t window = options->window_us; window > 0 && mining->n_windows < MAX_WINDOWS; window /= WINDOW_STEP)
        mining->windows_us[mining->n_windows++] = window;
    mining->votes = alloc_zeroed(mining->n_kinds * mining->n_kinds, mining->n_windows * sizeof *mining->votes);
    int rc = mining->votes == NULL
                 ? LW_ERR_MEMORY
                 : executor_run(mining->run, "looking for lagged pairs", mining->n_kinds, count_task, mining);
    double n_tests = rc == 0 ? count_tests(mining, options->alpha) : 1;
    for (size_t cause = 0; cause < mining->n_kinds && rc == 0; cause++)
        for (size_t effect = 0; effect < mining->n_kinds && rc == 0; effect++)
            if (effect != cause)
                rc = judge(mining, cause, effect, n_tests, options->alpha, out);
    free(mining->votes);
    if (rc == LW_ERR_CANCELLED)
        return run_check(mining->run, err);
    return rc == 0 ? 0 : fail_memory(err, "looking for lagged pairs");
}

int lagged_mine(const struct lagged_event *events, size_t n, const struct lagged_options *options,
                const struct lw_run *run, struct lagged_pairs *out, struct lw_error *err)
{
    struct mining mining = {.events = events, .run = run};
    struct lagged_pairs made = {NULL, 0, 0};
    struct kind_count *counts = NULL;
    int rc = count_kinds(events, n, &counts, &mining.n_kinds);
    if (rc == 0)
        rc = make_lists(events, n, counts, mining.n_kinds, &mining.lists, &mining.indexes);
    free(counts);
    rc = rc != 0 ? fail_memory(err, "looking for lagged pairs") : mine(&mining, options, &made, err);
    release_lists(mining.lists, mining.indexes);
    if (rc == 0)
        *out = made;
    else
        lagged_pairs_release(&made);
    return rc;
}

void lagged_pairs_release(struct lagged_pairs *pairs)
{
    free(pairs->items);
    *pairs = (struct lagged_pairs){NULL, 0, 0};
}

int lagged_score(const struct lagged_pairs *pairs, const struct lagged_event *events, size_t n,
                 struct lagged_score *scores, double *share, struct lw_error *err)
{
    struct kind_count *counts = alloc_zeroed(pairs->n * 2, sizeof *counts);
    struct kind_list *lists = NULL;
    size_t *indexes = NULL, n_kinds = 0, n_held = 0;
    if (counts == NULL)
        return fail_memory(err, "scoring lagged pairs");
    for (size_t i = 0; i < pairs->n; i++) {
        counts[2 * i].kind = pairs->items[i].cause;
        counts[2 * i + 1].kind = pairs->items[i].effect;
    }
    qsort(counts, pairs->n * 2, sizeof *counts, order_u32);
    for (size_t i = 0; i < pairs->n * 2; i++)
        if (n_kinds == 0 || counts[i].kind != counts[n_kinds - 1].kind)
            counts[n_kinds++] = counts[i];
    for (size_t i = 0; i < n; i++) {
        struct kind_count *count = n_kinds == 0 || events[i].time_us == LW_NO_TIME
                                       ? NULL
                                       : bsearch(&events[i].kind, counts, n_kinds, sizeof *counts, order_u32);
        if (count != NULL)
            count->n++;
    }
    int rc = make_lists(events, n, counts, n_kinds, &lists, &indexes);
    free(counts);
    if (rc != 0)
        return fail_memory(err, "scoring lagged pairs");
    for (size_t i = 0; i < pairs->n; i++) {
        const struct lagged_pair *pair = &pairs->items[i];
        const struct kind_list *causes = list_of(lists, n_kinds, pair->cause);
        uint64_t found[3];
        count_pair(events, causes, list_of(lists, n_kinds, pair->effect), pair, found);
        struct lagged_score score = {causes->n, found[0], found[1], false};
        score.is_held =
            found[0] > found[1] && (double)found[0] * (double)pair->n * 2 >= (double)pair->followed * (double)causes->n;
        n_held += score.is_held;
        if (scores != NULL)
            scores[i] = score;
    }
    release_lists(lists, indexes);
    *share = pairs->n > 0 ? (double)n_held / (double)pairs->n : NAN;
    return 0;
}
