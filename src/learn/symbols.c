#include "learn/symbols.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"

bool symbols_is_format(const char *name, size_t len)
{
    return (len == 9 && memcmp(name, "sequences", 9) == 0) || (len == 6 && memcmp(name, "events", 6) == 0);
}

int symbols_find(const struct lw_log *log, bool **out, struct lw_error *err)
{
    size_t n = lw_log_source_count(log);
    bool *symbolic = alloc_zeroed(n, sizeof *symbolic);
    int code = symbolic == NULL ? fail_memory(err, "looking at sources") : 0;

    for (size_t i = 0; i < n && code == 0; i++) {
        struct lw_source source;

        code = lw_log_source(log, i, &source, err);
        if (code == 0)
            symbolic[i] = symbols_is_format(source.format, strlen(source.format));
    }
    if (code != 0)
        free(symbolic);
    else
        *out = symbolic;
    return code;
}
