/*
 * Which identifiers and rare values of a real log stand in a synthetic one: a scan over the whole text of both, header
 * fields, parameters, names of traces and continuation lines included.
 */
#ifndef LW_MEASURE_LEAKS_H
#define LW_MEASURE_LEAKS_H

#include "learn/model.h"
#include "measure/figures.h"

struct leak_options {
    unsigned allowed;       /* bits 1 << enum identifier: kinds that may appear */
    uint64_t minimum_count; /* a value with fewer records in the real log is rare */
};

/* Appends the rows of "leaked": how many different ones there are, then each of them, the part being its kind and its
 * text, the value how often it stands in the synthetic log, n how often in the real one; at most some hundreds. Values
 * are rare only if they tell something: numbers, sizes, times and short words that a generator may well have drawn are
 * passed over. model: learned from the real log, or one like it. Memory: some 30 bytes for each different value. */
int leaks_find(const struct model *model, const struct lw_log *real, const struct lw_log *synthetic,
               const struct leak_options *options, const struct lw_run *run, struct lw_figures *figures,
               struct lw_error *err);

#endif
