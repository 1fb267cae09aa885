#include "ui/app/workbench.h"

#include <fcntl.h>
#include <locale.h>
#include <string.h>
#include <unistd.h>

#include "cmd/shell.h"

/* Whether the screen can be used; a script needs none. */
static bool has_screen(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strncmp(argv[i], "--script", strlen("--script")) == 0)
            return true;
    return isatty(STDOUT_FILENO);
}

/* A file that is opened later must not get the number of a standard stream that is closed: messages would end in it.
 * What stands in its place fails when it is used, as a closed stream does. */
static void hold_standard_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            (void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int main(int argc, char **argv)
{
    size_t n_more;
    const struct command *more = workbench_commands(&n_more);

    hold_standard_streams();
    setlocale(LC_CTYPE, ""); /* numbers keep their point */
    int status = shell_main(argc, argv, more, n_more);
    if (status >= 0)
        return status;
    return shell_run(has_screen(argc, argv) ? "workbench" : "report", argc, argv, more, n_more);
}
