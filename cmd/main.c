#include <locale.h>

#include "cmd/shell.h"

int main(int argc, char **argv)
{
    int status;

    setlocale(LC_CTYPE, ""); /* numbers keep their point */
    status = shell_main(argc, argv, NULL, 0);
    if (status >= 0)
        return status;
    if (argc > 1)
        return shell_run("report", argc, argv, NULL, 0);
    command_help_list(NULL, stderr);
    return COMMAND_FAILED;
}
