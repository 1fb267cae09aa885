/* What the keys do, as a command: for the terminal, and for the manual page. */
#include "ui/app/actions.h"
#include "ui/app/workbench.h"

#include "cmd/command.h"

static void print_manual(FILE *out)
{
    const char *place = "";

    fputs(".SH KEYS\nIn parentheses: the name of the action in a file of keys.\n", out);
    for (size_t i = 0; i < action_row_count; i++) {
        const struct action_row *row = &action_rows[i];

        if (action_place(row) != place) {
            place = action_place(row);
            fprintf(out, ".SS \"%s\"\n", place);
        }
        fputs(".TP\n.B \"", out);
        command_roff(row->keys[0] != '\0' ? row->keys : "none", out);
        fputs("\"\n", out);
        command_roff(row->help, out);
        fputs(" (\\fI", out);
        command_roff(row->name, out);
        fputs("\\fR)\n", out);
    }
}

int keys_run(struct command_call *call)
{
    if (call->values[OPTION_MANUAL] != NULL) {
        print_manual(call->out);
        return COMMAND_DONE;
    }
    for (size_t i = 0; i < action_row_count; i++) {
        const struct action_row *row = &action_rows[i];

        fprintf(call->out, "%-17s %-13s # %s: %s\n", row->name, row->keys, action_place(row), row->help);
    }
    return COMMAND_DONE;
}
