/*
 * Lines are made in blocks of fixed size, a batch of blocks in parallel, and written in order, so a log of any length
 * needs the memory of one batch.
 */
#include "generate/write.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/executor.h"
#include "base/fail.h"
#include "generate/outfile.h"

#define BLOCK 1024 /* lines */
#define BATCH 64   /* blocks */

struct writing {
    const struct generated_log *log;
    /* Appends line `index` with its line end. */
    int (*line)(const struct writing *writing, size_t index, struct render_scratch *scratch, struct buf *out,
                struct lw_error *err);
    size_t n_lines;
    bool is_symbolic;      /* events are printed as the symbols they were */
    bool is_escaped;       /* messages stand in the source as JSON strings do */
    const char *unknown;   /* symbol that no template has */
    size_t first_block;    /* of the batch */
    struct buf *blocks;    /* [BATCH] */
    struct lw_error *errs; /* [BATCH] */
};

/* ---- one line of each kind ----------------------------------------------------------------------------------------
 */

static int text_line(const struct writing *writing, size_t index, struct render_scratch *scratch, struct buf *out,
                     struct lw_error *err)
{
    const struct renderer *renderer = writing->log->renderer;
    int rc = render_record(renderer, renderer_event(renderer, index), scratch, err);
    buf_add(out, scratch->text.data, scratch->text.len);
    buf_add_byte(out, '\n');
    return rc;
}

static void add_time(struct buf *out, int64_t time_us)
{
    int64_t second = time_us / 1000000, below = time_us % 1000000;
    if (below < 0) {
        below += 1000000;
        second--;
    }
    time_t clock = (time_t)second;
    struct tm tm;
    char text[40];
    if (time_us == LW_NO_TIME || gmtime_r(&clock, &tm) == NULL ||
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm) == 0)
        buf_add_text(out, "null");
    else
        buf_printf(out, "\"%s.%06dZ\"", text, (int)below);
}

/* Length of the JSON escape at text[0] == '\\', or 0 if it is none. */
static size_t escape_len(const char *text, size_t len)
{
    if (len >= 2 && strchr("\"\\/bfnrt", text[1]) != NULL && text[1] != 0)
        return 2;
    if (len < 6 || text[1] != 'u')
        return 0;
    for (size_t i = 2; i < 6; i++)
        if (strchr("0123456789abcdefABCDEF", text[i]) == NULL || text[i] == 0)
            return 0;
    return 6;
}

/* What stood inside the quotes of a JSON string goes back as it is; what broke by being put together is escaped. */
static void add_escaped(struct buf *out, const char *text, size_t len)
{
    struct buf quoted = BUF_INIT;
    buf_add_byte(out, '"');
    for (size_t i = 0, from = 0; i <= len; i++) {
        size_t escape = i < len && text[i] == '\\' ? escape_len(text + i, len - i) : 0;
        if (i < len && escape == 0)
            continue;
        buf_clear(&quoted);
        buf_add_json(&quoted, text + from, i - from);
        if (buf_status(&quoted) != 0)
            out->has_failed = true;
        else
            buf_add(out, quoted.data + 1, quoted.len - 2);
        if (escape > 0)
            buf_add(out, text + i, escape);
        from = i + escape;
        i += escape > 0 ? escape - 1 : 0;
    }
    buf_add_byte(out, '"');
    buf_release(&quoted);
}

static int jsonl_line(const struct writing *writing, size_t index, struct render_scratch *scratch, struct buf *out,
                      struct lw_error *err)
{
    const struct renderer *renderer = writing->log->renderer;
    const struct trace_set *set = &writing->log->generated->traces;
    size_t event = renderer_event(renderer, index);
    struct lw_bytes name = intern_get(&set->names, (uint32_t)renderer_trace(renderer, event));
    int rc = render_record(renderer, event, scratch, err);
    if (rc != 0)
        return rc;
    const char *level = lw_level_name(scratch->level);
    buf_add_text(out, "{\"timestamp\": ");
    add_time(out, set->times_us[event]);
    buf_add_text(out, ", \"service\": ");
    buf_add_json(out, scratch->component.data, scratch->component.len);
    buf_add_text(out, ", \"level\": ");
    if (*level == 0)
        buf_add_text(out, "null");
    else
        buf_add_json(out, level, strlen(level));
    buf_add_text(out, ", \"message\": ");
    (writing->is_escaped ? add_escaped : buf_add_json)(out, scratch->text.data + scratch->message_start,
                                                       scratch->message_len);
    buf_add_text(out, ", \"trace\": ");
    buf_add_json(out, name.data, name.len);
    if (set->templates[event] == LW_TEMPLATE_UNKNOWN)
        buf_add_text(out, ", \"template\": null}\n");
    else
        buf_printf(out, ", \"template\": \"E%u\"}\n", set->templates[event]);
    return 0;
}

static void add_symbol(const struct writing *writing, uint32_t id, struct buf *out)
{
    const struct templates *templates = writing->log->blueprint->templates;
    ptrdiff_t index = id == LW_TEMPLATE_UNKNOWN ? -1 : templates_index(templates, id);
    if (!writing->is_symbolic)
        buf_printf(out, "%u", id);
    else if (index < 0)
        buf_add_text(out, writing->unknown);
    else
        buf_add(out, templates->items[index].text.data, templates->items[index].text.len);
}

static int sequence_line(const struct writing *writing, size_t index, struct render_scratch *scratch, struct buf *out,
                         struct lw_error *err)
{
    (void)scratch;
    (void)err;
    const struct generated *generated = writing->log->generated;
    const struct trace_set *set = &generated->traces;
    struct lw_bytes name = intern_get(&set->names, (uint32_t)index);
    buf_add_text(out, generated->kinds[index] == ANOMALY_NONE ? "0\t" : "1\t");
    for (size_t i = set->first[index]; i < set->first[index + 1]; i++) {
        if (i > set->first[index])
            buf_add_byte(out, ' ');
        add_symbol(writing, set->templates[i], out);
    }
    buf_add_byte(out, '\t');
    buf_add(out, name.data, name.len);
    buf_add_byte(out, '\n');
    return 0;
}

/* ---- blocks -------------------------------------------------------------------------------------------------------
 */

static int write_block(void *arg, size_t index)
{
    struct writing *writing = arg;
    struct buf *out = &writing->blocks[index];
    size_t first = (writing->first_block + index) * BLOCK;
    struct render_scratch scratch;
    render_scratch_init(&scratch);
    buf_clear(out);
    int rc = 0;
    for (size_t i = first; i < first + BLOCK && i < writing->n_lines && rc == 0; i++)
        rc = writing->line(writing, i, &scratch, out, &writing->errs[index]);
    if (rc == 0 && buf_status(out) != 0)
        rc = fail_memory(&writing->errs[index], "writing the log");
    render_scratch_release(&scratch);
    return rc;
}

static int write_batch(struct writing *writing, const struct lw_run *run, size_t n, const struct write_sink *sink,
                       struct lw_error *err)
{
    for (size_t i = 0; i < n; i++)
        writing->errs[i].code = LW_OK;
    struct lw_run quiet = run != NULL ? *run : (struct lw_run){.version = LW_OPTIONS_VERSION};
    quiet.progress = NULL; /* this call reports for all batches together */
    int rc = executor_run(&quiet, "writing the log", n, write_block, writing);
    if (rc == LW_ERR_CANCELLED)
        return run_check(run, err);
    for (size_t i = 0; i < n && rc != 0; i++)
        if (writing->errs[i].code != LW_OK)
            return fail(err, writing->errs[i].code, "%s", writing->errs[i].text);
    for (size_t i = 0; i < n && rc == 0; i++)
        rc = sink->put(sink->to, writing->blocks[i].data, writing->blocks[i].len, err);
    return rc;
}

static int write_lines(struct writing *writing, const struct write_sink *sink, const struct lw_run *run,
                       struct lw_error *err)
{
    size_t n_blocks = (writing->n_lines + BLOCK - 1) / BLOCK;
    int rc = 0;
    for (writing->first_block = 0; writing->first_block < n_blocks && rc == 0; writing->first_block += BATCH) {
        size_t left = n_blocks - writing->first_block;
        run_progress(run, "writing the log", writing->first_block, n_blocks);
        rc = write_batch(writing, run, left < BATCH ? left : BATCH, sink, err);
    }
    return rc;
}

/* ---- kinds --------------------------------------------------------------------------------------------------------
 */

static const struct shape {
    const char *name;
    int (*line)(const struct writing *writing, size_t index, struct render_scratch *scratch, struct buf *out,
                struct lw_error *err);
    bool is_by_trace; /* a line a trace, not an event */
} shapes[] = {
    {"text", text_line, false},
    {"jsonl", jsonl_line, false},
    {"sequences", sequence_line, true},
};
#define N_SHAPES  (sizeof shapes / sizeof *shapes)
#define SEQUENCES (&shapes[2])

static bool has_symbol(const struct templates *templates, const char *symbol)
{
    for (size_t i = 0; i < templates->n; i++)
        if (templates->items[i].text.len == strlen(symbol) &&
            memcmp(templates->items[i].text.data, symbol, strlen(symbol)) == 0)
            return true;
    return false;
}

static void begin(struct writing *writing, const struct generated_log *log, const struct shape *shape)
{
    static const char *const unknowns[] = {"unknown", "never-seen", "?", "unknown-symbol"};
    *writing = (struct writing){.log = log, .is_symbolic = log->blueprint->is_symbolic};
    if (writing->is_symbolic && shape == &shapes[0])
        shape = SEQUENCES;
    size_t i = 0;
    while (i + 1 < sizeof unknowns / sizeof *unknowns && has_symbol(log->blueprint->templates, unknowns[i]))
        i++;
    writing->unknown = unknowns[i];
    writing->line = shape->line;
    writing->n_lines = shape->is_by_trace ? log->generated->traces.n_traces : log->generated->traces.n_events;
    writing->is_escaped = log->blueprint->is_escaped;
}

int write_to(const struct generated_log *log, const char *as, const struct write_sink *sink, const struct lw_run *run,
             struct lw_error *err)
{
    const struct shape *shape = NULL;
    for (size_t i = 0; i < N_SHAPES; i++)
        if (strcmp(shapes[i].name, as) == 0)
            shape = &shapes[i];
    if (shape == NULL)
        return fail(err, LW_ERR_USAGE, "a log cannot be written as \"%.50s\"; text, jsonl and sequences are there", as);
    struct writing writing;
    begin(&writing, log, shape);
    writing.blocks = alloc_zeroed(BATCH, sizeof *writing.blocks);
    writing.errs = alloc_zeroed(BATCH, sizeof *writing.errs);
    int rc = writing.blocks == NULL || writing.errs == NULL ? fail_memory(err, "writing the log")
                                                            : write_lines(&writing, sink, run, err);
    for (size_t i = 0; i < BATCH && writing.blocks != NULL; i++)
        buf_release(&writing.blocks[i]);
    free(writing.blocks);
    free(writing.errs);
    return rc;
}

static int put_in_file(void *to, const void *data, size_t len, struct lw_error *err)
{
    return outfile_write(to, data, len, err);
}

int write_log(const struct generated_log *log, const char *as, const char *path, const struct lw_run *run,
              struct lw_error *err)
{
    struct outfile file;
    int rc = outfile_open(&file, path, err);
    if (rc != 0)
        return rc;
    rc = write_to(log, as, &(struct write_sink){put_in_file, &file}, run, err);
    if (rc == 0)
        return outfile_commit(&file, err);
    outfile_abort(&file);
    return rc;
}

int write_labels(const struct generated *generated, const char *path, struct lw_error *err)
{
    struct buf text = BUF_INIT;
    buf_add_text(&text, "trace,label\n");
    for (uint32_t i = 0; i < generated->traces.n_traces; i++) {
        struct lw_bytes name = intern_get(&generated->traces.names, i);
        const char *kind = anomaly_name((enum anomaly)generated->kinds[i]);
        buf_add_csv(&text, name.data, name.len);
        buf_printf(&text, ",%s\n", *kind == 0 ? "normal" : kind);
    }
    int rc = buf_status(&text) == 0 ? outfile_save(path, text.data, text.len, err) : fail_memory(err, "writing labels");
    buf_release(&text);
    return rc;
}

int write_sample(const struct generated_log *log, size_t max_bytes, struct buf *out, struct lw_error *err)
{
    struct writing writing;
    struct render_scratch scratch;
    size_t whole = 0;
    int rc = 0;
    begin(&writing, log, &shapes[0]);
    render_scratch_init(&scratch);
    for (size_t i = 0; i < writing.n_lines && rc == 0 && out->len < max_bytes; i++) {
        rc = writing.line(&writing, i, &scratch, out, err);
        if (out->len <= max_bytes)
            whole = out->len;
    }
    render_scratch_release(&scratch);
    if (rc == 0 && buf_status(out) != 0)
        rc = fail_memory(err, "rendering a sample");
    if (rc == 0)
        out->len = whole;
    return rc;
}
