#include "cmd/progress.h"

#include <time.h>
#include <unistd.h>

#include "cmd/option_values.h"

static double now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void show(void *user, const char *phase, uint64_t done, uint64_t total)
{
    struct progress *progress = user;
    double now = now_s();

    if (progress->messages == NULL || now - progress->start_s < 1 || now - progress->shown_s < 0.2)
        return;
    progress->shown_s = now;
    progress->is_shown = true;
    if (total > 0)
        fprintf(progress->messages, "\r\033[K%s %d %%", phase, (int)(100 * (double)done / (double)total));
    else
        fprintf(progress->messages, "\r\033[K%s %llu", phase, (unsigned long long)done);
    fflush(progress->messages);
}

int progress_start(struct progress *progress, struct command_call *call, struct lw_error *err)
{
    uint64_t threads = 0;
    bool is_visible = call->values[OPTION_QUIET] == NULL && isatty(fileno(call->messages));

    *progress = (struct progress){.messages = is_visible ? call->messages : NULL, .start_s = now_s()};
    progress->run = (struct lw_run){LW_OPTIONS_VERSION, NULL, call->context->cancel, show, progress};
    if (values_count(call, OPTION_THREADS, 0, 1024, &threads, err) != 0)
        return err->code;
    if (threads == 1)
        return 0;
    return lw_executor_new((unsigned)threads, &progress->run.executor, err);
}

void progress_stop(struct progress *progress)
{
    if (progress->is_shown) {
        fputs("\r\033[K", progress->messages);
        fflush(progress->messages);
    }
    lw_executor_free(progress->run.executor);
}
