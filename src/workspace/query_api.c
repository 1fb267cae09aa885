/* Queries with all that was learned of a log: what floor 2 cannot see is handed to it as a table of functions. */
#include <string.h>

#include "log/query_scan.h"
#include "workspace/workspace.h"

static size_t template_count(const void *self)
{
    const struct lw_query_scope *known = self;
    return lw_template_count(known->workspace);
}

static ptrdiff_t template_find(const void *self, const char *name)
{
    const struct lw_query_scope *known = self;
    ptrdiff_t index = lw_template_find(known->workspace, name);
    size_t len = strlen(name), n = lw_template_count(known->workspace);
    struct lw_template template;
    for (size_t i = 0; i < n && index < 0; i++)
        if (lw_template_get(known->workspace, i, &template, NULL) == 0 && template.name.len == len && len > 0 &&
            memcmp(template.name.data, name, len) == 0)
            index = (ptrdiff_t)i;
    return index;
}

static void template_texts(const void *self, size_t index, struct lw_bytes texts[2])
{
    const struct lw_query_scope *known = self;
    struct lw_template template = {0};
    lw_template_get(known->workspace, index, &template, NULL);
    texts[0] = template.text;
    texts[1] = template.name;
}

static ptrdiff_t template_of(const void *self, uint64_t record)
{
    const struct lw_query_scope *known = self;
    uint32_t id = lw_traces_record_template(known->traces, record);
    return id == LW_TEMPLATE_UNKNOWN ? -1 : lw_template_index(known->workspace, id);
}

static int cut(const void *self, const char *message, size_t len, ptrdiff_t *index, struct lw_span *spans, size_t max,
               size_t *n)
{
    const struct lw_query_scope *known = self;
    uint32_t id;
    int code = lw_message_match(known->workspace, message, len, &id, spans, max, n, NULL);
    if (code == 0)
        *index = id == LW_TEMPLATE_UNKNOWN ? -1 : lw_template_index(known->workspace, id);
    return code;
}

static size_t trace_count(const void *self)
{
    const struct lw_query_scope *known = self;
    return lw_traces_count(known->traces);
}

static struct lw_bytes trace_name(const void *self, size_t index)
{
    const struct lw_query_scope *known = self;
    struct lw_trace trace = {.name = {"", 0}};
    lw_traces_get(known->traces, index, &trace, NULL);
    return trace.name;
}

static const uint32_t *traces_of(const void *self, uint64_t record, size_t *n)
{
    const struct lw_query_scope *known = self;
    return lw_traces_of_record(known->traces, record, n);
}

static const char *trace_label(const void *self, size_t index)
{
    const struct lw_query_scope *known = self;
    int label = lw_labels_get(known->labels, index);
    return label == LW_ANOMALOUS ? "anomalous" : label == LW_NORMAL ? "normal" : "unlabelled";
}

static bool mark_of(const void *self, uint64_t record, struct lw_bytes *note)
{
    const struct lw_query_scope *known = self;
    struct lw_mark mark;
    if (lw_marks_get(known->marks, lw_marks_seek(known->marks, record), &mark, NULL) != 0 || mark.record != record)
        return false;
    *note = mark.note;
    return true;
}

static struct query_hooks hooks_of(const struct lw_query_scope *known)
{
    struct query_hooks hooks = {.self = known};
    if (known == NULL)
        return hooks;
    if (known->workspace != NULL) {
        hooks.template_count = template_count;
        hooks.template_find = template_find;
        hooks.template_texts = template_texts;
        hooks.cut = cut;
    }
    if (known->workspace != NULL && known->traces != NULL) {
        hooks.template_of = template_of;
        hooks.trace_count = trace_count;
        hooks.trace_name = trace_name;
        hooks.traces_of = traces_of;
        hooks.trace_label = known->labels != NULL ? trace_label : NULL;
    }
    hooks.mark_of = known->marks != NULL ? mark_of : NULL;
    return hooks;
}

int lw_query_run(const struct lw_query *query, const struct lw_log *log, const struct lw_query_scope *scope,
                 uint64_t from, uint64_t to, int (*visit)(void *user, const uint64_t *records, size_t n), void *user,
                 const struct lw_run *run, struct lw_query_total *total, struct lw_error *err)
{
    struct query_hooks hooks = hooks_of(scope);
    struct query_bound bound;
    int code = query_bind(query, log, &hooks, &bound, err);
    if (code != 0)
        return code;
    code = query_scan(&bound, from, to, visit, user, run, total, err);
    query_unbind(&bound);
    return code;
}

int lw_query_find(const struct lw_query *query, const struct lw_log *log, const struct lw_query_scope *scope,
                  uint64_t from, enum lw_direction direction, const struct lw_run *run, uint64_t *record,
                  struct lw_error *err)
{
    struct query_hooks hooks = hooks_of(scope);
    struct query_bound bound;
    int code = query_bind(query, log, &hooks, &bound, err);
    if (code != 0)
        return code;
    code = query_scan_find(&bound, from, direction, run, record, err);
    query_unbind(&bound);
    return code;
}
