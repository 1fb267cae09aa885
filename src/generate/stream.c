#include "generate/stream.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"

#define BLOCK_RECORDS 65536 /* about */
#define MIN_TRACES    256   /* in a block, so that shares and clusters have room */
#define MAX_TRACES    16384
#define PART_BYTES    (1u << 20)

struct block {
    struct generated generated;
    struct renderer *renderer;
    size_t position;      /* of its next record */
    uint32_t *left;       /* [n_traces] records still to come */
    uint64_t *root_lines; /* [n_traces] 0: not come yet */
};

struct stream {
    const struct blueprint *blueprint;
    struct lw_constraints constraints; /* a copy of the struct alone: what it points to is borrowed */
    struct lw_stream_options options;
    const struct lw_run *run;
    struct generator generator;
    struct line_maker *maker;
    struct block **blocks; /* [n_blocks] with records to come, by age; each stays put, since its renderer borrows */
    size_t n_blocks, cap_blocks;
    size_t block_traces;
    int64_t start_us; /* of its clock; LW_NO_TIME: records come one a `gap_us` */
    double gap_us;
    uint64_t n_records, n_traces, n_lines;
    bool is_begun, is_over;
    struct buf text, labels, record_labels;
};

/* ---- blocks -------------------------------------------------------------------------------------------------------
 */

/* The odds of facets are the sampler's, and lent to each block. */
static void block_free(struct block *block)
{
    block->generated.facet_odds = NULL;
    renderer_free(block->renderer);
    free(block->left);
    free(block->root_lines);
    generated_release(&block->generated);
    free(block);
}

static void close_block(struct stream *stream, size_t index)
{
    block_free(stream->blocks[index]);
    stream->n_blocks--;
    memmove(stream->blocks + index, stream->blocks + index + 1, (stream->n_blocks - index) * sizeof *stream->blocks);
}

static int fill_block(struct stream *stream, struct block *block, struct lw_error *err)
{
    const struct trace_set *set = &block->generated.traces;
    block->generated.facet_odds = stream->generator.sampler.tilt.facet_odds;
    block->left = alloc_array(set->n_traces, sizeof *block->left);
    block->root_lines = alloc_zeroed(set->n_traces, sizeof *block->root_lines);
    if (block->left == NULL || block->root_lines == NULL)
        return fail_memory(err, "generating a stream");
    for (size_t i = 0; i < set->n_traces; i++)
        block->left[i] = (uint32_t)trace_set_len(set, i);
    return renderer_new(stream->blueprint, &block->generated, (uint64_t)stream->constraints.seed, &block->renderer,
                        err);
}

static bool has_more(const struct stream *stream)
{
    return stream->options.traces == 0 || stream->generator.n_traces < stream->options.traces;
}

static int open_block(struct stream *stream, struct lw_error *err)
{
    uint64_t left = stream->options.traces - stream->generator.n_traces;
    size_t n = stream->block_traces;
    if (stream->options.traces > 0 && left < n)
        n = (size_t)left;
    if (alloc_grow(&stream->blocks, &stream->cap_blocks, stream->n_blocks + 1, sizeof *stream->blocks) != 0)
        return fail_memory(err, "generating a stream");
    struct block *block = alloc_zeroed(1, sizeof *block);
    if (block == NULL)
        return fail_memory(err, "generating a stream");
    int rc = generator_draw(&stream->generator, n, stream->run, &block->generated, err);
    if (rc != 0) {
        free(block);
        return rc;
    }
    stream->blocks[stream->n_blocks++] = block;
    rc = fill_block(stream, block, err);
    if (rc != 0 || block->generated.traces.n_events == 0)
        close_block(stream, stream->n_blocks - 1);
    return rc;
}

static int64_t time_of(const struct block *block)
{
    return block->generated.traces.times_us[renderer_event(block->renderer, block->position)];
}

/* The block with the earliest record; blocks are made until none to come could have an earlier one. *index is n_blocks
 * when there are no records left. */
static int find_next(struct stream *stream, size_t *index, struct lw_error *err)
{
    for (;;) {
        size_t best = stream->n_blocks;
        for (size_t i = 0; i < stream->n_blocks; i++)
            if (best == stream->n_blocks || time_of(stream->blocks[i]) < time_of(stream->blocks[best]))
                best = i;
        bool is_sure = best < stream->n_blocks && (stream->start_us == LW_NO_TIME ||
                                                   time_of(stream->blocks[best]) <= stream->generator.last_start_us);
        *index = best;
        if (is_sure || !has_more(stream))
            return 0;
        int rc = open_block(stream, err);
        if (rc != 0)
            return rc;
    }
}

/* ---- reading ------------------------------------------------------------------------------------------------------
 */

/* When the next record of a block is due, since the start. */
static int64_t due_us(const struct stream *stream, const struct block *block)
{
    if (stream->start_us == LW_NO_TIME)
        return (int64_t)fmin((double)stream->n_records * stream->gap_us, 9e18);
    return time_of(block) - stream->start_us;
}

static bool is_past_end(const struct stream *stream, int64_t due)
{
    const struct lw_stream_options *options = &stream->options;
    return (options->records > 0 && stream->n_records >= options->records) ||
           (options->duration_s > 0 && (double)due >= options->duration_s * 1e6);
}

static int add_record(struct stream *stream, struct block *block, struct lw_error *err)
{
    const struct generated *generated = &block->generated;
    struct generated_log log = {stream->blueprint, generated, block->renderer};
    size_t event = renderer_event(block->renderer, block->position);
    uint32_t trace = (uint32_t)renderer_trace(block->renderer, event), height;
    uint64_t line = stream->n_lines + 1;
    int rc = line_maker_add(stream->maker, &log, block->position, &stream->text, &height, err);
    if (rc != 0)
        return rc;
    stream->n_traces += block->left[trace] == trace_set_len(&generated->traces, trace);
    if (generated->roots[trace] == event - generated->traces.first[trace])
        block->root_lines[trace] = line;
    if (stream->options.has_record_labels)
        write_record_label(generated, trace, event, line, block->root_lines[trace], &stream->record_labels);
    if (--block->left[trace] == 0 && stream->options.has_labels)
        write_trace_label(generated, trace, true, block->root_lines[trace], &stream->labels);
    stream->n_lines += height;
    stream->n_records++;
    block->position++;
    return 0;
}

static int begin(struct stream *stream, struct lw_error *err)
{
    int rc = line_maker_head(stream->maker, &stream->text, err);
    for (const char *at = stream->text.data; rc == 0 && stream->text.len > 0 && (at = strchr(at, '\n')) != NULL; at++)
        stream->n_lines++;
    if (stream->options.has_labels)
        buf_add_text(&stream->labels, write_labels_trace_head);
    if (stream->options.has_record_labels)
        buf_add_text(&stream->record_labels, write_labels_record_head);
    stream->is_begun = true;
    return rc;
}

static void clear(struct stream *stream)
{
    buf_clear(&stream->text);
    buf_clear(&stream->labels);
    buf_clear(&stream->record_labels);
}

static int give(const struct stream *stream, int64_t next_us, struct lw_stream_part *out, struct lw_error *err)
{
    *out = (struct lw_stream_part){.text = {stream->text.data, stream->text.len},
                                   .labels = {stream->labels.data, stream->labels.len},
                                   .record_labels = {stream->record_labels.data, stream->record_labels.len},
                                   .n_records = stream->n_records,
                                   .n_traces = stream->n_traces,
                                   .n_squeezed = stream->generator.schedule.n_squeezed,
                                   .longest_s = (double)stream->generator.schedule.longest_us / 1e6,
                                   .next_us = next_us};
    bool is_short =
        buf_status(&stream->text) != 0 || buf_status(&stream->labels) != 0 || buf_status(&stream->record_labels) != 0;
    return is_short ? fail_memory(err, "generating a stream") : 0;
}

int stream_read(struct stream *stream, int64_t elapsed_us, struct lw_stream_part *out, struct lw_error *err)
{
    int64_t next_us = INT64_MAX;
    clear(stream);
    int rc = stream->is_begun ? 0 : begin(stream, err);
    while (rc == 0 && !stream->is_over) {
        size_t index = 0;
        rc = find_next(stream, &index, err);
        if (rc != 0)
            break;
        next_us = index < stream->n_blocks ? due_us(stream, stream->blocks[index]) : INT64_MAX;
        stream->is_over = index == stream->n_blocks || is_past_end(stream, next_us);
        if (stream->is_over || next_us > elapsed_us || stream->text.len >= PART_BYTES)
            break;
        rc = add_record(stream, stream->blocks[index], err);
        if (rc == 0 && stream->blocks[index]->position == stream->blocks[index]->generated.traces.n_events)
            close_block(stream, index);
    }
    return rc == 0 ? give(stream, stream->is_over ? INT64_MAX : next_us, out, err) : rc;
}

/* What was not seen of a trace is no part of its label. */
int stream_end(struct stream *stream, struct lw_stream_part *out, struct lw_error *err)
{
    clear(stream);
    stream->is_over = true;
    for (size_t b = 0; b < stream->n_blocks && stream->options.has_labels; b++) {
        struct block *block = stream->blocks[b];
        struct generated *generated = &block->generated;
        for (uint32_t i = 0; i < generated->traces.n_traces; i++) {
            if (block->left[i] == 0 || block->left[i] == trace_set_len(&generated->traces, i))
                continue;
            if (block->root_lines[i] == 0)
                generated->kinds[i] = ANOMALY_NONE;
            write_trace_label(generated, i, true, block->root_lines[i], &stream->labels);
        }
    }
    return give(stream, INT64_MAX, out, err);
}

/* ---- making -------------------------------------------------------------------------------------------------------
 */

/* How fast it goes, and so how long a trace may last and how many make a block. */
static int set_pace(struct stream *stream, struct lw_error *err)
{
    struct schedule *schedule = &stream->generator.schedule;
    double length = generate_mean_length(stream->blueprint), rate = stream->constraints.record_rate;
    if (isnan(rate))
        rate = schedule_rate(schedule) * length;
    if (!(rate > 0))
        return fail(err, LW_ERR_USAGE,
                    "how fast records come cannot be learned from a log without times or of one trace alone; "
                    "say it, such as --rate 100/s");
    double longest_us = STREAM_RECORDS / rate * 1e6, traces = BLOCK_RECORDS / length;
    schedule->longest_us = longest_us < 9e18 ? (int64_t)longest_us : INT64_MAX;
    stream->start_us = schedule->first_us;
    stream->gap_us = 1e6 / rate;
    stream->block_traces = (size_t)fmin(fmax(traces, MIN_TRACES), MAX_TRACES);
    return 0;
}

static int init(struct stream *stream, const char *method, const struct lw_run *run, struct lw_error *err)
{
    struct generated nothing = {.first_trace = 0};
    struct generated_log log = {stream->blueprint, &nothing, NULL};
    if (strcmp(method, "llm") == 0)
        return fail(err, LW_ERR_USAGE,
                    "method llm asks a server for each trace, which cannot go on for ever; machine, "
                    "random, template, ngram, oversample and smote can");
    int rc = generator_init(&stream->generator, stream->blueprint, &stream->constraints, method, err);
    if (rc == 0)
        rc = set_pace(stream, err);
    if (rc == 0)
        rc = line_maker_new(&log, stream->options.as, stream->options.format, &stream->maker, err);
    stream->run = run;
    return rc;
}

int stream_new(const struct blueprint *blueprint, const struct lw_constraints *constraints, const char *method,
               const struct lw_stream_options *options, const struct lw_run *run, struct stream **out,
               struct lw_error *err)
{
    struct stream *stream = alloc_zeroed(1, sizeof *stream);
    if (stream == NULL)
        return fail_memory(err, "generating a stream");
    stream->blueprint = blueprint;
    stream->constraints = *constraints;
    stream->options = *options;
    if (options->start_us != LW_NO_TIME)
        stream->constraints.start_us = options->start_us;
    int rc = init(stream, method, run, err);
    if (rc != 0) {
        stream_free(stream);
        return rc;
    }
    *out = stream;
    return 0;
}

void stream_free(struct stream *stream)
{
    if (stream == NULL)
        return;
    while (stream->n_blocks > 0)
        close_block(stream, stream->n_blocks - 1);
    free(stream->blocks);
    line_maker_free(stream->maker);
    generator_release(&stream->generator);
    buf_release(&stream->text);
    buf_release(&stream->labels);
    buf_release(&stream->record_labels);
    free(stream);
}
