/*
 * Traces written by a language model: method "llm". The model is told the schema, statistics, rules and how far the log
 * has come (llm_prompt.h), answers in lines of JSON, and what it answers is not believed: each line is parsed, each
 * trace walked through the machine, mended where little is wrong with it, and thrown away where much is; then it is
 * asked again, a bounded number of times. Which events come, in what order and how far apart is the model's; what
 * stands in their parameters is drawn as for every other method.
 */
#ifndef LW_GENERATE_LLM_H
#define LW_GENERATE_LLM_H

#include "generate/constraints.h"
#include "generate/llm_client.h"
#include "generate/walk.h"

struct llm_tally { /* what became of the answers */
    uint64_t questions, lines, bad_lines, traces, mended, rejected;
    char complaint[200]; /* about the last answer, for the model to read; "" = none */
};

/* courses[known] are there; those up to n are written, from empty. Errors as llm_client_ask; LW_ERR_INFEASIBLE when too
 * little of what came was of use: says how many traces are there; then courses are still the caller's to release. */
int llm_draw(struct llm_client *client, const struct blueprint *blueprint, const struct lw_constraints *constraints,
             struct course *courses, size_t known, size_t n, const struct lw_run *run, struct llm_tally *tally,
             struct lw_error *err);

/* Takes the traces out of one answer, at most max of them: courses[*n ...]. What is of no use is counted in tally.
 * 0 or LW_ERR_MEMORY. */
int llm_take_answer(const struct blueprint *blueprint, const char *text, size_t len, struct course *courses, size_t max,
                    size_t *n, struct llm_tally *tally);

#endif
