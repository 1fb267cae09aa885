#include "generate/targets.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"

void targets_release(struct targets *targets)
{
    for (size_t i = 0; i < targets->n; i++)
        free(targets->items[i].path);
    free(targets->items);
    free(targets->class_of);
    free(targets->class_of_service);
    *targets = (struct targets){.items = NULL};
}

static int add(struct targets *targets, struct target target, const char *group, const char *name, const char *to,
               struct lw_error *err)
{
    struct buf path = BUF_INIT;
    buf_printf(&path, "%s.%s%s%s", group, name, to == NULL ? "" : ">", to == NULL ? "" : to);
    target.path = buf_status(&path) == 0 ? alloc_text(path.data, path.len) : NULL;
    buf_release(&path);
    if (target.path == NULL ||
        alloc_grow(&targets->items, &targets->cap, targets->n + 1, sizeof *targets->items) != 0) {
        free(target.path);
        return fail_memory(err, "reading targets");
    }
    targets->items[targets->n++] = target;
    return 0;
}

/* The name most like the one that is not there would take a list; the first few are a start. */
static int unknown(const char *group, const char *name, const char *what, const struct intern *known,
                   struct lw_error *err)
{
    struct buf list = BUF_INIT;
    for (uint32_t i = 0; i < known->count && i < 5; i++) {
        struct lw_bytes text = intern_get(known, i);
        buf_printf(&list, "%s%.*s", i > 0 ? ", " : "", (int)(text.len < 40 ? text.len : 40), text.data);
    }
    if (known->count > 5)
        buf_printf(&list, " and %zu more", known->count - 5);
    int rc = fail(err, LW_ERR_NOT_FOUND, "%s.%.60s: there is no such %s; there %s %s", group, name, what,
                  known->count == 1 ? "is" : "are", list.len > 0 && buf_status(&list) == 0 ? list.data : "none");
    buf_release(&list);
    return rc;
}

static int resolve(const struct share_target *share, const struct facets *facets, const struct templates *templates,
                   struct targets *out, struct lw_error *err)
{
    static const char *const groups[] = {"levels", "templates", "services", "error_types"};
    static const enum target_kind kinds[] = {TARGET_LEVEL, TARGET_TEMPLATE, TARGET_SERVICE, TARGET_ERROR_TYPE};
    const char *group = groups[share->kind];
    struct target target = {.kind = kinds[share->kind], .low = share->low, .high = share->high};
    ptrdiff_t index = share->template_id > 0 ? templates_index(templates, share->template_id) : -1;
    if (share->template_id > 0 && index < 0)
        return fail(err, LW_ERR_NOT_FOUND, "%s.E%u: there is no such template; the last is E%u", group,
                    share->template_id, templates->n > 0 ? templates->items[templates->n - 1].id : 0);
    if (share->kind == SHARE_LEVEL) {
        target.what = (uint32_t)share->level;
    } else if (share->kind == SHARE_TEMPLATE) {
        target.what = templates->items[index].id;
    } else {
        const struct intern *known = share->kind == SHARE_SERVICE ? &facets->services : &facets->error_types;
        target.what = intern_find(known, share->name, strlen(share->name));
        if (target.what == INTERN_NONE)
            return unknown(group, share->name, share->kind == SHARE_SERVICE ? "service" : "type of error", known, err);
    }
    return add(out, target, group, share->name, NULL, err);
}

/* Class of a service, a new one if it has none yet. */
static uint32_t classify(uint32_t *classes, uint32_t service, uint32_t *n)
{
    if (classes[service] == 0)
        classes[service] = (*n)++;
    return classes[service];
}

static int resolve_calls(const struct lw_constraints *constraints, const struct facets *facets, struct targets *out,
                         struct lw_error *err)
{
    uint32_t *classes = out->class_of_service = alloc_zeroed(facets->services.count, sizeof *classes);
    out->class_of = alloc_zeroed(facets->n_symbols, sizeof *out->class_of);
    int rc = classes == NULL || out->class_of == NULL ? fail_memory(err, "reading calls") : 0;
    for (size_t i = 0; i < constraints->n_calls && rc == 0; i++) {
        const struct call *call = &constraints->calls[i];
        uint32_t from = intern_find(&facets->services, call->from, strlen(call->from)),
                 to = intern_find(&facets->services, call->to, strlen(call->to));
        if (from == INTERN_NONE || to == INTERN_NONE)
            rc = unknown("calls", from == INTERN_NONE ? call->from : call->to, "service", &facets->services, err);
        else if (from == to)
            rc = fail(err, LW_ERR_USAGE, "calls.%.60s>%.60s: a call leads from one service into another", call->from,
                      call->to);
        struct target target = {.kind = TARGET_CALL, .low = call->probability, .high = call->probability};
        if (rc == 0) {
            target.what = classify(classes, from, &out->n_classes);
            target.to = classify(classes, to, &out->n_classes);
            rc = add(out, target, "calls", call->from, call->to, err);
        }
    }
    for (uint32_t t = 0; t < facets->n_symbols && rc == 0; t++) {
        uint32_t service = facets_service(facets, t);
        out->class_of[t] = service == FACET_NONE ? 0 : classes[service];
    }
    return rc;
}

int targets_init(const struct lw_constraints *constraints, const struct facets *facets,
                 const struct templates *templates, struct targets *out, struct lw_error *err)
{
    struct targets made = {.n_classes = 1};
    int rc = 0;
    for (size_t i = 0; i < constraints->n_shares && rc == 0; i++)
        rc = resolve(&constraints->shares[i], facets, templates, &made, err);
    if (constraints->n_calls > 0 && rc == 0)
        rc = resolve_calls(constraints, facets, &made, err);
    if (rc == 0)
        *out = made;
    else
        targets_release(&made);
    return rc;
}

bool target_counts_facet(const struct target *target, uint32_t template_id, const struct facet *facet, bool *is_base)
{
    *is_base = target->kind == TARGET_ERROR_TYPE ? facet->error_type != FACET_NONE : target->kind != TARGET_CALL;
    switch (target->kind) {
    case TARGET_LEVEL:
        return target->what == (uint32_t)facet->level;
    case TARGET_TEMPLATE:
        return target->what == template_id;
    case TARGET_SERVICE:
        return target->what == facet->service;
    case TARGET_ERROR_TYPE:
        return target->what == facet->error_type;
    default:
        return false;
    }
}

bool target_counts_pair(const struct target *target, uint32_t pair, uint32_t n_classes, bool *is_base)
{
    uint32_t before = pair / n_classes, after = pair % n_classes;
    *is_base = target->kind == TARGET_CALL && before == target->what && after != before;
    return *is_base && after == target->to;
}
