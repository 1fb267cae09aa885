/*
 * What of a generated log is an anomaly, by the rows of its tables: two tables more than a real log has. What stands
 * there is of the traces and records that were read back, found by the names of the ones and the lines of the others.
 */
#ifndef LW_WORKSPACE_TABLE_LABELS_H
#define LW_WORKSPACE_TABLE_LABELS_H

#include "generate/write.h"
#include "workspace/relational.h"

#define TABLE_LABELS_TABLES 2

struct table_label {
    const char *kind; /* "normal" or that of an anomaly, static; NULL: nothing like it was generated */
    uint64_t root;    /* record of the event where the anomaly began; LW_NO_RECORD: none */
};
struct table_labels {
    struct table_label *traces, *records; /* [n_traces] and [n_records] rows of `trace` and `record` */
    size_t n_traces, n_records;
};

/* heights: of what `read` was read from. workspace: what was learned of it. labels is released in any case. */
int table_labels_init(struct table_labels *labels, const struct generated_log *log, const struct line_heights *heights,
                      struct lw_log *read, const struct lw_workspace *workspace, struct lw_error *err);
void table_labels_release(struct table_labels *labels);

#endif
