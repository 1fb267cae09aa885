/* What a log is made of; for this floor alone. Immutable once open. */
#ifndef LW_LOG_LOG_H
#define LW_LOG_LOG_H

#include <stdatomic.h>

#include "log/format.h"
#include "log/store.h"

struct log_source {
    struct source source;
    struct format_choice format;
    char *problem; /* or NULL */
    uint64_t records, lines;
};

struct lw_log {
    atomic_size_t owners;
    struct spool spool;
    struct formats *formats;
    struct log_source *sources;
    size_t n_sources;
    struct snapshot *records;
};

#endif
