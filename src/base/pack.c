#include "base/pack.h"

void pack_u64(struct buf *buf, uint64_t value)
{
    char bytes[10];
    size_t n = 0;
    for (; value >= 0x80; value >>= 7)
        bytes[n++] = (char)(value | 0x80);
    bytes[n++] = (char)value;
    buf_add(buf, bytes, n);
}

void pack_i64(struct buf *buf, int64_t value)
{
    pack_u64(buf, (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0));
}

void pack_bytes(struct buf *buf, const void *data, size_t len)
{
    pack_u64(buf, len);
    buf_add(buf, data, len);
}

void unpack_init(struct unpack *unpack, const void *data, size_t len)
{
    *unpack = (struct unpack){.at = data, .end = len > 0 ? (const unsigned char *)data + len : data};
}

uint64_t unpack_u64(struct unpack *unpack)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && unpack->at < unpack->end; shift += 7) {
        unsigned char byte = *unpack->at++;
        if (shift == 63 && byte > 1)
            break;
        value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80)
            return value;
    }
    unpack->has_failed = true;
    unpack->at = unpack->end;
    return 0;
}

int64_t unpack_i64(struct unpack *unpack)
{
    uint64_t value = unpack_u64(unpack);
    return (int64_t)(value >> 1 ^ (value & 1 ? UINT64_MAX : 0));
}

const char *unpack_bytes(struct unpack *unpack, size_t *len)
{
    uint64_t n = unpack_u64(unpack);
    if (n > (uint64_t)(unpack->end - unpack->at)) {
        unpack->has_failed = true;
        unpack->at = unpack->end;
        n = 0;
    }
    const char *data = (const char *)unpack->at;
    unpack->at += n;
    *len = (size_t)n;
    return data != NULL ? data : "";
}
