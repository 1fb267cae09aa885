/* What the values of a model's places obey along traces, as a generator can have them obey. */
#include "generate/blueprint_parts.h"
#include "learn/relations.h"

/* The first of these that a place obeys is taken. */
static const struct {
    enum lw_relation_kind of;
    enum related_kind kind;
} kinds[] = {{LW_RELATION_SAME, RELATED_SAME},
             {LW_RELATION_DETERMINED, RELATED_DETERMINED},
             {LW_RELATION_STEP, RELATED_STEP},
             {LW_RELATION_OFFSET, RELATED_OFFSET},
             {LW_RELATION_INCREASING, RELATED_INCREASING},
             {LW_RELATION_DECREASING, RELATED_DECREASING}};
#define N_KINDS (sizeof kinds / sizeof *kinds)

static bool is_first_of(const struct related *known, enum related_kind kind)
{
    for (size_t i = 0; i < N_KINDS && known->kind != RELATED_NONE; i++)
        if (kinds[i].kind == known->kind || kinds[i].kind == kind)
            return kinds[i].kind == kind && known->kind != kind;
    return true;
}

static void take(struct blueprint *blueprint, const struct relation *relation, enum related_kind kind)
{
    size_t n = blueprint->place_first[blueprint->templates->n];
    bool has_other = kind == RELATED_SAME || kind == RELATED_OFFSET || kind == RELATED_DETERMINED;
    if (has_other && (relation->other >= n || relation->other == relation->variable))
        return;
    struct related *related = &blueprint->related[relation->variable];
    if (!is_first_of(related, kind))
        return;
    related->kind = kind;
    related->other = has_other ? relation->other : BLUEPRINT_NONE;
    related->number = relation->number;
}

int blueprint_find_relations(struct blueprint *blueprint, const struct links *links, struct lw_error *err)
{
    struct relations relations;
    size_t n = blueprint->place_first[blueprint->templates->n];
    int rc = relations_find(&links->variables, &relations, err);
    if (rc != 0)
        return rc;
    for (size_t i = 0; i < relations.n; i++)
        for (size_t k = 0; k < N_KINDS; k++)
            if (relations.items[i].kind == kinds[k].of && relations.items[i].variable < n &&
                links->class_of[relations.items[i].variable] == LINK_NONE)
                take(blueprint, &relations.items[i], kinds[k].kind);
    relations_release(&relations);
    blueprint_mark_others(blueprint);
    return 0;
}

void blueprint_mark_others(struct blueprint *blueprint)
{
    size_t n = blueprint->place_first[blueprint->templates->n];
    for (size_t i = 0; i < n; i++)
        if (blueprint->related[i].kind != RELATED_NONE && blueprint->related[i].other != BLUEPRINT_NONE)
            blueprint->related[blueprint->related[i].other].is_other = true;
}
