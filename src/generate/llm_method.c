/* Method "llm": traces are asked for ahead, in order, and then drawn as those of other methods are. */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "generate/llm.h"
#include "generate/method.h"

struct fetched {
    struct llm_client client;
    struct llm_tally tally;
    struct course *courses;
    size_t n;
};

static int init_llm(struct sampler *sampler, const struct lw_constraints *constraints, struct lw_error *err)
{
    struct fetched *fetched = alloc_zeroed(1, sizeof *fetched);
    if (fetched == NULL)
        return fail_memory(err, "asking a language model");
    sampler->own = fetched;
    return llm_client_init(&fetched->client, &constraints->llm, err);
}

static int fetch_llm(const struct sampler *sampler, const struct lw_constraints *constraints, size_t n,
                     const struct lw_run *run, struct lw_error *err)
{
    struct fetched *fetched = sampler->own;
    if (n <= fetched->n)
        return 0;
    struct course *more = realloc(fetched->courses, n * sizeof *more);
    if (more == NULL)
        return fail_memory(err, "asking a language model");
    for (size_t i = fetched->n; i < n; i++)
        more[i] = (struct course){.n = 0};
    size_t known = fetched->n;
    fetched->courses = more;
    fetched->n = n;
    return llm_draw(&fetched->client, sampler->blueprint, constraints, more, known, n, run, &fetched->tally, err);
}

static int draw_llm(const struct sampler *sampler, uint64_t index, struct rng *rng, struct course *course)
{
    const struct fetched *fetched = sampler->own;
    (void)rng;
    return course_copy(course, &fetched->courses[index]);
}

static void release_llm(struct sampler *sampler)
{
    struct fetched *fetched = sampler->own;
    if (fetched == NULL)
        return;
    for (size_t i = 0; i < fetched->n; i++)
        course_release(&fetched->courses[i]);
    free(fetched->courses);
    llm_client_release(&fetched->client);
    free(fetched);
}

const struct method method_llm = {
    .info = {"llm", "asks a language model, whose answers are held against the machine; see LANGUAGE MODELS"},
    .init = init_llm,
    .fetch = fetch_llm,
    .draw = draw_llm,
    .release = release_llm,
};
