#include "ui/app/workbench.h"

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

int main(int argc, char **argv)
{
    size_t n_more;
    const struct command *more = workbench_commands(&n_more);

    setlocale(LC_CTYPE, ""); /* numbers keep their point */
    int status = shell_main(argc, argv, more, n_more);
    if (status >= 0)
        return status;
    return shell_run(has_screen(argc, argv) ? "workbench" : "report", argc, argv, more, n_more);
}
