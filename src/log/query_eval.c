/*
 * Evaluating has three values: as long as a record's text is not at hand, conditions on it are open, and `and`, `or`
 * and `not` carry that on (Kleene, 1938). So one evaluator serves both passes, the one over columns that decides most
 * records, and the one over the text of the rest; compiling queries into two programs would say everything twice.
 */
#include "log/query_eval.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "log/reader.h"

#define DAY_US (INT64_C(86400) * 1000000)

/* ---- binding -------------------------------------------------------------------------------------------------- */

static bool is_in(const struct query_set *set, size_t item)
{
    return item < set->n && (set->bits[item / 8] >> (item % 8) & 1) != 0;
}

static int make_set(struct query_set *set, size_t n, struct lw_error *err)
{
    set->bits = alloc_zeroed(n / 8 + 1, 1);
    set->n = n;
    return set->bits == NULL ? fail_memory(err, "preparing a filter") : 0;
}

static void put(struct query_set *set, size_t item)
{
    set->bits[item / 8] |= (uint8_t)(1u << (item % 8));
}

/* =~ and !~ alike ask whether the text has a match; the operator's sense is applied when a record is asked. */
static bool suits(const struct query_term *term, struct lw_bytes text, struct pattern_scratch *scratch)
{
    struct lw_span span;
    if (term->finder != NULL)
        return finder_find(term->finder, text.data, text.len, 0, scratch, &span) == 1;
    return text.len == term->len && memcmp(text.data, term->text, term->len) == 0;
}

static int bind_templates(const struct query_term *term, const struct query_hooks *hooks, struct query_set *set,
                          struct pattern_scratch *scratch, struct lw_error *err)
{
    if (hooks == NULL || hooks->template_count == NULL)
        return fail(err, LW_ERR_USAGE, "filter, column %zu: templates are not known; learn the log first",
                    term->column);
    size_t n = hooks->template_count(hooks->self);
    int code = make_set(set, n, err);
    if (code != 0)
        return code;
    if (term->finder == NULL) {
        ptrdiff_t index = hooks->template_find(hooks->self, term->text);
        if (index < 0)
            return fail(err, LW_ERR_USAGE,
                        "filter, column %zu: no template is called \"%.60s\"; `templates` lists them", term->column,
                        term->text);
        put(set, (size_t)index);
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        struct lw_bytes texts[2];
        hooks->template_texts(hooks->self, i, texts);
        if (suits(term, texts[0], scratch) || (texts[1].len > 0 && suits(term, texts[1], scratch)))
            put(set, i);
    }
    return 0;
}

static int bind_traces(const struct query_term *term, const struct query_hooks *hooks, struct query_set *set,
                       struct pattern_scratch *scratch, struct lw_error *err)
{
    if (hooks == NULL || hooks->trace_count == NULL)
        return fail(err, LW_ERR_USAGE, "filter, column %zu: traces are not known; learn the log first", term->column);
    size_t n = hooks->trace_count(hooks->self);
    int code = make_set(set, n, err);
    for (size_t i = 0; i < n && code == 0; i++)
        if (suits(term, hooks->trace_name(hooks->self, i), scratch))
            put(set, i);
    return code;
}

static int bind_labels(const struct query_term *term, const struct query_hooks *hooks, struct query_set *set,
                       struct pattern_scratch *scratch, struct lw_error *err)
{
    if (hooks == NULL || hooks->trace_count == NULL || hooks->trace_label == NULL)
        return fail(err, LW_ERR_USAGE, "filter, column %zu: there are no labels; --labels gives them", term->column);
    size_t n = hooks->trace_count(hooks->self);
    int code = make_set(set, n, err);
    for (size_t i = 0; i < n && code == 0; i++) {
        const char *label = hooks->trace_label(hooks->self, i);
        if (suits(term, (struct lw_bytes){label, strlen(label)}, scratch))
            put(set, i);
    }
    return code;
}

static int bind_components(const struct query_term *term, const struct lw_log *log, struct query_set *set,
                           struct pattern_scratch *scratch, struct lw_error *err)
{
    int code = make_set(set, STORE_NO_COMPONENT, err);
    for (uint16_t id = 0; id < STORE_NO_COMPONENT && code == 0; id++) {
        struct lw_bytes name = snapshot_component(log->records, id);
        if (name.len > 0 && suits(term, name, scratch))
            put(set, id);
    }
    return code;
}

/* A source is named by its path or by the last part of it. */
static int bind_sources(const struct query_term *term, const struct lw_log *log, struct query_set *set,
                        struct pattern_scratch *scratch, struct lw_error *err)
{
    int code = make_set(set, log->n_sources, err);
    for (size_t i = 0; i < log->n_sources && code == 0; i++) {
        const char *path = log->sources[i].epochs[0].text->source.path, *slash = strrchr(path, '/');
        if (suits(term, (struct lw_bytes){path, strlen(path)}, scratch) ||
            (slash != NULL && suits(term, (struct lw_bytes){slash + 1, strlen(slash + 1)}, scratch)))
            put(set, i);
    }
    return code;
}

static int bind_levels(const struct query_term *term, struct query_set *set, struct pattern_scratch *scratch,
                       struct lw_error *err)
{
    int code = make_set(set, LW_LEVEL_COUNT, err);
    for (enum lw_level level = LW_LEVEL_NONE; level < LW_LEVEL_COUNT && code == 0; level++) {
        const char *name = lw_level_name(level);
        enum query_op op = term->op;
        bool is_ordered = level != LW_LEVEL_NONE && term->level != LW_LEVEL_NONE;
        bool fits = term->finder != NULL
                        ? suits(term, (struct lw_bytes){name, strlen(name)}, scratch) != (op == QUERY_NOT_LIKE)
                    : op == QUERY_EQUAL     ? level == term->level
                    : op == QUERY_NOT_EQUAL ? level != term->level
                    : op == QUERY_LESS      ? is_ordered && level < term->level
                    : op == QUERY_AT_MOST   ? is_ordered && level <= term->level
                    : op == QUERY_MORE      ? is_ordered && level > term->level
                                            : is_ordered && level >= term->level;
        if (fits)
            put(set, level);
    }
    return code;
}

static void bind_time(const struct query_term *term, const struct lw_log *log, struct query_set *set)
{
    int64_t base = 0, first;
    if (term->time.kind == QUERY_TIME_BACK && !lw_log_times(log, &first, &base))
        base = 0;
    set->from_us = base + term->time.from_us;
    set->to_us = base + term->time.to_us;
}

static int bind_term(const struct query_bound *bound, size_t index, struct pattern_scratch *scratch,
                     struct lw_error *err)
{
    const struct query_term *term = &bound->query->terms[index];
    const struct query_hooks *hooks = bound->hooks;
    struct query_set *set = &bound->sets[index];
    switch (term->field) {
    case QUERY_LEVEL:
        return bind_levels(term, set, scratch, err);
    case QUERY_TIME:
        bind_time(term, bound->log, set);
        return 0;
    case QUERY_COMPONENT:
        return bind_components(term, bound->log, set, scratch, err);
    case QUERY_SOURCE:
        return bind_sources(term, bound->log, set, scratch, err);
    case QUERY_TEMPLATE:
        return bind_templates(term, hooks, set, scratch, err);
    case QUERY_TRACE:
        return bind_traces(term, hooks, set, scratch, err);
    case QUERY_LABEL:
        return bind_labels(term, hooks, set, scratch, err);
    case QUERY_MARK:
        return hooks != NULL && hooks->mark_of != NULL
                   ? 0
                   : fail(err, LW_ERR_USAGE, "filter, column %zu: marks are kept in a workspace; there is none",
                          term->column);
    case QUERY_PARAMETER:
        return hooks != NULL && hooks->cut != NULL
                   ? 0
                   : fail(err, LW_ERR_USAGE,
                          "filter, column %zu: $%zu is a parameter of a template; learn the log first", term->column,
                          term->slot + 1);
    default:
        return 0;
    }
}

/* The longest text among the conditions that all must hold. */
static const struct literal *find_driver(const struct lw_query *query)
{
    const struct literal *best = NULL;
    if (query->root == QUERY_NONE)
        return NULL;
    const struct query_node *root = &query->nodes[query->root];
    for (uint16_t at = root->kind == QUERY_AND ? root->child : query->root; at != QUERY_NONE;
         at = root->kind == QUERY_AND ? query->nodes[at].next : QUERY_NONE) {
        const struct query_node *node = &query->nodes[at];
        const struct query_term *term = node->kind == QUERY_TERM ? &query->terms[node->term] : NULL;
        if (term == NULL || (term->field != QUERY_RAW && term->field != QUERY_MESSAGE) || term->op != QUERY_LIKE)
            continue;
        const struct literal *literal = finder_literal(term->finder);
        if (literal != NULL && (best == NULL || literal->len > best->len))
            best = literal;
    }
    return best;
}

int query_bind(const struct lw_query *query, const struct lw_log *log, const struct query_hooks *hooks,
               struct query_bound *out, struct lw_error *err)
{
    struct query_bound bound = {query, log, hooks, alloc_zeroed(query->n_terms, sizeof *bound.sets), NULL};
    struct pattern_scratch *scratch = NULL;
    if (bound.sets == NULL)
        return fail_memory(err, "preparing a filter");
    int code = pattern_scratch_new(&scratch, err);
    for (size_t i = 0; i < query->n_terms && code == 0; i++)
        code = bind_term(&bound, i, scratch, err);
    pattern_scratch_free(scratch);
    if (code != 0) {
        query_unbind(&bound);
        return code;
    }
    bound.driver = find_driver(query);
    *out = bound;
    return 0;
}

void query_unbind(struct query_bound *bound)
{
    for (size_t i = 0; bound->sets != NULL && i < bound->query->n_terms; i++)
        free(bound->sets[i].bits);
    free(bound->sets);
    bound->sets = NULL;
}

/* ---- the record at hand --------------------------------------------------------------------------------------- */

int query_view_init(struct query_view *view, struct lw_error *err)
{
    *view = (struct query_view){0};
    int code = format_scratch_init(&view->format, err);
    if (code != 0)
        return code;
    view->format.wants_names = true;
    code = pattern_scratch_new(&view->match, err);
    if (code != 0)
        format_scratch_release(&view->format);
    return code;
}

void query_view_release(struct query_view *view)
{
    format_scratch_release(&view->format);
    pattern_scratch_free(view->match);
}

void query_view_row(struct query_view *view, uint64_t record, const struct store_row *row)
{
    view->record = record;
    view->row = *row;
    view->has_text = view->is_cut = view->has_spans = view->was_over_limit = false;
}

void query_view_text(struct query_view *view, struct lw_bytes raw, const struct lw_record *cut)
{
    if (cut != NULL)
        view->text = *cut;
    view->text.raw = raw;
    view->has_text = true;
    view->is_cut = cut != NULL;
}

static void note(struct query_view *view, int code)
{
    if (code == LW_ERR_LIMIT && !view->was_over_limit) {
        view->was_over_limit = true;
        view->over_limit++;
    } else if (code < 0 && code != LW_ERR_LIMIT && view->failure == 0) {
        view->failure = code;
    }
}

static bool cut_text(const struct query_bound *bound, struct query_view *view)
{
    if (!view->is_cut) {
        struct lw_bytes raw = view->text.raw;
        int code = reader_cut(bound->log, &view->row, raw.data, raw.len, &view->format, &view->text, NULL);
        note(view, code);
        view->is_cut = code == 0;
    }
    return view->is_cut;
}

static struct lw_bytes message_of(const struct query_view *view)
{
    return (struct lw_bytes){view->text.raw.data + view->text.message_start, view->text.message_len};
}

static bool cut_message(const struct query_bound *bound, struct query_view *view)
{
    if (!view->has_spans && cut_text(bound, view)) {
        struct lw_bytes message = message_of(view);
        int code = bound->hooks->cut(bound->hooks->self, message.data, message.len, &view->template_index, view->spans,
                                     QUERY_MAX_SPANS, &view->n_spans);
        note(view, code);
        view->has_spans = code == 0;
    }
    return view->has_spans;
}

/* ---- terms ---------------------------------------------------------------------------------------------------- */

static enum query_answer answer(bool is_yes)
{
    return is_yes ? QUERY_YES : QUERY_NO;
}

static bool is_negative(enum query_op op)
{
    return op == QUERY_NOT_EQUAL || op == QUERY_NOT_LIKE;
}

bool query_holds(enum query_op op, int order)
{
    switch (op) {
    case QUERY_EQUAL:
        return order == 0;
    case QUERY_NOT_EQUAL:
        return order != 0;
    case QUERY_LESS:
        return order == -1;
    case QUERY_AT_MOST:
        return order == -1 || order == 0;
    case QUERY_MORE:
        return order == 1;
    default:
        return order == 1 || order == 0;
    }
}

static enum query_answer find_text(const struct query_term *term, struct lw_bytes text, struct query_view *view)
{
    struct lw_span span;
    int found = finder_find(term->finder, text.data, text.len, 0, view->match, &span);
    if (found < 0) {
        note(view, found);
        return QUERY_NO;
    }
    return answer((found == 1) == (term->op == QUERY_LIKE));
}

/* A text against the value: =~ by matching, the rest as numbers where both are, and = and != else byte for byte. */
static enum query_answer compare_text(const struct query_term *term, struct lw_bytes text, struct query_view *view)
{
    struct query_number number;
    if (term->finder != NULL)
        return find_text(term, text, view);
    bool is_same = text.len == term->len && memcmp(text.data, term->text, text.len) == 0;
    if (is_same && (term->op == QUERY_EQUAL || term->op == QUERY_NOT_EQUAL))
        return answer(term->op == QUERY_EQUAL);
    if (term->is_number && query_number_read(text.data, text.len, &number))
        return answer(query_holds(term->op, query_number_compare(&number, &term->number)));
    return answer(term->op == QUERY_NOT_EQUAL);
}

static enum query_answer compare_time(const struct query_term *term, const struct query_set *set, int64_t time_us)
{
    if (time_us == LW_NO_TIME)
        return QUERY_NO;
    if (term->time.kind == QUERY_TIME_OF_DAY)
        time_us = (time_us % DAY_US + DAY_US) % DAY_US;
    return answer(query_holds(term->op, time_us < set->from_us ? -1 : time_us >= set->to_us ? 1 : 0));
}

static bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.' || (unsigned char)c >= 0x80;
}

/* Whether the comma at `at` stands between digits of one number. */
static bool is_grouping(struct lw_bytes text, size_t start, size_t at)
{
    return text.data[at] == ',' && at > start && at + 1 < text.len && text.data[at - 1] >= '0' &&
           text.data[at - 1] <= '9' && text.data[at + 1] >= '0' && text.data[at + 1] <= '9';
}

/* Where the value of name=value, name: value or "name": value stands from `at` on; false if there is none. */
static bool cut_value(struct lw_bytes text, size_t at, struct lw_bytes *out)
{
    if (at < text.len && text.data[at] == '"')
        at++;
    if (at >= text.len || (text.data[at] != '=' && text.data[at] != ':'))
        return false;
    bool is_colon = text.data[at++] == ':';
    if (is_colon && at < text.len && text.data[at] == ' ')
        at++;
    char quote = at < text.len && (text.data[at] == '"' || text.data[at] == '\'') ? text.data[at] : '\0';
    size_t start = quote != '\0' ? at + 1 : at, end = start;
    if (quote != '\0') {
        while (end < text.len && text.data[end] != quote)
            end += text.data[end] == '\\' && end + 1 < text.len ? 2 : 1;
    } else {
        while (end < text.len && (text.data[end] == '\0' || strchr(" \t\r\n,;&|)]}\"'", text.data[end]) == NULL ||
                                  is_grouping(text, start, end)))
            end++;
        while (end > start && (text.data[end - 1] == '.' || text.data[end - 1] == ':'))
            end--;
    }
    *out = (struct lw_bytes){text.data + start, end - start};
    return end > start || quote != '\0';
}

static bool find_key(struct lw_bytes text, const char *name, struct lw_bytes *out)
{
    size_t len = strlen(name);
    for (size_t at = 0; text.len - at > len;) {
        const char *first = memchr(text.data + at, name[0], text.len - at - len);
        if (first == NULL)
            return false;
        at = (size_t)(first - text.data);
        if (memcmp(first, name, len) == 0 && (at == 0 || !is_name_byte(first[-1])) && cut_value(text, at + len, out))
            return true;
        at++;
    }
    return false;
}

/* The value of a header field, or else of name=value in the message. */
static bool find_value(const struct query_bound *bound, const struct query_term *term, struct query_view *view,
                       struct lw_bytes *out)
{
    if (!cut_text(bound, view))
        return false;
    for (size_t i = 0; i < view->text.n_fields && term->field == QUERY_HEADER; i++) {
        const struct lw_field *field = &view->text.fields[i];
        if (strcmp(field->name, term->name) == 0) {
            *out = (struct lw_bytes){view->text.raw.data + field->start, field->len};
            return true;
        }
    }
    return find_key(message_of(view), term->name, out);
}

static enum query_answer eval_template(const struct query_bound *bound, const struct query_term *term,
                                       const struct query_set *set, struct query_view *view)
{
    const struct query_hooks *hooks = bound->hooks;
    ptrdiff_t index;
    if (hooks->template_of != NULL)
        index = hooks->template_of(hooks->self, view->record);
    else if (!view->has_text)
        return QUERY_OPEN;
    else
        index = cut_message(bound, view) ? view->template_index : -1;
    return answer(index >= 0 && is_in(set, (size_t)index) != is_negative(term->op));
}

static enum query_answer eval_trace(const struct query_bound *bound, const struct query_term *term,
                                    const struct query_set *set, const struct query_view *view)
{
    size_t n = 0;
    const uint32_t *traces = bound->hooks->traces_of(bound->hooks->self, view->record, &n);
    bool is_any = false;
    for (size_t i = 0; i < n; i++)
        is_any |= is_in(set, traces[i]);
    return answer(n > 0 && is_any != is_negative(term->op));
}

static enum query_answer eval_component(const struct query_bound *bound, const struct query_term *term,
                                        const struct query_set *set, struct query_view *view)
{
    struct lw_bytes name;
    if (view->row.component != STORE_NO_COMPONENT) {
        name = snapshot_component(bound->log->records, view->row.component);
        return answer(name.len > 0 && is_in(set, view->row.component) != is_negative(term->op));
    }
    if (!view->has_text)
        return QUERY_OPEN;
    return answer(cut_text(bound, view) && view->text.component.len > 0 &&
                  suits(term, view->text.component, view->match) != is_negative(term->op));
}

static enum query_answer eval_text(const struct query_bound *bound, const struct query_term *term,
                                   struct query_set *set, struct query_view *view)
{
    struct lw_bytes value;
    bool is_there = true;
    if (!view->has_text)
        return QUERY_OPEN;
    if (term->field == QUERY_RAW) {
        value = view->text.raw;
    } else if (term->field == QUERY_MESSAGE) {
        is_there = cut_text(bound, view);
        value = message_of(view);
    } else if (term->field == QUERY_PARAMETER) {
        is_there = cut_message(bound, view) && term->slot < view->n_spans;
        if (is_there)
            value =
                (struct lw_bytes){message_of(view).data + view->spans[term->slot].start, view->spans[term->slot].len};
    } else {
        is_there = find_value(bound, term, view, &value);
        if (is_there)
            atomic_store_explicit(&set->is_found, true, memory_order_relaxed);
    }
    return is_there ? compare_text(term, value, view) : QUERY_NO;
}

static enum query_answer eval_term(const struct query_bound *bound, size_t index, struct query_view *view)
{
    const struct query_term *term = &bound->query->terms[index];
    struct query_set *set = &bound->sets[index];
    switch (term->field) {
    case QUERY_LEVEL:
        return answer(is_in(set, view->row.level));
    case QUERY_TIME:
        return compare_time(term, set, view->row.time_us);
    case QUERY_SOURCE:
        return answer(is_in(set, view->row.source) != is_negative(term->op));
    case QUERY_LINE: {
        double line = (double)view->row.line;
        return answer(query_holds(term->op, line < term->number.plain ? -1 : line > term->number.plain ? 1 : 0));
    }
    case QUERY_COMPONENT:
        return eval_component(bound, term, set, view);
    case QUERY_TEMPLATE:
        return eval_template(bound, term, set, view);
    case QUERY_TRACE:
    case QUERY_LABEL:
        return eval_trace(bound, term, set, view);
    case QUERY_MARK: {
        struct lw_bytes note;
        return bound->hooks->mark_of(bound->hooks->self, view->record, &note) ? compare_text(term, note, view)
                                                                              : QUERY_NO;
    }
    default:
        return eval_text(bound, term, set, view);
    }
}

static enum query_answer eval_node(const struct query_bound *bound, uint16_t at, struct query_view *view)
{
    const struct query_node *nodes = bound->query->nodes;
    if (nodes[at].kind == QUERY_TERM)
        return eval_term(bound, nodes[at].term, view);
    if (nodes[at].kind == QUERY_NOT) {
        enum query_answer inner = eval_node(bound, nodes[at].child, view);
        return inner == QUERY_OPEN ? QUERY_OPEN : answer(inner == QUERY_NO);
    }
    enum query_answer decisive = nodes[at].kind == QUERY_AND ? QUERY_NO : QUERY_YES;
    enum query_answer result = decisive == QUERY_NO ? QUERY_YES : QUERY_NO;
    for (uint16_t child = nodes[at].child; child != QUERY_NONE; child = nodes[child].next) {
        enum query_answer one = eval_node(bound, child, view);
        if (one == decisive)
            return decisive;
        if (one == QUERY_OPEN)
            result = QUERY_OPEN;
    }
    return result;
}

enum query_answer query_eval(const struct query_bound *bound, struct query_view *view)
{
    return bound->query->root == QUERY_NONE ? QUERY_YES : eval_node(bound, bound->query->root, view);
}
