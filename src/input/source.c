/*
 * A plain file keeps its descriptor, so that it stays the same file when its name is rotated away. Mapping files was
 * rejected: a log truncated under a mapping kills the process with SIGBUS. What is not plain goes through an intake
 * (intake.h) into a spool of the source's own, so that several sources can grow at once and each is one range of bytes.
 */
#include "input/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/executor.h"
#include "base/fail.h"
#include "input/intake.h"
#include "input/journal_export.h"
#include "input/unpack_stream.h"

#define PEEK    (64u << 10) /* looked at to tell text from binary data */
#define FILL    (4u << 20)
#define WAIT_MS 100

#ifdef __linux__
#define OPEN_FIFO O_NONBLOCK /* elsewhere a pipe that nobody writes to yet would look as if it had ended */
#else
#define OPEN_FIFO 0
#endif

/* Text has no NUL bytes and few control bytes; UTF-16 is mostly NUL and lands here too. */
static bool is_binary(const unsigned char *data, size_t len)
{
    size_t odd = 0;
    for (size_t i = 0; i < len; i++)
        odd += data[i] == 0 || (data[i] < 0x20 && data[i] != '\t' && data[i] != '\n' && data[i] != '\r' &&
                                data[i] != '\f' && data[i] != 0x1b && data[i] != '\b');
    return len > 0 && odd * 20 > len;
}

/* Notes the first problem only: a second thread may be reading it. */
static int note(struct source *source, const char *problem, struct lw_error *err)
{
    if (problem == NULL || source->problem != NULL)
        return 0;
    source->problem = alloc_text(problem, strlen(problem));
    return source->problem == NULL ? fail_memory(err, "opening a source") : 0;
}

/* As soon as there is enough to tell. */
static int check_text(struct source *source, struct lw_error *err)
{
    size_t got = 0;
    if (source->is_checked || source->size == 0 || (source->size < PEEK && !source->is_whole))
        return 0;
    unsigned char *head = alloc_array(PEEK, 1);
    if (head == NULL)
        return fail_memory(err, "opening a source");
    int code = source_read(source, 0, head, PEEK, &got, err);
    source->is_checked = code == 0;
    source->is_binary = code == 0 && is_binary(head, got);
    if (source->is_binary)
        code = note(source, "looks like binary data, not text", err);
    free(head);
    return code == LW_ERR_NOT_FOUND ? 0 : code; /* it shrank just now: whoever reads it is told */
}

/* ---- opening --------------------------------------------------------------------------------------------------- */

static int open_path(const char *path, struct stat *info, int *fd, struct lw_error *err)
{
    bool is_stdin = strcmp(path, "-") == 0;
    *fd = is_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | OPEN_FIFO);
    if (*fd < 0)
        return fail_errno(err, errno, is_stdin ? "standard input" : path, "cannot be opened");
    int code = 0;
    if (fstat(*fd, info) != 0)
        code = fail_errno(err, errno, path, "cannot be examined");
    else if (S_ISDIR(info->st_mode))
        code = fail(err, LW_ERR_USAGE, "%s: is a folder; give its files, such as %s%s*", path, path,
                    path[strlen(path) - 1] == '/' ? "" : "/");
    else if (!is_stdin && OPEN_FIFO != 0 && fcntl(*fd, F_SETFL, fcntl(*fd, F_GETFL) & ~OPEN_FIFO) != 0)
        code = fail_errno(err, errno, path, "cannot be opened");
    if (code != 0)
        close(*fd);
    return code;
}

static int read_head(int fd, off_t start, const char *path, unsigned char *head, size_t cap, size_t *len,
                     struct lw_error *err)
{
    for (*len = 0; *len < cap;) {
        ssize_t n = pread(fd, head + *len, cap - *len, start + (off_t)*len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail_errno(err, errno, path, "reading");
        if (n == 0)
            break;
        *len += (size_t)n;
    }
    return 0;
}

/* Whether a regular file can be read in place. */
static int examine(struct source *source, int fd, const struct stat *info, bool *is_plain, struct lw_error *err)
{
    off_t start = lseek(fd, 0, SEEK_CUR);
    size_t len = 0;
    bool is_open;
    int code = read_head(fd, start, source->path, source->mark, SOURCE_MARK, &len, err);
    if (code != 0)
        return code;
    *is_plain = packing_find(source->mark, len, &is_open) == PACKING_NONE &&
                !journal_is_export(source->mark, len, &is_open) && info->st_size >= start &&
                (info->st_size > start || len == 0); /* files of /proc say 0 */
    source->mark_len = len;
    source->base = (uint64_t)start;
    source->device = info->st_dev;
    source->inode = info->st_ino;
    source->n_total = (uint64_t)(info->st_size > start ? info->st_size - start : 0);
    return 0;
}

/* Takes fd over unless it fails. */
static int open_intake(struct source *source, int fd, bool has_own_spool, struct spool *spool, struct lw_error *err)
{
    int code = 0;
    if (has_own_spool) {
        source->spool = alloc_zeroed(1, sizeof *source->spool);
        if (source->spool == NULL)
            return fail_memory(err, "opening a source");
        *source->spool = (struct spool)SPOOL_INIT;
        spool = source->spool;
    }
    code = spool_open(spool, err);
    source->fd = spool->fd;
    source->base = spool->len;
    return code != 0 ? code : intake_new(fd, source->path, spool, &source->intake, err);
}

static int open_source(struct source *source, int fd, const struct stat *info, bool keep_fd, struct spool *spool,
                       struct lw_error *err)
{
    bool is_plain = false;
    int code = S_ISREG(info->st_mode) ? examine(source, fd, info, &is_plain, err) : 0;
    if (code == 0 && (!is_plain || !keep_fd))
        code = open_intake(source, fd, keep_fd, spool, err);
    if (code != 0) {
        close(fd);
        return code;
    }
    if (source->intake == NULL) {
        source->fd = fd;
        source->owns_fd = source->is_file = source->is_whole = true;
        source->size = source->n_read = source->n_total;
    }
    return check_text(source, err);
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
    struct source source = {.path = alloc_text(path, strlen(path)), .fd = -1};
    if (source.path == NULL) {
        close(fd);
        return fail_memory(err, "opening a source");
    }
    code = open_source(&source, fd, &info, keep_fd, spool, err);
    if (code == 0 && !keep_fd)
        code = source_fill(&source, run, err);
    if (code != 0) {
        source_release(&source);
        return code;
    }
    *out = source;
    return 0;
}

int source_take(struct spool *spool, const char *path, struct source *out, struct lw_error *err)
{
    struct source source = {.path = alloc_text(path, strlen(path)),
                            .spool = alloc_array(1, sizeof *source.spool),
                            .fd = spool->fd,
                            .is_whole = true};
    if (source.spool == NULL)
        spool_release(spool);
    else
        *source.spool = *spool;
    if (source.path == NULL || source.spool == NULL) {
        source_release(&source);
        return fail_memory(err, "opening a source");
    }
    source.size = source.n_read = source.n_total = spool->len;
    *spool = (struct spool)SPOOL_INIT;
    int code = check_text(&source, err);
    if (code != 0)
        source_release(&source);
    else
        *out = source;
    return code;
}

void source_release(struct source *source)
{
    if (source->owns_fd)
        close(source->fd);
    intake_free(source->intake);
    if (source->spool != NULL)
        spool_release(source->spool);
    free(source->spool);
    free(source->path);
    free(source->problem);
    *source = (struct source){.fd = -1};
}

/* ---- taking in ------------------------------------------------------------------------------------------------- */

int source_pump(struct source *source, uint64_t max_bytes, int wait_ms, uint64_t *grown, struct lw_error *err)
{
    const char *problem = NULL;
    *grown = 0;
    if (source->intake == NULL)
        return 0;
    uint64_t before = source->size;
    int code = intake_pump(source->intake, max_bytes, wait_ms, err);
    source->is_whole = intake_is_over(source->intake, &problem, &source->n_read) || code != 0;
    source->size = intake_text(source->intake);
    *grown = source->size - before;
    if (source->is_whole) {
        intake_free(source->intake);
        source->intake = NULL;
    }
    if (code == 0)
        code = note(source, problem, err);
    return code != 0 ? code : check_text(source, err);
}

int source_fill(struct source *source, const struct lw_run *run, struct lw_error *err)
{
    int code = 0;
    while (code == 0 && !source->is_whole) {
        uint64_t grown;
        code = run_check(run, err);
        if (code == 0)
            code = source_pump(source, FILL, WAIT_MS, &grown, err);
        run_progress(run, "reading", source->n_read, source->n_total > source->n_read ? source->n_total : 0);
    }
    return code;
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
