/* The way from a log to verdicts through the public interface, while memory runs out: at every place where the engine
 * itself allocates, the call says so and leaves nothing behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "logwright.h"
#include "tests/lib/failalloc.h"
#include "tests/lib/small_log.h"

enum { N_SESSIONS = 12 };

static const struct small_style *const style = &small_styles[0];

/* What the stages before gave; made while memory does not run out. */
struct way {
    struct lw_log *log;
    struct lw_workspace *workspace;
    struct lw_study *study;
    struct lw_constraints *constraints;
};

static int open_log(struct lw_log **out, struct lw_error *err)
{
    const char *path = scratch_path("app.log");
    return lw_log_open(&path, 1, NULL, NULL, out, err);
}

static int learn(const struct way *way, struct lw_workspace **out, struct lw_error *err)
{
    struct lw_learn_options options = LW_LEARN_OPTIONS_INIT;
    options.trace = style->rule;
    return lw_workspace_learn(way->log, &options, NULL, out, err);
}

static int split(const struct way *way, struct lw_study **out, struct lw_error *err)
{
    struct lw_study_options options = LW_STUDY_OPTIONS_INIT;
    options.labels = scratch_path("labels.csv");
    options.trace = style->rule;
    return lw_study_new(way->log, &options, NULL, out, err);
}

static void assert_done(int code, const struct lw_error *err)
{
    if (code != 0)
        fail_msg("%s", err->text);
}

/* Every third session is anomalous. */
static void write_input(void)
{
    struct buf text = BUF_INIT, labels = BUF_INIT;
    small_write(style, N_SESSIONS, &text);
    buf_add_text(&labels, "trace,label\n");
    for (unsigned i = 0; i < N_SESSIONS; i++)
        buf_printf(&labels, "s-%06u,%d\n", 100000 + i * 7, i % 3 == 0);
    assert_int_equal(buf_status(&text), 0);
    assert_int_equal(buf_status(&labels), 0);
    scratch_write("app.log", text.data, text.len);
    scratch_write("labels.csv", labels.data, labels.len);
    buf_release(&text);
    buf_release(&labels);
}

static int set_up(void **state)
{
    static struct way way;
    struct lw_error err;
    if (scratch_set_up(state) != 0)
        return -1;
    write_input();
    assert_done(open_log(&way.log, &err), &err);
    assert_done(learn(&way, &way.workspace, &err), &err);
    /* The first saving also makes the slots, which then stay with the workspace. */
    assert_done(lw_workspace_save(way.workspace, scratch_path("saved.lw"), &err), &err);
    assert_done(split(&way, &way.study, &err), &err);
    assert_done(lw_constraints_new(&way.constraints, &err), &err);
    assert_done(lw_constraints_set(way.constraints, "traces", 8, &err), &err);
    assert_done(lw_constraints_set(way.constraints, "anomalies.missing", 0.5, &err), &err);
    *state = &way;
    return 0;
}

static int tear_down(void **state)
{
    struct way *way = *state;
    lw_constraints_free(way->constraints);
    lw_study_free(way->study);
    lw_workspace_free(way->workspace);
    lw_log_free(way->log);
    return scratch_tear_down(state);
}

static int opening_a_log(void *user, struct lw_error *err)
{
    struct lw_log *log = NULL;
    (void)user;
    int code = open_log(&log, err);
    lw_log_free(log);
    return code;
}

static int learning(void *user, struct lw_error *err)
{
    struct lw_workspace *workspace = NULL;
    int code = learn(user, &workspace, err);
    lw_workspace_free(workspace);
    return code;
}

static int saving_and_opening(void *user, struct lw_error *err)
{
    const struct way *way = user;
    struct lw_workspace *again = NULL;
    const char *path = scratch_path("saved.lw");
    int code = lw_workspace_save(way->workspace, path, err);
    if (code == 0)
        code = lw_workspace_open(path, NULL, &again, err);
    lw_workspace_free(again);
    return code;
}

static int editing_and_merging(void *user, struct lw_error *err)
{
    static const char *const args[] = {"E1", "first"};
    const struct way *way = user;
    struct lw_workspace *edited = NULL, *undone = NULL, *merged = NULL;
    int code = lw_workspace_edit(way->workspace, "rename", args, 2, &edited, err);
    if (code == 0)
        code = lw_workspace_undo(edited, &undone, err);
    if (code == 0) {
        const struct lw_workspace *const parts[] = {way->workspace, undone};
        code = lw_workspace_merge(parts, 2, NULL, &merged, err);
    }
    lw_workspace_free(merged);
    lw_workspace_free(undone);
    lw_workspace_free(edited);
    return code;
}

static int write_as(const struct lw_synthetic *synthetic, const char *as, struct lw_error *err)
{
    struct lw_write_options options = LW_WRITE_OPTIONS_INIT;
    options.as = as;
    options.path = scratch_path("made");
    options.labels = scratch_path("made.csv");
    return lw_synthetic_write(synthetic, &options, NULL, err);
}

static int generating(void *user, struct lw_error *err)
{
    static const char *const kinds[] = {"text", "jsonl", "sequences"};
    const struct way *way = user;
    struct lw_synthetic *synthetic = NULL;
    int code = lw_generate(way->workspace, way->constraints, "machine", NULL, &synthetic, err);
    for (size_t i = 0; code == 0 && i < sizeof kinds / sizeof kinds[0]; i++)
        code = write_as(synthetic, kinds[i], err);
    lw_synthetic_free(synthetic);
    return code;
}

static int splitting(void *user, struct lw_error *err)
{
    struct lw_study *study = NULL;
    int code = split(user, &study, err);
    lw_study_free(study);
    return code;
}

static int measuring(void *user, struct lw_error *err)
{
    const struct way *way = user;
    struct lw_result *result = NULL;
    int code = lw_study_run(way->study, way->constraints, "machine", NULL, &result, err);
    lw_result_free(result);
    return code;
}

static int detecting(void *user, struct lw_error *err)
{
    const struct way *way = user;
    struct lw_traces *traces = NULL;
    struct lw_result *result = NULL;
    int code = lw_traces_match(way->workspace, way->log, NULL, &traces, err);
    if (code == 0)
        code = lw_detect(way->workspace, traces, "all", NULL, &result, err);
    lw_result_free(result);
    lw_traces_free(traces);
    return code;
}

#define STAGE(name)                                                                                                    \
    static void survives_##name(void **state)                                                                          \
    {                                                                                                                  \
        failalloc_each(name, *state);                                                                                  \
    }
STAGE(opening_a_log)
STAGE(learning)
STAGE(saving_and_opening)
STAGE(editing_and_merging)
STAGE(generating)
STAGE(splitting)
STAGE(measuring)
STAGE(detecting)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(survives_opening_a_log),      cmocka_unit_test(survives_learning),
        cmocka_unit_test(survives_saving_and_opening), cmocka_unit_test(survives_editing_and_merging),
        cmocka_unit_test(survives_generating),         cmocka_unit_test(survives_splitting),
        cmocka_unit_test(survives_measuring),          cmocka_unit_test(survives_detecting),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
