#include "learn/model.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/executor.h"
#include "base/fail.h"
#include "learn/membership.h"
#include "learn/open_traces.h"
#include "learn/symbols.h"
#include "log/reader.h"

#define BLOCK 16384u /* records matched by one task */

/* The raw traces with the templates of their sequences. */
static int build_traces(const struct counts *counts, const struct templates *templates, struct trace_set *out,
                        struct lw_error *err)
{
    size_t n_events = 0;
    int code;

    for (uint32_t t = 0; t < counts->trace_names.count; t++)
        n_events += counts->traces[t].n;
    code = trace_set_reserve(out, counts->trace_names.count, n_events + 1, err);
    for (uint32_t t = 0; t < counts->trace_names.count && code == 0; t++) {
        struct lw_bytes name = intern_get(&counts->trace_names, t);
        const struct raw_trace *raw = &counts->traces[t];

        code = trace_set_begin(out, name.data, name.len, err);
        for (size_t i = 0; i < raw->n && code == 0; i++) {
            const struct raw_event *event = &raw->events[i];

            code = trace_set_event(out, templates->of_sequence[event->sequence], event->time_us,
                                   event->record == RAW_NO_RECORD ? LW_NO_RECORD : event->record, err);
        }
    }
    return code;
}

static int count_traced(const struct counts *counts, uint64_t *out, struct lw_error *err)
{
    uint64_t *events = alloc_zeroed(counts->sequences.keys.count, sizeof *events);
    if (events == NULL)
        return fail_memory(err, "counting records of traces");
    for (uint32_t t = 0; t < counts->trace_names.count; t++)
        for (size_t i = 0; i < counts->traces[t].n; i++)
            events[counts->traces[t].events[i].sequence]++;
    *out = 0;
    for (uint32_t s = 0; s < counts->sequences.keys.count; s++) {
        uint64_t n = counts->sequences.stats[s].count;
        *out += events[s] < n ? events[s] : n;
    }
    free(events);
    return 0;
}

int model_build(struct counts *counts, const struct edits *edits, const struct lw_run *run, struct model **out,
                struct lw_error *err)
{
    struct model *model = alloc_zeroed(1, sizeof *model);
    int code;

    if (model == NULL)
        return fail_memory(err, "building templates and machine");
    model->counts = counts_retain(counts);
    known_names_init(&model->names);
    trace_set_init(&model->traces);
    code = templates_build(&counts->sequences, edits, run, &model->templates, err);
    if (code == 0 && (known_names_find(&model->names, counts, &model->templates) != 0 ||
                      templates_loosen(&model->templates, &model->names) != 0))
        code = fail_memory(err, "looking for names in templates");
    if (code == 0)
        code = build_traces(counts, &model->templates, &model->traces, err);
    if (code == 0)
        code = open_traces_mark(&model->traces, err);
    if (code == 0)
        code = count_traced(counts, &model->traced, err);
    if (code == 0)
        code = run_check(run, err);
    if (code == 0)
        code = variants_find(&model->traces, &model->variants, err);
    if (code == 0)
        code = machine_learn(&model->traces, run, &model->machine, err);
    if (code != 0) {
        model_free(model);
        return code;
    }
    *out = model;
    return 0;
}

void model_free(struct model *model)
{
    if (model == NULL)
        return;
    machine_release(&model->machine);
    variants_release(&model->variants);
    trace_set_release(&model->traces);
    known_names_release(&model->names);
    templates_release(&model->templates);
    counts_free(model->counts);
    free(model);
}

/* ---- matching a log -------------------------------------------------------------------------------------------- */

struct match_pass {
    const struct model *model;
    const struct lw_log *log;
    bool *is_symbolic;       /* [sources] */
    uint32_t *templates;     /* [records] */
    struct lw_error *errors; /* [blocks] */
};

int model_match_message(const struct model *model, const char *message, size_t len, bool is_symbol, bool want_spans,
                        struct template_match *match)
{
    const struct sequences *sequences = &model->counts->sequences;
    uint32_t sequence;

    if (!is_symbol)
        return templates_match(&model->templates, sequences, message, len, want_spans, match);
    if (mask_symbol(message, len, &match->tokens) != 0)
        return LW_ERR_MEMORY;
    sequence = sequences_find(sequences, message, &match->tokens, &match->scratch);
    match->id = sequence == INTERN_NONE ? LW_TEMPLATE_UNKNOWN : model->templates.of_sequence[sequence];
    match->n_spans = 0;
    return 0;
}

static int match_block(void *arg, size_t index)
{
    struct match_pass *pass = arg;
    struct lw_error *err = &pass->errors[index];
    uint64_t at = (uint64_t)index * BLOCK, end = at + BLOCK;
    struct template_match match;
    struct lw_reader *reader;
    int code = lw_reader_new(pass->log, &reader, err);

    if (code != 0)
        return code;
    if (end > lw_log_count(pass->log))
        end = lw_log_count(pass->log);
    template_match_init(&match);
    for (; at < end && code == 0; at++) {
        struct lw_record record;

        code = reader_get_message(reader, at, &record, err);
        if (code == 0 && model_match_message(pass->model, record.raw.data + record.message_start, record.message_len,
                                             pass->is_symbolic[record.source], false, &match) != 0)
            code = fail_memory(err, "matching messages");
        if (code == 0)
            pass->templates[at] = match.id;
    }
    template_match_release(&match);
    lw_reader_free(reader);
    return code;
}

int model_match_records(const struct model *model, const struct lw_log *log, const struct lw_run *run, uint32_t **out,
                        struct lw_error *err)
{
    size_t n = (size_t)lw_log_count(log), n_blocks = (n + BLOCK - 1) / BLOCK;
    struct match_pass pass = {model, log, NULL, alloc_array(n, sizeof *pass.templates),
                              alloc_zeroed(n_blocks, sizeof *pass.errors)};
    int code = symbols_find(log, &pass.is_symbolic, err);

    if (code == 0 && (pass.templates == NULL || pass.errors == NULL))
        code = fail_memory(err, "matching messages");
    if (code == 0)
        code = executor_run(run, "matching messages", n_blocks, match_block, &pass);
    if (code == LW_ERR_CANCELLED)
        fail(err, LW_ERR_CANCELLED, "cancelled");
    for (size_t i = 0; i < n_blocks && code != 0 && pass.errors != NULL; i++)
        if (pass.errors[i].code != LW_OK && err != NULL) {
            *err = pass.errors[i];
            break;
        }
    free(pass.errors);
    free(pass.is_symbolic);
    if (code != 0) {
        free(pass.templates);
        return code;
    }
    *out = pass.templates;
    return 0;
}

int model_match_log(const struct model *model, const struct lw_log *log, const struct trace_rule *rule,
                    const struct lw_run *run, struct trace_set *out, uint32_t **record_templates, struct lw_error *err)
{
    uint32_t *templates;
    int code = membership_find(log, rule, run, out, err);

    if (code != 0)
        return code;
    code = model_match_records(model, log, run, &templates, err);
    if (code != 0) {
        trace_set_release(out);
        return code;
    }
    for (size_t i = 0; i < out->n_events; i++)
        out->templates[i] = templates[out->records[i]];
    code = open_traces_mark(out, err);
    if (code != 0) {
        free(templates);
        trace_set_release(out);
        return code;
    }
    *record_templates = templates;
    return 0;
}
