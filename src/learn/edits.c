#include "learn/edits.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"

static void edit_release(struct edit *edit)
{
    for (size_t i = 0; i < edit->n_args; i++)
        free(edit->args[i]);
    free(edit->args);
    free(edit->kind);
}

void edits_release(struct edits *edits)
{
    for (size_t i = 0; i < edits->n; i++)
        edit_release(&edits->items[i]);
    free(edits->items);
    *edits = (struct edits){NULL, 0, 0, 0};
}

bool edit_is_mark(const struct edit *edit)
{
    return strcmp(edit->kind, "mark") == 0 || strcmp(edit->kind, "unmark") == 0;
}

static bool edit_equals(const struct edit *a, const struct edit *b)
{
    if (strcmp(a->kind, b->kind) != 0 || a->n_args != b->n_args)
        return false;
    for (size_t i = 0; i < a->n_args; i++)
        if (strcmp(a->args[i], b->args[i]) != 0)
            return false;
    return true;
}

/* The next edit from *at on that is in force (and no mark, if those do not count), or NULL. */
static const struct edit *next_edit(const struct edits *edits, bool with_marks, size_t *at)
{
    while (*at < edits->n && (edits->items[*at].is_undone || (!with_marks && edit_is_mark(&edits->items[*at]))))
        ++*at;
    return *at < edits->n ? &edits->items[(*at)++] : NULL;
}

bool edits_equal(const struct edits *a, const struct edits *b, bool with_marks)
{
    const struct edit *of_a, *of_b;
    size_t at_a = 0, at_b = 0;

    do {
        of_a = next_edit(a, with_marks, &at_a);
        of_b = next_edit(b, with_marks, &at_b);
        if (of_a == NULL || of_b == NULL)
            return of_a == of_b;
    } while (edit_equals(of_a, of_b));
    return false;
}

static int edit_init(struct edit *edit, const char *kind, const char *const *args, size_t n_args)
{
    *edit = (struct edit){alloc_text(kind, strlen(kind)), alloc_zeroed(n_args, sizeof *edit->args), 0, false};
    if (edit->kind == NULL || edit->args == NULL) {
        edit_release(edit);
        return LW_ERR_MEMORY;
    }
    for (; edit->n_args < n_args; edit->n_args++) {
        const char *arg = args[edit->n_args];
        edit->args[edit->n_args] = alloc_text(arg, strlen(arg));
        if (edit->args[edit->n_args] == NULL) {
            edit_release(edit);
            return LW_ERR_MEMORY;
        }
    }
    return 0;
}

static int append(struct edits *edits, const char *kind, const char *const *args, size_t n_args)
{
    if (alloc_grow(&edits->items, &edits->cap, edits->n + 1, sizeof *edits->items) != 0 ||
        edit_init(&edits->items[edits->n], kind, args, n_args) != 0)
        return LW_ERR_MEMORY;
    edits->n++;
    return 0;
}

int edits_copy(const struct edits *from, struct edits *out, struct lw_error *err)
{
    struct edits copy = {NULL, 0, 0, 0};
    for (size_t i = 0; i < from->n; i++) {
        const struct edit *edit = &from->items[i];
        if (append(&copy, edit->kind, (const char *const *)edit->args, edit->n_args) != 0) {
            edits_release(&copy);
            return fail_memory(err, "copying edits");
        }
        copy.items[i].is_undone = edit->is_undone;
    }
    copy.n_former = copy.n;
    *out = copy;
    return 0;
}

/* Undone rows are always the last ones: the index of the first of them. */
static size_t first_undone(const struct edits *edits)
{
    size_t at = edits->n;
    while (at > 0 && edits->items[at - 1].is_undone)
        at--;
    return at;
}

static int check(const char *kind, size_t n_args, struct lw_error *err)
{
    static const struct {
        const char *kind;
        size_t min, max;
        const char *args;
    } kinds[] = {
        {"rename", 2, 2, "a template and its name"},
        {"merge", 2, EDIT_MAX_ARGS, "two templates or more"},
        {"split", 2, 2, "a template and the number of a slot"},
        {"pin", 1, 1, "a template or a text with <*>"},
        {"mark", 5, 5, "a source, an epoch, an offset, a record number and a note"},
        {"unmark", 4, 4, "a source, an epoch, an offset and a record number"},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kind, kinds[i].kind) == 0) {
            if (n_args >= kinds[i].min && n_args <= kinds[i].max)
                return 0;
            return fail(err, LW_ERR_USAGE, "%s takes %s (at most %d arguments), not %zu arguments", kind, kinds[i].args,
                        EDIT_MAX_ARGS, n_args);
        }
    return fail(err, LW_ERR_USAGE, "no edit is called '%s'; there are rename, merge, split and pin", kind);
}

int edits_add(struct edits *edits, const char *kind, const char *const *args, size_t n_args, struct lw_error *err)
{
    int status = check(kind, n_args, err);
    if (status != 0)
        return status;
    size_t keep = first_undone(edits);
    struct edit edit;
    if (alloc_grow(&edits->items, &edits->cap, keep + 1, sizeof *edits->items) != 0 ||
        edit_init(&edit, kind, args, n_args) != 0)
        return fail_memory(err, "adding an edit");
    for (size_t i = keep; i < edits->n; i++)
        edit_release(&edits->items[i]);
    edits->items[keep] = edit;
    edits->n = keep + 1;
    edits->n_former = edits->n_former < keep ? edits->n_former : keep;
    return 0;
}

void edits_forget_ids(struct edits *edits)
{
    for (size_t i = 0; i < edits->n; i++)
        for (size_t a = 0; a < edits->items[i].n_args && !edit_is_mark(&edits->items[i]); a++) {
            char *arg = edits->items[i].args[a], *text = strchr(arg, EDIT_TEXT);
            if (text != NULL)
                memmove(arg, text, strlen(text) + 1);
        }
    edits->n_former = edits->n;
}

int edits_undo(struct edits *edits, struct lw_error *err)
{
    size_t at = first_undone(edits);
    if (at == 0)
        return fail(err, LW_ERR_NOT_FOUND, "there is no edit to undo");
    edits->items[at - 1].is_undone = true;
    return 0;
}

int edits_redo(struct edits *edits, struct lw_error *err)
{
    size_t at = first_undone(edits);
    if (at == edits->n)
        return fail(err, LW_ERR_NOT_FOUND, "there is no undone edit to redo");
    edits->items[at].is_undone = false;
    return 0;
}
