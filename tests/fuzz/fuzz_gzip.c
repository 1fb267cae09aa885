/* gzip data: see unpack.h. */
#include "tests/fuzz/unpack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    return fuzz_packing(PACKING_GZIP, data, len);
}
