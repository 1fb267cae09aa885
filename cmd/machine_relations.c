/* `machine --relations`: what parameters and header fields obey along a trace. */
#include <math.h>
#include <stdio.h>

#include "cmd/input.h"
#include "cmd/machine_checks.h"
#include "cmd/table.h"

struct listing {
    const struct lw_workspace *workspace;
    char place[64], other[64];
};

/* "E5 $2", or the name of a header field. */
static struct cell place_cell(const struct lw_place *place, char text[64])
{
    char name[TEMPLATE_NAME_SIZE];
    int len;

    if (place->field != NULL)
        return cell_string(place->field);
    len = snprintf(text, 64, "%s $%zu", template_name(place->template_id, name), place->slot + 1);
    return cell_text(text, (size_t)len);
}

static bool has_other(enum lw_relation_kind kind)
{
    return kind == LW_RELATION_SAME || kind == LW_RELATION_OFFSET || kind == LW_RELATION_SUM ||
           kind == LW_RELATION_DETERMINED;
}

static int relation_row(void *user, size_t index, struct cell *cells, struct lw_error *err)
{
    struct listing *listing = user;
    struct lw_relation relation;
    int code = lw_workspace_relation(listing->workspace, index, &relation, err);
    bool has_number;

    if (code != 0)
        return code;
    has_number = relation.kind == LW_RELATION_STEP || relation.kind == LW_RELATION_OFFSET;
    cells[0] = place_cell(&relation.place, listing->place);
    cells[1] = cell_string(lw_relation_kind_name(relation.kind));
    cells[2] = has_other(relation.kind) ? place_cell(&relation.other, listing->other) : cell_string(NULL);
    if (relation.entity != LW_NO_ENTITY) {
        struct lw_entity entity;

        code = lw_workspace_entity(listing->workspace, relation.entity, &entity, err);
        if (code != 0)
            return code;
        cells[2] = cell_string(entity.name);
    }
    cells[3] = cell_number(has_number ? relation.number : NAN);
    cells[4] = cell_count(relation.support);
    cells[5] = cell_count(relation.total);
    cells[6] = relation.traces > 0 ? cell_count(relation.traces) : cell_string(NULL);
    cells[7] = cell_share(relation.lower);
    return 0;
}

int machine_relations_run(struct command_call *call)
{
    static const char *const columns[] = {"place", "relation", "other",       "number", "held",
                                          "of",    "traces",   "least_share", NULL};
    struct listing listing = {.workspace = NULL};
    struct table table = {columns, 0, relation_row, &listing};
    struct lw_workspace *workspace;
    struct lw_error err;
    int code, status = input_workspace(call, &workspace, NULL);

    if (status != COMMAND_DONE)
        return status;
    listing.workspace = workspace;
    code = lw_workspace_relation_count(workspace, &table.n_rows, &err);
    if (code == 0)
        code = table_print(call, &table, table_form(call), &err);
    lw_workspace_free(workspace);
    return code == 0 ? COMMAND_DONE : command_error(call, &err);
}
