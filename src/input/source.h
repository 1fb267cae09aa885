/*
 * Where bytes come from. Whatever a source is (plain, gzip or zstd file, pipe, standard input), its raw text is read at
 * any offset with pread, so a file that shrinks under us gives an error and never a signal. Plain files are read in
 * place; everything else is unpacked once into a spool, one unlinked file that all sources of a log share.
 */
#ifndef LW_INPUT_SOURCE_H
#define LW_INPUT_SOURCE_H

#include "logwright.h"

/* Appended to by one thread; freed after the sources that lie in it. */
struct spool {
    int fd; /* -1 until something was written */
    uint64_t len;
};
#define SPOOL_INIT                                                                                                     \
    {                                                                                                                  \
        -1, 0                                                                                                          \
    }
void spool_release(struct spool *spool);

/* Immutable once open; any number of threads may read. */
struct source {
    char *path;
    int fd;
    bool owns_fd;  /* else fd is the spool's */
    uint64_t base; /* where the text starts in fd */
    uint64_t size; /* bytes of text */
    char *problem; /* NULL, or what was wrong, such as "gzip data ends early"; the text up to there is kept */
};

/* path "-": standard input. keep_fd false: a plain file is copied to the spool too, so that thousands of sources do not
 * take as many descriptors. A folder, a missing or unreadable file and a full spool are errors; data that ends early or
 * is damaged, and data that does not look like text, are problems. */
int source_open(const char *path, bool keep_fd, struct spool *spool, const struct lw_run *run, struct source *out,
                struct lw_error *err);
void source_release(struct source *source);

/* Reads len bytes at offset; *got is less only at the end of the text. LW_ERR_IO if the file shrank. */
int source_read(const struct source *source, uint64_t offset, void *data, size_t len, size_t *got,
                struct lw_error *err);

#endif
