/* Selectors: which events a rule or a recovery speaks of. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "generate/constraint_rows.h"
#include "learn/failures.h"

int selector_read(const char *text, size_t len, struct selector *out, struct lw_error *err)
{
    struct selector made = {SELECTOR_NONE, 0, LW_LEVEL_NONE, NULL};
    char *name = alloc_text(text, len);
    if (name == NULL)
        return fail_memory(err, "reading a selector");
    if (strcmp(name, "error") == 0) {
        made.kind = SELECTOR_ERROR;
    } else if (strncmp(name, "level:", 6) == 0) {
        made.level = constraint_level_named(name + 6);
        made.kind = made.level != LW_LEVEL_NONE ? SELECTOR_LEVEL : SELECTOR_NONE;
    } else if (strncmp(name, "service:", 8) == 0 && name[8] != 0) {
        made.kind = SELECTOR_SERVICE;
        made.service = alloc_text(text + 8, len - 8);
    } else if ((made.template_id = constraint_template_id(name)) != 0) {
        made.kind = SELECTOR_TEMPLATE;
    }
    free(name);
    if (made.kind == SELECTOR_SERVICE && made.service == NULL)
        return fail_memory(err, "reading a selector");
    if (made.kind == SELECTOR_NONE)
        return fail(err, LW_ERR_USAGE,
                    "\"%.*s\" names no events; \"E12\", \"level:error\", \"service:api\" or \"error\" is right",
                    (int)(len < 100 ? len : 100), text);
    *out = made;
    return 0;
}

void selector_release(struct selector *selector)
{
    free(selector->service);
    *selector = (struct selector){SELECTOR_NONE, 0, LW_LEVEL_NONE, NULL};
}

void selector_print(const struct selector *selector, struct buf *out)
{
    switch (selector->kind) {
    case SELECTOR_TEMPLATE:
        buf_printf(out, "E%u", selector->template_id);
        break;
    case SELECTOR_LEVEL:
        buf_printf(out, "level:%s", lw_level_name(selector->level));
        break;
    case SELECTOR_SERVICE:
        buf_printf(out, "service:%s", selector->service);
        break;
    case SELECTOR_ERROR:
        buf_add_text(out, "error");
        break;
    case SELECTOR_NONE:
        break;
    }
}

static bool is_template_meant(const struct selector *selector, const struct selector_scope *scope, size_t index)
{
    const struct template_item *item = &scope->templates->items[index];
    switch (selector->kind) {
    case SELECTOR_TEMPLATE:
        return templates_index(scope->templates, selector->template_id) == (ptrdiff_t)index;
    case SELECTOR_LEVEL:
        return template_usual_level(item) == selector->level;
    case SELECTOR_SERVICE:
        return scope->services != NULL && scope->services[index] != NULL &&
               strcmp(scope->services[index], selector->service) == 0;
    case SELECTOR_ERROR:
        return failures_type(scope->failures, item->id, LW_LEVEL_NONE) != FAILURE_NONE;
    case SELECTOR_NONE:
        break;
    }
    return false;
}

int selector_find(const struct selector *selector, const struct selector_scope *scope, bool *is_meant,
                  struct lw_error *err)
{
    bool is_any = false;
    for (size_t i = 0; i < scope->templates->n; i++) {
        is_meant[i] = is_template_meant(selector, scope, i);
        is_any = is_any || is_meant[i];
    }
    if (is_any)
        return 0;
    struct buf text = BUF_INIT;
    selector_print(selector, &text);
    int rc = buf_status(&text) != 0
                 ? fail_memory(err, "looking for events")
                 : fail(err, LW_ERR_NOT_FOUND, "%s: no template has such events", text.data == NULL ? "" : text.data);
    buf_release(&text);
    return rc;
}
