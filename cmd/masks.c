#include "cmd/masks.h"

#include <stdlib.h>

#include "cmd/data_dir.h"

static int read_settings(char **out, struct lw_error *err)
{
    char *path = config_file("masks");
    int code = 0;

    *out = NULL;
    if (path != NULL)
        code = lw_masks_read(path, out, err);
    free(path);
    return code;
}

int masks_find(const char *base, const char *const *changes, size_t n, char **out, struct lw_error *err)
{
    char *masks = NULL;
    int code = base == NULL ? read_settings(&masks, err) : lw_masks_edit(base, NULL, &masks, err);

    while (code == 0 && n > 0) {
        char *next = NULL;

        code = lw_masks_edit(masks, changes[--n], &next, err);
        lw_free(masks);
        masks = next;
    }
    *out = masks;
    return code;
}
