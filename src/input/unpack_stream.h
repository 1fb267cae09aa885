/* Unpacking of compressed text, recognised by its first bytes. Not thread-safe. */
#ifndef LW_INPUT_UNPACK_STREAM_H
#define LW_INPUT_UNPACK_STREAM_H

#include "logwright.h"

enum packing { PACKING_NONE, PACKING_GZIP, PACKING_ZSTD };

/* By the magic number at the start of data. */
enum packing packing_find(const unsigned char *data, size_t len);
const char *packing_name(enum packing packing);

/* Where bytes come from and go to; both return 0 or a negative enum lw_code. read gives *got = 0 at the end. */
struct unpack_ends {
    int (*read)(void *user, unsigned char *data, size_t cap, size_t *got, struct lw_error *err);
    int (*write)(void *user, const unsigned char *data, size_t len, struct lw_error *err);
    void *user;
};

/* Unpacks all of it, further members or frames included. *problem: NULL, or static words that say why it stopped before
 * the end; what was unpacked up to there has been written. Zero bytes behind the end are padding. */
int unpack_stream(enum packing packing, const struct unpack_ends *ends, const char **problem, struct lw_error *err);

#endif
