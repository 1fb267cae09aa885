/*
 * The columnar record store: what is known of each record beyond its raw text, in append-only chunks.
 *
 * A chunk holds STORE_CHUNK records, column by column. A full chunk is sealed: immutable and reference-counted, shared
 * by the store and by any number of snapshots. A snapshot is a list of chunks and a count of records; taking one copies
 * no rows. One thread appends; any number read snapshots.
 */
#ifndef LW_LOG_STORE_H
#define LW_LOG_STORE_H

#include "logwright.h"

#define STORE_CHUNK        16384u
#define STORE_RECORD_BYTES 36u /* of the columns, for each record */

struct store_row {
    uint64_t offset;  /* of the record's first byte in its source's text */
    int64_t time_us;  /* or LW_NO_TIME */
    uint32_t len;     /* bytes, without the final line end; at most RECORD_MAX, see records.h */
    uint32_t line;    /* 1-based; saturates at UINT32_MAX */
    uint32_t message; /* where the message starts in the record; the rest of the record is the message unless the
                         format says otherwise */
    uint16_t source, epoch;
    uint16_t component; /* id among the store's components, or STORE_NO_COMPONENT */
    uint8_t level;      /* enum lw_level */
    uint8_t format;     /* place in the format_choice of its source */
};
#define STORE_NO_COMPONENT UINT16_MAX

struct store;
struct snapshot;

/* max_memory: bytes that the columns may take; 0 = no bound, else LW_ERR_MEMORY past it. */
int store_new(uint64_t max_memory, struct store **out, struct lw_error *err);
void store_free(struct store *store);
int store_add(struct store *store, const struct store_row *row, struct lw_error *err);
/* Interns a component's name; past 65,534 different ones gives STORE_NO_COMPONENT. */
int store_component(struct store *store, const char *data, size_t len, uint16_t *id, struct lw_error *err);
uint64_t store_count(const struct store *store);
uint64_t store_bytes(const struct store *store); /* that the columns take */
/* extra: rows that stand behind those of the store in this snapshot alone; copied. */
int store_snapshot(struct store *store, const struct store_row *extra, size_t n_extra, struct snapshot **out,
                   struct lw_error *err);

/* A snapshot is immutable and may be read and freed by any thread. */
struct snapshot *snapshot_retain(struct snapshot *snapshot);
void snapshot_free(struct snapshot *snapshot);
uint64_t snapshot_count(const struct snapshot *snapshot);
uint64_t snapshot_bytes(const struct snapshot *snapshot);                                   /* that its rows take */
void snapshot_get(const struct snapshot *snapshot, uint64_t record, struct store_row *out); /* record < count */
/* What times and levels the records of the chunk of that number have: of a full chunk it is kept, else counted. */
struct store_span {
    int64_t first_us, last_us;       /* the least and the greatest; first_us > last_us when no record has a time */
    uint32_t levels[LW_LEVEL_COUNT]; /* of the records that have a time */
};
#define STORE_SPAN_INIT                                                                                                \
    {                                                                                                                  \
        INT64_MAX, INT64_MIN,                                                                                          \
        {                                                                                                              \
            0                                                                                                          \
        }                                                                                                              \
    }
void store_span_add(struct store_span *span, int64_t time_us, uint8_t level);
void snapshot_span(const struct snapshot *snapshot, uint64_t chunk, struct store_span *out);
struct lw_bytes snapshot_component(const struct snapshot *snapshot, uint16_t id);

#endif
