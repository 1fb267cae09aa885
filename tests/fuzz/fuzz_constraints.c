/* Constraints documents: whatever the bytes, a sound document or an error that names the file; and what was read is
 * written so that it reads back as the same. */
#include <stdlib.h>
#include <string.h>

#include "generate/constraints.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct lw_constraints *constraints = NULL, *again = NULL;
    struct lw_error err;
    if (constraints_parse("fuzz", (const char *)data, len, &constraints, &err) != 0) {
        if (strncmp(err.text, "fuzz", 4) != 0)
            abort();
        return 0;
    }
    struct buf first = BUF_INIT, second = BUF_INIT;
    constraints_print(constraints, &first);
    if (constraints_parse("fuzz", first.data, first.len, &again, &err) != 0)
        abort();
    constraints_print(again, &second);
    if (first.len != second.len || memcmp(first.data, second.data, first.len) != 0)
        abort();
    buf_release(&first);
    buf_release(&second);
    lw_constraints_free(constraints);
    lw_constraints_free(again);
    return 0;
}
