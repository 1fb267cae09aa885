/* What the files of counts share among themselves: counts that are being built. */
#ifndef LW_LEARN_COUNTS_PARTS_H
#define LW_LEARN_COUNTS_PARTS_H

#include "learn/counts.h"

/* Of storage that is the caller's. */
void counts_init(struct counts *counts);
void counts_release(struct counts *counts);
void counts_widen_times(struct counts *counts, int64_t first_us, int64_t last_us);
/* Number of a trace of that name, made if there is none yet. 0 or LW_ERR_MEMORY. */
int counts_find_trace(struct counts *counts, const char *name, size_t len, uint32_t *trace);
/* 0 or LW_ERR_MEMORY. */
int counts_add_event(struct raw_trace *trace, const struct raw_event *event);
/* Adds all of `from` but the events of its traces. (*remap)[from's sequences] and (*names)[from's traces] get their
 * numbers here, a trace that is left out INTERN_NONE; the caller frees both, on failure too. */
int counts_absorb(struct counts *into, const struct counts *from, uint32_t **remap, uint32_t **names,
                  struct lw_error *err);
/* The events, after counts_absorb. has_records: their numbers stay, since they are of the same log. 0 or
 * LW_ERR_MEMORY. */
int counts_append_traces(struct counts *into, const struct counts *from, const uint32_t *remap, const uint32_t *names,
                         bool has_records);
/* A copy that can grow. */
int counts_copy(const struct counts *from, struct counts **out, struct lw_error *err);

#endif
