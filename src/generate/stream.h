/*
 * A log without end, record by record as their times come. Traces are made in blocks on one clock; the blocks under way
 * are merged by time, so that traces overlap across their bounds as they do within one. What is kept are the blocks of
 * which some record is still to come, and since no trace may last longer than STREAM_RECORDS records take, that is
 * bounded however long the stream runs. What comes depends on blueprint, constraints, method and options alone, not on
 * when it is asked for. One thread at a time.
 */
#ifndef LW_GENERATE_STREAM_H
#define LW_GENERATE_STREAM_H

#include "generate/write.h"

#define STREAM_RECORDS 2097152 /* under way at once, on average */

struct stream;

/* All are borrowed and must outlive it, options aside. LW_ERR_USAGE: a method that cannot go on for ever, output that
 * is no records, no rate to go at; what generate_traces and write_to return. */
int stream_new(const struct blueprint *blueprint, const struct lw_constraints *constraints, const char *method,
               const struct lw_stream_options *options, const struct lw_run *run, struct stream **out,
               struct lw_error *err);
void stream_free(struct stream *stream);
/* See lw_stream_read. */
int stream_read(struct stream *stream, int64_t elapsed_us, struct lw_stream_part *out, struct lw_error *err);
/* See lw_stream_end. */
int stream_end(struct stream *stream, struct lw_stream_part *out, struct lw_error *err);

#endif
