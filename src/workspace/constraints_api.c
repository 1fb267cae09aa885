/* The public face of measured constraints. */
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "generate/constraint_rows.h"
#include "generate/private_blueprint.h"
#include "learn/identifiers.h"
#include "measure/observed.h"
#include "workspace/workspace.h"

#define MAX_ROUNDS 8 /* of taking out what cannot be met; what is left over then goes as well */

static void drop_share(struct lw_constraints *document, size_t at)
{
    free(document->shares[at].name);
    memmove(&document->shares[at], &document->shares[at + 1], (--document->n_shares - at) * sizeof *document->shares);
}

static void drop_call(struct lw_constraints *document, size_t at)
{
    free(document->calls[at].from);
    free(document->calls[at].to);
    memmove(&document->calls[at], &document->calls[at + 1], (--document->n_calls - at) * sizeof *document->calls);
}

static bool is_call(const struct call *call, const char *name)
{
    size_t len = strlen(call->from);
    return strncmp(name, call->from, len) == 0 && name[len] == '>' && strcmp(name + len + 1, call->to) == 0;
}

/* Takes out the target of that path. */
static void drop(struct lw_constraints *document, const char *path)
{
    static const char *const groups[SHARE_KIND_COUNT] = {"levels", "templates", "services", "error_types"};
    const char *call = constraint_below(path, "calls");
    for (size_t i = 0; i < document->n_shares; i++) {
        const char *name = constraint_below(path, groups[document->shares[i].kind]);
        if (name != NULL && strcmp(name, document->shares[i].name) == 0) {
            drop_share(document, i);
            return;
        }
    }
    for (size_t i = 0; i < document->n_calls && call != NULL; i++)
        if (is_call(&document->calls[i], call)) {
            drop_call(document, i);
            return;
        }
}

static bool is_identifier(const char *name)
{
    return identifier_of(name, strlen(name)) != IDENTIFIER_NONE;
}

/* A service that is called by an identifier (a path, an address) has a fake for its name in all that is generated, and
 * its own is not to leave the log. */
static void drop_identifiers(struct lw_constraints *document)
{
    for (size_t i = document->n_shares; i-- > 0;)
        if (document->shares[i].kind == SHARE_SERVICE && is_identifier(document->shares[i].name))
            drop_share(document, i);
    for (size_t i = document->n_calls; i-- > 0;)
        if (is_identifier(document->calls[i].from) || is_identifier(document->calls[i].to))
            drop_call(document, i);
}

/* The machine's core leaves out what is rare, so it cannot give every mix that was seen: what it cannot give is not
 * asked for. */
static int make_feasible(const struct lw_workspace *workspace, struct lw_constraints *document, struct lw_error *err)
{
    drop_identifiers(document);
    for (int round = 0; round < MAX_ROUNDS; round++) {
        struct lw_figures *expected;
        struct lw_figure row;
        size_t n_wrong = 0;
        int rc = lw_constraints_expected(workspace, document, &expected, err);
        if (rc != 0)
            return rc;
        for (size_t i = 0; i < lw_figures_count(expected); i++)
            if (lw_figures_get(expected, i, &row, NULL) == 0 && row.verdict == 0) {
                drop(document, row.name);
                n_wrong++;
            }
        lw_figures_free(expected);
        if (n_wrong == 0)
            return 0;
    }
    while (document->n_shares > 0)
        drop_share(document, document->n_shares - 1);
    while (document->n_calls > 0)
        drop_call(document, document->n_calls - 1);
    return 0;
}

int lw_constraints_observe(const struct lw_workspace *workspace, const struct lw_log *log,
                           const struct lw_traces *traces, const struct lw_run *run, struct lw_figures **figures,
                           struct lw_constraints **document, struct lw_error *err)
{
    struct lw_figures *measured = NULL;
    struct lw_constraints *made = NULL;
    int rc = observe(workspace_model(workspace), log, traces, run, &measured, document != NULL ? &made : NULL, err);
    if (rc == 0 && document != NULL)
        rc = make_feasible(workspace, made, err);
    if (rc != 0) {
        lw_figures_free(measured);
        lw_constraints_free(made);
        return rc;
    }
    *figures = measured;
    if (document != NULL)
        *document = made;
    return 0;
}

bool lw_constraints_has_model(const struct lw_constraints *constraints)
{
    return constraints->model != NULL;
}

/* By way of its text, so that it owns all it needs: the workspace may go. */
int lw_constraints_take_model(struct lw_constraints *constraints, const struct lw_workspace *workspace,
                              struct lw_error *err)
{
    struct blueprint *of_workspace = NULL, *read = NULL;
    struct document_model *model;
    struct buf text = BUF_INIT;
    struct json_object *json = NULL;
    int rc = blueprint_under(workspace_model(workspace), constraints, NULL, &of_workspace, NULL, err);
    if (rc == 0) {
        blueprint_print_json(of_workspace, &text);
        json = buf_status(&text) == 0 ? json_tokener_parse(text.data) : NULL;
        rc = json == NULL ? fail_memory(err, "taking a model") : 0;
    }
    if (rc == 0)
        rc = blueprint_read_json("model", json, &read, err);
    if (rc == 0)
        rc = document_model_new(read, &model, err);
    if (rc == 0) {
        document_model_release(constraints->model);
        constraints->model = model;
    }
    json_object_put(json);
    buf_release(&text);
    blueprint_free(of_workspace);
    return rc;
}
