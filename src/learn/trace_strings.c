/*
 * The alphabet is cut by frequency; strings are sorted by merging, bottom up.
 */
#include "learn/trace_strings.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

struct tally {
    uint64_t count;
    uint32_t id;
};

static int by_count(const void *a, const void *b)
{
    const struct tally *x = a, *y = b;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return x->id < y->id ? -1 : x->id > y->id;
}

void alphabet_release(struct alphabet *alphabet)
{
    free(alphabet->symbol_of);
    free(alphabet->log2_of);
    *alphabet = (struct alphabet){0};
}

/* The unknown gets T / (N + T) of the rest, for T templates seen N times in it (Witten and Bell 1991, method C). */
static void share_rest(struct alphabet *alphabet, const struct tally *tallies, size_t own)
{
    double seen = 0, kinds = 0;
    for (size_t i = own; i < alphabet->n_ids && tallies[i].count > 0; i++, kinds++)
        seen += (double)tallies[i].count;
    alphabet->unknown_log2 = kinds > 0 ? log2(kinds / (seen + kinds)) : 0;
    for (size_t i = own; i < alphabet->n_ids; i++)
        alphabet->log2_of[tallies[i].id] =
            tallies[i].count > 0 ? log2((double)tallies[i].count / (seen + kinds)) : alphabet->unknown_log2;
}

int alphabet_make(const struct trace_set *set, size_t max_symbols, struct alphabet *out)
{
    struct alphabet made = {.n_ids = 1};
    for (size_t i = 0; i < set->n_events; i++)
        if (set->templates[i] >= made.n_ids)
            made.n_ids = (size_t)set->templates[i] + 1;
    struct tally *tallies = alloc_zeroed(made.n_ids, sizeof *tallies);
    made.symbol_of = alloc_array(made.n_ids, sizeof *made.symbol_of);
    made.log2_of = alloc_zeroed(made.n_ids, sizeof *made.log2_of);
    if (tallies == NULL || made.symbol_of == NULL || made.log2_of == NULL) {
        free(tallies);
        alphabet_release(&made);
        return LW_ERR_MEMORY;
    }
    for (size_t i = 0; i < made.n_ids; i++)
        tallies[i].id = (uint32_t)i;
    for (size_t i = 0; i < set->n_events; i++)
        tallies[set->templates[i]].count++;
    tallies[LW_TEMPLATE_UNKNOWN].count = 0; /* never a symbol of its own */
    qsort(tallies, made.n_ids, sizeof *tallies, by_count);
    size_t own = 0;
    for (; own < made.n_ids && own + 1 < max_symbols && tallies[own].count > 0; own++)
        made.symbol_of[tallies[own].id] = (uint32_t)own;
    for (size_t i = own; i < made.n_ids; i++)
        made.symbol_of[tallies[i].id] = (uint32_t)own;
    made.n_symbols = own + 1;
    share_rest(&made, tallies, own);
    free(tallies);
    *out = made;
    return 0;
}

void strings_release(struct strings *strings)
{
    free(strings->first);
    free(strings->symbols);
    *strings = (struct strings){0};
}

int strings_make(const struct trace_set *set, const struct alphabet *alphabet, const uint32_t *traces, size_t n,
                 size_t max_len, struct strings *out)
{
    struct strings made = {.n = n, .n_symbols = alphabet->n_symbols, .first = alloc_array(n + 1, sizeof *made.first)};
    size_t total = 0;
    if (made.first == NULL)
        return LW_ERR_MEMORY;
    for (size_t s = 0; s < n; s++) {
        size_t len = trace_set_len(set, traces[s]);
        made.first[s] = total;
        total += len < max_len ? len : max_len;
    }
    made.first[n] = total;
    made.symbols = alloc_array(total, sizeof *made.symbols);
    if (made.symbols == NULL) {
        strings_release(&made);
        return LW_ERR_MEMORY;
    }
    for (size_t s = 0; s < n; s++) {
        const uint32_t *templates = set->templates + set->first[traces[s]];
        for (size_t i = 0; i < made.first[s + 1] - made.first[s]; i++)
            made.symbols[made.first[s] + i] =
                templates[i] < alphabet->n_ids ? alphabet->symbol_of[templates[i]] : (uint32_t)alphabet->n_symbols - 1;
    }
    *out = made;
    return 0;
}

size_t strings_shared(const struct strings *strings, uint32_t one, uint32_t other)
{
    size_t len = strings_len(strings, one), other_len = strings_len(strings, other), n = 0;
    const uint32_t *a = strings->symbols + strings->first[one], *b = strings->symbols + strings->first[other];
    while (n < len && n < other_len && a[n] == b[n])
        n++;
    return n;
}

static bool is_before(const struct strings *strings, uint32_t one, uint32_t other)
{
    size_t n = strings_shared(strings, one, other);
    if (n == strings_len(strings, other))
        return n == strings_len(strings, one) && one < other;
    return n == strings_len(strings, one) ||
           strings->symbols[strings->first[one] + n] < strings->symbols[strings->first[other] + n];
}

/* Merges: a stable order needs no pivot that hostile input could choose badly. */
static void merge_sort(const struct strings *strings, uint32_t *items, uint32_t *spare, size_t n)
{
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t at = 0; at < n; at += 2 * width) {
            size_t a = at, middle = at + width < n ? at + width : n, b = middle;
            size_t last = at + 2 * width < n ? at + 2 * width : n;
            for (size_t to = at; to < last; to++)
                spare[to] =
                    b >= last || (a < middle && !is_before(strings, items[b], items[a])) ? items[a++] : items[b++];
        }
        memcpy(items, spare, n * sizeof *items);
    }
}

int strings_sort(const struct strings *strings, uint32_t *items, size_t n)
{
    uint32_t *spare = alloc_array(n, sizeof *spare);
    if (spare == NULL)
        return LW_ERR_MEMORY;
    merge_sort(strings, items, spare, n);
    free(spare);
    return 0;
}
