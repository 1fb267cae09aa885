#include "cmd/data_dir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "$VARIABLE/logwright/NAME", or under ~/FALLBACK where the variable does not name a folder. */
static char *xdg_path(const char *variable, const char *fallback, const char *name)
{
    const char *base = getenv(variable), *home = getenv("HOME"), *under = "";
    size_t size;
    char *path;

    if (base == NULL || *base != '/') {
        if (home == NULL || *home == '\0')
            return NULL;
        base = home;
        under = fallback;
    }
    size = strlen(base) + strlen(under) + strlen("/logwright/") + strlen(name) + 1;
    path = malloc(size);
    if (path != NULL)
        snprintf(path, size, "%s%s/logwright/%s", base, under, name);
    return path;
}

char *data_dir(const char *name)
{
    return xdg_path("XDG_DATA_HOME", "/.local/share", name);
}

char *config_file(const char *name)
{
    return xdg_path("XDG_CONFIG_HOME", "/.config", name);
}
