#include "generate/blueprint.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/fail.h"

int blueprint_of_model(const struct model *model, struct blueprint **out, struct lw_error *err)
{
    struct blueprint *made = alloc_zeroed(1, sizeof *made);
    if (made == NULL)
        return fail_memory(err, "preparing to generate");
    const struct counts *counts = model->counts;
    *made =
        (struct blueprint){.model = model,
                           .machine = &model->machine,
                           .templates = &model->templates,
                           .is_symbolic = counts_is_symbolic(counts),
                           .is_escaped = counts->formats.count == 1 && intern_find(&counts->formats, "json", 4) == 0};
    for (size_t i = 0; i < model->traces.n_traces; i++)
        if (trace_set_len(&model->traces, i) > made->longest)
            made->longest = trace_set_len(&model->traces, i);
    *out = made;
    return 0;
}

void blueprint_free(struct blueprint *blueprint)
{
    free(blueprint);
}
