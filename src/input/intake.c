/*
 * Three stages, each of which may hold bytes back: reading, unpacking, turning into lines. Reading comes in blocks that
 * are small beside what is unpacked from them, so that a pump ends soon after max_bytes. Bytes that may yet turn out to
 * begin a compressed file or a journal export are held back until they cannot.
 */
#include "input/intake.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "input/journal_export.h"
#include "input/unpack_stream.h"

#define READ_BLOCK (64u << 10)
#define TEXT_BLOCK (256u << 10)
#define HELD       32 /* more than any start that is looked for */

struct intake {
    int fd;
    const char *path;
    struct spool *spool;
    bool is_packing_known, is_text_known, is_read, is_over;
    uint64_t n_read, base;     /* base: where the text starts in the spool */
    struct unpacker *unpacker; /* NULL: plain */
    struct journal *journal;   /* NULL: text as it is */
    const char *problem;
    struct buf lines; /* made from a journal */
    size_t n_held;
    unsigned char held[HELD]; /* start of the text */
    size_t in_len;
    unsigned char in[READ_BLOCK], text[TEXT_BLOCK];
};

int intake_new(int fd, const char *path, struct spool *spool, struct intake **out, struct lw_error *err)
{
    struct intake *intake = alloc_array(1, sizeof *intake);
    if (intake == NULL)
        return fail_memory(err, "opening a source");
    memset(intake, 0, offsetof(struct intake, in));
    intake->fd = fd;
    intake->path = path;
    intake->spool = spool;
    intake->base = spool->len;
    intake->lines = (struct buf)BUF_INIT;
    *out = intake;
    return 0;
}

void intake_free(struct intake *intake)
{
    if (intake == NULL)
        return;
    close(intake->fd);
    unpacker_free(intake->unpacker);
    journal_free(intake->journal);
    buf_release(&intake->lines);
    free(intake);
}

/* ---- text ------------------------------------------------------------------------------------------------------ */

static int write_lines(struct intake *t, struct lw_error *err)
{
    int code = spool_write(t->spool, t->lines.data, t->lines.len, err);
    buf_clear(&t->lines);
    return code;
}

static int put(struct intake *t, const unsigned char *data, size_t len, struct lw_error *err)
{
    if (t->journal == NULL)
        return len > 0 ? spool_write(t->spool, data, len, err) : 0;
    int code = journal_add(t->journal, data, len, &t->lines, err);
    return code != 0 || t->lines.len == 0 ? code : write_lines(t, err);
}

/* Text as it was unpacked; len = 0: it ends. */
static int put_text(struct intake *t, const unsigned char *data, size_t len, struct lw_error *err)
{
    bool is_end = len == 0;
    int code = 0;
    while (!t->is_text_known && code == 0) {
        bool is_open = false;
        bool is_journal = journal_is_export(t->held, t->n_held, &is_open);
        if (!is_journal && is_open && len > 0) {
            t->held[t->n_held++] = *data++;
            len--;
            continue;
        }
        if (is_open && !is_end)
            return 0;
        t->is_text_known = true;
        if (is_journal)
            code = journal_new(&t->journal, err);
        if (code == 0)
            code = put(t, t->held, t->n_held, err);
    }
    return code != 0 ? code : put(t, data, len, err);
}

static int end_text(struct intake *t, struct lw_error *err)
{
    const char *problem = NULL;
    int code = put_text(t, t->text, 0, err);
    if (code == 0 && t->journal != NULL)
        code = journal_end(t->journal, &t->lines, &problem, err);
    if (code == 0 && t->lines.len > 0)
        code = write_lines(t, err);
    t->problem = t->problem != NULL ? t->problem : problem;
    t->is_over = true;
    return code;
}

/* ---- bytes ----------------------------------------------------------------------------------------------------- */

/* Adds to `in`; *got = 0: nothing is there now, or, with is_read, ever again. */
static int read_more(struct intake *t, int wait_ms, size_t *got, struct lw_error *err)
{
    struct pollfd waiting = {.fd = t->fd, .events = POLLIN};
    int ready = poll(&waiting, 1, wait_ms);
    *got = 0;
    if (ready == 0 || (ready < 0 && errno == EINTR))
        return 0;
    ssize_t n = ready < 0 ? -1 : read(t->fd, t->in + t->in_len, READ_BLOCK - t->in_len);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return 0;
    if (n < 0)
        return fail_errno(err, errno, t->path, "reading");
    t->is_read = n == 0;
    t->in_len += (size_t)n;
    t->n_read += (uint64_t)n;
    *got = (size_t)n;
    return 0;
}

static int find_packing(struct intake *t, struct lw_error *err)
{
    bool is_open;
    enum packing packing = packing_find(t->in, t->in_len, &is_open);
    t->is_packing_known = packing != PACKING_NONE || !is_open || t->is_read;
    return packing != PACKING_NONE ? unpacker_new(packing, &t->unpacker, err) : 0;
}

static int unpack(struct intake *t, bool *is_hungry, struct lw_error *err)
{
    const unsigned char *in = t->in;
    size_t made = 0;
    int code = unpacker_step(t->unpacker, &in, &t->in_len, t->text, TEXT_BLOCK, &made, err);
    memmove(t->in, in, t->in_len);
    if (code != 0)
        return code;
    if (made > 0)
        return put_text(t, t->text, made, err);
    t->problem = unpacker_problem(t->unpacker, t->is_read);
    *is_hungry = !t->is_read && t->problem == NULL;
    return *is_hungry ? 0 : end_text(t, err);
}

/* Passes on what was read; *is_hungry: it can do no more without further bytes. */
static int work(struct intake *t, bool *is_hungry, struct lw_error *err)
{
    int code = t->is_packing_known ? 0 : find_packing(t, err);
    *is_hungry = !t->is_packing_known;
    if (code != 0 || *is_hungry)
        return code;
    if (t->unpacker != NULL)
        return unpack(t, is_hungry, err);
    size_t len = t->in_len;
    t->in_len = 0;
    *is_hungry = len == 0 && !t->is_read;
    if (len > 0)
        return put_text(t, t->in, len, err);
    return t->is_read ? end_text(t, err) : 0;
}

int intake_pump(struct intake *t, uint64_t max_bytes, int wait_ms, struct lw_error *err)
{
    uint64_t start = t->spool->len;
    int code = 0;
    bool is_idle = false; /* nothing can be had now */
    while (code == 0 && !t->is_over && !is_idle && t->spool->len - start < max_bytes) {
        bool is_hungry = false;
        code = work(t, &is_hungry, err);
        if (code != 0 || !is_hungry)
            continue;
        size_t got = 0;
        code = read_more(t, t->spool->len == start ? wait_ms : 0, &got, err);
        is_idle = got == 0 && !t->is_read;
    }
    return code;
}

uint64_t intake_text(const struct intake *intake)
{
    return intake->spool->len - intake->base;
}

bool intake_is_over(const struct intake *intake, const char **problem, uint64_t *n_read)
{
    *problem = intake->problem;
    *n_read = intake->n_read;
    return intake->is_over;
}
