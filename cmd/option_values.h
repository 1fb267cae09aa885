/* Values of options as numbers. An option that was not given leaves *out alone. Errors name option and range. */
#ifndef LW_CMD_OPTION_VALUES_H
#define LW_CMD_OPTION_VALUES_H

#include "cmd/command.h"

/* Whole numbers, "1e12" being one. */
int values_count(const struct command_call *call, enum option option, uint64_t min, uint64_t max, uint64_t *out,
                 struct lw_error *err);
/* Seconds, of a time with a unit. */
int values_seconds(const struct command_call *call, enum option option, double *out, struct lw_error *err);
/* A second, of "500/s", "30/m", ... */
int values_rate(const struct command_call *call, enum option option, double *out, struct lw_error *err);
/* Bytes, with K, M, G or T for powers of 1024. */
int values_size(const struct command_call *call, enum option option, uint64_t *out, struct lw_error *err);
/* Fills err; returns LW_ERR_USAGE. */
int values_fail(struct lw_error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
