/* A generated log as bytes: text in any format, JSON lines, sequences, and labels beside them. */
#ifndef LW_GENERATE_WRITE_H
#define LW_GENERATE_WRITE_H

#include "generate/outfile.h"
#include "generate/render.h"

struct generated_log {
    const struct blueprint *blueprint;
    const struct generated *generated;
    const struct renderer *renderer;
};

/* Where written bytes go, in order and from the calling thread: whole lines. */
struct write_sink {
    int (*put)(void *to, const void *data, size_t len, struct lw_error *err);
    void *to;
};

/* Lines that records take, for whoever has to say where one stands. */
struct line_heights {
    uint32_t *of_records; /* [events] by position in time; malloc'ed; NULL where lines are traces */
    uint64_t before;      /* lines before the first record */
};

/* as: "text" = records by time, in the source's own layout (a log of symbols is written as sequences), or in the format
 * of that name (named_format.h) if it is not NULL; "jsonl" = one object a record; "sequences" =
 * `label<TAB>ids<TAB>name`, a line a trace. heights: filled unless NULL; the caller frees of_records. LW_ERR_USAGE
 * names what there is; what the sink returns is passed on. */
int write_to(const struct generated_log *log, const char *as, const char *format, const struct write_sink *sink,
             struct line_heights *heights, const struct lw_run *run, struct lw_error *err);
/* About how many bytes write_to would write, from lines spread over the log. */
int write_estimate(const struct generated_log *log, const char *as, const char *format, double *bytes,
                   struct lw_error *err);

/* The same, record by record, for who has the next one when its time has come. A maker is for logs of one blueprint,
 * and for records alone: LW_ERR_USAGE where lines are traces. One thread at a time. */
struct line_maker;
int line_maker_new(const struct generated_log *log, const char *as, const char *format, struct line_maker **out,
                   struct lw_error *err);
void line_maker_free(struct line_maker *maker);
/* Appends what stands before the first record. 0 or LW_ERR_MEMORY. */
int line_maker_head(struct line_maker *maker, struct buf *out, struct lw_error *err);
/* Appends the record at a position in time, with its line end; *height: lines that it takes. */
int line_maker_add(struct line_maker *maker, const struct generated_log *log, size_t position, struct buf *out,
                   uint32_t *height, struct lw_error *err);

/* CSV, into each file that is open. Of traces: `trace,label`, the label "normal" or the kind of the anomaly, and,
 * where records have lines, `root_record`, the line of the event where it began. Of records, in order:
 * `line,label,trace,root`, the root only of anomalous ones; nothing where lines are traces. */
int write_labels(const struct generated_log *log, const struct line_heights *heights, struct outfile *traces,
                 struct outfile *records, struct lw_error *err);
/* Their lines. line, root_line: 0: none. */
extern const char write_labels_trace_head[], write_labels_record_head[];
void write_trace_label(const struct generated *generated, uint32_t trace, bool has_lines, uint64_t root_line,
                       struct buf *out);
void write_record_label(const struct generated *generated, uint32_t trace, size_t event, uint64_t line,
                        uint64_t root_line, struct buf *out);
/* Whole records of the text output from its start, at most max_bytes. marks: a byte for each line of it, as
 * lw_synthetic_sample has them; NULL: not wanted. */
int write_sample(const struct generated_log *log, size_t max_bytes, struct buf *out, struct buf *marks,
                 struct lw_error *err);

#endif
