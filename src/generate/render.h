/*
 * Generated events as records in the source's own layout. A renderer is immutable once made: any number of threads may
 * render with it, each with its own scratch, and what a record looks like depends on nothing but the event.
 */
#ifndef LW_GENERATE_RENDER_H
#define LW_GENERATE_RENDER_H

#include "generate/generate.h"
#include "input/timestamp.h"
#include "learn/trace_rule.h"

#define RENDER_TIMES  16
#define RENDER_PIECES 32

struct renderer;

struct render_scratch {
    struct buf text; /* the record, without a line end */
    size_t message_start, message_len;
    enum lw_level level;
    struct lw_bytes component; /* in text or borrowed from the blueprint; may be empty */
    struct trace_keys keys;
    struct lw_record record;
    struct timestamp_memo times[RENDER_TIMES]; /* of a piece, by its place among them */
    /* How the message came about: its wording, and where each of its pieces ends in it. n_pieces 0: otherwise, or of
     * more pieces. */
    uint32_t wording;
    size_t n_pieces, piece_ends[RENDER_PIECES];
};
void render_scratch_init(struct render_scratch *scratch);
void render_scratch_release(struct render_scratch *scratch);

/* blueprint and generated are borrowed and must outlive it. */
int renderer_new(const struct blueprint *blueprint, const struct generated *generated, uint64_t seed,
                 struct renderer **out, struct lw_error *err);
void renderer_free(struct renderer *renderer);
/* Events of all traces by time; those of equal time by trace and position; without times, trace by trace. */
size_t renderer_event(const struct renderer *renderer, size_t position);
/* Told before each record by who renders one behind the other; without effect but on speed. */
void renderer_expect(const struct renderer *renderer, size_t position);
size_t renderer_trace(const struct renderer *renderer, size_t event); /* the trace it belongs to */
const struct blueprint *renderer_blueprint(const struct renderer *renderer);
const struct generated *renderer_generated(const struct renderer *renderer);
/* What the event comes as, among the facets of the blueprint; SIZE_MAX for an unknown event. */
size_t renderer_facet(const struct renderer *renderer, size_t event);
/* Fills scratch with the record of an event. */
int render_record(const struct renderer *renderer, size_t event, struct render_scratch *scratch, struct lw_error *err);

#endif
