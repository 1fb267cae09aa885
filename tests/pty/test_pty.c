/*
 * The program in a real terminal: a pseudo-terminal whose output a libvterm screen shows. A small process stands
 * between test and program as a shell would, so that stopping works as it does at a prompt. Nothing sleeps: every wait
 * is for something that must appear, and ends the test when it does not within DEADLINE_MS.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <vterm.h>

enum { DEADLINE_MS = 20000, QUIET_MS = 250 };

struct terminal {
    int master, slave, reports; /* reports: what the shell in between says */
    pid_t shell, program;
    struct termios modes; /* as they were before */
    VTerm *vterm;
    VTermScreen *screen;
    int rows, cols;
    bool is_alternate, has_title;
    size_t n_bytes; /* written by the program */
};

struct report {
    pid_t program;
    int status; /* as waitpid gives it; 0 in the first report */
};

static int note_property(VTermProp property, VTermValue *value, void *user)
{
    struct terminal *terminal = user;

    if (property == VTERM_PROP_ALTSCREEN)
        terminal->is_alternate = value->boolean;
    if (property == VTERM_PROP_TITLE)
        terminal->has_title = true;
    return 1;
}

static const VTermScreenCallbacks callbacks = {.settermprop = note_property};

/* Runs argv in a group of its own in the foreground, and reports each time it stops or ends. */
static void be_shell(const char *tty, int reports, char *const *argv, int input)
{
    struct report report = {0, 0};
    int slave;

    setsid();
    slave = open(tty, O_RDWR); /* becomes the controlling terminal */
    signal(SIGTTOU, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    report.program = fork();
    if (report.program == 0) {
        setpgid(0, 0);
        tcsetpgrp(slave, getpid());
        signal(SIGTTOU, SIG_DFL);
        signal(SIGHUP, SIG_DFL);
        dup2(input >= 0 ? input : slave, 0);
        dup2(slave, 1);
        dup2(slave, 2);
        execv(argv[0], argv);
        _exit(127);
    }
    if (write(reports, &report, sizeof report) < 0)
        _exit(1);
    while (waitpid(report.program, &report.status, WUNTRACED) > 0) {
        if (write(reports, &report, sizeof report) < 0)
            _exit(1);
        if (!WIFSTOPPED(report.status))
            break;
    }
    _exit(0);
}

static void start(struct terminal *terminal, const char *input, ...)
{
    struct winsize size = {.ws_row = 24, .ws_col = 80};
    char *argv[16] = {getenv("LOGWRIGHT")};
    struct report report;
    int pipes[2], from = -1;
    va_list args;

    va_start(args, input);
    for (size_t n = 1; n < 15 && (argv[n] = va_arg(args, char *)); n++)
        ;
    va_end(args);
    memset(terminal, 0, sizeof *terminal);
    terminal->rows = 24;
    terminal->cols = 80;
    terminal->master = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(terminal->master >= 0);
    assert_int_equal(grantpt(terminal->master), 0);
    assert_int_equal(unlockpt(terminal->master), 0);
    terminal->slave = open(ptsname(terminal->master), O_RDWR | O_NOCTTY);
    assert_true(terminal->slave >= 0);
    assert_int_equal(ioctl(terminal->master, TIOCSWINSZ, &size), 0);
    assert_int_equal(tcgetattr(terminal->slave, &terminal->modes), 0);
    assert_int_equal(pipe(pipes), 0);
    if (input)
        from = open(input, O_RDONLY);
    terminal->shell = fork();
    assert_true(terminal->shell >= 0);
    if (terminal->shell == 0) {
        const char *tty = ptsname(terminal->master);

        close(pipes[0]);
        close(terminal->master);
        close(terminal->slave);
        be_shell(tty, pipes[1], argv, from);
    }
    close(pipes[1]);
    if (from >= 0)
        close(from);
    terminal->reports = pipes[0];
    assert_int_equal(read(terminal->reports, &report, sizeof report), sizeof report);
    terminal->program = report.program;
    terminal->vterm = vterm_new(24, 80);
    vterm_set_utf8(terminal->vterm, 1);
    terminal->screen = vterm_obtain_screen(terminal->vterm);
    vterm_screen_enable_altscreen(terminal->screen, 1);
    vterm_screen_set_callbacks(terminal->screen, &callbacks, terminal);
    vterm_screen_reset(terminal->screen, 1);
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Feeds what comes within wait_ms to the screen; false if nothing came. */
static bool feed(struct terminal *terminal, int wait_ms)
{
    struct pollfd fd = {terminal->master, POLLIN, 0};
    char bytes[4096];
    ssize_t n;

    if (poll(&fd, 1, wait_ms) <= 0)
        return false;
    n = read(terminal->master, bytes, sizeof bytes);
    if (n <= 0)
        return false;
    terminal->n_bytes += (size_t)n;
    vterm_input_write(terminal->vterm, bytes, (size_t)n);
    return true;
}

static char *row_text(struct terminal *terminal, int row)
{
    static char text[2000];
    VTermRect rect = {row, row + 1, 0, terminal->cols};
    size_t n = vterm_screen_get_text(terminal->screen, text, sizeof text - 1, rect);

    text[n] = '\0';
    return text;
}

static int find_row(struct terminal *terminal, const char *wanted)
{
    for (int row = 0; row < terminal->rows; row++)
        if (strstr(row_text(terminal, row), wanted))
            return row;
    return -1;
}

static int wait_for(struct terminal *terminal, const char *wanted)
{
    int64_t end = now_ms() + DEADLINE_MS;
    int row;

    while ((row = find_row(terminal, wanted)) < 0 && now_ms() < end)
        feed(terminal, 100);
    if (row < 0) {
        for (int i = 0; i < terminal->rows; i++)
            print_message("%s\n", row_text(terminal, i));
        fail_msg("\"%s\" did not appear", wanted);
    }
    return row;
}

static void wait_for_quiet(struct terminal *terminal)
{
    int64_t end = now_ms() + DEADLINE_MS;

    while (feed(terminal, QUIET_MS))
        assert_true(now_ms() < end);
}

static void press(struct terminal *terminal, const char *keys)
{
    assert_int_equal(write(terminal->master, keys, strlen(keys)), (ssize_t)strlen(keys));
}

/* Status of the next stop or end; the terminal's output is read meanwhile. */
static int wait_for_status(struct terminal *terminal)
{
    struct pollfd fd = {terminal->reports, POLLIN, 0};
    struct report report;
    int64_t end = now_ms() + DEADLINE_MS;

    while (poll(&fd, 1, 20) == 0) {
        feed(terminal, 20);
        assert_true(now_ms() < end);
    }
    assert_int_equal(read(terminal->reports, &report, sizeof report), sizeof report);
    while (feed(terminal, 50))
        ;
    return report.status;
}

static void assert_restored(struct terminal *terminal)
{
    struct termios modes;

    assert_int_equal(tcgetattr(terminal->slave, &modes), 0);
    assert_int_equal(modes.c_lflag, terminal->modes.c_lflag);
    assert_int_equal(modes.c_iflag, terminal->modes.c_iflag);
    assert_int_equal(modes.c_oflag, terminal->modes.c_oflag);
    assert_false(terminal->is_alternate);
}

static void finish(struct terminal *terminal)
{
    kill(terminal->program, SIGKILL);
    close(terminal->master);
    close(terminal->slave);
    close(terminal->reports);
    waitpid(terminal->shell, NULL, 0);
    vterm_free(terminal->vterm);
}

/* ---- the cases ---- */

static void shows_a_log_and_leaves(void **state)
{
    struct terminal terminal;
    int status;

    (void)state;
    start(&terminal, NULL, "orders.log", NULL);
    wait_for(&terminal, "1 Logs");
    wait_for(&terminal, "order received from");
    assert_true(terminal.is_alternate);
    assert_int_equal(find_row(&terminal, "logwright"), 0);
    press(&terminal, "q");
    status = wait_for_status(&terminal);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_restored(&terminal);
    finish(&terminal);
}

static void log_text_is_shown_never_obeyed(void **state)
{
    struct terminal terminal;

    (void)state;
    start(&terminal, NULL, "orders.log", NULL);
    wait_for(&terminal, "order received from");
    press(&terminal, "G");
    wait_for(&terminal, "name ^[]0;owned^G ^[[2J");
    press(&terminal, "ll");
    wait_for(&terminal, "<80><ff> \xe6\x97\xa5\xe6\x9c\xac e\xcc\x81|");
    assert_false(terminal.has_title);
    assert_int_equal(find_row(&terminal, "logwright"), 0);
    finish(&terminal);
}

static void follows_the_size(void **state)
{
    struct terminal terminal;
    static const int sizes[][2] = {{50, 160}, {10, 40}, {24, 80}};

    (void)state;
    start(&terminal, NULL, "orders.log", NULL);
    wait_for(&terminal, "order received from");
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct winsize size = {.ws_row = (unsigned short)sizes[i][0], .ws_col = (unsigned short)sizes[i][1]};

        terminal.rows = sizes[i][0];
        terminal.cols = sizes[i][1];
        wait_for_quiet(&terminal);
        vterm_set_size(terminal.vterm, terminal.rows, terminal.cols);
        assert_int_equal(ioctl(terminal.master, TIOCSWINSZ, &size), 0);
        while (find_row(&terminal, "command") != terminal.rows - 2)
            assert_true(feed(&terminal, DEADLINE_MS));
        assert_int_equal(find_row(&terminal, "logwright"), 0);
    }
    finish(&terminal);
}

static void a_cursor_move_is_short(void **state)
{
    struct terminal terminal;

    (void)state;
    start(&terminal, NULL, "orders.log", NULL);
    wait_for(&terminal, "order received from");
    wait_for_quiet(&terminal);
    for (int i = 0; i < 8; i++) {
        size_t before = terminal.n_bytes;

        press(&terminal, i < 5 ? "j" : "k");
        assert_true(feed(&terminal, DEADLINE_MS));
        wait_for_quiet(&terminal);
        assert_in_range(terminal.n_bytes - before, 1, 256);
    }
    finish(&terminal);
}

static void stops_and_goes_on(void **state)
{
    struct terminal terminal;
    int status;

    (void)state;
    start(&terminal, NULL, "orders.log", NULL);
    wait_for(&terminal, "order received from");
    press(&terminal, "\x1a");
    status = wait_for_status(&terminal);
    assert_true(WIFSTOPPED(status));
    assert_restored(&terminal);
    kill(terminal.program, SIGCONT);
    while (!terminal.is_alternate)
        assert_true(feed(&terminal, DEADLINE_MS));
    wait_for(&terminal, "order received from");
    /* the same when another process says so */
    kill(terminal.program, SIGTSTP);
    status = wait_for_status(&terminal);
    assert_true(WIFSTOPPED(status));
    assert_restored(&terminal);
    kill(terminal.program, SIGCONT);
    wait_for(&terminal, "order received from");
    press(&terminal, "q");
    assert_true(WIFEXITED(wait_for_status(&terminal)));
    finish(&terminal);
}

static void signals_leave_the_terminal_as_it_was(void **state)
{
    static const int signals[] = {SIGTERM, SIGHUP, SIGINT, SIGSEGV, SIGABRT};

    (void)state;
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        struct terminal terminal;
        int status;

        start(&terminal, NULL, "orders.log", NULL);
        wait_for(&terminal, "order received from");
        kill(terminal.program, signals[i]);
        status = wait_for_status(&terminal);
        if (signals[i] == SIGSEGV || signals[i] == SIGABRT)
            assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) != 0);
        else
            assert_int_equal(WEXITSTATUS(status), 128 + signals[i]);
        assert_restored(&terminal);
        finish(&terminal);
    }
}

static void ends_with_its_terminal(void **state)
{
    struct terminal terminal;
    struct report report;

    (void)state;
    start(&terminal, NULL, "orders.log", NULL);
    wait_for(&terminal, "order received from");
    close(terminal.slave);
    close(terminal.master);
    assert_int_equal(read(terminal.reports, &report, sizeof report), sizeof report);
    assert_true(WIFEXITED(report.status));
    waitpid(terminal.shell, NULL, 0);
    close(terminal.reports);
    vterm_free(terminal.vterm);
}

static void reads_a_log_from_a_pipe(void **state)
{
    struct terminal terminal;
    int status;

    (void)state;
    start(&terminal, "orders.log", "-", NULL);
    wait_for(&terminal, "order received from");
    press(&terminal, "2");
    wait_for(&terminal, "[2 Templates]");
    press(&terminal, "q");
    status = wait_for_status(&terminal);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    finish(&terminal);
}

static void write_lines(const char *path, const char *mode, int first, int n, const char *what)
{
    FILE *file = fopen(path, mode);

    assert_non_null(file);
    for (int i = first; i < first + n; i++)
        fprintf(file, "2026-11-23 10:%02d:%02d,000 INFO worker-1: %s %d done\n", i / 60 % 60, i % 60, what, i);
    assert_int_equal(fclose(file), 0);
}

/* What is added shows at the end, has templates, and the file may be rotated. */
static void follows_a_growing_file(void **state)
{
    struct terminal terminal;

    (void)state;
    write_lines("grow.log", "w", 0, 300, "request");
    start(&terminal, NULL, "--follow", "grow.log", NULL);
    wait_for(&terminal, "request 299 done");
    wait_for(&terminal, "following");
    wait_for(&terminal, "trace");
    write_lines("grow.log", "a", 300, 1, "request");
    write_lines("grow.log", "a", 301, 4, "backup of volume");
    wait_for(&terminal, "backup of volume 304 done");
    press(&terminal, "2");
    wait_for(&terminal, "backup of volume <*>");
    press(&terminal, "1g");
    wait_for(&terminal, "request 0 done");
    assert_int_equal(rename("grow.log", "grow.log.1"), 0);
    write_lines("grow.log", "w", 400, 1, "begun anew");
    wait_for(&terminal, "was rotated");
    wait_for(&terminal, "request 0 done"); /* the view stays where it is */
    press(&terminal, "G");
    wait_for(&terminal, "begun anew 400 done");
    press(&terminal, "Q");
    wait_for_status(&terminal);
    finish(&terminal);
    unlink("grow.log");
    unlink("grow.log.1");
}

static void asks_before_work_is_lost(void **state)
{
    struct terminal terminal;

    (void)state;
    start(&terminal, NULL, "orders.log", NULL);
    wait_for(&terminal, "order received from");
    wait_for(&terminal, "161 traces");
    press(&terminal, ":rename E1 arrival\r");
    wait_for(&terminal, "(edited)");
    press(&terminal, "q");
    wait_for(&terminal, "y/n");
    press(&terminal, "n");
    wait_for(&terminal, "stayed");
    press(&terminal, "qy");
    assert_true(WIFEXITED(wait_for_status(&terminal)));
    assert_restored(&terminal);
    finish(&terminal);
}

/* NO_COLOR: what stands out does so by attributes alone. */
static void does_without_colours(void **state)
{
    struct terminal terminal;
    VTermScreenCell cell;

    (void)state;
    setenv("NO_COLOR", "1", 1);
    start(&terminal, NULL, "orders.log", NULL);
    unsetenv("NO_COLOR");
    wait_for(&terminal, "order received from");
    for (VTermPos at = {0, 0}; at.row < terminal.rows; at.row++)
        for (at.col = 0; at.col < terminal.cols; at.col++) {
            assert_int_equal(vterm_screen_get_cell(terminal.screen, at, &cell), 1);
            assert_true(VTERM_COLOR_IS_DEFAULT_FG(&cell.fg));
            assert_true(VTERM_COLOR_IS_DEFAULT_BG(&cell.bg));
        }
    finish(&terminal);
}

static void refuses_a_dumb_terminal(void **state)
{
    struct terminal terminal;
    int status;

    (void)state;
    setenv("TERM", "dumb", 1);
    start(&terminal, NULL, "orders.log", NULL);
    setenv("TERM", "xterm-256color", 1);
    status = wait_for_status(&terminal);
    assert_int_equal(WEXITSTATUS(status), 2);
    assert_true(find_row(&terminal, "TERM") >= 0);
    finish(&terminal);
}

static char folder[] = "/tmp/logwright-pty-XXXXXX";

/* A folder of its own, which is the home too, with the log in it. */
static int make_log(void **state)
{
    char command[1000];
    const char *source = getenv("top_srcdir");

    (void)state;
    if (!getenv("LOGWRIGHT") || !source || !mkdtemp(folder) || chdir(folder) != 0)
        return -1;
    setenv("HOME", folder, 1);
    snprintf(command, sizeof command, "awk -f '%s/tests/screen/orders.awk'", source);
    return system(command);
}

static int remove_log(void **state)
{
    char command[100];

    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return chdir("/") != 0 || system(command);
}

/* False where /dev/pts is not mounted, as in a bare chroot. */
static bool has_pseudo_terminals(void)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY), slave = -1;

    if (master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0)
        slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    close(slave);
    close(master);
    return slave >= 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_a_log_and_leaves), cmocka_unit_test(log_text_is_shown_never_obeyed),
        cmocka_unit_test(follows_the_size),       cmocka_unit_test(a_cursor_move_is_short),
        cmocka_unit_test(stops_and_goes_on),      cmocka_unit_test(signals_leave_the_terminal_as_it_was),
        cmocka_unit_test(ends_with_its_terminal), cmocka_unit_test(reads_a_log_from_a_pipe),
        cmocka_unit_test(follows_a_growing_file), cmocka_unit_test(asks_before_work_is_lost),
        cmocka_unit_test(does_without_colours),   cmocka_unit_test(refuses_a_dumb_terminal),
    };

    if (!has_pseudo_terminals()) {
        puts("1..0 # SKIP this system has no pseudo-terminals");
        return 0;
    }
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, make_log, remove_log);
}
