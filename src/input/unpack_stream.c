/*
 * The four libraries work alike: they take what they can of the input, give what the output has room for, and say when
 * a member ends. A row of `codecs` brings each to that form; what holds for all (members one after another, padding,
 * what a failure means) is written once, in unpacker_step.
 */
#include "input/unpack_stream.h"

#include <bzlib.h>
#include <limits.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/alloc.h"
#include "base/fail.h"

#define GZIP_BITS (15 + 16)
#define ZSTD_LOG  27 /* largest window accepted, as `zstd --long` makes: a header alone must not cost gigabytes */
#define XZ_MEMORY (UINT64_C(1) << 30)
#define MAX_MAGIC 10

enum step { STEP_MORE, STEP_END, STEP_DAMAGED, STEP_LIMIT, STEP_MEMORY };

struct piece {
    const unsigned char *in;
    size_t in_len;
    unsigned char *out;
    size_t cap;
};

struct unpacker {
    const struct codec *codec;
    union {
        z_stream gzip;
        ZSTD_DStream *zstd;
        lzma_stream xz;
        bz_stream bzip2;
    } with;
    bool is_between; /* members; so at the start */
    bool has_member; /* one is complete */
    bool has_output; /* of this member */
    const char *problem;
};

/* start: for the first member; again: for each further one. Both false when memory is out. */
struct codec {
    const char *early, *damaged, *trailed;
    bool (*start)(struct unpacker *u);
    bool (*again)(struct unpacker *u);
    enum step (*step)(struct unpacker *u, struct piece *piece);
    void (*stop)(struct unpacker *u);
};

static void advance(struct piece *piece, size_t n_in, size_t n_out)
{
    piece->in += n_in;
    piece->in_len -= n_in;
    piece->out += n_out;
    piece->cap -= n_out;
}

static unsigned to_unsigned(size_t n)
{
    return n < UINT_MAX ? (unsigned)n : UINT_MAX;
}

/* ---- gzip ------------------------------------------------------------------------------------------------------ */

static bool gzip_start(struct unpacker *u)
{
    return inflateInit2(&u->with.gzip, GZIP_BITS) == Z_OK;
}

static bool gzip_again(struct unpacker *u)
{
    return inflateReset(&u->with.gzip) == Z_OK;
}

static enum step gzip_step(struct unpacker *u, struct piece *piece)
{
    z_stream *stream = &u->with.gzip;
    unsigned n_in = to_unsigned(piece->in_len), n_out = to_unsigned(piece->cap);
    stream->next_in = (unsigned char *)(uintptr_t)piece->in; /* zlib does not write there */
    stream->avail_in = n_in;
    stream->next_out = piece->out;
    stream->avail_out = n_out;
    int state = inflate(stream, Z_NO_FLUSH);
    advance(piece, n_in - stream->avail_in, n_out - stream->avail_out);
    return state == Z_OK || state == Z_BUF_ERROR ? STEP_MORE
           : state == Z_STREAM_END               ? STEP_END
           : state == Z_MEM_ERROR                ? STEP_MEMORY
                                                 : STEP_DAMAGED;
}

static void gzip_stop(struct unpacker *u)
{
    inflateEnd(&u->with.gzip);
}

/* ---- zstd ------------------------------------------------------------------------------------------------------ */

static bool zstd_start(struct unpacker *u)
{
    u->with.zstd = ZSTD_createDStream();
    return u->with.zstd != NULL && !ZSTD_isError(ZSTD_DCtx_setParameter(u->with.zstd, ZSTD_d_windowLogMax, ZSTD_LOG));
}

static bool zstd_again(struct unpacker *u)
{
    return !ZSTD_isError(ZSTD_DCtx_reset(u->with.zstd, ZSTD_reset_session_only));
}

static enum step zstd_step(struct unpacker *u, struct piece *piece)
{
    ZSTD_inBuffer in = {piece->in, piece->in_len, 0};
    ZSTD_outBuffer out = {piece->out, piece->cap, 0};
    size_t state = ZSTD_decompressStream(u->with.zstd, &out, &in);
    advance(piece, in.pos, out.pos);
    if (!ZSTD_isError(state))
        return state == 0 ? STEP_END : STEP_MORE;
    return ZSTD_getErrorCode(state) == ZSTD_error_memory_allocation ? STEP_MEMORY : STEP_DAMAGED;
}

static void zstd_stop(struct unpacker *u)
{
    ZSTD_freeDStream(u->with.zstd);
}

/* ---- xz -------------------------------------------------------------------------------------------------------- */

static bool xz_start(struct unpacker *u)
{
    return lzma_stream_decoder(&u->with.xz, XZ_MEMORY, 0) == LZMA_OK;
}

static enum step xz_step(struct unpacker *u, struct piece *piece)
{
    lzma_stream *stream = &u->with.xz;
    stream->next_in = piece->in;
    stream->avail_in = piece->in_len;
    stream->next_out = piece->out;
    stream->avail_out = piece->cap;
    lzma_ret state = lzma_code(stream, LZMA_RUN);
    advance(piece, piece->in_len - stream->avail_in, piece->cap - stream->avail_out);
    switch (state) {
    case LZMA_OK:
    case LZMA_BUF_ERROR:
        return STEP_MORE;
    case LZMA_STREAM_END:
        return STEP_END;
    case LZMA_MEM_ERROR:
        return STEP_MEMORY;
    case LZMA_MEMLIMIT_ERROR:
        return STEP_LIMIT;
    default:
        return STEP_DAMAGED;
    }
}

static void xz_stop(struct unpacker *u)
{
    lzma_end(&u->with.xz);
}

/* ---- bzip2 ----------------------------------------------------------------------------------------------------- */

static bool bzip2_start(struct unpacker *u)
{
    u->with.bzip2 = (bz_stream){0};
    return BZ2_bzDecompressInit(&u->with.bzip2, 0, 0) == BZ_OK;
}

static bool bzip2_again(struct unpacker *u)
{
    BZ2_bzDecompressEnd(&u->with.bzip2);
    return bzip2_start(u);
}

static enum step bzip2_step(struct unpacker *u, struct piece *piece)
{
    bz_stream *stream = &u->with.bzip2;
    unsigned n_in = to_unsigned(piece->in_len), n_out = to_unsigned(piece->cap);
    stream->next_in = (char *)(uintptr_t)piece->in; /* libbz2 does not write there */
    stream->avail_in = n_in;
    stream->next_out = (char *)piece->out;
    stream->avail_out = n_out;
    int state = BZ2_bzDecompress(stream);
    advance(piece, n_in - stream->avail_in, n_out - stream->avail_out);
    return state == BZ_OK           ? STEP_MORE
           : state == BZ_STREAM_END ? STEP_END
           : state == BZ_MEM_ERROR  ? STEP_MEMORY
                                    : STEP_DAMAGED;
}

static void bzip2_stop(struct unpacker *u)
{
    BZ2_bzDecompressEnd(&u->with.bzip2);
}

/* ---- all of them ----------------------------------------------------------------------------------------------- */

#define WORDS(name) name " data ends early", name " data is damaged", "other data follows the " name " data"

static const struct codec codecs[] = {
    [PACKING_GZIP] = {WORDS("gzip"), gzip_start, gzip_again, gzip_step, gzip_stop},
    [PACKING_ZSTD] = {WORDS("zstd"), zstd_start, zstd_again, zstd_step, zstd_stop},
    [PACKING_XZ] = {WORDS("xz"), xz_start, xz_start, xz_step, xz_stop},
    [PACKING_BZIP2] = {WORDS("bzip2"), bzip2_start, bzip2_again, bzip2_step, bzip2_stop},
};

static const struct magic {
    enum packing packing;
    size_t len;
    const char *bytes, *mask;
} magics[] = {
    {PACKING_GZIP, 3, "\x1f\x8b\x08", "\xff\xff\xff"},
    {PACKING_ZSTD, 4, "\x28\xb5\x2f\xfd", "\xff\xff\xff\xff"},
    {PACKING_ZSTD, 4, "\x50\x2a\x4d\x18", "\xf0\xff\xff\xff"}, /* a skippable frame, as pzstd makes */
    {PACKING_XZ, 6, "\xfd\x37\x7a\x58\x5a\x00", "\xff\xff\xff\xff\xff\xff"},
    {PACKING_BZIP2, 10, "BZh\x30\x31\x41\x59\x26\x53\x59", "\xff\xff\xff\xf0\xff\xff\xff\xff\xff\xff"},
    {PACKING_BZIP2, 10, "BZh\x30\x17\x72\x45\x38\x50\x90", "\xff\xff\xff\xf0\xff\xff\xff\xff\xff\xff"}, /* empty */
};

enum packing packing_find(const unsigned char *data, size_t len, bool *is_open)
{
    *is_open = false;
    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++) {
        const struct magic *m = &magics[i];
        size_t n = 0;
        while (n < len && n < m->len && ((data[n] ^ (unsigned char)m->bytes[n]) & (unsigned char)m->mask[n]) == 0)
            n++;
        if (n == m->len)
            return m->packing;
        *is_open = *is_open || n == len;
    }
    return PACKING_NONE;
}

int unpacker_new(enum packing packing, struct unpacker **out, struct lw_error *err)
{
    struct unpacker *u = alloc_zeroed(1, sizeof *u);
    if (u == NULL)
        return fail_memory(err, "unpacking");
    u->codec = &codecs[packing];
    u->is_between = true;
    if (!u->codec->start(u)) {
        u->codec->stop(u);
        free(u);
        return fail_memory(err, "unpacking");
    }
    *out = u;
    return 0;
}

void unpacker_free(struct unpacker *unpacker)
{
    if (unpacker != NULL)
        unpacker->codec->stop(unpacker);
    free(unpacker);
}

/* Passes over padding and begins a member if there is input for one. */
static int begin(struct unpacker *u, struct piece *piece, struct lw_error *err)
{
    while (u->has_member && piece->in_len > 0 && *piece->in == 0)
        advance(piece, 1, 0);
    if (piece->in_len == 0)
        return 0;
    u->is_between = u->has_output = false;
    return u->has_member && !u->codec->again(u) ? fail_memory(err, "unpacking") : 0;
}

int unpacker_step(struct unpacker *u, const unsigned char **in, size_t *len, unsigned char *out, size_t cap,
                  size_t *made, struct lw_error *err)
{
    struct piece piece = {*in, *len, out, cap};
    int code = 0;
    while (code == 0 && u->problem == NULL && piece.cap == cap) {
        if (u->is_between)
            code = begin(u, &piece, err);
        if (code != 0 || u->is_between)
            break;
        size_t before = piece.in_len;
        enum step step = u->codec->step(u, &piece);
        u->has_output = u->has_output || piece.cap < cap;
        if (step == STEP_MEMORY)
            code = fail_memory(err, "unpacking");
        else if (step == STEP_LIMIT)
            u->problem = "xz data needs more than 1 GiB of memory to be unpacked";
        else if (step == STEP_DAMAGED)
            u->problem = u->has_member && !u->has_output ? u->codec->trailed : u->codec->damaged;
        else if (step == STEP_END)
            u->is_between = u->has_member = true;
        else if (piece.in_len == 0)
            break;
        else if (piece.in_len == before && piece.cap == cap)
            u->problem = u->codec->damaged; /* it neither takes nor gives */
    }
    *in = piece.in;
    *len = piece.in_len;
    *made = cap - piece.cap;
    return code;
}

const char *unpacker_problem(const struct unpacker *unpacker, bool is_end)
{
    if (unpacker->problem == NULL && is_end && !unpacker->is_between)
        return unpacker->codec->early;
    return unpacker->problem;
}
