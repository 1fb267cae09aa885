#include <stdlib.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/explain.h"
#include "cmd/input.h"
#include "cmd/table.h"

/* ---- the table ------------------------------------------------------------------------------------------------- */

struct listing {
    const struct lw_workspace *workspace;
    uint64_t events; /* of all templates */
    char id[TEMPLATE_NAME_SIZE];
    struct lw_bytes *types; /* [slots of the template] */
    size_t cap;
};

static int list_types(struct listing *listing, size_t index, size_t n, struct lw_error *err)
{
    if (n > listing->cap) {
        struct lw_bytes *types = realloc(listing->types, n * sizeof *types);

        if (types == NULL) {
            snprintf(err->text, sizeof err->text, "out of memory");
            return err->code = LW_ERR_MEMORY;
        }
        listing->types = types;
        listing->cap = n;
    }
    for (size_t i = 0; i < n; i++) {
        struct lw_slot slot;
        int code = lw_template_slot(listing->workspace, index, i, &slot, err);

        if (code != 0)
            return code;
        listing->types[i] = (struct lw_bytes){slot.type, strlen(slot.type)};
    }
    return 0;
}

static int template_row(void *user, size_t index, struct cell *cells, struct lw_error *err)
{
    struct listing *listing = user;
    struct lw_template template;
    int code = lw_template_get(listing->workspace, index, &template, err);

    if (code == 0)
        code = list_types(listing, index, template.n_slots, err);
    if (code != 0)
        return code;
    cells[0] = cell_string(template_name(template.id, listing->id));
    cells[1] = template.name.len > 0 ? cell_text(template.name.data, template.name.len) : cell_string(NULL);
    cells[2] = cell_count(template.count);
    cells[3] = cell_share(listing->events == 0 ? 0 : (double)template.count / (double)listing->events);
    cells[4] = cell_time(template.first_us);
    cells[5] = cell_time(template.last_us);
    cells[6] = cell_string(lw_level_name(template.level));
    cells[7] = cell_list(listing->types, template.n_slots);
    cells[8] = cell_text(template.text.data, template.text.len);
    return 0;
}

static int list(struct command_call *call)
{
    static const char *const columns[] = {"event", "name",  "count",      "share",    "first",
                                          "last",  "level", "parameters", "template", NULL};
    struct listing listing = {0};
    struct table table = {columns, 0, template_row, &listing};
    struct lw_workspace *workspace;
    struct lw_error err;
    int status = input_templates(call, &workspace, NULL);

    if (status != COMMAND_DONE)
        return status;
    listing.workspace = workspace;
    table.n_rows = lw_template_count(workspace);
    for (size_t i = 0; i < table.n_rows; i++) {
        struct lw_template template;

        if (lw_template_get(workspace, i, &template, &err) == 0)
            listing.events += template.count;
    }
    if (table_print(call, &table, table_form(call), &err) != 0)
        status = command_error(call, &err);
    free(listing.types);
    lw_workspace_free(workspace);
    return status;
}

/* ---- parameters ------------------------------------------------------------------------------------------------ */

#define MOST_VALUES 10 /* of a parameter */

struct slot_listing {
    const struct lw_workspace *workspace;
    struct place {
        size_t template, slot;
    } * places; /* [rows] */
    char id[TEMPLATE_NAME_SIZE];
    char texts[MOST_VALUES][400];
    struct lw_bytes values[MOST_VALUES];
};

/* "12 x 10.0.0.1"; "~12" where the count is an estimate. */
static void list_values(struct slot_listing *listing, const struct lw_slot *slot, struct cell *cell)
{
    size_t n = slot->n_values < MOST_VALUES ? slot->n_values : MOST_VALUES;

    for (size_t i = 0; i < n; i++) {
        const struct lw_value *value = &slot->values[i];
        int len = snprintf(listing->texts[i], sizeof listing->texts[i], "%s%llu x ", value->error > 0 ? "~" : "",
                           (unsigned long long)value->count);
        size_t room = sizeof listing->texts[i] - (size_t)len, kept = value->text.len < room ? value->text.len : room;

        memcpy(listing->texts[i] + len, value->text.data, kept);
        listing->values[i] = (struct lw_bytes){listing->texts[i], (size_t)len + kept};
    }
    *cell = cell_list(listing->values, n);
}

static int slot_row(void *user, size_t index, struct cell *cells, struct lw_error *err)
{
    struct slot_listing *listing = user;
    const struct place *place = &listing->places[index];
    struct lw_template template;
    struct lw_slot slot;
    int code = lw_template_get(listing->workspace, place->template, &template, err);

    if (code == 0)
        code = lw_template_slot(listing->workspace, place->template, place->slot, &slot, err);
    if (code != 0)
        return code;
    cells[0] = cell_string(template_name(template.id, listing->id));
    cells[1] = cell_count(place->slot + 1);
    cells[2] = cell_string(slot.type);
    cells[3] = cell_count(slot.total);
    cells[4] = cell_count(slot.distinct);
    cells[5] = cell_string(slot.unit[0] == '\0' ? NULL : slot.unit);
    cells[6] = cell_number(slot.min);
    cells[7] = cell_number(slot.p50);
    cells[8] = cell_number(slot.p95);
    cells[9] = cell_number(slot.p99);
    cells[10] = cell_number(slot.max);
    cells[11] = cell_number(slot.mean);
    list_values(listing, &slot, &cells[12]);
    return 0;
}

/* Where all parameters of all templates are. */
static int find_places(struct slot_listing *listing, size_t *n_rows, struct lw_error *err)
{
    size_t n = 0;

    for (int pass = 0; pass < 2; pass++) {
        n = 0;
        for (size_t t = 0; t < lw_template_count(listing->workspace); t++) {
            struct lw_template template;
            int code = lw_template_get(listing->workspace, t, &template, err);

            if (code != 0)
                return code;
            for (size_t s = 0; s < template.n_slots; s++, n++)
                if (listing->places != NULL)
                    listing->places[n] = (struct place){t, s};
        }
        if (pass == 0 && (listing->places = malloc((n + 1) * sizeof *listing->places)) == NULL) {
            snprintf(err->text, sizeof err->text, "out of memory");
            return err->code = LW_ERR_MEMORY;
        }
    }
    *n_rows = n;
    return 0;
}

static int list_slots(struct command_call *call)
{
    static const char *const columns[] = {"event", "parameter", "type", "count", "distinct", "unit", "min",
                                          "p50",   "p95",       "p99",  "max",   "mean",     "top",  NULL};
    struct slot_listing *listing = calloc(1, sizeof *listing);
    struct table table = {columns, 0, slot_row, listing};
    struct lw_workspace *workspace;
    struct lw_error err;
    int status = listing == NULL ? command_fail(call, "out of memory") : input_templates(call, &workspace, NULL);

    if (status != COMMAND_DONE) {
        free(listing);
        return status;
    }
    listing->workspace = workspace;
    if (find_places(listing, &table.n_rows, &err) != 0 || table_print(call, &table, table_form(call), &err) != 0)
        status = command_error(call, &err);
    free(listing->places);
    free(listing);
    lw_workspace_free(workspace);
    return status;
}

/* ---- edits ----------------------------------------------------------------------------------------------------- */

struct edit_row {
    const char *name, *arguments;
    size_t min, max; /* arguments */
};

static const struct edit_row edits[] = {
    {"merge", "E1 E2 ...", 2, 64},
    {"split", "E1 NUMBER-OF-PARAMETER", 2, 2},
    {"rename", "E1 NAME", 2, 2},
    {"pin", "E1|'TEXT WITH <*>'", 1, 1},
    {"undo", "", 0, 0},
    {"redo", "", 0, 0},
};

const char *templates_edit_name(size_t index)
{
    return index < sizeof edits / sizeof edits[0] ? edits[index].name : NULL;
}

static const struct edit_row *find_edit(const char *name)
{
    for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++)
        if (strcmp(edits[i].name, name) == 0)
            return &edits[i];
    return NULL;
}

static int apply(struct command_call *call, const struct edit_row *edit, const struct lw_workspace *workspace,
                 const char *const *args, size_t n, struct lw_workspace **out)
{
    struct lw_error err;
    int code;

    if (n < edit->min || n > edit->max)
        return command_fail(call, "templates: %s takes: %s [WORKSPACE] %s", edit->name, edit->name, edit->arguments);
    if (strcmp(edit->name, "undo") == 0)
        code = lw_workspace_undo(workspace, out, &err);
    else if (strcmp(edit->name, "redo") == 0)
        code = lw_workspace_redo(workspace, out, &err);
    else
        code = lw_workspace_edit(workspace, edit->name, args, n, out, &err);
    return code == 0 ? COMMAND_DONE : command_error(call, &err);
}

/* The edit in a file, or in what is open. */
static int edit_templates(struct command_call *call, const struct edit_row *edit)
{
    bool is_file = call->n_inputs > 1 && (call->context->workspace == NULL || lw_workspace_is_file(call->inputs[1]));
    size_t first = is_file ? 2 : 1;
    struct lw_workspace *workspace, *edited = NULL;
    struct lw_error err;
    int status;

    if (!is_file && call->context->workspace == NULL)
        return command_fail(call, "templates: give the workspace to edit: %s WORKSPACE %s", edit->name,
                            edit->arguments);
    if (!is_file)
        workspace = lw_workspace_retain(call->context->workspace);
    else if (input_open(call, call->inputs[1], &workspace) != COMMAND_DONE)
        return COMMAND_FAILED;
    status = apply(call, edit, workspace, call->inputs + first, call->n_inputs - first, &edited);
    if (status == COMMAND_DONE && is_file) {
        if (lw_workspace_save(edited, call->inputs[1], &err) != 0)
            status = command_error(call, &err);
        lw_workspace_free(edited);
    } else if (status == COMMAND_DONE) {
        lw_workspace_free(call->context->workspace);
        call->context->workspace = edited;
    }
    lw_workspace_free(workspace);
    return status;
}

int templates_run(struct command_call *call)
{
    const struct edit_row *edit = call->n_inputs > 0 ? find_edit(call->inputs[0]) : NULL;

    if (edit != NULL)
        return edit_templates(call, edit);
    if (call->values[OPTION_EXPLAIN_LINE] != NULL)
        return explain_run(call);
    return call->values[OPTION_SLOTS] != NULL ? list_slots(call) : list(call);
}
