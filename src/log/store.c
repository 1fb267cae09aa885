#include "log/store.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "base/intern.h"

struct chunk {
    atomic_size_t owners;
    struct store_span span; /* once it is full */
    uint64_t offset[STORE_CHUNK];
    int64_t time_us[STORE_CHUNK];
    uint32_t len[STORE_CHUNK], line[STORE_CHUNK], message[STORE_CHUNK];
    uint16_t source[STORE_CHUNK], epoch[STORE_CHUNK], component[STORE_CHUNK];
    uint8_t level[STORE_CHUNK], format[STORE_CHUNK];
};

_Static_assert(sizeof(struct chunk) <=
                   sizeof(atomic_size_t) + sizeof(struct store_span) + (size_t)STORE_RECORD_BYTES * STORE_CHUNK + 8,
               "STORE_RECORD_BYTES is what the columns take");

/* Names of components: the store adds, snapshots keep the texts alive. */
struct names {
    atomic_size_t owners;
    struct intern intern;
};

struct store {
    struct chunk **chunks;
    size_t n_chunks, cap;
    uint64_t count, max_memory;
    struct names *names;
};

struct snapshot {
    atomic_size_t owners;
    struct chunk **chunks;
    size_t n_chunks;
    uint64_t count;          /* in chunks */
    struct store_row *extra; /* that stand behind them */
    size_t n_extra;
    struct names *names;
    struct lw_bytes *components; /* the store's own array may move while it grows */
    size_t n_components;
};

static void names_release(struct names *names)
{
    if (names == NULL || atomic_fetch_sub(&names->owners, 1) != 1)
        return;
    intern_release(&names->intern);
    free(names);
}

static void chunk_release(struct chunk *chunk)
{
    if (atomic_fetch_sub(&chunk->owners, 1) == 1)
        free(chunk);
}

int store_new(uint64_t max_memory, struct store **out, struct lw_error *err)
{
    struct store *store = alloc_zeroed(1, sizeof *store);
    struct names *names = alloc_zeroed(1, sizeof *names);
    if (store == NULL || names == NULL) {
        free(store);
        free(names);
        return fail_memory(err, "making a record store");
    }
    atomic_init(&names->owners, 1);
    names->intern = (struct intern)INTERN_INIT;
    store->names = names;
    store->max_memory = max_memory;
    *out = store;
    return 0;
}

void store_free(struct store *store)
{
    if (store == NULL)
        return;
    for (size_t i = 0; i < store->n_chunks; i++)
        chunk_release(store->chunks[i]);
    names_release(store->names);
    free(store->chunks);
    free(store);
}

static int add_chunk(struct store *store, struct lw_error *err)
{
    if (alloc_grow(&store->chunks, &store->cap, store->n_chunks + 1, sizeof *store->chunks) != 0)
        return fail_memory(err, "storing records");
    struct chunk *chunk = alloc_array(1, sizeof *chunk);
    if (chunk == NULL)
        return fail_memory(err, "storing records");
    atomic_init(&chunk->owners, 1);
    store->chunks[store->n_chunks++] = chunk;
    return 0;
}

void store_span_add(struct store_span *span, int64_t time_us, uint8_t level)
{
    if (time_us == LW_NO_TIME)
        return;
    if (time_us < span->first_us)
        span->first_us = time_us;
    if (time_us > span->last_us)
        span->last_us = time_us;
    span->levels[level < LW_LEVEL_COUNT ? level : LW_LEVEL_NONE]++;
}

static void measure_span(struct chunk *chunk)
{
    chunk->span = (struct store_span)STORE_SPAN_INIT;
    for (size_t i = 0; i < STORE_CHUNK; i++)
        store_span_add(&chunk->span, chunk->time_us[i], chunk->level[i]);
}

int store_add(struct store *store, const struct store_row *row, struct lw_error *err)
{
    size_t at = (size_t)(store->count % STORE_CHUNK);
    if (store->max_memory > 0 && store_bytes(store) + STORE_RECORD_BYTES > store->max_memory)
        return fail(err, LW_ERR_MEMORY,
                    "record %llu passes the memory bound of %llu bytes; raise it, or give less of the log",
                    (unsigned long long)store->count + 1, (unsigned long long)store->max_memory);
    if (at == 0) {
        int code = add_chunk(store, err);
        if (code != 0)
            return code;
    }
    struct chunk *chunk = store->chunks[store->n_chunks - 1];
    chunk->offset[at] = row->offset;
    chunk->time_us[at] = row->time_us;
    chunk->len[at] = row->len;
    chunk->line[at] = row->line;
    chunk->message[at] = row->message;
    chunk->source[at] = row->source;
    chunk->epoch[at] = row->epoch;
    chunk->component[at] = row->component;
    chunk->level[at] = row->level;
    chunk->format[at] = row->format;
    store->count++;
    if (at == STORE_CHUNK - 1)
        measure_span(chunk);
    return 0;
}

int store_component(struct store *store, const char *data, size_t len, uint16_t *id, struct lw_error *err)
{
    struct intern *intern = &store->names->intern;
    uint32_t found = intern_find(intern, data, len);
    if (found == INTERN_NONE && intern->count < STORE_NO_COMPONENT && intern_add(intern, data, len, &found) != 0)
        return fail_memory(err, "storing components");
    *id = found == INTERN_NONE ? STORE_NO_COMPONENT : (uint16_t)found;
    return 0;
}

uint64_t store_count(const struct store *store)
{
    return store->count;
}

uint64_t store_bytes(const struct store *store)
{
    return store->count * STORE_RECORD_BYTES;
}

/* ---- snapshots ------------------------------------------------------------------------------------------------ */

int store_snapshot(struct store *store, const struct store_row *extra, size_t n_extra, struct snapshot **out,
                   struct lw_error *err)
{
    const struct intern *intern = &store->names->intern;
    struct snapshot *snapshot = alloc_zeroed(1, sizeof *snapshot);
    struct chunk **chunks = alloc_array(store->n_chunks, sizeof *chunks);
    struct lw_bytes *components = alloc_array(intern->count, sizeof *components);
    struct store_row *rows = alloc_array(n_extra, sizeof *rows);
    if (snapshot == NULL || chunks == NULL || components == NULL || rows == NULL) {
        free(rows);
        free(snapshot);
        free(chunks);
        free(components);
        return fail_memory(err, "taking a snapshot");
    }
    atomic_init(&snapshot->owners, 1);
    snapshot->chunks = chunks;
    snapshot->n_chunks = store->n_chunks;
    snapshot->count = store->count;
    snapshot->extra = rows;
    snapshot->n_extra = n_extra;
    if (n_extra > 0)
        memcpy(rows, extra, n_extra * sizeof *rows);
    snapshot->names = store->names;
    snapshot->components = components;
    snapshot->n_components = intern->count;
    for (size_t i = 0; i < store->n_chunks; i++) {
        chunks[i] = store->chunks[i];
        atomic_fetch_add(&chunks[i]->owners, 1);
    }
    for (size_t i = 0; i < intern->count; i++)
        components[i] = intern_get(intern, (uint32_t)i);
    atomic_fetch_add(&store->names->owners, 1);
    *out = snapshot;
    return 0;
}

struct snapshot *snapshot_retain(struct snapshot *snapshot)
{
    atomic_fetch_add(&snapshot->owners, 1);
    return snapshot;
}

void snapshot_free(struct snapshot *snapshot)
{
    if (snapshot == NULL || atomic_fetch_sub(&snapshot->owners, 1) != 1)
        return;
    for (size_t i = 0; i < snapshot->n_chunks; i++)
        chunk_release(snapshot->chunks[i]);
    names_release(snapshot->names);
    free(snapshot->chunks);
    free(snapshot->components);
    free(snapshot->extra);
    free(snapshot);
}

uint64_t snapshot_count(const struct snapshot *snapshot)
{
    return snapshot->count + snapshot->n_extra;
}

uint64_t snapshot_bytes(const struct snapshot *snapshot)
{
    return snapshot->n_chunks * sizeof(struct chunk) + snapshot->n_extra * sizeof *snapshot->extra;
}

void snapshot_get(const struct snapshot *snapshot, uint64_t record, struct store_row *out)
{
    if (record >= snapshot->count) {
        *out = snapshot->extra[record - snapshot->count];
        return;
    }
    const struct chunk *chunk = snapshot->chunks[record / STORE_CHUNK];
    size_t at = (size_t)(record % STORE_CHUNK);
    *out = (struct store_row){.offset = chunk->offset[at],
                              .time_us = chunk->time_us[at],
                              .len = chunk->len[at],
                              .line = chunk->line[at],
                              .message = chunk->message[at],
                              .source = chunk->source[at],
                              .epoch = chunk->epoch[at],
                              .component = chunk->component[at],
                              .level = chunk->level[at],
                              .format = chunk->format[at]};
}

void snapshot_span(const struct snapshot *snapshot, uint64_t chunk, struct store_span *out)
{
    uint64_t from = chunk * STORE_CHUNK, to = from + STORE_CHUNK;
    struct store_row row;
    if (to <= snapshot->count) {
        *out = snapshot->chunks[chunk]->span;
        return;
    }
    *out = (struct store_span)STORE_SPAN_INIT;
    for (uint64_t i = from; i < to && i < snapshot_count(snapshot); i++) {
        snapshot_get(snapshot, i, &row);
        store_span_add(out, row.time_us, row.level);
    }
}

struct lw_bytes snapshot_component(const struct snapshot *snapshot, uint16_t id)
{
    return id < snapshot->n_components ? snapshot->components[id] : (struct lw_bytes){"", 0};
}
