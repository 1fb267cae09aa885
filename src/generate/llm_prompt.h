/* What a language model is told: the format of its answer, the events there are, how they follow one another, the
 * constraints, and the state that the log is in. Plain text, bounded in length; bytes of templates that are not UTF-8
 * or are control characters are replaced. */
#ifndef LW_GENERATE_LLM_PROMPT_H
#define LW_GENERATE_LLM_PROMPT_H

#include "base/buf.h"
#include "generate/llm.h"

/* The same for every question of a log. */
void llm_prompt_system(const struct blueprint *blueprint, const struct lw_constraints *constraints, struct buf *out);
/* first .. first + n - 1 are to be written; done[first] are there. */
void llm_prompt_user(const struct blueprint *blueprint, const struct lw_constraints *constraints,
                     const struct course *done, size_t first, size_t n, const struct llm_tally *tally, struct buf *out);

#endif
