#include "cmd/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A device or a pipe has to be written in place; a file is written beside its place and renamed, so that neither a full
 * disk nor a kill leaves half of it. */
int output_open(const char *path, FILE *stream, struct output *out)
{
    struct stat info;
    size_t size;
    int fd;

    *out = (struct output){stream, NULL, NULL};
    if (path == NULL || strcmp(path, "-") == 0)
        return 0;
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode)) {
        out->file = fopen(path, "w");
        out->path = path;
        return out->file == NULL ? -1 : 0;
    }
    size = strlen(path) + 32;
    out->temporary = malloc(size);
    if (out->temporary == NULL)
        return -1;
    snprintf(out->temporary, size, "%s.%ld.tmp", path, (long)getpid());
    fd = open(out->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    out->file = fd < 0 ? NULL : fdopen(fd, "w");
    if (out->file == NULL) {
        int saved = errno;

        if (fd >= 0) {
            close(fd);
            unlink(out->temporary);
        }
        free(out->temporary);
        errno = saved;
        return -1;
    }
    out->path = path;
    return 0;
}

int output_close(struct output *output, int keep)
{
    int problem = 0;

    errno = 0;
    if (fflush(output->file) != 0 || ferror(output->file))
        problem = errno != 0 ? errno : EIO;
    if (output->path != NULL && fclose(output->file) != 0 && problem == 0)
        problem = errno;
    if (output->temporary != NULL) {
        if (!keep || problem != 0)
            unlink(output->temporary);
        else if (rename(output->temporary, output->path) != 0)
            problem = errno;
        free(output->temporary);
    }
    *output = (struct output){NULL, NULL, NULL};
    errno = problem;
    return problem == 0 ? 0 : -1;
}
