/*
 * The loop: wait for keys, for jobs and for signals; update; draw; present. Signals write their number into the pipe
 * that jobs wake the loop with, so all three are read in one place and nothing happens inside a handler, but that a
 * crash puts the terminal back first.
 */
#include "ui/app/app.h"
#include "ui/app/feed.h"
#include "ui/app/find.h"
#include "ui/app/jobs.h"
#include "ui/app/table_job.h"
#include "ui/app/lesson.h"
#include "ui/app/script.h"
#include "ui/term/keys.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

enum { TICK_MS = 100, MAX_EMPTY_READS = 20 };

static volatile sig_atomic_t signal_fd = -1;

static const int watched[] = {SIGTERM, SIGHUP, SIGINT, SIGWINCH, SIGTSTP, SIGCONT};
static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
enum { N_WATCHED = sizeof watched / sizeof watched[0], N_FATAL = sizeof fatal / sizeof fatal[0] };

static void note_signal(int number)
{
    int saved = errno;
    char byte = (char)number;

    if (write(signal_fd, &byte, 1) < 0) {
        /* the pipe is full: the loop is awake */
    }
    errno = saved;
}

static void rescue(int number)
{
    terminal_rescue();
    signal(number, SIG_DFL);
    raise(number);
}

static void set_handler(int number, void (*handler)(int))
{
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

static void watch_signals(struct app *app)
{
    signal_fd = app->wake[1];
    for (int i = 0; i < N_WATCHED; i++)
        set_handler(watched[i], note_signal);
    for (int i = 0; i < N_FATAL; i++)
        set_handler(fatal[i], rescue);
    set_handler(SIGPIPE, SIG_IGN);
}

static void unwatch_signals(void)
{
    for (int i = 0; i < N_WATCHED; i++)
        set_handler(watched[i], SIG_DFL);
    for (int i = 0; i < N_FATAL; i++)
        set_handler(fatal[i], SIG_DFL);
}

/* kill() may hand the signal to any thread, and then comes back before the process has stopped; raise() does not. So
 * the others of the group are told first, and this process stops itself. */
static void stop_here(struct app *app, bool is_whole_group)
{
    app->screen->ops->suspend(app->screen);
    if (is_whole_group) {
        set_handler(SIGTSTP, SIG_IGN);
        kill(0, SIGTSTP);
    }
    set_handler(SIGTSTP, SIG_DFL);
    raise(SIGTSTP);
    /* stopped; goes on here after SIGCONT */
    set_handler(SIGTSTP, note_signal);
    app->screen->ops->resume(app->screen);
    app_resize(app);
}

void app_suspend(struct app *app)
{
    if (!app->script)
        stop_here(app, true);
}

static void take_signal(struct app *app, int number)
{
    switch (number) {
    case SIGWINCH:
        app_resize(app);
        break;
    case SIGTSTP:
        stop_here(app, false);
        break;
    case SIGCONT:
        app->screen->ops->resume(app->screen);
        app_resize(app);
        break;
    case SIGTERM:
    case SIGHUP:
    case SIGINT:
        app->is_leaving = true;
        app->exit_code = 128 + number;
        break;
    default:
        break; /* a job's wake */
    }
}

static void drain_wake(struct app *app)
{
    char bytes[64];
    ssize_t n;

    while ((n = read(app->wake[0], bytes, sizeof bytes)) > 0)
        for (ssize_t i = 0; i < n; i++)
            take_signal(app, bytes[i]);
    jobs_drain(app->jobs, app);
    feed_take(app);
    find_poll(app);
}

/* Whether the terminal takes a frame now; over a slow line it may still be busy with the last one. */
static bool can_present(const struct app *app)
{
    struct pollfd fd = {app->screen->out_fd, POLLOUT, 0};

    return app->screen->out_fd < 0 || poll(&fd, 1, 0) != 0;
}

/* Returns whether the frame was shown; one that was not is drawn anew later. */
static bool draw(struct app *app)
{
    int row, col;

    if (app->grid.rows != app->screen->rows || app->grid.cols != app->screen->cols)
        app_resize(app);
    if (!can_present(app))
        return false;
    app->is_strip_due = false; /* set when it is drawn */
    frame_draw(app, &row, &col);
    app->screen->ops->present(app->screen, &app->grid, row, col);
    rows_fetch(app);
    tables_fetch(app);
    return true;
}

/* Waits for keys, jobs and signals, and for the terminal when it owes a frame; false when the terminal is gone. */
static bool wait_for_news(struct app *app, bool is_shown, int *empty_reads)
{
    struct pollfd fds[3] = {
        {app->wake[0], POLLIN, 0}, {app->screen->fd, POLLIN, 0}, {is_shown ? -1 : app->screen->out_fd, POLLOUT, 0}};
    bool is_ticking = app->bench.due_ms > 0 || !jobs_is_idle(app->jobs) || !feed_is_quiet(app) || app->is_feed_due ||
                      app->is_strip_due;
    uint32_t key = KEY_NONE;
    int n_keys = 0;

    if (poll(fds, 3, is_ticking ? TICK_MS : -1) < 0)
        return errno == EINTR;
    if (app->screen->fd < 0 || fds[1].revents == 0)
        return true;
    while (!app->is_leaving && (key = app->screen->ops->read_key(app->screen)) != KEY_NONE && key != KEY_CLOSED) {
        app_key(app, key);
        n_keys++;
    }
    *empty_reads = n_keys > 0 ? 0 : *empty_reads + 1;
    return !(fds[1].revents & (POLLHUP | POLLERR | POLLNVAL)) && *empty_reads < MAX_EMPTY_READS;
}

static bool is_at_rest(const struct app *app)
{
    return jobs_is_idle(app->jobs) && feed_is_quiet(app) && app->bench.due_ms == 0 && !app->is_feed_due &&
           !app->is_strip_due;
}

int app_run(struct app *app)
{
    int empty_reads = 0;
    bool is_shown;

    if (!app->script)
        watch_signals(app);
    if (grid_init(&app->grid, app->screen->rows, app->screen->cols) != 0)
        return 2;
    while (!app->is_leaving) {
        drain_wake(app);
        bench_tick(app, app->script && jobs_is_idle(app->jobs) && feed_is_quiet(app) ? INT64_MAX : app_now_ms(app));
        app->is_feed_due = feed_tick(app);
        find_start_more(app);
        lesson_tick(app);
        is_shown = draw(app);
        if (app->script && is_at_rest(app)) {
            if (!script_step(app))
                break;
        } else if (!app->is_leaving && !wait_for_news(app, is_shown, &empty_reads)) {
            app->exit_code = 128 + SIGHUP;
            break;
        }
    }
    if (!app->script)
        unwatch_signals();
    return app->exit_code;
}
