#include "learn/traces.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"

/* Counting sort of the events by record: traces of a record come out ascending. */
static int index_records(struct lw_traces *traces)
{
    const struct trace_set *set = traces->set;
    size_t n = (size_t)traces->n_records;
    uint32_t n_links, *first = alloc_zeroed(n + 1, sizeof *first);

    traces->record_first = first;
    traces->record_traces = alloc_array(set->n_events, sizeof *traces->record_traces);
    if (first == NULL || traces->record_traces == NULL)
        return LW_ERR_MEMORY;
    for (size_t i = 0; i < set->n_events; i++)
        if (set->records[i] < n)
            first[set->records[i] + 1]++;
    for (size_t i = 0; i < n; i++)
        first[i + 1] += first[i];
    n_links = first[n];
    for (size_t t = set->n_traces; t-- > 0;) /* each place is filled from its end, which leaves first[] one on ... */
        for (size_t i = set->first[t + 1]; i-- > set->first[t];)
            if (set->records[i] < n)
                traces->record_traces[--first[set->records[i] + 1]] = (uint32_t)t;
    memmove(first, first + 1, n * sizeof *first); /* ... so it is moved back */
    first[n] = n_links;
    return 0;
}

static int finish(struct lw_traces *traces, struct lw_traces **out, struct lw_error *err)
{
    int code = 0;

    if (traces->set->n_events > UINT32_MAX)
        code = fail(err, LW_ERR_LIMIT, "more than %u events; cut the log into parts", UINT32_MAX);
    else if (traces->n_records > 0 && traces->set->n_events > 0 && index_records(traces) != 0)
        code = fail_memory(err, "linking records to traces");
    if (code != 0) {
        lw_traces_free(traces);
        return code;
    }
    *out = traces;
    return 0;
}

int traces_borrow(const struct trace_set *set, const struct variants *variants, uint32_t *record_templates,
                  uint64_t n_records, struct lw_traces **out, struct lw_error *err)
{
    struct lw_traces *traces = alloc_zeroed(1, sizeof *traces);

    if (traces == NULL) {
        free(record_templates);
        return fail_memory(err, "linking records to traces");
    }
    traces->set = set;
    traces->variants = variants;
    traces->record_templates = record_templates;
    traces->n_records = n_records;
    return finish(traces, out, err);
}

int traces_new(struct trace_set *set, uint32_t *record_templates, uint64_t n_records, struct lw_traces **out,
               struct lw_error *err)
{
    struct lw_traces *traces = alloc_zeroed(1, sizeof *traces);
    int code;

    if (traces == NULL) {
        trace_set_release(set);
        free(record_templates);
        return fail_memory(err, "linking records to traces");
    }
    traces->own_set = *set;
    trace_set_init(set);
    traces->set = &traces->own_set;
    traces->variants = &traces->own_variants;
    traces->record_templates = record_templates;
    traces->n_records = n_records;
    code = variants_find(traces->set, &traces->own_variants, err);
    if (code != 0) {
        lw_traces_free(traces);
        return code;
    }
    return finish(traces, out, err);
}

void lw_traces_free(struct lw_traces *traces)
{
    if (traces == NULL)
        return;
    if (traces->set == &traces->own_set) {
        variants_release(&traces->own_variants);
        trace_set_release(&traces->own_set);
    }
    free(traces->record_templates);
    free(traces->record_first);
    free(traces->record_traces);
    free(traces);
}

size_t lw_traces_count(const struct lw_traces *traces)
{
    return traces->set->n_traces;
}

int lw_traces_get(const struct lw_traces *traces, size_t index, struct lw_trace *out, struct lw_error *err)
{
    const struct trace_set *set = traces->set;
    size_t at;

    if (index >= set->n_traces)
        return fail(err, LW_ERR_NOT_FOUND, "there is no trace %zu: there are %zu", index, set->n_traces);
    at = set->first[index];
    *out = (struct lw_trace){intern_get(&set->names, (uint32_t)index),
                             trace_set_len(set, index),
                             set->templates + at,
                             set->times_us + at,
                             set->records + at,
                             traces->variants->of[index],
                             trace_set_is_open_start(set, index),
                             trace_set_is_open_end(set, index)};
    return 0;
}

ptrdiff_t lw_traces_find(const struct lw_traces *traces, const char *name, size_t len)
{
    uint32_t id = intern_find(&traces->set->names, name, len);

    return id == INTERN_NONE ? -1 : (ptrdiff_t)id;
}

size_t lw_traces_variant_count(const struct lw_traces *traces)
{
    return traces->variants->n;
}

int lw_traces_variant(const struct lw_traces *traces, size_t index, struct lw_variant *out, struct lw_error *err)
{
    const struct variants *variants = traces->variants;
    uint32_t example;

    if (index >= variants->n)
        return fail(err, LW_ERR_NOT_FOUND, "there is no variant %zu: there are %zu", index, variants->n);
    example = variants->example[index];
    *out = (struct lw_variant){traces->set->templates + traces->set->first[example],
                               trace_set_len(traces->set, example), variants->counts[index], example};
    return 0;
}

uint32_t lw_traces_record_template(const struct lw_traces *traces, uint64_t record)
{
    return record < traces->n_records ? traces->record_templates[record] : LW_TEMPLATE_UNKNOWN;
}

const uint32_t *lw_traces_of_record(const struct lw_traces *traces, uint64_t record, size_t *n)
{
    if (record >= traces->n_records || traces->record_first == NULL) {
        *n = 0;
        return NULL;
    }
    *n = traces->record_first[record + 1] - traces->record_first[record];
    return traces->record_traces + traces->record_first[record];
}
