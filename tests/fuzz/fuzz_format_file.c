/* Format files, whatever their bytes: one that is read prints, and what is printed is read as the same again. */
#include <stdlib.h>
#include <string.h>

#include "log/format_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct form *form, *again;
    struct lw_error err = {0};
    struct buf text = BUF_INIT;
    int code = format_file_parse("fuzz.json", (const char *)data, len, &form, &err);
    if (code != 0) {
        if (err.text[0] == '\0')
            abort();
        return 0;
    }
    if (format_file_print(form, NULL, 0, &text, NULL) != 0 ||
        format_file_parse("again.json", text.data, text.len, &again, &err) != 0 || again->n_groups != form->n_groups)
        abort();
    form_free(again);
    form_free(form);
    buf_release(&text);
    return 0;
}
