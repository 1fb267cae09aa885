/*
 * Models of delays and of parameters as logwright.h shows them. They are made from the model when somebody asks for the
 * first time, and kept: most workspaces are never asked. They have a lock of their own, since making them takes longer
 * than anybody who asks for a template's values should wait.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fail.h"
#include "learn/delay_fit.h"
#include "learn/delay_times.h"
#include "learn/relations.h"
#include "workspace/workspace.h"

struct parameter_models {
    bool has_delays, has_relations;
    struct delay_times delays;
    struct variables variables;
    struct entities entities;
    struct relations relations;
    struct lw_place **entity_places; /* [entities.n] */
    char **texts;                    /* [relations.n] */
};

static void release_relations(struct parameter_models *models)
{
    for (size_t i = 0; models->entity_places != NULL && i < models->entities.n; i++)
        free(models->entity_places[i]);
    free(models->entity_places);
    models->entity_places = NULL;
    for (size_t i = 0; models->texts != NULL && i < models->relations.n; i++)
        free(models->texts[i]);
    free(models->texts);
    models->texts = NULL;
    relations_release(&models->relations);
    entities_release(&models->entities);
    variables_release(&models->variables);
}

void parameter_models_free(struct parameter_models *models)
{
    if (models == NULL)
        return;
    delay_times_release(&models->delays);
    release_relations(models);
    free(models);
}

/* The models of a workspace, or of its lender, with its lock held; NULL: out of memory, and the lock is free. */
static struct parameter_models *take_models(const struct lw_workspace *workspace, struct lw_workspace **owner)
{
    /* As with the cache of slots: behind the lock nobody can tell that a workspace changes. */
    *owner = workspace->lender != NULL ? workspace->lender : (struct lw_workspace *)workspace;
    pthread_mutex_lock(&(*owner)->models_lock);
    if ((*owner)->models == NULL)
        (*owner)->models = alloc_zeroed(1, sizeof *(*owner)->models);
    if ((*owner)->models == NULL)
        pthread_mutex_unlock(&(*owner)->models_lock);
    return (*owner)->models;
}

/* ---- delays ---------------------------------------------------------------------------------------------------- */

/* What is kept is immutable from then on. */
static int find_delays(const struct lw_workspace *workspace, const struct delay_times **out, struct lw_error *err)
{
    struct lw_workspace *owner;
    struct parameter_models *models = take_models(workspace, &owner);
    int code = 0;

    if (models == NULL)
        return fail_memory(err, "gathering delays");
    if (!models->has_delays)
        code = delay_times_init(&models->delays, &owner->model->machine, &owner->model->traces, err);
    models->has_delays = code == 0;
    *out = &models->delays;
    pthread_mutex_unlock(&owner->models_lock);
    return code;
}

int lw_workspace_delay(const struct lw_workspace *workspace, size_t transition, struct lw_delay_model *out,
                       struct lw_error *err)
{
    const struct delay_times *delays = NULL;
    int code = find_delays(workspace, &delays, err);

    if (code != 0)
        return code;
    if (transition >= delays->n_edges)
        return fail(err, LW_ERR_NOT_FOUND, "there is no transition %zu; the machine has %zu", transition,
                    delays->n_edges);
    delay_fit(delays->delays_us + delays->first[transition], delays->first[transition + 1] - delays->first[transition],
              delays->resolution_us, out);
    return 0;
}

/* ---- entities and relations ------------------------------------------------------------------------------------ */

static struct lw_place make_place(const struct variables *variables, uint32_t variable)
{
    const struct templates *templates = &variables->model->templates;
    size_t low = 0, high = templates->n; /* slot_first[low] <= variable < slot_first[high] */
    uint32_t field = variable - variables->slot_first[templates->n];

    if (variable >= variables->slot_first[templates->n])
        return (struct lw_place){LW_TEMPLATE_UNKNOWN, 0, intern_get(&variables->fields, field).data};
    while (high - low > 1) {
        size_t middle = (low + high) / 2;

        if (variables->slot_first[middle] <= variable)
            low = middle;
        else
            high = middle;
    }
    return (struct lw_place){templates->items[low].id, variable - variables->slot_first[low], NULL};
}

static const struct kind {
    const char *name, *words; /* between the place and what follows */
    bool has_other, has_number;
} kinds[LW_RELATION_KIND_COUNT] = {
    [LW_RELATION_KEY] = {"key", "is the name of the trace", false, false},
    [LW_RELATION_CONSTANT] = {"constant", "keeps its value through a trace", false, false},
    [LW_RELATION_SAME] = {"same", "is the last", true, false},
    [LW_RELATION_INCREASING] = {"increasing", "rises along a trace", false, false},
    [LW_RELATION_DECREASING] = {"decreasing", "falls along a trace", false, false},
    [LW_RELATION_STEP] = {"step", "changes along a trace by", false, true},
    [LW_RELATION_OFFSET] = {"offset", "is the last", true, true},
    [LW_RELATION_SUM] = {"sum", "is the sum of each", true, false},
    [LW_RELATION_SET] = {"set", "is one of the entity", false, false},
    [LW_RELATION_DETERMINED] = {"determined", "follows from", true, false},
};

const char *lw_relation_kind_name(enum lw_relation_kind kind)
{
    return (unsigned)kind < LW_RELATION_KIND_COUNT ? kinds[kind].name : "";
}

static void add_place(struct buf *text, const struct variables *variables, uint32_t variable)
{
    struct lw_place place = make_place(variables, variable);

    if (place.field != NULL)
        buf_printf(text, "field %s", place.field);
    else
        buf_printf(text, "E%u $%zu", place.template_id, place.slot + 1);
}

/* "E5 $2 is the last E1 $1" */
static int make_text(const struct parameter_models *models, const struct relation *relation, char **out)
{
    const struct kind *kind = &kinds[relation->kind];
    struct buf text = BUF_INIT;

    add_place(&text, &models->variables, relation->variable);
    buf_printf(&text, " %s", kind->words);
    if (kind->has_other) {
        buf_add_byte(&text, ' ');
        add_place(&text, &models->variables, relation->other);
    }
    if (kind->has_number)
        buf_printf(&text, relation->number < 0 || !kind->has_other ? " %.10g" : " +%.10g", relation->number);
    if (relation->entity != LW_NO_ENTITY)
        buf_printf(&text, " %s", models->entities.items[relation->entity].name);
    buf_add_byte(&text, '\0');
    if (buf_status(&text) != 0) {
        buf_release(&text);
        return LW_ERR_MEMORY;
    }
    *out = text.data;
    return 0;
}

static int make_texts(struct parameter_models *models, struct lw_error *err)
{
    models->texts = alloc_zeroed(models->relations.n, sizeof *models->texts);
    for (size_t i = 0; i < models->relations.n && models->texts != NULL; i++)
        if (make_text(models, &models->relations.items[i], &models->texts[i]) != 0)
            return fail_memory(err, "listing relations");
    return models->texts == NULL ? fail_memory(err, "listing relations") : 0;
}

static int make_relations(struct parameter_models *models, const struct model *model, struct lw_error *err)
{
    int code = variables_init(&models->variables, model, err);

    if (code == 0)
        code = relations_find(&models->variables, &models->relations, err);
    if (code == 0)
        code = entities_find(&models->variables, &models->relations, &models->entities, err);
    if (code != 0)
        return code;
    models->entity_places = alloc_zeroed(models->entities.n, sizeof *models->entity_places);
    for (size_t i = 0; i < models->entities.n && models->entity_places != NULL; i++) {
        const struct entity *entity = &models->entities.items[i];

        models->entity_places[i] = alloc_array(entity->n, sizeof **models->entity_places);
        if (models->entity_places[i] == NULL)
            return fail_memory(err, "listing entities");
        for (size_t j = 0; j < entity->n; j++)
            models->entity_places[i][j] = make_place(&models->variables, entity->members[j].variable);
    }
    if (models->entity_places == NULL)
        return fail_memory(err, "listing entities");
    if (relations_add_sets(&models->relations, &models->entities) != 0)
        return fail_memory(err, "listing entities");
    return make_texts(models, err);
}

static int find_relations(const struct lw_workspace *workspace, const struct parameter_models **out,
                          struct lw_error *err)
{
    struct lw_workspace *owner;
    struct parameter_models *models = take_models(workspace, &owner);
    int code = 0;

    *out = models;
    if (models == NULL)
        return fail_memory(err, "finding relations");
    if (!models->has_relations) {
        code = make_relations(models, owner->model, err);
        if (code != 0)
            release_relations(models);
    }
    models->has_relations = code == 0;
    pthread_mutex_unlock(&owner->models_lock);
    return code;
}

int lw_workspace_entity_count(const struct lw_workspace *workspace, size_t *n, struct lw_error *err)
{
    const struct parameter_models *models;
    int code = find_relations(workspace, &models, err);

    *n = code == 0 ? models->entities.n : 0;
    return code;
}

int lw_workspace_entity(const struct lw_workspace *workspace, size_t index, struct lw_entity *out, struct lw_error *err)
{
    const struct parameter_models *models;
    const struct entity *entity;
    int code = find_relations(workspace, &models, err);

    if (code != 0)
        return code;
    if (index >= models->entities.n)
        return fail(err, LW_ERR_NOT_FOUND, "there is no entity %zu; there are %zu", index, models->entities.n);
    entity = &models->entities.items[index];
    *out = (struct lw_entity){.name = entity->name,
                              .type = user_masks_type(models->variables.model->counts->sequences.masks, entity->mask),
                              .places = models->entity_places[index],
                              .n_places = entity->n,
                              .distinct = entity->distinct};
    return 0;
}

int lw_workspace_relation_count(const struct lw_workspace *workspace, size_t *n, struct lw_error *err)
{
    const struct parameter_models *models;
    int code = find_relations(workspace, &models, err);

    *n = code == 0 ? models->relations.n : 0;
    return code;
}

int lw_workspace_relation(const struct lw_workspace *workspace, size_t index, struct lw_relation *out,
                          struct lw_error *err)
{
    const struct parameter_models *models;
    const struct relation *relation;
    int code = find_relations(workspace, &models, err);

    if (code != 0)
        return code;
    if (index >= models->relations.n)
        return fail(err, LW_ERR_NOT_FOUND, "there is no relation %zu; there are %zu", index, models->relations.n);
    relation = &models->relations.items[index];
    *out = (struct lw_relation){.kind = relation->kind,
                                .place = make_place(&models->variables, relation->variable),
                                .number = relation->number,
                                .entity = relation->entity,
                                .support = relation->support,
                                .total = relation->total,
                                .traces = relation->traces,
                                .lower = relation->lower,
                                .text = models->texts[index]};
    if (kinds[relation->kind].has_other)
        out->other = make_place(&models->variables, relation->other);
    return 0;
}
