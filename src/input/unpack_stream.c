#include "input/unpack_stream.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "base/alloc.h"
#include "base/fail.h"

#define BLOCK     (256u << 10)
#define ZSTD_LOG  31 /* largest window accepted, as `zstd --long=31` makes */
#define GZIP_BITS (15 + 16)

struct buffers {
    unsigned char in[BLOCK], out[BLOCK];
};

enum packing packing_find(const unsigned char *data, size_t len)
{
    if (len >= 3 && data[0] == 0x1f && data[1] == 0x8b && data[2] == 8)
        return PACKING_GZIP;
    if (len >= 4 && memcmp(data, "\x28\xb5\x2f\xfd", 4) == 0)
        return PACKING_ZSTD;
    if (len >= 4 && (data[0] & 0xf0) == 0x50 && memcmp(data + 1, "\x2a\x4d\x18", 3) == 0)
        return PACKING_ZSTD; /* a skippable frame, as pzstd and seekable zstd begin */
    return PACKING_NONE;
}

const char *packing_name(enum packing packing)
{
    return packing == PACKING_GZIP ? "gzip" : packing == PACKING_ZSTD ? "zstd" : "plain";
}

static int unpack_gzip(const struct unpack_ends *ends, struct buffers *buffers, const char **problem,
                       struct lw_error *err)
{
    z_stream stream = {0};
    if (inflateInit2(&stream, GZIP_BITS) != Z_OK)
        return fail_memory(err, "unpacking gzip data");
    int code = 0;
    int state = Z_OK;        /* Z_STREAM_END between members */
    bool has_input = false;  /* in this member */
    bool has_member = false; /* one is complete */
    while (code == 0) {
        if (stream.avail_in == 0) {
            size_t got = 0;
            code = ends->read(ends->user, buffers->in, BLOCK, &got, err);
            if (code != 0)
                break;
            if (got == 0) {
                *problem = state == Z_STREAM_END ? NULL : "gzip data ends early";
                break;
            }
            stream.next_in = buffers->in;
            stream.avail_in = (uInt)got;
        }
        if (state == Z_STREAM_END) {
            while (stream.avail_in > 0 && *stream.next_in == 0) {
                stream.next_in++;
                stream.avail_in--;
            }
            if (stream.avail_in == 0)
                continue;
            inflateReset(&stream);
            has_input = false;
        }
        stream.next_out = buffers->out;
        stream.avail_out = BLOCK;
        state = inflate(&stream, Z_NO_FLUSH);
        size_t made = BLOCK - stream.avail_out;
        if (made > 0)
            code = ends->write(ends->user, buffers->out, made, err);
        if (state == Z_MEM_ERROR)
            code = fail_memory(err, "unpacking gzip data");
        else if (code == 0 && state != Z_OK && state != Z_STREAM_END && state != Z_BUF_ERROR) {
            *problem = has_member && !has_input ? "other data follows the gzip data" : "gzip data is damaged";
            break;
        }
        has_input = has_input || made > 0;
        has_member = has_member || state == Z_STREAM_END;
    }
    inflateEnd(&stream);
    return code;
}

static int unpack_zstd(const struct unpack_ends *ends, struct buffers *buffers, const char **problem,
                       struct lw_error *err)
{
    ZSTD_DStream *stream = ZSTD_createDStream();
    if (stream == NULL)
        return fail_memory(err, "unpacking zstd data");
    ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, ZSTD_LOG);
    ZSTD_inBuffer in = {buffers->in, 0, 0};
    size_t hint = 0;      /* 0 between frames */
    bool is_full = false; /* the output block was filled: more may be waiting inside */
    int code = 0;
    while (code == 0) {
        if (in.pos == in.size && !is_full) {
            size_t got = 0;
            code = ends->read(ends->user, buffers->in, BLOCK, &got, err);
            if (code != 0)
                break;
            if (got == 0) {
                *problem = hint == 0 ? NULL : "zstd data ends early";
                break;
            }
            in = (ZSTD_inBuffer){buffers->in, got, 0};
        }
        ZSTD_outBuffer out = {buffers->out, BLOCK, 0};
        hint = ZSTD_decompressStream(stream, &out, &in);
        if (ZSTD_isError(hint)) {
            *problem = "zstd data is damaged";
            break;
        }
        is_full = out.pos == BLOCK && hint != 0;
        if (out.pos > 0)
            code = ends->write(ends->user, buffers->out, out.pos, err);
    }
    ZSTD_freeDStream(stream);
    return code;
}

int unpack_stream(enum packing packing, const struct unpack_ends *ends, const char **problem, struct lw_error *err)
{
    struct buffers *buffers = malloc(sizeof *buffers);
    if (buffers == NULL)
        return fail_memory(err, "unpacking");
    *problem = NULL;
    int code =
        packing == PACKING_GZIP ? unpack_gzip(ends, buffers, problem, err) : unpack_zstd(ends, buffers, problem, err);
    free(buffers);
    return code;
}
