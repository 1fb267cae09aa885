/*
 * A file that appears whole or not at all: written beside its place and renamed when complete. "-" is standard output,
 * and what is no regular file (a device, a pipe) is written straight. Owned by the caller: outfile_open, any number of
 * outfile_write, then outfile_commit or outfile_abort. Not thread-safe.
 */
#ifndef LW_GENERATE_OUTFILE_H
#define LW_GENERATE_OUTFILE_H

#include <stdio.h>

#include "logwright.h"

struct outfile {
    FILE *stream;
    char *path;      /* where it will stand, links resolved */
    char *temporary; /* NULL when written straight */
};

/* Symbolic links are followed. LW_ERR_IO, LW_ERR_NOT_FOUND or LW_ERR_MEMORY. */
int outfile_open(struct outfile *file, const char *path, struct lw_error *err);
/* Whether a file of that size has room where the path is, or standard output if that is a file; devices and pipes have.
 * LW_ERR_LIMIT names need and room. */
int outfile_has_room(const char *path, double bytes, struct lw_error *err);
int outfile_write(struct outfile *file, const void *data, size_t len, struct lw_error *err);
/* Flushes, syncs and renames. On failure the file is aborted. */
int outfile_commit(struct outfile *file, struct lw_error *err);
void outfile_abort(struct outfile *file);
/* All of it in one call. */
int outfile_save(const char *path, const void *data, size_t len, struct lw_error *err);

#endif
