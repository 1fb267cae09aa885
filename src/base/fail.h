/* Filling struct lw_error. err may be NULL everywhere. Text is cut, never overrun, and made printable. */
#ifndef LW_BASE_FAIL_H
#define LW_BASE_FAIL_H

#include "logwright.h"

/* Sets *err and returns code, so that `return fail(err, LW_ERR_INPUT, "%s:%zu: ...", ...)` is the whole statement. */
int fail(struct lw_error *err, enum lw_code code, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* "out of memory while WHAT". */
int fail_memory(struct lw_error *err, const char *what);
/* "PATH: WHAT: strerror(errnum)": LW_ERR_NOT_FOUND for ENOENT, else LW_ERR_IO. */
int fail_errno(struct lw_error *err, int errnum, const char *path, const char *what);

#endif
