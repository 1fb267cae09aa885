#include "learn/trace_sample.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/alloc.h"
#include "base/fail.h"

void trace_sample_init(struct trace_sample *sample)
{
    *sample = (struct trace_sample){NULL, 0, 0};
}

static void release_trace(struct sampled_trace *trace)
{
    for (uint32_t i = 0; i < trace->n; i++)
        free(trace->events[i].packed);
    free(trace->events);
    free(trace->name);
}

void trace_sample_release(struct trace_sample *sample)
{
    for (uint32_t i = 0; i < sample->n; i++)
        release_trace(&sample->traces[i]);
    free(sample->traces);
    trace_sample_init(sample);
}

static int grow(void *items, uint32_t *cap, uint32_t n, size_t size)
{
    size_t wide = *cap;
    int rc = alloc_grow(items, &wide, (size_t)n + 1, size);
    if (rc == 0)
        *cap = (uint32_t)wide;
    return rc;
}

/* The trace of that hash, made if it is among the smallest; *out is NULL if it is not. */
static int take_trace(struct trace_sample *sample, uint64_t hash, const char *name, size_t len,
                      struct sampled_trace **out)
{
    *out = NULL;
    if (sample->n == TRACE_SAMPLE_KEEP && hash > sample->traces[TRACE_SAMPLE_KEEP - 1].hash)
        return 0;
    uint32_t at = 0;
    while (at < sample->n && sample->traces[at].hash < hash)
        at++;
    if (at < sample->n && sample->traces[at].hash == hash) {
        *out = &sample->traces[at];
        return 0;
    }
    if (len > UINT32_MAX)
        return 0;
    char *copy = alloc_text(name, len);
    if (copy == NULL || (sample->n < TRACE_SAMPLE_KEEP &&
                         grow(&sample->traces, &sample->cap, sample->n, sizeof *sample->traces) != 0)) {
        free(copy);
        return LW_ERR_MEMORY;
    }
    if (sample->n == TRACE_SAMPLE_KEEP)
        release_trace(&sample->traces[--sample->n]);
    memmove(&sample->traces[at + 1], &sample->traces[at], (sample->n - at) * sizeof *sample->traces);
    sample->traces[at] = (struct sampled_trace){hash, copy, (uint32_t)len, 0, 0, NULL};
    sample->n++;
    *out = &sample->traces[at];
    return 0;
}

/* Copies packed; the caller has checked that there is room among TRACE_SAMPLE_EVENTS. */
static int add_event(struct sampled_trace *trace, uint32_t sequence, const char *packed, size_t len)
{
    char *copy = alloc_text(packed, len);
    if (copy == NULL || grow(&trace->events, &trace->cap, trace->n, sizeof *trace->events) != 0) {
        free(copy);
        return LW_ERR_MEMORY;
    }
    trace->events[trace->n++] = (struct sampled_event){sequence, copy, (uint32_t)len};
    return 0;
}

static void pack_record(const struct lw_record *record, struct buf *out)
{
    pack_i64(out, record->time_us);
    pack_u64(out, record->level);
    pack_bytes(out, record->raw.data, record->raw.len);
    pack_u64(out, record->message_start);
    pack_u64(out, record->message_len);
    pack_u64(out, record->n_fields);
    for (size_t i = 0; i < record->n_fields; i++) {
        pack_bytes(out, record->fields[i].name, strlen(record->fields[i].name));
        pack_u64(out, record->fields[i].start);
        pack_u64(out, record->fields[i].len);
    }
}

int trace_sample_add(struct trace_sample *sample, struct lw_bytes name, uint32_t sequence,
                     const struct lw_record *record)
{
    if (record->raw.len > TRACE_SAMPLE_RECORD_MAX)
        return 0;
    struct sampled_trace *trace;
    int rc = take_trace(sample, XXH3_64bits(name.data, name.len), name.data, name.len, &trace);
    if (rc != 0 || trace == NULL || trace->n == TRACE_SAMPLE_EVENTS)
        return rc;
    struct buf packed = BUF_INIT;
    pack_record(record, &packed);
    rc = buf_status(&packed);
    if (rc == 0)
        rc = add_event(trace, sequence, packed.data, packed.len);
    buf_release(&packed);
    return rc;
}

int trace_sample_merge(struct trace_sample *into, const struct trace_sample *from, const uint32_t *remap)
{
    for (uint32_t i = 0; i < from->n; i++) {
        const struct sampled_trace *trace = &from->traces[i];
        struct sampled_trace *mine;
        int rc = take_trace(into, trace->hash, trace->name, trace->name_len, &mine);
        for (uint32_t j = 0; rc == 0 && mine != NULL && j < trace->n && mine->n < TRACE_SAMPLE_EVENTS; j++)
            rc = add_event(mine, remap[trace->events[j].sequence], trace->events[j].packed, trace->events[j].len);
        if (rc != 0)
            return rc;
    }
    return 0;
}

void trace_sample_renumber(struct trace_sample *sample, const uint32_t *remap)
{
    for (uint32_t i = 0; i < sample->n; i++)
        for (uint32_t j = 0; j < sample->traces[i].n; j++)
            sample->traces[i].events[j].sequence = remap[sample->traces[i].events[j].sequence];
}

void trace_sample_pack(const struct trace_sample *sample, struct buf *out)
{
    pack_u64(out, sample->n);
    for (uint32_t i = 0; i < sample->n; i++) {
        const struct sampled_trace *trace = &sample->traces[i];
        pack_bytes(out, trace->name, trace->name_len);
        pack_u64(out, trace->n);
        for (uint32_t j = 0; j < trace->n; j++) {
            pack_u64(out, trace->events[j].sequence);
            pack_bytes(out, trace->events[j].packed, trace->events[j].len);
        }
    }
}

static int unpack_trace(struct trace_sample *sample, struct unpack *in)
{
    size_t len;
    const char *name = unpack_bytes(in, &len);
    uint64_t n = unpack_u64(in);
    if (in->has_failed || n > TRACE_SAMPLE_EVENTS)
        return LW_ERR_INPUT;
    struct sampled_trace *trace;
    int rc = take_trace(sample, XXH3_64bits(name, len), name, len, &trace);
    if (rc == 0 && (trace == NULL || trace->n > 0))
        return LW_ERR_INPUT;
    for (uint64_t i = 0; i < n && rc == 0; i++) {
        uint64_t sequence = unpack_u64(in);
        const char *packed = unpack_bytes(in, &len);
        struct sampled_event event = {(uint32_t)sequence, (char *)(uintptr_t)packed, (uint32_t)len};
        struct lw_record record;
        char names[LW_MAX_FIELDS][SAMPLED_NAME_MAX];
        if (in->has_failed || sequence > UINT32_MAX || !sampled_event_read(&event, &record, names))
            return LW_ERR_INPUT;
        rc = add_event(trace, event.sequence, packed, len);
    }
    return rc;
}

int trace_sample_unpack(struct trace_sample *sample, struct unpack *in, struct lw_error *err)
{
    uint64_t n = unpack_u64(in);
    int rc = n > TRACE_SAMPLE_KEEP ? LW_ERR_INPUT : 0;
    for (uint64_t i = 0; i < n && rc == 0; i++)
        rc = unpack_trace(sample, in);
    if (rc == 0 && in->has_failed)
        rc = LW_ERR_INPUT;
    if (rc == 0)
        return 0;
    trace_sample_release(sample);
    return rc == LW_ERR_MEMORY ? fail_memory(err, "reading sampled traces")
                               : fail(err, LW_ERR_INPUT, "damaged: the sample of traces does not hold together");
}

bool sampled_event_read(const struct sampled_event *event, struct lw_record *out,
                        char names[LW_MAX_FIELDS][SAMPLED_NAME_MAX])
{
    struct unpack in;
    unpack_init(&in, event->packed, event->len);
    *out = (struct lw_record){.time_us = unpack_i64(&in)};
    uint64_t level = unpack_u64(&in);
    out->raw.data = unpack_bytes(&in, &out->raw.len);
    out->message_start = unpack_u64(&in);
    out->message_len = unpack_u64(&in);
    uint64_t n = unpack_u64(&in);
    if (in.has_failed || level >= LW_LEVEL_COUNT || n > LW_MAX_FIELDS || out->message_start > out->raw.len ||
        out->message_len > out->raw.len - out->message_start)
        return false;
    out->level = (enum lw_level)level;
    out->n_fields = (size_t)n;
    for (size_t i = 0; i < n; i++) {
        size_t len;
        const char *name = unpack_bytes(&in, &len);
        if (len >= SAMPLED_NAME_MAX)
            len = SAMPLED_NAME_MAX - 1;
        if (len > 0)
            memcpy(names[i], name, len);
        names[i][len] = 0;
        uint64_t start = unpack_u64(&in), width = unpack_u64(&in);
        if (in.has_failed || start > out->raw.len || width > out->raw.len - start)
            return false;
        out->fields[i] = (struct lw_field){names[i], (size_t)start, (size_t)width};
    }
    return !in.has_failed;
}
