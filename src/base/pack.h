/* Serialising: little-endian varints (LEB128, zigzag for signed) into a buf, and reading back with every bound checked.
 */
#ifndef LW_BASE_PACK_H
#define LW_BASE_PACK_H

#include "base/buf.h"

void pack_u64(struct buf *buf, uint64_t value);
void pack_i64(struct buf *buf, int64_t value);
void pack_bytes(struct buf *buf, const void *data, size_t len); /* length, then bytes */

struct unpack {
    const unsigned char *at, *end;
    bool has_failed; /* ran past the end or a varint was malformed; then everything read is 0 */
};
void unpack_init(struct unpack *unpack, const void *data, size_t len);
uint64_t unpack_u64(struct unpack *unpack);
int64_t unpack_i64(struct unpack *unpack);
const char *unpack_bytes(struct unpack *unpack, size_t *len); /* borrowed from the input */

#endif
