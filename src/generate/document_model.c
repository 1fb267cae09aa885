/* A blueprint shared by reference. */
#include <stdatomic.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "generate/blueprint.h"
#include "generate/constraints.h"

struct document_model {
    atomic_uint references;
    struct blueprint *blueprint;
};

int document_model_new(struct blueprint *blueprint, struct document_model **out, struct lw_error *err)
{
    struct document_model *made = alloc_zeroed(1, sizeof *made);
    if (made == NULL) {
        blueprint_free(blueprint);
        return fail_memory(err, "reading a model");
    }
    atomic_init(&made->references, 1);
    made->blueprint = blueprint;
    *out = made;
    return 0;
}

struct document_model *document_model_retain(struct document_model *model)
{
    if (model != NULL)
        atomic_fetch_add(&model->references, 1);
    return model;
}

void document_model_release(struct document_model *model)
{
    if (model == NULL || atomic_fetch_sub(&model->references, 1) != 1)
        return;
    blueprint_free(model->blueprint);
    free(model);
}

const struct blueprint *document_model_blueprint(const struct document_model *model)
{
    return model == NULL ? NULL : model->blueprint;
}
