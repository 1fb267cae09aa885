/*
 * A thread that completes a block joins it, and all complete ones behind it, if it is the next in order and nobody else
 * is joining; otherwise it leaves it to the one who is. So joining overlaps with reading, and only blocks that wait for
 * an earlier one take memory. Joining all blocks at the end was rejected: it holds the results of the whole log twice.
 */
#include "learn/scan.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/executor.h"
#include "base/fail.h"
#include "learn/symbols.h"
#include "learn/trace_stages.h"
#include "log/reader.h"

struct pass {
    const struct scan *scan;
    bool *is_symbolic;           /* [sources] */
    struct trace_stages *stages; /* NULL: a record's keys are those that the rule finds in it */
    pthread_mutex_t lock;
    void **done; /* [n] results of complete blocks until they are joined */
    size_t n, next;
    bool is_joining;
    pthread_cond_t has_joined; /* or failed */
    size_t error_index;        /* block of the error kept, the lowest that failed; n = none */
    struct lw_error error;
};

static int keep_error(struct pass *pass, size_t index, int code, const struct lw_error *err)
{
    pthread_mutex_lock(&pass->lock);
    if (index < pass->error_index) {
        pass->error_index = index;
        pass->error = *err;
    }
    pthread_cond_broadcast(&pass->has_joined);
    pthread_mutex_unlock(&pass->lock);
    return code;
}

static int visit_records(const struct pass *pass, size_t index, void *block, struct lw_reader *reader,
                         struct trace_keys *keys, struct lw_error *err)
{
    const struct scan *scan = pass->scan;
    uint64_t at = ((uint64_t)index + scan->first / SCAN_BLOCK) * SCAN_BLOCK, end = at + SCAN_BLOCK;
    uint32_t source_index = UINT32_MAX;
    struct lw_source source = {.path = {NULL, 0}};
    bool needs_fields = scan->needs_fields || (pass->stages == NULL && trace_rule_needs_fields(scan->rule));
    int code = 0;

    if (end > lw_log_count(scan->log))
        end = lw_log_count(scan->log);
    if (at < scan->first)
        at = scan->first;
    for (; at < end && code == 0; at++) {
        struct lw_record record;
        struct scan_item item = {at, &record, keys, false, true};

        if (scan->use != NULL && scan->use[at] == 0)
            continue;
        code = needs_fields ? lw_reader_get(reader, at, &record, err) : reader_get_message(reader, at, &record, err);
        if (code == 0 && record.source != source_index) {
            source_index = record.source;
            code = lw_log_source(scan->log, source_index, &source, err);
        }
        if (code == 0 && pass->stages != NULL)
            trace_stages_keys(pass->stages, at, keys);
        else if (code == 0)
            code = trace_rule_keys(scan->rule, &record, source.path, keys, err);
        if (code == 0) {
            item.is_symbol = pass->is_symbolic[record.source];
            item.has_event = !item.is_symbol || record.message_len > 0;
        }
        if (code == 0)
            code = scan->visit(scan->user, block, &item, err);
    }
    return code;
}

static void release(const struct scan *scan, void *block)
{
    scan->release(block);
    free(block);
}

/* Takes over a complete block and joins what can be joined. */
static int deliver(struct pass *pass, size_t index, void *block)
{
    struct lw_error err = {LW_OK, ""};
    int code = 0;

    pthread_mutex_lock(&pass->lock);
    pass->done[index] = block;
    if (!pass->is_joining) {
        pass->is_joining = true;
        while (code == 0 && pass->next < pass->n && pass->done[pass->next] != NULL) {
            void *ready = pass->done[pass->next];

            pass->done[pass->next++] = NULL;
            pthread_mutex_unlock(&pass->lock);
            code = pass->scan->join(pass->scan->user, ready, &err);
            release(pass->scan, ready);
            pthread_mutex_lock(&pass->lock);
            pthread_cond_broadcast(&pass->has_joined);
        }
        pass->is_joining = code != 0; /* after a failure nothing may be joined any more */
    }
    pthread_mutex_unlock(&pass->lock);
    return code == 0 ? 0 : keep_error(pass, index, code, &err);
}

/* Tasks are given out in order, so the one that all wait for is being worked on. */
static int wait_for_turn(struct pass *pass, size_t index)
{
    int code;

    if (pass->scan->window == 0)
        return 0;
    pthread_mutex_lock(&pass->lock);
    while (index - pass->next >= pass->scan->window && pass->error_index == pass->n)
        pthread_cond_wait(&pass->has_joined, &pass->lock);
    code = pass->error_index == pass->n ? 0 : (int)pass->error.code;
    pthread_mutex_unlock(&pass->lock);
    return code;
}

static int read_block(void *arg, size_t index)
{
    struct pass *pass = arg;
    struct lw_error err = {LW_OK, ""};
    struct lw_reader *reader = NULL;
    struct trace_keys keys;
    int code = wait_for_turn(pass, index);
    void *block;

    if (code != 0)
        return code;
    block = alloc_zeroed(1, pass->scan->block_size);
    code = block == NULL ? fail_memory(&err, pass->scan->phase) : lw_reader_new(pass->scan->log, &reader, &err);

    if (code == 0) {
        trace_keys_init(&keys);
        code = visit_records(pass, index, block, reader, &keys, &err);
        trace_keys_release(&keys);
        lw_reader_free(reader);
    }
    if (code == 0)
        return deliver(pass, index, block);
    if (block != NULL)
        release(pass->scan, block);
    return keep_error(pass, index, code, &err);
}

int scan_run(const struct scan *scan, const struct lw_run *run, struct lw_error *err)
{
    struct pass pass = {.scan = scan, .lock = PTHREAD_MUTEX_INITIALIZER, .has_joined = PTHREAD_COND_INITIALIZER};
    int code;

    pass.n = (size_t)((lw_log_count(scan->log) + SCAN_BLOCK - 1) / SCAN_BLOCK - scan->first / SCAN_BLOCK);
    pass.error_index = pass.n;
    code = symbols_find(scan->log, &pass.is_symbolic, err);
    if (code == 0 && trace_rule_is_staged(scan->rule) && !scan->is_unfollowed)
        code = trace_stages_find(scan->log, scan->rule, run, &pass.stages, err);
    if (code == 0 && (pass.done = alloc_zeroed(pass.n, sizeof *pass.done)) == NULL)
        code = fail_memory(err, scan->phase);
    if (code != 0) {
        trace_stages_free(pass.stages);
        free(pass.is_symbolic);
        return code;
    }
    code = executor_run(run, scan->phase, pass.n, read_block, &pass);
    for (size_t i = 0; i < pass.n; i++)
        if (pass.done[i] != NULL)
            release(scan, pass.done[i]);
    free(pass.done);
    free(pass.is_symbolic);
    trace_stages_free(pass.stages);
    pthread_cond_destroy(&pass.has_joined);
    pthread_mutex_destroy(&pass.lock);
    if (code == LW_ERR_CANCELLED)
        return fail(err, LW_ERR_CANCELLED, "cancelled");
    if (code != 0 && err != NULL)
        *err = pass.error;
    return code;
}
