/*
 * A plain file keeps its descriptor, so that it stays the same file when its name is rotated away. Mapping files was
 * rejected: a log truncated under a mapping kills the process with SIGBUS. The spool is made with O_TMPFILE where the
 * file system has it, so that nothing is left behind even by a kill.
 */
#define _GNU_SOURCE /* O_TMPFILE */
#include "input/source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/executor.h"
#include "base/fail.h"
#include "input/unpack_stream.h"

#define BLOCK   (256u << 10)
#define PEEK    (64u << 10) /* looked at to tell text from binary data */
#define WAIT_MS 100

/* ---- the spool ------------------------------------------------------------------------------------------------ */

static const char *spool_folder(void)
{
    const char *folder = getenv("TMPDIR");
    return folder != NULL && folder[0] != '\0' ? folder : "/tmp";
}

static int spool_open(struct spool *spool, struct lw_error *err)
{
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

void spool_release(struct spool *spool)
{
    if (spool->fd >= 0)
        close(spool->fd);
    spool->fd = -1;
    spool->len = 0;
}

static int spool_write(struct spool *spool, const unsigned char *data, size_t len, struct lw_error *err)
{
    int code = spool->fd < 0 ? spool_open(spool, err) : 0;
    while (code == 0 && len > 0) {
        ssize_t n = pwrite(spool->fd, data, len, (off_t)spool->len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail(err, LW_ERR_IO, "temporary file in %s: %s; point TMPDIR to a folder with more room",
                        spool_folder(), strerror(errno));
        data += n;
        len -= (size_t)n;
        spool->len += (uint64_t)n;
    }
    return code;
}

/* ---- filling it ----------------------------------------------------------------------------------------------- */

struct transfer {
    int fd;
    const char *path;
    struct spool *spool;
    const struct lw_run *run;
    const unsigned char *peeked; /* read already, not yet given on */
    size_t n_peeked;
    uint64_t done, total;
};

/* Waits in short turns, so that a run can be cancelled while a pipe is silent. */
static int await_bytes(int fd, const struct lw_run *run, struct lw_error *err)
{
    struct pollfd waiting = {.fd = fd, .events = POLLIN};
    int code;
    do
        code = run_check(run, err);
    while (code == 0 && (poll(&waiting, 1, WAIT_MS) == 0 || (waiting.revents == 0 && errno == EINTR)));
    return code;
}

static int read_some(int fd, const char *path, const struct lw_run *run, unsigned char *data, size_t cap, size_t *got,
                     struct lw_error *err)
{
    ssize_t n;
    int code = await_bytes(fd, run, err);
    if (code != 0)
        return code;
    do
        n = read(fd, data, cap);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return fail_errno(err, errno, path, "reading");
    *got = (size_t)n;
    return 0;
}

static int transfer_read(void *user, unsigned char *data, size_t cap, size_t *got, struct lw_error *err)
{
    struct transfer *t = user;
    int code = 0;
    if (t->n_peeked > 0) {
        *got = t->n_peeked < cap ? t->n_peeked : cap;
        memcpy(data, t->peeked, *got);
        t->peeked += *got;
        t->n_peeked -= *got;
    } else {
        code = read_some(t->fd, t->path, t->run, data, cap, got, err);
    }
    t->done += code == 0 ? *got : 0;
    run_progress(t->run, "reading", t->done, t->total > t->done ? t->total : 0);
    return code;
}

static int transfer_write(void *user, const unsigned char *data, size_t len, struct lw_error *err)
{
    struct transfer *t = user;
    return spool_write(t->spool, data, len, err);
}

static int transfer_plain(struct transfer *t, struct lw_error *err)
{
    unsigned char *block = alloc_array(BLOCK, 1);
    if (block == NULL)
        return fail_memory(err, "reading");
    size_t got = 1;
    int code = 0;
    while (code == 0 && got > 0) {
        code = transfer_read(t, block, BLOCK, &got, err);
        if (code == 0)
            code = transfer_write(t, block, got, err);
    }
    free(block);
    return code;
}

/* ---- sources -------------------------------------------------------------------------------------------------- */

/* Text has no NUL bytes and few control bytes; UTF-16 is mostly NUL and lands here too. */
static bool is_binary(const unsigned char *data, size_t len)
{
    size_t odd = 0;
    for (size_t i = 0; i < len; i++)
        odd += data[i] == 0 || (data[i] < 0x20 && data[i] != '\t' && data[i] != '\n' && data[i] != '\r' &&
                                data[i] != '\f' && data[i] != 0x1b && data[i] != '\b');
    return len > 0 && odd * 20 > len;
}

static int open_path(const char *path, struct stat *info, int *fd, struct lw_error *err)
{
    bool is_stdin = strcmp(path, "-") == 0;
    *fd = is_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (*fd < 0)
        return fail_errno(err, errno, is_stdin ? "standard input" : path, "cannot be opened");
    int code = 0;
    if (fstat(*fd, info) != 0)
        code = fail_errno(err, errno, path, "cannot be examined");
    else if (S_ISDIR(info->st_mode))
        code = fail(err, LW_ERR_USAGE, "%s: is a folder; give its files, such as %s%s*", path, path,
                    path[strlen(path) - 1] == '/' ? "" : "/");
    if (code != 0)
        close(*fd);
    return code;
}

/* Reads the first bytes; a pipe may give them in pieces. */
static int peek(int fd, const char *path, const struct lw_run *run, unsigned char *data, size_t cap, size_t *len,
                struct lw_error *err)
{
    *len = 0;
    while (*len < cap) {
        size_t got = 0;
        int code = read_some(fd, path, run, data + *len, cap - *len, &got, err);
        if (code != 0)
            return code;
        if (got == 0)
            break;
        *len += got;
    }
    return 0;
}

static int fill(struct source *source, struct transfer *t, enum packing packing, const char **problem,
                struct lw_error *err)
{
    source->base = t->spool->len;
    const struct unpack_ends ends = {transfer_read, transfer_write, t};
    int code = packing == PACKING_NONE ? transfer_plain(t, err) : unpack_stream(packing, &ends, problem, err);
    source->fd = t->spool->fd;
    source->size = t->spool->len - source->base;
    return code;
}

/* Notes problem, or that the text looks binary. */
static int note(struct source *source, const char *problem, unsigned char *scratch, struct lw_error *err)
{
    size_t got = 0;
    int code = problem == NULL ? source_read(source, 0, scratch, PEEK, &got, err) : 0;
    if (code != 0)
        return code;
    if (problem == NULL && is_binary(scratch, got))
        problem = "looks like binary data, not text";
    if (problem != NULL && (source->problem = alloc_text(problem, strlen(problem))) == NULL)
        return fail_memory(err, "opening a source");
    return 0;
}

static int open_source(struct source *source, int fd, const struct stat *info, bool keep_fd, struct spool *spool,
                       const struct lw_run *run, unsigned char *head, struct lw_error *err)
{
    size_t len = 0;
    const char *problem = NULL;
    off_t start = S_ISREG(info->st_mode) ? lseek(fd, 0, SEEK_CUR) : 0;
    int code = peek(fd, source->path, run, head, PEEK, &len, err);
    if (code != 0)
        return code;
    enum packing packing = packing_find(head, len);
    if (packing == PACKING_NONE && S_ISREG(info->st_mode) && keep_fd && info->st_size >= start) {
        source->fd = fd;
        source->owns_fd = true;
        source->base = (uint64_t)start;
        source->size = (uint64_t)(info->st_size - start);
        source->is_file = true;
        source->device = info->st_dev;
        source->inode = info->st_ino;
        source->mark_len = len < SOURCE_MARK ? len : SOURCE_MARK;
        memcpy(source->mark, head, source->mark_len);
        if (info->st_size == 0 && len > 0) /* files of /proc say 0 */
            source->owns_fd = source->is_file = false;
    }
    if (!source->owns_fd) {
        struct transfer t = {fd, source->path, spool, run, head, len, 0, 0};
        t.total = S_ISREG(info->st_mode) ? (uint64_t)info->st_size : 0;
        code = fill(source, &t, packing, &problem, err);
    }
    return code != 0 ? code : note(source, problem, head, err);
}

int source_open(const char *path, bool keep_fd, struct spool *spool, const struct lw_run *run, struct source *out,
                struct lw_error *err)
{
    if (path == NULL || path[0] == '\0')
        return fail(err, LW_ERR_USAGE, "the name of a source is empty");
    struct stat info;
    int fd;
    int code = open_path(path, &info, &fd, err);
    if (code != 0)
        return code;
    struct source source = {.path = alloc_text(path, strlen(path)), .fd = -1, .is_whole = true};
    unsigned char *head = alloc_array(PEEK, 1);
    if (source.path == NULL || head == NULL)
        code = fail_memory(err, "opening a source");
    else
        code = open_source(&source, fd, &info, keep_fd, spool, run, head, err);
    free(head);
    if (!source.owns_fd || source.fd != fd)
        close(fd);
    if (code != 0) {
        source_release(&source);
        return code;
    }
    *out = source;
    return 0;
}

int source_pump(struct source *source, uint64_t max_bytes, int wait_ms, uint64_t *grown, struct lw_error *err)
{
    (void)source, (void)max_bytes, (void)wait_ms, (void)err;
    *grown = 0;
    return 0;
}

/* ---- looking at files that grow -------------------------------------------------------------------------------- */

/* Whether the file begins as it did; a mark that was short grows with the file. */
static int check_mark(struct source *source, bool *is_same, struct lw_error *err)
{
    unsigned char now[SOURCE_MARK];
    size_t got = 0;
    int code = source_read(source, 0, now, sizeof now, &got, err);
    *is_same = code == 0 && got >= source->mark_len && memcmp(now, source->mark, source->mark_len) == 0;
    if (*is_same && got > source->mark_len) {
        memcpy(source->mark, now, got);
        source->mark_len = got;
    }
    return code == LW_ERR_NOT_FOUND ? 0 : code;
}

int source_look(struct source *source, struct source_news *news, struct lw_error *err)
{
    struct stat info;
    *news = (struct source_news){SOURCE_SAME, 0};
    if (!source->is_file)
        return 0;
    if (source->is_gone || fstat(source->fd, &info) != 0) {
        news->state = SOURCE_TRUNCATED;
        return source->is_gone ? 0 : fail_errno(err, errno, source->path, "cannot be examined");
    }
    uint64_t size = source->size, end = (uint64_t)info.st_size;
    bool is_same = end >= source->base + size;
    if (is_same && end > source->base + size) {
        source->size = end - source->base;
        news->grown = end - source->base - size;
    }
    int code = is_same ? check_mark(source, &is_same, err) : 0;
    if (code != 0)
        return code;
    if (!is_same) {
        source->is_gone = true;
        *news = (struct source_news){SOURCE_TRUNCATED, 0};
    } else if (strcmp(source->path, "-") != 0) {
        if (stat(source->path, &info) != 0)
            news->state = SOURCE_VANISHED;
        else if (info.st_dev != source->device || info.st_ino != source->inode)
            news->state = SOURCE_REPLACED;
    }
    return 0;
}

void source_release(struct source *source)
{
    if (source->owns_fd)
        close(source->fd);
    free(source->path);
    free(source->problem);
    *source = (struct source){.fd = -1};
}

int source_read(const struct source *source, uint64_t offset, void *data, size_t len, size_t *got, struct lw_error *err)
{
    uint64_t size = source->size;
    *got = 0;
    if (source->is_gone)
        return fail(err, LW_ERR_NOT_FOUND, "%s: was truncated; what was read before is not there any more",
                    source->path);
    if (offset >= size)
        return 0;
    if (len > size - offset)
        len = (size_t)(size - offset);
    while (*got < len) {
        ssize_t n = pread(source->fd, (char *)data + *got, len - *got, (off_t)(source->base + offset + *got));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail_errno(err, errno, source->path, "reading");
        if (n == 0)
            return fail(err, LW_ERR_NOT_FOUND, "%s: shrank while it was read; open it again", source->path);
        *got += (size_t)n;
    }
    return 0;
}
