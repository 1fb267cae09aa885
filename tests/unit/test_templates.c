#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "learn/templates.h"
#include "tests/lib/failalloc.h"

struct fixture {
    struct sequences sequences;
    struct templates templates;
    struct edits edits;
};

static void add(struct fixture *f, const char *message)
{
    struct tokens tokens = {0};
    uint32_t id;
    assert_int_equal(mask_message(message, strlen(message), NULL, &tokens), 0);
    assert_int_equal(sequences_add(&f->sequences, message, &tokens, LW_NO_TIME, LW_LEVEL_INFO, &id, NULL), 0);
    tokens_release(&tokens);
}

/* Whatever the templates, each sequence is in one, which lists it, and whose slots lie in it in order. */
static void assert_sane(const struct fixture *f)
{
    const struct templates *t = &f->templates;
    size_t members = 0;
    uint64_t count = 0;
    for (size_t i = 0; i < t->n; i++) {
        const struct template_item *item = &t->items[i];
        assert_int_equal(templates_index(t, item->id), i);
        assert_true(i == 0 || t->items[i - 1].id < item->id);
        members += item->n_sequences;
        count += item->count;
        size_t slots = 0;
        for (size_t p = 0; p < item->n_parts; p++) {
            slots += item->parts[p].is_slot;
            assert_true(item->parts[p].is_slot || item->parts[p].text.len > 0);
        }
        assert_int_equal(slots, item->n_slots);
        for (size_t m = 0; m < item->n_sequences; m++) {
            struct lw_span spans[MASK_MAX_TOKENS + 1];
            struct sequence_token tokens[MASK_MAX_TOKENS];
            size_t n = sequence_tokens(&f->sequences, item->sequences[m], tokens, MASK_MAX_TOKENS), at = 0;
            assert_int_equal(t->of_sequence[item->sequences[m]], item->id);
            assert_int_equal(templates_align(t, &f->sequences, i, item->sequences[m], spans, NULL), 0);
            for (size_t s = 0; s < item->n_slots; s++) {
                if (spans[s].len == 0)
                    continue;
                assert_true(spans[s].start >= at);
                at = spans[s].start + spans[s].len;
                assert_true(at <= n);
            }
        }
    }
    assert_int_equal(members, f->sequences.keys.count);
    for (size_t s = 0; s < f->sequences.keys.count; s++)
        count -= f->sequences.stats[s].count;
    assert_int_equal(count, 0);
}

static void begin(struct fixture *f, const char *const *messages, size_t n)
{
    memset(f, 0, sizeof *f);
    sequences_init(&f->sequences);
    for (size_t i = 0; i < n; i++)
        add(f, messages[i]);
    assert_int_equal(templates_build(&f->sequences, &f->edits, NULL, &f->templates, NULL), 0);
    assert_sane(f);
}

static int rebuild(struct fixture *f, struct lw_error *err)
{
    struct templates templates;
    int status = templates_build(&f->sequences, &f->edits, NULL, &templates, err);
    if (status == 0) {
        templates_release(&f->templates);
        f->templates = templates;
        assert_sane(f);
    }
    return status;
}

static void end(struct fixture *f)
{
    templates_release(&f->templates);
    sequences_release(&f->sequences);
    edits_release(&f->edits);
}

static void assert_text(const struct fixture *f, uint32_t id, const char *text)
{
    ptrdiff_t index = templates_index(&f->templates, id);
    assert_true(index >= 0);
    struct lw_bytes found = f->templates.items[index].text;
    if (found.len != strlen(text) || memcmp(found.data, text, found.len) != 0)
        fail_msg("E%u is \"%.*s\", not \"%s\"", id, (int)found.len, found.data, text);
}

static void finds_values(void **state)
{
    (void)state;
    static const char *const messages[] = {
        "start",
        "user alice logged in from 10.0.0.1 port 22",
        "user bob logged in from 10.0.0.2 port 22",
        "user carol logged in from 10.0.0.3 port 2222",
        "user dave logged in from 10.0.0.3 port 2222",
        "user erin logged in from 10.0.0.3 port 2222",
        "user frank logged in from 10.0.0.3 port 2222",
        "worker paused after  5 tasks",
        "worker resumed after  6 tasks",
        "state=up, mode=auto (0x1f)",
        "state=down, mode=auto (0x20)",
        "failed: broken\n  at line one",
        "failed: broken\n  at line two",
        "failed: broken",
    };
    struct fixture f;
    begin(&f, messages, sizeof messages / sizeof *messages);
    assert_text(&f, 1, "start");
    assert_text(&f, 2, "user <*> logged in from <*> port <*>");
    assert_text(&f, 3, "worker paused after <*> tasks");
    assert_text(&f, 4, "worker resumed after <*> tasks");
    assert_text(&f, 5, "state=<*>, mode=auto (<*>)");
    assert_text(&f, 6, "failed: broken <*>");
    assert_int_equal(f.templates.n, 6);
    assert_int_equal(f.templates.items[1].count, 6);
    assert_int_equal(f.templates.items[1].parts[3].mask, MASK_IP);
    assert_string_equal(f.templates.items[2].parts[0].text.data, "worker paused after");
    assert_int_equal(f.templates.items[2].parts[1].space, 2);
    assert_int_equal(templates_index(&f.templates, 7), -1);
    assert_int_equal(templates_index(&f.templates, 0), -1);
    end(&f);
}

static void matches_online(void **state)
{
    (void)state;
    static const char *const messages[] = {"sent 5 bytes to 10.0.0.1:80", "mode=fast now", "mode=slow now", "idle"};
    static const struct {
        const char *message;
        uint32_t id;
        const char *first;
    } cases[] = {
        {"sent 99 bytes to 10.0.0.9:81", 1, "99"},
        {"sent abc bytes to x", 1, "abc"},
        {"mode=odd now", 2, "odd"},
        {"idle", 3, NULL},
        {"never seen", LW_TEMPLATE_UNKNOWN, NULL},
        {"", LW_TEMPLATE_UNKNOWN, NULL},
    };
    struct fixture f;
    struct template_match match;
    begin(&f, messages, 4);
    template_match_init(&match);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *m = cases[i].message;
        assert_int_equal(templates_match(&f.templates, &f.sequences, m, strlen(m), true, &match), 0);
        assert_int_equal(match.id, cases[i].id);
        if (cases[i].first != NULL) {
            assert_int_equal(match.spans[0].len, strlen(cases[i].first));
            assert_memory_equal(m + match.spans[0].start, cases[i].first, match.spans[0].len);
        }
        assert_int_equal(templates_match(&f.templates, &f.sequences, m, strlen(m), false, &match), 0);
        assert_int_equal(match.id, cases[i].id);
    }
    template_match_release(&match);
    end(&f);
}

static void edits_by_hand(void **state)
{
    (void)state;
    static const char *const messages[] = {"disk sda is full", "job 5 done", "job 6 failed: no space left",
                                           "mode=a x",         "mode=b x",   "mode=a y"};
    const char *merge[] = {"E2", "E3"}, *split[] = {"E4", "1"}, *rename[] = {"E3", "job end"};
    const char *bad[] = {"E9", "1"}, *bad_slot[] = {"E4", "2"}, *masked[] = {"E2", "1"};
    struct fixture f;
    struct lw_error err;
    begin(&f, messages, 6);
    assert_int_equal(f.templates.n, 5);

    assert_int_equal(edits_add(&f.edits, "split", masked, 2, NULL), 0);
    assert_int_equal(rebuild(&f, &err), LW_ERR_USAGE);
    assert_non_null(strstr(err.text, "E2"));
    assert_int_equal(edits_undo(&f.edits, NULL), 0);
    assert_int_equal(edits_add(&f.edits, "split", bad_slot, 2, NULL), 0);
    assert_int_equal(rebuild(&f, &err), LW_ERR_USAGE);
    assert_int_equal(edits_undo(&f.edits, NULL), 0);
    assert_int_equal(edits_add(&f.edits, "split", bad, 2, NULL), 0);
    assert_int_equal(rebuild(&f, &err), LW_ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "E9"));
    assert_int_equal(edits_undo(&f.edits, NULL), 0);

    assert_int_equal(edits_add(&f.edits, "merge", merge, 2, NULL), 0);
    assert_int_equal(rebuild(&f, &err), 0);
    assert_text(&f, 2, "job <*> <*>");
    assert_int_equal(templates_index(&f.templates, 3), templates_index(&f.templates, 2));
    assert_int_equal(edits_add(&f.edits, "rename", rename, 2, NULL), 0);
    assert_int_equal(edits_add(&f.edits, "split", split, 2, NULL), 0);
    assert_int_equal(rebuild(&f, &err), 0);
    assert_string_equal(f.templates.items[1].name.data, "job end");
    assert_text(&f, 4, "mode=a x");
    assert_text(&f, 6, "mode=b x");
    assert_int_equal(edits_undo(&f.edits, NULL), 0);
    assert_int_equal(rebuild(&f, &err), 0);
    assert_text(&f, 4, "mode=<*> x");
    end(&f);
}

/* Merges of anything with anything keep every invariant. */
static void merges_anything(void **state)
{
    (void)state;
    static const char *const messages[] = {"a b c d", "a x, y d", "b c", "e 1 2 f", "c b a", "", "( )", "a=b c=d 1:2"};
    enum { N = sizeof messages / sizeof *messages };
    struct rng rng;
    rng_init(&rng, 7, 1, 0);
    for (int round = 0; round < 200; round++) {
        struct fixture f;
        begin(&f, messages, N);
        for (int i = 0; i < 3; i++) {
            char names[2][16];
            const char *args[] = {names[0], names[1]};
            for (int k = 0; k < 2; k++)
                snprintf(names[k], sizeof names[k], "E%d", 1 + (int)rng_below(&rng, f.templates.n));
            assert_int_equal(edits_add(&f.edits, "merge", args, 2, NULL), 0);
        }
        assert_int_equal(rebuild(&f, NULL), 0);
        end(&f);
    }
}

static const char *const sparse_names[] = {"ash", "elm", "fir", "oak", "yew", "box",
                                           "bay", "fig", "gum", "nut", "pea", "rye"};

/* Values that are free in two columns at once: no two lines differ in one word only. */
static uint32_t template_of(const struct fixture *f, const char *message)
{
    struct template_match match;
    template_match_init(&match);
    assert_int_equal(templates_match(&f->templates, &f->sequences, message, strlen(message), false, &match), 0);
    uint32_t id = match.id;
    template_match_release(&match);
    return id;
}

static void finds_sparse_values(void **state)
{
    (void)state;
    enum { N = 12 };
    char lines[N][64];
    const char *messages[N];
    for (int i = 0; i < N; i++) {
        snprintf(lines[i], sizeof lines[i], "guest %s met the host %s%s over tea", sparse_names[i],
                 sparse_names[(i * 5 + 1) % N], sparse_names[i]);
        messages[i] = lines[i];
    }
    struct fixture f;
    begin(&f, messages, N);
    assert_int_equal(f.templates.n, 1);
    assert_text(&f, 1, "guest <*> met the host <*> over tea");
    end(&f);
}

/* Values of several words, and values in several places of few lines. */
static void finds_families(void **state)
{
    (void)state;
    static const char *const messages[] = {
        "link eth0 of node-7 lost via worker03",
        "link wlan1 of box-12 lost via gate2",
        "album [Red falcon] was bought by ann",
        "album [Low moon of jade] was bought by bob",
        "album [Opal] was bought by cat",
        "album [Blue nova echo] was bought by dan",
        "album [Wide river] was bought by eve",
        "album [Tall oak sky] was bought by fay",
        "album [Salt] was bought by gus",
        "album [Deep north] was bought by hal",
        "login refused for ann from 10.0.0.1",
        "login refused for unknown account ann from 10.0.0.1",
        "login refused for bob from 10.0.0.1",
        "login refused for unknown account bob from 10.0.0.1",
        "login refused for cat from 10.0.0.1",
        "login refused for unknown account cat from 10.0.0.1",
        "login refused for dan from 10.0.0.1",
        "login refused for unknown account dan from 10.0.0.1",
        "login refused for eve from 10.0.0.1",
        "login refused for unknown account eve from 10.0.0.1",
        "pod blue/web-6f9c4d77b-x2lqz is up",
        "pod red/db-77b6f9c4d-q8xkz is up",
        "\"cache emptied\" part=5",
        "\"cache doubled\" part=5",
    };
    struct fixture f;
    begin(&f, messages, sizeof messages / sizeof *messages);
    assert_text(&f, 1, "link <*> of <*> lost via <*>");
    assert_text(&f, 2, "album [<*>] was bought by <*>");
    assert_text(&f, 3, "login refused for <*> from <*>");
    assert_text(&f, 4, "login refused for unknown account <*> from <*>");
    assert_text(&f, 5, "pod <*> is up");
    assert_int_equal(f.templates.n, 7);
    end(&f);
}

/* Lists of a fixed length stay lists; functions in a trace are text. */
static void keeps_lists_and_functions(void **state)
{
    (void)state;
    static const char *const messages[] = {
        "seat (4, 10.0.0.1, 9) is taken", "seat (5, gate2, 7) is taken",  "[0x1f] tree_grow+0x40 [wood]",
        "[0x2f] tree_fell+0x41 [wood]",   "[0x3f] tree_turn+0x42 [wood]", "[0x4f] tree_leaf+0x43 [wood]",
        "[0x5f] tree_seed+0x44 [wood]",   "[0x6f] tree_bark+0x45 [wood]",
    };
    struct fixture f;
    begin(&f, messages, sizeof messages / sizeof *messages);
    assert_text(&f, 1, "seat (<*>, <*>, <*>) is taken");
    assert_text(&f, 2, "[<*>] tree_grow+<*> [wood]");
    assert_int_equal(f.templates.n, 7);
    end(&f);
}

/* The grouping of lines does not depend on their order, and ids are those of first appearance. */
static void ignores_shuffling(void **state)
{
    (void)state;
    enum { N = 120, ROUNDS = 5 };
    static const char *const formats[] = {"guest %s met the host %s%d over tea", "shop of %s %s opens at %d",
                                          "%s lost [%s moon %d] to the river", "disk sd%.1s%.1s%d is nearly full",
                                          "mail from <%s@%s.example.org> took %d ms"};
    char lines[N][80];
    const char *messages[N];
    size_t order[N];
    struct rng rng;
    rng_init(&rng, 1, 2, 3);
    for (size_t i = 0; i < N; i++) {
        snprintf(lines[i], sizeof lines[i], formats[i % 5], sparse_names[(i * 7) % 12], sparse_names[(i * 5 + 1) % 12],
                 (int)(i % 9));
        messages[i] = lines[i];
        order[i] = i;
    }
    struct fixture f, g;
    begin(&f, messages, N);
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t i = N; i > 1; i--) {
            size_t j = rng_below(&rng, i), other = order[i - 1];
            order[i - 1] = order[j];
            order[j] = other;
        }
        for (size_t i = 0; i < N; i++)
            messages[i] = lines[order[i]];
        begin(&g, messages, N);
        assert_int_equal(f.templates.n, g.templates.n);
        uint32_t top = 0;
        for (size_t i = 0; i < N; i++) {
            uint32_t a = template_of(&f, lines[order[i]]), b = template_of(&g, messages[i]);
            struct lw_bytes text = g.templates.items[templates_index(&g.templates, b)].text;
            assert_text(&f, a, text.data);
            assert_true(b <= top + 1);
            top = b > top ? b : top;
        }
        end(&g);
    }
    end(&f);
}

static void joins_variants(void **state)
{
    (void)state;
    static const char *const messages[] = {
        "drop a1000 now",          "drop a1000 a1001 a1002 now",
        "sent 5 bytes, done",      "sent 5 bytes (2.5 KB), done",
        "tty= host=x1 ok",         "tty=pts host= ok",
        "free 5.1 KB of memory",   "free 5.1 MB of memory",
        "peer 10.0.0.1 () is new", "peer 10.0.0.1 (db.example.org) is new",
    };
    struct fixture f;
    begin(&f, messages, sizeof messages / sizeof *messages);
    assert_int_equal(f.templates.n, 5);
    assert_text(&f, 1, "drop <*> now");
    assert_text(&f, 2, "sent <*>, done");
    assert_text(&f, 3, "tty=<*> host=<*> ok");
    assert_text(&f, 4, "free <*> of memory");
    assert_text(&f, 5, "peer <*> (<*>) is new");
    end(&f);
}

static void keeps_messages_apart(void **state)
{
    (void)state;
    static const char *const messages[] = {
        "VM paused by host",    "VM started by host",   "VM stopped by host",     "VM resumed by host",
        "\"GET /a\" took 5 ms", "\"PUT /a\" took 5 ms", "sshd startup succeeded", "cron startup succeeded",
        "state (UP) at 5",      "state (DOWN) at 5",
    };
    struct fixture f;
    begin(&f, messages, sizeof messages / sizeof *messages);
    assert_int_equal(f.templates.n, sizeof messages / sizeof *messages);
    end(&f);
}

/* The order in which sequences came does not matter but for ids. */
static void ignores_order(void **state)
{
    (void)state;
    static const char *const messages[] = {
        "user ann in", "user bob in", "user cat in", "a=b c", "a=d c", "list 1 2 3 end", "list 1 end", "x y z", "x y w",
    };
    enum { N = sizeof messages / sizeof *messages };
    const char *reversed[N];
    for (size_t i = 0; i < N; i++)
        reversed[i] = messages[N - 1 - i];
    struct fixture f, g;
    begin(&f, messages, N);
    begin(&g, reversed, N);
    assert_int_equal(f.templates.n, g.templates.n);
    for (size_t i = 0; i < N; i++) {
        uint32_t a = f.templates.of_sequence[i], b = g.templates.of_sequence[N - 1 - i];
        struct lw_bytes text = g.templates.items[templates_index(&g.templates, b)].text;
        assert_text(&f, a, text.data);
    }
    end(&f);
    end(&g);
}

static int learn_and_match(void *user, struct lw_error *err)
{
    static const char *const messages[] = {"user ann in", "user bob in",   "a=b c",
                                           "a= c",        "list 1, 2 end", "list 1 end"};
    const char *merge[] = {"E1", "E2"};
    struct sequences sequences;
    struct templates templates = {0};
    struct edits edits = {NULL, 0, 0, 0};
    struct tokens tokens = {0};
    struct template_match match;
    int status = 0;
    (void)user;
    sequences_init(&sequences);
    template_match_init(&match);
    for (size_t i = 0; i < sizeof messages / sizeof *messages && status == 0; i++) {
        uint32_t id;
        status = mask_message(messages[i], strlen(messages[i]), NULL, &tokens);
        if (status == 0)
            status = sequences_add(&sequences, messages[i], &tokens, (int64_t)i, LW_LEVEL_INFO, &id, err);
    }
    if (status == 0)
        status = edits_add(&edits, "merge", merge, 2, err);
    if (status == 0)
        status = templates_build(&sequences, &edits, NULL, &templates, err);
    if (status == 0)
        status = templates_match(&templates, &sequences, "a=new c", 7, true, &match);
    templates_release(&templates);
    template_match_release(&match);
    tokens_release(&tokens);
    edits_release(&edits);
    sequences_release(&sequences);
    return status;
}

static void survives_lack_of_memory(void **state)
{
    (void)state;
    failalloc_each(learn_and_match, NULL);
}

static void survives_nothing(void **state)
{
    (void)state;
    struct fixture f;
    struct template_match match;
    begin(&f, NULL, 0);
    assert_int_equal(f.templates.n, 0);
    template_match_init(&match);
    assert_int_equal(templates_match(&f.templates, &f.sequences, "x", 1, true, &match), 0);
    assert_int_equal(match.id, LW_TEMPLATE_UNKNOWN);
    template_match_release(&match);
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_values),
        cmocka_unit_test(finds_sparse_values),
        cmocka_unit_test(joins_variants),
        cmocka_unit_test(keeps_messages_apart),
        cmocka_unit_test(ignores_order),
        cmocka_unit_test(matches_online),
        cmocka_unit_test(finds_families),
        cmocka_unit_test(keeps_lists_and_functions),
        cmocka_unit_test(ignores_shuffling),
        cmocka_unit_test(edits_by_hand),
        cmocka_unit_test(merges_anything),
        cmocka_unit_test(survives_nothing),
        cmocka_unit_test(survives_lack_of_memory),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
