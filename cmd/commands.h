/* The functions behind the rows of the table; each file of cmd/ that has some defines them. They return the codes of
 * command.h. */
#ifndef LW_CMD_COMMANDS_H
#define LW_CMD_COMMANDS_H

#include "cmd/command.h"

int constraints_run(struct command_call *call);
int detect_run(struct command_call *call);
int evaluate_run(struct command_call *call);
int export_run(struct command_call *call);
int fidelity_run(struct command_call *call);
int formats_run(struct command_call *call);
int generate_run(struct command_call *call);
int help_run(struct command_call *call);
int info_run(struct command_call *call);
int learn_run(struct command_call *call);
int machine_run(struct command_call *call);
int merge_run(struct command_call *call);
int parse_run(struct command_call *call);
int privacy_run(struct command_call *call);
int query_run(struct command_call *call);
int report_run(struct command_call *call);
int schema_run(struct command_call *call);
int score_run(struct command_call *call);
int templates_run(struct command_call *call);
int traces_run(struct command_call *call);
int variants_run(struct command_call *call);
int validate_run(struct command_call *call);
int version_run(struct command_call *call);

/* Names of what `templates` can do to them; NULL past the end. */
const char *templates_edit_name(size_t index);
/* Constraints as -c, --traces and --seed say. 0 or a negative enum lw_code. */
int generate_constraints(struct command_call *call, struct lw_constraints **out, struct lw_error *err);
const char *generate_method(const struct command_call *call);
/* Prints the table of a study: the real arm, and the real+synthetic one if constraints are given. */
int evaluate_study(struct command_call *call, const struct lw_study *study, const struct lw_constraints *constraints,
                   uint64_t seed);

#endif
