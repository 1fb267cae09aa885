/*
 * The engine says what is due, this waits for it and writes it, at once and in place: who reads the file while it grows
 * is whom it is for. What was written ends with a line's end whatever happens: at an interrupt the line is finished,
 * and a file on a full disk is cut behind its last whole line.
 */
#include "cmd/follow.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cmd/commands.h"
#include "cmd/option_values.h"
#include "cmd/print.h"

#define TICK_US    5000   /* between writes, at least */
#define NAP_MAX_US 200000 /* between looks at the cancel token */

struct sink {
    const char *path; /* NULL: nothing is wanted */
    int fd;
    FILE *terminal; /* NULL, or where bytes are shown instead of obeyed */
};

static int64_t now_us(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void nap(int64_t us)
{
    struct timespec time = {.tv_sec = 0};

    us = us < TICK_US ? TICK_US : us > NAP_MAX_US ? NAP_MAX_US : us;
    time.tv_nsec = (long)us * 1000;
    nanosleep(&time, NULL);
}

/* ---- writing ---- */

static int open_sink(struct command_call *call, enum option option, bool is_output, struct sink *sink)
{
    *sink = (struct sink){.path = call->values[option], .fd = -1};
    if (is_output && (sink->path == NULL || strcmp(sink->path, "-") == 0)) {
        sink->path = "standard output";
        sink->fd = fileno(call->out);
        if (sink->fd >= 0 && isatty(sink->fd))
            sink->terminal = call->out;
        return sink->fd >= 0 ? 0 : command_fail(call, "generate --follow: say where to: -o FILE");
    }
    if (sink->path == NULL)
        return 0;
    sink->fd = open(sink->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    return sink->fd >= 0 ? 0 : command_fail(call, "%s: cannot be written: %s", sink->path, strerror(errno));
}

static void close_sink(struct sink *sink, const struct command_call *call)
{
    if (sink->fd >= 0 && sink->fd != fileno(call->out))
        close(sink->fd);
}

/* Takes back what was written of a line that could not be finished. */
static void cut(const struct sink *sink, const char *data, size_t written)
{
    struct stat info;
    size_t whole = written;

    while (whole > 0 && data[whole - 1] != '\n')
        whole--;
    if (fstat(sink->fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size >= (off_t)(written - whole) &&
        ftruncate(sink->fd, info.st_size - (off_t)(written - whole)) != 0)
        errno = EIO;
}

/* The end of the line that `at` is inside of; `at` itself between two lines. */
static size_t line_end(struct lw_bytes data, size_t at)
{
    while (at > 0 && at < data.len && data.data[at - 1] != '\n')
        at++;
    return at;
}

/* 0, or errno. After an interrupt only the line that is begun is finished. */
static int put(const struct sink *sink, struct lw_bytes data, const struct lw_cancel *cancel)
{
    size_t at = 0, end = data.len;

    while (at < end) {
        ssize_t n = write(sink->fd, data.data + at, end - at);

        if (n > 0)
            at += (size_t)n;
        if (n < 0 && errno != EINTR) {
            int problem = errno;

            cut(sink, data.data, at);
            return problem;
        }
        if (lw_cancel_is_requested(cancel))
            end = line_end((struct lw_bytes){data.data, end}, at);
    }
    return 0;
}

static int show(FILE *out, struct lw_bytes data)
{
    for (size_t i = 0; i < data.len;) {
        const char *end = memchr(data.data + i, '\n', data.len - i);
        size_t n = end == NULL ? data.len - i : (size_t)(end - data.data) - i;

        print_shown(out, data.data + i, n);
        putc('\n', out);
        i += n + 1;
    }
    return fflush(out) == 0 && !ferror(out) ? 0 : EIO;
}

/* ---- running ---- */

enum sink_kind { SINK_TEXT, SINK_LABELS, SINK_RECORD_LABELS, SINK_COUNT };

/* 0, or errno; *which: what could not be written. */
static int put_part(const struct sink *sinks, const struct lw_stream_part *part, const struct lw_cancel *cancel,
                    const struct sink **which)
{
    const struct lw_bytes texts[SINK_COUNT] = {part->text, part->labels, part->record_labels};
    int problem = 0;

    for (int i = 0; i < SINK_COUNT && problem == 0; i++) {
        *which = &sinks[i];
        if (texts[i].len > 0 && sinks[i].path != NULL)
            problem = sinks[i].terminal != NULL ? show(sinks[i].terminal, texts[i]) : put(&sinks[i], texts[i], cancel);
    }
    return problem;
}

static void sum_up(struct command_call *call, const struct lw_stream_part *part, int64_t elapsed_us)
{
    double seconds = (double)elapsed_us / 1e6;

    if (part->n_squeezed > 0)
        command_say(call,
                    "warning: %llu traces that would last longer than %.4g s, which is as long as so many records can "
                    "be kept, were squeezed; a lower rate or a delay_factor below 1 avoids that",
                    (unsigned long long)part->n_squeezed, part->longest_s);
    command_say(call, "%llu records of %llu traces in %.1f s, %.4g a second", (unsigned long long)part->n_records,
                (unsigned long long)part->n_traces, seconds, seconds > 0 ? (double)part->n_records / seconds : 0);
}

/* Until there is nothing more to come, or a reader is gone, or an interrupt. */
static int pump(struct command_call *call, struct lw_stream *stream, const struct sink *sinks)
{
    const struct lw_cancel *cancel = call->run->cancel;
    const struct sink *which = sinks;
    struct lw_stream_part part = {.next_us = 0}, last;
    struct lw_error err;
    int64_t start_us = now_us(CLOCK_MONOTONIC), elapsed_us = 0;
    int problem = 0, code = 0;

    while (problem == 0 && code == 0 && part.next_us < INT64_MAX && !lw_cancel_is_requested(cancel)) {
        elapsed_us = now_us(CLOCK_MONOTONIC) - start_us;
        if (part.next_us > elapsed_us) {
            nap(part.next_us - elapsed_us);
            continue;
        }
        code = lw_stream_read(stream, elapsed_us, &part, &err);
        if (code == 0)
            problem = put_part(sinks, &part, cancel, &which);
    }
    elapsed_us = now_us(CLOCK_MONOTONIC) - start_us;
    if (problem == 0 && (code == 0 || code == LW_ERR_CANCELLED) && lw_stream_end(stream, &last, &err) == 0)
        problem = put_part(sinks, &last, NULL, &which);
    sum_up(call, &part, elapsed_us);
    if (code != 0 && code != LW_ERR_CANCELLED)
        return command_error(call, &err);
    if (problem != 0 && !(problem == EPIPE && which == &sinks[SINK_TEXT]))
        return command_fail(call, "%s: writing failed: %s", which->path, strerror(problem));
    return COMMAND_DONE;
}

static int open_stream(struct command_call *call, const struct lw_workspace *workspace,
                       const struct lw_constraints *constraints, struct lw_stream **out, struct lw_error *err)
{
    struct lw_stream_options options = LW_STREAM_OPTIONS_INIT;
    int code = values_count(call, OPTION_TRACES, 1, UINT64_MAX, &options.traces, err);

    if (code == 0)
        code = values_count(call, OPTION_RECORDS, 1, UINT64_MAX, &options.records, err);
    if (code == 0)
        code = values_seconds(call, OPTION_DURATION, &options.duration_s, err);
    if (code != 0)
        return code;
    options.as = call->values[OPTION_AS];
    options.format = call->values[OPTION_OUTPUT_FORMAT];
    options.has_labels = call->values[OPTION_LABELS_OUT] != NULL;
    options.has_record_labels = call->values[OPTION_RECORD_LABELS_OUT] != NULL;
    if (call->values[OPTION_START] == NULL)
        options.start_us = now_us(CLOCK_REALTIME);
    return lw_stream_new(workspace, constraints, generate_method(call), &options, call->run, out, err);
}

int generate_follow(struct command_call *call, const struct lw_workspace *workspace,
                    const struct lw_constraints *constraints)
{
    static const enum option options[SINK_COUNT] = {OPTION_OUTPUT, OPTION_LABELS_OUT, OPTION_RECORD_LABELS_OUT};
    struct sink sinks[SINK_COUNT] = {{.fd = -1}, {.fd = -1}, {.fd = -1}};
    struct lw_stream *stream;
    struct lw_error err;
    int status = COMMAND_DONE;

    if (call->context->workspace != NULL)
        return command_fail(call, "generate --follow runs until it is stopped: start it in a shell");
    if (open_stream(call, workspace, constraints, &stream, &err) != 0)
        return command_error(call, &err);
    if (*lw_stream_privacy(stream) != '\0')
        command_say(call, "%s", lw_stream_privacy(stream));
    fflush(call->out);
    for (int i = 0; i < SINK_COUNT && status == COMMAND_DONE; i++)
        status = open_sink(call, options[i], i == SINK_TEXT, &sinks[i]);
    /* A reader that goes away is an end like another. */
    signal(SIGPIPE, SIG_IGN);
    if (status == COMMAND_DONE)
        status = pump(call, stream, sinks);
    for (int i = 0; i < SINK_COUNT; i++)
        close_sink(&sinks[i], call);
    lw_stream_free(stream);
    return status;
}
