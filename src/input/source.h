/*
 * Where bytes come from. Whatever a source is (plain or compressed file, pipe, standard input, journal export), its raw
 * text is read at any offset with pread, so a file that shrinks under us gives an error and never a signal. Plain files
 * are read in place; everything else is unpacked once into a spool, an unlinked file.
 *
 * One thread, the owner, opens a source, pumps it, looks at it and releases it. Meanwhile any number of threads may
 * read what lies below `size`, which only rises.
 */
#ifndef LW_INPUT_SOURCE_H
#define LW_INPUT_SOURCE_H

#include <stdatomic.h>
#include <sys/types.h>

#include "input/spool.h"

#define SOURCE_MARK 64 /* first bytes by which a file that was written anew is told from one that grew */

struct source {
    char *path;
    int fd;                     /* stays the same while the source is open */
    bool owns_fd;               /* else fd is a spool's */
    uint64_t base;              /* where the text starts in fd */
    _Atomic uint64_t size;      /* bytes of text that can be read now */
    _Atomic(char *) problem;    /* NULL, or what is wrong, such as "gzip data ends early"; the text up to there is kept.
                                   Set at most once */
    atomic_bool is_gone;        /* the file was truncated or written anew: what was read before is not there any more */
    bool is_whole;              /* no more text comes from source_pump */
    bool is_file;               /* a plain file read in place: source_look sees it grow */
    bool is_checked, is_binary; /* whether it looks like text is known; it does not */
    uint64_t n_read, n_total;   /* bytes that source_pump read, and that there are; n_total 0: not known */
    struct intake *intake;      /* NULL once it is whole */
    struct spool *spool;        /* of its own, or NULL */
    dev_t device;
    ino_t inode;
    size_t mark_len;
    unsigned char mark[SOURCE_MARK];
};

/* path "-": standard input. keep_fd true: the source may keep descriptors of its own; a plain file is open at once, and
 * what has to be unpacked, or comes from a pipe, comes with source_pump. keep_fd false: all of it is copied to the
 * shared spool before the call returns, so that thousands of sources do not take as many descriptors. A folder, a
 * missing or unreadable file and a full spool are errors; data that ends early or is damaged, and data that does not
 * look like text, are problems. */
int source_open(const char *path, bool keep_fd, struct spool *spool, const struct lw_run *run, struct source *out,
                struct lw_error *err);
/* The text of a spool that nobody writes to any more, taken over on failure too; path is only what it is called. */
int source_take(struct spool *spool, const char *path, struct source *out, struct lw_error *err);
void source_release(struct source *source);

/* Takes in about max_bytes more of text, fewer if no more are there; waits at most wait_ms for the first byte of a
 * pipe. *grown: bytes that size rose by. Sets is_whole at the end; then, and for plain files, it does nothing. After a
 * failure (LW_ERR_IO: the spool is full, or reading failed) the source is whole, and what was taken in stays. */
int source_pump(struct source *source, uint64_t max_bytes, int wait_ms, uint64_t *grown, struct lw_error *err);

/* Pumps until the source is whole, or the run is cancelled. */
int source_fill(struct source *source, const struct lw_run *run, struct lw_error *err);

enum source_state {
    SOURCE_SAME,      /* the path still names this file; it may have grown */
    SOURCE_TRUNCATED, /* shorter than it was, or written anew from its start: is_gone is set, nothing can be read any
                         more; opening the path again gives the new text */
    SOURCE_REPLACED,  /* the path names another file, as after rotation: this one can still be read and may still grow
                         until its writer lets go of it; opening the path gives the other one */
    SOURCE_VANISHED   /* the path names nothing: this file can still be read and may still grow */
};
struct source_news {
    enum source_state state;
    uint64_t grown; /* bytes that size rose by; with any state but SOURCE_TRUNCATED */
};
/* Looks at the file of a source again; does not block. What is no plain file is SOURCE_SAME without growth: call
 * source_pump. */
int source_look(struct source *source, struct source_news *news, struct lw_error *err);

/* Reads len bytes at offset; *got is less only at the end of the text. LW_ERR_NOT_FOUND if that part of the file is not
 * there any more (it was truncated or written anew): the record is lost, the source and the rest of the log are not.
 * LW_ERR_IO if the system refuses. */
int source_read(const struct source *source, uint64_t offset, void *data, size_t len, size_t *got,
                struct lw_error *err);

#endif
