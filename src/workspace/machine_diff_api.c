/*
 * Two workspaces' machines compared: their templates are matched by text, and those that are left over by whether one
 * accepts the other's text, since what is a parameter in one log may not vary in another.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "base/intern.h"
#include "learn/machine_diff.h"
#include "workspace/workspace.h"

struct symbols {
    uint32_t *of[2], *ids[2]; /* as struct diff_side has them */
    size_t n_ids[2], n;
    struct lw_bytes *texts;
    size_t n_templates[2], n_both;
};

static void symbols_release(struct symbols *symbols)
{
    for (int side = 0; side < 2; side++) {
        free(symbols->of[side]);
        free(symbols->ids[side]);
    }
    free(symbols->texts);
}

static const struct templates *templates_of(const struct lw_workspace *workspace)
{
    return &workspace_model(workspace)->templates;
}

static int make_room(const struct lw_workspace *const workspaces[2], struct symbols *out)
{
    size_t most = DIFF_FIRST;

    for (int side = 0; side < 2; side++)
        most += templates_of(workspaces[side])->n;
    out->texts = alloc_zeroed(most, sizeof *out->texts);
    out->n = DIFF_FIRST;
    for (int side = 0; side < 2; side++) {
        out->n_templates[side] = templates_of(workspaces[side])->n;
        out->n_ids[side] = templates_ids(templates_of(workspaces[side])) + 1;
        out->of[side] = alloc_array(out->n_ids[side], sizeof(uint32_t));
        out->ids[side] = alloc_array(most, sizeof(uint32_t));
        if (out->of[side] == NULL || out->ids[side] == NULL || out->texts == NULL)
            return LW_ERR_MEMORY;
        for (size_t i = 0; i < out->n_ids[side]; i++)
            out->of[side][i] = DIFF_UNKNOWN;
        for (size_t i = 0; i < most; i++)
            out->ids[side][i] = LW_TEMPLATE_UNKNOWN;
    }
    return 0;
}

static void give(struct symbols *symbols, int side, uint32_t id, uint32_t symbol, struct lw_bytes text)
{
    if (id >= symbols->n_ids[side])
        return;
    symbols->of[side][id] = symbol;
    symbols->ids[side][symbol] = id;
    symbols->texts[symbol] = text;
}

/* Those of a get symbols in their order, then those of b that a has not. */
static int match_texts(const struct lw_workspace *const workspaces[2], struct symbols *symbols)
{
    struct intern texts = INTERN_INIT;
    int code = 0;

    for (int side = 0; side < 2 && code == 0; side++)
        for (size_t i = 0; i < symbols->n_templates[side] && code == 0; i++) {
            struct lw_template template;
            uint32_t text;

            code = lw_template_get(workspaces[side], i, &template, NULL);
            if (code == 0)
                code = intern_add(&texts, template.text.data, template.text.len, &text);
            if (code == 0)
                give(symbols, side, template.id, DIFF_FIRST + text, template.text);
        }
    symbols->n = DIFF_FIRST + texts.count;
    intern_release(&texts);
    return code;
}

/* A template that only `side` has takes the symbol of one that only the other has and that accepts its text. */
static void match_accepted(const struct lw_workspace *const workspaces[2], int side, struct symbols *symbols)
{
    for (uint32_t symbol = DIFF_FIRST; symbol < symbols->n; symbol++) {
        uint32_t id, other, mine = symbols->ids[side][symbol];
        size_t n;

        if (mine == LW_TEMPLATE_UNKNOWN || symbols->ids[!side][symbol] != LW_TEMPLATE_UNKNOWN)
            continue;
        if (lw_message_match(workspaces[!side], symbols->texts[symbol].data, symbols->texts[symbol].len, &id, NULL, 0,
                             &n, NULL) != 0 ||
            id >= symbols->n_ids[!side])
            continue;
        other = symbols->of[!side][id];
        if (other == DIFF_UNKNOWN || symbols->ids[side][other] != LW_TEMPLATE_UNKNOWN)
            continue; /* that one is matched */
        give(symbols, side, mine, other, symbols->texts[other]);
        symbols->ids[side][symbol] = LW_TEMPLATE_UNKNOWN;
    }
}

static int match_templates(const struct lw_workspace *const workspaces[2], struct symbols *out)
{
    int code = make_room(workspaces, out);

    if (code == 0)
        code = match_texts(workspaces, out);
    for (int side = 0; side < 2 && code == 0; side++)
        match_accepted(workspaces, side, out);
    for (uint32_t symbol = DIFF_FIRST; symbol < out->n && code == 0; symbol++)
        if (out->ids[0][symbol] != LW_TEMPLATE_UNKNOWN && out->ids[1][symbol] != LW_TEMPLATE_UNKNOWN)
            out->n_both++;
    return code;
}

int lw_machine_diff_new(const struct lw_workspace *a, const struct lw_workspace *b,
                        const struct lw_machine_diff_options *options, const struct lw_run *run,
                        struct lw_machine_diff **out, struct lw_error *err)
{
    const struct lw_machine_diff_options defaults = LW_MACHINE_DIFF_OPTIONS_INIT;
    const struct lw_workspace *const workspaces[2] = {a, b};
    struct symbols symbols = {.n = 0};
    struct diff_input input = {.alpha = options != NULL ? options->alpha : defaults.alpha};
    int code;

    if (options != NULL && options->version != LW_OPTIONS_VERSION)
        return fail(err, LW_ERR_USAGE, "options of machine_diff: version %u is not %u", options->version,
                    LW_OPTIONS_VERSION);
    if (!(input.alpha > 0 && input.alpha < 1))
        return fail(err, LW_ERR_USAGE, "alpha is %g; it lies between 0 and 1", input.alpha);
    code = match_templates(workspaces, &symbols);
    if (code != 0) {
        symbols_release(&symbols);
        return fail_memory(err, "comparing machines");
    }
    for (int side = 0; side < 2; side++) {
        const struct model *model = workspace_model(workspaces[side]);

        input.sides[side] =
            (struct diff_side){&model->machine,  workspaces[side]->traces->set, workspaces[side]->traces->variants,
                               symbols.of[side], symbols.n_ids[side],           symbols.ids[side]};
    }
    input.n_symbols = symbols.n;
    input.texts = symbols.texts;
    code = machine_diff(&input, run, out, err);
    if (code == 0) {
        struct lw_machine_diff_summary *summary = machine_diff_summary(*out);

        summary->templates_a = symbols.n_templates[0] - symbols.n_both;
        summary->templates_b = symbols.n_templates[1] - symbols.n_both;
        summary->templates_both = symbols.n_both;
    }
    symbols_release(&symbols);
    return code;
}
