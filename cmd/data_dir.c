#include "cmd/data_dir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* Folder of the program, for one that runs where it was built or was moved with its data; "" if that is not known. */
static void program_folder(char *out, size_t size)
{
    ssize_t n = readlink("/proc/self/exe", out, size - 1);
    char *slash;

    out[n > 0 ? n : 0] = '\0';
    slash = strrchr(out, '/');
    if (slash != NULL)
        *slash = '\0';
}

char *shipped_path(const char *folder, const char *name)
{
    /* installed and moved; in a build folder, without and with the folder of libtool */
    static const char *const below[] = {"", "/../share/logwright", "/..", "/../.."};
    const char *given = getenv("LOGWRIGHT_DATADIR");
    char program[1000];

    program_folder(program, sizeof program);
    for (size_t i = 0; i < 2 + sizeof below / sizeof below[0]; i++) {
        const char *root = i == 0 ? given : i == 1 ? LW_DATADIR : program, *under = i < 2 ? "" : below[i - 2];
        size_t size;
        char *path;

        if (root == NULL || *root == '\0')
            continue;
        size = strlen(root) + strlen(under) + strlen(folder) + strlen(name) + 3;
        path = malloc(size);
        if (path == NULL)
            return NULL;
        snprintf(path, size, "%s%s/%s/%s", root, under, folder, name);
        if (access(path, R_OK) == 0)
            return path;
        free(path);
    }
    return NULL;
}
