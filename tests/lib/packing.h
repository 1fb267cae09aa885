/* Compressed data for tests, one function a packing: (data, len) as one member in out; returns its length. */
#ifndef LW_TESTS_PACKING_H
#define LW_TESTS_PACKING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <bzlib.h>
#include <lzma.h>
#include <stdint.h>
#include <zlib.h>
#include <zstd.h>

static inline size_t pack_gzip(const char *data, size_t len, unsigned char *out, size_t cap)
{
    z_stream stream = {0};
    assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_in = (unsigned char *)(uintptr_t)data;
    stream.avail_in = (uInt)len;
    stream.next_out = out;
    stream.avail_out = (uInt)cap;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    size_t packed = stream.total_out;
    deflateEnd(&stream);
    return packed;
}

static inline size_t pack_zstd(const char *data, size_t len, unsigned char *out, size_t cap)
{
    ZSTD_CCtx *context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    size_t packed = ZSTD_compress2(context, out, cap, data, len);
    ZSTD_freeCCtx(context);
    assert_false(ZSTD_isError(packed));
    return packed;
}

static inline size_t pack_xz(const char *data, size_t len, unsigned char *out, size_t cap)
{
    size_t packed = 0;
    assert_int_equal(lzma_easy_buffer_encode(1, LZMA_CHECK_CRC64, NULL, (const uint8_t *)data, len, out, &packed, cap),
                     LZMA_OK);
    return packed;
}

static inline size_t pack_bzip2(const char *data, size_t len, unsigned char *out, size_t cap)
{
    unsigned packed = (unsigned)cap;
    assert_int_equal(BZ2_bzBuffToBuffCompress((char *)out, &packed, (char *)(uintptr_t)data, (unsigned)len, 1, 0, 0),
                     BZ_OK);
    return packed;
}

static const struct packing_row {
    const char *name;
    size_t (*pack)(const char *data, size_t len, unsigned char *out, size_t cap);
} packing_rows[] = {{"gzip", pack_gzip}, {"zstd", pack_zstd}, {"xz", pack_xz}, {"bzip2", pack_bzip2}};
#define N_PACKINGS (sizeof packing_rows / sizeof packing_rows[0])

#endif
