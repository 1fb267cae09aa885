/*
 * Unpacking of compressed text piece by piece, recognised by its first bytes. Several members (frames, streams) one
 * after another are one text; zero bytes behind a member are padding. One thread at a time per unpacker.
 */
#ifndef LW_INPUT_UNPACK_STREAM_H
#define LW_INPUT_UNPACK_STREAM_H

#include "logwright.h"

enum packing { PACKING_NONE, PACKING_GZIP, PACKING_ZSTD, PACKING_XZ, PACKING_BZIP2 };

/* By the magic number at the start of data. *is_open: more bytes could still show a packing. */
enum packing packing_find(const unsigned char *data, size_t len, bool *is_open);

struct unpacker;
int unpacker_new(enum packing packing, struct unpacker **out, struct lw_error *err);
void unpacker_free(struct unpacker *unpacker);

/* Takes bytes from the front of (*in, *len) and writes at most cap bytes to out. *made = 0: it needs more input, of
 * which nothing is left, or there is a problem. */
int unpacker_step(struct unpacker *unpacker, const unsigned char **in, size_t *len, unsigned char *out, size_t cap,
                  size_t *made, struct lw_error *err);
/* NULL, or static words that say why it stopped: nothing more comes from it. is_end: no input follows. */
const char *unpacker_problem(const struct unpacker *unpacker, bool is_end);

#endif
