/* A file without a name that text is put into when it cannot be read where it is. Appended to by one thread. */
#ifndef LW_INPUT_SPOOL_H
#define LW_INPUT_SPOOL_H

#include "logwright.h"

struct spool {
    int fd; /* -1 until it is opened */
    uint64_t len;
};
#define SPOOL_INIT                                                                                                     \
    {                                                                                                                  \
        -1, 0                                                                                                          \
    }
/* Where one is made: $TMPDIR, /var/tmp or /tmp. */
const char *spool_folder(void);
/* Makes the file unless it is there. */
int spool_open(struct spool *spool, struct lw_error *err);
/* LW_ERR_IO if it is full; it may have grown by a part of data then. */
int spool_write(struct spool *spool, const void *data, size_t len, struct lw_error *err);
void spool_release(struct spool *spool);

#endif
