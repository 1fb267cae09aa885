/* Journal exports, whatever their bytes: cut anywhere they give the same, every line that is made of an entry is a JSON
 * object, and what is not of the format comes out as it went in. The first byte says how it is cut. */
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "input/journal_export.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const char *convert(const uint8_t *data, size_t len, size_t piece, struct buf *out)
{
    struct journal *journal;
    const char *problem = NULL;
    if (journal_new(&journal, NULL) != 0)
        abort();
    for (size_t at = 0; at < len; at += piece)
        if (journal_add(journal, data + at, len - at < piece ? len - at : piece, out, NULL) != 0)
            abort();
    if (journal_end(journal, out, &problem, NULL) != 0)
        abort();
    journal_free(journal);
    return problem;
}

/* Without a problem, all of it is objects. */
static void check_lines(const struct buf *out)
{
    for (size_t at = 0; at < out->len;) {
        const char *feed = memchr(out->data + at, '\n', out->len - at);
        struct json_tokener *tokener = json_tokener_new();
        if (feed == NULL || tokener == NULL)
            abort();
        int n = (int)(feed - (out->data + at));
        json_tokener_set_flags(tokener, JSON_TOKENER_VALIDATE_UTF8);
        struct json_object *object = json_tokener_parse_ex(tokener, out->data + at, n);
        if (!json_object_is_type(object, json_type_object))
            abort();
        json_object_put(object);
        json_tokener_free(tokener);
        at += (size_t)n + 1;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct buf whole = BUF_INIT, cut = BUF_INIT;
    if (len < 2)
        return 0;
    const char *problem = convert(data + 1, len - 1, len, &whole);
    if (convert(data + 1, len - 1, 1 + data[0] % 32u, &cut) != problem || whole.len != cut.len ||
        (whole.len > 0 && memcmp(whole.data, cut.data, whole.len) != 0))
        abort();
    if (problem == NULL)
        check_lines(&whole);
    buf_release(&whole);
    buf_release(&cut);
    return 0;
}
