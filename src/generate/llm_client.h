/*
 * Asking a language model: one question and its answer, over HTTP as OpenAI's "chat completions" have it, which most
 * servers of such models speak. What is asked of the outside is bounded in time, size and number of attempts; every
 * answer that was good is kept in a folder under a hash of its question, so that the same questions are answered
 * without network from then on. The caller owns the client; one thread at a time.
 */
#ifndef LW_GENERATE_LLM_CLIENT_H
#define LW_GENERATE_LLM_CLIENT_H

#include "base/buf.h"
#include "logwright.h"

struct llm_client {
    struct lw_llm_options options; /* borrowed texts */
    char *url;
    uint64_t n_sent, n_cached; /* requests that went out, attempts taken in, and answers out of the folder */
};

/* options are borrowed. LW_ERR_USAGE: no endpoint, or one that is no http or https address. */
int llm_client_init(struct llm_client *client, const struct lw_llm_options *options, struct lw_error *err);
void llm_client_release(struct llm_client *client);

/* The text that the model answers to `system` and `user` (NUL-ended UTF-8) into *answer, which the caller releases; at
 * most max_tokens tokens long. Tried again after a wait that doubles, or that the server asks for, when the connection
 * broke, took too long, or the server said 408, 409, 425, 429 or 5xx, or sent what is no answer; not after any other
 * refusal. LW_ERR_IO: it could not be had, says why and how often it was tried; LW_ERR_LIMIT: the answer was larger
 * than options.max_answer; LW_ERR_CANCELLED; LW_ERR_MEMORY. */
int llm_client_ask(struct llm_client *client, const char *system, const char *user, unsigned max_tokens,
                   const struct lw_run *run, struct buf *answer, struct lw_error *err);

#endif
