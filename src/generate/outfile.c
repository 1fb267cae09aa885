#include "generate/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fail.h"

#define TEMPORARY_TRIES 100

static int give_up(struct outfile *file, struct lw_error *err, int errnum, const char *what)
{
    int rc = errnum == ENOMEM ? fail_memory(err, what) : fail_errno(err, errnum, file->path, what);
    outfile_abort(file);
    return rc;
}

/* Opens a name beside file->path that nobody has; mode as the user's mask says. */
static int open_temporary(struct outfile *file)
{
    for (int i = 0; i < TEMPORARY_TRIES; i++) {
        struct buf name = BUF_INIT;
        buf_printf(&name, "%s.%ld-%d.tmp", file->path, (long)getpid(), i);
        if (buf_status(&name) != 0) {
            buf_release(&name);
            errno = ENOMEM;
            return -1;
        }
        int fd = open(name.data, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0) {
            file->temporary = name.data;
            return fd;
        }
        buf_release(&name);
        if (errno != EEXIST)
            return -1;
    }
    return -1;
}

int outfile_open(struct outfile *file, const char *path, struct lw_error *err)
{
    *file = (struct outfile){NULL, NULL, NULL};
    bool is_stdout = strcmp(path, "-") == 0;
    file->path = is_stdout ? NULL : realpath(path, NULL);
    if (file->path == NULL)
        file->path = alloc_text(path, strlen(path));
    if (file->path == NULL)
        return fail_memory(err, "opening a file");
    struct stat there;
    int fd;
    if (is_stdout)
        fd = dup(STDOUT_FILENO);
    else if (stat(file->path, &there) == 0 && !S_ISREG(there.st_mode))
        fd = open(file->path, O_WRONLY | O_CLOEXEC);
    else
        fd = open_temporary(file);
    if (fd < 0)
        return give_up(file, err, errno, "cannot be written");
    file->stream = fdopen(fd, "wb");
    if (file->stream == NULL) {
        int errnum = errno;
        close(fd);
        return give_up(file, err, errnum, "cannot be written");
    }
    return 0;
}

/* 0, or -1 where there is nothing to be known. */
static int find_room(const char *path, struct statvfs *out)
{
    struct stat there;
    if (strcmp(path, "-") == 0)
        return fstat(STDOUT_FILENO, &there) == 0 && S_ISREG(there.st_mode) ? fstatvfs(STDOUT_FILENO, out) : -1;
    if (stat(path, &there) == 0)
        return S_ISREG(there.st_mode) || S_ISDIR(there.st_mode) ? statvfs(path, out) : -1;
    struct buf folder = BUF_INIT;
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        buf_add_text(&folder, ".");
    else
        buf_add(&folder, path, (size_t)(slash - path) + 1);
    buf_add_byte(&folder, 0);
    int rc = buf_status(&folder) == 0 ? statvfs(folder.data, out) : -1;
    buf_release(&folder);
    return rc;
}

static void print_size(double bytes, char text[20])
{
    static const char *const units[] = {"B", "KB", "MB", "GB", "TB", "PB"};
    size_t unit = 0;
    for (; bytes >= 1000 && unit + 1 < sizeof units / sizeof *units; unit++)
        bytes /= 1000;
    snprintf(text, 20, "%.3g %s", bytes, units[unit]);
}

int outfile_has_room(const char *path, double bytes, struct lw_error *err)
{
    struct statvfs disk;
    if (find_room(path, &disk) != 0)
        return 0;
    double room = (double)disk.f_bavail * (double)disk.f_frsize;
    if (bytes <= room)
        return 0;
    char need[20], have[20];
    print_size(bytes, need);
    print_size(room, have);
    return fail(err, LW_ERR_LIMIT,
                "%s: about %s are to be written, and %s are free there; ask for less, or write it "
                "elsewhere",
                strcmp(path, "-") == 0 ? "standard output" : path, need, have);
}

int outfile_write(struct outfile *file, const void *data, size_t len, struct lw_error *err)
{
    if (len > 0 && fwrite(data, 1, len, file->stream) != len)
        return fail_errno(err, errno, file->path, "writing failed");
    return 0;
}

int outfile_commit(struct outfile *file, struct lw_error *err)
{
    bool is_bad = fflush(file->stream) != 0;
    if (!is_bad && file->temporary != NULL)
        is_bad = fsync(fileno(file->stream)) != 0;
    int errnum = errno;
    FILE *stream = file->stream;
    file->stream = NULL;
    if (fclose(stream) != 0 && !is_bad) {
        is_bad = true;
        errnum = errno;
    }
    if (!is_bad && file->temporary != NULL && rename(file->temporary, file->path) != 0) {
        is_bad = true;
        errnum = errno;
    }
    if (is_bad)
        return give_up(file, err, errnum, "writing failed");
    free(file->temporary);
    free(file->path);
    *file = (struct outfile){NULL, NULL, NULL};
    return 0;
}

void outfile_abort(struct outfile *file)
{
    if (file->stream != NULL)
        fclose(file->stream);
    if (file->temporary != NULL)
        unlink(file->temporary);
    free(file->temporary);
    free(file->path);
    *file = (struct outfile){NULL, NULL, NULL};
}

int outfile_save(const char *path, const void *data, size_t len, struct lw_error *err)
{
    struct outfile file;
    int rc = outfile_open(&file, path, err);
    if (rc != 0)
        return rc;
    rc = outfile_write(&file, data, len, err);
    if (rc != 0) {
        outfile_abort(&file);
        return rc;
    }
    return outfile_commit(&file, err);
}
