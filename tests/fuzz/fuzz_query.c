/* Filters: whatever the text, a query or an error that names the column; and what was read can be run. */
#include <stdlib.h>
#include <string.h>

#include "log/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct lw_query *query = NULL;
    struct lw_error err;
    struct query_number number;
    struct query_time time;
    char *text = malloc(len + 1);
    if (text == NULL)
        return 0;
    memcpy(text, data, len);
    text[len] = '\0';
    query_number_read(text, len, &number);
    if (query_time_read(text, len, &time) && time.from_us >= time.to_us)
        abort();
    if (lw_query_new(text, &query, &err) != 0) {
        if (err.code != LW_ERR_USAGE || strncmp(err.text, "filter, column ", 15) != 0)
            abort();
    } else if (query->root != QUERY_NONE && query->root >= query->n_nodes) {
        abort();
    }
    lw_query_free(query);
    free(text);
    return 0;
}
