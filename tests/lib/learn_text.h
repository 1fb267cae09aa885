/* What is learned from a log that a test has written into memory. */
#ifndef LW_TESTS_LEARN_TEXT_H
#define LW_TESTS_LEARN_TEXT_H

#include "base/buf.h"
#include "logwright.h"
#include "tests/lib/scratch.h"

/* trace: as in struct lw_learn_options. The caller frees the workspace. */
static inline struct lw_workspace *learn_text(const struct buf *text, const char *trace)
{
    const char *path = scratch_write("text.log", text->data, text->len);
    struct lw_open_options options = LW_OPEN_OPTIONS_INIT;
    struct lw_learn_options learning = LW_LEARN_OPTIONS_INIT;
    struct lw_workspace *workspace = NULL;
    struct lw_log *log = NULL;

    assert_int_equal(lw_log_open(&path, 1, &options, NULL, &log, NULL), 0);
    learning.trace = trace;
    assert_int_equal(lw_workspace_learn(log, &learning, NULL, &workspace, NULL), 0);
    lw_log_free(log);
    return workspace;
}

#endif
