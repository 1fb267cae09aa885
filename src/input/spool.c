/*
 * The file is made with O_TMPFILE where the file system has it, so that nothing is left behind even by a kill. /var/tmp
 * comes before /tmp, which is often memory: a spool is there to keep text out of memory.
 */
#define _GNU_SOURCE /* O_TMPFILE */
#include "input/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fail.h"

const char *spool_folder(void)
{
    const char *folder = getenv("TMPDIR");
    if (folder != NULL && folder[0] != '\0')
        return folder;
    return access("/var/tmp", W_OK | X_OK) == 0 ? "/var/tmp" : "/tmp";
}

int spool_open(struct spool *spool, struct lw_error *err)
{
    if (spool->fd >= 0)
        return 0;
    const char *folder = spool_folder();
#ifdef O_TMPFILE
    spool->fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (spool->fd >= 0)
        return 0;
#endif
    size_t room = strlen(folder) + sizeof "/logwright-XXXXXX";
    char *name = alloc_array(room, 1);
    if (name == NULL)
        return fail_memory(err, "making a temporary file");
    snprintf(name, room, "%s/logwright-XXXXXX", folder);
    spool->fd = mkstemp(name);
    int code = 0;
    if (spool->fd < 0) {
        code = fail(err, LW_ERR_IO, "no temporary file can be made in %s (%s); point TMPDIR to a folder with room",
                    folder, strerror(errno));
    } else {
        fcntl(spool->fd, F_SETFD, FD_CLOEXEC);
        unlink(name);
    }
    free(name);
    return code;
}

int spool_write(struct spool *spool, const void *data, size_t len, struct lw_error *err)
{
    const char *from = data;
    int code = spool_open(spool, err);
    while (code == 0 && len > 0) {
        ssize_t n = pwrite(spool->fd, from, len, (off_t)spool->len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail(err, LW_ERR_IO, "temporary file in %s: %s; point TMPDIR to a folder with more room",
                        spool_folder(), strerror(errno));
        from += n;
        len -= (size_t)n;
        spool->len += (uint64_t)n;
    }
    return code;
}

void spool_release(struct spool *spool)
{
    if (spool->fd >= 0)
        close(spool->fd);
    *spool = (struct spool)SPOOL_INIT;
}
