/* Unpacking of hostile data: however it is cut and however much room there is, the same bytes come and the same is
 * said, and it ends. The first two bytes say how it is cut. */
#ifndef LW_TESTS_FUZZ_UNPACK_H
#define LW_TESTS_FUZZ_UNPACK_H

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "input/unpack_stream.h"

#define FUZZ_MOST ((size_t)2 << 20) /* bytes unpacked at most: bombs are not what is tested */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct fuzz_result {
    const char *problem;
    size_t len;
    XXH64_hash_t hash;
    bool is_cut;
};

static inline struct fuzz_result fuzz_unpack(enum packing packing, const uint8_t *data, size_t len, size_t piece,
                                             size_t room)
{
    struct fuzz_result result = {.problem = NULL};
    XXH64_state_t *hash = XXH64_createState();
    unsigned char *out = malloc(room), *block = malloc(piece);
    struct unpacker *unpacker;
    if (hash == NULL || out == NULL || block == NULL || unpacker_new(packing, &unpacker, NULL) != 0)
        abort();
    XXH64_reset(hash, 0);
    for (size_t at = 0; result.problem == NULL && !result.is_cut; at += piece) {
        bool is_end = at >= len;
        size_t n = is_end ? 0 : len - at < piece ? len - at : piece, made;
        const unsigned char *in = block; /* of its own, so that a read past its end is seen */
        memcpy(block, data + (is_end ? 0 : at), n);
        do {
            if (unpacker_step(unpacker, &in, &n, out, room, &made, NULL) != 0)
                result.is_cut = true; /* no memory for what the data asks for */
            XXH64_update(hash, out, made);
            result.len += made;
            result.is_cut = result.is_cut || result.len > FUZZ_MOST;
        } while (made > 0 && !result.is_cut);
        result.problem = unpacker_problem(unpacker, is_end);
        if (result.problem == NULL && !result.is_cut && n > 0)
            abort();
        if (is_end)
            break;
    }
    result.hash = XXH64_digest(hash);
    XXH64_freeState(hash);
    unpacker_free(unpacker);
    free(block);
    free(out);
    return result;
}

static inline int fuzz_packing(enum packing packing, const uint8_t *data, size_t len)
{
    if (len < 2)
        return 0;
    size_t piece = 1 + data[0], room = 1 + (size_t)data[1] * 16;
    struct fuzz_result whole = fuzz_unpack(packing, data + 2, len - 2, len, 64u << 10);
    struct fuzz_result cut = fuzz_unpack(packing, data + 2, len - 2, piece, room);
    if (whole.is_cut || cut.is_cut)
        return 0;
    if ((whole.problem == NULL) != (cut.problem == NULL))
        abort();
    if (whole.problem == NULL && (whole.len != cut.len || whole.hash != cut.hash))
        abort();
    return 0;
}

#endif
