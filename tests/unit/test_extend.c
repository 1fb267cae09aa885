#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/rng.h"
#include "logwright.h"
#include "tests/lib/failalloc.h"
#include "tests/lib/scratch.h"

/* Words that become values, and messages that appear, only late, so that templates grow more general and join. */
static void write_lines(struct buf *text, size_t from, size_t to)
{
    static const char *const names[] = {"alice",  "bob",   "carol", "dave",  "erin",  "frank",
                                        "grace",  "heidi", "ivan",  "judy",  "karl",  "laura",
                                        "mallet", "nina",  "oscar", "peggy", "quinn", "rupert"};
    for (size_t i = from; i < to; i++) {
        struct rng rng;

        rng_init(&rng, 7, 1, i);
        const char *name = names[rng_below(&rng, i / 20 + 1 < 18 ? i / 20 + 1 : 18)];

        buf_printf(text, "2024-03-01 00:%02zu:%02zu INFO web: ", i / 60 % 60, i % 60);
        switch (rng_below(&rng, i < 100 ? 3 : i < 200 ? 5 : 7)) {
        case 0:
            buf_printf(text, "request %zu: user %s came in\n", i / 5, name);
            break;
        case 1:
            buf_printf(text, "request %zu: took %u ms\n", i / 5, rng_u32(&rng) % 100);
            break;
        case 2:
            buf_printf(text, "%s left the room\n", name);
            break;
        case 3:
            buf_printf(text, "request %zu: files%s%s%s\n", i / 5, rng_u32(&rng) % 2 ? " 1" : "", " 2, 3",
                       rng_u32(&rng) % 2 ? ", 4" : "");
            break;
        case 4:
            buf_printf(text, "request %zu: failed (%u KB) for %s\n", i / 5, rng_u32(&rng) % 9, name);
            break;
        case 5:
            buf_printf(text, "request %zu: failed for %s\n", i / 5, name);
            break;
        default:
            buf_printf(text, "nothing of %s is known as %s\n", name, names[rng_below(&rng, 18)]);
        }
    }
    assert_int_equal(buf_status(text), 0);
}

static struct lw_log *open_lines(size_t from, size_t to)
{
    struct lw_open_options options = LW_OPEN_OPTIONS_INIT;
    struct buf text = BUF_INIT;
    struct lw_log *log = NULL;
    const char *path;
    char name[50];

    write_lines(&text, from, to);
    snprintf(name, sizeof name, "lines-%zu-%zu.log", from, to);
    path = scratch_write(name, text.data == NULL ? "" : text.data, text.len);
    buf_release(&text);
    assert_int_equal(lw_log_open(&path, 1, &options, NULL, &log, NULL), 0);
    return log;
}

static struct lw_workspace *learn(const struct lw_log *log)
{
    struct lw_learn_options options = LW_LEARN_OPTIONS_INIT;
    struct lw_workspace *workspace = NULL;
    struct lw_error err;

    options.trace = "request (\\d+)";
    if (lw_workspace_learn(log, &options, NULL, &workspace, &err) != 0)
        fail_msg("%s", err.text);
    return workspace;
}

static struct lw_workspace *extend(struct lw_workspace *workspace, const struct lw_log *log, uint64_t first)
{
    struct lw_workspace *out = NULL;
    struct lw_error err;

    if (lw_workspace_extend(workspace, log, first, NULL, &out, &err) != 0)
        fail_msg("%s", err.text);
    lw_workspace_free(workspace);
    return out;
}

static uint32_t id_of(const struct lw_workspace *workspace, uint64_t record)
{
    uint32_t id = lw_traces_record_template(lw_workspace_traces(workspace), record);
    ptrdiff_t index = lw_template_index(workspace, id);
    struct lw_template template;

    assert_true(index >= 0);
    assert_int_equal(lw_template_get(workspace, (size_t)index, &template, NULL), 0);
    assert_int_equal(template.id, id); /* records name live templates, not aliases */
    return id;
}

/* The same groups of records, texts, counts and traces, whatever the ids. */
static void assert_same(const struct lw_workspace *a, const struct lw_workspace *b, uint64_t n)
{
    uint32_t b_of_a[100] = {0};
    struct lw_summary x, y;

    lw_workspace_summary(a, &x);
    lw_workspace_summary(b, &y);
    assert_int_equal(x.records, y.records);
    assert_int_equal(x.lines, y.lines);
    assert_int_equal(x.bytes, y.bytes);
    assert_int_equal(x.templates, y.templates);
    assert_int_equal(x.traces, y.traces);
    assert_int_equal(x.events, y.events);
    assert_int_equal(x.variants, y.variants);
    assert_int_equal(x.states, y.states);
    assert_int_equal(x.transitions, y.transitions);
    assert_int_equal(x.first_us, y.first_us);
    assert_int_equal(x.last_us, y.last_us);
    assert_memory_equal(x.levels, y.levels, sizeof x.levels);
    for (uint64_t r = 0; r < n; r++) {
        uint32_t *id = &b_of_a[id_of(a, r)], other = id_of(b, r);
        struct lw_template s, t;

        assert_true(*id == 0 || *id == other);
        *id = other;
        assert_int_equal(lw_template_get(a, (size_t)lw_template_index(a, id_of(a, r)), &s, NULL), 0);
        assert_int_equal(lw_template_get(b, (size_t)lw_template_index(b, other), &t, NULL), 0);
        assert_int_equal(s.count, t.count);
        assert_int_equal(s.text.len, t.text.len);
        assert_memory_equal(s.text.data, t.text.data, s.text.len);
        assert_int_equal(s.n_slots, t.n_slots);
        for (size_t i = 0; i < s.n_slots; i++) {
            struct lw_slot p, q;

            assert_int_equal(lw_template_slot(a, (size_t)lw_template_index(a, s.id), i, &p, NULL), 0);
            assert_int_equal(lw_template_slot(b, (size_t)lw_template_index(b, t.id), i, &q, NULL), 0);
            assert_int_equal(p.distinct, q.distinct);
            assert_int_equal(p.n_values, q.n_values);
        }
    }
}

#define N ((size_t)400)

static void extending_is_learning_all(void **state)
{
    struct lw_log *whole = open_lines(0, N);
    struct lw_workspace *expected = learn(whole);
    size_t joined = 0;

    (void)state;
    for (size_t step = 13; step < N; step = step * 2 + 1) {
        struct lw_log *log = open_lines(0, step);
        struct lw_workspace *workspace = learn(log);
        size_t n_ids = 0, at = step;
        uint32_t first_of[100] = {0}; /* a record that had the id */

        while (at < N) {
            for (size_t r = 0; r < at; r++) {
                uint32_t id = id_of(workspace, r);

                if (first_of[id] == 0)
                    first_of[id] = (uint32_t)r + 1;
                n_ids = id > n_ids ? id : n_ids;
            }
            size_t before = at;

            at = at + step < N ? at + step : N;
            lw_log_free(log);
            log = open_lines(0, at);
            workspace = extend(workspace, log, before);
            for (uint32_t id = 1; id <= n_ids; id++) {
                ptrdiff_t index = lw_template_index(workspace, id);
                struct lw_template template;

                /* what had the id is found by it, under it or what took it in */
                assert_true(index >= 0);
                assert_int_equal(lw_template_get(workspace, (size_t)index, &template, NULL), 0);
                assert_true(template.id <= id);
                if (first_of[id] != 0)
                    assert_int_equal(id_of(workspace, first_of[id] - 1), template.id);
                joined += template.id != id;
            }
        }
        assert_same(workspace, expected, N);
        lw_workspace_free(workspace);
        lw_log_free(log);
    }
    assert_true(joined > 0); /* else the log above tests nothing */
    lw_workspace_free(expected);
    lw_log_free(whole);
}

/* What a workspace file holds goes on with any log, and the ids that were kept are kept in it. */
static void ids_stay_in_a_file(void **state)
{
    struct lw_log *log = open_lines(0, 150), *more = open_lines(150, N), *whole = open_lines(0, N);
    struct lw_workspace *first = learn(log), *all = learn(whole), *workspace, *again = NULL;
    char path[256];

    (void)state;
    snprintf(path, sizeof path, "%s", scratch_write("extend.lw", "", 0));
    assert_int_equal(lw_workspace_save(first, path, NULL), 0);
    assert_int_equal(lw_workspace_open(path, NULL, &workspace, NULL), 0);
    workspace = extend(workspace, more, 0);
    assert_int_equal(lw_template_count(workspace), lw_template_count(all));
    assert_int_equal(lw_workspace_save(workspace, path, NULL), 0);
    assert_int_equal(lw_workspace_open(path, NULL, &again, NULL), 0);
    assert_int_equal(lw_template_count(again), lw_template_count(workspace));
    for (size_t i = 0; i < lw_template_count(again); i++) {
        struct lw_template s, t;

        assert_int_equal(lw_template_get(workspace, i, &s, NULL), 0);
        assert_int_equal(lw_template_get(again, i, &t, NULL), 0);
        assert_int_equal(s.id, t.id);
        assert_int_equal(s.count, t.count);
        assert_memory_equal(s.text.data, t.text.data, s.text.len);
    }
    for (uint32_t id = 1; id < 40; id++)
        assert_int_equal(lw_template_index(again, id), lw_template_index(workspace, id));
    lw_workspace_free(first);
    lw_workspace_free(all);
    lw_workspace_free(workspace);
    lw_workspace_free(again);
    lw_log_free(log);
    lw_log_free(more);
    lw_log_free(whole);
}

static void parts_of_a_split_keep_their_ids(void **state)
{
    static const char text[] = "request <*>: user <*> came in";
    struct lw_log *log = open_lines(0, 150), *more = open_lines(0, 250);
    struct lw_workspace *learned = learn(log), *workspace = NULL;
    uint32_t before[150];
    struct lw_template template = {0};
    char name[20];
    const char *const args[] = {name, "2"};

    (void)state;
    for (size_t i = 0; template.text.len != sizeof text - 1 || memcmp(template.text.data, text, sizeof text - 1) != 0;
         i++)
        assert_int_equal(lw_template_get(learned, i, &template, NULL), 0);
    snprintf(name, sizeof name, "E%u", template.id);
    assert_int_equal(lw_workspace_edit(learned, "split", args, 2, &workspace, NULL), 0);
    assert_true(lw_template_count(workspace) > lw_template_count(learned));
    for (size_t r = 0; r < 150; r++)
        before[r] = id_of(workspace, r);
    workspace = extend(workspace, more, 150);
    for (size_t r = 0; r < 150; r++)
        assert_int_equal(lw_template_index(workspace, before[r]), lw_template_index(workspace, id_of(workspace, r)));
    lw_workspace_free(learned);
    lw_workspace_free(workspace);
    lw_log_free(log);
    lw_log_free(more);
}

static struct lw_template find_text(const struct lw_workspace *workspace, const char *text)
{
    struct lw_template template = {0};

    for (size_t i = 0; i < lw_template_count(workspace); i++) {
        assert_int_equal(lw_template_get(workspace, i, &template, NULL), 0);
        if (template.text.len == strlen(text) && memcmp(template.text.data, text, strlen(text)) == 0)
            return template;
    }
    fail_msg("there is no template \"%s\"", text);
    return template;
}

static struct lw_workspace *edit(struct lw_workspace *workspace, const char *kind, const char *a, const char *b)
{
    const char *const args[] = {a, b};
    struct lw_workspace *edited = NULL;
    struct lw_error err;

    if (lw_workspace_edit(workspace, kind, args, b == NULL ? 1 : 2, &edited, &err) != 0)
        fail_msg("%s", err.text);
    lw_workspace_free(workspace);
    return edited;
}

/* Another log, in which the templates have other ids: edits find theirs by the texts. */
static void edits_survive_learning_again(void **state)
{
    struct lw_log *log = open_lines(0, 150), *other = open_lines(120, 300);
    struct lw_workspace *workspace = learn(log), *again = NULL;
    struct lw_learn_options options = LW_LEARN_OPTIONS_INIT;
    char id[20];
    struct lw_summary summary;

    (void)state;
    snprintf(id, sizeof id, "E%u", find_text(workspace, "request <*>: took <*> ms").id);
    workspace = edit(workspace, "rename", id, "duration");
    workspace = edit(workspace, "pin", "request <*>: files <*>", NULL);
    workspace = edit(workspace, "pin", "alice left the <*>", NULL);
    assert_true(find_text(workspace, "alice left the <*>").is_pinned);
    options.plan = workspace;
    assert_int_equal(lw_workspace_learn(other, &options, NULL, &again, NULL), 0);
    assert_true(lw_template_find(again, "duration") >= 0);
    assert_int_equal(lw_template_find(again, "duration"),
                     lw_template_index(again, find_text(again, "request <*>: took <*> ms").id));
    assert_true(find_text(again, "alice left the <*>").is_pinned);
    lw_workspace_summary(again, &summary);
    assert_int_equal(summary.edits, 3);
    assert_int_equal(summary.idle_edits, 0);
    lw_workspace_free(workspace);
    lw_workspace_free(again);
    lw_log_free(log);
    lw_log_free(other);
}

static void records_are_learned_once(void **state)
{
    struct lw_log *log = open_lines(0, 50), *more = open_lines(0, 60);
    struct lw_workspace *workspace = learn(log), *out = NULL;
    struct lw_error err;

    (void)state;
    assert_int_equal(lw_workspace_extend(workspace, more, 40, NULL, &out, &err), LW_ERR_USAGE);
    assert_int_equal(lw_workspace_extend(workspace, more, 61, NULL, &out, &err), LW_ERR_USAGE);
    assert_null(out);
    lw_workspace_free(workspace);
    lw_log_free(log);
    lw_log_free(more);
}

struct growing {
    struct lw_log *more;
    struct lw_workspace *workspace;
};

static int extend_once(void *user, struct lw_error *err)
{
    const struct growing *growing = user;
    struct lw_workspace *out = NULL;
    int code = lw_workspace_extend(growing->workspace, growing->more, 40, NULL, &out, err);

    lw_workspace_free(out);
    return code;
}

static void memory_may_run_out(void **state)
{
    struct lw_log *log = open_lines(0, 40);
    struct growing growing = {open_lines(0, 60), learn(log)};

    (void)state;
    failalloc_each(extend_once, &growing);
    lw_workspace_free(growing.workspace);
    lw_log_free(growing.more);
    lw_log_free(log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(extending_is_learning_all),       cmocka_unit_test(ids_stay_in_a_file),
        cmocka_unit_test(parts_of_a_split_keep_their_ids), cmocka_unit_test(edits_survive_learning_again),
        cmocka_unit_test(records_are_learned_once),        cmocka_unit_test(memory_may_run_out),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
