#include "workspace/workspace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fail.h"
#include "generate/blueprint.h"
#include "learn/bound.h"
#include "log/log.h"
#include "workspace/row_file.h"

const struct model *workspace_model(const struct lw_workspace *workspace)
{
    return workspace->model;
}

/* Templates of the records of the log that was learned from, or NULL if there is none or memory is out. */
static uint32_t *record_templates(const struct model *model)
{
    const struct counts *counts = model->counts;
    size_t n = (size_t)counts->n_record_sequence;
    uint32_t *templates = alloc_array(n, sizeof *templates);

    for (size_t i = 0; i < n && templates != NULL; i++)
        templates[i] = counts->record_sequence[i] == INTERN_NONE
                           ? LW_TEMPLATE_UNKNOWN
                           : model->templates.of_sequence[counts->record_sequence[i]];
    return templates;
}

static void describe_folded(const struct folded *folded, char *text, size_t size)
{
    size_t at = 0;

    text[0] = '\0';
    if (folded->records > 0)
        at += (size_t)snprintf(text, size, "%llu records of rare messages are counted together as " BOUND_OTHER,
                               (unsigned long long)folded->records);
    if (folded->has_traces)
        at += (size_t)snprintf(text + at, size - at, "%s%llu events of traces that began late are left out",
                               at > 0 ? "; " : "", (unsigned long long)folded->events);
    if (folded->sketches > 0)
        snprintf(text + at, size - at, "%sthe values of %llu parameters are counted roughly", at > 0 ? "; " : "",
                 (unsigned long long)folded->sketches);
}

int workspace_from_model(struct model *model, struct edits *edits, struct lw_workspace **out, struct lw_error *err)
{
    struct lw_workspace *workspace = alloc_zeroed(1, sizeof *workspace);
    bool has_records = model->counts->record_sequence != NULL;
    uint32_t *templates = has_records ? record_templates(model) : NULL;
    int code;

    if (workspace == NULL || (has_records && templates == NULL)) {
        free(templates);
        free(workspace);
        if (edits != NULL)
            edits_release(edits);
        model_free(model);
        return fail_memory(err, "making the workspace");
    }
    atomic_init(&workspace->references, 1);
    pthread_mutex_init(&workspace->lock, NULL);
    pthread_mutex_init(&workspace->models_lock, NULL);
    workspace->model = model;
    describe_folded(&model->counts->folded, workspace->folded, sizeof workspace->folded);
    if (edits != NULL) {
        workspace->edits = *edits;
        memset(edits, 0, sizeof *edits);
    }
    workspace->slots = alloc_zeroed(model->templates.n, sizeof(struct template_slots *));
    if (workspace->slots == NULL) {
        free(templates);
        code = fail_memory(err, "making the workspace");
    } else {
        code = traces_borrow(&model->traces, &model->variants, templates,
                             has_records ? model->counts->n_record_sequence : 0, &workspace->traces, err);
    }
    if (code != 0) {
        lw_workspace_free(workspace);
        return code;
    }
    *out = workspace;
    return 0;
}

int workspace_build(struct counts *counts, struct edits *edits, const struct lw_run *run, struct lw_workspace **out,
                    struct lw_error *err)
{
    static const struct edits none;
    struct model *model;
    int code = model_build(counts, edits != NULL ? edits : &none, run, &model, err);

    if (code != 0) {
        if (edits != NULL)
            edits_release(edits);
        return code;
    }
    return workspace_from_model(model, edits, out, err);
}

struct lw_workspace *lw_workspace_retain(struct lw_workspace *workspace)
{
    atomic_fetch_add(&workspace->references, 1);
    return workspace;
}

void lw_workspace_free(struct lw_workspace *workspace)
{
    if (workspace == NULL || atomic_fetch_sub(&workspace->references, 1) != 1)
        return;
    if (workspace->slots != NULL)
        template_slots_free(workspace->slots, workspace->model->templates.n);
    free(workspace->slots);
    parameter_models_free(workspace->models);
    blueprint_free(workspace->blueprint);
    if (workspace->lender == NULL) {
        lw_traces_free(workspace->traces);
        model_free(workspace->model);
    }
    lw_workspace_free(workspace->lender);
    row_file_free(workspace->rows);
    edits_release(&workspace->edits);
    pthread_mutex_destroy(&workspace->lock);
    pthread_mutex_destroy(&workspace->models_lock);
    free(workspace);
}

/* ---- learning and merging -------------------------------------------------------------------------------------- */

static int find_rule(const struct lw_log *log, const struct lw_learn_options *options, const struct lw_run *run,
                     struct trace_rule **out, struct lw_error *err)
{
    const char *text = options->plan != NULL ? options->plan->model->counts->trace_rule : options->trace;
    bool is_given = text != NULL && strcmp(text, "auto") != 0;
    int code = 0;

    if (options->version != LW_OPTIONS_VERSION)
        return fail(err, LW_ERR_USAGE, "lw_learn_options of version %u: this library takes %u", options->version,
                    LW_OPTIONS_VERSION);
    if (is_given)
        code = trace_rule_parse(text, out, err);
    if (code == 0 && options->is_templates_only) { /* a rule that is wrong is told, one that is right has no use */
        if (is_given)
            trace_rule_free(*out);
        return trace_rule_parse("none", out, err);
    }
    return is_given ? code : trace_rule_find(log, run, out, err);
}

/* Those of the plan, or those given; *out is a reference of the caller's. */
static int find_masks(const struct lw_learn_options *options, struct user_masks **out, struct lw_error *err)
{
    *out = NULL;
    if (options->plan != NULL)
        *out = user_masks_retain(options->plan->model->counts->sequences.masks);
    else if (options->masks != NULL)
        return user_masks_new(options->masks, strlen(options->masks), NULL, out, err);
    return 0;
}

/* What learning from a log may cost, see bound.h: what the log leaves, less what is kept for each record. */
static int learning_limit(const struct lw_log *log, uint64_t max_memory, uint64_t *limit, struct lw_error *err)
{
    uint64_t known = log_bytes(log) + lw_log_count(log) * 2 * sizeof(uint32_t);

    *limit = 0;
    if (max_memory == 0)
        return 0;
    if (max_memory < known || max_memory - known < BOUND_LEAST)
        return fail(
            err, LW_ERR_MEMORY,
            "%zu records take %llu MB of the %llu MB that --max-memory allows, which leaves too little to learn "
            "with; raise it, or give less of the log",
            lw_log_count(log), (unsigned long long)(known >> 20), (unsigned long long)(max_memory >> 20));
    *limit = max_memory - known;
    return 0;
}

int lw_workspace_learn(const struct lw_log *log, const struct lw_learn_options *options, const struct lw_run *run,
                       struct lw_workspace **out, struct lw_error *err)
{
    static const struct lw_learn_options usual = LW_LEARN_OPTIONS_INIT;
    struct edits edits = {NULL, 0, 0, 0};
    struct user_masks *masks;
    struct trace_rule *rule;
    struct counts *counts;
    uint64_t limit;
    int code = learning_limit(log, options != NULL ? options->max_memory : 0, &limit, err);

    if (code == 0)
        code = find_masks(options != NULL ? options : &usual, &masks, err);
    if (code != 0)
        return code;
    code = find_rule(log, options != NULL ? options : &usual, run, &rule, err);
    if (code != 0) {
        user_masks_free(masks);
        return code;
    }
    code = counts_learn_within(log, rule, masks, NULL, limit, run, &counts, err);
    trace_rule_free(rule);
    user_masks_free(masks);
    if (code != 0)
        return code;
    if (options != NULL && options->plan != NULL) {
        code = edits_copy(&options->plan->edits, &edits, err);
        edits_forget_ids(&edits);
    }
    if (code == 0)
        code = workspace_build(counts, &edits, run, out, err);
    counts_free(counts);
    return code;
}

/* All ids that the workspace gave out stay from now on. */
static int pin_ids(struct counts *counts, const struct templates *templates, struct lw_error *err)
{
    size_t n = templates_ids(templates);
    uint32_t *anchors = alloc_array(n, sizeof *anchors);

    if (anchors == NULL)
        return fail_memory(err, "keeping the ids of templates");
    for (size_t i = 0; i < n; i++)
        anchors[i] = templates_anchor(templates, (uint32_t)i + 1);
    free(counts->sequences.anchors);
    counts->sequences.anchors = anchors;
    counts->sequences.n_anchors = n;
    return 0;
}

int lw_workspace_extend(const struct lw_workspace *workspace, const struct lw_log *log, uint64_t first_record,
                        const struct lw_run *run, struct lw_workspace **out, struct lw_error *err)
{
    const struct model *model = workspace->model;
    struct edits edits = {NULL, 0, 0, 0};
    struct trace_rule *rule;
    struct counts *counts;
    int code = trace_rule_parse(model->counts->trace_rule, &rule, err);

    if (code != 0)
        return code;
    code = counts_extend(model->counts, log, rule, first_record, run, &counts, err);
    trace_rule_free(rule);
    if (code != 0)
        return code;
    code = pin_ids(counts, &model->templates, err);
    if (code == 0)
        code = edits_copy(&workspace->edits, &edits, err);
    if (code == 0)
        code = workspace_build(counts, &edits, run, out, err);
    counts_free(counts);
    return code;
}

/* Edits but marks, which stay what they are in the whole. */
static bool has_edits(const struct lw_workspace *workspace)
{
    for (size_t i = 0; i < workspace->edits.n; i++)
        if (!workspace->edits.items[i].is_undone && !edit_is_mark(&workspace->edits.items[i]))
            return true;
    return false;
}

static int gather_marks(const struct lw_workspace *const *parts, size_t n_parts, struct edits *out,
                        struct lw_error *err)
{
    int code = 0;

    for (size_t i = 0; i < n_parts; i++)
        for (size_t e = 0; e < parts[i]->edits.n && code == 0; e++) {
            const struct edit *edit = &parts[i]->edits.items[e];

            if (edit_is_mark(edit) && !edit->is_undone)
                code = edits_add(out, edit->kind, (const char *const *)edit->args, edit->n_args, err);
        }
    return code;
}

int lw_workspace_merge(const struct lw_workspace *const *parts, size_t n_parts, const struct lw_run *run,
                       struct lw_workspace **out, struct lw_error *err)
{
    const struct counts **counts = alloc_array(n_parts, sizeof *counts);
    struct edits edits = {NULL, 0, 0, 0};
    struct counts *merged;
    int code = 0;

    if (counts == NULL)
        return fail_memory(err, "merging workspaces");
    for (size_t i = 0; i < n_parts && code == 0; i++) {
        counts[i] = parts[i]->model->counts;
        if (has_edits(parts[i]))
            code = fail(err, LW_ERR_USAGE,
                        "part %zu was edited by hand, and its edits name templates by ids that the whole gives anew: "
                        "`templates undo` them, merge, and edit the merged workspace",
                        i + 1);
    }
    if (code == 0)
        code = counts_merge(counts, n_parts, &merged, err);
    free(counts);
    if (code != 0)
        return code;
    code = gather_marks(parts, n_parts, &edits, err);
    if (code == 0)
        code = workspace_build(merged, &edits, run, out, err);
    edits_release(&edits);
    counts_free(merged);
    return code;
}

int lw_traces_match(const struct lw_workspace *workspace, const struct lw_log *log, const struct lw_run *run,
                    struct lw_traces **out, struct lw_error *err)
{
    struct trace_rule *rule;
    struct trace_set set = {0};
    uint32_t *templates;
    int code = trace_rule_parse(workspace->model->counts->trace_rule, &rule, err);

    if (code != 0)
        return code;
    code = model_match_log(workspace->model, log, rule, run, &set, &templates, err);
    trace_rule_free(rule);
    return code != 0 ? code : traces_new(&set, templates, lw_log_count(log), out, err);
}

/* ---- what is in it --------------------------------------------------------------------------------------------- */

void lw_workspace_summary(const struct lw_workspace *workspace, struct lw_summary *out)
{
    const struct model *model = workspace->model;
    const struct counts *counts = model->counts;

    *out = (struct lw_summary){
        .records = counts->records,
        .lines = counts->lines,
        .bytes = counts->bytes,
        .traces = model->traces.n_traces,
        .events = model->traces.n_events,
        .traced = model->traced,
        .variants = model->variants.n,
        .templates = model->templates.n,
        .states = model->machine.n_states,
        .transitions = model->machine.n_edges,
        .first_us = counts->first_us,
        .last_us = counts->last_us,
        .peak_us = LW_NO_TIME,
        .idle_edits = templates_idle_edits(&model->templates),
        .trace_rule = counts->trace_rule,
        .trace_why = counts->trace_why,
        .masks = user_masks_text(counts->sequences.masks),
        .format = counts->formats.count > 0 ? intern_get(&counts->formats, 0).data : "",
        .folded = workspace->folded,
        .unnamed = counts->folded.unnamed,
    };
    memcpy(out->levels, counts->levels, sizeof out->levels);
    for (size_t i = 0; i < workspace->edits.n; i++)
        if (!workspace->edits.items[i].is_undone && !edit_is_mark(&workspace->edits.items[i]))
            out->edits++;
    for (size_t i = 0; i < counts->minutes.n; i++)
        if (counts->minutes.items[i].count > out->peak) {
            out->peak = counts->minutes.items[i].count;
            out->peak_us = counts->minutes.items[i].number * 60000000;
        }
}

const struct lw_traces *lw_workspace_traces(const struct lw_workspace *workspace)
{
    return workspace->traces;
}

const struct lw_machine *lw_workspace_machine(const struct lw_workspace *workspace)
{
    return machine_public(&workspace->model->machine);
}

/* ---- edits ----------------------------------------------------------------------------------------------------- */

int workspace_under(const struct lw_workspace *workspace, struct edits *edits, struct lw_workspace **out,
                    struct lw_error *err)
{
    if (!edits_equal(&workspace->edits, edits, false)) {
        int code = workspace_build(workspace->model->counts, edits, NULL, out, err);

        if (code == 0)
            (*out)->rows = row_file_retain(workspace->rows);
        return code;
    }
    struct lw_workspace *made = alloc_zeroed(1, sizeof *made);
    struct template_slots **slots = alloc_zeroed(workspace->model->templates.n, sizeof(struct template_slots *));

    if (made == NULL || slots == NULL) {
        free(made);
        free(slots);
        edits_release(edits);
        return fail_memory(err, "making the workspace");
    }
    atomic_init(&made->references, 1);
    pthread_mutex_init(&made->lock, NULL);
    pthread_mutex_init(&made->models_lock, NULL);
    made->edits = *edits;
    made->model = workspace->model;
    made->traces = workspace->traces;
    made->slots = slots;
    made->rows = row_file_retain(workspace->rows);
    made->has_row_templates = workspace->has_row_templates;
    made->lender = workspace->lender != NULL ? workspace->lender : (struct lw_workspace *)workspace;
    lw_workspace_retain(made->lender);
    *out = made;
    return 0;
}

/* "E12" with the text that it has now, so that it is found again in another learning; *out is malloc'ed. */
static int remember_text(const struct lw_workspace *workspace, const char *name, char **out, struct lw_error *err)
{
    ptrdiff_t index = lw_template_find(workspace, name);
    const struct template_item *item = index < 0 ? NULL : &workspace->model->templates.items[index];
    struct buf text = BUF_INIT;

    if (item == NULL) {
        buf_add_text(&text, name);
    } else {
        buf_printf(&text, "E%lu%c", (unsigned long)item->id, EDIT_TEXT);
        buf_add(&text, item->text.data, item->text.len);
    }
    *out = buf_status(&text) == 0 ? alloc_text(text.data == NULL ? "" : text.data, text.len) : NULL;
    buf_release(&text);
    return *out == NULL ? fail_memory(err, "editing templates") : 0;
}

static void free_texts(char **texts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(texts[i]);
}

int lw_workspace_edit(const struct lw_workspace *workspace, const char *kind, const char *const *args, size_t n_args,
                      struct lw_workspace **out, struct lw_error *err)
{
    bool is_merge = strcmp(kind, "merge") == 0, is_mark = edit_is_mark(&(struct edit){.kind = (char *)kind});
    struct edits edits = {NULL, 0, 0, 0};
    char *texts[EDIT_MAX_ARGS];
    size_t n = 0;
    int code = edits_copy(&workspace->edits, &edits, err);

    while (n < n_args && n < EDIT_MAX_ARGS && code == 0) {
        if ((n == 0 && !is_mark) || is_merge) {
            code = remember_text(workspace, args[n], &texts[n], err);
        } else {
            texts[n] = alloc_text(args[n], strlen(args[n]));
            code = texts[n] == NULL ? fail_memory(err, "editing templates") : 0;
        }
        n += code == 0;
    }
    if (code == 0)
        code = edits_add(&edits, kind, n_args > n ? args : (const char *const *)texts, n_args, err);
    free_texts(texts, n);
    if (code != 0) {
        edits_release(&edits);
        return code;
    }
    return workspace_under(workspace, &edits, out, err);
}

static int flip(const struct lw_workspace *workspace, int (*flip_edit)(struct edits *edits, struct lw_error *err),
                struct lw_workspace **out, struct lw_error *err)
{
    struct edits edits = {NULL, 0, 0, 0};
    int code = edits_copy(&workspace->edits, &edits, err);

    if (code == 0)
        code = flip_edit(&edits, err);
    if (code != 0) {
        edits_release(&edits);
        return code;
    }
    return workspace_under(workspace, &edits, out, err);
}

int lw_workspace_undo(const struct lw_workspace *workspace, struct lw_workspace **out, struct lw_error *err)
{
    return flip(workspace, edits_undo, out, err);
}

int lw_workspace_redo(const struct lw_workspace *workspace, struct lw_workspace **out, struct lw_error *err)
{
    return flip(workspace, edits_redo, out, err);
}

bool lw_workspace_has_same_edits(const struct lw_workspace *a, const struct lw_workspace *b)
{
    return edits_equal(&a->edits, &b->edits, true);
}

bool lw_workspace_has_same_model(const struct lw_workspace *a, const struct lw_workspace *b)
{
    return a->model == b->model;
}
