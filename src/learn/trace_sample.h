/*
 * A small sample of whole traces with the raw text of their records: from it a generator learns which values belong
 * together (a process id that stays the same through a trace, an address that two messages of a trace share), which
 * counts of single values cannot tell. Bottom-k by the hash of the trace's name: a trace that is in at the end was in
 * from its first record on, so samples of shards merge exactly. Owned by the struct; not thread-safe for adding.
 */
#ifndef LW_LEARN_TRACE_SAMPLE_H
#define LW_LEARN_TRACE_SAMPLE_H

#include "base/pack.h"
#include "logwright.h"

#define TRACE_SAMPLE_KEEP       64   /* traces */
#define TRACE_SAMPLE_EVENTS     64   /* the first of each trace */
#define TRACE_SAMPLE_RECORD_MAX 2048 /* bytes of a record; longer ones are left out */

struct sampled_event {
    uint32_t sequence;
    char *packed; /* the record, see sampled_event_read */
    uint32_t len;
};
struct sampled_trace {
    uint64_t hash;
    char *name;
    uint32_t name_len;
    uint32_t n, cap;
    struct sampled_event *events; /* [n] in order */
};
struct trace_sample {
    struct sampled_trace *traces; /* [n] by rising hash */
    uint32_t n, cap;
};

void trace_sample_init(struct trace_sample *sample);
void trace_sample_release(struct trace_sample *sample);
/* Cheap for a trace that is not kept: one hash of its name. 0 or LW_ERR_MEMORY. */
int trace_sample_add(struct trace_sample *sample, struct lw_bytes name, uint32_t sequence,
                     const struct lw_record *record);
/* remap[i]: id in `into` of from's sequence i. from's records stand behind those of `into`. 0 or LW_ERR_MEMORY. */
int trace_sample_merge(struct trace_sample *into, const struct trace_sample *from, const uint32_t *remap);
/* Gives the events of sequence i the id remap[i]. */
void trace_sample_renumber(struct trace_sample *sample, const uint32_t *remap);
void trace_sample_pack(const struct trace_sample *sample, struct buf *out);
/* sample: initialised; on failure it is empty. LW_ERR_INPUT if the bytes are no sample. */
int trace_sample_unpack(struct trace_sample *sample, struct unpack *in, struct lw_error *err);

/* The record again: raw, message, time, level and fields (their names live in names[LW_MAX_FIELDS][]); all borrowed
 * from the event. False if the bytes are damaged. */
#define SAMPLED_NAME_MAX 64
bool sampled_event_read(const struct sampled_event *event, struct lw_record *out,
                        char names[LW_MAX_FIELDS][SAMPLED_NAME_MAX]);

#endif
