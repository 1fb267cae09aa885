#include "cmd/data_dir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *data_dir(const char *name)
{
    const char *base = getenv("XDG_DATA_HOME"), *home = getenv("HOME"), *under = "";
    size_t size;
    char *path;

    if (base == NULL || *base != '/') {
        if (home == NULL || *home == '\0')
            return NULL;
        base = home;
        under = "/.local/share";
    }
    size = strlen(base) + strlen(under) + strlen("/logwright/") + strlen(name) + 1;
    path = malloc(size);
    if (path != NULL)
        snprintf(path, size, "%s%s/logwright/%s", base, under, name);
    return path;
}
