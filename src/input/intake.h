/*
 * Taking text from a descriptor into a spool piece by piece: what is compressed is unpacked, a journal export turned
 * into JSON lines; both are seen from the first bytes. One thread at a time.
 */
#ifndef LW_INPUT_INTAKE_H
#define LW_INPUT_INTAKE_H

#include "input/spool.h"

struct intake;

/* Reads fd, which it closes, from where it stands. path, for messages, and spool are the caller's and outlive it. On
 * failure fd is the caller's still. */
int intake_new(int fd, const char *path, struct spool *spool, struct intake **out, struct lw_error *err);
void intake_free(struct intake *intake);

/* Appends about max_bytes of text to the spool; fewer when no more are there now, after waiting at most wait_ms for
 * the first. */
int intake_pump(struct intake *intake, uint64_t max_bytes, int wait_ms, struct lw_error *err);
/* Bytes of text so far. */
uint64_t intake_text(const struct intake *intake);
/* Whether all was taken. *problem: NULL, or static words that say what was wrong. *n_read: bytes of fd so far. */
bool intake_is_over(const struct intake *intake, const char **problem, uint64_t *n_read);

#endif
