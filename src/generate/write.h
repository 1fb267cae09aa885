/* A generated log as files. */
#ifndef LW_GENERATE_WRITE_H
#define LW_GENERATE_WRITE_H

#include "generate/render.h"

struct generated_log {
    const struct blueprint *blueprint;
    const struct generated *generated;
    const struct renderer *renderer;
};

/* Where written bytes go, in order and from the calling thread. */
struct write_sink {
    int (*put)(void *to, const void *data, size_t len, struct lw_error *err);
    void *to;
};

/* as: "text" = records in the source's own layout, by time (a log of symbols is written as sequences); "jsonl" = one
 * object a record, with timestamp, service, level, message, trace and template; "sequences" = `label<TAB>ids<TAB>name`,
 * a line a trace. LW_ERR_USAGE names what there is. */
int write_to(const struct generated_log *log, const char *as, const struct write_sink *sink, const struct lw_run *run,
             struct lw_error *err);
/* The same into a file that appears whole or not at all; path "-" = standard output. */
int write_log(const struct generated_log *log, const char *as, const char *path, const struct lw_run *run,
              struct lw_error *err);
/* CSV `trace,label`, the label "normal" or the kind of the anomaly. */
int write_labels(const struct generated *generated, const char *path, struct lw_error *err);
/* Whole lines of the text output from its start, at most max_bytes. */
int write_sample(const struct generated_log *log, size_t max_bytes, struct buf *out, struct lw_error *err);

#endif
