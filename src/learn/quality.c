/*
 * Held-out bits: a quarter of the variants, chosen by their hash, is left out; size, automaton and n-grams are learned
 * from the rest. Each left-out variant counts once: weighted by how often it came, the figure would be that of the few
 * most frequent ones.
 */
#include "learn/quality.h"

#include <math.h>
#include <stdlib.h>

#include "base/fail.h"
#include "learn/machine_index.h"
#include "learn/ngram.h"

#define N_PARTS  4u
#define OUT_PART 1u /* not the part that the size is chosen on */

static double sequence_bits(const struct predictor *predictor, const uint32_t *events, size_t n)
{
    struct predictor_walk walk;
    double bits = 0;
    predictor_begin(&walk);
    for (size_t i = 0; i <= n; i++) {
        bits -= log2(predictor_probability(predictor, &walk, i < n ? events[i] : CONTEXT_END));
        if (i < n)
            predictor_step(predictor, &walk, events[i]);
    }
    return bits;
}

static void measure(const struct trace_set *set, const struct variants *held, const struct predictor *predictor,
                    const struct ngram *ngram, struct lw_quality *out)
{
    double events = 0;
    for (size_t v = 0; v < held->n; v++) {
        size_t n = trace_set_len(set, held->example[v]);
        const uint32_t *at = set->templates + set->first[held->example[v]];
        out->machine_bits += sequence_bits(predictor, at, n);
        ngram_bits(ngram, at, n, out->ngram_bits);
        events += (double)n + 1;
    }
    out->n_held_out = held->n;
    out->machine_bits /= events;
    for (size_t i = 0; i < NGRAM_LONGEST; i++)
        out->ngram_bits[i] /= events;
}

static int hold_out(const struct trace_set *set, const struct variants *variants, const struct lw_run *run,
                    struct lw_quality *out, struct lw_error *err)
{
    struct variants kept, held;
    struct model_size size;
    struct predictor predictor;
    struct ngram ngram;
    int status = variants_hold_out(set, variants, OUT_PART, N_PARTS, &kept, &held, err);
    if (status != 0)
        return status;
    if (kept.n > 0 && held.n > 0) {
        status = model_size_choose(set, &kept, run, &size, err);
        if (status == 0)
            status = predictor_fit(set, &kept, &size, run, &predictor, err);
        if (status == 0) {
            status = ngram_fit(set, &kept, &ngram, err);
            if (status == 0) {
                measure(set, &held, &predictor, &ngram, out);
                ngram_release(&ngram);
            }
            predictor_release(&predictor);
        }
    }
    variants_release(&kept);
    variants_release(&held);
    return status;
}

int machine_quality(const struct machine *machine, const struct trace_set *set, const struct variants *variants,
                    const struct lw_run *run, struct lw_quality *out, struct lw_error *err)
{
    *out = (struct lw_quality){.machine_bits = 0};
    uint64_t accepted = 0;
    for (size_t s = 0; s < machine->n_states; s++)
        out->core_states += machine->states[s].is_core;
    for (size_t e = 0; e < machine->n_edges; e++)
        out->core_transitions += machine->edges[e].is_core;
    for (size_t v = 0; v < variants->n; v++) {
        size_t left_at, example = variants->example[v];
        if (lw_machine_accepts(machine_public(machine), set->templates + set->first[example],
                               trace_set_len(set, example), &left_at))
            accepted += variants->counts[v];
    }
    out->core_share = set->n_traces > 0 ? (double)accepted / (double)set->n_traces : 0;
    return hold_out(set, variants, run, out, err);
}
