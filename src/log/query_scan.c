/*
 * A task takes a chunk of records through three sieves, unless its times and levels leave it out. The first evaluates
 * the query on columns alone. What it leaves open is read in large pieces, each as long as open records follow each
 * other closely; where the query demands a fixed text, the piece is searched for it at one go, and a place found leads
 * to its record by halving. Only those records are evaluated in full. Reading and searching record by record costs as
 * much again as the search itself, and mapping files is out of the question, since logs shrink under their readers.
 *
 * Chunks are run in waves, and what a wave found is handed out in order before the next one starts: the first waves are
 * short, so that first results come soon, later ones long, so that threads do not wait for each other. Records of a
 * source stand in the order of their offsets, whatever the order of sources; so a chunk sorted by (source, offset)
 * gives pieces that follow each other in the file.
 */
#include "log/query_scan.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/executor.h"
#include "base/fail.h"
#include "log/query_span.h"

#define CHUNK     16384u       /* records of a task */
#define PIECE     (256u << 10) /* bytes read at once: what stays in the nearer caches */
#define GAP       (16u << 10)  /* bytes of no interest that are read rather than skipped */
#define LONG_WAVE 64u          /* tasks */

struct candidate {
    uint64_t offset;
    uint32_t len, index; /* index: from the task's first record */
    uint16_t source, epoch;
};

/* What a task needs; handed from task to task. */
struct worker {
    struct worker *next;
    struct query_view view;
    struct lw_reader *reader; /* for `sequences`; NULL until needed */
    char *text;
    size_t cap;
    uint8_t hit[CHUNK];
    struct candidate candidates[CHUNK];
};

struct task {
    uint64_t *records;
    size_t n;
    uint64_t over_limit;
};

struct scan {
    const struct query_bound *bound;
    uint64_t from, to; /* of the wave */
    struct task tasks[LONG_WAVE];
    pthread_mutex_t lock; /* guards: */
    struct worker *idle;
    struct lw_error err; /* of the first task that failed */
    bool has_failed;
    /* progress over all waves */
    const struct lw_run *run;
    uint64_t done, total;
};

/* ---- workers -------------------------------------------------------------------------------------------------- */

static void free_worker(struct worker *worker)
{
    query_view_release(&worker->view);
    lw_reader_free(worker->reader);
    free(worker->text);
    free(worker);
}

static int take_worker(struct scan *scan, struct worker **out, struct lw_error *err)
{
    pthread_mutex_lock(&scan->lock);
    struct worker *worker = scan->idle;
    if (worker != NULL)
        scan->idle = worker->next;
    pthread_mutex_unlock(&scan->lock);
    if (worker == NULL) {
        worker = alloc_array(1, sizeof *worker);
        if (worker == NULL)
            return fail_memory(err, "searching");
        worker->reader = NULL;
        worker->text = NULL;
        worker->cap = 0;
        int code = query_view_init(&worker->view, err);
        if (code != 0) {
            free(worker);
            return code;
        }
    }
    *out = worker;
    return 0;
}

static void give_worker(struct scan *scan, struct worker *worker)
{
    pthread_mutex_lock(&scan->lock);
    worker->next = scan->idle;
    scan->idle = worker;
    pthread_mutex_unlock(&scan->lock);
}

/* ---- one task ------------------------------------------------------------------------------------------------- */

static int compare_candidates(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    if (x->epoch != y->epoch)
        return x->epoch < y->epoch ? -1 : 1;
    if (x->offset != y->offset)
        return x->offset < y->offset ? -1 : 1;
    return x->index < y->index ? -1 : 1;
}

/* The first sieve. Returns the number of candidates, in the order of (source, offset). */
static size_t sieve_columns(const struct query_bound *bound, struct worker *worker, uint64_t from, size_t n)
{
    size_t n_open = 0;
    bool is_sorted = true;
    for (size_t i = 0; i < n; i++) {
        struct store_row row;
        log_row(bound->log, from + i, &row);
        query_view_row(&worker->view, from + i, &row);
        enum query_answer answer = query_eval(bound, &worker->view);
        worker->hit[i] = answer == QUERY_YES;
        if (answer != QUERY_OPEN)
            continue;
        struct candidate *open = &worker->candidates[n_open];
        *open = (struct candidate){row.offset, row.len, (uint32_t)i, row.source, row.epoch};
        if (n_open > 0 && compare_candidates(open - 1, open) > 0)
            is_sorted = false;
        n_open++;
    }
    if (!is_sorted)
        qsort(worker->candidates, n_open, sizeof worker->candidates[0], compare_candidates);
    return n_open;
}

static void judge(const struct query_bound *bound, struct worker *worker, uint64_t from,
                  const struct candidate *candidate, struct lw_bytes raw, const struct lw_record *cut)
{
    struct store_row row;
    log_row(bound->log, from + candidate->index, &row);
    query_view_row(&worker->view, from + candidate->index, &row);
    query_view_text(&worker->view, raw, cut);
    worker->hit[candidate->index] = query_eval(bound, &worker->view) == QUERY_YES;
}

/* A `sequences` line gives many records, whose text is put together by the reader. */
static int judge_sequence(const struct query_bound *bound, struct worker *worker, uint64_t from,
                          const struct candidate *candidate, struct lw_error *err)
{
    struct lw_record record;
    int code = worker->reader == NULL ? lw_reader_new(bound->log, &worker->reader, err) : 0;
    if (code == 0)
        code = lw_reader_get(worker->reader, from + candidate->index, &record, err);
    if (code == 0)
        judge(bound, worker, from, candidate, record.raw, &record);
    return code;
}

/* How many of the n candidates lie in one piece that is worth reading whole; *bytes is its length. */
static size_t measure_piece(const struct candidate *candidates, size_t n, size_t *bytes)
{
    uint64_t start = candidates[0].offset, end = start + candidates[0].len;
    size_t count = 1;
    for (; count < n; count++) {
        const struct candidate *next = &candidates[count];
        uint64_t next_end = next->offset + next->len;
        if (next->source != candidates[0].source || next->epoch != candidates[0].epoch || next->offset < end ||
            next->offset - end > GAP || next_end - start > PIECE)
            break;
        end = next_end;
    }
    *bytes = (size_t)(end - start);
    return count;
}

/* Index of the last candidate that starts at or before the offset. */
static size_t candidate_at(const struct candidate *candidates, size_t n, uint64_t offset)
{
    size_t low = 0, high = n;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (candidates[middle].offset <= offset)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static void judge_piece(const struct query_bound *bound, struct worker *worker, uint64_t from,
                        const struct candidate *candidates, size_t n, size_t len)
{
    const struct literal *driver = bound->driver;
    uint64_t start = candidates[0].offset;
    size_t at = 0;
    for (size_t i = 0; i < n;) {
        size_t place = (size_t)(candidates[i].offset - start), end = place + candidates[i].len;
        if (driver != NULL) {
            size_t found = literal_find(driver, worker->text, len, at);
            if (found == SIZE_MAX)
                return;
            i += candidate_at(candidates + i, n - i, start + found);
            place = (size_t)(candidates[i].offset - start);
            end = place + candidates[i].len;
            if (found < place || found + driver->len > end) { /* between records, or across the end of one */
                at = found + 1;
                continue;
            }
            at = end;
        }
        size_t there = place < len ? len - place : 0; /* a source may have shrunk */
        size_t record_len = end - place < there ? end - place : there;
        judge(bound, worker, from, &candidates[i], (struct lw_bytes){worker->text + place, record_len}, NULL);
        i++;
    }
}

static int read_piece(const struct query_bound *bound, struct worker *worker, const struct candidate *first, size_t len,
                      size_t *got, struct lw_error *err)
{
    size_t cap = len > PIECE ? len : PIECE;
    if (cap > worker->cap) {
        free(worker->text);
        worker->text = alloc_array(cap, 1);
        worker->cap = worker->text != NULL ? cap : 0;
        if (worker->text == NULL)
            return fail_memory(err, "searching");
    }
    struct lw_error own;
    const struct log_text *text = bound->log->sources[first->source].epochs[first->epoch].text;
    int code = source_read(&text->source, first->offset, worker->text, len, got, &own);
    if (code == LW_ERR_NOT_FOUND) { /* truncated away: there is nothing to match */
        *got = 0;
        return 0;
    }
    if (code != 0 && err != NULL)
        *err = own;
    return code;
}

static bool is_sequence(const struct lw_log *log, uint16_t source)
{
    return format_is_sequences(log->sources[source].epochs[0].text->format.items[0].index);
}

static int sieve_text(const struct query_bound *bound, struct worker *worker, uint64_t from, size_t n,
                      struct lw_error *err)
{
    int code = 0;
    for (size_t i = 0; i < n && code == 0;) {
        const struct candidate *candidates = &worker->candidates[i];
        size_t len, got, count;
        if (is_sequence(bound->log, candidates[0].source)) {
            code = judge_sequence(bound, worker, from, candidates, err);
            i++;
            continue;
        }
        count = measure_piece(candidates, n - i, &len);
        code = read_piece(bound, worker, candidates, len, &got, err);
        if (code == 0)
            judge_piece(bound, worker, from, candidates, count, got);
        i += count;
    }
    return code;
}

static int collect(struct worker *worker, uint64_t from, size_t n, struct task *task, struct lw_error *err)
{
    size_t hits = 0;
    for (size_t i = 0; i < n; i++)
        hits += worker->hit[i];
    if (hits == 0)
        return 0;
    task->records = alloc_array(hits, sizeof *task->records);
    if (task->records == NULL)
        return fail_memory(err, "searching");
    for (size_t i = 0; i < n; i++)
        if (worker->hit[i])
            task->records[task->n++] = from + i;
    return 0;
}

static int run_task(void *arg, size_t index)
{
    struct scan *scan = arg;
    struct worker *worker = NULL;
    struct lw_error err = {LW_OK, ""};
    uint64_t from = scan->from + index * CHUNK;
    size_t n = scan->to - from < CHUNK ? (size_t)(scan->to - from) : CHUNK;
    if (query_excludes(scan->bound, from, n))
        return 0;
    int code = take_worker(scan, &worker, &err);
    if (code == 0) {
        worker->view.over_limit = 0;
        worker->view.failure = 0;
        size_t n_open = sieve_columns(scan->bound, worker, from, n);
        code = sieve_text(scan->bound, worker, from, n_open, &err);
        if (code == 0 && worker->view.failure != 0)
            code =
                fail(&err, (enum lw_code)worker->view.failure, "searching: out of memory, or a record cannot be cut");
        if (code == 0)
            code = collect(worker, from, n, &scan->tasks[index], &err);
        scan->tasks[index].over_limit = worker->view.over_limit;
        give_worker(scan, worker);
    }
    if (code != 0) {
        pthread_mutex_lock(&scan->lock);
        if (!scan->has_failed)
            scan->err = err;
        scan->has_failed = true;
        pthread_mutex_unlock(&scan->lock);
    }
    return code;
}

/* ---- waves ---------------------------------------------------------------------------------------------------- */

static int scan_init(struct scan *scan, const struct query_bound *bound, const struct lw_run *run, uint64_t total,
                     struct lw_error *err)
{
    *scan = (struct scan){.bound = bound, .run = run, .total = total};
    return pthread_mutex_init(&scan->lock, NULL) != 0 ? fail_memory(err, "searching") : 0;
}

static void scan_release(struct scan *scan)
{
    while (scan->idle != NULL) {
        struct worker *worker = scan->idle;
        scan->idle = worker->next;
        free_worker(worker);
    }
    pthread_mutex_destroy(&scan->lock);
}

static void pass_progress(void *user, const char *phase, uint64_t done, uint64_t total)
{
    const struct scan *scan = user;
    uint64_t records = scan->done + done * CHUNK;
    (void)total;
    run_progress(scan->run, phase, records < scan->total ? records : scan->total, scan->total);
}

/* Runs the records from .. to - 1, at most LONG_WAVE tasks, and leaves what they found in scan->tasks. */
static int run_wave(struct scan *scan, uint64_t from, uint64_t to, size_t *n_tasks, struct lw_error *err)
{
    struct lw_run run = {LW_OPTIONS_VERSION, NULL, NULL, pass_progress, scan};
    if (scan->run != NULL) {
        run.executor = scan->run->executor;
        run.cancel = scan->run->cancel;
    }
    scan->from = from;
    scan->to = to;
    *n_tasks = (size_t)((to - from + CHUNK - 1) / CHUNK);
    memset(scan->tasks, 0, *n_tasks * sizeof scan->tasks[0]);
    int code = executor_run(&run, "searching", *n_tasks, run_task, scan);
    scan->done += to - from;
    if (code == LW_ERR_CANCELLED)
        return fail(err, LW_ERR_CANCELLED, "cancelled");
    return code != 0 ? fail(err, (enum lw_code)code, "%s", scan->err.text) : 0;
}

static void free_tasks(struct scan *scan, size_t n_tasks)
{
    for (size_t i = 0; i < n_tasks; i++)
        free(scan->tasks[i].records);
}

/* Says what the user should know of fields that no record has, and of matching that was given up. */
static void describe_total(const struct query_bound *bound, struct lw_query_total *total)
{
    total->note[0] = '\0';
    if (total->over_limit > 0) {
        snprintf(total->note, sizeof total->note,
                 "%llu record%s passed the limit of matching work, and count as no match; make the expression simpler",
                 (unsigned long long)total->over_limit, total->over_limit == 1 ? "" : "s");
        return;
    }
    for (size_t i = 0; i < bound->query->n_terms && total->matched == 0 && total->searched > 0; i++) {
        const struct query_term *term = &bound->query->terms[i];
        if (term->name != NULL && !atomic_load_explicit(&bound->sets[i].is_found, memory_order_relaxed)) {
            struct lw_error printable;
            fail(&printable, LW_ERR_NOT_FOUND, "no record that was asked for %.60s has it", term->name);
            snprintf(total->note, sizeof total->note, "%.200s", printable.text);
            return;
        }
    }
}

int query_scan(const struct query_bound *bound, uint64_t from, uint64_t to,
               int (*visit)(void *user, const uint64_t *records, size_t n), void *user, const struct lw_run *run,
               struct lw_query_total *total, struct lw_error *err)
{
    struct lw_query_total sum = {0};
    struct scan scan;
    size_t wave = run != NULL ? lw_executor_threads(run->executor) : 1, n_tasks = 0;
    uint64_t count = snapshot_count(bound->log->records);
    to = to < count ? to : count;
    from = from < to ? from : to;
    int code = scan_init(&scan, bound, run, to - from, err);
    if (code != 0)
        return code;
    for (uint64_t at = from; at < to && code == 0;) {
        wave = wave < LONG_WAVE ? wave : LONG_WAVE;
        uint64_t end = to - at > wave * CHUNK ? at + wave * CHUNK : to;
        code = run_wave(&scan, at, end, &n_tasks, err);
        for (size_t i = 0; i < n_tasks && code == 0; i++) {
            sum.matched += scan.tasks[i].n;
            sum.over_limit += scan.tasks[i].over_limit;
            if (scan.tasks[i].n > 0)
                code = visit(user, scan.tasks[i].records, scan.tasks[i].n);
        }
        free_tasks(&scan, n_tasks);
        sum.searched += end - at;
        at = end;
        wave *= 2;
    }
    scan_release(&scan);
    if (code == 0 && total != NULL) {
        describe_total(bound, &sum);
        *total = sum;
    }
    return code;
}

/* The nearest of what a wave found. */
static bool nearest(const struct scan *scan, size_t n_tasks, enum lw_direction direction, uint64_t *record)
{
    for (size_t i = 0; i < n_tasks; i++) {
        const struct task *task = &scan->tasks[direction == LW_FORWARD ? i : n_tasks - 1 - i];
        if (task->n > 0) {
            *record = task->records[direction == LW_FORWARD ? 0 : task->n - 1];
            return true;
        }
    }
    return false;
}

int query_scan_find(const struct query_bound *bound, uint64_t from, enum lw_direction direction,
                    const struct lw_run *run, uint64_t *record, struct lw_error *err)
{
    uint64_t count = snapshot_count(bound->log->records), step = 256, found = LW_NO_RECORD;
    struct scan scan;
    size_t n_tasks = 0;
    if (direction == LW_BACKWARD)
        from = count == 0 ? 0 : from < count ? from + 1 : count; /* the end of what is left to search */
    uint64_t left = direction == LW_BACKWARD ? from : from < count ? count - from : 0;
    int code = scan_init(&scan, bound, run, left, err);
    if (code != 0)
        return code;
    while (left > 0 && code == 0 && found == LW_NO_RECORD) {
        uint64_t n = left < step ? left : step, start = direction == LW_BACKWARD ? left - n : count - left;
        code = run_wave(&scan, start, start + n, &n_tasks, err);
        if (code == 0)
            nearest(&scan, n_tasks, direction, &found);
        free_tasks(&scan, n_tasks);
        left -= n;
        step = step * 4 < (uint64_t)CHUNK * LONG_WAVE ? step * 4 : (uint64_t)CHUNK * LONG_WAVE;
    }
    scan_release(&scan);
    if (code == 0)
        *record = found;
    return code;
}
